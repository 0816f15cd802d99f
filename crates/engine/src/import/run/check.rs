//! The first pass: every row is held against the others and against what is recorded.

use std::collections::HashSet;

use domain::{Answer, Code};

use super::super::ImportFormat;
use super::super::ImportPhase;
use super::super::columns::{Field, Target};
use super::super::diff::{PART_UNKNOWN, difference};
use super::super::refused::Wrong;
use super::super::rows::{ROWS_MAX, Rows, Said, Shape};
use super::super::seen::Seen;
use super::super::unit::{Typing, UnitRow, cut};
use super::{Run, Watch};
use crate::error::Result;

impl Run<'_> {
    /// Checks every row; answers whether there is something that can be written.
    pub(super) fn check(&mut self, shape: &Shape, watch: &mut Watch<'_>) -> Result<bool> {
        let path = self.ask.source.clone();
        let mut rows = match Rows::open(&path, shape)? {
            Ok(rows) => rows,
            Err((row, wrong)) => {
                self.refused.push(row, wrong);
                return Ok(false);
            }
        };
        let resumes = self.answer_to(self.id("begin", 0))?.is_some();
        let typing = Typing::of(&self.plant.published().read());
        let mut names = Names::default();
        let mut more = true;
        while more {
            if (watch.cancelled)() {
                self.notes.push("cancelled while the file was checked; nothing was written".into());
                return Ok(false);
            }
            let chunk;
            (chunk, more) = self.read_chunk(&path, &mut rows, &typing)?;
            self.hold_together(&chunk, &mut names);
            self.check_chunk(&chunk, &typing, resumes, &mut names)?;
            watch.tell(ImportPhase::Checking, rows.bytes(), self.looked.bytes);
        }
        self.columns = rows.columns().clone();
        self.say_of_columns();
        if self.counts.rows == 0 {
            let reason = "there is no row under the header; give one for each unit";
            self.refused.push(1, Wrong::new(Code::DocumentInvalid, reason));
        }
        if self.counts.rows == 0 || self.counts.rows > u64::from(ROWS_MAX) {
            return Ok(false);
        }
        // A row whose name a later one repeats was taken for good until then.
        self.counts.unchanged -= names.unchanged_then_refused;
        let other = self.refused.count() + self.counts.unchanged;
        self.counts.imported = self.counts.rows.saturating_sub(other);
        Ok(true)
    }

    /// Holds the rows against each other and those before.
    fn hold_together(&mut self, chunk: &[(u32, Said)], names: &mut Names) {
        for (row, said) in chunk {
            let wrong = match said {
                Said::Unit(unit) => names.note(*row, unit),
                Said::Command(_) => Vec::new(),
            };
            for (row, wrong) in wrong {
                self.refused.push(row, wrong);
            }
        }
    }

    fn check_chunk(
        &mut self,
        chunk: &[(u32, Said)],
        typing: &Typing,
        resumes: bool,
        names: &mut Names,
    ) -> Result<()> {
        let before = if resumes { self.answers(chunk)? } else { Vec::new() };
        let state = self.plant.published().read();
        for (nth, (row, said)) in chunk.iter().enumerate() {
            if self.refused.contains(*row) {
                continue;
            }
            let known = matches!(before.get(nth), Some(Some(Answer::Admitted(_))));
            let unchanged = match said {
                _ if known => true,
                Said::Command(_) => false,
                Said::Unit(unit) => match difference(unit, &state, typing) {
                    Ok(difference) => difference.is_empty(),
                    Err(wrong) => {
                        self.refused.push(*row, wrong);
                        continue;
                    }
                },
            };
            if unchanged {
                self.counts.unchanged += 1;
                names.unchanged.insert(*row);
            }
        }
        Ok(())
    }

    fn say_of_columns(&mut self) {
        let columns = self.columns.list();
        let listed = |wanted: fn(&Target) -> bool| {
            let names = columns.iter().filter(|(_, target)| wanted(target));
            names.map(|(header, _)| cut(header)).collect::<Vec<_>>().join(", ")
        };
        let has = |field: Field| columns.iter().any(|(_, t)| *t == Target::Field(field));
        let own = listed(|target| matches!(target, Target::Own(_)));
        let secret = listed(|target| *target == Target::Secret);
        if !own.is_empty() {
            self.notes.push(format!("kept as fields of your own: {own}"));
        }
        if !secret.is_empty() {
            self.notes.push(format!(
                "not recorded, because they are credentials: {secret}; the file is kept without \
                 them"
            ));
        }
        if has(Field::InitId) && !has(Field::CloudId) {
            self.notes.push("init_id is taken for the cloud id".to_owned());
        }
        if self.format == ImportFormat::Csv && !has(Field::PartNumber) {
            let part = PART_UNKNOWN;
            self.notes.push(format!("no column is the part number: new units are part {part}"));
        }
    }
}

/// Names and statements of a file, held against each other.
#[derive(Debug, Default)]
struct Names {
    seen: Seen,
    unchanged: HashSet<u32>,
    unchanged_then_refused: u64,
}

impl Names {
    /// What is wrong with a row, and with earlier ones, seen together.
    fn note(&mut self, row: u32, unit: &UnitRow) -> Vec<(u32, Wrong)> {
        let mut wrong = Vec::new();
        let names =
            [(Field::SerialNumber, Some(&unit.serial)), (Field::CloudId, unit.cloud_id.as_ref())];
        for (field, name) in names {
            let Some(name) = name else { continue };
            let Some(other) = self.seen.once(field.word(), name, row) else { continue };
            let of = |row| {
                let reason = format!("{} stands in row {row} too; keep one", cut(name));
                Wrong::new(Code::IdentifierUsed, reason).in_column(field.word())
            };
            wrong.push((other, of(row)));
            wrong.push((row, of(other)));
            self.unchanged_then_refused += u64::from(self.unchanged.remove(&other));
        }
        for (about, name, is) in statements(unit) {
            if let Some(other) = self.seen.agrees((about, &name), &is, row) {
                let reason = format!("row {other} says otherwise of {}; mend one", cut(&name));
                wrong.push((row, Wrong::new(Code::Malformed, reason).in_column(about)));
            }
        }
        wrong
    }
}

/// What a row says of things that other rows name too.
fn statements(unit: &UnitRow) -> Vec<(&'static str, String, String)> {
    let (package, pallet) = (unit.package.as_ref(), unit.pallet.as_ref());
    let mut said = Vec::new();
    said.extend(package.map(|code| (Field::PackageId.word(), code.clone(), "package".to_owned())));
    said.extend(pallet.map(|code| (Field::PackageId.word(), code.clone(), "pallet".to_owned())));
    said.extend(
        package.zip(pallet).map(|(on, what)| (Field::PalletId.word(), on.clone(), what.clone())),
    );
    if let (Some(part), Some(device)) = (&unit.part, &unit.device_type) {
        let part = match &unit.revision {
            Some(revision) => format!("{part}/{revision}"),
            None => part.to_string(),
        };
        said.push((Field::DeviceType.word(), part, device.clone()));
    }
    said
}
