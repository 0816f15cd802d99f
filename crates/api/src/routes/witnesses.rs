//! How it stands with witnesses.

use crate::app::Call;
use crate::problem::Problem;
use crate::publish::WitnessesAnswer;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{Route, get};

const TAG: &str = "Proof";

const WITNESSES: &str = "\
The witnesses that are asked to cosign each new head, and the files heads are written to: up to \
where each knows the ledger, and what is wrong where one does not go on. `rolledBack` and `forked` \
mean that a witness has seen more, or another history, than there is here.";

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/witnesses", Some(Role::Read))
            .says(TAG, "See how it stands with witnesses", WITNESSES)
            .json(witnesses),
    ]
}

fn witnesses(call: &Call, _: Nothing) -> Result<WitnessesAnswer, Box<Problem>> {
    Ok(call.app.board.answer(call.plant().at()))
}
