//! The kinds of alterations.

use std::fs;
use std::path::{Path, PathBuf};

use merkle::Hash;
use merkle::entry::{
    Member, MemberState, decode_log, decode_members, encode_log, encode_members, member_digest,
};
use merkle::tree::{leaf_hash, root_of};
use rusqlite::{Connection, params};

use super::rows::Rows;
use super::{Altered, Base, Named, copy_folder};
use crate::load::Chance;

/// Alters the folder; none where what was drawn changes nothing that anybody could tell.
pub(crate) type Alter = fn(&mut Chance, &Base, &Path) -> Option<Altered>;

pub(crate) const ALTERATIONS: &[(&str, Alter)] = &[
    ("entry: a byte of the log", log_byte),
    ("entry: a byte of the members", members_byte),
    ("entry: the time it came", received),
    ("entry: deleted", entry_deleted),
    ("entry: two change places", entries_swapped),
    ("entry: one more at the end", entry_added),
    ("entry: the members of another", members_of_another),
    ("entry: two salts change places", salts_swapped),
    ("entry: a value, well formed", value_changed),
    ("entry: a value, with its digest", value_and_digest),
    ("entry: a value, with digest and tile", value_digest_and_tile),
    ("entry: a member withheld", member_withheld),
    ("tile: a byte of the hashes", tile_hashes),
    ("tile: a byte of the root", tile_root),
    ("tile: deleted", tile_deleted),
    ("tile: one too many", tile_added),
    ("head: a byte of the note", head_byte),
    ("head: another size", head_size),
    ("head: the newest deleted", head_deleted),
    ("head: the note of another", head_swapped),
    ("command: a byte of the answer", answer_byte),
    ("command: the hash of the body", body_hash),
    ("command: deleted", command_deleted),
    ("command: another id", command_id),
    ("command: two answers change places", answers_swapped),
    ("views: a column", view_column),
    ("views: a row deleted", view_deleted),
    ("views: a row added", view_added),
    ("people: a key deleted", person_deleted),
    ("people: a byte of a key", person_byte),
    ("people: the file of an earlier day", people_earlier),
    ("site.key: a digit", site_key_digit),
    ("site.key: deleted or cut", site_key_cut),
    ("files: a byte", file_byte),
    ("files: deleted or renamed", file_gone),
    ("ledger.db: a raw byte", ledger_raw),
    ("ledger.db: a raw byte again", ledger_raw),
    ("views.db: a raw byte", views_raw),
    ("people.db: a raw byte", people_raw),
    ("a database cut short", cut_short),
    ("ledger.db of an earlier day", ledger_earlier),
    ("the whole folder of an earlier day", folder_earlier),
    ("the tail cut off with all that tells", tail_cut),
];

pub(super) fn ledger(path: &Path) -> Connection {
    Connection::open(path.join("ledger.db")).unwrap()
}

/// Compares all rows and says what must be named.
pub(super) fn judged(base: &Base, path: &Path, what: String) -> Option<Altered> {
    let named = Rows::read(path).changed(base)?;
    Some(Altered { what, named })
}

/// Flips a bit of a random byte of a blob.
fn flip(chance: &mut Chance, bytes: &mut [u8]) -> usize {
    let at = chance.below(bytes.len());
    bytes[at] ^= 1 << chance.below(8);
    at
}

pub(super) fn any_entry(chance: &mut Chance, base: &Base) -> u64 {
    u64::try_from(chance.below(usize::try_from(base.size).unwrap())).unwrap()
}

pub(super) fn blob(connection: &Connection, column: &str, position: u64) -> Vec<u8> {
    let sql = format!("SELECT {column} FROM entry WHERE position = ?1");
    connection.query_row(&sql, [position], |row| row.get(0)).unwrap()
}

pub(super) fn set_blob(connection: &Connection, column: &str, position: u64, bytes: &[u8]) {
    let sql = format!("UPDATE entry SET {column} = ?2 WHERE position = ?1");
    connection.execute(&sql, params![position, bytes]).unwrap();
}

