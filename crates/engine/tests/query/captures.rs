//! Which lines of bills of material nobody captured, against a model that counts on its fingers.
//!
//! The pump takes 2 seals, in whose place a gasket may stand, 3 gaskets of its own, and a kit that
//! is a phantom of 2 screws and 1 washer. Random histories consume from one lot, from one of
//! several and from mixes, install and remove, and take earlier entries back.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ItemRef, Position};
use engine::query::{Captures, Direction, KnownAt, TraceAsk};
use proptest::prelude::*;

use crate::floor::Floor;

const CASES: u32 = 32;
/// Lots with the letter of their part: seal, gasket, screw, washer.
const LOTS: [&str; 8] = ["S1", "S2", "G1", "G2", "C1", "C2", "W1", "W2"];
const UNITS: [&str; 3] = ["P0", "P1", "P2"];
/// Lines as the plan is flattened: which part, and how many.
const LINES: [(char, i64); 4] = [('S', 2), ('G', 3), ('C', 2), ('W', 1)];

#[derive(Debug, Clone)]
enum Op {
    Consume { from: Vec<usize>, mix: bool, into: usize, quantity: i64 },
    Install { lot: usize, unit: usize, quantity: i64 },
    Remove { lot: usize, unit: usize, quantity: i64 },
    Withdraw { op: usize },
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let lot = 0..LOTS.len();
    let unit = 0..UNITS.len();
    let op = prop_oneof![
        4 => (prop::collection::btree_set(lot.clone(), 1..4), any::<bool>(), unit.clone(), 1..5_i64)
            .prop_map(|(from, mix, into, quantity)| Op::Consume {
                from: from.into_iter().collect(), mix, into, quantity }),
        3 => (lot.clone(), unit.clone(), 1..4_i64)
            .prop_map(|(lot, unit, quantity)| Op::Install { lot, unit, quantity }),
        2 => (lot, unit, 1..3_i64)
            .prop_map(|(lot, unit, quantity)| Op::Remove { lot, unit, quantity }),
        2 => any::<prop::sample::Index>().prop_map(|at| Op::Withdraw { op: at.index(1 << 16) }),
    ];
    prop::collection::vec(op, 1..24)
}

const DEFINITIONS: &str = r#"[
 {"act":"defineMaterial","part":{"number":"S"},"name":"Seal","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"G"},"name":"Gasket","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"C"},"name":"Screw","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"W"},"name":"Washer","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"KIT"},"name":"Kit","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"PUMP"},"name":"Pump","tracking":"serial","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"BARE"},"name":"Bare","tracking":"serial","baseUnit":"ea"},
 {"act":"defineBom","part":{"number":"KIT"},"lines":[
   {"part":{"number":"C"},"quantity":2},{"part":{"number":"W"},"quantity":1}]},
 {"act":"defineBom","part":{"number":"PUMP"},"lines":[
   {"part":{"number":"S"},"quantity":2,"alternates":[{"part":{"number":"G"}}]},
   {"part":{"number":"G"},"quantity":3},
   {"part":{"number":"KIT"},"quantity":1,"phantom":true}]}]"#;

fn plant() -> Floor {
    let floor = Floor::new();
    floor.tell(1, DEFINITIONS);
    for lot in LOTS {
        let part = &lot[..1];
        floor.tell(
            2,
            &format!(
                r#"[{{"act":"receive","kind":"lot","part":{{"number":"{part}"}},"supplier":"POLY",
                     "accepted":true,"items":[{{"identifiers":[
                        {{"scheme":"lotCode","value":"{lot}"}}],"quantity":"500"}}]}}]"#
            ),
        );
    }
    let units = UNITS.iter().map(|unit| (*unit, "PUMP")).chain([("X0", "BARE")]);
    for (unit, part) in units {
        floor.tell(
            3,
            &format!(
                r#"[{{"act":"create","kind":"unit","part":{{"number":"{part}"}},"items":[
                     {{"identifiers":[{{"scheme":"serialNumber","value":"{unit}"}}]}}]}}]"#
            ),
        );
    }
    floor
}

/// Lines with how much is missing.
type Missing = Vec<(usize, i64)>;

/// What was told, in its order, and whether it was taken back.
type Told = Vec<(Op, Position, bool)>;

fn tell(floor: &Floor, at: i64, op: &Op, told: &Told) -> Option<Position> {
    let acts = match op {
        Op::Consume { from, mix, into, quantity } => {
            let lots: Vec<String> =
                from.iter().map(|lot| format!("\"lot:{}\"", LOTS[*lot])).collect();
            let choice = if *mix { "mix" } else { "one_of" };
            format!(
                r#"[{{"act":"consume","from":[{}],"choice":"{choice}","into":["{}"],
                     "quantity":"{quantity}"}}]"#,
                lots.join(","),
                UNITS[*into]
            )
        }
        Op::Install { lot, unit, quantity } => format!(
            r#"[{{"act":"install","parent":"{}","component":"lot:{}","quantity":"{quantity}"}}]"#,
            UNITS[*unit], LOTS[*lot]
        ),
        Op::Remove { lot, unit, quantity } => format!(
            r#"[{{"act":"remove","parent":"{}","component":"lot:{}","quantity":"{quantity}",
                 "reason":"worn"}}]"#,
            UNITS[*unit], LOTS[*lot]
        ),
        Op::Withdraw { op } => {
            let live: Vec<Position> =
                told.iter().filter(|(_, _, live)| *live).map(|(_, at, _)| *at).collect();
            let position = live.get(op % live.len().max(1))?;
            format!(
                r#"[{{"act":"correct","entries":[{position}],"amendment":{{"how":"withdraw"}},
                     "reason":"never happened"}}]"#
            )
        }
    };
    Some(floor.tell(at, &acts))
}

