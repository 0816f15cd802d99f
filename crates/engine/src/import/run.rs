//! The two passes over a file of rows: checking all of it, then writing it in chunks.
//!
//! A chunk is planned against what readers see. They may be behind what was submitted: no two rows
//! are about the same unit, and what rows share is pointed at by name once it is submitted. A crash
//! leaves whole commands behind; the next run finds each row by its command id.

mod check;
mod write;

use std::path::{Path, PathBuf};

use domain::act::{Act, Import};
use domain::noun::FileRef;
use domain::{Answer, Code, Command, CommandId, ImportCode, Position, Rejection};
use merkle::Hash;

use super::file::{Looked, look};
use super::refused::{Refused, Wrong};
use super::rows::{Columns, ROWS_MAX, Rows, Said, Shape, redacted};
use super::unit::Typing;
use super::{ImportAnswer, ImportAsk, ImportFormat, ImportPhase, ImportProgress};
use crate::error::{Error, Result};
use crate::plant::{Plant, command_id_of};

/// Rows in one chunk: a commit of a few milliseconds, between which other callers get their turn.
const CHUNK_ROWS: usize = 256;

/// Hears of progress, and says whether to stop.
pub(super) struct Watch<'a> {
    pub(super) progress: &'a mut dyn FnMut(ImportProgress),
    pub(super) cancelled: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    pub(super) fn tell(&mut self, phase: ImportPhase, done: u64, total: u64) {
        (self.progress)(ImportProgress { phase, done, total });
    }
}

/// One import at work.
pub(super) struct Run<'a> {
    pub(super) plant: &'a Plant,
    pub(super) ask: &'a ImportAsk,
    pub(super) looked: Looked,
    pub(super) format: ImportFormat,
    pub(super) code: ImportCode,
    pub(super) counts: Counts,
    pub(super) refused: Refused,
    pub(super) notes: Vec<String>,
    /// Columns of the file, once it was checked.
    pub(super) columns: Columns,
    /// The hash under which it is kept.
    pub(super) kept: Hash,
}

/// What became of rows.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) imported: u64,
    pub(super) unchanged: u64,
    pub(super) exceptions: u64,
}

/// Takes in a file.
pub(super) fn import(
    plant: &Plant,
    ask: &ImportAsk,
    watch: &mut Watch<'_>,
) -> Result<ImportAnswer> {
    let looked = look(&ask.source)?;
    let format = looked.format(ask);
    let code = ask.code.clone().map_or_else(|| code_of(looked.sha256), Ok)?;
    let kept = looked.sha256;
    let run = Run {
        plant,
        ask,
        looked,
        format: *format.as_ref().unwrap_or(&ask.format),
        code,
        counts: Counts::default(),
        refused: Refused::default(),
        notes: Vec::new(),
        columns: Columns::default(),
        kept,
    };
    match format {
        Err(wrong) => run.refused_whole(wrong),
        Ok(ImportFormat::Epcis) => super::document::import(run, watch),
        Ok(ImportFormat::Auto | ImportFormat::Csv | ImportFormat::JsonLines) => run.rows(watch),
    }
}

/// A code made from the content of a file.
fn code_of(sha256: Hash) -> Result<ImportCode> {
    let digits: String = sha256.to_string().chars().take(12).collect();
    ImportCode::new(&format!("file-{digits}")).map_err(|error| Error::Input(error.to_string()))
}

impl Run<'_> {
    fn rows(mut self, watch: &mut Watch<'_>) -> Result<ImportAnswer> {
        if let Some(rows) = self.finished()? {
            self.counts = Counts { rows, unchanged: rows, ..Counts::default() };
            self.notes.push(format!("all of it came in before, as {}", self.code));
            return self.answer(true);
        }
        let shape = self.looked.shape(self.format, &self.ask.mapping);
        if !self.check(&shape, watch)? {
            return self.answer(false);
        }
        let stops = self.ask.dry_run || (!self.refused.is_empty() && !self.ask.skip_bad);
        if stops || self.counts.imported == 0 {
            let complete = !stops;
            if stops && !self.ask.dry_run {
                self.counts.imported = 0;
                self.notes.push("nothing was written: mend the rows named, or skip them".into());
            }
            return self.answer(complete);
        }
        let kept = self.keep_rows(&shape)?;
        let resumes = self.begin(self.counts.rows)?;
        let complete = self.write(&kept, &shape, resumes, watch)?;
        if complete {
            self.end(self.counts.rows)?;
        }
        self.answer(complete)
    }

    /// Reads the next rows; those that do not read are refused. Says whether more may follow.
    fn read_chunk(
        &mut self,
        path: &Path,
        rows: &mut Rows,
        typing: &Typing,
    ) -> Result<(Vec<(u32, Said)>, bool)> {
        let mut chunk = Vec::with_capacity(CHUNK_ROWS);
        while chunk.len() < CHUNK_ROWS {
            let next = rows.next(typing);
            let next = next.map_err(|source| Error::File { path: path.to_owned(), source })?;
            let Some(next) = next else { return Ok((chunk, false)) };
            self.counts.rows += 1;
            if self.counts.rows > u64::from(ROWS_MAX) {
                let reason = format!("there are more than {ROWS_MAX} rows; part the file");
                self.refused.push(next.row, Wrong::new(Code::TooLarge, reason));
                return Ok((chunk, false));
            }
            match next.said {
                Ok(said) => chunk.push((next.row, said)),
                Err(wrong) => {
                    self.refused.push(next.row, wrong);
                }
            }
        }
        Ok((chunk, true))
    }
}

