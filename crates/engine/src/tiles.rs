//! The tree as others fetch it: tiles of hashes, and bundles of what the hashes are over.
//!
//! Invariant: what is answered lies under a signed head and never changes again.
//!
//! Source: C2SP `tlog-tiles`.

use merkle::Hash;
use merkle::tree::{TILE_HEIGHT, TILE_WIDTH, TileId, TilePath, Tiles as _, consistency_proof};

use crate::error::{Error, Result};
use crate::plant::Plant;

impl Plant {
    /// The first hashes of a tile; none where the tree does not reach so far.
    pub fn tile(&self, level: u8, path: TilePath) -> Result<Option<Vec<Hash>>> {
        let TilePath { index, width } = path;
        let ledger = self.ledger()?;
        if !reaches(ledger.size()?, level, path) {
            return Ok(None);
        }
        Ok(Some(ledger.tile(TileId { level, index }, width)?))
    }

    /// The log bytes of entries, each behind its length in two bytes; none where the ledger does
    /// not reach so far.
    ///
    /// Limits: 256 entries of at most 65,535 bytes.
    pub fn entry_bundle(&self, path: TilePath) -> Result<Option<Vec<u8>>> {
        let TilePath { index, width } = path;
        let ledger = self.ledger()?;
        if !reaches(ledger.size()?, 0, path) {
            return Ok(None);
        }
        let mut bundle = Vec::new();
        let mut too_long = None;
        let first = index.saturating_mul(TILE_WIDTH.into());
        ledger.logs(first, width.into(), |log| match u16::try_from(log.len()) {
            Ok(length) => {
                bundle.extend_from_slice(&length.to_be_bytes());
                bundle.extend_from_slice(log);
            }
            Err(_) => too_long = Some(log.len()),
        })?;
        match too_long {
            Some(bytes) => Err(Error::Tree(format!("an entry has {bytes} log bytes"))),
            None => Ok(Some(bundle)),
        }
    }

    /// Proof that the tree of `new` entries begins with that of `old` entries.
    ///
    /// Errors: [`Error::Tree`] where there are no such trees.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>> {
        let ledger = self.ledger()?;
        consistency_proof(old, new, &*ledger).map_err(|why| Error::Tree(crate::chain(&why)))
    }
}

/// Whether a tree of `size` leaves has these hashes.
fn reaches(size: u64, level: u8, path: TilePath) -> bool {
    let height = u32::from(level).saturating_mul(TILE_HEIGHT);
    let hashes = size.checked_shr(height).unwrap_or(0);
    let end = path.index.checked_mul(TILE_WIDTH.into());
    end.and_then(|first| first.checked_add(path.width.into())).is_some_and(|end| end <= hashes)
}
