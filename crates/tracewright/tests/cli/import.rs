//! `tracewright import`.

use super::{Bench, UNITS};

#[test]
fn a_file_comes_in_once_and_says_so() {
    let bench = Bench::empty();
    bench.write("units.csv", UNITS);
    let file = bench.path("units.csv");
    let first = bench.answer(&["import", &file]);
    assert_eq!((&first["imported"], &first["unchanged"]), (&3.into(), &0.into()), "{first}");
    assert_eq!(first["rejected"], serde_json::json!([]));
    assert_eq!(first["complete"], true);
    assert_eq!(first["at"][0]["ledger"].as_str().unwrap().len(), 32);
    let again = bench.answer(&["import", &file]);
    assert_eq!((&again["imported"], &again["unchanged"]), (&0.into(), &3.into()), "{again}");
    assert_eq!(again["at"], first["at"], "nothing was written");
    let table = bench.data(&["import", &file]).code(0);
    assert!(table.stdout.contains("Imported units.csv"), "{table:?}");
}

#[test]
fn bad_rows_are_named_and_nothing_is_written() {
    let bench = Bench::empty();
    let bad = "serialNumber,partNumber\nSN-1,LP-300\n,LP-300\nSN-2,LP-300,more\nSN-3,LP-300\n";
    bench.write("bad.csv", bad);
    let file = bench.path("bad.csv");
    let refused = bench.data(&["import", &file, "--output", "json"]).code(1).json();
    assert_eq!(refused["imported"], 0);
    let rejected = refused["rejected"].as_array().unwrap();
    let rows: Vec<_> = rejected.iter().map(|bad| bad["row"].as_u64().unwrap()).collect();
    assert_eq!(rows, [3, 4], "{refused}");
    for bad in rejected {
        assert!(bad["code"].as_str().unwrap().starts_with("TW"), "{bad}");
        assert!(!bad["reason"].as_str().unwrap().is_empty(), "{bad}");
    }
    assert_eq!(bench.answer(&["items"])["items"], serde_json::json!([]), "nothing was written");
    let table = bench.data(&["import", &file]).code(1);
    assert!(table.stdout.contains("Did not import bad.csv"), "{table:?}");
    let skipping = bench.answer(&["import", &file, "--skip-bad"]);
    assert_eq!((&skipping["imported"], &skipping["rejectedCount"]), (&2.into(), &2.into()));
    assert_eq!(bench.answer(&["items", "--kind", "unit"])["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_dry_run_checks_only() {
    let bench = Bench::empty();
    bench.write("units.csv", UNITS);
    let checked = bench.answer(&["import", &bench.path("units.csv"), "--dry-run"]);
    assert_eq!((&checked["dryRun"], &checked["imported"]), (&true.into(), &3.into()));
    assert_eq!(bench.answer(&["items"])["items"], serde_json::json!([]));
}

#[test]
fn columns_are_mapped_and_formats_named() {
    let bench = Bench::empty();
    bench.write("export.txt", "SN;Charge;Bemerkung\nSN-7;L-9;neu\n");
    let file = bench.path("export.txt");
    let map = ["--map", "SN=serialNumber", "--map", "Charge=lotCode", "--map", "Bemerkung="];
    bench.answer(&[&["import", &file, "--format", "csv"][..], &map].concat());
    let record = bench.answer(&["record", "SN-7"]);
    assert_eq!(record["attributes"]["lotCode"], "L-9");
    assert_eq!(record["attributes"].get("Bemerkung"), None);
    let bad = bench.data(&["import", &file, "--map", "nonsense"]).code(2);
    assert!(bad.stderr.contains("COLUMN=FIELD"), "{bad:?}");
    let absent = bench.data(&["import", "absent.csv"]).code(2);
    assert!(absent.stderr.contains("there is no such file"), "{absent:?}");
}
