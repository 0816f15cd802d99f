use crate::new_folder;
use std::fs;
use store::{
    Difference, Edition, Error, Exception, Folder, MeasureKey, Stale, Table, Use, UsedIn, Views,
    ViewsReader, What, compare,
};

const EDITION: Edition = Edition { ledger_id: [9; 16], fold_version: 3 };
const KIND: u16 = 4;

fn new_views(folder: &Folder) -> Views {
    let fresh = folder.fresh_views(&EDITION).unwrap();
    folder.swap_in_views(None, fresh, &EDITION).unwrap()
}

fn used(from_us: i64, to_us: i64, position: u64) -> Use {
    Use { from_us, position, to_us }
}

fn measure(position: u64) -> MeasureKey<'static> {
    MeasureKey { parameter: "torque", unit: "N.m", position, ordinal: 0 }
}

/// One row in every table.
fn fill(views: &mut Views) {
    views.put_item(1, b"item").unwrap();
    views.put_edge(2, b"edge").unwrap();
    views.put_named(KIND, "A", b"named").unwrap();
    views.put_item_entries([(1, 0, 70)]).unwrap();
    views.put_uses(&[(KIND, "oven".to_owned(), used(10, 20, 70))]).unwrap();
    views.put_measures([(measure(70), "1.20")]).unwrap();
    views.put_exception(&exception(70, true)).unwrap();
}

fn exception(position: u64, open: bool) -> Exception {
    Exception { position, open, body: b"body".to_vec() }
}

/// Everything a reader answers about what [`fill`] put.
fn all(views: &ViewsReader) -> Vec<String> {
    let mut all = Vec::new();
    let mut note = |line: String| {
        all.push(line);
        Ok::<_, Error>(())
    };
    views.for_each_item(|idx, state| note(format!("item {idx} {state:?}"))).unwrap();
    views.for_each_edge(|idx, body| note(format!("edge {idx} {body:?}"))).unwrap();
    views.for_each_named(KIND, |code, body| note(format!("{code} {body:?}"))).unwrap();
    views.for_each_measure("torque", "N.m", |key, value| note(format!("{key:?} {value}"))).unwrap();
    views.for_each_exception(|exception| note(format!("{exception:?}"))).unwrap();
    all.extend(views.item(1).unwrap().map(|state| format!("item {state:?}")));
    all.extend(views.edge(2).unwrap().map(|body| format!("edge {body:?}")));
    all.extend(views.named(KIND, "A").unwrap().map(|body| format!("named {body:?}")));
    all.extend(views.exception(70).unwrap().map(|exception| format!("{exception:?}")));
    all.extend(views.open_exceptions(0, 9).unwrap().iter().map(|open| format!("open {open:?}")));
    all.extend(views.item_entries(1, None, 9).unwrap().iter().map(|entry| format!("{entry:?}")));
    all.extend(overlapping(views, 0, 100).iter().map(|used| format!("{used:?}")));
    all
}

fn overlapping(views: &ViewsReader, from_us: i64, to_us: i64) -> Vec<Use> {
    let asked = UsedIn { kind: KIND, code: "oven", from_us, to_us, after: None };
    views.used_in(&asked, 1000).unwrap()
}

#[test]
fn every_table_gives_back_what_was_put_and_forgets_what_was_deleted() {
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    assert_eq!(all(&views), [""; 0]);
    views.begin().unwrap();
    fill(&mut views);
    views.commit(71).unwrap();
    let reader = folder.reading().views(&EDITION).unwrap();
    assert_eq!(all(&reader).len(), 12);
    assert_eq!(reader.applied_position().unwrap(), 71);
    // The same again, with other content, replaces it.
    views.begin().unwrap();
    fill(&mut views);
    views.put_item(1, b"other").unwrap();
    views.put_exception(&exception(70, false)).unwrap();
    views.commit(72).unwrap();
    assert_eq!(reader.item(1).unwrap().unwrap(), b"other");
    assert_eq!(reader.exception(70).unwrap(), Some(exception(70, false)));
    assert_eq!(all(&reader).len(), 11);
    views.begin().unwrap();
    views.delete_item(1).unwrap();
    views.delete_edge(2).unwrap();
    views.delete_named(KIND, "A").unwrap();
    views.delete_item_entry(1, 0).unwrap();
    views.delete_used(KIND, "oven", used(10, 20, 70)).unwrap();
    views.delete_measure(measure(70)).unwrap();
    views.delete_exception(70).unwrap();
    views.commit(73).unwrap();
    assert_eq!(all(&reader), [""; 0]);
    assert_eq!(reader.faults().unwrap(), [""; 0]);
}

