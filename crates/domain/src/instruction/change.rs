//! What differs between two versions of a work master.
//!
//! Both are compared as JSON, so nothing a version can say is overlooked. Lists of things with
//! codes are matched by code: a step that moved is said to have moved, not to be another.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::WorkMaster;

/// One difference.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Where: `operations/OP10/steps/S2/captures/torque/high`.
    pub at: String,
    /// What stood there; absent: it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What stands there; absent: it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
}

/// Every difference from `old` to `new`, in the order of the documents.
#[must_use]
pub fn between(old: &WorkMaster, new: &WorkMaster) -> Vec<Change> {
    let json = |master: &WorkMaster| {
        serde_json::to_value(master).expect("invariant: a work master has a JSON form")
    };
    let mut changes = Vec::new();
    compare("", Some(&json(old)), Some(&json(new)), &mut changes);
    changes
}

fn compare(at: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => members(at, old, new, changes),
        (Some(Value::Array(old)), Some(Value::Array(new))) if coded(old) && coded(new) => {
            elements(at, old, new, changes);
        }
        _ if old == new => {}
        _ => changes.push(Change { at: at.to_owned(), was: old.map(shown), is: new.map(shown) }),
    }
}

fn members(
    at: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    changes: &mut Vec<Change>,
) {
    let added = new.keys().filter(|key| !old.contains_key(*key));
    for key in old.keys().chain(added) {
        compare(&within(at, key), old.get(key), new.get(key), changes);
    }
}

fn elements(at: &str, old: &[Value], new: &[Value], changes: &mut Vec<Change>) {
    let of = |list: &[Value], code: &str| -> Option<Value> {
        list.iter().find(|element| code_of(element) == Some(code)).cloned()
    };
    let old_codes: Vec<&str> = old.iter().filter_map(code_of).collect();
    let new_codes: Vec<&str> = new.iter().filter_map(code_of).collect();
    for code in &old_codes {
        let now = of(new, code);
        compare(&within(at, code), of(old, code).as_ref(), now.as_ref(), changes);
    }
    for code in new_codes.iter().filter(|code| !old_codes.contains(code)) {
        compare(&within(at, code), None, of(new, code).as_ref(), changes);
    }
    let stayed = |codes: &[&str], others: &[&str]| -> Vec<String> {
        codes.iter().filter(|code| others.contains(code)).map(|code| (*code).to_owned()).collect()
    };
    let (before, after) = (stayed(&old_codes, &new_codes), stayed(&new_codes, &old_codes));
    if before != after {
        let order = |codes: &[String]| Some(codes.join(", "));
        changes.push(Change { at: within(at, "(order)"), was: order(&before), is: order(&after) });
    }
}

fn within(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}/{key}") }
}

fn code_of(value: &Value) -> Option<&str> {
    value.get("code")?.as_str()
}

fn coded(list: &[Value]) -> bool {
    list.iter().all(|element| code_of(element).is_some())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}
