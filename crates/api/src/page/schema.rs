//! JSON Schemas as HTML.

use serde_json::Value;

use super::{escape, inline, prose};

/// What stands before the name of a schema in a reference.
const REFERENCE: &str = "#/components/schemas/";

/// A section for each named schema.
pub(super) fn schemas(body: &mut String, schemas: &Value) {
    for (name, schema) in schemas.as_object().into_iter().flatten() {
        let shown = escape(name);
        put!(
            body,
            "<section id=\"schema-{shown}\">\n<h3><a href=\"#schema-{shown}\">{shown}</a></h3>\n"
        );
        body.push_str(&described(schema));
        content(body, schema);
        body.push_str("</section>\n");
    }
}

fn described(schema: &Value) -> String {
    schema["description"].as_str().map(prose).unwrap_or_default()
}

fn content(body: &mut String, schema: &Value) {
    let variants = variants(schema);
    if !variants.is_empty() {
        body.push_str("<p class=\"small\">One of:</p>\n<ul class=\"variants\">\n");
        for variant in variants {
            body.push_str("<li>");
            body.push_str(&described(variant));
            content(body, variant);
            body.push_str("</li>\n");
        }
        body.push_str("</ul>\n");
    }
    properties(body, schema);
    match schema.get("$ref").and_then(Value::as_str) {
        Some(_) if schema.get("properties").is_some() => {
            put!(body, "<p class=\"small\">And all of {}.</p>", link(schema));
        }
        _ if schema.get("properties").is_none() && self::variants(schema).is_empty() => {
            put!(body, "<p>{}</p>", link(schema));
        }
        _ => {}
    }
}

fn variants(schema: &Value) -> Vec<&Value> {
    ["oneOf", "anyOf"].iter().filter_map(|word| schema[word].as_array()).flatten().collect()
}

fn properties(body: &mut String, schema: &Value) {
    let Some(properties) = schema["properties"].as_object().filter(|all| !all.is_empty()) else {
        return;
    };
    body.push_str(
        "<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">Field</th>\
         <th scope=\"col\">Type</th><th scope=\"col\">Meaning</th></tr></thead>\n<tbody>\n",
    );
    let required = schema["required"].as_array();
    for (name, property) in properties {
        let needed = required.is_some_and(|names| names.iter().any(|other| other == name));
        put!(
            body,
            "<tr><th scope=\"row\"><code>{}</code>{}</th><td>{}</td><td>{}</td></tr>",
            escape(name),
            if needed { " (needed)" } else { "" },
            link(property),
            inline(property["description"].as_str().unwrap_or_default()),
        );
    }
    body.push_str("</tbody>\n</table></div>\n");
}

/// A schema in a few words, with links to those that have a name.
pub(super) fn link(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.strip_prefix(REFERENCE)) {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(only) = schema.get("const") {
        return format!("<code>{}</code>", escape(&only.to_string()));
    }
    if let Some(values) = schema["enum"].as_array() {
        let values =
            values.iter().map(|value| format!("<code>{}</code>", escape(&value.to_string())));
        return values.collect::<Vec<_>>().join(", ");
    }
    let variants = variants(schema);
    if !variants.is_empty() {
        return variants.into_iter().map(link).collect::<Vec<_>>().join(" or ");
    }
    let named = |kind: &str| match kind {
        "array" => match schema.get("items") {
            Some(items) => format!("list of {}", link(items)),
            None => "list".to_owned(),
        },
        "object" => match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) => format!("object of {}", link(values)),
            _ => "object".to_owned(),
        },
        "string" => match schema["format"].as_str() {
            Some(format) => format!("text ({})", escape(format)),
            None => "text".to_owned(),
        },
        "integer" => "whole number".to_owned(),
        other => escape(other),
    };
    match &schema["type"] {
        Value::String(kind) => named(kind),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str).map(named);
            kinds.collect::<Vec<_>>().join(" or ")
        }
        _ => "any value".to_owned(),
    }
}
