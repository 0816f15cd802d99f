//! Row by row, what differs between two views files: served ones against a fold of the same ledger.
//!
//! Both tables are read in the order of their key, side by side, one row of each at a time.

use super::Reader;
use crate::error::{Error, Result};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Rows, Statement};
use std::cmp::Ordering;
use std::fmt::Write as _;

/// A table of the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// What the file was folded from and how far.
    Meta,
    /// Items of the genealogy.
    Item,
    /// Edges of the genealogy.
    Edge,
    /// Everything known by a code.
    Named,
    /// Entries of items.
    ItemEntry,
    /// Where something was used.
    Used,
    /// Measured values.
    Measure,
    /// Exceptions.
    Exception,
}

/// One row in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpedRow {
    /// The columns of its key, such as `kind=3 code='A'`.
    pub key: String,
    /// Its other columns.
    pub body: String,
}

/// A row that is not the same in both files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The name of the table.
    pub table: &'static str,
    /// The columns of the row's key, such as `kind=3 code='A'`.
    pub key: String,
    /// What is different.
    pub what: What,
}

/// How a row differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Expected, not found.
    Missing,
    /// Found, not expected.
    Extra,
    /// The first column that differs.
    Column(String),
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 8] = [
        Self::Meta,
        Self::Item,
        Self::Edge,
        Self::Named,
        Self::ItemEntry,
        Self::Used,
        Self::Measure,
        Self::Exception,
    ];

    /// Its name in the schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Item => "item",
            Self::Edge => "edge",
            Self::Named => "named",
            Self::ItemEntry => "item_entry",
            Self::Used => "used",
            Self::Measure => "measure",
            Self::Exception => "exception",
        }
    }

    /// Every row, its key first, in the order of its key.
    const fn dump(self) -> &'static str {
        match self {
            Self::Meta => include_str!("../../sql/views/dump_meta.sql"),
            Self::Item => include_str!("../../sql/views/dump_item.sql"),
            Self::Edge => include_str!("../../sql/views/dump_edge.sql"),
            Self::Named => include_str!("../../sql/views/dump_named.sql"),
            Self::ItemEntry => include_str!("../../sql/views/dump_item_entry.sql"),
            Self::Used => include_str!("../../sql/views/dump_used.sql"),
            Self::Measure => include_str!("../../sql/views/dump_measure.sql"),
            Self::Exception => include_str!("../../sql/views/dump_exception.sql"),
        }
    }

    /// How many columns of the dump are the key.
    const fn key_columns(self) -> usize {
        match self {
            Self::Meta | Self::Item | Self::Edge | Self::Exception => 1,
            Self::Named | Self::ItemEntry => 2,
            Self::Measure => 4,
            Self::Used => 5,
        }
    }
}

impl Reader {
    /// Hands every row of a table to `take`, in the order of its key.
    pub fn for_each_row(&self, table: Table, mut take: impl FnMut(DumpedRow)) -> Result<()> {
        let mut walk = Walk::prepare(self, table)?;
        let columns = walk.columns();
        let mut rows = walk.start()?;
        while let Some(row) = rows.next()? {
            let (key, body) = row.split_at(table.key_columns());
            let (key_columns, body_columns) = columns.split_at(table.key_columns());
            take(DumpedRow { key: words(key_columns, key), body: words(body_columns, body) });
        }
        Ok(())
    }
}

/// What differs between two views files, at most `limit` rows.
pub fn compare(expected: &Reader, found: &Reader, limit: usize) -> Result<Vec<Difference>> {
    let mut differences = Vec::new();
    for table in Table::ALL {
        compare_table(table, [expected, found], limit, &mut differences)?;
    }
    Ok(differences)
}

