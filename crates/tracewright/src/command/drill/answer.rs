//! What a drill found, and whether it passed.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use domain::{ItemId, Part, PartyCode, Position};
use engine::At;
use engine::query::{
    Consignee, ItemName, LotAccount, LotRow, MissingLine, ScopeAnswer, TraceAnswer, WhereKind,
};
use serde::Serialize;

use super::gap::Gap;
use super::limits::{Limits, Percent, Took};
use crate::output::{count, word};

/// Consignees of a lot named one by one in a table; the JSON answer and the report have all.
const NAMED_MAX: usize = 3;

/// A mock recall.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drill {
    /// Where it stands.
    pub(crate) at: Vec<At>,
    /// What to know about it.
    pub(crate) notes: Vec<String>,
    /// By which seed lots and units were drawn.
    pub(crate) seed: u64,
    /// From which position of the ledger everything was asked.
    pub(crate) known_at: Position,
    /// What it is held against.
    pub(crate) limits: Limits,
    /// Forward: where each lot is.
    pub(crate) lots: Vec<LotDrill>,
    /// Backward: what is in units.
    pub(crate) units: Vec<UnitDrill>,
    /// What is missing, the worst first.
    pub(crate) gaps: Vec<Gap>,
    /// How long all of it took.
    #[serde(rename = "tookMs")]
    pub(crate) took: Took,
    /// Whether it passed.
    pub(crate) passed: bool,
    /// Why it did not.
    pub(crate) failures: Vec<String>,
}

/// Where one lot is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LotDrill {
    /// Which lot.
    pub(crate) lot: ItemName,
    /// What part it is.
    pub(crate) part: Option<Part>,
    /// Who supplied it; absent: it was made here.
    pub(crate) supplier: Option<PartyCode>,
    /// How many items have it.
    pub(crate) proven: usize,
    /// How many may have it.
    pub(crate) possible: usize,
    /// How many have it not, by evidence.
    pub(crate) cleared: usize,
    /// Where the proven and possible ones are.
    pub(crate) by_where: BTreeMap<WhereKind, usize>,
    /// Who has them.
    pub(crate) consignees: Vec<Consignee>,
    /// Where every piece of it is; absent: it is not counted, or no quantity is recorded.
    pub(crate) account: Option<LotAccount>,
    /// How much of it is accounted for; absent: there is nothing to account for.
    pub(crate) accounted: Option<Percent>,
    /// Its account in words.
    pub(crate) text: String,
    /// Whether the scope was cut at its limit.
    pub(crate) truncated: bool,
    /// How long the answer took.
    #[serde(rename = "tookMs")]
    pub(crate) took: Took,
}

/// What is in one unit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnitDrill {
    /// Which unit.
    pub(crate) unit: ItemName,
    /// What part it is.
    pub(crate) part: Option<Part>,
    /// Of which lot it was drawn; absent: from the whole plant.
    pub(crate) drawn_of: Option<String>,
    /// How many lots are or may be in it, at any depth.
    pub(crate) lots: usize,
    /// Those that somebody supplied.
    pub(crate) suppliers: Vec<Supplied>,
    /// How many items have a bill of material: the unit and what is in it.
    pub(crate) items: usize,
    /// How many lines they have together.
    pub(crate) lines: usize,
    /// How many of the lines were captured; absent: there is no bill of material.
    pub(crate) captured: Option<Percent>,
    /// The others.
    pub(crate) missing: Vec<MissingLine>,
    /// Whether the trace was cut at its limit.
    pub(crate) truncated: bool,
    /// How long the answer took.
    #[serde(rename = "tookMs")]
    pub(crate) took: Took,
}

/// A lot and who supplied it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Supplied {
    /// Which lot.
    pub(crate) lot: ItemName,
    /// What part it is.
    pub(crate) part: Option<Part>,
    /// Who supplied it.
    pub(crate) supplier: PartyCode,
}

fn part_text(part: Option<&Part>) -> String {
    part.map(ToString::to_string).unwrap_or_default()
}

/// How much of a lot is accounted for.
pub(super) fn accounted(account: &LotAccount) -> Percent {
    Percent::left(account.came_in(), account.unaccounted())
}

impl LotDrill {
    /// What a scope that begins at one lot says of it.
    pub(super) fn of(
        scope: &ScopeAnswer,
        lot: ItemId,
        (row, took): (Option<&LotRow>, Took),
    ) -> Result<Self> {
        let line = scope.start.iter().find(|line| line.id == lot);
        let line = line.with_context(|| format!("find lot id:{lot} at that position"))?;
        let account = scope.accounts.iter().find(|account| account.lot.id == lot);
        let told = |account: &&LotAccount| {
            let nothing = account.came_in().is_zero() && account.unaccounted().is_zero();
            line.balance.is_some() && !nothing
        };
        let account = account.filter(told).cloned();
        let text = match &account {
            None if line.balance.is_none() => "software is not counted".to_owned(),
            None => "no quantity of it is recorded".to_owned(),
            Some(account) if scope.summary.proven + scope.summary.possible == 0 => {
                format!("never used; {}", account.text)
            }
            Some(account) => account.text.clone(),
        };
        Ok(Self {
            lot: ItemName { id: lot, kind: line.kind, label: line.label.clone() },
            part: line.part.clone(),
            supplier: row.and_then(|row| row.supplier.clone()),
            proven: scope.summary.proven,
            possible: scope.summary.possible,
            cleared: scope.summary.cleared,
            by_where: scope.summary.by_where.clone(),
            consignees: scope.consignees.clone(),
            accounted: account.as_ref().map(accounted),
            account,
            text,
            truncated: scope.truncated,
            took,
        })
    }

