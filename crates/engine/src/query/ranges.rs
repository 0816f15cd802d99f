//! Ranges of serial numbers: what was given out, and what became of it.

use domain::act::DefineRange;
use domain::serial::{Issue, SerialRange};
use domain::{OrderCode, Position, RangeCode, StationCode};
use serde::{Deserialize, Serialize};

use super::line::ItemName;
use super::seen::Seen;
use super::{DefinitionsAsk, Page};
use crate::error::{Error, Result};
use crate::plant::Plant;

/// What became of a number that was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NumberState {
    /// Nothing is called so yet.
    Open,
    /// A unit is or was called so.
    Used,
    /// It is never used.
    Void,
}

/// A range and its account. Shape: `issued = used + void + open`, always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RangeRow {
    /// What it is.
    pub range: DefineRange,
    /// The first number, as it is written.
    pub from: String,
    /// The last number, as it is written.
    pub to: String,
    /// Which entry defined it.
    pub defined: Position,
    /// How many were given out.
    pub issued: u64,
    /// How many of them a unit is or was called by.
    pub used: u64,
    /// How many of them are never used.
    pub void: u64,
    /// How many of them wait for a unit.
    pub open: u64,
    /// How many can still be given out, as far as nothing is called so.
    pub left: u64,
    /// Numbers that are void and that something is called by all the same, as reports say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputed: Vec<String>,
}

/// Asks for the numbers of a range that were given out, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NumbersAsk {
    /// Only those of which this became.
    #[serde(default)]
    pub state: Option<NumberState>,
    /// Only those that this entry gave out.
    #[serde(default)]
    pub entry: Option<Position>,
    /// Only those for this order.
    #[serde(default)]
    pub order: Option<OrderCode>,
    /// Where the page begins.
    #[serde(default)]
    pub after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// A number that was given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumberRow {
    /// The number, as it is written.
    pub number: String,
    /// What became of it.
    pub state: NumberState,
    /// What is or was called so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemName>,
    /// The order it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// The station it is on lease to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// Why it is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Which entry says that it is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voided: Option<Position>,
}

impl Plant {
    /// A page of ranges with their accounts, by code.
    pub fn ranges(&self, ask: &DefinitionsAsk) -> Result<Page<RangeRow>> {
        self.see((None, None), |seen| {
            let ranges = seen.state.floor().ranges.values();
            let fits = |range: &DefineRange| ask.fits(range.code.as_str(), range.part.as_str());
            let rows = ranges.filter(|range| fits(&range.range));
            let rows = rows.map(|range| seen.range_row(range));
            let code = |row: &RangeRow| row.range.code.to_string();
            Ok(Page::of(seen.at(), rows, super::list::page_size(ask.limit), code))
        })
    }

    /// A page of the numbers of a range that were given out, in order.
    ///
    /// Errors: [`Error::NotFound`] if no range is called so, [`Error::Input`] if the cursor is no
    /// number of it, or the entry gave none out of it.
    pub fn range_numbers(&self, (code, ask): (&RangeCode, &NumbersAsk)) -> Result<Page<NumberRow>> {
        self.see((None, None), |seen| {
            let found = seen.state.floor().ranges.get(code);
            let range = found.ok_or_else(|| Error::NotFound(format!("range {code}")))?;
            let after = ask.after.as_deref().map(|text| {
                let number = range.range.number_of(text);
                number.ok_or_else(|| Error::Input(format!("{text} is no number of range {code}")))
            });
            let after = after.transpose()?;
            let of_entry = ask.entry.map(|entry| seen.given_out_by(entry, code)).transpose()?;
            let rows = range
                .numbers()
                .filter(|(number, _)| after.is_none_or(|after| *number > after))
                .filter(|(number, _)| {
                    let spans = of_entry.iter().flatten();
                    of_entry.is_none()
                        || spans.into_iter().any(|s| (s.first..=s.last).contains(number))
                })
                .filter(|(_, issue)| ask.order.is_none() || issue.order == ask.order)
                .map(|(number, issue)| seen.number_row(range, number, issue))
                .filter(|row| ask.state.is_none_or(|state| row.state == state));
            let number = |row: &NumberRow| row.number.clone();
            Ok(Page::of(seen.at(), rows, super::list::page_size(ask.limit), number))
        })
    }
}

impl Seen<'_> {
    fn given_out_by(&self, position: Position, code: &RangeCode) -> Result<Vec<domain::act::Span>> {
        let entry = self.entry(position);
        let numbers = entry.and_then(|entry| match entry.fact {
            domain::Act::IssueSerials(v) if v.range == *code => Some(v.numbers),
            _ => None,
        });
        numbers.ok_or_else(|| {
            Error::Input(format!("entry {position} gave out no number of range {code}"))
        })
    }

    fn holder(&self, range: &SerialRange, number: u64) -> Option<genealogy::ItemIndex> {
        let identifier = range.range.identifier(number)?;
        let named = self.state.named_so(&identifier.value);
        named.into_iter().find(|index| {
            let item = self.item(*index);
            item.is_some_and(|item| item.names.iter().any(|name| name.identifier == identifier))
        })
    }

    fn number_row(&self, range: &SerialRange, number: u64, issue: &Issue) -> NumberRow {
        let holder = self.holder(range, number);
        let void = range.voids.get(&number);
        let state = match (void, holder) {
            (Some(_), _) => NumberState::Void,
            (None, Some(_)) => NumberState::Used,
            (None, None) => NumberState::Open,
        };
        NumberRow {
            number: range.range.text(number),
            state,
            item: holder.map(|index| self.name(index)),
            order: issue.order.clone(),
            station: issue.station.clone(),
            reason: void.map(|void| void.reason.clone()),
            voided: void.map(|void| void.position),
        }
    }

    fn range_row(&self, range: &SerialRange) -> RangeRow {
        let definition = &range.range;
        let mut row = RangeRow {
            from: definition.text(definition.first),
            to: definition.text(definition.last),
            range: definition.clone(),
            defined: range.defined,
            issued: 0,
            used: 0,
            void: 0,
            open: 0,
            left: range
                .next()
                .map_or(0, |next| definition.last.saturating_sub(next).saturating_add(1)),
            disputed: Vec::new(),
        };
        for (number, issue) in range.numbers() {
            let one = self.number_row(range, number, issue);
            row.issued += 1;
            match one.state {
                NumberState::Open => row.open += 1,
                NumberState::Used => row.used += 1,
                NumberState::Void => row.void += 1,
            }
            if one.state == NumberState::Void && one.item.is_some() {
                row.disputed.push(one.number);
            }
        }
        row
    }
}
