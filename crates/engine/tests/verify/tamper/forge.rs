//! Alterations by somebody who knows the formats: everything altered still reads.

use std::fs;
use std::path::Path;

use merkle::checkpoint::{Checkpoint, Signed};
use merkle::entry::{
    LedgerId, MemberState, decode_log, decode_members, encode_log, encode_members,
};
use merkle::note::SigningKey;
use merkle::tree::root_of;
use merkle::{Hash, hash};
use rusqlite::{Connection, params};

use super::alter::{Alter, any_entry, blob, judged, key_of, ledger, set_blob};
use super::{Altered, Base, Named, copy_folder};
use crate::load::Chance;

pub(crate) const FORGERIES: &[(&str, Alter)] = &[
    ("entry: another header", header),
    ("entry: members in another order", members_turned),
    ("entry: a member more or less", member_count),
    ("entry: one put in between", put_between),
    ("entry: three change places", three_turn),
    ("tile: a hash, with its root", tile_hash_and_root),
    ("head: signed by another key", head_of_another_key),
    ("head: another root, rightly signed", head_of_another_root),
    ("views: two rows change places", views_swapped),
    ("people: two keys change places", people_swapped),
    ("site.key: another key", site_key_replaced),
    ("a table, index or trigger more", foreign_object),
    ("a branch of the history in its place", branch),
    ("the ledger of another site in its place", another_site),
];

fn header(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    let connection = ledger(path);
    let (mut header, digests) = decode_log(&blob(&connection, "log", position)).unwrap();
    match chance.below(5) {
        0 => header.received_us += 1,
        1 => header.position += 1,
        2 => header.entry_type = "fact.scrap".to_owned(),
        3 => header.type_version += 1,
        _ => header.ledger = LedgerId([9; 16]),
    }
    set_blob(&connection, "log", position, &encode_log(&header, &digests).unwrap());
    drop(connection);
    judged(base, path, format!("entry {position}: another header, encoded anew"))
}

fn members_changed(
    (base, path, position): (&Base, &Path, u64),
    what: &str,
    change: impl FnOnce(&mut Vec<MemberState>),
) -> Option<Altered> {
    let connection = ledger(path);
    let mut states = decode_members(&blob(&connection, "members", position)).unwrap();
    change(&mut states);
    set_blob(&connection, "members", position, &encode_members(&states).ok()?);
    drop(connection);
    judged(base, path, format!("entry {position}: {what}"))
}

fn members_turned(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    members_changed((base, path, position), "members turned", |states| {
        let by = 1 + chance.below(states.len() - 1);
        states.rotate_left(by);
    })
}

fn member_count(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let position = any_entry(chance, base);
    members_changed((base, path, position), "a member more or less", |states| {
        let at = chance.below(states.len());
        let member = states.remove(at);
        if chance.below(2) == 0 {
            states.extend([member.clone(), member]);
        }
    })
}

fn put_between(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let (at, of) = (any_entry(chance, base), any_entry(chance, base));
    let sql = format!(
        "CREATE TEMP TABLE copied AS SELECT * FROM entry WHERE position = {of};
         UPDATE entry SET position = -position - 1 WHERE position >= {at};
         UPDATE entry SET position = -position WHERE position < 0;
         UPDATE copied SET position = {at};
         INSERT INTO entry SELECT * FROM copied;"
    );
    ledger(path).execute_batch(&sql).unwrap();
    judged(base, path, format!("entry {of} once more at {at}, those after it moved up"))
}

fn three_turn(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let at = [(); 3].map(|()| any_entry(chance, base));
    if at[0] == at[1] || at[1] == at[2] || at[0] == at[2] {
        return None;
    }
    let [a, b, c] = at;
    let sql = format!(
        "UPDATE entry SET position = -1 WHERE position = {a};
         UPDATE entry SET position = {a} WHERE position = {b};
         UPDATE entry SET position = {b} WHERE position = {c};
         UPDATE entry SET position = {c} WHERE position = -1;"
    );
    ledger(path).execute_batch(&sql).unwrap();
    judged(base, path, format!("entries {at:?} turned"))
}

fn tile_hash_and_root(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let connection = ledger(path);
    let sql = "SELECT tile_index, hashes FROM tile WHERE level = 0 ORDER BY tile_index LIMIT 1";
    let (index, bytes): (u64, Vec<u8>) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut hashes: Vec<Hash> = bytes.as_chunks::<32>().0.iter().copied().map(Hash).collect();
    let (one, other) = (chance.below(256), chance.below(256));
    hashes.swap(one, other);
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
    let sql = "UPDATE tile SET root = ?2, hashes = ?3 WHERE level = 0 AND tile_index = ?1";
    connection.execute(sql, params![index, root_of(&hashes).0, bytes]).unwrap();
    drop(connection);
    judged(base, path, format!("tile {index}: hashes {one} and {other} swapped, with its root"))
}

/// Signs a stored head anew, after a change.
fn sign_anew(path: &Path, key: &SigningKey, change: impl FnOnce(&mut Checkpoint)) {
    let connection = ledger(path);
    let sql = "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1";
    let (size, note): (u64, String) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut checkpoint = Signed::parse(&note).unwrap().checkpoint;
    change(&mut checkpoint);
    let note = checkpoint.sign(key).unwrap().note.to_string();
    let sql = "UPDATE checkpoint SET note = ?2 WHERE size = ?1";
    connection.execute(sql, params![size, note]).unwrap();
}

