//! A page of text for people: headings, lines, tables.

use comfy_table::{ContentArrangement, Table, presets};

/// A row of a table.
pub(crate) type Row = Vec<String>;

/// How a line is meant, beside what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Something to look at.
    Doubt,
    /// A heading.
    Strong,
}

impl Tone {
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[31m",
            Self::Doubt => "\x1b[33m",
            Self::Strong => "\x1b[1m",
        }
    }
}

/// A page being written.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
    width: u16,
    colour: bool,
}

impl Page {
    /// An empty page.
    pub(crate) const fn new(width: u16, colour: bool) -> Self {
        Self { text: String::new(), width, colour }
    }

    /// A line.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// A text, its lines broken between words where they are longer than the page is wide.
    pub(crate) fn prose(&mut self, text: &str) {
        for line in text.lines() {
            self.broken(line);
        }
    }

    fn broken(&mut self, line: &str) {
        let width = usize::from(self.width);
        let mut columns = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if columns > 0 && columns + 1 + length > width {
                self.text.push_str("\n  ");
                columns = 2;
            } else if columns > 0 {
                self.text.push(' ');
                columns += 1;
            }
            self.text.push_str(word);
            columns += length;
        }
        self.text.push('\n');
    }

    /// A line in a tone.
    pub(crate) fn toned(&mut self, tone: Tone, text: impl AsRef<str>) {
        let text = text.as_ref();
        if self.colour {
            self.line(format!("{}{text}\x1b[0m", tone.code()));
        } else {
            self.line(text);
        }
    }

    /// A heading, with room above it.
    pub(crate) fn heading(&mut self, text: impl AsRef<str>) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.toned(Tone::Strong, text);
    }

    /// Names with their values, one a line; those without a value are left out.
    pub(crate) fn pairs<const N: usize>(&mut self, pairs: [(&str, String); N]) {
        let rows: Vec<Row> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| vec![name.to_owned(), value])
            .collect();
        if !rows.is_empty() {
            let table = self.laid_out(rows);
            self.write(&table, None);
        }
    }

    /// A table; columns in which no row says anything are left out.
    pub(crate) fn table(&mut self, header: &[&str], rows: &[Row]) {
        let says = |column: usize| {
            rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()))
        };
        let kept: Vec<usize> = (0..header.len()).filter(|&column| says(column)).collect();
        let cells = |row: &[String]| -> Row {
            kept.iter().map(|&column| row.get(column).cloned().unwrap_or_default()).collect()
        };
        let heads: Row = header.iter().map(|head| head.to_uppercase()).collect();
        let mut all = vec![cells(&heads)];
        all.extend(rows.iter().map(|row| cells(row)));
        let table = self.laid_out(all);
        self.write(&table, Some(Tone::Strong));
    }

    fn laid_out(&self, rows: Vec<Row>) -> Table {
        let mut table = Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width)
            .add_rows(rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table
    }

    fn write(&mut self, table: &Table, first: Option<Tone>) {
        for (index, line) in table.lines().enumerate() {
            match first {
                Some(tone) if index == 0 => self.toned(tone, line.trim_end()),
                Some(_) | None => self.line(line.trim_end()),
            }
        }
    }

    /// All that was written.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}
