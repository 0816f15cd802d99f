//! Why an item stands otherwise than before: the entries since then that say so.
//!
//! First what the evidence itself names: entries that made, ended or took out an edge of the old or
//! the new path, of the candidates, of what fills a line; decisions. Where the item is elsewhere,
//! what moved it or what it is in. Where none of these says it, whatever touched the item, then
//! what lies on its path; then, for items that could contain the suspect only since or no more,
//! what made items of their part contain something, what touched the starts, and at last whatever
//! changed which parts contain which. A restatement counts as the correction it follows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::act::Act;
use domain::entry::Entry;
use domain::{Interval, ItemId, PersonCode, Position, Time};
use genealogy::{EdgeIndex, ItemIndex};
use serde::{Deserialize, Serialize};

use super::change::ItemChange;
use crate::query::line::{Evidence, ItemLine, PathStep, Reason};
use crate::query::seen::Seen;
use crate::query::words::why;

/// Most entries named as causes of one change.
const CAUSES_MAX: usize = 16;
/// Most entries looked through where nothing nearer says it, about a second's work.
const LOOKED_AT_MAX: u64 = 65_536;

/// What kind of news an entry was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CauseKind {
    /// It corrects what was recorded before.
    Correction,
    /// Somebody decided that items are not concerned.
    Clearance,
    /// Another decision of quality: a hold, its end, an inspection.
    Decision,
    /// What parts are and are made of was said anew.
    Definition,
    /// It happened before the number before was known, and was told after.
    Late,
    /// It happened since.
    New,
}

/// An entry that caused changes of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// The entry.
    pub position: Position,
    /// What kind of news it was.
    pub kind: CauseKind,
    /// The word of its act.
    pub act: String,
    /// What it says.
    pub summary: String,
    /// Why, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it was performed.
    pub performed: Interval,
    /// When the server took it.
    pub received: Time,
    /// Who performed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// Who recorded it.
    pub recorded_by: String,
    /// What it corrects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrects: Vec<Position>,
}

impl Cause {
    pub(super) fn in_words(&self) -> String {
        let why = self.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let late = if self.kind == CauseKind::Late { ", told late" } else { "" };
        format!("entry {} {}{why}{late}", self.position, self.summary)
    }
}

/// Looks for causes since a position; remembers what it read.
pub(super) struct Hunt<'a> {
    seen: &'a Seen<'a>,
    since: Position,
    entries: HashMap<Position, Option<Entry>>,
    recent: HashMap<ItemIndex, Vec<Position>>,
    /// Where the suspicion begins or began.
    starts: BTreeSet<ItemId>,
    began: Option<BTreeSet<Position>>,
    broad: Option<Vec<Position>>,
}

impl<'a> Hunt<'a> {
    pub(super) fn new(seen: &'a Seen<'a>, since: Position, starts: BTreeSet<ItemId>) -> Self {
        Self {
            seen,
            since,
            entries: HashMap::new(),
            recent: HashMap::new(),
            starts,
            began: None,
            broad: None,
        }
    }

    fn is_news(&self, position: Position) -> bool {
        position > self.since
    }

    fn entry(&mut self, position: Position) -> Option<&Entry> {
        let seen = self.seen;
        self.entries.entry(position).or_insert_with(|| seen.entry(position)).as_ref()
    }

    /// The entries that made an item stand otherwise, in order.
    pub(super) fn causes(
        &mut self,
        was: Option<&ItemLine>,
        now: Option<&ItemLine>,
    ) -> Vec<Position> {
        let lines = || was.into_iter().chain(now);
        let mut found = BTreeSet::new();
        lines().for_each(|line| self.evidence(line, &mut found));
        let elsewhere = match (was, now) {
            (Some(was), Some(now)) => {
                (was.place.kind, &was.place.party) != (now.place.kind, &now.place.party)
            }
            (None, _) | (_, None) => false,
        };
        if elsewhere {
            lines().for_each(|line| self.moves(line, &mut found));
        }
        if found.is_empty() {
            lines().for_each(|line| self.touching(line.id, &mut found));
        }
        if found.is_empty() {
            for step in lines().flat_map(steps) {
                self.touching(step.from.id, &mut found);
                self.touching(step.to.id, &mut found);
            }
        }
        if found.is_empty() {
            lines().for_each(|line| found.extend(self.same_part(line)));
        }
        if found.is_empty() {
            found.extend(self.began().iter().copied());
        }
        if found.is_empty() {
            found.extend(self.broad().iter().copied());
        }
        let found: BTreeSet<Position> = found.into_iter().map(|at| self.followed(at)).collect();
        found.into_iter().take(CAUSES_MAX).collect()
    }

