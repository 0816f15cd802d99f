//! Batch records as others of this crate need them: with their trail, or no more than a
//! release asks.

use domain::{ItemRef, Position};

use super::times::Around;
use super::{BatchRecord, Gap};
use crate::error::{Error, Result};
use crate::plant::Plant;
use crate::query::Change;
use crate::query::line::ItemName;

/// What a release needs of a batch record.
#[derive(Debug, Clone)]
pub struct RecordStanding {
    /// Which item.
    pub item: ItemName,
    /// What is missing while it is not complete.
    pub missing: Vec<Gap>,
    /// The last entry it knows.
    pub known_at: Position,
    /// SHA-256 over the leaves of its entries.
    pub record: String,
}

impl Plant {
    /// What a release needs of the batch record of an item.
    ///
    /// Errors: as [`Plant::batch_record`].
    pub fn record_standing(&self, item: &ItemRef) -> Result<RecordStanding> {
        self.see((None, None), |seen| {
            let index = seen.only(item)?;
            let found = || Error::NotFound("the item of the record".to_owned());
            let id = seen.item(index).ok_or_else(found)?.id;
            let held = seen.held(index, &mut None);
            Ok(RecordStanding {
                item: seen.name(index),
                missing: held.missing(),
                known_at: held.whole.last().map_or(id.birth, |entry| entry.position),
                record: seen.content_hash(id, &held.whole)?.to_string(),
            })
        })
    }

    /// The batch record of an item, with every change of it.
    ///
    /// Errors: as [`Plant::batch_record`].
    pub(crate) fn batch_record_and_trail(
        &self,
        item: &ItemRef,
    ) -> Result<(BatchRecord, Vec<Change>)> {
        let (mut record, trail) = self.see((None, None), |seen| {
            let index = seen.only(item)?;
            let record = seen.batch_record(index, &mut Around::default())?;
            let trail = seen.changes(index, record.item.id, &seen.history(index));
            let quantities = record.order.as_ref().map(|order| seen.quantities(order));
            Ok((BatchRecord { quantities, ..record }, trail))
        })?;
        self.name_signers_of(&mut record)?;
        Ok((record, trail))
    }

    pub(super) fn name_signers_of(&self, record: &mut BatchRecord) -> Result<()> {
        let lines = record.signatures.iter_mut();
        self.name_signers(lines.map(|line| (line.position, &mut line.signature)).collect())
    }
}
