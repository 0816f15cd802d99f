//! Paths, reasons and evidence in an answer: edges of the graph with names and words.

use std::collections::BTreeSet;

use domain::Position;
use domain::act::Kind;
use genealogy::{EdgeIndex, ItemIndex, Standing};

use super::line::{Certainty, Evidence, ItemName, PathStep, Reason};
use super::seen::Seen;

/// Most candidates named in words; the structured list has all.
const NAMED_MAX: usize = 6;

impl Seen<'_> {
    /// Edges as steps of a path.
    pub(super) fn steps(&self, path: &[EdgeIndex]) -> Vec<PathStep> {
        path.iter().map(|edge| self.step(*edge)).collect()
    }

    fn step(&self, index: EdgeIndex) -> PathStep {
        let graph = self.state.graph();
        let edge = graph.edge(index);
        PathStep {
            from: self.name(edge.input),
            to: self.name(edge.output),
            how: edge.kind,
            quantity: edge.quantity,
            performed: edge.performed,
            position: edge.source,
            certain: graph.is_proven(index, self.view),
            removed: graph.removal(index, self.view).map(|removed| removed.performed),
        }
    }

    /// What is known of an item of a scope, with its reason or evidence.
    pub(super) fn standing(
        &self,
        standing: &Standing,
    ) -> (Certainty, Option<Reason>, Vec<Evidence>) {
        match standing {
            Standing::Proven => (Certainty::Proven, None, Vec::new()),
            Standing::Possible { reason } => {
                (Certainty::Possible, Some(self.reason(reason)), Vec::new())
            }
            Standing::Cleared { evidence } => {
                let evidence = evidence.iter().map(|evidence| self.evidence(evidence)).collect();
                (Certainty::Cleared, None, evidence)
            }
        }
    }

    fn reason(&self, reason: &genealogy::Reason) -> Reason {
        match reason {
            genealogy::Reason::Candidates { source, into, candidates, .. } => {
                self.candidates(*source, *into, candidates)
            }
            genealogy::Reason::NoCapture { at, line, missing } => {
                let into = self.name(*at);
                let text = format!("nobody captured which {line} went into {}", into.label);
                Reason::NoCapture { text, into, line: line.clone(), missing: *missing }
            }
        }
    }

    /// Why an edge leaves it open whether the item after it is reached.
    pub(super) fn doubt(&self, index: EdgeIndex) -> Reason {
        let graph = self.state.graph();
        let edge = graph.edge(index);
        let rivals = graph.rivals(index, self.view).map(|rival| graph.edge(rival).input);
        let candidates: BTreeSet<ItemIndex> = rivals.chain([edge.input]).collect();
        let candidates: Vec<ItemIndex> = candidates.into_iter().collect();
        self.candidates(edge.source, edge.output, &candidates)
    }

    fn candidates(&self, position: Position, into: ItemIndex, candidates: &[ItemIndex]) -> Reason {
        let candidates: Vec<ItemName> = candidates.iter().map(|index| self.name(*index)).collect();
        let into = self.name(into);
        let text = format!("one of {} went into {}", listed(&candidates), into.label);
        Reason::Candidates { text, position, into, candidates }
    }

    fn evidence(&self, evidence: &genealogy::Evidence) -> Evidence {
        match evidence {
            genealogy::Evidence::Filled { line, by } => {
                let by = self.steps(by);
                let named: Vec<ItemName> = by.iter().map(|step| step.from.clone()).collect();
                let text = format!("{line} came from {}", listed(&named));
                Evidence::Filled { text, line: line.clone(), by }
            }
            genealogy::Evidence::LeftBefore { left, suspect_from } => {
                let text = format!("it left {left}, before the suspect was here {suspect_from}");
                Evidence::LeftBefore { text, left: *left, suspect_from: *suspect_from }
            }
            genealogy::Evidence::Decision { by } => {
                let text = format!("decided by the entry at position {by}");
                Evidence::Decision { text, position: *by }
            }
            genealogy::Evidence::NotPlanned => {
                let text = "no line of its bill of material can hold the suspect".to_owned();
                Evidence::NotPlanned { text }
            }
        }
    }
}

/// Names in words, not too many of them.
pub(super) fn listed(names: &[ItemName]) -> String {
    let mut words: Vec<String> = names
        .iter()
        .take(NAMED_MAX)
        .map(|name| match name.kind {
            Kind::Lot => format!("lot {}", name.label),
            Kind::Unit | Kind::Pallet | Kind::Package | Kind::Panel | Kind::Tray => {
                name.label.clone()
            }
        })
        .collect();
    let rest = names.len().saturating_sub(words.len());
    if rest > 0 {
        words.push(format!("{rest} more"));
    }
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
        None => "nothing".to_owned(),
    }
}
