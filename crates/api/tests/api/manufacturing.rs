//! The door for those who know devices as JSON:API: envelope, pages, errors.

use api::Role;
use serde_json::{Value, json};

use crate::site::{Got, Site, build};

const DEVICES: &str = "/manufacturing/devices";

fn floor() -> Site {
    let site = Site::stocked();
    for serial in ["SN-1", "SN-2", "SN-3"] {
        let got = site.post(Role::Record, "/api/v1/commands", &build(serial));
        assert_eq!(got.status, 200, "{got:?}");
    }
    let told = site.post(
        Role::Record,
        "/api/v1/commands",
        r#"{"acts":[
          {"act":"create","kind":"pallet","items":[
            {"identifiers":[{"scheme":"containerCode","value":"PL-1"}]}]},
          {"act":"pack","container":"new:0.0","items":[{"item":"SN-1"},{"item":"SN-2"}]},
          {"act":"describe","item":"SN-1","fields":{"colour":"red","size":3}}]}"#,
    );
    assert_eq!(told.status, 200, "{told:?}");
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    site
}

fn get(site: &Site, query: &str) -> Got {
    site.get(Role::Read, &format!("{DEVICES}{query}"))
}

fn serials(document: &Value) -> Vec<&str> {
    let data = document["data"].as_array().unwrap();
    data.iter().map(|device| device["attributes"]["serialNumber"].as_str().unwrap()).collect()
}

#[test]
fn devices_come_in_their_envelope() {
    let site = floor();
    let got = get(&site, "");
    assert_eq!((got.status, got.media_type.as_str()), (200, "application/vnd.api+json"));
    let all = got.json();
    assert_eq!((&all["jsonapi"]["version"], &all["meta"]["count"]), (&json!("1.0"), &json!(3)));
    assert_eq!(all["meta"]["at"][0]["position"], site.size() - 1);
    assert_eq!(serials(&all), ["SN-1", "SN-2", "SN-3"]);
    let first = &all["data"][0];
    let id = first["id"].as_str().unwrap();
    assert_eq!(first["type"], "devices");
    assert_eq!(first["links"]["self"], format!("{DEVICES}/{id}"));
    let attributes = &first["attributes"];
    for (name, value) in [
        ("partNumber", json!("LP-300")),
        ("hwRevision", json!("F")),
        ("palletId", json!("PL-1")),
        ("colour", json!("red")),
        ("size", json!(3)),
        ("tenants", json!([])),
    ] {
        assert_eq!(attributes[name], value, "{name}: {attributes}");
    }
    let time = |name: &str| attributes[name].as_str().unwrap().parse::<domain::Time>().unwrap();
    assert!(time("createdAt") < time("updatedAt"), "{attributes}");
    assert!(attributes.get("lotCode").is_none(), "what is not known is left out");
    assert_eq!(first["relationships"]["lot"]["data"], Value::Null);
    assert_eq!(first["relationships"]["pallet"]["data"]["type"], "pallets");
    assert_eq!(get(&site, "/").json(), all, "a slash at the end changes nothing");
    let one = get(&site, &format!("/{id}")).json();
    assert_eq!(one["data"], *first);
    let other = all["data"][2]["id"].as_str().unwrap();
    let two = get(&site, &format!("/{other},{id}?fields[devices]=serialNumber")).json();
    assert_eq!(serials(&two), ["SN-1", "SN-3"]);
    assert_eq!(two["data"][0]["attributes"], json!({"serialNumber": "SN-1"}));
}

#[test]
fn pages_are_linked_and_related_items_included_once() {
    let site = floor();
    let page = get(&site, "?sort=-serialNumber&page[limit]=2&include=pallet").json();
    assert_eq!(serials(&page), ["SN-3", "SN-2"]);
    assert_eq!(page["meta"]["count"], 3);
    let included = page["included"].as_array().unwrap();
    assert_eq!(included.len(), 1);
    assert_eq!(
        (&included[0]["type"], &included[0]["attributes"]["palletId"]),
        (&json!("pallets"), &json!("PL-1"))
    );
    assert!(page["links"].get("prev").is_none());
    let next = page["links"]["next"].as_str().unwrap();
    assert_eq!(next, page["links"]["last"]);
    let last = site.get(Role::Read, next).json();
    assert_eq!(serials(&last), ["SN-1"]);
    assert_eq!(last["links"]["self"], *next);
    assert!(last["links"].get("next").is_none());
    let back = site.get(Role::Read, last["links"]["prev"].as_str().unwrap()).json();
    assert_eq!(serials(&back), serials(&page));
    assert_eq!(back["links"]["first"], back["links"]["self"]);
}

