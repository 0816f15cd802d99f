//! Commands: one, or many at once.

use std::sync::Arc;

use domain::{Answer, Code, Command, CommandId, Meaning, Mode, PersonCode, Position};
use engine::{At, Plant};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::account::{Ceremony, Session};
use crate::app::{Call, Reply, read_json};
use crate::caller::Caller;
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

/// A command, and who signs it.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SignedCommand {
    /// What is asked for or told.
    #[serde(flatten)]
    _command: Command,
    /// Who signs it: each of its acts by itself. Only in a session of a person.
    #[schemars(rename = "signature")]
    _signature: Option<Ceremony>,
}

const ONE: &str = "\
Takes one command: an attempt, which meets the rules and may be refused, or a report of what \
happened, which is refused only if it makes no sense. It is admitted as a whole or not at all, \
and answered once it is durable. Give it an `id` (a UUID), or any text of your own in the header \
`Idempotency-Key`, and sending it again is safe: the same id with the same body gets the first \
answer, with another body it is refused. A refusal says which rules said no, on which items, and \
what to do. A person who is signed in signs with `signature`: account, password and meaning, \
given anew each time. Holding, lifting, clearing, inspecting, scrapping, correcting, closing an \
exception, defining fields, planning, releasing, splitting and closing orders, defining ranges of \
serial numbers, declaring numbers void and changing the part of an item need the role `quality`; \
erasing personal data needs `admin`.";

const MANY: &str = "\
Takes up to 1000 commands, as a JSON array or one a line (`application/x-ndjson`). All are read \
and authorised before the first is decided; then each is decided on its own, in order, seeing \
the ones before it. The answers come in the order of the commands, one a line if the commands \
came so.";

pub(super) fn table() -> Vec<Route> {
    vec![
        post("/api/v1/commands", Role::Record)
            .says("Commands", "Send a command", ONE)
            .takes::<SignedCommand>(JSON, JSON_BYTES_MAX)
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
    let (mut command, ceremony) = asked::<Command>(call.bytes())?;
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
    if let Some(ceremony) = ceremony {
        return signed(call, command, ceremony);
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

/// What a body asks for, and who signs it. The proof is taken out before anything else is looked
/// at: it is no part of what is asked and stands in no message.
pub(super) fn asked<T: DeserializeOwned + JsonSchema>(
    bytes: &[u8],
) -> Result<(T, Option<Ceremony>), Box<Problem>> {
    const MEMBER: &[u8] = b"\"signature\"";
    let named = bytes.windows(MEMBER.len()).any(|window| window == MEMBER);
    let whole = named.then(|| serde_json::from_slice(bytes).ok()).flatten();
    let Some(serde_json::Value::Object(mut fields)) = whole else {
        return Ok((read_json(bytes, "the body")?, None));
    };
    let Some(ceremony) = fields.remove("signature") else {
        return Ok((read_json(bytes, "the body")?, None));
    };
    let ceremony = serde_json::from_value(ceremony).map_err(|_| {
        Problem::malformed(format!(
            "the signature does not read: it has a user, a secret and a meaning, one of {}",
            Meaning::ALL.iter().map(|meaning| meaning.as_str()).collect::<Vec<_>>().join(", ")
        ))
    })?;
    let rest = serde_json::to_vec(&fields).map_err(|error| Problem::internal(&error))?;
    Ok((read_json(&rest, "the body")?, Some(ceremony)))
}

/// The session of who signs, which is never a machine's and signs for nobody else.
pub(super) fn signer(
    call: &Call,
    performed_by: Option<&PersonCode>,
) -> Result<(Session, String), Box<Problem>> {
    let refused = |detail: &str| Problem::coded(403, Code::NotAllowed, detail);
    let Some(Caller::Session(session, secret)) = call.caller.clone() else {
        return Err(refused("a token is of a machine, which cannot sign: sign in as a person"));
    };
    if performed_by != Some(&session.person) {
        return Err(refused("nobody signs for another: what you sign is performed by you"));
    }
    Ok((*session, secret))
}

/// Submits a command once who signs it has proved to be that person, on a thread that may block.
fn signed(call: &Call, command: Command, ceremony: Ceremony) -> Result<Later, Box<Problem>> {
    let (session, secret) = signer(call, command.performed_by.as_ref())?;
    let (app, terminal) = (Arc::clone(&call.app), call.terminal.clone());
    Ok(Box::pin(async move {
        let (to, reply) = oneshot::channel();
        let plant = Arc::clone(&app.plant);
        let submitted = tokio::task::spawn_blocking(move || -> Result<(), Box<Problem>> {
            let signing = app.accounts.sign((&session, &secret), &ceremony, &terminal)?;
            let by = (session.user.as_str(), signing);
            Ok(app.plant.submit_signed(command, by, move |reply| drop(to.send(reply)))?)
        });
        submitted.await.unwrap_or_else(|error| Err(Problem::internal(&error)))?;
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
