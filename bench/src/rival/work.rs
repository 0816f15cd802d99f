//! The same work, told to PostgreSQL: a function a call, one round trip, one transaction.

use anyhow::{Context as _, Result, ensure};

use super::cluster::Cluster;
use super::wire::{Connection, Shape, bundle};
use crate::drive::Caller;
use crate::floor;
use crate::ours::BY;
use crate::work::{Deed, OPERATION, Place, UNIT};

const WORK: &str = include_str!("../../sql/work.sql");

const STATEMENTS: &[(&str, &str)] = &[
    ("create", "SELECT create_unit($1, $2, $3, $4, $5)"),
    ("start", "SELECT start_work($1, $2, $3, $4, $5, $6)"),
    ("take", "SELECT take_value($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"),
    ("close", "SELECT close_step($1, $2, $3, $4, $5, $6)"),
];

/// Makes what is kept of work, beside what is kept of facts.
pub(crate) fn prepare(cluster: &Cluster) -> Result<()> {
    super::facts::prepare(cluster)?;
    cluster.connect()?.run(WORK)
}

/// A station with a connection that it keeps.
#[derive(Debug)]
pub(crate) struct Station {
    connection: Connection,
    place: Place,
}

impl Station {
    /// The station with that number.
    pub(crate) fn new(cluster: &Cluster, number: u64) -> Result<Self> {
        let mut connection = cluster.connect()?;
        for (name, sql) in STATEMENTS {
            connection.prepare(name, sql)?;
        }
        Ok(Self { connection, place: Place::new(number) })
    }

    fn bundle(&self, id: &str) -> Vec<u8> {
        let (station, person) = (floor::STATION, floor::PERSON);
        let serial = self.place.serial();
        let execution = self.place.execution.to_string();
        let call = |name, parameters: &[&str]| bundle(&[(name, parameters)], Shape::Binary);
        match self.place.next() {
            Deed::Create => call("create", &[id, &serial, floor::PART, floor::ORDER, BY]),
            Deed::Start => call("start", &[id, &serial, OPERATION, station, person, BY]),
            Deed::Take { step, capture, value } => {
                let of = [&*step, &*capture, &*value];
                let [step, capture, value] = of;
                let with = floor::EQUIPMENT;
                let all = [id, &execution, step, capture, value, UNIT, station, with, person, BY];
                call("take", &all)
            }
            Deed::Close { step } => call("close", &[id, &execution, &step, station, person, BY]),
        }
    }
}

impl Caller for Station {
    fn call(&mut self) -> Result<Option<u64>> {
        let id = engine::new_command_id()?.to_string();
        let bytes = self.bundle(&id);
        let mut first = None;
        self.connection.send(&bytes, |row| {
            let position: Option<[u8; 8]> =
                row.first().copied().flatten().and_then(|bytes| bytes.try_into().ok());
            first = position.map(u64::from_be_bytes);
            Ok(())
        })?;
        let first = first.context("an answer without a position")?;
        ensure!(first > 0, "it was refused");
        self.place.done(first);
        Ok(Some(1))
    }
}
