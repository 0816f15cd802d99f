//! From a start to the items it means, in everything recorded so far.
//!
//! Alone, an item means itself with what is in it: suspicion spreads from there. In a combination
//! it means all that can contain that, too, each as sure as the genealogy is of it.

mod begun;

use std::collections::BTreeSet;

use domain::act::{Act, Take, Value};
use domain::entry::Entry;
use domain::item::ItemState;
use domain::start::{Band, Start, Used};
use domain::{Interval, ItemId, Position, Time};
use genealogy::{ItemIndex, View};
use store::{Edition, LedgerReader, ReadFolder, UsedIn, ViewsReader};

use crate::codec::decode;
use crate::error::{Error, Result};
use crate::state::{State, used_kind, uses_of};

pub use begun::{Begun, Found};
pub(crate) use begun::{suspects, widen};

/// Rows and entries to look in.
#[derive(Debug)]
pub struct Source {
    pub(crate) views: ViewsReader,
    pub(crate) ledger: LedgerReader,
    /// Facts that the state holds and whose rows are not written yet.
    tail: Vec<Entry>,
}

impl Source {
    /// Opens readers of a folder.
    pub(crate) fn open(folder: &ReadFolder, edition: &Edition) -> Result<Self> {
        Ok(Self::of(folder.views(edition)?, folder.ledger()?))
    }

    /// The same of readers at hand.
    pub(crate) fn of(views: ViewsReader, ledger: LedgerReader) -> Self {
        Self { views, ledger, tail: Vec::new() }
    }

    /// Reads the facts whose rows may stand behind the state.
    pub(crate) fn catch_up(&mut self, state: &State) -> Result<()> {
        let written = self.views.applied_position()?;
        for position in written..state.next().0 {
            self.tail.extend(self.entry(Position(position))?);
        }
        Ok(())
    }

    /// The fact at a position; none for the ledger's own entries.
    pub fn entry(&self, position: Position) -> Result<Option<Entry>> {
        self.ledger.entry(position.0)?.map_or(Ok(None), |stored| decode(&stored))
    }
}

/// Where starts are looked for.
pub(crate) struct Looking<'a> {
    pub(crate) state: &'a State,
    pub(crate) source: &'a Source,
    pub(crate) view: View,
    /// What can contain an item or what is in it, themselves included.
    pub(crate) holding: &'a dyn Fn(ItemId) -> Found,
    /// Whether an item was so at a moment of the past; absent: it is looked for now.
    pub(crate) then: Option<Then<'a>>,
}

/// Whether an item was so at a moment of the past.
pub(crate) type Then<'a> = &'a dyn Fn(ItemIndex, &dyn Fn(&ItemState) -> bool) -> bool;

/// The items that fit any of these starts, in order, as far as the graph reaches.
///
/// Errors: [`Error::NotFound`] if a start names nothing known.
pub(crate) fn find(
    state: &State,
    source: &Source,
    starts: &[Start<ItemId>],
    view: View,
) -> Result<Vec<ItemIndex>> {
    let holding = |item| {
        let inside = state.with_contents(item);
        let inside = inside.into_iter().filter_map(|id| state.index_of(id));
        let starts: Vec<genealogy::Start> = inside.map(genealogy::Start::from).collect();
        begun::reached(state.graph(), &starts, view)
    };
    let looking = Looking { state, source, view, holding: &holding, then: None };
    let mut all = BTreeSet::new();
    for start in starts {
        all.extend(looking.find(start)?.into_keys());
    }
    Ok(all.into_iter().collect())
}

impl Looking<'_> {
    /// The items that fit a start.
    ///
    /// Errors: [`Error::NotFound`] if it names nothing known.
    pub(crate) fn find(&self, start: &Start<ItemId>) -> Result<Found> {
        let Self { state, source, view, .. } = *self;
        match start {
            Start::Item { item } => {
                let inside = state.with_contents(*item);
                Ok(always(inside.into_iter().filter_map(|id| state.index_of(id))))
            }
            Start::Order { order } => {
                let orders = state.masters().with_split_orders(order);
                let now = orders.iter().flat_map(|order| state.items_of_order(order));
                let of = |item: &ItemState| {
                    let held = [&item.order.value, &item.production_order.value];
                    held.into_iter().flatten().any(|order| orders.contains(order))
                };
                some(self.that_are(now, &of), start)
            }
            Start::Part { part } => {
                let of = |item: &ItemState| {
                    item.part.value.as_ref().is_some_and(|own| part.accepts(own))
                };
                some(self.that_are(state.items_of_part(&part.number), &of), start)
            }
            Start::Used { what, code, within } => used(state, source, (*what, code), *within, view),
            Start::SinceGoodCheck { equipment } => {
                let from = state
                    .masters()
                    .last_good_check(equipment)
                    .map_or(Time::MIN, |checked| checked.performed.from);
                let within = Interval { from, to: Time::MAX };
                used(state, source, (Used::Equipment, equipment.as_str()), within, view)
            }
            Start::Measured { name, band, unit } => {
                measured(state, source, (name, unit.as_str()), *band, view)
            }
            Start::All { .. } => self.common(start),
        }
    }

    /// The items that are so: of those the indexes name now, or of all as they were then, since an
    /// index knows today's membership only.
    fn that_are(
        &self,
        now: impl Iterator<Item = ItemIndex>,
        so: &dyn Fn(&ItemState) -> bool,
    ) -> Found {
        let Some(then) = self.then else {
            return always(now.filter(|index| self.state.at(*index).is_some_and(so)));
        };
        let count = u32::try_from(self.state.item_count()).unwrap_or(u32::MAX);
        always((0..count).map(ItemIndex).filter(|index| then(*index, so)))
    }

    /// What all parts of a combination have in common, whatever their order.
    fn common(&self, combination: &Start<ItemId>) -> Result<Found> {
        let mut parts = combination.parts();
        parts.sort_by_cached_key(ToString::to_string);
        let mut common: Option<Found> = None;
        for part in parts {
            let found = match part {
                Start::Item { item } => (self.holding)(*item),
                other => self.find(other)?,
            };
            common = Some(match common {
                Some(before) => begun::common(before, found),
                None => found,
            });
        }
        Ok(common.unwrap_or_default())
    }
}

