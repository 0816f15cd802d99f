//! Who waits behind whom: counted in commands ahead, not in time.

use std::sync::mpsc::channel;

use domain::{Answer, Command, Position};
use engine::{Plant, Reply};

use crate::place;
use crate::poison::{Reading, not_waiting, scripted, with_id};

/// More than a batch takes in one go.
const MANY: usize = 3000;
/// Commands of one batch, and how many of them are left to those that come in bulk.
const BATCH: usize = 1024;
const BULK: usize = 256;

fn commands(stem: &str, count: usize) -> Vec<Command> {
    let define =
        |n| with_id(&format!(r#"[{{"act":"definePlace","code":"{stem}-{n}","name":"P"}}]"#));
    (0..count).map(define).collect()
}

fn at(reply: &Reply) -> Position {
    match &reply.answer {
        Answer::Admitted(admitted) => admitted.first,
        Answer::Rejected(rejection) => panic!("rejected: {rejection}"),
    }
}

fn until(done: impl Fn() -> bool) {
    while !done() {
        std::thread::yield_now();
    }
}

#[test]
fn one_command_does_not_wait_behind_a_flood() {
    let (_place, path) = place();
    let (plant, script, open_gate) = scripted(&path);
    let (second_gate, gate) = channel();
    let (first, early, late) = (commands("F", 1), commands("E", 1), commands("L", 1));
    let single = |command: &Command| plant.submit(command.clone(), "station").unwrap();
    let waiting = |front: bool| script.lock().unwrap().front().is_some_and(not_waiting) == front;
    let (flood, early, late) = std::thread::scope(|scope| {
        // One command holds up the writer while many queue behind it, then one more comes.
        script.lock().unwrap().push_back(Reading::Fine);
        let held = scope.spawn(|| single(&first[0]));
        until(|| plant.queued() == 0 && waiting(true));
        let flood =
            scope.spawn(|| plant.submit_all(commands("M", MANY), "import").expect("submitted"));
        until(|| plant.queued_in_bulk() == MANY);
        let early = scope.spawn(|| single(&early[0]));
        until(|| plant.queued() == 1);
        // The second of the next batch holds it up again: that batch is full of the flood.
        script.lock().unwrap().push_back(Reading::Wait(gate));
        open_gate.send(()).unwrap();
        until(|| script.lock().unwrap().is_empty());
        let late = scope.spawn(|| single(&late[0]));
        until(|| plant.queued() == 1);
        second_gate.send(()).unwrap();
        held.join().unwrap();
        (flood.join().unwrap(), early.join().unwrap(), late.join().unwrap())
    });
    let ahead = |of: &Reply| flood.iter().filter(|reply| at(reply) < at(of)).count();
    assert_eq!(ahead(&early), 0, "what came one by one goes first");
    assert!((1..BATCH).contains(&ahead(&late)), "{} ahead, one batch at most", ahead(&late));
    assert_eq!(flood.len(), MANY, "and nothing is lost");
}

#[test]
fn a_flood_of_single_commands_leaves_a_share_to_the_bulk() {
    let (_place, path) = place();
    let (plant, script, open_gate) = scripted(&path);
    script.lock().unwrap().push_back(Reading::Fine);
    let first = commands("F", 1);
    let (to, answers) = channel();
    let send = |plant: &Plant, command: &Command| {
        let to = to.clone();
        let then = move |reply: engine::Result<Reply>| to.send(at(&reply.unwrap())).unwrap();
        plant.submit_then(command.clone(), "station", then).unwrap();
    };
    let bulk = std::thread::scope(|scope| {
        send(&plant, &first[0]);
        until(|| plant.queued() == 0 && script.lock().unwrap().front().is_some_and(not_waiting));
        let bulk =
            scope.spawn(|| plant.submit_all(commands("M", 2 * BULK), "import").expect("submitted"));
        until(|| plant.queued_in_bulk() == 2 * BULK);
        commands("S", MANY).iter().for_each(|command| send(&plant, command));
        open_gate.send(()).unwrap();
        bulk.join().unwrap()
    });
    drop(to);
    let mut singles: Vec<Position> = answers.iter().take(MANY + 1).collect();
    singles.sort_unstable();
    let ahead = |of: &Reply| singles.iter().filter(|single| **single < at(of)).count();
    // Besides the one that held up the writer: a batch less the share, then another.
    assert_eq!(ahead(&bulk[0]), 1 + BATCH - BULK);
    assert_eq!(ahead(&bulk[BULK]), 1 + 2 * (BATCH - BULK));
}
