//! From a start to the items it means, in everything recorded so far.

use std::collections::BTreeMap;

use domain::act::Act;
use domain::entry::Entry;
use domain::start::{Band, Start, Used};
use domain::{Interval, ItemId, Position, Time};
use genealogy::{ItemIndex, View};
use store::{Edition, LedgerReader, ReadFolder, UsedIn, ViewsReader};

use crate::codec::decode;
use crate::error::{Error, Result};
use crate::state::{State, used_kind, uses_of};

/// The items of a start, each with the time since when it matters; absent: always.
pub type Found = BTreeMap<ItemIndex, Option<Time>>;

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

/// The items that fit any of these starts.
///
/// Errors: [`Error::NotFound`] if a start names nothing known.
pub(crate) fn find_bounded(
    state: &State,
    source: &Source,
    starts: &[Start<ItemId>],
    view: View,
) -> Result<Found> {
    let mut all = Found::new();
    for start in starts {
        for (item, bound) in one(state, source, start, view)? {
            widen(&mut all, item, bound);
        }
    }
    Ok(all)
}

/// The items that fit any of these starts, in order.
pub(crate) fn find(
    state: &State,
    source: &Source,
    starts: &[Start<ItemId>],
    view: View,
) -> Result<Vec<ItemIndex>> {
    Ok(find_bounded(state, source, starts, view)?.into_keys().collect())
}

/// Suspect by two ways is suspect since the earlier.
fn widen(all: &mut Found, item: ItemIndex, bound: Option<Time>) {
    all.entry(item).and_modify(|held| *held = (*held).min(bound)).or_insert(bound);
}

fn one(state: &State, source: &Source, start: &Start<ItemId>, view: View) -> Result<Found> {
    match start {
        Start::Item { item } => Ok(state
            .with_contents(*item)
            .into_iter()
            .filter_map(|id| Some((state.index_of(id)?, None)))
            .collect()),
        Start::Order { order } => {
            let orders = state.masters().with_split_orders(order);
            let items = orders.iter().flat_map(|order| state.items_of_order(order));
            some(items.map(|item| (item, None)).collect(), start)
        }
        Start::Part { part } => {
            let items = state.items_of_part(&part.number).filter(|index| {
                state
                    .at(*index)
                    .and_then(|item| item.part.value.as_ref())
                    .is_some_and(|own| part.accepts(own))
            });
            some(items.map(|item| (item, None)).collect(), start)
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
        Start::All { of } => {
            let mut found = of.iter().map(|start| one(state, source, start, view));
            let mut common = found.next().unwrap_or_else(|| Ok(Found::new()))?;
            for other in found {
                let other = other?;
                common.retain(|item, bound| match other.get(item) {
                    Some(since) => {
                        *bound = (*bound).max(*since);
                        true
                    }
                    None => false,
                });
            }
            Ok(common)
        }
    }
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
    let since = Some(entry.context.performed.from);
    match only.and_then(|id| state.index_of(id)) {
        Some(index) => widen(found, index, since),
        None => {
            let items = entry.touches.iter().filter_map(|touch| state.index_of(touch.item));
            items.for_each(|index| widen(found, index, since));
        }
    }
}
