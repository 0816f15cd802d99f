//! The same answers, found without thinking about speed: every simple path is walked.

use std::collections::{BTreeMap, BTreeSet};

use domain::edge::EdgeKind;
use domain::noun::{Position, Time};
use genealogy::{Certainty, Direction, Edge, EdgeIndex, ItemIndex, Start, View};

use super::ITEMS;

/// What the model knows of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// The moment it can have become suspect; backward, the latest that matters.
    pub(crate) moment: i64,
    /// Fewest edges to it.
    pub(crate) depth: u32,
    /// Fewest edges to it that are sure.
    pub(crate) proven: Option<u32>,
    /// The moment over those.
    pub(crate) proven_moment: Option<i64>,
}

/// A graph seen from somewhere.
pub(crate) struct Model {
    edges: Vec<Edge>,
    direction: Direction,
    view: View,
}

impl Model {
    pub(crate) fn new(edges: Vec<Edge>, direction: Direction, view: View) -> Self {
        Self { edges, direction, view }
    }

    fn knows(&self, position: Position) -> bool {
        self.view.known_at.is_none_or(|at| position <= at)
    }

    fn is_visible(&self, edge: &Edge) -> bool {
        self.knows(edge.born)
            && !edge.died.is_some_and(|died| self.knows(died))
            && self.view.as_of.is_none_or(|as_of| edge.performed.from <= as_of)
    }

    /// Where an edge leads from an item that is reached with that moment, and with which.
    fn step(&self, at: ItemIndex, moment: i64, edge: &Edge) -> Option<(ItemIndex, i64)> {
        let removed = edge.removed.filter(|removed| {
            let seen = self.view.as_of.is_none_or(|as_of| removed.performed.from <= as_of);
            seen && self.knows(removed.by)
        });
        let (from, leaves) = match (edge.kind, removed) {
            (EdgeKind::Member, _) => (i64::MIN, i64::MAX),
            (EdgeKind::Installed, None) => (edge.performed.from.0, i64::MAX),
            (EdgeKind::Installed, Some(out)) => (edge.performed.from.0, out.performed.to.0),
            _ => (edge.performed.from.0, edge.performed.to.0),
        };
        let (here, there) = match self.direction {
            Direction::Forward => (edge.input, edge.output),
            Direction::Backward => (edge.output, edge.input),
        };
        if here != at || !self.is_visible(edge) {
            return None;
        }
        match self.direction {
            Direction::Forward => (moment <= leaves).then_some((there, moment.max(from))),
            Direction::Backward => (moment >= from).then_some((there, moment.min(leaves))),
        }
    }

    fn first_moment(&self, start: &Start) -> i64 {
        let open = match self.direction {
            Direction::Forward => Time::MIN,
            Direction::Backward => Time::MAX,
        };
        start.bound.unwrap_or(open).0
    }

    /// The moment that lets more pass.
    fn earliest(&self, a: i64, b: i64) -> i64 {
        match self.direction {
            Direction::Forward => a.min(b),
            Direction::Backward => a.max(b),
        }
    }

    /// Everything reached, by walking every path that meets no item twice.
    pub(crate) fn reached(&self, starts: &[Start]) -> BTreeMap<ItemIndex, Known> {
        let mut known = BTreeMap::new();
        for start in starts {
            let moment = self.first_moment(start);
            self.walk_all(start.item, moment, &mut vec![start.item], &mut known);
        }
        for (item, (depth, moment)) in self.proven(starts) {
            let known = known.get_mut(&item).unwrap();
            (known.proven, known.proven_moment) = (Some(depth), Some(moment));
        }
        known
    }

    fn walk_all(
        &self,
        at: ItemIndex,
        moment: i64,
        met: &mut Vec<ItemIndex>,
        known: &mut BTreeMap<ItemIndex, Known>,
    ) {
        let depth = u32::try_from(met.len() - 1).unwrap();
        let here =
            known.entry(at).or_insert(Known { moment, depth, proven: None, proven_moment: None });
        here.depth = here.depth.min(depth);
        here.moment = self.earliest(moment, here.moment);
        for edge in &self.edges {
            if let Some((there, moment)) = self.step(at, moment, edge)
                && !met.contains(&there)
            {
                met.push(there);
                self.walk_all(there, moment, met, known);
                met.pop();
            }
        }
    }

