//! Bad input of every kind: what it is answered, and that nothing is written.

use api::Role;

use crate::site::{Site, build};

struct Row {
    call: (&'static str, &'static str),
    headers: &'static [(&'static str, &'static str)],
    body: Option<&'static str>,
    status: u16,
    code: Option<&'static str>,
    says: &'static [&'static str],
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

const fn row(
    call: (&'static str, &'static str),
    status: u16,
    says: &'static [&'static str],
) -> Row {
    Row { call, headers: &[], body: None, status, code: None, says }
}

const fn posted(path: &'static str, body: &'static str, says: &'static [&'static str]) -> Row {
    Row { headers: JSON, body: Some(body), code: Some("TW0001"), ..row(("POST", path), 400, says) }
}

const COMMANDS: &str = "/api/v1/commands";

const ROWS: &[Row] = &[
    row(("GET", "/api/v2/items"), 404, &["/api/v2/items", "/api/v1/docs"]),
    row(("GET", "/favicon.ico"), 404, &["nothing at"]),
    row(("GET", "/api/v1/items/"), 404, &["nothing at"]),
    row(("PUT", "/api/v1/items"), 405, &["PUT", "GET"]),
    row(("GET", COMMANDS), 405, &["POST"]),
    row(("DELETE", "/api/v1/status"), 405, &["GET"]),
    row(("GET", "/api/v1/items/serial:NOBODY"), 404, &["NOBODY"]),
    row(("GET", "/api/v1/items/serial:NOBODY/record"), 404, &["NOBODY"]),
    row(("GET", "/api/v1/entries/999999"), 404, &[]),
    row(("GET", "/api/v1/jobs/none"), 404, &["none"]),
    row(("GET", "/api/v1/errors/TW9999"), 404, &["TW9999"]),
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/files/abc"), 422, &["64"]) },
    row(
        ("GET", "/api/v1/files/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        404,
        &["no file"],
    ),
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/entries/x"), 400, &["position", "\"x\""]) },
    Row {
        code: Some("TW0001"),
        ..row(("GET", "/api/v1/items?colour=red"), 400, &["colour", "limit", "status"])
    },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/keys?x=1"), 400, &["none is taken"]) },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/items?limit=x"), 400, &["limit"]) },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/items?status=lost"), 400, &["status"]) },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/items?part=A&part=B"), 400, &["twice"]) },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/items?part=%FF"), 400, &["UTF-8"]) },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/holds?active=maybe"), 400, &["true"]) },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/status?atLeast=-1"), 400, &["atLeast"]) },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/trace?direction=backward"), 400, &["of"]) },
    Row {
        code: Some("TW0001"),
        ..row(("GET", "/api/v1/trace?of=lot:1&direction=up"), 400, &["direction", "backward"])
    },
    Row {
        code: Some("TW0001"),
        ..row(("GET", "/api/v1/scope?from=measure:x"), 400, &["measure:x", "NAME"])
    },
    Row { code: Some("TW0001"), ..row(("GET", "/api/v1/scope?like=SN-1"), 400, &["by"]) },
    Row {
        code: Some("TW0001"),
        ..row(("GET", "/api/v1/scope?from=lot:1&asOf=yesterday"), 400, &["asOf", "RFC 3339"])
    },
    posted(COMMANDS, "", &["empty"]),
    posted(COMMANDS, "{", &["not JSON", "line 1, column 1"]),
    posted(COMMANDS, "{\"acts\":[]}\n{}", &["line 2"]),
    posted(COMMANDS, "[]", &["an object", "not a list"]),
    posted(COMMANDS, "{\"acts\":\n[{\"act\":\"fly\"}]}", &["acts[0].act", "fly", "defineMaterial"]),
    posted(
        COMMANDS,
        "{\"acts\":[{\"act\":\"lift\",\"hold\":7}]}",
        &["acts[0] (lift)", "code (needed)"],
    ),
    posted(COMMANDS, "{\"acts\":[],\"colour\":1}", &["colour"]),
    posted(COMMANDS, "{\"id\":\"7\",\"acts\":[]}", &["id", "UUID"]),
    posted(
        "/api/v1/scope",
        "{\"from\":[{\"start\":\"moon\"}]}",
        &["from[0].start", "moon", "order"],
    ),
    posted("/api/v1/trace", "{\"of\":[]}", &["direction"]),
    Row {
        headers: &[("content-type", "text/plain")],
        body: Some("{}"),
        ..row(("POST", COMMANDS), 415, &["application/json"])
    },
    Row {
        headers: &[("content-type", "application/json"), ("idempotency-key", "")],
        ..posted(COMMANDS, "{\"acts\":[]}", &["Idempotency-Key"])
    },
];

