//! Where an item is and what its status is, with regard to what it is in.

use domain::{PartyCode, PlaceCode, ShipmentCode, StationCode};
use serde::{Deserialize, Serialize};

use super::line::Within;

/// What kind of where it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum WhereKind {
    /// Announced, not here yet.
    Expected,
    /// Being worked on.
    InProcess,
    /// Here.
    InStock,
    /// Delivered to a party.
    Shipped,
    /// At a subcontractor.
    AtSubcontractor,
    /// Back at its supplier.
    SentBack,
    /// Came back; waits for a judgement.
    Returned,
    /// Turned into or used up in other items.
    UsedUp,
    /// Discarded.
    Scrapped,
}

/// Where an item is, through everything it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Where {
    /// What kind of where: that of the outermost thing it is in.
    pub kind: WhereKind,
    /// In words.
    pub text: String,
    /// In which place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<PlaceCode>,
    /// At which station it was last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// At which party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyCode>,
    /// That party's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_name: Option<String>,
    /// With which shipment it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentCode>,
    /// Line of the customer's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// What it is in, the innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<Within>,
}