#[test]
fn rows_and_position_change_together() {
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    let reader = folder.reading().views(&EDITION).unwrap();
    views.begin().unwrap();
    fill(&mut views);
    assert_eq!((all(&views).len(), all(&reader).len()), (12, 0));
    views.rollback().unwrap();
    assert_eq!((all(&views).len(), views.applied_position().unwrap()), (0, 0));
    assert!(matches!(views.put_item(1, b""), Err(Error::Misused { .. })));
    assert!(matches!(views.commit(1), Err(Error::Misused { .. })));
    views.begin().unwrap();
    assert!(matches!(views.begin(), Err(Error::Misused { .. })));
    views.commit(5).unwrap();
    assert_eq!(reader.applied_position().unwrap(), 5);
}

#[test]
fn a_taker_may_stop_the_walk() {
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    views.begin().unwrap();
    fill(&mut views);
    views.put_item(5, b"never seen").unwrap();
    views.commit(1).unwrap();
    let stopped = views.for_each_item(|idx, _| match idx {
        1 => Err(Error::WriterFailed),
        _ => unreachable!("the walk went on"),
    });
    assert!(matches!(stopped, Err(Error::WriterFailed)));
}

#[test]
fn entries_of_an_item_come_in_pages() {
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    views.begin().unwrap();
    for sequence in 0..10 {
        views.put_item_entries([(1, sequence, 100 + sequence)]).unwrap();
        views.put_item_entries([(2, sequence, 200 + sequence)]).unwrap();
    }
    views.commit(1).unwrap();
    assert_eq!(views.item_entries(1, None, 3).unwrap(), [(0, 100), (1, 101), (2, 102)]);
    assert_eq!(views.item_entries(1, Some(7), 3).unwrap(), [(8, 108), (9, 109)]);
    assert_eq!(views.item_entries(3, None, 3).unwrap(), []);
}

#[test]
fn uses_overlap_a_window_whatever_their_length() {
    const SECOND: i64 = 1_000_000;
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    let mut expected = Vec::new();
    views.begin().unwrap();
    // Lengths on both sides of every border between classes, and windows that touch.
    let lengths = (0..9).flat_map(|class| {
        let border = 16_i64.pow(class) * SECOND;
        [0, border - 1, border, border + 1]
    });
    for (position, length) in (0..).step_by(4).zip(lengths) {
        let around = [
            used(-length, 0, position),
            used(-length - 1, -1, position + 1),
            used(SECOND, SECOND + length, position + 2),
            used(SECOND + 1, SECOND + 1 + length, position + 3),
        ];
        for used in around {
            views.put_uses(&[(KIND, "oven".to_owned(), used)]).unwrap();
        }
        views.put_uses(&[(KIND, "other".to_owned(), around[0])]).unwrap();
        views.put_uses(&[(KIND + 1, "oven".to_owned(), around[0])]).unwrap();
        expected.extend([around[0], around[2]]);
    }
    let for_ever = used(i64::MIN, i64::MAX, 9999);
    views.put_uses(&[(KIND, "oven".to_owned(), for_ever)]).unwrap();
    expected.push(for_ever);
    views.commit(1).unwrap();
    expected.sort_unstable();
    assert_eq!(overlapping(&views, 0, SECOND), expected);
    // The same in pages.
    let mut asked = UsedIn { kind: KIND, code: "oven", from_us: 0, to_us: SECOND, after: None };
    let mut paged = Vec::new();
    loop {
        let page = views.used_in(&asked, 7).unwrap();
        assert!(page.len() <= 7);
        paged.extend_from_slice(&page);
        if page.is_empty() {
            break;
        }
        asked.after = page.last().copied();
    }
    assert_eq!(paged, expected);
}

