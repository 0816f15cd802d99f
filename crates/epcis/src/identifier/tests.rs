//! Tables: a URI, and what it names.

use super::*;
use std::format;

/// Key, value, qualifier, canonical form without its host, in one line.
fn describe(text: &str) -> String {
    match Identifier::parse(text) {
        Ok(found) => {
            let qualifier = found.qualifier().map(|found| format!(" {found:?}"));
            let wrong = found.check_digit_expected().map(|digit| format!(" check digit {digit}?"));
            format!(
                "{:?} {:?} {}{}{}",
                found.level(),
                found.key(),
                found.value(),
                qualifier.unwrap_or_default(),
                wrong.unwrap_or_default()
            )
        }
        Err(error) => format!("{error}"),
    }
}

fn check(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(describe(text), *expected, "{text}");
    }
}

#[test]
fn epc_uris() {
    check(&[
        ("urn:epc:id:sgtin:0614141.107346.2017", "Instance Gtin 10614141073464 Serial(\"2017\")"),
        ("urn:epc:class:lgtin:4012345.012345.998877", "Lot Gtin 04012345123456 Lot(\"998877\")"),
        ("urn:epc:idpat:sgtin:4012345.066666.*", "Class Gtin 04012345666663"),
        (
            "urn:epc:id:upui:1234567.089456.51qIgY)%3C%26Jp3*j7'SDB",
            "Instance Gtin 01234567894560 ThirdPartySerial(\"51qIgY)<&Jp3*j7'SDB\")",
        ),
        (
            "urn:epc:id:itip:4012345.012345.01.02.987",
            "Instance Itip 040123451234560102 Serial(\"987\")",
        ),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "Class Itip 040123451234560102"),
        ("urn:epc:id:sscc:4012345.0111111111", "Instance Sscc 040123451111111110"),
        ("urn:epc:id:sgln:4012345.00005.0", "Instance Gln 4012345000054"),
        ("urn:epc:id:sgln:0614141.07346.1234", "Instance Gln 0614141073467 Extension(\"1234\")"),
        ("urn:epc:id:pgln:0614141.00777", "Instance Party 0614141007776"),
        ("urn:epc:id:grai:4012345.66666.987", "Instance Grai 04012345666663 Serial(\"987\")"),
        ("urn:epc:idpat:grai:4012345.66666.*", "Class Grai 04012345666663"),
        ("urn:epc:id:giai:4000001.111", "Instance Giai 4000001111"),
        ("urn:epc:id:gsrn:4000001.1234567890", "Instance Gsrn 400000112345678900"),
        ("urn:epc:id:gsrnp:4012345.0000000007", "Instance Gsrnp 401234500000000074"),
        ("urn:epc:id:gdti:0614141.06012.1234", "Instance Gdti 0614141060122 Serial(\"1234\")"),
        ("urn:epc:id:gdti:0614141.06012.", "Class Gdti 0614141060122"),
        ("urn:epc:id:sgcn:4012345.67890.04711", "Instance Gcn 4012345678901 Serial(\"04711\")"),
        ("urn:epc:id:cpi:4012345.ABC%2F1.123", "Instance Cpid 4012345ABC/1 Serial(\"123\")"),
        ("urn:epc:idpat:cpi:4012345.ABC.*", "Class Cpid 4012345ABC"),
        ("urn:epc:id:ginc:0614141.xyz47%2F11", "Instance Ginc 0614141xyz47/11"),
        ("urn:epc:id:gsin:4012345.999987654", "Instance Gsin 40123459999876541"),
        // The serial part may contain dots.
        ("urn:epc:id:sgtin:0614141.107346.a.b", "Instance Gtin 10614141073464 Serial(\"a.b\")"),
    ]);
}

#[test]
fn digital_links() {
    check(&[
        ("https://id.gs1.org/01/09521141012345", "Class Gtin 09521141012345"),
        (
            "https://example.com/shop/01/9521141012345/10/L7/21/S%2F1?17=251231#x",
            "Instance Gtin 09521141012345 Serial(\"S/1\")",
        ),
        ("https://id.gs1.org/01/09521141012345/10/L7/", "Lot Gtin 09521141012345 Lot(\"L7\")"),
        (
            "https://id.gs1.org/01/09521141012345/235/T1",
            "Instance Gtin 09521141012345 ThirdPartySerial(\"T1\")",
        ),
        ("http://example.org:8080/00/340123451111111111", "Instance Sscc 340123451111111111"),
        ("https://id.gs1.org/414/4012345000054", "Instance Gln 4012345000054"),
        (
            "https://id.gs1.org/414/4012345000054/254/dock-3",
            "Instance Gln 4012345000054 Extension(\"dock-3\")",
        ),
        ("https://id.gs1.org/417/4012345000054", "Instance Party 4012345000054"),
        (
            "https://id.example.com/8003/030013450007768765",
            "Instance Grai 03001345000776 Serial(\"8765\")",
        ),
        (
            "https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K",
            "Class Gmn 1987654Ad4X4bL5ttr2310c2K",
        ),
        (
            "https://id.gs1.org/8010/0628165987/8011/9876",
            "Instance Cpid 0628165987 Serial(\"9876\")",
        ),
        (
            "https://id.gs1.org/8018/400000112345678900/8019/7",
            "Instance Gsrn 400000112345678900 ServiceInstance(\"7\")",
        ),
        (
            "https://id.gs1.org/255/0811625999996554433",
            "Instance Gcn 0811625999996 Serial(\"554433\")",
        ),
    ]);
}