fn compare_table(
    table: Table,
    [expected, found]: [&Reader; 2],
    limit: usize,
    differences: &mut Vec<Difference>,
) -> Result<()> {
    let keys = table.key_columns();
    let mut expected = Walk::prepare(expected, table)?;
    let mut found = Walk::prepare(found, table)?;
    let columns = expected.columns();
    let (mut expected, mut found) = (expected.start()?, found.start()?);
    let (mut left, mut right) = (expected.next()?, found.next()?);
    while differences.len() < limit {
        let order = match (&left, &right) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => order(&left[..keys], &right[..keys]),
        };
        let what = match order {
            Ordering::Less => Some(What::Missing),
            Ordering::Greater => Some(What::Extra),
            Ordering::Equal => first_difference(&columns, left.as_deref(), right.as_deref()),
        };
        let row = if order == Ordering::Greater { &right } else { &left };
        if let (Some(what), Some(row)) = (what, row) {
            let key = words(&columns[..keys], &row[..keys]);
            differences.push(Difference { table: table.name(), key, what });
        }
        if order != Ordering::Greater {
            left = expected.next()?;
        }
        if order != Ordering::Less {
            right = found.next()?;
        }
    }
    Ok(())
}

fn first_difference(
    columns: &[String],
    left: Option<&[Value]>,
    right: Option<&[Value]>,
) -> Option<What> {
    let mut pairs = columns.iter().zip(left?.iter().zip(right?));
    pairs.find(|(_, (left, right))| left != right).map(|(name, _)| What::Column(name.clone()))
}

/// A table being read in the order of its key.
struct Walk<'a> {
    reader: &'a Reader,
    statement: Statement<'a>,
}

/// The rows of a walk.
struct Started<'a, 's> {
    reader: &'a Reader,
    rows: Rows<'s>,
    columns: usize,
}

const ACTION: &str = "read the rows of";

impl<'a> Walk<'a> {
    fn prepare(reader: &'a Reader, table: Table) -> Result<Self> {
        let database = reader.database();
        let statement = database.connection().prepare(table.dump());
        Ok(Self { reader, statement: statement.map_err(database.failed(ACTION))? })
    }

    fn columns(&self) -> Vec<String> {
        self.statement.column_names().into_iter().map(ToOwned::to_owned).collect()
    }

    fn start(&mut self) -> Result<Started<'a, '_>> {
        let reader = self.reader;
        let columns = self.statement.column_count();
        let rows = self.statement.query([]).map_err(reader.database().failed(ACTION))?;
        Ok(Started { reader, rows, columns })
    }
}

impl Started<'_, '_> {
    fn next(&mut self) -> Result<Option<Vec<Value>>> {
        let failed = |error| -> Error { self.reader.database().failed(ACTION)(error) };
        let Some(row) = self.rows.next().map_err(failed)? else { return Ok(None) };
        let values: rusqlite::Result<Vec<Value>> =
            (0..self.columns).map(|column| row.get_ref(column).map(value)).collect();
        values.map(Some).map_err(failed)
    }
}

/// A value as it stands; text that is none, which only a damaged file has, counts as bytes.
fn value(stored: ValueRef<'_>) -> Value {
    match stored {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Blob(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// The order SQLite keeps: nothing, numbers, text, bytes; text and bytes byte by byte.
fn order(left: &[Value], right: &[Value]) -> Ordering {
    let pairs = left.iter().zip(right);
    pairs.map(|(left, right)| order_of_values(left, right)).fold(Ordering::Equal, Ordering::then)
}

fn order_of_values(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.total_cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Blob(left), Value::Blob(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    }
}

fn words(columns: &[String], values: &[Value]) -> String {
    let mut words = String::new();
    for (column, value) in columns.iter().zip(values) {
        let gap = if words.is_empty() { "" } else { " " };
        let written = match value {
            Value::Null => write!(words, "{gap}{column}=NULL"),
            Value::Integer(number) => write!(words, "{gap}{column}={number}"),
            Value::Real(number) => write!(words, "{gap}{column}={number}"),
            Value::Text(text) => write!(words, "{gap}{column}='{text}'"),
            Value::Blob(bytes) => {
                let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                write!(words, "{gap}{column}=x'{digits}'")
            }
        };
        written.expect("invariant: writing to a string does not fail");
    }
    words
}