#[test]
fn filters_are_read_from_the_query() {
    let site = floor();
    let rows: [(&str, &[&str]); 9] = [
        ("filter[serialNumber]=SN-2,SN-3", &["SN-2", "SN-3"]),
        ("filter[or][serialNumber]=SN-3&filter[or][colour][fuzzy-match]=RE", &["SN-1", "SN-3"]),
        ("filter[palletId][exists]=true&filter[size][exists]=false", &["SN-2"]),
        ("filter[size][min]=2.5&filter[size][max]=3", &["SN-1"]),
        ("filter[pallet:palletId]=PL-1", &["SN-1", "SN-2"]),
        ("filter%5BserialNumber%5D%5Bfuzzy-match%5D=NOT%20(sn-1+OR+%22SN-2%22)", &["SN-3"]),
        (
            "filter[or][0][and][palletId]=PL-1&filter[or][0][and][serialNumber]=SN-2&\
          filter[or][1][serialNumber]=SN-3",
            &[],
        ),
        (
            "filter[or][and][0][palletId]=PL-1&filter[or][and][0][serialNumber]=SN-2&\
          filter[or][and][1][serialNumber]=SN-3",
            &["SN-2", "SN-3"],
        ),
        ("filter[createdAt][max]=2000-01-01", &[]),
    ];
    for (query, expected) in rows {
        let got = get(&site, &format!("?{query}"));
        assert_eq!(got.status, 200, "{query}: {got:?}");
        assert_eq!(serials(&got.json()), expected, "{query}");
    }
}

#[test]
fn what_is_wrong_is_said_in_their_envelope() {
    let site = floor();
    let rows = [
        ("?filter[serialnumber]=x", "filter", "there is no field serialnumber"),
        ("?filter[a][like]=x", "filter[a][like]", "no operator"),
        ("?sort=colours", "sort", "there is no field colours"),
        ("?include=site", "include", "lot, package and pallet"),
        ("?page[limit]=0", "page[limit]", "1 to 1000"),
        ("?page[limit]=1001", "page[limit]", "1 to 1000"),
        ("?page[offset]=x", "page[offset]", "whole number"),
        ("?page[number]=1", "page[number]", "page[offset] are taken"),
        ("?sort=id&sort=id", "sort", "twice"),
        ("/0.0?sort=id", "sort", "fields[devices] and include"),
    ];
    for (query, parameter, says) in rows {
        let got = get(&site, query);
        assert_eq!(
            (got.status, got.media_type.as_str()),
            (400, "application/vnd.api+json"),
            "{query}"
        );
        let error = got.json()["errors"][0].clone();
        assert_eq!(
            (&error["status"], &error["code"]),
            (&json!("400"), &json!("TW0001")),
            "{query}"
        );
        assert_eq!(error["source"]["parameter"], parameter, "{query}");
        assert!(error["detail"].as_str().unwrap().contains(says), "{query}: {error}");
    }
    let unknown = get(&site, "/9.9");
    assert_eq!(unknown.status, 404);
    assert!(unknown.json()["errors"][0]["detail"].as_str().unwrap().contains("9.9"));
    let nobody = site.call(("GET", DEVICES), None, &[], None);
    assert_eq!((nobody.status, &nobody.json()["errors"][0]["status"]), (401, &json!("401")));
    let written = site.call(("POST", DEVICES), Some(Role::Admin), &[], Some(b"{}"));
    assert_eq!((written.status, written.media_type.as_str()), (405, "application/vnd.api+json"));
}

#[test]
fn the_schema_says_which_fields_there_are() {
    let site = floor();
    let schema = r#"{"type":"object","properties":{"colour":{"type":"string","title":"Colour"},
        "size":{"type":"number"},"tests":{"type":"array","items":{"type":"object"}}}}"#;
    let define = json!({"acts": [{"act": "defineSchema", "schema": schema}]}).to_string();
    let got = site.post(Role::Quality, "/api/v1/commands", &define);
    assert_eq!(got.status, 200, "{got:?}");
    site.plant.published().wait_for(domain::Position(site.size())).unwrap();
    let types = site.get(Role::Read, "/manufacturing/schema").json();
    let devices = &types["devices"];
    for name in [
        "serialNumber",
        "partNumber",
        "pcbPartNumber",
        "fwVersion",
        "deviceType",
        "connhexId",
        "workOrder",
        "productionOrder",
        "palletId",
        "packageId",
        "lotCode",
        "colour",
    ] {
        assert_eq!(devices[name], json!({"type": "String"}), "{name}");
    }
    assert_eq!(devices["tenants"], json!({"type": "String", "isArray": true}));
    assert_eq!(devices["createdAt"], json!({"type": "Date"}));
    assert_eq!(devices["size"], json!({"type": "Number"}));
    assert_eq!(devices["tests"], json!({"type": "Object", "isArray": true}));
    assert_eq!(devices["pallet"], json!({"link": "pallets"}));
    assert!(types["pallets"]["palletId"].is_object());
    let accept = [("accept", "application/schema+json")];
    let got = site.call(("GET", "/manufacturing/schema"), Some(Role::Read), &accept, None);
    assert_eq!(got.media_type, "application/schema+json");
    let schema = got.json();
    assert_eq!(schema["properties"]["lotCode"]["type"], "string");
    assert_eq!(schema["properties"]["colour"]["title"], "Colour");
    let wrong = site.get(Role::Read, "/manufacturing/schema?x=1");
    assert_eq!(
        (wrong.status, &wrong.json()["errors"][0]["source"]["parameter"]),
        (400, &json!("x"))
    );
}
