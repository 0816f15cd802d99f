//! What may be done: pure functions over an act, its context and what is known.
//!
//! [`prepare`] fills in what the caller left to the books (whole quantities, base units, what a
//! step draws from its station), [`decide`] runs every rule and weighs what was found:
//!
//! ```text
//!             malformed        a rule broken            policy says exception
//! attempt     refused          refused                  admitted, exception
//! report      refused          admitted, exception      admitted, exception
//! permission  refused          refused                  admitted, exception
//! ```
//!
//! A permission (an approval, a qualification, a deviation, a disposition, the plan of an order) is
//! refused for a broken rule even where it is reported.

mod again;
mod amend;
mod capture;
mod check;
mod conformity;
mod follow;
mod made;
mod master;
mod material;
mod moved;
pub mod order;
mod prepare;
mod scope;
mod serial;
mod signed;
mod start;

pub use again::in_place;
pub use amend::{Restated, restate};
pub use capture::is_good;
pub use follow::{follow, obeyed};
pub use material::lines;
pub use prepare::prepare;
pub use signed::SignatureFate;
pub use start::{Next, next};

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use crate::act::{Act, Fact, FreezeScope, SignAgain, VoidSignature, either};
use crate::command::{Context, Mode};
use crate::entry::Entry;
use crate::execution::{self, Execution, Nonconformance};
use crate::instruction::{MasterHash, Version};
use crate::item::ItemState;
use crate::noun::{
    Amount, BillOfMaterial, Equipment, EquipmentCode, HoldCode, Identifier, Interval, ItemId,
    MasterCode, MaterialDefinition, NonconformanceCode, OrderCode, Part, PersonCode, Position,
    QualificationCode, RangeCode, Role, RunCode, ScopeCode, SlotCode, Station, StationCode, Time,
};
use crate::order::Order;
use crate::rejection::{Code, Finding, Weight};
use crate::serial::SerialRange;

/// A kind of code that must be known before an attempt may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    /// A party.
    Party,
    /// A place.
    Place,
    /// A work center.
    WorkCenter,
    /// A station.
    Station,
    /// A piece of equipment.
    Equipment,
    /// A person.
    Person,
    /// A work order.
    Order,
}

impl Known {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Place => "place",
            Self::WorkCenter => "work center",
            Self::Station => "station",
            Self::Equipment => "equipment",
            Self::Person => "person",
            Self::Order => "order",
        }
    }
}

/// A hold on an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBy {
    /// Which.
    pub code: HoldCode,
    /// Since when it is in force.
    pub since: Time,
    /// When it was lifted; absent: it is active.
    pub lifted: Option<Time>,
}

