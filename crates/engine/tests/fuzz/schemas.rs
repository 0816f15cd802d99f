//! Fields of the user's own under schemas that mean harm.

use domain::{Answer, Command};
use engine::Plant;
use serde_json::{Value, json};

use crate::{assert_holds, load, mutate, open, rounds};

fn submit(plant: &Plant, acts: &Value) -> Answer {
    let acts = serde_json::from_value(acts.clone()).unwrap();
    let reply = plant.submit(Command::attempt(acts), "test");
    reply.unwrap_or_else(|error| panic!("{}", engine::chain(&error))).answer
}

fn define(plant: &Plant, schema: &Value) -> bool {
    let act = json!([{"act": "defineSchema", "schema": schema.to_string()}]);
    matches!(submit(plant, &act), Answer::Admitted(_))
}

fn describe(plant: &Plant, fields: &Value) -> Answer {
    submit(plant, &json!([{"act": "describe", "item": "lot:L-0", "fields": fields}]))
}

fn plant(path: &std::path::Path) -> Plant {
    let plant = open(path);
    for command in load::masters() {
        plant.submit(command, "test").unwrap();
    }
    plant
}

/// Schemas that loop, reach out, or blow up, each with fields to check against it.
fn harmful() -> Vec<(&'static str, Value, Value)> {
    let long = "a".repeat(60) + "!";
    let nested = (0..100).fold(json!({"type": "string"}), |inside, _| json!({"not": inside}));
    let wide: Vec<Value> = (0..2000).map(|n| json!({"const": n})).collect();
    vec![
        ("itself", json!({"type": "object", "$ref": "#"}), json!({"a": 1})),
        ("itself by all", json!({"type": "object", "allOf": [{"$ref": "#"}]}), json!({"a": 1})),
        (
            "two that name each other",
            json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}},
                "$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}}}),
            json!({"a": 1}),
        ),
        (
            "itself by dynamic reference",
            json!({"type": "object", "$dynamicAnchor": "n", "anyOf": [{"$dynamicRef": "#n"}]}),
            json!({"a": 1}),
        ),
        (
            "from elsewhere",
            json!({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/s.json"}}}),
            json!({"a": 1}),
        ),
        (
            "a file of the server",
            json!({"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}}),
            json!({"a": 1}),
        ),
        (
            "a pattern that backtracks",
            json!({"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}),
            json!({"a": long}),
        ),
        (
            "a pattern that looks behind and backtracks",
            json!({"type": "object", "properties": {"a": {"pattern": "^(?=(a+)+b)(a|aa)+\\1$"}}}),
            json!({"a": long}),
        ),
        (
            "a pattern that repeats itself",
            json!({"type": "object", "properties": {"a": {"pattern": "((a{1,999}){1,999}){1,999}"}}}),
            json!({"a": "aaaa"}),
        ),
        ("deep", json!({"type": "object", "properties": {"a": nested}}), json!({"a": "x"})),
        ("wide", json!({"type": "object", "properties": {"a": {"oneOf": wide}}}), json!({"a": 1})),
        (
            "a number without end",
            json!({"type": "object", "properties": {"a": {"multipleOf": 1e-308}}}),
            json!({"a": 1e308}),
        ),
        ("true", json!(true), json!({"a": 1})),
        ("a list", json!([1]), json!({"a": 1})),
    ]
}

#[test]
fn a_schema_that_means_harm_is_refused_or_harmless() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = plant(&path);
    for (what, schema, fields) in harmful() {
        let taken = define(&plant, &schema);
        let checked = describe(&plant, &fields);
        let checked = matches!(checked, Answer::Admitted(_));
        println!("{what}: {}, then {checked}", if taken { "taken" } else { "refused" });
        let reaches_out = what == "from elsewhere" || what == "a file of the server";
        assert!(!(reaches_out && taken), "{what}: nothing is fetched, so it cannot be taken");
        // The plant goes on, with a schema that is none.
        assert!(define(&plant, &json!({"type": "object"})), "{what}");
        assert!(matches!(describe(&plant, &json!({"a": what})), Answer::Admitted(_)), "{what}");
    }
    drop(plant);
    assert_holds(&path);
}

#[test]
fn schemas_that_almost_make_sense_are_answered() {
    let mut chance = crate::chance();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = plant(&path);
    let sample = json!({"$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object", "additionalProperties": false, "required": ["colour"],
        "properties": {"colour": {"enum": ["red", "blue"]}, "kg": {"type": "number", "minimum": 0},
        "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$", "maxLength": 10},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "uniqueItems": true}},
        "$defs": {"tag": {"type": "string", "minLength": 1}}});
    let fields = json!({"colour": "red", "kg": 1.5, "code": "AB12", "tags": ["a", "b"]});
    let (mut taken, all) = (0_u64, rounds(150));
    for _ in 0..all {
        taken += u64::from(define(&plant, &mutate::value(&mut chance, &sample)));
        let fields = mutate::value(&mut chance, &fields);
        if fields.is_object() {
            drop(describe(&plant, &fields));
        }
    }
    println!("{taken} of {all} schemas were taken");
    drop(plant);
    assert_holds(&path);
}
