//! Query strings as typed values.
//!
//! A query is read by the JSON Schema of its type, the same that stands in the OpenAPI document:
//! a name that is not in it is refused, a list may be given by repeating its name, and numbers
//! and switches are read as such.

use percent_encoding::percent_decode_str;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::problem::Problem;

/// No query.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Nothing {}

/// One parameter a query may have.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

/// The parameters of a query type, by name.
pub(crate) fn parameters<Q: schemars::JsonSchema>() -> Vec<Parameter> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let schema = settings.into_generator().into_root_schema_for::<Q>().to_value();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    properties
        .iter()
        .map(|(name, schema)| Parameter {
            name: name.clone(),
            schema: present(schema.clone()),
            required: required.iter().any(|other| other == name),
        })
        .collect()
}

/// The schema of a value that is there: in a query nothing is null.
fn present(mut schema: Value) -> Value {
    let null = Value::String("null".to_owned());
    let Value::Object(fields) = &mut schema else { return schema };
    if fields.get("default").is_some_and(Value::is_null) {
        fields.remove("default");
    }
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| *kind != null);
        if let [only] = &kinds[..] {
            let only = only.clone();
            fields.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(any)) = fields.get_mut("anyOf") {
        any.retain(|one| one.get("type") != Some(&null));
    }
    schema
}

/// Splits a query string into decoded names and values.
pub(crate) fn pairs(query: &str) -> Result<Vec<(String, String)>, Box<Problem>> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().map(|text| text.into_owned()).map_err(|_| {
            Problem::malformed(format!("the query holds {text:?}, which is not UTF-8 text"))
        })
    };
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// Reads a query.
///
/// Errors: a name that is not known, given twice, missing, or a value that does not read.
pub(crate) fn read<Q: DeserializeOwned>(
    pairs: &[(String, String)],
    known: &[Parameter],
) -> Result<Q, Box<Problem>> {
    let mut object = Map::new();
    for (name, text) in pairs {
        let Some(parameter) = known.iter().find(|parameter| parameter.name == *name) else {
            return Err(unknown(name, known));
        };
        let value = value(parameter, text)?;
        match object.get_mut(name) {
            Some(Value::Array(list)) => {
                list.extend(value.as_array().cloned().unwrap_or_default());
            }
            Some(_) => {
                return Err(Problem::malformed(format!(
                    "the query parameter {name} is given twice; give it once"
                )));
            }
            None => drop(object.insert(name.clone(), value)),
        }
    }
    if let Some(missing) = known.iter().find(|p| p.required && !object.contains_key(&p.name)) {
        return Err(Problem::malformed(format!("the query parameter {} is needed", missing.name)));
    }
    serde_path_to_error::deserialize(Value::Object(object)).map_err(|error| {
        Problem::malformed(format!("the query parameter {}: {}", error.path(), error.inner()))
    })
}

fn unknown(name: &str, known: &[Parameter]) -> Box<Problem> {
    let names: Vec<&str> = known.iter().map(|parameter| parameter.name.as_str()).collect();
    Problem::malformed(if names.is_empty() {
        format!("there is no query parameter {name} here: none is taken")
    } else {
        format!("there is no query parameter {name} here; there are: {}", names.join(", "))
    })
}

fn value(parameter: &Parameter, text: &str) -> Result<Value, Box<Problem>> {
    let wrong = |what: &str| {
        Problem::malformed(format!("the query parameter {}: {text:?} is no {what}", parameter.name))
    };
    let is = |kind: &str| has_type(&parameter.schema, kind);
    if is("array") {
        Ok(Value::Array(vec![Value::String(text.to_owned())]))
    } else if is("integer") {
        match text.parse::<u64>() {
            Ok(number) => Ok(Value::from(number)),
            Err(_) if is("string") => Ok(Value::String(text.to_owned())),
            Err(_) => Err(wrong("whole number")),
        }
    } else if is("boolean") {
        match text {
            "true" | "" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(wrong("switch; write true or false")),
        }
    } else {
        Ok(Value::String(text.to_owned()))
    }
}

fn has_type(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(only)) => only == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => schema
            .get("anyOf")
            .and_then(Value::as_array)
            .is_some_and(|any| any.iter().any(|one| has_type(one, kind))),
    }
}
