//! Work orders: what is planned, what became of it, and which items are in them.
//!
//! Every figure is counted from the items that are in the order now; none is kept.

use std::fmt;

use domain::act::PlanOrder;
use domain::item::Status;
use domain::order::{Order, OrderEvent, OrderStage, Share};
use domain::rules::Facts as _;
use domain::rules::order::{Tally, is_made};
use domain::{Amount, OrderCode, OrderKind, Part, WorkOrder};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::line::ItemName;
use super::seen::Seen;
use super::work::{MadeBy, made_by};
use super::{DefinitionsAsk, Page};
use crate::error::{Error, Result};
use crate::plant::{At, Plant};
use crate::state::Known;

/// What an order was to make and what became of it. Source: 21 CFR 820.184 (b) and (c).
///
/// Shape: `started = made + in_work + scrapped`, always. Units: pieces, or the base unit of a lot.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct OrderQuantities {
    /// How many good ones are planned; absent: nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Amount>,
    /// How many came into being in it, or were assigned to it.
    pub started: Amount,
    /// How many passed their route, or left the work where no work master says how they are made.
    pub made: Amount,
    /// How many are still in work.
    pub in_work: Amount,
    /// How many were scrapped.
    pub scrapped: Amount,
    /// How many will be missing of what is planned, if all in work becomes good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Amount>,
    /// How many of those that are not scrapped a hold is on.
    pub held: Amount,
    /// How many a decision sent back to be worked on again.
    pub reworked: Amount,
    /// How many were released on their reviewed record, and it stands.
    pub released: Amount,
}

impl fmt::Display for OrderQuantities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(planned) = self.planned {
            write!(f, "{} planned; ", planned.normal())?;
        }
        let (started, made) = (self.started.normal(), self.made.normal());
        let (in_work, scrapped) = (self.in_work.normal(), self.scrapped.normal());
        write!(f, "{started} started = {made} made, {in_work} in work, {scrapped} scrapped")?;
        if let Some(short) = self.short {
            write!(f, "; {} short", short.normal())?;
        }
        for (amount, what) in
            [(self.held, "held"), (self.reworked, "reworked"), (self.released, "released")]
        {
            if amount.is_positive() {
                write!(f, "; {} {what}", amount.normal())?;
            }
        }
        Ok(())
    }
}

/// One work order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderRow {
    /// Its definition.
    pub order: WorkOrder,
    /// How far it has come; absent: it was only named, and nobody planned it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<OrderStage>,
    /// What was to be made and what became of it.
    pub quantities: OrderQuantities,
    /// How many items it has.
    pub items: usize,
    /// How many of its units are finished, shipped ones included.
    pub finished: usize,
}

/// How an item of an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// It is still in work.
    InWork,
    /// What the order wants of it is done.
    Made,
    /// It was scrapped.
    Scrapped,
}

/// An item of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderItem {
    /// Which.
    pub item: ItemName,
    /// What part it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// How it stands in the order.
    pub standing: Standing,
    /// Its status.
    pub status: Status,
    /// The version it is made by, once it was begun or moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<MadeBy>,
    /// In what it is not as the order now says: a change of the plan moves no item by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
}

/// An order that was split from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartedOrder {
    /// Its code.
    pub order: OrderCode,
    /// How many it took.
    pub quantity: Amount,
}

/// A work order with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What it is, how far it has come, and its quantities.
    pub order: OrderRow,
    /// The plan as it stands; absent: nobody planned it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanOrder>,
    /// The version the plan fixes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<MadeBy>,
    /// The orders that were split from it.
    pub split_into: Vec<PartedOrder>,
    /// What happened to it, in order.
    pub events: Vec<OrderEvent>,
    /// Its items, oldest first, at most 1000.
    pub items: Vec<OrderItem>,
    /// How many more there are.
    pub more: usize,
}

impl Plant {
    /// A page of work orders, by code.
    pub fn orders(&self, ask: &DefinitionsAsk) -> Result<Page<OrderRow>> {
        self.see((None, None), |seen| {
            let orders = seen.state.masters().orders.values();
            let rows = orders.filter(|order| ask.fits(order.code.as_str(), ""));
            let rows = rows.map(|order| seen.order_row(order));
            let code = |row: &OrderRow| row.order.code.to_string();
            Ok(Page::of(seen.at(), rows, super::list::page_size(ask.limit), code))
        })
    }

    /// A work order with all that is known of it.
    ///
    /// Errors: [`Error::NotFound`] if no order is called so and no item names it.
    pub fn order(&self, code: &OrderCode) -> Result<OrderAnswer> {
        self.see((None, None), |seen| seen.order_answer(code))
    }
}

