//! The line that builds the pumps: how it is to be done, and what was done on each.

use domain::instruction::{MasterHash, WorkMaster};
use serde_json::{Value, json};

use super::history::{DAY_US, Maker, PUMPS, days, head_serial, minutes, unit};
use super::parts::named;
use crate::chance::decimal;

/// Who writes instructions.
pub(super) const ENGINEER: &str = "P-21";
/// Who approves, decides and releases.
pub(super) const QUALITY: &str = "P-22";
/// The orders of the pumps, each for as many.
pub(super) const ORDERS: [&str; 3] = ["WO-51180", "WO-51183", "WO-51187"];
const OPERATORS: [&str; 3] = ["P-11", "P-12", "P-13"];
/// The last pumps, which wait for their firmware.
const UNFINISHED: usize = 12;
/// The pump whose battery was weak.
const WEAK: usize = 57;
/// The pump whose record waits for its release, with three things to look at.
pub(super) const TO_RELEASE: usize = PUMPS - UNFINISHED - 3;
const SECOND_US: i64 = 1_000_000;

/// A pump of the history.
pub(super) struct Pump {
    pub(super) serial: String,
    pub(super) number: usize,
    pub(super) panel: usize,
    pub(super) board: String,
}

impl Pump {
    /// Some seconds after its assembly began. Units: microseconds after the start.
    pub(super) fn at(&self, after_s: i64) -> i64 {
        days(9 + self.number / 16) + minutes((self.number % 16) * 25) + after_s * SECOND_US
    }

    fn item(&self) -> String {
        format!("serial:{}", self.serial)
    }
}

/// A pump on a bench, by somebody, from a moment on.
struct Going<'a> {
    maker: &'a mut Maker,
    pump: &'a Pump,
    bench: (&'static str, &'static str, &'static str),
    operation: &'static str,
    step: &'static str,
    after_s: i64,
}

impl Going<'_> {
    fn name(&self) -> String {
        format!("{}/{}", self.pump.serial, self.operation)
    }

    fn at(&mut self, seconds: i64) -> i64 {
        self.after_s += seconds;
        self.pump.at(self.after_s)
    }

    fn start(&mut self, program: &Value) {
        let start = json!({"act": "startWork", "operation": self.operation,
            "items": [{"item": self.pump.item()}], "program": program});
        let (at, name) = (self.at(0), self.name());
        self.maker.tell(at, Some(self.bench), vec![start]).kept(name);
    }

    fn take(&mut self, seconds: i64, capture: &str, value: &Value) -> Value {
        self.after_s += seconds;
        json!({"act": "take", "execution": format!("@{}", self.name()), "step": self.step,
            "capture": capture, "value": value})
    }

    fn scan(&mut self, capture: &str, item: &str) {
        let take = self.take(20, capture, &json!({"kind": "scan", "item": item}));
        let at = self.at(0);
        self.maker.say(at, Some(self.bench), vec![take]);
    }

    /// What the equipment delivers, by its own clock.
    fn reads(&mut self, (capture, value, unit): (&str, &str, &str), keep: Option<String>) {
        let value = json!({"kind": "measurement", "value": value, "unit": unit});
        let take = self.take(15, capture, &value);
        let at = self.at(0);
        let clock = self.maker.time(at);
        let said = self.maker.tell(at, Some(self.bench), vec![take]);
        let said = said.with("captured", json!({"at": clock}));
        if let Some(name) = keep {
            said.kept(name);
        }
    }

    fn close(&mut self) {
        let close = json!({"act": "closeStep", "execution": format!("@{}", self.name()),
            "step": self.step});
        let at = self.at(20);
        self.maker.say(at, Some(self.bench), vec![close]);
    }
}

