//! The views against a fold of the same entries.
//!
//! The served file is held at one state from before the ledger's size is read, so with a server at
//! work they are compared at the position they then stood at.

use std::panic::{AssertUnwindSafe, catch_unwind};

use store::{Edition, LedgerReader, ReadFolder, Views, ViewsReader, compare};

use super::report::{Findings, What};
use super::{Progress, Stage};
use crate::error::Result;
use crate::plant::{Opening, fold_into};
use crate::state::FOLD_VERSION;

const NAME: &str = "views.db";
/// Differences looked for: enough to see what kind of damage it is.
const DIFFERENCES_MAX: usize = 200;

/// The views of a folder, held at one state.
pub(super) struct Held {
    reader: ViewsReader,
    at: u64,
}

/// Opens the views; none where there are none yet or they are unreadable, which is named.
pub(super) fn hold(folder: &ReadFolder, found: &mut Findings) -> Option<Held> {
    let path = folder.path().join(NAME);
    if !path.exists() {
        return None;
    }
    let held = ViewsReader::open_at(&path).and_then(|reader| {
        reader.hold()?;
        let faults = reader.faults()?;
        for fault in faults {
            found.named(What::Database, NAME, &fault);
        }
        let at = reader.applied_position()?;
        Ok(Held { reader, at })
    });
    match held {
        Ok(held) => Some(held),
        Err(error) => {
            found.named(What::View, NAME, &crate::chain(&error));
            None
        }
    }
}

impl Held {
    /// Folds the entries the rows stand at and compares row by row.
    pub(super) fn check(
        &self,
        (ledger, size): (&LedgerReader, u64),
        ledger_id: [u8; 16],
        found: &mut Findings,
        progress: &mut dyn FnMut(Progress),
    ) {
        let at = self.at;
        if at > size {
            let said = format!("it stands at {at} entries, the ledger holds {size}");
            found.named(What::View, NAME, &said);
            return;
        }
        let edition = Edition { ledger_id, fold_version: FOLD_VERSION };
        let compared =
            catch_unwind(AssertUnwindSafe(|| self.compare(ledger, &edition, found, progress)));
        match compared {
            Ok(Ok(())) => found.checked.views_at = Some(at),
            Ok(Err(error)) => {
                let said = format!("it could not be compared: {}", crate::chain(&error));
                found.named(What::View, NAME, &said);
            }
            Err(_) => {
                let said = "it could not be compared: the entries cannot be folded";
                found.named(What::View, NAME, said);
            }
        }
    }

    fn compare(
        &self,
        ledger: &LedgerReader,
        edition: &Edition,
        found: &mut Findings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<()> {
        let place = tempfile::tempdir()
            .map_err(|source| crate::Error::File { path: std::env::temp_dir(), source })?;
        let mut fresh = Views::create_at(&place.path().join(NAME), edition)?;
        fold_into(&mut fresh, ledger, self.at, &mut |Opening::Folding { done, size }| {
            progress(Progress { stage: Stage::Views, done, all: Some(size) });
        })?;
        for difference in compare(&fresh, &self.reader, DIFFERENCES_MAX)? {
            let store::Difference { table, key, what } = difference;
            let said = match what {
                store::What::Missing => "a fold of the ledger has it, and it is missing".to_owned(),
                store::What::Extra => "it follows from nothing in the ledger".to_owned(),
                store::What::Column(column) => {
                    format!("its {column} is not what follows from the ledger")
                }
            };
            found.named(What::View, &format!("{NAME}: {table} {key}"), &said);
        }
        found.checked.view_rows = self.reader.rows()?;
        Ok(())
    }
}
