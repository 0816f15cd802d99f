//! One method for each call.

use std::thread;
use std::time::Duration;

use domain::{Command, ItemRef, Position, ScopeCode};
use engine::query::{
    DefinitionsAsk, EntriesAsk, EntryRow, EquipmentRow, ExceptionRow, ExceptionsAsk, HoldRow,
    HoldsAsk, ItemRow, ItemsAnswer, ItemsAsk, LotRow, LotsAsk, OrderRow, Page, PartRow,
    RecordAnswer, RecordAsk, ScopeAnswer, ScopeAsk, SharedAnswer, TraceAnswer, TraceAsk,
};
use engine::{
    DeltaAnswer, DeltaAsk, FreezeAnswer, FreezeAsk, JobId, JobPhase, JobState, RerunAnswer,
    ScopesAnswer,
};

use super::wire::{Pairs, encoded, pairs};
use super::{Client, Error, Result};
use crate::publish::WitnessesAnswer;
use crate::routes::{
    CommandAnswer, JobsAnswer, KeysAnswer, Outcome, StatusAnswer, TokenAsk, TokensAnswer,
    WithdrawKeyAsk,
};
use crate::token::{Made, Token};

/// How often a command is sent again while the server is busy.
const TRIES_MAX: u32 = 10;
/// How long to wait between two looks at a job, at first and at most.
const LOOK_TIME: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident($path:literal): $ask:ty => $row:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self, ask: &$ask) -> Result<Page<$row>> {
            self.get($path, pairs(ask))
        }
    )*};
}

impl Client {
    /// Sends a command; a refusal is an [`Error::Problem`] with its code.
    pub fn command(&self, command: &Command) -> Result<CommandAnswer> {
        self.post("/api/v1/commands", command)
    }

    /// Sends a command, again while the server is busy.
    ///
    /// It is given an id where it has none, so that it counts once however often it is sent.
    pub fn command_patiently(&self, command: &Command) -> Result<CommandAnswer> {
        let id = match command.id {
            Some(id) => id,
            None => engine::new_command_id().map_err(|error| self.strange(&error))?,
        };
        let command = Command { id: Some(id), ..command.clone() };
        let mut tries = 1;
        loop {
            let error = match self.command(&command) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(ms) = error.problem().and_then(|problem| problem.retry_after_ms) else {
                return Err(error);
            };
            if tries == TRIES_MAX {
                return Err(error);
            }
            thread::park_timeout(Duration::from_millis(ms).saturating_mul(tries));
            tries += 1;
        }
    }

    /// Sends up to 1000 commands; each is admitted or refused on its own.
    pub fn commands(&self, commands: &[Command]) -> Result<Vec<Outcome>> {
        self.post("/api/v1/commands/batch", &commands)
    }

    /// The items a reference fits.
    pub fn item(&self, item: &ItemRef) -> Result<ItemsAnswer> {
        self.get(&format!("/api/v1/items/{}", encoded(item)), Pairs::new())
    }

    /// The manufacturing record of an item.
    pub fn record(&self, ask: &RecordAsk) -> Result<RecordAnswer> {
        let mut query = Pairs::new();
        let mut put = |name: &str, value: Option<String>| {
            query.extend(value.map(|value| (name.to_owned(), value)));
        };
        let compare = ask.compare.unwrap_or_default();
        put("asOf", ask.as_of.map(|time| time.to_string()));
        put("knownAt", ask.known_at.map(|known| known.to_string()));
        put("history", ask.history.then(|| "true".to_owned()));
        put("compareAsOf", compare.as_of.map(|time| time.to_string()));
        put("compareKnownAt", compare.known_at.map(|known| known.to_string()));
        self.get(&format!("/api/v1/items/{}/record", encoded(&ask.item)), query)
    }

    /// What an item shares with others.
    pub fn shared(&self, item: &ItemRef) -> Result<SharedAnswer> {
        self.get(&format!("/api/v1/items/{}/shared", encoded(item)), Pairs::new())
    }

    /// What went in, or where it went.
    pub fn trace(&self, ask: &TraceAsk) -> Result<TraceAnswer> {
        self.post("/api/v1/trace", ask)
    }

    /// The scope of a suspicion.
    pub fn scope(&self, ask: &ScopeAsk) -> Result<ScopeAnswer> {
        self.post("/api/v1/scope", ask)
    }

    /// Freezes a scope.
    pub fn freeze_scope(&self, ask: &FreezeAsk) -> Result<FreezeAnswer> {
        self.post("/api/v1/scopes", ask)
    }

    /// Every number of every frozen scope.
    pub fn scopes(&self) -> Result<ScopesAnswer> {
        self.get("/api/v1/scopes", Pairs::new())
    }

    /// The series of one frozen scope.
    pub fn scope_series(&self, code: &ScopeCode) -> Result<ScopesAnswer> {
        self.get(&format!("/api/v1/scopes/{}", encoded(code)), Pairs::new())
    }

    /// What the delta of a frozen scope would say.
    pub fn look_at_scope(&self, code: &ScopeCode) -> Result<DeltaAnswer> {
        self.get(&format!("/api/v1/scopes/{}/delta", encoded(code)), Pairs::new())
    }

