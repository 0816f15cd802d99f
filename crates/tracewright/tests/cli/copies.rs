//! `backup`, `restore`, `refold`.

use super::Bench;

#[test]
fn a_copy_is_put_back_and_one_that_is_behind_is_refused() {
    let bench = Bench::with_units();
    let (copy, seen) = (bench.path("copy"), bench.path("seen.witness"));
    let report = bench.answer(&["backup", "--to", &copy]);
    assert!(report["entries"].as_u64().unwrap() > 3, "{report}");
    bench.run(["verify", "--data", &copy]).code(0);
    let checkpoint = bench.path("copy/CHECKPOINT");
    let back = ["restore", "--from", &copy, "--to", &bench.path("back"), "--seen", &checkpoint];
    bench.run(back).code(0);
    bench.run(["record", "SN-0042", "--data", &bench.path("back")]).code(0);
    // More is recorded after the copy, and its head is seen elsewhere.
    bench.data(&["hold", "--code", "H-1", "--on", "SN-0042", "--reason", "leak"]).code(0);
    bench.data(&["witness", "--out", &seen]).code(0);
    let late = bench.path("late");
    let restore = ["restore", "--from", &copy, "--to", &late, "--seen", &seen, "--output", "json"];
    let refused = bench.run(restore).code(1);
    assert!(refused.stderr.contains("behind") || refused.stderr.contains("missing"), "{refused:?}");
    let accepted = restore.into_iter().chain(["--accept-loss"]);
    let report = bench.run(accepted).code(0).json();
    assert_eq!(report["lost"], 1, "{report}");
    assert!(report["continues"].is_string(), "{report}");
    bench.run(["verify", "--data", &late]).code(0);
    bench.run(["record", "SN-0042", "--data", &late]).code(0);
}

#[test]
fn views_are_folded_anew() {
    let bench = Bench::with_units();
    let before = bench.answer(&["scope", "--from", "lot:77120-A"]);
    let folded = bench.answer(&["refold"]);
    assert_eq!(folded["at"], before["at"]);
    assert_eq!(bench.answer(&["scope", "--from", "lot:77120-A"]), before);
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        drop(std::fs::remove_file(bench.dir().join("plant").join(file)));
    }
    assert_eq!(bench.answer(&["scope", "--from", "lot:77120-A"]), before);
}
