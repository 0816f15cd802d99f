//! Whether one item is already in another: the rule against cycles.

use alloc::vec::Vec;

use hashbrown::HashSet;

use crate::edge::{EdgeIndex, ItemIndex, View};
use crate::graph::Graph;
use crate::trace::Direction;

/// One side of the search: what it found, and what of that is still to be looked at.
struct Side {
    found: HashSet<ItemIndex>,
    frontier: Vec<ItemIndex>,
    direction: Direction,
}

impl Side {
    fn at(item: ItemIndex, direction: Direction) -> Self {
        Self { found: HashSet::from_iter([item]), frontier: alloc::vec![item], direction }
    }

    /// Goes one edge further; true when it meets the other side.
    fn widen(&mut self, graph: &Graph, other: &Self) -> bool {
        for item in core::mem::take(&mut self.frontier) {
            let met = match self.direction {
                Direction::Forward => self.follow(graph, graph.outputs(item), other),
                Direction::Backward => self.follow(graph, graph.inputs(item), other),
            };
            if met {
                return true;
            }
        }
        false
    }

    fn follow(
        &mut self,
        graph: &Graph,
        edges: impl Iterator<Item = EdgeIndex>,
        other: &Self,
    ) -> bool {
        let view = View::default();
        for edge in edges {
            if !graph.is_visible(edge, view) || graph.removal(edge, view).is_some() {
                continue;
            }
            let hop = graph.hop(edge);
            let next = match self.direction {
                Direction::Forward => hop.output,
                Direction::Backward => hop.input,
            };
            if other.found.contains(&next) {
                return true;
            }
            if self.found.insert(next) {
                self.frontier.push(next);
            }
        }
        false
    }
}

impl Graph {
    /// Whether `from` is in `to` now, at any depth, over edges neither ended nor removed.
    ///
    /// It looks from both ends, the smaller side first, so it costs next to nothing where
    /// nothing leaves `from` or nothing entered `to`.
    #[must_use]
    pub fn reaches(&self, from: ItemIndex, to: ItemIndex) -> bool {
        if from == to {
            return true;
        }
        let mut ahead = Side::at(from, Direction::Forward);
        let mut behind = Side::at(to, Direction::Backward);
        while !ahead.frontier.is_empty() && !behind.frontier.is_empty() {
            let met = if ahead.frontier.len() <= behind.frontier.len() {
                ahead.widen(self, &behind)
            } else {
                behind.widen(self, &ahead)
            };
            if met {
                return true;
            }
        }
        false
    }
}
