//! EPCIS events as commands: what each says happened, told to the ledger as a report.
//!
//! ```text
//! ObjectEvent         ADD      create; what was known: step
//!                     OBSERVE  shipping to a party: ship · receiving: receive, receiveBack, move
//!                              destroyed: scrap · all else: step
//!                     DELETE   scrap
//! AggregationEvent    ADD      pack     DELETE  unpack   OBSERVE  step
//! AssociationEvent    ADD      install  DELETE  remove   OBSERVE  step; to a place: move
//! TransformationEvent          create the outputs, transform; with a transformationID: as a part
//!                              of that run, whose parts are joined in whatever order they come
//! TransactionEvent    ADD      of an order: assign       all else step
//! any with sensor reports      a step with the measures besides
//! any with errorDeclaration    take back what the event had told
//! ```
//!
//! **What things are.** A serial number of any key is a unit, a batch or lot a lot, a class without
//! either an untracked lot of that name; an SSCC is a pallet, a GRAI a tray, any other thing that
//! others are packed in a package. Each is called by its canonical Digital Link (scheme `gs1`);
//! other URIs stand as written. A GTIN is the part number; the class of another key is written as
//! its element string, such as `(8010)4012345AB`; of a bare URI the part is `unknown`. What is not
//! known yet is created in the same command: as made where the event says so, else as implied by
//! it. What is packed in a unit is recorded as installed in it, the one way a unit holds things. An
//! event that names no thing is told of the devices that reported, else of the place.
//!
//! **Quantities** are kept in the base unit of the material. A material nobody defined is defined
//! with the unit of the first quantity (no unit: `ea`); another unit needs a conversion. A quantity
//! of a lot that is packed is parted off as a lot of its own, called `<lot>@<container>`, and is
//! found by that name when it is unpacked.
//!
//! **What is used** of master data: `lotNumber` (a unit then belongs to that lot) and
//! `itemExpirationDate`. All else that has no place in a fact is in the note of a step, or stays in
//! the original document alone: other master data, fields of one's own, times of single readings.
//!
//! **Limits.** More of a lot that is known already is recorded as a step over it; its books do not
//! grow.
//!
//! **Invariant:** which commands an event becomes, and their ids, depend on the event alone; what
//! each says depends on the plant only as far as an earlier command of the event cannot change.
//! So an event captured in part is finished by capturing it again, and one captured in full
//! changes nothing.
//!
//! Source: GS1 EPCIS 2.0 §7.4; GS1 CBV 2.0 §7.

mod draft;
mod group;
mod key;
mod name;
mod object;
mod planner;
mod step;

pub use key::EventKey;

use crate::document::event::{ErrorDeclaration, Event};
use crate::document::{Code, Problem};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use domain::act::{Kind, Portion};
use domain::item::Whereabouts;
use domain::rules::Facts;
use domain::{Command, CommandId, Interval, ItemId, MaterialDefinition, Part, PartyCode, Time};
use planner::Planner;

/// What has to be known of the plant to plan an event.
///
/// Shape: it answers as things stand when the event is planned, so the commands of one event are
/// admitted before the next event is planned.
pub trait Plant {
    /// The item that is called so; [`Seen::of`] answers it where facts are at hand.
    fn item(&self, called: &domain::Identifier) -> Option<Seen>;
    /// What is packed directly in an item.
    fn packed(&self, container: &domain::Identifier) -> Vec<Inside>;
    /// What is installed directly in an item, of lots how much.
    fn installed(&self, parent: &domain::Identifier) -> Vec<Portion<ItemId>>;
    /// The definition of a part.
    fn material(&self, part: &Part) -> Option<MaterialDefinition>;
    /// The `source` a command of this id was admitted with, if it was.
    fn source(&self, command: CommandId) -> Option<String>;
    /// Whether a party is the ledger holder; unless that is known, only the words of an event
    /// tell what comes back from what arrives elsewhere.
    fn is_own(&self, party: &PartyCode) -> bool {
        let _: &PartyCode = party;
        false
    }
}

/// An item in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    /// Which item.
    pub item: ItemId,
    /// How it is called now.
    pub called: Vec<domain::Identifier>,
}

/// What is known of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it is.
    pub kind: Kind,
    /// Whether it left and did not come back, by itself or with what it is in.
    pub away: Option<Away>,
}

/// Where an item went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Away {
    /// To a party, which has it.
    With(PartyCode),
    /// A quantity of a lot went to parties that its books do not name.
    InPart,
}

impl Seen {
    /// What facts say of an item of that name.
    pub fn of(facts: &impl Facts, called: &domain::Identifier) -> Option<Self> {
        let item = facts.holders(called).into_iter().min()?;
        let state = facts.item(item)?;
        let balance = state.book.balance();
        let in_part = balance.shipped.is_positive() || balance.sent_back.is_positive();
        let away = away(facts, item);
        Some(Self { kind: state.kind, away: away.or(in_part.then_some(Away::InPart)) })
    }
}

