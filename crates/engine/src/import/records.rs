//! A file as rows: the cells of separated text, and bare lines.
//!
//! Written here rather than taken from a library because both must hold in bounded memory: a row
//! keeps the number a person sees beside it, blank rows counted, and a quotation mark that is
//! never closed ends at [`ROW_BYTES_MAX`] instead of swallowing the file.
//!
//! Source: RFC 4180; rows may also end in a lone carriage return, and a quotation mark inside a
//! cell that does not begin with one stands for itself.

use std::io::{self, BufRead};

/// Longest row, in bytes: far above any row a person makes, far below what hurts.
pub(super) const ROW_BYTES_MAX: usize = 256 << 10;

/// Why a row cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Longer than [`ROW_BYTES_MAX`].
    TooLong,
    /// A quotation mark opens and never closes.
    Unclosed,
}

/// A row with its number, if it can be taken apart.
pub(super) type Numbered<T> = (u32, Result<T, Fault>);

/// The cells of one row; reused for the next.
#[derive(Debug, Default)]
pub(super) struct Cells {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let cell = self.text.get(from..*end).unwrap_or_default();
            from = *end;
            cell
        })
    }

    /// Whether it says nothing: separators alone too, as spreadsheets leave them at the end.
    fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    CellStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

/// Reads rows of cells.
#[derive(Debug)]
pub(super) struct Records<R> {
    input: R,
    separator: u8,
    row: u32,
    after_return: bool,
    cells: Cells,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(input: R, separator: u8) -> Self {
        Self { input, separator, row: 0, after_return: false, cells: Cells::default() }
    }

    pub(super) const fn input(&self) -> &R {
        &self.input
    }

    /// The next row that is not blank, with its number from 1; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Numbered<&Cells>>> {
        loop {
            let Some(fault) = self.read()? else { return Ok(None) };
            self.row = self.row.saturating_add(1);
            if let Some(fault) = fault {
                return Ok(Some((self.row, Err(fault))));
            }
            if !self.cells.is_blank() {
                return Ok(Some((self.row, Ok(&self.cells))));
            }
        }
    }

    /// Reads one row, blank or not; nothing at the end of the file.
    fn read(&mut self) -> io::Result<Option<Option<Fault>>> {
        self.cells.clear();
        let mut scan = Scan { at: At::CellStart, bytes: 0, separator: self.separator };
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok((scan.bytes > 0).then(|| scan.at_end_of_file(&mut self.cells)));
            }
            // The line feed after a carriage return belongs to the row before.
            let skip = usize::from(self.after_return && chunk.first() == Some(&b'\n'));
            self.after_return = false;
            let rest = chunk.get(skip..).unwrap_or_default();
            let end = rest.iter().position(|byte| scan.ends_with(*byte, &mut self.cells));
            self.after_return = end.is_some_and(|end| rest.get(end) == Some(&b'\r'));
            let used = skip + end.map_or(rest.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                self.cells.end_cell();
                return Ok(Some(scan.is_too_long().then_some(Fault::TooLong)));
            }
        }
    }
}

/// A row being read.
struct Scan {
    at: At,
    bytes: usize,
    separator: u8,
}

impl Scan {
    const fn is_too_long(&self) -> bool {
        self.bytes > ROW_BYTES_MAX
    }

    /// Takes in a byte; says whether it ends the row. One that is too long ends with its line.
    fn ends_with(&mut self, byte: u8, cells: &mut Cells) -> bool {
        if matches!(byte, b'\n' | b'\r') && (self.at != At::Quoted || self.is_too_long()) {
            return true;
        }
        self.bytes += 1;
        if !self.is_too_long() {
            self.at = cells.take(byte, self.at, self.separator);
        }
        false
    }

    fn at_end_of_file(&self, cells: &mut Cells) -> Option<Fault> {
        cells.end_cell();
        if self.is_too_long() {
            Some(Fault::TooLong)
        } else {
            (self.at == At::Quoted).then_some(Fault::Unclosed)
        }
    }
}

impl Cells {
    fn take(&mut self, byte: u8, at: At, separator: u8) -> At {
        match (at, byte) {
            (At::CellStart, b'"') => At::Quoted,
            (At::QuoteInQuoted, b'"') => {
                self.text.push(byte);
                At::Quoted
            }
            (At::Quoted, b'"') => At::QuoteInQuoted,
            (At::CellStart | At::Plain | At::QuoteInQuoted, byte) if byte == separator => {
                self.end_cell();
                At::CellStart
            }
            (At::CellStart | At::Plain | At::QuoteInQuoted, _) => {
                self.text.push(byte);
                At::Plain
            }
            (At::Quoted, _) => {
                self.text.push(byte);
                At::Quoted
            }
        }
    }
}

