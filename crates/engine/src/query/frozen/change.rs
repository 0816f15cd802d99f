//! What changed between two numbers of a series, item by item, and by which entries.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::{ItemId, Part, PartyCode, Position};
use serde::{Deserialize, Serialize};

use super::Before;
use super::cause::{Cause, Hunt};
use crate::query::line::{Certainty, ItemLine};
use crate::query::scope::ScopeAnswer;
use crate::query::seen::Seen;
use crate::query::whereabouts::WhereKind;

/// Most entries named in the words of one group; the list of causes has all.
const NAMED_MAX: usize = 3;

/// What changed since the number before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeDelta {
    /// Since which number of the series.
    pub since: u32,
    /// At which position that one stood.
    pub since_known_at: Position,
    /// SHA-256 of its document.
    pub since_sha256: String,
    /// How many items are proven or possible now that were not.
    pub plus: usize,
    /// How many items are neither any more.
    pub minus: usize,
    /// All of it in words.
    pub text: String,
    /// The changes by what caused them, the largest first.
    pub groups: Vec<DeltaGroup>,
    /// Every change, by item.
    pub changes: Vec<ItemChange>,
    /// The entries that caused them, by position.
    pub causes: Vec<Cause>,
}

/// Changes with one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeltaGroup {
    /// The entries; empty: none was found that says it by itself.
    pub because: Vec<Position>,
    /// Proven or possible now, and were not.
    pub plus: usize,
    /// Neither any more.
    pub minus: usize,
    /// Were possible, are proven.
    pub now_proven: usize,
    /// Were proven, are possible.
    pub now_possible: usize,
    /// Cleared from the first: they came after the number before.
    pub new_cleared: usize,
    /// Concerned as before, but elsewhere.
    pub moved: usize,
    /// All of it in words.
    pub text: String,
}

/// A change of one item of the scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemChange {
    /// Which.
    pub id: ItemId,
    /// What it is.
    pub kind: Kind,
    /// What people call it.
    pub label: String,
    /// What part it is.
    pub part: Option<Part>,
    /// How it stood; absent: it was not in the scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Stood>,
    /// How it stands; absent: it is not in the scope any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Stood>,
    /// The entries that caused it.
    pub because: Vec<Position>,
}

/// How an item stands in a scope. A change of any of these is a change of the scope, but for the
/// words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stood {
    /// How sure it is that it is concerned.
    pub certainty: Certainty,
    /// What kind of where it is.
    #[serde(rename = "where")]
    pub place: WhereKind,
    /// At which party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyCode>,
    /// Where, in words.
    pub text: String,
}

impl Stood {
    fn of(line: &ItemLine) -> Self {
        Self {
            certainty: line.certainty,
            place: line.place.kind,
            party: line.place.party.clone(),
            text: line.place.text.clone(),
        }
    }

    fn is_open(&self) -> bool {
        self.certainty != Certainty::Cleared
    }

    /// Whether a scope in which it stands so says the same.
    fn is_as(&self, other: &Self) -> bool {
        (self.certainty, self.place, &self.party) == (other.certainty, other.place, &other.party)
    }
}

impl ScopeDelta {
    /// Whether the scope is what it was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Every item of a scope by its id, with where it begins.
fn lines(scope: &ScopeAnswer) -> BTreeMap<ItemId, &ItemLine> {
    scope.start.iter().chain(&scope.items).map(|line| (line.id, line)).collect()
}

/// Where suspicions begin: what is proven without a path.
fn starts(scopes: &[&ScopeAnswer]) -> BTreeSet<ItemId> {
    let lines = scopes.iter().flat_map(|scope| scope.start.iter().chain(&scope.items));
    let begins = |line: &&ItemLine| line.certainty == Certainty::Proven && line.path.is_empty();
    lines.filter(begins).map(|line| line.id).collect()
}

impl Seen<'_> {
    /// What changed since the number before.
    pub(super) fn delta(&self, before: &Before, scope: &ScopeAnswer) -> ScopeDelta {
        let document = &before.document;
        let (was, now) = (lines(&document.scope), lines(scope));
        let mut hunt = Hunt::new(self, document.known_at, starts(&[&document.scope, scope]));
        let ids: BTreeSet<ItemId> = was.keys().chain(now.keys()).copied().collect();
        let mut changes = Vec::new();
        for id in ids {
            let (was, now) = (was.get(&id).copied(), now.get(&id).copied());
            changes.extend(changed(was, now).map(|change| {
                let because = hunt.causes(was, now);
                ItemChange { because, ..change }
            }));
        }
        let causes = hunt.told(&changes);
        let groups = groups(&changes, &causes);
        let sum = |of: fn(&DeltaGroup) -> usize| groups.iter().map(of).sum::<usize>();
        let (plus, minus) = (sum(|group| group.plus), sum(|group| group.minus));
        let each: Vec<&str> = groups.iter().map(|group| group.text.as_str()).collect();
        ScopeDelta {
            since: document.number,
            since_known_at: document.known_at,
            since_sha256: before.sha256.clone(),
            plus,
            minus,
            text: each.join("; "),
            groups,
            changes,
            causes,
        }
    }
}

