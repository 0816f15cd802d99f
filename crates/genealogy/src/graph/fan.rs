//! The outputs of every item, in one list of words.
//!
//! ```text
//! 1 output    the item's list is the edge itself
//! 2 or more   the item's list is where its newest block begins
//! block       [ the block before, in the first block the oldest edge | 1, 2, 4 … 64, 64, … edges ]
//! ```
//!
//! Invariant: an edge is popped only if none was pushed after it, so blocks are given back from
//! the end of the list and nothing is ever moved.

use super::chunks::{Changed, Chunks};
use super::record::NONE;
use crate::edge::EdgeIndex;

/// Edges in a block of a long list.
const BLOCK_MAX: u32 = 64;
/// Edges in all growing blocks together: 1 + 2 + … + 64.
const GROWING: u32 = 2 * BLOCK_MAX - 1;

/// Where an item's outputs are.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    newest: u32,
    length: u32,
}

impl List {
    pub(super) const EMPTY: Self = Self { newest: NONE, length: 0 };

    pub(super) const fn length(&self) -> usize {
        self.length as usize
    }
}

/// All blocks.
#[derive(Debug, Clone)]
pub(super) struct Fan {
    words: Chunks<u32, 8>,
}

impl Default for Fan {
    fn default() -> Self {
        Self { words: Chunks::new(NONE) }
    }
}

/// How full the newest block is when `blocked` edges are in blocks, and how many it can take.
fn newest_block(blocked: u32) -> (u32, u32) {
    if blocked > GROWING {
        return ((blocked.wrapping_sub(GROWING + 1) % BLOCK_MAX).wrapping_add(1), BLOCK_MAX);
    }
    let capacity = 1 << blocked.checked_ilog2().unwrap_or(0);
    (blocked.wrapping_sub(capacity).wrapping_add(1), capacity)
}

impl Fan {
    pub(super) fn push(&mut self, list: &mut List, edge: u32) {
        let blocked = list.length;
        list.length = list.length.saturating_add(1);
        if blocked == 0 {
            list.newest = edge;
            return;
        }
        let (filled, capacity) = newest_block(blocked);
        if filled > 1 {
            if let Some(word) = self.words.get_mut(list.newest.saturating_add(filled) as usize) {
                *word = edge;
            }
            return;
        }
        let begin = u32::try_from(self.words.len()).expect("invariant: EDGES_MAX bounds the fan");
        for word in [list.newest, edge].into_iter().chain((1..capacity).map(|_| NONE)) {
            self.words.push(word);
        }
        list.newest = begin;
    }

    pub(super) fn pop(&mut self, list: &mut List) {
        list.length = list.length.saturating_sub(1);
        if list.length == 0 {
            list.newest = NONE;
            return;
        }
        let (filled, _) = newest_block(list.length);
        if filled == 1 {
            let before = self.word(list.newest);
            self.words.truncate(list.newest as usize);
            list.newest = before;
        }
    }

    pub(super) fn iter(&self, list: List) -> Outputs<'_> {
        Outputs { fan: self, list }
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.bytes()
    }

    pub(super) fn changed(&mut self) -> Changed<u32> {
        self.words.changed()
    }

    pub(super) fn install(&mut self, changed: Changed<u32>) {
        self.words.install(changed);
    }

    fn word(&self, at: u32) -> u32 {
        self.words.get(at as usize).copied().unwrap_or(NONE)
    }
}

/// The edges out of an item, newest first.
#[derive(Debug, Clone)]
pub struct Outputs<'g> {
    fan: &'g Fan,
    list: List,
}

impl Iterator for Outputs<'_> {
    type Item = EdgeIndex;

    fn next(&mut self) -> Option<EdgeIndex> {
        let blocked = self.list.length.checked_sub(1)?;
        self.list.length = blocked;
        if blocked == 0 {
            return Some(EdgeIndex(self.list.newest));
        }
        let (filled, _) = newest_block(blocked);
        let edge = self.fan.word(self.list.newest.saturating_add(filled));
        if filled == 1 {
            self.list.newest = self.fan.word(self.list.newest);
        }
        Some(EdgeIndex(edge))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.list.length(), Some(self.list.length()))
    }
}
