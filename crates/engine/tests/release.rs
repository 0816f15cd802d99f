//! Batch records: complete or not, what the review finds and what it does not cover, and a release
//! that stands on one record and no other.

#![cfg(test)]

#[path = "release/forms.rs"]
mod forms;
#[path = "release/waived.rs"]
mod waived;

use std::path::Path;

use domain::{Answer, Code, Command, ItemRef, PersonCode, Position, StationCode};
use engine::query::{BatchRecord, ReleaseAsk, Reviewed, ReviewsAsk, Rule};
use engine::{
    Error, Options, Plant, Showing, Stands, VerifyOptions, releases_shown, verify_folder,
};
use merkle::proof::{ProofFile, Shown};
use serde_json::{Value, json};

fn open(path: &Path) -> Plant {
    Plant::open(path, &Options::default(), |_| ()).unwrap()
}

fn command(acts: &Value, person: &str) -> Command {
    let mut command = Command::attempt(serde_json::from_value(acts.clone()).unwrap());
    command.performed_by = Some(PersonCode::new(person).unwrap());
    command.station = Some(StationCode::new("ST-1").unwrap());
    command
}

#[track_caller]
fn tell(plant: &Plant, command: Command) -> Result<Position, Code> {
    let reply = plant.submit(command, "test").unwrap();
    plant.published().wait_for(reply.position).unwrap();
    match reply.answer {
        Answer::Admitted(admitted) => Ok(admitted.first),
        Answer::Rejected(rejection) => Err(rejection.code),
    }
}

#[track_caller]
fn done(plant: &Plant, person: &str, act: &Value) -> Position {
    tell(plant, command(&json!([act]), person)).unwrap_or_else(|code| panic!("{act}: {code}"))
}

/// The only picture of the plant.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\nand no more of it";

/// A plant with one product, made in one operation of a check, a text and a measured gap.
fn plant(path: &Path) -> Plant {
    let plant = open(path);
    let picture = plant.folder().files().put(PICTURE).unwrap();
    let acts = json!([
        {"act": "definePerson", "code": "P-1", "name": "One"},
        {"act": "definePerson", "code": "P-2", "name": "Two"},
        {"act": "defineParty", "code": "ACME", "name": "Customer"},
        {"act": "defineStation", "code": "ST-1", "name": "Station"},
        {"act": "defineMaterial", "part": {"number": "LAMP"}, "name": "Lamp", "tracking": "serial",
         "baseUnit": "ea"},
        {"act": "create", "kind": "unit", "part": {"number": "LAMP"}, "items": [
            {"identifiers": [{"scheme": "serialNumber", "value": "SN-1"}]},
            {"identifiers": [{"scheme": "serialNumber", "value": "SN-2"}]}]},
    ]);
    let mut first = command(&acts, "P-1");
    (first.performed_by, first.station) = (None, None);
    tell(&plant, first).unwrap();
    let master = json!({"code": "WM-L", "version": 1, "title": "Lamp", "part": {"number": "LAMP"},
        "operations": [{"code": "OP10", "title": "Make", "steps": [{"code": "S1", "text": "Make it.",
            "picture": {"sha256": picture.to_string(), "name": "lamp.png"},
            "captures": [{"kind": "check", "code": "lit", "text": "it is lit"},
                {"kind": "text", "code": "note", "text": "anything odd"},
                {"kind": "measurement", "code": "gap", "unit": "mm", "low": "1.0", "high": "2.0",
                 "retries": 2}]}]}]});
    let hash = serde_json::from_value::<domain::instruction::WorkMaster>(master.clone()).unwrap();
    let hash = hash.hash().to_string();
    done(&plant, "P-1", &json!({"act": "proposeMaster", "master": master, "reason": "new"}));
    done(&plant, "P-2", &json!({"act": "approveMaster", "master": hash}));
    done(&plant, "P-2", &json!({"act": "activateMaster", "master": hash}));
    done(&plant, "P-1", &json!({"act": "acknowledge", "master": hash}));
    plant
}

fn take(execution: Position, capture: &str, value: &Value) -> Value {
    json!({"act": "take", "execution": execution, "step": "S1", "capture": capture,
        "value": value})
}

