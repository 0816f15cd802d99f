//! Whatever is changed in a proof file is found, and named.

use merkle::hash::sha256;
use merkle::proof::{Finding, ProofFile, Shown, Standing, verify_bytes};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ledger::{Ledger, first_key, second_key, trust};

/// One way to change the sample file, and the finding that must name it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    change: fn(&mut ProofFile),
    wanted: Value,
}

impl Case {
    pub(crate) fn file(&self) -> ProofFile {
        let mut file = good();
        (self.change)(&mut file);
        file
    }
}

pub(crate) fn good() -> ProofFile {
    Ledger::sample().proof(&["1.0"], &second_key())
}

fn member(file: &mut ProofFile, entry: usize, index: usize) -> &mut merkle::Member {
    match &mut file.entries[entry].members[index] {
        Shown::Open(member) => member,
        Shown::Withheld => unreachable!("member {index} of entry {entry} is withheld"),
    }
}

fn case(name: &'static str, change: fn(&mut ProofFile), wanted: Value) -> Case {
    Case { name, change, wanted }
}

/// Entries of the sample: positions 1, 3, 5 and 7; keys: 0 and 4.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = of_members();
    cases.extend(of_entries());
    cases.extend(of_log_bytes());
    cases.extend(of_the_file());
    cases
}

fn of_members() -> Vec<Case> {
    let differs = |position: u64, member: &str| json!({"finding": "member_differs", "position": position, "member": member});
    vec![
        case("a value", |file| member(file, 2, 2).value[1] ^= 1, differs(5, "reason")),
        case("a name", |file| member(file, 2, 2).name.push('s'), differs(5, "reasons")),
        case("a salt", |file| member(file, 2, 2).salt[15] ^= 1, differs(5, "reason")),
        case("members swapped", |file| file.entries[1].members.swap(0, 1), differs(3, "item/2.0")),
        case(
            "salts swapped",
            |file| {
                let first = member(file, 1, 0).salt;
                let second = core::mem::replace(&mut member(file, 1, 1).salt, first);
                member(file, 1, 0).salt = second;
            },
            differs(3, "item/1.0"),
        ),
        case(
            "a value moved to the next member",
            |file| {
                let value = member(file, 1, 0).value.clone();
                member(file, 1, 1).value = value;
            },
            differs(3, "item/2.0"),
        ),
        case(
            "a member dropped",
            |file| drop(file.entries[2].members.pop()),
            json!({"finding": "member_count", "position": 5, "shown": 2, "digests": 3}),
        ),
        case(
            "a member added",
            |file| file.entries[3].members.push(Shown::Withheld),
            json!({"finding": "member_count", "position": 7, "shown": 2, "digests": 1}),
        ),
        case(
            "a hold's item withheld",
            |file| file.entries[2].members[0] = Shown::Withheld,
            json!({"finding": "sequence_gap", "item": "1.0", "after": 2, "before": 4}),
        ),
        case(
            "a key entry's value",
            |file| match &mut file.keys[1].members[0] {
                Shown::Open(member) => member.value[3] ^= 1,
                Shown::Withheld => unreachable!("the key is open"),
            },
            differs(4, "key"),
        ),
    ]
}

fn of_entries() -> Vec<Case> {
    vec![
        case(
            "the hold dropped",
            |file| drop(file.entries.remove(2)),
            json!({"finding": "sequence_gap", "item": "1.0", "after": 2, "before": 4}),
        ),
        case(
            "the birth dropped",
            |file| drop(file.entries.remove(0)),
            json!({"finding": "sequence_gap", "item": "1.0", "after": 0, "before": 2}),
        ),
        case(
            "the last dropped",
            |file| drop(file.entries.pop()),
            json!({"finding": "not_complete", "item": "1.0", "claimed": 4, "shown": 3}),
        ),
        case(
            "all dropped",
            |file| file.entries.clear(),
            json!({"finding": "not_complete", "item": "1.0", "claimed": 4, "shown": 0}),
        ),
        case(
            "two in another order",
            |file| file.entries.swap(1, 2),
            json!({"finding": "out_of_order", "position": 3, "after": 5, "part": "entries"}),
        ),
        case(
            "one twice",
            |file| {
                let again = file.entries[1].clone();
                file.entries.insert(1, again);
            },
            json!({"finding": "duplicate_position", "position": 3, "part": "entries"}),
        ),
    ]
}

