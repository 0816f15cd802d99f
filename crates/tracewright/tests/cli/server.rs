//! `serve`, and every command through it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{Bench, Ran, serials, tracewright};

/// A server or a witness in a process of its own, ended when dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) said: Value,
}

impl Served {
    /// A server on the data folder of a bench.
    pub(crate) fn start(bench: &Bench) -> Self {
        let folder = bench.path("plant");
        Self::run(&["serve", "--listen", "127.0.0.1:0", "--data", &folder])
    }

    /// Starts the program and waits until it says where it listens.
    pub(crate) fn run(args: &[&str]) -> Self {
        let mut program = tracewright();
        program.args(args).args(["--output", "json", "--quiet"]);
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = program.spawn().expect("it starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let said = serde_json::from_str(&line).expect("one JSON document in a line");
        Self { child, said }
    }

    pub(crate) fn address(&self) -> &str {
        self.said["address"].as_str().expect("an address")
    }

    /// The process it is.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end, as ctrl-c does, and waits until it has.
    #[cfg(unix)]
    pub(crate) fn interrupt(mut self) -> i32 {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
        assert!(asked.success());
        self.child.wait().expect("it ends").code().expect("by itself")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_server_answers_what_the_folder_answers() {
    let bench = Bench::with_work();
    let questions: [&[&str]; 8] = [
        &["record", "SN-1", "--history"],
        &["record", "SN-1", "--as-of", "2026-06-01T08:30:00Z"],
        &["scope", "--from", "lot:77120-A"],
        &["scope", "--like", "SN-1", "--by", "workOrder"],
        &["trace", "SN-1", "--backward"],
        &["shared", "SN-1"],
        &["items", "--all"],
        &["entries", "--limit", "3"],
    ];
    let local: Vec<Value> = questions.iter().map(|question| bench.answer(question)).collect();
    let served = Served::start(&bench);
    let token = served.said["token"].as_str().expect("the first start makes one").to_owned();
    let ask = |args: &[&str]| -> Ran {
        let more = ["--server", served.address(), "--token", &token, "--output", "json"];
        bench.run(args.iter().copied().chain(more))
    };
    for (question, local) in questions.iter().zip(local) {
        assert_eq!(ask(question).code(0).json(), local, "{question:?}");
    }
    let held = bench.data(&["items"]).code(2);
    assert!(held.stderr.contains("--server"), "{held:?}");
    bench.data(&["verify"]).code(0);
    assert_eq!(ask(&["verify"]).code(0).json()["holds"], true);
    let proof = bench.path("u.twproof");
    ask(&["proof", "SN-1", "--out", &proof]).code(0);
    bench.run(["verify", &proof]).code(0);
    let copy = bench.path("copy");
    ask(&["backup", "--to", &copy]).code(0);
    bench.run(["verify", "--data", &copy]).code(0);
    ask(&["hold", "--code", "H-1", "--on", "SN-1", "--reason", "leak"]).code(0);
    let refused = ask(&["ship", "--to", "C-1", "SN-1"]).code(1);
    assert!(refused.stderr.contains("refused: TW0012 on hold"), "{refused:?}");
    assert_eq!(refused.json()["answers"][0]["code"], "TW0012");
    let unknown = ask(&["record", "SN-404"]).code(1);
    assert!(unknown.stderr.contains("SN-404"), "{unknown:?}");
    assert_eq!(ask(&["status"]).code(0).json()["role"], "admin");
    bench.write("more.csv", "serialNumber,partNumber\nSN-9,LP-300\n");
    assert_eq!(ask(&["import", &bench.path("more.csv")]).code(0).json()["imported"], 1);
    assert_eq!(serials(&ask(&["items", "--text", "SN-9"]).code(0).json()), ["SN-9"]);
    let recorded = ask(&["entries", "--act", "hold"]).code(0).json();
    assert_eq!(recorded["items"][0]["recordedBy"], "admin");
    #[cfg(unix)]
    assert_eq!(served.interrupt(), 0);
    bench.data(&["record", "SN-9"]).code(0);
}

#[test]
fn tokens_say_who_may_call() {
    let bench = Bench::with_units();
    let made = bench.answer(&["token", "create", "reader", "--role", "read"]);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let served = Served::start(&bench);
    assert_eq!(served.said["token"], Value::Null, "there was one already");
    bench.write("token", &format!("{secret}\n"));
    let file = bench.path("token");
    let ask = |args: &[&str]| -> Ran {
        let more = ["--server", served.address(), "--token-file", &file];
        bench.run(args.iter().copied().chain(more))
    };
    ask(&["items"]).code(0);
    let refused = ask(&["hold", "--code", "H-1", "--on", "SN-0042", "--reason", "x"]).code(1);
    assert!(refused.stderr.contains("TW0009"), "{refused:?}");
    bench.run(["items", "--server", served.address()]).code(2);
    let listed = bench.answer(&["token", "list"]);
    assert_eq!(listed["tokens"][0]["name"], "reader");
    assert!(!listed.to_string().contains(&secret));
    bench.data(&["token", "revoke", "reader"]).code(0);
    let gone = ask(&["items"]).code(2);
    assert!(gone.stderr.contains("unauthorized"), "{gone:?}");
    bench.data(&["token", "revoke", "reader"]).code(2);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let bench = Bench::empty();
    let ran = bench.run(["items", "--server", "http://127.0.0.1:9", "--token", "tw_x"]).code(2);
    assert!(ran.stderr.starts_with("tracewright: failed to reach http://127.0.0.1:9"), "{ran:?}");
}
