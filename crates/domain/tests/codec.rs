//! Commands as callers write them, and entries as the ledger keeps them, read back the same.
//!
//! `tests/golden` holds one example command for each act, every field filled in, as a caller
//! would write it; `UPDATE=1` writes them anew in order. The properties take those examples,
//! leave out and repeat parts of them at random, and check whatever still is an act.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::act::ACTS;
use domain::entry::{Entry, Touch};
use domain::{Act, Command, CommandId, Context, Fact, Interval, ItemId, ItemRef, Position, Time};
use proptest::prelude::*;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn examples() -> Vec<(String, Command)> {
    let example = |(word, _): &(&str, &str)| {
        let path = folder().join(format!("{word}.json"));
        let text = std::fs::read_to_string(path).expect("every act has an example");
        ((*word).to_owned(), serde_json::from_str(&text).expect("every example is a command"))
    };
    ACTS.iter().map(example).collect()
}

/// What a caller would leave out: nulls, and lists the rules fill in.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let said =
                |value: &Value| !value.is_null() && !value.as_array().is_some_and(Vec::is_empty);
            let fields = fields.into_iter().filter(|(_, value)| said(value));
            Value::Object(fields.map(|(name, value)| (name, plain(value))).collect())
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(plain).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

#[test]
fn every_act_has_an_example() {
    #[expect(clippy::disallowed_methods, reason = "UPDATE=1 rewrites the examples")]
    let update = std::env::var("UPDATE").is_ok();
    for (word, command) in examples() {
        assert_eq!(command.acts.len(), 1, "{word}");
        assert_eq!(command.acts[0].word(), word);
        let value = plain(serde_json::to_value(&command).unwrap());
        assert_eq!(serde_json::from_value::<Command>(value.clone()).unwrap(), command, "{word}");
        let text = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
        let path = folder().join(format!("{word}.json"));
        if update {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{word}: UPDATE=1 rewrites it");
    }
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let words: BTreeSet<String> = ACTS.iter().map(|(word, _)| format!("{word}.json")).collect();
    assert_eq!(files, words);
}

#[test]
fn every_act_has_one_word_and_one_entry_type() {
    let words: BTreeSet<_> = ACTS.iter().map(|(word, _)| word).collect();
    let kinds: BTreeSet<_> = ACTS.iter().map(|(_, kind)| kind).collect();
    assert_eq!((words.len(), kinds.len()), (ACTS.len(), ACTS.len()));
    for (word, command) in examples() {
        let kind = command.acts[0].entry_type();
        assert_eq!(Act::<ItemRef>::word_of(kind), Some(word.as_str()));
    }
}

/// Puts a field nobody knows into each object in turn, maps of the user's own left out.
fn spoiled(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Object(fields) => {
            let mut more = fields.clone();
            more.insert("unheardOf".to_owned(), Value::from(1));
            all.push(Value::Object(more));
            for (name, inner) in fields.iter().filter(|(name, _)| *name != "fields") {
                for worse in spoiled(inner) {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), worse);
                    all.push(Value::Object(fields));
                }
            }
        }
        Value::Array(elements) => {
            for (index, inner) in elements.iter().enumerate() {
                for worse in spoiled(inner) {
                    let mut elements = elements.clone();
                    elements[index] = worse;
                    all.push(Value::Array(elements));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}

#[test]
fn unknown_fields_are_refused_at_any_depth() {
    let mut count = 0;
    for (word, command) in examples() {
        let value = plain(serde_json::to_value(&command).unwrap());
        for worse in spoiled(&value) {
            count += 1;
            let read = serde_json::from_value::<Command>(worse.clone());
            assert!(read.is_err(), "{word} takes an unknown field: {worse:#}");
        }
    }
    assert!(count > 100, "only {count} places were tried");
}

/// A value with parts left out and repeated, as `choices` say.
fn varied(value: &Value, choices: &mut impl Iterator<Item = u8>) -> Value {
    let mut chance = |of: u8| choices.next().unwrap_or(1).is_multiple_of(of);
    match value {
        Value::Object(fields) => {
            let mut kept = serde_json::Map::new();
            for (name, inner) in fields {
                if name == "acts" || !chance(12) {
                    kept.insert(name.clone(), inner.clone());
                }
            }
            let names: Vec<String> = kept.keys().cloned().collect();
            for name in names {
                let inner = varied(&kept[&name], choices);
                kept.insert(name, inner);
            }
            Value::Object(kept)
        }
        Value::Array(elements) => {
            let mut kept = Vec::new();
            for element in elements {
                let times = if chance(6) { 0 } else { 1 + usize::from(chance(6)) };
                kept.extend(std::iter::repeat_n(element.clone(), times));
            }
            Value::Array(kept.iter().map(|element| varied(element, choices)).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Commands near the examples: one of every act, or as much of it as still is one.
fn commands() -> impl Strategy<Value = Command> {
    let value = |(_, command): &(String, Command)| serde_json::to_value(command).map(plain);
    let values = examples().iter().map(value).collect::<Result<Vec<_>, _>>();
    let values = values.expect("every command has a JSON form");
    (proptest::sample::select(values), proptest::collection::vec(any::<u8>(), 0..120))
        .prop_filter_map("still a command", |(value, choices)| {
            serde_json::from_value(varied(&value, &mut choices.into_iter())).ok()
        })
}

fn facts(command: &Command) -> Vec<Fact> {
    let id = |item: &ItemRef| {
        let birth = Position(item.to_string().bytes().map(u64::from).sum());
        Ok::<_, std::convert::Infallible>(ItemId { birth, ordinal: 3 })
    };
    command.acts.iter().map(|act| act.try_map(&mut { id }).unwrap()).collect()
}

fn entry(command: &Command, fact: Fact) -> Entry {
    let items: BTreeSet<ItemId> = fact.items().into_iter().copied().collect();
    let touches = items.into_iter().zip(1..).map(|(item, sequence)| {
        let previous = (sequence > 1).then_some(Position(sequence + 40));
        Touch { item, sequence, previous }
    });
    Entry {
        position: Position(412),
        received: Time(1_781_776_113_000_001),
        context: Context {
            command: command.id.unwrap_or(CommandId([9; 16])),
            mode: command.mode,
            performed: command.performed.unwrap_or(Interval::at(Time(5))),
            captured: command.captured,
            performed_by: command.performed_by.clone(),
            recorded_by: "local".to_owned(),
            station: command.station.clone(),
            equipment: command.equipment.clone(),
            source: command.source.clone(),
            rule: command.rule.clone(),
            late: command.late.clone(),
            follows: None,
            signed: None,
            signed_name: None,
            signature: None,
        },
        touches: touches.collect(),
        fact,
    }
}

fn read(entry: &Entry, members: &[(String, String)]) -> Result<Entry, domain::entry::Error> {
    let members = members.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Entry::from_members(entry.position, entry.received, entry.fact.entry_type(), members)
}

#[test]
fn every_example_is_an_entry() {
    for (word, command) in examples() {
        for fact in facts(&command) {
            let entry = entry(&command, fact);
            let members = entry.members().unwrap();
            let names: BTreeSet<_> = members.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), members.len(), "{word}: a member stands twice");
            assert_eq!(read(&entry, &members).unwrap(), entry, "{word}");
            assert!(members.iter().any(|(name, _)| name.starts_with("fact/")), "{word}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn commands_survive_json(command in commands()) {
        let text = serde_json::to_string(&command).unwrap();
        prop_assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
    }

    #[test]
    fn entries_survive_their_members(command in commands()) {
        for fact in facts(&command) {
            let entry = entry(&command, fact);
            prop_assert_eq!(read(&entry, &entry.members().unwrap()).unwrap(), entry);
        }
    }

    /// Erased members are absent; the rest reads as if they had never been given.
    #[test]
    fn entries_are_read_without_their_erased_members(command in commands()) {
        for fact in facts(&command) {
            let Some(erasable) = fact.erasable() else { continue };
            let full = entry(&command, fact);
            let mut members = full.members().unwrap();
            members.retain(|(name, _)| {
                !erasable.members.iter().any(|gone| *name == format!("fact/{gone}"))
            });
            let left = read(&full, &members).unwrap();
            prop_assert_eq!(left.members().unwrap(), members);
            prop_assert_eq!(left.touches, full.touches);
        }
    }

    #[test]
    fn mapping_keeps_everything_but_the_references(command in commands()) {
        for act in &command.acts {
            let same = act.try_map(&mut |item: &ItemRef| Ok::<_, String>(item.clone()));
            prop_assert_eq!(same.unwrap(), act.clone());
            let mut seen = Vec::new();
            let result = act.try_map(&mut |item: &ItemRef| {
                seen.push(item);
                if seen.len() == 2 { Err("second") } else { Ok(()) }
            });
            prop_assert_eq!(result.is_err(), act.items().len() > 1);
            prop_assert_eq!(seen.len(), act.items().len().min(2));
        }
    }

    #[test]
    fn any_json_is_read_or_refused(text in json(), kind in proptest::sample::select(ACTS)) {
        let _command: Result<Command, _> = serde_json::from_str(&text);
        let members = [("fact/items", text.as_str()), ("mode", &text), ("item/1.0", &text)];
        let read = Entry::from_members(Position(1), Time(1), kind.1, members.into_iter());
        prop_assert!(read.is_err());
    }

    #[test]
    fn examples_with_a_field_replaced_are_read_or_refused(
        command in commands(),
        at in any::<proptest::sample::Index>(),
        text in json(),
    ) {
        let Some(fact) = facts(&command).pop() else { return Ok(()) };
        let entry = entry(&command, fact);
        let mut members = entry.members().unwrap();
        let index = at.index(members.len());
        members[index].1 = text;
        let _read: Result<Entry, _> = read(&entry, &members);
    }
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        proptest::sample::select(ACTS).prop_map(|(word, _)| Value::from(word)),
        "-?[0-9]{0,40}(\\.[0-9]{0,40})?".prop_map(Value::from),
    ];
    let names = "act|how|start|items|acts|from|to|performed|quantity|amendment|[a-z]{1,6}";
    let value = leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(names, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop_oneof![value.prop_map(|value| value.to_string()), ".{0,40}"]
}
