//! What events become, one after another in one plant.
//!
//! `stories.txt` tells it in words, a plant a paragraph; `UPDATE=1` rewrites it.

#![cfg(test)]

#[path = "capture/plant.rs"]
mod plant;
#[path = "capture/written.rs"]
mod written;

use domain::act::{Act, Parameter, Step};
use domain::{Command, ItemRef, Mode, Time};
use epcis::Event;
use epcis::capture::{self, EventKey, Planned, Retraction};
use plant::Plant;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use written::{event, line};

#[test]
fn stories() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/capture/stories.txt");
    let told = fs::read_to_string(&path).unwrap();
    let mut retold = String::new();
    let (mut plant, mut minute) = (Plant::default(), 0);
    for row in told.lines().filter(|row| !row.starts_with("  ")) {
        writeln!(retold, "{row}").unwrap();
        if row.is_empty() {
            (plant, minute) = (Plant::default(), 0);
        } else if !row.starts_with('#') {
            minute += 1;
            // Lines with an id may say the same, and then at the same time.
            let minute = if row.contains(" id=") { 0 } else { minute };
            retold.push_str(&captured(&mut plant, &line(minute, row)));
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &retold).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), retold, "UPDATE=1 rewrites it");
}

fn captured(plant: &mut Plant, event: &Event) -> String {
    let (words, found) = match plant.capture(event) {
        Ok(answer) => answer,
        Err(problem) => (format!("refused {problem}"), Vec::new()),
    };
    let mut told = format!("  {words}\n");
    for finding in found {
        writeln!(told, "  {} {}", finding.code, finding.detail).unwrap();
    }
    told
}

fn commands(event: &Event, plant: &Plant) -> Vec<Command> {
    let command = |planned| match planned {
        Planned::Command(command) => command,
        other => panic!("{other:?}"),
    };
    capture::plan(event, plant).unwrap().into_iter().map(command).collect()
}

#[test]
fn a_step_says_all_there_is_a_field_for() {
    let event = event(
        "ObjectEvent",
        0,
        r#""eventID":"urn:uuid:7","action":"OBSERVE","bizStep":"inspecting",
        "epcList":["urn:epc:id:sgtin:4012345.011111.1"],"disposition":"recalled",
        "readPoint":{"id":"urn:epc:id:sgln:4012345.00001.7"},
        "persistentDisposition":{"set":["conformant"],"unset":["damaged"]},
        "bizTransactionList":[{"type":"po","bizTransaction":"urn:order:1"}],
        "sourceList":[{"type":"owning_party","source":"urn:party:a"}],
        "certificationInfo":"https://example.com/c",
        "sensorElementList":[{"sensorMetadata":{"deviceID":"urn:epc:id:giai:4012345.9"},
        "sensorReport":[{"type":"Temperature","value":-12.50e0,"minValue":-13,"maxValue":"7.0",
        "meanValue":0.10,"sDev":2,"percRank":95,"percValue":6,"uom":"CEL"},
        {"type":"Angle","component":"longitude","stringValue":"10 W"},
        {"type":"MassConcentration","chemicalSubstance":"https://id.example/x","value":1e400},
        {"type":"Count","booleanValue":true,"exception":"ALARM_CONDITION"},
        {"type":"Speed","deviceID":"urn:epc:id:giai:4012345.8"}]}]"#,
    );
    let plant = Plant::default();
    let [command] = &commands(&event, &plant)[..] else { panic!("one command") };
    assert_eq!(command.mode, Mode::Report);
    assert_eq!(command.performed.unwrap().from, Time(event.time.unix_us));
    assert_eq!(command.id, Some(EventKey::of(&event).command(0)));
    let station = command.station.as_ref().unwrap().as_str();
    assert_eq!(station, "https://id.gs1.org/414/4012345000016/254/7");
    let equipment: Vec<&str> = command.equipment.iter().map(|code| code.as_str()).collect();
    assert_eq!(equipment, ["https://id.gs1.org/8004/40123458", "https://id.gs1.org/8004/40123459"]);
    assert!(command.source.as_ref().unwrap().starts_with("epcis:urn:uuid:7 sha256:"));
    let [Act::Create(create), Act::Step(step)] = &command.acts[..] else { panic!("{command:?}") };
    let name = &create.items[0].identifiers[0];
    assert_eq!(name.to_string(), "gs1:https://id.gs1.org/01/04012345111118/21/1");
    assert_eq!(step.items[0].item, ItemRef::New(0, 0));
    let note = "recalled; from now on conformant; no longer damaged; po urn:order:1; from \
                owning_party urn:party:a; certified by https://example.com/c";
    assert_eq!(step.note.as_deref(), Some(note));
    readings(step);
}

