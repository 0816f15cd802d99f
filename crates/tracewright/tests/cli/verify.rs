//! `proof`, `verify`, `witness`, `keys`.

use std::path::{Path, PathBuf};

use super::Bench;

#[test]
fn a_proof_is_verified_without_its_ledger() {
    let bench = Bench::with_units();
    let file = bench.path("SN-0042.twproof");
    let wrote = bench.answer(&["proof", "SN-0042", "--out", &file]);
    assert_eq!(wrote["entries"], 3, "{wrote}");
    std::fs::remove_dir_all(bench.path("plant")).unwrap();
    let report = bench.run(["verify", &file, "--output", "json"]).code(0).json();
    assert_eq!((&report["holds"], &report["standing"]), (&true.into(), &"consistent".into()));
    assert_eq!(report["complete"][0]["throughSequence"], 3);
    let words = bench.run(["verify", &file]).code(0);
    assert!(words.stdout.contains("The proof holds") && words.stdout.contains("Consistent"));
}

#[test]
fn a_trusted_key_and_a_witness_say_more() {
    let bench = Bench::with_units();
    let (proof, witness) = (bench.path("u.twproof"), bench.path("plant.witness"));
    bench.data(&["proof", "SN-0041", "SN-0042", "--out", &proof]).code(0);
    bench.data(&["witness", "--out", &witness]).code(0);
    let key = bench.answer(&["keys", "show"])["keys"][0].as_str().unwrap().to_owned();
    bench.write("site.pub", &format!("# the site's key\n{key}\n"));
    for key in [key.as_str(), bench.path("site.pub").as_str()] {
        let signed = bench.run(["verify", &proof, "--key", key, "--output", "json"]);
        assert_eq!(signed.code(0).json()["standing"], "site-signed");
        assert_eq!(bench.answer(&["verify", "--key", key])["standing"], "site-signed");
    }
    let witnessed = bench.run(["verify", &proof, "--witness", &witness, "--output", "json"]);
    assert_eq!(witnessed.code(0).json()["standing"], "witnessed by 1");
    assert_eq!(bench.answer(&["verify", "--witness", &witness])["standing"], "witnessed by 1");
    let rotated = bench.answer(&["keys", "rotate"]);
    assert_eq!(rotated["keys"].as_array().unwrap().len(), 2);
    assert_eq!(bench.answer(&["verify", "--witness", &witness])["standing"], "witnessed by 1");
    // A key that somebody else may have is withdrawn, once another is in force.
    let (old, new) = (&rotated["keys"][0], &rotated["keys"][1]);
    let withdraw = |key: &serde_json::Value| {
        bench.data(&["keys", "withdraw", key.as_str().unwrap(), "--reason", "its seed was copied"])
    };
    assert!(withdraw(new).code(2).stderr.contains("it is in force; replace it first"));
    withdraw(old).code(0);
    assert!(withdraw(old).code(2).stderr.contains("withdrawn before"));
    assert_eq!(&bench.answer(&["keys", "show"])["withdrawn"][0], old);
    let shown = bench.data(&["keys", "show"]).code(0).stdout;
    bench.write("shown.pub", &shown);
    let standing = bench.answer(&["verify", "--key", &bench.path("shown.pub")]);
    assert_eq!(standing["standing"], "site-signed", "{standing}");
    let wrong = bench.run(["verify", &proof, "--key", "nobody"]).code(2);
    assert!(wrong.stderr.contains("neither a key nor a file of keys"), "{wrong:?}");
}

