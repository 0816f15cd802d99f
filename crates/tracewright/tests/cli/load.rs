//! Many callers at once on the built program: commands one by one and in batches, readers that are
//! slow, exports, traces over everything, a copy in the middle.
//!
//! Memory and the write-ahead log stay bounded, a full queue answers when to come back, and nothing
//! that was acknowledged is missing afterwards. `TRACEWRIGHT_LOAD_SECONDS`,
//! `TRACEWRIGHT_LOAD_CLIENTS` and `TRACEWRIGHT_LOAD_ITEMS` set how long, how many, over how much;
//! `TRACEWRIGHT_LOAD_BATCHERS` how many of them send a thousand commands at once, which is more
//! than the queue holds. The figures are printed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a caller that cannot go on says where"
)]

mod wire;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Bench;
use crate::server::Served;
use wire::Wire;

/// Memory beside what the items take. Units: kibibytes.
const MEMORY_KIB_MAX: u64 = 700 << 10;
/// Memory an item takes with the traces over all of them that run at once. Units: kibibytes.
const MEMORY_PER_ITEM_KIB_MAX: u64 = 16;
/// The log is cut at 64 MiB, but for what is written meanwhile and while a copy is made.
const LOG_BYTES_MAX: u64 = 4 * (64 << 20);
/// Commands of one batch.
const BATCH: usize = 1000;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var_os(variable).and_then(|text| text.to_str()?.parse().ok()).unwrap_or(otherwise)
}

/// What all callers share.
struct Site<'a> {
    address: &'a str,
    token: &'a str,
    over: AtomicBool,
    busy: AtomicU64,
    questions: AtomicU64,
    slow_bytes: AtomicU64,
    /// Per command, how long it took. Units: microseconds.
    singles: Mutex<Vec<u64>>,
    batches: Mutex<Vec<u64>>,
    /// Commands as they were sent, and the position they were told.
    told: Mutex<Vec<(String, u64)>>,
}

