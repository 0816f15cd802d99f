//! Values in the words of people.

use domain::{Interval, Time};
use serde::Serialize;

/// The word for a value that JSON writes as one, such as a status: `onHold` is `on hold`.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    let text = match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    };
    spaced(&text)
}

fn spaced(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    for character in text.chars() {
        if character.is_uppercase() {
            words.push(' ');
        }
        words.extend(character.to_lowercase());
    }
    words
}

/// So many of something: `1 item`, `2 items`.
pub(crate) fn count(number: usize, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// A time to the second, as people read it.
pub(crate) fn moment(time: Time) -> String {
    let text = time.to_string();
    let text = text.strip_suffix('Z').unwrap_or(&text);
    let (whole, _) = text.split_once('.').unwrap_or((text, ""));
    format!("{}Z", whole.replace('T', " "))
}

/// The day of a time.
pub(crate) fn day(time: Time) -> String {
    moment(time).chars().take(10).collect()
}

/// When something was, as precisely as is known.
pub(crate) fn when(interval: &Interval) -> String {
    let end = |time: Time, open: Time| if time == open { "…".to_owned() } else { moment(time) };
    if interval.from == interval.to {
        moment(interval.from)
    } else if *interval == Interval::ALWAYS {
        "not known".to_owned()
    } else {
        format!("{} to {}", end(interval.from, Time::MIN), end(interval.to, Time::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_words() {
        assert_eq!(word(&domain::item::Status::OnHold), "on hold");
        assert_eq!(count(1, "item"), "1 item");
        assert_eq!(count(0, "item"), "0 items");
        let time: Time = "2026-06-18T09:48:31.250Z".parse().unwrap();
        assert_eq!(moment(time), "2026-06-18 09:48:31Z");
        assert_eq!(day(time), "2026-06-18");
        assert_eq!(when(&Interval::at(time)), "2026-06-18 09:48:31Z");
        let until = Interval { from: Time::MIN, to: time };
        assert_eq!(when(&until), "… to 2026-06-18 09:48:31Z");
    }
}
