//! Bytes of the formats: entries, members, notes, keys, proof files, witness files, EPCIS.

use domain::ItemRef;
use engine::{Showing, WitnessFile};
use merkle::checkpoint::Signed;
use merkle::entry::{decode_log, decode_members, encode_log, encode_members};
use merkle::note::PublicKey;
use merkle::proof::{ProofFile, Trust, verify_bytes};

use crate::mutate::peak_kib;
use crate::{chance, load, mutate, open, rounds};

/// The least that a proof file of the longest length may take to be read. Units: kibibytes.
const PEAK_KIB_MAX: u64 = 1 << 20;

struct Samples {
    log: Vec<Vec<u8>>,
    members: Vec<Vec<u8>>,
    notes: Vec<Vec<u8>>,
    keys: Vec<Vec<u8>>,
    proofs: Vec<Vec<u8>>,
}

fn samples() -> Samples {
    let place = tempfile::tempdir().unwrap();
    let plant = open(&place.path().join("plant"));
    for command in load::masters() {
        plant.submit(command, "test").unwrap();
    }
    load::Floor::new(1, "F", None).work(&plant, 60);
    plant.rotate_key().unwrap();
    let ledger = plant.ledger().unwrap();
    let entries = ledger.entries(0..u64::MAX, 4096).unwrap();
    let keys = plant.keys().keys().map(|key| key.to_string().into_bytes()).collect();
    let notes = ledger.checkpoints(0, 100).unwrap();
    let item: ItemRef = "lot:L-0".parse().unwrap();
    let proof = plant.proof(&[item], &Showing::default()).unwrap();
    Samples {
        log: entries.iter().map(|entry| entry.log.clone()).collect(),
        members: entries.iter().map(|entry| entry.members.clone()).collect(),
        notes: notes.into_iter().map(|head| head.note.into_bytes()).collect(),
        keys,
        proofs: vec![proof.to_bytes().unwrap()],
    }
}

#[test]
fn formats_answer_whatever_comes() {
    let mut chance = chance();
    let samples = samples();
    let (mut read, all) = ([0_u64; 5], rounds(3000));
    for _ in 0..all {
        let log = mutate::bytes(&mut chance, &samples.log);
        if let Ok((header, digests)) = decode_log(&log) {
            assert_eq!(encode_log(&header, &digests).unwrap(), log, "one encoding of one entry");
            read[0] += 1;
        }
        let members = mutate::bytes(&mut chance, &samples.members);
        if let Ok(states) = decode_members(&members) {
            assert_eq!(encode_members(&states).unwrap(), members, "one encoding of members");
            read[1] += 1;
        }
        let note = mutate::bytes(&mut chance, &samples.notes);
        if let Ok(note) = std::str::from_utf8(&note)
            && let Ok(signed) = Signed::parse(note)
        {
            assert_eq!(signed.note.to_string(), note, "a note is what it says");
            drop(WitnessFile::parse("a file", note));
            read[2] += 1;
        }
        let key = mutate::bytes(&mut chance, &samples.keys);
        if let Some(key) = std::str::from_utf8(&key).ok().and_then(|text| text.parse().ok()) {
            let key: PublicKey = key;
            assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
            read[3] += 1;
        }
    }
    for _ in 0..all / 10 {
        let proof = mutate::bytes(&mut chance, &samples.proofs);
        if let Ok(file) = ProofFile::parse(&proof) {
            file.verify(&Trust::default()).to_string();
            read[4] += 1;
        }
    }
    println!("of {all} inputs each, read: entries, members, notes, keys, proof files: {read:?}");
    assert!(read.iter().all(|read| *read > 0), "some of them are almost right");
}

#[test]
fn the_longest_inputs_are_refused_or_read_in_bounded_memory() {
    let long = merkle::proof::PROOF_BYTES_MAX;
    let inputs: [Vec<u8>; 5] = [
        vec![b'['; long],
        vec![b' '; long + 1],
        [b"{\"a\":".repeat(long / 8), vec![b'1']].concat(),
        [b"[".to_vec(), b"{},".repeat(long / 4)].concat(),
        [b"\"".to_vec(), vec![b'x'; long - 2], b"\"".to_vec()].concat(),
    ];
    for input in &inputs {
        assert!(verify_bytes(input, &Trust::default()).is_err());
        assert!(epcis::Document::parse(input).is_err());
        assert!(decode_log(input).is_err());
        assert!(decode_members(input).is_err());
        assert!(WitnessFile::parse("long", std::str::from_utf8(input).unwrap()).is_err());
    }
    if let Some(peak) = peak_kib() {
        println!("at most {} MiB were held", peak >> 10);
        assert!(peak < PEAK_KIB_MAX, "{peak} KiB");
    }
}