    /// What the evidence itself names.
    fn evidence(&self, line: &ItemLine, found: &mut BTreeSet<Position>) {
        for step in steps(line) {
            self.edges_into(step.to.id, found, |edge| {
                edge.source == step.position
                    && self.seen.state.at(edge.input).is_some_and(|item| item.id == step.from.id)
            });
        }
        match &line.reason {
            Some(Reason::Candidates { position, into, .. }) => {
                self.edges_into(into.id, found, |edge| edge.source == *position);
            }
            Some(Reason::NoCapture { into, .. }) => self.edges_into(into.id, found, |_| true),
            None => {}
        }
        for evidence in &line.evidence {
            if let Evidence::Decision { position, .. } = evidence
                && self.is_news(*position)
            {
                found.insert(*position);
            }
        }
        if self.is_news(line.id.birth) {
            found.insert(line.id.birth);
        }
    }

    /// What made, ended or took out edges into an item since.
    fn edges_into(
        &self,
        id: ItemId,
        found: &mut BTreeSet<Position>,
        is_meant: impl Fn(&genealogy::Edge) -> bool,
    ) {
        let Some(index) = self.seen.state.index_of(id) else { return };
        let graph = self.seen.state.graph();
        let edges = graph.inputs(index).map(|at: EdgeIndex| graph.edge(at));
        for edge in edges.filter(is_meant) {
            let removed = edge.removed.map(|removed| removed.by);
            let told = [Some(edge.born), edge.died, removed];
            found.extend(told.into_iter().flatten().filter(|at| self.is_news(*at)));
        }
    }

    /// What moved an item, or what it is or was in.
    fn moves(&mut self, line: &ItemLine, found: &mut BTreeSet<Position>) {
        let ids = std::iter::once(line.id).chain(line.place.within.iter().map(|outer| outer.id));
        for position in ids.flat_map(|id| self.recent(id)).collect::<Vec<_>>() {
            if self.entry(position).is_some_and(|entry| moves(&entry.fact)) {
                found.insert(position);
            }
        }
    }

    fn touching(&mut self, id: ItemId, found: &mut BTreeSet<Position>) {
        for position in self.recent(id) {
            if self.entry(position).is_some_and(|entry| !is_remark(&entry.fact)) {
                found.insert(position);
            }
        }
    }

    /// The entries since that touch an item.
    fn recent(&mut self, id: ItemId) -> Vec<Position> {
        let Some(index) = self.seen.state.index_of(id) else { return Vec::new() };
        if let Some(known) = self.recent.get(&index) {
            return known.clone();
        }
        let mut recent = Vec::new();
        let mut next = self.seen.state.at(index).map(|item| item.last);
        while let Some(position) = next.filter(|position| self.is_news(*position)) {
            recent.push(position);
            let entry = self.entry(position);
            let touch = entry.and_then(|entry| entry.touches.iter().find(|at| at.item == id));
            next = touch.and_then(|touch| touch.previous);
        }
        self.recent.insert(index, recent.clone());
        recent
    }

    /// What made items of the same part contain something they never had.
    fn same_part(&self, line: &ItemLine) -> Vec<Position> {
        let Some(part) = &line.part else { return Vec::new() };
        let is_of_part = |output: ItemIndex| {
            self.seen.part_of(output).is_some_and(|other| other.number == part.number)
        };
        let edges = self.new_edges().filter(|edge| is_of_part(edge.output));
        edges.map(|edge| edge.born).collect()
    }

    /// What touched that at which the suspicion begins or began.
    fn began(&mut self) -> &BTreeSet<Position> {
        if self.began.is_none() {
            let mut found = BTreeSet::new();
            for start in std::mem::take(&mut self.starts) {
                self.touching(start, &mut found);
            }
            self.began = Some(found);
        }
        self.began.get_or_insert_default()
    }

