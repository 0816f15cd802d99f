//! Acts that move items: containers, places, shipments.

use alloc::string::String;
use alloc::vec::Vec;

use super::Portion;
use crate::noun::{Amount, PartyCode, PlaceCode, ShipmentCode};

/// An item put into a container.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Packed<R> {
    /// Which item.
    pub item: R,
    /// Its numbered place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
}

/// Puts items into a container.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Pack<R> {
    /// Into which container.
    pub container: R,
    /// The items, 1..=1000.
    pub items: Vec<Packed<R>>,
}

/// Takes items out of a container.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Unpack<R> {
    /// Out of which container.
    pub container: R,
    /// The items, 1..=1000.
    pub items: Vec<R>,
}

/// Moves items to a place.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Move<R> {
    /// The items, 1..=1000.
    pub items: Vec<R>,
    /// To which place.
    pub place: PlaceCode,
}

/// Why items leave.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// To the one who ordered them.
    #[default]
    Delivery,
    /// For a step done elsewhere.
    Subcontract,
    /// Back to the supplier.
    ReturnToSupplier,
}

/// A line of a shipment.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct ShipmentLine<R> {
    /// A unit, a container with all in it, or a lot.
    pub item: R,
    /// How much of a lot; absent: all that is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Amount>,
    /// Line of the customer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
}

/// Sends items to a party; or a party that has them sends them on.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct Ship<R> {
    /// To whom.
    pub party: PartyCode,
    /// Who sends on what was delivered to it before; absent: it leaves from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<PartyCode>,
    /// Shipment or delivery note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentCode>,
    /// What, 1..=1000 lines.
    pub lines: Vec<ShipmentLine<R>>,
    /// Why.
    #[serde(default)]
    pub purpose: Purpose,
}

/// Takes items back; they are in quarantine until released anew.
#[derive(
    Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[serde(bound(deserialize = "R: serde::Deserialize<\'de>"))]
pub struct ReceiveBack<R> {
    /// What came back.
    pub items: Vec<Portion<R>>,
    /// From whom; absent: from whoever had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyCode>,
    /// Where it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceCode>,
    /// Why it came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it had left for; written by the rules, never asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
}
