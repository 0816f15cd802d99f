//! The second pass: the good rows are written, chunk by chunk.

use std::path::Path;

use domain::act::Act;
use domain::{Answer, Command, CommandId, Interval, Position};

use super::super::ImportPhase;
use super::super::diff::{Difference, Laid, difference};
use super::super::rows::{Rows, Said, Shape};
use super::super::unit::Typing;
use super::{Counts, Run, Watch, of_rejection};
use crate::error::Result;

/// What the second pass carries from chunk to chunk.
struct Pass {
    /// Whether rows may have come in by a run before.
    resumes: bool,
    typing: Typing,
    laid: Laid,
    /// The position at which readers see all of it.
    shows_at: Position,
}

impl Run<'_> {
    /// Writes what is good; answers whether it came to the end.
    pub(super) fn write(
        &mut self,
        kept: &Path,
        shape: &Shape,
        resumes: bool,
        watch: &mut Watch<'_>,
    ) -> Result<bool> {
        let total = self.counts.rows;
        let checked = std::mem::take(&mut self.refused);
        self.counts = Counts::default();
        let Ok(mut rows) = Rows::open(kept, shape)? else { return Ok(false) };
        let typing = Typing::of(&self.plant.published().read());
        let mut pass = Pass { resumes, typing, laid: Laid::default(), shows_at: Position(0) };
        let mut complete = true;
        loop {
            if (watch.cancelled)() {
                let rows = self.counts.rows;
                self.notes.push(format!("cancelled after {rows} rows; the same import goes on"));
                complete = false;
                break;
            }
            let (mut chunk, more) = self.read_chunk(kept, &mut rows, &pass.typing)?;
            chunk.retain(|(row, _)| !checked.contains(*row));
            // Commands may change what a unit's row is held against, so they stand apart.
            for some in chunk.chunk_by(|a, b| is_command(&a.1) == is_command(&b.1)) {
                self.write_chunk(some, &mut pass)?;
            }
            watch.tell(ImportPhase::Writing, self.counts.rows, total);
            if !more {
                break;
            }
        }
        self.plant.published().wait_for(pass.shows_at)?;
        self.counts.rows = total;
        self.refused = checked.and(std::mem::take(&mut self.refused));
        Ok(complete)
    }

    fn write_chunk(&mut self, chunk: &[(u32, Said)], pass: &mut Pass) -> Result<()> {
        let before = if pass.resumes { self.answers(chunk)? } else { Vec::new() };
        let mut commands: Vec<(Option<u32>, Command)> = Vec::with_capacity(chunk.len());
        let state = self.plant.published().read();
        let at = state.next();
        pass.laid.seen(at);
        for (nth, (row, said)) in chunk.iter().enumerate() {
            let before = before.get(nth).and_then(Option::as_ref);
            if matches!(before, Some(Answer::Admitted(_))) {
                self.counts.unchanged += 1;
                continue;
            }
            let again = before.map(|_| at);
            match said {
                Said::Command(command) => {
                    commands.push((Some(*row), self.own_command(*row, command, again)));
                }
                Said::Unit(unit) => match difference(unit, &state, &pass.typing) {
                    Ok(difference) if difference.is_empty() => self.counts.unchanged += 1,
                    Ok(difference) => {
                        self.push_row(&mut commands, &mut pass.laid, (*row, again), difference);
                    }
                    Err(wrong) => {
                        self.refused.push(*row, wrong);
                    }
                },
            }
        }
        drop(state);
        let shows_at = self.submit(commands)?;
        pass.laid.submitted(shows_at);
        pass.shows_at = pass.shows_at.max(shows_at);
        if chunk.iter().any(|(_, said)| is_command(said)) {
            self.plant.published().wait_for(shows_at)?;
        }
        Ok(())
    }

    fn push_row(
        &mut self,
        commands: &mut Vec<(Option<u32>, Command)>,
        laid: &mut Laid,
        (row, again): (u32, Option<Position>),
        difference: Difference,
    ) {
        for ground in difference.ground {
            if laid.lay(&ground) {
                let id = self.id(&ground.key, 0);
                commands.push((None, self.report(id, None, ground.acts)));
            }
        }
        if difference.acts.is_empty() {
            // All it says is of things other rows name too.
            self.counts.imported += 1;
        } else {
            let id = self.row_id(row, again);
            commands.push((Some(row), self.report(id, Some(row), difference.acts)));
        }
    }

    /// Submits commands; answers the position at which readers see them.
    fn submit(&mut self, commands: Vec<(Option<u32>, Command)>) -> Result<Position> {
        let (rows, commands): (Vec<_>, Vec<_>) = commands.into_iter().unzip();
        let replies = self.plant.submit_all(commands, &self.ask.by)?;
        let shows_at = replies.iter().map(|reply| reply.position).max().unwrap_or(Position(0));
        for (row, reply) in rows.into_iter().zip(replies) {
            match (row, reply.answer) {
                (row, Answer::Admitted(admitted)) => {
                    self.counts.imported += u64::from(row.is_some());
                    self.counts.exceptions += admitted.exceptions.len() as u64;
                }
                (Some(row), Answer::Rejected(rejection)) => {
                    self.refused.push(row, of_rejection(&rejection));
                }
                // Laid by a run before, under what was recorded then; the rows say if it is not.
                (None, Answer::Rejected(_)) => {}
            }
        }
        Ok(shows_at)
    }

    pub(super) fn report(
        &self,
        id: CommandId,
        row: Option<u32>,
        acts: Vec<Act<domain::ItemRef>>,
    ) -> Command {
        let source = match row {
            Some(row) => format!("import {} row {row}", self.code),
            None => format!("import {}", self.code),
        };
        Command {
            id: Some(id),
            performed: self.ask.performed.map(Interval::at),
            source: Some(source),
            ..Command::report(acts)
        }
    }

    /// A command that stands in the file, under its own id or one made from its row.
    fn own_command(&self, row: u32, command: &Command, again: Option<Position>) -> Command {
        let source = || Some(format!("import {} row {row}", self.code));
        Command {
            id: command.id.or_else(|| Some(self.row_id(row, again))),
            performed: command.performed.or_else(|| self.ask.performed.map(Interval::at)),
            source: command.source.clone().or_else(source),
            ..command.clone()
        }
    }

    /// The id of a row's command; of one refused before, a new one for what is recorded now.
    fn row_id(&self, row: u32, again: Option<Position>) -> CommandId {
        match again {
            None => self.id("row", u64::from(row)),
            Some(Position(at)) => self.id(&format!("row {row} at"), at),
        }
    }

    /// The answers to the rows' commands, where they were given before.
    pub(super) fn answers(&self, chunk: &[(u32, Said)]) -> Result<Vec<Option<Answer>>> {
        let ids = chunk.iter().map(|(row, said)| match said {
            Said::Command(command) => command.id.unwrap_or_else(|| self.row_id(*row, None)),
            Said::Unit(_) => self.row_id(*row, None),
        });
        ids.map(|id| self.answer_to(id)).collect()
    }
}

fn is_command(said: &Said) -> bool {
    matches!(said, Said::Command(_))
}