impl Seen<'_> {
    /// An order by its definition, or by what names it.
    fn defined(&self, code: &OrderCode) -> Option<WorkOrder> {
        let named = || {
            self.state.items_of_order(code).next()?;
            Some(WorkOrder {
                code: code.clone(),
                kind: OrderKind::Build,
                part: None,
                quantity: None,
                split_from: None,
                production_order: None,
            })
        };
        self.state.masters().orders.get(code).cloned().or_else(named)
    }

    fn order_row(&self, order: &WorkOrder) -> OrderRow {
        let (mut items, mut finished) = (0, 0);
        for item in self.state.items_of_order(&order.code).filter_map(|at| self.item(at)) {
            let open = matches!(item.status(), Status::InProcess | Status::Expected);
            items += 1;
            finished += usize::from(item.kind == domain::act::Kind::Unit && !open);
        }
        let life = self.state.floor().orders.get(&order.code);
        let mut definition = order.clone();
        if let Some(life) = life {
            definition.quantity = Some(life.plan.quantity);
        }
        OrderRow {
            quantities: self.quantities(&order.code),
            stage: life.map(|life| life.stage),
            order: definition,
            items,
            finished,
        }
    }

    /// What an order was to make and what became of it.
    pub(super) fn quantities(&self, code: &OrderCode) -> OrderQuantities {
        let known = Known { state: self.state, entries: self };
        let life = self.state.floor().orders.get(code).map(|life| &**life);
        let definition = self.state.masters().orders.get(code);
        let planned = match life {
            Some(life) => Some(life.plan.quantity),
            None => definition.and_then(|order| order.quantity),
        };
        let mut found = OrderQuantities { planned, ..OrderQuantities::default() };
        let mut tally = Tally::default();
        for index in self.in_order(code) {
            let Some(item) = self.item(index) else { continue };
            tally = tally.with(item, life, &known);
            let good = Share::of(item).taken();
            let where_so = |so: bool| if so { good } else { Amount::ZERO };
            found.held = found.held.plus(where_so(!self.holds_on(index).is_empty()));
            found.reworked = found.reworked.plus(where_so(self.was_sent_back(item)));
            found.released = found.released.plus(where_so(item.is_released()));
        }
        OrderQuantities {
            started: tally.started,
            made: tally.made,
            in_work: tally.in_work,
            scrapped: tally.scrapped,
            short: planned.map(|planned| tally.short(planned)),
            ..found
        }
    }

    /// The items whose own work order it is, oldest first.
    fn in_order(&self, code: &OrderCode) -> impl Iterator<Item = ItemIndex> + '_ {
        let code = code.clone();
        let items: Vec<ItemIndex> = self.state.items_of_order(&code).collect();
        items.into_iter().filter(move |index| {
            self.item(*index).is_some_and(|item| item.order.value.as_ref() == Some(&code))
        })
    }

    /// Whether a decision sent it back, rather than a move to another version.
    fn was_sent_back(&self, item: &domain::item::ItemState) -> bool {
        let passed = &item.passed;
        passed.again.keys().any(|position| !passed.assigned.contains_key(position))
    }

    fn order_answer(&self, code: &OrderCode) -> Result<OrderAnswer> {
        let found = || Error::NotFound(format!("order {code}"));
        let definition = self.defined(code).ok_or_else(found)?;
        let known = Known { state: self.state, entries: self };
        let life = known.order(code);
        let all: Vec<ItemIndex> = self.in_order(code).collect();
        let shown = all.iter().take(super::PAGE_MAX);
        let items = shown.filter_map(|index| self.order_item(*index, life, &known)).collect();
        let parted = life.into_iter().flat_map(|life| &life.split_into);
        let fixed = life.and_then(|life| life.plan.master.as_ref());
        Ok(OrderAnswer {
            at: self.at(),
            order: self.order_row(&definition),
            plan: life.map(|life| life.plan.clone()),
            master: fixed.and_then(|hash| known.version(hash)).map(made_by),
            split_into: parted
                .map(|(order, quantity)| PartedOrder { order: order.clone(), quantity: *quantity })
                .collect(),
            events: life.map(|life| life.events.clone()).unwrap_or_default(),
            items,
            more: all.len().saturating_sub(super::PAGE_MAX),
        })
    }

    fn order_item(
        &self,
        index: ItemIndex,
        life: Option<&Order>,
        known: &Known<'_>,
    ) -> Option<OrderItem> {
        let item = self.item(index)?;
        let share = Share::of(item);
        let standing = if share.taken().is_zero() && share.scrapped.is_positive() {
            Standing::Scrapped
        } else if is_made(item, life, known) {
            Standing::Made
        } else {
            Standing::InWork
        };
        let master = item.passed.master().and_then(|hash| known.version(hash));
        let part = item.part.value.clone();
        let other_part = life.zip(part.as_ref()).and_then(|(life, part)| {
            (!life.plan.part.accepts(part)).then(|| format!("is {part}, not {}", life.plan.part))
        });
        let fixed = life.and_then(|life| life.plan.master.as_ref()).zip(master);
        let other_master = fixed.and_then(|(fixed, own)| {
            (*fixed != own.hash).then(|| format!("is made by {}", own.name()))
        });
        Some(OrderItem {
            item: self.name(index),
            standing,
            status: self.place(index, item).1,
            master: master.map(made_by),
            differs: other_part.or(other_master).filter(|_| standing != Standing::Scrapped),
            part,
        })
    }
}
