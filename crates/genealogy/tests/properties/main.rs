//! Random histories against a naive model.
//!
//! A history is a list of things told at positions 0, 1, 2 …, so what was known at a position can
//! be checked against a graph that was told no more than that.

#![cfg(test)]

mod history;
mod model;

use domain::noun::{Position, Time};
use genealogy::{Certainty, Direction, EdgeIndex, Graph, ItemIndex, Start, Trace, View};
use history::{History, ITEMS, histories};
use model::Model;
use proptest::prelude::*;

const EVERYTHING: usize = usize::MAX;

fn starts() -> impl Strategy<Value = Vec<Start>> {
    let certainty = prop_oneof![3 => Just(Certainty::Proven), 1 => Just(Certainty::Possible)];
    let start = (0..ITEMS, proptest::option::of(0..12_i64), certainty).prop_map(
        |(item, bound, certainty)| Start {
            item: ItemIndex(item),
            bound: bound.map(Time),
            certainty,
        },
    );
    proptest::collection::vec(start, 1..3)
}

fn is_proven(start: &Start) -> bool {
    start.certainty == Certainty::Proven
}

fn views() -> impl Strategy<Value = View> {
    let known_at = proptest::option::of((0..24_u64).prop_map(Position));
    let as_of = proptest::option::of((0..12_i64).prop_map(Time));
    (known_at, as_of).prop_map(|(known_at, as_of)| View { known_at, as_of })
}

fn directions() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Forward), Just(Direction::Backward)]
}

/// Everything that can be asked of a graph by its lists.
fn lists(graph: &Graph) -> Vec<(Vec<EdgeIndex>, Vec<EdgeIndex>)> {
    let of = |item| (graph.inputs(item).collect(), graph.outputs(item).collect());
    (0..ITEMS).map(ItemIndex).map(of).collect()
}

fn edges(graph: &Graph) -> Vec<genealogy::Edge> {
    (0..graph.edge_count()).map(|index| graph.edge(EdgeIndex(index))).collect()
}

