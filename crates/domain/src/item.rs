//! What an item's facts add up to.
//!
//! Every fact has effects on the items it touches that can be taken in any order: registers keep
//! the write with the latest (performed, position), quantities are sums, names and fields are
//! keyed. Where an item is follows from three registers: what moved it, what step was done on it,
//! what was judged of it. So a late fact needs no second look at the others, and a correction
//! folds anew only the items it touches. One effect depends on order, the count of a lot: a
//! movement before the latest count, or a count before the latest movement, asks for a refold
//! ([`Fold::Refold`]).

mod book;
mod fold;

pub use book::{Account, Balance, Book, Books};
pub use fold::{Fold, Used, stamp_of};

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::act::{Kind, Origin, Outcome};
use crate::execution::Progress;
use crate::noun::{
    Amount, Identifier, Interval, ItemId, OrderCode, Part, PartyCode, PlaceCode, Position,
    ShipmentCode, StationCode, Time,
};

/// Order of facts in an item's life: when it was performed at the latest, then position.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Stamp {
    /// Latest moment it can have been performed.
    pub performed: Time,
    /// Where it stands in the ledger.
    pub position: Position,
}

/// A value that the latest fact decides.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Register<T> {
    /// The value.
    pub value: T,
    /// Which fact set it; absent: none did.
    pub stamp: Option<Stamp>,
}

impl<T> Register<T> {
    const fn unset(value: T) -> Self {
        Self { value, stamp: None }
    }

    fn set(&mut self, value: T, stamp: Stamp) {
        if self.stamp.is_none_or(|held| held <= stamp) {
            *self = Self { value, stamp: Some(stamp) };
        }
    }
}

/// Where an item is, as its own facts say; inside something, the outer one knows more.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Whereabouts {
    /// Announced, not here yet.
    Expected,
    /// Being worked on.
    InProcess {
        /// At which station it was last.
        station: Option<StationCode>,
    },
    /// Here.
    InStock {
        /// In which place.
        place: Option<PlaceCode>,
    },
    /// In a container.
    Packed {
        /// Which.
        container: ItemId,
        /// Its numbered place.
        slot: Option<String>,
    },
    /// A component of another item.
    Installed {
        /// Which.
        parent: ItemId,
    },
    /// Delivered.
    Shipped {
        /// To whom.
        party: PartyCode,
        /// With which shipment.
        shipment: Option<ShipmentCode>,
        /// As which line.
        line: Option<String>,
    },
    /// At a subcontractor.
    Subcontracted {
        /// Which.
        party: PartyCode,
    },
    /// Back at its supplier.
    SentBack {
        /// Which.
        party: PartyCode,
    },
    /// Came back, to be judged anew.
    Returned {
        /// Where it was put.
        place: Option<PlaceCode>,
    },
    /// Used up: transformed or merged into something else.
    UsedUp,
    /// Discarded.
    Scrapped,
}

/// Whether an item may be used. The later a word stands here, the worse it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Acceptance {
    /// Nobody has to say so.
    NotNeeded,
    /// Found good.
    Accepted,
    /// Waits for inspection.
    Quarantine,
    /// Found bad.
    Rejected,
}

/// An identifier an item has or had.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Name {
    /// What it is or was called.
    pub identifier: Identifier,
    /// Since which entry.
    pub added: Stamp,
    /// Until which entry.
    pub withdrawn: Option<Stamp>,
}