/// What is in a unit: how many of which part, or of several parts nobody can tell apart.
fn contents(told: &Told, unit: usize) -> BTreeMap<BTreeSet<char>, i64> {
    let part = |lot: usize| LOTS[lot].chars().next().unwrap();
    let mut found: BTreeMap<BTreeSet<char>, i64> = BTreeMap::new();
    let mut fitted: BTreeMap<usize, i64> = BTreeMap::new();
    for (op, _, live) in told {
        match op {
            Op::Consume { from, into, quantity, .. } if *live && *into == unit => {
                let parts = from.iter().map(|lot| part(*lot)).collect();
                *found.entry(parts).or_default() += quantity;
            }
            Op::Install { lot, unit: into, quantity } if *live && *into == unit => {
                *fitted.entry(*lot).or_default() += quantity;
            }
            // What nobody fitted can be taken out; it leaves nothing less than nothing.
            Op::Remove { lot, unit: from, quantity } if *live && *from == unit => {
                let held = fitted.entry(*lot).or_default();
                *held = (*held - quantity).max(0);
            }
            _ => {}
        }
    }
    for (lot, quantity) in fitted {
        *found.entry(BTreeSet::from([part(lot)])).or_default() += quantity;
    }
    found
}

/// Lines with how much is missing: each part for its own line, what gaskets are over for seals.
fn missing(told: &Told, unit: usize) -> Missing {
    let contents = contents(told, unit);
    let of = |parts: &str| contents.get(&parts.chars().collect()).copied().unwrap_or(0);
    let over = (of("G") - 3).max(0);
    let lines = (1..).zip(LINES).map(|(number, (part, needed))| {
        let there = match part {
            'S' => of("S") + of("SG") + over,
            other => of(&other.to_string()),
        };
        (number, (needed - there).max(0))
    });
    lines.filter(|(_, missing)| *missing > 0).collect()
}

fn captures(floor: &Floor, unit: &str, known_at: Option<Position>) -> Captures {
    let item: ItemRef = format!("serial:{unit}").parse().unwrap();
    let ask = TraceAsk {
        of: vec![domain::start::Start::Item { item }],
        direction: Direction::Backward,
        as_of: None,
        known_at: known_at.map(KnownAt::Position),
        limit: None,
        captures: true,
    };
    floor.plant.trace(&ask).unwrap().captures.expect("asked for")
}

fn said(captures: &Captures) -> Missing {
    let number = |line: &engine::query::MissingLine| line.missing.to_string().parse().unwrap();
    captures.missing.iter().map(|line| (line.number, number(line))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_missing_is_what_a_model_misses(ops in ops()) {
        let floor = plant();
        let mut told: Told = Vec::new();
        let mut then: Vec<(Position, Vec<Missing>)> = Vec::new();
        for (minute, op) in (10..).zip(&ops) {
            let Some(position) = tell(&floor, minute, op, &told) else { continue };
            if let Op::Withdraw { op } = op {
                let live: Vec<usize> = (0..told.len()).filter(|at| told[*at].2).collect();
                told[live[op % live.len()]].2 = false;
            } else {
                told.push((op.clone(), first_of(&floor, op, position), true));
            }
            let expected: Vec<_> = (0..UNITS.len()).map(|unit| missing(&told, unit)).collect();
            for (unit, expected) in UNITS.iter().zip(&expected) {
                let captures = captures(&floor, unit, None);
                prop_assert_eq!((captures.items, captures.lines), (1, 4));
                prop_assert_eq!(&said(&captures), expected, "{} after {:?}", unit, op);
            }
            then.push((position, expected));
        }
        for (position, expected) in then {
            for (unit, expected) in UNITS.iter().zip(&expected) {
                let captures = captures(&floor, unit, Some(position));
                prop_assert_eq!(&said(&captures), expected, "{} known at {}", unit, position);
            }
        }
        let bare = captures(&floor, "X0", None);
        prop_assert_eq!((bare.items, bare.lines, bare.missing.len()), (0, 0, 0));
    }
}

/// The entry of an operation itself: a report that breaks a rule is followed by exceptions.
fn first_of(floor: &Floor, op: &Op, last: Position) -> Position {
    let word = match op {
        Op::Consume { .. } => "consume",
        Op::Install { .. } => "install",
        Op::Remove { .. } => "remove",
        Op::Withdraw { .. } => "correct",
    };
    let back = (0..=last.0).rev().map(Position);
    back.into_iter()
        .find(|position| floor.plant.entry(*position).is_ok_and(|entry| entry.act == word))
        .expect("it was told")
}

#[test]
fn each_missing_line_is_named() {
    let floor = plant();
    floor.tell(
        10,
        r#"[{"act":"consume","from":["lot:S1"],"into":["P0"],"quantity":"1"},
            {"act":"consume","from":["lot:G1"],"into":["P0"],"quantity":"3"},
            {"act":"consume","from":["lot:W1"],"into":["P0"],"quantity":"1"}]"#,
    );
    let texts: Vec<String> =
        captures(&floor, "P0", None).missing.into_iter().map(|line| line.text).collect();
    assert_eq!(
        texts,
        [
            "unit P0: 1 of 2 not captured for line 1 of the bill of material, part S (Seal)",
            "unit P0: no capture for line 3 of the bill of material, part C (Screw)",
        ]
    );
    let forward = TraceAsk {
        of: vec!["lot:S1".parse().unwrap()],
        direction: Direction::Forward,
        as_of: None,
        known_at: None,
        limit: None,
        captures: true,
    };
    let refused = floor.plant.trace(&forward).unwrap_err();
    assert!(refused.to_string().contains("ask for them backward"), "{refused}");
}
