//! Random commands under a seed: most are admitted, some refused, some raise exceptions.

use domain::{Answer, Command, CommandId};
use serde_json::{Value, json};

/// SplitMix64.
#[derive(Debug, Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        drawn ^ (drawn >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.draw() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// The number in an environment variable, or another.
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var_os(variable).and_then(|text| text.to_str()?.parse().ok()).unwrap_or(otherwise)
}

/// The seed of this run, printed so that it can be repeated.
pub(crate) fn seed(variable: &str) -> u64 {
    let drawn = u64::from_be_bytes(*engine::new_command_id().unwrap().0.last_chunk().unwrap());
    let seed = number(variable, drawn);
    println!("{variable}={seed} repeats this run");
    seed
}

/// What must be known before anything is made.
pub(crate) fn masters() -> Vec<Command> {
    let acts = json!([
        {"act": "defineParty", "code": "POLY", "name": "Polyflex", "contact": "sales at Polyflex"},
        {"act": "defineParty", "code": "CLINIC", "name": "Clinic"},
        {"act": "definePlace", "code": "WH", "name": "Warehouse"},
        {"act": "defineStation", "code": "ST-1", "name": "Station"},
        {"act": "defineEquipment", "code": "TW-1", "name": "Torque driver"},
        {"act": "defineMaterial", "part": {"number": "M"}, "name": "Membrane", "tracking": "lot",
         "baseUnit": "ea"},
        {"act": "defineMaterial", "part": {"number": "U"}, "name": "Pump", "tracking": "serial",
         "baseUnit": "ea"},
        {"act": "defineBom", "part": {"number": "U"},
         "lines": [{"part": {"number": "M"}, "quantity": 1}]},
        {"act": "receive", "kind": "lot", "part": {"number": "M"}, "supplier": "POLY",
         "accepted": true, "items": [{"identifiers": [{"scheme": "lotCode", "value": "L-0"}],
         "quantity": "500"}]}
    ]);
    vec![Command::attempt(serde_json::from_value(acts).unwrap())]
}

/// One who records: knows what it made and goes on from there.
#[derive(Debug)]
pub(crate) struct Floor {
    chance: Chance,
    who: String,
    file: Option<String>,
    made: usize,
    units: Vec<String>,
    lots: Vec<String>,
    holds: Vec<String>,
    persons: usize,
    written: Vec<u64>,
    /// Who may be erased, where persons are.
    erases: Option<Vec<String>>,
}

impl Floor {
    pub(crate) fn new(seed: u64, who: &str, file: Option<String>) -> Self {
        Self {
            chance: Chance(seed),
            who: who.to_owned(),
            file,
            made: 0,
            units: Vec::new(),
            lots: vec!["lot:L-0".to_owned()],
            holds: Vec::new(),
            persons: 0,
            written: Vec::new(),
            erases: None,
        }
    }

    /// One that has persons erased, too.
    pub(crate) fn erasing(self) -> Self {
        Self { erases: Some(Vec::new()), ..self }
    }

    /// Learns which entries there are to be corrected.
    pub(crate) fn heard(&mut self, answer: &Answer) {
        if let Answer::Admitted(admitted) = answer {
            self.written.push(admitted.first.0);
        }
    }

    /// Submits some commands one after the other.
    pub(crate) fn work(&mut self, plant: &engine::Plant, commands: usize) {
        for _ in 0..commands {
            let reply = plant.submit(self.next(), "test").unwrap();
            self.heard(&reply.answer);
        }
    }