#[test]
fn open_exceptions_come_in_pages() {
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    views.begin().unwrap();
    for position in 0..10 {
        views.put_exception(&exception(position, position % 2 == 0)).unwrap();
    }
    views.commit(1).unwrap();
    let open = views.open_exceptions(3, 2).unwrap();
    assert_eq!(open, [exception(4, true), exception(6, true)]);
}

/// Opens the views of the folder with an edition and says why it could not.
fn why_stale(folder: &Folder, edition: &Edition) -> Stale {
    let by_writer = folder.views(edition).map(drop).unwrap_err();
    let by_reader = folder.reading().views(edition).map(drop).unwrap_err();
    assert_eq!(by_writer.to_string(), by_reader.to_string());
    let Error::Stale { why, .. } = by_writer else { panic!("{by_writer}") };
    why
}

#[test]
fn views_that_must_be_folded_anew_say_why() {
    let (_place, folder) = new_folder();
    assert_eq!(why_stale(&folder, &EDITION), Stale::Missing);
    drop(new_views(&folder));
    folder.views(&EDITION).unwrap();
    assert_eq!(why_stale(&folder, &Edition { fold_version: 4, ..EDITION }), Stale::OtherVersion);
    let other_ledger = Edition { ledger_id: [8; 16], ..EDITION };
    assert_eq!(why_stale(&folder, &other_ledger), Stale::OtherLedger);
    let path = folder.reading().path().join("views.db");
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    assert_eq!(why_stale(&folder, &EDITION), Stale::OtherVersion);
    fs::write(&path, vec![0x55; 8192]).unwrap();
    assert_eq!(why_stale(&folder, &EDITION), Stale::Damaged);
    fs::write(&path, b"").unwrap();
    assert_eq!(why_stale(&folder, &EDITION), Stale::Damaged);
    drop(new_views(&folder));
    folder.views(&EDITION).unwrap();
}

#[test]
fn fresh_views_take_the_place_of_the_former() {
    let (_place, folder) = new_folder();
    let mut former = new_views(&folder);
    former.begin().unwrap();
    fill(&mut former);
    former.commit(50).unwrap();
    let mut fresh = folder.fresh_views(&EDITION).unwrap();
    fresh.begin().unwrap();
    fresh.put_item(1, b"fresh").unwrap();
    fresh.commit(60).unwrap();
    let views = folder.swap_in_views(Some(former), fresh, &EDITION).unwrap();
    assert_eq!(views.applied_position().unwrap(), 60);
    assert_eq!(views.item(1).unwrap().unwrap(), b"fresh");
    assert_eq!(views.edge(2).unwrap(), None);
    drop(views);
    assert!(!folder.reading().path().join("views.db.new").exists());
    assert_eq!(folder.views(&EDITION).unwrap().applied_position().unwrap(), 60);
}

#[test]
fn a_log_left_by_former_views_does_not_reach_the_fresh_ones() {
    let (_place, folder) = new_folder();
    let path = folder.reading().path().to_owned();
    let mut former = new_views(&folder);
    former.begin().unwrap();
    fill(&mut former);
    former.commit(50).unwrap();
    // As a crash leaves it: the log is there, its file is not.
    let log = fs::read(path.join("views.db-wal")).unwrap();
    assert!(!log.is_empty());
    drop(former);
    fs::remove_file(path.join("views.db")).unwrap();
    fs::write(path.join("views.db-wal"), log).unwrap();
    assert_eq!(why_stale(&folder, &EDITION), Stale::Missing);
    let views = new_views(&folder);
    assert_eq!((all(&views).len(), views.applied_position().unwrap()), (0, 0));
}

