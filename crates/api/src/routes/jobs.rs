//! Jobs: long work with progress.

use engine::{JobId, JobState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::{Call, Reply};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{Route, delete, get};

const TAG: &str = "Jobs";

/// All jobs that are remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobsAnswer {
    /// The jobs, newest first.
    pub jobs: Vec<JobState>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/jobs", Some(Role::Read))
            .says(
                TAG,
                "List jobs",
                "Long work that waits, runs or ended lately, newest first. Jobs are forgotten \
                 when the server ends; what they wrote is not.",
            )
            .json(|call: &Call, _: Nothing| -> Result<JobsAnswer, Box<Problem>> {
                Ok(JobsAnswer { jobs: call.app.jobs.list() })
            }),
        get("/api/v1/jobs/{job}", Some(Role::Read))
            .says(
                TAG,
                "Read a job",
                "How far it is, and once it ended what came out. Ask again after a second or so.",
            )
            .json(|call: &Call, _: Nothing| -> Result<JobState, Box<Problem>> {
                let id = named(call)?;
                call.app.jobs.get(&id).ok_or_else(|| unknown(&id))
            }),
        delete("/api/v1/jobs/{job}", Role::Read)
            .says(
                TAG,
                "Stop a job",
                "Asks a job to stop where it can be taken up again. Whoever started it may, and \
                 the role `admin`.",
            )
            .json(stop),
    ]
}

/// The reply to work that became a job.
pub(super) fn accepted(call: &Call, id: &JobId) -> Result<Reply, Box<Problem>> {
    let state = call.app.jobs.get(id).ok_or_else(|| unknown(id))?;
    Ok(Reply::json(202, &state)?.header("location", format!("/api/v1/jobs/{id}")))
}

fn named(call: &Call) -> Result<JobId, Box<Problem>> {
    Ok(JobId(call.part("job")?))
}

fn unknown(id: &JobId) -> Box<Problem> {
    Problem::not_found(format!("there is no job {id}; those of an earlier run are forgotten"))
}

fn stop(call: &Call, _: Nothing) -> Result<JobState, Box<Problem>> {
    let id = named(call)?;
    let state = call.app.jobs.get(&id).ok_or_else(|| unknown(&id))?;
    if call.by() != state.by {
        call.needs(Role::Admin)?;
    }
    call.app.jobs.cancel(&id).ok_or_else(|| unknown(&id))
}
