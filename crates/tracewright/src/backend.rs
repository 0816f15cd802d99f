//! Where the ledger is: in a data folder, or behind a server.
//!
//! Invariant: a command does the same on both; each method of [`Backend`] is one question or one
//! deed.

mod place;
mod sessions;

use anyhow::{Result, bail};
use api::account::Ceremony;
use api::client::{self, Client, Transfer};
use api::{CommandAnswer, KeysAnswer, Outcome, WithdrawKeyAsk};
use domain::instruction::WorkMaster;
use domain::{Answer, Command, HoldCode, ItemRef, OrderCode, Position, RangeCode, ScopeCode};
use engine::query::{
    BatchRecord, DefinitionsAsk, EntriesAsk, EntryRow, ExceptionRow, ExceptionsAsk, HoldAnswer,
    HoldRow, HoldsAsk, ItemRow, ItemsAsk, LotRow, LotsAsk, MasterAnswer, MasterChanges,
    MasterCheck, MastersAnswer, MastersAsk, NextAnswer, NonconformancesAnswer, NonconformancesAsk,
    NumberRow, NumbersAsk, OrderAnswer, OrderRow, Page, QualificationsAnswer, RangeRow,
    RecordAnswer, RecordAsk, ReleaseAnswer, ReleaseAsk, ReplayAnswer, ReplayAsk, ReviewsAnswer,
    ReviewsAsk, ScopeAnswer, ScopeAsk, ScopeDocument, SharedAnswer, TraceAnswer, TraceAsk,
    WorkAnswer, WorkAsk, WorkList,
};
use engine::{At, ImportAnswer, ImportAsk, Plant, Reply, Showing};
use engine::{
    DeltaAnswer, DeltaAsk, ExportAbout, ExportFormat, FreezeAnswer, FreezeAsk, RecordFormat,
    RerunAnswer, ScopesAnswer,
};
use merkle::checkpoint::Signed;

use crate::output::Output;
pub(crate) use place::{Place, not_held, open_folder, require_folder};
pub(crate) use sessions::{Kept, Sessions};

/// Who records what is told without a server.
pub(crate) const RECORDED_BY: &str = "local";

/// Why nobody signs on a folder.
const SIGN_AT_SERVER: &str =
    "sign: a server knows who you are; name it with --server URL and sign in";

/// The ledger, wherever it is.
#[derive(Debug)]
pub(crate) enum Backend {
    /// In a data folder, held by this process.
    Local(Box<Plant>),
    /// Behind a server.
    Remote(Client),
}

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident: $ask:ty => $answer:ty;)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name(&self, ask: &$ask) -> Result<$answer> {
            match self {
                Self::Local(plant) => Ok(plant.$name(ask)?),
                Self::Remote(client) => Ok(client.$name(ask)?),
            }
        }
    )*};
}

