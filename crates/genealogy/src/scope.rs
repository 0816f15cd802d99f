//! The scope of a suspicion: which items are proven, possible or cleared, and by what evidence.
//!
//! *Proven* and *possible* are what a forward trace reaches. Beyond them lies the universe: every
//! item with a bill of material whose part can contain a suspect's part at any depth, by plan or
//! as observed. An item of the universe that was not reached is *cleared* only by positive
//! evidence: a decision; that it left before the suspect came into being here; or, for every line
//! of its bill of material that may hold suspicion, that other material fills the line. Without a
//! capture it stays possible, and the line that nobody captured is named.
//!
//! An item whose part has no bill of material and that was not reached is not in the scope:
//! nothing says that it could contain the suspect.
//!
//! Limits: the number of items given; a scope cut short says so.

mod captured;
mod content;
mod fill;
mod judge;
mod plan;
mod universe;
mod widening;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use domain::noun::{Amount, Interval, Part, PartNumber, Position, Time};
use serde::{Deserialize, Serialize};

use crate::edge::{EdgeIndex, ItemIndex, View};
use crate::graph::Graph;
use crate::trace::{Certainty, Direction, Reached, Start, Trace};
pub use captured::{Captured, MissingLine, captured};
use judge::Judge;
use plan::Plans;
use universe::Universe;
pub use widening::{Cause, Widening};

/// What the owner of the graph knows of its items and their parts.
pub trait Catalog {
    /// What part an item is; containers may have none.
    fn part(&self, item: ItemIndex) -> Option<&Part>;
    /// The lines of a part's bill of material, phantoms flattened; absent: it has none.
    fn lines(&self, part: &Part) -> Option<Vec<Line>>;
    /// Every item of a part number, of any revision, known in the view asked for.
    fn items_of(&self, number: &PartNumber) -> Vec<ItemIndex>;
    /// Every part that has a bill of material.
    fn parts_with_bom(&self) -> Vec<Part>;
    /// When the first fact of an item was performed.
    fn existed(&self, item: ItemIndex) -> Interval;
    /// When an item left our hands or was finished for good; absent: it has not.
    fn left(&self, item: ItemIndex) -> Option<Interval>;
    /// The entry by which somebody decided that an item does not contain another after all.
    fn cleared(&self, item: ItemIndex, of: ItemIndex) -> Option<Position>;
    /// How many pieces an item is: 1 for a unit, the made quantity for a lot.
    fn pieces(&self, item: ItemIndex) -> Amount;
}

/// A line of a bill of material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The planned part.
    pub part: Part,
    /// The parts that may stand in its place.
    pub accepts: Vec<Part>,
    /// How much of it one piece takes.
    pub quantity: Amount,
}

/// All items a suspicion is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The reached ones in the order of the trace, then the others by index.
    pub items: Vec<ScopeItem>,
    /// What widened it, the widest first.
    pub widenings: Vec<Widening>,
    /// Whether there are more items than the limit let in.
    pub truncated: bool,
}

/// One item of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeItem {
    /// Which.
    pub item: ItemIndex,
    /// What is known of it.
    pub standing: Standing,
    /// The shortest evidence path from a start; empty: not reached, or a start.
    pub path: Vec<EdgeIndex>,
    /// Since when it can be suspect; absent: it was not reached, so nobody can say.
    pub suspect_from: Option<Time>,
    /// Since when it is so for certain; absent: it is not.
    pub proven_from: Option<Time>,
    /// Of a proven item that may be suspect before it is for certain: why that is open.
    pub doubt: Option<Reason>,
}

impl ScopeItem {
    /// An item that no suspicion reaches.
    const fn unreached(item: ItemIndex, standing: Standing, path: Vec<EdgeIndex>) -> Self {
        Self { item, standing, path, suspect_from: None, proven_from: None, doubt: None }
    }
}

/// What is known of an item of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "certainty", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Standing {
    /// It is one of the starts or contains one.
    Proven,
    /// It may contain one.
    Possible {
        /// What would have to be known to decide it.
        reason: Reason,
    },
    /// It contains none.
    Cleared {
        /// Why.
        evidence: Vec<Evidence>,
    },
}

/// Why an item is possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reason {
    /// It is not known which of several went in.
    Candidates {
        /// The entry that names them.
        source: Position,
        /// Which of that entry's uses.
        line: u32,
        /// Into which item on the path.
        into: ItemIndex,
        /// The candidates, by index.
        candidates: Vec<ItemIndex>,
    },
    /// Nobody captured what went in.
    NoCapture {
        /// Into which item: this one or one inside it.
        at: ItemIndex,
        /// On which line of its bill of material.
        line: Part,
        /// How much of the line is not accounted for.
        missing: Amount,
    },
}

/// Why an item is cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Evidence {
    /// A line that may hold suspicion is filled by material that is not suspect.
    Filled {
        /// The planned part of the line.
        line: Part,
        /// By these edges.
        by: Vec<EdgeIndex>,
    },
    /// It left before the suspect came into being here.
    LeftBefore {
        /// When it left.
        left: Interval,
        /// The earliest moment the suspect can have been here.
        suspect_from: Time,
    },
    /// Somebody decided so.
    Decision {
        /// In this entry.
        by: Position,
    },
    /// Its bill of material has no line that may hold suspicion.
    NotPlanned,
}

/// Where a suspicion begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// At which item. It may be suspect twice: perhaps since early, for certain since later.
    pub item: ItemIndex,
    /// Suspect from then on; absent: always.
    pub bound: Option<Time>,
    /// Why it is only possible that it is; absent: it is for certain.
    pub doubt: Option<Reason>,
}

