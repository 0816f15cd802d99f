//! What an entry says, in words.

use std::convert::Infallible;

use domain::act::{Act, Amendment, Consume, IssueSerials, Origin, Purpose, Ship, Step, Take};
use domain::instruction::MasterHash;
use domain::{Amount, Fact, ItemId, Position};

use super::seen::Seen;

/// Most items named in words; a list beside has all.
const NAMED_MAX: usize = 3;

impl Seen<'_> {
    /// How an item is called now; its id where it is not known.
    fn called(&self, id: ItemId) -> String {
        self.state.item_state(id).map_or_else(|| format!("id:{id}"), |item| item.label())
    }

    fn each(&self, ids: &[ItemId]) -> String {
        let rest = ids.len().saturating_sub(NAMED_MAX);
        let named: Vec<_> = ids.iter().take(NAMED_MAX).map(|id| self.called(*id)).collect();
        match rest {
            0 => named.join(", "),
            _ => format!("{} and {rest} more", named.join(", ")),
        }
    }

    /// What a fact says.
    #[expect(clippy::too_many_lines, reason = "one arm an act; splitting it would hide a gap")]
    pub(super) fn words(&self, fact: &Fact, position: Position) -> String {
        match fact {
            Act::DefineMaterial(v) => format!("defined part {}: {}", v.part, v.name),
            Act::DefineBom(v) => {
                format!("defined the bill of material of {}: {} lines", v.part, v.lines.len())
            }
            Act::DefineParty(v) => format!("defined party {}: {}", v.code, v.name),
            Act::DefinePlace(v) => format!("defined place {}: {}", v.code, v.name),
            Act::DefineWorkCenter(v) => format!("defined work center {}: {}", v.code, v.name),
            Act::DefineStation(v) => format!("defined station {}: {}", v.code, v.name),
            Act::DefineEquipment(v) => format!("defined equipment {}: {}", v.code, v.name),
            Act::DefinePerson(v) => format!("defined person {}", v.code),
            Act::DefineOrder(v) => format!("defined order {}", v.code),
            Act::PlanOrder(v) => {
                format!("planned order {}: {} of {}", v.code, v.quantity, v.part)
            }
            Act::ReleaseOrder(v) => format!("released order {}", v.order),
            Act::SplitOrder(v) => {
                format!("split {} of order {} off as {}", v.quantity, v.order, v.into)
            }
            Act::CloseOrder(v) => format!("closed order {}", v.order),
            Act::DefineRange(v) => {
                format!("defined range {}: {} to {}", v.code, v.text(v.first), v.text(v.last))
            }
            Act::IssueSerials(v) => issued_in_words(v),
            Act::VoidSerials(v) => {
                format!("declared {} of range {} void", v.numbers.join(", "), v.range)
            }
            Act::CheckEquipment(v) => {
                format!("checked {}: {}", v.equipment, if v.good { "good" } else { "not good" })
            }
            Act::Create(v) => {
                let how = match v.origin {
                    Origin::Made => "made",
                    Origin::OpeningStock => "took over from stock",
                    Origin::OpeningWork => "took over from work in process",
                    Origin::Expected => "announced",
                    Origin::Implied => "inferred",
                };
                format!(
                    "{how} {}",
                    self.born(v.kind.word(), v.part.as_ref(), (v.items.len(), position))
                )
            }
            Act::Receive(v) => {
                let count = v.items.len().saturating_add(v.announced.len());
                let what = self.born(v.kind.word(), Some(&v.part), (count, position));
                format!("received {what} from {}", v.supplier)
            }
            Act::Identify(v) => {
                let names: Vec<_> = v.identifiers.iter().map(ToString::to_string).collect();
                format!("labelled {} as {}", self.called(v.item), names.join(", "))
            }
            Act::Withdraw(v) => format!("withdrew {} of {}", v.identifier, self.called(v.item)),
            Act::Describe(v) => {
                let names: Vec<_> = v.fields.keys().map(String::as_str).collect();
                format!("described {}: {}", self.called(v.item), names.join(", "))
            }
            Act::Assign(v) => {
                let order = v.order.iter().map(|order| format!("order {order}"));
                let above = v.production_order.iter().map(|o| format!("production order {o}"));
                let lot = v.lot.iter().map(|lot| format!("lot {}", self.called(*lot)));
                let to: Vec<_> = order.chain(above).chain(lot).collect();
                format!("assigned {} to {}", self.each(&v.items), to.join(", "))
            }
            Act::NotApplicable(v) => {
                format!("signed that {} of {} does not apply", v.field, self.called(v.item))
            }
            Act::ChangePart(v) => format!("made {} a {}", self.called(v.item), v.part),
            Act::Inspect(v) => {
                let good = v.accepted.map(|amount| format!("{amount} accepted"));
                let bad = v.rejected.map(|amount| format!("{amount} rejected"));
                let said: Vec<_> = good.into_iter().chain(bad).collect();
                let said = if said.is_empty() { "accepted".to_owned() } else { said.join(", ") };
                format!("inspected {}: {said}", self.called(v.item))
            }
            Act::Split(v) => format!("parted {} lots off {}", v.into.len(), self.called(v.lot)),
            Act::Merge(v) => {
                let lots: Vec<_> = v.lots.iter().map(|portion| portion.item).collect();
                format!("joined {}", self.each(&lots))
            }
            Act::Count(v) => format!("counted {} of {}", v.quantity, self.called(v.lot)),
            Act::Sample(v) => format!("sampled {}", self.portion(v.item, v.quantity)),
            Act::Step(v) => self.step_in_words(v),
            Act::Install(v) => {
                let what = self.portion(v.component, v.quantity);
                format!("installed {what} in {}", self.called(v.parent))
            }
            Act::Remove(v) => {
                let what = self.portion(v.component, v.quantity);
                format!("removed {what} from {}", self.called(v.parent))
            }
            Act::Replace(v) => {
                let (old, new) = (self.called(v.old), self.called(v.new));
                format!("replaced {old} by {new} in {}", self.called(v.parent))
            }
            Act::Consume(v) => self.consume_in_words(v),
            Act::Transform(v) => {
                let inputs: Vec<_> = v.inputs.iter().map(|portion| portion.item).collect();
                let (inputs, outputs) = (self.each(&inputs), self.each(&v.outputs));
                match &v.run {
                    Some(run) if v.outputs.is_empty() => format!("put {inputs} into run {run}"),
                    Some(run) if v.inputs.is_empty() => format!("took {outputs} out of run {run}"),
                    Some(_) | None => format!("turned {inputs} into {outputs}"),
                }
            }
            Act::Load(v) => {
                format!("loaded {} at {} slot {}", self.called(v.lot), v.station, v.slot)
            }
            Act::Unload(v) => {
                let lot = v.lot.map_or("what was there".to_owned(), |lot| self.called(lot));
                format!("took {lot} off {} slot {}", v.station, v.slot)
            }
            Act::Pack(v) => {
                let items: Vec<_> = v.items.iter().map(|packed| packed.item).collect();
                format!("packed {} in {}", self.each(&items), self.called(v.container))
            }
            Act::Unpack(v) => {
                format!("unpacked {} from {}", self.each(&v.items), self.called(v.container))
            }
            Act::Move(v) => format!("moved {} to {}", self.each(&v.items), v.place),
            Act::Ship(v) => self.ship_in_words(v),
            Act::ReceiveBack(v) => {
                let items: Vec<_> = v.items.iter().map(|portion| portion.item).collect();
                let from = v.party.as_ref().map(|party| format!(" from {party}"));
                format!("took back {}{}", self.each(&items), from.unwrap_or_default())
            }
            Act::Hold(v) => {
                let on: Vec<_> = v.on.iter().map(|start| self.start_in_words(start)).collect();
                format!("placed hold {} on {}", v.code, on.join(", "))
            }
            Act::ExtendHold(v) => format!("extended hold {} by {} items", v.code, v.items.len()),
            Act::Lift(v) => format!("lifted hold {}", v.code),
            Act::AcknowledgeHold(v) => format!("acknowledged hold {}", v.code),
            Act::Scrap(v) => format!("scrapped {}", self.portion(v.item, v.quantity)),
            Act::Clear(v) => {
                format!("cleared {} of {}", self.each(&v.items), self.called(v.of))
            }
            Act::Correct(v) => {
                let how = match &v.amendment {
                    Amendment::Withdraw => "withdrew".to_owned(),
                    Amendment::Substitute { wrong, right, .. } => {
                        format!("put {} for {} in", self.called(*right), self.called(*wrong))
                    }
                    Amendment::Retime { performed } => format!("retimed to {performed}"),
                    Amendment::Restate { act } => format!("restated as {}:", act.word()),
                };
                let entries: Vec<_> =
                    v.entries.iter().take(NAMED_MAX).map(ToString::to_string).collect();
                let rest = v.entries.len().saturating_sub(entries.len());
                let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                format!("{how} entry {}{more}", entries.join(", "))
            }
            Act::Except(v) => format!("raised {} by entry {}: {}", v.code, v.entry, v.detail),
            Act::VoidSignature(v) => format!("voided the signature of entry {}", v.entry),
            Act::SignAgain(v) => format!("signed entry {} again", v.entry),
            Act::CloseException(v) => format!("closed the exception of entry {}", v.exception),
            Act::Refuse(v) => format!("refused to {}: {} {}", v.attempted, v.code, v.detail),
            Act::FreezeScope(v) => {
                let how = if v.number == 0 { "froze" } else { "looked again at" };
                format!(
                    "{how} scope {} at position {}: {} proven, {} possible, {} cleared",
                    v.code, v.known_at, v.proven, v.possible, v.cleared
                )
            }
            Act::DefineSchema(_) => "defined the fields of the record".to_owned(),
            Act::Erase(v) => format!("erased the data of {}", v.person),
            Act::Import(v) => {
                let how = if v.complete { "finished" } else { "began" };
                format!("{how} import {} of {} rows", v.code, v.rows)
            }
            Act::DeclareError(v) => format!("declared {} wrong before it came", v.report),
            Act::NoteAccount(v) => v.words(),
            Act::ProposeMaster(v) => {
                format!("proposed {} version {}", v.master.code, v.master.version)
            }
            Act::ApproveMaster(v) => format!("approved {}", self.version_in_words(&v.master)),
            Act::RejectMaster(v) => format!("rejected {}", self.version_in_words(&v.master)),
            Act::ActivateMaster(v) => {
                format!("made {} effective", self.version_in_words(&v.master))
            }
            Act::RetireMaster(v) => format!("retired {}", self.version_in_words(&v.master)),
            Act::Acknowledge(v) => {
                format!("read and understood {}", self.version_in_words(&v.master))
            }
            Act::Qualify(v) => format!("said {} is qualified for {}", v.person, v.qualification),
            Act::AssignMaster(v) => {
                format!("moved {} to {}", self.each(&v.items), self.version_in_words(&v.master))
            }
            Act::StartWork(v) => {
                let items: Vec<_> = v.items.iter().map(|worked| worked.item).collect();
                let operation = v.operation.as_ref().map_or("work", |code| code.as_str());
                format!("started {operation} on {}", self.each(&items))
            }
            Act::Take(v) => self.take_in_words(v),
            Act::CloseStep(v) => match &v.completes {
                Some(operation) => format!("closed step {}: {operation} is complete", v.step),
                None => format!("closed step {}", v.step),
            },
            Act::PauseWork(v) => format!("paused execution {}", v.execution),
            Act::ResumeWork(v) => format!("went on with execution {}", v.execution),
            Act::AbandonWork(v) if v.items.is_empty() => {
                format!("ended execution {} without completing it", v.execution)
            }
            Act::AbandonWork(v) => {
                format!("took {} out of execution {}", self.each(&v.items), v.execution)
            }
            Act::Deviate(v) => {
                let on = v.item.map(|item| format!(" on {}", self.called(item)));
                let on = on.unwrap_or_default();
                format!("allowed step {} without {}{on}", v.step, v.capture)
            }
            Act::OpenNonconformance(v) => {
                let code = v.code.as_ref().map_or("a nonconformance", |code| code.as_str());
                format!("opened {code} on {}: {}", self.each(&v.items), v.description)
            }
            Act::Release(v) => format!("released {}", self.called(v.item)),
            Act::Dispose(v) => format!("decided {}: {}", v.nonconformance, v.disposition.word()),
        }
    }

    fn version_in_words(&self, hash: &MasterHash) -> String {
        let version = self.state.floor().versions.get(hash);
        version.map_or_else(|| format!("work master {}", hash.short()), |version| version.name())
    }

    fn take_in_words(&self, v: &Take<ItemId>) -> String {
        let value = self.value_in_words(&v.value);
        let on = v.item.map(|item| format!(" on {}", self.called(item))).unwrap_or_default();
        let bad = if v.good == Some(false) { ": not good" } else { "" };
        let instead = v.instead_of.map(|at| format!(", instead of entry {at}")).unwrap_or_default();
        format!("took {} {value}{on} for step {}{bad}{instead}", v.capture, v.step)
    }

    fn portion(&self, item: ItemId, quantity: Option<Amount>) -> String {
        match quantity {
            Some(quantity) => format!("{quantity} of {}", self.called(item)),
            None => self.called(item),
        }
    }

    fn born(
        &self,
        kind: &str,
        part: Option<&domain::Part>,
        (count, birth): (usize, Position),
    ) -> String {
        let part = part.map(|part| format!(" {part}")).unwrap_or_default();
        let first = self.state.item_state(ItemId { birth, ordinal: 0 });
        match (count, first) {
            (0 | 1, Some(first)) => format!("{kind}{part} {}", first.label()),
            (0 | 1, None) => format!("{kind}{part}"),
            _ => format!("{count} {kind}s{part}"),
        }
    }

    fn step_in_words(&self, v: &Step<ItemId>) -> String {
        let outcome = match v.outcome {
            domain::act::Outcome::Done => "",
            domain::act::Outcome::Pass => ": pass",
            domain::act::Outcome::Fail => ": fail",
        };
        let items: Vec<_> = v.items.iter().map(|worked| worked.item).collect();
        let run = v.run.as_ref().map(|run| format!(" in run {run}")).unwrap_or_default();
        format!("{} on {}{run}{outcome}", v.operation, self.each(&items))
    }

    fn consume_in_words(&self, v: &Consume<ItemId>) -> String {
        let from = self.each(&v.from);
        let one_of = match (v.from.len(), v.choice) {
            (0 | 1, _) => "",
            (_, domain::act::Choice::OneOf) => "one of ",
            (_, domain::act::Choice::Mix) => "a mix of ",
        };
        format!("used {} of {one_of}{from} in {}", v.quantity, self.each(&v.into))
    }

    fn ship_in_words(&self, v: &Ship<ItemId>) -> String {
        let items: Vec<_> = v.lines.iter().map(|line| line.item).collect();
        let items = self.each(&items);
        let with = v.shipment.as_ref().map(|code| format!(" with {code}")).unwrap_or_default();
        match v.purpose {
            Purpose::Delivery => match &v.sender {
                Some(sender) => format!("{sender} sent {items} on to {}{with}", v.party),
                None => format!("shipped {items} to {}{with}", v.party),
            },
            Purpose::Subcontract => format!("sent {items} to subcontractor {}{with}", v.party),
            Purpose::ReturnToSupplier => format!("sent {items} back to {}{with}", v.party),
        }
    }

    /// A start in words: an item by its name.
    pub(super) fn start_in_words(&self, start: &domain::start::Start<ItemId>) -> String {
        let named = start.try_map(&mut |item| Ok::<_, Infallible>(self.called(*item)));
        match named {
            Ok(named) => named.to_string(),
            Err(never) => match never {},
        }
    }
}