/// What the rules may look at.
pub trait Facts {
    /// The state of an item.
    fn item(&self, id: ItemId) -> Option<&ItemState>;
    /// The definition of a part; without a revision, of any of its revisions.
    fn material(&self, part: &Part) -> Option<&MaterialDefinition>;
    /// The bill of material of a part.
    fn bom(&self, part: &Part) -> Option<&BillOfMaterial>;
    /// Every item that has or had an identifier.
    fn holders(&self, identifier: &Identifier) -> Vec<ItemId>;
    /// Holds on an item, its own and those that spread to it: the active ones, and those lifted
    /// since that were in force at some moment of `during`.
    fn holds_on(&self, id: ItemId, during: Interval) -> Vec<HeldBy>;
    /// Whether a hold of this code was ever placed, and whether it is still active.
    fn hold(&self, code: &HoldCode) -> Option<bool>;
    /// Whether a station has acknowledged a hold.
    fn has_acknowledged(&self, code: &HoldCode, station: &StationCode) -> bool;
    /// Whether `output` is already inside `input`, at any depth.
    fn contains(&self, output: ItemId, input: ItemId) -> bool;
    /// What is directly in a container.
    fn contents(&self, container: ItemId) -> Vec<ItemId>;
    /// How much of a component is in a parent now.
    fn installed(&self, component: ItemId, parent: ItemId) -> Amount;
    /// What is loaded at a slot by the latest facts.
    fn loaded(&self, station: &StationCode, slot: &SlotCode) -> Vec<ItemId>;
    /// What may have been loaded at a slot, or at any slot of the station, at some time.
    ///
    /// Unless better is known: what is loaded by the latest facts, and of no slot at all.
    fn loaded_when(
        &self,
        station: &StationCode,
        slot: Option<&SlotCode>,
        when: Interval,
    ) -> Vec<ItemId> {
        let _: Interval = when;
        slot.map_or_else(Vec::new, |slot| self.loaded(station, slot))
    }
    /// Whether a code is defined.
    fn knows(&self, what: Known, code: &str) -> bool;
    /// The facts that tell parts of a run and are not superseded.
    fn parts_of(&self, run: &RunCode) -> Vec<Entry>;
    /// An entry of the ledger.
    fn entry(&self, position: Position) -> Option<Entry>;
    /// The entry that superseded another.
    fn superseded(&self, position: Position) -> Option<Position>;
    /// What became of the signature of an entry. Without more being said, it holds.
    fn signature_of(&self, position: Position) -> SignatureFate {
        let _: Position = position;
        SignatureFate::default()
    }
    /// The last number of a scope's series; none if no scope is called so.
    fn scope(&self, code: &ScopeCode) -> Option<&FreezeScope>;
    /// Whether an exception was opened there, and whether it is still open.
    fn exception(&self, position: Position) -> Option<bool>;
    /// The position of the next entry.
    fn next_position(&self) -> Position;
    /// A version of a work master. Without more being said, work follows none.
    fn version(&self, hash: &MasterHash) -> Option<&Version> {
        let _: &MasterHash = hash;
        None
    }
    /// Every version of a work master.
    fn versions_of(&self, code: &MasterCode) -> Vec<&Version> {
        let _: &MasterCode = code;
        Vec::new()
    }
    /// The versions that are effective for a part: one for each kind of work.
    fn effective(&self, part: &Part) -> Vec<&Version> {
        let _: &Part = part;
        Vec::new()
    }
    /// An execution that is not ended.
    fn execution(&self, position: Position) -> Option<&Execution> {
        let _: Position = position;
        None
    }
    /// A nonconformance.
    fn nonconformance(&self, code: &NonconformanceCode) -> Option<&Nonconformance> {
        let _: &NonconformanceCode = code;
        None
    }
    /// A planned order. Without more being said, none is.
    fn order(&self, code: &OrderCode) -> Option<&Order> {
        let _: &OrderCode = code;
        None
    }
    /// The items that are in an order.
    fn order_items(&self, code: &OrderCode) -> Vec<ItemId> {
        let _: &OrderCode = code;
        Vec::new()
    }
    /// How much of what an order plans is started and not scrapped.
    fn order_taken(&self, code: &OrderCode) -> Amount {
        let _: &OrderCode = code;
        Amount::ZERO
    }
    /// Every range of serial numbers.
    fn ranges(&self) -> Vec<&SerialRange> {
        Vec::new()
    }
    /// Whether there is any.
    fn has_ranges(&self) -> bool {
        false
    }
    /// A range of serial numbers.
    fn range(&self, code: &RangeCode) -> Option<&SerialRange> {
        let _: &RangeCode = code;
        None
    }
    /// Who is qualified for something during all of an interval.
    fn qualified(&self, code: &QualificationCode, during: Interval) -> Vec<PersonCode> {
        let _: (&QualificationCode, Interval) = (code, during);
        Vec::new()
    }
    /// Whether people have accounts here: then they can sign, and where it is demanded they must.
    fn has_accounts(&self) -> bool {
        false
    }
    /// Whether anybody who may use an account has this role.
    fn may_sign(&self, role: Role) -> bool {
        let _: Role = role;
        false
    }
    /// Whether a person is qualified for something during all of an interval.
    fn is_qualified(
        &self,
        person: &PersonCode,
        code: &QualificationCode,
        during: Interval,
    ) -> bool {
        self.qualified(code, during).contains(person)
    }
    /// A station.
    fn station(&self, code: &StationCode) -> Option<&Station>;
    /// A piece of equipment.
    fn equipment(&self, code: &EquipmentCode) -> Option<&Equipment>;
    /// How a piece of equipment was last found by a time, and until when that holds.
    fn last_check(&self, code: &EquipmentCode, at: Time) -> Option<LastCheck>;
}

/// How a piece of equipment was last found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastCheck {
    /// Whether it was found good.
    pub good: bool,
    /// When the next check is due.
    pub due: Option<Time>,
}

/// What becomes of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It goes into the ledger; what was found becomes exceptions.
    Admit(Vec<Finding>),
    /// It does not; an attempt's refusal is itself recorded.
    Refuse(Vec<Finding>),
}

/// Runs every rule on a prepared fact.
#[must_use]
pub fn decide(fact: &Fact, context: &Context, now: Time, facts: &impl Facts) -> Decision {
    // What is about to be done meets everything known now, whatever time it claims; what was
    // done meets what was so when it was done. A thing that happened later is no conflict.
    let until = match context.mode {
        Mode::Attempt => context.performed.to.max(now),
        Mode::Report => context.performed.to.min(now),
    };
    let mut check = check::Check { facts, context, now, until, found: Vec::new() };
    check.time(context.performed);
    check.context_codes();
    start::by_instruction(fact, &mut check);
    start::told_late(fact, &mut check);
    rule(fact, &mut check);
    let found = check.found;
    let refuses = found.iter().any(|finding| match (finding.weight, context.mode) {
        (Weight::Malformed, _) | (Weight::Rule, Mode::Attempt) => true,
        (Weight::Rule, Mode::Report) => is_permission(fact),
        (Weight::Exception, _) => false,
    });
    if refuses { Decision::Refuse(found) } else { Decision::Admit(found) }
}

