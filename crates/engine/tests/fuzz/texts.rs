//! Texts people and programs write: starts, items, times, amounts, ids.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use domain::start::Start;
use domain::{Amount, CommandId, Interval, ItemRef, Part, Time};
use engine::Standing;

use crate::load::Chance;
use crate::{chance, mutate, rounds};

const STARTS: &[&str] = &[
    "serial:SN-0042",
    "lot:77120-A;issuer=POLY",
    "gs1:(01)09521141012345(21)SN-1",
    "id:17.0",
    "new:0.0",
    "order:WO-7",
    "part:MB-09/C",
    "equipment:TW-07@2026-01-01..2026-02-01T10:00:00Z",
    "station:ST-1@..",
    "person:P-1@2026-01-01..",
    "program:EOL@4.2",
    "check:TW-07",
    "measure:torque<1.15 N·m",
    "measure:torque=1.15..1.30 N·m",
    "equipment:TW-07 & part:MB-09",
];
const TIMES: &[&str] = &["2026-06-18T09:48:31.25Z", "2026-06-18", "2026-06-18T09:48:31+05:30"];
const INTERVALS: &[&str] =
    &["2026-01-01..2026-02-01", "..", "2026-01-01T00:00:00Z..", "2026-01-01"];
const AMOUNTS: &[&str] = &["1.19", "-0.10", "79228162514264337593543950335", "0"];
const IDS: &[&str] = &["01890a5d-ac96-774b-bcce-b302099a8057"];
const PARTS: &[&str] = &["LP-300/F", "MB-09"];
const STANDINGS: &[&str] = &["consistent", "witnessed by 3"];

/// What reads is printed and reads again as the same.
fn again<T>(chance: &mut Chance, samples: &[&str]) -> u64
where
    T: FromStr<Err: Display> + Display + PartialEq + Debug,
{
    let samples: Vec<Vec<u8>> = samples.iter().map(|text| text.as_bytes().to_vec()).collect();
    let text = mutate::bytes(chance, &samples);
    let text = String::from_utf8_lossy(&text);
    match text.parse::<T>() {
        Ok(read) => {
            let printed = read.to_string();
            let second = printed.parse::<T>();
            assert!(second.as_ref().is_ok_and(|second| *second == read), "{text:?}: {printed:?}");
            1
        }
        Err(why) => {
            assert!(!why.to_string().is_empty());
            0
        }
    }
}

#[test]
fn what_reads_prints_and_reads_again() {
    let mut chance = chance();
    let (mut read, all) = ([0; 8], rounds(4000));
    for _ in 0..all {
        let counts = [
            again::<Start<ItemRef>>(&mut chance, STARTS),
            again::<ItemRef>(&mut chance, STARTS),
            again::<Time>(&mut chance, TIMES),
            again::<Interval>(&mut chance, INTERVALS),
            again::<Amount>(&mut chance, AMOUNTS),
            again::<CommandId>(&mut chance, IDS),
            again::<Part>(&mut chance, PARTS),
            again::<Standing>(&mut chance, STANDINGS),
        ];
        read.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    println!("of {all} texts each, read: {read:?}");
    assert!(read.iter().all(|read| *read > 0));
}