fn entry_byte(chance: &mut Chance, base: &Base, path: &Path, column: &str) -> Option<Altered> {
    let position = any_entry(chance, base);
    let connection = ledger(path);
    let mut bytes = blob(&connection, column, position);
    let at = flip(chance, &mut bytes);
    set_blob(&connection, column, position, &bytes);
    drop(connection);
    judged(base, path, format!("byte {at} of {column} of entry {position}"))
}

fn log_byte(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    entry_byte(chance, base, path, "log")
}

fn members_byte(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    entry_byte(chance, base, path, "members")
}

fn received(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    let sql = "UPDATE entry SET received_us = received_us + ?2 WHERE position = ?1";
    ledger(path).execute(sql, params![position, 1 + chance.draw() % 5]).unwrap();
    judged(base, path, format!("the time of entry {position}"))
}

fn entry_deleted(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    ledger(path).execute("DELETE FROM entry WHERE position = ?1", [position]).unwrap();
    judged(base, path, format!("entry {position} deleted"))
}

fn entries_swapped(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (one, other) = (any_entry(chance, base), any_entry(chance, base));
    let connection = ledger(path);
    let sql = "UPDATE entry SET position = ?2 WHERE position = ?1";
    for (from, to) in [
        (i64::try_from(one).unwrap(), -9),
        (i64::try_from(other).unwrap(), i64::try_from(one).unwrap()),
        (-9, i64::try_from(other).unwrap()),
    ] {
        connection.execute(sql, params![from, to]).unwrap();
    }
    drop(connection);
    judged(base, path, format!("entries {one} and {other} swapped"))
}

fn entry_added(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    let sql = "INSERT INTO entry SELECT ?2, received_us, log, members FROM entry
               WHERE position = ?1";
    let to = *chance.pick(&[i64::try_from(base.size).unwrap(), -1]);
    ledger(path).execute(sql, params![position, to]).unwrap();
    judged(base, path, format!("entry {position} once more at {to}"))
}

fn members_of_another(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (one, other) = (any_entry(chance, base), any_entry(chance, base));
    let connection = ledger(path);
    let members = blob(&connection, "members", other);
    set_blob(&connection, "members", one, &members);
    drop(connection);
    judged(base, path, format!("entry {one} with the members of {other}"))
}

fn members(connection: &Connection, position: u64) -> Vec<MemberState> {
    decode_members(&blob(connection, "members", position)).unwrap()
}

fn salts_swapped(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    let connection = ledger(path);
    let mut states = members(&connection, position);
    let open: Vec<usize> =
        (0..states.len()).filter(|at| matches!(states[*at], MemberState::Open(_))).collect();
    let (one, other) = (*chance.pick(&open), *chance.pick(&open));
    let salt = |state: &MemberState| match state {
        MemberState::Open(member) => member.salt,
        MemberState::Sealed { .. } | MemberState::Withheld { .. } => unreachable!("open"),
    };
    let (first, second) = (salt(&states[one]), salt(&states[other]));
    for (at, salt) in [(one, second), (other, first)] {
        if let MemberState::Open(member) = &mut states[at] {
            member.salt = salt;
        }
    }
    set_blob(&connection, "members", position, &encode_members(&states).unwrap());
    drop(connection);
    judged(base, path, format!("salts {one} and {other} of entry {position}"))
}

/// Changes a letter or digit of an open value; answers where, and the member as it then is.
fn other_value(chance: &mut Chance, states: &mut [MemberState]) -> Option<(usize, Member)> {
    let at = chance.below(states.len());
    let MemberState::Open(member) = &mut states[at] else { return None };
    let places: Vec<usize> = (0..member.value.len())
        .filter(|place| member.value[*place].is_ascii_alphanumeric())
        .collect();
    if places.is_empty() {
        return None;
    }
    let byte = &mut member.value[*chance.pick(&places)];
    *byte = if byte.is_ascii_digit() { b'0' + (*byte - b'0' + 1) % 10 } else { *byte ^ 0x20 };
    Some((at, member.clone()))
}

