//! What is pushed to stations, and one hold with what became of it.

use domain::{Code, HoldCode, Position, StationCode};
use engine::query::{HoldAnswer, Notice, NoticesAsk};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::app::{Call, Reply};
use crate::caller::Caller;
use crate::events::{self, Listener};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::Role;
use crate::route::{EVENTS, Route, get};

const PUSHED: &str = "\
Server-sent events, as they happen: `hold`, `lift`, `acknowledgement`, `nonconformance`, \
`disposition`, each with what there is to know in `data`, and `head`, at most four times a \
second, with the position the ledger has reached. The id of an event is the position of its \
entry: whoever comes back with it in `Last-Event-ID` (or in `after`) misses nothing; whoever says \
neither is told what is open now, and then what happens. With `station` come all holds, how many \
held items are at that station, what does not conform there, and its own acknowledgements. \
Something comes at least every 15 seconds. A listener that takes nothing for 30 seconds is let \
go, and one whose session or token ended is told so (`end`); nothing waits for a listener. To \
acknowledge a hold, send the act `acknowledgeHold` with the `station`.";

const HOLD: &str = "\
A hold, and how it took effect: when it was decided and since when the server refuses what it \
forbids; which stations acknowledged it, who and when; how long that took until the last one of \
those that had something of it; what was done with held items between the decision and each \
acknowledgement, and which attempts were refused.";

/// Asks to be told.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EventsAsk {
    /// Only what concerns this station.
    #[serde(default)]
    station: Option<StationCode>,
    /// The last position that was seen.
    #[serde(default)]
    after: Option<Position>,
}

pub(super) fn table() -> Vec<Route> {
    vec![
        get("/api/v1/events", Some(Role::Read))
            .says("Work", "Listen to what happens", PUSHED)
            .answers_as::<Notice>(EVENTS)
            .raw(|call, ask: EventsAsk| listen(call, ask)),
        get("/api/v1/holds/{hold}", Some(Role::Read)).says("Work", "Read a hold", HOLD).json(
            |call: &Call, _: Nothing| -> Result<HoldAnswer, Box<Problem>> {
                Ok(call.plant().hold(&code(call)?)?)
            },
        ),
    ]
}

/// The hold a path names.
fn code(call: &Call) -> Result<HoldCode, Box<Problem>> {
    let text: String = call.part("hold")?;
    HoldCode::new(&text).map_err(|error| {
        Problem::malformed(format!("{text:?} in the path is no code of a hold: {error}"))
    })
}

fn listen(call: &Call, ask: EventsAsk) -> Result<Reply, Box<Problem>> {
    let after = events::last_seen(&call.headers, ask.after)?;
    let last = call.plant().at().first().map_or(Position(0), |at| at.position);
    // What was seen is in the ledger; whether it shows by now does not matter.
    let size = call.plant().ledger()?.size()?;
    if let Some(after) = after.filter(|after| after.0 >= size) {
        let detail = format!("after={after}: the ledger has {size} entries; listen without it");
        return Err(Problem::coded(422, Code::Malformed, detail));
    }
    let own = call.caller.as_ref().and_then(Caller::station);
    if let (Some(own), Some(asked)) = (own, &ask.station)
        && own != asked
    {
        let detail = format!("a badge was read at station {own}: listen there, or sign in");
        return Err(Problem::coded(403, Code::NotAllowed, detail));
    }
    let station = ask.station.or_else(|| own.cloned());
    events::known_station(call.plant(), station.as_ref())?;
    let listener = Listener {
        // Who comes anew is told what is open, not all there ever was.
        ask: NoticesAsk { after, open_to: after.is_none().then_some(last), station },
        headers: call.headers.clone(),
        terminal: call.terminal.clone(),
    };
    Ok(Reply::open(EVENTS, events::listen(&call.app, listener)?))
}
