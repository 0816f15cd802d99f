//! A filter made ready: bounds in time as positions, and what can be looked up.
//!
//! Invariant: what is looked up holds every device that fits, and perhaps others, which the filter
//! then leaves out.

use std::ops::Range;

use domain::item::ItemState;
use domain::{
    Amount, Interval, ItemId, ItemRef, OrderCode, PartNumber, Position, Scheme, Time, scheme,
};
use genealogy::ItemIndex;
use serde_json::Value;

use super::fields::{CREATED, UPDATED};
use super::filter::{Field, Filter, Relation, Test};
use crate::error::{Error, Result};
use crate::query::seen::Seen;

/// A filter made ready.
pub(super) enum Plan<'f> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Is(&'f Field, &'f Test),
    /// The first or last entry stands within these positions.
    Within(Option<Relation>, Entry, Range<u64>),
}

/// Which entry of an item.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entry {
    First,
    Last,
}

impl<'f> Plan<'f> {
    pub(super) fn of(filter: &'f Filter, seen: &Seen<'_>) -> Result<Self> {
        let each = |inner: &'f [Filter]| -> Result<Vec<Self>> {
            inner.iter().map(|one| Self::of(one, seen)).collect()
        };
        Ok(match filter {
            Filter::All(inner) => Self::All(each(inner)?),
            Filter::Any(inner) => Self::Any(each(inner)?),
            Filter::Is(field, test) => {
                let entry = match (field.name.as_str(), test) {
                    (_, Test::Exists(_)) => return Ok(Self::Is(field, test)),
                    (CREATED, _) => Entry::First,
                    (UPDATED, _) => Entry::Last,
                    (_, _) => return Ok(Self::Is(field, test)),
                };
                Self::Within(field.of, entry, within(field, test, seen)?)
            }
        })
    }

    /// Whether a device fits.
    pub(super) fn holds(&self, seen: &Seen<'_>, index: ItemIndex, item: &ItemState) -> bool {
        let looked_at = |of: Option<Relation>| match of {
            None => Some((index, item)),
            Some(relation) => seen.related(item, relation),
        };
        match self {
            Self::All(inner) => inner.iter().all(|one| one.holds(seen, index, item)),
            Self::Any(inner) => inner.iter().any(|one| one.holds(seen, index, item)),
            Self::Is(field, test) => {
                let of = looked_at(field.of);
                let values = of.into_iter().flat_map(|(at, it)| seen.field(at, it, &field.name));
                test.holds(&values.collect::<Vec<_>>())
            }
            Self::Within(of, entry, positions) => looked_at(*of).is_some_and(|(_, item)| {
                let Position(at) = match entry {
                    Entry::First => item.id.birth,
                    Entry::Last => item.last,
                };
                positions.contains(&at)
            }),
        }
    }

    /// Devices among which all are that fit, where an index knows.
    pub(super) fn candidates(&self, seen: &Seen<'_>) -> Option<Vec<ItemIndex>> {
        match self {
            Self::All(inner) => {
                inner.iter().filter_map(|one| one.candidates(seen)).min_by_key(Vec::len)
            }
            Self::Any(inner) => {
                let each: Option<Vec<_>> = inner.iter().map(|one| one.candidates(seen)).collect();
                each.map(|each| each.into_iter().flatten().collect())
            }
            Self::Is(Field { of: None, name }, Test::Match(values)) => {
                let found = values.iter().map(|value| looked_up(seen, name, value));
                let found: Option<Vec<_>> = found.collect();
                found.map(|found| found.into_iter().flatten().collect())
            }
            Self::Is(..) | Self::Within(..) => None,
        }
    }
}

