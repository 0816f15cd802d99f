//! What holds for every command: where the ledger is, exit codes, help, completions.

use super::{Bench, tracewright};

const COMMANDS: &[&str] = &[
    "demo",
    "init",
    "import",
    "do",
    "record",
    "trace",
    "scope",
    "shared",
    "items",
    "lots",
    "balance",
    "entries",
    "exceptions",
    "holds",
    "hold",
    "lift",
    "ship",
    "proof",
    "verify",
    "witness",
    "keys",
    "serve",
    "status",
    "token",
    "schema",
    "erase",
    "backup",
    "restore",
    "refold",
    "explain",
    "completions",
];

#[test]
fn every_command_has_help_with_an_example() {
    let bench = Bench::empty();
    let all = bench.run(["--help"]).code(0).stdout;
    for command in COMMANDS {
        assert!(all.contains(&format!("\n  {command}")), "{command} is not listed");
        let help = bench.run([command, "--help"]).code(0).stdout;
        assert!(help.contains(&format!("  tracewright {command}")), "{command}: {help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{command}: {help}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_says_how_to_make_one() {
    let bench = Bench::empty();
    for command in [
        &["items"][..],
        &["record", "SN-1"],
        &["scope", "--from", "lot:1"],
        &["trace", "SN-1", "--forward"],
        &["hold", "--code", "H-1", "--on", "SN-1", "--reason", "x"],
        &["refold"],
        &["token", "list"],
    ] {
        let ran = bench.data(command).code(2);
        assert!(ran.stderr.contains("tracewright init --data"), "{command:?}: {ran:?}");
        assert_eq!(ran.stdout, "");
    }
    bench.data(&["verify"]).code(2);
    assert!(!bench.dir().join("plant").exists(), "nothing was made");
    let nowhere = bench.run(["items"]).code(2);
    assert!(nowhere.stderr.contains("--data DIR or --server URL"), "{nowhere:?}");
    bench.run(["items", "--data", "a", "--server", "http://127.0.0.1:1"]).code(2);
    bench.run(["dance"]).code(2);
}

#[test]
fn a_folder_is_made_once() {
    let bench = Bench::empty();
    let made = bench.answer(&["init", "--origin", "example.com/plant-1"]);
    assert_eq!(made["origin"], "example.com/plant-1");
    assert!(made["key"].as_str().unwrap().starts_with("example.com/plant-1+"), "{made}");
    let again = bench.data(&["init"]).code(2);
    assert!(again.stderr.contains("there is one already"), "{again:?}");
    let empty = bench.data(&["items"]).code(0);
    assert!(empty.stdout.contains("No items match."), "{empty:?}");
    let status = bench.answer(&["status"]);
    assert_eq!((&status["origin"], &status["items"]), (&made["origin"], &0.into()));
}

#[test]
fn the_environment_names_the_folder_and_what_is_typed_goes_first() {
    let bench = Bench::with_units();
    let run = |args: &[&str], env: &[(&str, &str)]| {
        let mut program = tracewright();
        let ran = program.args(args).envs(env.iter().copied()).output().unwrap();
        ran.status.code().unwrap()
    };
    let plant = bench.path("plant");
    let data = ("TRACEWRIGHT_DATA", plant.as_str());
    let server = ("TRACEWRIGHT_SERVER", "http://127.0.0.1:9");
    assert_eq!(run(&["items"], &[data]), 0);
    assert_eq!(run(&["items"], &[data, server]), 2, "nobody can know which");
    assert_eq!(run(&["items", "--data", &plant], &[server]), 0);
    assert_eq!(run(&["items", "--data", &bench.path("absent")], &[data]), 2);
    assert_eq!(run(&["items", "--server", "http://127.0.0.1:9"], &[data]), 2);
}

#[test]
fn codes_are_explained() {
    let bench = Bench::empty();
    let page = bench.run(["explain", "TW0012"]).code(0).stdout;
    assert!(page.contains("TW0012") && page.contains("What to do"), "{page}");
    assert_eq!(bench.run(["explain", "tw0012"]).code(0).stdout, page);
    let all = bench.run(["explain", "--output", "json"]).code(0).json();
    assert!(all["codes"].as_array().unwrap().len() > 30);
    let unknown = bench.run(["explain", "TW9999"]).code(2);
    assert!(unknown.stderr.contains("there is no such code"), "{unknown:?}");
}

#[test]
fn shells_complete_it() {
    let bench = Bench::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(bench.run(["completions", shell]).code(0).stdout.contains("tracewright"));
    }
}
