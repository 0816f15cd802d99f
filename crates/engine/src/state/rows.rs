//! The state as rows of `views.db`: which rows a fact changed, how they are written and read back.
//!
//! Rows of items and edges are postcard; definitions are kept as the facts that made them, in JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::act::{Act, Take, Value};
use domain::backflush::Change;
use domain::entry::Entry;
use domain::start::Used;
use domain::{
    EquipmentCode, Fact, HoldCode, OrderCode, Part, PersonCode, Position, RunCode, ScopeCode,
    SlotCode, StationCode, Time,
};
use genealogy::{EdgeIndex, Graph, ItemIndex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Exception, MeasureKey, Use, UsedIn, Views, ViewsReader};

use super::floor;
use super::holds::uses_of;
use super::masters::Checked;
use super::{RaisedException, State};
use crate::error::{Error, Result};

/// Version of the fold: a change of what is derived makes older views stale.
pub const FOLD_VERSION: u32 = 13;

const MATERIAL: u16 = 1;
const BOM: u16 = 2;
const PARTY: u16 = 3;
const PLACE: u16 = 4;
const WORK_CENTER: u16 = 5;
const STATION: u16 = 6;
const EQUIPMENT: u16 = 7;
const PERSON: u16 = 8;
const ORDER: u16 = 9;
const SCHEMA: u16 = 10;
pub(super) const HOLD: u16 = 20;
pub(super) const SLOT: u16 = 21;
pub(super) const RUN_STATION: u16 = 22;
const SUPERSEDED: u16 = 23;
pub(super) const CHECKS: u16 = 24;
const OWN: u16 = 25;
const PARTS: u16 = 26;
const SCOPE: u16 = 27;
const VERSION: u16 = 28;
const QUALIFIED: u16 = 29;
const EXECUTION: u16 = 30;
const NONCONFORMANCE: u16 = 31;
const ACCOUNT: u16 = 32;
const ORDER_LIFE: u16 = 33;
const RANGE: u16 = 34;
const SIGNATURE: u16 = 40;
const DEFINED: u16 = 41;

const KINDS: [u16; 27] = [
    MATERIAL,
    BOM,
    PARTY,
    PLACE,
    WORK_CENTER,
    STATION,
    EQUIPMENT,
    PERSON,
    ORDER,
    SCHEMA,
    HOLD,
    SLOT,
    RUN_STATION,
    SUPERSEDED,
    CHECKS,
    OWN,
    PARTS,
    SCOPE,
    VERSION,
    QUALIFIED,
    EXECUTION,
    NONCONFORMANCE,
    ACCOUNT,
    ORDER_LIFE,
    RANGE,
    SIGNATURE,
    DEFINED,
];

/// Kind of the rows that say which steps at a station draw from what is loaded there.
pub(crate) const USED_RUNS: u16 = 100;

/// Kind of the rows of a use.
pub(crate) const fn used_kind(used: Used) -> u16 {
    match used {
        Used::Equipment => 1,
        Used::Station => 2,
        Used::Person => 3,
        Used::Operation => 4,
        Used::Run => 5,
        Used::Program => 6,
        Used::Shipment => 7,
    }
}

/// What facts changed since it was last taken: what the readers' state has to take over from the
/// writer's, and the rows that are not yet in `views.db`.
#[derive(Debug, Default)]
pub struct Changes {
    pub(super) items: BTreeSet<u32>,
    pub(super) edges: BTreeSet<u32>,
    pub(super) named: BTreeSet<(u16, String)>,
    pub(super) exceptions: BTreeSet<Position>,
    pub(super) runs: BTreeSet<(StationCode, (Time, Position))>,
    /// Rows that follow from single entries; only where rows are written.
    rows: Option<EntryRows>,
}

/// Rows of single entries.
#[derive(Debug, Default)]
struct EntryRows {
    item_entries: Vec<(u32, u64, u64)>,
    used: Vec<(u16, String, Use)>,
    measures: Vec<(String, String, u64, u32, String)>,
}

