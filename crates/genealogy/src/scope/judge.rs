//! What is known of an item that no trace reached.
//!
//! A line that may hold suspicion is filled if enough material that is not suspect is known to be
//! in it. Material of a part that can itself contain a suspect must be found clean the same way, as
//! of the moment it was cut off from what happened to it later; also what came out again, for it
//! was in there.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use domain::noun::{Amount, Position, Time};
use hashbrown::HashMap;

use super::content::{Content, Reader};
use super::plan::{Plan, Plans};
use super::universe::Universe;
use super::{Evidence, Line, Reason, Standing, Suspicion};
use crate::edge::ItemIndex;

/// Most levels of assemblies inside each other that are looked into.
const DEPTH_MAX: usize = 64;

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
        let holds = |line: &Line| line.parts().any(|part| self.universe.can_hold(part));
        let mut evidence = Vec::new();
        for fill in self.suspicion.fill(item, plan, contents, holds) {
            let line = &plan[fill.line];
            if !holds(line) {
                continue;
            }
            if fill.is_short() {
                let missing = fill.missing.normal();
                return Err(Reason::NoCapture { at: item, line: line.part.clone(), missing });
            }
            evidence.push(Evidence::Filled { line: line.part.clone(), by: fill.by });
        }
        if evidence.is_empty() {
            evidence.push(Evidence::NotPlanned);
        }
        Ok(evidence)
    }
}
