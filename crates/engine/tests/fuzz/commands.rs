//! Commands that almost make sense, on a plant at work: each is answered, none meets a bug.

use std::fs;
use std::path::Path;

use domain::{Answer, Command};
use serde_json::Value;

use crate::{assert_holds, chance, load, mutate, open, rounds};

/// Every act as it is written in the golden files of the domain.
fn golden() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/golden");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    let mut samples = Vec::new();
    for path in files {
        let mut sample: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        sample.as_object_mut().unwrap().remove("id");
        // Once as it stands, and once about the things this plant has.
        let text = sample.to_string();
        let here = text
            .replace("lotCode:POWDER-1", "lot:L-0")
            .replace("serialNumber:", "serial:")
            .replace("LP-300", "U");
        samples.push(serde_json::from_str(&here).unwrap());
        samples.push(sample);
    }
    samples
}

#[test]
fn a_plant_answers_every_command() {
    let mut chance = chance();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = open(&path);
    for command in load::masters() {
        plant.submit(command, "test").unwrap();
    }
    let mut floor = load::Floor::new(2, "Z", None).erasing();
    let mut samples = golden();
    let (mut read, mut admitted, all) = (0_u64, 0_u64, rounds(3000));
    let mut waiting = Vec::new();
    for number in 0..all {
        if number % 3 == 0 {
            let command = floor.next();
            let mut sample = serde_json::to_value(&command).unwrap();
            sample.as_object_mut().unwrap().remove("id");
            samples.push(sample);
            if samples.len() > 400 {
                samples.remove(chance.below(300));
            }
            waiting.push(command);
        }
        let sample = chance.pick(&samples).clone();
        let value = mutate::value(&mut chance, &sample);
        // Repeated keys and the like exist only as text.
        let text = mutated_text(&mut chance, &value);
        if let Ok(command) = serde_json::from_str::<Command>(&text) {
            read += 1;
            waiting.push(command);
        }
        if waiting.len() > 60 || number + 1 == all {
            let replies = plant.submit_all(std::mem::take(&mut waiting), "test");
            let replies = replies.unwrap_or_else(|error| panic!("{}", engine::chain(&error)));
            for reply in replies {
                floor.heard(&reply.answer);
                admitted += u64::from(matches!(reply.answer, Answer::Admitted(_)));
            }
        }
    }
    println!("{read} of {all} commands were read, {admitted} admitted with those of the floor");
    assert!(read > all / 20);
    assert!(plant.published().failure().is_none());
    drop(plant);
    assert_holds(&path);
}

fn mutated_text(chance: &mut load::Chance, value: &Value) -> String {
    let text = value.to_string();
    if chance.below(4) > 0 {
        return text;
    }
    let bytes = mutate::bytes(chance, &[text.into_bytes()]);
    String::from_utf8_lossy(&bytes).into_owned()
}
