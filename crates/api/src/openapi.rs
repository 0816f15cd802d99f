//! The OpenAPI 3.1 document, made from the table of routes.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::dispatch::AT_LEAST;
use crate::problem::{ErrorsDocument, MEDIA_TYPE, Problem};
use crate::route::{Content, Envelope, Intake, JSON_API, Route};
use crate::routes::{IDENTITY, TAGS};

const ABOUT: &str = "\
The system of record for how every product was made. Facts go in as commands, every answer says \
at which ledger position it stands (`at`), and nothing that was answered is ever lost.\n\n\
**Tokens.** Every call but the open ones needs `Authorization: Bearer TOKEN`. A token has a \
role: `read` asks, `record` also tells what happens, `quality` also decides about product, \
`admin` also looks after the server. What is recorded with a token is recorded by its name.\n\n\
**Problems.** Whatever is not done is answered as `application/problem+json` with a detail that \
says what to do; where a rule said no it has a stable code, and `explain` links to the page \
about it.\n\n\
**Reading what was written.** The answer to a command has a `position`; a question with \
`atLeast` that position waits until it shows.\n\n\
**Units.** Measured values and quantities are decimal strings, times are RFC 3339, positions \
count from 0.";

/// The document.
pub(crate) fn document(routes: &[Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in routes {
        let operation = operation(route, &mut generator);
        let methods =
            paths.entry(route.documented_path()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(methods) = methods {
            methods.insert(route.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    let tags: Vec<Value> =
        TAGS.iter().map(|(name, about)| json!({"name": name, "description": about})).collect();
    let problem = generator.subschema_for::<Problem>().to_value();
    let errors = generator.subschema_for::<ErrorsDocument>().to_value();
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": IDENTITY,
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": {
                "description": "It was not done; the body says why and what to do.",
                "content": {MEDIA_TYPE: {"schema": problem}},
            }, "Errors": {
                "description": "It was not done; the body says why and what to do.",
                "content": {JSON_API: {"schema": errors}},
            }},
            "schemas": schemas,
        },
    })
}

/// The name of an operation and its anchor on the page: `get-items-item-record`.
pub(crate) fn operation_id(route: &Route) -> String {
    let (place, path) = match route.path.strip_prefix("/api/v1") {
        Some(path) => ("", path),
        None => ("root-", route.path),
    };
    let path = path.replace(['{', '}', '.', '*'], "").trim_matches('/').replace('/', "-");
    let path = if path.is_empty() { "door".to_owned() } else { format!("{place}{path}") };
    format!("{}-{path}", route.method.as_str().to_ascii_lowercase())
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "parameters": parameters(route),
        "responses": responses(route, generator),
    });
    let Value::Object(object) = &mut operation else { return operation };
    match route.role {
        Some(role) => drop(object.insert("x-role".to_owned(), json!(role))),
        None => drop(object.insert("security".to_owned(), json!([]))),
    }
    if !route.body.is_empty() {
        let content = contents(&route.body, generator);
        let body = json!({"required": true, "content": content});
        object.insert("requestBody".to_owned(), body);
    }
    operation
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = variables(route.path).map(
        |name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}),
    );
    let in_query = route.query.iter().map(|parameter| {
        let mut schema = parameter.schema.clone();
        let description = match &mut schema {
            Value::Object(schema) => schema.remove("description"),
            _ => None,
        };
        json!({
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": description.unwrap_or_default(),
            "schema": schema,
        })
    });
    let waits = route.waits().then(|| {
        json!({
            "name": AT_LEAST,
            "in": "query",
            "required": false,
            "description": "Wait until this ledger position shows.",
            "schema": {"type": "integer", "minimum": 0},
        })
    });
    in_path.chain(in_query).chain(waits).collect()
}

/// The variable parts of a path.
pub(crate) fn variables(path: &str) -> impl Iterator<Item = &str> {
    let names = path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| name.trim_start_matches('*'))
}

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let said = if route.status == 204 { "It is done." } else { "What was asked for." };
    responses.insert(
        route.status.to_string(),
        json!({"description": said, "content": contents(&route.answer, generator)}),
    );
    for (status, content) in &route.others {
        let content = contents(std::slice::from_ref(content), generator);
        let answer = json!({"description": "It became a job.", "content": content});
        responses.insert(status.to_string(), answer);
    }
    for status in problems(route) {
        let problem = match route.envelope {
            Envelope::Problem => "#/components/responses/Problem",
            Envelope::JsonApi => "#/components/responses/Errors",
        };
        let problem = json!({"$ref": problem});
        responses.insert(status.to_string(), problem);
    }
    Value::Object(responses)
}

/// The statuses of the problems a call may meet.
fn problems(route: &Route) -> Vec<u16> {
    let mut statuses = vec![400, 405, 500, 503];
    if route.role.is_some() {
        statuses.extend([401, 403]);
    }
    if route.path.contains('{') {
        statuses.push(404);
    }
    if route.intake != Intake::Nothing {
        statuses.extend([408, 409, 413, 415]);
    }
    if route.role.is_some() {
        statuses.push(422);
    }
    statuses
}

fn contents(contents: &[Content], generator: &mut SchemaGenerator) -> Map<String, Value> {
    contents
        .iter()
        .map(|content| {
            let schema = match content.shape {
                Some(shape) => shape(generator).to_value(),
                None => json!({"type": "string"}),
            };
            (content.media_type.to_owned(), json!({"schema": schema}))
        })
        .collect()
}
