//! The floor's facts, told to PostgreSQL.
//!
//! One by one: a function a fact, one round trip, one transaction. That is faster than prepared
//! statements on their own, which take a round trip for each look that decides about the next.
//! Many at a time: arrays of facts of one kind, three statements in one transaction and one round
//! trip; arrays are quicker than a copy into a temporary table, which has to be emptied again.

use std::vec;

use anyhow::{Result, ensure};

use super::cluster::Cluster;
use super::wire::{Connection, Shape, bundle};
use crate::drive::Caller;
use crate::floor::{self, Fact};
use crate::ours::BY;

const SCHEMA: &str = include_str!("../../sql/schema.sql");
const SINGLE: &str = include_str!("../../sql/single.sql");
const BATCH: &str = include_str!("../../sql/batch.sql");
const DEFINITIONS: &str = include_str!("../../sql/definitions.sql");

/// Where a command's id is written; as long as one.
const ID_PLACE: &str = "00000000-0000-0000-0000-000000000000";

const STATEMENTS: &[(&str, &str)] = &[
    ("create", "SELECT create_unit($1, $2, $3, $4, $5)"),
    ("install", "SELECT install_lot($1, $2, $3, $4, $5)"),
    ("step", "SELECT do_step($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"),
    ("creates", "SELECT create_units($1, $2, $3, $4, $5)"),
    ("installs", "SELECT install_lots($1, $2, $3, $4, $5)"),
    ("steps", "SELECT do_steps($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"),
];

/// Makes the schema and what must be known before the first unit.
pub(crate) fn prepare(cluster: &Cluster) -> Result<()> {
    let mut connection = cluster.connect()?;
    [SCHEMA, SINGLE, BATCH, DEFINITIONS].iter().try_for_each(|sql| connection.run(sql))
}

/// A bundle, where ids go into it, and how many facts it tells.
#[derive(Debug)]
struct Sent {
    bytes: Vec<u8>,
    ids: Vec<usize>,
}

/// One with a connection that it keeps.
#[derive(Debug)]
pub(crate) struct Teller {
    connection: Connection,
    bundles: vec::IntoIter<Sent>,
}

impl Teller {
    /// One with these facts to tell, one by one or so many at a time.
    pub(crate) fn new(cluster: &Cluster, facts: &[Fact], size: usize) -> Result<Self> {
        let mut connection = cluster.connect()?;
        for (name, sql) in STATEMENTS {
            connection.prepare(name, sql)?;
        }
        let bundles: Vec<Sent> = match size {
            1 => facts.iter().map(|fact| sent(single(*fact))).collect(),
            _ => facts.chunks(size).map(|facts| sent(batch(facts))).collect(),
        };
        Ok(Self { connection, bundles: bundles.into_iter() })
    }
}

impl Caller for Teller {
    fn call(&mut self) -> Result<Option<u64>> {
        let Some(mut sent) = self.bundles.next() else { return Ok(None) };
        for at in &sent.ids {
            let id = engine::new_command_id()?.to_string();
            sent.bytes[*at..*at + id.len()].copy_from_slice(id.as_bytes());
        }
        let answered = self.connection.send(&sent.bytes, |_| Ok(()))?;
        let told = u64::try_from(sent.ids.len())?;
        ensure!(answered == told, "{} of {told} facts were refused", told - answered);
        Ok(Some(told))
    }
}

fn sent(bytes: Vec<u8>) -> Sent {
    let place = ID_PLACE.as_bytes();
    let mut ids = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(place.len()).position(|window| window == place) {
        ids.push(at + found);
        at += found + place.len();
    }
    Sent { bytes, ids }
}

fn single(fact: Fact) -> Vec<u8> {
    let call = |name, parameters: &[&str]| bundle(&[(name, parameters)], Shape::Binary);
    match fact {
        Fact::Create { unit } => {
            let serial = floor::serial(unit);
            call("create", &[ID_PLACE, &serial, floor::PART, floor::ORDER, BY])
        }
        Fact::Install { unit, part, lot } => {
            let (serial, lot) = (floor::serial(unit), floor::lot_code(part, lot));
            call("install", &[ID_PLACE, &serial, &lot, "1", BY])
        }
        Fact::Step { unit, step } => {
            let (serial, operation) = (floor::serial(unit), floor::operation(step));
            let value = floor::torque(unit, step);
            let parameters: [&str; 12] = [
                ID_PLACE,
                &serial,
                floor::STATION,
                floor::EQUIPMENT,
                floor::PERSON,
                &operation,
                floor::MEASURE,
                floor::MEASURE_UNIT,
                &value,
                floor::LOW,
                floor::HIGH,
                BY,
            ];
            call("step", &parameters)
        }
    }
}

/// The elements of an array, as PostgreSQL reads it.
#[derive(Debug, Default)]
struct List(String);

impl List {
    fn push(&mut self, element: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(element);
    }

    fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

/// The facts of a batch, parted by kind.
#[derive(Debug, Default)]
struct Parted {
    created: [List; 2],
    installed: [List; 4],
    stepped: [List; 4],
}

impl Parted {
    fn take(&mut self, fact: Fact) {
        let put = |lists: &mut [List], elements: &[&str]| {
            lists.iter_mut().zip(elements).for_each(|(list, element)| list.push(element));
        };
        match fact {
            Fact::Create { unit } => put(&mut self.created, &[ID_PLACE, &floor::serial(unit)]),
            Fact::Install { unit, part, lot } => {
                let (serial, lot) = (floor::serial(unit), floor::lot_code(part, lot));
                put(&mut self.installed, &[ID_PLACE, &serial, &lot, "1"]);
            }
            Fact::Step { unit, step } => {
                let (serial, operation) = (floor::serial(unit), floor::operation(step));
                let value = floor::torque(unit, step);
                put(&mut self.stepped, &[ID_PLACE, &serial, &operation, &value]);
            }
        }
    }
}

fn batch(facts: &[Fact]) -> Vec<u8> {
    let mut parted = Parted::default();
    facts.iter().for_each(|fact| parted.take(*fact));
    let [commands, serials] = parted.created.map(List::end);
    let created = [&*commands, &serials, floor::PART, floor::ORDER, BY];
    let [commands, serials, lots, quantities] = parted.installed.map(List::end);
    let installed = [&*commands, &serials, &lots, &quantities, BY];
    let [commands, serials, operations, values] = parted.stepped.map(List::end);
    let stepped: [&str; 12] = [
        &commands,
        &serials,
        floor::STATION,
        floor::EQUIPMENT,
        floor::PERSON,
        &operations,
        floor::MEASURE,
        floor::MEASURE_UNIT,
        &values,
        floor::LOW,
        floor::HIGH,
        BY,
    ];
    let calls: [(&str, &[&str]); 3] =
        [("creates", &created), ("installs", &installed), ("steps", &stepped)];
    bundle(&calls, Shape::Binary)
}