fn issued_in_words(v: &IssueSerials) -> String {
    let order = v.order.as_ref().map(|order| format!(" for order {order}"));
    let station = v.station.as_ref().map(|station| format!(" to station {station}"));
    let (order, station) = (order.unwrap_or_default(), station.unwrap_or_default());
    format!("gave out {} numbers of range {}{order}{station}", v.count, v.range)
}

/// Why it was done, where it says so.
#[expect(clippy::too_many_lines, reason = "one arm an act; splitting it would hide a gap")]
pub(super) fn why(fact: &Fact) -> Option<&str> {
    match fact {
        Act::Withdraw(v) => Some(&v.reason),
        Act::NotApplicable(v) => Some(&v.reason),
        Act::ChangePart(v) => Some(&v.reason),
        Act::Inspect(v) => v.reason.as_deref(),
        Act::Count(v) => v.explanation.as_deref(),
        Act::Sample(v) | Act::Scrap(v) => Some(&v.reason),
        Act::Step(v) => v.note.as_deref(),
        Act::Remove(v) => Some(&v.reason),
        Act::Replace(v) => Some(&v.reason),
        Act::ReceiveBack(v) => v.reason.as_deref(),
        Act::Hold(v) => Some(&v.reason),
        Act::Lift(v) => Some(&v.reason),
        Act::Clear(v) => Some(&v.reason),
        Act::Correct(v) => Some(&v.reason),
        Act::CloseException(v) => Some(&v.reason),
        Act::VoidSignature(v) => Some(&v.reason),
        Act::Refuse(v) => Some(&v.detail),
        Act::Erase(v) => Some(&v.reason),
        Act::FreezeScope(v) => Some(&v.reason),
        Act::DefineMaterial(_)
        | Act::DefineBom(_)
        | Act::DefineParty(_)
        | Act::DefinePlace(_)
        | Act::DefineWorkCenter(_)
        | Act::DefineStation(_)
        | Act::DefineEquipment(_)
        | Act::DefinePerson(_)
        | Act::DefineOrder(_)
        | Act::DefineRange(_)
        | Act::IssueSerials(_)
        | Act::CheckEquipment(_)
        | Act::Create(_)
        | Act::Receive(_)
        | Act::Identify(_)
        | Act::Describe(_)
        | Act::Assign(_)
        | Act::Split(_)
        | Act::Merge(_)
        | Act::Install(_)
        | Act::Consume(_)
        | Act::Transform(_)
        | Act::Load(_)
        | Act::Unload(_)
        | Act::Pack(_)
        | Act::Unpack(_)
        | Act::Move(_)
        | Act::Ship(_)
        | Act::ExtendHold(_)
        | Act::SignAgain(_)
        | Act::AcknowledgeHold(_)
        | Act::Except(_)
        | Act::DefineSchema(_)
        | Act::Import(_)
        | Act::ApproveMaster(_)
        | Act::ActivateMaster(_)
        | Act::Acknowledge(_)
        | Act::StartWork(_)
        | Act::CloseStep(_)
        | Act::ResumeWork(_)
        | Act::Release(_)
        | Act::OpenNonconformance(_) => None,
        Act::DeclareError(v) => Some(&v.reason),
        Act::NoteAccount(v) => v.reason.as_deref(),
        Act::ProposeMaster(v) => Some(&v.reason),
        Act::RejectMaster(v) => Some(&v.reason),
        Act::RetireMaster(v) => Some(&v.reason),
        Act::Qualify(v) => Some(&v.reason),
        Act::AssignMaster(v) => Some(&v.reason),
        Act::PlanOrder(v) => v.reason.as_deref(),
        Act::ReleaseOrder(v) => v.reason.as_deref(),
        Act::SplitOrder(v) => Some(&v.reason),
        Act::CloseOrder(v) => v.reason.as_deref(),
        Act::VoidSerials(v) => Some(&v.reason),
        Act::Take(v) => v.reason.as_deref(),
        Act::PauseWork(v) => v.reason.as_deref(),
        Act::AbandonWork(v) => Some(&v.reason),
        Act::Deviate(v) => Some(&v.reason),
        Act::Dispose(v) => Some(&v.reason),
    }
}
