//! Finding what a unit shares, and with which others.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::{Act, Kind};
use domain::entry::Entry;
use domain::item::ItemState;
use domain::start::{Start, Used};
use domain::{Interval, ItemRef};
use genealogy::{Direction, ItemIndex, View};

use super::{Affected, Share, ShareKind, SharedAnswer};
use crate::error::Result;
use crate::plant::Plant;
use crate::query::ask::ITEMS_MAX;
use crate::query::line::Certainty;
use crate::query::seen::Seen;

/// Units named of one share; all of them are among the affected ones.
const NAMED_MAX: usize = 20;
/// Containers inside each other that are looked through.
const DEPTH_MAX: usize = 16;

/// Something shared, with the units that share it.
struct Found {
    share: Share,
    units: BTreeMap<ItemIndex, Certainty>,
}

impl Plant {
    /// One call from one serial: what it shares with which other units, and all that is affected.
    ///
    /// Errors: [`Error::NotFound`] if the reference fits no item.
    pub fn shared(&self, item: &ItemRef) -> Result<SharedAnswer> {
        self.see((None, None), |seen| {
            let (of, note) = seen.named(item)?;
            let mut shares: Vec<Found> = Vec::new();
            for index in &of {
                seen.lots(*index, &mut shares);
                seen.orders(*index, &mut shares);
                seen.containers(*index, &mut shares);
                seen.uses(self, *index, &mut shares)?;
            }
            for found in &mut shares {
                found.units.retain(|unit, _| !of.contains(unit));
                found.share.count = found.units.len();
                let first = found.units.keys().take(NAMED_MAX);
                found.share.units = first.map(|unit| seen.name(*unit)).collect();
            }
            shares.retain(|found| found.share.count > 0);
            shares.sort_by(|a, b| {
                let key = |found: &Found| (found.share.count, found.share.kind);
                key(a).cmp(&key(b)).then_with(|| a.share.code.cmp(&b.share.code))
            });
            let (affected, truncated) = seen.affected(&shares);
            let lines: Vec<_> = affected.iter().map(|affected| &affected.item).collect();
            Ok(SharedAnswer {
                at: seen.at(),
                notes: note.into_iter().collect(),
                of: of.iter().filter_map(|index| seen.start_line(*index)).collect(),
                summary: seen.summary(&lines),
                consignees: seen.consignees(&lines),
                shares: shares.into_iter().map(|found| found.share).collect(),
                affected,
                truncated,
            })
        })
    }
}

