//! Proof files that hold, and how far they can be believed.

use merkle::checkpoint::Signed;
use merkle::proof::{Claim, Finding, Held, ProofFile, Standing, Trust, Witness, verify_bytes};
use merkle::tree;

use crate::ledger::{Ledger, ORIGIN, cosigner, first_key, key, second_key, trust, witness};

fn standing(trust: &Trust) -> Standing {
    let bytes = Ledger::sample().proof(&["1.0"], &second_key()).to_bytes().expect("a small file");
    let report = verify_bytes(&bytes, trust).expect("a proof file");
    assert!(report.holds(), "{report}");
    report.standing.expect("a standing, since it holds")
}

#[test]
fn a_file_reads_back() {
    let file = Ledger::sample().proof(&["1.0", "2.0"], &second_key());
    assert_eq!(ProofFile::parse(&file.to_bytes().unwrap()).unwrap(), file);
}

#[test]
fn what_is_believed_depends_on_what_is_trusted() {
    let site = |key: &merkle::note::SigningKey| Trust {
        site_keys: vec![key.public()],
        ..Trust::default()
    };
    assert_eq!(standing(&Trust::default()), Standing::Consistent);
    assert_eq!(standing(&site(&key("example.com/plant", 9))), Standing::Consistent);
    assert_eq!(standing(&site(&second_key())), Standing::SiteSigned);
    assert_eq!(standing(&site(&first_key())), Standing::SiteSigned, "by endorsement");
    assert_eq!(standing(&trust(&first_key())), Standing::Witnessed(1));
    let twice = Trust { witnesses: vec![cosigner(), cosigner()], ..Trust::default() };
    assert_eq!(standing(&twice), Standing::Witnessed(1), "one witness is one");
    let itself = Trust { witnesses: vec![second_key().public()], ..site(&second_key()) };
    assert_eq!(standing(&itself), Standing::SiteSigned, "a site is no witness of itself");
}

#[test]
fn the_report_says_it_in_words() {
    let report = Ledger::sample().proof(&["1.0"], &second_key()).verify(&trust(&first_key()));
    let words = report.to_string();
    for wanted in [
        "The proof holds",
        "Witnessed by 1",
        "witness.example/w1 (Unix time 1700000000 s)",
        "4 entries with 6 members shown and 2 withheld.",
        "Complete for item 1.0: its entries 1 to 4.",
        "What came after the last entry shown (position 7)",
        "is unproven",
        "summary in the file is for reading only",
    ] {
        assert!(words.contains(wanted), "{wanted:?} in {words}");
    }
    assert_eq!(report.complete, [Claim { item: "1.0".to_owned(), through_sequence: 4 }]);
}

fn with_held(checkpoint: Signed, consistency: Option<Vec<merkle::Hash>>) -> Trust {
    let checkpoints = vec![Held { checkpoint, consistency }];
    Trust { site_keys: vec![first_key().public()], checkpoints, ..Trust::default() }
}

#[test]
fn checkpoints_held_elsewhere_are_compared() {
    let (mut later, ledger) = (Ledger::sample(), Ledger::sample());
    later.append("made.noted", Vec::new());
    let size = ledger.size();
    let same = with_held(ledger.head(size, &second_key()), None);
    assert_eq!(standing(&same), Standing::Witnessed(1));

    let newer = later.head(size + 1, &second_key());
    let proof = later.consistency(size, size + 1);
    assert_eq!(standing(&with_held(newer.clone(), Some(proof))), Standing::Witnessed(1));

    let older = with_held(ledger.head(4, &first_key()), Some(ledger.consistency(4, size)));
    let report = ledger.proof(&["1.0"], &second_key()).verify(&older);
    assert_eq!(report.standing, Some(Standing::SiteSigned), "it covers only a part");
    assert!(matches!(report.witnesses[..], [Witness { size: 4, .. }]), "{report}");

    let report = ledger.proof(&["1.0"], &second_key()).verify(&with_held(newer, None));
    assert_eq!((report.standing, report.held_not_compared), (Some(Standing::SiteSigned), 1));
}

#[test]
fn a_later_checkpoint_of_a_key_named_later_is_not_compared() {
    let mut ledger = Ledger::sample();
    let (file, size) = (ledger.proof(&["1.0"], &second_key()), ledger.size());
    let third = key(ORIGIN, 3);
    ledger.rotate(&second_key(), &third.public());
    let later = with_held(ledger.head(size + 1, &third), None);
    let report = file.verify(&later);
    assert_eq!((report.standing, report.held_not_compared), (Some(Standing::SiteSigned), 1));
    assert!(report.to_string().contains("not compared"), "{report}");
    // Up to the size of the file its chain names every key: there, a stranger's is no head.
    let report = file.verify(&with_held(ledger.head(size, &third), None));
    assert_eq!(report.findings, [Finding::HeldUnsigned { size }]);
}

#[test]
fn rewritten_history_is_caught_by_a_checkpoint_held_elsewhere() {
    let honest = Ledger::sample();
    let mut rewritten = Ledger::new();
    while rewritten.size() < honest.size() {
        rewritten.append("made.noted", Vec::new());
    }
    let size = honest.size();
    let file = rewritten.proof(&[], &first_key());
    let report = file.verify(&with_held(honest.head(size, &second_key()), None));
    // The key of the honest ledger is not in the forged chain, so the verifier must trust it.
    assert_eq!(report.findings, [Finding::HeldUnsigned { size }]);
    let mut trust = with_held(honest.head(size, &second_key()), None);
    trust.site_keys.push(second_key().public());
    let differs = Finding::HeldDiffers { size, why: tree::Error::Root };
    assert_eq!(file.verify(&trust).findings, [differs]);

    let mut other = honest.head(size, &second_key());
    other.checkpoint.origin = "example.com/other".to_owned();
    let signed = other.checkpoint.sign(&second_key()).unwrap();
    let report = honest.proof(&["1.0"], &second_key()).verify(&with_held(signed, None));
    assert_eq!(report.findings, [Finding::HeldOrigin { origin: "example.com/other".to_owned() }]);
}

#[test]
fn signatures_of_strangers_say_nothing() {
    let ledger = Ledger::sample();
    let file = ledger.proof(&["1.0"], &second_key());
    let report = file.verify(&Trust::default());
    assert_eq!((report.unknown_signatures, report.witnesses.len()), (1, 0));
    let mut head = ledger.head(ledger.size(), &second_key());
    witness().cosign(&mut head.note, 5).unwrap();
    head.note.signatures[1].bytes[20] ^= 1;
    let file = ProofFile { checkpoint: head.to_string(), ..file };
    let false_one = Finding::WitnessSignature { key: "witness.example/w1".to_owned() };
    assert_eq!(file.verify(&trust(&first_key())).findings, [false_one]);
}

#[test]
fn limits_are_kept() {
    let mut file = Ledger::sample().proof(&["1.0"], &second_key());
    let claim = file.claims[0].clone();
    file.claims = vec![claim; merkle::proof::CLAIMS_MAX + 1];
    let report = file.verify(&Trust::default());
    assert!(matches!(report.findings[..], [Finding::TooMany { what: "claims", .. }]));
    let long = vec![b' '; merkle::proof::PROOF_BYTES_MAX + 1];
    assert!(matches!(ProofFile::parse(&long), Err(merkle::proof::Error::TooLong(_))));
}
