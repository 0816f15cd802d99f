//! Random histories of a small plant: attempts and reports, late facts, corrections, commands
//! refused half way. Everything is said by names made here, so a history is plain data.

use std::fmt;

use domain::act::Act;
use domain::entry::Entry;
use domain::{Command, ItemId, Mode};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a history is made of: numbers that are read as commands, so that it shrinks well.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    kind: u8,
    a: u8,
    b: u8,
    c: u8,
    quantity: u8,
    at: u8,
    span: u8,
    mode: u8,
    more: u8,
}

/// A history; what it was is said by the commands it was told as.
#[derive(Clone)]
pub(crate) struct History {
    ops: Vec<Op>,
    /// Whether everything is timed exactly.
    exact: bool,
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} operations", self.ops.len())
    }
}

/// Histories of up to `max` operations.
pub(crate) fn histories(max: usize) -> impl Strategy<Value = History> {
    let numbers = (0..KINDS, any::<u8>(), any::<u8>(), any::<u8>());
    let op = (numbers, 1..9_u8, 0..40_u8, any::<u8>(), any::<u8>(), any::<u8>());
    let op = op.prop_map(|((kind, a, b, c), quantity, at, span, mode, more)| Op {
        kind,
        a,
        b,
        c,
        quantity,
        at,
        span,
        mode,
        more,
    });
    (prop::collection::vec(op, 1..max), any::<bool>())
        .prop_map(|(ops, exact)| History { ops, exact })
}

const KINDS: u8 = 46;
/// So many are told at once; corrections among them aim at what was told before.
const CHUNK: usize = 8;
/// Midnight of the day everything happens, 2026-03-02, and a minute. Units: microseconds.
const DAY_US: i64 = 1_772_409_600_000_000;
const MINUTE_US: i64 = 60_000_000;

fn minutes(from: i64, to: i64) -> Value {
    let time = |minute: i64| domain::Time(DAY_US + minute * MINUTE_US);
    json!({"from": time(from), "to": time(to)})
}

/// The plant every history begins with.
fn first() -> Vec<Command> {
    let part = |number: &str, tracking: &str| {
        json!({"act": "defineMaterial", "part": {"number": number}, "name": number,
            "tracking": tracking, "baseUnit": "ea"})
    };
    let line = |number: &str, quantity: u8, operation: Option<&str>| json!({"part": {"number": number}, "quantity": quantity, "operation": operation});
    let lot = |name: &str, number: &str| {
        json!({"act": "receive", "kind": "lot", "part": {"number": number}, "supplier": "ACME",
            "accepted": true, "items": [{"identifiers": [lot_name(name)], "quantity": 40}]})
    };
    let units = |names: [&str; 3], number: &str| {
        let items: Vec<Value> = names
            .iter()
            .map(|name| {
                json!({"identifiers":
                [{"scheme": "serialNumber", "value": name}]})
            })
            .collect();
        json!({"act": "create", "kind": "unit", "part": {"number": number}, "items": items})
    };
    let container = |name: &str, kind: &str| {
        json!({"act": "create", "kind": kind,
            "items": [{"identifiers": [{"scheme": "containerCode", "value": name}]}]})
    };
    let acts = [
        json!({"act": "defineParty", "code": "ACME", "name": "Acme"}),
        json!({"act": "defineStation", "code": "ST", "name": "Line"}),
        json!({"act": "definePlace", "code": "SHELF", "name": "Shelf"}),
        json!({"act": "defineOrder", "code": "WO-0"}),
        json!({"act": "defineOrder", "code": "WO-1"}),
        part("GLUE", "lot"),
        part("CHIP", "lot"),
        part("HEAD", "serial"),
        part("PUMP", "serial"),
        json!({"act": "defineBom", "part": {"number": "HEAD"},
            "lines": [line("GLUE", 2, Some("PLACE"))]}),
        json!({"act": "defineBom", "part": {"number": "PUMP"},
            "lines": [line("HEAD", 1, None), line("CHIP", 1, Some("PLACE"))]}),
        lot("L0", "GLUE"),
        lot("L1", "GLUE"),
        lot("L2", "CHIP"),
        units(["U0", "U1", "U2"], "HEAD"),
        units(["U3", "U4", "U5"], "PUMP"),
        container("K0", "pallet"),
        container("K1", "package"),
        container("K2", "package"),
    ];
    vec![command(Mode::Report, &minutes(0, 0), &acts)]
}

fn command(mode: Mode, performed: &Value, acts: &[Value]) -> Command {
    let command = json!({"mode": mode, "performed": performed, "station": "ST", "acts": acts});
    serde_json::from_value(command).unwrap()
}

fn lot_name(name: &str) -> Value {
    json!({"scheme": "lotCode", "value": name})
}

