//! Which items the references of a question mean.

use domain::item::ItemState;
use domain::start::Start;
use domain::{ItemId, ItemRef, Typed};
use genealogy::{ItemIndex, Suspect};

use super::seen::Seen;
use crate::error::{Error, Result};
use crate::starts::{self, Begun, Found, Looking, Source};

/// Most ways to read one start whose names each fit several items.
const READINGS_MAX: usize = 1000;

/// Where rows and entries are looked up, opened when a question needs it.
pub(super) type Rows<'a> = &'a dyn Fn() -> Result<Source>;

/// Starts with their references resolved.
pub(super) struct Named {
    /// What they are, as they were asked for and in each reading of an ambiguous one.
    starts: Vec<(String, Vec<Start<ItemId>>)>,
    /// Which names fit several items.
    pub(super) notes: Vec<String>,
}

impl Seen<'_> {
    /// The items a reference fits, and a note where they are several.
    ///
    /// Errors: [`Error::NotFound`] if it fits none that is seen.
    pub(super) fn named(&self, item: &ItemRef) -> Result<(Vec<ItemIndex>, Option<String>)> {
        self.named_as(item, &mut ItemRef::kinds())
    }

    fn named_as(
        &self,
        item: &ItemRef,
        kinds: &mut dyn Iterator<Item = &'static str>,
    ) -> Result<(Vec<ItemIndex>, Option<String>)> {
        let fitting = self.state.find(item);
        let seen = fitting.iter().copied().filter(|index| self.item(*index).is_some());
        let found: Vec<_> = seen.collect();
        if let (true, Some(kind)) = (fitting.is_empty(), item.unknown_kind()) {
            let kinds: Vec<String> = kinds.map(|kind| format!("{kind}:")).collect();
            return Err(Error::NotFound(format!(
                "{item}: nothing is called so, and {kind}: is not known; there are {}",
                kinds.join(", ")
            )));
        }
        if found.is_empty() {
            return Err(Error::NotFound(self.not_yet(item, &fitting)));
        }
        let note = (found.len() > 1).then(|| {
            let each: Vec<_> = found.iter().map(|index| self.told_apart(*index)).collect();
            format!("{item} fits {} items: {}", found.len(), each.join(", "))
        });
        Ok((found, note))
    }

    /// What is not there: where it is known today, since when.
    fn not_yet(&self, item: &ItemRef, fitting: &[ItemIndex]) -> String {
        let item = Typed(item);
        let births = fitting.iter().filter_map(|index| self.state.at(*index));
        let Some(first) = births.map(|item| item.id.birth).min() else { return item.to_string() };
        let Some(birth) = self.entry(first) else { return item.to_string() };
        format!(
            "{item} at that moment: it did not exist yet; it exists since {}, which is known since \
             entry {first}, received {}",
            birth.context.performed, birth.received
        )
    }

    /// An item by what tells it apart from others of the same name.
    fn told_apart(&self, index: ItemIndex) -> String {
        let Some(item) = self.item(index) else { return String::new() };
        let part = item.part.value.as_ref().map(|part| format!(" {part}")).unwrap_or_default();
        let issuer = item.names_now().find_map(|name| name.issuer.as_ref());
        let issuer = issuer.map(|issuer| format!(" of {issuer}")).unwrap_or_default();
        format!("id:{} ({}{part}{issuer})", item.id, item.kind.word())
    }

    /// Starts with their references resolved; an ambiguous one counts in each of its readings.
    pub(super) fn resolve(&self, starts: &[Start<ItemRef>]) -> Result<Named> {
        let mut named = Named { starts: Vec::new(), notes: Vec::new() };
        for start in starts {
            let readings = self.readings(start, &mut named.notes)?;
            named.starts.push((start.typed(), readings));
        }
        named.notes.dedup();
        Ok(named)
    }

    fn readings(
        &self,
        start: &Start<ItemRef>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Start<ItemId>>> {
        Ok(match start {
            Start::Item { item } => {
                let (found, note) = self.named_as(item, &mut Start::kinds())?;
                notes.extend(note);
                let ids = found.into_iter().filter_map(|index| self.item(index));
                ids.map(|item| Start::Item { item: item.id }).collect()
            }
            Start::Order { order } => vec![Start::Order { order: order.clone() }],
            Start::Part { part } => vec![Start::Part { part: part.clone() }],
            Start::Used { what, code, within } => {
                vec![Start::Used { what: *what, code: code.clone(), within: *within }]
            }
            Start::SinceGoodCheck { equipment } => {
                if self.state.masters().last_good_check(equipment).is_none() {
                    notes.push(format!(
                        "{equipment} was never recorded as found good: that is all it was used on"
                    ));
                }
                vec![Start::SinceGoodCheck { equipment: equipment.clone() }]
            }
            Start::Measured { name, band, unit } => {
                vec![Start::Measured { name: name.clone(), band: *band, unit: unit.clone() }]
            }
            Start::All { of } => {
                let mut readings = vec![Vec::new()];
                for part in of {
                    readings = each_with(&readings, &self.readings(part, notes)?);
                }
                readings.into_iter().map(|of| Start::All { of }).collect()
            }
        })
    }

    /// The items that fit any of these starts, and a note on each start that nothing fits.
    ///
    /// Errors: [`Error::NotFound`] if nothing fits any.
    pub(super) fn fitting(&self, rows: Rows<'_>, named: &Named) -> Result<(Found, Vec<String>)> {
        let mut found = Found::new();
        let mut unmet: Vec<&(String, Vec<Start<ItemId>>)> = Vec::new();
        for asked in &named.starts {
            let mut fits = Found::new();
            let readings = asked.1.iter().map(|start| self.fitting_one(rows, start));
            for each in readings.collect::<Result<Vec<_>>>()? {
                each.into_iter().for_each(|(index, begun)| starts::widen(&mut fits, index, begun));
            }
            fits.retain(|index, _| self.item(*index).is_some());
            if fits.is_empty() {
                unmet.push(asked);
            }
            for (index, begun) in fits {
                starts::widen(&mut found, index, begun);
            }
        }
        if found.is_empty() {
            let each: Vec<String> = unmet.iter().map(|asked| nothing_of(asked)).collect();
            return Err(Error::NotFound(each.join(", nor ")));
        }
        let notes = unmet.iter().map(|asked| format!("could not find {}", nothing_of(asked)));
        Ok((found, notes.collect()))
    }

    /// The items that fit one start.
    ///
    /// Errors: [`Error::NotFound`] if it names nothing known.
    pub(super) fn fitting_one(&self, rows: Rows<'_>, start: &Start<ItemId>) -> Result<Found> {
        if let Start::Item { item } = start {
            let inside = self.index_of(*item).map(|index| self.with_contents(index));
            let inside = inside.into_iter().flatten();
            return Ok(inside.map(|index| (index, Begun::since(None))).collect());
        }
        let mut source = rows()?;
        source.catch_up(self.state)?;
        let (state, view) = (self.state, self.view);
        let holding = |item| self.holding(item);
        let was = |index, so: &dyn Fn(&ItemState) -> bool| self.item(index).is_some_and(so);
        let then: Option<starts::Then<'_>> = (!self.is_now()).then_some(&was);
        let looking = Looking { state, source: &source, view, holding: &holding, then };
        looking.find(start)
    }

    /// The scope of an item and what is in it: what can contain them, how sure, and what cannot.
    fn holding(&self, item: ItemId) -> Found {
        let inside = self.index_of(item).map(|index| self.with_contents(index));
        let suspects: Vec<Suspect> = inside.into_iter().flatten().map(Suspect::from).collect();
        let scope = genealogy::scope(self.state.graph(), &suspects, self.view, self, usize::MAX);
        scope.items.into_iter().map(|item| (item.item, Begun::of(item))).collect()
    }
}

/// What was not found, in the words it was asked in.
fn nothing_of((asked, readings): &(String, Vec<Start<ItemId>>)) -> String {
    match readings.first() {
        Some(Start::All { .. }) => format!("anything that fits all of {asked} at once"),
        _ => format!("anything of {asked}"),
    }
}

/// Every reading so far with each of the further parts.
fn each_with(readings: &[Vec<Start<ItemId>>], parts: &[Start<ItemId>]) -> Vec<Vec<Start<ItemId>>> {
    let with = |reading: &Vec<Start<ItemId>>, part: &Start<ItemId>| {
        reading.iter().chain([part]).cloned().collect()
    };
    let each = readings.iter().flat_map(|reading| parts.iter().map(|part| with(reading, part)));
    each.take(READINGS_MAX).collect()
}
