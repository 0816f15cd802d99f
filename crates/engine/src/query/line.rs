//! An item as answers print it.

use domain::act::Kind;
use domain::edge::EdgeKind;
use domain::item::{Balance, ItemState, Status};
use domain::{Amount, Identifier, Interval, ItemId, OrderCode, Part, Position, Time};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::seen::Seen;
use super::whereabouts::Where;
use crate::error::Result;
use crate::plant::{At, Plant};
use crate::starts::Begun;

/// How an item is pointed at inside an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemName {
    /// Which.
    pub id: ItemId,
    /// What it is.
    pub kind: Kind,
    /// What people call it.
    pub label: String,
}

/// Something an item is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Within {
    /// Which.
    pub id: ItemId,
    /// What it is.
    pub kind: Kind,
    /// What people call it.
    pub label: String,
    /// Whether the item is a component of it rather than packed in it.
    pub installed: bool,
    /// The numbered place in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
}

/// How sure it is that an item is concerned.
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
pub enum Certainty {
    /// It is.
    Proven,
    /// It may be.
    Possible,
    /// It is not, by evidence.
    Cleared,
}

/// One step of an evidence path: what went into what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PathStep {
    /// What went in.
    pub from: ItemName,
    /// What it went into.
    pub to: ItemName,
    /// How.
    pub how: EdgeKind,
    /// How much of it, in its base unit.
    pub quantity: Amount,
    /// When.
    pub performed: Interval,
    /// The entry that says it.
    pub position: Position,
    /// Whether it is sure; otherwise one of several candidates.
    pub certain: bool,
    /// When it came out again, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Interval>,
}

/// Why an item is possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Reason {
    /// It is not known which of several went in.
    Candidates {
        /// In words.
        text: String,
        /// The entry that names them.
        position: Position,
        /// Into which item on the path.
        into: ItemName,
        /// The candidates.
        candidates: Vec<ItemName>,
    },
    /// Nobody captured what went in.
    NoCapture {
        /// In words.
        text: String,
        /// Into which item: this one or one inside it.
        into: ItemName,
        /// On which line of its bill of material.
        line: Part,
        /// How much of the line is not accounted for.
        missing: Amount,
    },
}

/// Why an item is cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Evidence {
    /// A line of its bill of material is filled by material that is not suspect.
    Filled {
        /// In words.
        text: String,
        /// The planned part of the line.
        line: Part,
        /// By what.
        by: Vec<PathStep>,
    },
    /// It left before the suspect came into being here.
    LeftBefore {
        /// In words.
        text: String,
        /// When it left.
        left: Interval,
        /// The earliest moment the suspect can have been here.
        suspect_from: Time,
    },
    /// Somebody decided so.
    Decision {
        /// In words.
        text: String,
        /// In which entry.
        position: Position,
    },
    /// Its bill of material has no line that may hold what is suspected.
    NotPlanned {
        /// In words.
        text: String,
    },
}

/// One item of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemLine {
    /// Which.
    pub id: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Its serial number, if it has one.
    pub serial_number: Option<String>,
    /// What people call it.
    pub label: String,
    /// All its names, where the answer is to be handed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// What part it is.
    pub part: Option<Part>,
    /// How sure it is that it is concerned.
    pub certainty: Certainty,
    /// Its status.
    pub status: Status,
    /// Where it is.
    #[serde(rename = "where")]
    pub place: Where,
    /// The shortest evidence path from a start, in the order it was walked; empty: a start, or
    /// cleared without one.
    pub path: Vec<PathStep>,
    /// Why it is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Why it is cleared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// The lot it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<ItemName>,
    /// The work order it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// The books of a lot that is a start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
}

/// The items a reference fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ItemsAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The items, oldest first.
    pub items: Vec<ItemLine>,
}

impl Seen<'_> {
    /// How an item is pointed at in an answer.
    pub(super) fn name(&self, index: ItemIndex) -> ItemName {
        let item = self.state.at(index).expect("invariant: the graph names items of the state");
        if self.is_now() {
            return name_of(item);
        }
        ItemName { id: item.id, kind: item.kind, label: self.label_of(item) }
    }

    /// What people called an item then.
    pub(super) fn label_of(&self, item: &ItemState) -> String {
        use domain::scheme::{CONTAINER_CODE, LOT_CODE, SERIAL_NUMBER, SUPPLIER_LOT};
        let usual = [SERIAL_NUMBER, LOT_CODE, CONTAINER_CODE, SUPPLIER_LOT];
        let in_scheme =
            |scheme: &str| self.names_of(item).rfind(|name| name.scheme.as_str() == scheme);
        let name = usual.into_iter().find_map(in_scheme).or_else(|| self.names_of(item).next());
        name.map_or_else(|| format!("id:{}", item.id), |name| name.value.clone())
    }

    /// An item as answers print it, without a path or reasons.
    pub(super) fn line(&self, index: ItemIndex, certainty: Certainty) -> Option<ItemLine> {
        let item = self.item(index)?;
        let (place, status) = self.place(index, item);
        Some(ItemLine {
            id: item.id,
            kind: item.kind,
            serial_number: item.name_in(domain::scheme::SERIAL_NUMBER).map(ToOwned::to_owned),
            label: item.label(),
            identifiers: Vec::new(),
            part: item.part.value.clone(),
            certainty,
            status,
            place,
            path: Vec::new(),
            reason: None,
            evidence: Vec::new(),
            lot: item.lot.value.and_then(|lot| self.index_of(lot)).map(|lot| self.name(lot)),
            order: item.order.value.clone(),
            balance: None,
        })
    }

    /// The books of a lot; none of what is not counted.
    pub(super) fn balance_of(&self, item: &ItemState) -> Option<Balance> {
        self.state.is_counted(item).then(|| item.book.balance())
    }

    /// A start as answers print it: a lot with its books.
    pub(super) fn start_line(&self, index: ItemIndex) -> Option<ItemLine> {
        let item = self.item(index)?;
        Some(ItemLine { balance: self.balance_of(item), ..self.line(index, Certainty::Proven)? })
    }

    /// A start as answers print it: how sure it is that it is one, and why.
    pub(super) fn begun(&self, index: ItemIndex, begun: &Begun) -> Option<ItemLine> {
        let (certainty, reason, evidence) = self.standing(&begun.standing);
        let path = self.steps(&begun.path);
        Some(ItemLine { certainty, reason, evidence, path, ..self.start_line(index)? })
    }
}

/// How an item is pointed at in an answer.
pub(super) fn name_of(item: &ItemState) -> ItemName {
    ItemName { id: item.id, kind: item.kind, label: item.label() }
}

impl Plant {
    /// The items a reference fits: one, or several that share a bare name.
    ///
    /// Errors: [`crate::Error::NotFound`] if it fits none.
    pub fn items_named(&self, item: &domain::ItemRef) -> Result<ItemsAnswer> {
        self.see((None, None), |seen| {
            let (found, note) = seen.named(item)?;
            let items = found.into_iter().filter_map(|index| seen.start_line(index)).collect();
            Ok(ItemsAnswer { at: seen.at(), notes: note.into_iter().collect(), items })
        })
    }
}
