//! The scope of a suspicion: which items are concerned, how sure, and where they are.

mod account;
mod advice;
mod build;
mod count;
mod like;

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::item::Status;
use domain::start::Start;
use domain::{ItemRef, Part, PartyCode, Position, ShipmentCode, Time};
use genealogy::{EdgeIndex, ItemIndex, Scope, ScopeItem};
use serde::{Deserialize, Serialize};

use super::ask::{ITEMS_MAX, KnownAt};
use super::line::{ItemLine, ItemName};
use super::named::Rows;
use super::seen::Seen;
use super::whereabouts::WhereKind;
use crate::error::{Error, Result};
use crate::plant::{At, Plant};
use crate::starts::{self, Begun, Found};
pub use account::LotAccount;
pub use build::{BuildSpan, ByBuildDate};

/// All units that share the value of an attribute with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Like {
    /// Like which item.
    pub item: ItemRef,
    /// By which attribute of its manufacturing record: `lotCode`, `workOrder`, a field of the
    /// user's own.
    pub by: String,
}

/// The scope of a suspicion on any of these starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopeAsk {
    /// Where it begins.
    #[serde(default)]
    pub from: Vec<Start<ItemRef>>,
    /// Or: at all units like one.
    #[serde(default)]
    pub like: Option<Like>,
    /// What was so by then.
    #[serde(default)]
    pub as_of: Option<Time>,
    /// What was known by then.
    #[serde(default)]
    pub known_at: Option<KnownAt>,
    /// Most items to answer.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// A scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was so by then; absent: whenever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Time>,
    /// Up to which entry it looked; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Position>,
    /// What was asked, in words.
    pub from: Vec<String>,
    /// Where it begins, but for units, which are among the items; lots with their books.
    pub start: Vec<ItemLine>,
    /// Counts.
    pub summary: Summary,
    /// The items: units it begins at, then proven and possible ones, then the others.
    pub items: Vec<ItemLine>,
    /// Who has items that are not cleared.
    pub consignees: Vec<Consignee>,
    /// What widened it, the widest first.
    pub widenings: Vec<Advice>,
    /// Where every piece of each lot that is or holds what is suspected went.
    #[serde(default)]
    pub accounts: Vec<LotAccount>,
    /// The same suspicion answered by build date; absent: no unit is concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_build_date: Option<ByBuildDate>,
    /// Whether there are more items than the limit let in.
    pub truncated: bool,
}

/// How many items of a scope are what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Concerned.
    pub proven: usize,
    /// Perhaps concerned.
    pub possible: usize,
    /// Not concerned, by evidence.
    pub cleared: usize,
    /// Units among all of them.
    pub units: usize,
    /// Lots among all of them.
    pub lots: usize,
    /// Proven and possible ones by status.
    pub by_status: BTreeMap<Status, usize>,
    /// Proven and possible ones by where they are.
    pub by_where: BTreeMap<WhereKind, usize>,
    /// By part.
    pub by_part: Vec<PartCount>,
}

/// How many items of one part are what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartCount {
    /// Which part; absent: without one.
    pub part: Option<Part>,
    /// What people call the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Concerned.
    pub proven: usize,
    /// Perhaps concerned.
    pub possible: usize,
    /// Not concerned, by evidence.
    pub cleared: usize,
}

/// Somebody who has items of a scope that are not cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consignee {
    /// Who.
    pub party: PartyCode,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// With which shipments they went.
    pub shipments: Vec<ShipmentCode>,
    /// How many of the items are concerned for certain.
    pub proven: usize,
    /// How many are perhaps concerned.
    pub possible: usize,
    /// The items, without those that are components of others among them.
    pub items: Vec<ItemName>,
}

/// Something to find out that would narrow a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Advice {
    /// What is not known, in words.
    pub text: String,
    /// How many items knowing it could clear, at most.
    pub items: usize,
}

impl Plant {
    /// The scope of a suspicion.
    ///
    /// Errors: [`Error::NotFound`] if a start names nothing known; [`Error::Input`] if none is
    /// given.
    pub fn scope(&self, ask: &ScopeAsk) -> Result<ScopeAnswer> {
        self.see((ask.as_of, ask.known_at), |seen| seen.scope(&|| self.source(), ask))
    }
}

/// A scope as lines.
struct Scoped {
    start: Vec<ItemLine>,
    items: Vec<ItemLine>,
    widenings: Vec<Advice>,
    truncated: bool,
}

