//! Many callers at once: whatever order the writer took their commands in, the plant is what one
//! caller saying them one after another in that order would have made it.

use std::collections::BTreeMap;

use domain::act::Act;
use domain::entry::Entry;
use domain::{Answer, Command, CommandId, Position};
use engine::{Error, Plant, Reply};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::compare;
use crate::history::History;
use crate::told::{self, Facts, Told};

/// What each caller says, every command under an id of its own.
pub(crate) fn said(histories: &[History]) -> (Vec<Command>, Vec<Vec<Command>>) {
    let mut next = 0_u128;
    let mut with_id = |command: Command| {
        next += 1;
        Command { id: Some(CommandId(next.to_be_bytes())), ..command }
    };
    let mut first = Vec::new();
    let mut callers = Vec::new();
    for history in histories {
        let mut commands = Vec::new();
        history.tell(|more| {
            commands.extend(more);
            Vec::new()
        });
        let rest = commands.split_off(1);
        first = commands;
        callers.push(rest.into_iter().map(&mut with_id).collect());
    }
    (first.into_iter().map(&mut with_id).collect(), callers)
}

/// Says it, and again while the queue is full.
fn submit(plant: &Plant, command: &Command) -> Reply {
    loop {
        match plant.submit(command.clone(), "caller") {
            Ok(reply) => return reply,
            Err(Error::Busy { .. }) => std::thread::yield_now(),
            Err(error) => panic!("{}", engine::chain(&error)),
        }
    }
}

/// Every caller at once; each says everything twice, as one who heard no answer would.
pub(crate) fn at_once(first: &[Command], callers: &[Vec<Command>]) -> (Told, Vec<Reply>) {
    let folder = tempfile::tempdir().unwrap();
    let plant = told::open(&folder);
    first.iter().for_each(|command| drop(submit(&plant, command)));
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let speak = |commands: &'_ Vec<Command>| -> Vec<Reply> {
            let said = commands.iter().map(|command| {
                let reply = submit(&plant, command);
                assert_eq!(submit(&plant, command).answer, reply.answer, "the first answer");
                reply
            });
            said.collect()
        };
        let speaking: Vec<_> =
            callers.iter().map(|commands| scope.spawn(move || speak(commands))).collect();
        speaking.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let commands = callers.iter().flatten().cloned().collect();
    (finished(folder, plant, commands), replies)
}

fn finished(folder: TempDir, plant: Plant, commands: Vec<Command>) -> Told {
    let size = plant.ledger().unwrap().size().unwrap();
    plant.published().wait_for(Position(size)).unwrap();
    let facts = told::facts(&plant);
    Told { folder, plant, facts, commands }
}

/// The same commands, one after another, in the order the ledger has them.
fn in_order(first: &[Command], facts: &Facts, commands: &[Command]) -> Facts {
    let folder = tempfile::tempdir().unwrap();
    let plant = told::open(&folder);
    let by_id: BTreeMap<CommandId, &Command> =
        first.iter().chain(commands).map(|command| (command.id.unwrap(), command)).collect();
    let mut order: Vec<CommandId> = facts.0.iter().map(|entry| entry.context.command).collect();
    order.dedup();
    order.iter().for_each(|id| drop(submit(&plant, by_id[id])));
    finished(folder, plant, Vec::new()).facts
}

/// What an entry says, without when it was received; an attempt is refused when it is received.
fn lasting(entry: &Entry) -> String {
    let Entry { position, context, touches, fact, .. } = entry;
    let refused = matches!(fact, Act::Refuse(_));
    let performed = (!refused).then_some(context.performed);
    let mode = context.mode;
    format!("{position} {:?} {mode:?} {performed:?} {touches:?} {fact:?}", context.command)
}

pub(crate) fn check(histories: &[History]) -> Result<(), TestCaseError> {
    let (first, callers) = said(histories);
    let (told, replies) = at_once(&first, &callers);
    for reply in &replies {
        let Answer::Admitted(admitted) = &reply.answer else { continue };
        let mine: Vec<Position> = told
            .facts
            .0
            .iter()
            .filter(|entry| entry.context.command == reply.command)
            .map(|entry| entry.position)
            .collect();
        let expected: Vec<Position> = (admitted.first.0..=admitted.last.0).map(Position).collect();
        prop_assert_eq!(mine, expected, "what was answered is what stands there");
        prop_assert!(admitted.last < reply.position);
    }
    let alone = in_order(&first, &told.facts, &told.commands);
    for (entry, other) in told.facts.0.iter().zip(&alone.0) {
        prop_assert_eq!(lasting(entry), lasting(other));
    }
    prop_assert_eq!(told.facts.0.len(), alone.0.len());
    compare::everything(told)
}
