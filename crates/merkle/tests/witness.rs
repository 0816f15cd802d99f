//! When a witness cosigns, and that its request has one form.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::convert::Infallible;

use merkle::checkpoint::{Checkpoint, Signed};
use merkle::note::{self, PublicKey, SignedNote, SigningKey};
use merkle::tree::{
    self, TILE_WIDTH, TileId, Tiles, consistency_proof, derive_tile, empty_root, leaf_hash, root_of,
};
use merkle::witness::{AddCheckpoint, Error, PROOF_LINES_MAX, Refusal, cosigned, judge};
use merkle::{Hash, hash};
use proptest::prelude::*;

const ORIGIN: &str = "example.com/plant";

/// A log that can take another turn from a leaf on.
struct Log {
    leaves: Vec<Hash>,
}

impl Log {
    fn new(leaves: u64) -> Self {
        Self::forked(leaves, leaves)
    }

    /// Leaves from `from` on are others.
    fn forked(leaves: u64, from: u64) -> Self {
        let leaf = |at: u64| leaf_hash(format!("{} {at}", at >= from).as_bytes());
        Self { leaves: (0..leaves).map(leaf).collect() }
    }

    fn head(&self, size: u64, key: &SigningKey) -> Signed {
        let leaves = &self.leaves[..usize::try_from(size).unwrap()];
        let root = if leaves.is_empty() { empty_root() } else { root_of(leaves) };
        let origin = ORIGIN.to_owned();
        Checkpoint { origin, size, root, extensions: Vec::new() }.sign(key).unwrap()
    }

    fn ask(&self, old: u64, new: u64) -> AddCheckpoint {
        let proof = if old == 0 { Vec::new() } else { consistency_proof(old, new, self).unwrap() };
        AddCheckpoint { old_size: old, proof, checkpoint: self.head(new, &site()) }
    }
}

impl Tiles for Log {
    type Error = Infallible;

    fn tile(&self, id: TileId, width: u16) -> Result<Vec<Hash>, Infallible> {
        if id.level > 0 {
            return Ok(derive_tile(id, width, self).unwrap());
        }
        let first = usize::try_from(id.index).unwrap() * usize::from(TILE_WIDTH);
        Ok(self.leaves[first..first + usize::from(width)].to_vec())
    }
}

fn site() -> SigningKey {
    SigningKey::from_seed(ORIGIN, [1; 32]).unwrap()
}

fn witness() -> SigningKey {
    SigningKey::from_seed("witness.example/w1", [2; 32]).unwrap()
}

fn keys() -> Vec<PublicKey> {
    vec![site().public()]
}

#[test]
fn the_rules_are_those_of_the_specification() {
    let log = Log::new(40);
    let last = log.head(20, &site()).checkpoint;
    let fork = Log::forked(40, 10);
    let stranger = SigningKey::from_seed(ORIGIN, [9; 32]).unwrap();
    let by_stranger = AddCheckpoint { checkpoint: log.head(25, &stranger), ..log.ask(20, 25) };
    let mut falsified = log.ask(20, 25);
    falsified.checkpoint.note.signatures[0].bytes[3] ^= 1;
    let too_much = AddCheckpoint { proof: vec![hash::sha256(b"x")], ..log.ask(0, 25) };
    let mut shortened = log.ask(20, 25);
    shortened.proof.pop();
    let empty = |root| {
        let origin = ORIGIN.to_owned();
        let head = Checkpoint { origin, size: 0, root, extensions: Vec::new() };
        AddCheckpoint { checkpoint: head.sign(&site()).unwrap(), ..log.ask(0, 1) }
    };
    let inconsistent = |old, new, why| Err(Refusal::Inconsistent { old, new, why });
    let (none, some) = (None, Some(&last));
    let rows: Vec<(AddCheckpoint, Option<&Checkpoint>, Result<(), Refusal>)> = vec![
        (log.ask(0, 25), none, Ok(())),
        (log.ask(20, 25), some, Ok(())),
        (log.ask(20, 20), some, Ok(())),
        (empty(empty_root()), none, Ok(())),
        (empty(hash::sha256(b"x")), none, inconsistent(0, 0, tree::Error::Root)),
        (too_much.clone(), none, inconsistent(0, 25, tree::Error::Length)),
        (by_stranger, some, Err(Refusal::Unsigned)),
        (falsified, some, Err(Refusal::Unsigned)),
        (
            AddCheckpoint { old_size: 26, ..log.ask(20, 25) },
            some,
            Err(Refusal::OldSize { old: 26, new: 25 }),
        ),
        (log.ask(0, 25), some, Err(Refusal::Stale { size: 20 })),
        (log.ask(19, 25), some, Err(Refusal::Stale { size: 20 })),
        (log.ask(21, 25), some, Err(Refusal::Stale { size: 20 })),
        (log.ask(15, 15), some, Err(Refusal::Stale { size: 20 })),
        (log.ask(20, 25), none, Err(Refusal::Stale { size: 0 })),
        (fork.ask(20, 20), some, Err(Refusal::Forked { size: 20 })),
        (fork.ask(20, 25), some, inconsistent(20, 25, tree::Error::Root)),
        (shortened, some, inconsistent(20, 25, tree::Error::Length)),
    ];
    for (row, (asked, last, wanted)) in rows.into_iter().enumerate() {
        assert_eq!(judge(&asked, &keys(), last), wanted, "row {row}");
        let unknown = Err(Refusal::UnknownLog(ORIGIN.to_owned()));
        assert_eq!(judge(&asked, &[], last), unknown, "row {row}");
        assert_eq!(AddCheckpoint::parse(&asked.to_string()).as_ref(), Ok(&asked), "row {row}");
    }
    // A second key of the log is enough, as while one takes the place of the other.
    let both = [stranger.public(), site().public()];
    assert_eq!(judge(&log.ask(20, 25), &both, Some(&last)), Ok(()));
}

