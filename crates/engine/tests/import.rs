//! Files as input: what a row says is what the record shows, a second time changes nothing, and
//! what is bad is named by row, with nothing half-written.

#![cfg(test)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use domain::{Answer, Command, ItemRef};
use engine::{ImportAnswer, ImportAsk, ImportFormat, Options, Plant};
use serde_json::{Value, json};

/// A plant in a folder of its own, and files to import beside it.
struct World {
    folder: tempfile::TempDir,
    plant: Option<Plant>,
    files: Cell<u32>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plant = Some(open(folder.path()));
        Self { folder, plant, files: Cell::new(0) }
    }

    fn plant(&self) -> &Plant {
        self.plant.as_ref().unwrap()
    }

    fn restart(&mut self) {
        self.plant = None;
        self.plant = Some(open(self.folder.path()));
    }

    /// A file with this content; its name has no extension unless one is given.
    fn file(&self, extension: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.files.set(self.files.get() + 1);
        let path = self.folder.path().join(format!("file-{}{extension}", self.files.get()));
        fs::write(&path, content).unwrap();
        path
    }

    fn import(&self, ask: &ImportAsk) -> ImportAnswer {
        self.plant().import(ask, &mut |_| {}, &|| false).unwrap()
    }

    fn csv(&self, content: impl AsRef<[u8]>) -> ImportAnswer {
        self.import(&asked(self.file(".csv", content)))
    }

    fn lines(&self, content: impl AsRef<[u8]>) -> ImportAnswer {
        self.import(&asked(self.file(".jsonl", content)))
    }

    fn told(&self, acts: Value) {
        let command = Command::report(serde_json::from_value(acts).unwrap());
        let reply = self.plant().submit(command, "test").unwrap();
        assert!(matches!(reply.answer, Answer::Admitted(_)), "{reply:?}");
        self.plant().published().wait_for(reply.position).unwrap();
    }

    /// The attributes of a unit's record.
    fn record(&self, serial: &str) -> BTreeMap<String, Value> {
        let item: ItemRef = format!("serial:{serial}").parse().unwrap();
        let ask = engine::query::RecordAsk::now(item);
        self.plant().record(&ask).unwrap().attributes
    }

    fn size(&self) -> u64 {
        self.plant().at()[0].position.0
    }

    fn exceptions(&self) -> usize {
        self.plant().published().read().exceptions().len()
    }
}

fn open(folder: &Path) -> Plant {
    Plant::open(&folder.join("plant"), &Options::default(), |_| {}).unwrap()
}

fn asked(source: PathBuf) -> ImportAsk {
    ImportAsk { source, by: "test".to_owned(), ..ImportAsk::default() }
}

fn counts(answer: &ImportAnswer) -> (u64, u64, u64) {
    (answer.imported, answer.unchanged, answer.rejected_count)
}

fn attributes(fields: Value) -> BTreeMap<String, Value> {
    serde_json::from_value(fields).unwrap()
}

const HEADER: &str = "serialNumber,partNumber,pcbPartNumber,fwVersion,hwRevision,deviceType,\
                      lotCode,workOrder,productionOrder,palletId,packageId,cloudId,colour\n";
const ROW: &str = "SN-1,LP-300,PCB-7,2.4.1,F,pump,77120-A,WO-1,PO-9,PL-1,PK-1,c-1,blue\n";

fn row_says() -> Value {
    json!({"serialNumber": "SN-1", "partNumber": "LP-300", "pcbPartNumber": "PCB-7",
        "fwVersion": "2.4.1", "hwRevision": "F", "deviceType": "pump", "lotCode": "77120-A",
        "workOrder": "WO-1", "productionOrder": "PO-9", "palletId": "PL-1", "packageId": "PK-1",
        "cloudId": "c-1", "colour": "blue"})
}

