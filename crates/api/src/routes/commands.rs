//! Commands: one, or many at once.

use std::sync::Arc;

use domain::{Answer, Code, Command, CommandId, Mode, Position};
use engine::{At, Plant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::app::{Call, Reply, read_json};
use crate::problem::Problem;
use crate::query::Nothing;
use crate::role::{self, Role};
use crate::route::{JSON, JSON_BYTES_MAX, Later, NDJSON, Route, post};

/// Commands of one call: their answers come together, so a caller should not wait for more.
pub const COMMANDS_PER_BATCH_MAX: usize = 1000;
/// Bytes of one call with many commands.
pub const BATCH_BYTES_MAX: usize = 32 << 20;

/// What became of a command that was admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommandAnswer {
    /// Where the answer stands.
    pub at: Vec<At>,
    /// Under which id it was taken; the same id with the same body gets this answer again.
    pub command: CommandId,
    /// A question asked with `atLeast` this position sees what was written.
    pub position: Position,
    /// What was written.
    #[serde(flatten)]
    pub admitted: domain::Admitted,
}

/// What became of one command of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CommandOutcome")]
#[serde(tag = "answer", rename_all = "camelCase")]
pub enum Outcome {
    /// It is in the ledger.
    Admitted(CommandAnswer),
    /// It is not; the others may be.
    Refused(Box<Problem>),
}

const ONE: &str = "\
Takes one command: an attempt, which meets the rules and may be refused, or a report of what \
happened, which is refused only if it makes no sense. It is admitted as a whole or not at all, \
and answered once it is durable. Give it an `id` (a UUID), or any text of your own in the header \
`Idempotency-Key`, and sending it again is safe: the same id with the same body gets the first \
answer, with another body it is refused. A refusal says which rules said no, on which items, and \
what to do. Holding, lifting, clearing, inspecting, scrapping, correcting, closing an exception \
and defining fields need the role `quality`; erasing personal data needs `admin`.";

const MANY: &str = "\
Takes up to 1000 commands, as a JSON array or one a line (`application/x-ndjson`). All are read \
and authorised before the first is decided; then each is decided on its own, in order, seeing \
the ones before it. The answers come in the order of the commands, one a line if the commands \
came so.";

pub(super) fn table() -> Vec<Route> {
    vec![
        post("/api/v1/commands", Role::Record)
            .says("Commands", "Send a command", ONE)
            .takes::<Command>(JSON, JSON_BYTES_MAX)
            .answers_as::<CommandAnswer>(JSON)
            .later(one),
        post("/api/v1/commands/batch", Role::Record)
            .says("Commands", "Send many commands", MANY)
            .takes::<Vec<Command>>(JSON, BATCH_BYTES_MAX)
            .takes::<Command>(NDJSON, BATCH_BYTES_MAX)
            .answers_as::<Vec<Outcome>>(JSON)
            .answers_as::<Outcome>(NDJSON)
            .raw(|call, _: Nothing| many(call)),
    ]
}

fn one(call: &mut Call) -> Result<Later, Box<Problem>> {
    let mut command: Command = call.json()?;
    allowed(call, &command)?;
    command = completed(call, command);
    if let Some(key) = idempotency_key(call)? {
        if command.id.is_some_and(|id| id != key) {
            return Err(Problem::malformed(
                "the command has an id and the header Idempotency-Key another; give one of them",
            ));
        }
        command.id = Some(key);
    }
    let (to, reply) = oneshot::channel();
    call.plant().submit_then(command, call.by(), move |reply| {
        // A caller that has gone away needs no answer.
        to.send(reply).ok();
    })?;
    let plant = Arc::clone(call.plant());
    Ok(Box::pin(async move {
        let reply = reply.await.unwrap_or_else(|_| Err(plant.published().stopped()))?;
        Reply::json(200, &answered(&plant, reply)?)
    }))
}