    /// The next command, with an id of its own.
    pub(crate) fn next(&mut self) -> Command {
        self.made += 1;
        let choice = if self.units.is_empty() { 0 } else { self.chance.below(16) };
        let (mode, acts) = match choice {
            0..=3 => ("attempt", self.build()),
            4 => ("attempt", self.receive()),
            5..=6 => ("attempt", self.step()),
            7 => ("report", self.consume()),
            8 => ("attempt", self.hold()),
            9 => ("attempt", self.ship()),
            10 => ("report", self.correct()),
            11 => ("attempt", self.again()),
            12 => ("attempt", self.describe()),
            13 => ("attempt", self.person()),
            14 => ("report", self.count()),
            _ => ("attempt", self.pack()),
        };
        let body = json!({"mode": mode, "source": self.who, "acts": acts});
        let id: CommandId = engine::command_id_of(&[
            self.who.as_bytes(),
            &self.chance.draw().to_be_bytes(),
            &self.made.to_be_bytes(),
        ]);
        let command: Command = serde_json::from_value(body).unwrap();
        Command { id: Some(id), ..command }
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}-{}-{}", self.who, self.made)
    }

    fn unit(&mut self) -> String {
        self.chance.pick(&self.units).clone()
    }

    fn lot(&mut self) -> String {
        self.chance.pick(&self.lots).clone()
    }

    fn build(&mut self) -> Value {
        let serial = self.name("SN");
        self.units.push(format!("serial:{serial}"));
        json!([
            {"act": "create", "kind": "unit", "part": {"number": "U"},
             "items": [{"identifiers": [{"scheme": "serialNumber", "value": serial}]}]},
            {"act": "install", "parent": "new:0.0", "component": self.lot(), "quantity": 1}
        ])
    }

    fn receive(&mut self) -> Value {
        let code = self.name("L");
        self.lots.push(format!("lot:{code}"));
        let mut acts = json!([
            {"act": "receive", "kind": "lot", "part": {"number": "M"}, "supplier": "POLY",
             "items": [{"identifiers": [{"scheme": "lotCode", "value": code}],
             "quantity": "20"}]},
            {"act": "inspect", "item": "new:0.0"}
        ]);
        if let Some(file) = &self.file {
            acts[1]["files"] = json!([{"sha256": file, "name": "certificate.pdf"}]);
        }
        acts
    }

    fn step(&mut self) -> Value {
        let value = format!("1.{}", self.chance.below(99));
        json!([{"act": "step", "operation": "OP1", "items": [{"item": self.unit()}],
                "outcome": "pass", "run": "R-1", "measures": [
                {"name": "torque", "value": value, "unit": "N·m", "low": "1.0", "high": "2.0"},
                {"name": "angle", "value": "12", "unit": "°"}]}])
    }

    fn consume(&mut self) -> Value {
        json!([{"act": "consume", "from": [self.lot()], "into": [self.unit()], "quantity": 7}])
    }

    fn hold(&mut self) -> Value {
        if self.holds.len() > 2 {
            return json!([{"act": "lift", "code": self.holds.remove(0), "reason": "settled"}]);
        }
        let code = self.name("H");
        self.holds.push(code.clone());
        json!([{"act": "hold", "code": code, "on": [{"start": "item", "item": self.lot()}],
                "spreads": true, "reason": "complaint"}])
    }

    fn ship(&mut self) -> Value {
        json!([{"act": "ship", "party": "CLINIC", "lines": [{"item": self.unit()}]}])
    }

    fn correct(&mut self) -> Value {
        let entry = if self.written.is_empty() { 9 } else { *self.chance.pick(&self.written) };
        json!([{"act": "correct", "entries": [entry], "amendment": {"how": "withdraw"},
                "reason": "written twice"}])
    }

    /// A serial number that is taken: refused.
    fn again(&mut self) -> Value {
        let unit = self.unit();
        let serial = unit.trim_start_matches("serial:");
        json!([{"act": "identify", "item": self.unit(),
                "identifiers": [{"scheme": "serialNumber", "value": serial}]}])
    }

    fn describe(&mut self) -> Value {
        json!([{"act": "describe", "item": self.unit(),
                "fields": {"colour": *self.chance.pick(&["red", "blue", "green"])}}])
    }

    fn person(&mut self) -> Value {
        self.persons += 1;
        let code = self.name("P");
        if let Some(erases) = &mut self.erases {
            erases.push(code.clone());
            if erases.len() > 1 && self.chance.below(2) == 0 {
                let person = erases.swap_remove(0);
                return json!([{"act": "erase", "person": person, "reason": "asked for"},
                              {"act": "definePerson", "code": code, "name": "Somebody"}]);
            }
        }
        json!([{"act": "definePerson", "code": code, "name": "Somebody"}])
    }

    fn count(&mut self) -> Value {
        json!([{"act": "count", "lot": self.lot(), "quantity": 3}])
    }

    fn pack(&mut self) -> Value {
        let code = self.name("BOX");
        json!([
            {"act": "create", "kind": "package",
             "items": [{"identifiers": [{"scheme": "containerCode", "value": code}]}]},
            {"act": "pack", "container": "new:0.0", "items": [{"item": self.unit()}]}
        ])
    }
}