/// The party that has an item, followed through what it is in.
fn away(facts: &impl Facts, item: ItemId) -> Option<Away> {
    /// Reports may disagree about what is in what, so nesting is followed no deeper than this.
    const NESTING_MAX: usize = 64;
    let mut outer = item;
    for _ in 0..NESTING_MAX {
        match &facts.item(outer)?.whereabouts.value {
            Whereabouts::Packed { container, .. } => outer = *container,
            Whereabouts::Installed { parent } => outer = *parent,
            Whereabouts::Shipped { party, .. }
            | Whereabouts::SentBack { party }
            | Whereabouts::Subcontracted { party } => return Some(Away::With(party.clone())),
            Whereabouts::Expected
            | Whereabouts::InProcess { .. }
            | Whereabouts::InStock { .. }
            | Whereabouts::Returned { .. }
            | Whereabouts::UsedUp
            | Whereabouts::Scrapped => return None,
        }
    }
    None
}

/// One thing to do for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// A report to submit.
    Command(Command),
    /// Earlier reports to take back, or not to take in when they come.
    Retract(Retraction),
    /// Nothing: the event was declared an error before it came.
    Void {
        /// The `eventID`.
        event_id: Option<String>,
    },
}

/// Says that the commands of an event told what was not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retraction {
    /// Id for the command that corrects their entries.
    pub id: CommandId,
    /// The commands, as far as they were admitted; none where the event was never captured.
    pub commands: Vec<CommandId>,
    /// The `eventID`.
    pub event_id: Option<String>,
    /// By what the event is known: its `eventID`, or the hash of its content.
    pub report: String,
    /// When the error was declared.
    pub performed: Interval,
    /// Where the declaration comes from.
    pub source: String,
    /// Why, in words.
    pub reason: String,
    /// The events that hold instead.
    pub corrective_event_ids: Vec<String>,
}

/// What an event asks of the ledger, in order; nothing where the ledger has all of it.
///
/// Errors: the first reason why the event cannot be told to the ledger; its path leads from the
/// event.
pub fn plan(event: &Event, plant: &dyn Plant) -> Result<Vec<Planned>, Problem> {
    let key = EventKey::of(event);
    let commands = Planner::new(event, plant, &key).and_then(Planner::run);
    if let Some(declaration) = &event.error_declaration {
        let count = commands.map_or(0, |commands| commands.len());
        return Ok(retract(event, declaration, count, &key, plant).into_iter().collect());
    }
    let captured = plant.source(key.command(0));
    if plant.source(key.retraction()).is_some() {
        let void = Planned::Void { event_id: event.id.clone() };
        return Ok(captured.map_or_else(|| Vec::from([void]), |_| Vec::new()));
    }
    if let Some(source) = captured {
        if source != key.source() {
            let message = format!("another content was captured under this id: {source}");
            return Err(Problem::at("/eventID", Code::EventChanged, message));
        }
        // A definition that changed since may stand in the way of planning it again.
        if commands.is_err() {
            return Ok(Vec::new());
        }
    }
    let is_new = |command: &Command| command.id.is_none_or(|id| plant.source(id).is_none());
    Ok(commands?.into_iter().filter(is_new).map(Planned::Command).collect())
}

/// Takes back what the ledger has of an event that would become so many commands now.
fn retract(
    event: &Event,
    declaration: &ErrorDeclaration,
    count: usize,
    key: &EventKey,
    plant: &dyn Plant,
) -> Option<Planned> {
    let id = key.retraction();
    if plant.source(id).is_some() {
        return None;
    }
    let known = |id: &CommandId| plant.source(*id).is_some();
    let numbered = (0_usize..).zip((0..).map(|number| key.command(number)));
    let commands = numbered.take_while(|(number, id)| *number < count || known(id));
    let commands = commands.map(|(_, id)| id).filter(known).collect();
    let reason = declaration.reason.as_ref().map_or("no reason given", |reason| reason.as_str());
    let mut reason = format!("declared an error: {reason}");
    if !declaration.corrective_event_ids.is_empty() {
        reason.push_str("; corrected by ");
        reason.push_str(&declaration.corrective_event_ids.join(", "));
    }
    Some(Planned::Retract(Retraction {
        id,
        commands,
        event_id: event.id.clone(),
        report: key.report().into(),
        performed: Interval::at(Time(declaration.time.unix_us)),
        source: key.source().into(),
        reason,
        corrective_event_ids: declaration.corrective_event_ids.clone(),
    }))
}
