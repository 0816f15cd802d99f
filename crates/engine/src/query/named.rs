//! Which items the references of a question mean.

use domain::start::Start;
use domain::{ItemId, ItemRef};
use genealogy::ItemIndex;

use super::seen::Seen;
use crate::error::{Error, Result};
use crate::starts::{self, Found, Source};

/// Most ways to read one start whose names each fit several items.
const READINGS_MAX: usize = 1000;

/// Where rows and entries are looked up, opened when a question needs it.
pub(super) type Rows<'a> = &'a dyn Fn() -> Result<Source>;

/// Starts with their references resolved.
pub(super) struct Named {
    /// What they are, each reading of an ambiguous one by itself.
    pub(super) starts: Vec<Start<ItemId>>,
    /// Which names fit several items.
    pub(super) notes: Vec<String>,
}

impl Seen<'_> {
    /// The items a reference fits, and a note where they are several.
    ///
    /// Errors: [`Error::NotFound`] if it fits none that is seen.
    pub(super) fn named(&self, item: &ItemRef) -> Result<(Vec<ItemIndex>, Option<String>)> {
        let fitting = self.state.find(item);
        let seen = fitting.iter().copied().filter(|index| self.item(*index).is_some());
        let found: Vec<_> = seen.collect();
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
            named.starts.extend(readings);
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
                let (found, note) = self.named(item)?;
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

    /// The items that fit any of these starts, each with the time since when it matters.
    ///
    /// Errors: [`Error::NotFound`] if nothing does.
    pub(super) fn fitting(&self, source: Rows<'_>, starts: &[Start<ItemId>]) -> Result<Found> {
        let mut found = Found::new();
        let mut queries = Vec::new();
        for start in starts {
            if let Start::Item { item } = start {
                let inside = self.index_of(*item).map(|index| self.with_contents(index));
                found.extend(inside.into_iter().flatten().map(|index| (index, None)));
            } else {
                queries.push(start.clone());
            }
        }
        if !queries.is_empty() {
            self.queried(source, &queries, &mut found)?;
        }
        found.retain(|index, _| self.item(*index).is_some());
        if found.is_empty() {
            let each: Vec<_> = starts.iter().map(ToString::to_string).collect();
            return Err(Error::NotFound(format!("anything of {}", each.join(", "))));
        }
        Ok(found)
    }

    fn queried(
        &self,
        source: Rows<'_>,
        queries: &[Start<ItemId>],
        found: &mut Found,
    ) -> Result<()> {
        let mut source = source()?;
        source.catch_up(self.state)?;
        for (index, since) in starts::find_bounded(self.state, &source, queries, self.view)? {
            found.entry(index).and_modify(|held| *held = (*held).min(since)).or_insert(since);
        }
        Ok(())
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
