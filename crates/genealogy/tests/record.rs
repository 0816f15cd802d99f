//! Every edge comes back as it was put in, and is kept small.

#![cfg(test)]

use domain::edge::{EdgeKind, Group};
use domain::noun::{Amount, Interval, Position, Time};
use genealogy::{Edge, EdgeIndex, Graph, ItemIndex, Removed};

fn edge(input: u32, output: u32) -> Edge {
    Edge {
        input: ItemIndex(input),
        output: ItemIndex(output),
        kind: EdgeKind::Consumed,
        quantity: Amount::ONE,
        performed: Interval::at(Time(1_700_000_000_000_000 + i64::from(output))),
        source: Position(u64::from(output)),
        group: None,
        born: Position(u64::from(output)),
        died: None,
        removed: None,
    }
}

fn check(edges: impl IntoIterator<Item = Edge>) {
    let mut graph = Graph::new();
    let edges: Vec<Edge> = edges.into_iter().collect();
    for edge in &edges {
        graph.add(*edge);
    }
    let kept: Vec<Edge> = (0..graph.edge_count()).map(|i| graph.edge(EdgeIndex(i))).collect();
    assert_eq!(kept, edges);
    for edge in edges.iter().rev() {
        assert_eq!(graph.pop().as_ref(), Some(edge));
    }
    assert_eq!(graph.pop(), None);
}

#[test]
fn every_kind_and_every_rare_part() {
    let kinds = [
        EdgeKind::Consumed,
        EdgeKind::Installed,
        EdgeKind::Transformed,
        EdgeKind::Split,
        EdgeKind::Merged,
        EdgeKind::Member,
    ];
    let removed = Removed { performed: Interval { from: Time(3), to: Time(9) }, by: Position(77) };
    let group = Group { line: u32::MAX, mix: true };
    check(kinds.into_iter().flat_map(|kind| {
        let plain = Edge { kind, ..edge(1, 2) };
        [
            plain,
            Edge { group: Some(group), ..plain },
            Edge { died: Some(Position(9)), ..plain },
            Edge { removed: Some(removed), ..plain },
            Edge { group: Some(group), died: Some(Position(9)), removed: Some(removed), ..plain },
        ]
    }));
}

#[test]
fn numbers_that_do_not_fit_a_record() {
    let plain = edge(0, 1);
    let wide = Interval { from: Time(i64::MIN), to: Time(i64::MAX) };
    check([
        Edge { source: Position(u64::MAX), born: Position(u64::MAX), ..plain },
        Edge { source: Position(1 << 32), born: Position(1 << 32), ..plain },
        Edge { born: Position(9), source: Position(3), ..plain },
        Edge { performed: wide, ..plain },
        Edge { performed: Interval::ALWAYS, ..plain },
        Edge { performed: Interval { from: Time(9), to: Time(3) }, ..plain },
        Edge { quantity: "-79228162514264337593543950335".parse().unwrap(), ..plain },
        Edge { quantity: "0.0000000000000000000000000001".parse().unwrap(), ..plain },
        Edge { quantity: Amount::ZERO, ..plain },
    ]);
}

#[test]
fn more_quantities_and_spans_than_are_shared() {
    check((0..3000_u32).map(|n| {
        let from = Time(5);
        let performed = Interval { from, to: Time(from.0 + i64::from(n)) };
        Edge { quantity: Amount::from(n), performed, ..edge(0, 1) }
    }));
}

#[test]
fn a_quantity_is_kept_without_trailing_zeros() {
    let mut graph = Graph::new();
    let index = graph.add(Edge { quantity: "1.500".parse().unwrap(), ..edge(0, 1) });
    assert_eq!(graph.edge(index).quantity.to_string(), "1.5");
}

#[test]
fn lists_run_from_the_newest_edge_to_the_oldest_and_shrink_as_they_grew() {
    const LAST: u32 = 700;
    let mut graph = Graph::new();
    let lengths: Vec<usize> = (0..LAST)
        .map(|n| {
            graph.add(edge(0, n + 2));
            graph.add(edge(1, n + 2));
            graph.edge_bytes()
        })
        .collect();
    for n in (0..LAST).rev() {
        let (even, odd): (Vec<_>, Vec<_>) =
            (0..=2 * n + 1).rev().map(EdgeIndex).partition(|index| index.0 % 2 == 0);
        assert_eq!(graph.outputs(ItemIndex(0)).collect::<Vec<_>>(), even);
        assert_eq!(graph.outputs(ItemIndex(1)).collect::<Vec<_>>(), odd);
        assert_eq!(graph.inputs(ItemIndex(n + 2)).count(), 2);
        assert_eq!(graph.edge_bytes(), lengths[n as usize]);
        graph.truncate_to(2 * n);
    }
    assert_eq!(graph.edge_count(), 0);
}

/// The aim is 32 bytes for a live edge; a lot of 4000 and units of 12 parts stand for a plant.
#[test]
fn a_live_edge_takes_at_most_32_bytes() {
    let mut graph = Graph::new();
    for unit in 0..20_000_u32 {
        for line in 0..12 {
            let lot = if line < 10 { 1000 * line + unit / 4000 } else { 100_000 + 2 * unit + line };
            graph.add(edge(lot, 200_000 + unit));
        }
    }
    let bytes = graph.edge_bytes();
    let edges = graph.edge_count() as usize;
    assert!(bytes <= 32 * edges, "{} bytes an edge", bytes.div_ceil(edges));
}
