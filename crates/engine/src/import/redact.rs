//! A copy of a file without what its secret columns hold: the one that is kept.
//!
//! Rows keep their numbers: a blank row stands for each that was blank or did not read.

use std::io::{self, Read};

use serde_json::{Map, Value};

use super::columns::Target;
use super::records::{Cells, Lines, Records};
use super::rows::{Columns, Counted};

/// The bytes of the copy.
#[derive(Debug)]
pub(super) struct Redacted {
    source: Source,
    columns: Columns,
    row: u32,
    buffer: Vec<u8>,
    read: usize,
}

#[derive(Debug)]
enum Source {
    Table(Records<Counted>, u8),
    Lines(Lines<Counted>),
}

impl Redacted {
    /// Of separated text from its first row on.
    pub(super) fn table(records: Records<Counted>, separator: u8, columns: Columns) -> Self {
        Self::of(Source::Table(records, separator), columns)
    }

    /// Of JSON Lines.
    pub(super) fn lines(lines: Lines<Counted>, columns: Columns) -> Self {
        Self::of(Source::Lines(lines), columns)
    }

    const fn of(source: Source, columns: Columns) -> Self {
        Self { source, columns, row: 0, buffer: Vec::new(), read: 0 }
    }

    /// Writes the next row, and the blank ones before it; says whether there was one.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        self.read = 0;
        let row = match &mut self.source {
            Source::Table(records, separator) => {
                let Some((row, cells)) = records.next()? else { return Ok(false) };
                pad(&mut self.buffer, self.row, row);
                if let Ok(cells) = cells {
                    let header = self.row == 0;
                    table_row(cells, (*separator, header), &self.columns, &mut self.buffer);
                }
                row
            }
            Source::Lines(lines) => {
                let Some((row, line)) = lines.next()? else { return Ok(false) };
                pad(&mut self.buffer, self.row, row);
                if let Some(object) = line.ok().and_then(|line| serde_json::from_slice(line).ok()) {
                    let object = Value::Object(without_secrets(object, "", &self.columns));
                    self.buffer.extend_from_slice(object.to_string().as_bytes());
                }
                row
            }
        };
        self.row = row;
        self.buffer.push(b'\n');
        Ok(true)
    }
}

impl Read for Redacted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.buffer.len() && !self.fill()? {
            return Ok(0);
        }
        let rest = self.buffer.get(self.read..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}

fn pad(buffer: &mut Vec<u8>, before: u32, row: u32) {
    let blank = row.saturating_sub(before).saturating_sub(1);
    buffer.extend((0..blank).map(|_| b'\n'));
}

fn table_row(
    cells: &Cells,
    (separator, header): (u8, bool),
    columns: &Columns,
    into: &mut Vec<u8>,
) {
    let mut columns = columns.list().iter().map(|(_, target)| target);
    for (nth, cell) in cells.iter().enumerate() {
        if nth > 0 {
            into.push(separator);
        }
        // A cell too many may be the secret that was split by its separator.
        let secret = columns.next().is_none_or(|target| *target == Target::Secret);
        if header || !secret {
            quote(cell, into);
        }
    }
}

fn quote(cell: &[u8], into: &mut Vec<u8>) {
    into.push(b'"');
    for byte in cell {
        let times = 1 + usize::from(*byte == b'"');
        into.extend(std::iter::repeat_n(*byte, times));
    }
    into.push(b'"');
}

fn without_secrets(
    object: Map<String, Value>,
    group: &str,
    columns: &Columns,
) -> Map<String, Value> {
    let mut kept = Map::new();
    for (name, value) in object {
        let full = format!("{group}{name}");
        let value = match value {
            Value::Object(inner) if columns.opens(&full) => {
                Value::Object(without_secrets(inner, &format!("{name}."), columns))
            }
            value @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_)) => value,
        };
        if !columns.is_secret(&full) {
            kept.insert(name, value);
        }
    }
    kept
}
