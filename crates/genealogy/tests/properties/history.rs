//! Random histories of a few items.

use domain::edge::{EdgeKind, Group};
use domain::noun::{Amount, Interval, Position, Time};
use genealogy::{Edge, EdgeIndex, Graph, ItemIndex, Removed};
use proptest::prelude::*;

/// How many items there are; few, so that paths meet.
pub(crate) const ITEMS: u32 = 7;

const KINDS: [EdgeKind; 6] = [
    EdgeKind::Consumed,
    EdgeKind::Installed,
    EdgeKind::Transformed,
    EdgeKind::Split,
    EdgeKind::Merged,
    EdgeKind::Member,
];

/// One thing told.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// That something went in: one input, or one of several.
    Went { inputs: Vec<u32>, output: u32, kind: EdgeKind, performed: Interval },
    /// That an edge was wrong.
    Ended(prop::sample::Index),
    /// That a component came out.
    Removed(prop::sample::Index, Interval),
}

/// What was told, in order; positions are places in the list.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(Vec<Told>);

/// A way to take back one change of a graph.
enum Undo {
    Pop,
    Revive(EdgeIndex),
    Removed(EdgeIndex, Option<Removed>),
}

fn intervals() -> impl Strategy<Value = Interval> {
    let span = prop_oneof![3 => Just(0), 1 => 0..6_i64];
    (0..12_i64, span).prop_map(|(from, span)| Interval { from: Time(from), to: Time(from + span) })
}

fn things() -> impl Strategy<Value = Told> {
    let inputs = prop_oneof![
        2 => (0..ITEMS).prop_map(|input| vec![input]),
        1 => prop::collection::vec(0..ITEMS, 2..4),
    ];
    let kind = prop::sample::select(KINDS.to_vec());
    let went =
        (inputs, 0..ITEMS, kind, intervals()).prop_map(|(inputs, output, kind, performed)| {
            Told::Went { inputs, output, kind, performed }
        });
    let edge = any::<prop::sample::Index>();
    prop_oneof![
        8 => went,
        1 => edge.prop_map(Told::Ended),
        2 => (any::<prop::sample::Index>(), intervals()).prop_map(|(e, p)| Told::Removed(e, p)),
    ]
}

pub(crate) fn histories() -> impl Strategy<Value = History> {
    prop::collection::vec(things(), 0..20).prop_map(History)
}

impl History {
    pub(crate) fn until(&self, known_at: Position) -> Self {
        let count = usize::try_from(known_at.0).unwrap() + 1;
        Self(self.0.iter().take(count).cloned().collect())
    }

    pub(crate) fn told(&self) -> Graph {
        let mut graph = Graph::new();
        self.tell(&mut graph);
        graph
    }

    pub(crate) fn tell(&self, graph: &mut Graph) {
        self.tell_noting(graph, &mut Vec::new());
    }

    pub(crate) fn told_and_undone(&self, graph: &mut Graph) {
        let mut journal = Vec::new();
        self.tell_noting(graph, &mut journal);
        while let Some(undo) = journal.pop() {
            match undo {
                Undo::Pop => assert!(graph.pop().is_some()),
                Undo::Revive(edge) => graph.revive(edge),
                Undo::Removed(edge, before) => graph.set_removed(edge, before),
            }
        }
    }

    fn tell_noting(&self, graph: &mut Graph, journal: &mut Vec<Undo>) {
        for (told, position) in self.0.iter().zip((0..).map(Position)) {
            change(graph, told, position, journal);
            for edge in told.edges(position) {
                graph.add(edge);
                journal.push(Undo::Pop);
            }
        }
    }
}

impl Told {
    /// The edges it adds.
    fn edges(&self, position: Position) -> Vec<Edge> {
        let Self::Went { inputs, output, kind, performed } = self else { return Vec::new() };
        let edge = |input: &u32| Edge {
            input: ItemIndex(*input),
            output: ItemIndex(*output),
            kind: *kind,
            quantity: Amount::from(*input),
            performed: *performed,
            source: position,
            group: (inputs.len() > 1).then_some(Group { line: 0, mix: false }),
            born: position,
            died: None,
            removed: None,
        };
        inputs.iter().map(edge).collect()
    }
}

/// Ends or removes one of the edges that are not ended; a removal is said once.
fn change(graph: &mut Graph, told: &Told, position: Position, journal: &mut Vec<Undo>) {
    let live: Vec<EdgeIndex> = (0..graph.edge_count())
        .map(EdgeIndex)
        .filter(|edge| graph.edge(*edge).died.is_none())
        .collect();
    match told {
        Told::Ended(which) if !live.is_empty() => {
            let edge = *which.get(&live);
            graph.kill(edge, position);
            journal.push(Undo::Revive(edge));
        }
        Told::Removed(which, performed) if !live.is_empty() => {
            let edge = *which.get(&live);
            if graph.edge(edge).removed.is_none() {
                graph.set_removed(edge, Some(Removed { performed: *performed, by: position }));
                journal.push(Undo::Removed(edge, None));
            }
        }
        Told::Ended(_) | Told::Removed(..) | Told::Went { .. } => {}
    }
}