#[test]
fn a_request_has_one_form() {
    let good = Log::new(9).ask(5, 9).to_string();
    assert!(good.starts_with("old 5\n") && good.contains("\n\nexample.com/plant\n9\n"), "{good}");
    let line = good.lines().nth(1).unwrap().to_owned();
    let long = format!("old 5\n{}", format!("{line}\n").repeat(PROOF_LINES_MAX + 1));
    let rows = [
        (String::new(), Error::Proof),
        ("old 5\n".to_owned(), Error::Proof),
        (good.replacen("old 5", "old 05", 1), Error::OldSize),
        (good.replacen("old 5", "old -5", 1), Error::OldSize),
        (good.replacen("old 5", "old  5", 1), Error::OldSize),
        (good.replacen("old 5", "new 5", 1), Error::OldSize),
        (good.replacen("old 5", "old 99999999999999999999", 1), Error::OldSize),
        (good.replacen(&line, &line[1..], 1), Error::Proof),
        (good.replacen(&line, &format!("{line} "), 1), Error::Proof),
        (good.replacen(&line, &format!("{line}\r"), 1), Error::Proof),
        (good.replacen(&line, &line.replace('=', ""), 1), Error::Proof),
        (format!("{long}\nx\n1\n"), Error::Proof),
        (
            " ".repeat(merkle::witness::REQUEST_BYTES_MAX + 1),
            Error::TooLong(merkle::witness::REQUEST_BYTES_MAX + 1),
        ),
    ];
    for (text, wanted) in rows {
        assert_eq!(AddCheckpoint::parse(&text), Err(wanted), "{text:.80}");
    }
    let no_note = AddCheckpoint::parse("old 0\n\nexample.com\n1\n");
    assert!(matches!(no_note, Err(Error::Checkpoint(_))), "{no_note:?}");
}

#[test]
fn only_the_witness_s_own_line_is_taken_from_its_answer() {
    let head = Log::new(3).head(3, &site()).note;
    let stranger = SigningKey::from_seed("witness.example/other", [7; 32]).unwrap();
    let (ours, theirs) =
        (witness().cosignature(&head.text, 77), stranger.cosignature(&head.text, 78));
    let key = witness().public().cosigner();
    let (kept, time_s) = cosigned(&head, &format!("{theirs}\n{ours}\n"), &key).unwrap();
    assert_eq!((time_s, kept.signatures.len()), (77, 2));
    assert_eq!(kept.signatures[1], ours);
    assert_eq!(SignedNote::parse(&kept.to_string()).unwrap(), kept);
    // Asked again, the new line takes the place of the old one.
    let later = witness().cosignature(&head.text, 99);
    let (again, time_s) = cosigned(&kept, &format!("{later}\n"), &key).unwrap();
    assert_eq!((time_s, again.signatures.len()), (99, 2));
    let mut broken = ours.clone();
    broken.bytes[20] ^= 1;
    let of_another_head = witness().cosignature("other\n1\nx\n", 77);
    let plain = witness().sign(&head.text).unwrap().signatures[0].clone();
    let rows = [
        (format!("{theirs}\n"), note::Error::NotBy(key.name().to_owned())),
        (format!("{plain}\n"), note::Error::NotBy(key.name().to_owned())),
        (format!("{broken}\n"), note::Error::Signature(key.name().to_owned())),
        (format!("{of_another_head}\n"), note::Error::Signature(key.name().to_owned())),
        (format!("{ours}"), note::Error::Unsigned),
        (String::new(), note::Error::Unsigned),
        ("ok\n".to_owned(), note::Error::Line(1)),
    ];
    for (answer, wanted) in rows {
        assert_eq!(cosigned(&head, &answer, &key), Err(wanted), "{answer}");
    }
}

proptest! {
    /// A witness that is asked in any order by a log and a fork of it cosigns one history only.
    #[test]
    fn two_histories_are_never_both_cosigned(
        from in 0_u64..30,
        asks in prop::collection::vec((any::<bool>(), 0_u64..60, 0_u64..60), 1..60),
    ) {
        let (honest, forked) = (Log::new(60), Log::forked(60, from));
        let mut last: Option<(Checkpoint, bool)> = None;
        for (fork, old, new) in asks {
            let log = if fork { &forked } else { &honest };
            let asked = log.ask(old.min(new), new);
            let before = last.as_ref().map(|(last, _)| last);
            if judge(&asked, &keys(), before).is_ok() {
                if let Some((before, was_fork)) = &last {
                    prop_assert!(before.size <= new);
                    prop_assert!(*was_fork == fork || before.size <= from, "size {}", before.size);
                }
                last = Some((asked.checkpoint.checkpoint, fork));
            }
        }
    }

    #[test]
    fn what_reads_is_written_back(text in "(old [0-9]{1,3}\n|[A-Za-z0-9+/=]{44}\n|\n|— [a-z]{1,3} [A-Za-z0-9+/]{8}\n|[a-z.]{1,5}\n|[0-9]{1,3}\n){0,12}") {
        if let Ok(asked) = AddCheckpoint::parse(&text) {
            prop_assert_eq!(asked.to_string(), text);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes);
        drop(AddCheckpoint::parse(&text));
        drop(AddCheckpoint::parse(&format!("old 1\n\n{text}")));
    }
}
