//! Random histories against a naive model of genealogy and record.
//!
//! Each history is told to a real plant; then, from the entries of its ledger alone, the model
//! works out from scratch what every item is, what went into what, what is reached from where and
//! what is held, now and as it was known at earlier positions. What the plant says must be the
//! same; so must what it says after a restart, after a refold, and after taking back entries.
//!
//! A failing history is shrunk and printed; `PROPTEST_RNG_SEED` and `PROPTEST_CASES` choose others.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod frozen;
#[cfg(test)]
mod history;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod threads;
#[cfg(test)]
mod told;

use proptest::prelude::*;

/// Few, as each opens a plant several times; `PROPTEST_CASES` asks for others.
const CASES: u32 = 32;

fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(CASES, |_| asked.cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 300, ..asked }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_plant_says_what_its_facts_say(history in history::histories(48)) {
        let told = told::tell(&history);
        let commands = told.commands.clone();
        compare::everything(told).map_err(|why| told::said(&why, &commands))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases / 4, ..config() })]

    #[test]
    fn what_was_frozen_comes_out_again(history in history::histories(40)) {
        frozen::check(&history)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases / 2, ..config() })]

    #[test]
    fn the_account_of_every_lot_adds_up(history in history::histories(40)) {
        let told = told::tell(&history);
        let commands = told.commands.clone();
        accounts::check(&told).map_err(|why| told::said(&why, &commands))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases / 10, ..config() })]

    #[test]
    fn callers_at_once_are_callers_in_a_row(
        histories in prop::collection::vec(history::histories(16), 6)
    ) {
        threads::check(&histories)?;
    }
}