    /// Its part.
    pub(crate) fn part_text(&self) -> String {
        part_text(self.part.as_ref())
    }

    /// Where its items are, in words.
    pub(crate) fn where_text(&self) -> String {
        let places = self.by_where.iter().map(|(place, n)| format!("{n} {}", word(place)));
        places.collect::<Vec<_>>().join(", ")
    }

    /// Who has them, in words.
    pub(crate) fn who_text(&self) -> String {
        match self.consignees.as_slice() {
            [] => String::new(),
            few if few.len() <= NAMED_MAX => {
                let parties: Vec<&str> = few.iter().map(|one| one.party.as_str()).collect();
                parties.join(", ")
            }
            many => count(many.len(), "consignee"),
        }
    }

    /// How much is accounted for, in words.
    pub(crate) fn accounted_text(&self) -> String {
        self.accounted.map_or_else(|| "no quantity".to_owned(), |share| share.to_string())
    }
}

impl UnitDrill {
    /// What a backward trace of one unit says.
    pub(super) fn of(
        trace: TraceAnswer,
        unit: ItemId,
        (drawn_of, suppliers): (Option<String>, Vec<Supplied>),
        took: Took,
    ) -> Result<Self> {
        let line = trace.start.iter().find(|line| line.id == unit);
        let line = line.with_context(|| format!("find unit id:{unit} at that position"))?;
        let captures = trace.captures.context("the server does not say what was captured")?;
        let is_lot = |line: &&engine::query::TracedItem| line.kind == domain::act::Kind::Lot;
        let (lines, open) = (captures.lines, captures.missing.len());
        Ok(Self {
            unit: ItemName { id: unit, kind: line.kind, label: line.label.clone() },
            part: line.part.clone(),
            drawn_of,
            lots: trace.items.iter().filter(is_lot).count(),
            suppliers,
            items: captures.items,
            lines,
            captured: (lines > 0).then(|| Percent::left_of(lines, open)),
            missing: captures.missing,
            truncated: trace.truncated,
            took,
        })
    }

    /// Its part.
    pub(crate) fn part_text(&self) -> String {
        part_text(self.part.as_ref())
    }

    /// Why it was drawn, in words.
    pub(crate) fn drawn_text(&self) -> String {
        self.drawn_of.as_ref().map_or_else(|| "any".to_owned(), |lot| format!("of {lot}"))
    }

    /// How much was captured, in words.
    pub(crate) fn captured_text(&self) -> String {
        let captured = self.lines - self.missing.len().min(self.lines);
        match self.captured {
            Some(share) => format!("{captured} of {}, {share}", count(self.lines, "line")),
            None => "no bill of material".to_owned(),
        }
    }
}

impl Drill {
    /// A drill in which nothing was asked yet.
    pub(super) fn new(at: Vec<At>, (seed, known_at): (u64, Position), limits: Limits) -> Self {
        Self {
            at,
            notes: Vec::new(),
            seed,
            known_at,
            limits,
            lots: Vec::new(),
            units: Vec::new(),
            gaps: Vec::new(),
            took: Took::default(),
            passed: false,
            failures: Vec::new(),
        }
    }

    /// Holds it against its limits; the worst gap comes first.
    pub(super) fn judge(&mut self, took: Took) {
        self.took = took;
        let Limits { accounted_min, captured_min, within } = self.limits;
        for gap in &mut self.gaps {
            gap.fails = gap.is_below(accounted_min, captured_min);
        }
        self.gaps.sort_by_key(|gap| (!gap.fails, gap.left));
        let below = self.gaps.iter().filter(|gap| gap.fails).count();
        if below > 0 {
            let all = count(self.gaps.len(), "gap");
            self.failures.push(format!("{below} of {all} below what is asked for"));
        }
        if self.lots.is_empty() {
            self.failures.push("there is no lot to recall: nothing was received or made".into());
        }
        if took.0 > within.0 {
            self.failures.push(format!("it took {took}; the limit is {within}"));
        }
        self.passed = self.failures.is_empty();
    }

    /// That it passed, in words.
    pub(crate) fn verdict(&self) -> String {
        let Limits { accounted_min, captured_min, within } = self.limits;
        format!(
            "at least {accounted_min} of each lot accounted for, {captured_min} of the lines of \
             each unit captured, within {within}"
        )
    }
}
