//! The user's own fields, checked against the JSON Schema they defined.

use std::collections::BTreeMap;

use domain::act::Describe;
use domain::rejection::Finding;
use domain::{Code, ItemId, Position};
use serde_json::{Map, Value};

use crate::state::State;

/// Names the manufacturing record derives from facts; they cannot be set as fields.
pub const PROJECTED: [&str; 12] = [
    "serialNumber",
    "partNumber",
    "pcbPartNumber",
    "fwVersion",
    "hwRevision",
    "deviceType",
    "lotCode",
    "workOrder",
    "productionOrder",
    "palletId",
    "packageId",
    "cloudId",
];

/// The schema in force, compiled once.
#[derive(Debug, Default)]
pub struct Fields {
    compiled: Option<(Position, jsonschema::Validator)>,
}

impl Fields {
    /// What is wrong with a schema.
    pub(crate) fn check_schema(text: &str) -> Option<Finding> {
        let wrong = |detail: String| {
            Finding::malformed(
                Code::FieldInvalid,
                detail,
                "give a JSON Schema of draft 2020-12 with \"type\": \"object\"",
            )
        };
        let schema: Value = match serde_json::from_str(text) {
            Ok(schema) => schema,
            Err(error) => return Some(wrong(format!("the schema is no JSON: {error}"))),
        };
        let taken = schema
            .get("properties")
            .and_then(Value::as_object)
            .and_then(|properties| properties.keys().find(|k| PROJECTED.contains(&k.as_str())));
        if let Some(name) = taken {
            return Some(wrong(format!("{name} follows from facts and cannot be a field")));
        }
        jsonschema::validator_for(&schema).err().map(|error| wrong(error.to_string()))
    }

    /// What is wrong with fields, seen with those the item has.
    pub(crate) fn check(&self, state: &State, describe: &Describe<ItemId>) -> Option<Finding> {
        let item = describe.item;
        let finding = |detail: String, needed: &str| {
            Some(Finding::rule(Code::FieldInvalid, Some(item), detail, needed))
        };
        if let Some(name) = describe.fields.keys().find(|k| PROJECTED.contains(&k.as_str())) {
            return finding(
                format!("{name} follows from facts and cannot be set as a field"),
                "record the fact itself: identify, assign, pack or install",
            );
        }
        let (_, validator) = self.compiled.as_ref()?;
        let mut all: Map<String, Value> = state
            .item_state(item)
            .map(|item| {
                let fields = item.fields.iter();
                fields.filter_map(|(k, v)| Some((k.clone(), serde_json::from_str(&v.value).ok()?)))
            })
            .into_iter()
            .flatten()
            .collect();
        all.extend(describe.fields.clone());
        all.retain(|_, value| !value.is_null());
        let all = Value::Object(all);
        let error = validator.validate(&all).err()?;
        finding(
            format!("{}: {error}", error.instance_path()),
            "mend the value, or change the schema",
        )
    }

    /// Compiles the schema in force, if it is another than before.
    pub(crate) fn refresh(&mut self, state: &State) {
        let in_force = state.masters().schema.as_ref();
        if in_force.map(|(_, at)| *at) == self.compiled.as_ref().map(|(at, _)| *at) {
            return;
        }
        self.compiled = in_force.and_then(|(text, at)| {
            let schema = serde_json::from_str(text).ok()?;
            Some((*at, jsonschema::validator_for(&schema).ok()?))
        });
    }

    /// Fields of an item as JSON values, those taken away left out.
    #[must_use]
    pub fn of(item: &domain::item::ItemState) -> BTreeMap<String, Value> {
        item.fields
            .iter()
            .filter_map(|(name, register)| {
                let value: Value = serde_json::from_str(&register.value).ok()?;
                (!value.is_null()).then(|| (name.clone(), value))
            })
            .collect()
    }
}
