//! Frozen scopes, made again from the entries below them.
//!
//! The entries are folded once, into fresh views, and the fold stops wherever a scope stands.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::ScopeCode;
use domain::act::FreezeScope;
use store::{Edition, LedgerReader, ReadFolder, Views, ViewsReader};

use super::report::{Findings, What};
use super::{Progress, Stage};
use crate::error::Result;
use crate::plant::take_page;
use crate::scopes::Again;
use crate::starts::Source;
use crate::state::{FOLD_VERSION, State};

/// The frozen scopes of a ledger, by code and number.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    frozen: BTreeMap<(ScopeCode, u32), FreezeScope>,
}

impl Scopes {
    pub(super) fn note(&mut self, frozen: &FreezeScope) {
        self.frozen.insert((frozen.code.clone(), frozen.number), frozen.clone());
    }

    /// Makes each again and names what differs.
    pub(super) fn check(
        &self,
        folder: &ReadFolder,
        (ledger, ledger_id): (&LedgerReader, [u8; 16]),
        found: &mut Findings,
        progress: &mut dyn FnMut(Progress),
    ) {
        if self.frozen.is_empty() {
            return;
        }
        let edition = Edition { ledger_id, fold_version: FOLD_VERSION };
        let made = catch_unwind(AssertUnwindSafe(|| {
            self.make_again(folder, (ledger, &edition), found, progress)
        }));
        let said = match made {
            Ok(Ok(())) => return,
            Ok(Err(error)) => crate::chain(&error),
            Err(_) => "the entries cannot be folded".to_owned(),
        };
        found.add(What::Scope, format!("frozen scopes could not be made again: {said}"));
    }

    fn make_again(
        &self,
        folder: &ReadFolder,
        (ledger, edition): (&LedgerReader, &Edition),
        found: &mut Findings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<()> {
        let place = tempfile::tempdir()
            .map_err(|source| crate::Error::File { path: std::env::temp_dir(), source })?;
        let path = place.path().join("views.db");
        let mut views = Views::create_at(&path, edition)?;
        let mut state = State::published();
        let mut order: Vec<&FreezeScope> = self.frozen.values().collect();
        order.sort_by_key(|frozen| frozen.known_at);
        let all = order.last().map(|last| last.known_at.0.saturating_add(1));
        let files = folder.files();
        for frozen in order {
            while state.next() <= frozen.known_at {
                take_page(&mut state, ledger, frozen.known_at.0.saturating_add(1))?;
                let changes = state.take_changes();
                state.write_rows(&changes, &mut views)?;
                progress(Progress { stage: Stage::Scopes, done: state.next().0, all });
            }
            let before = frozen.number.checked_sub(1);
            let before = before.and_then(|at| self.frozen.get(&(frozen.code.clone(), at)));
            let again = Again { state: &state, ledger, files: &files };
            let rows = || Ok(Source::of(ViewsReader::open_at(&path)?, folder.ledger()?));
            let rerun = again.compare(frozen, before, &rows);
            if let Some(difference) = rerun.difference {
                let name = format!("scope {} number {}", frozen.code, frozen.number);
                found.named(
                    What::Scope,
                    &name,
                    &format!("it does not come out again: {difference}"),
                );
            }
            found.checked.scopes = found.checked.scopes.saturating_add(1);
        }
        Ok(())
    }
}
