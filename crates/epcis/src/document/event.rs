//! Events: what happened to which things, when, where, why and in what condition.
//!
//! Source: GS1 EPCIS 2.0, §7.

mod read;
mod sensor;

pub(super) use read::{read, read_bare};
pub use sensor::{SensorElement, SensorMetadata, SensorReport};

pub use super::scalar::{Numeral, Timestamp};
use crate::identifier::Identifier;
use crate::vocabulary::Term;
use alloc::string::String;
use alloc::vec::Vec;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `eventID`.
    pub id: Option<String>,
    /// When it happened.
    pub time: Timestamp,
    /// Offset of the place where it happened, such as `+02:00`.
    pub time_zone_offset: String,
    /// When a repository recorded it.
    pub record_time: Option<Timestamp>,
    /// Says that an earlier event with the same content is wrong.
    pub error_declaration: Option<ErrorDeclaration>,
    /// Certifications that apply, as URIs.
    pub certification_info: Vec<String>,
    /// What happened to which things.
    pub what: What,
    /// The step of the business process.
    pub biz_step: Option<Term>,
    /// The condition of the things afterwards.
    pub disposition: Option<Term>,
    /// Conditions that last until they are withdrawn.
    pub persistent_disposition: Option<PersistentDisposition>,
    /// Where it was seen.
    pub read_point: Option<Identifier>,
    /// Where the things are afterwards.
    pub biz_location: Option<Identifier>,
    /// The orders, notices and reports it belongs to.
    pub biz_transactions: Vec<BizTransaction>,
    /// Who or what place the things come from.
    pub sources: Vec<Endpoint>,
    /// Who or what place the things go to.
    pub destinations: Vec<Endpoint>,
    /// What sensors reported.
    pub sensor_elements: Vec<SensorElement>,
    /// Fields of somebody's own.
    pub extensions: Vec<Extension>,
    /// The event's JSON text, exactly as in the document.
    pub original: String,
}

/// The kinds of event, with what only they have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// `ObjectEvent`: things were made, seen or destroyed.
    Object {
        /// What was done with them.
        action: Action,
        /// `epcList`.
        epcs: Vec<Identifier>,
        /// `quantityList`.
        quantities: Vec<Quantity>,
        /// Master data of the instances or lots, where they came into being.
        ilmd: Vec<Extension>,
    },
    /// `AggregationEvent`: things were packed into, seen in or taken out of a parent.
    Aggregation {
        /// What was done with them.
        action: Action,
        /// What they are in; absent only where a group was merely observed.
        parent: Option<Identifier>,
        /// `childEPCs`; empty, with `child_quantities`, where all children were taken out.
        child_epcs: Vec<Identifier>,
        /// `childQuantityList`.
        child_quantities: Vec<Quantity>,
    },
    /// `AssociationEvent`: things were built into, seen in or removed from a parent.
    Association {
        /// What was done with them.
        action: Action,
        /// The thing or place they belong to.
        parent: Identifier,
        /// `childEPCs`; empty, with `child_quantities`, where all children were removed.
        child_epcs: Vec<Identifier>,
        /// `childQuantityList`.
        child_quantities: Vec<Quantity>,
    },
    /// `TransactionEvent`: things were tied to or untied from business transactions.
    Transaction {
        /// What was done with them.
        action: Action,
        /// What contains the things, if they are named that way.
        parent: Option<Identifier>,
        /// `epcList`.
        epcs: Vec<Identifier>,
        /// `quantityList`.
        quantities: Vec<Quantity>,
    },
    /// `TransformationEvent`: inputs became outputs.
    Transformation {
        /// `transformationID`, which joins events that report one transformation in parts.
        id: Option<String>,
        /// `inputEPCList`.
        input_epcs: Vec<Identifier>,
        /// `inputQuantityList`.
        input_quantities: Vec<Quantity>,
        /// `outputEPCList`.
        output_epcs: Vec<Identifier>,
        /// `outputQuantityList`.
        output_quantities: Vec<Quantity>,
        /// Master data of the outputs.
        ilmd: Vec<Extension>,
    },
    /// An event type of somebody's own.
    Extended {
        /// The type, a URI.
        name: String,
        /// All its fields but those that every event has.
        fields: Vec<Extension>,
    },
}

/// How an event relates to the life of what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Came into being, was packed or built in, was tied to a transaction.
    Add,
    /// Was seen.
    Observe,
    /// Ceased to be, was taken out or removed, was untied from a transaction.
    Delete,
}

/// Some of a class of things that have no serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// `epcClass`: the class or lot.
    pub class: Identifier,
    /// How much; absent if not known.
    pub quantity: Option<Numeral>,
    /// UN/CEFACT Recommendation 20 code; absent for a count of things.
    pub uom: Option<String>,
}

/// Says that an event is wrong, why, and which events hold instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDeclaration {
    /// When it was declared.
    pub time: Timestamp,
    /// Why.
    pub reason: Option<Term>,
    /// The events that correct it.
    pub corrective_event_ids: Vec<String>,
    /// Fields of somebody's own.
    pub extensions: Vec<Extension>,
}

/// Conditions that last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistentDisposition {
    /// Conditions that hold from now on.
    pub set: Vec<Term>,
    /// Conditions that no longer hold.
    pub unset: Vec<Term>,
}

/// A business transaction an event belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BizTransaction {
    /// Its type; absent if not said.
    pub kind: Option<Term>,
    /// Its id, a URI.
    pub id: String,
}

/// A source or destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// In which sense: owner, possessor, place.
    pub kind: Term,
    /// The party or place.
    pub id: Identifier,
}

/// A field of somebody's own, in a namespace of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name as written, such as `example:colour`.
    pub name: String,
    /// Its value as JSON text, exactly as in the document.
    pub json: String,
}