    /// Writes the delta of a frozen scope.
    pub fn scope_delta(&self, code: &ScopeCode, ask: &DeltaAsk) -> Result<DeltaAnswer> {
        self.post(&format!("/api/v1/scopes/{}/delta", encoded(code)), ask)
    }

    /// Has the server make a frozen scope again, and waits.
    pub fn rerun_scope(&self, code: &ScopeCode) -> Result<RerunAnswer> {
        let path = format!("/api/v1/scopes/{}/verify", encoded(code));
        let job: JobState = self.post(&path, &serde_json::Map::new())?;
        let job = self.wait(&job.id, &mut |_| {})?;
        self.result(job)
    }

    lists! {
        /// A page of items.
        items("/api/v1/items"): ItemsAsk => ItemRow;
        /// A page of lots with their books.
        lots("/api/v1/lots"): LotsAsk => LotRow;
        /// A page of work orders.
        orders("/api/v1/orders"): DefinitionsAsk => OrderRow;
        /// A page of holds.
        holds("/api/v1/holds"): HoldsAsk => HoldRow;
        /// A page of exceptions.
        exceptions("/api/v1/exceptions"): ExceptionsAsk => ExceptionRow;
        /// A page of parts.
        parts("/api/v1/parts"): DefinitionsAsk => PartRow;
        /// A page of parties.
        parties("/api/v1/parties"): DefinitionsAsk => domain::Party;
        /// A page of stations.
        stations("/api/v1/stations"): DefinitionsAsk => domain::Station;
        /// A page of equipment.
        equipment("/api/v1/equipment"): DefinitionsAsk => EquipmentRow;
        /// A page of entries.
        entries("/api/v1/entries"): EntriesAsk => EntryRow;
    }

    /// One entry.
    pub fn entry(&self, position: Position) -> Result<EntryRow> {
        self.get(&format!("/api/v1/entries/{position}"), Pairs::new())
    }

    /// How the server stands, and whose token this is.
    pub fn status(&self) -> Result<StatusAnswer> {
        self.get("/api/v1/status", Pairs::new())
    }

    /// The signed head of the ledger, a C2SP note.
    pub fn checkpoint(&self) -> Result<String> {
        self.text("/api/v1/checkpoint")
    }

    /// The page that explains a code.
    pub fn explain(&self, code: &str) -> Result<String> {
        self.text(&format!("/api/v1/errors/{}", encoded(code)))
    }

    /// The signing keys of the ledger.
    pub fn keys(&self) -> Result<KeysAnswer> {
        self.get("/api/v1/keys", Pairs::new())
    }

    /// How it stands with witnesses.
    pub fn witnesses(&self) -> Result<WitnessesAnswer> {
        self.get("/api/v1/witnesses", Pairs::new())
    }

    /// Changes the signing key.
    pub fn rotate_key(&self) -> Result<KeysAnswer> {
        self.post("/api/v1/keys/rotate", &serde_json::Map::new())
    }

    /// Withdraws a former signing key.
    pub fn withdraw_key(&self, ask: &WithdrawKeyAsk) -> Result<KeysAnswer> {
        self.post("/api/v1/keys/withdraw", ask)
    }

    /// Every token, without the tokens themselves.
    pub fn tokens(&self) -> Result<Vec<Token>> {
        self.get("/api/v1/tokens", Pairs::new()).map(|answer: TokensAnswer| answer.tokens)
    }

    /// Makes a token.
    pub fn create_token(&self, ask: &TokenAsk) -> Result<Made> {
        self.post("/api/v1/tokens", ask)
    }

    /// Revokes a token.
    pub fn revoke_token(&self, name: &str) -> Result<()> {
        self.delete(&format!("/api/v1/tokens/{}", encoded(name))).map(drop)
    }

    /// Every job that is remembered, newest first.
    pub fn jobs(&self) -> Result<Vec<JobState>> {
        self.get("/api/v1/jobs", Pairs::new()).map(|answer: JobsAnswer| answer.jobs)
    }

    /// A job as it stands.
    pub fn job(&self, id: &JobId) -> Result<JobState> {
        self.get(&format!("/api/v1/jobs/{}", encoded(id)), Pairs::new())
    }

    /// Asks a job to stop.
    pub fn stop_job(&self, id: &JobId) -> Result<JobState> {
        let response = self.delete(&format!("/api/v1/jobs/{}", encoded(id)))?;
        self.value(response)
    }

    /// Waits for a job; `progress` sees each look at it. Unparking the thread looks at once.
    ///
    /// Errors: [`Error::Job`] if it failed or was stopped.
    pub fn wait(&self, id: &JobId, progress: &mut dyn FnMut(&JobState)) -> Result<JobState> {
        let (mut pause, longest) = LOOK_TIME;
        loop {
            let job = self.job(id)?;
            progress(&job);
            match job.state {
                JobPhase::Done => return Ok(job),
                JobPhase::Failed | JobPhase::Cancelled => return Err(Error::Job(Box::new(job))),
                JobPhase::Queued | JobPhase::Running => {}
            }
            thread::park_timeout(pause);
            pause = pause.saturating_mul(2).min(longest);
        }
    }
}