fn of_log_bytes() -> Vec<Case> {
    vec![
        case(
            "one under another position",
            |file| file.entries[3].position = 6,
            json!({"finding": "position_differs", "position": 6, "found": 7}),
        ),
        case(
            "log bytes cut",
            |file| file.entries[1].log.truncate(100),
            json!({"finding": "log_unreadable", "position": 3}),
        ),
        case(
            "a received time",
            |file| file.entries[1].log[36] ^= 1,
            json!({"finding": "not_included", "position": 3}),
        ),
        case(
            "a received time before the one before",
            |file| file.entries[1].log[30] = 0,
            json!({"finding": "received_out_of_order", "position": 3, "after": 1}),
        ),
        case(
            "another digest",
            |file| *file.entries[1].log.last_mut().expect("a digest") ^= 1,
            json!({"finding": "not_included", "position": 3}),
        ),
        case(
            "an entry of another ledger",
            |file| file.entries[1].log[5] ^= 1,
            json!({"finding": "ledger_differs", "position": 3}),
        ),
        case(
            "an inclusion proof",
            |file| file.entries[0].inclusion[1].0[9] ^= 1,
            json!({"finding": "not_included", "position": 1}),
        ),
        case(
            "an inclusion proof cut",
            |file| file.entries[0].inclusion.truncate(2),
            json!({"finding": "not_included", "position": 1}),
        ),
    ]
}

fn of_the_file() -> Vec<Case> {
    vec![
        case(
            "claims more",
            |file| file.claims[0].through_sequence = 5,
            json!({"finding": "not_complete", "item": "1.0", "claimed": 5, "shown": 4}),
        ),
        case(
            "claims less",
            |file| file.claims[0].through_sequence = 3,
            json!({"finding": "beyond_claim", "item": "1.0", "claimed": 3, "shown": 4}),
        ),
        case(
            "claims another item",
            |file| file.claims[0].item = "2.0".to_owned(),
            json!({"finding": "sequence_gap", "item": "2.0", "after": 0, "before": 2}),
        ),
        case(
            "claims twice",
            |file| file.claims.push(file.claims[0].clone()),
            json!({"finding": "claim_unclear", "item": "1.0"}),
        ),
        case(
            "another ledger",
            |file| file.ledger.0[0] ^= 1,
            json!({"finding": "ledger_differs", "position": 1}),
        ),
        case(
            "another origin",
            |file| file.origin.push('s'),
            json!({"finding": "origin_differs", "said": "example.com/plants"}),
        ),
        case(
            "another size",
            |file| file.checkpoint = file.checkpoint.replace("\n9\n", "\n8\n"),
            json!({"finding": "head_signature"}),
        ),
        case(
            "no signature",
            |file| file.checkpoint.truncate(30),
            json!({"finding": "checkpoint_unreadable"}),
        ),
        case("no rotation", |file| drop(file.keys.pop()), json!({"finding": "head_signature"})),
        case("no genesis", |file| drop(file.keys.remove(0)), json!({"finding": "key_chain"})),
        case(
            "key entries in another order",
            |file| file.keys.reverse(),
            json!({"finding": "out_of_order", "position": 0, "after": 4, "part": "keys"}),
        ),
        case(
            "a key entry shown and not in the chain",
            |file| {
                let rotation = file.keys.pop().expect("the rotation");
                file.entries.insert(2, rotation);
            },
            json!({"finding": "key_entry_omitted", "position": 4}),
        ),
    ]
}

