//! What is known to be in an item: its own inputs, and its share of what went into the lot or
//! panel it was parted off, merged from or belongs to.

use alloc::vec::Vec;

use domain::edge::EdgeKind;
use domain::noun::{Amount, Part, Position, Time};
use hashbrown::HashMap;

use super::{Line, Suspicion};
use crate::edge::{Edge, EdgeIndex, ItemIndex};

/// Most edges looked at for one item; what lies beyond counts as not captured.
const EDGES_MAX: usize = 65_536;

/// Something that went into an item.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) edge: EdgeIndex,
    pub(super) input: ItemIndex,
    /// What happened to the input later did not come with it.
    pub(super) leaves: Time,
    /// How much of it is still in, as far as it is the item's share.
    pub(super) amount: Amount,
}

/// All that went into an item.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) known: Vec<Content>,
    /// Whether there was more than could be looked at.
    pub(super) truncated: bool,
}

/// An item whose inputs are the asked item's too, in part.
struct Source {
    item: ItemIndex,
    until: Time,
    share: Amount,
}

/// Reads contents; remembers how lots and transformations were divided.
pub(super) struct Reader<'a> {
    suspicion: Suspicion<'a>,
    divided: HashMap<ItemIndex, Amount>,
    transformed: HashMap<ItemIndex, HashMap<Position, u32>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(suspicion: Suspicion<'a>) -> Self {
        Self { suspicion, divided: HashMap::new(), transformed: HashMap::new() }
    }

    /// What went into an item until a moment; its plan tells components from carriers.
    pub(super) fn contents(&mut self, item: ItemIndex, until: Time, plan: &[Line]) -> Contents {
        let graph = self.suspicion.graph;
        let mut contents = Contents::default();
        let mut open = alloc::vec![Source { item, until, share: Amount::ONE }];
        let mut looked_at = 0_usize;
        while let Some(source) = open.pop() {
            let mut edges = graph.inputs(source.item);
            let room = EDGES_MAX.saturating_sub(looked_at);
            for index in edges.by_ref().take(room) {
                looked_at = looked_at.saturating_add(1);
                self.sort(index, &source, plan, (&mut open, &mut contents.known));
            }
            contents.truncated |= edges.next().is_some();
        }
        contents
    }

    /// Puts an edge with the sources still to be read, or with what is known to be in the item.
    fn sort(
        &mut self,
        index: EdgeIndex,
        source: &Source,
        plan: &[Line],
        (open, known): (&mut Vec<Source>, &mut Vec<Content>),
    ) {
        let Suspicion { graph, view, .. } = self.suspicion;
        let passage = graph.passage(graph.hop(index), view);
        if passage.from > source.until || !graph.is_visible(index, view) {
            return;
        }
        let edge = graph.edge(index);
        let leaves = passage.leaves.min(source.until);
        if self.carries(&edge, plan) {
            let share = self.share(&edge, source.share);
            open.push(Source { item: edge.input, until: leaves, share });
        } else {
            let amount = self.amount(index, &edge, source);
            known.push(Content { edge: index, input: edge.input, leaves, amount });
        }
    }

    /// Whether the output is the input's own material going on, not a parent of it.
    fn carries(&self, edge: &Edge, plan: &[Line]) -> bool {
        let planned = |part: &Part| plan.iter().any(|line| line.may_hold(part));
        match edge.kind {
            EdgeKind::Split | EdgeKind::Merged | EdgeKind::Member => true,
            EdgeKind::Transformed => !self.suspicion.catalog.part(edge.input).is_some_and(planned),
            EdgeKind::Consumed | EdgeKind::Installed => false,
        }
    }

    /// The output's share of what is in the input; no quantity means all of it.
    fn share(&mut self, edge: &Edge, of: Amount) -> Amount {
        if edge.quantity.is_zero() {
            return of;
        }
        let whole = self.divided(edge.input);
        of.times(edge.quantity).divided_by(whole).unwrap_or(Amount::ZERO)
    }

    /// How much of an item there is to share out.
    fn divided(&mut self, item: ItemIndex) -> Amount {
        let Suspicion { graph, view, catalog, .. } = self.suspicion;
        *self.divided.entry(item).or_insert_with(|| {
            let parted = graph
                .outputs(item)
                .filter(|edge| graph.is_visible(*edge, view))
                .map(|edge| graph.edge(edge))
                .filter(|edge| match edge.kind {
                    EdgeKind::Split
                    | EdgeKind::Merged
                    | EdgeKind::Member
                    | EdgeKind::Transformed => true,
                    EdgeKind::Consumed | EdgeKind::Installed => false,
                })
                .fold(Amount::ZERO, |sum, edge| sum.plus(edge.quantity));
            parted.max(catalog.pieces(item))
        })
    }

    /// How much of an input is still in; nothing of a component that came out again.
    fn amount(&mut self, index: EdgeIndex, edge: &Edge, source: &Source) -> Amount {
        let Suspicion { graph, view, .. } = self.suspicion;
        let out = graph.removal(index, view);
        if out.is_some_and(|removed| removed.performed.from <= source.until) {
            return Amount::ZERO;
        }
        let amount = edge.quantity.times(source.share);
        match edge.kind {
            EdgeKind::Transformed => {
                let outputs = Amount::from(self.outputs_of(edge));
                amount.divided_by(outputs).unwrap_or(Amount::ZERO)
            }
            EdgeKind::Consumed
            | EdgeKind::Installed
            | EdgeKind::Split
            | EdgeKind::Merged
            | EdgeKind::Member => amount,
        }
    }

    /// Over how many outputs one transformation spread its input: each edge names all of it.
    fn outputs_of(&mut self, edge: &Edge) -> u32 {
        let Suspicion { graph, view, .. } = self.suspicion;
        let counts = self.transformed.entry(edge.input).or_insert_with(|| {
            let visible = graph.outputs(edge.input).filter(|other| graph.is_visible(*other, view));
            let others = visible.map(|other| graph.edge(other));
            let mut counts: HashMap<Position, u32> = HashMap::new();
            for other in others.filter(|other| other.kind == EdgeKind::Transformed) {
                let count = counts.entry(other.source).or_default();
                *count = count.saturating_add(1);
            }
            counts
        });
        counts.get(&edge.source).copied().unwrap_or(1)
    }
}
