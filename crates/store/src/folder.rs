//! A data folder: created whole or not at all, opened for writing by one process at a time.
//!
//! ```text
//! create:  lock ─► ledger.db.new ─► people.db, site.key, files/ ─► rename to ledger.db
//!                  └─ a crash in here leaves ledger.db.new: "half created" ─┘
//! ```
//!
//! A folder without `ledger.db` and without `ledger.db.new` is never written to: whoever lost the
//! ledger alone keeps the keys beside it.

mod lock;

use crate::checkpointer::Checkpointer;
use crate::cosigned::Cosigned;
use crate::database::{self, Database};
use crate::durable;
use crate::error::{Error, Result};
use crate::files::{self, Files};
use crate::ledger::{self, Ledger, Readers};
use crate::people::{self, People};
use crate::site_key::{Seed, SiteKey};
use crate::turn::Turns;
use crate::views::{self, Edition, Views};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use lock::Lock;

pub(crate) const LOCK: &str = "lock";
const LEDGER: &str = "ledger.db";
const VIEWS: &str = "views.db";
const PEOPLE: &str = "people.db";
/// Says that the keys of people are not in this folder: their file was left out of a copy.
const APART: &str = "people.apart";
const SITE_KEY: &str = "site.key";
const FILES: &str = "files";
const COSIGNED: &str = "cosigned";

/// A data folder open for writing. While it lives, nobody else can open it so.
#[derive(Debug)]
pub struct Folder {
    reading: ReadFolder,
    ledger_turns: Turns,
    views_turns: Turns,
    _lock: Lock,
}

/// A data folder open for reading, by whoever and beside its writer.
#[derive(Debug, Clone)]
pub struct ReadFolder {
    folder: PathBuf,
}

impl Folder {
    /// Creates a data folder with an empty ledger and a new signing key, and opens it.
    ///
    /// Errors: [`Error::Occupied`] where something lies there already, [`Error::Held`].
    pub fn create(folder: &Path) -> Result<Self> {
        let unfinished = Unfinished::prepare(folder)?;
        durable::rename(&People::create(&folder.join(PEOPLE))?, &folder.join(PEOPLE))?;
        SiteKey::at(folder.join(SITE_KEY)).write(&[Seed::random()?])?;
        unfinished.finish()
    }

    /// Opens a data folder for writing.
    ///
    /// Errors: [`Error::NotAFolder`], [`Error::HalfCreated`], [`Error::Held`], and what is wrong
    /// with its databases.
    pub fn open(folder: &Path) -> Result<Self> {
        let reading = ReadFolder::open(folder)?;
        let lock = Lock::take(folder, &folder.join(LOCK))?;
        Self::locked(reading, lock)
    }

    fn locked(reading: ReadFolder, lock: Lock) -> Result<Self> {
        reading.ledger()?;
        let (ledger_turns, views_turns) = Default::default();
        let folder = Self { reading, ledger_turns, views_turns, _lock: lock };
        folder.people()?;
        folder.files().remove_unfinished()?;
        Ok(folder)
    }

    /// The folder, for reading.
    pub fn reading(&self) -> &ReadFolder {
        &self.reading
    }

    /// The writer of the ledger. One at a time: a second waits for the first one's batch.
    pub fn ledger(&self) -> Result<Ledger> {
        Ledger::open(&self.path(LEDGER), self.ledger_turns.clone())
    }

    /// What keeps the write-ahead log of the ledger short.
    pub fn ledger_checkpointer(&self) -> Result<Checkpointer> {
        Checkpointer::open(&self.path(LEDGER), &ledger::SHAPE, self.ledger_turns.clone())
    }

    /// The writer of the views.
    ///
    /// Errors: [`Error::Stale`] where they must be folded anew: into [`Folder::fresh_views`], then
    /// [`Folder::swap_in_views`].
    pub fn views(&self, edition: &Edition) -> Result<Views> {
        Views::open(&self.path(VIEWS), edition, self.views_turns.clone())
    }

