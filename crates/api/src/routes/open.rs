//! What needs no token: the door, whether it is alive, and what the API is.

use domain::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::{Call, Reply};
use crate::explain::explain;
use crate::problem::Problem;
use crate::query::Nothing;
use crate::route::{HTML, JSON, Route, TEXT, get};

const TAG: &str = "Server";

/// What the server says it is.
pub(crate) const IDENTITY: &str = "Tracewright";

/// Whether the server can work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Health {
    /// `ok`; anything else comes with a status of 500 or more.
    status: String,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/", None)
            .says(TAG, "Read what this is", "A page that says what runs here.")
            .answers(HTML)
            .raw(|call, _: Nothing| Ok(page(call, &call.app.pages.door))),
        get("/api/v1/health", None)
            .says(TAG, "Ask whether the server can work", "For supervisors; says no more.")
            .json(health),
        get("/api/v1/openapi.json", None)
            .says(TAG, "Read this document", "OpenAPI 3.1, made from the table of routes.")
            .answers(JSON)
            .raw(|call, _: Nothing| Ok(Reply::whole(JSON, call.app.pages.openapi.clone()))),
        get("/api/v1/docs", None)
            .says(TAG, "Read this document as a page", "The same, for people.")
            .answers(HTML)
            .raw(|call, _: Nothing| Ok(page(call, &call.app.pages.docs))),
        get("/api/v1/errors/{code}", None)
            .says(
                TAG,
                "Read what a code means",
                "The page that explains a rejection code, as Markdown that reads well as text.",
            )
            .answers(TEXT)
            .raw(|call, _: Nothing| {
                let code: String = call.part("code")?;
                let code: Code = code
                    .parse()
                    .map_err(|_| Problem::not_found(format!("there is no code {code}")))?;
                Ok(Reply::whole(TEXT, explain(code)))
            }),
    ]
}

fn page(call: &Call, text: &str) -> Reply {
    Reply::whole(HTML, text).header("content-security-policy", call.app.pages.policy.clone())
}

fn health(call: &Call, _: Nothing) -> Result<Health, Box<Problem>> {
    if let Some(why) = call.plant().published().failure() {
        return Err(Problem::writer_stopped(&why));
    }
    Ok(Health { status: "ok".to_owned() })
}
