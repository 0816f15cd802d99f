//! Witnesses as processes of their own: honest growth, sudden death, rotated keys, and ledgers that
//! were rolled back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::server::Served;
use super::{Bench, Ran};

/// How long something may take to come about that retries wait for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A plant with a witness beside it.
struct Pair {
    bench: Bench,
    key: String,
}

impl Pair {
    fn new() -> (Self, Served) {
        let bench = Bench::with_units();
        let witness = serve(&bench, "127.0.0.1:0", &keys(&bench));
        let key = witness.said["key"].as_str().unwrap().to_owned();
        (Self { bench, key }, witness)
    }

    /// A server on a folder that asks the witness.
    fn plant(&self, folder: &str, witness: &str) -> Site<'_> {
        let (folder, file) = (self.bench.path(folder), self.bench.path("heads.witness"));
        let token = self.bench.run([
            "token", "create", "t", "--role", "admin", "--data", &folder, "--output", "json",
        ]);
        let served = Served::run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--data",
            &folder,
            "--witness",
            witness,
            "--witness-key",
            &self.key,
            "--witness-file",
            &file,
        ]);
        let token = token.code(0).json()["secret"].as_str().unwrap().to_owned();
        Site { bench: &self.bench, served, token }
    }
}

/// A server with a token.
struct Site<'a> {
    bench: &'a Bench,
    served: Served,
    token: String,
}

impl Site<'_> {
    fn ask(&self, args: &[&str]) -> Ran {
        let more = ["--server", self.served.address(), "--token", &self.token];
        self.bench.run(args.iter().copied().chain(more).chain(["--output", "json"]))
    }

    /// Records something; answers how many entries there are then.
    fn grow(&self, name: &str) -> u64 {
        let file = self.bench.write(
            "grow.json",
            &format!(r#"{{"acts":[{{"act":"definePlace","code":"{name}","name":"New"}}]}}"#),
        );
        let told = self.ask(&["do", file.to_str().unwrap()]).code(0).json();
        told["at"][0]["position"].as_u64().unwrap() + 1
    }

    /// Waits until the witness stands as it should.
    fn wait(&self, what: &str, stands: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let list = self.ask(&["witness", "list"]).code(0).json();
            let state = list["witnesses"][0].clone();
            if stands(&state) {
                return list;
            }
            assert!(Instant::now() < until, "waited for {what}: {state}");
        }
    }

    fn wait_for_size(&self, size: u64) -> Value {
        self.wait(&format!("size {size}"), |state| {
            state["size"] == size && state.get("trouble").is_none()
        })
    }

    fn wait_for_trouble(&self, trouble: &str) -> String {
        let list = self.wait(trouble, |state| state["trouble"] == trouble);
        list["witnesses"][0]["detail"].as_str().unwrap().to_owned()
    }
}