fn readings(step: &Step<ItemRef>) {
    let measure = |m: &domain::act::Measure<ItemRef>| format!("{} {} {}", m.name, m.value, m.unit);
    let measures: Vec<String> = step.measures.iter().map(measure).collect();
    assert_eq!(
        measures,
        [
            "Temperature -12.50 CEL",
            "Temperature.min -13 CEL",
            "Temperature.max 7.0 CEL",
            "Temperature.mean 0.10 CEL",
            "Temperature.standardDeviation 2 CEL",
            "Temperature.percentile95 6 CEL",
        ]
    );
    let text = |p: &Parameter| format!("{}: {}", p.name, p.value);
    let texts: Vec<String> = step.parameters.iter().map(text).collect();
    assert_eq!(
        texts,
        [
            "Angle.longitude: 10 W",
            "MassConcentration of https://id.example/x: 1e400",
            "Count: true",
            "Count.exception: ALARM_CONDITION",
            "Speed: reported without a value",
        ]
    );
}

#[test]
fn an_event_is_known_by_its_id_else_by_its_content() {
    let key = |fields: &str| EventKey::of(&event("ObjectEvent", 0, fields)).command(0);
    let plain = key(r#""action":"OBSERVE","epcList":["urn:uuid:1"]"#);
    for same in [
        r#""epcList" : [ "urn:uuid:1" ], "action":"OBSERVE""#,
        r#""action":"OBSERVE","epcList":["urn:uuid:1"],"recordTime":"2026-07-23T00:00:00Z""#,
        r#""action":"OBSERVE","epcList":["urn:uuid:1"],
        "errorDeclaration":{"declarationTime":"2026-07-23T00:00:00Z"}"#,
    ] {
        assert_eq!(key(same), plain, "{same}");
    }
    for other in [
        r#""action":"OBSERVE","epcList":["urn:uuid:2"]"#,
        r#""action":"DELETE","epcList":["urn:uuid:1"]"#,
        r#""action":"OBSERVE","epcList":["urn:uuid:1"],"eventID":"urn:uuid:9""#,
    ] {
        assert_ne!(key(other), plain, "{other}");
    }
    let text = plain.to_string();
    assert_eq!((&text[14..15], "89ab".contains(&text[19..20])), ("8", true));
}

#[test]
fn names_the_ledger_cannot_keep_are_refused() {
    let long = format!("urn:x:{}", "y".repeat(200));
    for (text, path) in [
        (format!("Object ADD - epcs={long}"), "/epcList/0"),
        (format!("Object ADD - epcs=U1 at={long}"), "/readPoint"),
        (format!("Object ADD - epcs=U1 in_place={long}"), "/bizLocation"),
        (format!("Object OBSERVE {long} epcs=U1"), "/bizStep"),
        (format!("Object OBSERVE shipping epcs=U1 to={long}"), "/destinationList"),
        (format!("Object OBSERVE receiving epcs=U1 from={long}"), "/sourceList"),
        (format!("Transaction ADD - epcs=U1 of=po:{long}"), "/bizTransactionList"),
        (format!("Transformation - in=U1 run={long}"), "/transformationID"),
        (format!("Aggregation ADD - parent={long} children=U1"), "/parentID"),
        (
            format!("Aggregation ADD - parent={} childQuantities=L1*1", &long[..180]),
            "/childQuantityList",
        ),
    ] {
        let problem = capture::plan(&line(0, &text), &Plant::default()).unwrap_err();
        assert_eq!((&*problem.path, problem.code.as_str()), (path, "name_unusable"), "{text}");
    }
}

#[test]
fn an_event_type_of_ones_own_is_not_understood() {
    let text = r#"{"@context":{"ex":"https://example.com/"},"type":"ex:Drift","eventTime":
        "2026-07-22T06:45:00Z","eventTimeZoneOffset":"+00:00"}"#;
    let event = epcis::Document::parse(text.as_bytes()).unwrap().events.remove(0);
    let problem = capture::plan(&event, &Plant::default()).unwrap_err();
    assert_eq!(problem.code.as_str(), "not_understood");
}

