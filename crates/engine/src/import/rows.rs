//! A file as rows: what each says, or what is wrong with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use domain::command::ACTS_PER_COMMAND_MAX;
use domain::{Code, Command};
use serde_json::{Map, Value};

use super::columns::{COLUMNS_MAX, Field, GROUPS, Target};
use super::records::{Cells, Fault, Lines, ROW_BYTES_MAX, Records};
use super::redact::Redacted;
use super::refused::{Judged, Wrong};
use super::unit::{Typing, UnitRow};
use crate::error::{Error, Result};

/// Most rows of a file; a larger one is parted. Each costs memory for its names, see the module
/// above.
pub const ROWS_MAX: u32 = 5_000_000;

/// Bytes read at a time.
const BUFFER_BYTES: usize = 128 << 10;

/// What a row says.
#[derive(Debug)]
pub(super) enum Said {
    /// How a unit is.
    Unit(Box<UnitRow>),
    /// Anything, as a command.
    Command(Box<Command>),
}

/// The rows of a file.
#[derive(Debug)]
pub(super) enum Rows {
    /// Separated text.
    Table { records: Records<Counted>, columns: Columns },
    /// JSON Lines, with the meaning of the fields met so far.
    Lines { lines: Lines<Counted>, columns: Columns },
}

/// The columns of a file by their headers.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    mapping: BTreeMap<String, String>,
    /// In the order of the file; of JSON Lines, as they were met.
    list: Vec<(String, Target)>,
    index: BTreeMap<String, usize>,
}

impl Columns {
    pub(super) fn new(mapping: BTreeMap<String, String>) -> Self {
        Self { mapping, ..Self::default() }
    }

    /// Whether one of them is a credential.
    pub(super) fn hold_secrets(&self) -> bool {
        self.list.iter().any(|(_, target)| *target == Target::Secret)
    }

    /// The columns with their meaning.
    pub(super) fn list(&self) -> &[(String, Target)] {
        &self.list
    }

    fn add(&mut self, header: &str) -> Judged<usize> {
        if self.list.len() >= COLUMNS_MAX {
            let reason = format!("there are more than {COLUMNS_MAX} columns");
            return Err(Wrong::new(Code::TooLarge, reason));
        }
        let target = Target::of(header, &self.mapping)
            .map_err(|reason| Wrong::new(Code::Malformed, reason).in_column(header))?;
        let at = self.list.len();
        self.index.insert(header.to_owned(), at);
        self.list.push((header.to_owned(), target));
        Ok(at)
    }

    /// The columns of a header; no two may mean the same.
    fn of_header(&mut self, cells: &Cells) -> Judged<()> {
        for (number, cell) in (1_usize..).zip(cells.iter()) {
            let header = std::str::from_utf8(cell).map_err(|_| not_text())?.trim();
            if header.is_empty() {
                self.list.push((format!("column {number}"), Target::Unnamed));
                continue;
            }
            let at = self.add(header)?;
            self.only_one(at)?;
        }
        if !self.list.iter().any(|(_, to)| *to == Target::Field(Field::SerialNumber)) {
            let reason =
                "no column is the serial number; name one serialNumber, or map yours to it";
            return Err(Wrong::new(Code::Malformed, reason));
        }
        let unknown = self.mapping.keys().find(|from| !self.index.contains_key(from.trim()));
        match unknown {
            Some(header) => {
                let reason = "the mapping names this column and the file has none of that name";
                Err(Wrong::new(Code::Malformed, reason).in_column(header))
            }
            None => Ok(()),
        }
    }

    fn only_one(&self, at: usize) -> Judged<()> {
        let Some((header, target)) = self.list.get(at) else { return Ok(()) };
        let earlier = self.list.iter().take(at).find(|(_, other)| {
            other == target && matches!(target, Target::Field(_) | Target::Own(_))
        });
        match earlier {
            Some((other, _)) => {
                let reason = format!("column {other} means the same; map one of them to nothing");
                Err(Wrong::new(Code::Malformed, reason).in_column(header))
            }
            None => Ok(()),
        }
    }
}

