//! A small plant for questions: helpers to tell it facts and to read answers as JSON.

use domain::{Answer, Command, Interval, Mode, Position};
use engine::query::{Direction, RecordAsk, ScopeAsk, TraceAsk};
use engine::{Options, Plant};
use serde::Serialize;
use serde_json::Value;

/// A plant in a folder of its own.
pub(crate) struct Floor {
    pub(crate) plant: Plant,
    folder: tempfile::TempDir,
}

/// When something was done: minutes after noon of a day long ago.
fn minute(minutes: i64) -> domain::Time {
    let noon: domain::Time = "2026-03-02T12:00:00Z".parse().unwrap();
    domain::Time(noon.0 + minutes * 60_000_000)
}

/// A minute as text.
pub(crate) fn at(minutes: i64) -> String {
    minute(minutes).to_string()
}

impl Floor {
    /// Parties, parts with bills of material, a lot of membranes and one of firmware.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plant = Plant::open(&folder.path().join("plant"), &Options::default(), |_| {}).unwrap();
        let floor = Self { plant, folder };
        floor.tell(0, DEFINITIONS);
        floor
    }

    /// The folder of the plant.
    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("plant")
    }

    /// Tells facts performed at a minute; answers the last position.
    pub(crate) fn tell(&self, minutes: i64, acts: &str) -> Position {
        self.tell_from(minutes, minutes, acts)
    }

    /// Tells facts performed some time between two minutes.
    pub(crate) fn tell_from(&self, from: i64, to: i64, acts: &str) -> Position {
        self.command(from, to, |_| {}, acts)
    }

    /// Tells facts at a station.
    pub(crate) fn tell_at(&self, minutes: i64, station: &str, acts: &str) -> Position {
        let station = station.parse_code();
        self.command(minutes, minutes, |command| command.station = Some(station), acts)
    }

    pub(crate) fn command(
        &self,
        from: i64,
        to: i64,
        with: impl FnOnce(&mut Command),
        acts: &str,
    ) -> Position {
        let acts = serde_json::from_str(acts).expect("acts read");
        let mut command = Command { mode: Mode::Report, ..Command::report(acts) };
        command.performed = Some(Interval { from: minute(from), to: minute(to) });
        with(&mut command);
        let last = match self.plant.submit(command, "line-1").expect("submitted").answer {
            Answer::Admitted(admitted) => admitted.last,
            Answer::Rejected(rejection) => panic!("rejected: {rejection}"),
        };
        self.plant.published().wait_for(last.next()).unwrap();
        last
    }

    /// Makes a pump with a serial number out of a membrane lot.
    pub(crate) fn pump(&self, minutes: i64, serial: &str, membrane: &str) -> Position {
        self.tell(
            minutes,
            &format!(
                r#"[{{"act":"create","kind":"unit","part":{{"number":"LP-300","revision":"F"}},
                     "order":"WO-7","items":[{{"identifiers":[
                        {{"scheme":"serialNumber","value":"{serial}"}}]}}]}},
                    {{"act":"install","parent":"new:0.0","component":"{membrane}","quantity":1}}]"#
            ),
        )
    }

    pub(crate) fn record(&self, item: &str) -> Value {
        self.record_of(&RecordAsk { history: true, ..RecordAsk::now(item.parse().unwrap()) })
    }

    pub(crate) fn record_of(&self, ask: &RecordAsk) -> Value {
        json(&self.plant.record(ask).unwrap())
    }

    pub(crate) fn scope(&self, from: &str) -> Value {
        self.scope_of(&ScopeAsk { from: vec![from.parse().unwrap()], ..ScopeAsk::default() })
    }

    pub(crate) fn scope_of(&self, ask: &ScopeAsk) -> Value {
        json(&self.plant.scope(ask).unwrap())
    }

    pub(crate) fn trace(&self, of: &str, direction: Direction) -> Value {
        let of = vec![of.parse().unwrap()];
        let ask =
            TraceAsk { of, direction, as_of: None, known_at: None, limit: None, captures: false };
        json(&self.plant.trace(&ask).unwrap())
    }
}

trait ParseCode {
    fn parse_code(&self) -> domain::StationCode;
}

impl ParseCode for str {
    fn parse_code(&self) -> domain::StationCode {
        domain::StationCode::new(self).unwrap()
    }
}

pub(crate) fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

/// The items of an answer as `LABEL certainty`, sorted.
pub(crate) fn certainties(answer: &Value) -> Vec<String> {
    let mut lines: Vec<String> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            format!("{} {}", item["label"].as_str().unwrap(), item["certainty"].as_str().unwrap())
        })
        .collect();
    lines.sort();
    lines
}

/// Labels of a list.
pub(crate) fn labels(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

/// One item of an answer by its label.
pub(crate) fn item<'a>(answer: &'a Value, label: &str) -> &'a Value {
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["label"] == label)
        .unwrap_or_else(|| panic!("{label} in {answer:#}"))
}

const DEFINITIONS: &str = r#"[
 {"act":"defineParty","code":"POLY","name":"Polyflex","roles":["supplier"]},
 {"act":"defineParty","code":"ACME","name":"Acme Clinic","roles":["customer"],"place":"Lund","country":"SE"},
 {"act":"defineParty","code":"ZETA","name":"Zeta Hospital","roles":["customer"]},
 {"act":"definePlace","code":"WH-1","name":"Warehouse"},
 {"act":"defineStation","code":"ST-40","name":"Final assembly"},
 {"act":"defineOrder","code":"WO-7","part":{"number":"LP-300","revision":"F"},"productionOrder":"PO-1"},
 {"act":"defineMaterial","part":{"number":"MB-09"},"name":"Membrane","tracking":"lot","baseUnit":"ea"},
 {"act":"defineMaterial","part":{"number":"PCB-4","revision":"C"},"name":"Main board","tracking":"serial","baseUnit":"ea","class":"board"},
 {"act":"defineMaterial","part":{"number":"FW-1"},"name":"Firmware","tracking":"lot","baseUnit":"ea","class":"firmware"},
 {"act":"defineMaterial","part":{"number":"LP-300","revision":"F"},"name":"Infusion pump","tracking":"serial","baseUnit":"ea","deviceType":"infusion-pump"},
 {"act":"defineBom","part":{"number":"LP-300","revision":"F"},"lines":[{"part":{"number":"MB-09"},"quantity":1,"operation":"OP10"}]},
 {"act":"receive","kind":"lot","part":{"number":"MB-09"},"supplier":"POLY","accepted":true,"place":"WH-1",
  "items":[{"identifiers":[{"scheme":"lotCode","value":"77120-A"}],"quantity":"100"},
           {"identifiers":[{"scheme":"lotCode","value":"77120-B"}],"quantity":"100"}]},
 {"act":"receive","kind":"lot","part":{"number":"FW-1"},"supplier":"POLY","accepted":true,
  "items":[{"identifiers":[{"scheme":"lotCode","value":"FW-LOT-412"},{"scheme":"version","value":"4.1.2"}],"quantity":"1000"}]}]"#;
