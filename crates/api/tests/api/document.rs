//! The OpenAPI document and its page: whole, valid, and the same as what is served.

use std::collections::BTreeSet;

use api::Role;
use serde_json::Value;

use crate::site::Site;

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(to) = fields.get("$ref").and_then(Value::as_str) {
                found.insert(to.to_owned());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_document_is_whole() {
    let site = Site::start();
    let got = site.call(("GET", "/api/v1/openapi.json"), None, &[], None);
    assert_eq!((got.status, got.media_type.as_str()), (200, "application/json"));
    assert_eq!(got.text, api::openapi());
    let document = got.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{found:?}");
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference}"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            whole(&(method.clone() + " " + path), path, operation, &tags);
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
        }
    }
}

fn whole(what: &str, path: &str, operation: &Value, tags: &BTreeSet<&str>) {
    assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
    assert!(operation["description"].as_str().is_some_and(|text| !text.is_empty()), "{what}");
    assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{what}");
    let parameters = operation["parameters"].as_array().unwrap();
    let mut names = BTreeSet::new();
    for parameter in parameters {
        assert!(names.insert(parameter["name"].to_string()), "{what}: {parameter}");
        assert!(parameter["schema"].is_object(), "{what}: {parameter}");
        if parameter["in"] == "query" {
            assert_ne!(parameter["description"], "", "{what}: {parameter}");
        }
    }
    let variables = path.split('/').filter(|step| step.starts_with('{')).count();
    let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
    assert_eq!(variables, in_path, "{what}");
    let answers = operation["responses"].as_object().unwrap();
    assert!(answers.keys().any(|status| status.starts_with('2')), "{what}");
    assert!(answers.contains_key("500"), "{what}");
}

#[test]
fn the_document_in_the_repository_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let served = api::openapi();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &served).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == served, "crates/api/openapi.json differs: run the test with UPDATE=1 and look");
}

#[test]
fn the_page_is_readable_without_anything_else() {
    let site = Site::start();
    let got = site.call(("GET", "/api/v1/docs"), None, &[], None);
    assert_eq!((got.status, got.media_type.as_str()), (200, "text/html; charset=utf-8"));
    let page = &got.text;
    assert_eq!(page.matches("<h1").count(), 1);
    assert!(page.contains("<html lang=\"en\">") && page.contains("<title>Tracewright API</title>"));
    for banned in ["<script", "src=", "@import", "<link", "url("] {
        assert!(!page.contains(banned), "{banned}");
    }
    let policy = got.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let ids: Vec<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an anchor is there twice");
    for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(unique.contains(target), "#{target} leads nowhere");
    }
    let document: Value = serde_json::from_str(&api::openapi()).unwrap();
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(unique.contains(id), "{id} is not on the page");
        }
    }
}

#[test]
fn the_door_says_what_is_here_and_health_says_no_more() {
    let site = Site::start();
    let door = site.call(("GET", "/"), None, &[], None);
    assert!(door.text.contains("come later") && door.text.contains("href=\"/api/v1/docs\""));
    let health = site.call(("GET", "/api/v1/health"), None, &[], None);
    assert_eq!(health.text, "{\"status\":\"ok\"}");
    let note = site.call(("GET", "/api/v1/checkpoint"), None, &[], None);
    assert_eq!(note.media_type, "text/plain; charset=utf-8");
    assert!(note.text.starts_with(&site.plant.keys().genesis().origin), "{note:?}");
    let head = site.call(("HEAD", "/api/v1/health"), None, &[], None);
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    let page = site.get(Role::Read, "/api/v1/errors/tw0012");
    assert!(page.text.contains("TW0012"), "{page:?}");
}
