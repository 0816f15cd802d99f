//! Everything that can be said about the shop floor: one type for commands and for facts.
//!
//! `Act<ItemRef>` is what a caller asks for, `Act<ItemId>` = [`Fact`] what the ledger keeps, once
//! every reference is resolved; so no command can say what the ledger cannot hold, and both
//! are read with the same eyes. New items are numbered in the order [`Act::births`] counts them.

mod account;
mod execution;
mod made;
mod map;
mod master;
mod moved;
mod order;
mod quality;
mod scope;
mod serial;
mod work;

pub use account::*;
pub use execution::*;
pub use made::*;
pub use map::Mapping;
pub use master::*;
pub use moved::*;
pub use order::*;
pub use quality::*;
pub use scope::*;
pub use serial::*;
pub use work::*;

use alloc::vec::Vec;

use serde::Deserialize as _;

use crate::noun::{
    BillOfMaterial, Equipment, EquipmentCheck, ItemId, MaterialDefinition, Party, Person,
    PersonCode, Place, Station, WorkCenter, WorkOrder,
};

/// A fact of the ledger: an act whose references are resolved.
pub type Fact = Act<ItemId>;

/// Most items one act may name; a larger set is several acts.
pub const ITEMS_PER_ACT_MAX: usize = 1000;

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident($payload:ty) = $word:literal, $kind:literal;)*) => {
        /// One thing done or told; generic over how it points at items.
        #[derive(
            Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize,
            schemars::JsonSchema,
        )]
        #[serde(tag = "act", rename_all = "camelCase")]
        pub enum Act<R> {
            $($(#[$doc])* $name($payload),)*
        }

        impl<R> Act<R> {
            /// The type of the entry that keeps it, as it stands in the log bytes.
            #[must_use]
            pub const fn entry_type(&self) -> &'static str {
                match self { $(Self::$name(_) => $kind,)* }
            }

            /// The word callers use for it in JSON (`"act"`).
            #[must_use]
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$name(_) => $word,)* }
            }

            /// The word for an entry type, if it is one of an act.
            #[must_use]
            pub fn word_of(entry_type: &str) -> Option<&'static str> {
                match entry_type { $($kind => Some($word),)* _ => None }
            }
        }

        impl<'de, R: serde::Deserialize<'de>> Act<R> {
            /// Reads an act of a known entry type from its fields; none where it is not known.
            pub(crate) fn of_type<D: serde::Deserializer<'de>>(
                entry_type: &str,
                fields: D,
            ) -> Result<Option<Self>, D::Error> {
                match entry_type {
                    $($kind => {
                        <$payload>::deserialize(fields).map(|read| Some(Self::$name(read)))
                    })*
                    _ => Ok(None),
                }
            }
        }

        /// Every act: its word in JSON and its entry type.
        pub const ACTS: &[(&str, &str)] = &[$(($word, $kind),)*];
    };
}

