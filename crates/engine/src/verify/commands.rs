//! The answers kept for commands against the entries the commands wrote.
//!
//! Every run of entries with one command id has an answer that names exactly them; every answer
//! that admits something names entries of its command. A refusal with nothing in the ledger stands
//! in its own row alone: that the row is as written is all that can be said of it, and that it was
//! never there cannot be told from its having been removed.

use domain::act::Act;
use domain::entry::Entry;
use domain::{Answer, CommandId, Position};
use merkle::Hash;
use store::{LedgerReader, ROWS_PER_READ_MAX, StoredCommand};

use super::report::{Findings, What};
use crate::codec::{decode, decode_answer};
use crate::error::Result;

/// Entries one after the other that one command wrote.
struct Run {
    id: CommandId,
    first: Position,
    last: Position,
    refused: bool,
    /// Whether all of its entries could be read.
    whole: bool,
}

#[derive(Default)]
pub(super) struct Commands {
    run: Option<Run>,
    /// Runs whose answer admits them.
    admitted: u64,
    /// The entry before could not be read: it may belong to the next run.
    blind: bool,
}

impl Commands {
    /// Takes the next entry.
    pub(super) fn check(&mut self, entry: &Entry, ledger: &LedgerReader, found: &mut Findings) {
        let id = entry.context.command;
        if let Some(run) = self.run.as_mut().filter(|run| run.id == id) {
            run.last = entry.position;
            return;
        }
        self.end_run(ledger, found);
        let refused = matches!(entry.fact, Act::Refuse(_));
        let (first, last) = (entry.position, entry.position);
        let whole = !std::mem::take(&mut self.blind);
        self.run = Some(Run { id, first, last, refused, whole });
    }

    /// Passes an entry that cannot be read; what stands beside it cannot be judged.
    pub(super) fn pass(&mut self, ledger: &LedgerReader, found: &mut Findings) {
        if let Some(run) = &mut self.run {
            run.whole = false;
        }
        self.end_run(ledger, found);
        self.blind = true;
    }

    /// The entries of the last command are all there.
    pub(super) fn end_run(&mut self, ledger: &LedgerReader, found: &mut Findings) {
        let Some(Run { id, first, last, refused, whole }) = self.run.take() else { return };
        let name = id.to_string();
        let kept = match ledger.command(id.0) {
            Ok(Some(kept)) => kept,
            Ok(None) => {
                let said = format!("it wrote entries {first} to {last}, and no answer is kept");
                found.named(What::Command, &name, &said);
                return;
            }
            // The walk over all rows names it.
            Err(_) => return,
        };
        let (body, bytes) = kept;
        let fits = match decode_answer(id, body, &bytes) {
            Ok(Answer::Admitted(admitted)) => {
                self.admitted = self.admitted.saturating_add(1);
                let (from, to) = (admitted.first, admitted.last);
                let fits =
                    if whole { (from, to) == (first, last) } else { from <= first && last <= to };
                !refused && fits
            }
            Ok(Answer::Rejected(_)) => refused && first == last,
            Err(_) => return,
        };
        if !fits {
            let said = format!("its answer is not that of the entries {first} to {last} it wrote");
            found.named(What::Command, &name, &said);
        }
    }

    /// Looks at every answer, also at those no entry belongs to.
    pub(super) fn finish(&mut self, ledger: &LedgerReader, size: u64, found: &mut Findings) {
        self.end_run(ledger, found);
        let mut admitted: u64 = 0;
        let walked = walk(ledger, |row| {
            found.checked.commands = found.checked.commands.saturating_add(1);
            match read(row) {
                Ok((_, Answer::Admitted(answer))) if answer.first.0 < size => {
                    admitted = admitted.saturating_add(1);
                }
                Ok((id, Answer::Admitted(answer))) if !reaches(ledger, answer.last) => {
                    let said = "its answer names entries that are not there";
                    found.named(What::Command, &id.to_string(), said);
                }
                // Written since the size was taken, or refused.
                Ok((_, Answer::Admitted(_) | Answer::Rejected(_))) => {}
                Err(name) => {
                    found.named(What::Command, &name, "its answer is not the one it was given");
                }
            }
        });
        if let Err(error) = walked {
            found.add(What::Command, format!("answers to commands: {}", crate::chain(&error)));
        } else if admitted > self.admitted {
            name_strangers(ledger, size, found);
        }
    }
}

/// Whether the ledger, as it is now, has the entry.
fn reaches(ledger: &LedgerReader, position: Position) -> bool {
    ledger.size().is_ok_and(|size| position.0 < size)
}

/// Names the answers that admit what another command, or none, wrote.
fn name_strangers(ledger: &LedgerReader, size: u64, found: &mut Findings) {
    let walked = walk(ledger, |row| {
        let Ok((id, Answer::Admitted(answer))) = read(row) else { return };
        let Ok(Some(first)) = ledger.entry(answer.first.0) else { return };
        // An entry that cannot be read is named as such.
        let Ok(wrote) = decode(&first) else { return };
        let own = wrote.is_some_and(|entry| entry.context.command == id);
        if answer.first.0 < size && !own {
            let said = format!("its answer names entry {}, which it did not write", answer.first);
            found.named(What::Command, &id.to_string(), &said);
        }
    });
    if let Err(error) = walked {
        found.add(What::Command, format!("answers to commands: {}", crate::chain(&error)));
    }
}

fn walk(ledger: &LedgerReader, mut take: impl FnMut(&StoredCommand)) -> Result<()> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = ledger.commands(after.as_deref(), ROWS_PER_READ_MAX)?;
        page.iter().for_each(&mut take);
        match page.into_iter().last() {
            Some(last) => after = Some(last.id),
            None => return Ok(()),
        }
    }
}

/// A row as what was answered to which command, or the name of a row that is not as written.
fn read(row: &StoredCommand) -> std::result::Result<(CommandId, Answer), String> {
    let digits = || row.id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let id: [u8; 16] = row.id.as_slice().try_into().map_err(|_| digits())?;
    let id = CommandId(id);
    let body: [u8; 32] = row.body_hash.as_slice().try_into().map_err(|_| id.to_string())?;
    let answer = decode_answer(id, Hash(body), &row.answer).map_err(|_| id.to_string())?;
    Ok((id, answer))
}