fn changed(was: Option<&ItemLine>, now: Option<&ItemLine>) -> Option<ItemChange> {
    let line = now.or(was)?;
    let (was, now) = (was.map(Stood::of), now.map(Stood::of));
    let same = match (&was, &now) {
        (Some(was), Some(now)) => was.is_as(now),
        (None, _) | (_, None) => false,
    };
    (!same).then(|| ItemChange {
        id: line.id,
        kind: line.kind,
        label: line.label.clone(),
        part: line.part.clone(),
        was,
        now,
        because: Vec::new(),
    })
}

fn groups(changes: &[ItemChange], causes: &[Cause]) -> Vec<DeltaGroup> {
    let mut groups: BTreeMap<&[Position], DeltaGroup> = BTreeMap::new();
    for change in changes {
        let group = groups.entry(&change.because).or_insert_with(|| DeltaGroup {
            because: change.because.clone(),
            plus: 0,
            minus: 0,
            now_proven: 0,
            now_possible: 0,
            new_cleared: 0,
            moved: 0,
            text: String::new(),
        });
        let open = |stood: &Option<Stood>| stood.as_ref().is_some_and(Stood::is_open);
        let certainty = change.now.as_ref().map(|now| now.certainty);
        *match (open(&change.was), open(&change.now)) {
            (false, true) => &mut group.plus,
            (true, false) => &mut group.minus,
            (false, false) if change.was.is_none() => &mut group.new_cleared,
            (false, false) => &mut group.moved,
            (true, true) if change.was.as_ref().map(|was| was.certainty) == certainty => {
                &mut group.moved
            }
            (true, true) if certainty == Some(Certainty::Proven) => &mut group.now_proven,
            (true, true) => &mut group.now_possible,
        } += 1;
    }
    let mut groups: Vec<DeltaGroup> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.plus + group.minus, group.size())));
    for group in &mut groups {
        group.text = group.in_words(causes);
    }
    groups
}

impl DeltaGroup {
    /// How many items changed.
    #[must_use]
    pub fn size(&self) -> usize {
        self.plus + self.minus + self.now_proven + self.now_possible + self.new_cleared + self.moved
    }

    fn in_words(&self, causes: &[Cause]) -> String {
        let counted = [
            (self.plus, "+", ""),
            (self.minus, "-", ""),
            (self.now_proven, "", " possible became proven"),
            (self.now_possible, "", " proven became possible"),
            (self.new_cleared, "", " new and cleared"),
            (self.moved, "", " moved"),
        ];
        let counted: Vec<String> = counted
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, sign, what)| format!("{sign}{count}{what}"))
            .collect();
        let counted = counted.join(", ");
        let named = self.because.iter().take(NAMED_MAX).filter_map(|position| {
            let at = causes.binary_search_by_key(position, |cause| cause.position).ok()?;
            causes.get(at).map(Cause::in_words)
        });
        let named: Vec<String> = named.collect();
        let more = self.because.len().saturating_sub(named.len());
        match (named.is_empty(), more) {
            (true, _) => format!("{counted}: no single entry says so"),
            (false, 0) => format!("{counted}, because {}", named.join(" and ")),
            (false, more) => {
                format!("{counted}, because {} and {more} entries more", named.join(", "))
            }
        }
    }
}
