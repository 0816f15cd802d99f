//! Holds: what is held, also later, and also what came from it.
//!
//! A hold stands on roots: the items it names, what fitted its queries when it was placed, and
//! whatever fits them later. Where it spreads, everything that can contain a root is held too; that
//! is traced anew whenever an edge under it changes, so it never depends on the order of facts.

mod combined;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::act::{Act, Kind, Take, Value};
use domain::edge::{EdgeKind, Link, links_of};
use domain::entry::Entry;
use domain::item::{ItemState, stamp_of};
use domain::start::{Start, Used};
use domain::{Fact, HoldCode, Interval, ItemId, PersonCode, Position, StationCode, Time};
use genealogy::{Direction, ItemIndex, View};

use super::{Entries, State};

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PlacedHold {
    /// Which entry placed it.
    pub position: Position,
    /// Since when it holds: when it was placed, or received where the rules placed it.
    pub since: Time,
    /// What it is on.
    pub on: Vec<Start<ItemId>>,
    /// Whether it also holds what came from that.
    pub spreads: bool,
    /// Only what can have come from it since then: a broken rule says nothing of what was before.
    /// Absent: always.
    pub suspect_from: Option<Time>,
    /// Why.
    pub reason: String,
    /// The items it stands on.
    pub roots: BTreeSet<ItemId>,
    /// How it ended.
    pub lifted: Option<Lifted>,
    /// Stations that said that they know of it.
    pub acknowledged: BTreeMap<StationCode, Acknowledged>,
    /// Everything it holds now; derived from the roots and the genealogy.
    #[serde(skip)]
    pub items: BTreeSet<ItemId>,
}

/// The end of a hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lifted {
    /// By which entry.
    pub by: Position,
    /// When it ended at the latest.
    pub at: Time,
    /// Why.
    pub reason: String,
}

/// How a station said that it knows of a hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Acknowledged {
    /// By which entry.
    pub by: Position,
    /// When the server took that.
    pub at: Time,
    /// Who said it, where a person did.
    pub person: Option<PersonCode>,
    /// By which account or token it was recorded.
    pub recorded_by: String,
}

impl State {
    pub(super) fn applied_holds(
        &mut self,
        entry: &Entry,
        entries: &dyn Entries,
        changed: &[ItemIndex],
    ) {
        match &entry.fact {
            Act::Hold(hold) => {
                let named = hold.on.iter().filter_map(|start| match start {
                    Start::Item { item } => Some(self.with_contents(*item)),
                    _ => None,
                });
                let roots = named.flatten().chain(hold.found.iter().copied()).collect();
                let from = entry.context.performed.from;
                // Written by the rules for what broke one: nobody could know of it before.
                let suspect_from = entry.context.follows.map(|_| from);
                let placed = PlacedHold {
                    position: entry.position,
                    since: suspect_from.map_or(from, |_| entry.received),
                    suspect_from,
                    on: hold.on.clone(),
                    spreads: hold.spreads,
                    reason: hold.reason.clone(),
                    roots,
                    lifted: None,
                    acknowledged: BTreeMap::new(),
                    items: BTreeSet::new(),
                };
                self.set_hold(&hold.code, placed);
            }
            Act::ExtendHold(more) => self.add_roots(&more.code, more.items.iter().copied()),
            Act::Lift(lift) => {
                if let Some(hold) = self.holds.get(&lift.code) {
                    let lifted = Some(Lifted {
                        by: entry.position,
                        at: stamp_of(entry).performed,
                        reason: lift.reason.clone(),
                    });
                    self.set_hold(&lift.code, PlacedHold { lifted, ..(**hold).clone() });
                }
            }
            Act::AcknowledgeHold(v) => self.acknowledge(&v.code, entry),
            _ => {}
        }
        self.catch(entry, (entries, changed));
        self.respread(entry, changed);
    }

    /// An item and everything in it.
    pub(crate) fn with_contents(&self, item: ItemId) -> Vec<ItemId> {
        let mut found = vec![item];
        let mut next = 0;
        while let Some(id) = found.get(next).copied() {
            let inner = self.index_of(id).into_iter().flat_map(|index| self.contents_of(index));
            // Reports may disagree about what is in what, so it may seem to be in itself.
            let inner: Vec<_> = inner
                .filter_map(|index| self.at(index).map(|state| state.id))
                .filter(|inner| *inner != item)
                .collect();
            found.extend(inner);
            next += 1;
        }
        found
    }

