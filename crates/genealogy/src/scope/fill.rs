//! Which material fills which line of a bill of material.
//!
//! Lines compete for material: those that cannot hold suspicion take theirs first, then those that
//! accept the fewest parts, so none is filled twice. Of a group of candidates one went in: it
//! stands in lines that accept all of them.

use alloc::vec::Vec;

use domain::noun::Amount;

use super::content::Content;
use super::{Line, Suspicion};
use crate::edge::{EdgeIndex, ItemIndex};

/// One part in so many may be missing from a line: shares are not always finite decimals.
const ROUNDING: u32 = 1_000_000_000;

/// What stands in one line.
#[derive(Debug, Clone)]
pub(super) struct Fill {
    /// Which line of the plan.
    pub(super) line: usize,
    /// How much of it the item takes.
    pub(super) need: Amount,
    /// By what it is filled.
    pub(super) by: Vec<EdgeIndex>,
    /// How much of it is not accounted for.
    pub(super) missing: Amount,
}

impl Fill {
    /// Whether nothing, or not enough, is known to stand in the line.
    pub(super) fn is_short(&self) -> bool {
        let rounding = self.need.divided_by(Amount::from(ROUNDING)).unwrap_or_default();
        self.by.is_empty() || self.missing > rounding
    }
}

impl Suspicion<'_> {
    /// What stands in each line of an item's plan, in the order in which lines take material:
    /// those of `last` after the others.
    pub(super) fn fill(
        &self,
        item: ItemIndex,
        plan: &[Line],
        contents: &[Content],
        last: impl Fn(&Line) -> bool,
    ) -> impl Iterator<Item = Fill> {
        let pieces = self.catalog.pieces(item);
        let mut stock = self.stock(plan, contents);
        let mut order: Vec<usize> = (0..plan.len()).collect();
        order.sort_by_key(|line| (last(&plan[*line]), plan[*line].accepts.len()));
        order.into_iter().map(move |line| {
            let need = plan[line].quantity.times(pieces);
            let (by, missing) = take(&mut stock, line, need);
            Fill { line, need, by, missing }
        })
    }

    /// What there is to fill lines with; of a group of candidates one, for lines that accept all.
    fn stock(&self, plan: &[Line], contents: &[Content]) -> Vec<Stock> {
        let Self { graph, view, .. } = *self;
        let mut stock = Vec::with_capacity(contents.len());
        for content in contents.iter().filter(|content| content.amount.is_positive()) {
            let rivals: Vec<EdgeIndex> = graph.rivals(content.edge, view).collect();
            if rivals.iter().any(|rival| *rival < content.edge) {
                continue;
            }
            let mut lines = self.lines_of(plan, content.input);
            for rival in rivals {
                let theirs = self.lines_of(plan, graph.hop(rival).input);
                lines.retain(|line| theirs.contains(line));
            }
            if !lines.is_empty() {
                stock.push(Stock { edge: content.edge, left: content.amount, lines });
            }
        }
        stock.sort_by_key(|stock| (stock.lines.len(), stock.edge));
        stock
    }

    /// The lines an item may stand in.
    fn lines_of(&self, plan: &[Line], item: ItemIndex) -> Vec<usize> {
        let Some(part) = self.catalog.part(item) else { return Vec::new() };
        let holding = plan.iter().enumerate().filter(|(_, line)| line.may_hold(part));
        holding.map(|(place, _)| place).collect()
    }
}

/// Material that is in an item and not yet told off to a line.
struct Stock {
    edge: EdgeIndex,
    left: Amount,
    lines: Vec<usize>,
}

/// Takes material for a line; says by which edges, and how much is missing.
///
/// A line of no quantity (as much as needed) is named by everything that may stand in it.
fn take(stock: &mut [Stock], line: usize, need: Amount) -> (Vec<EdgeIndex>, Amount) {
    let mut missing = need;
    let mut by = Vec::new();
    for stock in stock.iter_mut().filter(|stock| stock.lines.contains(&line)) {
        let taken = stock.left.min(missing);
        if taken.is_positive() || need.is_zero() {
            by.push(stock.edge);
            missing = missing.minus(taken);
            stock.left = stock.left.minus(taken);
        }
    }
    by.sort_unstable();
    (by, missing)
}