    /// The edges known since, newest first.
    fn new_edges(&self) -> impl Iterator<Item = genealogy::Edge> + '_ {
        let graph = self.seen.state.graph();
        let edges = (0..graph.edge_count()).rev().map(|at| graph.edge(EdgeIndex(at)));
        // Edges are numbered in the order in which they became known.
        edges.take_while(|edge| self.is_news(edge.born))
    }

    /// Whatever since can change which parts can contain which: definitions, other parts, edges.
    fn broad(&mut self) -> &[Position] {
        if self.broad.is_none() {
            self.broad = Some(self.look_broadly().into_iter().collect());
        }
        self.broad.as_deref().unwrap_or_default()
    }

    fn look_broadly(&self) -> BTreeSet<Position> {
        let end = self.seen.state.next().0;
        let from = self.since.0.saturating_add(1).max(end.saturating_sub(LOOKED_AT_MAX));
        let says = |position: &Position| {
            self.seen.entry(*position).is_some_and(|entry| changes_parts(&entry.fact))
        };
        let said = (from..end).map(Position).filter(says);
        self.new_edges().map(|edge| edge.born).chain(said).collect()
    }

    /// The correction an entry restates, or itself.
    fn followed(&mut self, position: Position) -> Position {
        let follows = self.entry(position).and_then(|entry| entry.context.follows);
        let Some(follows) = follows.filter(|at| self.is_news(*at)) else { return position };
        let corrects =
            self.entry(follows).is_some_and(|entry| matches!(entry.fact, Act::Correct(_)));
        if corrects { follows } else { position }
    }

    /// The causes of changes, each once, in order.
    pub(super) fn told(&mut self, changes: &[ItemChange]) -> Vec<Cause> {
        let positions: BTreeSet<Position> =
            changes.iter().flat_map(|change| change.because.iter().copied()).collect();
        let known_until = self.seen.received(self.since);
        let mut causes: BTreeMap<Position, Cause> = BTreeMap::new();
        for position in positions {
            let Some(entry) = self.entry(position).cloned() else { continue };
            let cause = self.cause(&entry, known_until);
            causes.insert(position, cause);
        }
        causes.into_values().collect()
    }

    fn cause(&self, entry: &Entry, known_until: Option<Time>) -> Cause {
        let late = known_until.is_some_and(|until| entry.context.performed.to <= until);
        let kind = match &entry.fact {
            Act::Correct(_) => CauseKind::Correction,
            Act::Clear(_) => CauseKind::Clearance,
            Act::Hold(_) | Act::ExtendHold(_) | Act::Lift(_) | Act::Inspect(_) => {
                CauseKind::Decision
            }
            Act::DefineBom(_) | Act::DefineMaterial(_) => CauseKind::Definition,
            _ if late => CauseKind::Late,
            _ => CauseKind::New,
        };
        let corrects = match &entry.fact {
            Act::Correct(correct) => correct.entries.clone(),
            _ => Vec::new(),
        };
        Cause {
            position: entry.position,
            kind,
            act: entry.fact.word().to_owned(),
            summary: self.seen.words(&entry.fact, entry.position),
            why: why(&entry.fact).map(ToOwned::to_owned),
            performed: entry.context.performed,
            received: entry.received,
            by: entry.context.performed_by.clone(),
            recorded_by: entry.context.recorded_by.clone(),
            corrects,
        }
    }
}

/// Every edge the line of an item names.
fn steps(line: &ItemLine) -> impl Iterator<Item = &PathStep> {
    let filled = line.evidence.iter().flat_map(|evidence| match evidence {
        Evidence::Filled { by, .. } => by.as_slice(),
        Evidence::LeftBefore { .. } | Evidence::Decision { .. } | Evidence::NotPlanned { .. } => {
            &[]
        }
    });
    line.path.iter().chain(filled)
}

/// Whether a fact can change what parts can contain what.
fn changes_parts(fact: &domain::Fact) -> bool {
    matches!(
        fact,
        Act::DefineBom(_) | Act::DefineMaterial(_) | Act::ChangePart(_) | Act::Correct(_)
    )
}

/// Whether a fact can say where an item is.
fn moves(fact: &domain::Fact) -> bool {
    !is_remark(fact)
        && !matches!(
            fact,
            Act::Identify(_)
                | Act::Withdraw(_)
                | Act::NotApplicable(_)
                | Act::Describe(_)
                | Act::Assign(_)
                | Act::Hold(_)
                | Act::ExtendHold(_)
                | Act::Clear(_)
        )
}

/// Whether a fact only says something about others.
fn is_remark(fact: &domain::Fact) -> bool {
    matches!(fact, Act::Except(_) | Act::CloseException(_) | Act::Refuse(_))
}
