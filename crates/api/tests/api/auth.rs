//! Each role on each route of the document.

use api::Role;
use serde_json::Value;

use crate::people;
use crate::site::{Site, build};

/// Fills the variable parts of a path with something that is not there.
fn filled(path: &str) -> String {
    let steps: Vec<&str> = path
        .split('/')
        .map(|step| match step {
            "{position}" => "0",
            "{code}" => "TW0012",
            "{level}" => "0",
            "{index}" => "000.p/1",
            "{ids}" => "0.0",
            step if step.starts_with('{') => "nothing-is-called-so",
            step => step,
        })
        .collect();
    match steps.join("/") {
        // What is listened to has no end.
        path if path == "/api/v1/events" => format!("{path}?station=nothing-is-called-so"),
        path => path,
    }
}

#[test]
fn every_route_asks_for_the_role_it_documents() {
    let site = Site::stocked();
    let sessions = Role::ALL.map(|role| (role, people::member(&site, role)));
    let document: Value = serde_json::from_str(&api::openapi()).unwrap();
    let mut routes = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            routes += 1;
            let method = method.to_ascii_uppercase();
            let path = filled(path);
            let needed: Option<Role> =
                operation.get("x-role").map(|role| serde_json::from_value(role.clone()).unwrap());
            assert_eq!(needed.is_none(), operation.get("security").is_some(), "{path}");
            for role in [None].into_iter().chain(Role::ALL.map(Some)) {
                let bearer = role.map(|role| site.token(role));
                check(&site, (&method, &path), needed, (role, bearer));
            }
            // Signing out ends the session the other rows need; it has a test of its own.
            if (method.as_str(), path.as_str()) == ("DELETE", "/api/v1/session") {
                continue;
            }
            for (role, session) in &sessions {
                check(&site, (&method, &path), needed, (Some(*role), Some(session)));
            }
        }
    }
    assert!(routes > 30, "{routes} routes");
}

/// How problems are told to those who call a path.
fn envelope(path: &str) -> &'static str {
    let json_api = path.starts_with("/manufacturing/");
    if json_api { "application/vnd.api+json" } else { "application/problem+json" }
}

fn check(
    site: &Site,
    (method, path): (&str, &str),
    needed: Option<Role>,
    (role, bearer): (Option<Role>, Option<&str>),
) {
    let body: Option<&[u8]> = (method == "POST").then_some(b"\"no body any route takes\"");
    let bearer = bearer.map(|secret| format!("Bearer {secret}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let got = site.call((method, path), None, &headers, body);
    let what = format!("{method} {path} as {role:?}: {got:?}");
    match (needed, role) {
        (None, _) => assert_eq!(got.status, if method == "POST" { 400 } else { 200 }, "{what}"),
        (Some(_), None) => {
            assert_eq!(got.status, 401, "{what}");
            assert_eq!(got.headers["www-authenticate"], "Bearer realm=\"tracewright\"");
            assert_eq!(got.media_type, envelope(path), "{what}");
        }
        (Some(needed), Some(role)) if !role.covers(needed) => {
            assert_eq!(got.status, 403, "{what}");
            let code = match envelope(path) {
                "application/vnd.api+json" => got.json()["errors"][0]["code"].clone(),
                _ => got.json()["code"].clone(),
            };
            assert_eq!(code, "TW0009", "{what}");
        }
        (Some(_), Some(_)) => {
            // A badge is read by a station, which is no person.
            let of_stations = path == "/api/v1/session/badge" && !got.text.contains("the account");
            assert!(of_stations || !matches!(got.status, 401 | 403 | 405), "{what}");
            let is_known = !got.text.contains("there is nothing at");
            assert!(is_known, "{what}");
        }
    }
}

#[test]
fn acts_that_decide_about_product_need_quality_and_erasing_needs_admin() {
    let site = Site::stocked();
    let hold = r#"{"acts":[{"act":"hold","code":"H-1","on":[{"start":"item","item":"lot:77120-A"}],
                  "reason":"complaint"}]}"#;
    let define = r#"{"acts":[{"act":"definePerson","code":"P-1","name":"Ann"}]}"#;
    let erase = r#"{"acts":[{"act":"erase","person":"P-1","reason":"asked"}]}"#;
    let restated = r#"{"acts":[{"act":"correct","entries":[1],"reason":"x","amendment":
        {"how":"restate","act":{"act":"erase","person":"P-1","reason":"asked"}}}]}"#;
    let rows = [
        (Role::Record, build("SN-1"), 200),
        (Role::Record, hold.to_owned(), 403),
        (Role::Quality, hold.to_owned(), 200),
        (Role::Record, define.to_owned(), 200),
        (Role::Quality, erase.to_owned(), 403),
        (Role::Quality, restated.to_owned(), 403),
        (Role::Admin, erase.to_owned(), 200),
    ];
    for (role, body, status) in rows {
        let size = site.size();
        let got = site.post(role, "/api/v1/commands", &body);
        assert_eq!(got.status, status, "{role} {body}: {got:?}");
        assert_eq!(site.size() > size, status == 200, "{body}");
    }
}

