//! Accounts and sessions from the command line.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use super::server::Served;
use super::{Bench, Ran, tracewright};

const PASSWORD: &str = "rivet lantern oats kiln";

/// Runs the program with lines on stdin.
fn typed(bench: &Bench, args: &[&str], lines: &str) -> Ran {
    let mut program = tracewright();
    program.current_dir(bench.dir()).args(args);
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A run that refuses early does not read.
    stdin.write_all(lines.as_bytes()).ok();
    drop(stdin);
    Ran::of(child.wait_with_output().expect("it ends"))
}

#[test]
fn an_administrator_is_made_on_the_folder_and_signs_in_at_the_server() {
    let bench = Bench::with_units();
    let added = ["user", "add", "A-1", "--person", "P-1", "--name", "Ann Meier", "--role", "admin"];
    let added = bench.answer(&added);
    let secret = added["secret"].as_str().expect("shown once").to_owned();
    assert!(!bench.answer(&["user", "list"]).to_string().contains(&secret));
    let served = Served::start(&bench);
    let file = bench.path("sessions.json");
    let more = ["--server", served.address(), "--session-file", &file, "--output", "json"];
    let ask = |args: &[&str]| bench.run(args.iter().copied().chain(more));
    let login = |args: &[&str], lines: &str| {
        typed(&bench, &[&["login", "A-1"], args, &more].concat(), lines)
    };
    ask(&["whoami"]).code(2);
    let once = login(&[], &format!("{secret}\n")).code(1);
    assert!(once.stderr.contains("choose a password"), "{once:?}");
    let lines = format!("{secret}\n{PASSWORD}\n");
    let opened = login(&["--new-password"], &lines).code(0);
    assert!(!opened.stdout.contains("tws_"), "{opened:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).expect("kept").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(ask(&["whoami"]).code(0).json()["person"], "P-1");
    let user = ["user", "add", "U-7", "--person", "P-7", "--name", "Bo", "--role", "record"];
    assert!(ask(&user).code(0).json()["secret"].is_string());
    ask(&["user", "role", "U-7", "quality", "--reason", "moved"]).code(0);
    let own = ask(&["user", "disable", "A-1", "--reason", "x"]).code(1);
    assert!(own.stderr.contains("another administrator"), "{own:?}");
    assert_eq!(ask(&["user", "list"]).code(0).json()["users"][1]["role"], "quality");
    ask(&["logout"]).code(0);
    ask(&["whoami"]).code(2);
    let wrong = login(&[], "not the password at all\n").code(2);
    assert!(wrong.stderr.contains("not signed in"), "{wrong:?}");
    login(&[], &format!("{PASSWORD}\n")).code(0);
    let entries = ask(&["entries", "--act", "noteAccount", "--limit", "1"]).code(0).json();
    assert_eq!(entries["items"][0]["fact"]["event"], "signedIn");
    assert_eq!(entries["items"][0]["recordedBy"], Value::from("A-1"));
    // Another administrator sees who that is; then the first accepts the statement and signs.
    let other = ["user", "add", "A-2", "--person", "P-2", "--name", "Cy", "--role", "admin"];
    let secret = ask(&other).code(0).json()["secret"].as_str().expect("shown").to_owned();
    let theirs = bench.path("theirs.json");
    let at = ["--server", served.address(), "--session-file", &theirs, "--output", "json"];
    let lines = format!("{secret}\nanother good long one\n");
    typed(&bench, &[&["login", "A-2", "--new-password"], &at[..]].concat(), &lines).code(0);
    let seen = ["user", "identity", "A-1", "--method", "known face", "--evidence", "shift 2"];
    bench.run(seen.into_iter().chain(at)).code(0);
    let hold = ["hold", "--code", "H-1", "--on", "SN-0042", "--reason", "leak"];
    let sign = |lines: &str| {
        typed(&bench, &[&hold[..], &["--sign", "responsible"], &more[..]].concat(), lines)
    };
    let right = format!("A-1\n{PASSWORD}\n");
    let early = sign(&right).code(1);
    assert!(early.stderr.contains("statement"), "{early:?}");
    ask(&["statement", "--accept"]).code(0);
    let wrong = sign("A-1\nnot the password at all\n").code(1);
    assert!(wrong.stderr.contains("not signed"), "{wrong:?}");
    sign(&right).code(0);
    let entries = ask(&["entries", "--act", "hold"]).code(0).json();
    assert_eq!(entries["items"][0]["signature"]["name"], "Ann Meier");
    let proof = bench.path("signed.twproof");
    ask(&["proof", "SN-0042", "--out", &proof]).code(0);
    let verified = bench.run(["verify", &proof]).code(0);
    assert!(verified.stdout.contains("responsible by P-1"), "{verified:?}");
    drop(served);
    let shown = bench.data(&["record", "SN-0042"]).code(0);
    assert!(shown.stdout.contains("Ann Meier (P-1, A-1, admin) responsible"), "{shown:?}");
    bench.data(&["verify"]).code(0);
    let refused = bench.data(&[&hold[..], &["--sign", "responsible"]].concat()).code(2);
    assert!(refused.stderr.contains("--server"), "{refused:?}");
}

/// AT-18, AT-19: the trail as a table and as lines, filtered, with old and new, and no formulas.
#[test]
fn the_audit_trail_is_a_table_that_a_spreadsheet_opens_and_does_not_run() {
    let bench = Bench::with_units();
    let user = ["user", "add", "U-7", "--person", "P-7", "--name", "Bo", "--role", "record"];
    bench.data(&user).code(0);
    bench.data(&["user", "role", "U-7", "quality", "--reason", "=1+1"]).code(0);
    let whole = bench.data(&["audit"]).code(0).stdout;
    assert!(whole.starts_with("position,received,performedFrom,"), "{whole}");
    let entries = bench.answer(&["entries", "--all"]);
    assert_eq!(whole.lines().count(), 1 + entries["items"].as_array().expect("rows").len());
    let ours = bench.data(&["audit", "--act", "noteAccount"]).code(0).stdout;
    let changed = ours.lines().nth(1).expect("the newest first");
    assert!(changed.contains(",record,quality,'=1+1,"), "{changed}");
    let lines = bench.data(&["audit", "--act", "noteAccount", "--form", "jsonl"]).code(0).stdout;
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["old"], &first["reason"]), (&"record".into(), &"=1+1".into()));
    let served = Served::start(&bench);
    let token = served.said["token"].as_str().expect("the first start makes one").to_owned();
    let more = ["--server", served.address(), "--token", &token, "--act", "noteAccount"];
    let remote = bench.run(["audit"].into_iter().chain(more)).code(0).stdout;
    assert_eq!(remote, ours);
}