    /// Puts what a fact makes fit an active query, or packs into what is held, under its hold.
    fn catch(&mut self, entry: &Entry, around: (&dyn Entries, &[ItemIndex])) {
        let active = self.holds.iter().filter(|(_, hold)| hold.lifted.is_none());
        let caught: Vec<(HoldCode, Vec<ItemId>)> = active
            .map(|(code, hold)| (code.clone(), self.caught_by(hold, entry, around)))
            .filter(|(_, items)| !items.is_empty())
            .collect();
        for (code, items) in caught {
            self.add_roots(&code, items.into_iter());
        }
    }

    fn caught_by(
        &self,
        hold: &PlacedHold,
        entry: &Entry,
        around: (&dyn Entries, &[ItemIndex]),
    ) -> Vec<ItemId> {
        let mut caught = Vec::new();
        if let Act::Pack(pack) = &entry.fact
            && hold.roots.contains(&pack.container)
        {
            caught.extend(pack.items.iter().flat_map(|packed| self.with_contents(packed.item)));
        }
        for start in &hold.on {
            match start {
                Start::Item { .. } => {}
                Start::All { .. } => caught.extend(self.caught_in_common(start, entry, around)),
                Start::Order { .. }
                | Start::Part { .. }
                | Start::Used { .. }
                | Start::SinceGoodCheck { .. }
                | Start::Measured { .. } => {
                    let touched =
                        entry.touches.iter().filter_map(|touch| self.item_state(touch.item));
                    let fitting = touched.chain(self.ordered(&entry.fact));
                    let fitting = fitting.filter(|item| self.fits(start, entry, item));
                    caught.extend(fitting.map(|item| item.id));
                }
            }
        }
        caught.retain(|id| !hold.roots.contains(id));
        caught
    }

    /// The items of an order that became part of another.
    fn ordered(&self, fact: &Fact) -> impl Iterator<Item = &ItemState> {
        let order = match fact {
            Act::DefineOrder(order) if order.split_from.is_some() => Some(&order.code),
            Act::SplitOrder(split) => Some(&split.into),
            _ => None,
        };
        let orders = order.map(|order| self.masters.with_split_orders(order)).unwrap_or_default();
        let items: Vec<ItemIndex> =
            orders.iter().flat_map(|order| self.items_of_order(order)).collect();
        items.into_iter().filter_map(|index| self.at(index))
    }

    /// Whether an item fits a start by its own state or by this fact.
    pub(crate) fn fits(&self, start: &Start<ItemId>, entry: &Entry, item: &ItemState) -> bool {
        match start {
            Start::Item { item: held } => *held == item.id,
            Start::Order { order } => {
                let orders = self.masters.with_split_orders(order);
                [&item.order.value, &item.production_order.value]
                    .into_iter()
                    .flatten()
                    .any(|own| orders.contains(own))
            }
            Start::Part { part } => item.part.value.as_ref().is_some_and(|own| part.accepts(own)),
            Start::Used { what, code, within } => {
                within.overlaps(&entry.context.performed)
                    && uses_of(entry).iter().any(|(used, by)| used == what && by == code)
                    && self.is_worked_on(entry, item.id)
            }
            // Turned into a use with a window when the hold is placed.
            Start::SinceGoodCheck { equipment } => {
                let used = |(used, by): &(Used, String)| {
                    *used == Used::Equipment && by == equipment.as_str()
                };
                uses_of(entry).iter().any(used) && self.is_worked_on(entry, item.id)
            }
            Start::Measured { name, band, unit } => {
                let Act::Step(step) = &entry.fact else { return false };
                step.measures.iter().any(|measure| {
                    measure.name == *name
                        && measure.unit == *unit
                        && band.contains(measure.value)
                        && measure.item.is_none_or(|on| on == item.id)
                })
            }
            Start::All { of } => of.iter().all(|start| self.fits(start, entry, item)),
        }
    }

    /// Whether a fact worked on an item that it touches: what only gave some of itself to others
    /// stays as it was, so a suspicion about how they were made does not reach the rest of it.
    pub(crate) fn is_worked_on(&self, entry: &Entry, item: ItemId) -> bool {
        let gives = |link: &Link| {
            let into = matches!(
                link.kind,
                EdgeKind::Consumed | EdgeKind::Installed | EdgeKind::Transformed
            );
            into && link.input == item
        };
        // A scan is followed by what it puts in or takes out, which says what became of it.
        if let Act::Take(Take { value: Value::Scan(scanned), .. }) = &entry.fact
            && scanned.item == item
        {
            return false;
        }
        let is_lot = self.item_state(item).is_some_and(|item| item.kind == Kind::Lot);
        !(is_lot && links_of(entry).iter().any(gives))
    }