impl Maker {
    /// From the draft to a version that everybody has read.
    pub(super) fn instructions(&mut self) {
        let master = master();
        let Some(hash) = hash_of(&master) else { return };
        let by = |person| Some(("ST-30", "", person));
        let at = -DAY_US + minutes(10);
        let propose = json!({"act": "proposeMaster", "master": master, "reason": "revision F"});
        self.say(at, by(ENGINEER), vec![propose]);
        let mut acts = vec![
            json!({"act": "approveMaster", "master": hash}),
            json!({"act": "activateMaster", "master": hash}),
        ];
        acts.extend(OPERATORS.map(|person| {
            json!({"act": "qualify", "person": person, "qualification": "assembly",
                "reason": "trained on line 2"})
        }));
        for equipment in ["TW-07", "ATE-3"] {
            let due = self.time(DAY_US * 365);
            acts.push(json!({"act": "checkEquipment", "equipment": equipment, "good": true,
                "due": due}));
        }
        // A qualification counts from when it is told.
        self.tell(at + minutes(60), by(QUALITY), acts).with("performed", Value::Null);
        for person in OPERATORS {
            let read = json!({"act": "acknowledge", "master": hash});
            self.say(at + minutes(90), by(person), vec![read]);
        }
    }

    /// One pump, as far as it has come.
    pub(super) fn build(&mut self, pump: &Pump) {
        let each = PUMPS / ORDERS.len();
        let order = ORDERS[pump.number / each % ORDERS.len()];
        let create = json!({"act": "create", "kind": "unit", "part": named("LP-300"),
            "items": [unit(&pump.serial)], "order": order});
        self.say(pump.at(0), Some(("ST-30", "", "P-11")), vec![create]);
        self.assemble(pump, 10, None);
        self.drive(pump, 300);
        let mut finished = 1200;
        if self.test(pump, 720) {
            self.rework(pump);
            finished = 1500;
        }
        if pump.number < PUMPS - UNFINISHED {
            self.finish(pump, finished);
        }
    }

    fn assemble(&mut self, pump: &Pump, after_s: i64, battery: Option<&str>) {
        let bench = ("ST-30", "", "P-11");
        let old = format!("serial:BT18-{:05}", 44_000 + pump.number);
        let mut on = Going { maker: self, pump, bench, operation: "OP30", step: "S1", after_s };
        on.start(&Value::Null);
        on.scan("head", &format!("serial:{}", head_serial(pump.number)));
        on.scan("board", &format!("serial:{}", pump.board));
        match battery {
            None => on.scan("battery", &old),
            Some(new) => {
                let replaces = json!({"item": old, "to": "scrap", "reason": "battery voltage low"});
                let value = json!({"kind": "scan", "item": new, "replaces": replaces});
                let take = on.take(20, "battery", &value);
                let at = on.at(0);
                on.maker.say(at, Some(bench), vec![take]);
            }
        }
        on.close();
        on.step = "S2";
        on.scan("housing", "lot:IM-2606-11");
        if pump.number == TO_RELEASE {
            // The wrong box: it waits for its certificate.
            let wrong = json!({"kind": "scan", "item": "lot:88044-A"});
            let take = on.take(10, "gasket", &wrong);
            let at = on.at(0);
            on.maker.tell(at, Some(bench), vec![take]).refused();
        }
        on.scan("gasket", "lot:88041-C");
        on.close();
    }

    /// Ten screws, four of them measured.
    fn drive(&mut self, pump: &Pump, after_s: i64) {
        let bench = ("ST-30", "TW-07", "P-11");
        let mut torques: Vec<String> = (0..4).map(|_| self.chance.around(120, 7)).collect();
        if pump.number == TO_RELEASE {
            torques = ["1.21", "1.34", "1.19", "1.20", "1.295"].map(str::to_owned).to_vec();
        }
        let mut on = Going { maker: self, pump, bench, operation: "OP35", step: "S1", after_s };
        on.start(&Value::Null);
        for torque in torques {
            on.reads(("torque", &torque, "N·m"), None);
        }
        on.close();
    }

    /// Whether the battery was weak: then the pump is stopped.
    fn test(&mut self, pump: &Pump, after_s: i64) -> bool {
        let weak = pump.number == WEAK && after_s < 1000;
        let voltage = if weak { "6.88".to_owned() } else { self.chance.around(731, 9) };
        let leak = self.chance.around(22, 11);
        let occlusion = decimal(6900 + i64::try_from(self.chance.below(500)).unwrap_or_default());
        let bench = ("ST-40", "ATE-3", "P-12");
        let mut on = Going { maker: self, pump, bench, operation: "OP40", step: "S1", after_s };
        on.start(&program("ate-lp300", "31"));
        if weak {
            on.reads(("voltage", &voltage, "V"), Some(format!("{}/weak", pump.serial)));
            return true;
        }
        on.after_s += 40;
        on.reads(("leak", &leak, "mL/min"), None);
        on.after_s += 40;
        on.reads(("occlusion", &occlusion, "kPa"), None);
        on.reads(("voltage", &voltage, "V"), None);
        on.close();
        false
    }