#[test]
fn what_is_recorded_is_recorded_by_the_name_of_the_token() {
    let site = Site::stocked();
    let got = site.get(Role::Read, "/api/v1/entries?limit=1");
    assert_eq!(got.json()["items"][0]["recordedBy"], "record", "{got:?}");
}

#[test]
fn a_wrong_token_or_another_scheme_is_no_token() {
    let site = Site::start();
    for value in ["Bearer tw_wrong", "Bearer ", "Basic YTpi", "tw_wrong"] {
        let got = site.call(("GET", "/api/v1/status"), None, &[("authorization", value)], None);
        assert_eq!(got.status, 401, "{value}");
    }
    let lower = format!("bearer {}", site.token(Role::Read));
    let got = site.call(("GET", "/api/v1/status"), None, &[("authorization", &lower)], None);
    assert_eq!(got.status, 200);
    assert_eq!(got.json()["caller"], "read");
}

/// P11-07: every act with every role, by a token and by a session; the table is written out here.
#[test]
fn every_act_asks_for_the_role_of_the_table() {
    const ADMIN: &[&str] = &["erase", "noteAccount"];
    const QUALITY: &[&str] = &[
        "hold",
        "extendHold",
        "lift",
        "clear",
        "inspect",
        "scrap",
        "correct",
        "voidSignature",
        "closeException",
        "freezeScope",
        "proposeMaster",
        "approveMaster",
        "rejectMaster",
        "activateMaster",
        "retireMaster",
        "qualify",
        "assignMaster",
        "changePart",
        "planOrder",
        "releaseOrder",
        "splitOrder",
        "closeOrder",
        "defineRange",
        "voidSerials",
        "deviate",
        "notApplicable",
        "dispose",
        "release",
        "defineSchema",
    ];
    let site = Site::stocked();
    let sessions = Role::ALL.map(|role| (role, people::member(&site, role)));
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/golden");
    let mut pairs = 0;
    for (word, _) in domain::act::ACTS {
        let text = std::fs::read_to_string(golden.join(format!("{word}.json"))).unwrap();
        let acts = &serde_json::from_str::<Value>(&text).unwrap()["acts"];
        let body = serde_json::json!({ "acts": acts });
        let needed = match () {
            () if ADMIN.contains(word) => Role::Admin,
            () if QUALITY.contains(word) => Role::Quality,
            () => Role::Record,
        };
        let tokens = Role::ALL.map(|role| (role, site.token(role).to_owned()));
        for (role, secret) in tokens.iter().chain(&sessions) {
            let got = people::as_bearer(&site, secret, ("POST", "/api/v1/commands"), &body);
            let refused = got.status == 403 && got.json()["code"] == "TW0009";
            assert_eq!(refused, !role.covers(needed), "{word} as {role}: {got:?}");
            pairs += 1;
        }
    }
    println!("{pairs} pairs of an act and a role");
}
