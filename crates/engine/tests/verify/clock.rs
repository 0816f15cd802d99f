//! A clock that goes back and forth, stands still, or is broken.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Answer, Code, Command, CommandId, Time};
use engine::{Clock, Options, Plant};

use crate::load::{self, Chance, Floor};
use crate::{assert_holds, command, place, verified};

const HOUR_US: i64 = 3_600_000_000;
/// 2026-06-01.
const START_US: i64 = 1_780_272_000_000_000;

/// A clock that says what is set.
fn hand_set(at: i64) -> (Arc<AtomicI64>, Options) {
    let hand = Arc::new(AtomicI64::new(at));
    let reads = Arc::clone(&hand);
    let clock = Clock::of(move || Time(reads.load(Ordering::Relaxed)));
    (hand, Options { clock, ..Options::default() })
}

fn times(plant: &Plant) -> Vec<i64> {
    let ledger = plant.ledger().unwrap();
    let entries = ledger.entries(0..u64::MAX, 4096).unwrap();
    entries.iter().map(|entry| entry.received_us).collect()
}

#[test]
fn entries_stay_in_order_however_the_clock_is_set() {
    let seed = load::seed("TRACEWRIGHT_CLOCK_SEED");
    let mut chance = Chance(seed);
    let (_place, path) = place();
    let (hand, options) = hand_set(START_US);
    let mut floor = Floor::new(seed, "K", None);
    let mut latest = START_US;
    for restart in 0..4 {
        let plant = Plant::open(&path, &options, |_| {}).unwrap();
        if restart == 0 {
            load::masters().into_iter().for_each(|command| {
                plant.submit(command, "test").unwrap();
            });
        }
        for _ in 0..60 {
            let hours = i64::try_from(chance.below(40)).unwrap() - 20;
            let at = match chance.below(12) {
                0 => 0,
                1 => -HOUR_US,
                2 => i64::MIN,
                _ => hand.load(Ordering::Relaxed).max(START_US) + hours * HOUR_US,
            };
            hand.store(at, Ordering::Relaxed);
            floor.work(&plant, 1);
            latest = latest.max(at);
        }
        plant.rotate_key().unwrap();
        let times = times(&plant);
        assert!(times.is_sorted_by(|a, b| a < b), "strictly increasing");
        // Where the clock went back, time goes on by microseconds and waits for it.
        let last = *times.last().unwrap();
        assert!((latest..latest + 10_000).contains(&last), "{latest} {last}");
    }
    assert_holds(&verified(&path));
}

#[test]
fn ids_made_while_the_clock_is_back_are_ids_like_others() {
    let (_place, path) = place();
    let (hand, options) = hand_set(START_US);
    let plant = Plant::open(&path, &options, |_| {}).unwrap();
    let person =
        |n: usize| command(&format!(r#"[{{"act":"definePerson","code":"P-{n}","name":"A"}}]"#));
    let mut ids: Vec<CommandId> = Vec::new();
    for (n, hours) in [0, 5, -300, -299, 1].into_iter().enumerate() {
        hand.store(START_US + hours * HOUR_US, Ordering::Relaxed);
        let reply = plant.submit(person(n), "test").unwrap();
        let again = Command { id: Some(reply.command), ..person(n) };
        let other = Command { id: Some(reply.command), ..person(n + 100) };
        assert_eq!(plant.submit(again, "test").unwrap().answer, reply.answer);
        let reused = plant.submit(other, "test").unwrap().answer;
        assert!(matches!(reused, Answer::Rejected(r) if r.code == Code::CommandReused));
        assert!(!ids.contains(&reply.command));
        ids.push(reply.command);
    }
    drop(plant);
    assert_holds(&verified(&path));
}

#[test]
fn the_future_begins_after_the_last_entry() {
    let (_place, path) = place();
    let (hand, options) = hand_set(START_US);
    let plant = Plant::open(&path, &options, |_| {}).unwrap();
    let at = |performed: i64| {
        let time = Time(performed);
        let text = format!(
            r#"{{"performed":{{"from":"{time}","to":"{time}"}},
                "acts":[{{"act":"definePlace","code":"W-{performed}","name":"Warehouse"}}]}}"#
        );
        let command: Command = serde_json::from_str(&text).unwrap();
        match plant.submit(command, "test").unwrap().answer {
            Answer::Admitted(_) => None,
            Answer::Rejected(rejection) => Some(rejection.code),
        }
    };
    assert_eq!(at(START_US), None);
    assert_eq!(at(START_US + HOUR_US), Some(Code::InTheFuture));
    hand.store(START_US + 2 * HOUR_US, Ordering::Relaxed);
    assert_eq!(at(START_US + HOUR_US), None);
    // The clock goes back: what the ledger has taken in is not the future.
    hand.store(START_US - 5 * HOUR_US, Ordering::Relaxed);
    assert_eq!(at(START_US + HOUR_US + 1), None);
    assert_eq!(at(START_US + 3 * HOUR_US), Some(Code::InTheFuture));
}

#[test]
fn a_clock_of_another_age_breaks_nothing() {
    let (_place, path) = place();
    let (hand, options) = hand_set(i64::MAX);
    let plant = Plant::open(&path, &options, |_| {}).unwrap();
    for command in load::masters() {
        assert!(matches!(plant.submit(command, "test").unwrap().answer, Answer::Admitted(_)));
    }
    let mut floor = Floor::new(3, "K", None);
    floor.work(&plant, 30);
    hand.store(START_US, Ordering::Relaxed);
    floor.work(&plant, 30);
    drop(plant);
    assert_holds(&verified(&path));
    let plant = Plant::open(&path, &options, |_| {}).unwrap();
    assert!(times(&plant).is_sorted_by(|a, b| a < b));
}