#[test]
fn the_record_says_what_the_row_said() {
    let mut world = World::new();
    let file = format!("{HEADER}{ROW}");
    let answer = world.csv(&file);
    assert_eq!(counts(&answer), (1, 0, 0), "{answer:?}");
    assert!(answer.complete);
    assert_eq!(answer.exceptions, 0);
    assert_eq!(answer.notes, ["kept as fields of your own: colour"]);
    assert_eq!(world.record("SN-1"), attributes(row_says()));
    let build = engine::query::RecordAsk::now("version:2.4.1".parse().unwrap());
    let build = world.plant().record(&build).unwrap();
    assert_eq!(build.balance, None, "a build is software: nothing of it is received or used up");
    assert_eq!(build.status, domain::item::Status::InStock);
    let size = world.size();
    // The same file, a file that says the same, and a row that says less.
    assert_eq!(counts(&world.csv(&file)), (0, 1, 0));
    let other = file.replace('\n', "\r\n");
    assert_eq!(counts(&world.csv(other)), (0, 1, 0));
    assert_eq!(counts(&world.csv("serialNumber,lotCode\nSN-1,\n")), (0, 1, 0));
    assert_eq!(world.size(), size, "nothing new was written");
    world.restart();
    assert_eq!(counts(&world.csv(&file)), (0, 1, 0));
    assert_eq!(world.record("SN-1"), attributes(row_says()));
}

#[test]
fn a_changed_value_imports_just_the_change() {
    let world = World::new();
    world.csv(format!("{HEADER}{ROW}{}", ROW.replace("SN-1", "SN-2").replace("c-1", "c-2")));
    let changes = [
        ("fwVersion", "2.5.0", vec!["replace"]),
        ("pcbPartNumber", "PCB-8", vec!["create", "replace"]),
        ("lotCode", "77120-B", vec!["assign"]),
        ("workOrder", "WO-2", vec!["assign"]),
        ("productionOrder", "PO-10", vec!["assign"]),
        ("packageId", "PK-2", vec!["unpack", "pack"]),
        ("cloudId", "c-9", vec!["withdraw", "identify"]),
        ("colour", "red", vec!["describe"]),
        ("hwRevision", "G", vec!["changePart"]),
        ("partNumber", "LP-301", vec!["changePart"]),
    ];
    let mut expect = attributes(row_says());
    for (field, value, acts) in changes {
        let before = world.size();
        let answer = world.csv(format!("serialNumber,{field}\nSN-1,{value}\n"));
        assert_eq!(counts(&answer), (1, 0, 0), "{field}: {answer:?}");
        assert_eq!(acts_of_unit(&world, before), acts, "{field}");
        expect.insert(field.to_owned(), Value::from(value));
        if field == "packageId" {
            expect.remove("palletId");
        }
        if field == "hwRevision" || field == "partNumber" {
            // A part nobody said the kind of device of.
            expect.remove("deviceType");
        }
        assert_eq!(world.record("SN-1"), expect, "{field}");
    }
    let pallet = world.csv("serialNumber,packageId,palletId\nSN-1,PK-2,PL-2\n");
    assert_eq!(counts(&pallet), (1, 0, 0), "{pallet:?}");
    expect.insert("palletId".to_owned(), Value::from("PL-2"));
    assert_eq!(world.record("SN-1"), expect);
    let alone = world.csv("serialNumber,palletId\nSN-1,PL-3\n");
    assert_eq!(counts(&alone), (1, 0, 0), "{alone:?}");
    expect.insert("palletId".to_owned(), Value::from("PL-3"));
    expect.remove("packageId");
    assert_eq!(world.record("SN-1"), expect);
    assert_eq!(world.exceptions(), 0);
    assert_eq!(world.record("SN-2")["fwVersion"], "2.4.1", "its neighbour is as it was");
}

#[test]
fn a_recall_begins_at_what_rows_have_in_common() {
    let world = World::new();
    let mut file = "serialNumber,partNumber,lotCode,fwVersion,pcbPartNumber\n".to_owned();
    for number in 0..30 {
        let (lot, firmware) = (number % 3, number % 2);
        writeln!(file, "SN-{number},LP-300,L-{lot},1.{firmware},PCB-7").unwrap();
    }
    assert_eq!(counts(&world.csv(file)), (30, 0, 0));
    let units = |ask: &Value| {
        let ask = serde_json::from_value(ask.clone()).unwrap();
        let answer = world.plant().scope(&ask).unwrap();
        let all = answer.items.iter().chain(&answer.start);
        let serials = all.filter_map(|line| line.serial_number.clone());
        serials.collect::<std::collections::BTreeSet<_>>()
    };
    let every = |step: usize, from: usize| {
        (from..30)
            .step_by(step)
            .map(|n| format!("SN-{n}"))
            .collect::<std::collections::BTreeSet<_>>()
    };
    let like = |by: &str| json!({"like": {"item": "serial:SN-1", "by": by}});
    assert_eq!(units(&like("lotCode")), every(3, 1));
    assert_eq!(units(&like("fwVersion")), every(2, 1));
    assert_eq!(units(&like("pcbPartNumber")), every(1, 0));
    assert_eq!(units(&json!({"from": [{"start": "item", "item": "lot:L-2"}]})), every(3, 2));
    assert_eq!(units(&json!({"from": [{"start": "item", "item": "version:1.0"}]})), every(2, 0));
}