impl Backend {
    questions! {
        /// What went in, or where it went.
        trace: TraceAsk => TraceAnswer;
        /// What a suspicion concerns.
        scope: ScopeAsk => ScopeAnswer;
        /// What a delta of a frozen scope would say.
        look_at_scope: ScopeCode => DeltaAnswer;
        /// The manufacturing record of an item.
        record: RecordAsk => RecordAnswer;
        /// What an item shares with others.
        shared: ItemRef => SharedAnswer;
        /// A page of items.
        items: ItemsAsk => Page<ItemRow>;
        /// A page of lots.
        lots: LotsAsk => Page<LotRow>;
        /// A page of entries.
        entries: EntriesAsk => Page<EntryRow>;
        /// A page of exceptions.
        exceptions: ExceptionsAsk => Page<ExceptionRow>;
        /// A page of holds.
        holds: HoldsAsk => Page<HoldRow>;
        /// One hold.
        hold: HoldCode => HoldAnswer;
        /// Versions of work masters.
        masters: MastersAsk => MastersAnswer;
        /// One version of a work master.
        master: str => MasterAnswer;
        /// Everything wrong with a draft.
        check_master: WorkMaster => MasterCheck;
        /// What is new in a draft.
        master_changes: WorkMaster => MasterChanges;
        /// Who a draft would have stopped.
        replay_master: ReplayAsk => ReplayAnswer;
        /// A page of work orders.
        orders: DefinitionsAsk => Page<OrderRow>;
        /// A work order with all that is known of it.
        order: OrderCode => OrderAnswer;
        /// A page of ranges of serial numbers.
        ranges: DefinitionsAsk => Page<RangeRow>;
        /// Executions that are not ended.
        work_list: WorkAsk => WorkList;
        /// One execution, step by step.
        work: Position => WorkAnswer;
        /// Where an item stands in its route.
        next_work: ItemRef => NextAnswer;
        /// The batch record of an item.
        batch_record: ItemRef => BatchRecord;
        /// Items on their way to release.
        reviews: ReviewsAsk => ReviewsAnswer;
        /// Nonconformances.
        nonconformances: NonconformancesAsk => NonconformancesAnswer;
    }

    /// A page of the numbers of a range that were given out.
    pub(crate) fn range_numbers(
        &self,
        code: &RangeCode,
        ask: &NumbersAsk,
    ) -> Result<Page<NumberRow>> {
        match self {
            Self::Local(plant) => Ok(plant.range_numbers((code, ask))?),
            Self::Remote(client) => Ok(client.range_numbers((code, ask))?),
        }
    }

