//! Says what is wrong with JSON that does not read, in the words of the product.
//!
//! What a type takes is known by its schema; a value is walked beside it until the first place
//! where they differ: a member that is missing, misspelt or not taken, a word that is none of those
//! taken, a value of another kind. What only the type itself can tell (a code, a time, an amount)
//! is said by its own error, which begins with the text it is of; here it is said where that is.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Most words or members named in one message; the guide has all.
const NAMED_MAX: usize = 80;

/// Reads a value of JSON.
///
/// Errors: what is wrong, where, and what would be right.
pub fn read<T: DeserializeOwned + JsonSchema>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| why::<T>(value, &error.to_string()))
}

/// Reads JSON as bytes.
///
/// Errors: as [`read`]; where it is no JSON, at which place that shows.
pub fn read_bytes<T: DeserializeOwned + JsonSchema>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => why::<T>(&value, &error.to_string()),
        Err(error) => not_json(&error),
    })
}

/// In our words, that something is no JSON.
#[must_use]
pub fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    if error.is_eof() {
        format!("it is not JSON: it ends too early, at line {line}, column {column}")
    } else {
        format!("it is not JSON at line {line}, column {column}: {what}")
    }
}

fn why<T: JsonSchema>(value: &Value, error: &str) -> String {
    let schema = schemars::schema_for!(T).to_value();
    let none = Value::Null;
    let walk = Walk { definitions: schema.get("$defs").unwrap_or(&none), error };
    walk.fault(&schema, value, &Place::default()).unwrap_or_else(|| plain(error))
}

/// An error of a type itself, without what its reader adds.
fn plain(error: &str) -> String {
    error.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Where a value stands, and inside what.
#[derive(Debug, Clone, Default)]
struct Place {
    path: String,
    /// The word of the innermost thing that says what it is.
    word: Option<String>,
}

impl Place {
    fn member(&self, name: &str) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{name}", self.path), word: self.word.clone() }
    }

    fn item(&self, index: usize) -> Self {
        Self { path: format!("{}[{index}]", self.path), word: self.word.clone() }
    }

    fn says(&self, what: &str) -> String {
        let word = self.word.as_ref().map(|word| format!(" ({word})")).unwrap_or_default();
        match self.path.as_str() {
            "" if word.is_empty() => what.to_owned(),
            "" => format!("{}: {what}", word.trim_start()),
            path => format!("{path}{word}: {what}"),
        }
    }
}

struct Walk<'a> {
    definitions: &'a Value,
    error: &'a str,
}

impl<'a> Walk<'a> {
    /// The schema that a reference means.
    fn meant(&self, schema: &'a Value) -> &'a Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
        name.and_then(|name| self.definitions.get(name)).map_or(schema, |inner| self.meant(inner))
    }

    /// The first place where a value is not what a schema says.
    fn fault(&self, schema: &'a Value, value: &Value, place: &Place) -> Option<String> {
        let schema = self.meant(schema);
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            return self.fault_of_choice(choices, value, place);
        }
        if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
            return self.fault_of_any(choices, value, place);
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            return fault_of_word(&words, value, place);
        }
        if let Some(kind) = fault_of_kind(schema, value) {
            return Some(place.says(&kind));
        }
        match value {
            Value::Object(_) => self.fault_of_members(schema, value, place),
            Value::Array(items) => {
                let each = schema.get("items")?;
                let mut items = items.iter().enumerate();
                items.find_map(|(index, item)| self.fault(each, item, &place.item(index)))
            }
            // Its schema has no more to say; the type itself may have refused it.
            Value::String(text) if self.error.starts_with(&format!("`{text}`: ")) => {
                Some(place.says(&plain(self.error)))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }

    fn fault_of_any(&self, choices: &'a [Value], value: &Value, place: &Place) -> Option<String> {
        let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
        let mut others = choices.iter().filter(|choice| !is_null(choice));
        match (others.next(), others.next()) {
            _ if value.is_null() && choices.iter().any(|choice| is_null(&choice)) => None,
            (Some(only), None) => self.fault(only, value, place),
            // Any of several: it is wrong only if all of them say so.
            _ => {
                let others = choices.iter().filter(|choice| !is_null(choice));
                let faults: Vec<_> =
                    others.map(|choice| self.fault(choice, value, place)).collect();
                faults.into_iter().collect::<Option<Vec<String>>>()?.into_iter().next_back()
            }
        }
    }

    /// One of several words, or objects that each say in one member which they are.
    fn fault_of_choice(
        &self,
        choices: &'a [Value],
        value: &Value,
        place: &Place,
    ) -> Option<String> {
        let words: Vec<&str> = choices.iter().flat_map(words_of).collect();
        if words.len() >= choices.len() {
            return fault_of_word(&words, value, place);
        }
        let Some((tag, tags)) = tags_of(choices) else {
            return self.fault_of_any(choices, value, place);
        };
        let named: Vec<&str> = tags.iter().map(|(word, _)| *word).collect();
        let Some(members) = value.as_object() else {
            return Some(place.says(&format!("{} is needed, not {}", OBJECT, kind_of(value))));
        };
        let Some(said) = members.get(tag) else {
            let near = members.keys().find(|key| is_near(key, tag));
            let near = near.map(|key| format!(" (`{key}` is not it)")).unwrap_or_default();
            let says =
                format!("the member `{tag}` is missing{near}; it is one of {}", listed(&named));
            return Some(place.says(&says));
        };
        let word = said.as_str().unwrap_or_default();
        match tags.iter().find(|(known, _)| *known == word) {
            Some((word, schema)) => {
                let place = Place { word: Some((*word).to_owned()), ..place.clone() };
                self.fault(schema, value, &place)
            }
            None => fault_of_word(&named, said, &place.member(tag)),
        }
    }

    fn fault_of_members(&self, schema: &'a Value, value: &Value, place: &Place) -> Option<String> {
        let members = value.as_object()?;
        let taken = schema.get("properties").and_then(Value::as_object)?;
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let unknown = members.keys().find(|key| closed && !taken.contains_key(*key));
        let missing = required.iter().find(|name| !members.contains_key(**name));
        let takes = || {
            let names: Vec<String> = taken
                .keys()
                .map(|name| match required.contains(&name.as_str()) {
                    true => format!("{name} (needed)"),
                    false => name.clone(),
                })
                .collect();
            listed(&names)
        };
        if let Some(key) = unknown {
            let near = taken.keys().filter(|name| !members.contains_key(*name));
            let near = near.min_by_key(|name| distance(key, name));
            let near = near.filter(|name| is_near(key, name));
            let near = near.map(|name| format!("; write `{name}`?")).unwrap_or_default();
            let says = format!("there is no member `{key}`{near}; taken are {}", takes());
            return Some(place.says(&says));
        }
        if let Some(name) = missing {
            let says = format!("the member `{name}` is missing; taken are {}", takes());
            return Some(place.says(&says));
        }
        let mut inner = members.iter();
        inner.find_map(|(name, value)| self.fault(taken.get(name)?, value, &place.member(name)))
    }
}