/// These items, for certain and always.
fn always(items: impl Iterator<Item = ItemIndex>) -> Found {
    items.map(|item| (item, Begun::since(None))).collect()
}

fn some(found: Found, start: &Start<ItemId>) -> Result<Found> {
    if found.is_empty() { Err(Error::NotFound(format!("anything of {start}"))) } else { Ok(found) }
}

/// Whether a fact holds by what is known in that view. Rows may be ahead of a state of the past.
pub(crate) fn holds(state: &State, position: Position, view: View) -> bool {
    position < state.next()
        && view.knows(position)
        && state.superseded_by(position).is_none_or(|by| !view.knows(by))
}

fn used(
    state: &State,
    source: &Source,
    (what, code): (Used, &str),
    within: Interval,
    view: View,
) -> Result<Found> {
    const PAGE: usize = 4096;
    let mut found = Found::new();
    let mut after = None;
    loop {
        let asked = UsedIn {
            kind: used_kind(what),
            code,
            from_us: within.from.0,
            to_us: within.to.0,
            after,
        };
        let page = source.views.used_in(&asked, PAGE)?;
        let positions = page.iter().map(|used| Position(used.position));
        for position in positions.filter(|position| holds(state, *position, view)) {
            let Some(entry) = source.entry(position)? else { continue };
            take(state, &entry, None, view, &mut found);
        }
        after = page.last().copied();
        if page.len() < PAGE {
            break;
        }
    }
    for entry in source.tail.iter().filter(|entry| holds(state, entry.position, view)) {
        let done_with = uses_of(entry).iter().any(|(used, with)| *used == what && with == code);
        if done_with && within.overlaps(&entry.context.performed) {
            take(state, entry, None, view, &mut found);
        }
    }
    Ok(found)
}

fn measured(
    state: &State,
    source: &Source,
    (name, unit): (&str, &str),
    band: Band,
    view: View,
) -> Result<Found> {
    let mut hits: Vec<(Position, u32)> = Vec::new();
    source.views.for_each_measure(name, unit, |key, value| -> Result<()> {
        let value: domain::Amount =
            value.parse().map_err(|e: &str| Error::Row(format!("measure {value}: {e}")))?;
        if band.contains(value) {
            hits.push((Position(key.position), key.ordinal));
        }
        Ok(())
    })?;
    for entry in &source.tail {
        if let Act::Take(Take { capture, value: Value::Measurement(value), .. }) = &entry.fact {
            let fits = capture.as_str() == name && value.unit.as_str() == unit;
            hits.extend((fits && band.contains(value.value)).then_some((entry.position, 0)));
        }
        let Act::Step(step) = &entry.fact else { continue };
        let measures = (0_u32..).zip(&step.measures);
        let fitting = measures.filter(|(_, measure)| {
            measure.name == name && measure.unit.as_str() == unit && band.contains(measure.value)
        });
        hits.extend(fitting.map(|(ordinal, _)| (entry.position, ordinal)));
    }
    let mut found = Found::new();
    for (position, ordinal) in hits {
        if !holds(state, position, view) {
            continue;
        }
        let Some(entry) = source.entry(position)? else { continue };
        let item = match &entry.fact {
            Act::Step(step) => usize::try_from(ordinal)
                .ok()
                .and_then(|at| step.measures.get(at))
                .and_then(|measure| measure.item),
            Act::Take(take) => take.item,
            _ => None,
        };
        take(state, &entry, item, view, &mut found);
    }
    Ok(found)
}

/// The items a fact is about: one of them where only that was measured.
fn take(state: &State, entry: &Entry, only: Option<ItemId>, view: View, found: &mut Found) {
    if !view.includes(entry.context.performed) {
        return;
    }
    let since = Begun::since(Some(entry.context.performed.from));
    match only.and_then(|id| state.index_of(id)) {
        Some(index) => widen(found, index, since),
        None => {
            let touched = entry.touches.iter().map(|touch| touch.item);
            let items = touched.filter(|id| state.is_worked_on(entry, *id));
            let items = items.filter_map(|id| state.index_of(id));
            items.for_each(|index| widen(found, index, since.clone()));
        }
    }
}