/// What was told of units since a position: the acts of the commands that name a row.
fn acts_of_unit(world: &World, since: u64) -> Vec<&'static str> {
    let ledger = world.plant().ledger().unwrap();
    let mut acts = Vec::new();
    for position in since + 1..=world.size() {
        let stored = ledger.entry(position).unwrap().unwrap();
        let text = String::from_utf8_lossy(&stored.members).into_owned();
        if !text.contains(" row ") {
            continue;
        }
        let (_, kind) = domain::act::ACTS
            .iter()
            .map(|(word, kind)| (word, kind))
            .filter(|(_, kind)| String::from_utf8_lossy(&stored.log).contains(**kind))
            .map(|(word, kind)| (kind, *word))
            .max_by_key(|(kind, _)| kind.len())
            .unwrap();
        acts.push(kind);
    }
    acts
}

#[test]
fn columns_of_other_systems_are_read_as_they_are() {
    let world = World::new();
    let answer = world.csv(
        "tenant;provision.init_id;provision.init_key;manufacturing.serial_number;\
         manufacturing.part_number;manufacturing.lot_code;manufacturing.pallet_id;wifi_password\n\
         acme;c-1;top-secret-key;SN-1;LP-300;77120-A;PL-1;hidden-word\n",
    );
    assert_eq!(counts(&answer), (1, 0, 0), "{answer:?}");
    let said = json!({"serialNumber": "SN-1", "partNumber": "LP-300", "lotCode": "77120-A",
        "palletId": "PL-1", "cloudId": "c-1", "tenant": "acme"});
    assert_eq!(world.record("SN-1"), attributes(said));
    assert!(answer.notes.iter().any(|note| note.contains("provision.init_key, wifi_password")));
    let lines = world.lines(
        "{\"tenant\":\"acme\",\"connectable\":{\"init_id\":\"c-2\",\"init_key\":\"top-secret-key\"},\
         \"manufacturing\":{\"serialNumber\":\"SN-2\",\"lotCode\":\"77120-A\",\"slots\":[1,2]}}\n",
    );
    assert_eq!(counts(&lines), (1, 0, 0), "{lines:?}");
    let said = json!({"serialNumber": "SN-2", "partNumber": "unspecified", "lotCode": "77120-A",
        "cloudId": "c-2", "tenant": "acme", "slots": [1, 2]});
    assert_eq!(world.record("SN-2"), attributes(said));
    // No credential is anywhere in the data folder, not even in the file that is kept.
    let plant = world.folder.path().join("plant");
    let mut looked = 0;
    for folder in [plant.clone(), plant.join("files")] {
        for file in fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            let Ok(bytes) = fs::read(&file) else { continue };
            looked += 1;
            for secret in ["top-secret-key", "hidden-word"] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} is in {}", file.display());
            }
        }
    }
    assert!(looked > 4);
}

/// A file, and the rows of it that are refused: number, code, column.
type Refusal<'a> = (&'a [u8], &'a [(u64, &'a str, &'a str)]);