fn traces(graph: &Graph) -> Vec<Trace> {
    let directions = [Direction::Forward, Direction::Backward];
    let trace =
        |item, direction| graph.trace(&[ItemIndex(item)], direction, View::default(), EVERYTHING);
    (0..ITEMS).flat_map(|item| directions.map(|direction| trace(item, direction))).collect()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_trace_is_what_the_model_finds(
        history in histories(),
        starts in starts(),
        direction in directions(),
        view in views(),
    ) {
        let graph = history.told();
        let trace = graph.trace_from(&starts, direction, view, EVERYTHING);
        let model = Model::new(edges(&graph), direction, view);
        let expected = model.reached(&starts);
        let order: Vec<_> = trace.reached.iter().map(|r| (r.depth, r.item)).collect();
        prop_assert!(order.is_sorted(), "{order:?}");
        prop_assert_eq!(trace.reached.len(), expected.len());
        for reached in &trace.reached {
            let known = expected[&reached.item];
            let proven = reached.certainty == Certainty::Proven;
            prop_assert_eq!((reached.item, proven), (reached.item, known.proven.is_some()));
            prop_assert_eq!(reached.contaminated_from.0, known.moment);
            prop_assert_eq!(reached.proven_from.map(|at| at.0), known.proven_moment);
            prop_assert_eq!(reached.depth, known.proven.unwrap_or(known.depth));
            let path = trace.path(reached.item);
            prop_assert_eq!(path.last().copied(), reached.via);
            prop_assert_eq!(path.len(), reached.depth as usize);
            let walked = model.walk(&starts, reached.item, &path);
            prop_assert!(walked, "path {path:?} to {:?} does not hold", reached.item);
            let doubt = path.iter().find(|edge| !model.is_sure(&starts, **edge));
            // Where no edge leaves it open, the start did.
            let from = path.first().map_or(reached.item, |first| model.comes_from(*first));
            let possible = |start: &Start| start.item == from && !is_proven(start);
            let open = !proven && !starts.iter().any(possible);
            prop_assert!(trace.doubt(reached.item).is_some() || !open);
            prop_assert!(trace.doubt(reached.item).is_none() || !proven);
            prop_assert!(!proven || doubt.is_none());
            prop_assert_eq!(trace.get(reached.item), Some(reached));
        }
    }

    #[test]
    fn forward_and_backward_reach_the_same_pairs(
        history in histories(),
        from in 0..ITEMS,
        to in 0..ITEMS,
        view in views(),
    ) {
        let graph = history.told();
        let (from, to) = (ItemIndex(from), ItemIndex(to));
        let forward = graph.trace(&[from], Direction::Forward, view, EVERYTHING);
        let backward = graph.trace(&[to], Direction::Backward, view, EVERYTHING);
        prop_assert_eq!(forward.get(to).is_some(), backward.get(from).is_some());
        if backward.get(from).is_some_and(|r| r.certainty == Certainty::Proven) {
            prop_assert_eq!(forward.get(to).map(|r| r.certainty), Some(Certainty::Proven));
        }
    }

    #[test]
    fn known_at_is_the_graph_as_it_was(history in histories(), known_at in 0..24_u64) {
        let now = history.told();
        let then = history.until(Position(known_at)).told();
        let view = View { known_at: Some(Position(known_at)), as_of: None };
        for item in (0..ITEMS).map(ItemIndex) {
            let seen = now.trace(&[item], Direction::Forward, view, EVERYTHING);
            let was = then.trace(&[item], Direction::Forward, View::default(), EVERYTHING);
            prop_assert_eq!(seen.reached, was.reached);
        }
    }

    #[test]
    fn reaches_is_what_the_model_finds(history in histories()) {
        let graph = history.told();
        let model = model::connected(&edges(&graph));
        for (from, to) in (0..ITEMS).flat_map(|from| (0..ITEMS).map(move |to| (from, to))) {
            let reaches = graph.reaches(ItemIndex(from), ItemIndex(to));
            prop_assert_eq!(reaches, model[from as usize][to as usize], "{} {}", from, to);
        }
    }

    #[test]
    fn what_is_undone_leaves_no_trace(
        history in histories(),
        refused in histories(),
        again in histories(),
    ) {
        let mut graph = history.told();
        let before = (edges(&graph), lists(&graph), graph.edge_bytes());
        refused.told_and_undone(&mut graph);
        prop_assert_eq!(&before.0, &edges(&graph));
        prop_assert_eq!(&before.1, &lists(&graph));
        let mut fresh = history.told();
        again.tell(&mut graph);
        again.tell(&mut fresh);
        prop_assert_eq!(edges(&graph), edges(&fresh));
        prop_assert_eq!(lists(&graph), lists(&fresh));
        for (trace, fresh) in traces(&graph).iter().zip(traces(&fresh)) {
            prop_assert_eq!(&trace.reached, &fresh.reached);
        }
    }

    #[test]
    fn loading_the_rows_gives_the_same_graph(history in histories()) {
        let graph = history.told();
        let mut loaded = Graph::new();
        for (index, edge) in (0..).zip(edges(&graph)) {
            loaded.put(EdgeIndex(index), edge).unwrap();
        }
        prop_assert_eq!(edges(&graph), edges(&loaded));
        prop_assert_eq!(lists(&graph), lists(&loaded));
        let due = EdgeIndex(loaded.edge_count());
        if let Some(edge) = edges(&graph).first() {
            let out_of_order = loaded.put(EdgeIndex(due.0 + 1), *edge).unwrap_err();
            prop_assert_eq!(out_of_order.expected, due);
        }
    }

    #[test]
    fn a_limit_cuts_short_and_says_so(
        history in histories(),
        item in 0..ITEMS,
        limit in 0..6_usize,
    ) {
        let graph = history.told();
        let starts = [ItemIndex(item)];
        let whole = graph.trace(&starts, Direction::Forward, View::default(), EVERYTHING);
        let cut = graph.trace(&starts, Direction::Forward, View::default(), limit);
        prop_assert_eq!(cut.truncated, whole.reached.len() > limit);
        prop_assert_eq!(cut.reached.len(), whole.reached.len().min(limit));
        prop_assert!(cut.reached.iter().all(|r| whole.get(r.item).is_some()));
    }
}

#[test]
fn an_empty_graph_answers() {
    let graph = History::default().told();
    let trace = graph.trace(&[ItemIndex(7)], Direction::Backward, View::default(), 10);
    assert_eq!(trace.reached.len(), 1);
    assert!(trace.path(ItemIndex(7)).is_empty());
    assert!(!graph.reaches(ItemIndex(1), ItemIndex(2)));
    assert!(graph.reaches(ItemIndex(1), ItemIndex(1)));
    assert_eq!(graph.edge_count(), 0);
}
