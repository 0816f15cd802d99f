//! The work that is measured: a floor that builds units, fact by fact, the same for everybody.
//!
//! A unit takes six facts: it is created in an order, two components are installed from lots, and
//! three steps are done on it, each with a measured value within limits, by a person with a piece
//! of equipment at a station. Every fact meets rules: the unit and the lot exist, are not held,
//! not shipped, not scrapped, the part is on the bill of material, enough of the lot is left, the
//! identifier is new, the codes are defined.

use domain::Command;
use serde_json::{Value, json};

/// Facts a unit takes.
pub(crate) const FACTS_PER_UNIT: u64 = 6;
/// Component parts, each with lots of its own.
pub(crate) const PARTS: u64 = 2;
/// Lots of each part that are open at a time; callers take from them in turn.
pub(crate) const LOTS_PER_PART: u64 = 16;
/// Pieces in a lot: more than a run takes.
pub(crate) const LOT_PIECES: u64 = 100_000_000;

/// What the floor makes, in which order, where, with what, by whom, and what is measured.
pub(crate) const PART: &str = "PUMP";
pub(crate) const ORDER: &str = "WO-1";
pub(crate) const STATION: &str = "ST-1";
pub(crate) const EQUIPMENT: &str = "TW-1";
pub(crate) const PERSON: &str = "p-1";
pub(crate) const MEASURE: &str = "torque";
pub(crate) const MEASURE_UNIT: &str = "N·m";
pub(crate) const LOW: &str = "1.00";
pub(crate) const HIGH: &str = "1.50";

/// One fact of the floor, before it is put in anybody's words.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fact {
    /// A unit comes into being.
    Create {
        /// Its number.
        unit: u64,
    },
    /// A piece of a lot goes into a unit.
    Install {
        /// Into which unit.
        unit: u64,
        /// Of which part.
        part: u64,
        /// From which of the part's lots.
        lot: u64,
    },
    /// A step with a measured value.
    Step {
        /// On which unit.
        unit: u64,
        /// Which of the unit's steps.
        step: u64,
    },
}

/// The fact with a number within the work of one caller; callers' units do not meet.
pub(crate) fn fact(caller: u64, number: u64) -> Fact {
    let unit = (caller << 32) | (number / FACTS_PER_UNIT);
    match number % FACTS_PER_UNIT {
        0 => Fact::Create { unit },
        at @ 1..=2 => Fact::Install { unit, part: at - 1, lot: (caller + unit) % LOTS_PER_PART },
        at => Fact::Step { unit, step: at - 3 },
    }
}

/// The serial number of a unit.
pub(crate) fn serial(unit: u64) -> String {
    format!("SN-{:03}-{:07}", unit >> 32, unit & 0xffff_ffff)
}

/// The code of a lot.
pub(crate) fn lot_code(part: u64, lot: u64) -> String {
    format!("L{part}-{lot:03}")
}

/// The measured value of a step, within its limits.
pub(crate) fn torque(unit: u64, step: u64) -> String {
    let hundredths = 110 + (unit.wrapping_mul(7) + step * 3) % 30;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The operation a step belongs to.
pub(crate) fn operation(step: u64) -> String {
    format!("OP-{step}")
}

/// What must be known before the first unit, as acts.
pub(crate) fn definitions() -> Command {
    let mut acts = vec![
        json!({"act": "defineParty", "code": "SUP", "name": "Supplier"}),
        json!({"act": "defineStation", "code": STATION, "name": "Assembly"}),
        json!({"act": "defineEquipment", "code": EQUIPMENT, "name": "Torque driver"}),
        json!({"act": "definePerson", "code": PERSON, "name": "Operator"}),
        json!({"act": "defineMaterial", "part": {"number": PART}, "name": "Pump",
            "tracking": "serial", "baseUnit": "ea"}),
    ];
    for part in 0..PARTS {
        acts.push(json!({"act": "defineMaterial", "part": {"number": format!("C{part}")},
            "name": "Component", "tracking": "lot", "baseUnit": "ea"}));
    }
    let lines: Vec<Value> = (0..PARTS)
        .map(|part| json!({"part": {"number": format!("C{part}")}, "quantity": 1}))
        .collect();
    acts.push(json!({"act": "defineBom", "part": {"number": PART}, "lines": lines}));
    acts.push(json!({"act": "defineOrder", "code": ORDER, "part": {"number": PART},
        "quantity": 1_000_000}));
    for part in 0..PARTS {
        let items: Vec<Value> = (0..LOTS_PER_PART)
            .map(|lot| {
                json!({"identifiers": [{"scheme": "lotCode", "value": lot_code(part, lot)}],
                    "quantity": LOT_PIECES.to_string()})
            })
            .collect();
        acts.push(json!({"act": "receive", "kind": "lot", "part": {"number": format!("C{part}")},
            "supplier": "SUP", "accepted": true, "items": items}));
    }
    read(json!({"acts": acts}))
}

/// A fact as the body of a command, without its id.
pub(crate) fn body(fact: Fact) -> Value {
    match fact {
        Fact::Create { unit } => json!({"acts": [{"act": "create", "kind": "unit",
            "part": {"number": PART}, "order": ORDER,
            "items": [{"identifiers": [{"scheme": "serialNumber", "value": serial(unit)}]}]}]}),
        Fact::Install { unit, part, lot } => json!({"acts": [{"act": "install",
            "parent": format!("serial:{}", serial(unit)),
            "component": format!("lot:{}", lot_code(part, lot)), "quantity": "1"}]}),
        Fact::Step { unit, step } => json!({
            "station": STATION, "equipment": [EQUIPMENT], "performedBy": PERSON,
            "acts": [{"act": "step", "operation": operation(step),
                "items": [{"item": format!("serial:{}", serial(unit))}],
                "measures": [{"name": MEASURE, "unit": MEASURE_UNIT,
                    "value": torque(unit, step), "low": LOW, "high": HIGH}],
                "outcome": "pass"}]}),
    }
}

/// A fact as a command, without its id.
pub(crate) fn command(fact: Fact) -> Command {
    read(body(fact))
}

fn read(body: Value) -> Command {
    serde_json::from_value(body).expect("invariant: commands of the floor read")
}
