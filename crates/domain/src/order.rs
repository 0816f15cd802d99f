//! A work order as the facts about it make it.
//!
//! ```text
//!               releaseOrder            closeOrder
//! planOrder ─▶ planned ─▶ released ─────────────▶ closed
//!                            ▲                       │
//!                            └── releaseOrder, why ──┘
//! ```
//!
//! Words: an order is *planned* by `planOrder`; one that was only defined or named, by an import or
//! an ERP that plans elsewhere, is *unplanned*, and the rules of orders do not touch it.
//!
//! Invariants: an order says what is to be made; what was made is counted from the items that are
//! in it, never kept here. A change of the plan moves no item.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{Act, Kind, PlanOrder, SplitOrder};
use crate::entry::Entry;
use crate::item::{ItemState, Whereabouts};
use crate::noun::{Amount, ItemId, OrderCode, PersonCode, Position, Time};

/// How far an order has come.
#[expect(clippy::module_name_repetitions, reason = "instructions have stages too")]
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum OrderStage {
    /// Nothing is started in it yet.
    Planned,
    /// It may be worked on.
    Released,
    /// Nothing is started in it any more.
    Closed,
}

impl OrderStage {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Released => "released",
            Self::Closed => "closed",
        }
    }
}

/// Something that happened to an order.
#[expect(clippy::module_name_repetitions, reason = "EPCIS documents have events too")]
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct OrderEvent {
    /// Which entry says so.
    pub position: Position,
    /// What was done: the word of the act.
    pub act: String,
    /// When.
    pub at: Time,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// How many were planned from then on.
    pub quantity: Amount,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A planned order and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Order {
    /// What is to be made, as it stands now.
    pub plan: PlanOrder,
    /// How far it has come.
    pub stage: OrderStage,
    /// The order it was split from.
    pub split_from: Option<OrderCode>,
    /// The orders that were split from it, each with how many it took.
    pub split_into: Vec<(OrderCode, Amount)>,
    /// What happened to it, in order.
    pub events: Vec<OrderEvent>,
}

impl Order {
    /// The order an entry plans for the first time.
    #[must_use]
    pub fn planned(v: &PlanOrder, entry: &Entry) -> Self {
        let order = Self {
            plan: v.clone(),
            stage: OrderStage::Planned,
            split_from: None,
            split_into: Vec::new(),
            events: Vec::new(),
        };
        order.noted(entry, v.reason.clone())
    }

    /// The order an entry parts off this one.
    #[must_use]
    pub fn parted(&self, v: &SplitOrder<ItemId>, entry: &Entry) -> Self {
        let plan = PlanOrder { code: v.into.clone(), quantity: v.quantity, ..self.plan.clone() };
        let order = Self {
            plan,
            stage: self.stage,
            split_from: Some(v.order.clone()),
            split_into: Vec::new(),
            events: Vec::new(),
        };
        order.noted(entry, Some(v.reason.clone()))
    }

    /// What becomes of it by an entry about it.
    #[must_use]
    pub fn after(mut self, entry: &Entry) -> Self {
        let reason = if let Act::PlanOrder(v) = &entry.fact {
            self.plan = v.clone();
            v.reason.clone()
        } else if let Act::ReleaseOrder(v) = &entry.fact {
            self.stage = OrderStage::Released;
            v.reason.clone()
        } else if let Act::CloseOrder(v) = &entry.fact {
            self.stage = OrderStage::Closed;
            v.reason.clone()
        } else if let Act::SplitOrder(v) = &entry.fact {
            self.plan.quantity = self.plan.quantity.minus(v.quantity);
            self.split_into.push((v.into.clone(), v.quantity));
            Some(v.reason.clone())
        } else {
            return self;
        };
        self.noted(entry, reason)
    }

    fn noted(mut self, entry: &Entry, reason: Option<String>) -> Self {
        self.events.push(OrderEvent {
            position: entry.position,
            act: entry.fact.word().to_owned(),
            at: entry.context.performed.to,
            by: entry.context.performed_by.clone(),
            quantity: self.plan.quantity,
            reason,
        });
        self
    }
}

/// The order a fact is about, where it is about one that was planned before.
#[must_use]
pub fn subject<R>(fact: &Act<R>) -> Option<&OrderCode> {
    if let Act::PlanOrder(v) = fact {
        Some(&v.code)
    } else if let Act::ReleaseOrder(v) = fact {
        Some(&v.order)
    } else if let Act::CloseOrder(v) = fact {
        Some(&v.order)
    } else if let Act::SplitOrder(v) = fact {
        Some(&v.order)
    } else {
        None
    }
}

/// What an item counts for in its order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How much of it was started in the order.
    pub started: Amount,
    /// How much of that was scrapped.
    pub scrapped: Amount,
}

impl Share {
    /// What an item counts for. A container counts for nothing: what is made in it does.
    #[must_use]
    pub fn of(item: &ItemState) -> Self {
        let started = started(item);
        let scrapped = match item.kind {
            Kind::Lot => item.book.balance().scrapped.min(started),
            Kind::Unit if item.whereabouts.value == Whereabouts::Scrapped => started,
            Kind::Unit | Kind::Pallet | Kind::Package | Kind::Panel | Kind::Tray => Amount::ZERO,
        };
        Self { started, scrapped }
    }

    /// What it takes of what is planned: a scrapped one is made anew.
    #[must_use]
    pub fn taken(self) -> Amount {
        self.started.minus(self.scrapped)
    }
}

fn started(item: &ItemState) -> Amount {
    match item.kind {
        _ if item.whereabouts.value == Whereabouts::Expected => Amount::ZERO,
        Kind::Unit => Amount::ONE,
        Kind::Lot => {
            let books = item.book.balance();
            let came = [books.received, books.produced, books.split_in, books.merged_in];
            let came = came.into_iter().fold(Amount::ZERO, Amount::plus);
            came.minus(books.split_out).minus(books.merged_out).max(Amount::ZERO)
        }
        Kind::Pallet | Kind::Package | Kind::Panel | Kind::Tray => Amount::ZERO,
    }
}