const OBJECT: &str = "an object `{…}`";

/// The words a schema takes as a text.
fn words_of(schema: &Value) -> Vec<&str> {
    let one = schema.get("const").and_then(Value::as_str);
    let many = schema.get("enum").and_then(Value::as_array);
    one.into_iter().chain(many.into_iter().flatten().filter_map(Value::as_str)).collect()
}

/// The member by which all of several objects say which they are, and which words mean which.
fn tags_of(choices: &[Value]) -> Option<(&str, Vec<(&str, &Value)>)> {
    let properties =
        |choice: &'_ Value| choice.get("properties").and_then(Value::as_object).cloned();
    let first = properties(choices.first()?)?;
    let (tag, _) = first.iter().find(|(_, schema)| schema.get("const").is_some())?;
    let of = |choice| -> Option<(&str, &Value)> {
        let choice: &Value = choice;
        let (_, schema) = choice.get("properties")?.as_object()?.get_key_value(tag)?;
        Some((schema.get("const")?.as_str()?, choice))
    };
    let tags = choices.iter().map(of).collect::<Option<Vec<_>>>()?;
    let (tag, _) = choices.first()?.get("properties")?.as_object()?.get_key_value(tag)?;
    Some((tag, tags))
}

fn fault_of_word(words: &[&str], value: &Value, place: &Place) -> Option<String> {
    let Some(said) = value.as_str() else {
        let says = format!("{} is none of {}", kind_of(value), listed(words));
        return Some(place.says(&says));
    };
    if words.contains(&said) {
        return None;
    }
    let near = words.iter().filter(|word| is_near(said, word));
    let near = near.min_by_key(|word| distance(said, word));
    let near = near.map(|word| format!("; write `{word}`?")).unwrap_or_default();
    Some(place.says(&format!("`{said}` is not known{near}; it is one of {}", listed(words))))
}

/// That a value is not of the kind a schema wants.
fn fault_of_kind(schema: &Value, value: &Value) -> Option<String> {
    let kinds: Vec<&str> = match schema.get("type")? {
        Value::String(kind) => alloc::vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        _ => true,
    };
    if kinds.iter().any(is) {
        return None;
    }
    let wanted = kinds.iter().filter(|kind| **kind != "null").map(|kind| match *kind {
        "object" => OBJECT,
        "array" => "a list `[…]`",
        "string" => "a text in quotes",
        "boolean" => "true or false",
        "integer" => "a whole number",
        _ => "a number",
    });
    let wanted: Vec<&str> = wanted.collect();
    Some(format!("{} is needed, not {}", wanted.join(" or "), kind_of(value)))
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED_MAX).map(AsRef::as_ref).collect();
    let rest = if names.len() > NAMED_MAX { ", …" } else { "" };
    format!("{}{rest}", shown.join(", "))
}

/// Whether a word may be another, misspelt.
fn is_near(said: &str, meant: &str) -> bool {
    said.eq_ignore_ascii_case(meant)
        || distance(said, meant) <= meant.len().min(said.len()).div_ceil(3)
}

/// How many letters must be added, left out or changed to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut before = row.first().copied().unwrap_or_default();
        let mut next = alloc::vec![index.saturating_add(1)];
        for (column, meant) in other.iter().enumerate() {
            let above = row.get(column.saturating_add(1)).copied().unwrap_or_default();
            let left = next.last().copied().unwrap_or_default();
            let changed = before.saturating_add(usize::from(letter != *meant));
            next.push(changed.min(above.saturating_add(1)).min(left.saturating_add(1)));
            before = above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
