//! A field that is signed as not applicable is no gap; what was not signed is.

use domain::Code;
use serde_json::json;

use super::{command, done, plant, record, release, tell};

#[test]
fn a_record_is_complete_without_what_does_not_apply() {
    let place = tempfile::tempdir().unwrap();
    let plant = plant(&place.path().join("plant"));
    let acts = json!([
        {"act": "defineMaterial", "part": {"number": "BOX"}, "name": "Box", "tracking": "serial",
         "baseUnit": "ea"},
        {"act": "defineMaterial", "part": {"number": "LID"}, "name": "Lid", "tracking": "lot",
         "baseUnit": "ea"},
        {"act": "defineBom", "part": {"number": "BOX"},
         "lines": [{"part": {"number": "LID"}, "quantity": 1}]},
        {"act": "create", "kind": "unit", "part": {"number": "BOX"}, "items": [
            {"identifiers": [{"scheme": "serialNumber", "value": "BX-1"}]}]},
    ]);
    tell(&plant, command(&acts, "P-1")).unwrap();
    let fields = || -> Vec<String> {
        record(&plant, "BX-1").missing.into_iter().map(|gap| gap.field).collect()
    };
    assert_eq!(fields(), ["definition", "material"]);
    let signed = |field: serde_json::Value| json!({"act": "notApplicable", "item": "BX-1", "field": field, "reason": "sold without"});
    let lid = done(&plant, "P-2", &signed(json!({"material": {"number": "LID"}})));
    assert_eq!(fields(), ["definition"]);
    let other = json!([signed(json!({"material": {"number": "LAMP"}}))]);
    assert_eq!(tell(&plant, command(&other, "P-2")), Err(Code::NotDemanded));
    let reviewed = record(&plant, "BX-1");
    assert_eq!(release(&plant, "BX-1", &reviewed.record), Err(Code::RecordIncomplete));
    done(&plant, "P-2", &signed(json!("definition")));
    let whole = record(&plant, "BX-1");
    assert!(whole.complete, "{:?}", whole.missing);
    let what: Vec<&str> = whole.findings.iter().map(|finding| finding.what.as_str()).collect();
    assert!(what.contains(&"material LID was signed as not applicable: sold without"), "{what:?}");

    release(&plant, "BX-1", &whole.record).unwrap();
    assert!(record(&plant, "BX-1").releases[0].stands);

    // Taken back, it is a gap again, and the release does not stand on this record.
    let back = json!({"act": "correct", "entries": [lid], "amendment": {"how": "withdraw"},
        "reason": "it has one"});
    done(&plant, "P-2", &back);
    assert_eq!(fields(), ["material"]);
    assert!(!record(&plant, "BX-1").releases[0].stands);
}
