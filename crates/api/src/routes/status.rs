//! How the server stands.

use domain::Position;
use engine::{At, QUEUE_COMMANDS_MAX};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::Call;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{Route, get};

const TAG: &str = "Server";

/// How the server stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusAnswer {
    /// Where the answer stands.
    pub at: Vec<At>,
    /// Version of the program.
    pub version: String,
    /// Name of the ledger in its checkpoints.
    pub origin: String,
    /// Position of the last entry that shows in answers.
    pub position: Position,
    /// Commands that wait to be decided.
    pub queue: Queue,
    /// How many items there are.
    pub items: usize,
    /// How many exceptions are open.
    pub exceptions_open: usize,
    /// How many holds are active.
    pub holds_active: usize,
    /// How many jobs wait or run.
    pub jobs: usize,
    /// Whose token or account asked.
    pub caller: String,
    /// What it may do.
    pub role: Role,
}

/// Commands that wait to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Queue {
    /// How many wait.
    pub waiting: usize,
    /// How many can; more are told to come back.
    pub max: usize,
    /// Commands that came many at once and wait; those that come one by one go before them.
    pub in_bulk: usize,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/status", Some(Role::Read))
            .says(TAG, "Read how the server stands", "Ledger, position, what waits, and who asks.")
            .json(status),
    ]
}

fn status(call: &Call, _: Nothing) -> Result<StatusAnswer, Box<Problem>> {
    let plant = call.plant();
    let (items, exceptions_open, holds_active) = {
        let state = plant.published().read();
        (
            state.item_count(),
            state.exceptions().values().filter(|exception| exception.closed.is_none()).count(),
            state.holds().values().filter(|hold| hold.lifted.is_none()).count(),
        )
    };
    let at = plant.at();
    let jobs = call.app.jobs.list();
    Ok(StatusAnswer {
        position: at.first().map_or(Position(0), |at| at.position),
        at,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        origin: plant.keys().genesis().origin.clone(),
        queue: Queue {
            waiting: plant.queued(),
            max: QUEUE_COMMANDS_MAX,
            in_bulk: plant.queued_in_bulk(),
        },
        items,
        exceptions_open,
        holds_active,
        jobs: jobs.iter().filter(|job| !job.state.has_ended()).count(),
        caller: call.by().to_owned(),
        role: call.caller.as_ref().map_or(Role::Read, Caller::role),
    })
}
