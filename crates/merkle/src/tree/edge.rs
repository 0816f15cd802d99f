//! The right edge of the tree: all that a writer needs to append.

use alloc::vec::Vec;
use core::mem;

use super::tiles::{
    INSIDE_TILE, ReadError, TILE_HEIGHT, TILE_WIDTH, TileId, Tiles, level_of, read_tile,
};
use super::{empty_root, node_hash, root_of};
use crate::hash::Hash;

/// The right edge of a tree: its full subtrees and the tiles that are not full yet.
///
/// A clone is a few kilobytes (at most one unfinished tile a level), so a batch is rolled back by
/// going back to the clone made before it.
///
/// ```text
/// size 0b1_00000010: peaks  [ full subtree of 256 ][ of 2 ]
///                    tiles  level 0: 2 leaves, level 1: 1 root of a full tile
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// Roots of the full subtrees, largest first: one for each bit set in `size`.
    peaks: Vec<Hash>,
    /// Per level, the hashes of its last tile while that is not full.
    unfinished: Vec<Vec<Hash>>,
}

impl Edge {
    /// Reads the edge of a tree of `size` leaves from its tiles.
    ///
    /// Errors: a tile could not be read or has the wrong number of hashes.
    pub fn load<T: Tiles>(size: u64, tiles: &T) -> Result<Self, ReadError<T::Error>> {
        let mut edge = Self { size, ..Self::default() };
        let levels = u64::BITS.wrapping_sub(size.leading_zeros()).div_ceil(TILE_HEIGHT);
        for level in 0..levels {
            let count = size >> level.wrapping_mul(TILE_HEIGHT);
            let id = TileId { level: level_of(level), index: count >> TILE_HEIGHT };
            let hashes = match count & INSIDE_TILE {
                0 => Vec::new(),
                _ => read_tile(tiles, id, size)?,
            };
            edge.unfinished.push(hashes);
        }
        for hashes in edge.unfinished.iter().rev() {
            let mut rest = hashes.as_slice();
            while let Some(width) = rest.len().checked_ilog2().map(|height| 1_usize << height) {
                let (full, smaller) = rest.split_at(width);
                edge.peaks.push(root_of(full));
                rest = smaller;
            }
        }
        Ok(edge)
    }

    /// Appends a leaf and returns the tiles it made full, lowest level first: mostly none.
    pub fn push(&mut self, leaf: Hash) -> Vec<(TileId, Vec<Hash>)> {
        let mut full = Vec::new();
        let index = self.size;
        let mut node = leaf;
        self.keep(0, leaf, &mut full);
        for height in 1..=index.trailing_ones() {
            let left = self.peaks.pop().expect("invariant: one peak for each bit set in size");
            node = node_hash(&left, &node);
            if height.is_multiple_of(TILE_HEIGHT) {
                self.keep(height / TILE_HEIGHT, node, &mut full);
            }
        }
        self.peaks.push(node);
        self.size = index.saturating_add(1);
        full
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let larger_first = self.peaks.iter().copied();
        larger_first.rev().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }

    /// The hashes of the last tile of a level while it is not full; none where it is just full.
    #[must_use]
    pub fn unfinished(&self, level: u8) -> &[Hash] {
        self.unfinished.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    fn keep(&mut self, level: u32, hash: Hash, full: &mut Vec<(TileId, Vec<Hash>)>) {
        let slot = usize::from(level_of(level));
        if self.unfinished.len() <= slot {
            self.unfinished.resize_with(slot.saturating_add(1), Vec::new);
        }
        let Some(hashes) = self.unfinished.get_mut(slot) else { return };
        if hashes.capacity() == 0 {
            hashes.reserve_exact(usize::from(TILE_WIDTH));
        }
        hashes.push(hash);
        if hashes.len() == usize::from(TILE_WIDTH) {
            let above = level.wrapping_add(1).wrapping_mul(TILE_HEIGHT);
            let index = self.size.checked_shr(above).unwrap_or(0);
            full.push((TileId { level: level_of(level), index }, mem::take(hashes)));
        }
    }
}
