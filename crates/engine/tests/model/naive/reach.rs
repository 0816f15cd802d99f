//! What is reached from where, by going over all edges until nothing new is.

use std::collections::BTreeMap;

use domain::edge::EdgeKind;
use domain::{ItemId, Time};

use super::Edge;

/// When each item can have become suspect; backward, up to when what was in it matters.
type Moments = BTreeMap<ItemId, Time>;

/// Everything reached from the starts, and whether for sure.
///
/// Forward, an item is suspect from some moment on; an edge passes that on if it can have been so
/// before the input left, and the output is suspect from the later of the two. Backward, what
/// matters is what was in an item up to some moment.
pub(crate) fn reach(edges: &[Edge], starts: &Moments, forward: bool) -> BTreeMap<ItemId, bool> {
    let step = |edge: &Edge, known: &Moments| step(edge, known, forward);
    let sure = all(edges, starts, forward, &|edge, known| {
        let same = |other: &&Edge| {
            (other.source, other.output, other.group) == (edge.source, edge.output, edge.group)
        };
        let rivals: Vec<&Edge> = edges.iter().filter(same).collect();
        if edge.group.is_none() || rivals.iter().all(|rival| rival.input == edge.input) {
            return step(edge, known);
        }
        // Whichever of them it was, it is suspect if all are.
        let steps = rivals.into_iter().map(|rival| step(rival, known).filter(|_| forward));
        steps.collect::<Option<Vec<Time>>>()?.into_iter().max()
    });
    let reached = all(edges, starts, forward, &step);
    reached.into_keys().map(|item| (item, sure.contains_key(&item))).collect()
}

/// Goes over all edges until nothing new is reached.
fn all(
    edges: &[Edge],
    starts: &Moments,
    forward: bool,
    step: &dyn Fn(&Edge, &Moments) -> Option<Time>,
) -> Moments {
    let mut known = starts.clone();
    loop {
        let before = known.clone();
        for edge in edges {
            let Some(moment) = step(edge, &known) else { continue };
            let there = if forward { edge.output } else { edge.input };
            let held = known.entry(there).or_insert(moment);
            *held = if forward { moment.min(*held) } else { moment.max(*held) };
        }
        if known == before {
            return known;
        }
    }
}

fn step(edge: &Edge, known: &Moments, forward: bool) -> Option<Time> {
    let (from, leaves) = match (edge.kind, edge.removed) {
        (EdgeKind::Member, _) => (Time::MIN, Time::MAX),
        (EdgeKind::Installed, None) => (edge.performed.from, Time::MAX),
        (EdgeKind::Installed, Some((out, _))) => (edge.performed.from, out.to),
        _ => (edge.performed.from, edge.performed.to),
    };
    if forward {
        let moment = *known.get(&edge.input)?;
        (moment <= leaves).then_some(moment.max(from))
    } else {
        let moment = *known.get(&edge.output)?;
        (moment >= from).then_some(moment.min(leaves))
    }
}
