//! Questions: trace, scope, record, what is shared.

use domain::start::Start;
use domain::{ItemRef, Time};
use engine::query::{
    Direction, ItemsAnswer, KnownAt, Like, Moment, RecordAnswer, RecordAsk, ScopeAnswer, ScopeAsk,
    SharedAnswer, TraceAnswer, TraceAsk,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{JSON, JSON_BYTES_MAX, Route, get, post};

const TAG: &str = "Questions";
const READ: Option<Role> = Some(Role::Read);

const ITEM: &str = "\
An item is written as in a label: `serial:SN-0042`, `lot:77120-A`, `container:PL-9`, `board:…`, \
`gs1:…`, each with `;issuer=PARTY` where it matters, `id:17.0` for its identity, or a bare value \
of any scheme; percent-encode it as one segment of the path. A bare value that fits several \
items answers all of them and says so in `notes`.";

const RECORD: &str = "\
The manufacturing record: attributes as projections of facts, the fact that decided each, what \
is in the item, what was measured, its holds and exceptions. `asOf` says what was so by a time, \
`knownAt` what was known by a time or ledger position. `compareAsOf` and `compareKnownAt` name \
another moment; `difference` then says what changed between the two.";

const TRACE: &str = "\
What went into the starts (`backward`) or where they went (`forward`), over any depth, each item \
with its certainty, its shortest evidence path and where it is now. `steps` tells each step of \
these paths once, and `path` of an item names its own by their places there. A start is written \
like `serial:SN-0042`, `lot:77120-A`, `order:WO-7`, `part:MB-09/C`, `equipment:TW-07@FROM..TO`, \
`station:…`, `person:…`, `run:…`, `program:NAME@VERSION`, `check:TW-07` (since its last good \
check) or `measure:torque<1.15 N·m`; parts joined by ` & ` must all hold, and repeating `of` \
means any of them.";

const SCOPE: &str = "\
Which items are concerned if the starts are suspect: proven, possible (with what is not known) \
or cleared (with the evidence), where each is now, and who has those that left. Starts are \
written as for a trace and given by repeating `from`; or `like` names one unit and `by` an \
attribute of its record, such as `lotCode`, whose value it shares with the others.";

/// What a trace is asked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TraceQuery {
    /// Where to begin; repeat it for several.
    of: Vec<String>,
    /// Which way.
    direction: Direction,
    /// What was so by then.
    #[serde(default)]
    as_of: Option<Time>,
    /// What was known by then: a ledger position or a time.
    #[serde(default)]
    known_at: Option<KnownAt>,
    /// Most items to answer.
    #[serde(default)]
    limit: Option<usize>,
    /// Whether what bills of material ask for is to be held against what was captured; only
    /// backward.
    #[serde(default)]
    captures: bool,
}

/// What a scope is asked.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ScopeQuery {
    /// Where it begins; repeat it for several.
    #[serde(default)]
    from: Vec<String>,
    /// Or: at all units like this one.
    #[serde(default)]
    like: Option<ItemRef>,
    /// By which attribute of its record.
    #[serde(default)]
    by: Option<String>,
    /// What was so by then.
    #[serde(default)]
    as_of: Option<Time>,
    /// What was known by then: a ledger position or a time.
    #[serde(default)]
    known_at: Option<KnownAt>,
    /// Most items to answer.
    #[serde(default)]
    limit: Option<usize>,
}

