//! The RFC 6962 Merkle tree: hashes, verification of proofs, tiles, and the writer's right edge.
//!
//! ```text
//!            root
//!           /    \          leaf = SHA-256(0x00 ‖ log bytes)
//!         n       n         node = SHA-256(0x01 ‖ left ‖ right)
//!        / \     / \        the left subtree is the largest full one that leaves something right
//!       l0  l1  l2  l3
//! ```
//!
//! Hashes are kept in tiles of height 8 (C2SP `tlog-tiles`): a full tile of level `n` holds 256
//! hashes, those of level 0 are leaf hashes, those of level `n` the roots of full tiles of level
//! `n - 1`. A tile that is full never changes.
//!
//! Source: RFC 6962 2.1, RFC 9162 2.1.3 and 2.1.4; C2SP `tlog-tiles`.

mod edge;
mod path;
mod tiles;

use sha2::{Digest as _, Sha256};

pub use edge::Edge;
pub use path::{NoTile, TilePath};
pub use tiles::{
    ReadError, TILE_HEIGHT, TILE_WIDTH, TileId, Tiles, consistency_proof, derive_tile,
    inclusion_proof, root_at,
};

use crate::hash::{Hash, sha256};

/// Why a proof does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such leaf in a tree of this size.
    #[error("prove leaf {index}: the tree has only {size}")]
    Index {
        /// Leaf asked for.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// A tree cannot shrink, and nothing is consistent with an empty one.
    #[error("prove that a tree of {new} continues one of {old}")]
    Sizes {
        /// Leaves in the tree that came first.
        old: u64,
        /// Leaves in the tree that came later.
        new: u64,
    },
    /// The proof has too many or too few hashes.
    #[error("follow the proof: it has the wrong number of hashes")]
    Length,
    /// The hashes do not lead to the root.
    #[error("follow the proof: it leads to another root")]
    Root,
}

/// Hash of a leaf.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(data);
    Hash(hasher.finalize().into())
}

/// Hash of an inner node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    Hash(hasher.finalize().into())
}

/// Root of the tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// Root of the tree over `hashes`: leaf hashes, or the hashes of equally high full subtrees.
#[must_use]
pub fn root_of(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => empty_root(),
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().div_ceil(2).next_power_of_two());
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// Checks that the leaf `leaf` stands at `index` in the tree of `size` leaves with this root.
///
/// Errors: why the proof does not show it. Source: RFC 9162 2.1.3.2.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), Error> {
    if index >= size {
        return Err(Error::Index { index, size });
    }
    let (mut node, mut last) = (index, size.wrapping_sub(1));
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(Error::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            let skipped = if node == 0 { 0 } else { node.trailing_zeros() };
            node >>= skipped;
            last >>= skipped;
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(Error::Root),
        (_, _) => Err(Error::Length),
    }
}

/// Checks that the tree of `new_size` leaves begins with the tree of `old_size` leaves.
///
/// Errors: why the proof does not show it. An empty old tree is refused, since every tree begins
/// with it and nothing would be shown. Source: RFC 9162 2.1.4.2.
pub fn verify_consistency(
    old_size: u64,
    new_size: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), Error> {
    if old_size == 0 || old_size > new_size {
        return Err(Error::Sizes { old: old_size, new: new_size });
    }
    if old_size == new_size {
        return match (proof.is_empty(), old_root == new_root) {
            (true, true) => Ok(()),
            (true, false) => Err(Error::Root),
            (false, _) => Err(Error::Length),
        };
    }
    // Where the old tree is one full subtree, its root is where both walks begin.
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(Error::Length)?
    };
    let start = old_size.wrapping_sub(1).trailing_ones();
    let mut node = old_size.wrapping_sub(1) >> start;
    let mut last = new_size.wrapping_sub(1) >> start;
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(Error::Length);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            let skipped = if node == 0 { 0 } else { node.trailing_zeros() };
            node >>= skipped;
            last >>= skipped;
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    match (last, old_hash == *old_root && new_hash == *new_root) {
        (0, true) => Ok(()),
        (0, false) => Err(Error::Root),
        (_, _) => Err(Error::Length),
    }
}
