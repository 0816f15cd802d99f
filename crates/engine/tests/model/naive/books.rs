//! The books of a lot, written from the first fact to the last.

use std::collections::BTreeMap;

use domain::act::{Act, Purpose, RemovedTo};
use domain::entry::Entry;
use domain::{Amount, ItemId};

/// The books of a lot while they are written.
#[derive(Default)]
pub(super) struct Books {
    accounts: BTreeMap<&'static str, Amount>,
    missing: Amount,
    uncertain: Amount,
}

/// Accounts that what came in stands in; the others take away.
const IN: [&str; 6] = ["received", "produced", "splitIn", "mergedIn", "countedUp", "removedAgain"];

impl Books {
    pub(super) fn add(&mut self, account: &'static str, quantity: Amount) {
        let sum = self.accounts.entry(account).or_default();
        *sum = sum.plus(quantity);
    }

    pub(super) fn used(&mut self, quantity: Amount, open: bool) {
        self.add("consumed", quantity);
        if open {
            self.uncertain = self.uncertain.plus(quantity);
        }
    }

    fn left(&self) -> Amount {
        let signed = self.accounts.iter().map(|(account, sum)| {
            if IN.contains(account) { *sum } else { Amount::ZERO.minus(*sum) }
        });
        signed.fold(Amount::ZERO, Amount::plus).minus(self.missing)
    }

    pub(super) fn take(&mut self, entry: &Entry, id: ItemId) {
        match &entry.fact {
            Act::Split(v) if v.lot == id => {
                v.into.iter().for_each(|parted| self.add("splitOut", parted.quantity));
            }
            Act::Merge(v) => {
                for portion in v.lots.iter().filter(|portion| portion.item == id) {
                    self.add("mergedOut", portion.quantity.unwrap_or_default());
                }
            }
            Act::Count(v) => {
                let more = v.quantity.minus(self.left());
                match (&v.explanation, more.is_negative()) {
                    (None, _) => self.missing = self.missing.minus(more),
                    (Some(_), false) => self.add("countedUp", more),
                    (Some(_), true) => self.add("countedDown", more.abs()),
                }
            }
            Act::Sample(v) => self.add("sampled", v.quantity.unwrap_or_default()),
            Act::Scrap(v) => self.add("scrapped", v.quantity.unwrap_or_default()),
            Act::Install(v) if v.component == id => {
                self.add("installed", v.quantity.unwrap_or(Amount::ONE));
            }
            Act::Remove(v) if v.component == id => self.out(v.quantity, v.to),
            Act::Replace(v) => {
                if v.new == id {
                    self.add("installed", v.quantity.unwrap_or(Amount::ONE));
                }
                if v.old == id {
                    self.out(v.quantity, v.to);
                }
            }
            Act::Consume(v) if v.from.first() == Some(&id) => {
                let count = Amount::from(i64::try_from(v.into.len()).unwrap());
                self.used(v.quantity.times(count), v.from.len() > 1);
            }
            Act::Ship(v) => {
                let account = match v.purpose {
                    Purpose::Delivery => "shipped",
                    Purpose::ReturnToSupplier => "sentBack",
                    Purpose::Subcontract => return,
                };
                for line in v.lines.iter().filter(|line| line.item == id) {
                    self.add(account, line.quantity.unwrap_or_default());
                }
            }
            Act::ReceiveBack(v) => {
                let account = match v.purpose.unwrap() {
                    Purpose::Delivery => "shipped",
                    Purpose::ReturnToSupplier => "sentBack",
                    Purpose::Subcontract => return,
                };
                for portion in v.items.iter().filter(|portion| portion.item == id) {
                    let back = portion.quantity.unwrap_or_default();
                    self.add(account, Amount::ZERO.minus(back));
                }
            }
            _ => {}
        }
    }

    fn out(&mut self, quantity: Option<Amount>, to: RemovedTo) {
        let quantity = quantity.unwrap_or(Amount::ONE);
        self.add("removedAgain", quantity);
        if to == RemovedTo::Scrap {
            self.add("scrapped", quantity);
        }
    }

    /// The accounts that are not empty, with what is left and what nobody explains.
    pub(super) fn said(&self) -> BTreeMap<String, Amount> {
        let left = self.left();
        let overdrawn = if left.is_negative() { left } else { Amount::ZERO };
        let more = [
            ("onHand", left.minus(overdrawn)),
            ("unexplained", self.missing.plus(overdrawn)),
            ("uncertain", self.uncertain),
        ];
        let all = self.accounts.iter().map(|(account, sum)| (*account, *sum)).chain(more);
        all.filter(|(_, sum)| !sum.is_zero())
            .map(|(account, sum)| (account.to_owned(), sum.normal()))
            .collect()
    }
}
