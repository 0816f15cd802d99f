//! What a document says: sections of text, fields, tables and pictures, and the files it carries.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What kind of document it is.
    pub kind: String,
    /// What it is about.
    pub title: String,
    /// What stands under its title.
    pub lead: Vec<Run>,
    /// What stands on every page: what names the document.
    pub mark: String,
    /// When it was made, as RFC 3339 in UTC.
    pub made: String,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Files it carries.
    pub files: Vec<File>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(Vec<Run>),
    /// Text whose lines stay as they are.
    Lines(String),
    /// Names with values.
    Fields(Vec<Field>),
    /// A table.
    Table(Table),
    /// A picture, which is one of the files.
    Picture {
        /// Its name among the files.
        file: String,
        /// What it shows.
        caption: String,
    },
    /// The files the document carries.
    Files,
}

/// A name with a value.
pub type Field = (String, Vec<Run>);

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, each with a cell for every column.
    pub rows: Vec<Vec<Vec<Run>>>,
}

/// Text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The text.
    pub text: String,
    /// How it looks.
    pub style: Style,
}

/// How text looks. No style says anything alone: words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As any text.
    Plain,
    /// It stands out.
    Strong,
    /// It does not hold any more, and can still be read.
    Struck,
}

/// A file that a document carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What it is, in words.
    pub what: String,
    /// Its content.
    pub content: Vec<u8>,
}

impl Run {
    /// Text as any.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::Plain }
    }

    /// Text that stands out.
    pub fn strong(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::Strong }
    }

    /// Text that does not hold any more.
    pub fn struck(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::Struck }
    }
}

impl File {
    /// The hash of its content.
    #[must_use]
    pub fn sha256(&self) -> String {
        let hash = Sha256::digest(&self.content);
        hash.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            write!(text, "{byte:02x}").ok();
            text
        })
    }
}

impl Document {
    /// A file it carries, by its name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The files as a table.
    pub(crate) fn files_table(&self) -> Table {
        let cell = |text: String| vec![Run::plain(text)];
        let row = |file: &File| {
            vec![
                cell(file.name.clone()),
                cell(file.what.clone()),
                cell(file.content.len().to_string()),
                cell(file.sha256()),
            ]
        };
        Table {
            caption: "Files inside this document".to_owned(),
            columns: ["File", "What it is", "Bytes", "SHA-256"].map(str::to_owned).into(),
            rows: self.files.iter().map(row).collect(),
        }
    }
}
