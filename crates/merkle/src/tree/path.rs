//! How a tile is named where it is served: `x001/x234/067`, and `.p/112` where it is not full.
//!
//! Source: C2SP `tlog-tiles`, Merkle Tree and Partial Tiles.

use alloc::string::ToString as _;
use core::fmt;
use core::str::FromStr;

use super::tiles::TILE_WIDTH;

/// Index and width of a tile, as the last part of its address says them.
///
/// Shape: groups of three digits, all but the last one behind an `x`; `.p/` and 1 to 255 where the
/// tile is not full. There is one way to write each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath {
    /// Index among the tiles of the level, from 0.
    pub index: u64,
    /// Hashes or entries, 1 to [`TILE_WIDTH`].
    pub width: u16,
}

/// A text is not the last part of a tile's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tile is named like 067, x001/x234/067 or x001/x234/067.p/112")]
pub struct NoTile;

impl FromStr for TilePath {
    type Err = NoTile;

    fn from_str(text: &str) -> Result<Self, NoTile> {
        let (path, width) = match text.split_once(".p/") {
            Some((path, width)) => (path, width.parse().map_err(|_| NoTile)?),
            None => (text, TILE_WIDTH),
        };
        let mut index = 0_u64;
        for group in path.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            let value: u64 = digits.parse().map_err(|_| NoTile)?;
            index =
                index.checked_mul(1000).and_then(|high| high.checked_add(value)).ok_or(NoTile)?;
        }
        let tile = Self { index, width };
        // What is written in another way than this program would is another name.
        let partial = (1..=TILE_WIDTH).contains(&width);
        if partial && tile.to_string() == text { Ok(tile) } else { Err(NoTile) }
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Groups of three digits that a number of 64 bits has at most.
        const GROUPS_MAX: u32 = 7;
        for group in (1..GROUPS_MAX).rev() {
            let unit = 1000_u64.checked_pow(group);
            let above = unit.and_then(|unit| self.index.checked_div(unit)).unwrap_or(0);
            if above > 0 {
                write!(f, "x{:03}/", above % 1000)?;
            }
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}
