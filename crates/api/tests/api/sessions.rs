//! Sessions: what ends them, what a person may tell, cookies, badges.

use api::Role;
use serde_json::{Value, json};

use crate::people::{Hands, PASSWORD, add, as_bearer, events, member, open, send, sign_in_at};
use crate::site::{DEFINE, Site, build};

fn is_open(site: &Site, session: &str) -> bool {
    let got = as_bearer(site, session, ("GET", "/api/v1/session"), &Value::Null);
    assert!(matches!(got.status, 200 | 401), "{got:?}");
    got.status == 200
}

/// ES-03, (g) 4: a session ends by lying idle, by time, by sign-out, by a change of the account.
#[test]
fn a_session_ends_by_itself_and_when_the_account_changes() {
    let hands = Hands::now();
    let site = Site::with(&hands.options());
    let mut session = member(&site, Role::Record);
    let again = |site: &Site| {
        let ask = json!({"user": "U-record", "secret": PASSWORD});
        let got = send(site, ("POST", "/api/v1/session"), &[], Some(&ask));
        got.json()["secret"].as_str().unwrap().to_owned()
    };
    hands.move_on(9 * 60);
    assert!(is_open(&site, &session), "used in time");
    hands.move_on(10 * 60);
    assert!(!is_open(&site, &session), "idle");
    session = again(&site);
    for _ in 0..79 {
        hands.move_on(9 * 60);
        assert!(is_open(&site, &session));
    }
    hands.move_on(9 * 60);
    assert!(!is_open(&site, &session), "12 hours are over");
    session = again(&site);
    let got = as_bearer(&site, &session, ("DELETE", "/api/v1/session"), &Value::Null);
    assert_eq!(got.status, 204);
    assert!(!is_open(&site, &session), "signed out");
    let changes = [
        json!({"change": "role", "role": "read", "reason": "moved"}),
        json!({"change": "disable", "reason": "left"}),
    ];
    for change in changes {
        session = again(&site);
        assert!(is_open(&site, &session));
        let got = site.post(Role::Admin, "/api/v1/users/U-record", &change.to_string());
        assert_eq!(got.status, 200, "{got:?}");
        assert!(!is_open(&site, &session), "{change}");
    }
}

/// ES-03: a restart ends all; the password still opens a new one.
#[test]
fn a_restart_ends_every_session() {
    let options = engine::Options::default();
    let mut site = Site::start();
    let session = member(&site, Role::Read);
    assert!(is_open(&site, &session));
    site.stop();
    let folder = std::mem::replace(&mut site.folder, tempfile::tempdir().unwrap());
    drop(site);
    let site = Site::start_in(folder, &options);
    assert!(!is_open(&site, &session));
    assert_eq!(sign_in_at(&site, ("U-read", PASSWORD, None), "192.0.2.1").status, 201);
}

/// (g) 4: what was stolen does not work elsewhere, and ends.
#[test]
fn a_session_is_worth_nothing_at_another_terminal() {
    let site = Site::start();
    let session = member(&site, Role::Read);
    let bearer = format!("Bearer {session}");
    let elsewhere = [("authorization", bearer.as_str()), ("x-forwarded-for", "203.0.113.9")];
    assert_eq!(send(&site, ("GET", "/api/v1/session"), &elsewhere, None).status, 401);
    assert!(!is_open(&site, &session), "it was seen elsewhere");
}

#[test]
fn a_person_tells_what_the_person_did() {
    let site = Site::start();
    let session = member(&site, Role::Record);
    let tell = |body: &Value| as_bearer(&site, &session, ("POST", "/api/v1/commands"), body);
    let define: Value = serde_json::from_str(DEFINE).unwrap();
    assert_eq!(tell(&define).status, 200);
    let command = |more: Value| {
        let mut command: Value = serde_json::from_str(&build("SN-1")).unwrap();
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        command
    };
    let captured = json!({"captured": {"at": "2026-06-18T09:48:33Z"}});
    let late = json!({"performedBy": "P-9", "mode": "report", "late": "done on paper"});
    let refused = [
        captured.clone(),
        json!({"performedBy": "P-9"}),
        json!({"performedBy": "P-9", "mode": "report"}),
    ];
    for more in refused {
        let got = tell(&command(more.clone()));
        assert_eq!((got.status, &got.json()["code"]), (403, &json!("TW0009")), "{more}");
        let many = json!([command(more.clone())]);
        let got = as_bearer(&site, &session, ("POST", "/api/v1/commands/batch"), &many);
        assert_eq!(got.status, 403, "{more}: {got:?}");
        let line = command(more.clone()).to_string();
        let bearer = format!("Bearer {session}");
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/octet-stream")];
        let path = "/api/v1/imports?name=a.jsonl";
        let got = site.call(("POST", path), None, &headers, Some(line.as_bytes()));
        assert_eq!(got.status, 403, "{more}: {got:?}");
    }
    assert_eq!(tell(&command(json!({}))).status, 200);
    assert_eq!(
        tell(&json!({"mode": "report", "performedBy": "P-9", "late": late["late"], "acts":
        [{"act": "describe", "item": "SN-1", "fields": {"note": "x"}}]}))
        .status,
        200
    );
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let rows = site.get(Role::Read, "/api/v1/entries?limit=2").json();
    let by: Vec<_> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (&row["by"], &row["recordedBy"]))
        .collect();
    assert_eq!(
        by,
        [(&json!("P-9"), &json!("U-record")), (&json!("P-U-record"), &json!("U-record"))]
    );
    // What a machine delivers comes with the token of a machine.
    let mut machine = command(captured);
    machine["acts"][0]["items"][0]["identifiers"][0]["value"] = json!("SN-2");
    assert_eq!(site.post(Role::Record, "/api/v1/commands", &machine.to_string()).status, 200);
}