fn keys(bench: &Bench) -> Vec<String> {
    let keys = bench.answer(&["keys", "show"])["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

fn serve(bench: &Bench, listen: &str, keys: &[String]) -> Served {
    let folder = bench.path("witness");
    let name = "witness.example/w1";
    let mut args = vec!["witness", "serve", "--listen", listen, "--data", &folder, "--name", name];
    keys.iter().for_each(|key| args.extend(["--log", key]));
    Served::run(&args)
}

/// The address without its scheme, to start another process there.
fn place(served: &Served) -> String {
    served.address().trim_start_matches("http://").to_owned()
}

#[test]
fn each_head_is_cosigned_written_down_and_put_into_proofs() {
    let (pair, witness) = Pair::new();
    let site = pair.plant("plant", witness.address());
    for round in 0..3 {
        let size = site.grow(&format!("P{round}"));
        let list = site.wait_for_size(size);
        let file = site.wait("the file", |_| true)["files"][0].clone();
        assert!(file.get("detail").is_none(), "{list}");
    }
    let shown = get(site.served.address(), "/checkpoint");
    assert!(shown.contains("\n\u{2014} witness.example/w1 "), "{shown}");
    let proof = pair.bench.path("u.twproof");
    site.ask(&["proof", "SN-0042", "--out", &proof]).code(0);
    let verified =
        pair.bench.run(["verify", &proof, "--witness-key", &pair.key, "--output", "json"]);
    let report = verified.code(0).json();
    assert_eq!(report["standing"], "witnessed by 1", "{report}");
    assert!(report["witnesses"][0]["who"].as_str().unwrap().starts_with("witness.example/w1"));
    let words = pair.bench.run(["verify", &proof, "--witness-key", &pair.key]).code(0);
    assert!(words.stdout.contains("Witnessed by 1"), "{words:?}");
    let folder = pair.bench.answer(&["verify", "--witness-key", &pair.key]);
    assert_eq!(folder["standing"], "witnessed by 1", "{folder}");
    #[cfg(unix)]
    assert_eq!(site.served.interrupt(), 0);
    // The heads that were written down are those of the ledger; what other keys say does not count.
    let file = pair.bench.path("heads.witness");
    let held = pair.bench.answer(&["verify", "--witness", &file, "--witness-key", &pair.key]);
    assert_eq!(held["standing"], "witnessed by 2", "{held}");
    let other = keys(&pair.bench).remove(0);
    let refused = pair.bench.run(["verify", &proof, "--witness-key", &other]).code(2);
    assert!(refused.stderr.contains("give it as --key"), "{refused:?}");
    let unknown = pair.bench.run(["verify", &proof, "--output", "json"]).code(0).json();
    assert_eq!(
        (&unknown["standing"], &unknown["unknownSignatures"]),
        (&json!("consistent"), &json!(1))
    );
}

#[test]
fn a_witness_that_dies_goes_on_where_it_was() {
    let (pair, witness) = Pair::new();
    let (address, listen) = (witness.address().to_owned(), place(&witness));
    let site = pair.plant("plant", &address);
    site.wait_for_size(site.grow("A"));
    witness.kill();
    let size = site.grow("B");
    let detail = site.wait_for_trouble("unreachable");
    assert!(detail.contains("cannot be reached"), "{detail}");
    let witness = serve(&pair.bench, &listen, &keys_of(&site));
    assert_eq!(witness.said["key"], pair.key, "it is the same witness");
    site.wait_for_size(size);
    // Again and again, in the middle of what it does.
    let mut witness = witness;
    for round in 0..3 {
        let grown = site.grow(&format!("C{round}"));
        witness.kill();
        witness = serve(&pair.bench, &listen, &keys_of(&site));
        site.wait_for_size(grown);
    }
    let about = get(witness.address(), "/");
    let size = site.grow("D");
    site.wait_for_size(size);
    assert!(about.contains(&pair.key) && about.contains("cosigned up to"), "{about}");
    assert!(get(witness.address(), "/").contains(&format!("cosigned up to {size}\n")));
}

#[test]
fn a_ledger_that_was_rolled_back_is_refused_and_named() {
    let (pair, witness) = Pair::new();
    let site = pair.plant("plant", witness.address());
    site.wait_for_size(site.grow("A"));
    let copy = pair.bench.path("copy");
    site.ask(&["backup", "--to", &copy]).code(0);
    site.wait_for_size(site.grow("B"));
    let size = site.grow("C");
    site.wait_for_size(size);
    drop(site);
    // Somebody puts the older copy in its place and goes on.
    let site = pair.plant("copy", witness.address());
    let detail = site.wait_for_trouble("rolledBack");
    assert!(detail.contains(&format!("seen {size} entries")), "{detail}");
    while site.grow("OTHER") < size + 2 {}
    let detail = site.wait_for_trouble("forked");
    assert!(detail.contains("another history"), "{detail}");
    let named = pair.bench.run([
        "verify",
        "--data",
        &copy,
        "--output",
        "json",
        "--witness",
        &pair.bench.path("heads.witness"),
    ]);
    let report = named.code(1).json();
    assert!(
        report["findings"].as_array().unwrap().iter().any(|found| found["what"] == "witness"),
        "{report}"
    );
    drop(site);
    // The true one is still welcome.
    let asked = pair.bench.data(&[
        "witness",
        "ask",
        "--witness",
        witness.address(),
        "--witness-key",
        &pair.key,
        "--output",
        "json",
    ]);
    assert_eq!(asked.code(0).json()["witnesses"][0]["size"], size);
    let forked = pair.bench.run([
        "witness",
        "ask",
        "--witness",
        witness.address(),
        "--witness-key",
        &pair.key,
        "--data",
        &copy,
        "--output",
        "json",
    ]);
    assert_eq!(forked.code(1).json()["witnesses"][0]["trouble"], "forked");
}

#[test]
fn a_new_key_of_the_ledger_is_to_be_told_to_the_witness() {
    let (pair, witness) = Pair::new();
    let listen = place(&witness);
    let address = witness.address().to_owned();
    let site = pair.plant("plant", &address);
    site.wait_for_size(site.grow("A"));
    site.ask(&["keys", "rotate"]).code(0);
    let detail = site.wait_for_trouble("unknownKey");
    assert!(detail.contains("tracewright keys show"), "{detail}");
    witness.kill();
    let told = serve(&pair.bench, &listen, &keys_of(&site));
    site.wait_for_size(site.grow("B"));
    drop(told);
    let stranger = Bench::with_units();
    let _other = serve(&pair.bench, &listen, &keys(&stranger));
    site.grow("C");
    let detail = site.wait_for_trouble("unknownLog");
    assert!(detail.contains("knows no ledger called"), "{detail}");
}

#[test]
fn what_cannot_be_a_witness_is_said() {
    let bench = Bench::with_units();
    let folder = bench.path("plant");
    let (key, listen) = (keys(&bench).remove(0), "127.0.0.1:0");
    let rows: [(&[&str], &str); 7] = [
        (&["witness", "serve", "--listen", listen, "--data", "w"], "give it a name"),
        (&["witness", "serve", "--listen", listen, "--data", "w", "--name", "a b"], "\"a b\""),
        (&["witness", "serve", "--data", &folder, "--name", "w"], "holds"),
        (&["witness", "serve", "--data", "w", "--name", "w", "--log", "x"], "ORIGIN=VKEY"),
        (
            &["witness", "serve", "--data", "w", "--name", "w", "--listen", "0.0.0.0:0"],
            "--allow-plain-remote",
        ),
        (&["serve", "--data", &folder, "--witness", "http://127.0.0.1:1"], "--witness-key"),
        (
            &["serve", "--data", &folder, "--witness", "http://127.0.0.1:1", "--witness-key", &key],
            "no key that cosigns",
        ),
    ];
    for (args, says) in rows {
        let ran = bench.run(args).code(2);
        assert!(ran.stderr.contains(says), "{args:?}: {ran:?}");
    }
    let inside = bench.path("plant/heads.witness");
    let ran = bench.data(&["serve", "--listen", listen, "--witness-file", &inside]).code(2);
    assert!(ran.stderr.contains("keep it elsewhere"), "{ran:?}");
    let neither = bench.data(&["witness"]).code(2);
    assert!(neither.stderr.contains("--out"), "{neither:?}");
}

fn keys_of(site: &Site<'_>) -> Vec<String> {
    let keys = site.ask(&["keys", "show"]).code(0).json()["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// What is to be read at an address.
fn get(address: &str, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream =
        std::net::TcpStream::connect(address.trim_start_matches("http://")).expect("it listens");
    let asked = format!("GET {path} HTTP/1.1\r\nhost: w\r\nconnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).expect("it reads");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("it answers");
    said
}
