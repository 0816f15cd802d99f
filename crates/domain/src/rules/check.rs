//! The single questions rules are made of.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{Facts, HeldBy, Known};
use crate::act::{ITEMS_PER_ACT_MAX, Kind, Origin};
use crate::command::{Context, Mode};
use crate::item::{Acceptance, ItemState, Stamp, Whereabouts};
use crate::noun::{Amount, Identifier, Interval, ItemId, Overdraw, Part, Time};
use crate::rejection::{Code, Finding, Weight};

/// A rule at work: what it may look at, and what it found.
pub(super) struct Check<'a, F> {
    pub(super) facts: &'a F,
    pub(super) context: &'a Context,
    pub(super) now: Time,
    /// What was so by then counts.
    pub(super) until: Time,
    pub(super) found: Vec<Finding>,
}

impl<F: Facts> Check<'_, F> {
    pub(super) fn rule(&mut self, code: Code, item: ItemId, detail: &str, needed: &str) {
        let name = self.name(item);
        self.found.push(Finding::rule(code, Some(item), format!("{name} {detail}"), needed));
    }

    pub(super) fn malformed(&mut self, detail: &str, needed: &str) {
        self.found.push(Finding::malformed(Code::Malformed, detail.into(), needed));
    }

    pub(super) fn name(&self, item: ItemId) -> String {
        self.facts.item(item).map_or_else(
            || format!("item {item}"),
            |state| format!("{} {}", state.kind.word(), state.label()),
        )
    }

    /// Nothing is performed later than now, nor ends before it begins.
    pub(super) fn time(&mut self, performed: Interval) {
        let now = self.now;
        if performed.from > performed.to {
            self.malformed("performed ends before it begins", "give from before to");
        }
        if performed.from > now {
            let detail = format!("it says performed at {}, now is {now}", performed.from);
            self.found.push(Finding::rule(
                Code::InTheFuture,
                None,
                detail,
                "give the time it was performed, or set the clock of the device",
            ));
        }
    }

    /// Codes in the context of an attempt are defined.
    pub(super) fn context_codes(&mut self) {
        let context = self.context;
        self.known(Known::Station, context.station.as_ref());
        self.known(Known::Person, context.performed_by.as_ref());
        for equipment in &context.equipment {
            self.known(Known::Equipment, Some(equipment));
        }
    }

    /// A code an attempt uses is defined; a report names what it names.
    pub(super) fn known<C: fmt::Display>(&mut self, what: Known, code: Option<&C>) {
        let Some(code) = code.map(ToString::to_string) else { return };
        if self.context.mode == Mode::Attempt && !self.facts.knows(what, &code) {
            self.found.push(Finding::rule(
                Code::UnknownCode,
                None,
                format!("no {} is called {code}", what.word()),
                "define it first, or mend the code",
            ));
        }
    }

    /// A part an attempt uses is defined.
    pub(super) fn part_known(&mut self, part: &Part) {
        if self.context.mode == Mode::Attempt && self.facts.material(part).is_none() {
            self.found.push(Finding::rule(
                Code::UnknownPart,
                None,
                format!("no material {part} is defined"),
                "define the material and its revision first, or mend the part number",
            ));
        }
    }

    /// A list holds 1 to 1000 elements.
    pub(super) fn some(&mut self, what: &str, count: usize) {
        if count == 0 {
            self.malformed(&format!("{what} is empty"), "name at least one");
        } else if count > ITEMS_PER_ACT_MAX {
            self.found.push(Finding::malformed(
                Code::TooLarge,
                format!("{what} has {count} elements, at most {ITEMS_PER_ACT_MAX} fit one act"),
                "send several acts",
            ));
        }
    }

    pub(super) fn positive(&mut self, what: &str, quantity: Amount) {
        if !quantity.is_positive() {
            let detail = format!("{what} is {quantity}");
            self.malformed(&detail, "give an amount above nothing");
        }
        self.bookable(what, quantity);
    }

    /// Sums of it stay exact.
    fn bookable(&mut self, what: &str, quantity: Amount) {
        if !quantity.is_bookable() {
            self.found.push(Finding::malformed(
                Code::TooLarge,
                format!("{what} is {quantity}"),
                "give at most 12 digits before the point and 12 after it",
            ));
        }
    }

    /// Nothing is named twice where that would count twice.
    pub(super) fn distinct(&mut self, what: &str, items: impl Iterator<Item = ItemId>) {
        let mut seen = BTreeSet::new();
        for item in items {
            if !seen.insert(item) {
                let detail = format!("{what} names {} twice", self.name(item));
                self.malformed(&detail, "name each item once");
            }
        }
    }

    /// Only a lot is taken in part.
    pub(super) fn amount_fits(&mut self, item: ItemId, quantity: Option<Amount>) {
        let Some(quantity) = quantity else { return };
        self.positive("quantity", quantity);
        if quantity != Amount::ONE {
            self.kind_is_lot(item);
        }
    }

    pub(super) fn not_negative(&mut self, what: &str, quantity: Amount) {
        if quantity.is_negative() {
            let detail = format!("{what} is {quantity}");
            self.malformed(&detail, "give nothing or more");
        }
        self.bookable(what, quantity);
    }

    /// The moment a condition is judged at: of what is about to be done now, whatever time it
    /// claims; of what was done when it was done.
    pub(super) fn at(&self) -> Time {
        match self.context.mode {
            Mode::Attempt => self.until,
            Mode::Report => self.context.performed.from,
        }
    }

    /// The same for what must hold until the end.
    pub(super) fn during(&self) -> Interval {
        Interval { from: self.context.performed.from.min(self.until), to: self.until }
    }

    /// Whether something set by a fact with that stamp was so when this one was performed.
    pub(super) fn was_so(&self, stamp: Option<Stamp>) -> bool {
        stamp.is_none_or(|stamp| stamp.performed <= self.until)
    }

    fn wrong_kind(&mut self, item: ItemId, needed: &str) {
        let name = self.name(item);
        self.found.push(Finding {
            weight: Weight::Malformed,
            ..Finding::rule(Code::WrongKind, Some(item), format!("it is a {name}"), needed)
        });
    }

    pub(super) fn kind_is_lot(&mut self, item: ItemId) {
        if self.facts.item(item).is_some_and(|state| state.kind != Kind::Lot) {
            self.wrong_kind(item, "only a lot has a quantity; name a lot");
        }
    }

    pub(super) fn kind_is_container(&mut self, item: ItemId) {
        if self.facts.item(item).is_some_and(|state| !state.kind.is_container()) {
            self.wrong_kind(item, "name a container: pallet, package, panel or tray");
        }
    }

    /// It exists at that time: not scrapped, used up, or born later.
    pub(super) fn not_gone(&mut self, item: ItemId) {
        let Some(state) = self.facts.item(item) else { return };
        let (so, born) = (self.was_so(state.whereabouts.stamp), state.existed.from);
        // Of what was there at go-live, or only named, the beginning is not known.
        let known_birth = matches!(state.origin, Origin::Made | Origin::Expected);
        if so && state.whereabouts.value == Whereabouts::Scrapped {
            self.rule(Code::Scrapped, item, "was scrapped", "use another");
        }
        if so && state.whereabouts.value == Whereabouts::UsedUp {
            self.rule(Code::NotThere, item, "was used up", "use another");
        }
        if known_birth && self.context.performed.to < born {
            self.rule(
                Code::BeforeBirth,
                item,
                &format!("came into being at {born}, after this was performed"),
                "mend the time of one of the two",
            );
        }
    }

    /// It is here: not shipped, not at a subcontractor, not still expected.
    pub(super) fn here(&mut self, item: ItemId) {
        self.not_gone(item);
        let mut outer = item;
        // What is inside something is where that is; the depth of nesting is small and acyclic.
        for _ in 0..NESTING_MAX {
            let Some(state) = self.facts.item(outer) else { return };
            if !self.was_so(state.whereabouts.stamp) {
                return;
            }
            match &state.whereabouts.value {
                Whereabouts::Packed { container, .. } => outer = *container,
                Whereabouts::Installed { parent } => outer = *parent,
                Whereabouts::Shipped { party, .. } | Whereabouts::SentBack { party } => {
                    let detail = format!("was shipped to {party}");
                    self.rule(Code::Shipped, item, &detail, "receive it back first");
                    return;
                }
                Whereabouts::Subcontracted { party } => {
                    let detail = format!("is at subcontractor {party}");
                    self.rule(Code::Shipped, item, &detail, "receive it back first");
                    return;
                }
                Whereabouts::Expected => {
                    self.rule(Code::Shipped, item, "has not arrived", "receive it first");
                    return;
                }
                Whereabouts::InProcess { .. }
                | Whereabouts::InStock { .. }
                | Whereabouts::Returned { .. }
                | Whereabouts::UsedUp
                | Whereabouts::Scrapped => return,
            }
        }
    }

    /// It is not a component of something.
    pub(super) fn loose(&mut self, item: ItemId) {
        let Some(state) = self.facts.item(item) else { return };
        let Whereabouts::Installed { parent } = state.whereabouts.value else { return };
        if self.was_so(state.whereabouts.stamp) {
            let detail = format!("is installed in {}", self.name(parent));
            let needed = "remove it there first, or scan the right one";
            self.rule(Code::InstalledElsewhere, item, &detail, needed);
        }
    }

    /// No hold is on it, nor, of what is reported late, was on it then.
    ///
    /// However many there are, they are one finding: else what is told of a held item would be
    /// held once more for each, and every report would double them.
    pub(super) fn not_held(&mut self, item: ItemId) {
        let reported = self.context.mode == Mode::Report;
        let holds = self.facts.holds_on(item, self.context.performed);
        let in_force: Vec<HeldBy> =
            holds.into_iter().filter(|hold| hold.since <= self.until).collect();
        let (active, lifted): (Vec<&HeldBy>, Vec<&HeldBy>) =
            in_force.iter().partition(|hold| hold.lifted.is_none());
        if !active.is_empty() {
            let needed = "use another, or have the hold lifted";
            self.rule(Code::OnHold, item, &format!("is on hold {}", named(&active)), needed);
        }
        // What is about to be done meets what is so now, whatever time it claims.
        let last = lifted.iter().filter_map(|hold| hold.lifted).max();
        if let Some(last) = last.filter(|_| reported) {
            let detail = format!("was on hold {} then, lifted at {last}", named(&lifted));
            let needed = "decide whether what was done in the meantime may stand";
            self.rule(Code::OnHold, item, &detail, needed);
        }
    }

    /// It was accepted, as far as anybody has to say so.
    pub(super) fn accepted(&mut self, item: ItemId) {
        let Some(state) = self.facts.item(item) else { return };
        let (detail, needed) = match state.verdict() {
            Acceptance::NotNeeded | Acceptance::Accepted => return,
            Acceptance::Quarantine if state.book.accepted.is_positive() => return,
            Acceptance::Quarantine => ("is in quarantine", "have it inspected and accepted"),
            Acceptance::Rejected => ("was rejected", "use another"),
        };
        if self.was_so(state.acceptance.stamp) {
            self.rule(Code::NotAccepted, item, detail, needed);
        }
    }

    pub(super) fn not_expired(&mut self, item: ItemId) {
        let expires = self.facts.item(item).and_then(|state| state.expires);
        let at = self.at();
        if let Some(expires) = expires.filter(|expires| *expires < at) {
            self.rule(Code::Expired, item, &format!("expired at {expires}"), "use a fresh one");
        }
    }

    /// So much may be used, or the part's policy is to look at the books later.
    pub(super) fn enough(&mut self, item: ItemId, quantity: Amount) {
        let usable = self.facts.item(item).map_or(Amount::ZERO, ItemState::usable);
        self.covered(item, quantity, usable, "to use");
    }

    /// So much is here, accepted or not, or the part's policy is to look at the books later.
    pub(super) fn enough_here(&mut self, item: ItemId, quantity: Amount) {
        let here = self.facts.item(item).map_or(Amount::ZERO, ItemState::on_hand);
        self.covered(item, quantity, here, "left");
    }

    /// So much may be used of every lot, however many lines name it.
    pub(super) fn enough_in_all(&mut self, lines: impl Iterator<Item = (ItemId, Option<Amount>)>) {
        for (item, quantity) in sums(lines) {
            self.enough(item, quantity);
        }
    }

    fn covered(&mut self, item: ItemId, quantity: Amount, left: Amount, what: &str) {
        let Some(state) = self.facts.item(item).filter(|state| state.kind == Kind::Lot) else {
            return;
        };
        // A later count has settled what was left.
        let settled = state.book.counted.is_some_and(|counted| !self.was_so(Some(counted)));
        // No quantity stands for all that is left; where nothing is, there is nothing to take.
        let short = quantity > left || (quantity.is_zero() && !left.is_positive());
        if settled || !short {
            return;
        }
        let part = state.part.value.as_ref();
        let material = part.and_then(|part| self.facts.material(part));
        if material.is_some_and(|material| !material.is_counted()) {
            return;
        }
        let policy = material.map(|material| material.overdraw).unwrap_or_default();
        let (left, name) = (left.max(Amount::ZERO), self.name(item));
        let finding = Finding::rule(
            Code::MoreThanLeft,
            Some(item),
            format!("{name} has {} {what}, {} are taken", left.normal(), quantity.normal()),
            "take less, or count the lot and record what was found",
        );
        let weight = match policy {
            Overdraw::Refuse => Weight::Rule,
            Overdraw::Exception => Weight::Exception,
        };
        self.found.push(Finding { weight, ..finding });
    }

    /// Everything a component or material must be before it goes into something.
    pub(super) fn fit_for_use(&mut self, item: ItemId) {
        self.fit_to_join(item);
        super::start::made_whole(item, self);
    }

    /// Everything a lot must be before it becomes one with another, wherever in their route.
    pub(super) fn fit_to_join(&mut self, item: ItemId) {
        self.here(item);
        self.loose(item);
        self.not_held(item);
        self.accepted(item);
        self.not_expired(item);
    }

    /// No item of the same issuer and scheme has or had these names, nor are they given twice.
    pub(super) fn names_free(&mut self, names: &[&Identifier], own: Option<ItemId>) {
        for (index, name) in names.iter().enumerate() {
            let taken = self.facts.holders(name).into_iter().find(|id| Some(*id) != own);
            if let Some(other) = taken {
                let detail = format!("already called {name}");
                let needed = "a value never passes to another item; give the right or a new one";
                self.rule(Code::IdentifierUsed, other, &format!("is or was {detail}"), needed);
            } else if names.iter().take(index).any(|other| other == name) {
                self.malformed(&format!("{name} is given to two items"), "give every item its own");
            }
        }
    }

    /// An item's state, for rules that look closer.
    pub(super) fn state(&self, item: ItemId) -> Option<&ItemState> {
        self.facts.item(item)
    }
}

/// The first of some holds by their codes, and how many more there are.
fn named(holds: &[&HeldBy]) -> String {
    let codes: Vec<String> = holds.iter().map(|hold| hold.code.to_string()).collect();
    let shown = codes.get(..HOLDS_SHOWN_MAX).unwrap_or(&codes).join(", ");
    match codes.len().saturating_sub(HOLDS_SHOWN_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// How much all lines together name of each item, in order of first mention.
pub(super) fn sums(lines: impl Iterator<Item = (ItemId, Option<Amount>)>) -> Vec<(ItemId, Amount)> {
    let mut sums: Vec<(ItemId, Amount)> = Vec::new();
    let mut index = BTreeMap::new();
    for (item, quantity) in lines {
        let at = *index.entry(item).or_insert(sums.len());
        let quantity = quantity.unwrap_or_default();
        match sums.get_mut(at) {
            Some((_, sum)) => *sum = sum.plus(quantity),
            None => sums.push((item, quantity)),
        }
    }
    sums
}

/// How many holds an answer names; the item's record names them all.
const HOLDS_SHOWN_MAX: usize = 5;

/// Deepest nesting of containers and components that is followed.
pub(super) const NESTING_MAX: usize = 64;