/// Whether a fact is what makes other acts allowed. It counts from when it is in the ledger, so it
/// cannot have been otherwise: a rule it breaks refuses it, however it is told.
const fn is_permission(fact: &Fact) -> bool {
    matches!(
        fact,
        either!(masters orders AssignMaster Deviate Dispose Release NotApplicable VoidSignature
            SignAgain)
    )
}

#[expect(clippy::too_many_lines, reason = "one arm an act; splitting it would hide a gap")]
fn rule<F: Facts>(fact: &Fact, check: &mut check::Check<'_, F>) {
    match fact {
        Act::DefineMaterial(v) => made::material(v, check),
        Act::DefineBom(v) => made::bom(v, check),
        Act::DefinePlace(v) => check.known(Known::Place, v.within.as_ref()),
        Act::DefineWorkCenter(v) => check.known(Known::Place, v.place.as_ref()),
        Act::DefineStation(v) => check.known(Known::WorkCenter, v.work_center.as_ref()),
        Act::DefineEquipment(v) => check.known(Known::Station, v.station.as_ref()),
        Act::DefineOrder(v) => {
            made::order(v, check);
            order::defined(v, check);
        }
        Act::PlanOrder(v) => order::plan(v, check),
        Act::ReleaseOrder(v) => order::release(v, check),
        Act::SplitOrder(v) => order::split(v, check),
        Act::CloseOrder(v) => order::close(v, check),
        Act::DefineRange(v) => serial::define(v, check),
        Act::IssueSerials(v) => serial::issue(v, check),
        Act::VoidSerials(v) => serial::void(v, check),
        Act::CheckEquipment(v) => check.known(Known::Equipment, Some(&v.equipment)),
        Act::DefineSchema(v) => made::schema(v, check),
        Act::Describe(v) => made::describe(v, check),
        either!(parties Erase Import DeclareError NoteAccount) => {}
        either!(ExtendHold Except Refuse) => check.malformed(
            &format!("{} is written by the rules, never asked for", fact.word()),
            "leave it out",
        ),
        Act::Create(v) => made::create(v, check),
        Act::Receive(v) => made::receive(v, check),
        Act::Identify(v) => made::identify(v, check),
        Act::Withdraw(v) => made::withdraw(v, check),
        Act::Assign(v) => made::assign(v, check),
        Act::ChangePart(v) => {
            check.part_known(&v.part);
            check.not_gone(v.item);
            start::not_in_work(v.item, check);
        }
        Act::NotApplicable(v) => conformity::not_applicable(v, check),
        Act::Inspect(v) => made::inspect(v, check),
        Act::Split(v) => made::split(v, check),
        Act::Merge(v) => made::merge(v, check),
        Act::Count(v) => {
            check.kind_is_lot(v.lot);
            check.not_negative("quantity", v.quantity);
        }
        Act::Sample(v) => made::sample(v, check),
        Act::Scrap(v) => made::scrap(v, check),
        Act::Step(v) => material::step(v, check),
        Act::Install(v) => material::install(v, check),
        Act::Remove(v) => material::remove(v, check),
        Act::Replace(v) => material::replace(v, check),
        Act::Consume(v) => material::consume(v, check),
        Act::Transform(v) => material::transform(v, check),
        Act::Load(v) => material::load(v, check),
        Act::Unload(v) => material::unload(v, check),
        Act::Pack(v) => moved::pack(v, check),
        Act::Unpack(v) => moved::unpack(v, check),
        Act::Move(v) => moved::moved(v, check),
        Act::Ship(v) => moved::ship(v, check),
        Act::ReceiveBack(v) => moved::receive_back(v, check),
        Act::Hold(v) => moved::hold(v, check),
        Act::Lift(v) => moved::lift(v, check),
        Act::AcknowledgeHold(v) => moved::acknowledge_hold(v, check),
        Act::Clear(v) => moved::clear(v, check),
        Act::Correct(v) => amend::correct(v, check),
        Act::VoidSignature(v) => signed::void(v, check),
        Act::SignAgain(v) => signed::again(v, check),
        Act::CloseException(v) => moved::close(v, check),
        Act::FreezeScope(v) => scope::freeze(v, check),
        Act::ProposeMaster(v) => master::propose(v, check),
        Act::ApproveMaster(v) => master::approve(v, check),
        Act::RejectMaster(v) => master::reject(v, check),
        Act::ActivateMaster(v) => master::activate(v, check),
        Act::RetireMaster(v) => master::retire(v, check),
        Act::Acknowledge(v) => master::acknowledge(v, check),
        Act::Qualify(v) => master::qualify(v, check),
        Act::AssignMaster(v) => start::assign(v, check),
        Act::StartWork(v) => start::start(v, check),
        Act::ResumeWork(v) => start::resume(v, check),
        Act::PauseWork(v) => start::pause(v, check),
        Act::AbandonWork(v) => start::abandon(v, check),
        Act::Take(v) => capture::take(v, check),
        Act::CloseStep(v) => capture::close(v, check),
        Act::Deviate(v) => capture::deviate(v, check),
        Act::OpenNonconformance(v) => conformity::open(v, check),
        Act::Dispose(v) => conformity::dispose(v, check),
        Act::Release(v) => conformity::release(v, check),
    }
}