    /// What keeps the write-ahead log of the views short. It must be closed before views are
    /// swapped in.
    pub fn views_checkpointer(&self) -> Result<Checkpointer> {
        Checkpointer::open(&self.path(VIEWS), &views::SHAPE, self.views_turns.clone())
    }

    /// Views at no position yet, beside the served ones.
    pub fn fresh_views(&self, edition: &Edition) -> Result<Views> {
        Views::create_at(&durable::unfinished(&self.path(VIEWS)), edition)
    }

    /// Puts fresh views in the place of the served ones, durably. All connections to those must be
    /// closed: the writer is handed over here, readers and checkpointer by their owners.
    pub fn swap_in_views(
        &self,
        former: Option<Views>,
        fresh: Views,
        edition: &Edition,
    ) -> Result<Views> {
        drop(former);
        fresh.swap_in(&self.path(VIEWS), edition, self.views_turns.clone())
    }

    /// The keys of people.
    pub fn people(&self) -> Result<People> {
        People::at(&self.path(PEOPLE))
    }

    /// The signing keys.
    pub fn site_key(&self) -> SiteKey {
        SiteKey::at(self.path(SITE_KEY))
    }

    /// The files.
    pub fn files(&self) -> Files {
        Files::at(self.path(FILES))
    }

    /// The heads that witnesses cosigned.
    pub fn cosigned(&self) -> Cosigned {
        Cosigned::at(self.path(COSIGNED))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.reading.folder.join(name)
    }
}

