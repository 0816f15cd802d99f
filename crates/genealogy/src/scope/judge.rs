//! What is known of an item that no trace reached.
//!
//! A line that may hold suspicion is filled if enough material that is not suspect is known to be
//! in it. Material of a part that can itself contain a suspect must be found clean the same way, as
//! of the moment it was cut off from what happened to it later; also what came out again, for it
//! was in there. Lines compete for material: those that cannot hold suspicion take theirs first,
//! then those that accept the fewest parts, so none is filled twice.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use domain::noun::{Amount, Position, Time};
use hashbrown::HashMap;

use super::content::{Content, Reader};
use super::plan::{Plan, Plans};
use super::universe::Universe;
use super::{Evidence, Line, Reason, Standing, Suspicion};
use crate::edge::{EdgeIndex, ItemIndex};

/// Most levels of assemblies inside each other that are looked into.
const DEPTH_MAX: usize = 64;
/// One part in so many may be missing from a line: shares are not always finite decimals.
const ROUNDING: u32 = 1_000_000_000;

type Verdict = Result<Vec<Evidence>, Reason>;

/// Judges items one by one and remembers those judged on the way.
pub(super) struct Judge<'a> {
    suspicion: Suspicion<'a>,
    plans: Plans<'a>,
    universe: Universe,
    reader: Reader<'a>,
    suspect_from: Time,
    /// By item and moment; one that is being judged stands as not captured.
    verdicts: HashMap<(ItemIndex, Time), Verdict>,
    depth: usize,
}

impl<'a> Judge<'a> {
    pub(super) fn new(suspicion: Suspicion<'a>, plans: Plans<'a>, universe: Universe) -> Self {
        let Suspicion { starts, catalog, .. } = suspicion;
        let began = starts.iter().map(|start| {
            let existed = catalog.existed(start.item).from;
            start.bound.map_or(existed, |bound| bound.max(existed))
        });
        Self {
            suspicion,
            plans,
            universe,
            reader: Reader::new(suspicion),
            suspect_from: began.min().unwrap_or(Time::MAX),
            verdicts: HashMap::new(),
            depth: 0,
        }
    }

    /// What is known of an item of the universe that was not reached.
    pub(super) fn standing(&mut self, item: ItemIndex) -> Standing {
        let suspect_from = self.suspect_from;
        if let Some(left) = self.suspicion.catalog.left(item)
            && left.to < suspect_from
        {
            let evidence = alloc::vec![Evidence::LeftBefore { left, suspect_from }];
            return Standing::Cleared { evidence };
        }
        match self.verdict(item, Time(i64::MAX)) {
            Ok(evidence) => Standing::Cleared { evidence },
            Err(reason) => Standing::Possible { reason },
        }
    }

    /// Whether an item was free of suspicion until a moment.
    fn verdict(&mut self, item: ItemIndex, until: Time) -> Verdict {
        if until < self.suspect_from {
            return Ok(Vec::new());
        }
        if let Some(verdict) = self.verdicts.get(&(item, until)) {
            return verdict.clone();
        }
        let decisions = self.decisions(item);
        if !decisions.is_empty() {
            return Ok(decisions);
        }
        let catalog = self.suspicion.catalog;
        let Some(part) = catalog.part(item).filter(|part| self.universe.can_contain(part)) else {
            return Ok(Vec::new());
        };
        let Some(plan) = self.plans.of(part) else { return Ok(Vec::new()) };
        let unjudged = Reason::NoCapture { at: item, line: part.clone(), missing: Amount::ONE };
        if self.depth >= DEPTH_MAX {
            return Err(unjudged);
        }
        self.verdicts.insert((item, until), Err(unjudged.clone()));
        self.depth = self.depth.saturating_add(1);
        let verdict = self.contained(item, until, &plan, unjudged);
        self.depth = self.depth.saturating_sub(1);
        self.verdicts.insert((item, until), verdict.clone());
        verdict
    }

    /// The decisions that an item contains no start, if there is one for each.
    fn decisions(&self, item: ItemIndex) -> Vec<Evidence> {
        let Suspicion { starts, catalog, .. } = self.suspicion;
        let decided: Option<BTreeSet<Position>> =
            starts.iter().map(|start| catalog.cleared(item, start.item)).collect();
        let decided = decided.unwrap_or_default();
        decided.into_iter().map(|by| Evidence::Decision { by }).collect()
    }

    fn contained(&mut self, item: ItemIndex, until: Time, plan: &Plan, beyond: Reason) -> Verdict {
        let contents = self.reader.contents(item, until, plan);
        for content in &contents.known {
            self.verdict(content.input, content.leaves)?;
        }
        if contents.truncated {
            return Err(beyond);
        }
        self.filled(item, plan, &contents.known)
    }

    /// Whether every line that may hold suspicion is filled.
    fn filled(&self, item: ItemIndex, plan: &Plan, contents: &[Content]) -> Verdict {
        let pieces = self.suspicion.catalog.pieces(item);
        let mut stock = self.stock(plan, contents);
        let mut evidence = Vec::new();
        for (place, holds) in self.in_order(plan) {
            let line = &plan[place];
            let need = line.quantity.times(pieces);
            let (by, missing) = take(&mut stock, place, need);
            if !holds {
                continue;
            }
            let rounding = need.divided_by(Amount::from(ROUNDING)).unwrap_or_default();
            if by.is_empty() || missing > rounding {
                let missing = missing.normal();
                return Err(Reason::NoCapture { at: item, line: line.part.clone(), missing });
            }
            evidence.push(Evidence::Filled { line: line.part.clone(), by });
        }
        if evidence.is_empty() {
            evidence.push(Evidence::NotPlanned);
        }
        Ok(evidence)
    }

    /// The lines in the order in which they take material, and whether each may hold suspicion.
    fn in_order(&self, plan: &[Line]) -> Vec<(usize, bool)> {
        let holds = |line: &Line| line.parts().any(|part| self.universe.can_hold(part));
        let mut order: Vec<(usize, bool)> = plan.iter().map(holds).enumerate().collect();
        order.sort_by_key(|(place, holds)| (*holds, plan[*place].accepts.len()));
        order
    }

    /// What there is to fill lines with; of a group of candidates one, for lines that accept all.
    fn stock(&self, plan: &[Line], contents: &[Content]) -> Vec<Stock> {
        let Suspicion { graph, view, .. } = self.suspicion;
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
        let Some(part) = self.suspicion.catalog.part(item) else { return Vec::new() };
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
