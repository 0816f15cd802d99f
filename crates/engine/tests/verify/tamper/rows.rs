//! Every row of a data folder, to see what an alteration changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use store::{Table, ViewsReader};

use super::{Base, Named};

/// Rows of the three databases; absent where one cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    ledger: Option<ByKey>,
    views: Option<ByKey>,
    people: Option<ByKey>,
}

/// Rows by table and key.
type ByKey = BTreeMap<(String, String), String>;

const LEDGER: [(&str, &str); 6] = [
    ("entry", "SELECT position, received_us, log, members FROM entry"),
    ("tile", "SELECT level || '/' || tile_index, root, hashes FROM tile"),
    (
        "command",
        "SELECT hex(id), body_hash, answer,
                instr(answer, CAST('\"answer\":\"admitted\"' AS BLOB)) > 0 FROM command",
    ),
    ("checkpoint", "SELECT size, published, note FROM checkpoint"),
    ("header", "SELECT 'application_id', application_id FROM pragma_application_id"),
    ("header", "SELECT 'user_version', user_version FROM pragma_user_version"),
];
const PEOPLE: [(&str, &str); 3] = [
    ("person", "SELECT person, name, secret FROM person_key"),
    ("header", "SELECT 'application_id', application_id FROM pragma_application_id"),
    ("header", "SELECT 'user_version', user_version FROM pragma_user_version"),
];

impl Rows {
    pub(crate) fn read(folder: &Path) -> Self {
        Self {
            ledger: database(&folder.join("ledger.db"), &LEDGER).ok(),
            views: views(&folder.join("views.db")),
            people: database(&folder.join("people.db"), &PEOPLE).ok(),
        }
    }

    /// What a report must name, given the rows as they were; none where no row is another.
    pub(crate) fn changed(&self, base: &Base) -> Option<Vec<Named>> {
        let was = &base.rows;
        let mut named = Vec::new();
        match (&was.ledger, &self.ledger) {
            (Some(was), Some(is)) => named.extend(ledger_changes(was, is, base)?),
            _ => named.push(Named::File("ledger.db")),
        }
        match (&was.views, &self.views) {
            (Some(was), Some(is)) => named.extend(keys_changed(was, is).into_iter().map(
                |(table, key)| match key.as_str() {
                    // Another position is another fold: its rows are named.
                    "name='applied_position'" => Named::File("views.db"),
                    _ => Named::Thing(format!("views.db: {table} {key}")),
                },
            )),
            _ => named.push(Named::File("views.db")),
        }
        match (&was.people, &self.people) {
            (Some(was), Some(is)) => {
                // A key more than before opens nothing and may stand there after a crash.
                let mut changed = keys_changed(was, is);
                changed.retain(|key| was.contains_key(key));
                named.extend(changed.into_iter().map(|(table, person)| match table.as_str() {
                    "person" => Named::Thing(person),
                    _ => Named::File("people.db"),
                }));
            }
            _ => named.push(Named::File("people.db")),
        }
        (!named.is_empty()).then_some(named)
    }
}

fn ledger_changes(was: &ByKey, is: &ByKey, base: &Base) -> Option<Vec<Named>> {
    let mut named = BTreeSet::new();
    let mut heads = Vec::new();
    for (table, key) in keys_changed(was, is) {
        match table.as_str() {
            "entry" => {
                let position = key.parse::<u64>();
                // What nobody can read any more cannot be held against its digest.
                if position.as_ref().is_ok_and(|at| base.erased.contains(at)) {
                    return None;
                }
                named.insert(position.map_or(Named::File("ledger.db"), Named::Entry));
            }
            "tile" => drop(named.insert(Named::Thing(format!("tile {key}")))),
            // A refusal that is gone is not missed: it may have written nothing.
            "command" if refusal_gone(&key, was, is) => {}
            "command" => drop(named.insert(Named::Thing(uuid(&key)))),
            "checkpoint" => heads.push(key),
            _ => drop(named.insert(Named::File("ledger.db"))),
        }
    }
    // One of two rows is enough where a head changed its size; one that is only gone, and is not
    // the newest, cannot be missed.
    if let Some(key) = heads.iter().find(|key| is.contains_key(&row("checkpoint", key))) {
        named.insert(key.parse().map_or(Named::File("ledger.db"), Named::Head));
    } else if let Some(key) = heads.iter().find(|key| key.parse() == Ok(base.size)) {
        named.insert(Named::Head(key.parse().unwrap()));
    } else if !heads.is_empty() && named.is_empty() {
        return None;
    }
    Some(named.into_iter().collect())
}

fn refusal_gone(key: &str, was: &ByKey, is: &ByKey) -> bool {
    let row = row("command", key);
    !is.contains_key(&row) && was.get(&row).is_some_and(|body| body.ends_with("Integer(0) "))
}

fn row(table: &str, key: &str) -> (String, String) {
    (table.to_owned(), key.to_owned())
}

fn keys_changed(was: &ByKey, is: &ByKey) -> BTreeSet<(String, String)> {
    let keys: BTreeSet<_> = was.keys().chain(is.keys()).cloned().collect();
    keys.into_iter().filter(|key| was.get(key) != is.get(key)).collect()
}

/// A command's id as reports write it; another length stays as it is.
fn uuid(digits: &str) -> String {
    let digits = digits.to_lowercase();
    match digits.len() {
        32 => {
            domain::CommandId(u128::from_str_radix(&digits, 16).unwrap().to_be_bytes()).to_string()
        }
        _ => digits,
    }
}

fn database(path: &Path, queries: &[(&str, &str)]) -> rusqlite::Result<ByKey> {
    let path = format!("file:{}?immutable=1", path.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    let mut rows = ByKey::new();
    for (table, sql) in queries {
        let mut statement = connection.prepare(sql)?;
        let columns = statement.column_count();
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let key = match row.get_ref(0)? {
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                ValueRef::Integer(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            let mut body = String::new();
            for column in 1..columns {
                write!(body, "{:?} ", row.get_ref(column)?).unwrap();
            }
            rows.insert(((*table).to_owned(), key), body);
        }
    }
    Ok(rows)
}

fn views(path: &Path) -> Option<ByKey> {
    let reader = ViewsReader::open_at(path).ok()?;
    let mut rows = ByKey::new();
    for table in Table::ALL {
        reader
            .for_each_row(table, |row| {
                rows.insert((table.name().to_owned(), row.key), row.body);
            })
            .ok()?;
    }
    Some(rows)
}