#[test]
fn each_kind_of_bad_input_has_its_answer_and_writes_nothing() {
    let site = Site::stocked();
    let size = site.size();
    for row in ROWS {
        let (method, path) = row.call;
        let body = row.body.map(str::as_bytes);
        let got = site.call((method, path), Some(Role::Admin), row.headers, body);
        let what = format!("{method} {path} {:?}: {got:?}", row.body);
        assert_eq!(got.status, row.status, "{what}");
        assert_eq!(got.media_type, "application/problem+json", "{what}");
        let problem = got.json();
        assert_eq!(problem["status"], row.status, "{what}");
        assert_eq!(problem["instance"], path.split('?').next().unwrap(), "{what}");
        assert!(!problem["title"].as_str().unwrap().is_empty(), "{what}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(row.says.iter().all(|word| detail.contains(word)), "{what}");
        assert_eq!(problem.get("code").and_then(|code| code.as_str()), row.code, "{what}");
        let kind = match row.code {
            Some(code) => format!("/api/v1/errors/{code}"),
            None => "about:blank".to_owned(),
        };
        assert_eq!(problem["type"], kind.as_str(), "{what}");
        assert_eq!(got.headers["cache-control"], "no-store");
    }
    assert_eq!(site.size(), size);
    assert!(got_allow(&site).contains("GET"));
}

fn got_allow(site: &Site) -> String {
    let got = site.call(("PATCH", "/api/v1/tokens"), Some(Role::Admin), &[], None);
    got.headers["allow"].to_str().unwrap().to_owned()
}

#[test]
fn a_body_that_is_too_long_is_refused_with_the_limit() {
    let site = Site::start();
    let long = "x".repeat((4 << 20) + 1);
    let token = site.token(Role::Record);
    let head = |path: &str, framing: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\n{framing}\r\n\r\n"
        )
    };
    let said = site.raw(&head("/api/v1/commands", "content-length: 5000000"), "4194304");
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    assert!(said.contains("TW0006"), "{said}");
    let said = site.raw(&head("/api/v1/files", "content-length: 2000000000"), "1073741824");
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    let chunked = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let sent = head("/api/v1/commands", "transfer-encoding: chunked") + &chunked;
    let said = site.raw(&sent, "4194304");
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
}

#[test]
fn a_body_is_not_read_before_the_caller_is_known() {
    let site = Site::start();
    let said = site.raw(
        "POST /api/v1/files HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n",
        "tracewright",
    );
    assert!(said.starts_with("HTTP/1.1 401"), "{said}");
}

#[test]
fn a_reference_may_hold_any_character_once_it_is_encoded() {
    let site = Site::stocked();
    let serial = "A/B ?#%&ü";
    let got = site.post(Role::Record, "/api/v1/commands", &build(serial));
    assert_eq!(got.status, 200, "{got:?}");
    let at = got.json()["position"].as_u64().unwrap();
    let path = format!("/api/v1/items/serial:A%2FB%20%3F%23%25%26%C3%BC?atLeast={at}");
    let got = site.get(Role::Read, &path);
    assert_eq!(got.json()["items"][0]["serialNumber"], serial, "{got:?}");
    let item = site.client(Role::Read).item(&format!("serial:{serial}").parse().unwrap()).unwrap();
    assert_eq!(item.items.len(), 1);
    let got = site.get(Role::Read, "/api/v1/items/serial:%FF");
    assert_eq!((got.status, &got.json()["code"]), (400, &"TW0001".into()), "{got:?}");
}
