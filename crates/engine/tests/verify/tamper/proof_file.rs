//! Random alterations of a proof file: each is named, whether the file still reads or not.

use std::collections::BTreeMap;

use domain::ItemRef;
use engine::Showing;
use merkle::Hash;
use merkle::proof::{Entry, ProofFile, Shown, Trust};

use crate::load::{self, Chance};
use crate::{lived_in, open, place};

/// Alters; answers what the report must contain. None where nothing is changed.
type Alter = fn(&mut Chance, &mut ProofFile) -> Option<String>;

const KINDS: &[(&str, Alter)] = &[
    ("an entry left out", |chance, file| {
        file.entries.remove(chance.below(file.entries.len()));
        Some("item ".to_owned())
    }),
    ("an entry twice", |chance, file| {
        let at = chance.below(file.entries.len());
        file.entries.insert(at, file.entries[at].clone());
        Some(file.entries[at].position.to_string())
    }),
    ("two entries change places", |chance, file| {
        let (one, other) = (chance.below(file.entries.len()), chance.below(file.entries.len()));
        file.entries.swap(one, other);
        (one != other).then(|| "position ".to_owned())
    }),
    ("an entry under another position", |chance, file| {
        let entry = any(chance, file);
        entry.position += 1;
        Some(entry.position.to_string())
    }),
    ("a value", |chance, file| {
        changed(chance, file, |chance, member| {
            let at = chance.below(member.value.len());
            let byte = member.value.get_mut(at).filter(|byte| byte.is_ascii_alphanumeric())?;
            *byte = if *byte == b'7' { b'8' } else { b'7' };
            Some(())
        })
    }),
    ("a name", |chance, file| {
        changed(chance, file, |_, member| {
            member.name.push('x');
            Some(())
        })
    }),
    ("a salt", |chance, file| {
        changed(chance, file, |chance, member| {
            member.salt[chance.below(16)] ^= 1;
            Some(())
        })
    }),
    ("two members change places", |chance, file| {
        let entry = any(chance, file);
        let (one, other) = (chance.below(entry.members.len()), chance.below(entry.members.len()));
        entry.members.swap(one, other);
        (entry.members[one] != entry.members[other]).then(|| entry.position.to_string())
    }),
    ("members of two entries change places", |chance, file| {
        let (one, other) = (chance.below(file.entries.len()), chance.below(file.entries.len()));
        let members = file.entries[one].members.clone();
        let theirs = std::mem::replace(&mut file.entries[other].members, members.clone());
        (one != other && theirs != members).then(|| file.entries[other].position.to_string())
    }),
    ("salts of two members change places", |chance, file| {
        let entry = any(chance, file);
        let open: Vec<usize> = (0..entry.members.len())
            .filter(|at| matches!(entry.members[*at], Shown::Open(_)))
            .collect();
        let (one, other) = (*chance.pick(&open), *chance.pick(&open));
        let salt = |entry: &Entry, at: usize| match &entry.members[at] {
            Shown::Open(member) => member.salt,
            Shown::Withheld => unreachable!("open"),
        };
        let salts = (salt(entry, one), salt(entry, other));
        for (at, salt) in [(one, salts.1), (other, salts.0)] {
            if let Shown::Open(member) = &mut entry.members[at] {
                member.salt = salt;
            }
        }
        (one != other).then(|| entry.position.to_string())
    }),
    ("a member left out or added", |chance, file| {
        let entry = any(chance, file);
        match chance.below(2) {
            0 => entry.members.push(Shown::Withheld),
            _ => drop(entry.members.pop()),
        }
        Some(entry.position.to_string())
    }),
    ("the sequence of an item withheld", |chance, file| {
        let item = file.claims[0].item.clone();
        let entry = any(chance, file);
        let of_item = |shown: &&mut Shown| matches!(shown, Shown::Open(member) if member.name == format!("item/{item}"));
        *entry.members.iter_mut().find(of_item)? = Shown::Withheld;
        Some(item)
    }),
    ("a byte of the log", |chance, file| {
        let entry = any(chance, file);
        let at = chance.below(entry.log.len());
        entry.log[at] ^= 1 << chance.below(8);
        Some(entry.position.to_string())
    }),
    ("the log bytes of another entry", |chance, file| {
        let (one, other) = (chance.below(file.entries.len()), chance.below(file.entries.len()));
        file.entries[one].log = file.entries[other].log.clone();
        (one != other).then(|| file.entries[one].position.to_string())
    }),
    ("a hash of an inclusion proof", |chance, file| {
        let entry = any(chance, file);
        let at = chance.below(entry.inclusion.len());
        entry.inclusion[at].0[chance.below(32)] ^= 1;
        Some(entry.position.to_string())
    }),
    ("an inclusion proof longer or shorter", |chance, file| {
        let entry = any(chance, file);
        match chance.below(2) {
            0 => entry.inclusion.push(Hash([7; 32])),
            _ => drop(entry.inclusion.pop()),
        }
        Some(entry.position.to_string())
    }),
    ("a key entry left out", |chance, file| {
        file.keys.remove(chance.below(file.keys.len()));
        Some("key".to_owned())
    }),
    ("a value of a key entry", |chance, file| {
        let at = chance.below(file.keys.len());
        let position = file.keys[at].position;
        let Shown::Open(member) = &mut file.keys[at].members[0] else { return None };
        member.value[0] ^= 1;
        Some(position.to_string())
    }),
    ("a claim of more", |_, file| {
        file.claims[0].through_sequence += 1;
        Some(file.claims[0].item.clone())
    }),
    ("a claim of less", |_, file| {
        file.claims[0].through_sequence -= 1;
        Some(file.claims[0].item.clone())
    }),
    ("a claim of another item", |_, file| {
        "999.0".clone_into(&mut file.claims[0].item);
        Some("999.0".to_owned())
    }),
    ("another ledger", |_, file| {
        file.ledger.0[0] ^= 1;
        Some("ledger".to_owned())
    }),
    ("another origin", |_, file| {
        file.origin.push('x');
        Some(file.origin.clone())
    }),
    ("a letter of the signed head", |chance, file| {
        let mut note = file.checkpoint.clone().into_bytes();
        let at = chance.below(note.len());
        note[at] = if note[at] == b'Q' { b'R' } else { b'Q' };
        file.checkpoint = String::from_utf8(note).ok()?;
        Some(String::new())
    }),
];