/// A reader that knows how far it is.
#[derive(Debug)]
pub(super) struct Counted {
    input: BufReader<File>,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(into)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.input.consume(bytes);
    }
}

/// How the rows of a file are read.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// What stands between cells; absent: JSON Lines.
    pub(super) separator: Option<u8>,
    /// Bytes before the text: a byte order mark.
    pub(super) skip: u64,
    /// Columns by their header.
    pub(super) mapping: BTreeMap<String, String>,
}

/// What can be read next.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) row: u32,
    pub(super) said: Judged<Said>,
}

impl Rows {
    /// Opens a file and reads its header.
    ///
    /// Errors: the world's; what is wrong with the header is the inner one.
    pub(super) fn open(
        path: &Path,
        shape: &Shape,
    ) -> Result<std::result::Result<Self, (u32, Wrong)>> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        let input = open(path, shape)?;
        let mut columns = Columns::new(shape.mapping.clone());
        let Some(separator) = shape.separator else {
            return Ok(Ok(Self::Lines { lines: Lines::new(input), columns }));
        };
        let mut records = Records::new(input, separator);
        let header = match records.next().map_err(failed)? {
            None => return Ok(Err((1, empty()))),
            Some((row, Err(fault))) => return Ok(Err((row, faulty(fault)))),
            Some((row, Ok(cells))) => columns.of_header(cells).map_err(|wrong| (row, wrong)),
        };
        Ok(header.map(|()| Self::Table { records, columns }))
    }

    /// The next row; nothing at the end.
    pub(super) fn next(&mut self, typing: &Typing) -> std::io::Result<Option<Next>> {
        match self {
            Self::Table { records, columns } => {
                let Some((row, cells)) = records.next()? else { return Ok(None) };
                let said = cells
                    .map_err(faulty)
                    .and_then(|cells| table_row(cells, &columns.list, typing))
                    .map(|unit| Said::Unit(Box::new(unit)));
                Ok(Some(Next { row, said }))
            }
            Self::Lines { lines, columns } => {
                let Some((row, line)) = lines.next()? else { return Ok(None) };
                let said = line.map_err(faulty).and_then(|line| json_row(line, columns, typing));
                Ok(Some(Next { row, said }))
            }
        }
    }

    /// How many bytes are read.
    pub(super) const fn bytes(&self) -> u64 {
        match self {
            Self::Table { records, .. } => records.input().bytes,
            Self::Lines { lines, .. } => lines.input().bytes,
        }
    }

    /// The columns met so far.
    pub(super) const fn columns(&self) -> &Columns {
        match self {
            Self::Table { columns, .. } | Self::Lines { columns, .. } => columns,
        }
    }
}

/// The file at `path` without what its secret columns hold, once all of it was read.
pub(super) fn redacted(path: &Path, shape: &Shape, columns: Columns) -> Result<Redacted> {
    let input = open(path, shape)?;
    Ok(match shape.separator {
        Some(separator) => Redacted::table(Records::new(input, separator), separator, columns),
        None => Redacted::lines(Lines::new(input), columns),
    })
}

/// The text of a file from its first row on.
fn open(path: &Path, shape: &Shape) -> Result<Counted> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(shape.skip)).map_err(failed)?;
    let input = BufReader::with_capacity(BUFFER_BYTES, file);
    Ok(Counted { input, bytes: shape.skip })
}