/// A key as text that sorts and reads back.
fn code_of<K: Serialize>(key: &K) -> String {
    serde_json::to_string(key).expect("invariant: keys of definitions have a JSON form")
}

/// A thing that is shared, as a row.
fn shared<V: Serialize>(held: Option<&Arc<V>>) -> Result<Option<Vec<u8>>> {
    held.map(|held| json(&**held)).transpose()
}

impl Changes {
    /// None yet, rows of single entries among them.
    pub(super) fn with_rows() -> Self {
        Self { rows: Some(EntryRows::default()), ..Self::default() }
    }

    pub(super) fn item(&mut self, index: ItemIndex) {
        self.items.insert(index.0);
    }

    pub(super) fn edge(&mut self, index: EdgeIndex) {
        self.edges.insert(index.0);
    }

    pub(super) fn definition(&mut self, fact: &Fact) {
        if let Some(key) = definition_of(fact) {
            self.named.insert((DEFINED, code_of(&key)));
            self.named.insert(key);
        }
    }

    pub(super) fn hold(&mut self, code: &HoldCode) {
        self.named.insert((HOLD, code_of(code)));
    }

    pub(super) fn slot(&mut self, key: &(StationCode, SlotCode)) {
        self.named.insert((SLOT, code_of(key)));
    }

    pub(super) fn checks(&mut self, equipment: &EquipmentCode) {
        self.named.insert((CHECKS, code_of(equipment)));
    }

    pub(super) fn floor(&mut self, change: &floor::Change) {
        self.named.insert(match change {
            floor::Change::Version(hash, _) => (VERSION, code_of(hash)),
            floor::Change::Qualifications(person, _) => (QUALIFIED, code_of(person)),
            floor::Change::Execution(position, _) => (EXECUTION, code_of(position)),
            floor::Change::Nonconformance(code, _) => (NONCONFORMANCE, code_of(code)),
            floor::Change::Account(code, _) => (ACCOUNT, code_of(code)),
            floor::Change::Order(code, _) => (ORDER_LIFE, code_of(code)),
            floor::Change::Range(code, _) => (RANGE, code_of(code)),
        });
    }

    pub(super) fn superseded(&mut self, position: Position) {
        self.named.insert((SUPERSEDED, code_of(&position)));
    }

    pub(super) fn signature(&mut self, position: Position) {
        self.named.insert((SIGNATURE, code_of(&position)));
    }

    pub(super) fn parts(&mut self, run: &RunCode) {
        self.named.insert((PARTS, code_of(run)));
    }

    pub(super) fn own(&mut self) {
        self.named.insert((OWN, String::new()));
    }

    pub(super) fn exception(&mut self, position: Position) {
        self.exceptions.insert(position);
    }

    pub(super) fn run(&mut self, station: &StationCode, run: (Time, Position)) {
        self.named.insert((RUN_STATION, code_of(station)));
        self.runs.insert((station.clone(), run));
    }

    /// Takes in changes that came after these.
    pub(crate) fn extend(&mut self, later: Self) {
        let Self { items, edges, named, exceptions, runs, rows } = later;
        self.items.extend(items);
        self.edges.extend(edges);
        self.named.extend(named);
        self.exceptions.extend(exceptions);
        self.runs.extend(runs);
        match (&mut self.rows, rows) {
            (Some(held), Some(rows)) => held.extend(rows),
            (held @ None, rows) => *held = rows,
            (Some(_), None) => {}
        }
    }

    /// How many rows wait.
    #[must_use]
    pub fn len(&self) -> usize {
        let rows = self.rows.as_ref().map_or(0, EntryRows::len);
        self.items.len() + self.edges.len() + self.named.len() + self.exceptions.len() + rows
    }

