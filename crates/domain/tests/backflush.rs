//! Whatever was really in a slot is among the candidates, and times that are known exactly leave
//! one: checked by playing random days through second by second.

use domain::backflush::{Candidates, Change, candidates};
use domain::{Interval, ItemId, Position, SlotCode, Time};
use proptest::prelude::*;

const fn lot(number: u64) -> ItemId {
    ItemId { birth: Position(number), ordinal: 0 }
}

/// Something really done at a slot, and how vaguely it was told.
#[derive(Debug, Clone)]
struct Done {
    at: i64,
    before: i64,
    after: i64,
    what: What,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Load(u64),
    Add(u64),
    Empty,
    TakeOff(u64),
}

fn day(vague: i64) -> impl Strategy<Value = Vec<Done>> {
    let what = prop_oneof![
        3 => (0..5_u64).prop_map(What::Load),
        1 => (0..5_u64).prop_map(What::Add),
        1 => Just(What::Empty),
        1 => (0..5_u64).prop_map(What::TakeOff),
    ];
    proptest::collection::btree_map(0..60_i64, (what, 0..=vague, 0..=vague), 0..8).prop_map(
        |done| {
            let told = |(at, (what, before, after))| Done { at, before, after, what };
            done.into_iter().map(told).collect()
        },
    )
}

fn doubled(day: Vec<Done>) -> Vec<Done> {
    day.into_iter().map(|done| Done { at: done.at * 2, ..done }).collect()
}

/// What was told, in the order the rules want it.
fn changes(day: &[Done]) -> Vec<Change> {
    let mut changes: Vec<Change> = day
        .iter()
        .zip(0..)
        .map(|(done, position)| Change {
            position: Position(position),
            performed: Interval {
                from: Time(done.at - done.before),
                to: Time(done.at + done.after),
            },
            slot: SlotCode::new("1").expect("a code"),
            lot: match done.what {
                What::Load(number) | What::Add(number) => Some(lot(number)),
                What::Empty | What::TakeOff(_) => None,
            },
            off: match done.what {
                What::TakeOff(number) => Some(lot(number)),
                What::Load(_) | What::Add(_) | What::Empty => None,
            },
            adds: matches!(done.what, What::Add(_)),
        })
        .collect();
    changes.sort_by_key(|change| (change.performed.to, change.position));
    changes
}

/// What was really in the slot at a moment.
fn held(day: &[Done], moment: i64) -> Vec<ItemId> {
    let mut held = Vec::new();
    for done in day.iter().filter(|done| done.at <= moment) {
        match done.what {
            What::Load(number) => held = vec![lot(number)],
            What::Add(number) => held.push(lot(number)),
            What::Empty => held.clear(),
            What::TakeOff(number) => held.retain(|other| *other != lot(number)),
        }
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 2000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_was_there_is_a_candidate(
        day in day(9),
        run in 0..70_i64,
        before in 0..5_i64,
        after in 0..5_i64,
    ) {
        let told = Interval { from: Time(run - before), to: Time(run + after) };
        let found = candidates(&changes(&day), told);
        for lot in held(&day, run) {
            prop_assert!(found.lots.contains(&lot), "{lot} is missing in {found:?}");
        }
    }

    #[test]
    fn exact_times_leave_no_doubt(day in day(0), run in 0..70_i64) {
        // Runs are at odd seconds, changes at even ones.
        let (day, run) = (doubled(day), run * 2 + 1);
        let Candidates { lots, .. } = candidates(&changes(&day), Interval::at(Time(run)));
        let mut found = lots;
        found.sort_unstable();
        let mut there = held(&day, run);
        there.sort_unstable();
        there.dedup();
        prop_assert_eq!(found, there);
    }
}
