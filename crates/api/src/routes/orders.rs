//! Work orders one by one, and the serial numbers that are given out for them.

use domain::{CodeError, OrderCode, RangeCode};
use engine::query::{DefinitionsAsk, NumberRow, NumbersAsk, OrderAnswer, Page, RangeRow};

use crate::app::Call;
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{Route, get};

const TAG: &str = "Work";
const READ: Option<Role> = Some(Role::Read);

const ORDER: &str = "\
A work order: its plan and what happened to it, which orders were split from it, what it was to \
make and what became of that, and its items, each with how it stands and in what it is not as the \
plan now says. Every figure is counted from the items that are in the order now; `started` is \
`made` and `inWork` and `scrapped` together. `stage` is absent where nobody planned it here: an \
order that an import or a report only named. It is planned, released, split and closed by acts.";

const RANGES: &str = "\
Every range of serial numbers with its account: how many were given out, how many of them are \
used, void and open, and how many are left. `issued` is `used` and `void` and `open` together. \
`text` looks for the code and the part.";

const NUMBERS: &str = "\
The numbers of a range that were given out, in order: each with what became of it, the unit that \
is or was called so, the order and the station it is for, and why it is void. `entry` asks for \
those that one act gave out: the position it was answered with.";

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/orders/{order}", READ).says(TAG, "Read a work order", ORDER).json(
            |call: &Call, _: Nothing| -> Result<OrderAnswer, Box<Problem>> {
                let order = code(call, "order", OrderCode::new)?;
                Ok(call.plant().order(&order)?)
            },
        ),
        get("/api/v1/ranges", READ).says(TAG, "List ranges of serial numbers", RANGES).json(
            |call: &Call, ask: DefinitionsAsk| -> Result<Page<RangeRow>, Box<Problem>> {
                Ok(call.plant().ranges(&ask)?)
            },
        ),
        get("/api/v1/ranges/{range}/numbers", READ)
            .says(TAG, "List the numbers that were given out", NUMBERS)
            .json(|call: &Call, ask: NumbersAsk| -> Result<Page<NumberRow>, Box<Problem>> {
                let range = code(call, "range", RangeCode::new)?;
                Ok(call.plant().range_numbers((&range, &ask))?)
            }),
    ]
}

/// A code in the path.
fn code<C>(
    call: &Call,
    name: &str,
    read: fn(&str) -> Result<C, CodeError>,
) -> Result<C, Box<Problem>> {
    let text: String = call.part(name)?;
    read(&text)
        .map_err(|error| Problem::malformed(format!("{text:?} in the path is no {name}: {error}")))
}