/// What a record is asked.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecordQuery {
    /// What was so by then.
    #[serde(default)]
    as_of: Option<Time>,
    /// What was known by then: a ledger position or a time.
    #[serde(default)]
    known_at: Option<KnownAt>,
    /// Whether every change is wanted too.
    #[serde(default)]
    history: bool,
    /// The other moment: what was so by then.
    #[serde(default)]
    compare_as_of: Option<Time>,
    /// The other moment: what was known by then.
    #[serde(default)]
    compare_known_at: Option<KnownAt>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/items/{item}", READ).says(TAG, "Find an item", ITEM).json(item),
        get("/api/v1/items/{item}/record", READ)
            .says(TAG, "Read the record of an item", RECORD)
            .json(record),
        get("/api/v1/items/{item}/shared", READ)
            .says(
                TAG,
                "Find what an item shares with others",
                "Lots at any depth, orders, containers, equipment, programs and process runs the \
                 item has to do with, how many other units each is shared with, and all of those \
                 units with who has them: one call from one serial number.",
            )
            .json(shared),
        get("/api/v1/trace", READ)
            .says(TAG, "Trace", TRACE)
            .answers_as::<TraceAnswer>(JSON)
            .raw(|call, query: TraceQuery| traced(call, &trace_ask(query)?)),
        post("/api/v1/trace", Role::Read)
            .says(TAG, "Trace from starts in JSON", "The same question with its starts as JSON.")
            .answers_as::<TraceAnswer>(JSON)
            .takes::<TraceAsk>(JSON, JSON_BYTES_MAX)
            .raw(|call, _: Nothing| traced(call, &call.json()?)),
        get("/api/v1/scope", READ).says(TAG, "Find the scope of a suspicion", SCOPE).json(scope),
        post("/api/v1/scope", Role::Read)
            .says(
                TAG,
                "Find the scope of a suspicion from starts in JSON",
                "The same question with its starts as JSON.",
            )
            .json_from(
                |call: &Call, _: Nothing, ask: ScopeAsk| -> Result<ScopeAnswer, Box<Problem>> {
                    Ok(call.plant().scope(&ask)?)
                },
            ),
    ]
}

fn item(call: &Call, _: Nothing) -> Result<ItemsAnswer, Box<Problem>> {
    Ok(call.plant().items_named(&call.part("item")?)?)
}

fn record(call: &Call, query: RecordQuery) -> Result<RecordAnswer, Box<Problem>> {
    let compare = Moment { as_of: query.compare_as_of, known_at: query.compare_known_at };
    let ask = RecordAsk {
        item: call.part("item")?,
        as_of: query.as_of,
        known_at: query.known_at,
        history: query.history,
        compare: (compare != Moment::default()).then_some(compare),
    };
    Ok(call.plant().record(&ask)?)
}

fn shared(call: &Call, _: Nothing) -> Result<SharedAnswer, Box<Problem>> {
    Ok(call.plant().shared(&call.part("item")?)?)
}

fn trace_ask(query: TraceQuery) -> Result<TraceAsk, Box<Problem>> {
    let TraceQuery { of, direction, as_of, known_at, limit, captures } = query;
    Ok(TraceAsk { of: starts(&of)?, direction, as_of, known_at, limit, captures })
}

/// The answer as the engine writes it: nothing of it is looked at again.
fn traced(call: &Call, ask: &TraceAsk) -> Result<Reply, Box<Problem>> {
    Ok(Reply::whole(JSON, call.plant().trace_json(ask)?))
}

fn scope(call: &Call, query: ScopeQuery) -> Result<ScopeAnswer, Box<Problem>> {
    let ScopeQuery { from, like, by, as_of, known_at, limit } = query;
    let like = match (like, by) {
        (Some(item), Some(by)) => Some(Like { item, by }),
        (None, None) => None,
        (Some(_), None) => {
            return Err(Problem::malformed("`like` needs `by`: the attribute the units share"));
        }
        (None, Some(_)) => {
            return Err(Problem::malformed("`by` needs `like`: the unit the others are like"));
        }
    };
    let ask = ScopeAsk { from: starts(&from)?, like, as_of, known_at, limit };
    Ok(call.plant().scope(&ask)?)
}

fn starts(texts: &[String]) -> Result<Vec<Start<ItemRef>>, Box<Problem>> {
    texts
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|error| Problem::malformed(format!("{text:?} is no start: {error}")))
        })
        .collect()
}