    /// Whether no row waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a fact defines, as the kind and the code of its row.
pub(super) fn definition_of(fact: &Fact) -> Option<(u16, String)> {
    Some(match fact {
        Act::DefineMaterial(v) => (MATERIAL, code_of(&v.part)),
        Act::DefineBom(v) => (BOM, code_of(&v.part)),
        Act::DefineParty(v) => (PARTY, code_of(&v.code)),
        Act::DefinePlace(v) => (PLACE, code_of(&v.code)),
        Act::DefineWorkCenter(v) => (WORK_CENTER, code_of(&v.code)),
        Act::DefineStation(v) => (STATION, code_of(&v.code)),
        Act::DefineEquipment(v) => (EQUIPMENT, code_of(&v.code)),
        Act::DefinePerson(v) => (PERSON, code_of(&v.code)),
        Act::DefineOrder(v) => (ORDER, code_of(&v.code)),
        Act::PlanOrder(v) => (ORDER, code_of(&v.code)),
        Act::SplitOrder(v) => (ORDER, code_of(&v.into)),
        Act::DefineSchema(_) => (SCHEMA, String::new()),
        Act::FreezeScope(v) => (SCOPE, code_of(&(&v.code, v.number))),
        _ => return None,
    })
}

impl EntryRows {
    fn extend(&mut self, later: Self) {
        let Self { item_entries, used, measures } = later;
        self.item_entries.extend(item_entries);
        self.used.extend(used);
        self.measures.extend(measures);
    }

    fn len(&self) -> usize {
        self.item_entries.len() + self.used.len() + self.measures.len()
    }

    fn put(&self, views: &mut Views) -> Result<()> {
        views.put_item_entries(self.item_entries.iter().copied())?;
        views.put_uses(&self.used)?;
        let measures = self.measures.iter().map(|(parameter, unit, position, ordinal, value)| {
            let at = MeasureKey { parameter, unit, position: *position, ordinal: *ordinal };
            (at, value.as_str())
        });
        Ok(views.put_measures(measures)?)
    }

    fn add(&mut self, entry: &Entry) {
        let used = use_of(entry);
        for (kind, code) in uses_of(entry) {
            self.used.push((used_kind(kind), code, used));
        }
        if let Act::Take(Take { capture, value: Value::Measurement(value), .. }) = &entry.fact {
            let (name, unit) = (capture.to_string(), value.unit.to_string());
            self.measures.push((name, unit, entry.position.0, 0, value.value.to_string()));
        }
        let Act::Step(step) = &entry.fact else { return };
        if let (Some(station), false) = (&entry.context.station, step.draws.is_empty()) {
            self.used.push((USED_RUNS, station.to_string(), used));
        }
        for (ordinal, measure) in (0_u32..).zip(&step.measures) {
            self.measures.push((
                measure.name.clone(),
                measure.unit.to_string(),
                entry.position.0,
                ordinal,
                measure.value.to_string(),
            ));
        }
    }
}

fn use_of(entry: &Entry) -> Use {
    let performed = entry.context.performed;
    Use { from_us: performed.from.0, position: entry.position.0, to_us: performed.to.0 }
}

impl State {
    /// The rows that changed since this was last asked.
    pub fn take_changes(&mut self) -> Changes {
        let Some(changes) = &mut self.changes else { return Changes::default() };
        let rows = changes.rows.as_ref().map(|_| EntryRows::default());
        std::mem::replace(changes, Changes { rows, ..Changes::default() })
    }

    /// Notes the rows of an entry that is taken in.
    pub(super) fn note_rows(&mut self, entry: &Entry) {
        let Some(mut rows) = self.changes.as_mut().and_then(|changes| changes.rows.take()) else {
            return;
        };
        rows.add(entry);
        for touch in &entry.touches {
            if let Some(index) = self.index_of(touch.item) {
                rows.item_entries.push((index.0, touch.sequence, entry.position.0));
            }
        }
        self.note(|changes| changes.rows = Some(rows));
    }

    /// How many changed rows wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.changes.as_ref().map_or(0, Changes::len)
    }