fn table_row(cells: &Cells, columns: &[(String, Target)], typing: &Typing) -> Judged<UnitRow> {
    if cells.len() != columns.len() {
        let reason = format!(
            "it has {} cells and the header {}; put text that holds the separator in quotation \
             marks",
            cells.len(),
            columns.len()
        );
        return Err(Wrong::new(Code::Malformed, reason));
    }
    let mut read = Vec::with_capacity(columns.len());
    for ((header, target), cell) in columns.iter().zip(cells.iter()) {
        let text = std::str::from_utf8(cell).map_err(|_| not_text().in_column(header))?;
        if *target == Target::Unnamed && !text.trim().is_empty() {
            let reason = "it holds a value and its column has no header; name the column";
            return Err(Wrong::new(Code::Malformed, reason).in_column(header));
        }
        read.push((header.as_str(), target, Value::from(text)));
    }
    UnitRow::of(read.into_iter(), typing)
}

fn json_row(line: &[u8], columns: &mut Columns, typing: &Typing) -> Judged<Said> {
    let no_json = |error: serde_json::Error| {
        Wrong::new(Code::Malformed, format!("it is no JSON object: {error}; write one a line"))
    };
    let object: Map<String, Value> = serde_json::from_slice(line).map_err(no_json)?;
    if object.contains_key("acts") {
        let command: Command = serde_json::from_slice(line).map_err(|error| {
            Wrong::new(Code::Malformed, format!("it is no command: {error}")).in_column("acts")
        })?;
        let count = command.acts.len();
        if count == 0 || count > ACTS_PER_COMMAND_MAX {
            let reason = format!("it has {count} acts; give 1 to {ACTS_PER_COMMAND_MAX}");
            return Err(Wrong::new(Code::TooLarge, reason).in_column("acts"));
        }
        return Ok(Said::Command(Box::new(command)));
    }
    let mut fields = Vec::with_capacity(object.len());
    for (name, value) in object {
        match value {
            Value::Object(inner) if columns.opens(&name) => {
                fields.extend(
                    inner.into_iter().map(|(bare, value)| (format!("{name}.{bare}"), value)),
                );
            }
            value @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_)) => fields.push((name, value)),
        }
    }
    let mut read: Vec<(usize, Value)> = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        let at = match columns.index.get(&name) {
            Some(at) => *at,
            None => columns.add(&name)?,
        };
        read.push((at, value));
    }
    let columns = &columns.list;
    for (nth, (at, _)) in read.iter().enumerate() {
        let (header, target) = &columns[*at];
        let same = |(other, _): &&(usize, Value)| columns[*other].1 == *target;
        if matches!(target, Target::Field(_) | Target::Own(_))
            && read.iter().take(nth).any(|o| same(&o))
        {
            let reason = "another field of the object means the same; leave one out";
            return Err(Wrong::new(Code::Malformed, reason).in_column(header));
        }
    }
    let cells = read.into_iter().map(|(at, value)| {
        let (header, target) = &columns[at];
        (header.as_str(), target, value)
    });
    UnitRow::of(cells, typing).map(Box::new).map(Said::Unit)
}

impl Columns {
    /// Whether it is a credential.
    pub(super) fn is_secret(&self, header: &str) -> bool {
        Target::of(header, &self.mapping) == Ok(Target::Secret)
    }

    /// Whether an object under this name is a group of fields rather than a value.
    pub(super) fn opens(&self, name: &str) -> bool {
        GROUPS.contains(&name) && !self.mapping.contains_key(name)
    }
}

fn empty() -> Wrong {
    let reason = "the file is empty; give a header and a row for each unit";
    Wrong::new(Code::DocumentInvalid, reason)
}

fn not_text() -> Wrong {
    Wrong::new(Code::Malformed, "it is not UTF-8 text; save the file as CSV in UTF-8")
}

fn faulty(fault: Fault) -> Wrong {
    match fault {
        Fault::TooLong => {
            let reason =
                format!("it is longer than {ROW_BYTES_MAX} bytes; is a quotation mark not closed?");
            Wrong::new(Code::TooLarge, reason)
        }
        Fault::Unclosed => {
            let reason = "a quotation mark opens here and never closes; close it, or double it \
                          where it is part of the text";
            Wrong::new(Code::Malformed, reason)
        }
    }
}