fn value_changed(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    let connection = ledger(path);
    let mut states = members(&connection, position);
    let (_, member) = other_value(chance, &mut states)?;
    set_blob(&connection, "members", position, &encode_members(&states).unwrap());
    drop(connection);
    judged(base, path, format!("entry {position}: {} is another value", member.name))
}

/// A value and the digest that stands for it, as somebody would who knows the format.
fn forge(chance: &mut Chance, base: &Base, path: &Path) -> Option<(u64, Vec<u8>)> {
    let position = any_entry(chance, base);
    let connection = ledger(path);
    let mut states = members(&connection, position);
    let (at, member) = other_value(chance, &mut states)?;
    let (header, mut digests) = decode_log(&blob(&connection, "log", position)).unwrap();
    digests[at] = member_digest(&member.name, &member.value, &member.salt);
    let log = encode_log(&header, &digests).unwrap();
    set_blob(&connection, "log", position, &log);
    set_blob(&connection, "members", position, &encode_members(&states).unwrap());
    Some((position, log))
}

fn value_and_digest(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (position, _) = forge(chance, base, path)?;
    judged(base, path, format!("entry {position}: a value with its digest"))
}

fn value_digest_and_tile(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (position, log) = forge(chance, base, path)?;
    let connection = ledger(path);
    let sql = "SELECT hashes FROM tile WHERE level = 0 AND tile_index = ?1";
    let index = position / 256;
    let hashes: Vec<u8> = connection.query_row(sql, [index], |row| row.get(0)).ok()?;
    let mut hashes: Vec<Hash> = hashes.as_chunks::<32>().0.iter().copied().map(Hash).collect();
    hashes[usize::try_from(position % 256).unwrap()] = leaf_hash(&log);
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
    let sql = "UPDATE tile SET root = ?2, hashes = ?3 WHERE level = 0 AND tile_index = ?1";
    connection.execute(sql, params![index, root_of(&hashes).0, bytes]).unwrap();
    drop(connection);
    // The tile fits the entry: that the two are not what was signed is all that can be told.
    let what = format!("entry {position}: a value with its digest and its tile");
    Some(Altered { what, named: vec![Named::Entry(position)] })
}

fn member_withheld(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    let connection = ledger(path);
    let mut states = members(&connection, position);
    let (_, digests) = decode_log(&blob(&connection, "log", position)).unwrap();
    let at = chance.below(states.len());
    states[at] = MemberState::Withheld { digest: digests[at] };
    set_blob(&connection, "members", position, &encode_members(&states).unwrap());
    drop(connection);
    judged(base, path, format!("member {at} of entry {position} withheld"))
}

/// Flips a bit in a column of a random row.
fn any_byte(chance: &mut Chance, (file, table): (&Path, &str), column: &str) -> Option<String> {
    let connection = Connection::open(file).unwrap();
    let order = if table == "tile" { "level, tile_index" } else { "1" };
    let sql = format!("SELECT count(*) FROM {table}");
    let count: usize = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
    let at = chance.below(count);
    let sql =
        format!("SELECT CAST({column} AS BLOB) FROM {table} ORDER BY {order} LIMIT 1 OFFSET {at}");
    let mut bytes: Vec<u8> = connection.query_row(&sql, [], |row| row.get(0)).ok()?;
    let former = bytes.clone();
    let byte = flip(chance, &mut bytes);
    let kind = if column == "note" { "TEXT" } else { "BLOB" };
    let sql = format!(
        "UPDATE {table} SET {column} = CAST(?1 AS {kind}) WHERE CAST({column} AS BLOB) = ?2"
    );
    connection.execute(&sql, params![bytes, former]).ok()?;
    Some(format!("{table} row {at}: byte {byte} of {column}"))
}

fn ledger_byte(
    chance: &mut Chance,
    base: &Base,
    path: &Path,
    (table, column): (&str, &str),
) -> Option<Altered> {
    let what = any_byte(chance, (&path.join("ledger.db"), table), column)?;
    judged(base, path, what)
}

