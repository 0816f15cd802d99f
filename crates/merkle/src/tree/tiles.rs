//! Tiles of the tree and the proofs read from them.

use alloc::vec::Vec;
use core::fmt;

use super::{Error, empty_root, node_hash, root_of};
use crate::hash::Hash;

/// Levels of the tree in a tile.
pub const TILE_HEIGHT: u32 = 8;

/// Hashes in a full tile.
pub const TILE_WIDTH: u16 = 1 << TILE_HEIGHT;

/// The bits of a number of a hash that say where in its tile it stands.
pub(super) const INSIDE_TILE: u64 = (1 << TILE_HEIGHT) - 1;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 for leaf hashes; one more for every eight levels of the tree.
    pub level: u8,
    /// Index among the tiles of the level, from 0.
    pub index: u64,
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.level, self.index)
    }
}

/// Where the hashes of a tree are kept.
pub trait Tiles {
    /// Why a tile could not be read.
    type Error;

    /// The first `width` hashes of a tile, 1 to [`TILE_WIDTH`].
    ///
    /// Only full tiles need to be stored: the start of one serves a smaller tree too, an unfinished
    /// tile of level 0 follows from the entries, and one above from the level below by
    /// [`derive_tile`].
    ///
    /// Errors: the tile could not be read.
    fn tile(&self, id: TileId, width: u16) -> Result<Vec<Hash>, Self::Error>;
}

/// Why a proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// A tile could not be read.
    #[error("read a tile")]
    Tiles(#[source] E),
    /// A tile has another number of hashes than the tree's size demands.
    #[error("read tile {id}: it has {found} hashes and not {wanted}")]
    Width {
        /// Which tile.
        id: TileId,
        /// Hashes it must have.
        wanted: u16,
        /// Hashes it has.
        found: usize,
    },
    /// There is nothing of the kind to prove.
    #[error(transparent)]
    Ask(Error),
}

/// An unfinished or full tile above level 0, made from full tiles of the level below.
///
/// Errors: a tile below could not be read or is not full; asking at level 0 reads nothing.
pub fn derive_tile<T: Tiles>(
    id: TileId,
    width: u16,
    tiles: &T,
) -> Result<Vec<Hash>, ReadError<T::Error>> {
    let Some(level) = id.level.checked_sub(1) else { return Ok(Vec::new()) };
    let first = id.index << TILE_HEIGHT;
    (0..u64::from(width))
        .map(|child| {
            let child = TileId { level, index: first.wrapping_add(child) };
            let hashes = tiles.tile(child, TILE_WIDTH).map_err(ReadError::Tiles)?;
            of_width(child, TILE_WIDTH, hashes).map(|hashes| root_of(&hashes))
        })
        .collect()
}

/// Root of the tree as it was with `size` leaves.
///
/// Errors: a tile could not be read or has the wrong number of hashes.
pub fn root_at<T: Tiles>(size: u64, tiles: &T) -> Result<Hash, ReadError<T::Error>> {
    Reader::new(size, tiles).range(0, size)
}

/// Proof that leaf `index` is in the tree of `size` leaves.
///
/// Errors: there is no such leaf, or a tile could not be read or has the wrong number of hashes.
/// Source: RFC 9162 2.1.3.1.
pub fn inclusion_proof<T: Tiles>(
    index: u64,
    size: u64,
    tiles: &T,
) -> Result<Vec<Hash>, ReadError<T::Error>> {
    if index >= size {
        return Err(ReadError::Ask(Error::Index { index, size }));
    }
    let mut reader = Reader::new(size, tiles);
    let (mut low, mut high) = (0_u64, size);
    let mut from_the_top = Vec::new();
    while let Some(middle) = split(low, high) {
        if index < middle {
            from_the_top.push(reader.range(middle, high)?);
            high = middle;
        } else {
            from_the_top.push(reader.range(low, middle)?);
            low = middle;
        }
    }
    from_the_top.reverse();
    Ok(from_the_top)
}