acts! {
    /// Defines or redefines a material.
    DefineMaterial(MaterialDefinition) = "defineMaterial", "material.defined";
    /// Defines the bill of material of one revision.
    DefineBom(BillOfMaterial) = "defineBom", "bom.defined";
    /// Defines or changes a party.
    DefineParty(Party) = "defineParty", "party.defined";
    /// Defines or changes a place.
    DefinePlace(Place) = "definePlace", "place.defined";
    /// Defines or changes a work center.
    DefineWorkCenter(WorkCenter) = "defineWorkCenter", "workcenter.defined";
    /// Defines or changes a station.
    DefineStation(Station) = "defineStation", "station.defined";
    /// Defines or changes a piece of equipment.
    DefineEquipment(Equipment) = "defineEquipment", "equipment.defined";
    /// Defines or changes a person.
    DefinePerson(Person) = "definePerson", "person.defined";
    /// Opens or changes a work order.
    DefineOrder(WorkOrder) = "defineOrder", "order.defined";
    /// Plans a work order, or changes its plan.
    PlanOrder(PlanOrder) = "planOrder", "order.planned";
    /// Lets a planned order be worked on.
    ReleaseOrder(ReleaseOrder) = "releaseOrder", "order.released";
    /// Parts a quantity off an order as an order of its own.
    SplitOrder(SplitOrder<R>) = "splitOrder", "order.split";
    /// Ends an order.
    CloseOrder(CloseOrder) = "closeOrder", "order.closed";
    /// Defines a range of serial numbers.
    DefineRange(DefineRange) = "defineRange", "range.defined";
    /// Gives out the next numbers of a range.
    IssueSerials(IssueSerials) = "issueSerials", "serials.issued";
    /// Says that numbers which were given out are never used.
    VoidSerials(VoidSerials) = "voidSerials", "serials.voided";
    /// Says how a piece of equipment was found when checked.
    CheckEquipment(EquipmentCheck) = "checkEquipment", "equipment.checked";
    /// Brings units, lots or containers into being.
    Create(Create<R>) = "create", "item.created";
    /// Takes in material from a supplier.
    Receive(Receive<R>) = "receive", "item.received";
    /// Adds identifiers: a late serial, a cloud identity, a new label.
    Identify(Identify<R>) = "identify", "item.identified";
    /// Withdraws an identifier; it stays known as having been this item's.
    Withdraw(Withdraw<R>) = "withdraw", "item.identifier_withdrawn";
    /// Sets fields of the user's own.
    Describe(Describe<R>) = "describe", "item.described";
    /// Assigns items to an order or a lot.
    Assign(Assign<R>) = "assign", "item.assigned";
    /// Changes what part an item is, as rework does.
    ChangePart(ChangePart<R>) = "changePart", "item.part_changed";
    /// Says that a field of an item's record does not apply.
    NotApplicable(NotApplicable<R>) = "notApplicable", "record.not_applicable";
    /// Accepts or rejects received material, also in part.
    Inspect(Inspect<R>) = "inspect", "lot.inspected";
    /// Parts a quantity off a lot as lots of their own.
    Split(Split<R>) = "split", "lot.split";
    /// Joins lots into one.
    Merge(Merge<R>) = "merge", "lot.merged";
    /// Says how much of a lot was counted.
    Count(Count<R>) = "count", "lot.counted";
    /// Takes a sample that does not come back.
    Sample(Taking<R>) = "sample", "lot.sampled";
    /// A process step done on one or more items.
    Step(Step<R>) = "step", "step.done";
    /// Fits a component.
    Install(Install<R>) = "install", "component.installed";
    /// Takes a component out again.
    Remove(Remove<R>) = "remove", "component.removed";
    /// Takes a component out and fits another in its place.
    Replace(Replace<R>) = "replace", "component.replaced";
    /// Uses up material by quantity.
    Consume(Consume<R>) = "consume", "material.consumed";
    /// Turns inputs into outputs irreversibly.
    Transform(Transform<R>) = "transform", "material.transformed";
    /// Loads a lot at a station or feeder.
    Load(Load<R>) = "load", "lot.loaded";
    /// Takes a lot off a station or feeder.
    Unload(Unload<R>) = "unload", "lot.unloaded";
    /// Puts items into a container.
    Pack(Pack<R>) = "pack", "item.packed";
    /// Takes items out of a container.
    Unpack(Unpack<R>) = "unpack", "item.unpacked";
    /// Moves items to a place.
    Move(Move<R>) = "move", "item.moved";
    /// Sends items to a party: a customer, a subcontractor, back to a supplier.
    Ship(Ship<R>) = "ship", "item.shipped";
    /// Takes items back from a party.
    ReceiveBack(ReceiveBack<R>) = "receiveBack", "item.received_back";
    /// Blocks use, packing and shipping until lifted; what is held may be moved and discarded.
    Hold(Hold<R>) = "hold", "hold.placed";
    /// Puts more of what fitted a query under its hold; written with the hold, never asked for.
    ExtendHold(ExtendHold<R>) = "extendHold", "hold.extended";
    /// Ends a hold.
    Lift(Lift) = "lift", "hold.lifted";
    /// Says that a station has seen a hold.
    AcknowledgeHold(AcknowledgeHold) = "acknowledgeHold", "hold.acknowledged";
    /// Discards an item or a quantity of a lot.
    Scrap(Taking<R>) = "scrap", "item.scrapped";
    /// Decides that an item is not suspect after all.
    Clear(Clear<R>) = "clear", "item.cleared";
    /// Freezes the scope of a suspicion; written by the program, never asked for.
    FreezeScope(FreezeScope) = "freezeScope", "scope.frozen";
    /// Supersedes earlier entries.
    Correct(Correct<R>) = "correct", "entry.corrected";
    /// An exception somebody owns; written by the rules, never asked for.
    Except(Except<R>) = "except", "exception.opened";
    /// Says that a signature does not hold any more; what was signed stays.
    VoidSignature(VoidSignature) = "voidSignature", "signature.voided";
    /// Signs anew what was signed, where that signature holds no more.
    SignAgain(SignAgain) = "signAgain", "signature.renewed";
    /// Closes an exception with a reason.
    CloseException(CloseException) = "closeException", "exception.closed";
    /// An attempt the rules refused; written by the rules, never asked for.
    Refuse(Refuse<R>) = "refuse", "attempt.refused";
    /// The user's own fields: a JSON Schema kept as a file.
    DefineSchema(DefineSchema) = "defineSchema", "schema.defined";
    /// Puts a version of a work master up for approval.
    ProposeMaster(ProposeMaster) = "proposeMaster", "master.proposed";
    /// Approves a version of a work master.
    ApproveMaster(ApproveMaster) = "approveMaster", "master.approved";
    /// Rejects a version of a work master.
    RejectMaster(RejectMaster) = "rejectMaster", "master.rejected";
    /// Makes an approved version of a work master effective.
    ActivateMaster(ActivateMaster) = "activateMaster", "master.activated";
    /// Ends a version of a work master.
    RetireMaster(RetireMaster) = "retireMaster", "master.retired";
    /// Says that a person has read and understood a version of a work master.
    Acknowledge(Acknowledge) = "acknowledge", "master.acknowledged";
    /// Says what a person is qualified for.
    Qualify(Qualify) = "qualify", "person.qualified";
    /// Moves items to another version of their work master.
    AssignMaster(AssignMaster<R>) = "assignMaster", "item.master_assigned";
    /// Begins an operation of a work master on items.
    StartWork(StartWork<R>) = "startWork", "work.started";
    /// Takes a value that the open step of an execution demands.
    Take(Take<R>) = "take", "capture.taken";
    /// Closes the gate of the open step of an execution.
    CloseStep(CloseStep) = "closeStep", "step.closed";
    /// Interrupts an execution.
    PauseWork(PauseWork) = "pauseWork", "work.paused";
    /// Goes on with an execution.
    ResumeWork(ResumeWork) = "resumeWork", "work.resumed";
    /// Ends an execution without completing it.
    AbandonWork(AbandonWork<R>) = "abandonWork", "work.abandoned";
    /// Allows a step to close without a capture.
    Deviate(Deviate<R>) = "deviate", "deviation.allowed";
    /// Says that items do not conform, and holds them.
    OpenNonconformance(OpenNonconformance<R>) = "openNonconformance", "nonconformance.opened";
    /// Decides about items that do not conform.
    Dispose(Dispose<R>) = "dispose", "nonconformance.disposed";
    /// Releases an item on its reviewed record; written by the program, never asked for.
    Release(Release<R>) = "release", "item.released";
    /// Erases the erasable data of a person.
    Erase(Erase) = "erase", "person.erased";
    /// A file or document was taken in, and what became of it.
    Import(Import) = "import", "file.imported";
    /// Says that a report which has not come yet is wrong, so that it is not taken in.
    DeclareError(DeclareError) = "declareError", "error.declared";
    /// Something happened to an account; written by the server, never asked for.
    NoteAccount(NoteAccount) = "noteAccount", "account.noted";
}