/// Rows and codes that are refused.
fn refused(world: &World, extension: &str, content: &[u8], expect: &[(u64, &str, &str)]) {
    let size = world.size();
    let answer = world.import(&asked(world.file(extension, content)));
    let found: Vec<(u64, String, String)> = answer
        .rejected
        .iter()
        .map(|r| (r.row, r.code.to_string(), r.column.clone().unwrap_or_default()))
        .collect();
    let expect: Vec<_> =
        expect.iter().map(|(row, code, column)| (*row, (*code).into(), (*column).into())).collect();
    let shown = String::from_utf8_lossy(content).chars().take(80).collect::<String>();
    assert_eq!(found, expect, "{shown:?}: {:?}", answer.rejected);
    assert!(answer.rejected.iter().all(|rejected| rejected.reason.len() > 10));
    assert_eq!(answer.rejected_count, expect.len() as u64);
    assert_eq!((answer.imported, answer.complete), (0, false), "{shown:?}");
    assert_eq!(world.size(), size, "{shown:?}: nothing is half-written");
}

#[test]
fn bad_input_of_every_kind_is_named_and_nothing_is_written() {
    let world = World::new();
    let long = format!("serialNumber\n{}\n", "x".repeat(201));
    let row_too_long = format!("serialNumber,a\nSN-1,{}\nSN-2,b\n", "x".repeat(300_000));
    let headers: String = (0..600).map(|n| format!("h{n},")).collect();
    let csv: &[Refusal<'_>] = &[
        (b"", &[(1, "TW0031", "")]),
        (b"\n\n", &[(1, "TW0031", "")]),
        (b"\xef\xbb\xbf", &[(1, "TW0031", "")]),
        (b"serialNumber,lotCode\n", &[(1, "TW0031", "")]),
        (b"PK\x03\x04....", &[(1, "TW0031", "")]),
        (b"\xff\xfes\0e\0r\0", &[(1, "TW0031", "")]),
        (b"serialNumber\nSN\0-1\n", &[(1, "TW0031", "")]),
        (b"lotCode,colour\nA,blue\n", &[(1, "TW0001", "")]),
        (b"serialNumber,serial_number\nA,B\n", &[(1, "TW0001", "serial_number")]),
        (b"serialNumber,colour,colour\nA,B,C\n", &[(1, "TW0001", "colour")]),
        (headers.as_bytes(), &[(1, "TW0006", "")]),
        (b"serialNumber\n\nSN-1\n \n  ,x\n", &[(5, "TW0001", "")]),
        (b"serialNumber,lotCode\nSN-1\nSN-2,a,b\n", &[(2, "TW0001", ""), (3, "TW0001", "")]),
        (b"serialNumber,lotCode\n,L-1\n", &[(2, "TW0001", "serialNumber")]),
        (long.as_bytes(), &[(2, "TW0006", "serialNumber")]),
        (row_too_long.as_bytes(), &[(2, "TW0006", "")]),
        (b"serialNumber,lotCode\nSN-1,a\x07b\n", &[(2, "TW0001", "lotCode")]),
        (b"serialNumber,lotCode\nSN-1,\xe9t\xe9\n", &[(2, "TW0001", "lotCode")]),
        (b"serialNumber,lotCode\nSN-1,\"open\nSN-2,x\n", &[(2, "TW0001", "")]),
        (b"serialNumber,\nSN-1,x\n", &[(2, "TW0001", "column 2")]),
        (
            b"serialNumber\nSN-1\nSN-2\nSN-1\n",
            &[(2, "TW0010", "serialNumber"), (4, "TW0010", "serialNumber")],
        ),
        (
            b"serialNumber,cloudId\nSN-1,c\nSN-2,c\n",
            &[(2, "TW0010", "cloudId"), (3, "TW0010", "cloudId")],
        ),
        (b"serialNumber,packageId,palletId\nA,PK,PL-1\nB,PK,PL-2\n", &[(3, "TW0001", "palletId")]),
        (b"serialNumber,packageId,palletId\nA,X,X\n", &[(2, "TW0011", "packageId")]),
        (b"serialNumber,packageId,palletId\nA,X,\nB,,X\n", &[(3, "TW0001", "packageId")]),
        (
            b"serialNumber,partNumber,deviceType\nA,P,pump\nB,P,scale\n",
            &[(3, "TW0001", "deviceType")],
        ),
    ];
    for (content, expect) in csv {
        refused(&world, ".csv", content, expect);
    }
    let lines: &[Refusal<'_>] = &[
        (b"{\"serialNumber\":\"A\"}\nnot json\n", &[(2, "TW0001", "")]),
        (b"[{\"serialNumber\":\"A\"}]", &[(1, "TW0031", "")]),
        (b"<xml/>", &[(1, "TW0031", "")]),
        (b"{\"lotCode\":\"A\"}\n", &[(1, "TW0001", "serialNumber")]),
        (b"{\"serialNumber\":1.5}\n", &[(1, "TW0001", "serialNumber")]),
        (b"{\"serialNumber\":\"A\",\"weight\":1.5}\n", &[(1, "TW0029", "weight")]),
        (b"{\"serialNumber\":\"A\",\"serial_number\":\"B\"}\n", &[(1, "TW0001", "serial_number")]),
        (b"{\"acts\":[]}\n", &[(1, "TW0006", "acts")]),
        (b"{\"acts\":[{\"act\":\"fly\"}]}\n", &[(1, "TW0001", "acts")]),
    ];
    for (content, expect) in lines {
        refused(&world, ".jsonl", content, expect);
    }
}