    /// The visible candidates of an edge's group, itself included.
    fn candidates(&self, edge: &Edge) -> Vec<&Edge> {
        let same = |other: &&Edge| {
            self.is_visible(other)
                && other.output == edge.output
                && other.source == edge.source
                && other.group.map(|g| g.line) == edge.group.map(|g| g.line)
        };
        self.edges.iter().filter(same).collect()
    }

    /// Fewest sure edges to each proven item, and its moments by number of edges.
    ///
    /// Round after round, an item is proven if by the round before the input of a proven edge
    /// was, or all inputs of a group were.
    fn proven(&self, starts: &[Start]) -> BTreeMap<ItemIndex, (u32, i64)> {
        let mut proven: BTreeMap<ItemIndex, (u32, i64)> = BTreeMap::new();
        for start in starts.iter().filter(|start| start.certainty == Certainty::Proven) {
            let moment = self.first_moment(start);
            let known = proven.entry(start.item).or_insert((0, moment));
            known.1 = self.earliest(moment, known.1);
        }
        for round in 1..=2 * ITEMS {
            let before = proven.clone();
            let visible = self.edges.iter().filter(|edge| self.is_visible(edge));
            for (there, moment) in visible.filter_map(|edge| self.sure_step(edge, &before)) {
                let known = proven.entry(there).or_insert((round, moment));
                known.1 = self.earliest(moment, known.1);
            }
        }
        proven
    }

    fn sure_step(
        &self,
        edge: &Edge,
        before: &BTreeMap<ItemIndex, (u32, i64)>,
    ) -> Option<(ItemIndex, i64)> {
        let step = |edge: &Edge| {
            let here = match self.direction {
                Direction::Forward => edge.input,
                Direction::Backward => edge.output,
            };
            before.get(&here).and_then(|(_, moment)| self.step(here, *moment, edge))
        };
        let candidates = self.candidates(edge);
        let inputs: BTreeSet<ItemIndex> = candidates.iter().map(|other| other.input).collect();
        if edge.group.is_none() || inputs.len() == 1 {
            return step(edge);
        }
        match self.direction {
            Direction::Backward => None,
            Direction::Forward => {
                let steps: Option<Vec<_>> = candidates.into_iter().map(step).collect();
                steps?.into_iter().max_by_key(|(_, moment)| *moment)
            }
        }
    }

    /// Whether an edge says for sure that its output is reached where its input is.
    pub(crate) fn is_sure(&self, starts: &[Start], edge: EdgeIndex) -> bool {
        let edge = &self.edges[edge.0 as usize];
        self.sure_step(edge, &self.proven(starts)).is_some()
    }

    /// The item an edge is walked from.
    pub(crate) fn comes_from(&self, edge: EdgeIndex) -> ItemIndex {
        let edge = &self.edges[edge.0 as usize];
        match self.direction {
            Direction::Forward => edge.input,
            Direction::Backward => edge.output,
        }
    }

    /// Whether a path leads from a start to the item, time respected.
    pub(crate) fn walk(&self, starts: &[Start], to: ItemIndex, path: &[EdgeIndex]) -> bool {
        starts.iter().any(|start| {
            let mut at = Some((start.item, self.first_moment(start)));
            for edge in path {
                let edge = &self.edges[edge.0 as usize];
                at = at.and_then(|(item, moment)| self.step(item, moment, edge));
            }
            at.is_some_and(|(item, _)| item == to)
        })
    }
}

/// Which item is in which now, at any depth.
pub(crate) fn connected(edges: &[Edge]) -> Vec<Vec<bool>> {
    let count = ITEMS as usize;
    let mut connected: Vec<Vec<bool>> =
        (0..count).map(|from| (0..count).map(|to| from == to).collect()).collect();
    for edge in edges.iter().filter(|edge| edge.died.is_none() && edge.removed.is_none()) {
        connected[edge.input.0 as usize][edge.output.0 as usize] = true;
    }
    for over in 0..count {
        for from in 0..count {
            for to in 0..count {
                connected[from][to] |= connected[from][over] && connected[over][to];
            }
        }
    }
    connected
}