#[test]
fn every_change_is_named() {
    for case in cases() {
        let bytes = case.file().to_bytes().unwrap();
        let report = verify_bytes(&bytes, &trust(&first_key())).unwrap();
        let named = report.findings.iter().any(|finding| {
            let found = serde_json::to_value(finding).unwrap();
            let mut wanted = case.wanted.as_object().unwrap().iter();
            wanted.all(|(field, value)| found[field] == *value)
        });
        assert!(named, "{}: {} is not in\n{report}", case.name, case.wanted);
        assert!(report.standing.is_none() && report.complete.is_empty(), "{}", case.name);
        assert!(report.to_string().contains("DOES NOT HOLD"));
    }
}

/// A site that numbers an item's entries wrongly signs its own contradiction.
#[test]
fn contradictions_the_site_signed_are_named() {
    let touch = |sequence: u64, previous: &str| {
        let value = format!(r#"{{"sequence":{sequence},"previous":{previous}}}"#);
        vec![("item/1.0".to_owned(), value)]
    };
    let check = |touches: &[Vec<(String, String)>], wanted: Finding| {
        let mut ledger = Ledger::new();
        for members in touches {
            ledger.append("made.noted", members.clone());
        }
        let report = ledger.proof(&["1.0"], &first_key()).verify(&trust(&first_key()));
        assert!(report.findings.contains(&wanted), "{wanted} is not in {report}");
    };
    let item = || "1.0".to_owned();
    let (said, found) = (Some(0), Some(1));
    let previous = Finding::PreviousDiffers { item: item(), position: 2, said, found };
    check(&[touch(1, "null"), touch(2, "0")], previous);
    let (said, found) = (Some(0), None);
    let birth = Finding::PreviousDiffers { item: item(), position: 1, said, found };
    check(&[touch(1, "0")], birth);
    let (sequence, after) = (1, 1);
    let rising = Finding::SequenceNotRising { item: item(), position: 2, sequence, after };
    check(&[touch(1, "null"), touch(1, "null")], rising);
    let member = || "item/1.0".to_owned();
    let unreadable = Finding::TouchUnreadable { position: 1, member: member() };
    check(&[vec![(member(), "1".to_owned())]], unreadable);
    let twice = Finding::DuplicateMember { position: 1, member: member() };
    check(&[[touch(1, "null"), touch(2, "1")].concat()], twice);
}

/// The bytes of the good file, and those of its summary, which is not proven.
fn bytes_and_summary() -> (Vec<u8>, std::ops::Range<usize>) {
    let file = good();
    let bytes = file.to_bytes().expect("a small file");
    let text = String::from_utf8_lossy(&bytes);
    let start = text.find(&file.summary_not_proven[0]).expect("the summary");
    (bytes, start..start + file.summary_not_proven[0].len())
}

fn detected(bytes: &[u8]) -> bool {
    // A cosignature whose key is named differently is no witness any more, which shows.
    match verify_bytes(bytes, &trust(&first_key())) {
        Err(_) => true,
        Ok(report) => !report.holds() || report.standing < Some(Standing::Witnessed(1)),
    }
}

#[test]
fn every_byte_counts() {
    let (good, summary) = bytes_and_summary();
    assert!(!detected(&good));
    for at in (0..good.len()).filter(|at| !summary.contains(at)) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (sha256(&at.to_be_bytes()).0[0] % 8);
        let around = String::from_utf8_lossy(&good[at.saturating_sub(20)..good.len().min(at + 20)]);
        assert!(detected(&bytes), "byte {at}, near {around}");
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        prop_assert!(verify_bytes(&bytes, &trust(&first_key())).is_err());
    }

    #[test]
    fn a_run_of_changed_bytes_is_detected(
        at in any::<prop::sample::Index>(), with in prop::collection::vec(b' '..b'~', 1..40),
    ) {
        let (good, summary) = bytes_and_summary();
        let at = at.index(good.len() - with.len());
        let mut bytes = good.clone();
        bytes[at..at + with.len()].copy_from_slice(&with);
        let in_summary = summary.contains(&at) && at + with.len() <= summary.end;
        prop_assert!(bytes == good || in_summary || detected(&bytes));
    }
}
