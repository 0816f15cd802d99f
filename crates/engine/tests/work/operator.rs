//! Random operators: mostly they do what the plant says is next, often they do not.

use domain::instruction::Capture;
use domain::{Answer, Command, CommandId, ItemRef, PersonCode, StationCode};
use engine::query::{ReleaseAsk, Reviewed, WorkStage};
use engine::{Error, Plant};
use serde_json::{Value, json};

pub(crate) const UNITS: [&str; 4] = ["U0", "U1", "U2", "U3"];
const COMPONENTS: [&str; 8] = ["L0", "L1", "LX", "H0", "H1", "H2", "H3", "H4"];
const PERSONS: [&str; 4] = ["P-0", "P-1", "P-2", "P-3"];
const STEPS: [&str; 3] = ["S1", "S2", "S3"];
const OPERATIONS: [&str; 4] = ["OP10", "OP20", "OP21", "OP30"];
const CAPTURES: [&str; 6] = ["seal", "head", "torque", "seen", "clean", "note"];

/// Numbers under a seed: splitmix64.
#[derive(Debug, Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count).unwrap()).unwrap()
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }
}

/// One person at a terminal, or somebody who would get round it.
pub(crate) struct Operator<'a> {
    pub(crate) plant: &'a Plant,
    pub(crate) chance: Chance,
    pub(crate) hashes: [String; 2],
    /// What was said under which id, and the first answer to it.
    pub(crate) said: Vec<(Command, Answer)>,
}