/// An item as its facts make it.
#[expect(clippy::module_name_repetitions, reason = "other crates have states of their own")]
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ItemState {
    /// Which item.
    pub id: ItemId,
    /// What it is.
    pub kind: Kind,
    /// Number of entries that touch it, superseded ones included.
    pub sequence: u64,
    /// Position of the last entry that touches it.
    pub last: Position,
    /// Where its history begins.
    pub origin: Origin,
    /// Who supplied it.
    pub supplier: Option<PartyCode>,
    /// When its first fact was performed.
    pub existed: Interval,
    /// Usable until.
    pub expires: Option<Time>,
    /// What part it is.
    pub part: Register<Option<Part>>,
    /// How it is and was called.
    pub names: Vec<Name>,
    /// The work order it belongs to.
    pub order: Register<Option<OrderCode>>,
    /// The production order it belongs to.
    pub production_order: Register<Option<OrderCode>>,
    /// The lot it belongs to.
    pub lot: Register<Option<ItemId>>,
    /// Where it is.
    pub whereabouts: Register<Whereabouts>,
    /// Whether it may be used.
    pub acceptance: Register<Acceptance>,
    /// How its last judged step came out.
    pub outcome: Register<Outcome>,
    /// Quantities, for a lot.
    pub book: Books,
    /// How far it came in its route.
    pub passed: Progress,
    /// The last entry that changed what the record says of how it was made.
    pub changed: Position,
    /// Where facts of movement put it; a step or a judgement may since say more.
    placed: Register<Whereabouts>,
    /// Where the last step left it, if nothing moved it since.
    worked: Register<Whereabouts>,
    /// How much was announced, for a lot not here yet.
    announced: Amount,
    /// The latest fact that changed its books; a count before it belongs in between.
    booked: Option<Stamp>,
    /// Which receipt named its supplier.
    supplied: Option<Stamp>,
    /// The user's own fields as JSON text; null: taken away.
    pub fields: BTreeMap<String, Register<String>>,
    /// Decisions that it is not suspect of something.
    pub cleared: Vec<(ItemId, Position)>,
}