/// A cookie is sent whatever page asks: what it changes must come from a page of our own.
#[test]
fn a_cookie_changes_nothing_without_a_proof_of_where_it_comes_from() {
    let site = Site::start();
    let secret = add(&site, "U-7", Role::Record);
    let ask = json!({"user": "U-7", "secret": secret, "newPassword": PASSWORD});
    let proof = ("tracewright-request", "1");
    let got = send(&site, ("POST", "/api/v1/session"), &[proof], Some(&ask));
    assert!(got.json().get("secret").is_none(), "not to scripts");
    let set = got.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.contains("; HttpOnly") && set.contains("; SameSite=Strict"), "{set}");
    assert!(!set.contains("Secure"), "{set}");
    let cookie = ("cookie", set.split(';').next().unwrap());
    let whoami = send(&site, ("GET", "/api/v1/session"), &[("cookie", "a=b"), cookie], None);
    assert_eq!(whoami.json()["person"], "P-U-7");
    let define: Value = serde_json::from_str(DEFINE).unwrap();
    let tell = |headers: &[(&str, &str)]| {
        send(&site, ("POST", "/api/v1/commands"), headers, Some(&define)).status
    };
    assert_eq!(tell(&[cookie]), 403);
    assert_eq!(tell(&[cookie, proof]), 200);
    let ask = json!({"user": "U-7", "secret": PASSWORD});
    let https = ("x-forwarded-proto", "https");
    let got = send(&site, ("POST", "/api/v1/session"), &[proof, https], Some(&ask));
    assert!(got.headers["set-cookie"].to_str().unwrap().contains("; Secure"));
    let out = send(&site, ("DELETE", "/api/v1/session"), &[cookie, proof], None);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(tell(&[cookie, proof]), 401);
}

/// ES-04: a badge says who works at a station, and no more.
#[test]
fn a_badge_opens_work_at_one_station() {
    let site = Site::start();
    let admin = open(&site, "A-1", Role::Admin);
    open(&site, "U-7", Role::Quality);
    let give = json!({"change": "badge", "badge": "0047114711"});
    assert_eq!(as_bearer(&site, &admin, ("POST", "/api/v1/users/U-7"), &give).status, 200);
    assert_eq!(as_bearer(&site, &admin, ("POST", "/api/v1/users/U-7"), &give).status, 409);
    let read = |by: &str, badge: &str| {
        let ask = json!({"badge": badge, "station": "ST-1"});
        as_bearer(&site, by, ("POST", "/api/v1/session/badge"), &ask)
    };
    let station = site.token(Role::Record);
    assert_eq!(read(&admin, "0047114711").status, 403, "a person is no station");
    assert_eq!(read(station, "0047114712").status, 401);
    let got = read(station, "0047114711").json();
    assert_eq!((&got["person"], &got["role"]), (&json!("P-U-7"), &json!("record")));
    let session = got["secret"].as_str().unwrap();
    let tell = |body: Value| as_bearer(&site, session, ("POST", "/api/v1/commands"), &body).status;
    let define = json!({"act": "defineStation", "code": "ST-1", "name": "Assembly"});
    assert_eq!(
        site.post(Role::Record, "/api/v1/commands", &json!({"acts": [define]}).to_string()).status,
        200
    );
    assert_eq!(tell(serde_json::from_str(DEFINE).unwrap()), 200);
    let mut elsewhere: Value = serde_json::from_str(&build("SN-1")).unwrap();
    elsewhere["station"] = json!("ST-2");
    assert_eq!(tell(elsewhere), 403);
    let hold = json!({"acts": [{"act": "hold", "code": "H-1", "on": [], "reason": "x"}]});
    assert_eq!(tell(hold), 403, "no more than record");
    let import = as_bearer(&site, session, ("POST", "/api/v1/imports?name=a.csv"), &json!(1));
    assert_eq!(import.status, 403);
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let rows = site.get(Role::Read, "/api/v1/entries?limit=1").json();
    assert_eq!(rows["items"][0]["station"], "ST-1", "filled in");
    // P-11-24: a badge that is lost is dead at once.
    let lost = json!({"change": "withdrawBadges", "reason": "lost"});
    assert_eq!(as_bearer(&site, &admin, ("POST", "/api/v1/users/U-7"), &lost).status, 200);
    assert_eq!(tell(json!({"acts": []})), 401);
    assert_eq!(read(station, "0047114711").status, 401);
    let failed = events(&site).into_iter().rfind(|row| row["fact"]["event"] == "signInFailed");
    assert!(failed.unwrap()["fact"]["terminal"].as_str().unwrap().contains("at station ST-1"));
}
