//! The fields of devices and of what they are related to.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::item::ItemState;
use genealogy::ItemIndex;
use serde_json::Value;

use super::filter::Relation;
use crate::query::seen::Seen;

/// Names of the fields every device may have, the user's own apart.
pub const LISTED: [&str; 17] = [
    "id",
    "serialNumber",
    "partNumber",
    "pcbPartNumber",
    "fwVersion",
    "hwRevision",
    "deviceType",
    "connhexId",
    "lotCode",
    "workOrder",
    "productionOrder",
    "palletId",
    "packageId",
    "status",
    "tenants",
    CREATED,
    UPDATED,
];

/// What people call the fields of the manufacturing record.
pub const TITLES: [(&str, &str); 12] = [
    ("serialNumber", "Serial number"),
    ("partNumber", "Part number"),
    ("pcbPartNumber", "Part number of the board"),
    ("fwVersion", "Firmware version"),
    ("hwRevision", "Hardware revision"),
    ("deviceType", "Device type"),
    ("connhexId", "Id in the cloud"),
    ("lotCode", "Lot code"),
    ("workOrder", "Work order"),
    ("productionOrder", "Production order"),
    ("palletId", "Pallet id"),
    ("packageId", "Package id"),
];

/// When the ledger received the first entry of an item.
pub(super) const CREATED: &str = "createdAt";
/// When it received the last one.
pub(super) const UPDATED: &str = "updatedAt";

/// The name the record has for what is called so here.
fn recorded(name: &str) -> &str {
    if name == "connhexId" { "cloudId" } else { name }
}

impl Seen<'_> {
    /// All fields of an item that are known, or those of these names.
    pub(super) fn fields_of(
        &self,
        index: ItemIndex,
        item: &ItemState,
        wanted: Option<&BTreeSet<String>>,
    ) -> BTreeMap<String, Value> {
        let own: Vec<String> = self.own_names(item);
        let names = LISTED.iter().copied().filter(|name| *name != "id");
        let names = names.chain(own.iter().map(String::as_str));
        names
            .filter(|name| wanted.is_none_or(|wanted| wanted.contains(*name)))
            .filter_map(|name| Some((name.to_owned(), self.field_as_shown(index, item, name)?)))
            .collect()
    }

    fn own_names(&self, item: &ItemState) -> Vec<String> {
        item.fields.keys().filter(|name| !LISTED.contains(&name.as_str())).cloned().collect()
    }

    /// One field as it is shown.
    fn field_as_shown(&self, index: ItemIndex, item: &ItemState, name: &str) -> Option<Value> {
        match name {
            "id" => Some(Value::from(item.id.to_string())),
            "status" => Some(Value::from(self.place(index, item).1.word())),
            // One company, one tenant: there is nothing to part devices by.
            "tenants" => Some(Value::Array(Vec::new())),
            CREATED => self.received(item.id.birth).map(|time| Value::from(time.to_string())),
            UPDATED => self.received(item.last).map(|time| Value::from(time.to_string())),
            other => Some(self.attribute(index, item, recorded(other))?.value),
        }
    }

    /// The values of a field: of a list each, of an object what lies on the way into it.
    pub(super) fn field<'n>(
        &self,
        index: ItemIndex,
        item: &ItemState,
        name: &'n str,
    ) -> impl Iterator<Item = Value> + use<'n> {
        let whole = self.field_as_shown(index, item, name);
        let inside = || {
            let (first, path) = name.split_once('.')?;
            Some(along(self.field_as_shown(index, item, first)?, path))
        };
        let values = match whole {
            Some(value) => flat(value),
            None => inside().unwrap_or_default(),
        };
        values.into_iter().filter(|value| !value.is_null())
    }

    /// The item a device has to do with in a way.
    pub(super) fn related(
        &self,
        item: &ItemState,
        relation: Relation,
    ) -> Option<(ItemIndex, &ItemState)> {
        let kind = match relation {
            Relation::Lot => {
                let index = self.index_of(item.lot.value?)?;
                return Some((index, self.item(index)?));
            }
            Relation::Package => Kind::Package,
            Relation::Pallet => Kind::Pallet,
        };
        let outer = self.outer(item).into_iter();
        outer.filter_map(|index| Some((index, self.item(index)?))).find(|(_, it)| it.kind == kind)
    }
}

/// A value, or each of a list.
fn flat(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.into_iter().flat_map(flat).collect(),
        one => vec![one],
    }
}

/// What lies at the end of a way into a value.
fn along(value: Value, path: &str) -> Vec<Value> {
    let step = |value: Value| {
        let Value::Object(mut fields) = value else { return Vec::new() };
        if let Some(found) = fields.remove(path) {
            return flat(found);
        }
        let Some((first, rest)) = path.split_once('.') else { return Vec::new() };
        fields.remove(first).map(|found| along(found, rest)).unwrap_or_default()
    };
    flat(value).into_iter().flat_map(step).collect()
}
