//! Where every piece of a suspect lot went: its books held against its genealogy.
//!
//! Two ledgers of the same lot are compared. Its *book* adds up what facts took from it; the
//! *genealogy* names what those facts made it part of. What the book gave to products must be what
//! the genealogy says went into them, and each of those must be in the scope. What does not agree
//! is named; "unexplained" is the book's own gap.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::edge::EdgeKind;
use domain::item::Balance;
use domain::{Amount, ItemId, Part, Position};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use crate::query::line::{Certainty, ItemLine, ItemName};
use crate::query::seen::Seen;

/// Most items named one by one that took of a lot and are not in the scope.
const OUTSIDE_MAX: usize = 100;

/// The account of one lot that is, or holds, what is suspected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LotAccount {
    /// Which lot.
    pub lot: ItemName,
    /// What part it is.
    pub part: Option<Part>,
    /// How sure it is that it is concerned.
    pub certainty: Certainty,
    /// Its books.
    pub balance: Balance,
    /// What the genealogy says of it went into others for certain, in its base unit.
    pub into_items: Amount,
    /// What may have gone into others: runs that name it as one of several candidates.
    pub perhaps_into_items: Amount,
    /// How many items took of it, for certain or perhaps.
    pub items: usize,
    /// How many of those are neither proven nor possible: they took of it before it was suspect, or
    /// were cleared by a decision.
    pub outside: usize,
    /// The first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside_items: Vec<ItemName>,
    /// What the books gave to others for certain, less what the genealogy says; zero where both
    /// agree.
    pub difference: Amount,
    /// Whether the books and the genealogy agree and nothing is unexplained.
    pub balanced: bool,
    /// That in words.
    pub text: String,
}

/// What the genealogy says of a lot.
#[derive(Default)]
struct Recorded {
    certain: Amount,
    perhaps: Amount,
    outputs: BTreeSet<ItemIndex>,
}

impl Seen<'_> {
    /// The accounts of the lots among the items that are not cleared, in their order.
    pub(super) fn accounts(&self, lines: &[&ItemLine]) -> Vec<LotAccount> {
        let open = |line: &&&ItemLine| line.certainty != Certainty::Cleared;
        let ids: BTreeSet<ItemId> = lines.iter().filter(open).map(|line| line.id).collect();
        let lots = lines.iter().filter(open).filter(|line| line.kind == Kind::Lot);
        lots.filter_map(|line| self.account(line, &ids)).collect()
    }

    fn account(&self, line: &ItemLine, open: &BTreeSet<ItemId>) -> Option<LotAccount> {
        let index = self.index_of(line.id)?;
        let balance = self.item(index)?.book.balance();
        let recorded = self.recorded(index);
        let outside: Vec<ItemIndex> = recorded
            .outputs
            .iter()
            .copied()
            .filter(|output| self.item(*output).is_some_and(|item| !open.contains(&item.id)))
            .collect();
        let booked = balance
            .consumed
            .minus(balance.uncertain)
            .plus(balance.installed)
            .minus(balance.removed_again)
            .plus(balance.split_out)
            .plus(balance.merged_out);
        let difference = booked.minus(recorded.certain).normal();
        let balanced = difference.is_zero() && balance.unexplained.is_zero();
        let account = LotAccount {
            lot: self.name(index),
            part: line.part.clone(),
            certainty: line.certainty,
            balance,
            into_items: recorded.certain.normal(),
            perhaps_into_items: recorded.perhaps.normal(),
            items: recorded.outputs.len(),
            outside: outside.len(),
            outside_items: outside.iter().take(OUTSIDE_MAX).map(|at| self.name(*at)).collect(),
            difference,
            balanced,
            text: String::new(),
        };
        Some(LotAccount { text: account.in_words(), ..account })
    }

    fn recorded(&self, lot: ItemIndex) -> Recorded {
        let graph = self.state.graph();
        let mut recorded = Recorded::default();
        // A transformation takes its input once, however many outputs it has.
        let mut transformed: BTreeMap<Position, Amount> = BTreeMap::new();
        for at in graph.outputs(lot).filter(|at| graph.is_visible(*at, self.view)) {
            let edge = graph.edge(at);
            let still_in = graph.removal(at, self.view).is_none();
            if edge.kind != EdgeKind::Member {
                recorded.outputs.insert(edge.output);
            }
            match (edge.kind, edge.group) {
                (EdgeKind::Member, _) => {}
                (EdgeKind::Transformed, _) => {
                    transformed.insert(edge.source, edge.quantity);
                }
                (EdgeKind::Installed, _) if !still_in => {}
                (_, Some(_)) => recorded.perhaps = recorded.perhaps.plus(edge.quantity),
                (_, None) => recorded.certain = recorded.certain.plus(edge.quantity),
            }
        }
        recorded.certain = transformed.into_values().fold(recorded.certain, Amount::plus);
        recorded
    }
}

impl LotAccount {
    /// How much of the lot ever came in.
    #[must_use]
    pub fn came_in(&self) -> Amount {
        let b = &self.balance;
        let came = [b.received, b.produced, b.split_in, b.merged_in, b.counted_up];
        came.into_iter().fold(Amount::ZERO, Amount::plus).normal()
    }

    /// How much nobody explains: the books' own gap, and what books and genealogy say differently.
    #[must_use]
    pub fn unaccounted(&self) -> Amount {
        self.balance.unexplained.abs().plus(self.difference.abs()).normal()
    }

    /// What came in and where it is, and what does not agree.
    fn in_words(&self) -> String {
        let b = &self.balance;
        let parts = [
            ("went into items", self.into_items),
            ("perhaps into items", b.uncertain),
            ("on hand", b.on_hand),
            ("shipped", b.shipped),
            ("scrapped", b.scrapped),
            ("sampled", b.sampled),
            ("back at the supplier", b.sent_back),
            ("counted away", b.counted_down),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(what, amount)| format!("{} {what}", amount.normal()))
            .collect();
        let mut text = format!("{} came in: {}", self.came_in(), parts.join(", "));
        if !b.unexplained.is_zero() {
            text.push_str(&format!("; {} unexplained", b.unexplained.normal()));
        }
        if self.difference.is_positive() {
            let more = self.difference;
            text.push_str(&format!("; {more} taken, and nothing says into what"));
        } else if self.difference.is_negative() {
            let more = self.difference.abs();
            text.push_str(&format!("; {more} in items, and the books did not give it out"));
        }
        if self.outside > 0 {
            text.push_str(&format!("; {} items that took of it are not concerned", self.outside));
        }
        text
    }
}
