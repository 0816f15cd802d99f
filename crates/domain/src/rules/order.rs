//! Rules for planned orders: what may be started in them, and how they change.
//!
//! An order that nobody planned is not touched by any of them: it is named by imports and by ERPs
//! that plan elsewhere.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::check::Check;
use super::{Facts, Known, start};
use crate::act::{
    Act, Assign, AssignMaster, CloseOrder, Create, Fact, Kind, Origin, PlanOrder, ReleaseOrder,
    SplitOrder,
};
use crate::instruction::{Stage, Version};
use crate::item::{ItemState, Whereabouts};
use crate::noun::{Amount, ItemId, OrderCode, OrderKind, Part, WorkOrder};
use crate::order::{Order, OrderStage, Share};
use crate::rejection::Code;

/// Most items an answer names; the order shows them all.
const NAMED_MAX: usize = 5;

/// What became of what was started in an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All that was started.
    pub started: Amount,
    /// What of it is made.
    pub made: Amount,
    /// What of it is still in work.
    pub in_work: Amount,
    /// What of it was scrapped.
    pub scrapped: Amount,
}

impl Tally {
    /// Adds what one item of the order counts for. Shape: `started = made + in_work + scrapped`.
    #[must_use]
    pub fn with(self, item: &ItemState, order: Option<&Order>, facts: &impl Facts) -> Self {
        let share = Share::of(item);
        let good = share.taken();
        let made = if is_made(item, order, facts) { good } else { Amount::ZERO };
        Self {
            started: self.started.plus(share.started),
            made: self.made.plus(made),
            in_work: self.in_work.plus(good.minus(made)),
            scrapped: self.scrapped.plus(share.scrapped),
        }
    }

    /// How many will be missing of what is planned, if all in work becomes good.
    #[must_use]
    pub fn short(self, planned: Amount) -> Amount {
        planned.minus(self.made).minus(self.in_work).max(Amount::ZERO)
    }
}

/// Whether what an order wants of an item is done: its route is passed, or where no work master
/// says how it is made, it is no longer in work.
#[must_use]
pub fn is_made(item: &ItemState, order: Option<&Order>, facts: &impl Facts) -> bool {
    let waits =
        matches!(item.whereabouts.value, Whereabouts::InProcess { .. } | Whereabouts::Expected);
    let aside = order.filter(|order| !order.plan.makes());
    if let Some(version) = aside.and_then(|order| version_of(order, facts)) {
        return start::route_passed(&item.passed, &version.master, facts);
    }
    let begun = item.passed.master().and_then(|_| start::made_by(item, facts));
    match begun {
        Some(version) => start::route_passed(&item.passed, &version.master, facts),
        None => !waits,
    }
}

/// What became of all that is in an order.
#[must_use]
pub fn tally(order: &OrderCode, facts: &impl Facts) -> Tally {
    let plan = facts.order(order);
    let items = facts.order_items(order);
    let states = items.iter().filter_map(|item| facts.item(*item));
    states.fold(Tally::default(), |sum, item| sum.with(item, plan, facts))
}

/// The version an order fixes.
pub(super) fn version_of<'a>(order: &Order, facts: &'a impl Facts) -> Option<&'a Version> {
    order.plan.master.as_ref().and_then(|hash| facts.version(hash))
}

/// A definition does not go past a plan.
pub(super) fn defined<F: Facts>(v: &WorkOrder, check: &mut Check<'_, F>) {
    if check.facts.order(&v.code).is_some() {
        let detail = format!("order {} is planned", v.code);
        check.wrong(Code::OrderForbids, detail, "change its plan by planOrder");
    }
}

pub(super) fn plan<F: Facts>(v: &PlanOrder, check: &mut Check<'_, F>) {
    check.part_known(&v.part);
    check.positive("quantity", v.quantity);
    check.known(Known::Party, v.customer.as_ref());
    fixed_version(v, check);
    let taken = check.facts.order_taken(&v.code);
    let Some(order) = check.facts.order(&v.code).cloned() else {
        return covers(&v.code, (v.quantity, taken), check);
    };
    check.somebody("changes the plan");
    check.reasoned(v.reason.as_deref().unwrap_or_default());
    if order.stage == OrderStage::Closed {
        let detail = format!("order {} is closed", v.code);
        check.wrong(Code::OrderForbids, detail, "release it again first");
    }
    let other = (v.kind, &v.part.number) != (order.plan.kind, &order.plan.part.number);
    if other && taken.is_positive() {
        let detail = format!("{} were started in order {}", taken.normal(), v.code);
        check.wrong(Code::OrderForbids, detail, "plan another order for another part or kind");
    }
    covers(&v.code, (v.quantity, taken), check);
}