impl Seen<'_> {
    /// The scope of a suspicion, as it is seen from here.
    ///
    /// Errors: as [`Plant::scope`].
    pub(super) fn scope(&self, rows: Rows<'_>, ask: &ScopeAsk) -> Result<ScopeAnswer> {
        if ask.from.is_empty() && ask.like.is_none() {
            return Err(Error::Input("give a start or an item to be like".to_owned()));
        }
        let (found, notes, from) = self.starts(rows, ask)?;
        let limit = ask.limit.unwrap_or(ITEMS_MAX).min(ITEMS_MAX);
        let scoped = self.scoped(&found, limit);
        let all: Vec<&ItemLine> = scoped.start.iter().chain(&scoped.items).collect();
        Ok(ScopeAnswer {
            at: self.at(),
            notes,
            as_of: ask.as_of,
            known_at: self.view.known_at,
            from,
            summary: self.summary(&scoped.items.iter().collect::<Vec<_>>()),
            consignees: self.consignees(&all),
            accounts: self.accounts(&all),
            by_build_date: self.by_build_date(&all),
            start: scoped.start,
            items: scoped.items,
            widenings: scoped.widenings,
            truncated: scoped.truncated,
        })
    }

    /// Where a scope begins, what to know about it, and what was asked, in words.
    fn starts(&self, rows: Rows<'_>, ask: &ScopeAsk) -> Result<(Found, Vec<String>, Vec<String>)> {
        let mut notes = Vec::new();
        let mut found = Found::new();
        let mut from: Vec<String> = ask.from.iter().map(ToString::to_string).collect();
        if let Some(like) = &ask.like {
            let alike = self.alike(like)?;
            notes.extend(alike.notes);
            from.push(alike.text);
            found.extend(alike.found);
        }
        if !ask.from.is_empty() {
            let named = self.resolve(&ask.from)?;
            let (fits, unmet) = self.fitting(rows, &named)?;
            notes.extend(named.notes);
            notes.extend(unmet);
            for (index, begun) in fits {
                starts::widen(&mut found, index, begun);
            }
        }
        Ok((found, notes, from))
    }

    fn scoped(&self, found: &Found, limit: usize) -> Scoped {
        let is_unit = |index| self.item(index).is_some_and(|item| item.kind == Kind::Unit);
        let is_start = |index: &ItemIndex, begun: &Begun| !is_unit(*index) && !begun.is_cleared();
        let start: Vec<ItemLine> = found
            .iter()
            .filter(|(index, begun)| is_start(index, begun))
            .filter_map(|(index, begun)| Some(self.with_names(*index, self.begun(*index, begun)?)))
            .collect();
        let limit = limit.saturating_add(start.len());
        let suspects = starts::suspects(found);
        let mut scope = genealogy::scope(self.state.graph(), &suspects, self.view, self, limit);
        self.add_cleared(&mut scope, found, limit);
        let shown = |item: &&ScopeItem| {
            found.get(&item.item).is_none_or(|begun| !is_start(&item.item, begun))
        };
        let shown = scope.items.iter().filter(shown);
        // Lines are long: a list that grows would move them several times.
        let mut items = Vec::with_capacity(scope.items.len());
        items.extend(shown.filter_map(|item| self.scope_line(item, found)));
        let widenings = self.advice(&scope);
        Scoped { start, items, widenings, truncated: scope.truncated }
    }

    /// Adds what a combination clears: it fits the rest of it, and evidence says that it does not
    /// contain what the combination names.
    fn add_cleared(&self, scope: &mut Scope, found: &Found, limit: usize) {
        let known: BTreeSet<ItemIndex> = scope.items.iter().map(|item| item.item).collect();
        let cleared = found.iter().filter(|(_, begun)| begun.is_cleared());
        let cleared = cleared.filter(|(index, _)| !known.contains(index));
        for (index, begun) in cleared {
            if scope.items.len() >= limit {
                scope.truncated = true;
                return;
            }
            scope.items.push(begun.as_scoped(*index));
        }
    }

    /// A line of an item, its path from what the start names.
    fn scope_line(&self, item: &ScopeItem, found: &Found) -> Option<ItemLine> {
        let (certainty, reason, evidence) = self.standing(&item.standing);
        let edge = |edge: &EdgeIndex| self.state.graph().edge(*edge).input;
        let start = item.path.first().map_or(item.item, edge);
        let before = found.get(&start).map(|begun| begun.path.as_slice()).unwrap_or_default();
        let path = self.steps(&[before, &item.path].concat());
        let line = ItemLine { path, reason, evidence, ..self.line(item.item, certainty)? };
        Some(self.with_names(item.item, line))
    }

    /// A line with every name of its item: a scope is handed on to people who know other names.
    fn with_names(&self, index: ItemIndex, line: ItemLine) -> ItemLine {
        let names = self.item(index).into_iter().flat_map(|item| self.names_of(item));
        ItemLine { identifiers: names.cloned().collect(), ..line }
    }
}