fn tile_hashes(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    ledger_byte(chance, base, path, ("tile", "hashes"))
}

fn tile_root(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    ledger_byte(chance, base, path, ("tile", "root"))
}

fn head_byte(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    ledger_byte(chance, base, path, ("checkpoint", "note"))
}

fn answer_byte(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    ledger_byte(chance, base, path, ("command", "answer"))
}

fn body_hash(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    ledger_byte(chance, base, path, ("command", "body_hash"))
}

fn command_id(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    ledger_byte(chance, base, path, ("command", "id"))
}

fn tile_deleted(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    ledger(path).execute("DELETE FROM tile WHERE level = 0 AND tile_index = 0", []).unwrap();
    judged(base, path, "tile 0/0 deleted".to_owned())
}

fn tile_added(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let level = chance.below(8);
    let sql = "INSERT INTO tile SELECT ?1, 7, root, hashes FROM tile LIMIT 1";
    ledger(path).execute(sql, [level]).unwrap();
    let named = vec![Named::Thing(format!("level {level}"))];
    Some(Altered { what: format!("a tile too many at level {level}"), named })
}

fn head_size(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let sql = "UPDATE checkpoint SET size = size + ?1 WHERE size = (SELECT size FROM checkpoint
               ORDER BY size LIMIT 1 OFFSET ?2)";
    let by = *chance.pick(&[-1_i64, 1, 3]);
    let changed = ledger(path).execute(sql, params![by, chance.below(4)]).ok()?;
    if changed == 0 {
        return None;
    }
    judged(base, path, format!("a head over {by} entries more"))
}

fn head_deleted(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let sql = "DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)";
    ledger(path).execute(sql, []).unwrap();
    judged(base, path, "the newest head deleted".to_owned())
}

fn head_swapped(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let sql = "UPDATE checkpoint SET note = (SELECT note FROM checkpoint ORDER BY size LIMIT 1)
               WHERE size = (SELECT max(size) FROM checkpoint)";
    ledger(path).execute(sql, []).unwrap();
    judged(base, path, "the newest head with the note of the oldest".to_owned())
}

fn command_deleted(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    // A refusal that wrote nothing is not missed: only answers that admit are drawn.
    let sql = "DELETE FROM command WHERE id = (SELECT id FROM command
               WHERE instr(answer, CAST('\"answer\":\"admitted\"' AS BLOB)) > 0
               ORDER BY id LIMIT 1 OFFSET ?1)";
    let changed = ledger(path).execute(sql, [chance.below(250)]).unwrap();
    if changed == 0 {
        return None;
    }
    judged(base, path, "a command deleted".to_owned())
}

fn answers_swapped(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let sql = "UPDATE command SET answer = (SELECT answer FROM command ORDER BY id
               LIMIT 1 OFFSET ?1) WHERE id = (SELECT id FROM command ORDER BY id LIMIT 1 OFFSET ?2)";
    ledger(path).execute(sql, [chance.below(300), chance.below(300)]).unwrap();
    judged(base, path, "an answer in the place of another".to_owned())
}

pub(super) const VIEWS: [(&str, &[&str]); 8] = [
    ("meta", &["value"]),
    ("item", &["state", "idx"]),
    ("edge", &["body", "idx"]),
    ("named", &["body", "code", "kind"]),
    ("item_entry", &["position", "sequence", "item"]),
    ("used", &["to_us", "position", "code"]),
    ("measure", &["value", "ordinal", "unit"]),
    ("exception", &["open", "body", "position"]),
];

/// A random row of a random table of the views, as a condition on its first columns.
fn view_row(
    chance: &mut Chance,
    path: &Path,
) -> Option<(Connection, &'static str, &'static [&'static str], usize)> {
    let (table, columns) = *chance.pick(&VIEWS);
    let connection = Connection::open(path.join("views.db")).unwrap();
    let sql = format!("SELECT count(*) FROM {table}");
    let count: usize = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
    let at = chance.below(count);
    (count > 0).then_some((connection, table, columns, at))
}

/// The columns of a table that are its key.
pub(super) fn key_of(table: &str) -> &'static str {
    match table {
        "meta" => "name",
        "item" | "edge" => "idx",
        "named" => "kind, code",
        "item_entry" => "item, sequence",
        "used" => "kind, code, length_class, from_us, position",
        "measure" => "parameter, unit, position, ordinal",
        _ => "position",
    }
}