/// The version an order fixes makes its part, and is for its kind of work.
fn fixed_version<F: Facts>(v: &PlanOrder, check: &mut Check<'_, F>) {
    let Some(hash) = &v.master else { return };
    let Some(version) = check.facts.version(hash).cloned() else {
        let detail = format!("no version of a work master is named {hash}");
        check.malformed(&detail, "propose it first, or mend the hash");
        return;
    };
    if !version.master.part.accepts(&v.part) {
        let detail =
            format!("{} makes {}, the order {}", version.name(), version.master.part, v.part);
        check.wrong(Code::WrongPart, detail, "name a version for the part of the order");
    }
    if version.master.kind != v.kind {
        let detail = format!("{} is for another kind of work than the order", version.name());
        check.wrong(Code::OrderForbids, detail, "name a version for this kind of work");
    }
}

/// What is planned is no less than what was started and not scrapped.
fn covers<F: Facts>(
    code: &OrderCode,
    (planned, taken): (Amount, Amount),
    check: &mut Check<'_, F>,
) {
    if planned < taken {
        let (planned, taken) = (planned.normal(), taken.normal());
        let detail = format!("{taken} were started in order {code}, {planned} would be planned");
        check.wrong(Code::OrderFull, detail, "plan at least as many, or move units elsewhere");
    }
}

/// A planned order; what is wrong is said where it is none.
fn planned<F: Facts>(code: &OrderCode, check: &mut Check<'_, F>) -> Option<Order> {
    let order = check.facts.order(code).cloned();
    if order.is_none() {
        if check.facts.knows(Known::Order, code.as_str()) {
            let detail = format!("order {code} is not planned here");
            check.wrong(Code::OrderForbids, detail, "plan it first, by planOrder");
        } else {
            let detail = format!("no order is called {code}");
            check.wrong(Code::UnknownCode, detail, "plan it first, or mend the code");
        }
    }
    order
}

pub(super) fn release<F: Facts>(v: &ReleaseOrder, check: &mut Check<'_, F>) {
    let Some(order) = planned(&v.order, check) else { return };
    match order.stage {
        OrderStage::Planned => {}
        OrderStage::Released => {
            let detail = format!("order {} is released already", v.order);
            check.wrong(Code::OrderForbids, detail, "start the work");
        }
        OrderStage::Closed => {
            check.somebody("opens it again");
            check.reasoned(v.reason.as_deref().unwrap_or_default());
        }
    }
    let version = version_of(&order, check.facts).cloned();
    if let Some(version) = version.filter(|version| version.stage != Stage::Effective) {
        let detail = format!(
            "order {} is made by {}, which is {}",
            v.order,
            version.name(),
            version.stage.word()
        );
        check.wrong(Code::WrongStage, detail, "plan the order by an effective version");
    }
}

