//! Frozen scopes on the command line.

use super::Bench;
use super::server::Served;

fn freeze(bench: &Bench) {
    let args = ["scope", "freeze", "--from", "lot:77120-A", "--code", "RC-1", "--reason", "leak"];
    let frozen = bench.answer(&args);
    assert_eq!(frozen["frozen"]["proven"], 2, "{frozen}");
}

#[test]
fn a_scope_is_frozen_looked_at_again_and_made_again() {
    let bench = Bench::with_work();
    freeze(&bench);
    let same = bench.data(&["scope", "delta", "RC-1"]).code(0);
    assert!(same.stdout.contains("Nothing changed since number 0"), "{same:?}");
    bench
        .tell(
            r#"{"mode":"report","acts":[{"act":"clear","items":["SN-2"],"of":"lot:77120-A",
                "reason":"opened, B was in"}]}"#,
        )
        .code(0);
    let looked = bench.data(&["scope", "delta", "RC-1", "--dry-run"]).code(0);
    assert!(looked.stdout.contains("nothing was written"), "{looked:?}");
    let delta = bench.data(&["scope", "delta", "RC-1"]).code(0);
    for said in ["RC-1 number 1", "-1, because entry", "opened, B was in", "SN-2"] {
        assert!(delta.stdout.contains(said), "{said}: {delta:?}");
    }
    let list = bench.answer(&["scope", "list"]);
    assert_eq!(list["scopes"].as_array().unwrap().len(), 2, "{list}");
    let first = bench.answer(&["scope", "show", "RC-1", "--number", "0"]);
    assert_eq!(first["scope"]["summary"]["proven"], 2);
    let again = bench.data(&["scope", "verify", "RC-1"]).code(0);
    assert!(again.stdout.contains("RC-1 number 1 comes out again"), "{again:?}");
    let all = bench.data(&["verify"]).code(0);
    assert!(all.stdout.contains("Made again: 2 frozen scopes."), "{all:?}");
    assert_eq!(bench.data(&["scope", "show", "RC-9"]).code(1).stdout, "");
}

#[test]
fn a_document_is_verified_offline_and_a_changed_one_is_not() {
    let bench = Bench::with_work();
    freeze(&bench);
    let (document, proof) = (bench.path("rc.json"), bench.path("rc.twproof"));
    bench.data(&["scope", "export", "RC-1", "--out", &document]).code(0);
    bench.data(&["scope", "export", "RC-1", "--format", "proof", "--out", &proof]).code(0);
    let table = bench.data(&["scope", "export", "RC-1", "--format", "csv"]).code(0);
    assert!(table.stdout.starts_with("item,id,kind,"), "{table:?}");
    let checked = bench.run(["verify", &proof, "--document", &document]).code(0);
    assert!(checked.stdout.contains("is the document that entry"), "{checked:?}");
    let text = std::fs::read_to_string(&document).unwrap();
    std::fs::write(&document, text.replace("SN-2", "SN-3")).unwrap();
    let changed = bench.run(["verify", &proof, "--document", &document]).code(1);
    assert!(changed.stdout.contains("is NOT a document"), "{changed:?}");
    let files = std::fs::read_dir(bench.path("plant/files")).unwrap();
    let file = files.map(|file| file.unwrap().path()).next().unwrap();
    let kept = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, kept.replace("SN-2", "SN-3")).unwrap();
    assert!(bench.data(&["scope", "verify", "RC-1"]).code(1).stdout.contains("DOES NOT HOLD"));
    assert!(bench.data(&["verify"]).code(1).stdout.contains("RC-1 number 0"));
}

#[test]
fn a_scope_says_how_it_balances_and_what_a_build_date_would_take() {
    let bench = Bench::with_work();
    let scope = bench.data(&["scope", "--from", "lot:77120-A"]).code(0);
    for said in ["Do the quantities balance", "98 on hand", "By build date it would be 1 unit more"]
    {
        assert!(scope.stdout.contains(said), "{said}: {scope:?}");
    }
    bench.data(&["scope", "list", "--from", "lot:77120-A"]).code(2);
    bench.data(&["scope"]).code(2);
}

#[test]
fn a_scope_is_handed_on_without_freezing_it_and_says_so() {
    let bench = Bench::with_work();
    let export = |format: &str| bench.data(&["scope", "--from", "lot:77120-A", "--export", format]);
    let table = export("csv").code(0);
    assert!(table.stdout.starts_with("item,id,kind,"), "{table:?}");
    assert!(table.stdout.lines().skip(1).all(|row| row.contains(",not frozen,")), "{table:?}");
    let document = export("json").code(0).json();
    assert_eq!(document["frozen"], false);
    for format in ["openfda", "epcis"] {
        let other = export(format).code(0);
        assert!(
            other.stdout.contains("not frozen: it says what was known at position"),
            "{other:?}"
        );
    }
    let refused = export("proof").code(2);
    assert!(refused.stderr.contains("freeze it first"), "{refused:?}");
    let file = bench.path("recall.csv");
    let args = ["scope", "--from", "lot:77120-A", "--export", "csv", "--out", &file];
    assert_eq!(bench.data(&args).code(0).stdout, "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), table.stdout);
    // A server hands on the same bytes.
    let served = Served::start(&bench);
    let token = served.said["token"].as_str().expect("the first start makes one");
    let more = ["--server", served.address(), "--token", token];
    let remote = bench.run(args[..5].iter().chain(&more)).code(0);
    assert_eq!(remote.stdout, table.stdout);
    bench.run(["scope", "list", "--out", &file]).code(2);
}