fn many(call: &mut Call) -> Result<Reply, Box<Problem>> {
    let lines = call.is_ndjson();
    let bytes = call.bytes();
    let commands: Vec<Command> =
        if lines { read_lines(bytes)? } else { read_json(bytes, "the body")? };
    if commands.len() > COMMANDS_PER_BATCH_MAX {
        return Err(Problem::too_large(format!(
            "{} commands in one call; at most {COMMANDS_PER_BATCH_MAX} are taken",
            commands.len()
        )));
    }
    for (index, command) in commands.iter().enumerate() {
        allowed(call, command).map_err(|problem| problem.within(&format!("command {index}")))?;
    }
    let commands = commands.into_iter().map(|command| completed(call, command)).collect();
    let replies = call.plant().submit_all(commands, call.by())?;
    let outcomes: Vec<Outcome> = replies
        .into_iter()
        .map(|reply| match answered(call.plant(), reply) {
            Ok(admitted) => Outcome::Admitted(admitted),
            Err(problem) => Outcome::Refused(problem),
        })
        .collect();
    if !lines {
        return Reply::json(200, &outcomes);
    }
    let mut text = Vec::new();
    for outcome in &outcomes {
        serde_json::to_writer(&mut text, outcome).map_err(|error| Problem::internal(&error))?;
        text.push(b'\n');
    }
    Ok(Reply::whole(NDJSON, text))
}

fn read_lines(bytes: &[u8]) -> Result<Vec<Command>, Box<Problem>> {
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| read_json(line, &format!("line {} of the body", index + 1)))
        .collect()
}

/// Whether who calls may send a command.
///
/// A person tells what they did themselves: as an attempt never what others did, and of others only
/// what was done on paper or during a cut, as a report that says why it is late. A person types
/// what they read off equipment; that the equipment itself delivered it, only a machine can say.
pub(super) fn allowed(call: &Call, command: &Command) -> Result<(), Box<Problem>> {
    let needed = role::of(command);
    call.needs(needed)?;
    let Some(caller) = &call.caller else { return Ok(()) };
    let Some(person) = caller.person() else { return Ok(()) };
    let refused = |detail: String| Err(Problem::coded(403, Code::NotAllowed, detail));
    if command.captured.is_some() {
        return refused(
            "`captured` says that a device delivered this by its own clock: only the token of a \
             machine can say so; leave it out to type what you read"
                .to_owned(),
        );
    }
    let told_late = command.mode == Mode::Report && command.late.is_some();
    let others = command.performed_by.as_ref().filter(|by| *by != person);
    if let Some(other) = others.filter(|_| !told_late || needed > Role::Record) {
        return refused(format!(
            "you are {person} and this says {other} did it: leave performedBy out, or report what \
             was done on paper with `late`"
        ));
    }
    let bound =
        caller.station().filter(|own| command.station.as_ref().is_some_and(|at| at != *own));
    if let Some(own) = bound {
        return refused(format!("a badge was read at station {own}: work there, or sign in"));
    }
    Ok(())
}

/// The command with what is known of who sends it.
fn completed(call: &Call, mut command: Command) -> Command {
    let Some(caller) = &call.caller else { return command };
    command.performed_by = command.performed_by.or_else(|| caller.person().cloned());
    command.station = command.station.or_else(|| caller.station().cloned());
    command
}

/// The command id a caller gives as a header: a UUID, or any text, which counts for its token.
fn idempotency_key(call: &Call) -> Result<Option<CommandId>, Box<Problem>> {
    let Some(value) = call.headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if key.is_empty() {
        return Err(Problem::malformed("the header Idempotency-Key is empty"));
    }
    let id = key.parse().unwrap_or_else(|_| {
        engine::command_id_of(&[b"idempotency-key", call.by().as_bytes(), key.as_bytes()])
    });
    Ok(Some(id))
}

fn answered(plant: &Plant, reply: engine::Reply) -> Result<CommandAnswer, Box<Problem>> {
    match reply.answer {
        Answer::Admitted(admitted) => {
            let position = Position(reply.position.0.saturating_sub(1));
            let at = vec![At { ledger: plant.ledger_id().to_string(), position }];
            Ok(CommandAnswer { at, command: reply.command, position, admitted })
        }
        Answer::Rejected(rejection) => Err(rejection.into()),
    }
}
