//! Frozen scopes: numbered, hashed, made again, handed on.

use std::sync::Arc;

use domain::ScopeCode;
use engine::query::{ScopeAsk, ScopeDocument};
use engine::{
    DeltaAnswer, DeltaAsk, ExportAbout, ExportFormat, FreezeAnswer, FreezeAsk, JobState,
    ScopesAnswer,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::imports::to_value;
use super::jobs::accepted;
use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{BYTES, CSV, JSON, JSON_BYTES_MAX, Route, get, post};

const TAG: &str = "Recalls";
const READ: Option<Role> = Some(Role::Read);

const FREEZE: &str = "\
Asks the question of a scope and freezes what is found: a document of every item with its \
evidence, kept by its hash, and an entry of the ledger that names it. The server makes the \
document; a caller gives the question and a reason. `knownAt` freezes what was known then. Without \
`code` it is called `RC-` with the year and the next free number.";

const DELTA: &str = "\
Asks the question of a frozen scope again. What changed in set, certainty or whereabouts becomes \
the next number of the series, each change with the entries that caused it; where nothing did, \
nothing is written.";

const OPEN: &str = "\
Asks the question of a scope and hands on the answer in a form others read, without freezing it. \
As `csv`, `json`, `openfda` and `epcis` it says in itself that it is not frozen and at which \
position of the ledger it stands; it claims no recall. `proof` needs a frozen scope.";

const NUMBER: &str = "\
One number of a series. As `json` it is the document byte by byte as it was hashed; `csv` is a \
table of all items; `openfda` are enforcement reports in those fields; `epcis` is an EPCIS 2.0 \
document; `proof` holds the entries of the whole series, for `tracewright verify FILE --document \
DOCUMENT`.";

/// In which form a number is handed on.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FormQuery {
    /// The form.
    #[serde(default)]
    format: ExportFormat,
    /// The firm that recalls, as reports name it.
    #[serde(default)]
    firm: Option<String>,
    /// The web address under which the firm names things without a GS1 key.
    #[serde(default)]
    base: Option<String>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        post("/api/v1/scopes", Role::Quality)
            .says(TAG, "Freeze a scope", FREEZE)
            .status(201)
            .takes::<FreezeAsk>(JSON, JSON_BYTES_MAX)
            .answers_as::<FreezeAnswer>(JSON)
            .raw(|call, _: Nothing| freeze(call)),
        post("/api/v1/scope/export", Role::Read)
            .says(TAG, "Hand on the scope of a suspicion without freezing it", OPEN)
            .takes::<ScopeAsk>(JSON, JSON_BYTES_MAX)
            .answers(JSON)
            .answers(CSV)
            .raw(export),
        get("/api/v1/scopes", READ)
            .says(TAG, "List frozen scopes", "Every number of every series, by code.")
            .json(|call: &Call, _: Nothing| -> Result<ScopesAnswer, Box<Problem>> {
                Ok(call.plant().scopes()?)
            }),
        get("/api/v1/scopes/{scope}", READ)
            .says(
                TAG,
                "Read the series of a frozen scope",
                "The scope as it was frozen and its deltas, without their documents.",
            )
            .json(|call: &Call, _: Nothing| -> Result<ScopesAnswer, Box<Problem>> {
                Ok(call.plant().scope_series(&code(call)?)?)
            }),
        get("/api/v1/scopes/{scope}/delta", READ)
            .says(
                TAG,
                "Look at a frozen scope again",
                "What a delta would say now; nothing is written.",
            )
            .json(|call: &Call, _: Nothing| -> Result<DeltaAnswer, Box<Problem>> {
                Ok(call.plant().look_at_scope(&code(call)?)?)
            }),
        post("/api/v1/scopes/{scope}/delta", Role::Quality)
            .says(TAG, "Write the delta of a frozen scope", DELTA)
            .json_from(
                |call: &Call, _: Nothing, ask: DeltaAsk| -> Result<DeltaAnswer, Box<Problem>> {
                    Ok(call.plant().scope_delta(&code(call)?, &ask, call.by())?)
                },
            ),
        post("/api/v1/scopes/{scope}/verify", Role::Read)
            .says(
                TAG,
                "Make a frozen scope again",
                "Folds the ledger up to the position of each number, asks its question there and \
                 compares bytes; the first difference is named. It is a job (202); its result is \
                 the comparison.",
            )
            .status(202)
            .answers_as::<JobState>(JSON)
            .raw(|call, _: Nothing| verify(call)),
        get("/api/v1/scopes/{scope}/{number}", READ)
            .says(TAG, "Fetch one number of a frozen scope", NUMBER)
            .answers_as::<ScopeDocument>(JSON)
            .answers(CSV)
            .answers(BYTES)
            .raw(fetch),
    ]
}

fn code(call: &Call) -> Result<ScopeCode, Box<Problem>> {
    let text: String = call.part("scope")?;
    ScopeCode::new(&text).map_err(|error| {
        Problem::malformed(format!("{text:?} in the path is no code of a scope: {error}"))
    })
}

fn freeze(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let ask: FreezeAsk = call.json()?;
    let answer = call.plant().freeze_scope(&ask, call.by())?;
    let at = format!("/api/v1/scopes/{}/0", answer.frozen.code);
    Ok(Reply::json(201, &answer)?.header("location", at))
}

fn verify(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let code = code(call)?;
    call.plant().frozen_scope(&code, None)?;
    let plant = Arc::clone(call.plant());
    let id = call
        .app
        .jobs
        .start("verifyScope", call.by(), move |_| to_value(&plant.rerun_scope(&code, None)?))?;
    accepted(call, &id)
}

fn export(call: &mut Call, query: FormQuery) -> Result<Reply, Box<Problem>> {
    let ask: ScopeAsk = call.json()?;
    let FormQuery { format, firm, base } = query;
    let about = ExportAbout { firm, base };
    let bytes = call.plant().export_open_scope(&ask, format, &about)?;
    Ok(file(bytes, format, "scope-not-frozen"))
}

fn fetch(call: &mut Call, query: FormQuery) -> Result<Reply, Box<Problem>> {
    let (code, number) = (code(call)?, call.part::<u32>("number")?);
    let FormQuery { format, firm, base } = query;
    let about = ExportAbout { firm, base };
    let bytes = call.plant().export_scope((&code, Some(number)), format, &about)?;
    Ok(file(bytes, format, &format!("{code}-{number}")))
}

/// A form of a scope as a file.
fn file(bytes: Vec<u8>, format: ExportFormat, name: &str) -> Reply {
    let (media_type, ending) = match format {
        ExportFormat::Json => (JSON, "json"),
        ExportFormat::Csv => (CSV, "csv"),
        ExportFormat::OpenFda => (JSON, "openfda.json"),
        ExportFormat::Epcis => (JSON, "epcis.jsonld"),
        ExportFormat::Proof => (BYTES, "twproof"),
    };
    Reply::whole(media_type, bytes).file(&format!("{name}.{ending}"))
}
