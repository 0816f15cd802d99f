//! What becomes of a batch in which the recorder meets a bug.
//!
//! A relay stands between writer and recorder and gives back every batch that holds one command,
//! as a recorder does that panicked.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, channel};

use crossbeam_channel::{Receiver, Sender, bounded};
use domain::{Answer, Command, CommandId, PlaceCode};
use merkle::hash;

use super::{BEHIND_BATCHES_MAX, Options, Parts, Plant, write_path};
use crate::awaited::Answering;
use crate::error::{Error, Result};
use crate::follower::Follower;
use crate::recorder::{Done, Work};
use crate::state::Changes;
use crate::writer::{Asked, Reply, Request};

type Answers = mpsc::Receiver<Result<Reply>>;

fn place(code: &str) -> Command {
    let acts = format!(r#"[{{"act":"definePlace","code":"{code}","name":"A place"}}]"#);
    let id = Some(super::new_command_id().unwrap());
    Command { id, ..Command::attempt(serde_json::from_str(&acts).unwrap()) }
}

/// Puts a command into the queue; its answer comes out here.
fn ask(queue: &Sender<Request>, command: &Command) -> Answers {
    let (answer, answers) = channel();
    let body = serde_json::to_vec(command).unwrap();
    let asked = Asked {
        command: Box::new(command.clone()),
        id: command.id.unwrap(),
        bytes: body.len(),
        body: hash::sha256(&body),
        by: "test".to_owned(),
        reply: Answering::then(move |reply| answer.send(reply).unwrap()),
        signing: None,
        in_bulk: false,
    };
    assert!(queue.send(Request::Command(asked)).is_ok());
    answers
}

fn told(answers: &Answers) -> &'static str {
    match answers.recv().unwrap() {
        Ok(Reply { answer: Answer::Admitted(_), .. }) => "admitted",
        Err(Error::Poison(what)) if what == "a bug, on purpose" => "poison",
        other => panic!("{other:?}"),
    }
}

/// What the writer gave, to the recorder; back with every batch that holds the poison. While the
/// first of them is out, `meanwhile` asks for more, and it waits until the writer took that.
fn relay(
    (works, done): (Receiver<Work>, Sender<Done>),
    (to_recorder, from_recorder): (Sender<Work>, Receiver<Done>),
    poison: CommandId,
    mut meanwhile: impl FnMut(),
) {
    for work in works {
        let outcome = match work {
            Work::Batch(batch) if batch.asked.iter().any(|asked| asked.id == poison) => {
                meanwhile();
                Done::Undone(batch.asked, "a bug, on purpose".to_owned())
            }
            work => {
                assert!(to_recorder.send(work).is_ok());
                from_recorder.recv().unwrap()
            }
        };
        assert!(done.send(outcome).is_ok());
    }
}

/// Opens a plant with such a relay, asks, and answers what was told.
fn work(path: &Path, first: &[Command], later: &[Command], poison: CommandId) -> Vec<&'static str> {
    let Parts { folder, clock, views, published, writing, keeper, hurried, .. } =
        Parts::of(path, &Options::default(), &mut |_| ()).unwrap();
    let (queue, requests) = bounded(100);
    let (_bulk, in_bulk) = bounded(1);
    let (committed, follows) = bounded(BEHIND_BATCHES_MAX);
    let queues = (requests, in_bulk, committed);
    let (mut writer, recorder) =
        write_path((&folder, &clock, &published), (writing, keeper), queues).unwrap();
    let ((work, works), (done, outcomes)) = (bounded(1), bounded(1));
    let behind =
        (std::mem::replace(&mut writer.work, work), std::mem::replace(&mut writer.done, outcomes));
    let published = Arc::clone(&published);
    let follower =
        Follower { published, views, queue: follows, hurried, unwritten: Changes::default() };
    // All of them wait before the writer looks: they are one batch.
    let answers: Vec<_> = first.iter().map(|command| ask(&queue, command)).collect();
    let (asked, answers_later) = channel();
    let (more, mut still) = (queue.clone(), later.iter());
    let meanwhile = move || {
        still.by_ref().for_each(|command| asked.send(ask(&more, command)).unwrap());
        while !more.is_empty() {
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| writer.run());
        scope.spawn(|| recorder.run());
        scope.spawn(|| follower.run());
        scope.spawn(|| relay((works, done), behind, poison, meanwhile));
        let mut all: Vec<_> = answers.iter().map(told).collect();
        all.extend(answers_later.iter().take(later.len()).map(|answer| told(&answer)));
        assert!(queue.send(Request::Stop).is_ok());
        all
    })
}

#[test]
fn a_command_over_which_the_recorder_panics_is_answered_alone() {
    let outer = tempfile::tempdir().unwrap();
    let path = outer.path().join("plant");
    let first = ["A", "B", "C", "D"].map(place);
    let later = ["E", "F"].map(place);
    let told = work(&path, &first, &later, first[1].id.unwrap());
    assert_eq!(told, ["admitted", "poison", "admitted", "admitted", "admitted", "admitted"]);
    let plant = Plant::open(&path, &Options::default(), |_| ()).unwrap();
    assert_eq!(plant.ledger().unwrap().size().unwrap(), 6, "genesis and five places");
    let there = |code: &str| {
        let code = PlaceCode::new(code).unwrap();
        plant.published().read().masters().places.contains_key(&code)
    };
    assert_eq!(["A", "B", "C", "D", "E", "F"].map(there), [true, false, true, true, true, true]);
    // Asked again without the bug, it is taken like any other.
    let again = plant.submit(first[1].clone(), "test").unwrap();
    assert!(matches!(again.answer, Answer::Admitted(_)), "{again:?}");
}