impl From<ItemIndex> for Suspect {
    fn from(item: ItemIndex) -> Self {
        Self { item, bound: None, doubt: None }
    }
}

impl From<&Suspect> for Start {
    fn from(suspect: &Suspect) -> Self {
        let Suspect { item, bound, ref doubt } = *suspect;
        let certainty = if doubt.is_none() { Certainty::Proven } else { Certainty::Possible };
        Self { item, bound, certainty }
    }
}

/// The scope of the suspicion that begins at the suspects.
///
/// Limits: at most `limit` items.
#[must_use]
pub fn scope(
    graph: &Graph,
    suspects: &[Suspect],
    view: View,
    catalog: &impl Catalog,
    limit: usize,
) -> Scope {
    let starts: Vec<Start> = suspects.iter().map(Start::from).collect();
    let doubts =
        suspects.iter().filter_map(|suspect| Some((suspect.item, suspect.doubt.as_ref()?)));
    let doubts: Doubts<'_> = doubts.collect();
    let trace = graph.trace_from(&starts, Direction::Forward, view, limit);
    let suspicion = Suspicion { graph, starts: &starts, doubts: &doubts, view, catalog };
    let mut items: Vec<ScopeItem> =
        trace.reached.iter().map(|reached| suspicion.reached(&trace, reached)).collect();
    let mut truncated = trace.truncated;
    let mut plans = Plans::new(catalog);
    let universe = Universe::of(&suspicion, &mut plans);
    let candidates = universe.items(&suspicion, &mut plans);
    items.reserve(candidates.len().min(limit.saturating_sub(items.len())));
    let mut judge = Judge::new(suspicion, plans, universe);
    for item in candidates.into_iter().filter(|item| trace.get(*item).is_none()) {
        if items.len() >= limit {
            truncated = true;
            break;
        }
        let (standing, path) = (judge.standing(item), Vec::new());
        items.push(ScopeItem::unreached(item, standing, path));
    }
    let widenings = widening::of(&items, catalog);
    Scope { items, widenings, truncated }
}

/// Why starts are only possible.
type Doubts<'a> = BTreeMap<ItemIndex, &'a Reason>;

/// What is suspected, and what it is judged by.
#[derive(Clone, Copy)]
struct Suspicion<'a> {
    graph: &'a Graph,
    starts: &'a [Start],
    doubts: &'a Doubts<'a>,
    view: View,
    catalog: &'a dyn Catalog,
}

impl Suspicion<'_> {
    /// What is known of an item that the trace reached.
    fn reached(&self, trace: &Trace, reached: &Reached) -> ScopeItem {
        let item = reached.item;
        let path = trace.path(item);
        let decisions = self.decisions(item, &path);
        if decisions.is_empty() {
            return self.suspected(trace, reached);
        }
        let open = |other| self.catalog.cleared(item, other).is_none();
        let starts: Vec<Start> =
            self.starts.iter().copied().filter(|start| open(start.item)).collect();
        let rest = self.graph.trace_among(&starts, Direction::Forward, self.view, &open);
        match rest.get(item) {
            Some(still) => self.suspected(&rest, still),
            None => {
                let standing = Standing::Cleared { evidence: decisions };
                ScopeItem::unreached(item, standing, path)
            }
        }
    }

    /// The decisions that an item does not contain a start, or another item on its path.
    fn decisions(&self, item: ItemIndex, path: &[EdgeIndex]) -> Vec<Evidence> {
        let inputs = path.iter().map(|edge| self.graph.hop(*edge).input);
        let starts = self.starts.iter().map(|start| start.item).filter(|start| *start != item);
        let found: BTreeSet<Position> =
            starts.chain(inputs).filter_map(|of| self.catalog.cleared(item, of)).collect();
        found.into_iter().map(|by| Evidence::Decision { by }).collect()
    }

    fn suspected(&self, trace: &Trace, reached: &Reached) -> ScopeItem {
        let item = reached.item;
        let path = trace.path(item);
        let (standing, doubt) = match reached.certainty {
            Certainty::Proven => {
                let earlier = trace.earlier(item);
                (Standing::Proven, earlier.map(|(path, open)| self.doubt(item, &path, open)))
            }
            Certainty::Possible => {
                let reason = self.doubt(item, &path, trace.doubt(item));
                (Standing::Possible { reason }, None)
            }
        };
        let Reached { contaminated_from, proven_from, .. } = *reached;
        let suspect_from = Some(contaminated_from);
        ScopeItem { item, standing, path, suspect_from, proven_from, doubt }
    }

    /// Why a path only may lead to an item: by the edge that leaves it open, or by its start.
    fn doubt(&self, item: ItemIndex, path: &[EdgeIndex], open: Option<EdgeIndex>) -> Reason {
        if let Some(edge) = open {
            return self.candidates(edge);
        }
        let start = path.first().map_or(item, |edge| self.graph.hop(*edge).input);
        let doubt = self.doubts.get(&start);
        let doubt = doubt.expect("invariant: what no edge leaves open, its start does");
        (*doubt).clone()
    }

    fn candidates(&self, index: EdgeIndex) -> Reason {
        let edge = self.graph.edge(index);
        let rivals = self.graph.rivals(index, self.view);
        let candidates: BTreeSet<ItemIndex> =
            rivals.map(|rival| self.graph.hop(rival).input).chain([edge.input]).collect();
        Reason::Candidates {
            source: edge.source,
            line: edge.group.map_or(0, |group| group.line),
            into: edge.output,
            candidates: candidates.into_iter().collect(),
        }
    }
}
