//! Orders and serial numbers over HTTP: once however often they are sent, refused in words, shown
//! as they stand.

use api::Role;
use serde_json::{Value, json};

use crate::site::{Got, Site};

const COMMANDS: &str = "/api/v1/commands";

fn tell(site: &Site, role: Role, acts: &Value) -> Got {
    let command = json!({"performedBy": "P-1", "acts": acts});
    sent(site, role, &command)
}

fn sent(site: &Site, role: Role, command: &Value) -> Got {
    let got = site.post(role, COMMANDS, &command.to_string());
    if got.status == 200 {
        let position = got.json()["position"].as_u64().unwrap();
        site.plant.published().wait_for(domain::Position(position + 1)).unwrap();
    }
    got
}

#[track_caller]
fn done(site: &Site, role: Role, acts: &Value) -> Value {
    let got = tell(site, role, acts);
    assert_eq!(got.status, 200, "{acts}: {got:?}");
    got.json()
}

fn unit(serial: &str, order: &str) -> Value {
    json!([{"act": "create", "kind": "unit", "part": {"number": "LP-300", "revision": "F"},
        "order": order,
        "items": [{"identifiers": [{"scheme": "serialNumber", "value": serial}]}]}])
}

fn site() -> Site {
    let site = Site::stocked();
    let person = json!({"acts": [{"act": "definePerson", "code": "P-1", "name": "One"}]});
    assert_eq!(sent(&site, Role::Record, &person).status, 200);
    site
}

#[test]
fn an_order_lives_and_shows_what_became_of_it() {
    let site = site();
    let plan = json!([{"act": "planOrder", "code": "WO-1", "quantity": 2,
        "part": {"number": "LP-300", "revision": "F"}}]);
    let got = tell(&site, Role::Record, &plan);
    assert_eq!((got.status, &got.json()["code"]), (403, &"TW0009".into()), "{got:?}");
    done(&site, Role::Quality, &plan);
    let early = tell(&site, Role::Record, &unit("SN-1", "WO-1"));
    assert_eq!((early.status, &early.json()["code"]), (409, &"TW0046".into()), "{early:?}");
    assert!(early.text.contains("release the order first"), "{early:?}");
    done(&site, Role::Quality, &json!([{"act": "releaseOrder", "order": "WO-1"}]));
    done(&site, Role::Record, &unit("SN-1", "WO-1"));
    done(&site, Role::Record, &unit("SN-2", "WO-1"));
    let third = tell(&site, Role::Record, &unit("SN-3", "WO-1"));
    assert_eq!((third.status, &third.json()["code"]), (409, &"TW0047".into()), "{third:?}");
    done(&site, Role::Quality, &json!([{"act": "scrap", "item": "SN-1", "reason": "dropped"}]));

    let order = site.get(Role::Read, "/api/v1/orders/WO-1").json();
    assert_eq!(order["order"]["stage"], "released");
    let sums = &order["order"]["quantities"];
    for (what, amount) in
        [("planned", "2"), ("started", "2"), ("inWork", "1"), ("scrapped", "1"), ("short", "1")]
    {
        assert_eq!(sums[what], amount, "{what}: {sums}");
    }
    assert_eq!(order["events"].as_array().unwrap().len(), 2, "{order}");
    assert_eq!(order["items"].as_array().unwrap().len(), 2, "{order}");
    let record = site.get(Role::Read, "/api/v1/items/SN-2/batch-record").json();
    assert_eq!(record["quantities"]["started"], "2", "{record}");
    assert_eq!(site.get(Role::Read, "/api/v1/orders/WO-9").status, 404);
}

#[test]
fn an_order_that_was_only_named_says_so() {
    let site = site();
    let report = json!({"mode": "report", "acts": unit("SN-7", "OLD-1")});
    assert_eq!(site.post(Role::Record, COMMANDS, &report.to_string()).status, 200);
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let order = site.get(Role::Read, "/api/v1/orders/OLD-1").json();
    assert_eq!(order["order"].get("stage"), None, "{order}");
    assert_eq!(order["order"]["quantities"].get("planned"), None, "{order}");
    assert_eq!(order["order"]["quantities"]["started"], "1");
}

#[test]
fn numbers_go_out_once_however_often_they_are_asked() {
    let site = site();
    done(
        &site,
        Role::Quality,
        &json!([{"act": "defineRange", "code": "SR/1", "part": "LP-300",
        "prefix": "LP", "first": 1, "last": 9, "digits": 3}]),
    );
    let body = json!({"acts": [{"act": "issueSerials", "range": "SR/1", "count": 3}]}).to_string();
    let key = [("content-type", "application/json"), ("idempotency-key", "issue 1")];
    let ask =
        || site.call(("POST", COMMANDS), Some(Role::Record), &key, Some(body.as_bytes())).json();
    let (first, again) = (ask(), ask());
    assert_eq!(first["first"], again["first"]);
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let path = format!("/api/v1/ranges/SR%2F1/numbers?entry={}", first["first"]);
    let got = site.get(Role::Read, &path).json();
    let numbers: Vec<&str> = got["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["number"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, ["LP001", "LP002", "LP003"]);
    let void = json!([{"act": "voidSerials", "range": "SR/1", "numbers": ["LP002"],
        "reason": "spoilt"}]);
    done(&site, Role::Quality, &void);
    let spoilt = tell(&site, Role::Record, &unit("LP002", "OLD"));
    assert_eq!(spoilt.status, 422, "{spoilt:?}");
    let birth = |serial: &str| {
        let mut act = unit(serial, "OLD");
        act[0].as_object_mut().unwrap().remove("order");
        tell(&site, Role::Record, &act)
    };
    assert_eq!(birth("LP002").json()["code"], "TW0048");
    assert_eq!(birth("LP004").json()["code"], "TW0048");
    assert_eq!(birth("LP001").status, 200);
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let range = &site.get(Role::Read, "/api/v1/ranges").json()["items"][0];
    for (what, count) in [("issued", 3), ("used", 1), ("void", 1), ("open", 1), ("left", 6)] {
        assert_eq!(range[what], count, "{what}: {range}");
    }
    let open = site.get(Role::Read, "/api/v1/ranges/SR%2F1/numbers?state=open").json();
    assert_eq!(open["items"][0]["number"], "LP003", "{open}");
    for wrong in ["entry=0", "after=XX", "state=odd"] {
        let got = site.get(Role::Read, &format!("/api/v1/ranges/SR%2F1/numbers?{wrong}"));
        assert!((400..500).contains(&got.status), "{wrong}: {got:?}");
    }
    assert_eq!(site.get(Role::Read, "/api/v1/ranges/NO/numbers").status, 404);
}