#[test]
fn rows_are_held_against_what_is_recorded() {
    let world = World::new();
    world.told(json!([
        {"act":"defineMaterial","part":{"number":"P"},"name":"P","tracking":"serial","baseUnit":"ea",
         "deviceType":"pump"},
        {"act":"create","kind":"lot","part":{"number":"P"},
         "items":[{"identifiers":[{"scheme":"serialNumber","value":"LOT"}],"quantity":1}]},
        {"act":"create","kind":"pallet","items":[{"identifiers":[
            {"scheme":"containerCode","value":"PL"}]}]},
        {"act":"create","kind":"unit","part":{"number":"P"},"items":[
            {"identifiers":[{"scheme":"serialNumber","value":"OLD"},
                            {"scheme":"cloudId","value":"c-1"}]},
            {"identifiers":[{"scheme":"serialNumber","value":"TWIN"}]},
            {"identifiers":[{"issuer":"MAKER","scheme":"serialNumber","value":"TWIN"}]}]},
        {"act":"identify","item":"serial:OLD","identifiers":[
            {"scheme":"serialNumber","value":"NEW"}]},
        {"act":"withdraw","item":"serial:OLD","reason":"relabelled",
         "identifier":{"scheme":"serialNumber","value":"OLD"}}
    ]));
    let table: &[(&str, &str, &str)] = &[
        ("serialNumber\nLOT\n", "TW0011", "serialNumber"),
        ("serialNumber\nOLD\n", "TW0010", "serialNumber"),
        ("serialNumber\nTWIN\n", "TW0003", "serialNumber"),
        ("serialNumber,packageId\nA,PL\n", "TW0011", "packageId"),
        ("serialNumber,cloudId\nA,c-1\n", "TW0010", "cloudId"),
        ("serialNumber,partNumber,deviceType\nA,P,scale\n", "TW0029", "deviceType"),
        ("serialNumber,pcbPartNumber\nA,P\n", "TW0018", "pcbPartNumber"),
    ];
    for (content, code, column) in table {
        refused(&world, ".csv", content.as_bytes(), &[(2, code, column)]);
    }
    assert_eq!(counts(&world.csv("serialNumber,partNumber,deviceType\nA,P,pump\n")), (1, 0, 0));
}

#[test]
fn a_dry_run_says_what_would_be_and_the_good_rows_can_be_written() {
    let world = World::new();
    let path = world.file(".csv", "serialNumber,lotCode\nSN-1,L\n,L\nSN-2,L\n");
    let size = world.size();
    let dry = world.import(&ImportAsk { dry_run: true, ..asked(path.clone()) });
    assert_eq!(counts(&dry), (2, 0, 1));
    assert!(!dry.complete);
    assert_eq!(counts(&world.import(&asked(path.clone()))), (0, 0, 1));
    assert_eq!(world.size(), size);
    assert_eq!(fs::read_dir(world.folder.path().join("plant/files")).unwrap().count(), 0);
    let good = world.import(&ImportAsk { skip_bad: true, ..asked(path.clone()) });
    assert_eq!(counts(&good), (2, 0, 1));
    assert!(good.complete);
    assert_eq!(good.rejected[0].row, 3);
    let again = world.import(&ImportAsk { skip_bad: true, ..asked(path) });
    assert_eq!(counts(&again), (0, 2, 1));
    let kept = world.plant().folder().files();
    assert!(kept.contains(merkle::Hash::from_hex(&good.sha256).unwrap()), "the original is kept");
}

