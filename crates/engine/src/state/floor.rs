//! How work is to be done and how far it has come: work masters, qualifications, executions that
//! are not ended, nonconformances; planned orders and ranges of serial numbers; and the accounts of
//! those who do it.
//!
//! Everything in here is small beside the items: an execution leaves when it ends, and what an
//! item passed of its route stays with the item.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::account::Account;
use domain::act::Act;
use domain::entry::Entry;
use domain::execution::{self, Execution, Nonconformance};
use domain::instruction::{self, MasterHash, Stage, Version};
use domain::order::{self, Order};
use domain::serial::{self, SerialRange};
use domain::{
    Interval, MasterCode, Mode, NonconformanceCode, OrderCode, Part, PersonCode, Position,
    QualificationCode, RangeCode, Time, UserCode,
};

use super::State;

/// What a person is qualified for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Qualified {
    /// Since when.
    pub from: Time,
    /// Until when; absent: until it is said otherwise.
    pub until: Option<Time>,
    /// Which entry says so.
    pub position: Position,
    /// Which entry said so first, where it was renewed before it ended.
    pub first: Position,
}

impl Qualified {
    fn holds(&self, during: Interval) -> bool {
        self.from <= during.to && self.until.is_none_or(|until| until > during.to)
    }
}

/// The qualifications of one person.
pub type Qualifications = BTreeMap<QualificationCode, Qualified>;

/// Work masters and work.
#[derive(Debug, Clone, Default)]
pub struct Floor {
    /// Every version ever proposed.
    pub versions: BTreeMap<MasterHash, Arc<Version>>,
    /// Persons by their code.
    pub qualifications: BTreeMap<PersonCode, Arc<Qualifications>>,
    /// Executions that are not ended.
    pub executions: BTreeMap<Position, Arc<Execution>>,
    /// Every nonconformance.
    pub nonconformances: BTreeMap<NonconformanceCode, Arc<Nonconformance>>,
    /// Every account there ever was.
    pub accounts: BTreeMap<UserCode, Arc<Account>>,
    /// Every order that was planned.
    pub orders: BTreeMap<OrderCode, Arc<Order>>,
    /// Every range of serial numbers.
    pub ranges: BTreeMap<RangeCode, Arc<SerialRange>>,
}

/// One thing of the floor as it has become; none: it is gone.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Version(MasterHash, Option<Arc<Version>>),
    Qualifications(PersonCode, Option<Arc<Qualifications>>),
    Execution(Position, Option<Arc<Execution>>),
    Nonconformance(NonconformanceCode, Option<Arc<Nonconformance>>),
    Account(UserCode, Option<Arc<Account>>),
    Order(OrderCode, Option<Arc<Order>>),
    Range(RangeCode, Option<Arc<SerialRange>>),
}

/// Puts a thing in its place; answers what was there.
fn swap<K: Ord, V>(map: &mut BTreeMap<K, Arc<V>>, key: K, new: Option<Arc<V>>) -> Option<Arc<V>> {
    match new {
        Some(new) => map.insert(key, new),
        None => map.remove(&key),
    }
}

impl Floor {
    fn put(&mut self, change: Change) -> Change {
        match change {
            Change::Version(key, new) => {
                let old = swap(&mut self.versions, key.clone(), new);
                Change::Version(key, old)
            }
            Change::Qualifications(key, new) => {
                let old = swap(&mut self.qualifications, key.clone(), new);
                Change::Qualifications(key, old)
            }
            Change::Execution(key, new) => {
                Change::Execution(key, swap(&mut self.executions, key, new))
            }
            Change::Nonconformance(key, new) => {
                let old = swap(&mut self.nonconformances, key.clone(), new);
                Change::Nonconformance(key, old)
            }
            Change::Account(key, new) => {
                let old = swap(&mut self.accounts, key.clone(), new);
                Change::Account(key, old)
            }
            Change::Order(key, new) => {
                let old = swap(&mut self.orders, key.clone(), new);
                Change::Order(key, old)
            }
            Change::Range(key, new) => {
                let old = swap(&mut self.ranges, key.clone(), new);
                Change::Range(key, old)
            }
        }
    }

