//! One call from one serial.

use crate::floor::{Floor, json, labels};

#[test]
fn one_call_says_what_is_shared_with_whom_and_who_has_it() {
    let floor = Floor::new();
    floor.pump(10, "SN-1", "lot:77120-A");
    floor.pump(11, "SN-2", "lot:77120-A");
    floor.pump(12, "SN-3", "lot:77120-B");
    floor.command(
        20,
        20,
        |command| command.equipment = vec![domain::EquipmentCode::new("TW-07").unwrap()],
        r#"[{"act":"step","operation":"OP40","run":"R-1","program":{"name":"torque","version":"3"},
             "items":[{"item":"SN-1"},{"item":"SN-3"}]}]"#,
    );
    floor.tell(
        30,
        r#"[{"act":"create","kind":"pallet","items":[
              {"identifiers":[{"scheme":"containerCode","value":"PL-1"}]}]},
            {"act":"pack","container":"PL-1","items":[{"item":"SN-1"},{"item":"SN-2"}]},
            {"act":"ship","party":"ACME","shipment":"SH-7","lines":[{"item":"PL-1"}]}]"#,
    );
    let answer = json(&floor.plant.shared(&"SN-1".parse().unwrap()).unwrap());
    let mut shares: Vec<String> = answer["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|share| {
            format!(
                "{} {}: {}",
                share["kind"].as_str().unwrap(),
                share["code"].as_str().unwrap(),
                labels(&share["units"]).join(" ")
            )
        })
        .collect();
    shares.sort();
    assert_eq!(
        shares,
        [
            "container PL-1: SN-2",
            "equipment TW-07: SN-3",
            "lot 77120-A: SN-2",
            "order WO-7: SN-2 SN-3",
            "program torque@3: SN-3",
            "run R-1: SN-3",
            "shipment SH-7: SN-2",
        ]
    );
    let affected = answer["affected"].as_array().unwrap();
    assert_eq!(affected.len(), 2);
    assert_eq!(affected[0]["shares"].as_array().unwrap().len(), 4);
    assert_eq!(answer["consignees"][0]["party"], "ACME");
    assert_eq!(labels(&answer["consignees"][0]["items"]), ["SN-2"]);
    assert_eq!(answer["summary"]["proven"], 2);
    assert_eq!(labels(&answer["of"]), ["SN-1"]);
}
