//! Tables: one change to a sound document, and what it is refused for.

use super::event::{Action, What};
use super::*;
use crate::identifier::Key;
use crate::vocabulary::Term;
use std::vec;

/// An event of each kind, sound as it is, with everything another may be changed into.
const OBJECT: &str = r#"{"type":"ObjectEvent","eventTime":"2026-07-22T06:45:00.123456+02:00",
    "eventTimeZoneOffset":"+02:00","action":"ADD","bizStep":"commissioning",
    "disposition":"active","epcList":["urn:epc:id:sgtin:0614141.107346.2017"],
    "quantityList":[{"epcClass":"urn:epc:class:lgtin:4012345.012345.998877","quantity":1.50,
    "uom":"KGM"}],"readPoint":{"id":"urn:epc:id:sgln:0614141.07346.1234"},
    "bizTransactionList":[{"type":"po","bizTransaction":"urn:example:po:1"}],
    "sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:0614141.00777"}],
    "persistentDisposition":{"set":["conformant"],"unset":["damaged"]},
    "errorDeclaration":{"declarationTime":"2026-07-23T00:00:00Z","reason":"incorrect_data",
    "correctiveEventIDs":["urn:uuid:1"]},"certificationInfo":"https://example.com/cert/1",
    "ilmd":{"ex:colour":"red"},"sensorElementList":[{"sensorMetadata":
    {"time":"2026-07-22T06:44:00Z","deviceID":"urn:epc:id:giai:4000001.111"},"sensorReport":
    [{"type":"Temperature","value":-12.50e0,"uom":"CEL","component":"x"}]}],
    "ex:own":{"a":[1,2.0]}}"#;
const AGGREGATION: &str = r#"{"type":"AggregationEvent","eventTime":"2026-07-22T06:45:00Z",
    "parentID":"urn:epc:id:sscc:4012345.0111111111","action":"ADD","eventTimeZoneOffset":"+00:00"
    ,"childEPCs":["urn:epc:id:sgtin:0614141.107346.2017"]}"#;
const TRANSACTION: &str = r#"{"type":"TransactionEvent","eventTime":"2026-07-22T06:45:00Z",
    "eventTimeZoneOffset":"+00:00","action":"ADD","epcList":["urn:uuid:1"],
    "bizTransactionList":[{"bizTransaction":"urn:example:po:1"}]}"#;
const TRANSFORMATION: &str = r#"{"type":"TransformationEvent","eventTime":"2026-07-22T06:45:00Z",
    "eventTimeZoneOffset":"+00:00","inputEPCList":["urn:uuid:1"],"outputEPCList":["urn:uuid:2"]}"#;

fn document(events: &str) -> String {
    format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        {{"ex":"https://example.com/"}}],"type":"EPCISDocument","schemaVersion":"2.0",
        "creationDate":"2026-07-22T10:30:00Z","epcisBody":{{"eventList":[{events}]}}}}"#
    )
}

fn parse(events: &str) -> Result<Document, Vec<Problem>> {
    Document::parse(document(events).as_bytes())
}

/// Each problem as path within the event and code, or nothing if the event is accepted.
fn judge(event: &str) -> Vec<String> {
    let problems = parse(event).err().unwrap_or_default();
    let line = |problem: &Problem| {
        let path = problem.path.replace("/epcisBody/eventList/0", "");
        format!("{path} {}", problem.code.as_str())
    };
    problems.iter().map(line).collect()
}

/// Rows of: what to replace, with what, and the problems that makes.
fn check(event: &str, rows: &[(&str, &str, &[&str])]) {
    assert_eq!(judge(event), Vec::<String>::new());
    for (from, to, expected) in rows {
        assert_eq!(event.matches(from).count(), 1, "{from}");
        assert_eq!(judge(&event.replace(from, to)), *expected, "{from} -> {to}");
    }
}