    /// Every version of a work master, the first proposed first.
    pub fn versions_of(&self, code: &MasterCode) -> impl Iterator<Item = &Version> {
        let all = self.versions.values().map(|version| &**version);
        all.filter(move |version| version.master.code == *code)
    }

    /// The versions that are effective for a part, the exactly named revision first.
    pub fn effective(&self, part: &Part) -> Vec<&Version> {
        let effective = self.versions.values().map(|version| &**version).filter(|version| {
            version.stage == Stage::Effective && version.master.part.accepts(part)
        });
        let mut found: Vec<&Version> = effective.collect();
        found.sort_by_key(|version| (version.master.part != *part, version.proposed));
        found
    }

    /// Who is qualified for something during all of an interval.
    #[must_use]
    pub fn qualified(&self, code: &QualificationCode, during: Interval) -> Vec<PersonCode> {
        self.qualifications
            .iter()
            .filter(|(_, held)| held.get(code).is_some_and(|held| held.holds(during)))
            .map(|(person, _)| person.clone())
            .collect()
    }

    /// Whether a person is qualified for something during all of an interval.
    #[must_use]
    pub fn is_qualified(
        &self,
        person: &PersonCode,
        code: &QualificationCode,
        during: Interval,
    ) -> bool {
        let held = self.qualifications.get(person).and_then(|held| held.get(code));
        held.is_some_and(|held| held.holds(during))
    }
}

impl State {
    /// Work masters and work.
    #[must_use]
    pub fn floor(&self) -> &Floor {
        &self.floor
    }

    /// Takes over one thing of the floor, and remembers how to take it back.
    pub(super) fn set_floor(&mut self, change: Change) {
        let noted = change.clone();
        let before = self.floor.put(change);
        self.note(|changes| changes.floor(&noted));
        self.undo(move |state| {
            let noted = before.clone();
            state.floor.put(before);
            state.note(|changes| changes.floor(&noted));
        });
    }

    /// What an entry means for the floor.
    pub(super) fn applied_floor(&mut self, entry: &Entry) {
        self.applied_version(entry);
        self.applied_execution(entry);
        self.applied_order(entry);
        self.applied_range(entry);
        match &entry.fact {
            Act::Qualify(v) => {
                let held = self.floor.qualifications.get(&v.person);
                let mut held = held.map(|held| Qualifications::clone(held)).unwrap_or_default();
                let context = &entry.context;
                // Without a certificate it counts from when it was recorded.
                let told = context.mode == Mode::Report && v.files.is_empty();
                let from = if told { entry.received } else { context.performed.from };
                let (until, position) = (v.until, entry.position);
                let renewed = held.get(&v.qualification).filter(|before| {
                    before.from <= from && before.until.is_none_or(|until| until >= from)
                });
                let first = renewed.map_or(position, |before| before.first);
                held.insert(v.qualification.clone(), Qualified { from, until, position, first });
                self.set_floor(Change::Qualifications(v.person.clone(), Some(Arc::new(held))));
            }
            Act::NoteAccount(v) => {
                let Some(user) = &v.user else { return };
                let before = self.floor.accounts.get(user);
                let before = before.map(|account| Account::clone(account));
                let after = Account::after(before, v, entry.position).map(Arc::new);
                self.set_floor(Change::Account(user.clone(), after));
            }
            Act::VoidSignature(v) => self.unsign(v.entry, entry),
            Act::OpenNonconformance(v) => {
                let Some(opened) = Nonconformance::opened(v, entry) else { return };
                let code = opened.code.clone();
                self.stop(&opened);
                self.set_floor(Change::Nonconformance(code, Some(Arc::new(opened))));
            }
            Act::Dispose(v) => {
                let Some(open) = self.floor.nonconformances.get(&v.nonconformance) else { return };
                let decided = Nonconformance {
                    decided: Some((v.disposition, entry.position)),
                    ..Nonconformance::clone(open)
                };
                self.go_on(&decided, entry.position);
                let code = v.nonconformance.clone();
                self.set_floor(Change::Nonconformance(code, Some(Arc::new(decided))));
            }
            _ => {}
        }
    }

