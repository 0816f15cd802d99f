//! Frozen scopes over HTTP.

use api::Role;
use serde_json::{Value, json};

use crate::site::{Site, build};

const ASK: &str = r#"{"code":"RC-1","from":[{"start":"item","item":"lot:77120-A"}],
    "reason":"leak reported"}"#;

/// Builds a unit and waits until questions see it.
fn built(site: &Site, serial: &str) {
    let got = site.post(Role::Record, "/api/v1/commands", &build(serial));
    assert_eq!(got.status, 200, "{got:?}");
    let position = &got.json()["position"];
    let seen = site.get(Role::Read, &format!("/api/v1/status?atLeast={position}"));
    assert_eq!(seen.status, 200, "{seen:?}");
}

fn frozen() -> Site {
    let site = Site::stocked();
    built(&site, "SN-1");
    let got = site.post(Role::Quality, "/api/v1/scopes", ASK);
    assert_eq!(got.status, 201, "{got:?}");
    assert_eq!(got.headers["location"], "/api/v1/scopes/RC-1/0");
    site
}

#[test]
fn quality_freezes_and_everybody_with_a_token_looks() {
    let site = Site::stocked();
    built(&site, "SN-1");
    for role in [Role::Read, Role::Record] {
        assert_eq!(site.post(role, "/api/v1/scopes", ASK).status, 403);
    }
    let got = site.post(Role::Quality, "/api/v1/scopes", ASK);
    assert_eq!(got.status, 201, "{got:?}");
    let frozen = got.json()["frozen"].clone();
    assert_eq!((&frozen["proven"], &frozen["recordedBy"]), (&json!(1), &json!("quality")));
    let taken = site.post(Role::Quality, "/api/v1/scopes", ASK);
    assert_eq!((taken.status, &taken.json()["code"]), (409, &json!("TW0026")), "{taken:?}");
    let list = site.get(Role::Read, "/api/v1/scopes").json();
    assert_eq!(list["scopes"][0]["sha256"], frozen["sha256"]);
    let series = site.get(Role::Read, "/api/v1/scopes/RC-1").json();
    assert_eq!(series["scopes"].as_array().unwrap().len(), 1);
    for path in ["/api/v1/scopes/RC-9", "/api/v1/scopes/RC-9/delta", "/api/v1/scopes/RC-1/7"] {
        assert_eq!(site.get(Role::Read, path).status, 404, "{path}");
    }
    let nothing = site.post(Role::Quality, "/api/v1/scopes", r#"{"reason":"why"}"#);
    assert_eq!(nothing.status, 422, "{nothing:?}");
}

#[test]
fn a_delta_is_looked_at_by_all_and_written_by_quality() {
    let site = frozen();
    let path = "/api/v1/scopes/RC-1/delta";
    let same = site.post(Role::Quality, path, "{}").json();
    assert!(same.get("frozen").is_none(), "{same}");
    built(&site, "SN-2");
    let looked = site.get(Role::Read, path).json();
    assert_eq!(looked["delta"]["plus"], 1, "{looked}");
    assert_eq!(site.post(Role::Record, path, "{}").status, 403);
    let written = site.post(Role::Quality, path, r#"{"reason":"another was built"}"#).json();
    assert_eq!(written["frozen"]["number"], 1, "{written}");
    assert_eq!(written["delta"]["changes"], looked["delta"]["changes"]);
    let cause = &written["delta"]["causes"][0];
    assert!(cause["summary"].as_str().is_some_and(|text| !text.is_empty()), "{written}");
}

#[test]
fn a_number_goes_on_in_each_form() {
    let site = frozen();
    let at = |format: &str| site.get(Role::Read, &format!("/api/v1/scopes/RC-1/0?format={format}"));
    let document = site.get(Role::Read, "/api/v1/scopes/RC-1/0").json();
    assert_eq!(document["format"], "tracewright-scope/1");
    assert_eq!(document["scope"]["summary"]["proven"], 1);
    let table = at("csv").text;
    let rows: Vec<&str> = table.trim_end().split("\r\n").collect();
    assert!(rows[0].starts_with("item,id,kind,part_number,revision,certainty"), "{table}");
    assert!(rows.iter().any(|row| row.starts_with("SN-1,") && row.contains(",proven,")), "{table}");
    let reports = at("openfda&firm=Acme").json();
    let report = &reports["results"][0];
    assert_eq!(report["recalling_firm"], "Acme");
    assert_eq!(report["reason_for_recall"], "leak reported");
    for field in [
        "recall_number",
        "product_description",
        "product_quantity",
        "code_info",
        "event_date_initiated",
        "classification",
        "status",
        "distribution_pattern",
    ] {
        assert!(report[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {report}");
    }
    let events = at("epcis&base=https://acme.example");
    let event = &events.json()["epcisBody"]["eventList"][0];
    assert_eq!((&event["action"], &event["disposition"]), (&json!("OBSERVE"), &json!("recalled")));
    let proof = merkle::proof::verify_bytes(at("proof").text.as_bytes(), &Default::default());
    assert!(proof.unwrap().holds());
    assert_eq!(at("pdf").status, 400);
}

#[test]
fn the_server_makes_a_scope_again() {
    let site = frozen();
    let started = site.post(Role::Read, "/api/v1/scopes/RC-1/verify", "{}");
    assert_eq!(started.status, 202, "{started:?}");
    let id = started.json()["id"].as_str().unwrap().to_owned();
    let job: Value = loop {
        let job = site.get(Role::Read, &format!("/api/v1/jobs/{id}")).json();
        if job["state"] != "queued" && job["state"] != "running" {
            break job;
        }
    };
    assert_eq!((&job["state"], &job["result"]["holds"]), (&json!("done"), &json!(true)), "{job}");
}

#[test]
fn nobody_sends_a_frozen_scope_of_his_own() {
    let site = frozen();
    let entries = site.get(Role::Read, "/api/v1/entries?limit=1").json();
    let mut fact = entries["items"][0]["fact"].clone();
    assert_eq!(fact["act"], "freezeScope");
    fact["code"] = json!("RC-2");
    let body = json!({ "acts": [fact] }).to_string();
    let got = site.post(Role::Admin, "/api/v1/commands", &body);
    assert_eq!((got.status, &got.json()["code"]), (422, &json!("TW0001")), "{got:?}");
    assert!(got.text.contains("POST /api/v1/scopes"), "{got:?}");
}

#[test]
fn among_many_commands_only_the_one_that_freezes_is_refused() {
    let site = Site::stocked();
    let freeze = r#"{"acts":[{"act":"freezeScope","code":"RC-2","number":0,"knownAt":1,
        "proven":0,"possible":0,"cleared":0,"reason":"mine","query":{"from":[
            {"start":"item","item":"lot:77120-A"}]},
        "document":{"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}]}"#;
    let many = format!("[{},{freeze},{}]", build("SN-1"), build("SN-2"));
    let got = site.post(Role::Quality, "/api/v1/commands/batch", &many);
    assert_eq!(got.status, 200, "{got:?}");
    let outcomes = got.json();
    assert!(outcomes[0]["position"].is_u64() && outcomes[2]["position"].is_u64(), "{outcomes}");
    assert_eq!((&outcomes[1]["code"], &outcomes[1]["status"]), (&json!("TW0001"), &json!(422)));
    let said = outcomes[1]["detail"].as_str().unwrap();
    assert!(said.contains("POST /api/v1/scopes"), "{said}");
    let alone = site.post(Role::Quality, "/api/v1/commands", freeze);
    assert_eq!((alone.status, &alone.json()["code"]), (422, &json!("TW0001")), "{alone:?}");
}