impl Seen<'_> {
    fn unit(&self, index: ItemIndex) -> Option<&ItemState> {
        self.item(index).filter(|item| item.kind == Kind::Unit)
    }

    /// Lots in it at any depth, and the units that have them in them too.
    fn lots(&self, index: ItemIndex, shares: &mut Vec<Found>) {
        let graph = self.state.graph();
        let inside = graph.trace(&[index], Direction::Backward, View::default(), ITEMS_MAX);
        for reached in inside.reached.iter().filter(|reached| reached.via.is_some()) {
            let Some(lot) = self.item(reached.item).filter(|item| item.kind == Kind::Lot) else {
                continue;
            };
            let into = graph.trace(&[reached.item], Direction::Forward, View::default(), ITEMS_MAX);
            let certain = reached.certainty == genealogy::Certainty::Proven;
            let units = into.reached.iter().filter(|other| self.unit(other.item).is_some());
            let units = units.map(|other| (other.item, both(certain, other.certainty)));
            let mut share = Share::of(ShareKind::Lot, &lot.label());
            share.item = Some(self.name(reached.item));
            share.certain = certain;
            shares.push(Found { units: units.collect(), share });
        }
    }

    fn orders(&self, index: ItemIndex, shares: &mut Vec<Found>) {
        let Some(item) = self.item(index) else { return };
        for order in [&item.order.value, &item.production_order.value].into_iter().flatten() {
            let all = self.state.masters().with_split_orders(order);
            let items = all.iter().flat_map(|order| self.state.items_of_order(order));
            let share = Share::of(ShareKind::Order, order.as_str());
            shares.push(self.among(share, items));
        }
    }

    /// Units among items, all of which share for certain.
    fn among(&self, share: Share, items: impl Iterator<Item = ItemIndex>) -> Found {
        let units = items.filter(|index| self.unit(*index).is_some());
        Found { units: units.map(|unit| (unit, Certainty::Proven)).collect(), share }
    }

    /// Containers it is or was in, and the units that are or were in them.
    fn containers(&self, index: ItemIndex, shares: &mut Vec<Found>) {
        let Some(item) = self.item(index) else { return };
        let mut containers: BTreeSet<ItemIndex> = self.outer(item).into_iter().collect();
        for entry in &*self.history(index) {
            if let Act::Pack(pack) = &entry.fact
                && pack.items.iter().any(|packed| packed.item == item.id)
                && self.holds_true(entry)
            {
                containers.extend(self.index_of(pack.container));
            }
        }
        for container in containers {
            let Some(state) = self.item(container).filter(|item| item.kind.is_container()) else {
                continue;
            };
            let mut inside = BTreeSet::new();
            self.ever_inside(container, DEPTH_MAX, &mut inside);
            let mut share = Share::of(ShareKind::Container, &state.label());
            share.item = Some(self.name(container));
            shares.push(self.among(share, inside.into_iter()));
        }
    }

    fn ever_inside(&self, container: ItemIndex, depth: usize, found: &mut BTreeSet<ItemIndex>) {
        let is_container = self.item(container).is_some_and(|item| item.kind.is_container());
        if depth == 0 || !is_container {
            return;
        }
        let inside: BTreeSet<ItemIndex> =
            self.ever_in(container).into_iter().chain(self.contents(container)).collect();
        for inner in inside {
            if found.insert(inner) {
                self.ever_inside(inner, depth - 1, found);
            }
        }
    }

    /// Equipment, programs, runs and shipments it had to do with, and the units that had too.
    fn uses(&self, plant: &Plant, index: ItemIndex, shares: &mut Vec<Found>) -> Result<()> {
        let history = self.history(index);
        let mut used: BTreeSet<(ShareKind, String)> = BTreeSet::new();
        for entry in history.iter().filter(|entry| self.holds_true(entry)) {
            used.extend(uses_of(entry));
        }
        for (kind, code) in used {
            let what = match kind {
                ShareKind::Equipment => Used::Equipment,
                ShareKind::Program => Used::Program,
                ShareKind::Run => Used::Run,
                ShareKind::Shipment => Used::Shipment,
                ShareKind::Lot | ShareKind::Order | ShareKind::Container => continue,
            };
            let share = Share::of(kind, &code);
            let start = Start::Used { what, code, within: Interval::ALWAYS };
            let mut items = self.fitting_one(&|| plant.source(), &start)?;
            items.retain(|index, _| self.item(*index).is_some());
            if !items.is_empty() {
                shares.push(self.among(share, items.into_keys()));
            }
        }
        Ok(())
    }

    /// The units that share anything, those that share most first.
    fn affected(&self, shares: &[Found]) -> (Vec<Affected>, bool) {
        let mut units: BTreeMap<ItemIndex, (Certainty, Vec<usize>)> = BTreeMap::new();
        for (at, found) in shares.iter().enumerate() {
            for (unit, certainty) in &found.units {
                let (held, by) = units.entry(*unit).or_insert((*certainty, Vec::new()));
                *held = (*held).min(*certainty);
                by.push(at);
            }
        }
        let truncated = units.len() > ITEMS_MAX;
        let mut affected: Vec<Affected> = units
            .into_iter()
            .take(ITEMS_MAX)
            .filter_map(|(unit, (certainty, shares))| {
                Some(Affected { item: self.line(unit, certainty)?, shares })
            })
            .collect();
        affected.sort_by_key(|affected| std::cmp::Reverse(affected.shares.len()));
        (affected, truncated)
    }
}

impl Share {
    fn of(kind: ShareKind, code: &str) -> Self {
        Self { kind, code: code.to_owned(), item: None, certain: true, count: 0, units: Vec::new() }
    }
}

/// How sure it is that two units share something.
fn both(certain: bool, other: genealogy::Certainty) -> Certainty {
    match (certain, other) {
        (true, genealogy::Certainty::Proven) => Certainty::Proven,
        (true | false, _) => Certainty::Possible,
    }
}

/// What an entry was done with.
fn uses_of(entry: &Entry) -> Vec<(ShareKind, String)> {
    let equipment = entry.context.equipment.iter();
    let mut used: Vec<(ShareKind, String)> =
        equipment.map(|code| (ShareKind::Equipment, code.to_string())).collect();
    if let Act::Step(step) = &entry.fact {
        used.extend(step.program.iter().map(|program| (ShareKind::Program, program.code())));
        used.extend(step.run.iter().map(|run| (ShareKind::Run, run.to_string())));
    }
    if let Act::Ship(ship) = &entry.fact {
        used.extend(ship.shipment.iter().map(|code| (ShareKind::Shipment, code.to_string())));
    }
    used
}