/// A pattern of acts, by name or in groups, so that a match which treats many alike stays short
/// and a new act still has to be put somewhere: no match over acts has a `_` arm.
macro_rules! either {
    (@ [$($name:ident)*]) => { $($crate::act::Act::$name(_))|* };
    // Who people and companies are; parts of it can be erased.
    (@ [$($name:ident)*] parties $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* DefineParty DefinePerson] $($rest)*)
    };
    // What other things that are not items are.
    (@ [$($name:ident)*] definitions $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* DefineMaterial DefineBom DefinePlace DefineWorkCenter
            DefineStation DefineEquipment DefineOrder DefineSchema CheckEquipment] orders
            $($rest)*)
    };
    // What orders are to make, and the numbers they may give.
    (@ [$($name:ident)*] orders $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* PlanOrder ReleaseOrder SplitOrder CloseOrder DefineRange
            IssueSerials VoidSerials] $($rest)*)
    };
    // All that says nothing of work by a work master; refusals do.
    (@ [$($name:ident)*] unworked $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Correct VoidSignature SignAgain Except CloseException
            Erase Import DeclareError FreezeScope NoteAccount Create Receive Split Merge Assign Step
            Consume Transform]
            parties definitions labels quantities fittings loadings moves decisions $($rest)*)
    };
    // How work is to be done, and who may do it.
    (@ [$($name:ident)*] masters $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* ProposeMaster ApproveMaster RejectMaster ActivateMaster
            RetireMaster Acknowledge Qualify] $($rest)*)
    };
    // How work by a work master goes on.
    (@ [$($name:ident)*] workings $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Take CloseStep PauseWork ResumeWork AbandonWork
            Deviate] $($rest)*)
    };
    // What an item is called and described as.
    (@ [$($name:ident)*] labels $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Identify Withdraw Describe ChangePart
            NotApplicable] $($rest)*)
    };
    // What is known or decided about quantities.
    (@ [$($name:ident)*] quantities $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Inspect Count Sample Scrap] $($rest)*)
    };
    // What is inside what.
    (@ [$($name:ident)*] fittings $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Install Remove Replace] $($rest)*)
    };
    // What lies ready at a station.
    (@ [$($name:ident)*] loadings $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Load Unload] $($rest)*)
    };
    // Where items are.
    (@ [$($name:ident)*] moves $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Pack Unpack Move Ship ReceiveBack] $($rest)*)
    };
    // What is decided about items without changing them.
    (@ [$($name:ident)*] decisions $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Hold ExtendHold Lift AcknowledgeHold Clear] $($rest)*)
    };
    // What is said about the ledger itself.
    (@ [$($name:ident)*] notes $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* Correct VoidSignature SignAgain Except CloseException
            Refuse Erase Import DeclareError FreezeScope NoteAccount] $($rest)*)
    };
    (@ [$($name:ident)*] $one:ident $($rest:tt)*) => {
        $crate::act::either!(@ [$($name)* $one] $($rest)*)
    };
    ($first:ident $($rest:tt)*) => { $crate::act::either!(@ [] $first $($rest)*) };
}
pub(crate) use either;

