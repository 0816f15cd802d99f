//! The pilot series of the next pump, built by a released work master: one unit in work, one
//! waiting for a person, one stopped by a torque out of limits.
//!
//! Every command carries an id made from its place, so that told twice it changes nothing, and
//! answers with the same positions.

use anyhow::{Context as _, Result};
use domain::{Position, StationCode};
use engine::query::{NonconformancesAsk, WorkAsk};
use serde_json::{Value, json};

use super::line::{ENGINEER, QUALITY};
use super::{Demo, numbered};

const STATION: &str = "ST-30";
const OPERATOR: &str = "P-11";
const UNITS: [&str; 3] = ["LP4-26P-00001", "LP4-26P-00002", "LP4-26P-00003"];

/// What is sent next, and under which number.
struct Pilot<'a> {
    demo: &'a Demo<'a>,
    index: u64,
}

impl Pilot<'_> {
    /// Sends acts of one person; answers the position of the first.
    fn does(&mut self, person: &str, acts: impl Into<Value>) -> Result<Position> {
        let command = json!({"source": "simulator", "station": STATION, "performedBy": person,
            "acts": acts.into()});
        let command = numbered(&command, "pilot", self.index)?;
        self.index += 1;
        Ok(self.demo.client.command_patiently(&command)?.admitted.first)
    }

    fn definitions(&mut self) -> Result<()> {
        let housing = json!({"number": "HS-06"});
        let gasket = json!({"number": "GK-120"});
        let lot = |part: &Value, code: &str| {
            json!({"act": "receive", "kind": "lot", "part": part, "supplier": "SPRITZGUSS",
                "accepted": true, "place": "WH-1", "items": [{"quantity": 20, "identifiers":
                    [{"scheme": "lotCode", "value": code}]}]})
        };
        let material = |part: &Value, name: &str, tracking: &str| {
            json!({"act": "defineMaterial", "part": part, "name": name, "tracking": tracking,
                "baseUnit": "ea", "overdraw": "refuse"})
        };
        let pump = product();
        let line = |part: &Value| json!({"part": part, "quantity": 1});
        let acts = json!([
            {"act": "defineEquipment", "code": "TW-08", "name": "Torque driver",
                "station": STATION},
            {"act": "checkEquipment", "equipment": "TW-08", "good": true},
            material(&pump, "Volumetric infusion pump, pilot series", "serial"),
            material(&housing, "Housing, pilot series", "lot"),
            material(&gasket, "Housing gasket, pilot series", "lot"),
            {"act": "defineBom", "part": pump, "lines": [line(&housing), line(&gasket)]},
            lot(&housing, "HS6-0001"),
            lot(&gasket, "GK120-0001")
        ]);
        // Who defines persons is known already.
        self.does(OPERATOR, acts)?;
        Ok(())
    }

    /// From the draft to a version the operator has read.
    fn release(&mut self) -> Result<()> {
        let master = master();
        let parsed: domain::instruction::WorkMaster = serde_json::from_value(master.clone())
            .context("read the work master of the pilot series")?;
        let hash = parsed.hash();
        let propose = json!({"act": "proposeMaster", "master": master, "reason": "pilot series"});
        self.does(ENGINEER, vec![propose])?;
        let acts = vec![
            json!({"act": "approveMaster", "master": hash}),
            json!({"act": "activateMaster", "master": hash}),
        ];
        self.does(QUALITY, acts)?;
        self.does(OPERATOR, vec![json!({"act": "acknowledge", "master": hash})])?;
        let items: Vec<Value> = UNITS
            .iter()
            .map(|serial| json!({"identifiers": [{"scheme": "serialNumber", "value": serial}]}))
            .collect();
        let create = json!({"act": "create", "kind": "unit", "part": product(), "items": items});
        self.does(OPERATOR, vec![create])?;
        Ok(())
    }

    fn start(&mut self, serial: &str) -> Result<Position> {
        let item = format!("serial:{serial}");
        let start = json!({"act": "startWork", "items": [{"item": item}]});
        self.does(OPERATOR, vec![start])
    }

    /// Scans housing and gasket, and closes the step.
    fn fit(&mut self, at: Position) -> Result<()> {
        for (capture, lot) in [("housing", "HS6-0001"), ("gasket", "GK120-0001")] {
            let value = json!({"kind": "scan", "item": format!("lot:{lot}")});
            self.take(at, "S1", capture, &value)?;
        }
        self.close(at, "S1")
    }

    fn torque(&mut self, at: Position, value: &str) -> Result<()> {
        let value = json!({"kind": "measurement", "value": value, "unit": "N·m"});
        self.take(at, "S2", "torque", &value)
    }

    fn take(&mut self, at: Position, step: &str, capture: &str, value: &Value) -> Result<()> {
        let take = json!({"act": "take", "execution": at, "step": step, "capture": capture,
            "value": value});
        self.does(OPERATOR, vec![take])?;
        Ok(())
    }

    fn close(&mut self, at: Position, step: &str) -> Result<()> {
        let close = json!({"act": "closeStep", "execution": at, "step": step});
        self.does(OPERATOR, vec![close])?;
        Ok(())
    }

    /// Three units, each at another place of the route.
    fn build(&mut self) -> Result<()> {
        let [first, second, third] = UNITS;
        let at = self.start(first)?;
        self.fit(at)?;
        for value in ["1.21", "1.19", "1.22", "1.20"] {
            self.torque(at, value)?;
        }
        self.close(at, "S2")?;
        let at = self.start(first)?;
        self.take(at, "S1", "leak", &json!({"kind": "check", "good": true}))?;
        let at = self.start(second)?;
        self.fit(at)?;
        self.torque(at, "1.18")?;
        let at = self.start(third)?;
        self.fit(at)?;
        for value in ["1.23", "1.36", "1.38"] {
            self.torque(at, value)?;
        }
        Ok(())
    }
}

