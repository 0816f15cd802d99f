//! Events as the tests write them.

use epcis::{Document, Event};

/// An event of that type, so many minutes after noon, with these fields besides.
pub(crate) fn event(kind: &str, minute: u32, fields: &str) -> Event {
    let context = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld";
    let text = format!(
        r#"{{"@context":["{context}",{{"ex":"https://example.com/"}}],"type":"{kind}",
        "eventTime":"2026-07-22T{:02}:{:02}:00Z","eventTimeZoneOffset":"+00:00",{fields}}}"#,
        12 + minute / 60,
        minute % 60,
    );
    let document = Document::parse(text.as_bytes());
    document.unwrap_or_else(|problems| panic!("{text}: {problems:?}")).events.remove(0)
}

/// An event written on one line: type, action, business step, then fields. Short words stand for
/// identifiers: `U7` a unit, `L2` a lot, `C` its class, `P1` a pallet, `T1` a tray, `A1` an asset,
/// `K1` a case with a serial number, `@us` a party, `#dock` a place.
pub(crate) fn line(minute: u32, text: &str) -> Event {
    let mut words = text.split_whitespace();
    let kind = words.next().unwrap();
    let mut fields = Vec::new();
    if kind != "Transformation" {
        fields.push(format!(r#""action":"{}""#, words.next().unwrap()));
    }
    let step = words.next().unwrap();
    if step != "-" {
        fields.push(format!(r#""bizStep":"{step}""#));
    }
    fields.extend(words.map(|word| {
        let (name, value) = word.split_once('=').unwrap();
        field(name, value)
    }));
    event(&format!("{kind}Event"), minute, &fields.join(","))
}

fn field(name: &str, value: &str) -> String {
    let ids = || {
        let words = value.split(',').filter(|word| !word.is_empty());
        let all: Vec<String> = words.map(|id| format!(r#""{}""#, uri(id))).collect();
        all.join(",")
    };
    let quantities = || {
        let all: Vec<String> = value.split(',').map(quantity).collect();
        all.join(",")
    };
    match name {
        "epcs" => format!(r#""epcList":[{}]"#, ids()),
        "quantities" => format!(r#""quantityList":[{}]"#, quantities()),
        "parent" => format!(r#""parentID":{}"#, ids()),
        "children" => format!(r#""childEPCs":[{}]"#, ids()),
        "childQuantities" => format!(r#""childQuantityList":[{}]"#, quantities()),
        "in" => format!(r#""inputEPCList":[{}]"#, ids()),
        "inQuantities" => format!(r#""inputQuantityList":[{}]"#, quantities()),
        "out" => format!(r#""outputEPCList":[{}]"#, ids()),
        "outQuantities" => format!(r#""outputQuantityList":[{}]"#, quantities()),
        "from" => format!(r#""sourceList":[{{"type":"owning_party","source":{}}}]"#, ids()),
        "to" => {
            format!(r#""destinationList":[{{"type":"possessing_party","destination":{}}}]"#, ids())
        }
        "at" => format!(r#""readPoint":{{"id":{}}}"#, ids()),
        "in_place" => format!(r#""bizLocation":{{"id":{}}}"#, ids()),
        "is" => format!(r#""disposition":"{value}""#),
        "run" => format!(r#""transformationID":"{value}""#),
        "id" => format!(r#""eventID":"{value}""#),
        "lot" => format!(r#""ilmd":{{"cbvmda:lotNumber":"{value}"}}"#),
        "error" => format!(
            r#""errorDeclaration":{{"declarationTime":"2026-07-23T00:00:00Z","reason":"{value}"}}"#
        ),
        "measured" => format!(
            r#""sensorElementList":[{{"sensorMetadata":{{"deviceID":"{}"}},
            "sensorReport":[{{"type":"Torque","value":{value},"uom":"NU"}}]}}]"#,
            uri("A9")
        ),
        "of" => {
            let (kind, id) = value.split_once(':').unwrap();
            format!(r#""bizTransactionList":[{{"type":"{kind}","bizTransaction":"{id}"}}]"#)
        }
        _ => panic!("{name} is no field"),
    }
}

/// `L1*2.5KGM`: a class or lot, how much of it, in which unit.
fn quantity(text: &str) -> String {
    let (class, rest) = text.split_once('*').unwrap_or((text, ""));
    let split = rest.find(|c: char| c.is_ascii_uppercase()).unwrap_or(rest.len());
    let (digits, uom) = rest.split_at(split);
    let mut fields = vec![format!(r#""epcClass":"{}""#, uri(class))];
    fields.extend((!digits.is_empty()).then(|| format!(r#""quantity":{digits}"#)));
    fields.extend((!uom.is_empty()).then(|| format!(r#""uom":"{uom}""#)));
    format!("{{{}}}", fields.join(","))
}

fn uri(word: &str) -> String {
    let Some((first, rest)) = word.split_at_checked(1) else { return word.into() };
    match first {
        _ if word.contains(':') => word.into(),
        "U" => format!("https://id.gs1.org/01/04012345111118/21/{rest}"),
        "K" => format!("https://id.gs1.org/01/14012345111115/21/{rest}"),
        "L" => format!("https://id.gs1.org/01/04012345222227/10/{rest}"),
        "C" => "https://id.gs1.org/01/04012345333336".into(),
        "P" => format!("https://id.gs1.org/00/3401234500000000{rest}7"),
        "T" => format!("https://id.gs1.org/8003/04012345666664{rest}"),
        "A" => format!("https://id.gs1.org/8004/4012345{rest}"),
        "@" => format!("urn:example:party:{rest}"),
        "#" => format!("urn:example:place:{rest}"),
        _ => panic!("{word} is no identifier"),
    }
}
