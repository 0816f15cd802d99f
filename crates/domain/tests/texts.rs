//! Texts people write and read: what is shown reads back the same, and nothing panics.

use domain::start::Start;
use domain::{
    Amount, Code, CommandId, Interval, ItemId, ItemRef, Part, Position, Time, UnitOfMeasure,
};
use proptest::prelude::*;

/// Reads a text, if it can be read, and reads what it is shown as.
fn settles<T>(text: &str)
where
    T: std::str::FromStr + std::fmt::Display + PartialEq + std::fmt::Debug,
{
    if let Ok(value) = text.parse::<T>() {
        let shown = value.to_string();
        let again = shown.parse::<T>();
        assert_eq!(again.ok(), Some(value), "{text:?} is shown as {shown:?}");
    }
}

fn all(text: &str) {
    settles::<Start<ItemRef>>(text);
    settles::<ItemRef>(text);
    settles::<ItemId>(text);
    settles::<Interval>(text);
    settles::<Time>(text);
    settles::<Amount>(text);
    settles::<Part>(text);
    settles::<CommandId>(text);
    settles::<Code>(text);
}

#[test]
fn times_at_the_edges_of_the_calendar() {
    for text in [
        "0000-01-01T00:00:00Z",
        "0000-02-29T23:59:59.999999Z",
        "0000-03-01T00:00:00Z",
        "1900-02-28T12:00:00.5Z",
        "1970-01-01T00:00:00Z",
        "2000-02-29T00:00:00.000001Z",
        "2026-12-31T23:59:59.9Z",
        "9999-12-31T23:59:59.999999Z",
    ] {
        assert_eq!(text.parse::<Time>().unwrap().to_string(), text);
    }
    assert_eq!(Time(Time::MAX.0 + 1).to_string(), "outside years 0 to 9999");
}

#[test]
fn starts_people_write() {
    for text in [
        "lot:77120-A",
        "serial:SN-1",
        "SN-0042",
        "container:PL-9",
        "gs1:https://id.gs1.org/01/09506000134352/21/12345",
        "serial:SN-1;issuer=MAKER",
        "id:17.0",
        "new:1.0",
        "order:WO-7",
        "part:MB-09",
        "part:MB-09/C",
        "equipment:TW-07@2026-06-18..2026-06-19",
        "equipment:TW-07@2026-06-18T06:00:00Z..",
        "equipment:TW-07@..2026-06-18",
        "equipment:TW-07",
        "equipment:A@B@..",
        "station:ST-3@2026-06-18",
        "person:P-118",
        "operation:OP40",
        "run:RUN-880",
        "shipment:SH-2201",
        "program:reflow-7@12",
        "program:reflow-7@12@2026-06-18..",
        "program:a@1..2@..",
        "check:TW-07",
        "measure:torque<1.15 N·m",
        "measure:torque>=1.15 N·m",
        "parameter:torque=1.15..1.35 N·m",
        "measure:torque=1.15 N·m",
        "order:WO-7 & measure:torque<1.15 N·m",
    ] {
        let start = text.parse::<Start<ItemRef>>();
        assert!(start.is_ok(), "{text}: {start:?}");
        settles::<Start<ItemRef>>(text);
    }
}

#[test]
fn starts_that_say_nothing() {
    for text in [
        "",
        " ",
        "lot:",
        "id:17",
        "id:x.0",
        "new:x",
        "order:",
        "equipment:TW-07@yesterday",
        "equipment:TW-07@2026-06-19..2026-06-18",
        "measure:torque",
        "measure:torque<1.15",
        "measure:torque<>1 N",
        "measure:torque<1e3 N",
        "measure:<1 N",
        "serial:SN-1;issuer=",
        "order:WO-7 & ",
    ] {
        assert!(text.parse::<Start<ItemRef>>().is_err(), "{text}");
    }
}

#[test]
fn a_band_without_one_of_its_ends_is_shown_as_two() {
    let json = r#"{"start":"measured","name":"t","unit":"N",
        "band":{"above":{"value":"1"},"below":{"value":"2","included":true}}}"#;
    let start: Start<ItemRef> = serde_json::from_str(json).unwrap();
    assert_eq!(start.to_string(), "measure:t>1 N & measure:t<=2 N");
    settles::<Start<ItemRef>>(&start.to_string());
}