/// The names a history may use; those it makes may turn out never to have been made.
struct Names {
    lots: Vec<String>,
    units: Vec<String>,
    containers: Vec<String>,
    holds: Vec<String>,
    made: usize,
}

impl History {
    /// Tells it piece by piece; `tell` answers all facts there are by then.
    pub(crate) fn tell(&self, mut tell: impl FnMut(Vec<Command>) -> Vec<Entry>) {
        let names = |stem: &str, count: u8| (0..count).map(|n| format!("{stem}{n}")).collect();
        let mut names = Names {
            lots: names("L", 3),
            units: names("U", 6),
            containers: names("K", 3),
            holds: vec!["H-none".into()],
            made: 0,
        };
        let mut facts = tell(first());
        let exact = |op: &Op| Op { span: 255, ..op.clone() };
        let ops: Vec<Op> = match self.exact {
            true => self.ops.iter().map(exact).collect(),
            false => self.ops.clone(),
        };
        for ops in ops.chunks(CHUNK) {
            let commands = ops.iter().map(|op| op.command(&facts, &mut names)).collect();
            facts = tell(commands);
        }
    }
}

/// What an item was called when it came into being.
fn name_of(facts: &[Entry], id: ItemId) -> Option<String> {
    let birth = facts.iter().find(|entry| entry.position == id.birth)?;
    let at = usize::from(id.ordinal);
    let names = match &birth.fact {
        Act::Create(v) => &v.items[at].identifiers,
        Act::Receive(v) => &v.items[at].identifiers,
        Act::Split(v) => &v.into[at].identifiers,
        Act::Merge(v) => &v.identifiers,
        _ => return None,
    };
    names.first().map(|name| name.value.clone())
}

fn pick(names: &[String], by: u8) -> Value {
    json!(names[usize::from(by) % names.len()])
}

impl Op {
    fn command(&self, facts: &[Entry], names: &mut Names) -> Command {
        // A quarter are attempts; the others are told, so they get in whatever they break.
        let mode = if self.mode < 64 { Mode::Attempt } else { Mode::Report };
        let at = i64::from(self.at) + 1;
        let span = if self.span < 64 { i64::from(self.span % 8) } else { 0 };
        let mut acts = vec![self.act(facts, names)];
        if self.more < 48 {
            let second = Self {
                kind: self.b % KINDS,
                a: self.c,
                b: self.a,
                c: self.b,
                more: 255,
                ..self.clone()
            };
            acts.push(second.act(facts, names));
        }
        if self.more < 16 {
            // No command is admitted with this in it: what came before must leave no trace.
            acts.push(json!({"act": "scrap", "item": "nobody", "reason": "none"}));
        }
        command(mode, &minutes(at, at + span), &acts)
    }

    fn new_name(stem: &str, names: &mut Names) -> String {
        names.made += 1;
        format!("{stem}{}", 100 + names.made)
    }

    fn act(&self, facts: &[Entry], names: &mut Names) -> Value {
        let lot = pick(&names.lots, self.a);
        let other_lot = pick(&names.lots, self.b);
        let unit = pick(&names.units, self.a);
        let other = pick(&names.units, self.b);
        let third = pick(&names.units, self.c);
        let container = pick(&names.containers, self.c);
        let quantity = self.quantity;
        let slot = if self.c.is_multiple_of(4) { "F2" } else { "F1" };
        let to = if self.c.is_multiple_of(3) { "scrap" } else { "stock" };
        let order = if self.c.is_multiple_of(3) { "WO-1" } else { "WO-0" };
        let why = self.b.is_multiple_of(2).then_some("spilled");
        let belongs = self.c.is_multiple_of(2).then_some(&lot);
        let any = [&unit, &lot, &container];
        match self.kind {
            0..=3 => json!({"act": "install", "component": unit, "parent": other}),
            4 => json!({"act": "install", "component": lot, "parent": other,
                "quantity": quantity}),
            5..=6 => json!({"act": "remove", "component": unit, "parent": other,
                "to": to, "reason": "rework"}),
            7 => json!({"act": "remove", "component": lot, "parent": other,
                "quantity": 1 + quantity / 3, "reason": "rework"}),
            8 => json!({"act": "replace", "old": unit, "new": third, "parent": other,
                "reason": "rework"}),
            9..=10 => self.consume(&lot, &other_lot, [&other, &third]),
            11..=13 => json!({"act": "load", "lot": lot, "station": "ST", "slot": slot,
                "adds": self.b.is_multiple_of(3)}),
            14 if self.b.is_multiple_of(2) => {
                json!({"act": "unload", "station": "ST", "slot": slot})
            }
            14 => json!({"act": "unload", "lot": lot, "station": "ST", "slot": slot}),
            15..=18 => self.step(&unit, &other, true),
            19 => self.step(&unit, &other, false),
            20 => self.pack(&container, [&unit, &lot], names),
            21 => json!({"act": "unpack", "container": container, "items": [unit]}),
            22 => json!({"act": "move", "items": [unit], "place": "SHELF"}),
            23 => self.ship(any),
            24 => json!({"act": "receiveBack", "items": [{"item": any[usize::from(self.b % 3)]}]}),
            25 => self.split(&lot, names),
            26 => self.merge(&lot, &other_lot, names),
            27 => json!({"act": "count", "lot": lot, "quantity": quantity, "explanation": why}),
            28 if self.b.is_multiple_of(2) => {
                json!({"act": "sample", "item": lot, "quantity": quantity,
                "reason": "test"})
            }
            28 => json!({"act": "scrap", "item": belongs.unwrap_or(&unit), "reason": "broken"}),
            29 => self.identify(&unit),
            30 => json!({"act": "assign", "items": [unit, other], "lot": belongs, "order": order}),
            31 if self.b.is_multiple_of(4) => {
                json!({"act": "defineOrder", "code": "WO-1", "splitFrom": "WO-0"})
            }
            31..=32 => self.hold(any, names),
            33 => json!({"act": "lift", "code": pick(&names.holds, self.a), "reason": "good"}),
            34 => json!({"act": "describe", "item": unit,
                "fields": {"colour": format!("c{}", self.b % 4)}}),
            35 => self.inspect(&lot, &unit),
            36 => self.make(names),
            _ => self.correct(facts, names),
        }
    }