/// Many identifiers: of units of one class, of units of a class each, or of lots with quantities.
fn many(count: usize, what: &str) -> String {
    let one = |index: usize| match what {
        "units" => format!("U{index}"),
        "classes" => format!("https://id.gs1.org/01/{index:013}0/21/1"),
        _ => format!("L{index}*1KGM"),
    };
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

/// Events with long lists, and how many commands each needs.
fn long_events() -> Vec<(String, usize)> {
    let (units, classes, lots) = (many(2_500, "units"), many(100, "classes"), many(100, "lots"));
    vec![
        (format!("Object ADD commissioning epcs={units} lot=B1"), 3),
        (format!("Object ADD commissioning epcs={classes}"), 6),
        (format!("Object OBSERVE shipping epcs={units} to=@them"), 3),
        (format!("Object OBSERVE receiving epcs={units} from=@us"), 3),
        (format!("Object OBSERVE receiving epcs={classes} in_place=#dock measured=1"), 6),
        (format!("Object DELETE - epcs={}", many(100, "units")), 4),
        (format!("Aggregation ADD packing parent=P1 children={units}"), 3),
        (format!("Aggregation ADD packing parent=P1 childQuantities={lots}"), 4),
        (format!("Aggregation OBSERVE - parent=P1 children={units}"), 3),
        (format!("Association ADD - parent=A1 children={}", many(100, "units")), 4),
        (format!("Transaction ADD - epcs={units} of=po:urn:order:1"), 3),
        (format!("Transformation - in={units} run=urn:run:1"), 3),
        (format!("Transformation - in={} out=A1", many(900, "units")), 1),
    ]
}

#[test]
fn long_lists_become_several_commands_that_can_be_finished_later() {
    for (text, count) in long_events() {
        let event = line(0, &text);
        let whole = commands(&event, &Plant::default());
        assert_eq!(whole.len(), count, "{}", &text[..60]);
        let mut plant = Plant::default();
        for admitted in 0..count {
            assert_eq!(commands(&event, &plant), whole[admitted..], "{}", &text[..60]);
            drop(plant.admit(&whole[admitted]));
        }
        assert_eq!(commands(&event, &plant), []);
        let declared = line(0, &format!("{text} error=did_not_occur"));
        let [Planned::Retract(Retraction { commands, .. })] =
            &capture::plan(&declared, &plant).unwrap()[..]
        else {
            panic!("a retraction")
        };
        let ids: Vec<_> = whole.iter().filter_map(|command| command.id).collect();
        assert_eq!(*commands, ids);
    }
}

#[test]
fn a_transformation_is_one_fact_and_cannot_be_cut() {
    let event = line(0, &format!("Transformation - in={} out=A1", many(1_000, "units")));
    let problem = capture::plan(&event, &Plant::default()).unwrap_err();
    assert_eq!(problem.code.as_str(), "too_many_things");
}

#[test]
fn a_container_is_emptied_in_one_command() {
    let mut plant = Plant::default();
    let pack = line(0, &format!("Aggregation ADD - parent=P1 children={}", many(2_500, "units")));
    plant.capture(&pack).unwrap();
    let (words, found) = plant.capture(&line(1, "Aggregation DELETE - parent=P1")).unwrap();
    assert_eq!((&*words, found), ("unpack 1000, unpack 1000, unpack 500", Vec::new()));
}

/// Any line of an event, sensible or not.
fn any_line() -> impl Strategy<Value = String> {
    let id = prop_oneof![
        "[UKPTAL][1-4]|C",
        Just("urn:uuid:1".to_owned()),
        Just("https://id.gs1.org/414/4012345000023".to_owned()),
        Just("urn:epc:class:lgtin:4012345.022222.1".to_owned()),
    ];
    let ids = proptest::collection::btree_set(id, 1..4)
        .prop_map(|ids| ids.into_iter().collect::<Vec<_>>().join(","));
    let quantity = ("[LU][1-3]|C", "(\\*[1-9][0-9]?(\\.5)?(KGM)?)?");
    let quantities = proptest::collection::vec(quantity, 1..3).prop_map(|rows| {
        rows.into_iter().map(|(class, rest)| class + &rest).collect::<Vec<_>>().join(",")
    });
    let action = prop_oneof![Just("ADD"), Just("OBSERVE"), Just("DELETE")];
    let step = proptest::sample::select(vec![
        "-",
        "commissioning",
        "shipping",
        "receiving",
        "accepting",
        "void_shipping",
        "destroying",
        "packing",
        "inspecting",
    ]);
    let more = proptest::sample::subsequence(
        vec![
            "from=@us",
            "to=@them",
            "at=#bench",
            "in_place=#dock",
            "is=returned",
            "is=destroyed",
            "measured=1.5",
            "of=po:urn:order:1",
            "of=rma:urn:return:1",
            "from=@them",
        ],
        0..4,
    );
    (0_usize..5, action, step, ids.clone(), ids, quantities, more, any::<bool>()).prop_map(
        |(kind, action, step, ids, others, quantities, more, both)| {
            let parent = others.split(',').next().unwrap_or_default();
            let some = |name: &str| if both { format!(" {name}={quantities}") } else { "".into() };
            let mut text = match kind {
                0 => format!("Object {action} {step} epcs={ids}{}", some("quantities")),
                1 => format!(
                    "Aggregation {action} {step} parent={parent} children={ids}{}",
                    some("childQuantities")
                ),
                2 => format!(
                    "Association {action} {step} parent={parent} children={ids}{}",
                    some("childQuantities")
                ),
                3 => format!("Transaction {action} {step} epcs={ids} of=po:urn:order:1"),
                _ => format!("Transformation {step} in={ids} out={others}{}", some("inQuantities")),
            };
            let mut given: Vec<&str> = text.split([' ', '=']).collect();
            let mut extra = String::new();
            for word in more {
                let name = word.split('=').next().unwrap_or_default();
                if !given.contains(&name) {
                    given.push(name);
                    extra += &format!(" {word}");
                }
            }
            text += &extra;
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The plant panics where a report would be refused, or names something unknown.
    #[test]
    fn whatever_happens_is_admitted_and_changes_nothing_twice(
        lines in proptest::collection::vec(any_line(), 1..10),
    ) {
        let mut plant = Plant::default();
        for (minute, text) in (0..).zip(&lines) {
            let event = line(minute, text);
            if plant.capture(&event).is_ok() {
                prop_assert_eq!(commands(&event, &plant), []);
            }
        }
    }
}