fn view_column(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (connection, table, columns, at) = view_row(chance, path)?;
    let column = *chance.pick(columns);
    let key = key_of(table);
    let other = match column {
        "value" if table == "measure" => "value || '1'".to_owned(),
        "state" | "body" | "value" => format!(
            "CAST(substr({column}, 1, length({column}) - 1) || x'{:02x}' AS BLOB)",
            chance.below(256)
        ),
        "code" | "unit" => format!("{column} || 'x'"),
        "open" => "1 - open".to_owned(),
        _ => format!("{column} + {}", 100_000 + chance.below(9)),
    };
    let sql = format!(
        "UPDATE {table} SET {column} = {other} WHERE ({key}) =
         (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {at})"
    );
    connection.execute(&sql, []).ok()?;
    drop(connection);
    judged(base, path, format!("views: {column} of row {at} of {table}"))
}

fn view_deleted(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (connection, table, _, at) = view_row(chance, path)?;
    let key = key_of(table);
    let sql = format!(
        "DELETE FROM {table} WHERE ({key}) =
         (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {at})"
    );
    connection.execute(&sql, []).unwrap();
    drop(connection);
    if table == "meta" {
        let what = format!("views: row {at} of meta deleted");
        return Some(Altered { what, named: vec![Named::File("views.db")] });
    }
    judged(base, path, format!("views: row {at} of {table} deleted"))
}

fn view_added(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (connection, table, _, at) = view_row(chance, path)?;
    let columns = match table {
        "meta" => "name || 'x', value",
        "item" => "idx + 5000, state",
        "edge" => "idx + 5000, body",
        "named" => "kind, code || 'x', body",
        "item_entry" => "item, sequence + 5000, position",
        "used" => "kind, code || 'x', length_class, from_us, to_us, position",
        "measure" => "parameter, unit, position, ordinal + 7, value",
        _ => "position + 5000, open, body",
    };
    let sql = format!("INSERT INTO {table} SELECT {columns} FROM {table} LIMIT 1 OFFSET {at}");
    connection.execute(&sql, []).unwrap();
    drop(connection);
    judged(base, path, format!("views: a row more in {table}"))
}

fn person_deleted(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let sql = "DELETE FROM person_key WHERE person = (SELECT person FROM person_key
               ORDER BY person LIMIT 1 OFFSET ?1)";
    let connection = Connection::open(path.join("people.db")).unwrap();
    if connection.execute(sql, [chance.below(20)]).unwrap() == 0 {
        return None;
    }
    drop(connection);
    judged(base, path, "the key of a person deleted".to_owned())
}

fn person_byte(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let column = *chance.pick(&["name", "secret"]);
    let what = any_byte(chance, (&path.join("people.db"), "person_key"), column)?;
    judged(base, path, what)
}

fn people_earlier(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    fs::copy(base.earlier.join("people.db"), path.join("people.db")).unwrap();
    judged(base, path, "people.db of an earlier day".to_owned())
}

fn site_key_digit(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let path = path.join("site.key");
    let mut text = fs::read(&path).unwrap();
    let places: Vec<usize> = (text.iter().position(|byte| *byte == b'\n').unwrap()..text.len())
        .filter(|at| text[*at].is_ascii_hexdigit())
        .collect();
    let at = *chance.pick(&places);
    text[at] = if text[at] == b'7' { b'8' } else { b'7' };
    fs::write(&path, text).unwrap();
    Some(Altered { what: format!("digit {at}"), named: vec![Named::File("site.key")] })
}

