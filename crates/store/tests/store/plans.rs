//! How the hot queries find their rows: by a key, never by reading a whole table.
//!
//! Golden: a changed line here is a query that now reads something else.

use crate::new_folder;
use rusqlite::Connection;
use store::Edition;

macro_rules! golden {
    ($($path:literal => $plan:literal,)*) => {
        &[$(($path, include_str!(concat!("../../sql/", $path, ".sql")), $plan)),*]
    };
}

#[test]
fn of_the_ledger() {
    let golden = golden! {
        "ledger/entry" => "entry USING INTEGER PRIMARY KEY (rowid=?)",
        "ledger/entries" => "entry USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "ledger/last_position" => "entry",
        "ledger/logs" => "entry USING INTEGER PRIMARY KEY (rowid>?)",
        "ledger/tile" => "tile USING INDEX sqlite_autoindex_tile_1 (level=? AND tile_index=?)",
        "ledger/tile_roots" =>
            "tile USING INDEX sqlite_autoindex_tile_1 (level=? AND tile_index>?)",
        "ledger/command" => "command USING PRIMARY KEY (id=?)",
        "ledger/last_command" => "command USING PRIMARY KEY (id<?)",
        "ledger/drop_unpublished_checkpoint" =>
            "checkpoint USING INTEGER PRIMARY KEY (rowid=?); SCALAR SUBQUERY 1; checkpoint",
        "ledger/publish_checkpoint" => "checkpoint USING INTEGER PRIMARY KEY (rowid=?)",
        "ledger/latest_checkpoint" =>
            "checkpoint USING INTEGER PRIMARY KEY (rowid=?); SCALAR SUBQUERY 1; checkpoint",
        "ledger/checkpoints" => "checkpoint USING INTEGER PRIMARY KEY (rowid>?)",
    };
    check("ledger.db", golden);
}

#[test]
fn of_the_people() {
    let golden = golden! {
        "people/key" => "person_key USING PRIMARY KEY (person=?)",
        "people/erase" => "person_key USING PRIMARY KEY (person=?)",
    };
    check("people.db", golden);
}

#[test]
fn of_the_views() {
    let golden = golden! {
        "views/meta" => "meta USING PRIMARY KEY (name=?)",
        "views/item" => "item USING INTEGER PRIMARY KEY (rowid=?)",
        "views/edge" => "edge USING INTEGER PRIMARY KEY (rowid=?)",
        "views/named" => "named USING PRIMARY KEY (kind=? AND code=?)",
        "views/named_of" => "named USING PRIMARY KEY (kind=?)",
        "views/item_entries" => "item_entry USING PRIMARY KEY (item=? AND sequence>?)",
        "views/used_in" =>
            "used USING PRIMARY KEY (kind=? AND code=? AND length_class=? \
             AND (from_us,position)>(?,?) AND from_us<?)",
        "views/measures" => "measure USING PRIMARY KEY (parameter=? AND unit=?)",
        "views/exception" => "exception USING INTEGER PRIMARY KEY (rowid=?)",
        "views/open_exceptions" => "exception USING INDEX exception_open (position>?)",
        "views/delete_item" => "item USING INTEGER PRIMARY KEY (rowid=?)",
        "views/delete_edge" => "edge USING INTEGER PRIMARY KEY (rowid=?)",
        "views/delete_named" => "named USING PRIMARY KEY (kind=? AND code=?)",
        "views/delete_item_entry" => "item_entry USING PRIMARY KEY (item=? AND sequence=?)",
        "views/delete_used" =>
            "used USING PRIMARY KEY (kind=? AND code=? AND length_class=? \
             AND from_us=? AND position=?)",
        "views/delete_measure" =>
            "measure USING PRIMARY KEY (parameter=? AND unit=? AND position=? AND ordinal=?)",
        "views/delete_exception" => "exception USING INTEGER PRIMARY KEY (rowid=?)",
    };
    check("views.db", golden);
}

fn check(file: &str, golden: &[(&str, &str, &str)]) {
    let (_place, folder) = new_folder();
    let edition = Edition { ledger_id: [0; 16], fold_version: 0 };
    let fresh = folder.fresh_views(&edition).unwrap();
    drop(folder.swap_in_views(None, fresh, &edition).unwrap());
    let connection = Connection::open(folder.reading().path().join(file)).unwrap();
    for (path, sql, expected) in golden {
        assert_eq!(plan(&connection, sql), *expected, "{path}");
    }
}

/// What the database would do. A step that searches is shown by what it searches; one that reads a
/// whole table keeps its word SCAN.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement.raw_query().mapped(|row| row.get::<_, String>(3));
    let steps = steps.map(|step| step.unwrap().replace("SEARCH ", ""));
    steps.collect::<Vec<_>>().join("; ")
}