#[test]
fn withheld_values_leave_the_proof_whole() {
    let bench = Bench::with_work();
    let file = bench.path("u.twproof");
    bench.data(&["proof", "SN-2", "--withhold", "fact/measures", "--out", &file]).code(0);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("1.21"), "the measured value is withheld");
    let report = bench.run(["verify", &file, "--output", "json"]).code(0).json();
    assert!(report["membersWithheld"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn a_changed_proof_is_not_verified() {
    let bench = Bench::with_units();
    let file = bench.path("u.twproof");
    bench.data(&["proof", "SN-0042", "--out", &file]).code(0);
    let good = std::fs::read_to_string(&file).unwrap();
    assert!(good.contains("77120-A") || good.contains("SN-0042"));
    let changed = good.replacen("\"SN-0042", "\"SN-0043", 1);
    let changed = if changed == good { good.replacen("SN-0042", "SN-0043", 1) } else { changed };
    bench.write("bad.twproof", &changed);
    let bad = bench.path("bad.twproof");
    let report = bench.run(["verify", &bad, "--output", "json"]).code(1).json();
    assert_eq!(report["holds"], false, "{report}");
    assert!(report["findings"][0]["message"].is_string(), "{report}");
    let words = bench.run(["verify", &bad]).code(1);
    assert!(words.stdout.contains("DOES NOT HOLD"), "{words:?}");
}

#[test]
fn what_cannot_be_read_as_a_proof_is_not_verified() {
    let bench = Bench::with_units();
    let file = bench.path("u.twproof");
    bench.data(&["proof", "SN-0042", "--out", &file]).code(0);
    let good = std::fs::read_to_string(&file).unwrap();
    let half = &good[..good.len() / 2];
    for (bad, bad_json) in [(half, true), ("{}", false), ("", true), ("SN-0042 is good", true)] {
        bench.write("bad.twproof", bad);
        let bad = bench.path("bad.twproof");
        let report = bench.run(["verify", &bad, "--output", "json"]).code(2).json();
        assert_eq!(report["holds"], false, "{report}");
        assert_eq!(report["findings"][0]["finding"], "unreadable", "{report}");
        let words = bench.run(["verify", &bad]).code(2);
        assert!(words.stdout.contains("NOT VERIFIED"), "{words:?}");
        assert!(!words.stdout.contains("HOLD"), "{words:?}");
        assert_eq!(words.stdout.contains("it is not JSON"), bad_json, "{words:?}");
    }
    bench.run(["verify", "absent.twproof"]).code(2);
}

#[test]
fn a_changed_byte_of_the_folder_is_named() {
    let bench = Bench::with_units();
    let report = bench.answer(&["verify"]);
    assert_eq!((&report["holds"], &report["findings"]), (&true.into(), &serde_json::json!([])));
    let words = bench.data(&["verify"]).code(0);
    assert!(words.stdout.contains("Standing: consistent"), "{words:?}");
    assert!(change_a_byte(&bench.dir().join("plant"), b"77120-B"), "it is stored somewhere");
    let report = bench.data(&["verify", "--output", "json"]).code(1).json();
    assert_eq!(report["holds"], false);
    assert!(!report["findings"].as_array().unwrap().is_empty(), "{report}");
    let words = bench.data(&["verify"]).code(1);
    assert!(words.stdout.contains("DOES NOT HOLD") && words.stdout.contains("- "), "{words:?}");
}

#[test]
fn a_proof_file_and_a_folder_are_not_verified_at_once() {
    let bench = Bench::with_units();
    let ran = bench.data(&["verify", "some.twproof"]).code(2);
    assert!(ran.stderr.contains("not both"), "{ran:?}");
}

/// Changes one byte of the first stored file of the ledger that holds these bytes.
fn change_a_byte(folder: &Path, bytes: &[u8]) -> bool {
    for name in ["ledger.db-wal", "ledger.db"] {
        let path: PathBuf = folder.join(name);
        let Ok(mut content) = std::fs::read(&path) else { continue };
        let at = content.windows(bytes.len()).position(|window| window == bytes);
        if let Some(at) = at {
            content[at] ^= 1;
            std::fs::write(&path, content).expect("written");
            return true;
        }
    }
    false
}

#[test]
fn one_of_a_thing_is_not_told_as_many() {
    let bench = Bench::with_work();
    let report = bench.data(&["verify"]).code(0).stdout;
    for word in report.replace('\n', " ").split(", ") {
        assert!(!word.starts_with("1 ") || !word.trim_end_matches('.').ends_with('s'), "{report}");
    }
    assert!(report.contains(" 1 checkpoint,"), "{report}");
}