#[test]
fn days_and_amounts() {
    let day: Interval = "2026-06-18".parse().unwrap();
    assert_eq!(day.to_string(), "2026-06-18T00:00:00Z..2026-06-18T23:59:59.999999Z");
    assert_eq!("..".parse::<Interval>().unwrap(), Interval::ALWAYS);
    settles::<Interval>(&Interval::ALWAYS.to_string());
    assert_eq!("1.10".parse::<Amount>().unwrap().to_string(), "1.10");
    assert!("999999999999.999999999999".parse::<Amount>().unwrap().is_bookable());
    assert!(!"1000000000000".parse::<Amount>().unwrap().is_bookable());
    assert!(!"0.0000000000001".parse::<Amount>().unwrap().is_bookable());
    assert!("1.0000000000000".parse::<Amount>().unwrap().is_bookable());
    assert!(UnitOfMeasure::new(" ").is_err());
}

#[test]
fn codes_are_told_apart_and_read_back() {
    for pair in Code::ALL.windows(2) {
        assert!(pair[0].as_str() < pair[1].as_str(), "{} stands before {}", pair[0], pair[1]);
    }
    for code in Code::ALL {
        settles::<Code>(code.as_str());
        assert_eq!(code.as_str().to_lowercase().parse(), Ok(*code));
    }
}

#[test]
fn every_code_has_its_page() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for code in Code::ALL {
        let page = std::fs::read_to_string(folder.join(format!("{code}.md"))).unwrap();
        let (first, rest) = code.title().split_at(1);
        let title = format!("# {code} {}{rest}\n", first.to_uppercase());
        assert!(page.starts_with(&title), "{code}: the page does not begin with {title}");
        for words in [&*format!("```text\n{code} {}:", code.title()), "**Attempt.**", "**Report.**"]
        {
            assert!(page.contains(words), "{code}: the page does not say {words}");
        }
    }
}

/// Pieces texts are made of, so that random ones are often close to right.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "lot:",
            "serial:",
            "id:",
            "new:",
            "order:",
            "part:",
            "equipment:",
            "program:",
            "check:",
            "measure:",
            "@",
            "..",
            " & ",
            ";issuer=",
            "/",
            "<",
            ">=",
            "=",
            "1.15",
            " N·m",
            "2026-06-18",
            "2026-06-18T09:48:31Z",
            "9999-12-31",
            "0000-01-01",
            "17.0",
            ":",
            "-",
            "+02:00",
            "\u{0}",
            " ",
            "€",
        ])
        .prop_map(str::to_owned),
        "[A-Za-z0-9.-]{1,8}",
        ".{0,3}",
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// One is read in one go, the other by a library that reads all of RFC 3339.
    #[test]
    fn a_time_in_utc_is_one_without_an_offset(
        (year, month, day) in (0_u32..=9999, 0_u32..=13, 0_u32..=32),
        (hour, minute, second) in (0_u32..=24, 0_u32..=60, 0_u32..=60),
        decimals in proptest::option::of("[0-9]{0,8}"),
    ) {
        let decimals = decimals.map_or_else(String::new, |digits| format!(".{digits}"));
        let moment =
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{decimals}");
        let [utc, offset] = ["Z", "+00:00"].map(|end| format!("{moment}{end}").parse::<Time>());
        prop_assert_eq!(utc.ok(), offset.ok(), "{}", moment);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 2000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_shown_reads_back(text in nearly()) {
        all(&text);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
        all(&text);
    }

    #[test]
    fn times_read_back(from in Time::MIN.0..=Time::MAX.0, length in 0..i64::MAX / 4) {
        let to = Time(from.saturating_add(length).min(Time::MAX.0));
        let interval = Interval { from: Time(from), to };
        prop_assert_eq!(interval.from.to_string().parse(), Ok(interval.from));
        prop_assert_eq!(interval.to_string().parse(), Ok(interval));
    }

    #[test]
    fn times_are_written_as_a_library_writes_them(
        micros in Time::MIN.0..=Time::MAX.0,
        rounding in prop_oneof![Just(1_i64), Just(10), Just(1_000), Just(1_000_000)],
    ) {
        let micros = micros.div_euclid(rounding) * rounding;
        let nanos = i128::from(micros) * 1000;
        let at = time::OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
        let text = at.format(&time::format_description::well_known::Rfc3339).unwrap();
        prop_assert_eq!(Time(micros).to_string(), text);
    }

    #[test]
    fn ids_read_back(birth: u64, ordinal: u16, bytes: [u8; 16]) {
        let item = ItemId { birth: Position(birth), ordinal };
        prop_assert_eq!(item.to_string().parse(), Ok(item));
        prop_assert_eq!(CommandId(bytes).to_string().parse(), Ok(CommandId(bytes)));
        let reference = ItemRef::Id(item);
        prop_assert_eq!(reference.to_string().parse(), Ok(reference));
    }
}