fn gap(value: &str) -> Value {
    json!({"kind": "measurement", "value": value, "unit": "mm"})
}

fn record(plant: &Plant, item: &str) -> BatchRecord {
    plant.batch_record(&item.parse::<ItemRef>().unwrap()).unwrap()
}

fn release(plant: &Plant, item: &str, record: &str) -> Result<(), Code> {
    let reviewed = Reviewed { item: item.parse().unwrap(), record: record.to_owned() };
    let ask = ReleaseAsk { items: vec![reviewed], person: PersonCode::new("P-2").unwrap() };
    match plant.release(&ask, ("test", None)) {
        Ok(answer) => {
            assert_eq!(answer.released.len(), 1);
            Ok(())
        }
        Err(Error::Rejected(rejection)) => Err(rejection.code),
        Err(error) => panic!("{error}"),
    }
}

fn ship(plant: &Plant, item: &str) -> Result<Position, Code> {
    let ship = json!([{"act": "ship", "party": "ACME", "lines": [{"item": item}]}]);
    tell(plant, command(&ship, "P-1"))
}

#[test]
fn a_unit_leaves_on_the_record_that_was_reviewed_and_on_no_other() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("plant");
    let plant = plant(&path);
    assert!(record(&plant, "SN-1").missing.iter().any(|gap| gap.what.contains("OP10")));
    let e = done(&plant, "P-1", &json!({"act": "startWork", "items": [{"item": "SN-1"}]}));
    assert!(record(&plant, "SN-1").missing.iter().any(|gap| gap.what.contains("is open")));
    let close = json!({"act": "closeStep", "execution": e, "step": "S1"});
    assert_eq!(tell(&plant, command(&json!([close]), "P-1")), Err(Code::CaptureMissing));
    done(&plant, "P-1", &take(e, "lit", &json!({"kind": "check", "good": true})));
    done(&plant, "P-1", &take(e, "note", &json!({"kind": "text", "text": "a scratch"})));
    done(&plant, "P-1", &take(e, "gap", &gap("2.5")));
    done(&plant, "P-1", &take(e, "gap", &gap("1.98")));
    assert_eq!(
        release(&plant, "SN-1", &record(&plant, "SN-1").record),
        Err(Code::RecordIncomplete)
    );
    done(&plant, "P-1", &close);

    let reviewed = record(&plant, "SN-1");
    assert!(reviewed.complete, "{:?}", reviewed.missing);
    let rules: Vec<Rule> = reviewed.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::Refused, Rule::Retry, Rule::NearLimit], "{:?}", reviewed.findings);
    let unjudged: Vec<&str> =
        reviewed.coverage.unjudged.iter().map(|value| value.value.as_str()).collect();
    assert_eq!(unjudged, ["a scratch"]);
    assert_eq!(reviewed.contemporaneity.unverified, 1, "only a person's word dates the step");
    assert_eq!(reviewed.operations[0].steps[0].captures.len(), 4);

    assert_eq!(ship(&plant, "SN-1"), Err(Code::NotReleased));
    // The refusal is part of the record: what was reviewed before it is not what is there now.
    assert_eq!(release(&plant, "SN-1", &reviewed.record), Err(Code::ReviewOutdated));
    let asked = json!([{"act": "release", "item": "SN-1", "record": reviewed.record,
        "knownAt": reviewed.known_at}]);
    assert_eq!(tell(&plant, command(&asked, "P-2")), Err(Code::Malformed));
    release(&plant, "SN-1", &record(&plant, "SN-1").record).unwrap();
    let released = record(&plant, "SN-1");
    assert_eq!(released.status.word(), "released");
    assert!(released.releases[0].stands);

    // A change after the release takes it back, whoever makes it.
    let late = json!([{"act": "identify", "item": "SN-1",
        "identifiers": [{"scheme": "cloudId", "value": "C-1"}]}]);
    tell(&plant, command(&late, "P-1")).unwrap();
    assert!(!record(&plant, "SN-1").releases[0].stands);
    assert_eq!(ship(&plant, "SN-1"), Err(Code::NotReleased));
    release(&plant, "SN-1", &record(&plant, "SN-1").record).unwrap();
    ship(&plant, "SN-1").unwrap();
    assert_eq!(record(&plant, "SN-1").releases.len(), 2, "both stay in the record");
    drop(plant);

    let plant = open(&path);
    assert!(record(&plant, "SN-1").releases[1].stands, "a restart changes nothing");
    drop(plant);
    let report = verify_folder(&path, &VerifyOptions::default(), &mut |_| {}).unwrap();
    assert!(report.holds(), "{report}");
}

