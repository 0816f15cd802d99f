//! The limit: what the disk and the hash function allow, with nothing else done.
//!
//! Records as long as ours are on disk are appended to a file, hashed into an RFC 6962 tree, and
//! made durable a thousand at a time.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use merkle::Hash;
use merkle::tree::{leaf_hash, node_hash};

use crate::spread::real;

/// Records made durable at a time.
const RECORDS_PER_COMMIT: u64 = 1000;

/// Records a second, of so many bytes each.
pub(crate) fn run(place: &Path, record_bytes: usize, limit: Duration) -> Result<f64> {
    let path = place.join("limit");
    let mut file = File::create(&path).context("make a file")?;
    let mut tree = RightEdge::default();
    let mut record = vec![0x5a; record_bytes];
    let mut batch = Vec::with_capacity(record_bytes * usize::try_from(RECORDS_PER_COMMIT)?);
    let mut count = 0_u64;
    let began = Instant::now();
    while began.elapsed() < limit {
        batch.clear();
        for _ in 0..RECORDS_PER_COMMIT {
            record[..8].copy_from_slice(&count.to_be_bytes());
            batch.extend_from_slice(&record);
            tree.push(leaf_hash(&record));
            count += 1;
        }
        file.write_all(&batch).context("append")?;
        file.sync_data().context("make it durable")?;
    }
    let rate = real(count) / began.elapsed().as_secs_f64();
    // So that nobody finds the tree to be of no use.
    std::hint::black_box(tree.root());
    std::fs::remove_file(&path).context("remove the file")?;
    Ok(rate)
}

/// Roots of the full subtrees a tree is made of, largest first.
#[derive(Debug, Default)]
struct RightEdge {
    roots: Vec<Hash>,
    size: u64,
}

impl RightEdge {
    fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.roots.pop().expect("invariant: a root for each bit of the size");
            hash = node_hash(&left, &hash);
        }
        self.roots.push(hash);
        self.size += 1;
    }

    fn root(&self) -> Option<Hash> {
        let mut roots = self.roots.iter().rev().copied();
        let last = roots.next()?;
        Some(roots.fold(last, |right, left| node_hash(&left, &right)))
    }
}

#[cfg(test)]
mod tests {
    use super::RightEdge;
    use merkle::tree::{leaf_hash, root_of};

    #[test]
    fn the_tree_is_the_one_of_the_ledger() {
        let leaves: Vec<_> = (0..100_u32).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut edge = RightEdge::default();
        for (index, leaf) in leaves.iter().enumerate() {
            edge.push(*leaf);
            assert_eq!(edge.root(), Some(root_of(&leaves[..=index])));
        }
    }
}
