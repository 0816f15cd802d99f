//! Conservation per lot: what came in is what went out, what is here and what nobody explains.

use alloc::boxed::Box;
use core::ops::{Deref, DerefMut};

use super::Stamp;
use crate::act::RemovedTo;
use crate::noun::Amount;

/// Where a quantity of a lot came from or went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Taken in from a supplier, or there at go-live.
    Received,
    /// Made here.
    Produced,
    /// Parted off another lot.
    SplitIn,
    /// Joined from other lots.
    MergedIn,
    /// Taken out of a parent again.
    RemovedAgain,
    /// Used up by quantity.
    Consumed,
    /// Fitted as components.
    Installed,
    /// Parted off as lots of their own.
    SplitOut,
    /// Joined into another lot.
    MergedOut,
    /// Delivered.
    Shipped,
    /// Discarded.
    Scrapped,
    /// Taken as samples.
    Sampled,
    /// Sent back to the supplier.
    SentBack,
}

/// The running sums of one lot, in its base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Book {
    received: Amount,
    produced: Amount,
    split_in: Amount,
    merged_in: Amount,
    removed_again: Amount,
    consumed: Amount,
    installed: Amount,
    split_out: Amount,
    merged_out: Amount,
    shipped: Amount,
    scrapped: Amount,
    sampled: Amount,
    sent_back: Amount,
    counted_up: Amount,
    counted_down: Amount,
    missing: Amount,
    returned: Amount,
    returned_accepted: Amount,
    returned_rejected: Amount,
    /// Part of what was scrapped that had been taken out of a parent.
    scrapped_after_use: Amount,
    /// Part of what was consumed that may have come from another candidate.
    pub uncertain: Amount,
    /// How much inspection accepted.
    pub accepted: Amount,
    /// How much inspection rejected.
    pub rejected: Amount,
    /// The latest count.
    pub counted: Option<Stamp>,
}

/// The running sums of any item: those of a unit or a container are nothing and take no room.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Books(Option<Box<Book>>);

impl PartialEq for Books {
    fn eq(&self, other: &Self) -> bool {
        (self.0.is_none() && other.0.is_none()) || **self == **other
    }
}

impl Eq for Books {}

impl Deref for Books {
    type Target = Book;

    fn deref(&self) -> &Book {
        self.0.as_deref().unwrap_or(&Book::NOTHING)
    }
}

impl DerefMut for Books {
    fn deref_mut(&mut self) -> &mut Book {
        self.0.get_or_insert_with(Box::default)
    }
}

/// The books of one lot. Shape: `received + produced + split_in + merged_in + removed_again +
/// counted_up = consumed + installed + split_out + merged_out + shipped + scrapped + sampled +
/// sent_back + counted_down + on_hand + unexplained`, always.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// Taken in from a supplier, or there at go-live.
    pub received: Amount,
    /// Made here.
    pub produced: Amount,
    /// Parted off another lot.
    pub split_in: Amount,
    /// Joined from other lots.
    pub merged_in: Amount,
    /// Counted more than the books said, with a reason.
    pub counted_up: Amount,
    /// Taken out of a parent again.
    pub removed_again: Amount,
    /// Used up by quantity.
    pub consumed: Amount,
    /// Fitted as components.
    pub installed: Amount,
    /// Parted off as lots of their own.
    pub split_out: Amount,
    /// Joined into another lot.
    pub merged_out: Amount,
    /// Delivered, less what came back.
    pub shipped: Amount,
    /// Discarded.
    pub scrapped: Amount,
    /// Taken as samples.
    pub sampled: Amount,
    /// Sent back to the supplier.
    pub sent_back: Amount,
    /// Counted less than the books said, with a reason.
    pub counted_down: Amount,
    /// Here by the books.
    pub on_hand: Amount,
    /// What nobody explains: positive is missing, negative was taken but never came in.
    pub unexplained: Amount,
    /// Part of `consumed` that may have come from another candidate lot.
    pub uncertain: Amount,
}

impl Book {
    const NOTHING: Self = Self {
        received: Amount::ZERO,
        produced: Amount::ZERO,
        split_in: Amount::ZERO,
        merged_in: Amount::ZERO,
        removed_again: Amount::ZERO,
        consumed: Amount::ZERO,
        installed: Amount::ZERO,
        split_out: Amount::ZERO,
        merged_out: Amount::ZERO,
        shipped: Amount::ZERO,
        scrapped: Amount::ZERO,
        sampled: Amount::ZERO,
        sent_back: Amount::ZERO,
        counted_up: Amount::ZERO,
        counted_down: Amount::ZERO,
        missing: Amount::ZERO,
        returned: Amount::ZERO,
        returned_accepted: Amount::ZERO,
        returned_rejected: Amount::ZERO,
        scrapped_after_use: Amount::ZERO,
        uncertain: Amount::ZERO,
        accepted: Amount::ZERO,
        rejected: Amount::ZERO,
        counted: None,
    };