pub(super) fn split<F: Facts>(v: &SplitOrder<ItemId>, check: &mut Check<'_, F>) {
    check.somebody("splits it");
    check.reasoned(&v.reason);
    check.positive("quantity", v.quantity);
    check.distinct("items", v.items.iter().copied());
    if !v.items.is_empty() {
        check.some("items", v.items.len());
    }
    let Some(order) = planned(&v.order, check) else { return };
    if order.stage == OrderStage::Closed {
        let detail = format!("order {} is closed", v.order);
        check.wrong(Code::OrderForbids, detail, "release it again first");
    }
    if check.facts.knows(Known::Order, v.into.as_str()) || check.facts.order(&v.into).is_some() {
        let detail = format!("there is an order {} already", v.into);
        check.wrong(Code::CodeTaken, detail, "give the new order a code of its own");
    }
    let mut moved = Amount::ZERO;
    for item in &v.items {
        check.not_gone(*item);
        let Some(state) = check.state(*item) else { continue };
        moved = moved.plus(Share::of(state).taken());
        if state.order.value.as_ref() != Some(&v.order) {
            let detail = format!("is not in order {}", v.order);
            check.rule(Code::OrderForbids, *item, &detail, "name items of the order that is split");
        }
    }
    let (whole, taken) = (order.plan.quantity, check.facts.order_taken(&v.order));
    let (rest, stays) = (whole.minus(v.quantity), taken.minus(moved));
    if !rest.is_positive() {
        let detail = format!("order {} plans {}", v.order, whole.normal());
        check.wrong(Code::OrderFull, detail, "leave some of it, or rename nothing");
    } else if rest < stays {
        let detail = format!(
            "{} of order {} stay, {} are started and not named",
            rest.normal(),
            v.order,
            stays.normal()
        );
        check.wrong(Code::OrderFull, detail, "name the started units that go with it");
    }
    if moved > v.quantity {
        let detail = format!("{} are named, {} go with it", moved.normal(), v.quantity.normal());
        check.wrong(Code::OrderFull, detail, "split off at least as many as are named");
    }
}

pub(super) fn close<F: Facts>(v: &CloseOrder, check: &mut Check<'_, F>) {
    check.somebody("closes it");
    let Some(order) = planned(&v.order, check) else { return };
    if order.stage == OrderStage::Closed {
        let detail = format!("order {} is closed already", v.order);
        check.wrong(Code::OrderForbids, detail, "nothing is left to do");
        return;
    }
    let facts = check.facts;
    let open: Vec<String> = facts
        .order_items(&v.order)
        .iter()
        .filter_map(|item| facts.item(*item))
        .filter(|item| Share::of(item).taken().is_positive())
        .filter(|item| !is_made(item, Some(&order), facts))
        .map(ItemState::label)
        .collect();
    if !open.is_empty() {
        let named = open.get(..NAMED_MAX).unwrap_or(&open).join(", ");
        let more = open.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let detail = format!("{named}{more} in order {} still in work", v.order);
        let needed = "complete or scrap them, or split them off as an order of their own";
        check.wrong(Code::OutOfOrder, detail, needed);
    }
    let short = tally(&v.order, facts).short(order.plan.quantity);
    if short.is_positive() && v.reason.as_deref().is_none_or(|why| why.trim().is_empty()) {
        let (short, planned) = (short.normal(), order.plan.quantity.normal());
        let detail = format!("{short} of {planned} are missing, and it does not say why");
        check.malformed(&detail, "say in `reason` why it ends short");
    }
}

/// What comes into being in an order is what the order makes, and no more than it plans.
pub(super) fn created<F: Facts>(v: &Create<ItemId>, check: &mut Check<'_, F>) {
    let Some((code, order)) = released(v.order.as_ref(), "made", check) else { return };
    if v.kind.is_container() {
        return;
    }
    if !order.plan.makes() {
        let detail = format!("order {code} mends what is there, nothing new is made in it");
        check.wrong(Code::OrderForbids, detail, "assign the items to it, or name another order");
    }
    if let Some(part) = v.part.as_ref().filter(|part| !fits(&order, part)) {
        let detail = format!("order {code} makes {}, not {part}", order.plan.part);
        check.wrong(Code::WrongPart, detail, "make what the order says, or change its plan");
    }
    let amount = |kind: Kind, quantity: Option<Amount>| match kind {
        Kind::Lot => quantity.unwrap_or_default(),
        Kind::Unit | Kind::Pallet | Kind::Package | Kind::Panel | Kind::Tray => Amount::ONE,
    };
    let amounts = v.items.iter().map(|new| amount(v.kind, new.quantity));
    let more = if v.origin == Origin::Expected {
        Amount::ZERO
    } else {
        amounts.fold(Amount::ZERO, Amount::plus)
    };
    room(&code, &order, more, check);
}