impl Operator<'_> {
    /// One thing more.
    pub(crate) fn deed(&mut self) {
        if !self.said.is_empty() && self.chance.percent(8) {
            let (command, answer) = self.said[self.chance.below(self.said.len())].clone();
            assert_eq!(self.submit(&command), answer, "a replayed command has its first answer");
            return;
        }
        let unit = self.chance.one(&UNITS);
        if self.chance.percent(6) {
            self.release(unit);
            return;
        }
        let (act, person) = match self.chance.below(10) {
            0..=6 => self.next_of(unit),
            _ => (self.odd(unit), self.chance.one(&PERSONS).to_owned()),
        };
        let mut acts = vec![act];
        if self.chance.percent(10) {
            acts.push(self.next_of(unit).0);
        }
        let report = self.chance.percent(12);
        let mut command: Command = serde_json::from_value(json!({"acts": acts,
            "mode": if report { "report" } else { "attempt" },
            "late": if report { Some("a cut") } else { None }}))
        .unwrap();
        command.performed_by = Some(PersonCode::new(&person).unwrap());
        command.station = Some(StationCode::new(self.station()).unwrap());
        let (high, low) = (self.chance.next(), self.chance.next());
        command.id = Some(CommandId(((u128::from(high) << 64) | u128::from(low)).to_be_bytes()));
        let answer = self.submit(&command);
        self.said.push((command, answer));
    }

    fn station(&mut self) -> &'static str {
        if self.chance.percent(95) { "ST-0" } else { "ST-1" }
    }

    fn submit(&self, command: &Command) -> Answer {
        loop {
            match self.plant.submit(command.clone(), "operator") {
                Ok(reply) => return reply.answer,
                Err(Error::Busy { .. }) => std::thread::yield_now(),
                Err(error) => panic!("{}", engine::chain(&error)),
            }
        }
    }

    /// What the plant says is next, done rightly for the most part.
    fn next_of(&mut self, unit: &str) -> (Value, String) {
        let anybody = self.chance.one(&PERSONS[1..]).to_owned();
        let item: ItemRef = unit.parse().unwrap();
        let next = self.plant.next_work(&item).unwrap();
        let Some(open) = next.open else {
            let ready: Vec<_> = next.route.iter().filter(|line| line.ready).collect();
            if ready.is_empty() {
                return (self.odd(unit), anybody);
            }
            let operation = &ready[self.chance.below(ready.len())].operation;
            let act =
                json!({"act": "startWork", "items": [{"item": unit}], "operation": operation});
            return (act, anybody);
        };
        let open_nc = self.plant.nonconformances(&engine::query::NonconformancesAsk::default());
        if let Some(code) = open_nc.unwrap().nonconformances.first().map(|nc| nc.code.clone())
            && self.chance.percent(60)
        {
            return (self.decision(code.as_str()), anybody);
        }
        let work = self.plant.work(&open).unwrap();
        let person = work.row.person.as_ref().map_or(anybody.clone(), ToString::to_string);
        if work.row.stage == WorkStage::Paused {
            return (json!({"act": "resumeWork", "execution": open}), anybody);
        }
        let Some(step) = work.open_step() else { return (self.odd(unit), anybody) };
        let missing = step.captures.iter().find(|line| !line.missing.is_empty());
        let Some(line) = missing else {
            let act = json!({"act": "closeStep", "execution": open, "step": step.code});
            return (act, person);
        };
        let person = match &line.demand {
            Capture::Witness(_) => anybody,
            _ => person,
        };
        let mut value = self.value(&line.demand);
        if let Some(held) = line.in_place.first() {
            self.again(&mut value, held.component.label.clone());
        }
        let act = json!({"act": "take", "execution": open, "step": step.code,
            "capture": line.demand.code(), "value": value});
        (act, person)
    }

    fn value(&mut self, demand: &Capture) -> Value {
        let good = self.chance.percent(78);
        match demand {
            Capture::Scan(scan) if good && scan.part.number.as_str() == "SEAL" => {
                json!({"kind": "scan", "item": self.chance.one(&["L0", "L1"])})
            }
            Capture::Scan(_) | Capture::Remove(_) => {
                json!({"kind": "scan", "item": self.chance.one(&COMPONENTS)})
            }
            Capture::Measurement(_) => {
                json!({"kind": "measurement", "unit": "N·m",
                    "value": if good { "1.20" } else { "1.50" }})
            }
            Capture::Check(_) => json!({"kind": "check", "good": good}),
            Capture::Witness(_) => json!({"kind": "witness", "good": good}),
            Capture::Choice(_) => {
                json!({"kind": "choice", "choice": if good { "blue" } else { "red" }})
            }
            Capture::Text(_) | Capture::File(_) | Capture::Signature(_) => {
                json!({"kind": "text", "text": "as seen"})
            }
        }
    }

    /// What is in a place stays there, or comes out; rarely it is forgotten.
    fn again(&mut self, value: &mut Value, held: String) {
        match self.chance.below(10) {
            0..=3 => value["item"] = held.into(),
            4..=8 => {
                let to = self.chance.one(&["stock", "scrap"]);
                value["replaces"] = json!({"item": held, "to": to, "reason": "torn"});
            }
            _ => {}
        }
    }

    fn decision(&mut self, code: &str) -> Value {
        let decision = self.chance.one(&["useAsIs", "rework", "rework", "repair", "scrap"]);
        let back = self.chance.percent(30) && decision.starts_with('r');
        let back = back.then(|| self.chance.one(&OPERATIONS));
        json!({"act": "dispose", "nonconformance": code, "disposition": decision,
            "reason": "as seen", "backTo": back})
    }

    /// An entry of one's choice, mostly a late one.
    fn entry(&mut self) -> usize {
        let next = usize::try_from(self.plant.published().read().next().0).unwrap();
        let back = self.chance.below(next.min(40)) + 1;
        next - back
    }

    /// Releases a unit on its record as it is now, if that may be: an answer, not a failure.
    fn release(&mut self, unit: &str) {
        let item: ItemRef = unit.parse().unwrap();
        let record = self.plant.batch_record(&item).unwrap().record;
        let person = PersonCode::new(self.chance.one(&PERSONS)).unwrap();
        let ask = ReleaseAsk { items: vec![Reviewed { item, record }], person };
        drop(self.plant.release(&ask, ("operator", None)));
    }

    /// Something that is not next: out of order, beside the instruction, or too early.
    fn odd(&mut self, unit: &str) -> Value {
        let item: ItemRef = unit.parse().unwrap();
        let open = self.plant.next_work(&item).unwrap().open.map(|at| at.0);
        let execution = open.unwrap_or_else(|| self.entry().try_into().unwrap());
        let (step, capture) = (self.chance.one(&STEPS), self.chance.one(&CAPTURES));
        let component = self.chance.one(&COMPONENTS);
        let entry = self.entry();
        match self.chance.below(24) {
            0 => json!({"act": "startWork", "items": [{"item": unit}],
                "operation": self.chance.one(&OPERATIONS)}),
            1 => json!({"act": "startWork", "items": [{"item": "U0"}, {"item": "U1"}]}),
            2..=4 => json!({"act": "closeStep", "execution": execution, "step": step}),
            5 | 6 => json!({"act": "take", "execution": execution, "step": step,
                "capture": capture, "value": {"kind": "scan", "item": component}}),
            7 | 8 => json!({"act": "take", "execution": execution, "step": step,
                "capture": "torque",
                "value": {"kind": "measurement", "unit": "N·m", "value": "1.21"}}),
            9 | 10 => json!({"act": "take", "execution": execution, "step": "S1",
                "capture": "seal", "insteadOf": entry, "reason": "the wrong label",
                "value": {"kind": "scan", "item": self.chance.one(&["L0", "L1"])}}),
            11 => json!({"act": "pauseWork", "execution": execution}),
            12 => json!({"act": "resumeWork", "execution": execution}),
            13 if self.chance.percent(50) => {
                json!({"act": "abandonWork", "execution": execution, "reason": "no time"})
            }
            13 => json!({"act": "abandonWork", "execution": execution, "reason": "taken out",
                "items": [unit]}),
            14 => json!({"act": "deviate", "execution": execution, "step": step,
                "capture": capture, "reason": "as agreed",
                "item": if self.chance.percent(50) { Some(unit) } else { None }}),
            15 => json!({"act": "openNonconformance", "items": [unit], "description": "a scratch"}),
            16 => json!({"act": "install", "parent": unit, "component": component}),
            17 => json!({"act": "remove", "parent": unit, "component": component,
                "to": "stock", "reason": "not needed"}),
            18 => json!({"act": "step", "operation": self.chance.one(&OPERATIONS),
                "items": [{"item": unit}], "outcome": "pass", "finishes": true}),
            19 => json!({"act": "correct", "entries": [entry], "reason": "a slip",
                "amendment": {"how": "withdraw"}}),
            20 => json!({"act": "lift", "code": format!("NC-{entry}"), "reason": "it is good"}),
            21 => json!({"act": "assignMaster", "items": [unit],
                "master": self.hashes[self.chance.below(2)], "reason": "the new way"}),
            22 => {
                let until = self.chance.percent(50).then_some("2020-01-01T00:00:00Z");
                json!({"act": "qualify", "person": self.chance.one(&PERSONS),
                    "qualification": "torque", "reason": "a test", "until": until})
            }
            _ => json!({"act": "ship", "party": "CUST", "lines": [{"item": unit}]}),
        }
    }
}