#[test]
fn comparing_names_each_row_that_differs() {
    let (place, folder) = new_folder();
    let mut expected = new_views(&folder);
    let other = place.path().join("other.db");
    let mut found = Views::create_at(&other, &EDITION).unwrap();
    for views in [&mut expected, &mut found] {
        views.begin().unwrap();
        fill(views);
        views.put_named(KIND, "B", b"same").unwrap();
    }
    expected.commit(80).unwrap();
    found.commit(80).unwrap();
    assert_eq!(compare(&expected, &found, 100).unwrap(), []);

    expected.begin().unwrap();
    expected.put_item(0, b"missing").unwrap();
    expected.put_item(9, b"missing at the end").unwrap();
    expected.put_measures([(measure(70), "1.21")]).unwrap();
    expected.commit(81).unwrap();
    found.begin().unwrap();
    found.put_named(KIND, "AB", b"extra").unwrap();
    found.delete_exception(70).unwrap();
    found.put_item_entries([(1, 0, 71)]).unwrap();
    found.put_uses(&[(KIND, "oven".to_owned(), used(10, 21, 70))]).unwrap();
    found.commit(80).unwrap();
    let difference = |table, key: &str, what| Difference { table, key: key.to_owned(), what };
    let column = |name: &str| What::Column(name.to_owned());
    let differences = [
        difference("meta", "name='applied_position'", column("value")),
        difference("item", "idx=0", What::Missing),
        difference("item", "idx=9", What::Missing),
        difference("named", "kind=4 code='AB'", What::Extra),
        difference("item_entry", "item=1 sequence=0", column("position")),
        difference(
            "used",
            "kind=4 code='oven' length_class=0 from_us=10 position=70",
            column("to_us"),
        ),
        difference(
            "measure",
            "parameter='torque' unit='N.m' position=70 ordinal=0",
            column("value"),
        ),
        difference("exception", "position=70", What::Missing),
    ];
    assert_eq!(compare(&expected, &found, 100).unwrap(), differences);
    assert_eq!(compare(&expected, &found, 3).unwrap(), differences[..3]);
    let reader = ViewsReader::open_at(&other).unwrap();
    assert_eq!(compare(&expected, &reader, 100).unwrap(), differences);
}

#[test]
fn every_table_can_be_shown_row_by_row() {
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    views.begin().unwrap();
    fill(&mut views);
    views.commit(80).unwrap();
    let mut lines = Vec::new();
    for table in Table::ALL {
        let name = table.name();
        views
            .for_each_row(table, |row| lines.push(format!("{name} {} {}", row.key, row.body)))
            .unwrap();
    }
    let expected = [
        "meta name='applied_position' value=x'0000000000000050'",
        "meta name='fold_version' value=x'00000003'",
        "meta name='ledger_id' value=x'09090909090909090909090909090909'",
        "item idx=1 state=x'6974656d'",
        "edge idx=2 body=x'65646765'",
        "named kind=4 code='A' body=x'6e616d6564'",
        "item_entry item=1 sequence=0 position=70",
        "used kind=4 code='oven' length_class=0 from_us=10 position=70 to_us=20",
        "measure parameter='torque' unit='N.m' position=70 ordinal=0 value='1.20'",
        "exception position=70 open=1 body=x'626f6479'",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_log_of_the_views_has_its_checkpointer() {
    let (_place, folder) = new_folder();
    let mut views = new_views(&folder);
    let checkpointer = folder.views_checkpointer().unwrap();
    let state = [0; 100_000];
    for round in 0..200 {
        views.begin().unwrap();
        views.put_item(round, &state).unwrap();
        views.commit(round.into()).unwrap();
        checkpointer.run().unwrap();
        assert!(checkpointer.log_bytes().unwrap() < store::WAL_BYTES_WORTHWHILE + (1 << 20));
    }
}
