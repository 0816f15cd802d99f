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
    let users = ask(&["user", "list"]).code(0).json();
    assert_eq!(users["users"][1]["role"], "quality");
    ask(&["logout"]).code(0);
    ask(&["whoami"]).code(2);
    let wrong = login(&[], "not the password at all\n").code(2);
    assert!(wrong.stderr.contains("not signed in"), "{wrong:?}");
    login(&[], &format!("{PASSWORD}\n")).code(0);
    let entries = ask(&["entries", "--act", "noteAccount", "--limit", "1"]).code(0).json();
    assert_eq!(entries["items"][0]["fact"]["event"], "signedIn");
    assert_eq!(entries["items"][0]["recordedBy"], Value::from("A-1"));
    drop(served);
    bench.data(&["verify"]).code(0);
}
