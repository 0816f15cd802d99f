//! The same suspicion answered as it is without genealogy: by build date.
//!
//! For each part number of the units that are proven or possible: the time from the first of them
//! to the last, and every unit of that part number built in it. Industry rounds to whole days; days
//! are those of UTC, as the ledger knows no other.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::{Interval, ItemId, PartNumber, Time};
use serde::{Deserialize, Serialize};

use crate::query::line::{Certainty, ItemLine};
use crate::query::seen::Seen;

/// Microseconds of a day of UTC.
const DAY_US: i64 = 86_400_000_000;

/// A recall by build date, and how many more units it takes than the scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ByBuildDate {
    /// Units of the scope that are proven or possible.
    pub concerned: usize,
    /// Units built between the first and the last of them.
    pub in_span: usize,
    /// Units built on the days from the first to the last of them.
    pub in_days: usize,
    /// How many more units that is, to the moment.
    pub more_in_span: usize,
    /// How many more units that is, by whole days.
    pub more_in_days: usize,
    /// Part by part.
    pub parts: Vec<BuildSpan>,
}

/// When the units of one part number were built that a scope concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BuildSpan {
    /// Which part, of any revision.
    pub part: PartNumber,
    /// When the first of them was begun, at the earliest.
    pub first: Time,
    /// When the last of them was begun, at the latest.
    pub last: Time,
    /// Units of the scope that are proven or possible.
    pub concerned: usize,
    /// Units built in that time.
    pub in_span: usize,
    /// Units built on the days it touches.
    pub in_days: usize,
}

impl Seen<'_> {
    /// What a recall by build date would take; nothing where no unit with a part is concerned.
    pub(super) fn by_build_date(&self, lines: &[&ItemLine]) -> Option<ByBuildDate> {
        let mut units: BTreeMap<&PartNumber, BTreeSet<ItemId>> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.kind == Kind::Unit) {
            let Some(part) = line.part.as_ref().filter(|_| line.certainty != Certainty::Cleared)
            else {
                continue;
            };
            units.entry(&part.number).or_default().insert(line.id);
        }
        let spans = units.into_iter().filter_map(|(part, units)| self.span(part, &units));
        let parts: Vec<BuildSpan> = spans.collect();
        if parts.is_empty() {
            return None;
        }
        let sum = |of: fn(&BuildSpan) -> usize| parts.iter().map(of).sum::<usize>();
        let concerned = sum(|part| part.concerned);
        let (in_span, in_days) = (sum(|part| part.in_span), sum(|part| part.in_days));
        Some(ByBuildDate {
            concerned,
            in_span,
            in_days,
            more_in_span: in_span.saturating_sub(concerned),
            more_in_days: in_days.saturating_sub(concerned),
            parts,
        })
    }

    fn span(&self, part: &PartNumber, units: &BTreeSet<ItemId>) -> Option<BuildSpan> {
        let built = |id: &ItemId| Some(self.item(self.index_of(*id)?)?.existed);
        let times: Vec<Interval> = units.iter().filter_map(built).collect();
        let first = times.iter().map(|built| built.from).min()?;
        let last = times.iter().map(|built| built.to).max()?;
        let span = Interval { from: first, to: last };
        let days = Interval {
            from: Time(first.0.div_euclid(DAY_US).saturating_mul(DAY_US)),
            to: Time(last.0.div_euclid(DAY_US).saturating_add(1).saturating_mul(DAY_US) - 1),
        };
        let (mut in_span, mut in_days) = (0, 0);
        for index in self.state.items_of_part(part) {
            let Some(item) = self.item(index).filter(|item| item.kind == Kind::Unit) else {
                continue;
            };
            in_span += usize::from(span.overlaps(&item.existed));
            in_days += usize::from(days.overlaps(&item.existed));
        }
        Some(BuildSpan {
            part: part.clone(),
            first,
            last,
            concerned: units.len(),
            in_span,
            in_days,
        })
    }
}