impl ItemState {
    /// Whether it is released, and its record did not change since.
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.passed.released().is_some_and(|released| released > self.changed)
    }

    /// The identifiers it has now, oldest first.
    pub fn names_now(&self) -> impl Iterator<Item = &Identifier> {
        self.names.iter().filter(|name| name.withdrawn.is_none()).map(|name| &name.identifier)
    }

    /// Its current identifier in a scheme.
    #[must_use]
    pub fn name_in(&self, scheme: &str) -> Option<&str> {
        self.names_now()
            .filter(|identifier| identifier.scheme.as_str() == scheme)
            .last()
            .map(|identifier| identifier.value.as_str())
    }

    /// What people call it: serial number, lot code, container code, else any name, else its id.
    #[must_use]
    pub fn called(&self) -> Cow<'_, str> {
        use crate::noun::scheme::{CONTAINER_CODE, LOT_CODE, SERIAL_NUMBER, SUPPLIER_LOT};
        [SERIAL_NUMBER, LOT_CODE, CONTAINER_CODE, SUPPLIER_LOT]
            .iter()
            .find_map(|scheme| self.name_in(scheme))
            .or_else(|| self.names_now().next().map(|identifier| identifier.value.as_str()))
            .map_or_else(|| alloc::format!("id:{}", self.id).into(), Cow::Borrowed)
    }

    /// The same, to be kept.
    #[must_use]
    pub fn label(&self) -> String {
        self.called().into_owned()
    }

    /// How much of it is left by the books, never below nothing; one for what is not a lot.
    #[must_use]
    pub fn on_hand(&self) -> Amount {
        if self.kind == Kind::Lot { self.book.balance().on_hand } else { Amount::ONE }
    }

    /// How much of it may be used: what was accepted, less what was taken.
    #[must_use]
    pub fn usable(&self) -> Amount {
        if self.kind != Kind::Lot {
            return Amount::ONE;
        }
        self.book.usable(match self.acceptance.value {
            Acceptance::NotNeeded | Acceptance::Accepted => {
                self.book.whole().minus(self.book.rejected)
            }
            Acceptance::Quarantine | Acceptance::Rejected => self.book.accepted,
        })
    }

    /// Whether it may be used, as far as all judgements together say.
    #[must_use]
    pub fn verdict(&self) -> Acceptance {
        if self.kind != Kind::Lot {
            return self.acceptance.value;
        }
        let judged = self.book.accepted.plus(self.book.rejected);
        let all = judged.is_positive() && judged >= self.book.whole();
        match self.acceptance.value {
            Acceptance::Quarantine if all && self.book.accepted.is_positive() => {
                Acceptance::Accepted
            }
            Acceptance::Quarantine if all => Acceptance::Rejected,
            said @ (Acceptance::NotNeeded
            | Acceptance::Quarantine
            | Acceptance::Accepted
            | Acceptance::Rejected) => said,
        }
    }

    /// Derives where it is: a step says so of what is loose, a release of what came back.
    fn settle(&mut self) {
        let mut found = self.placed.clone();
        if let Whereabouts::Returned { place } = &self.placed.value
            && self.acceptance.value == Acceptance::Accepted
            && self.acceptance.stamp > self.placed.stamp
        {
            let value = Whereabouts::InStock { place: place.clone() };
            found = Register { value, stamp: self.acceptance.stamp };
        }
        let loose = matches!(
            found.value,
            Whereabouts::InProcess { .. }
                | Whereabouts::InStock { .. }
                | Whereabouts::Returned { .. }
                | Whereabouts::Expected
        );
        if loose && self.worked.stamp > found.stamp {
            found = self.worked.clone();
        }
        self.whereabouts = found;
    }

    /// Its status without regard to holds, which do not stand in its own facts alone.
    #[must_use]
    pub fn status(&self) -> Status {
        let gone = if self.kind == Kind::Lot { self.book.gone() } else { None };
        gone.unwrap_or_else(|| self.status_uncounted())
    }

    /// The same of what is not counted, and so never used up.
    #[must_use]
    pub fn status_uncounted(&self) -> Status {
        let in_part = self.kind == Kind::Lot && self.book.unjudged_return().is_positive();
        match (&self.whereabouts.value, self.verdict()) {
            (Whereabouts::Expected, _) => Status::Expected,
            (Whereabouts::Scrapped, _) => Status::Scrapped,
            (Whereabouts::Shipped { .. } | Whereabouts::SentBack { .. }, _) => Status::Shipped,
            (Whereabouts::Subcontracted { .. }, _) => Status::AtSubcontractor,
            (Whereabouts::Returned { .. }, _) => Status::Returned,
            (Whereabouts::Installed { .. }, _) => Status::Installed,
            (Whereabouts::UsedUp, _) => Status::UsedUp,
            (_, Acceptance::Quarantine) if self.book.accepted.is_positive() => {
                Status::AcceptedInPart
            }
            (_, Acceptance::Quarantine) => Status::Quarantine,
            (_, Acceptance::NotNeeded | Acceptance::Accepted) if in_part => Status::AcceptedInPart,
            (_, Acceptance::Rejected) => Status::Rejected,
            (_, Acceptance::Accepted) => Status::Accepted,
            (Whereabouts::InProcess { .. }, Acceptance::NotNeeded) => Status::InProcess,
            (Whereabouts::InStock { .. } | Whereabouts::Packed { .. }, Acceptance::NotNeeded) => {
                if self.is_released() {
                    Status::Released
                } else {
                    Status::InStock
                }
            }
        }
    }
}

/// Business state of an item. Source: GS1 CBV calls it disposition.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Announced, not here yet.
    Expected,
    /// Waits for inspection.
    Quarantine,
    /// Accepted in part.
    AcceptedInPart,
    /// Accepted.
    Accepted,
    /// Rejected at inspection.
    Rejected,
    /// Being worked on.
    InProcess,
    /// Finished and here.
    InStock,
    /// Finished, reviewed and free to leave.
    Released,
    /// A hold forbids use and movement.
    OnHold,
    /// A component of another item.
    Installed,
    /// Delivered to a party.
    Shipped,
    /// At a subcontractor.
    AtSubcontractor,
    /// Came back; needs a new release.
    Returned,
    /// Turned into something else.
    UsedUp,
    /// Discarded.
    Scrapped,
}

impl Status {
    /// The word for it, as in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Quarantine => "quarantine",
            Self::AcceptedInPart => "acceptedInPart",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::InProcess => "inProcess",
            Self::InStock => "inStock",
            Self::Released => "released",
            Self::OnHold => "onHold",
            Self::Installed => "installed",
            Self::Shipped => "shipped",
            Self::AtSubcontractor => "atSubcontractor",
            Self::Returned => "returned",
            Self::UsedUp => "usedUp",
            Self::Scrapped => "scrapped",
        }
    }
}