#[test]
fn text_is_read_as_people_save_it() {
    let world = World::new();
    let files: [&[u8]; 4] = [
        b"\xef\xbb\xbfserialNumber;lotCode\r\nA-1;L\r\n;\r\n\r\n",
        b"serialNumber\tlotCode\nA-2\tL\n",
        b"\"serialNumber\",\"lotCode\"\n\"A-3\",\"L\"",
        b"  serialNumber , lotCode \n A-4 , L \n",
    ];
    for (number, file) in (1..).zip(files) {
        assert_eq!(counts(&world.csv(file)), (1, 0, 0), "{number}");
        assert_eq!(world.record(&format!("A-{number}"))["lotCode"], "L");
    }
    let quoted = "serialNumber,note\nA-5,\"two\nlines, \"\"quoted\"\"\"\n\nA-6,\nA-7\n";
    assert_eq!(world.csv(quoted).rejected[0].row, 5);
    let path = world.file("", "SN,Charge,Rest\nA-8,L,x\n");
    let mapping = [("SN", "serialNumber"), ("Charge", "lotCode"), ("Rest", "")];
    let mapping = mapping.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
    let mapped = world.import(&ImportAsk { mapping, ..asked(path.clone()) });
    assert_eq!(counts(&mapped), (1, 0, 0), "{mapped:?}");
    assert_eq!(mapped.format, ImportFormat::Csv);
    assert!(!world.record("A-8").contains_key("Rest"));
    let mapping = [("Nothing".to_owned(), "lotCode".to_owned())].into();
    let path = world.file("", "serialNumber\nA-9\n");
    let unknown = world.import(&ImportAsk { mapping, ..asked(path) });
    assert_eq!(unknown.rejected[0].column.as_deref(), Some("Nothing"));
}

#[test]
fn the_schema_types_fields_of_ones_own() {
    let world = World::new();
    let schema = json!({"type":"object","properties":{
        "count":{"type":"integer"},"torque":{"type":["number","string"]},"ok":{"type":"boolean"},
        "grade":{"enum":["A","B"]}}});
    world.told(json!([{"act":"defineSchema","schema":schema.to_string()}]));
    let header = "serialNumber,count,torque,ok,grade\n";
    assert_eq!(counts(&world.csv(format!("{header}A,12,1.190,yes,A\n"))), (1, 0, 0));
    let record = world.record("A");
    assert_eq!(record["count"], 12);
    assert_eq!(record["torque"], "1.190");
    assert_eq!(record["ok"], true);
    assert_eq!(world.exceptions(), 0);
    for (row, column) in [
        ("B,1.5,1,no,A", "count"),
        ("B,1,heavy,no,A", "torque"),
        ("B,1,1,perhaps,A", "ok"),
        ("B,1,1,no,C", "grade"),
    ] {
        refused(&world, ".csv", format!("{header}{row}\n").as_bytes(), &[(2, "TW0029", column)]);
    }
}

#[test]
fn lines_may_be_commands() {
    let world = World::new();
    let file = concat!(
        r#"{"serialNumber":"A","partNumber":"P"}"#,
        "\n\n",
        r#"{"mode":"report","acts":[{"act":"step","operation":"OP10","items":[{"item":"serial:A"}]}]}"#,
        "\n",
        r#"{"acts":[{"act":"step","operation":"OP20","items":[{"item":"serial:NOBODY"}]}]}"#,
        "\n",
        r#"{"serialNumber":"B","partNumber":"P"}"#,
    );
    let path = world.file("", file);
    let answer = world.import(&asked(path.clone()));
    assert_eq!(counts(&answer), (3, 0, 1), "{answer:?}");
    assert_eq!((answer.rejected[0].row, answer.rejected[0].code.as_str()), (4, "TW0002"));
    let size = world.size();
    let again = world.import(&asked(path));
    assert_eq!(counts(&again), (0, 3, 1), "{again:?}");
    assert_eq!(world.size(), size);
}