#[test]
fn many_are_released_together_or_none_is() {
    let place = tempfile::tempdir().unwrap();
    let plant = plant(&place.path().join("plant"));
    for item in ["SN-1", "SN-2"] {
        let start = json!({"act": "startWork", "items": [{"item": item}]});
        let e = done(&plant, "P-1", &start);
        if item == "SN-2" {
            break;
        }
        done(&plant, "P-1", &take(e, "lit", &json!({"kind": "check", "good": true})));
        done(&plant, "P-1", &take(e, "note", &json!({"kind": "text", "text": "none"})));
        done(&plant, "P-1", &take(e, "gap", &gap("1.5")));
        done(&plant, "P-1", &json!({"act": "closeStep", "execution": e, "step": "S1"}));
    }
    let queue = plant.reviews(&ReviewsAsk::default()).unwrap();
    let ready: Vec<(&str, bool)> =
        queue.items.iter().map(|row| (row.item.label.as_str(), row.complete)).collect();
    assert_eq!(ready, [("SN-1", true), ("SN-2", false)], "the readiest first");
    let items = queue
        .items
        .iter()
        .map(|row| Reviewed { item: ItemRef::Id(row.item.id), record: row.record.clone() });
    let ask = ReleaseAsk { items: items.collect(), person: PersonCode::new("P-2").unwrap() };
    let refused = plant.release(&ask, ("test", None)).unwrap_err();
    assert!(
        matches!(&refused, Error::Rejected(r) if r.code == Code::RecordIncomplete && r.act == 1)
    );
    assert!(record(&plant, "SN-1").releases.is_empty());
    let none = ReleaseAsk { items: Vec::new(), ..ask };
    assert!(matches!(plant.release(&none, ("test", None)), Err(Error::Input(_))));
}

#[test]
fn a_proof_shows_whether_a_release_stands_on_what_it_shows() {
    let place = tempfile::tempdir().unwrap();
    let plant = plant(&place.path().join("plant"));
    let e = done(&plant, "P-1", &json!({"act": "startWork", "items": [{"item": "SN-1"}]}));
    done(&plant, "P-1", &take(e, "lit", &json!({"kind": "check", "good": true})));
    done(&plant, "P-1", &take(e, "note", &json!({"kind": "text", "text": "none"})));
    done(&plant, "P-1", &take(e, "gap", &gap("1.5")));
    done(&plant, "P-1", &json!({"act": "closeStep", "execution": e, "step": "S1"}));
    release(&plant, "SN-1", &record(&plant, "SN-1").record).unwrap();
    let proof = plant.proof(&["SN-1".parse().unwrap()], &Showing::default()).unwrap();
    let stands = |proof: &ProofFile| -> Vec<Stands> {
        releases_shown(proof).into_iter().map(|release| release.stands).collect()
    };
    assert_eq!(stands(&proof), [Stands::OnTheRecord]);
    let birth = proof.entries.iter().position(|entry| entry.position == 1).unwrap_or(0);
    let mut parted = proof.clone();
    parted.entries.remove(birth);
    assert_eq!(stands(&parted), [Stands::NotShown], "an entry is left out");
    let mut other = proof;
    for member in other.entries.iter_mut().flat_map(|entry| &mut entry.members) {
        if let Shown::Open(member) = member
            && member.name == "fact/record"
        {
            member.value = format!("\"{}\"", "0".repeat(64)).into_bytes();
        }
    }
    assert_eq!(stands(&other), [Stands::OnAnother], "another record is named");
}
