//! The key chain: who may sign which head, and how trust passes on.

use merkle::keychain::{Error, Genesis, KEY_ROTATED, KeyChain, endorse, rotation_members};
use merkle::note::SigningKey;
use merkle::proof::{Finding, Standing, Trust};

use crate::ledger::{LEDGER, Ledger, ORIGIN, chain, first_key, key, second_key, trust};

#[test]
fn a_rotation_takes_effect_for_the_heads_it_is_part_of() {
    let mut ledger = Ledger::new();
    ledger.rotate(&first_key(), &second_key().public());
    let chain = chain(&ledger).unwrap();
    assert_eq!(chain.genesis().origin, ORIGIN);
    assert_eq!(chain.key_at(0), None);
    assert_eq!(chain.key_at(1), Some(&first_key().public()));
    assert_eq!(chain.key_at(2), Some(&second_key().public()));
}

#[test]
fn a_revoked_key_signs_nothing_and_passes_no_trust_on() {
    let mut ledger = Ledger::new();
    ledger.revoke(&first_key().public());
    let new = second_key().public();
    ledger.append(KEY_ROTATED, rotation_members(&new, None));
    let chain = chain(&ledger).unwrap();
    assert_eq!(chain.key_at(2), None);
    assert!(chain.is_revoked(&first_key().public(), 2) && !chain.is_revoked(&new, 3));
    assert_eq!(chain.key_at(3), Some(&new));
    assert!(!chain.is_trusted(3, &[first_key().public()]));
    assert!(chain.is_trusted(3, &[new]));
}

#[test]
fn withdrawing_an_old_key_leaves_the_one_in_force() {
    let mut ledger = Ledger::new();
    ledger.rotate(&first_key(), &second_key().public());
    ledger.revoke(&first_key().public());
    let chain = chain(&ledger).unwrap();
    assert_eq!(chain.key_at(3), Some(&second_key().public()));
}

#[test]
fn an_endorsement_by_another_key_or_for_another_is_refused() {
    let new = second_key().public();
    let stranger = key(ORIGIN, 9);
    for endorsement in [
        endorse(LEDGER, &stranger, &new).unwrap(),
        endorse(LEDGER, &first_key(), &stranger.public()).unwrap(),
        endorse(merkle::LedgerId([0; 16]), &first_key(), &new).unwrap(),
    ] {
        let mut ledger = Ledger::new();
        ledger.append(KEY_ROTATED, rotation_members(&new, Some(&endorsement)));
        assert_eq!(chain(&ledger), Err(Error::Endorsement(1)));
    }
}

#[test]
fn genesis_reads_back_with_what_it_continues() {
    let genesis = Genesis {
        ledger: LEDGER,
        origin: ORIGIN.to_owned(),
        key: first_key().public(),
        continues: Some(merkle::keychain::Continues {
            ledger: merkle::LedgerId([7; 16]),
            checkpoint: Ledger::new().head(1, &first_key()).to_string(),
        }),
    };
    let mut ledger = Ledger::default();
    let position = ledger.append("ledger.genesis", merkle::keychain::genesis_members(&genesis));
    let (header, members, _) = &ledger.entries[usize::try_from(position).unwrap()];
    assert_eq!(Genesis::read(header, members), Ok(genesis));
}

#[test]
fn chains_that_are_none_are_refused() {
    let ledger = Ledger::sample();
    let of = |positions: &[usize]| {
        let picked = positions.iter().map(|at| &ledger.entries[*at]);
        KeyChain::from_entries(picked.map(|(header, members, _)| (header, members.as_slice())))
            .map(|_| ())
    };
    assert_eq!(of(&[0, 4]), Ok(()));
    assert_eq!(of(&[]), Err(Error::NoGenesis));
    assert_eq!(of(&[4]), Err(Error::NoGenesis));
    assert_eq!(of(&[0, 4, 4]), Err(Error::Order(4)));
    let of_type = Error::Type { position: 2, entry_type: "material.received".to_owned() };
    assert_eq!(of(&[0, 2]), Err(of_type));
    let mut ledger = Ledger::new();
    ledger.revoke(&second_key().public());
    assert_eq!(chain(&ledger), Err(Error::Unknown(1)));
}

#[test]
fn heads_of_keys_not_in_force_are_named() {
    let mut ledger = Ledger::sample();
    let unit = &["1.0"];
    let by = |ledger: &Ledger, signer: &SigningKey| {
        ledger.proof(unit, signer).verify(&trust(&first_key()))
    };

    let old = by(&ledger, &first_key());
    assert!(matches!(old.findings[..], [Finding::HeadSignature { .. }]), "{old}");
    let stranger = by(&ledger, &key("mallory", 8));
    assert!(matches!(stranger.findings[..], [Finding::HeadSignature { .. }]), "{stranger}");

    ledger.revoke(&first_key().public());
    let revoked = by(&ledger, &first_key());
    let findings = &revoked.findings[..];
    assert!(
        matches!(findings, [Finding::KeyRevoked { .. }, Finding::HeadSignature { .. }]),
        "{revoked}"
    );
    assert_eq!(by(&ledger, &second_key()).standing, Some(Standing::Witnessed(1)));

    ledger.revoke(&second_key().public());
    let none = by(&ledger, &second_key());
    let size = ledger.size();
    let wanted = [
        Finding::NoKeyInForce { size },
        Finding::KeyRevoked { key: second_key().public().to_string() },
    ];
    assert_eq!(none.findings, wanted);
}

#[test]
fn a_forged_ledger_that_names_our_key_first_is_not_site_signed() {
    let (ours, stranger) = (first_key(), key(ORIGIN, 9));
    let mut forged = Ledger::new();
    forged.append(KEY_ROTATED, rotation_members(&stranger.public(), None));
    let site_only = Trust { site_keys: vec![ours.public()], ..Trust::default() };
    let report = forged.proof(&[], &stranger).verify(&site_only);
    assert_eq!(report.standing, Some(Standing::Consistent), "{report}");
}