#[test]
fn a_cancelled_import_goes_on_where_it_was() {
    let mut world = World::new();
    let mut file = "serialNumber,packageId,fwVersion\n".to_owned();
    for number in 0..1000 {
        writeln!(file, "SN-{number},PK-{},1.0", number / 10).unwrap();
    }
    let path = world.file(".csv", &file);
    let chunks = Cell::new(0);
    // Four chunks are checked, then the second of those written is the last.
    let stop = || {
        chunks.set(chunks.get() + 1);
        chunks.get() > 6
    };
    let cancelled = world.plant().import(&asked(path.clone()), &mut |_| {}, &stop).unwrap();
    assert_eq!(counts(&cancelled), (512, 0, 0), "{cancelled:?}");
    assert!(!cancelled.complete);
    world.restart();
    let rest = world.import(&asked(path.clone()));
    assert_eq!(counts(&rest), (488, 512, 0), "{rest:?}");
    assert!(rest.complete);
    assert_eq!(counts(&world.import(&asked(path.clone()))), (0, 1000, 0));
    let state = world.plant().published().read();
    let package: ItemRef = "package:PK-51".parse().unwrap();
    assert_eq!(state.contents_of(state.find(&package)[0]).count(), 10);
    assert_eq!(state.exceptions().len(), 0);
}

#[test]
fn a_finished_import_stays_finished_whatever_happened_since() {
    let world = World::new();
    let path = world.file(".csv", "serialNumber,partNumber,palletId\nA,P,PL-1\n");
    assert_eq!(counts(&world.import(&asked(path.clone()))), (1, 0, 0));
    world.told(json!([
        {"act":"unpack","container":"pallet:PL-1","items":["serial:A"]},
        {"act":"ship","party":"CUSTOMER","lines":[{"item":"serial:A"}]}
    ]));
    let size = world.size();
    assert_eq!(counts(&world.import(&asked(path.clone()))), (0, 1, 0));
    assert_eq!(world.size(), size);
    // Under another code it is told anew, and breaks a rule.
    let code = Some(domain::ImportCode::new("second").unwrap());
    let told = world.import(&ImportAsk { code, ..asked(path) });
    assert_eq!((told.imported, told.exceptions), (1, 1));
}

#[test]
fn many_rows_come_in_while_others_work() {
    const ROWS: usize = 20_000;
    let world = World::new();
    let mut file = "serialNumber,partNumber,lotCode,palletId,packageId\n".to_owned();
    for number in 0..ROWS {
        let (lot, pallet, package) = (number / 5000, number / 1000, number / 20);
        writeln!(file, "SN-{number},LP-300,L-{lot},PL-{pallet},PK-{package}").unwrap();
    }
    let path = world.file(".csv", &file);
    let done = std::sync::atomic::AtomicBool::new(false);
    let phases = std::cell::RefCell::new(Vec::new());
    let answer = std::thread::scope(|scope| {
        let (done, plant) = (&done, world.plant());
        let other = scope.spawn(move || {
            let mut count = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let acts = json!([{"act":"definePlace","code":format!("P-{count}"),"name":"x"}]);
                let command = Command::attempt(serde_json::from_value(acts).unwrap());
                let reply = plant.submit(command, "other").unwrap();
                assert!(matches!(reply.answer, Answer::Admitted(_)));
                count += 1;
            }
            count
        });
        let mut progress = |progress: engine::ImportProgress| {
            phases.borrow_mut().push((progress.phase.word(), progress.done, progress.total));
        };
        let answer = world.plant().import(&asked(path.clone()), &mut progress, &|| false);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        // Every chunk leaves room for another caller's command.
        assert!(other.join().unwrap() >= ROWS / 256 / 2);
        answer.unwrap()
    });
    assert_eq!(counts(&answer), (ROWS as u64, 0, 0), "{:?}", answer.rejected.first());
    assert_eq!(answer.exceptions, 0);
    let phases = phases.into_inner();
    assert!(phases.contains(&("checking", file.len() as u64, file.len() as u64)));
    assert_eq!(phases.last(), Some(&("writing", ROWS as u64, ROWS as u64)));
    assert_eq!(world.record("SN-19999")["palletId"], "PL-19");
    let other = world.csv(file.replace("SN-0,", "SN-X,"));
    assert_eq!(counts(&other), (1, ROWS as u64 - 1, 0));
}
