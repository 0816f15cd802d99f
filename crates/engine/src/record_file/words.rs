//! Values as a record on paper says them.

use domain::{Interval, Position, Time};
use report::Run;
use serde::Serialize;
use serde_json::Value;

/// The word for a value that JSON writes as one, such as a status: `onHold` is `on hold`.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    let text = match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    };
    text.chars().fold(String::with_capacity(text.len() + 2), |mut words, character| {
        if character.is_uppercase() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
        words
    })
}

/// A moment with its offset: `2026-06-18 09:48:31.25 +00:00`.
pub(super) fn moment(time: Time) -> String {
    let text = time.to_string();
    format!("{} +00:00", text.strip_suffix('Z').unwrap_or(&text).replace('T', " "))
}

/// When something was, as precisely as is known.
pub(super) fn when(interval: &Interval) -> String {
    let end = |time: Time, open: Time| if time == open { "…".to_owned() } else { moment(time) };
    if interval.from == interval.to {
        moment(interval.from)
    } else if *interval == Interval::ALWAYS {
        "not known".to_owned()
    } else {
        format!("{} to {}", end(interval.from, Time::MIN), end(interval.to, Time::MAX))
    }
}

/// A value of an attribute as people write it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// So many of something: `1 item`, `2 items`.
pub(super) fn count(number: usize, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}

pub(super) fn positions(positions: &[Position]) -> String {
    positions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Something, or a dash.
pub(super) fn or_dash<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// A cell of plain text.
pub(super) fn cell(text: impl Into<String>) -> Vec<Run> {
    vec![Run::plain(text)]
}
