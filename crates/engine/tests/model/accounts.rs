//! The accounts of lots in scopes against the model: books, genealogy, and what is in the scope.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::edge::EdgeKind;
use domain::start::Start;
use domain::{Amount, ItemId, ItemRef, Position};
use engine::query::{Certainty, KnownAt, LotAccount, ScopeAsk};
use proptest::prelude::*;

use crate::compare::books;
use crate::naive::{Edge, Model};
use crate::told::Told;

/// Asks for the scope of every lot, now and as it was known half way.
pub(crate) fn check(told: &Told) -> Result<(), TestCaseError> {
    let facts = &told.facts.0;
    let half = facts[facts.len() / 2].position;
    for known_at in [None, Some(half)] {
        let known = |at: Position| known_at.is_none_or(|known_at| at <= known_at);
        let count = facts.iter().take_while(|entry| known(entry.position)).count();
        let model = Model::of(&facts[..count]);
        let edges = model.edges();
        let lots = model.items().into_iter().filter(|id| model.item(*id).kind == Kind::Lot);
        for lot in lots {
            let ask = ScopeAsk {
                from: vec![Start::Item { item: ItemRef::Id(lot) }],
                known_at: known_at.map(KnownAt::Position),
                ..ScopeAsk::default()
            };
            let scope = told.plant.scope(&ask).unwrap();
            let all = scope.start.iter().chain(&scope.items);
            let open: Vec<_> = all.filter(|line| line.certainty != Certainty::Cleared).collect();
            let ids: BTreeSet<ItemId> = open.iter().map(|line| line.id).collect();
            let of_lots = open.iter().filter(|line| line.kind == Kind::Lot).map(|line| line.id);
            let accounted: Vec<ItemId> = scope.accounts.iter().map(|one| one.lot.id).collect();
            prop_assert_eq!(accounted, of_lots.collect::<Vec<_>>(), "each lot, once");
            for account in &scope.accounts {
                one(account, &model, &edges, &ids)?;
            }
        }
    }
    Ok(())
}

fn sum(amounts: impl IntoIterator<Item = Amount>) -> Amount {
    amounts.into_iter().fold(Amount::ZERO, Amount::plus).normal()
}

fn one(
    account: &LotAccount,
    model: &Model<'_>,
    edges: &[Edge],
    open: &BTreeSet<ItemId>,
) -> Result<(), TestCaseError> {
    let id = account.lot.id;
    let expected = model.item(id).books;
    prop_assert_eq!(&books(&account.balance), &expected, "books of {}", id);
    let of = |name: &str| expected.get(name).copied().unwrap_or(Amount::ZERO);
    let came = ["received", "produced", "splitIn", "mergedIn", "countedUp"].map(of);
    prop_assert_eq!(account.came_in(), sum(came), "what came in of {}", id);
    let went = [
        "consumed",
        "installed",
        "splitOut",
        "mergedOut",
        "shipped",
        "scrapped",
        "sampled",
        "sentBack",
        "countedDown",
        "onHand",
        "unexplained",
    ];
    let back = sum([sum(came), of("removedAgain")]);
    prop_assert_eq!(sum(went.map(of)), back, "nothing of {} is lost", id);
    let taken: Vec<&Edge> = edges.iter().filter(|edge| edge.input == id).collect();
    let into = |edge: &&&Edge| edge.kind != EdgeKind::Member;
    let outputs: BTreeSet<ItemId> = taken.iter().filter(into).map(|edge| edge.output).collect();
    let outside = outputs.iter().filter(|output| !open.contains(output)).count();
    prop_assert_eq!((account.items, account.outside), (outputs.len(), outside), "of {}", id);
    // One transformation takes its input once, however many outputs it has.
    let mut once: BTreeMap<Position, Amount> = BTreeMap::new();
    let (mut certain, mut perhaps) = (Vec::new(), Vec::new());
    for edge in taken {
        match edge.kind {
            EdgeKind::Member => {}
            EdgeKind::Transformed => drop(once.insert(edge.source, edge.quantity)),
            EdgeKind::Installed if edge.removed.is_some() => {}
            _ if edge.group.is_some() => perhaps.push(edge.quantity),
            _ => certain.push(edge.quantity),
        }
    }
    let certain = sum(certain.into_iter().chain(once.into_values()));
    prop_assert_eq!(account.into_items, certain, "into items of {}", id);
    prop_assert_eq!(account.perhaps_into_items, sum(perhaps), "perhaps into items of {}", id);
    let minus = |amount: Amount| Amount::ZERO.minus(amount);
    let given = sum([
        of("consumed"),
        minus(of("uncertain")),
        of("installed"),
        minus(of("removedAgain")),
        of("splitOut"),
        of("mergedOut"),
    ]);
    let difference = given.minus(certain).normal();
    prop_assert_eq!(account.difference, difference, "difference of {}", id);
    let balanced = difference.is_zero() && of("unexplained").is_zero();
    prop_assert_eq!(account.balanced, balanced, "whether {} balances", id);
    prop_assert_eq!(
        account.unaccounted(),
        sum([difference.abs(), of("unexplained").abs()]),
        "what nobody explains of {}",
        id
    );
    Ok(())
}