    fn pack(&self, container: &Value, [unit, lot]: [&Value; 2], names: &Names) -> Value {
        let item = match self.b % 4 {
            0 => pick(&names.containers, self.b),
            1 => lot.clone(),
            _ => unit.clone(),
        };
        json!({"act": "pack", "container": container, "items": [{"item": item}]})
    }

    fn consume(&self, lot: &Value, other_lot: &Value, into: [&Value; 2]) -> Value {
        let from = if self.c.is_multiple_of(3) && lot != other_lot {
            json!([lot, other_lot])
        } else {
            json!([lot])
        };
        let into = if into[0] == into[1] { json!([into[0]]) } else { json!(into) };
        let choice = if self.c.is_multiple_of(2) { "mix" } else { "one_of" };
        json!({"act": "consume", "from": from, "into": into, "quantity": self.quantity,
            "choice": choice})
    }

    fn step(&self, unit: &Value, other: &Value, draws: bool) -> Value {
        let mut items = vec![json!({"item": unit})];
        if other != unit && self.c.is_multiple_of(2) {
            items.push(json!({"item": other}));
        }
        let outcome = ["done", "pass", "fail"][usize::from(self.b % 3)];
        let operation = if draws { "PLACE" } else { "TEST" };
        json!({"act": "step", "operation": operation, "items": items,
            "outcome": outcome, "finishes": self.c.is_multiple_of(5), "backflush": draws})
    }

    fn ship(&self, of: [&Value; 3]) -> Value {
        let purpose = ["delivery", "subcontract", "returnToSupplier"][usize::from(self.c % 3)];
        let line = usize::from(self.b % 3);
        let quantity =
            if line == 1 && purpose != "subcontract" { Some(self.quantity) } else { None };
        json!({"act": "ship", "party": "ACME", "shipment": format!("D-{}", self.a % 3),
            "lines": [{"item": of[line], "quantity": quantity}], "purpose": purpose})
    }

    fn split(&self, lot: &Value, names: &mut Names) -> Value {
        let new = Self::new_name("L", names);
        names.lots.push(new.clone());
        json!({"act": "split", "lot": lot,
            "into": [{"identifiers": [lot_name(&new)], "quantity": self.quantity}]})
    }

    fn merge(&self, lot: &Value, other: &Value, names: &mut Names) -> Value {
        let new = Self::new_name("L", names);
        names.lots.push(new.clone());
        let lots = if lot == other {
            json!([{"item": lot, "quantity": self.quantity}])
        } else {
            json!([{"item": lot, "quantity": self.quantity}, {"item": other, "quantity": 2}])
        };
        json!({"act": "merge", "lots": lots, "identifiers": [lot_name(&new)]})
    }

    fn identify(&self, unit: &Value) -> Value {
        let name = json!({"scheme": "boardCode", "value": format!("B{}", self.b % 5)});
        if self.c.is_multiple_of(3) {
            json!({"act": "withdraw", "item": unit, "identifier": name, "reason": "damaged"})
        } else {
            json!({"act": "identify", "item": unit, "identifiers": [name]})
        }
    }