impl Site<'_> {
    fn wire(&self) -> Wire {
        Wire::to(self.address, self.token).expect("it listens")
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Sends again after as long as it is told to wait, until it is taken.
    fn send(&self, wire: &mut Wire, path: &str, body: &str) -> Value {
        loop {
            let (head, answer) = wire.call(&format!("POST {path}"), body).expect("answered");
            let answer: Value = serde_json::from_slice(&answer).expect("JSON");
            if head.status == 200 {
                return answer;
            }
            assert_eq!((head.status, answer["code"].as_str()), (503, Some("TW0008")), "{answer}");
            let wait = answer["retryAfterMs"].as_u64().expect("it says when to come back");
            assert!(head.retry_after_s.is_some(), "and as a header: {answer}");
            self.busy.fetch_add(1, Ordering::Relaxed);
            std::thread::park_timeout(Duration::from_millis(wait));
        }
    }

    fn remember(&self, command: String, answer: &Value) {
        let first = answer["first"].as_u64().unwrap_or_else(|| panic!("admitted: {answer}"));
        self.told.lock().unwrap().push((command, first));
    }

    fn single(&self, client: u64) {
        let mut wire = self.wire();
        for number in 0.. {
            if self.is_over() {
                return;
            }
            let command = command(client, number);
            let began = Instant::now();
            let answer = self.send(&mut wire, "/api/v1/commands", &command);
            self.singles.lock().unwrap().push(micros(began));
            self.remember(command, &answer);
        }
    }

    fn batch(&self, client: u64) {
        let mut wire = self.wire();
        for number in 0.. {
            if self.is_over() {
                return;
            }
            let numbers = number * BATCH as u64..(number + 1) * BATCH as u64;
            let commands: Vec<String> = numbers.map(|number| command(client, number)).collect();
            let body = format!("[{}]", commands.join(","));
            let began = Instant::now();
            let answer = self.send(&mut wire, "/api/v1/commands/batch", &body);
            self.batches.lock().unwrap().push(micros(began));
            for (command, answer) in commands.into_iter().zip(answer.as_array().expect("a list")) {
                self.remember(command, answer);
            }
        }
    }

    /// Reads what is long at some kilobytes a second; being cut off for it is fine.
    fn slow(&self, path: &str) {
        while !self.is_over() {
            let mut wire = self.wire();
            let head = wire.ask(&format!("GET {path}"), "application/x-ndjson", "").expect("asked");
            assert_eq!(head.status, 200);
            let read = wire.pieces(&head, |piece| {
                self.slow_bytes.fetch_add(piece.len() as u64, Ordering::Relaxed);
                std::thread::park_timeout(Duration::from_millis(500));
                !self.is_over()
            });
            drop(read);
        }
    }

    /// Asks about everything, as fast as it is answered.
    fn question(&self, path: &str, items: u64) {
        let mut wire = self.wire();
        while !self.is_over() {
            let (head, answer) = wire.call(&format!("GET {path}"), "").expect("answered");
            assert_eq!(head.status, 200);
            let answer: Value = serde_json::from_slice(&answer).expect("JSON");
            assert!(answer["items"].as_array().expect("items").len() as u64 >= items);
            self.questions.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A copy in the middle; answers how long it took.
    fn copy(&self, to: &str) -> Duration {
        let began = Instant::now();
        let mut wire = self.wire();
        let body = json!({"to": to}).to_string();
        let (head, answer) = wire.call("POST /api/v1/backup", &body).expect("answered");
        assert_eq!(head.status, 202);
        let job: Value = serde_json::from_slice(&answer).expect("JSON");
        let path = format!("GET /api/v1/jobs/{}", job["id"].as_str().expect("an id"));
        loop {
            let (_, answer) = wire.call(&path, "").expect("answered");
            let job: Value = serde_json::from_slice(&answer).expect("JSON");
            match job["state"].as_str() {
                Some("done") => return began.elapsed(),
                Some("queued" | "running") => {
                    std::thread::park_timeout(Duration::from_millis(50));
                }
                _ => panic!("{job}"),
            }
        }
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A step at one of the units that are there, with an id of its own.
fn command(client: u64, number: u64) -> String {
    let unit = (client * 7919 + number) % 1000;
    let id = format!("01900000-0000-7000-8{client:03x}-{number:012x}");
    let value = format!("1.{:03}", number % 1000);
    json!({"id": id, "mode": "report", "acts": [{"act": "step", "operation": "OP10",
        "items": [{"item": format!("serial:U-0-{unit}")}], "outcome": "pass",
        "measures": [{"name": "torque", "value": value, "unit": "N·m"}]}]})
    .to_string()
}

/// A lot that is in so many units.
fn fill(site: &Site<'_>, items: u64) {
    let mut wire = site.wire();
    let masters = json!({"acts": [
        {"act": "defineParty", "code": "POLY", "name": "Polyflex"},
        {"act": "defineMaterial", "part": {"number": "M"}, "name": "Resin", "tracking": "lot",
         "baseUnit": "ea"},
        {"act": "defineMaterial", "part": {"number": "U"}, "name": "Pump", "tracking": "serial",
         "baseUnit": "ea"},
        {"act": "receive", "kind": "lot", "part": {"number": "M"}, "accepted": true,
         "supplier": "POLY",
         "items": [{"identifiers": [{"scheme": "lotCode", "value": "ALL"}],
                    "quantity": "100000000"}]}]});
    site.send(&mut wire, "/api/v1/commands", &masters.to_string());
    for block in 0..items.div_ceil(1000) {
        let mut born = String::new();
        let mut named = String::new();
        for unit in 0..1000 {
            let comma = if unit == 0 { "" } else { "," };
            write!(
                born,
                r#"{comma}{{"identifiers":[{{"scheme":"serialNumber","value":"U-{block}-{unit}"}}]}}"#
            )
            .unwrap();
            write!(named, r#"{comma}"new:0.{unit}""#).unwrap();
        }
        let command = format!(
            r#"{{"acts":[{{"act":"create","kind":"unit","part":{{"number":"U"}},"items":[{born}]}},
                {{"act":"consume","from":["lot:ALL"],"into":[{named}],"quantity":1000}}]}}"#
        );
        site.send(&mut wire, "/api/v1/commands", &command);
    }
}

/// The most of something while the load lasts.
#[derive(Debug, Default)]
struct Peaks {
    memory_kib: u64,
    ledger_log: u64,
    views_log: u64,
}

fn watch(site: &Site<'_>, served: &Served, folder: &Path) -> Peaks {
    let mut peaks = Peaks::default();
    let bytes = |name: &str| fs::metadata(folder.join(name)).map_or(0, |meta| meta.len());
    loop {
        peaks.ledger_log = peaks.ledger_log.max(bytes("ledger.db-wal"));
        peaks.views_log = peaks.views_log.max(bytes("views.db-wal"));
        peaks.memory_kib = peaks.memory_kib.max(peak_kib(served.id()).unwrap_or(0));
        if site.is_over() {
            return peaks;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Most memory a process has held, where the system says so.
fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Half, all but one of a hundred, and the longest.
fn figures(what: &str, times: &Mutex<Vec<u64>>, seconds: u64) {
    let mut times = times.lock().unwrap().clone();
    times.sort_unstable();
    let at = |part: usize| {
        let index = (times.len() * part / 100).min(times.len().saturating_sub(1));
        Duration::from_micros(times.get(index).copied().unwrap_or(0))
    };
    let (count, per) = (times.len(), times.len() as u64 / seconds);
    println!("{what}: {count}, {per}/s, p50 {:?}, p99 {:?}, max {:?}", at(50), at(99), at(100));
}

/// Every command that was acknowledged is answered as it was.
fn all_there(site: &Site<'_>) {
    let told = std::mem::take(&mut *site.told.lock().unwrap());
    let mut wire = site.wire();
    for some in told.chunks(BATCH) {
        let bodies: Vec<&str> = some.iter().map(|(command, _)| command.as_str()).collect();
        let body = format!("[{}]", bodies.join(","));
        let answers = site.send(&mut wire, "/api/v1/commands/batch", &body);
        for ((command, first), answer) in some.iter().zip(answers.as_array().expect("a list")) {
            assert_eq!(answer["first"].as_u64(), Some(*first), "{command}: {answer}");
        }
    }
    println!("{} acknowledged commands are all there", told.len());
}

#[test]
fn many_callers_are_answered_and_nothing_grows_without_bound() {
    let seconds = number("TRACEWRIGHT_LOAD_SECONDS", 4);
    let clients = number("TRACEWRIGHT_LOAD_CLIENTS", 64);
    let items = number("TRACEWRIGHT_LOAD_ITEMS", 2_000);
    let batchers = number("TRACEWRIGHT_LOAD_BATCHERS", 6);
    let bench = Bench::empty();
    let served = Served::start(&bench);
    let site = Site {
        address: served.address(),
        token: served.said["token"].as_str().expect("the first start makes one"),
        over: AtomicBool::new(false),
        busy: AtomicU64::new(0),
        questions: AtomicU64::new(0),
        slow_bytes: AtomicU64::new(0),
        singles: Mutex::default(),
        batches: Mutex::default(),
        told: Mutex::default(),
    };
    fill(&site, items);
    let folder = bench.dir().join("plant");
    let before = peak_kib(served.id()).unwrap_or(0);
    let copy = bench.path("copy");
    let (peaks, copied) = std::thread::scope(|scope| {
        let (site, served, folder, copy) = (&site, &served, &folder, &copy);
        let watching = scope.spawn(move || watch(site, served, folder));
        for client in 0..clients {
            scope.spawn(move || match client {
                client if client >= 10 && client < 10 + batchers => site.batch(client),
                6 => site.slow("/api/v1/entries"),
                7 => site.slow("/api/v1/export/items.csv"),
                8 => site.question(&format!("/api/v1/scope?from=lot:ALL&limit={items}"), items),
                9 => site.question(
                    &format!("/api/v1/trace?of=lot:ALL&direction=forward&limit={items}"),
                    items,
                ),
                _ => site.single(client),
            });
        }
        let half = Duration::from_secs(seconds) / 2;
        std::thread::park_timeout(half);
        let copied = site.copy(copy);
        std::thread::park_timeout(half.saturating_sub(copied));
        site.over.store(true, Ordering::Relaxed);
        (watching.join().expect("watched"), copied)
    });
    println!("{clients} clients for {seconds} s over {items} items in one lot");
    figures("commands one by one", &site.singles, seconds);
    figures("batches of 1000", &site.batches, seconds);
    println!("told to come back: {} times", site.busy.load(Ordering::Relaxed));
    println!("questions over all items: {}", site.questions.load(Ordering::Relaxed));
    println!("slow readers took {} kB", site.slow_bytes.load(Ordering::Relaxed) / 1000);
    println!("a copy took {copied:?}; memory before: {} MiB", before >> 10);
    let Peaks { memory_kib, ledger_log, views_log } = peaks;
    println!(
        "at most: memory {} MiB, log of the ledger {} MiB, of the views {} MiB",
        memory_kib >> 10,
        ledger_log >> 20,
        views_log >> 20
    );
    all_there(&site);
    assert!(memory_kib < MEMORY_KIB_MAX + items * MEMORY_PER_ITEM_KIB_MAX, "{memory_kib} KiB");
    assert!(ledger_log < LOG_BYTES_MAX && views_log < LOG_BYTES_MAX, "{peaks:?}");
    served.kill();
    bench.data(&["verify"]).code(0);
    bench.run(["verify", "--data", &copy]).code(0);
}

/// A port that was ours is free again, whatever became of its calls.
#[test]
fn a_server_cut_off_in_a_call_is_there_again() {
    let bench = Bench::with_units();
    let served = Served::start(&bench);
    let token = served.said["token"].as_str().expect("a token").to_owned();
    let mut wire = Wire::to(served.address(), &token).expect("it listens");
    let second = bench.data(&["serve", "--listen", "127.0.0.1:0"]).code(2);
    let holder = format!("process {}", served.id());
    assert!(second.stderr.contains(&holder) && second.stderr.contains("end it"), "{second:?}");
    let import = bench.data(&["import", &bench.path("units.csv")]).code(2);
    assert!(import.stderr.contains(&holder), "{import:?}");
    assert_eq!(wire.call("GET /api/v1/items", "").map(|(head, _)| head.status).ok(), Some(200));
    served.kill();
    assert!(wire.call("GET /api/v1/items", "").map_or(true, |(head, _)| head.status == 0));
    let again = Served::start(&bench);
    let mut wire = Wire::to(again.address(), &token).expect("it listens");
    let answered: io::Result<_> = wire.call("GET /api/v1/items", "");
    assert_eq!(answered.expect("answered").0.status, 200);
}
