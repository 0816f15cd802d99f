//! Acts by which work orders are planned, released, split and closed.

use alloc::string::String;
use alloc::vec::Vec;

use crate::instruction::MasterHash;
use crate::noun::{Amount, OrderCode, OrderKind, Part, PartyCode, Time};

/// Plans a work order, or changes the plan of one. What is in work already stays as it is: a
/// unit moves to another revision or version by acts of its own.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanOrder {
    /// Its code.
    pub code: OrderCode,
    /// What it is for.
    #[serde(default)]
    pub kind: OrderKind,
    /// What it makes, mends or takes apart.
    pub part: Part,
    /// How many good ones.
    pub quantity: Amount,
    /// By which version of a work master; absent: by the one that is effective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<MasterHash>,
    /// For which customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<PartyCode>,
    /// What the customer calls it: a purchase order, a contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_reference: Option<String>,
    /// The production order of the ERP it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production_order: Option<OrderCode>,
    /// When it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// Why the plan changes; needed where one stands already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Lets an order be worked on; a closed one again, with a reason.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseOrder {
    /// Which order.
    pub order: OrderCode,
    /// Why it is opened again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Parts a quantity off an order as an order of its own, with named items or without.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<'de>"))]
pub struct SplitOrder<R> {
    /// The order that gives.
    pub order: OrderCode,
    /// The code of the new one; it takes over the plan and the stage.
    pub into: OrderCode,
    /// How many of what is planned go with it.
    pub quantity: Amount,
    /// Items of the order that go with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<R>,
    /// Why.
    pub reason: String,
}

/// Ends an order: nothing is started in it any more.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloseOrder {
    /// Which order.
    pub order: OrderCode,
    /// Why; needed where fewer were made than planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl PlanOrder {
    /// The same as a definition of the order, for whoever knows orders by their definitions.
    #[must_use]
    pub fn definition(&self, split_from: Option<OrderCode>) -> crate::noun::WorkOrder {
        crate::noun::WorkOrder {
            code: self.code.clone(),
            kind: self.kind,
            part: Some(self.part.clone()),
            quantity: Some(self.quantity),
            split_from,
            production_order: self.production_order.clone(),
        }
    }

    /// Whether new items come into being in it.
    #[must_use]
    pub const fn makes(&self) -> bool {
        matches!(self.kind, OrderKind::Build)
    }
}