    fn hold(&self, of: [&Value; 3], names: &mut Names) -> Value {
        let code = format!("H-{}", names.holds.len());
        names.holds.push(code.clone());
        let operation = json!({"start": "used", "what": "operation", "code": "PLACE",
            "within": minutes(0, i64::from(self.at) + 10)});
        let item = json!({"start": "item", "item": of[usize::from(self.c % 3)]});
        let on = match self.b % 9 {
            0 => json!({"start": "order", "order": "WO-0"}),
            1 => json!({"start": "part", "part": {"number": "HEAD"}}),
            2 => json!({"start": "used", "what": "operation", "code": "PLACE", "within":
                minutes(i64::from(self.at), i64::from(self.at) + 10)}),
            3 => json!({"start": "all", "of": [{"start": "order", "order": "WO-0"}, item]}),
            4 => json!({"start": "all", "of":
                [item, {"start": "part", "part": {"number": "HEAD"}}]}),
            5 => json!({"start": "all", "of": [operation, item]}),
            _ => item,
        };
        json!({"act": "hold", "code": code, "on": [on], "spreads": !self.c.is_multiple_of(4),
            "reason": "complaint"})
    }

    fn inspect(&self, lot: &Value, unit: &Value) -> Value {
        let part = |take: bool| take.then_some(self.quantity);
        if self.c.is_multiple_of(2) {
            json!({"act": "inspect", "item": lot, "accepted": part(self.b.is_multiple_of(2)),
                "rejected": part(self.b.is_multiple_of(3))})
        } else {
            json!({"act": "inspect", "item": unit,
                "rejected": if self.b.is_multiple_of(2) { Some(1) } else { None }})
        }
    }

    fn make(&self, names: &mut Names) -> Value {
        match self.b % 3 {
            0 => {
                let new = Self::new_name("L", names);
                names.lots.push(new.clone());
                json!({"act": "receive", "kind": "lot", "part": {"number": "GLUE"},
                    "supplier": "ACME", "accepted": self.c.is_multiple_of(2),
                    "items": [{"identifiers": [lot_name(&new)], "quantity": self.quantity}]})
            }
            1 => {
                let new = Self::new_name("U", names);
                names.units.push(new.clone());
                json!({"act": "create", "kind": "unit", "part": {"number": "HEAD"},
                    "order": if self.c.is_multiple_of(2) { Some("WO-1") } else { None }, "items":
                    [{"identifiers": [{"scheme": "serialNumber", "value": new}]}]})
            }
            _ => {
                json!({"act": "changePart", "item": names.units[usize::from(self.a) % names.units.len()],
                "part": {"number": if self.c.is_multiple_of(2) { "HEAD" } else { "PUMP" }}, "reason": "rework"})
            }
        }
    }

    /// Corrections aim at what can be corrected, superseded or not.
    fn correct(&self, facts: &[Entry], names: &Names) -> Value {
        const WORDS: [&str; 22] = [
            "identify",
            "withdraw",
            "describe",
            "changePart",
            "inspect",
            "count",
            "sample",
            "scrap",
            "install",
            "remove",
            "replace",
            "load",
            "unload",
            "pack",
            "unpack",
            "move",
            "ship",
            "receiveBack",
            "assign",
            "step",
            "consume",
            "clear",
        ];
        let told: Vec<&Entry> =
            facts.iter().filter(|entry| WORDS.contains(&entry.fact.word())).collect();
        let Some(entry) = told.get(usize::from(self.b) % told.len().max(1)) else {
            return json!({"act": "count", "lot": "L0", "quantity": 40});
        };
        let items = entry.fact.items();
        let amendment = match (self.c % 6, items.get(usize::from(self.a) % items.len().max(1))) {
            (0, _) => json!({"how": "withdraw"}),
            (1..=2, _) | (_, None) => {
                let at = i64::from(self.quantity) * 4;
                let span = if self.span < 255 { i64::from(self.a % 3) } else { 0 };
                json!({"how": "retime", "performed": minutes(at, at + span)})
            }
            (3..=4, Some(wrong)) => {
                let name = name_of(facts, **wrong).unwrap_or_default();
                let right = match name.chars().next() {
                    Some('L') => pick(&names.lots, self.at),
                    Some('K') => pick(&names.containers, self.at),
                    _ => pick(&names.units, self.at),
                };
                let only = items.last().filter(|_| self.quantity.is_multiple_of(2));
                let only: Vec<String> = only.iter().map(|id| format!("id:{id}")).collect();
                json!({"how": "substitute", "wrong": format!("id:{wrong}"), "right": right,
                    "only": only})
            }
            (_, Some(_)) => json!({"how": "restate", "act": {"act": "install",
                "component": pick(&names.units, self.a), "parent": pick(&names.units, self.at)}}),
        };
        json!({"act": "correct", "entries": [entry.position], "amendment": amendment,
            "reason": "it was recorded wrongly"})
    }
}