    fn add_roots(&mut self, code: &HoldCode, items: impl Iterator<Item = ItemId>) {
        let Some(hold) = self.holds.get(code) else { return };
        let mut hold = (**hold).clone();
        hold.roots.extend(items);
        self.set_hold(code, hold);
    }

    /// A station knows of a hold: what it holds stays as it is.
    fn acknowledge(&mut self, code: &HoldCode, entry: &Entry) {
        let (Some(hold), Some(station)) = (self.holds.get(code), &entry.context.station) else {
            return;
        };
        let mut hold = PlacedHold::clone(hold);
        let acknowledged = Acknowledged {
            by: entry.position,
            at: entry.received,
            person: entry.context.performed_by.clone(),
            recorded_by: entry.context.recorded_by.clone(),
        };
        hold.acknowledged.insert(station.clone(), acknowledged);
        self.put_hold(code, hold);
    }

    /// Traces the holds anew whose items a fact may have changed.
    fn respread(&mut self, entry: &Entry, changed: &[ItemIndex]) {
        let rederived =
            matches!(entry.fact, Act::Correct(_) | Act::Load(_) | Act::Unload(_) | Act::Step(_));
        let codes: Vec<HoldCode> = self
            .holds
            .iter()
            .filter(|(_, hold)| hold.lifted.is_none() && (hold.spreads || hold.is_narrowed()))
            .filter(|(code, _)| {
                (rederived && !changed.is_empty())
                    || matches!(entry.fact, Act::Correct(_))
                    || changed
                        .iter()
                        .any(|index| self.held.get(index).is_some_and(|held| held.contains(*code)))
            })
            .map(|(code, _)| code.clone())
            .collect();
        for code in codes {
            if let Some(hold) = self.holds.get(&code) {
                self.set_hold(&code, (**hold).clone());
            }
        }
    }

    /// Puts a hold in place and brings what it holds up to date.
    fn set_hold(&mut self, code: &HoldCode, mut hold: PlacedHold) {
        hold.items = if hold.lifted.is_some() { BTreeSet::new() } else { self.under(&hold) };
        self.put_hold(code, hold);
    }

    fn put_hold(&mut self, code: &HoldCode, hold: PlacedHold) {
        let old = self.swap_hold(code, Some(Arc::new(hold)));
        self.note(|changes| changes.hold(code));
        let code = code.clone();
        self.undo(move |state| {
            state.swap_hold(&code, old);
        });
    }

    pub(super) fn swap_hold(
        &mut self,
        code: &HoldCode,
        hold: Option<Arc<PlacedHold>>,
    ) -> Option<Arc<PlacedHold>> {
        let none = BTreeSet::new();
        let new = hold.as_ref().map_or(&none, |hold| &hold.items);
        let old = self.holds.get(code).map_or(&none, |hold| &hold.items);
        let gone: Vec<_> = old.difference(new).filter_map(|id| self.index_of(*id)).collect();
        let added: Vec<_> = new.difference(old).filter_map(|id| self.index_of(*id)).collect();
        for index in gone {
            let Some(codes) = self.held.get_mut(&index) else { continue };
            codes.remove(code);
            if codes.is_empty() {
                self.held.remove(&index);
            }
        }
        for index in added {
            self.held.entry(index).or_default().insert(code.clone());
        }
        let lifted = |hold: &Arc<PlacedHold>| Some((hold.lifted.as_ref()?.at, code.clone()));
        if let Some(old) = self.holds.get(code).and_then(lifted) {
            self.lifted.remove(&old);
        }
        self.lifted.extend(hold.as_ref().and_then(lifted));
        match hold {
            Some(hold) => self.holds.insert(code.clone(), hold),
            None => self.holds.remove(code),
        }
    }

    /// Holds on an item that were lifted since, and in force at some moment of `during`.
    pub(crate) fn held_then(
        &self,
        index: ItemIndex,
        during: Interval,
    ) -> impl Iterator<Item = (&HoldCode, &PlacedHold, &Lifted)> {
        let ended = self.lifted.iter().rev().take_while(move |(at, _)| during.from < *at);
        ended
            .filter_map(|(_, code)| {
                let (code, hold) = self.holds.get_key_value(code)?;
                Some((code, &**hold, hold.lifted.as_ref()?))
            })
            .filter(move |(_, hold, lifted)| {
                hold.since <= during.to && self.was_under(index, hold, during.to.min(lifted.at))
            })
    }

