//! Devices: units with their manufacturing record as flat fields, filtered, sorted and in pages, as
//! those know them who come from systems with such a list.
//!
//! Words: a *device* is a unit. Its *fields* are the attributes of its record, under the names they
//! have there; the cloud's id is `connhexId`. `id`, `status`, `tenants`, `createdAt` and
//! `updatedAt` are fields as well.
//!
//! Devices come oldest first. What a filter allows to be looked up is looked up: ids, serial
//! numbers, cloud ids, work orders, part numbers; otherwise all units are looked at. Only the rows
//! up to the end of the page are held meanwhile.
//!
//! Limits: [`DEVICES_MAX`], [`SORTED_MAX`], and those of [`filter`] and [`expression`].

mod expression;
mod fields;
pub mod filter;
mod plan;
mod sort;

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use domain::ItemId;
use domain::act::Kind;
use domain::item::ItemState;
use genealogy::ItemIndex;
use serde_json::Value;

pub use expression::{Expression, NESTING_MAX};
pub use fields::{LISTED, TITLES};
use filter::{Field, Filter, Relation, Wrong};
use plan::Plan;
use sort::Row;
pub use sort::{Order, Sort};

use super::seen::Seen;
use crate::error::{Error, Result};
use crate::plant::{At, Plant};

/// Devices of one page.
pub const DEVICES_MAX: usize = 1000;
/// Devices of a page where nothing is said.
pub const DEVICES: usize = 25;
/// How far into a sorted list a page may end: so many rows are held while it is sorted.
pub const SORTED_MAX: usize = 100_000;

/// Asks for devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::module_name_repetitions, reason = "as the asks and answers beside it")]
pub struct DevicesAsk {
    /// Which.
    pub filter: Filter,
    /// In which order; then, and without one, oldest first.
    pub sort: Vec<Sort>,
    /// Which fields of devices are wanted; absent: all that are known.
    pub fields: Option<BTreeSet<String>>,
    /// Which related items are wanted with their fields.
    pub include: Vec<Relation>,
    /// Devices before the page.
    pub offset: usize,
    /// Devices of the page.
    pub limit: usize,
}

/// A page of devices.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::module_name_repetitions, reason = "as the asks and answers beside it")]
pub struct DevicesAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// How many devices there are on all pages.
    pub count: usize,
    /// The devices.
    pub devices: Vec<Device>,
    /// The related items that were wanted, each once.
    pub included: Vec<Related>,
}

/// One device.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Which item.
    pub id: ItemId,
    /// Its fields; what is not known is left out.
    pub fields: BTreeMap<String, Value>,
    /// What it has to do with.
    pub related: BTreeMap<Relation, ItemId>,
}

/// An item that devices have to do with.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// How.
    pub relation: Relation,
    /// Which item.
    pub id: ItemId,
    /// Its fields; what is not known is left out.
    pub fields: BTreeMap<String, Value>,
}

impl From<Wrong> for Error {
    fn from(Wrong { parameter, detail }: Wrong) -> Self {
        Self::Parameter { parameter, detail }
    }
}

impl Plant {
    /// A page of devices.
    ///
    /// Errors: [`Error::Parameter`] for a field nobody knows, a bound that does not read, or a page
    /// too far into a sorted list.
    pub fn devices(&self, ask: &DevicesAsk) -> Result<DevicesAnswer> {
        let end = ask.offset.saturating_add(ask.limit);
        if !ask.sort.is_empty() && end > SORTED_MAX {
            return Err(Error::Parameter {
                parameter: "page[offset]".to_owned(),
                detail: format!(
                    "a sorted list is shown up to its row {SORTED_MAX}; narrow it with filter"
                ),
            });
        }
        self.see((None, None), |seen| {
            seen.know_fields(ask)?;
            let plan = Plan::of(&ask.filter, seen)?;
            let (count, page) = seen.page(&plan, ask);
            let devices: Vec<Device> =
                page.iter().filter_map(|index| seen.device(*index, ask)).collect();
            let included = seen.included(&devices, &ask.include);
            Ok(DevicesAnswer { at: seen.at(), count, devices, included })
        })
    }

    /// The user's own fields with their schemas, as the schema in force has them.
    #[must_use]
    pub fn own_fields(&self) -> BTreeMap<String, Value> {
        own_fields(&self.published().read())
    }
}