    /// Writes changed rows, with the position they stand for, in one transaction.
    ///
    /// Shape: nothing was applied since `changes` were taken.
    /// Errors: [`Error::Store`]; the transaction is rolled back.
    pub fn write_rows(&self, changes: &Changes, views: &mut Views) -> Result<()> {
        views.begin()?;
        let written = self.put_rows(changes, views);
        match written.and_then(|()| Ok(views.commit(self.next.0)?)) {
            Ok(()) => Ok(()),
            Err(error) => {
                views.rollback()?;
                Err(error)
            }
        }
    }

    fn put_rows(&self, changes: &Changes, views: &mut Views) -> Result<()> {
        for index in &changes.items {
            if let Some(item) = self.at(ItemIndex(*index)) {
                views.put_item(*index, &packed(item)?)?;
            }
        }
        for index in &changes.edges {
            let edge = self.graph.edge(EdgeIndex(*index));
            views.put_edge(*index, &packed(&edge)?)?;
        }
        for (kind, code) in &changes.named {
            match self.body(*kind, code)? {
                Some(body) => views.put_named(*kind, code, &body)?,
                None => views.delete_named(*kind, code)?,
            }
        }
        for position in &changes.exceptions {
            if let Some(exception) = self.exceptions.get(position) {
                views.put_exception(&Exception {
                    position: position.0,
                    open: exception.closed.is_none(),
                    body: json(exception)?,
                })?;
            }
        }
        changes.rows.as_ref().map_or(Ok(()), |rows| rows.put(views))
    }

    /// A thing of the floor as it has become, if the kind is one of those.
    pub(super) fn floor_change(&self, kind: u16, code: &str) -> Result<Option<floor::Change>> {
        let (code, held) = (code.as_bytes(), &self.floor);
        Ok(Some(match kind {
            VERSION => {
                let key = read(code)?;
                let now = held.versions.get(&key).cloned();
                floor::Change::Version(key, now)
            }
            QUALIFIED => {
                let key = read(code)?;
                let now = held.qualifications.get(&key).cloned();
                floor::Change::Qualifications(key, now)
            }
            EXECUTION => {
                let key = read(code)?;
                let now = held.executions.get(&key).cloned();
                floor::Change::Execution(key, now)
            }
            NONCONFORMANCE => {
                let key = read(code)?;
                let now = held.nonconformances.get(&key).cloned();
                floor::Change::Nonconformance(key, now)
            }
            ACCOUNT => {
                let key = read(code)?;
                let now = held.accounts.get(&key).cloned();
                floor::Change::Account(key, now)
            }
            ORDER_LIFE => {
                let key = read(code)?;
                let now = held.orders.get(&key).cloned();
                floor::Change::Order(key, now)
            }
            RANGE => {
                let key = read(code)?;
                let now = held.ranges.get(&key).cloned();
                floor::Change::Range(key, now)
            }
            _ => return Ok(None),
        }))
    }