#[test]
fn check_digits_are_verified_where_present() {
    check(&[
        ("https://id.gs1.org/01/09521141012346", "Class Gtin 09521141012346 check digit 5?"),
        ("https://id.gs1.org/01/97803111", "Class Gtin 00000097803111 check digit 9?"),
        (
            "https://id.gs1.org/00/340123451111111112",
            "Instance Sscc 340123451111111112 check digit 1?",
        ),
    ]);
}

#[test]
fn everything_else_is_kept_verbatim() {
    for text in [
        "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
        "http://example.com/po/12345678",
        "https://id.gs1.org/01/123",
        "https://id.gs1.org/01/09521141012345/99/x",
        "https://id.gs1.org/01/09521141012345/21",
        "https://id.gs1.org/8006/04012345123456/22/ABCD/10/XYZ",
        "urn:epc:id:gid:31415.2718.1414",
        "urn:epc:id:usdod:CAGEY.5678",
        "urn:epc:id:adi:2S194..12345678901",
        "urn:epc:tag:sgtin-96:3.0614141.812345.6789",
        "urn:epc:idpat:sgtin:0614141.112345.400",
        "ftp://id.gs1.org/01/09521141012345",
        "urn:epc:",
    ] {
        let found = Identifier::parse(text).unwrap();
        assert_eq!((found.key(), found.canonical()), (Key::Other, text));
        assert_eq!(found.level(), Level::Unknown);
    }
}

#[test]
fn malformed_ones_say_why() {
    check(&[
        ("packing", "\"packing\" is not a URI"),
        (
            "urn:epc:id:sgtin:0614141.107346",
            "\"urn:epc:id:sgtin:0614141.107346\" is not a valid sgtin: \
             the number of its parts, separated by dots, is wrong",
        ),
        (
            "urn:epc:id:sgtin:06141.10734655.1",
            "\"urn:epc:id:sgtin:06141.10734655.1\" is not a valid sgtin: \
             the company prefix must have 6 to 12 digits",
        ),
        (
            "urn:epc:id:sscc:4012345.31111111111",
            "\"urn:epc:id:sscc:4012345.31111111111\" is not a valid sscc: \
             company prefix and reference have a wrong number of digits",
        ),
        (
            "urn:epc:id:sgtin:0614141.107346.",
            "\"urn:epc:id:sgtin:0614141.107346.\" is not a valid sgtin: \
             the serial part is empty, too long or has characters not allowed",
        ),
        (
            "urn:epc:idpat:sgtin:0614141.*.*",
            "\"urn:epc:idpat:sgtin:0614141.*.*\" is not a valid sgtin: \
             company prefix and reference have a wrong number of digits",
        ),
        (
            "urn:epc:id:itip:4012345.012345.1.02.987",
            "\"urn:epc:id:itip:4012345.012345.1.02.987\" is not a valid itip: \
             the reference has a wrong length",
        ),
    ]);
    let long = format!("https://example.com/{}", "x".repeat(IDENTIFIER_BYTES_MAX));
    assert_eq!(describe(&long), "2068 bytes are more than an identifier may have (2048)");
}

#[test]
fn both_syntaxes_are_equal() {
    for (epc, link) in [
        (
            "urn:epc:id:sgtin:9521141.001234.2017",
            "http://shop.example.com/gtin/9521141012345/ser/2017",
        ),
        ("urn:epc:id:sgln:4012345.00005.122", "https://example.org/gln/4012345000054/glnx/122"),
        ("urn:epc:id:grai:3001345.00077.8765", "https://id.example.com/8003/030013450007768765"),
        ("urn:epc:id:cpi:0614141.123456.123", "https://id.gs1.org/8010/0614141123456/8011/123"),
    ] {
        let (epc, link) = (Identifier::parse(epc).unwrap(), Identifier::parse(link).unwrap());
        assert_eq!(epc, link);
        assert_eq!(epc.canonical(), link.canonical());
    }
}

#[test]
fn an_instance_knows_its_class() {
    let unqualified = |text| Identifier::parse(text).unwrap().unqualified();
    let class = unqualified("urn:epc:id:sgtin:0614141.107346.2017").unwrap();
    assert_eq!(class.canonical(), "https://id.gs1.org/01/10614141073464");
    assert_eq!(class.unqualified(), Some(class.clone()));
    assert_eq!(unqualified("urn:uuid:1"), None);
}

#[test]
fn canonical_forms_read_back_as_themselves() {
    for text in [
        "urn:epc:id:sgtin:0614141.812345.6789%2F%26%25%22!%3F()",
        "urn:epc:id:gdti:987659999999..9",
        "urn:epc:id:itip:4012345.012345.01.02.987",
        "urn:epc:id:ginc:0614141.xyz47%2F11",
        "urn:epc:id:cpi:4012345.ABC%2F1.123",
    ] {
        let once = Identifier::parse(text).unwrap();
        assert_eq!(Identifier::parse(once.canonical()).unwrap(), once);
    }
}
