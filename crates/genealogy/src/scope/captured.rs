//! What bills of material ask for, held against what is known to be in items.
//!
//! A line is captured if enough material that may stand in it is known to be in the item, be it one
//! of several candidates. What came out again does not count: something else should be in its
//! place. An item whose part has no bill of material is not among the answers, for nothing says
//! what should be in it; nor is a lot of no pieces, which only holds units together.

use alloc::vec::Vec;

use domain::noun::{Amount, Part, Time};

use super::content::Reader;
use super::plan::Plans;
use super::{Catalog, Doubts, Suspicion};
use crate::edge::{ItemIndex, View};
use crate::graph::Graph;

/// One item held against its bill of material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Which item.
    pub item: ItemIndex,
    /// How many lines its bill of material has, phantoms flattened.
    pub lines: usize,
    /// Those that nothing, or not enough, is known to stand in, in their order.
    pub missing: Vec<MissingLine>,
}

/// A line of a bill of material that nobody captured, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingLine {
    /// Which line, from 0.
    pub line: usize,
    /// Its planned part.
    pub part: Part,
    /// How much the item takes of it.
    pub needed: Amount,
    /// How much of that is not accounted for.
    pub missing: Amount,
}

/// What the bills of material of these items ask for and what of it was captured.
#[must_use]
pub fn captured(
    graph: &Graph,
    items: impl IntoIterator<Item = ItemIndex>,
    view: View,
    catalog: &impl Catalog,
) -> Vec<Captured> {
    let doubts = Doubts::new();
    let reading = Suspicion { graph, starts: &[], doubts: &doubts, view, catalog };
    let mut plans = Plans::new(catalog);
    let mut reader = Reader::new(reading);
    let mut each = Vec::new();
    for item in items {
        let Some(plan) = catalog.part(item).and_then(|part| plans.of(part)) else { continue };
        if catalog.pieces(item).is_zero() {
            continue;
        }
        let contents = reader.contents(item, Time(i64::MAX), &plan);
        let fills = reading.fill(item, &plan, &contents.known, |_| false);
        let mut missing: Vec<MissingLine> = fills
            .filter(super::fill::Fill::is_short)
            .map(|fill| MissingLine {
                line: fill.line,
                part: plan[fill.line].part.clone(),
                needed: fill.need.normal(),
                missing: fill.missing.normal(),
            })
            .collect();
        missing.sort_by_key(|missing| missing.line);
        each.push(Captured { item, lines: plan.len(), missing });
    }
    each
}
