//! Holds that stations are told of and acknowledge.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use super::server::Served;
use super::{Bench, Ran, tracewright};

#[test]
fn a_hold_is_acknowledged_and_its_page_says_by_whom() {
    let bench = Bench::with_work();
    bench.data(&["hold", "--reason", "leak"]).code(2);
    let place = ["hold", "--code", "H-7", "--on", "lot:77120-A", "--spreads", "--reason", "leak"];
    bench.data(&place).code(0);
    let open = bench.data(&["hold", "show", "H-7"]).code(0).stdout;
    assert!(open.contains("not yet") && open.contains("in force"), "{open}");
    bench.data(&["hold", "acknowledge", "H-7"]).code(2);
    let acknowledge = ["hold", "acknowledge", "H-7", "--station", "ST-1"];
    bench.data(&acknowledge).code(0);
    let again = bench.data(&acknowledge).code(1);
    assert!(again.stderr.contains("TW0036"), "{again:?}");
    let page = bench.answer(&["hold", "show", "H-7"]);
    assert_eq!(page["stations"][0]["station"], "ST-1");
    assert_eq!(page["stations"][0]["recordedBy"], "local");
    assert_eq!(page["concerned"]["acknowledged"], page["concerned"]["stations"]);
    assert_eq!(page["hold"]["reason"], "leak");
    let shown = bench.data(&["hold", "show", "H-7"]).code(0).stdout;
    assert!(shown.contains("at 1 of 1 station, since"), "{shown}");
    bench.data(&["hold", "show", "H-8"]).code(1);
}

#[test]
fn a_station_that_watches_is_told_and_acknowledges() {
    let bench = Bench::with_work();
    let nowhere = bench.data(&["station", "watch", "ST-1"]).code(2);
    assert!(nowhere.stderr.contains("name it with --server"), "{nowhere:?}");
    let served = Served::start(&bench);
    let token = served.said["token"].as_str().expect("the first start makes one").to_owned();
    let more = ["--server", served.address(), "--token", &token, "--output", "json"];
    let ask = |args: &[&str]| -> Ran { bench.run(args.iter().copied().chain(more)) };
    ask(&["station", "watch", "ST-9"]).code(1);
    // A bad measurement of the plant has a hold already; then the one of now and its answer.
    let mut program = tracewright();
    program.args(["station", "watch", "ST-1", "--acknowledge", "--count", "4"]).args(more);
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut watch = program.spawn().expect("it starts");
    let mut pushes = BufReader::new(watch.stdout.take().expect("a pipe")).lines();
    let mut next = || -> Value {
        let line = pushes.next().expect("a push").expect("text");
        serde_json::from_str(&line).expect("one JSON document a line")
    };
    let old = next();
    assert!(old["code"].as_str().is_some_and(|code| code.starts_with("X-")), "{old}");
    assert_eq!(next()["kind"], "acknowledgement");
    ask(&["hold", "--code", "H-7", "--on", "lot:77120-B", "--reason", "leak"]).code(0);
    let new = next();
    assert_eq!(
        (&new["kind"], &new["code"], &new["text"]),
        (&"hold".into(), &"H-7".into(), &"77120-B".into())
    );
    let said = next();
    assert_eq!((&said["kind"], &said["station"]), (&"acknowledgement".into(), &"ST-1".into()));
    assert!(watch.wait().expect("it ends").success());
    let page = ask(&["hold", "show", "H-7"]).code(0).json();
    assert_eq!(page["stations"][0]["position"], said["position"]);
}