fn own_fields(state: &crate::state::State) -> BTreeMap<String, Value> {
    let schema = state.masters().schema.as_ref();
    let schema: Option<Value> = schema.and_then(|(text, _)| serde_json::from_str(text).ok());
    let properties = schema.as_ref().and_then(|schema| schema.get("properties")?.as_object());
    properties.into_iter().flatten().map(|(name, schema)| (name.clone(), schema.clone())).collect()
}

impl Seen<'_> {
    /// Refuses a field that no device has or ever may have: a name typed wrong must not read as
    /// "none".
    fn know_fields(&self, ask: &DevicesAsk) -> Result<()> {
        let own = own_fields(self.state);
        let known = |name: &str| {
            let first = name.split('.').next().unwrap_or(name);
            LISTED.contains(&name) || own.contains_key(name) || own.contains_key(first)
        };
        let filtered = ask.filter.fields().into_iter().map(|field| (field, "filter"));
        let sorted = ask.sort.iter().map(|sort| (&sort.by, "sort"));
        for (Field { of, name }, parameter) in filtered.chain(sorted) {
            let carried = || {
                let mut units = self.device_items();
                units.any(|(index, item)| self.field(index, item, name).next().is_some())
            };
            if known(name) || (of.is_none() && carried()) {
                continue;
            }
            let names: Vec<&str> =
                LISTED.iter().copied().chain(own.keys().map(String::as_str)).collect();
            return Err(Error::Parameter {
                parameter: parameter.to_owned(),
                detail: format!("there is no field {name}; there are {}", names.join(", ")),
            });
        }
        Ok(())
    }

    fn device_items(&self) -> impl Iterator<Item = (ItemIndex, &ItemState)> {
        let count = u32::try_from(self.state.item_count()).unwrap_or(u32::MAX);
        (0..count).map(ItemIndex).filter_map(|index| self.device_at(index))
    }

    fn device_at(&self, index: ItemIndex) -> Option<(ItemIndex, &ItemState)> {
        let item = self.item(index).filter(|item| item.kind == Kind::Unit)?;
        Some((index, item))
    }

    /// How many devices fit, and those of the page.
    fn page(&self, plan: &Plan<'_>, ask: &DevicesAsk) -> (usize, Vec<ItemIndex>) {
        let candidates: Box<dyn Iterator<Item = (ItemIndex, &ItemState)>> =
            match plan.candidates(self) {
                Some(found) => {
                    let found: BTreeSet<ItemIndex> = found.into_iter().collect();
                    Box::new(found.into_iter().filter_map(|index| self.device_at(index)))
                }
                None => Box::new(self.device_items()),
            };
        let fitting = candidates.filter(|(index, item)| plan.holds(self, *index, item));
        let end = ask.offset.saturating_add(ask.limit);
        if ask.sort.is_empty() {
            let mut count = 0;
            let mut page = Vec::with_capacity(ask.limit.min(DEVICES_MAX));
            let counted = fitting.inspect(|_| count += 1).enumerate();
            let of_page = counted.filter(|(at, _)| *at >= ask.offset && *at < end);
            page.extend(of_page.map(|(_, (index, _))| index));
            return (count, page);
        }
        let mut count = 0;
        // The greatest row that still belongs to the first ones is on top.
        let mut first: BinaryHeap<Row> = BinaryHeap::new();
        for (index, item) in fitting {
            count += 1;
            first.push(self.sort_row(&ask.sort, index, item));
            if first.len() > end {
                first.pop();
            }
        }
        let rows = first.into_sorted_vec().into_iter().skip(ask.offset);
        (count, rows.map(|row| row.index).collect())
    }

    fn device(&self, index: ItemIndex, ask: &DevicesAsk) -> Option<Device> {
        let item = self.item(index)?;
        let related = Relation::ALL.into_iter().filter_map(|relation| {
            let (_, other) = self.related(item, relation)?;
            Some((relation, other.id))
        });
        Some(Device {
            id: item.id,
            fields: self.fields_of(index, item, ask.fields.as_ref()),
            related: related.collect(),
        })
    }

    fn included(&self, devices: &[Device], include: &[Relation]) -> Vec<Related> {
        let wanted: BTreeSet<(Relation, ItemId)> = devices
            .iter()
            .flat_map(|device| device.related.iter().map(|(relation, id)| (*relation, *id)))
            .filter(|(relation, _)| include.contains(relation))
            .collect();
        let shown = wanted.into_iter().filter_map(|(relation, id)| {
            let index = self.index_of(id)?;
            let fields = self.fields_of(index, self.item(index)?, None);
            Some(Related { relation, id, fields })
        });
        shown.collect()
    }
}
