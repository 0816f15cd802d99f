//! Our own side of it, in process: callers of a plant.

use std::path::Path;
use std::vec;

use anyhow::{Result, ensure};
use domain::{Answer, Command};
use engine::{Options, Plant};

use crate::drive::Caller;
use crate::floor;

/// Who records.
pub(crate) const BY: &str = "bench";

/// A plant in which the floor's definitions are.
pub(crate) fn plant(folder: &Path) -> Result<Plant> {
    let plant = Plant::open(folder, &Options::default(), |_| ())?;
    admitted(&plant.submit(floor::definitions(), BY)?)?;
    Ok(plant)
}

/// A reply that is an admission.
///
/// Errors: what the rules said.
pub(crate) fn admitted(reply: &engine::Reply) -> Result<()> {
    ensure!(matches!(reply.answer, Answer::Admitted(_)), "not admitted: {:?}", reply.answer);
    Ok(())
}

/// One who tells facts one by one.
#[derive(Debug)]
pub(crate) struct Single<'p> {
    plant: &'p Plant,
    facts: vec::IntoIter<Command>,
}

impl<'p> Single<'p> {
    /// One with these facts to tell.
    pub(crate) fn new(plant: &'p Plant, facts: &[floor::Fact]) -> Self {
        let facts: Vec<Command> = facts.iter().map(|fact| floor::command(*fact)).collect();
        Self { plant, facts: facts.into_iter() }
    }
}

impl Caller for Single<'_> {
    fn call(&mut self) -> Result<Option<u64>> {
        let Some(mut command) = self.facts.next() else { return Ok(None) };
        command.id = Some(engine::new_command_id()?);
        admitted(&self.plant.submit(command, BY)?)?;
        Ok(Some(1))
    }
}

/// One who tells facts many at a time.
#[derive(Debug)]
pub(crate) struct Batched<'p> {
    plant: &'p Plant,
    batches: vec::IntoIter<Vec<Command>>,
}

impl<'p> Batched<'p> {
    /// One with these facts to tell, so many at a time.
    pub(crate) fn new(plant: &'p Plant, facts: &[floor::Fact], size: usize) -> Self {
        let batch =
            |facts: &[floor::Fact]| facts.iter().map(|fact| floor::command(*fact)).collect();
        let batches: Vec<Vec<Command>> = facts.chunks(size).map(batch).collect();
        Self { plant, batches: batches.into_iter() }
    }
}

impl Caller for Batched<'_> {
    fn call(&mut self) -> Result<Option<u64>> {
        let Some(mut batch) = self.batches.next() else { return Ok(None) };
        for command in &mut batch {
            command.id = Some(engine::new_command_id()?);
        }
        let replies = self.plant.submit_all(batch, BY)?;
        replies.iter().try_for_each(admitted)?;
        Ok(Some(u64::try_from(replies.len())?))
    }
}