    fn applied_version(&mut self, entry: &Entry) {
        if let Act::ProposeMaster(v) = &entry.fact {
            let version = Version::proposed(v, entry);
            self.set_floor(Change::Version(version.hash.clone(), Some(Arc::new(version))));
        }
        let Some(hash) = instruction::version::subject(&entry.fact) else { return };
        let Some(version) = self.floor.versions.get(hash) else { return };
        let version = Version::clone(version).after(entry);
        self.set_floor(Change::Version(hash.clone(), Some(Arc::new(version))));
    }

    fn applied_order(&mut self, entry: &Entry) {
        let Some(code) = order::subject(&entry.fact) else { return };
        let held = self.floor.orders.get(code).map(|order| Order::clone(order));
        if let (Act::SplitOrder(v), Some(held)) = (&entry.fact, &held) {
            let parted = held.parted(v, entry);
            self.set_floor(Change::Order(v.into.clone(), Some(Arc::new(parted))));
        }
        let after = match (held, &entry.fact) {
            (Some(held), _) => held.after(entry),
            (None, Act::PlanOrder(v)) => Order::planned(v, entry),
            (None, _) => return,
        };
        self.set_floor(Change::Order(code.clone(), Some(Arc::new(after))));
    }

    fn applied_range(&mut self, entry: &Entry) {
        if let Act::DefineRange(v) = &entry.fact {
            let range = SerialRange::defined(v.clone(), entry.position);
            self.set_floor(Change::Range(v.code.clone(), Some(Arc::new(range))));
        }
        let Some(code) = serial::subject(&entry.fact) else { return };
        let Some(range) = self.floor.ranges.get(code) else { return };
        let after = SerialRange::clone(range).after(entry);
        self.set_floor(Change::Range(code.clone(), Some(Arc::new(after))));
    }

    fn applied_execution(&mut self, entry: &Entry) {
        if let Act::StartWork(v) = &entry.fact {
            let started = Execution::started(v, entry).map(Arc::new);
            self.set_floor(Change::Execution(entry.position, started));
        }
        let Some(position) = execution::subject(&entry.fact) else { return };
        let Some(execution) = self.floor.executions.get(&position) else { return };
        let after = Execution::clone(execution).after(entry).map(Arc::new);
        self.set_floor(Change::Execution(position, after));
    }

    /// What a signature that was voided had brought about: an approval, a value of open work.
    fn unsign(&mut self, signed: Position, entry: &Entry) {
        let approved = |version: &&Arc<Version>| version.approved == Some(signed);
        if let Some(version) = self.floor.versions.values().find(approved) {
            let version = Version::clone(version).voided(entry);
            self.set_floor(Change::Version(version.hash.clone(), Some(Arc::new(version))));
        }
        let took = |execution: &&Arc<Execution>| {
            execution.taken.iter().any(|taken| taken.position == signed)
        };
        if let Some(execution) = self.floor.executions.values().find(took) {
            let execution = Execution::clone(execution).voided(signed);
            self.set_floor(Change::Execution(execution.position, Some(Arc::new(execution))));
        }
    }

    /// The execution whose capture was out of limits waits.
    fn stop(&mut self, opened: &Nonconformance) {
        let Some(execution) = self.execution_of(opened) else { return };
        let position = execution.position;
        let stopped = Execution::clone(&execution).stopped(&opened.code);
        self.set_floor(Change::Execution(position, Some(Arc::new(stopped))));
    }

    /// It waits no more.
    fn go_on(&mut self, decided: &Nonconformance, at: Position) {
        let Some(execution) = self.execution_of(decided) else { return };
        let stands = matches!(decided.decided, Some((domain::act::Disposition::UseAsIs, _)));
        let position = execution.position;
        let on = Execution::clone(&execution).decided(decided, stands, at);
        self.set_floor(Change::Execution(position, Some(Arc::new(on))));
    }

    fn execution_of(&self, nonconformance: &Nonconformance) -> Option<Arc<Execution>> {
        let capture = nonconformance.capture?;
        let of = |execution: &&Arc<Execution>| {
            execution.taken.iter().any(|taken| taken.position == capture)
        };
        self.floor.executions.values().find(of).cloned()
    }
}