/// What is assigned to an order is what the order is about, and no more than it plans.
pub(super) fn assigned<F: Facts>(v: &Assign<ItemId>, check: &mut Check<'_, F>) {
    let Some((code, order)) = released(v.order.as_ref(), "assigned", check) else { return };
    let mut more = Amount::ZERO;
    let new: BTreeSet<ItemId> = v.items.iter().copied().collect();
    for item in new {
        let Some(state) = check.state(item) else { continue };
        if state.order.value.as_ref() == Some(&code) || state.kind.is_container() {
            continue;
        }
        more = more.plus(Share::of(state).taken());
        let part = state.part.value.clone();
        let moved = check.context.follows.is_some();
        let goes_over = moves(&order, state, check.facts);
        if let Some(part) = part.filter(|part| !moved && !fits(&order, part)) {
            let detail = format!("is {part}, order {code} is about {}", order.plan.part);
            check.rule(Code::WrongPart, item, &detail, "name an order of its part");
        }
        if goes_over {
            start::not_in_work(item, check);
        }
    }
    room(&code, &order, more, check);
}

/// A planned order in which something may be started; what is wrong is said.
fn released<F: Facts>(
    code: Option<&OrderCode>,
    what: &str,
    check: &mut Check<'_, F>,
) -> Option<(OrderCode, Order)> {
    let code = code?;
    let order = check.facts.order(code)?.clone();
    // A split takes its units along, whatever the stage of the order is.
    if check.context.follows.is_none() && order.stage != OrderStage::Released {
        let detail = format!("order {code} is {}, nothing is {what} in it", order.stage.word());
        check.wrong(Code::OrderForbids, detail, needed(order.stage));
    }
    Some((code.clone(), order))
}

const fn needed(stage: OrderStage) -> &'static str {
    match stage {
        OrderStage::Planned => "release the order first",
        OrderStage::Released => "go on",
        OrderStage::Closed => "name an open order, or release this one again",
    }
}

/// Work without the revision of an order is about all of them.
fn fits(order: &Order, part: &Part) -> bool {
    order.plan.part.accepts(part)
}

fn room<F: Facts>(code: &OrderCode, order: &Order, more: Amount, check: &mut Check<'_, F>) {
    let (planned, taken) = (order.plan.quantity, check.facts.order_taken(code));
    if more.is_positive() && taken.plus(more) > planned {
        let detail = format!(
            "order {code} plans {}, {} are started and not scrapped, {} more would be",
            planned.normal(),
            taken.normal(),
            more.normal()
        );
        check.wrong(Code::OrderFull, detail, "start fewer, or change the plan with a reason");
    }
}

/// Work is started only on what is in an order that is released, or in none.
pub(super) fn may_start<F: Facts>(item: ItemId, check: &mut Check<'_, F>) {
    let Some(state) = check.state(item) else { return };
    let Some(code) = state.order.value.clone() else { return };
    let Some(order) = check.facts.order(&code) else { return };
    if order.stage != OrderStage::Released {
        let stage = order.stage;
        let detail = format!("is in order {code}, which is {}", stage.word());
        check.rule(Code::OrderForbids, item, &detail, needed(stage));
    }
}

/// Whether an item that comes into an order is moved to the version the order fixes: where it is
/// to be mended or taken apart. A new build begins by that version anyway.
fn moves(order: &Order, item: &ItemState, facts: &impl Facts) -> bool {
    order.plan.kind != OrderKind::Build
        && version_of(order, facts).is_some()
        && item.part.value.is_some()
}

/// What follows from an assignment: the items are worked on by what the order fixes.
pub(super) fn follows_assignment(v: &Assign<ItemId>, facts: &impl Facts) -> Option<Fact> {
    let code = v.order.as_ref()?;
    let order = facts.order(code)?;
    let master = order.plan.master.clone()?;
    let new = |item: &&ItemId| {
        let state = facts.item(**item);
        state.is_some_and(|state| {
            state.order.value.as_ref() != Some(code) && moves(order, state, facts)
        })
    };
    let items: Vec<ItemId> = v.items.iter().filter(new).copied().collect();
    (!items.is_empty()).then(|| {
        Act::AssignMaster(AssignMaster {
            items,
            master,
            reason: format!("order {code}"),
            keeps: Vec::new(),
            again: Vec::new(),
        })
    })
}

/// What follows from a split: the named items are in the new order.
pub(super) fn follows_split(v: &SplitOrder<ItemId>) -> Option<Fact> {
    (!v.items.is_empty()).then(|| {
        Act::Assign(Assign {
            items: v.items.clone(),
            order: Some(v.into.clone()),
            production_order: None,
            lot: None,
        })
    })
}
