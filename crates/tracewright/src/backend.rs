//! Where the ledger is: in a data folder, or behind a server.
//!
//! Invariant: a command does the same on both; each method of [`Backend`] is one question or one
//! deed.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use domain::{Command, ItemRef};
use engine::query::{
    EntriesAsk, EntryRow, ExceptionRow, ExceptionsAsk, HoldRow, HoldsAsk, ItemRow, ItemsAsk,
    LotRow, LotsAsk, Page, RecordAnswer, RecordAsk, ScopeAnswer, ScopeAsk, SharedAnswer,
    TraceAnswer, TraceAsk,
};
use engine::{At, ImportAnswer, ImportAsk, Opening, Options, Plant, Reply};

use crate::cli::Global;
use crate::output::Output;

/// Who records what is told without a server.
pub(crate) const RECORDED_BY: &str = "local";

/// Where the ledger is said to be.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    data: Option<PathBuf>,
}

impl Place {
    /// As the options say.
    pub(crate) fn of(global: &Global) -> Self {
        Self { data: global.data.clone() }
    }

    /// This folder.
    pub(crate) const fn at_folder(folder: PathBuf) -> Self {
        Self { data: Some(folder) }
    }

    /// The data folder.
    ///
    /// Errors: none is named.
    pub(crate) fn folder(&self) -> Result<&Path> {
        self.data.as_deref().ok_or_else(|| {
            anyhow!("find the ledger: say where with --data DIR, or set TRACEWRIGHT_DATA")
        })
    }

    /// Opens the ledger that is there.
    pub(crate) fn open(&self, output: &Output) -> Result<Backend> {
        let folder = self.folder()?;
        require_folder(folder)?;
        open_folder(folder, &Options::default(), output)
    }

    /// Opens the ledger that is there, or makes a new folder for one.
    pub(crate) fn open_or_make(&self, options: &Options, output: &Output) -> Result<Backend> {
        open_folder(self.folder()?, options, output)
    }
}

/// Refuses a place where no ledger is.
pub(crate) fn require_folder(folder: &Path) -> Result<()> {
    match store::ReadFolder::open(folder) {
        Err(store::Error::NotAFolder { .. }) => bail!(
            "find a data folder at {0}: make one with `tracewright init --data {0}`, or take in a \
             file with `tracewright import FILE --data {0}`",
            folder.display()
        ),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

fn open_folder(path: &Path, options: &Options, output: &Output) -> Result<Backend> {
    let bar = output.bar("folding", "entries");
    let opened = Plant::open(path, options, |opening| match opening {
        Opening::Folding { done, size } => bar.at(done, size),
    });
    match opened {
        Ok(plant) => Ok(Backend::Local(Box::new(plant))),
        Err(engine::Error::Store(store::Error::Held { .. })) => bail!(
            "open {}: a server or another command works on it; end it, or talk to the server with \
             --server URL and --token TOKEN",
            path.display()
        ),
        Err(error) => Err(error.into()),
    }
}

/// The ledger, wherever it is.
#[derive(Debug)]
pub(crate) enum Backend {
    /// In a data folder, held by this process.
    Local(Box<Plant>),
}

impl Backend {
    /// Where it stands.
    pub(crate) fn at(&self) -> Result<Vec<At>> {
        match self {
            Self::Local(plant) => Ok(plant.at()),
        }
    }

    /// Asks for or tells something; what was told shows in every later answer.
    pub(crate) fn submit(&self, command: Command) -> Result<Reply> {
        match self {
            Self::Local(plant) => {
                let reply = plant.submit(command, RECORDED_BY)?;
                plant.published().wait_for(reply.position)?;
                Ok(reply)
            }
        }
    }

    /// Takes in a file.
    pub(crate) fn import(&self, ask: &ImportAsk, output: &Output) -> Result<ImportAnswer> {
        match self {
            Self::Local(plant) => {
                let bar = output.bar("importing", "");
                let mut progress = |progress: engine::ImportProgress| {
                    bar.phase(progress.phase.word());
                    bar.at(progress.done, progress.total);
                };
                Ok(plant.import(ask, &mut progress, &|| false)?)
            }
        }
    }

    /// What went in, or where it went.
    pub(crate) fn trace(&self, ask: &TraceAsk) -> Result<TraceAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.trace(ask)?),
        }
    }

    /// What a suspicion concerns.
    pub(crate) fn scope(&self, ask: &ScopeAsk) -> Result<ScopeAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.scope(ask)?),
        }
    }

    /// The manufacturing record of an item.
    pub(crate) fn record(&self, ask: &RecordAsk) -> Result<RecordAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.record(ask)?),
        }
    }

    /// What an item shares with others.
    pub(crate) fn shared(&self, ask: &ItemRef) -> Result<SharedAnswer> {
        match self {
            Self::Local(plant) => Ok(plant.shared(ask)?),
        }
    }

    /// A page of items.
    pub(crate) fn items(&self, ask: &ItemsAsk) -> Result<Page<ItemRow>> {
        match self {
            Self::Local(plant) => Ok(plant.items(ask)?),
        }
    }

    /// A page of lots.
    pub(crate) fn lots(&self, ask: &LotsAsk) -> Result<Page<LotRow>> {
        match self {
            Self::Local(plant) => Ok(plant.lots(ask)?),
        }
    }

    /// A page of entries.
    pub(crate) fn entries(&self, ask: &EntriesAsk) -> Result<Page<EntryRow>> {
        match self {
            Self::Local(plant) => Ok(plant.entries(ask)?),
        }
    }

    /// A page of exceptions.
    pub(crate) fn exceptions(&self, ask: &ExceptionsAsk) -> Result<Page<ExceptionRow>> {
        match self {
            Self::Local(plant) => Ok(plant.exceptions(ask)?),
        }
    }

    /// A page of holds.
    pub(crate) fn holds(&self, ask: &HoldsAsk) -> Result<Page<HoldRow>> {
        match self {
            Self::Local(plant) => Ok(plant.holds(ask)?),
        }
    }

    /// The last signed head, to be kept elsewhere.
    pub(crate) fn head(&self) -> Result<SignedHead> {
        match self {
            Self::Local(plant) => {
                let (size, note) = plant.publish_head()?;
                let origin = plant.keys().genesis().origin.clone();
                Ok(SignedHead { origin, size, note })
            }
        }
    }
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