/// A refusal by the rules, in one line.
pub(super) fn of_rejection(rejection: &Rejection) -> Wrong {
    let said = rejection.findings.first();
    let reason = said.map_or_else(
        || rejection.title.clone(),
        |finding| format!("{}; {}", finding.detail, finding.needed),
    );
    Wrong::new(rejection.code, reason)
}

impl Run<'_> {
    /// An id made from the import, the file and what it is for.
    pub(super) fn id(&self, what: &str, number: u64) -> CommandId {
        let Hash(sha256) = self.looked.sha256;
        command_id_of(&[
            b"import",
            self.code.as_str().as_bytes(),
            &sha256,
            what.as_bytes(),
            &number.to_be_bytes(),
        ])
    }

    /// The answer a command was given before.
    pub(super) fn answer_to(&self, id: CommandId) -> Result<Option<Answer>> {
        answer_to(self.plant, id)
    }

    /// How many rows a run that took in all of the file read, if one did.
    pub(super) fn finished(&self) -> Result<Option<u64>> {
        let Some(Answer::Admitted(admitted)) = self.answer_to(self.id("end", 0))? else {
            return Ok(None);
        };
        let entry = entry_at(self.plant, admitted.first)?;
        Ok(entry.and_then(|entry| match entry.fact {
            Act::Import(import) => Some(import.rows),
            _ => None,
        }))
    }

    /// Keeps the file by its hash.
    pub(super) fn keep_file(&mut self) -> Result<()> {
        let path = &self.ask.source;
        let failed = |source| Error::File { path: path.clone(), source };
        let mut file = std::fs::File::open(path).map_err(failed)?;
        (self.kept, _) = self.plant.folder().files().put_from(&mut file)?;
        if self.kept != self.looked.sha256 {
            let name = path.display();
            return Err(Error::Input(format!("{name} was changed while it was read")));
        }
        Ok(())
    }

    /// Keeps the file without credentials; answers where it lies.
    fn keep_rows(&mut self, shape: &Shape) -> Result<PathBuf> {
        if self.columns.hold_secrets() {
            let columns = std::mem::take(&mut self.columns);
            let mut redacted = redacted(&self.ask.source, shape, columns)?;
            (self.kept, _) = self.plant.folder().files().put_from(&mut redacted)?;
        } else {
            self.keep_file()?;
        }
        Ok(self.plant.folder().reading().path().join("files").join(self.kept.to_string()))
    }

    /// Says that it begins; answers whether it began before.
    pub(super) fn begin(&self, rows: u64) -> Result<bool> {
        let id = self.id("begin", 0);
        if self.answer_to(id)?.is_some() {
            return Ok(true);
        }
        self.mark(id, rows, false)?;
        Ok(false)
    }

    /// Says that all of it is in; what was skipped may come in by a later run.
    pub(super) fn end(&self, rows: u64) -> Result<()> {
        self.mark(self.id("end", self.refused.count()), rows, true)
    }

    fn mark(&self, id: CommandId, rows: u64, complete: bool) -> Result<()> {
        let file = FileRef { sha256: self.kept.to_string(), name: Some(self.ask.file_name()) };
        let (code, format) = (self.code.clone(), self.format.word().to_owned());
        let import = Act::Import(Import { code, file, format, complete, rows });
        let command = Command { performed: None, ..self.report(id, None, vec![import]) };
        let reply = self.plant.submit(command, &self.ask.by)?;
        self.plant.published().wait_for(reply.position)?;
        match reply.answer {
            Answer::Admitted(_) => Ok(()),
            // The same end was told before, perhaps of a file of another name.
            Answer::Rejected(rejection) if rejection.code == Code::CommandReused => Ok(()),
            Answer::Rejected(rejection) => Err(Error::Rejected(Box::new(rejection))),
        }
    }

    /// The answer for a file that cannot be read at all.
    fn refused_whole(mut self, wrong: Wrong) -> Result<ImportAnswer> {
        let row = u32::from(self.format != ImportFormat::Epcis);
        self.refused.push(row, wrong);
        self.answer(false)
    }

    /// The answer, standing where everything written shows.
    pub(super) fn answer(self, complete: bool) -> Result<ImportAnswer> {
        let rejected_count = self.refused.count();
        Ok(ImportAnswer {
            at: self.plant.at(),
            code: self.code,
            format: self.format,
            sha256: self.looked.sha256.to_string(),
            imported: self.counts.imported,
            unchanged: self.counts.unchanged,
            rejected: self.refused.list(),
            rejected_count,
            exceptions: self.counts.exceptions,
            dry_run: self.ask.dry_run,
            complete: complete && !self.ask.dry_run,
            notes: self.notes,
        })
    }
}

/// The answer a command was given before.
pub(super) fn answer_to(plant: &Plant, id: CommandId) -> Result<Option<Answer>> {
    let Some((body, bytes)) = plant.ledger()?.command(id.0)? else { return Ok(None) };
    crate::codec::decode_answer(id, body, &bytes).map(Some)
}

/// The fact at a position.
pub(super) fn entry_at(plant: &Plant, position: Position) -> Result<Option<domain::Entry>> {
    let stored = plant.ledger()?.entry(position.0)?;
    stored.map_or(Ok(None), |stored| crate::codec::decode(&stored))
}