/// Reads lines.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    row: u32,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, row: 0, line: Vec::new() }
    }

    pub(super) const fn input(&self) -> &R {
        &self.input
    }

    /// The next line that is not blank, with its number from 1; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Numbered<&[u8]>>> {
        loop {
            let Some(whole) = self.read()? else { return Ok(None) };
            self.row = self.row.saturating_add(1);
            if !whole {
                return Ok(Some((self.row, Err(Fault::TooLong))));
            }
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some((self.row, Ok(&self.line))));
            }
        }
    }

    /// Reads one line, blank or not; says whether all of it is kept. Nothing at the end.
    fn read(&mut self) -> io::Result<Option<bool>> {
        self.line.clear();
        let (mut any, mut whole) = (false, true);
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(any.then_some(whole));
            }
            any = true;
            let newline = chunk.iter().position(|byte| *byte == b'\n');
            let part = chunk.get(..newline.unwrap_or(chunk.len())).unwrap_or_default();
            whole &= self.line.len() + part.len() <= ROW_BYTES_MAX;
            if whole {
                self.line.extend_from_slice(part);
            }
            let used = newline.map_or(chunk.len(), |at| at + 1);
            self.input.consume(used);
            if newline.is_some() {
                return Ok(Some(whole));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Lines, ROW_BYTES_MAX, Records};
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<(u32, Result<Vec<String>, Fault>)> {
        let mut records = Records::new(text.as_bytes(), b',');
        let mut rows = Vec::new();
        while let Some((row, cells)) = records.next().unwrap() {
            let cells = cells.map(|cells| {
                cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
            });
            rows.push((row, cells));
        }
        rows
    }

    fn check(text: &str, expect: &[(u32, &[&str])]) {
        let expect: Vec<_> = expect
            .iter()
            .map(|(row, cells)| (*row, Ok(cells.iter().map(|c| (*c).to_owned()).collect())))
            .collect();
        assert_eq!(rows(text), expect, "{text:?}");
    }

    #[test]
    fn rows_keep_the_number_a_person_sees() {
        check(
            "a,b\r\n1,2\r\n\r\n3,4\r\n\r\n\r\n",
            &[(1, &["a", "b"]), (2, &["1", "2"]), (4, &["3", "4"])],
        );
        check("a\rb\r\rc", &[(1, &["a"]), (2, &["b"]), (4, &["c"])]);
        check(
            "\"x\ny\",\"say \"\"hi\"\"\"\n5\" pipe,",
            &[(1, &["x\ny", "say \"hi\""]), (2, &["5\" pipe", ""])],
        );
        check("", &[]);
        check(" \n,\n; ,\n", &[(3, &["; ", ""])]);
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_does_not_swallow_the_file() {
        assert_eq!(
            rows("a\n\"b\nc\n"),
            vec![(1, Ok(vec!["a".to_owned()])), (2, Err(Fault::Unclosed))]
        );
        let long = format!("a\n\"{}\nb\n", "x".repeat(ROW_BYTES_MAX + 1));
        let read = rows(&long);
        assert_eq!(read[1], (2, Err(Fault::TooLong)));
        assert_eq!(read[2], (3, Ok(vec!["b".to_owned()])));
        let mut lines = Lines::new(long.as_bytes());
        assert_eq!(lines.next().unwrap(), Some((1, Ok(&b"a"[..]))));
        assert_eq!(lines.next().unwrap(), Some((2, Err(Fault::TooLong))));
        assert_eq!(lines.next().unwrap(), Some((3, Ok(&b"b"[..]))));
        assert_eq!(lines.next().unwrap(), None);
    }

    proptest! {
        #[test]
        fn cells_are_those_another_reader_finds(
            table in prop::collection::vec(prop::collection::vec("[a\",\r\n ;x]{0,6}", 2..5), 1..6)
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let wanted: Vec<Vec<String>> = table
                .into_iter()
                .filter(|row| !row.concat().trim().is_empty())
                .collect();
            let found: Vec<_> = rows(&text).into_iter().map(|(_, cells)| cells.unwrap()).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