#[test]
fn object_events() {
    check(
        OBJECT,
        &[
            (r#""ADD""#, r#""CREATE""#, &["/action unknown_action"]),
            (r#""action":"ADD","#, "", &[" missing_field"]),
            (r#""ADD""#, r#""OBSERVE""#, &["/ilmd ilmd_not_allowed"]),
            (r#""ObjectEvent""#, r#""ObjectEvents""#, &["/type unknown_type"]),
            ("06:45:00.123456+02:00", "06:45:00", &["/eventTime not_a_time"]),
            (r#":"+02:00""#, r#":"+15:00""#, &["/eventTimeZoneOffset not_an_offset"]),
            (r#":"+02:00""#, r#":"+14:01""#, &["/eventTimeZoneOffset not_an_offset"]),
            (r#":"+02:00""#, r#":"-14:00""#, &[]),
            ("commissioning", "making", &["/bizStep unknown_term"]),
            ("commissioning", "urn:epcglobal:cbv:bizstep:making", &["/bizStep unknown_term"]),
            ("commissioning", "urn:epcglobal:cbv:bizstep:packing", &[]),
            ("commissioning", "ex:making", &[]),
            (r#""active""#, r#""packing""#, &["/disposition unknown_term"]),
            ("urn:epc:id:sgtin:0614141.107346.2017", "2017", &["/epcList/0 not_a_uri"]),
            (r#"["urn:epc:id:sgtin:0614141.107346.2017"]"#, "[]", &[]),
            (r#"["urn:epc:id:sgtin:0614141.107346.2017"]"#, "7", &["/epcList wrong_kind"]),
            (
                r#"["urn:epc:id:sgtin:0614141.107346.2017"]"#,
                r#"["urn:uuid:1","urn:uuid:1"]"#,
                &["/epcList/1 duplicate_value"],
            ),
            ("1.50", r#""1.50""#, &[]),
            ("1.50", r#"" 1.50""#, &["/quantityList/0/quantity wrong_kind"]),
            ("1.50", r#""1,50""#, &["/quantityList/0/quantity wrong_kind"]),
            (r#""KGM""#, r#""kg""#, &["/quantityList/0/uom not_a_unit"]),
            (r#""uom":"KGM""#, r#""ex:uom":1"#, &["/quantityList/0/ex:uom unknown_field"]),
            (r#"{"id":"urn:epc:id:sgln:0614141.07346.1234"}"#, "{}", &["/readPoint missing_field"]),
            (r#"{"type":"po","#, r#"{"type":"xx","#, &["/bizTransactionList/0/type unknown_term"]),
            (
                r#","source":"#,
                r#","destination":"#,
                &["/sourceList/0 missing_field", "/sourceList/0/destination unknown_field"],
            ),
            (r#"["conformant"]"#, "[]", &["/persistentDisposition/set empty_list"]),
            (
                r#"["conformant"]"#,
                r#"["conformant","cbv:Disp-conformant"]"#,
                &["/persistentDisposition/set/1 duplicate_value"],
            ),
            (
                r#"{"set":["conformant"],"unset":["damaged"]}"#,
                "{}",
                &["/persistentDisposition missing_field"],
            ),
            (r#""incorrect_data""#, r#""other""#, &["/errorDeclaration/reason unknown_term"]),
            (
                r#""declarationTime":"2026-07-23T00:00:00Z","#,
                "",
                &["/errorDeclaration missing_field"],
            ),
            ("https://example.com/cert/1", "cert 1", &["/certificationInfo not_a_uri"]),
            ("ex:colour", "colour", &["/ilmd/colour unknown_field"]),
            ("ex:colour", "why:colour", &["/ilmd/why:colour undeclared_prefix"]),
            ("ex:colour", "https://example.com/colour", &[]),
            ("ex:own", "own", &["/own unknown_field"]),
            ("ex:own", "parentID", &["/parentID unknown_field"]),
            ("ex:own", "action", &["/action duplicate_field", "/action unknown_field"]),
            ("ex:own", "gs1:own", &[]),
            ("ex:own", "_own", &[]),
            ("ex:own", "_own:a", &["/_own:a unknown_field"]),
            (r#""uom":"KGM""#, r#""_uom":1"#, &[]),
        ],
    );
}

#[test]
fn sensors() {
    let at = "/sensorElementList/0/sensorReport/0";
    let problem = |rest: &str| format!("{at}{rest}");
    check(
        OBJECT,
        &[
            (r#""Temperature""#, r#""Heat""#, &[&problem("/type unknown_term")]),
            (r#""type":"Temperature","#, "", &[&problem(" missing_field")]),
            ("-12.50e0", r#""-12.5""#, &[]),
            ("-12.50e0", r#""cold""#, &[&problem("/value wrong_kind")]),
            ("-12.50e0", r#""""#, &[&problem("/value wrong_kind")]),
            (r#""component":"x""#, r#""component":"w""#, &[&problem("/component unknown_term")]),
            (
                r#""component":"x""#,
                r#""hexBinaryValue":"xy""#,
                &[&problem("/hexBinaryValue not_hexadecimal")],
            ),
            (r#""component":"x""#, r#""booleanValue":1"#, &[&problem("/booleanValue wrong_kind")]),
            (r#""component":"x""#, r#""exception":"gs1:ALARM_CONDITION""#, &[]),
            (r#""component":"x""#, r#""bizRules":"x""#, &[&problem("/bizRules not_a_uri")]),
            (r#""component":"x""#, r#""ex:spread":1"#, &[]),
            (r#""component":"x""#, r#""spread":1"#, &[&problem("/spread unknown_field")]),
            (
                r#"[{"type":"Temperature","value":-12.50e0,"uom":"CEL","component":"x"}]"#,
                "[ ]",
                &["/sensorElementList/0/sensorReport empty_list"],
            ),
        ],
    );
}

#[test]
fn aggregation_and_association_events() {
    let children = r#","childEPCs":["urn:epc:id:sgtin:0614141.107346.2017"]"#;
    let parent = r#""parentID":"urn:epc:id:sscc:4012345.0111111111","#;
    check(
        AGGREGATION,
        &[
            (children, "", &[" nothing_observed"]),
            (children, r#","childEPCs":[]"#, &[" nothing_observed"]),
            (children, r#","childQuantityList":[{"epcClass":"urn:uuid:1"}]"#, &[]),
            (parent, "", &[" parent_missing"]),
            (parent, r#""ilmd":{},"#, &[" parent_missing", "/ilmd unknown_field"]),
            ("Aggregation", "Association", &[]),
        ],
    );
    check(
        &AGGREGATION.replace(r#""ADD""#, r#""DELETE""#),
        &[(children, "", &[]), (parent, "", &[" parent_missing"])],
    );
    check(
        &AGGREGATION.replace(r#""ADD""#, r#""OBSERVE""#),
        &[(children, "", &[" nothing_observed"]), (parent, "", &[])],
    );
    check(
        &AGGREGATION.replace("Aggregation", "Association").replace(r#""ADD""#, r#""DELETE""#),
        &[(parent, "", &[" missing_field"]), (children, "", &[])],
    );
}

#[test]
fn transaction_events() {
    check(
        TRANSACTION,
        &[
            (
                r#"[{"bizTransaction":"urn:example:po:1"}]"#,
                "[]",
                &["/bizTransactionList empty_list"],
            ),
            (r#""epcList":["urn:uuid:1"],"#, "", &[" nothing_observed"]),
            (r#""epcList":["urn:uuid:1"],"#, r#""epcList":[],"#, &[]),
            (r#""epcList":["urn:uuid:1"],"#, r#""quantityList":[],"#, &[" nothing_observed"]),
            (r#"["urn:uuid:1"]"#, r#"["urn:uuid:1","urn:uuid:1"]"#, &[]),
        ],
    );
}

#[test]
fn transformation_events() {
    check(
        TRANSFORMATION,
        &[
            (r#","outputEPCList":["urn:uuid:2"]"#, "", &[" nothing_observed"]),
            (r#","outputEPCList":["urn:uuid:2"]"#, r#","transformationID":"urn:uuid:3""#, &[]),
            (
                r#""inputEPCList":["urn:uuid:1"]"#,
                r#""action":"ADD""#,
                &[" nothing_observed", "/action unknown_field"],
            ),
        ],
    );
}

#[test]
fn an_event_keeps_all_that_was_said() {
    let document = parse(OBJECT).unwrap();
    let [event] = &*document.events else { panic!("one event") };
    assert_eq!(event.original, OBJECT);
    assert_eq!(event.time.unix_us, 1_784_695_500_123_456);
    assert_eq!(event.time.text, "2026-07-22T06:45:00.123456+02:00");
    assert_eq!(event.time_zone_offset, "+02:00");
    assert_eq!(event.biz_step, Some(Term::Standard("commissioning")));
    let What::Object { action: Action::Add, epcs, quantities, ilmd } = &event.what else {
        panic!("an object event that adds")
    };
    assert_eq!(epcs[0].canonical(), "https://id.gs1.org/01/10614141073464/21/2017");
    let quantity = quantities[0].quantity.as_ref().unwrap();
    assert_eq!((quantity.as_str(), quantities[0].uom.as_deref()), ("1.50", Some("KGM")));
    assert_eq!(quantity.decimal().unwrap().to_string(), "1.50");
    assert_eq!((&*ilmd[0].name, &*ilmd[0].json), ("ex:colour", r#""red""#));
    let sensors = &event.sensor_elements[0];
    assert_eq!(sensors.metadata.as_ref().unwrap().device_id.as_ref().unwrap().key(), Key::Giai);
    let value = sensors.reports[0].value.as_ref().unwrap();
    assert_eq!(
        (value.as_str(), value.decimal().unwrap().to_string()),
        ("-12.50e0", String::from("-12.50"))
    );
    assert_eq!(
        (&*event.extensions[0].name, &*event.extensions[0].json),
        ("ex:own", r#"{"a":[1,2.0]}"#)
    );
}

#[test]
fn an_event_type_of_ones_own_is_kept_whole() {
    let text = r#"{"type":"ex:Drift","eventTime":"2026-07-22T06:45:00Z",
        "eventTimeZoneOffset":"+00:00","bizStep":7,"whatever":[]}"#;
    let document = parse(text).unwrap();
    let What::Extended { name, fields } = &document.events[0].what else { panic!("extended") };
    let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
    assert_eq!((&**name, names), ("ex:Drift", vec!["bizStep", "whatever"]));
}

#[test]
fn one_event_stands_alone_with_a_context() {
    let codes = |text: &str| -> Vec<Code> {
        let problems = Document::parse(text.as_bytes()).err().unwrap_or_default();
        problems.iter().map(|problem| problem.code).collect()
    };
    assert_eq!(codes(TRANSFORMATION), [Code::MissingField]);
    let context = r#"{"@context":"https://ref.gs1.org/standards/epcis/epcis-context.jsonld","#;
    let alone = TRANSFORMATION.replacen('{', context, 1);
    let document = Document::parse(alone.as_bytes()).unwrap();
    assert_eq!((document.form, document.events.len()), (Form::Event, 1));
}

#[test]
fn a_context_holds_where_it_stands() {
    let own = r#"{"@context":[{"mine":"https://example.org/"}],"mine:field":1,"#;
    let inner = TRANSACTION.replacen('{', own, 1);
    assert!(parse(&inner).is_ok());
    let after = format!("{inner},{}", TRANSACTION.replacen('{', r#"{"mine:field":1,"#, 1));
    let problems = parse(&after).unwrap_err();
    assert_eq!(problems[0].code, Code::UndeclaredPrefix);
    // A context elsewhere may declare any prefix.
    let elsewhere = r#"{"@context":"https://example.org/context.jsonld","any:field":1,"#;
    assert!(parse(&TRANSACTION.replacen('{', elsewhere, 1)).is_ok());
}

#[test]
fn identifiers_that_break_the_rules_are_findings() {
    for (text, code) in [
        ("urn:epc:id:sgtin:0614141.2017", Code::IdentifierMalformed),
        ("https://id.gs1.org/01/10614141073465/21/2017", Code::CheckDigitWrong),
    ] {
        let event = OBJECT.replace("urn:epc:id:sgtin:0614141.107346.2017", text);
        let document = parse(&event).unwrap();
        let codes: Vec<Code> = document.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code]);
        assert_eq!(document.findings[0].path, "/epcisBody/eventList/0/epcList/0");
    }
}

#[test]
fn remarks_and_numbers_in_quotes_are_findings() {
    let event = OBJECT.replace("ex:own", "_own").replace("1.50", r#""1.50""#);
    let document = parse(&event).unwrap();
    let found: Vec<(&str, Code)> =
        document.findings.iter().map(|finding| (&*finding.path, finding.code)).collect();
    assert_eq!(
        found,
        [
            ("/epcisBody/eventList/0/quantityList/0/quantity", Code::NumberAsText),
            ("/epcisBody/eventList/0/_own", Code::CommentIgnored),
        ]
    );
    let event = &document.events[0];
    assert!(event.extensions.is_empty() && event.original.contains("_own"));
    let What::Object { quantities, .. } = &event.what else { panic!("an object event") };
    assert_eq!(quantities[0].quantity.as_ref().unwrap().as_str(), "1.50");
}

#[test]
fn documents() {
    let codes = |text: &str| -> Vec<String> {
        let problems = Document::parse(text.as_bytes()).err().unwrap_or_default();
        problems
            .iter()
            .map(|problem| format!("{} {}", problem.path, problem.code.as_str()))
            .collect()
    };
    let sound = document(TRANSACTION);
    assert_eq!(codes(&sound), Vec::<String>::new());
    for (from, to, expected) in [
        (r#""2.0""#, r#""two""#, vec!["/schemaVersion not_a_version"]),
        (r#""2.0""#, "2", vec!["/schemaVersion wrong_kind"]),
        ("2026-07-22T10:30:00Z", "today", vec!["/creationDate not_a_time"]),
        (r#""EPCISDocument","#, r#""EPCISDocument","id":"1","#, vec!["/id not_a_uri"]),
        (r#""EPCISDocument","#, r#""EPCISDocument","note":1,"#, vec!["/note unknown_field"]),
        (r#""EPCISDocument","#, r#""EPCISDocument","ex:a/b":1,"#, vec![]),
        (r#""EPCISDocument""#, "7", vec!["/type wrong_kind"]),
        (
            r#""EPCISDocument","#,
            r#""EPCISDocument","epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"a:b",
            "vocabularyElementList":[{"id":"1","attributes":[{"id":"a:b","attribute":[]}]}]}]}},"#,
            vec![
                "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0/id \
                 not_a_uri",
                "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0/attributes\
                 /0/attribute wrong_kind",
            ],
        ),
        (
            "eventList",
            "events",
            vec!["/epcisBody missing_field", "/epcisBody/events unknown_field"],
        ),
        (r#"{"ex":"https://example.com/"}"#, "{},{}", vec!["/@context/2 duplicate_value"]),
        (r#"{"ex":"https://example.com/"}"#, "7", vec!["/@context/1 wrong_kind"]),
    ] {
        assert_eq!(codes(&sound.replace(from, to)), expected, "{from} -> {to}");
    }
}

#[test]
fn an_event_in_place_of_a_list() {
    let text = document(TRANSACTION).replace(r#""eventList":["#, r#""event":"#);
    let text = format!("{}}}}}", text.strip_suffix("]}}").unwrap());
    assert_eq!(Document::parse(text.as_bytes()).unwrap().events.len(), 1);
}

#[test]
fn limits() {
    let only = |bytes: &[u8]| {
        let problems = Document::parse(bytes).unwrap_err();
        assert_eq!(problems.len(), 1);
        problems[0].code
    };
    assert_eq!(only(&vec![b' '; DOCUMENT_BYTES_MAX + 1]), Code::TooLarge);
    assert_eq!(only(b""), Code::NotJson);
    assert_eq!(only(b"\xff"), Code::NotUtf8);
    assert_eq!(only(b"[]"), Code::WrongKind);
    assert_eq!(only(b"{} {}"), Code::NotJson);
    assert_eq!(only(br#"{"type":"\ud800"}"#), Code::NotJson);
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(only(deep(DEPTH_MAX + 1).as_bytes()), Code::TooDeep);
    assert_eq!(only(deep(1_000_000).as_bytes()), Code::TooDeep);
    assert_eq!(only(deep(DEPTH_MAX).as_bytes()), Code::WrongKind);
    let brackets = format!(r#"{{"type":"{}\"\\"}}"#, "[".repeat(DEPTH_MAX));
    assert_eq!(Document::parse(brackets.as_bytes()).unwrap_err()[0].code, Code::MissingField);

    let fields: Vec<String> = (0..=FIELDS_MAX).map(|index| format!(r#""ex:{index}":1"#)).collect();
    assert_eq!(
        only(document(&format!("{{{}}}", fields.join(","))).as_bytes()),
        Code::TooManyFields
    );
    let many = vec![TRANSACTION; EVENTS_MAX + 1].join(",");
    assert_eq!(only(document(&many).as_bytes()), Code::TooManyEvents);
    let faulty = vec!["7"; EVENTS_MAX].join(",");
    assert_eq!(parse(&faulty).unwrap_err().len(), PROBLEMS_MAX);
}
