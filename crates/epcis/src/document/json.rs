//! Reading JSON with every problem noted, where it is.
//!
//! A [`Value`] is a slice of the document's text that is known to be valid JSON, with the path
//! that leads to it. Nothing is parsed before it is asked for, so numbers keep their digits and
//! fields of one's own their text.

use super::context::Scope;
use super::problem::{Code, Problem};
use super::{DEPTH_MAX, FIELDS_MAX, PROBLEMS_MAX};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Collects what is found while a document is read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// What the document is refused for.
    pub(super) problems: Vec<Problem>,
    /// What is worth knowing but no reason to refuse.
    pub(super) findings: Vec<Problem>,
    /// Prefixes declared where the reader stands.
    pub(super) scope: Scope,
}

impl Reader {
    pub(super) fn problem(&mut self, path: &Path<'_>, code: Code, message: impl fmt::Display) {
        push(&mut self.problems, path, code, &message);
    }

    pub(super) fn finding(&mut self, path: &Path<'_>, code: Code, message: impl fmt::Display) {
        push(&mut self.findings, path, code, &message);
    }

    /// Whether no further problem would be kept, so that reading on is of no use.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }
}

fn push(list: &mut Vec<Problem>, path: &Path<'_>, code: Code, message: &dyn fmt::Display) {
    if list.len() < PROBLEMS_MAX {
        list.push(Problem { path: path.to_string(), code, message: message.to_string() });
    }
}

/// Where in the document a value stands; each step lives on the stack of its reader.
#[derive(Debug)]
pub(super) enum Path<'p> {
    Root,
    Field(&'p Self, &'p str),
    Item(&'p Self, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(parent, name) => {
                write!(formatter, "{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(parent, index) => write!(formatter, "{parent}/{index}"),
        }
    }
}

/// A JSON value, not yet looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a, 'p> {
    /// Its text in the document.
    pub(super) text: &'a str,
    pub(super) path: &'p Path<'p>,
}

/// What a JSON value is, as its first byte tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
}

impl Kind {
    const fn phrase(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::String => "text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Null => "null",
        }
    }
}

impl<'a> Value<'a, '_> {
    pub(super) fn kind(self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// Notes that the value is of the wrong kind.
    pub(super) fn wrong_kind(self, expected: &str, reader: &mut Reader) {
        let found = self.kind().phrase();
        reader.problem(self.path, Code::WrongKind, format!("expected {expected}, found {found}"));
    }

    fn expect_kind(self, kind: Kind, reader: &mut Reader) -> bool {
        let is_right = self.kind() == kind;
        if !is_right {
            self.wrong_kind(kind.phrase(), reader);
        }
        is_right
    }

    /// Parses the text as `T`; fails only on what the syntax check does not see, such as half of
    /// a surrogate pair.
    fn parse<T: Deserialize<'a>>(self, reader: &mut Reader) -> Option<T> {
        let parsed = serde_json::from_str(self.text);
        parsed.map_err(|error| reader.problem(self.path, Code::NotJson, error)).ok()
    }

    pub(super) fn string(self, reader: &mut Reader) -> Option<String> {
        if !self.expect_kind(Kind::String, reader) {
            return None;
        }
        self.parse(reader)
    }

    pub(super) fn boolean(self, reader: &mut Reader) -> Option<bool> {
        self.expect_kind(Kind::Boolean, reader).then_some(self.text == "true")
    }

    /// The digits of a number as written.
    pub(super) fn number(self, reader: &mut Reader) -> Option<&'a str> {
        self.expect_kind(Kind::Number, reader).then_some(self.text)
    }

    pub(super) fn is_empty_list(self) -> bool {
        let inner = self.text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        inner.is_some_and(|inner| inner.trim().is_empty())
    }

    /// The entries of a list that `read` makes something of.
    pub(super) fn items<T>(
        self,
        reader: &mut Reader,
        mut read: impl FnMut(Value<'a, '_>, &mut Reader) -> Option<T>,
    ) -> Option<Vec<T>> {
        if !self.expect_kind(Kind::Array, reader) {
            return None;
        }
        let raw: Vec<&'a RawValue> = self.parse(reader)?;
        let mut items = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            if reader.is_full() {
                return None;
            }
            let path = Path::Item(self.path, index);
            items.extend(read(Value { text: raw.get(), path: &path }, reader));
        }
        Some(items)
    }
}

impl<'a, 'p> Value<'a, 'p> {
    /// The fields of an object.
    pub(super) fn fields(self, reader: &mut Reader) -> Option<Fields<'a, 'p>> {
        if !self.expect_kind(Kind::Object, reader) {
            return None;
        }
        let Entries { entries, count } = self.parse(reader)?;
        if count > FIELDS_MAX {
            let message = format!("{count} fields, at most {FIELDS_MAX} in one object");
            reader.problem(self.path, Code::TooManyFields, message);
            return None;
        }
        let fields = Fields { entries, path: self.path };
        fields.report_duplicates(reader);
        Some(fields)
    }
}

