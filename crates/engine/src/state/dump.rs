//! The state in words, for tests and for whoever looks at one in a debugger.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use genealogy::EdgeIndex;

use super::State;

impl fmt::Debug for State {
    /// A summary; with `{:#?}` all that the state is, in the same words for the same state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = f.alternate();
        let mut shown = f.debug_struct("State");
        shown.field("next", &self.next);
        if !whole {
            shown.field("items", &self.items.len()).field("edges", &self.graph.edge_count());
            return shown.finish_non_exhaustive();
        }
        let edges = (0..self.graph.edge_count()).map(|at| self.graph.edge(EdgeIndex(at)));
        let edges: Vec<_> = edges.collect();
        // What is empty is as good as not there.
        let named = self.named.sorted();
        let contents: BTreeMap<_, _> = filled(self.contents.iter());
        let by_order: BTreeMap<_, _> = filled(self.by_order.iter());
        let by_part: BTreeMap<_, _> = filled(self.by_part.iter());
        let taken = self.taken.iter().filter(|(_, amount)| !amount.is_zero());
        let taken: BTreeMap<_, _> = taken.collect();
        let held: BTreeMap<_, _> = filled(self.held.iter());
        let runs: BTreeMap<_, _> = filled(self.runs.iter());
        let index: BTreeMap<_, _> =
            self.items.iter().map(|item| (item.id, self.index_of(item.id))).collect();
        let superseded: BTreeMap<_, _> = self.superseded.iter().collect();
        let slots: Vec<_> = self.slots.iter().filter(|(_, held)| !held.is_empty()).collect();
        shown
            .field("items", &self.items)
            .field("index", &index)
            .field("named", &named)
            .field("contents", &contents)
            .field("by_order", &by_order)
            .field("by_part", &by_part)
            .field("taken", &taken)
            .field("masters", &self.masters)
            .field("edges", &edges)
            .field("holds", &self.holds)
            .field("held", &held)
            .field("slots", &slots)
            .field("runs", &runs)
            .field("superseded", &superseded)
            .field("signatures", &self.signatures)
            .field("defined", &self.defined)
            .field("own", &self.own)
            .field("exceptions", &self.exceptions)
            .finish_non_exhaustive()
    }
}

fn filled<'a, K: Ord, V>(
    sets: impl Iterator<Item = (&'a K, &'a BTreeSet<V>)>,
) -> BTreeMap<&'a K, &'a BTreeSet<V>> {
    sets.filter(|(_, set)| !set.is_empty()).collect()
}