/// Items whose field can be this value; none where there is no index of the field.
fn looked_up(seen: &Seen<'_>, name: &str, value: &str) -> Option<Vec<ItemIndex>> {
    let called = |scheme: &str| {
        let scheme = Scheme::new(scheme).ok();
        seen.state.find(&ItemRef::Called { scheme, issuer: None, value: value.to_owned() })
    };
    Some(match name {
        "id" => {
            let id: Option<ItemId> = value.parse().ok();
            id.and_then(|id| seen.index_of(id)).into_iter().collect()
        }
        "serialNumber" => called(scheme::SERIAL_NUMBER),
        "connhexId" => called(scheme::CLOUD_ID),
        "workOrder" => {
            let order = OrderCode::new(value).ok();
            order.map(|order| seen.state.items_of_order(&order).collect()).unwrap_or_default()
        }
        "partNumber" => {
            let part = PartNumber::new(value).ok();
            part.map(|part| seen.state.items_of_part(&part).collect()).unwrap_or_default()
        }
        _ => return None,
    })
}

impl Test {
    /// Whether it holds of a field with these values, none of them null.
    fn holds(&self, values: &[Value]) -> bool {
        let texts = || values.iter().map(text).collect::<Vec<_>>();
        match self {
            Self::Match(wanted) => values.iter().any(|value| {
                let is = text(value);
                wanted.iter().any(|wanted| {
                    *wanted == is || number(value).is_some_and(|n| wanted.parse() == Ok(n))
                })
            }),
            Self::Fuzzy(expressions) => {
                let texts = texts();
                expressions.iter().any(|expression| expression.holds(&texts))
            }
            Self::Min(bound) => values.iter().any(|value| compare(value, bound).is_ge()),
            Self::Max(bound) => values.iter().any(|value| compare(value, bound).is_le()),
            Self::Exists(is) => *is != values.is_empty(),
        }
    }
}

/// A value as it is compared with a text of a query.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number as one that is exact; what is a text is none.
pub(super) fn number(value: &Value) -> Option<Amount> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// A number is compared with numbers, everything else as text, character by character; nothing is
/// less or more than what cannot be compared with it.
fn compare(value: &Value, bound: &str) -> Compared {
    match (number(value), bound.parse::<Amount>()) {
        (Some(value), Ok(bound)) => Compared(Some(value.cmp(&bound))),
        (Some(_), Err(_)) => Compared(None),
        (None, _) => Compared(Some(text(value).as_str().cmp(bound))),
    }
}

struct Compared(Option<std::cmp::Ordering>);

impl Compared {
    fn is_ge(&self) -> bool {
        self.0.is_some_and(std::cmp::Ordering::is_ge)
    }

    fn is_le(&self) -> bool {
        self.0.is_some_and(std::cmp::Ordering::is_le)
    }
}

/// Positions of the entries that were received within a bound.
fn within(field: &Field, test: &Test, seen: &Seen<'_>) -> Result<Range<u64>> {
    let wrong = |detail: &str| Error::Parameter {
        parameter: format!("filter[{field}]"),
        detail: detail.to_owned(),
    };
    let read = |text: &str| {
        let read: std::result::Result<Interval, _> = text.parse();
        read.map_err(|_| wrong("give a date or a time, such as 2026-05-20 or 2026-05-20T08:00:00Z"))
    };
    let size = seen.state.next().0;
    match test {
        Test::Min(bound) => Ok(first_from(seen, read(bound)?.from)?..size),
        Test::Max(bound) => Ok(0..first_from(seen, Time(read(bound)?.to.0.saturating_add(1)))?),
        Test::Exists(is) => Ok(0..if *is { size } else { 0 }),
        Test::Match(_) | Test::Fuzzy(_) => Err(wrong("times are narrowed by min and max")),
    }
}

/// The first position that was received at a time or after it.
fn first_from(seen: &Seen<'_>, time: Time) -> Result<u64> {
    let (mut low, mut high) = (0, seen.state.next().0);
    while low < high {
        let middle = low.midpoint(high);
        let stored = seen.ledger().entry(middle)?;
        if stored.is_some_and(|stored| stored.received_us < time.0) {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(low)
}
