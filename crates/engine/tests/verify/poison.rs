//! A command that meets a bug is answered as an error, alone; nothing of it is kept.
//!
//! The bug is in the clock: one that panics when it is read, which happens while a command is
//! decided.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use domain::{Answer, Command};
use engine::{Clock, Error, Options, Plant};

use crate::{assert_holds, command, open, place, verified};

/// What the clock does when it is read next.
pub(crate) enum Reading {
    Wait(Receiver<()>),
    Panic,
    Fine,
}

/// A plant whose clock follows a script, and the gate its first reading waits at.
pub(crate) fn scripted(
    path: &std::path::Path,
) -> (Plant, Arc<Mutex<VecDeque<Reading>>>, Sender<()>) {
    let script: Arc<Mutex<VecDeque<Reading>>> = Arc::default();
    let reads = Arc::clone(&script);
    let clock = Clock::of(move || {
        let next = reads.lock().unwrap().pop_front();
        match next {
            Some(Reading::Wait(gate)) => gate.recv().unwrap(),
            Some(Reading::Panic) => panic!("a bug, on purpose"),
            Some(Reading::Fine) | None => {}
        }
        engine::now()
    });
    let plant = Plant::open(path, &Options { clock, ..Options::default() }, |_| {}).unwrap();
    let (open_gate, gate) = channel();
    script.lock().unwrap().push_back(Reading::Wait(gate));
    (plant, script, open_gate)
}

pub(crate) fn with_id(acts: &str) -> Command {
    Command { id: Some(engine::new_command_id().unwrap()), ..command(acts) }
}

#[test]
fn the_poison_one_of_a_batch_is_found_and_the_others_are_taken() {
    let (_place, path) = place();
    let person = r#"[{"act":"definePerson","code":"P-1","name":"Ada"}]"#;
    open(&path).submit(command(person), "test").unwrap();
    let (plant, script, open_gate) = scripted(&path);
    let place_of =
        |n: u8| with_id(&format!(r#"[{{"act":"definePlace","code":"W-{n}","name":"W"}}]"#));
    let erase = with_id(r#"[{"act":"erase","person":"P-1","reason":"asked for"}]"#);
    // The first holds up the writer until the others are queued behind it, as one batch.
    let commands = [place_of(0), erase, place_of(1), place_of(2), place_of(3)];
    // In the batch the third reading panics; one by one, the second command's does, and the last's.
    script.lock().unwrap().extend([false, true, false, true, false, true].map(|bug| match bug {
        true => Reading::Panic,
        false => Reading::Fine,
    }));
    let answers = std::thread::scope(|scope| {
        let first = scope.spawn(|| plant.submit(commands[0].clone(), "test"));
        while plant.queued() > 0 || !script.lock().unwrap().front().is_some_and(not_waiting) {
            std::thread::yield_now();
        }
        let others: Vec<_> = commands[1..]
            .iter()
            .enumerate()
            .map(|(n, command)| {
                let waiting = scope.spawn(|| plant.submit(command.clone(), "test"));
                while plant.queued() <= n {
                    std::thread::yield_now();
                }
                waiting
            })
            .collect();
        open_gate.send(()).unwrap();
        std::iter::once(first).chain(others).map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    let admitted =
        |n: usize| matches!(&answers[n], Ok(reply) if matches!(reply.answer, Answer::Admitted(_)));
    let poison =
        |n: usize| matches!(&answers[n], Err(Error::Poison(what)) if what.contains("on purpose"));
    assert!(admitted(0) && admitted(1) && poison(2) && admitted(3) && poison(4), "{answers:?}");
    // Sent again when the bug is gone, they are taken like any other, once.
    for n in [2, 4, 2, 4, 1] {
        let again = plant.submit(commands[n].clone(), "test").unwrap();
        assert!(matches!(again.answer, Answer::Admitted(_)), "{again:?}");
    }
    assert_eq!(
        plant.ledger().unwrap().size().unwrap(),
        7,
        "genesis, a person, four places, erased"
    );
    drop(plant);
    let report = verified(&path);
    assert_holds(&report);
    assert_eq!(report.checked.erased, 1);
    assert_eq!(report.checked.views_at, Some(report.size));
}

pub(crate) fn not_waiting(next: &Reading) -> bool {
    !matches!(next, Reading::Wait(_))
}