impl ReadFolder {
    /// Opens a data folder for reading.
    ///
    /// Errors: [`Error::NotAFolder`], [`Error::HalfCreated`].
    pub fn open(folder: &Path) -> Result<Self> {
        let ledger = folder.join(LEDGER);
        if ledger.is_file() {
            return Ok(Self { folder: folder.to_owned() });
        }
        let folder = folder.to_owned();
        if durable::unfinished(&ledger).exists() {
            return Err(Error::HalfCreated { folder });
        }
        Err(Error::NotAFolder { folder })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// A reader of the ledger.
    pub fn ledger(&self) -> Result<ledger::Reader> {
        ledger::Reader::open(&self.folder.join(LEDGER))
    }

    /// A pool of readers of the ledger, at most `readers_max` and [`crate::READERS_MAX`].
    pub fn ledger_readers(&self, readers_max: usize) -> Readers {
        Readers::new(&self.folder.join(LEDGER), readers_max)
    }

    /// A reader of the views.
    ///
    /// Errors: [`Error::Stale`].
    pub fn views(&self, edition: &Edition) -> Result<views::Reader> {
        views::Reader::open(&self.folder.join(VIEWS), edition)
    }

    /// The files, for reading.
    pub fn files(&self) -> files::Reader {
        files::Reader::at(self.folder.join(FILES))
    }

    /// The heads that witnesses cosigned, for reading.
    pub fn cosigned(&self) -> Result<String> {
        Cosigned::at(self.folder.join(COSIGNED)).read()
    }

    /// What opens sealed values, beside the writer of the folder.
    pub fn people(&self) -> Result<people::Reader> {
        Ok(people::Reader::over(self.people_database()?))
    }

    /// The seeds of the signing keys, the one in use last.
    ///
    /// Errors: as [`SiteKey::read`].
    pub fn seeds(&self) -> Result<Vec<Seed>> {
        SiteKey::at(self.folder.join(SITE_KEY)).read()
    }

    /// Whether the keys of people were left out of this copy, to be kept apart from it.
    pub fn keys_are_apart(&self) -> bool {
        self.folder.join(APART).is_file()
    }

    /// The database of the keys of people, for a copy.
    pub(crate) fn people_database(&self) -> Result<Database> {
        people::database_at(&self.folder.join(PEOPLE))
    }

    /// The bytes of the file of signing keys, for a copy.
    pub(crate) fn site_key_bytes(&self) -> Result<Vec<u8>> {
        let path = self.folder.join(SITE_KEY);
        fs::read(&path).map_err(Error::io("read", &path))
    }
}

/// A folder being created: locked, with everything but what makes it one.
#[derive(Debug)]
pub(crate) struct Unfinished {
    folder: PathBuf,
    lock: Lock,
}

impl Unfinished {
    /// Makes the folder where it is not there, clears what an interrupted creation left, and marks
    /// it unfinished.
    pub(crate) fn prepare(folder: &Path) -> Result<Self> {
        make_private(folder)?;
        refuse_occupied(folder)?;
        let lock = Lock::take(folder, &folder.join(LOCK))?;
        refuse_occupied(folder)?;
        // From here on the mark is there; what lies beside it is ours to clear.
        Ledger::create(&folder.join(LEDGER))?;
        durable::sync_folder(folder)?;
        database::remove(&folder.join(PEOPLE))?;
        durable::remove_if_there(&folder.join(APART))?;
        durable::remove_if_there(&folder.join(SITE_KEY))?;
        durable::remove_if_there(&folder.join(COSIGNED))?;
        let files = folder.join(FILES);
        match fs::remove_dir_all(&files) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("clear", &files)(error));
            }
            Ok(()) | Err(_) => {}
        }
        fs::create_dir(&files).map_err(Error::io("create", &files))?;
        Ok(Self { folder: folder.to_owned(), lock })
    }

    /// Where the ledger is to be written until the folder is finished.
    pub(crate) fn ledger(&self) -> PathBuf {
        durable::unfinished(&self.folder.join(LEDGER))
    }

    /// Where the keys of people go.
    pub(crate) fn people(&self) -> PathBuf {
        self.folder.join(PEOPLE)
    }

    /// Where it is said that the keys of people are elsewhere.
    pub(crate) fn apart(&self) -> PathBuf {
        self.folder.join(APART)
    }

    /// Where the signing keys go.
    pub(crate) fn site_key(&self) -> PathBuf {
        self.folder.join(SITE_KEY)
    }

    /// Where the heads that witnesses cosigned go.
    pub(crate) fn cosigned(&self) -> Cosigned {
        Cosigned::at(self.folder.join(COSIGNED))
    }

    /// Where the files go.
    pub(crate) fn files(&self) -> Files {
        Files::at(self.folder.join(FILES))
    }

    /// Turns it into a data folder, in one step.
    pub(crate) fn finish(self) -> Result<Folder> {
        durable::sync_folder(&self.folder)?;
        durable::rename(&self.ledger(), &self.folder.join(LEDGER))?;
        Folder::locked(ReadFolder { folder: self.folder }, self.lock)
    }
}

/// Makes a folder that its owner alone may enter; one that is there already keeps its permissions.
pub(crate) fn make_private(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let named = |step: &&Path| !step.as_os_str().is_empty() && !step.exists();
    let missing: Vec<&Path> = folder.ancestors().take_while(named).collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Error::io("create", folder))?;
    missing.into_iter().try_for_each(durable::sync_parent)
}

/// Refuses a folder that holds anything, but for what an interrupted creation left.
fn refuse_occupied(folder: &Path) -> Result<()> {
    let names = listed(folder)?;
    let whole = names.iter().find(|name| *name == LEDGER);
    let mark = durable::unfinished(Path::new(LEDGER));
    let foreign = names.iter().find(|name| *name != LOCK);
    let interrupted = names.iter().any(|name| Path::new(name) == mark);
    match whole.or(foreign.filter(|_| !interrupted)) {
        Some(found) => Err(Error::Occupied { folder: folder.to_owned(), found: found.clone() }),
        None => Ok(()),
    }
}

/// The names of all that lies in a folder.
pub(crate) fn listed(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let entry = entry.map_err(Error::io("list", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}