/// Whether a broken rule, told by a report, holds the items it happened to until somebody decides.
#[must_use]
pub const fn holds_items(code: Code) -> bool {
    matches!(
        code,
        Code::OnHold
            | Code::Expired
            | Code::Scrapped
            | Code::NotAccepted
            | Code::WrongPart
            | Code::WrongRevision
            | Code::OutOfLimits
    )
}

/// The items that a broken rule, told by a report, puts on hold until somebody decides: what the
/// material went into, where it went into something, else the item the rule was about.
#[must_use]
pub fn items_to_hold(fact: &Fact, finding: &Finding) -> Vec<ItemId> {
    if !holds_items(finding.code) {
        return Vec::new();
    }
    match fact {
        Act::Install(v) => alloc::vec![v.parent],
        Act::Replace(v) => alloc::vec![v.parent],
        Act::Consume(v) => v.into.clone(),
        Act::Transform(v) if !v.outputs.is_empty() => v.outputs.clone(),
        Act::Take(v) => v.item.into_iter().collect(),
        either!(
            parties definitions labels quantities loadings moves decisions notes masters
                CloseStep PauseWork ResumeWork AbandonWork Deviate Create Receive Split Merge Assign
                Step Remove Transform StartWork AssignMaster OpenNonconformance Dispose Release
        ) => finding.item.into_iter().collect(),
    }
}

/// The role that owns an exception.
#[must_use]
pub const fn owner(code: Code) -> &'static str {
    let of_stock = matches!(
        code,
        Code::MoreThanLeft | Code::WrongUnit | Code::NotThere | Code::PackedElsewhere
    );
    if of_stock { "logistics" } else { "quality" }
}

/// Every item an entry of this fact touches, born ones first, each once.
#[must_use]
pub fn touched(fact: &Fact, position: Position, facts: &impl Facts) -> Vec<ItemId> {
    let mut seen = BTreeSet::new();
    let mut touched = Vec::new();
    let mut touch = |id: ItemId| {
        if seen.insert(id) {
            touched.push(id);
        }
    };
    let births = u16::try_from(fact.births()).unwrap_or(u16::MAX);
    (0..births).for_each(|ordinal| touch(ItemId { birth: position, ordinal }));
    fact.items().into_iter().copied().for_each(&mut touch);
    match fact {
        Act::Ship(v) => {
            v.lines.iter().for_each(|line| deep(line.item, facts, &mut touch));
        }
        Act::ReceiveBack(v) => {
            v.items.iter().for_each(|portion| deep(portion.item, facts, &mut touch));
        }
        // A container's inspection releases what came back in it.
        Act::Inspect(v) => deep(v.item, facts, &mut touch),
        Act::Correct(v) => {
            for entry in v.entries.iter().filter_map(|position| facts.entry(*position)) {
                entry.touches.iter().for_each(|old| touch(old.item));
            }
        }
        // Whose record the signature was under shows without it.
        Act::VoidSignature(VoidSignature { entry, .. }) | Act::SignAgain(SignAgain { entry }) => {
            let signed = facts.entry(*entry);
            signed.iter().flat_map(|entry| &entry.touches).for_each(|old| touch(old.item));
        }
        either!(workings) => {
            let execution = execution::subject(fact).and_then(|at| facts.execution(at));
            execution.into_iter().flat_map(Execution::item_ids).for_each(&mut touch);
        }
        either!(
            parties definitions labels fittings loadings decisions masters Create Receive Split
            Merge Assign Step Consume Transform Count Sample Scrap Pack Unpack Move Except
            CloseException Refuse Erase Import DeclareError FreezeScope NoteAccount StartWork
            AssignMaster OpenNonconformance Dispose Release
        ) => {}
    }
    touched
}

/// Visits what is in a container, at any depth, each once: reports may disagree about what is in
/// what, so a container may seem to be in itself.
fn deep(container: ItemId, facts: &impl Facts, visit: &mut impl FnMut(ItemId)) {
    let mut seen = BTreeSet::from([container]);
    let mut open = facts.contents(container);
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            visit(id);
            open.extend(facts.contents(id));
        }
    }
}