/// The fields of an object that are still to be read.
#[derive(Debug)]
pub(super) struct Fields<'a, 'p> {
    entries: Vec<(String, &'a str)>,
    pub(super) path: &'p Path<'p>,
}

impl Fields<'_, '_> {
    /// Leaves nothing to be read and gives what there was.
    pub(super) fn take_all(&mut self) -> Self {
        Self { entries: core::mem::take(&mut self.entries), path: self.path }
    }
}

impl<'a> Fields<'a, '_> {
    fn report_duplicates(&self, reader: &mut Reader) {
        let mut names: Vec<&str> = self.entries.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            if let [first, second] = pair
                && first == second
            {
                let path = Path::Field(self.path, first);
                reader.problem(&path, Code::DuplicateField, "the field stands twice");
            }
        }
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let index = self.entries.iter().position(|(found, _)| found == name)?;
        Some(self.entries.remove(index).1)
    }

    /// Whether the field is there and not yet read.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(found, _)| found == name)
    }

    /// Whether the field is there, not yet read, and no empty list.
    pub(super) fn has_items(&self, name: &str) -> bool {
        let field = self.entries.iter().find(|(found, _)| found == name);
        field.is_some_and(|(_, text)| !Value { text, path: self.path }.is_empty_list())
    }

    /// Reads a field that may be absent.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        reader: &mut Reader,
        read: impl FnOnce(Value<'a, '_>, &mut Reader) -> Option<T>,
    ) -> Option<T> {
        let text = self.take(name)?;
        let path = Path::Field(self.path, name);
        read(Value { text, path: &path }, reader)
    }

    /// Looks at a field and leaves it to be read.
    pub(super) fn peek<T>(
        &self,
        name: &str,
        reader: &mut Reader,
        read: impl FnOnce(Value<'a, '_>, &mut Reader) -> Option<T>,
    ) -> Option<T> {
        let (_, text) = self.entries.iter().find(|(found, _)| found == name)?;
        let path = Path::Field(self.path, name);
        read(Value { text, path: &path }, reader)
    }

    /// Reads a field that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        reader: &mut Reader,
        read: impl FnOnce(Value<'a, '_>, &mut Reader) -> Option<T>,
    ) -> Option<T> {
        if !self.has(name) {
            self.missing(name, reader);
            return None;
        }
        self.optional(name, reader, read)
    }

    /// Notes that a field is missing.
    pub(super) fn missing(&self, name: &str, reader: &mut Reader) {
        reader.problem(self.path, Code::MissingField, format!("{name} is missing"));
    }

    /// Reads a list that may be absent, which is the same as empty.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        reader: &mut Reader,
        read: impl FnMut(Value<'a, '_>, &mut Reader) -> Option<T>,
    ) -> Vec<T> {
        let items = self.optional(name, reader, |value, reader| value.items(reader, read));
        items.unwrap_or_default()
    }

    /// What was not read, with the path it is at.
    pub(super) fn rest(
        self,
        reader: &mut Reader,
        mut each: impl FnMut(String, Value<'a, '_>, &mut Reader),
    ) {
        for (name, text) in self.entries {
            let path_name = name.clone();
            let path = Path::Field(self.path, &path_name);
            each(name, Value { text, path: &path }, reader);
        }
    }
}

/// An object's entries in order, duplicates included, none kept beyond [`FIELDS_MAX`].
struct Entries<'a> {
    entries: Vec<(String, &'a str)>,
    count: usize,
}

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        let mut count = 0_usize;
        while let Some((name, raw)) = map.next_entry::<String, &'de RawValue>()? {
            count = count.saturating_add(1);
            if count <= FIELDS_MAX {
                entries.push((name, raw.get()));
            }
        }
        Ok(Entries { entries, count })
    }
}

/// Checks that `text` is one JSON value, nested no deeper than [`DEPTH_MAX`], and gives it without
/// the white space around it.
pub(super) fn check_syntax(text: &str) -> Result<&str, Problem> {
    let refuse = |code, message| Problem { path: String::new(), code, message };
    let value: &RawValue =
        serde_json::from_str(text).map_err(|error| refuse(Code::NotJson, error.to_string()))?;
    let depth = depth(value.get());
    if depth > DEPTH_MAX {
        let message = format!("nested {depth} deep, at most {DEPTH_MAX}");
        return Err(refuse(Code::TooDeep, message));
    }
    Ok(value.get())
}

/// How deep objects and lists are nested in valid JSON.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut in_string = false;
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            // Whatever is escaped cannot end the string.
            b'\\' if in_string => drop(bytes.next()),
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
