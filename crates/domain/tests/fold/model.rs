//! A lot's books without any of the means the program uses.

use domain::act::{Act, Origin, Portion, Purpose, RemovedTo};
use domain::{Amount, Fact, ItemId};

use crate::history::amount;

/// A lot's books the naive way: sort, and add up.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) came: Amount,
    pub(crate) went: Amount,
    pub(crate) left: Amount,
    pub(crate) unexplained: Amount,
    pub(crate) shipped: Amount,
}

impl Ledger {
    fn come(&mut self, quantity: Amount) {
        self.came = self.came.plus(quantity);
        self.left = self.left.plus(quantity);
    }

    fn go(&mut self, quantity: Amount) {
        self.went = self.went.plus(quantity);
        self.left = self.left.minus(quantity);
    }

    pub(crate) fn take(&mut self, lot: ItemId, fact: &Fact) {
        let of = |portions: &[Portion<ItemId>]| {
            let mine = portions.iter().filter(|portion| portion.item == lot);
            mine.filter_map(|portion| portion.quantity).fold(Amount::ZERO, Amount::plus)
        };
        match fact {
            Act::Create(v) if v.origin != Origin::Expected => {
                self.come(v.items[0].quantity.unwrap());
            }
            Act::Receive(v) if v.announced.contains(&lot) => self.come(amount(3000)),
            Act::Receive(v) if v.announced.is_empty() => self.come(v.items[0].quantity.unwrap()),
            Act::Consume(v) if v.from.first() == Some(&lot) => self.go(v.quantity),
            Act::Transform(v) => self.go(of(&v.inputs)),
            Act::Merge(v) => self.go(of(&v.lots)),
            Act::Install(v) if v.component == lot => self.go(v.quantity.unwrap()),
            Act::Remove(v) if v.component == lot => {
                self.come(v.quantity.unwrap());
                if v.to == RemovedTo::Scrap {
                    self.go(v.quantity.unwrap());
                }
            }
            Act::Split(v) if v.lot == lot => self.go(v.into[0].quantity),
            Act::Sample(v) if v.item == lot => self.go(v.quantity.unwrap()),
            Act::Scrap(v) if v.item == lot => self.go(v.quantity.unwrap()),
            Act::Ship(v) if v.purpose != Purpose::Subcontract => {
                for line in v.lines.iter().filter(|line| line.item == lot) {
                    let quantity = line.quantity.unwrap_or_default();
                    self.go(quantity);
                    self.shipped = self.shipped.plus(quantity);
                }
            }
            Act::ReceiveBack(v) if v.purpose != Some(Purpose::Subcontract) => {
                self.go(Amount::ZERO.minus(of(&v.items)));
                self.shipped = self.shipped.minus(of(&v.items));
            }
            Act::Count(v) if v.lot == lot => {
                let more = v.quantity.minus(self.left);
                match &v.explanation {
                    Some(_) if more.is_negative() => self.go(more.abs()),
                    Some(_) => self.come(more),
                    None => {
                        self.left = v.quantity;
                        self.unexplained = self.unexplained.minus(more);
                    }
                }
            }
            _ => {}
        }
    }
}
