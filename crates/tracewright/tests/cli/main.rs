//! The built program, run as people and programs run it.

mod copies;
mod deeds;
mod demo;
mod drill;
mod holds;
mod import;
mod load;
mod orders;
mod people;
mod questions;
mod release;
mod scopes;
mod server;
mod usage;
mod verify;
mod witness;
mod work;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The built program, knowing nothing of the environment of the tests.
pub(crate) fn tracewright() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tracewright"));
    let settings = [
        "DATA",
        "SERVER",
        "TOKEN",
        "TOKEN_FILE",
        "SESSION_FILE",
        "CERTIFICATES",
        "LOG",
        "PERSON",
        "STATION",
    ];
    for name in settings {
        program.env_remove(format!("TRACEWRIGHT_{name}"));
    }
    program
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }

    /// Expects an exit code.
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Expects that stdout is one JSON document and nothing else.
    pub(crate) fn json(&self) -> Value {
        let read = serde_json::from_str(&self.stdout);
        assert!(read.is_ok(), "{read:?}: {self:#?}");
        read.expect("just looked at")
    }
}

/// A temporary folder with a data folder in it.
pub(crate) struct Bench {
    dir: TempDir,
}

impl Bench {
    /// A place where nothing is yet.
    pub(crate) fn empty() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A plant with the units of [`UNITS`].
    pub(crate) fn with_units() -> Self {
        let bench = Self::empty();
        bench.write("units.csv", UNITS);
        bench.data(&["import", &bench.path("units.csv")]).code(0);
        bench
    }

    /// A plant with the work of [`WORK`].
    pub(crate) fn with_work() -> Self {
        let bench = Self::empty();
        bench.tell(WORK).code(0);
        bench
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A path in the temporary folder, as an argument.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().expect("a path of text").to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Runs the program on the data folder.
    pub(crate) fn data(&self, args: &[&str]) -> Ran {
        let folder = self.path("plant");
        self.run(args.iter().copied().chain(["--data", folder.as_str()]))
    }

    /// Runs the program on the data folder and reads its answer, exit code 0.
    pub(crate) fn answer(&self, args: &[&str]) -> Value {
        self.data(&[args, &["--output", "json"]].concat()).code(0).json()
    }

    /// Submits commands from stdin.
    pub(crate) fn tell(&self, commands: &str) -> Ran {
        let mut program = tracewright();
        program.args(["do", "-", "--output", "json", "--data", self.path("plant").as_str()]);
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(commands.as_bytes()).expect("it reads");
        drop(stdin);
        Ran::of(child.wait_with_output().expect("it ends"))
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        let mut program = tracewright();
        program.current_dir(self.dir()).args(args).stdin(Stdio::null());
        Ran::of(program.output().expect("it runs"))
    }
}

/// Units with the columns of the default schema.
pub(crate) const UNITS: &str = "\
serialNumber,partNumber,lotCode,workOrder,palletId,fwVersion
SN-0041,LP-300,77120-A,WO-7,PL-1,4.2.0
SN-0042,LP-300,77120-A,WO-7,PL-1,4.2.0
SN-0043,LP-300,77120-B,WO-7,PL-2,4.2.0
";

/// Two pumps with a membrane of lot 77120-A, one with one of 77120-B; a torque wrench at two of
/// them, a test program at one. The torque of SN-1 is out of limits, which holds it.
pub(crate) const WORK: &str = r#"
{"performed":{"from":"2026-05-20T08:00:00Z","to":"2026-05-20T08:00:00Z"},"mode":"report","acts":[
 {"act":"defineParty","code":"POLY","name":"Polyflex"},
 {"act":"defineParty","code":"C-1","name":"Lindhaga Hospital"},
 {"act":"defineStation","code":"ST-1","name":"Assembly"},
 {"act":"defineEquipment","code":"TW-07","name":"Torque wrench"},
 {"act":"defineEquipment","code":"TW-08","name":"Torque wrench, spare"},
 {"act":"defineMaterial","part":{"number":"MB-09"},"name":"Membrane","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"LP-300","revision":"F"},"name":"Pump","tracking":"serial","baseUnit":"ea"},
 {"act":"defineBom","part":{"number":"LP-300","revision":"F"},"lines":[{"part":{"number":"MB-09"},"quantity":1}]},
 {"act":"defineOrder","code":"WO-7","part":{"number":"LP-300","revision":"F"},"quantity":3},
 {"act":"receive","kind":"lot","part":{"number":"MB-09"},"supplier":"POLY","accepted":true,
  "items":[{"identifiers":[{"scheme":"lotCode","value":"77120-A"}],"quantity":"100"},
           {"identifiers":[{"scheme":"lotCode","value":"77120-B"}],"quantity":"100"}]}]}
{"performed":{"from":"2026-06-01T08:00:00Z","to":"2026-06-01T08:00:00Z"},"mode":"report","acts":[
 {"act":"create","kind":"unit","part":{"number":"LP-300","revision":"F"},"order":"WO-7",
  "items":[{"identifiers":[{"scheme":"serialNumber","value":"SN-1"}]},
           {"identifiers":[{"scheme":"serialNumber","value":"SN-2"}]},
           {"identifiers":[{"scheme":"serialNumber","value":"SN-3"}]}]}]}
{"performed":{"from":"2026-06-01T09:00:00Z","to":"2026-06-01T09:00:00Z"},"mode":"report","acts":[
 {"act":"install","parent":"SN-1","component":"lot:77120-A","quantity":1},
 {"act":"install","parent":"SN-2","component":"lot:77120-A","quantity":1},
 {"act":"install","parent":"SN-3","component":"lot:77120-B","quantity":1}]}
{"performed":{"from":"2026-06-02T10:00:00Z","to":"2026-06-02T10:00:00Z"},"mode":"report",
 "station":"ST-1","equipment":["TW-07"],"acts":[
 {"act":"step","items":[{"item":"SN-1"}],"operation":"OP40","outcome":"pass",
  "measures":[{"name":"torque","value":"1.10","unit":"N·m","low":"1.15","high":"1.35"}]}]}
{"performed":{"from":"2026-06-09T10:00:00Z","to":"2026-06-09T10:00:00Z"},"mode":"report",
 "station":"ST-1","equipment":["TW-07"],"acts":[
 {"act":"step","items":[{"item":"SN-2"}],"operation":"OP40","outcome":"pass",
  "program":{"name":"EOL","version":"4.2"},
  "measures":[{"name":"torque","value":"1.21","unit":"N·m","low":"1.15","high":"1.35"}]}]}
"#;

/// The serial numbers of the items of an answer, in alphabetical order.
pub(crate) fn serials(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().expect("items");
    let mut serials: Vec<&str> =
        items.iter().filter_map(|item| item["serialNumber"].as_str()).collect();
    serials.sort_unstable();
    serials
}
