//! What is missing, in words, and how much that is.

use domain::act::Kind;
use engine::query::{LotAccount, ScopeAnswer};
use serde::Serialize;

use super::answer::{LotDrill, UnitDrill, accounted};
use super::limits::Percent;

/// Lines named one by one for a unit; the answer in JSON has all.
const LINES_NAMED_MAX: usize = 3;

/// What a gap is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum GapKind {
    /// Pieces of a lot that nobody accounts for.
    Quantity,
    /// Lines of a bill of material that nobody captured.
    Capture,
    /// Items of which it cannot be said whether they have it; named, and no failure.
    Doubt,
    /// An answer that was cut at its limit.
    Cut,
}

/// Something missing.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gap {
    /// What it is of.
    pub(crate) kind: GapKind,
    /// In words.
    pub(crate) text: String,
    /// How much of the whole is not missing: of the lot, of the lines, of the items.
    pub(crate) left: Percent,
    /// Whether the drill fails by it.
    pub(crate) fails: bool,
}

impl Gap {
    fn new(kind: GapKind, left: Percent, text: String) -> Self {
        Self { kind, text, left, fails: false }
    }

    /// Whether it is below what is asked for.
    pub(super) fn is_below(&self, accounted_min: Percent, captured_min: Percent) -> bool {
        match self.kind {
            GapKind::Quantity => self.left < accounted_min,
            GapKind::Capture => self.left < captured_min,
            GapKind::Doubt => false,
            GapKind::Cut => true,
        }
    }
}

/// What is missing in the scope of a lot: of its own quantity, of lots made of it, of certainty.
pub(super) fn of_scope(scope: &ScopeAnswer, lot: &LotDrill, gaps: &mut Vec<Gap>) {
    let named = &lot.lot.label;
    for account in scope.accounts.iter().filter(|account| !account.balanced) {
        let own = account.lot.id == lot.lot.id;
        if own && lot.account.is_none() {
            continue;
        }
        let text = format!("lot {}: {}", account.lot.label, missing_text(account));
        let text = if own { text } else { format!("{text} (it has to do with lot {named})") };
        if !gaps.iter().any(|gap| gap.kind == GapKind::Quantity && gap.text == text) {
            gaps.push(Gap::new(GapKind::Quantity, accounted(account), text));
        }
    }
    let all = lot.proven + lot.possible + lot.cleared;
    if lot.possible > 0 {
        let advice = scope.widenings.first().map(|advice| format!(": {}", advice.text));
        let (possible, advice) = (lot.possible, advice.unwrap_or_default());
        let text = format!("lot {named}: {possible} of {all} items may or may not have it{advice}");
        gaps.push(Gap::new(GapKind::Doubt, Percent::left_of(all, possible), text));
    }
    if lot.truncated {
        let text = format!("lot {named}: its scope was cut after {} items", scope.items.len());
        gaps.push(Gap::new(GapKind::Cut, Percent::left_of(0, 1), text));
    }
}

/// What does not agree in the account of a lot.
fn missing_text(account: &LotAccount) -> String {
    let came = account.came_in();
    let unexplained = account.balance.unexplained.normal();
    let mut said = Vec::new();
    if unexplained.is_negative() {
        said.push(format!("{} more taken than the {came} that came in", unexplained.abs()));
    } else if !unexplained.is_zero() {
        said.push(format!("{unexplained} of {came} unexplained"));
    }
    let difference = account.difference;
    if difference.is_positive() {
        said.push(format!("{difference} of {came} taken, and nothing says into what"));
    } else if difference.is_negative() {
        said.push(format!("{} in items, and the books did not give it out", difference.abs()));
    }
    said.join("; ")
}

/// What nobody captured of a unit and what is in it.
pub(super) fn of_unit(unit: &UnitDrill, gaps: &mut Vec<Gap>) {
    if !unit.missing.is_empty() {
        let named: Vec<&str> =
            unit.missing.iter().take(LINES_NAMED_MAX).map(|line| line.text.as_str()).collect();
        let rest = unit.missing.len() - named.len();
        let more = if rest > 0 { format!("; and {rest} more lines") } else { String::new() };
        let inside = unit.missing.iter().all(|line| line.into.id != unit.unit.id);
        let within = match (inside, unit.unit.kind) {
            (true, Kind::Unit) => format!(" (in unit {})", unit.unit.label),
            _ => String::new(),
        };
        let left = Percent::left_of(unit.lines, unit.missing.len());
        let text = format!("{}{more}{within}", named.join("; "));
        gaps.push(Gap::new(GapKind::Capture, left, text));
    }
    if unit.truncated {
        let text = format!("unit {}: its trace was cut", unit.unit.label);
        gaps.push(Gap::new(GapKind::Cut, Percent::left_of(0, 1), text));
    }
}