    /// Adds a quantity to an account; a negative one takes it back.
    pub fn add(&mut self, account: Account, quantity: Amount) {
        let sum = match account {
            Account::Received => &mut self.received,
            Account::Produced => &mut self.produced,
            Account::SplitIn => &mut self.split_in,
            Account::MergedIn => &mut self.merged_in,
            Account::RemovedAgain => &mut self.removed_again,
            Account::Consumed => &mut self.consumed,
            Account::Installed => &mut self.installed,
            Account::SplitOut => &mut self.split_out,
            Account::MergedOut => &mut self.merged_out,
            Account::Shipped => &mut self.shipped,
            Account::Scrapped => &mut self.scrapped,
            Account::Sampled => &mut self.sampled,
            Account::SentBack => &mut self.sent_back,
        };
        *sum = sum.plus(quantity);
    }

    /// Takes back what was delivered; it waits for a judgement of its own.
    pub(super) fn came_back(&mut self, quantity: Amount) {
        self.shipped = self.shipped.minus(quantity);
        self.returned = self.returned.plus(quantity);
    }

    /// Takes back what was fitted; what is scrapped then was used, and is not there to use again.
    pub(super) fn taken_out(&mut self, quantity: Amount, to: RemovedTo) {
        self.add(Account::RemovedAgain, quantity);
        if to == RemovedTo::Scrap {
            self.add(Account::Scrapped, quantity);
            self.scrapped_after_use = self.scrapped_after_use.plus(quantity);
        }
    }

    /// Takes in a judgement on part of it.
    pub(super) fn judge(&mut self, accepted: Amount, rejected: Amount, returned: bool) {
        let (good, bad) = if returned {
            (&mut self.returned_accepted, &mut self.returned_rejected)
        } else {
            (&mut self.accepted, &mut self.rejected)
        };
        *good = good.plus(accepted);
        *bad = bad.plus(rejected);
    }

    /// Takes what was counted as what is here; the difference is explained or missing.
    pub(super) fn count(&mut self, quantity: Amount, explained: bool, stamp: Stamp) {
        let more = quantity.minus(self.net());
        match (explained, more.is_negative()) {
            (true, false) => self.counted_up = self.counted_up.plus(more),
            (true, true) => self.counted_down = self.counted_down.plus(more.abs()),
            (false, _) => self.missing = self.missing.minus(more),
        }
        self.counted = Some(stamp);
    }

    /// Everything that went out for good.
    #[must_use]
    pub fn taken(&self) -> Amount {
        [
            self.consumed,
            self.installed,
            self.split_out,
            self.merged_out,
            self.shipped,
            self.scrapped,
            self.sampled,
            self.sent_back,
        ]
        .into_iter()
        .fold(Amount::ZERO, Amount::plus)
        .minus(self.removed_again)
    }

    /// What is left by the books; below nothing when more was taken than came in.
    #[must_use]
    pub fn net(&self) -> Amount {
        [self.received, self.produced, self.split_in, self.merged_in, self.counted_up]
            .into_iter()
            .fold(Amount::ZERO, Amount::plus)
            .minus(self.taken())
            .minus(self.counted_down)
            .minus(self.missing)
    }

    /// All that was ever there by the books: what is left and what went out.
    #[must_use]
    pub fn whole(&self) -> Amount {
        self.net().plus(self.taken())
    }

    /// How much came back from a delivery and was not judged since.
    #[must_use]
    pub fn unjudged_return(&self) -> Amount {
        let judged = self.returned_accepted.plus(self.returned_rejected);
        self.returned.minus(judged).max(Amount::ZERO)
    }

    /// How much may still be used if `good` of the whole was found good. What was scrapped,
    /// sampled, sent back or parted off counts first as what was not good, except what was fitted
    /// before it was scrapped.
    pub(super) fn usable(&self, good: Amount) -> Amount {
        let used =
            [self.consumed, self.installed, self.merged_out, self.shipped, self.scrapped_after_use]
                .into_iter()
                .fold(Amount::ZERO, Amount::plus)
                .minus(self.removed_again);
        let blocked = self.returned.minus(self.returned_accepted).max(Amount::ZERO);
        good.minus(blocked).minus(used).min(self.net())
    }

    /// The status of a lot of which nothing is left, by where it all went.
    pub(super) fn gone(&self) -> Option<super::Status> {
        let taken = self.taken();
        if !taken.is_positive() || self.net().is_positive() {
            return None;
        }
        Some(if self.shipped.plus(self.sent_back) == taken {
            super::Status::Shipped
        } else if self.scrapped == taken {
            super::Status::Scrapped
        } else {
            super::Status::UsedUp
        })
    }

    /// The books as people read them.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let net = self.net();
        let (on_hand, overdrawn) =
            if net.is_negative() { (Amount::ZERO, net) } else { (net, Amount::ZERO) };
        Balance {
            received: self.received,
            produced: self.produced,
            split_in: self.split_in,
            merged_in: self.merged_in,
            counted_up: self.counted_up,
            removed_again: self.removed_again,
            consumed: self.consumed,
            installed: self.installed,
            split_out: self.split_out,
            merged_out: self.merged_out,
            shipped: self.shipped,
            scrapped: self.scrapped,
            sampled: self.sampled,
            sent_back: self.sent_back,
            counted_down: self.counted_down,
            on_hand,
            unexplained: self.missing.plus(overdrawn),
            uncertain: self.uncertain,
        }
    }
}