    #[expect(clippy::too_many_lines, reason = "one arm a kind; splitting it would hide a gap")]
    pub(super) fn body(&self, kind: u16, code: &str) -> Result<Option<Vec<u8>>> {
        macro_rules! fact {
            ($map:ident, $key:ty, $act:ident) => {
                match self.masters.$map.get(&read::<$key>(code.as_bytes())?) {
                    Some(value) => Some(json(&(Fact::$act(value.clone()), Position(0)))?),
                    None => None,
                }
            };
        }
        Ok(match kind {
            MATERIAL => fact!(materials, Part, DefineMaterial),
            BOM => fact!(boms, Part, DefineBom),
            PARTY => fact!(parties, domain::PartyCode, DefineParty),
            PLACE => fact!(places, domain::PlaceCode, DefinePlace),
            WORK_CENTER => fact!(work_centers, domain::WorkCenterCode, DefineWorkCenter),
            STATION => fact!(stations, StationCode, DefineStation),
            EQUIPMENT => fact!(equipment, EquipmentCode, DefineEquipment),
            ORDER => fact!(orders, OrderCode, DefineOrder),
            PERSON => {
                let code: PersonCode = read(code.as_bytes())?;
                let person = self.masters.persons.get(&code);
                let body = |(person, at): &(domain::Person, Position)| {
                    json(&(Fact::DefinePerson(person.clone()), *at))
                };
                person.map(body).transpose()?
            }
            SCHEMA => {
                let body = |(schema, at): &(String, Position)| {
                    let schema = domain::act::DefineSchema { schema: schema.clone() };
                    json(&(Fact::DefineSchema(schema), *at))
                };
                self.masters.schema.as_ref().map(body).transpose()?
            }
            SCOPE => {
                let key: (ScopeCode, u32) = read(code.as_bytes())?;
                let body = |(frozen, at): &(domain::act::FreezeScope, Position)| {
                    json(&(Fact::FreezeScope(frozen.clone()), *at))
                };
                self.masters.scopes.get(&key).map(body).transpose()?
            }
            HOLD => {
                let code: HoldCode = read(code.as_bytes())?;
                self.holds.get(&code).map(|hold| json(&**hold)).transpose()?
            }
            SLOT => {
                let key: (StationCode, SlotCode) = read(code.as_bytes())?;
                self.slots.get(&key).map(json).transpose()?
            }
            RUN_STATION => Some(Vec::new()),
            OWN => Some(json(&self.own)?),
            PARTS => {
                let run: RunCode = read(code.as_bytes())?;
                self.parts.get(&run).map(json).transpose()?
            }
            DEFINED => {
                let key: (u16, String) = read(code.as_bytes())?;
                self.defined.get(&key).map(json).transpose()?
            }
            SIGNATURE => {
                let position: Position = read(code.as_bytes())?;
                self.signatures.get(&position).map(json).transpose()?
            }
            SUPERSEDED => {
                let position: Position = read(code.as_bytes())?;
                self.superseded.get(&position).map(json).transpose()?
            }
            CHECKS => {
                let code: EquipmentCode = read(code.as_bytes())?;
                self.masters.checks.get(&code).map(json).transpose()?
            }
            VERSION => shared(self.floor.versions.get(&read(code.as_bytes())?))?,
            QUALIFIED => shared(self.floor.qualifications.get(&read(code.as_bytes())?))?,
            EXECUTION => shared(self.floor.executions.get(&read(code.as_bytes())?))?,
            NONCONFORMANCE => shared(self.floor.nonconformances.get(&read(code.as_bytes())?))?,
            ACCOUNT => shared(self.floor.accounts.get(&read(code.as_bytes())?))?,
            ORDER_LIFE => shared(self.floor.orders.get(&read(code.as_bytes())?))?,
            RANGE => shared(self.floor.ranges.get(&read(code.as_bytes())?))?,
            other => return Err(Error::Row(format!("named row of kind {other}"))),
        })
    }

    /// Reads the rows of `views.db` into an empty state: the edges on a thread of their own, over
    /// `edges`, a second reader of the same file.
    ///
    /// Errors: [`Error::Row`] if a row does not read; the views are then folded anew.
    pub fn load(&mut self, views: &ViewsReader, edges: ViewsReader) -> Result<()> {
        let (journal, changes) = (self.journal.take(), self.changes.take());
        let loaded = std::thread::scope(|scope| {
            let graph = scope.spawn(move || read_edges(&edges));
            self.read_items(views)?;
            // A panic there goes on here.
            self.graph = graph.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            self.read_others(views)
        });
        (self.journal, self.changes) = (journal, changes);
        loaded
    }

    fn read_items(&mut self, views: &ViewsReader) -> Result<()> {
        self.next = Position(views.applied_position()?);
        views.for_each_item(|index, body| -> Result<()> {
            let item: domain::item::ItemState = unpacked(body)?;
            if usize::try_from(index).ok() != Some(self.items.len()) {
                return Err(Error::Row(format!("item {index} out of order")));
            }
            self.births.add(item.id, ItemIndex(index));
            self.items.push(Arc::new(item));
            Ok(())
        })?;
        for index in 0..self.items.len() {
            let item = Arc::clone(&self.items[index]);
            let index = u32::try_from(index)
                .map_err(|_| Error::Row("more items than an index can name".to_owned()))?;
            self.reindex(ItemIndex(index), &item, None);
        }
        Ok(())
    }