fn any<'a>(chance: &mut Chance, file: &'a mut ProofFile) -> &'a mut Entry {
    let at = chance.below(file.entries.len());
    &mut file.entries[at]
}

fn changed(
    chance: &mut Chance,
    file: &mut ProofFile,
    change: impl FnOnce(&mut Chance, &mut merkle::Member) -> Option<()>,
) -> Option<String> {
    let entry = any(chance, file);
    let at = chance.below(entry.members.len());
    let Shown::Open(member) = &mut entry.members[at] else { return None };
    change(chance, member)?;
    Some(entry.position.to_string())
}

#[test]
fn alterations_of_a_proof_file_are_each_named() {
    let seed = load::seed("TRACEWRIGHT_TAMPER_SEED");
    let wanted = usize::try_from(load::number("TRACEWRIGHT_TAMPER_ALTERATIONS", 240)).unwrap();
    let (_place, path) = place();
    lived_in(&path, 27, 160);
    let plant = open(&path);
    let lot: ItemRef = "lot:L-0".parse().unwrap();
    let good = plant.proof(&[lot], &Showing::default()).unwrap();
    assert!(good.verify(&Trust::default()).holds());
    let mut chance = Chance(seed);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..wanted {
        let (kind, alter) = KINDS[number % KINDS.len()];
        let (file, named) = loop {
            let mut file = good.clone();
            if let Some(named) = alter(&mut chance, &mut file) {
                break (file, named);
            }
        };
        // As a partner gets it: as bytes that read.
        let bytes = file.to_bytes().unwrap();
        let report = merkle::proof::verify_bytes(&bytes, &Trust::default()).unwrap();
        assert!(!report.holds(), "{number}, {kind}: it is not noticed: {report}");
        let said: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains(&named)), "{kind}: {named}: {said:?}");
        *kinds.entry(kind).or_default() += 1;
    }
    raw(&good, &mut chance, wanted);
    for (kind, count) in &kinds {
        println!("{count:4}  proof file: {kind}");
    }
    println!("{wanted:4}  proof file: a raw byte");
}

/// Bits of the bytes themselves: what does not read is refused, what reads is another file or says
/// that it does not hold. Only the summary is not proven, and says so.
fn raw(good: &ProofFile, chance: &mut Chance, count: usize) {
    let bytes = good.to_bytes().unwrap();
    let (mut read, mut refused) = (0, 0);
    while read + refused < count {
        let mut altered = bytes.clone();
        let at = chance.below(altered.len());
        altered[at] ^= 1 << chance.below(8);
        let Ok(file) = ProofFile::parse(&altered) else {
            refused += 1;
            continue;
        };
        let same =
            ProofFile { summary_not_proven: good.summary_not_proven.clone(), ..file.clone() };
        if same == *good {
            continue;
        }
        read += 1;
        let report = file.verify(&Trust::default());
        assert!(!report.holds(), "bit of byte {at} is not noticed: {report}");
    }
    println!("{read} of {count} altered proof files still read, and were named");
    assert!(read > count / 10);
}