    /// Who is qualified for what.
    pub(crate) fn qualifications(&self) -> Result<QualificationsAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.qualifications()?),
            Self::Remote(client) => Ok(client.qualifications()?),
        }
    }

    /// The batch record of an item as it stood at an entry.
    pub(crate) fn batch_record_at(&self, item: &ItemRef, at: Position) -> Result<BatchRecord> {
        match self {
            Self::Local(plant) => Ok(plant.batch_record_at(item, at)?),
            Self::Remote(client) => Ok(client.batch_record_at(item, at)?),
        }
    }

    /// Releases items on their records.
    pub(crate) fn release(
        &self,
        ask: &ReleaseAsk,
        ceremony: Option<&Ceremony>,
    ) -> Result<ReleaseAnswer> {
        match self {
            Self::Local(_) if ceremony.is_some() => bail!(SIGN_AT_SERVER),
            Self::Local(plant) => Ok(plant.release(ask, (RECORDED_BY, None))?),
            Self::Remote(client) => Ok(client.release(ask, ceremony)?),
        }
    }

    /// The batch record of an item as a file to be handed on.
    pub(crate) fn record_file(&self, item: &ItemRef, format: RecordFormat) -> Result<Vec<u8>> {
        match self {
            Self::Local(plant) => Ok(plant.record_file(item, format, RECORDED_BY)?),
            Self::Remote(client) => {
                let mut bytes = Vec::new();
                client.record_file(item, format, &mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// Freezes a scope.
    pub(crate) fn freeze_scope(&self, ask: &FreezeAsk) -> Result<FreezeAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.freeze_scope(ask, RECORDED_BY)?),
            Self::Remote(client) => Ok(client.freeze_scope(ask)?),
        }
    }

    /// Writes the delta of a frozen scope, where there is one.
    pub(crate) fn scope_delta(&self, code: &ScopeCode, ask: &DeltaAsk) -> Result<DeltaAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.scope_delta(code, ask, RECORDED_BY)?),
            Self::Remote(client) => Ok(client.scope_delta(code, ask)?),
        }
    }

    /// Every number of every frozen scope.
    pub(crate) fn scopes(&self) -> Result<ScopesAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.scopes()?),
            Self::Remote(client) => Ok(client.scopes()?),
        }
    }

    /// Makes a frozen scope again.
    pub(crate) fn rerun_scope(&self, code: &ScopeCode) -> Result<RerunAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.rerun_scope(code, None)?),
            Self::Remote(client) => Ok(client.rerun_scope(code)?),
        }
    }

    /// A number of a frozen scope in a form others read; without a number the last.
    pub(crate) fn export_scope(
        &self,
        code: &ScopeCode,
        number: Option<u32>,
        (format, about): (ExportFormat, &ExportAbout),
    ) -> Result<Vec<u8>> {
        match self {
            Self::Local(plant) => Ok(plant.export_scope((code, number), format, about)?),
            Self::Remote(client) => {
                let last = || -> Result<u32> {
                    let series = client.scope_series(code)?.scopes;
                    Ok(series.last().map_or(0, |frozen| frozen.number))
                };
                let number = number.map_or_else(last, Ok)?;
                let mut bytes = Vec::new();
                client.export_scope((code, number), format, about, &mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// The scope of a suspicion in a form others read, without freezing it.
    pub(crate) fn export_open_scope(
        &self,
        ask: &ScopeAsk,
        (format, about): (ExportFormat, &ExportAbout),
    ) -> Result<Vec<u8>> {
        match self {
            Self::Local(plant) => Ok(plant.export_open_scope(ask, format, about)?),
            Self::Remote(client) => {
                let mut bytes = Vec::new();
                client.export_open_scope(ask, format, about, &mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// The document of a number of a frozen scope; without a number the last.
    pub(crate) fn scope_document(
        &self,
        code: &ScopeCode,
        number: Option<u32>,
    ) -> Result<ScopeDocument> {
        let form = (ExportFormat::Json, &ExportAbout::default());
        Ok(ScopeDocument::parse(&self.export_scope(code, number, form)?)?)
    }

    /// Where it stands.
    pub(crate) fn at(&self) -> Result<Vec<At>> {
        match self {
            Self::Local(plant) => Ok(plant.at()),
            Self::Remote(client) => Ok(client.status()?.at),
        }
    }

    /// Asks for or tells something, at most [`api::COMMANDS_PER_BATCH_MAX`] commands at once;
    /// what was told shows in every later answer.
    pub(crate) fn submit(&self, commands: &[Command]) -> Result<Vec<Outcome>> {
        match (self, commands) {
            (Self::Local(plant), _) => {
                let replies = plant.submit_all(commands.to_vec(), RECORDED_BY)?;
                replies.into_iter().map(|reply| outcome(plant, reply)).collect()
            }
            (Self::Remote(client), [command]) => match client.command_patiently(command) {
                Ok(answer) => Ok(vec![Outcome::Admitted(answer)]),
                Err(client::Error::Problem(problem)) if problem.code.is_some() => {
                    Ok(vec![Outcome::Refused(problem)])
                }
                Err(error) => Err(error.into()),
            },
            (Self::Remote(client), _) => Ok(client.commands(commands)?),
        }
    }

    /// Whether people can sign here.
    ///
    /// Errors: a folder knows no accounts that could sign.
    pub(crate) fn signs(&self) -> Result<()> {
        if matches!(self, Self::Local(_)) {
            bail!(SIGN_AT_SERVER);
        }
        Ok(())
    }

    /// Keeps bytes beside the ledger, at a server; answers the hash that names them.
    pub(crate) fn store(&self, bytes: &[u8]) -> Result<String> {
        match self {
            Self::Local(_) => bail!(SIGN_AT_SERVER),
            Self::Remote(client) => Ok(client.store(bytes)?.sha256),
        }
    }

    /// Submits a command that somebody signs.
    ///
    /// Errors: a folder knows no accounts that could sign.
    pub(crate) fn submit_signed(&self, command: &Command, ceremony: &Ceremony) -> Result<Outcome> {
        let Self::Remote(client) = self else {
            bail!(SIGN_AT_SERVER);
        };
        match client.command_signed(command, ceremony) {
            Ok(answer) => Ok(Outcome::Admitted(answer)),
            Err(client::Error::Problem(problem)) if problem.code.is_some() => {
                Ok(Outcome::Refused(problem))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes in a file.
    pub(crate) fn import(&self, ask: &ImportAsk, output: &Output) -> Result<ImportAnswer> {
        let bar = output.bar("importing", "");
        match self {
            Self::Local(plant) => {
                let mut progress = |progress: engine::ImportProgress| {
                    bar.phase(progress.phase.word());
                    bar.at(progress.done, progress.total);
                };
                Ok(plant.import(ask, &mut progress, &|| false)?)
            }
            Self::Remote(client) => {
                let mut progress = |transfer: Transfer<'_>| match transfer {
                    Transfer::Sent { bytes, of } => {
                        bar.phase("sending");
                        bar.at(bytes, of);
                    }
                    Transfer::Working(job) => {
                        bar.phase(job.message.as_deref().unwrap_or("importing"));
                        bar.at(job.done, job.total);
                    }
                };
                Ok(client.import(ask, &mut progress)?)
            }
        }
    }

    /// The bytes of a proof file for items.
    pub(crate) fn proof(&self, items: &[ItemRef], showing: &Showing) -> Result<Vec<u8>> {
        match self {
            Self::Local(plant) => Ok(plant.proof(items, showing)?.to_bytes()?),
            Self::Remote(client) => {
                let [item] = items else {
                    bail!("prove several items at once: the server does it one by one");
                };
                if *showing != Showing::default() {
                    bail!("choose what the proof shows: only work on the folder can, with --data");
                }
                let mut bytes = Vec::new();
                client.proof(item, &mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// The last signed head, to be kept elsewhere.
    pub(crate) fn head(&self) -> Result<SignedHead> {
        let note = match self {
            Self::Local(plant) => plant.head()?.to_string(),
            Self::Remote(client) => client.checkpoint()?,
        };
        let head = Signed::parse(&note)?.checkpoint;
        Ok(SignedHead { origin: head.origin, size: head.size, note })
    }

    /// The signing keys, oldest first.
    pub(crate) fn keys(&self) -> Result<KeysAnswer> {
        match self {
            Self::Local(plant) => Ok(KeysAnswer::of(plant)),
            Self::Remote(client) => Ok(client.keys()?),
        }
    }

    /// Withdraws a former signing key.
    pub(crate) fn withdraw_key(&self, ask: &WithdrawKeyAsk) -> Result<KeysAnswer> {
        match self {
            Self::Local(plant) => {
                plant.revoke_key(&ask.key.parse()?, &ask.reason)?;
                self.keys()
            }
            Self::Remote(client) => Ok(client.withdraw_key(ask)?),
        }
    }

    /// Changes the signing key.
    pub(crate) fn rotate_key(&self) -> Result<KeysAnswer> {
        match self {
            Self::Local(plant) => {
                plant.rotate_key()?;
                self.keys()
            }
            Self::Remote(client) => Ok(client.rotate_key()?),
        }
    }
}

/// What became of a command, once it shows.
fn outcome(plant: &Plant, reply: Reply) -> Result<Outcome> {
    plant.published().wait_for(reply.position)?;
    Ok(match reply.answer {
        Answer::Admitted(admitted) => {
            let position = Position(reply.position.0.saturating_sub(1));
            let at = vec![At { ledger: plant.ledger_id().to_string(), position }];
            let command = reply.command;
            Outcome::Admitted(CommandAnswer { at, command, position, admitted })
        }
        Answer::Rejected(rejection) => Outcome::Refused(rejection.into()),
    })
}

/// A head of the ledger, signed.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct SignedHead {
    /// Name of the ledger.
    pub(crate) origin: String,
    /// How many entries it covers.
    pub(crate) size: u64,
    /// The signed note.
    pub(crate) note: String,
}