fn site_key_cut(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let path = path.join("site.key");
    let text = fs::read(&path).unwrap();
    if chance.below(3) == 0 {
        fs::remove_file(&path).unwrap();
    } else {
        fs::write(&path, &text[..chance.below(text.len() - 1)]).unwrap();
    }
    Some(Altered { what: "cut or deleted".to_owned(), named: vec![Named::File("site.key")] })
}

/// A file, and whether entries name it.
fn any_file(chance: &mut Chance, path: &Path) -> PathBuf {
    let files = fs::read_dir(path.join("files")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    chance.pick(&files).clone()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn file_byte(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let file = any_file(chance, path);
    let mut bytes = fs::read(&file).unwrap();
    if chance.below(3) == 0 {
        bytes.truncate(chance.below(bytes.len() - 1));
    } else {
        flip(chance, &mut bytes);
    }
    fs::write(&file, bytes).unwrap();
    let named = vec![Named::Thing(name_of(&file))];
    Some(Altered { what: "the content of a file".to_owned(), named })
}

fn file_gone(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let file = any_file(chance, path);
    if fs::read(&file).unwrap() != b"certificate 1" {
        // No entry names the others: a file nobody needs may go.
        return None;
    }
    let what = if chance.below(2) == 0 {
        fs::remove_file(&file).unwrap();
        "a file deleted"
    } else {
        fs::rename(&file, file.with_file_name("0".repeat(64))).unwrap();
        "a file renamed"
    };
    let sql = "SELECT position FROM entry WHERE instr(members, ?1) > 0 LIMIT 1";
    let name = name_of(&file).into_bytes();
    let naming: u64 = ledger(&base.path).query_row(sql, [name], |row| row.get(0)).unwrap();
    Some(Altered { what: what.to_owned(), named: vec![Named::Entry(naming)] })
}

fn raw_byte(chance: &mut Chance, base: &Base, path: &Path, file: &str) -> Option<Altered> {
    let target = path.join(file);
    let mut bytes = fs::read(&target).unwrap();
    let at = flip(chance, &mut bytes);
    fs::write(&target, bytes).unwrap();
    judged(base, path, format!("raw byte {at} of {file}"))
}

fn ledger_raw(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    raw_byte(chance, base, path, "ledger.db")
}

fn views_raw(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    raw_byte(chance, base, path, "views.db")
}

fn people_raw(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    raw_byte(chance, base, path, "people.db")
}

fn cut_short(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let file = *chance.pick(&["ledger.db", "views.db", "people.db"]);
    let target = path.join(file);
    let bytes = fs::read(&target).unwrap();
    let length = chance.below(bytes.len());
    fs::write(&target, &bytes[..length]).unwrap();
    Some(Altered { what: format!("{file} cut to {length}"), named: vec![Named::File(file)] })
}

fn ledger_earlier(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    fs::copy(base.earlier.join("ledger.db"), path.join("ledger.db")).unwrap();
    let named = vec![Named::File("views.db"), Named::Witness];
    Some(Altered { what: "ledger.db of an earlier day".to_owned(), named })
}

fn folder_earlier(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    fs::remove_dir_all(path).unwrap();
    copy_folder(&base.earlier, path);
    let what = "the folder of an earlier day, whole in itself".to_owned();
    Some(Altered { what, named: vec![Named::Witness] })
}

/// Entries, answers and heads after a published head are removed, and the views with them.
fn tail_cut(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let connection = ledger(path);
    let sql = "SELECT size FROM checkpoint WHERE published = 1 AND size > 256 ORDER BY size
               LIMIT 1 OFFSET ?1";
    let size: u64 = connection.query_row(sql, [chance.below(2)], |row| row.get(0)).ok()?;
    if connection.execute("DELETE FROM entry WHERE position >= ?1", [size]).unwrap() == 0 {
        return None;
    }
    connection.execute("DELETE FROM checkpoint WHERE size > ?1", [size]).unwrap();
    drop(connection);
    fs::remove_file(path.join("views.db")).unwrap();
    let what = format!("everything after {size} entries removed");
    Some(Altered { what, named: vec![Named::Witness] })
}