fn product() -> Value {
    json!({"number": "LP-400", "revision": "A"})
}

fn master() -> Value {
    let scan = |code: &str, part: &str| {
        let part = json!({"number": part});
        json!({"kind": "scan", "code": code, "part": part})
    };
    json!({"code": "WM-LP400", "version": 1, "title": "Pump LP-400, final assembly",
    "part": product(), "operations": [
        {"code": "OP30", "title": "Assemble", "workCenter": "LINE-2",
         "qualifications": ["assembly"], "steps": [
            {"code": "S1", "text": "Lay the gasket into the front housing and close it.",
             "captures": [scan("housing", "HS-06"), scan("gasket", "GK-120")]},
            {"code": "S2", "text": "Drive the four screws crosswise.", "captures": [
                {"kind": "measurement", "code": "torque", "unit": "N·m", "low": "1.10",
                 "high": "1.30", "decimals": 2, "count": 4, "retries": 1}]}]},
        {"code": "OP40", "title": "Test", "workCenter": "LINE-2", "steps": [
            {"code": "S1", "text": "Run the leak test.", "captures": [
                {"kind": "check", "code": "leak", "text": "it holds the pressure for a minute"},
                {"kind": "witness", "code": "seen", "text": "a second person has seen it"}]}]}]})
}

impl Demo<'_> {
    /// Builds the pilot series, and shows where it stands.
    pub(super) fn pilot(&self) -> Result<()> {
        let mut pilot = Pilot { demo: self, index: 0 };
        pilot.definitions()?;
        pilot.release()?;
        pilot.build()?;
        let station = StationCode::new(STATION).context("name the station")?;
        self.told(
            "8. The next pump, LP-400, is built by a released work master. What is in work?",
            &format!("work list --station {STATION}"),
        )?;
        let ask = WorkAsk { station: Some(station), ..WorkAsk::default() };
        for work in self.client.work_list(&ask)?.work {
            let items: Vec<&str> = work.items.iter().map(|item| item.label.as_str()).collect();
            let step = work.step.map_or_else(String::new, |step| format!(", step {step}"));
            let (operation, title) = (work.operation, work.title);
            self.say(&format!("     {}: {operation} {title}{step}", items.join(", ")))?;
        }
        self.told("   One was stopped, at the station and at once.", "nonconformance list")?;
        let ask = NonconformancesAsk::default();
        for open in self.client.nonconformances(&ask)?.nonconformances {
            let items: Vec<&str> = open.items.iter().map(|item| item.label.as_str()).collect();
            self.say(&format!("     {} {}: {}", open.code, items.join(", "), open.description))?;
        }
        self.say("     P-22 decides: nonconformance dispose CODE --as rework --by P-22 --reason …")
    }
}