    fn read_others(&mut self, views: &ViewsReader) -> Result<()> {
        for kind in KINDS {
            views.for_each_named(kind, |code, body| self.read_named(kind, code, body))?;
        }
        let mut run_stations: Vec<StationCode> = Vec::new();
        views.for_each_named(RUN_STATION, |code, _| -> Result<()> {
            run_stations.push(read(code.as_bytes())?);
            Ok(())
        })?;
        for station in run_stations {
            self.read_runs(&station, views)?;
        }
        views.for_each_exception(|row| -> Result<()> {
            let exception: RaisedException = read(&row.body)?;
            self.exceptions.insert(Position(row.position), exception);
            Ok(())
        })?;
        self.respread_all();
        Ok(())
    }

    pub(super) fn read_named(&mut self, kind: u16, code: &str, body: &[u8]) -> Result<()> {
        match kind {
            HOLD => {
                self.holds.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            SLOT => {
                let changes: Vec<Change> = read(body)?;
                self.slots.insert(read(code.as_bytes())?, changes);
            }
            SUPERSEDED => {
                self.superseded.insert(read(code.as_bytes())?, read(body)?);
            }
            CHECKS => {
                let checks: Vec<Checked> = read(body)?;
                self.masters.checks.insert(read(code.as_bytes())?, checks);
            }
            VERSION => {
                self.floor.versions.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            QUALIFIED => {
                self.floor.qualifications.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            EXECUTION => {
                self.floor.executions.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            NONCONFORMANCE => {
                self.floor.nonconformances.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            ACCOUNT => {
                self.floor.accounts.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            ORDER_LIFE => {
                self.floor.orders.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            RANGE => {
                self.floor.ranges.insert(read(code.as_bytes())?, Arc::new(read(body)?));
            }
            DEFINED => {
                self.defined.insert(read(code.as_bytes())?, read(body)?);
            }
            SIGNATURE => {
                self.signatures.insert(read(code.as_bytes())?, read(body)?);
            }
            OWN => self.own = read(body)?,
            PARTS => {
                self.parts.insert(read(code.as_bytes())?, read(body)?);
            }
            RUN_STATION => {}
            _ => {
                let (fact, position): (Fact, Position) = read(body)?;
                self.masters.define(&fact, position);
            }
        }
        Ok(())
    }

    fn read_runs(&mut self, station: &StationCode, views: &ViewsReader) -> Result<()> {
        const PAGE: usize = 4096;
        let mut after = None;
        loop {
            let asked = UsedIn {
                kind: USED_RUNS,
                code: station.as_str(),
                from_us: i64::MIN,
                to_us: i64::MAX,
                after,
            };
            let page = views.used_in(&asked, PAGE)?;
            let runs = self.runs.entry(station.clone()).or_default();
            let live = page
                .iter()
                .map(|used| (Time(used.to_us), Position(used.position)))
                .filter(|(_, position)| !self.superseded.contains_key(position));
            runs.extend(live);
            after = page.last().copied();
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }
}

fn read_edges(views: &ViewsReader) -> Result<Graph> {
    let mut graph = Graph::new();
    views.for_each_edge(|index, body| -> Result<()> {
        graph
            .put(EdgeIndex(index), unpacked(body)?)
            .map_err(|_| Error::Row(format!("edge {index} out of order")))
    })?;
    Ok(graph)
}

fn packed<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(|error| Error::Row(error.to_string()))
}

fn unpacked<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    postcard::from_bytes(body).map_err(|error| Error::Row(error.to_string()))
}

fn json<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::Row(error.to_string()))
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| Error::Row(error.to_string()))
}