/// Members of an entry whose values can be erased, and the person whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasable {
    /// Under whose key the values are kept.
    pub person: PersonCode,
    /// Names of the members.
    pub members: &'static [&'static str],
}

impl<R> Act<R> {
    /// How many items this act brings into being.
    #[must_use]
    pub fn births(&self) -> usize {
        match self {
            Self::Create(create) => create.items.len(),
            Self::Receive(receive) => receive.items.len(),
            Self::Split(split) => split.into.len(),
            Self::Merge(_) => 1,
            either!(
                parties definitions labels quantities loadings moves decisions notes fittings Assign
                Step Consume Transform masters workings StartWork AssignMaster
                OpenNonconformance Dispose Release
            ) => 0,
        }
    }

    /// Which of its members can be erased; folds never branch on them.
    #[must_use]
    pub fn erasable(&self) -> Option<Erasable> {
        match self {
            Self::DefinePerson(person) => {
                Some(Erasable { person: person.code.clone(), members: &["name", "contact"] })
            }
            Self::DefineParty(party) => PersonCode::new(party.code.as_str())
                .ok()
                .map(|person| Erasable { person, members: &["contact"] }),
            either!(
                definitions labels quantities loadings moves decisions notes fittings Create Receive
                Split Merge Assign Step Consume Transform masters workings StartWork AssignMaster
                OpenNonconformance Dispose Release
            ) => None,
        }
    }

    /// Every item it points at, in order, repeats included.
    #[must_use]
    pub fn items(&self) -> Vec<&R> {
        let mut found = Vec::new();
        let all: Result<Act<()>, core::convert::Infallible> = self.try_map(&mut |item| {
            found.push(item);
            Ok(())
        });
        match all {
            Ok(_) => found,
        }
    }
}