fn head_of_another_key(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let Hash(seed) = hash::sha256(&chance.draw().to_be_bytes());
    let key = SigningKey::from_seed(base.site_key.name(), seed).unwrap();
    sign_anew(path, &key, |_| {});
    judged(base, path, "the newest head, signed by another key".to_owned())
}

fn head_of_another_root(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let seeds = store::ReadFolder::open(path).unwrap().seeds().unwrap();
    let key = SigningKey::from_seed(base.site_key.name(), seeds.last().unwrap().0).unwrap();
    sign_anew(path, &key, |head| head.root.0[chance.below(32)] ^= 1);
    judged(base, path, "the newest head with another root, rightly signed".to_owned())
}

fn views_swapped(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    const COLUMNS: [(&str, &str); 6] = [
        ("item", "state"),
        ("edge", "body"),
        ("named", "body"),
        ("item_entry", "position"),
        ("measure", "value"),
        ("exception", "body"),
    ];
    let (table, column) = *chance.pick(&COLUMNS);
    let connection = Connection::open(path.join("views.db")).unwrap();
    let count = format!("SELECT count(*) FROM {table}");
    let count: usize = connection.query_row(&count, [], |row| row.get(0)).unwrap();
    let (one, other) = (chance.below(count), chance.below(count));
    let key = key_of(table);
    let sql = format!(
        "CREATE TEMP TABLE two AS SELECT {key}, {column} AS was,
            row_number() OVER (ORDER BY {key}) - 1 AS number FROM {table};
         DELETE FROM two WHERE number NOT IN ({one}, {other});
         UPDATE {table} SET {column} = (SELECT was FROM two WHERE ({key}) <> ({own}))
         WHERE ({key}) IN (SELECT {key} FROM two) AND {one} <> {other};",
        own = key.split(", ").map(|part| format!("{table}.{part}")).collect::<Vec<_>>().join(", ")
    );
    let sql = sql.replace(
        &format!("WHERE ({key}) <>"),
        &format!(
            "WHERE ({}) <>",
            key.split(", ").map(|part| format!("two.{part}")).collect::<Vec<_>>().join(", ")
        ),
    );
    connection.execute_batch(&sql).unwrap();
    drop(connection);
    judged(base, path, format!("views: {column} of rows {one} and {other} of {table}"))
}

fn people_swapped(chance: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    let connection = Connection::open(path.join("people.db")).unwrap();
    let person = |chance: &mut Chance| -> (String, Vec<u8>) {
        let sql = "SELECT person, secret FROM person_key ORDER BY person LIMIT 1 OFFSET ?1";
        let row =
            connection.query_row(sql, [chance.below(10)], |row| Ok((row.get(0)?, row.get(1)?)));
        row.unwrap()
    };
    let (one, other) = (person(chance), person(chance));
    let sql = "UPDATE person_key SET secret = ?2 WHERE person = ?1";
    connection.execute(sql, params![one.0, other.1]).unwrap();
    connection.execute(sql, params![other.0, one.1]).unwrap();
    drop(connection);
    judged(base, path, format!("the keys of {} and {}", one.0, other.0))
}

fn site_key_replaced(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let path = path.join("site.key");
    let key = hash::sha256(&chance.draw().to_be_bytes());
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    *lines.last_mut().unwrap() = key.to_string();
    fs::write(&path, lines.join("\n")).unwrap();
    Some(Altered { what: "the last key".to_owned(), named: vec![Named::File("site.key")] })
}

fn foreign_object(chance: &mut Chance, _: &Base, path: &Path) -> Option<Altered> {
    let (file, table, column) = *chance.pick(&[
        ("ledger.db", "entry", "position"),
        ("ledger.db", "command", "id"),
        ("views.db", "item", "idx"),
        ("views.db", "named", "code"),
        ("people.db", "person_key", "person"),
    ]);
    let sql = match chance.below(4) {
        0 => "CREATE TABLE more (a)".to_owned(),
        1 => format!("CREATE INDEX more ON {table} ({column})"),
        2 => format!("CREATE VIEW more AS SELECT * FROM {table}"),
        _ => format!("CREATE TRIGGER more AFTER INSERT ON {table} BEGIN SELECT 1; END"),
    };
    Connection::open(path.join(file)).unwrap().execute_batch(&sql).unwrap();
    Some(Altered { what: format!("{file}: {sql}"), named: vec![Named::File(file)] })
}

/// Puts another folder in place of the whole.
fn replaced(by: &Path, path: &Path, what: &str) -> Option<Altered> {
    fs::remove_dir_all(path).unwrap();
    copy_folder(by, path);
    Some(Altered { what: what.to_owned(), named: vec![Named::Witness] })
}

fn branch(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    replaced(&base.branch, path, "an earlier day, gone on from with the same keys")
}

fn another_site(_: &mut Chance, base: &Base, path: &Path) -> Option<Altered> {
    replaced(&base.another, path, "a ledger of others, whole in itself")
}
