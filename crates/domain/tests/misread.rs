//! What is said of commands that do not read: in words of the product, with what would be right.

#![cfg(test)]

use domain::{Command, misread};

/// What is said of a command in JSON.
fn said(text: &str) -> String {
    let value = serde_json::from_str(text).unwrap();
    misread::read::<Command>(&value).unwrap_err()
}

#[test]
fn a_command_that_does_not_read_is_answered_with_what_would_be_right() {
    for (text, wanted) in [
        ("7", "an object `{…}` is needed, not a number"),
        ("{}", "the member `acts` is missing; taken are acts (needed), captured, equipment, "),
        (r#"{"act":"move"}"#, "there is no member `act`; write `acts`?; taken are "),
        (r#"{"acts":{}}"#, "acts: a list `[…]` is needed, not an object"),
        (
            r#"{"mode":"atempt","acts":[]}"#,
            "mode: `atempt` is not known; write `attempt`?; it is one of attempt, report",
        ),
        (
            r#"{"acts":[{"act":"stepp"}]}"#,
            "acts[0].act: `stepp` is not known; write `step`?; it is one of defineMaterial, ",
        ),
        (r#"{"acts":["move"]}"#, "acts[0]: an object `{…}` is needed, not a text"),
        (
            r#"{"acts":[{"Act":"move"}]}"#,
            "acts[0]: the member `act` is missing (`Act` is not it); it is one of defineMaterial, ",
        ),
        (
            r#"{"acts":[{"act":"move","items":["SN-1"]}]}"#,
            "acts[0] (move): the member `place` is missing; taken are act (needed), items (needed), \
             place (needed)",
        ),
        (
            r#"{"acts":[{"act":"move","itmes":["SN-1"],"place":"R-1"}]}"#,
            "acts[0] (move): there is no member `itmes`; write `items`?; taken are ",
        ),
        (
            r#"{"acts":[{"act":"move","items":"SN-1","place":"R-1"}]}"#,
            "acts[0].items (move): a list `[…]` is needed, not a text",
        ),
        (
            r#"{"acts":[{"act":"step","operation":"OP10","items":[{"item":"SN-1"}],"outcome":"ok"}]}"#,
            "acts[0].outcome (step): `ok` is not known; it is one of ",
        ),
        (
            r#"{"acts":[{"act":"hold","code":"H-1","reason":"r","on":[{"start":"lot"}]}]}"#,
            "acts[0].on[0].start (hold): `lot` is not known; it is one of item, order, part, used, ",
        ),
        (
            r#"{"performed":{"from":"yesterday","to":"2026-05-20T08:00:00Z"},"acts":[]}"#,
            "performed.from: ",
        ),
    ] {
        let said = said(text);
        assert!(said.starts_with(wanted), "{text}\n  said   {said}\n  wanted {wanted}");
        for word in ["variant", "expected", "internally tagged", "struct", "line 1 column"] {
            assert!(!said.contains(word), "{text}\n  said {said}");
        }
    }
}

#[test]
fn what_is_no_json_is_said_to_be_none() {
    let said = |text: &str| misread::read_bytes::<Command>(text.as_bytes()).unwrap_err();
    assert_eq!(said(r#"{"acts":"#), "it is not JSON: it ends too early, at line 1, column 8");
    let said = said("{\n \"acts\" [] }");
    assert!(said.starts_with("it is not JSON at line 2, column 9"), "{said}");
}

#[test]
fn a_command_that_reads_is_read() {
    let text = r#"{"acts":[{"act":"move","items":["SN-1"],"place":"R-1"}]}"#;
    let value = serde_json::from_str(text).unwrap();
    let read: Command = misread::read(&value).unwrap();
    assert_eq!(read, serde_json::from_str(text).unwrap());
    assert_eq!(misread::read_bytes::<Command>(text.as_bytes()), Ok(read));
}
