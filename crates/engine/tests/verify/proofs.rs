//! Proof files: complete, across key rotations, with values withheld.

use domain::ItemRef;
use engine::{Persons, Showing};
use merkle::checkpoint::Signed;
use merkle::proof::{Held, ProofFile, Shown, Standing, Trust};

use crate::{lived_in, open, place};

fn called(text: &str) -> ItemRef {
    text.parse().unwrap()
}

#[test]
fn a_proof_holds_by_itself_and_says_how_far() {
    let (_place, path) = place();
    lived_in(&path, 21, 200);
    let plant = open(&path);
    let trusted = Trust { site_keys: vec![plant.keys().genesis().key.clone()], ..Trust::default() };
    let lot = plant.proof(&[called("lot:L-0")], &Showing::default()).unwrap();
    let bytes = lot.to_bytes().unwrap();
    let report = merkle::proof::verify_bytes(&bytes, &Trust::default()).unwrap();
    assert_eq!(report.standing, Some(Standing::Consistent), "{report}");
    assert_eq!(report.complete, lot.claims);
    assert!(lot.claims[0].through_sequence > 20, "{:?}", lot.claims);
    assert!(lot.keys.len() > 1, "the key was rotated");
    assert_eq!(lot.verify(&trusted).standing, Some(Standing::SiteSigned));
    assert!(lot.summary_not_proven[0].contains("L-0"), "{:?}", lot.summary_not_proven);
    // The head it stands on is kept, whatever comes later.
    let head = Signed::parse(&lot.checkpoint).unwrap();
    let stored = plant.ledger().unwrap().checkpoints(head.checkpoint.size, 1).unwrap();
    assert!(stored[0].published);
    assert_eq!(stored[0].note, lot.checkpoint);
    let held = Trust {
        checkpoints: vec![Held { checkpoint: head, consistency: None }],
        ..Trust::default()
    };
    assert_eq!(lot.verify(&held).standing, Some(Standing::Witnessed(1)));
}

#[test]
fn a_proof_from_before_a_rotation_and_one_from_after_both_hold() {
    let (_place, path) = place();
    lived_in(&path, 22, 60);
    let plant = open(&path);
    let all = [called("lot:L-0"), called("serial:SN-A-1")];
    let before = plant.proof(&all, &Showing::default()).unwrap();
    plant.rotate_key().unwrap();
    let after = plant.proof(&all, &Showing::default()).unwrap();
    let first = Trust { site_keys: vec![plant.keys().genesis().key.clone()], ..Trust::default() };
    for proof in [&before, &after] {
        let report = proof.verify(&first);
        assert_eq!(report.standing, Some(Standing::SiteSigned), "{report}");
        assert_eq!(report.complete.len(), 2);
    }
    assert_eq!(after.keys.len(), before.keys.len() + 1);
}

#[test]
fn a_withdrawn_key_is_in_every_later_proof_and_signs_nothing() {
    let (_place, path) = place();
    lived_in(&path, 26, 30);
    let plant = open(&path);
    let old = plant.keys().genesis().key.clone();
    let now = plant.keys().key_at(u64::MAX).unwrap().clone();
    assert!(plant.revoke_key(&now, "lost").is_err(), "it is in force");
    plant.revoke_key(&old, "its seed was read by others").unwrap();
    assert!(plant.revoke_key(&old, "again").is_err());
    let proof = plant.proof(&[called("lot:L-0")], &Showing::default()).unwrap();
    assert!(proof.verify(&Trust::default()).holds());
    let chain = plant.keys();
    assert!(chain.is_revoked(&old, u64::MAX));
    assert_eq!(proof.keys.len(), 1 + chain.keys().count(), "the withdrawal is shown");
    drop(plant);
    let report = crate::verified(&path);
    assert!(report.holds(), "{report}");
    open(&path).rotate_key().unwrap();
    assert!(crate::verified(&path).holds());
}

#[test]
fn leaving_an_entry_out_shows() {
    let (_place, path) = place();
    lived_in(&path, 23, 60);
    let plant = open(&path);
    let mut proof = plant.proof(&[called("lot:L-0")], &Showing::default()).unwrap();
    let middle = proof.entries.len() / 2;
    proof.entries.remove(middle);
    let report = proof.verify(&Trust::default());
    assert!(!report.holds(), "{report}");
}

fn open_names(proof: &ProofFile) -> Vec<String> {
    let shown = proof.entries.iter().flat_map(|entry| &entry.members);
    let open = shown.filter_map(|shown| match shown {
        Shown::Open(member) => Some(member.name.clone()),
        Shown::Withheld => None,
    });
    open.collect()
}

#[test]
fn members_are_withheld_as_asked() {
    let (_place, path) = place();
    lived_in(&path, 24, 60);
    let plant = open(&path);
    let unit = [called("serial:SN-A-1")];
    let all = open_names(&plant.proof(&unit, &Showing::default()).unwrap());
    assert!(all.iter().any(|name| name == "recordedBy"));
    let withhold = vec!["recordedBy".to_owned(), "item/".to_owned(), "fact/".to_owned()];
    let proof = plant.proof(&unit, &Showing { withhold, ..Showing::default() }).unwrap();
    let some = open_names(&proof);
    assert!(!some.iter().any(|name| name == "recordedBy" || name.starts_with("fact/")));
    assert!(some.iter().any(|name| name.starts_with("item/")), "the item's own sequence stays");
    let report = proof.verify(&Trust::default());
    assert!(report.holds(), "{report}");
    assert_eq!(report.complete, proof.claims);
    let shown = Showing { persons: Persons::Shown, ..Showing::default() };
    assert!(plant.proof(&unit, &shown).unwrap().verify(&Trust::default()).holds());
}

#[test]
fn an_unknown_item_cannot_be_proven() {
    let (_place, path) = place();
    let plant = open(&path);
    let unknown = plant.proof(&[called("serial:NOBODY")], &Showing::default());
    assert!(matches!(unknown, Err(engine::Error::NotFound(_))), "{unknown:?}");
}

#[test]
fn proofs_are_made_while_others_write() {
    let (_place, path) = place();
    lived_in(&path, 25, 60);
    let plant = open(&path);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            crate::load::Floor::new(5, "B", None).work(&plant, 300);
        });
        let mut rounds = 0;
        while !writing.is_finished() || rounds == 0 {
            let proof = plant.proof(&[called("lot:L-0")], &Showing::default()).unwrap();
            let report = proof.verify(&Trust::default());
            assert!(report.holds(), "{report}");
            rounds += 1;
        }
    });
}