    /// Whether a hold, while it was in force, held an item by that time.
    fn was_under(&self, index: ItemIndex, hold: &PlacedHold, by: Time) -> bool {
        if self.at(index).is_some_and(|item| hold.roots.contains(&item.id)) {
            return true;
        }
        if !hold.spreads {
            return false;
        }
        let view = View { as_of: Some(by), ..View::default() };
        let trace = self.graph.trace(&[index], Direction::Backward, view, usize::MAX);
        trace.reached.iter().any(|reached| {
            // What is suspect since some time got in here if it can have gone on after it.
            let late_enough = hold.suspect_from.is_none_or(|at| at <= reached.contaminated_from);
            let is_root = self.at(reached.item).is_some_and(|item| hold.roots.contains(&item.id));
            late_enough && is_root
        })
    }

    /// Everything a hold holds.
    pub(crate) fn under(&self, hold: &PlacedHold) -> BTreeSet<ItemId> {
        if !hold.spreads {
            let roots = self.standing(hold, View::default());
            return roots.filter_map(|index| self.at(index)).map(|item| item.id).collect();
        }
        let roots = self.suspects(hold, View::default());
        let trace = self.graph.trace_from(&roots, Direction::Forward, View::default(), usize::MAX);
        let reached = trace.reached.iter().filter_map(|reached| self.at(reached.item));
        reached.map(|item| item.id).collect()
    }

    /// From where a hold spreads.
    pub(crate) fn suspects(&self, hold: &PlacedHold, view: View) -> Vec<genealogy::Start> {
        let roots = self.standing(hold, view);
        let bound = hold.suspect_from;
        roots.map(|item| genealogy::Start { bound, ..item.into() }).collect()
    }

    /// Brings all holds up to date; after loading from rows.
    pub(super) fn respread_all(&mut self) {
        let codes: Vec<_> = self.holds.keys().cloned().collect();
        for code in codes {
            let Some(hold) = self.holds.get(&code) else { continue };
            let mut hold = (**hold).clone();
            if hold.lifted.is_none() {
                hold.items = self.under(&hold);
            }
            // What stands there came from a row, without items: all of them are new.
            self.swap_hold(&code, Some(Arc::new(hold)));
        }
    }
}

/// What a fact was done with: not what was only said, decided or refused.
pub(crate) fn uses_of(entry: &Entry) -> Vec<(Used, String)> {
    let said = matches!(
        entry.fact,
        Act::Refuse(_)
            | Act::Except(_)
            | Act::CloseException(_)
            | Act::Correct(_)
            | Act::VoidSignature(_)
            | Act::SignAgain(_)
            | Act::Hold(_)
            | Act::ExtendHold(_)
            | Act::Lift(_)
            | Act::AcknowledgeHold(_)
            | Act::Clear(_)
            | Act::PlanOrder(_)
            | Act::ReleaseOrder(_)
            | Act::SplitOrder(_)
            | Act::CloseOrder(_)
            | Act::DefineRange(_)
            | Act::IssueSerials(_)
            | Act::VoidSerials(_)
            | Act::FreezeScope(_)
            | Act::ProposeMaster(_)
            | Act::ApproveMaster(_)
            | Act::RejectMaster(_)
            | Act::ActivateMaster(_)
            | Act::RetireMaster(_)
            | Act::Acknowledge(_)
            | Act::Qualify(_)
            | Act::AssignMaster(_)
            | Act::Deviate(_)
            | Act::OpenNonconformance(_)
            | Act::Dispose(_)
            | Act::Release(_)
    );
    if said {
        return Vec::new();
    }
    let context = &entry.context;
    let station = match &entry.fact {
        Act::Load(load) => Some(&load.station),
        Act::Unload(unload) => Some(&unload.station),
        _ => context.station.as_ref(),
    };
    let equipment = context.equipment.iter().map(|code| (Used::Equipment, code.to_string()));
    let station = station.map(|code| (Used::Station, code.to_string()));
    let person = context.performed_by.as_ref().map(|code| (Used::Person, code.to_string()));
    let step = match &entry.fact {
        Act::Step(step) => {
            let program = step.program.as_ref();
            let mut uses = vec![(Used::Operation, step.operation.to_string())];
            uses.extend(step.run.as_ref().map(|run| (Used::Run, run.to_string())));
            uses.extend(program.map(|program| (Used::Program, program.name.clone())));
            uses.extend(
                program
                    .filter(|program| program.version.is_some())
                    .map(|program| (Used::Program, program.code())),
            );
            uses
        }
        Act::Transform(transform) => {
            transform.run.iter().map(|run| (Used::Run, run.to_string())).collect()
        }
        Act::Ship(ship) => {
            ship.shipment.iter().map(|code| (Used::Shipment, code.to_string())).collect()
        }
        _ => Vec::new(),
    };
    equipment.chain(station).chain(person).chain(step).collect()
}