/// Proof that the tree of `new` leaves begins with the tree of `old` leaves.
///
/// Errors: the old tree is empty or larger than the new, or a tile could not be read or has the
/// wrong number of hashes. Source: RFC 9162 2.1.4.1.
pub fn consistency_proof<T: Tiles>(
    old: u64,
    new: u64,
    tiles: &T,
) -> Result<Vec<Hash>, ReadError<T::Error>> {
    if old == 0 || old > new {
        return Err(ReadError::Ask(Error::Sizes { old, new }));
    }
    let mut reader = Reader::new(new, tiles);
    let (mut low, mut high) = (0_u64, new);
    let mut from_the_top = Vec::new();
    while high > old {
        let Some(middle) = split(low, high) else { break };
        if old <= middle {
            from_the_top.push(reader.range(middle, high)?);
            high = middle;
        } else {
            from_the_top.push(reader.range(low, middle)?);
            low = middle;
        }
    }
    // A subtree that begins the tree is the old tree itself, whose root the verifier has.
    if low > 0 {
        from_the_top.push(reader.range(low, high)?);
    }
    from_the_top.reverse();
    Ok(from_the_top)
}

/// Where the subtree over `low..high` divides; `None` where it is a leaf.
fn split(low: u64, high: u64) -> Option<u64> {
    let last = high.saturating_sub(low).checked_sub(1)?;
    let left = 1_u64 << last.checked_ilog2()?;
    Some(low.wrapping_add(left))
}

/// The level of a tile as it is written; a tree of 2^64 leaves has levels 0 to 7.
pub(super) fn level_of(level: u32) -> u8 {
    u8::try_from(level).expect("invariant: a tree has at most eight levels of tiles")
}

/// The tile as far as it belongs to the tree of `size` leaves.
pub(super) fn read_tile<T: Tiles>(
    tiles: &T,
    id: TileId,
    size: u64,
) -> Result<Vec<Hash>, ReadError<T::Error>> {
    let count = size >> u32::from(id.level).wrapping_mul(TILE_HEIGHT);
    let rest = count.saturating_sub(id.index << TILE_HEIGHT);
    let width = u16::try_from(rest).map_or(TILE_WIDTH, |rest| rest.min(TILE_WIDTH));
    of_width(id, width, tiles.tile(id, width).map_err(ReadError::Tiles)?)
}

fn of_width<E>(id: TileId, wanted: u16, hashes: Vec<Hash>) -> Result<Vec<Hash>, ReadError<E>> {
    if hashes.len() == usize::from(wanted) {
        Ok(hashes)
    } else {
        Err(ReadError::Width { id, wanted, found: hashes.len() })
    }
}

/// Reads the tiles of one tree, each once.
struct Reader<'a, T> {
    tiles: &'a T,
    size: u64,
    seen: Vec<(TileId, Vec<Hash>)>,
}

impl<'a, T: Tiles> Reader<'a, T> {
    const fn new(size: u64, tiles: &'a T) -> Self {
        Self { tiles, size, seen: Vec::new() }
    }

    /// Hash of the subtree over the leaves `low..high`, which the tree has as a node.
    fn range(&mut self, low: u64, high: u64) -> Result<Hash, ReadError<T::Error>> {
        let mut right: Option<Hash> = None;
        let mut end = high;
        while end > low {
            let height = end.wrapping_sub(low).trailing_zeros();
            let start = end.wrapping_sub(1 << height);
            let left = self.full(height, start >> height)?;
            right = Some(right.map_or(left, |right| node_hash(&left, &right)));
            end = start;
        }
        Ok(right.unwrap_or_else(empty_root))
    }

    /// Hash of the `index`-th full subtree of a height.
    fn full(&mut self, height: u32, index: u64) -> Result<Hash, ReadError<T::Error>> {
        let inside = height % TILE_HEIGHT;
        let first = index << inside;
        let id = TileId { level: level_of(height / TILE_HEIGHT), index: first >> TILE_HEIGHT };
        let at = match self.seen.iter().position(|(seen, _)| *seen == id) {
            Some(at) => at,
            None => {
                self.seen.push((id, read_tile(self.tiles, id, self.size)?));
                self.seen.len().saturating_sub(1)
            }
        };
        let start = usize::try_from(first & INSIDE_TILE)
            .expect("invariant: an index inside a tile is below its width");
        let end = start.wrapping_add(1 << inside);
        let hashes = self.seen.get(at).and_then(|(_, hashes)| hashes.get(start..end));
        Ok(root_of(hashes.expect("invariant: a full subtree of the tree lies inside its tile")))
    }
}