    /// Quality sends it back; another battery goes in.
    fn rework(&mut self, pump: &Pump) {
        let dispose = json!({"act": "dispose", "disposition": "rework", "backTo": "OP30",
            "nonconformance": format!("@{}/weak+1", pump.serial),
            "reason": "another battery pack, then all tests"});
        self.say(pump.at(800), Some(("ST-40", "", QUALITY)), vec![dispose]);
        self.assemble(pump, 860, Some("serial:BT18-44249"));
        self.drive(pump, 1100);
        self.test(pump, 1220);
    }

    fn finish(&mut self, pump: &Pump, after_s: i64) {
        let bench = ("ST-70", "FW-2", "P-13");
        let set = format!("lot:AS-60{}", 1 + pump.number / 60);
        let mut on = Going { maker: self, pump, bench, operation: "OP70", step: "S1", after_s };
        on.start(&program("fw-lp3", "4.2.1+b318"));
        on.scan("firmware", "version:4.2.1+b318");
        on.scan("accessory", &set);
        let take = on.take(20, "label", &json!({"kind": "check", "good": true}));
        let at = on.at(0);
        on.maker.say(at, Some(bench), vec![take]);
        on.close();
        let at = on.at(30);
        let moved = json!({"act": "move", "items": [pump.item()], "place": "FG-1"});
        self.say(at, Some(bench), vec![moved]);
    }
}

fn program(name: &str, version: &str) -> Value {
    json!({"name": name, "version": version})
}

fn hash_of(master: &Value) -> Option<MasterHash> {
    let parsed: Result<WorkMaster, _> = serde_json::from_value(master.clone());
    parsed.ok().map(|master| master.hash())
}

fn master() -> Value {
    let scan = |code: &str, part: &str| json!({"kind": "scan", "code": code, "part": named(part)});
    let reads = |code: &str, unit: &str, (low, high): (&str, &str), count: u16, retries: u16| {
        json!({"kind": "measurement", "code": code, "unit": unit, "low": low, "high": high,
            "decimals": 2, "source": "equipment", "count": count, "retries": retries})
    };
    json!({"code": "WM-LP300", "version": 1, "title": "Pump LP-300, final assembly",
    "part": named("LP-300"), "operations": [
        {"code": "OP30", "title": "Assemble", "workCenter": "LINE-2",
         "qualifications": ["assembly"], "steps": [
            {"code": "S1", "text": "Fit pump head, main board and battery pack.",
             "expectedS": 90, "captures": [scan("head", "PH-22"), scan("board", "PC-301"),
                scan("battery", "BT-18")]},
            {"code": "S2", "text": "Lay the gasket into the front housing and close it.",
             "expectedS": 60, "captures": [scan("housing", "HS-05"), scan("gasket", "GK-114")]}]},
        {"code": "OP35", "title": "Screw down", "workCenter": "LINE-2", "backflush": true,
         "qualifications": ["assembly"], "steps": [
            {"code": "S1", "text": "Drive the ten screws crosswise; measure the corners.",
             "expectedS": 80, "captures": [
                reads("torque", "N·m", ("1.10", "1.30"), 4, 1)]}]},
        {"code": "OP40", "title": "Leak and occlusion test", "workCenter": "LINE-2",
         "program": program("ate-lp300", "31"), "steps": [
            {"code": "S1", "text": "Close the door of the tester; it does the rest.",
             "expectedS": 150, "captures": [
                reads("voltage", "V", ("7.00", "7.60"), 1, 0),
                reads("leak", "mL/min", ("0", "0.50"), 1, 0),
                reads("occlusion", "kPa", ("60", "80"), 1, 0)]}]},
        {"code": "OP70", "title": "Firmware, label and pack", "workCenter": "LINE-2",
         "program": program("fw-lp3", "4.2.1+b318"), "steps": [
            {"code": "S1", "text": "Write the firmware, add the accessories, read the label.",
             "expectedS": 90, "captures": [scan("firmware", "FW-LP3"), scan("accessory", "AS-12"),
                {"kind": "check", "code": "label",
                 "text": "the label shows the serial number of the screen"}]}]}]})
}
