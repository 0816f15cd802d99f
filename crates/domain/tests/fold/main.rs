//! What an item's facts add up to does not depend on the order they arrive in, and its books
//! always balance: checked against a naive model that sorts the facts and adds them up.

#[cfg(test)]
mod history;
#[cfg(test)]
mod model;

use domain::act::{Act, Remove, RemovedTo};
use domain::entry::Entry;
use domain::item::{Balance, Fold, ItemState, Stamp, Used};
use domain::{Amount, Interval, ItemId, Position, Time};
use proptest::prelude::*;

use history::{BIRTHS, ITEMS, LOTS, RECEIVED, amount, entry, fold, history, id, seeds, touches};
use model::Ledger;

/// Both sides of the identity.
fn sides(b: &Balance) -> (Amount, Amount) {
    let sum = |parts: &[Amount]| parts.iter().copied().fold(Amount::ZERO, Amount::plus);
    (
        sum(&[b.received, b.produced, b.split_in, b.merged_in, b.counted_up, b.removed_again]),
        sum(&[
            b.consumed,
            b.installed,
            b.split_out,
            b.merged_out,
            b.shipped,
            b.scrapped,
            b.sampled,
            b.sent_back,
            b.counted_down,
            b.on_hand,
            b.unexplained,
        ]),
    )
}

/// A component taken out of the unit and discarded, after everything else.
fn taken_out_to_scrap(lot: ItemId, quantity: Amount, position: u64) -> Entry {
    let fact = Act::Remove(Remove {
        parent: id(4),
        component: lot,
        quantity: Some(quantity),
        to: RemovedTo::Scrap,
        reason: "broken".to_owned(),
    });
    entry(position, Interval::at(Time(RECEIVED * 2)), fact, &[])
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 600,
        ..ProptestConfig::default()
    })]

    #[test]
    fn order_of_arrival_does_not_matter(
        seeds in proptest::collection::vec(seeds(), 0..24),
        order in proptest::collection::vec(0..100_usize, 24),
    ) {
        let history = history(&seeds);
        let mut shuffled: Vec<&Entry> = Vec::new();
        for (entry, index) in history.iter().zip(order.iter().cycle()) {
            shuffled.insert(index % (shuffled.len() + 1), entry);
        }
        for (birth, number) in history.iter().zip(0..ITEMS) {
            let item = id(number);
            let punctual = fold(item, birth, &history.iter().collect::<Vec<_>>());
            let late = fold(item, birth, &shuffled);
            prop_assert_eq!(&punctual, &late);
            let touching = shuffled.iter().copied().filter(|entry| touches(entry, item));
            let refolded = ItemState::refold(birth, item, touching.collect(), Vec::new());
            prop_assert_eq!(&punctual, &refolded);
            prop_assert_eq!(punctual.status(), late.status());
        }
    }

    #[test]
    fn books_balance_as_the_naive_model_says(
        seeds in proptest::collection::vec(seeds(), 0..40),
    ) {
        let history = history(&seeds);
        for (birth, number) in history.iter().zip(0..LOTS) {
            let lot = id(number);
            let state = fold(lot, birth, &history.iter().collect::<Vec<_>>());
            let balance = state.book.balance();
            let (came, went) = sides(&balance);
            prop_assert_eq!(came, went);
            prop_assert!(!balance.on_hand.is_negative());
            prop_assert_eq!(state.on_hand(), balance.on_hand);
            prop_assert!(state.usable() <= state.book.net());

            let mut model = Ledger::default();
            model.take(lot, &birth.fact);
            let mut told: Vec<&Entry> = history.iter().skip(BIRTHS).collect();
            told.sort_by_key(|e| (e.context.performed.to.min(e.received), e.position));
            told.iter().for_each(|entry| model.take(lot, &entry.fact));
            let (here, overdrawn) = if model.left.is_negative() {
                (Amount::ZERO, model.left)
            } else {
                (model.left, Amount::ZERO)
            };
            prop_assert_eq!(balance.on_hand, here);
            prop_assert_eq!(balance.unexplained, model.unexplained.plus(overdrawn));
            prop_assert_eq!(balance.shipped.plus(balance.sent_back), model.shipped);
            prop_assert_eq!(
                model.came,
                model.went.plus(model.left).plus(model.unexplained)
            );
        }
    }

    #[test]
    fn what_is_taken_out_to_scrap_is_no_more_to_use(
        seeds in proptest::collection::vec(seeds(), 0..24),
        quantity in 1..2000_u32,
    ) {
        let history = history(&seeds);
        for (birth, number) in history.iter().zip(0..LOTS) {
            let lot = id(number);
            let before = fold(lot, birth, &history.iter().collect::<Vec<_>>());
            let scrapped = taken_out_to_scrap(lot, amount(quantity), ITEMS + 24);
            let mut after = before.clone();
            if after.apply(&scrapped) == Fold::Refold {
                continue;
            }
            prop_assert_eq!(after.usable(), before.usable());
            prop_assert_eq!(after.book.net(), before.book.net());
        }
    }

    #[test]
    fn material_drawn_at_stations_is_part_of_the_books(
        seeds in proptest::collection::vec(seeds(), 0..16),
        draws in proptest::collection::vec((1..900_u32, 0..90_i64, any::<bool>()), 0..8),
    ) {
        let history = history(&seeds);
        let used: Vec<Used> = draws
            .iter()
            .zip(100..)
            .map(|((quantity, performed, uncertain), position)| Used {
                quantity: amount(*quantity),
                stamp: Stamp {
                    performed: Time(*performed),
                    position: Position(position),
                },
                uncertain: *uncertain,
            })
            .collect();
        let touching = || {
            history.iter().filter(|entry| touches(entry, id(0))).collect()
        };
        let refolded = ItemState::refold(&history[0], id(0), touching(), used.clone());
        let mut state = ItemState::refold(&history[0], id(0), touching(), Vec::new());
        for (index, draw) in used.iter().enumerate() {
            if state.apply_used(*draw) == Fold::Refold {
                let known = used[..=index].to_vec();
                state = ItemState::refold(&history[0], id(0), touching(), known);
            }
        }
        prop_assert_eq!(&state, &refolded);
        let (came, went) = sides(&refolded.book.balance());
        prop_assert_eq!(came, went);
    }
}
