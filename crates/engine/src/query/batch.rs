//! The batch record of an item (DHR): what it must hold and does, what is missing, what stands out
//! by a named rule, what no rule covers, and when each step came to be known.
//!
//! Words: a *finding* is what a rule of the review found and a person has to look at; the *content*
//! of a record is every entry that touches the item, and its hash binds their leaves, so a proof
//! file of the item is enough to check it.
//!
//! Source: 21 CFR 820.35(c), ISO 13485 7.5.1; 21 CFR 820.184 (a) to (f) as the list of fields.

mod handed;
mod review;
mod shown;
mod signatures;
mod times;

pub use signatures::{Released, Unsigned};

use std::collections::BTreeSet;
use std::rc::Rc;

use domain::act::{Act, RecordField};
use domain::entry::Entry;
use domain::execution;
use domain::item::Status;
use domain::rules;
use domain::{
    Code, FileRef, ItemRef, Meaning, Mode, NonconformanceCode, OperationCode, OrderCode, Part,
    PersonCode, Position, StationCode, StepCode, Time,
};
use genealogy::ItemIndex;
use merkle::Hash;
use merkle::tree::leaf_hash;
use serde::{Deserialize, Serialize};

pub use handed::RecordStanding;
use times::Around;
use times::Times;
pub use times::{AROUND_ENTRIES_MAX, AROUND_MAX, Test};

use super::Seen;
use super::line::ItemName;
use super::work::MadeBy;
use crate::error::{Error, Result};
use crate::plant::{At, Plant, at_of};
use crate::proof::record_hash;
use crate::state::Known;

/// Longest time from the end of work, as it was told, to its entry that is not called late. Units:
/// microseconds.
pub const LATE_AFTER_US: i64 = crate::contemporaneity::LAG_MAX_US;
/// How near to a limit a value stands out. Units: percent of what the limits allow.
pub const NEAR_LIMIT_PERCENT: i64 = 5;

/// What is missing before a record is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Which field of the record.
    pub field: String,
    /// What is missing, in words.
    pub what: String,
    /// What to do about it.
    pub needed: String,
}

/// A rule of the review.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// An attempt was refused.
    Refused,
    /// A value was not good and was taken again.
    Retry,
    /// A value was set aside for another by who took it.
    Mended,
    /// A good value is near a limit.
    NearLimit,
    /// A step closed without what it demands, by permission.
    Deviation,
    /// It did not conform.
    Nonconformance,
    /// It was held.
    Hold,
    /// A report broke a rule.
    Exception,
    /// It became known late.
    Late,
    /// An entry was corrected.
    Correction,
    /// It is not certain what went in.
    Ambiguity,
    /// A step took much less or much more time than expected.
    Pace,
    /// Equipment that was used on it was found bad at its next check.
    Equipment,
    /// It was worked on past its instruction.
    OutsideInstruction,
    /// It was entered long after a scan or a device shows that it was done (CT-01).
    EntryLag,
    /// Steps that follow one another were entered at once (CT-03).
    SameTime,
    /// All of it was entered at the end of its time at a station, as of others (CT-05).
    HandoffCluster,
    /// It was entered after the item was seen elsewhere (CT-06).
    AfterDeparture,
    /// It was performed before what it has to come after (CT-07).
    OutOfOrder,
    /// Who worked on it was said to be qualified only afterwards.
    Qualification,
}

impl Rule {
    /// Every rule, in the order they are looked at.
    pub const ALL: [Self; 20] = [
        Self::Refused,
        Self::Retry,
        Self::Mended,
        Self::NearLimit,
        Self::Deviation,
        Self::Nonconformance,
        Self::Hold,
        Self::Exception,
        Self::Late,
        Self::Correction,
        Self::Ambiguity,
        Self::Pace,
        Self::Equipment,
        Self::OutsideInstruction,
        Self::EntryLag,
        Self::SameTime,
        Self::HandoffCluster,
        Self::AfterDeparture,
        Self::OutOfOrder,
        Self::Qualification,
    ];
}

/// Something a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// By which rule.
    pub rule: Rule,
    /// What it is, in words.
    pub what: String,
    /// The entries that show it.
    pub evidence: Vec<Position>,
    /// How it was settled, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
    /// How it was found, where statistics or limits of time did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Test>,
}

/// What a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Looked {
    /// Which rule.
    pub rule: Rule,
    /// How many things it looked at.
    pub looked: usize,
    /// How many of them stand out.
    pub found: usize,
}

/// Something no rule judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unjudged {
    /// What it is.
    pub what: String,
    /// What was captured.
    pub value: String,
    /// Its entry.
    pub position: Position,
}

/// What the review covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Every rule.
    pub rules: Vec<Looked>,
    /// What a person must look at, because no rule does.
    pub unjudged: Vec<Unjudged>,
}

/// When the steps became known.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Contemporaneity {
    /// Steps a scan or a device shows were entered when they were done.
    pub on_time: usize,
    /// Steps only a person's word dates.
    pub unverified: usize,
    /// Steps that were entered afterwards.
    pub late: usize,
    /// The first in percent of all closed steps; the three add up to 100.
    pub on_time_percent: usize,
    /// The second.
    pub unverified_percent: usize,
    /// The third.
    pub late_percent: usize,
}

/// A person who worked on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Worker {
    /// Who.
    pub person: PersonCode,
    /// How many entries.
    pub entries: usize,
}

/// Equipment that was used on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentUsed {
    /// Its code.
    pub code: String,
    /// When it was first and last used on the item.
    pub from: Time,
    /// See `from`.
    pub to: Time,
    /// How its last check before that found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_before: Option<bool>,
    /// Until when that check held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// How its first check after that found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_after: Option<bool>,
}

/// A value a step demanded, as it was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptureDone {
    /// Its entry.
    pub position: Position,
    /// The code of the capture.
    pub code: String,
    /// What was asked.
    pub asked: String,
    /// What was taken.
    pub value: String,
    /// Whether it was good.
    pub good: bool,
    /// Whether it counts.
    pub counts: bool,
    /// The value it stands instead of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Position>,
    /// Why it stands instead of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The file it is, by its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileRef>,
    /// By whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// With which equipment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment: Vec<String>,
    /// When it was performed.
    pub performed: Time,
    /// When the server took it.
    pub received: Time,
    /// When a device captured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Time>,
    /// Told as it happened, or afterwards.
    pub mode: Mode,
}

/// A step, as it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepDone {
    /// Which.
    pub code: StepCode,
    /// What was to be done.
    pub text: String,
    /// The picture that shows it, by its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<FileRef>,
    /// How long it takes. Units: seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_s: Option<u32>,
    /// What was taken.
    pub captures: Vec<CaptureDone>,
    /// The entry that closed its gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Position>,
    /// When its gate was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Time>,
    /// Attempts that were refused before its gate closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<Position>,
}

/// An operation, as it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationDone {
    /// Its execution.
    pub execution: Position,
    /// Which operation.
    pub operation: OperationCode,
    /// What people call it.
    pub title: String,
    /// By which version.
    pub master: MadeBy,
    /// At which station, at first.
    pub station: Option<StationCode>,
    /// By whom, at first.
    pub person: Option<PersonCode>,
    /// When it began.
    pub started: Time,
    /// When it was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Time>,
    /// Whether it was ended without completing it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub abandoned: bool,
    /// Its steps.
    pub steps: Vec<StepDone>,
}

/// A nonconformance of the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conformity {
    /// Its code.
    pub code: NonconformanceCode,
    /// What is wrong.
    pub description: String,
    /// Its entry.
    pub opened: Position,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// The entry that decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Position>,
}

/// The batch record of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BatchRecord {
    /// Where it stands.
    pub at: Vec<At>,
    /// Which item.
    pub item: ItemName,
    /// What part it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// What people call the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_name: Option<String>,
    /// Its work order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// What its order was to make, and what became of it; only where the record of one item is
    /// asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantities: Option<super::OrderQuantities>,
    /// Its status.
    pub status: Status,
    /// The versions it was made by.
    pub masters: Vec<MadeBy>,
    /// The first and last moment something was done on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<(Time, Time)>,
    /// The operations, in the order they began.
    pub operations: Vec<OperationDone>,
    /// What is in it.
    pub components: Vec<super::Component>,
    /// Equipment used on it.
    pub equipment: Vec<EquipmentUsed>,
    /// Persons who worked on it.
    pub persons: Vec<Worker>,
    /// What did not conform.
    pub nonconformances: Vec<Conformity>,
    /// Releases, the last one last.
    pub releases: Vec<Released>,
    /// Its entries that somebody signed, in order, also those whose signature holds no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<super::SignedLine>,
    /// What was signed and is not any more. While there is any, the record is unsigned.
    #[serde(default)]
    pub unsigned: Vec<Unsigned>,
    /// Whether it holds all it must.
    pub complete: bool,
    /// What is missing while it does not.
    pub missing: Vec<Gap>,
    /// What a person has to look at.
    pub findings: Vec<Finding>,
    /// What was looked at, and what no rule covers.
    pub coverage: Coverage,
    /// When its steps became known.
    pub contemporaneity: Contemporaneity,
    /// How many entries touch it.
    pub entries: usize,
    /// The last of them: what a release of this record names as known.
    pub known_at: Position,
    /// SHA-256 over the leaves of these entries.
    pub record: String,
}

/// Asks to release items on their records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseAsk {
    /// The items, each with the hash of the record that was reviewed, 1..=100.
    pub items: Vec<Reviewed>,
    /// Who releases them.
    pub person: PersonCode,
}

/// An item and the record that was reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reviewed {
    /// Which item.
    pub item: ItemRef,
    /// The hash of its record, as the review said it.
    pub record: String,
}

/// An item that was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleasedItem {
    /// Which item.
    pub item: ItemName,
    /// The entry that releases it.
    pub position: Position,
    /// The hash of its record.
    pub record: String,
}

/// What was released.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// The items.
    pub released: Vec<ReleasedItem>,
}

/// Asks which items of an order, or of all, are ready to be released.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewsAsk {
    /// Of this work order.
    #[serde(default)]
    pub order: Option<OrderCode>,
    /// Those that are released too.
    #[serde(default)]
    pub all: bool,
    /// How many rows; absent: 100, at most 1000.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// An item on its way to release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewRow {
    /// Which item.
    pub item: ItemName,
    /// Its work order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderCode>,
    /// Its status.
    pub status: Status,
    /// Whether its record holds all it must.
    pub complete: bool,
    /// What is missing first, while it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// How many findings a person has to look at, settled ones not counted.
    pub findings: usize,
    /// How many values no rule judges.
    pub unjudged: usize,
    /// The hash of its record.
    pub record: String,
}

/// Items on their way to release, the readiest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewsAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// The items.
    pub items: Vec<ReviewRow>,
    /// How many more fit.
    pub more: usize,
}

impl Plant {
    /// Items that are made by work masters and not yet released, the readiest first.
    pub fn reviews(&self, ask: &ReviewsAsk) -> Result<ReviewsAnswer> {
        let limit = super::list::page_size(ask.limit);
        self.see((None, None), |seen| {
            let fits = |index: &ItemIndex| {
                let item = seen.item(*index).filter(|item| item.passed.master().is_some());
                item.is_some_and(|item| ask.all || !item.is_released())
            };
            let found: Vec<ItemIndex> = match &ask.order {
                Some(order) => seen.state.items_of_order(order).filter(fits).collect(),
                None => seen.made_by_masters().filter(fits).collect(),
            };
            let mut items = Vec::new();
            let mut around = Around::default();
            for index in found.iter().take(limit) {
                items.push(row(seen.batch_record(*index, &mut around)?));
            }
            items.sort_by_key(|row| (!row.complete, row.findings, row.item.id));
            Ok(ReviewsAnswer { at: seen.at(), items, more: found.len().saturating_sub(limit) })
        })
    }

    /// The batch record of an item.
    ///
    /// Errors: [`Error::NotFound`] if the reference fits no item, [`Error::Input`] if several.
    pub fn batch_record(&self, item: &ItemRef) -> Result<BatchRecord> {
        let mut record = self.see((None, None), |seen| {
            let index = seen.only(item)?;
            let record = seen.batch_record(index, &mut Around::default())?;
            let quantities = record.order.as_ref().map(|order| seen.quantities(order));
            Ok(BatchRecord { quantities, ..record })
        })?;
        self.name_signers_of(&mut record)?;
        Ok(record)
    }

    /// The batch record of an item as it stood when an entry was the last: what a release names
    /// stays there to be read. The ledger is folded up to that entry, which takes its time.
    ///
    /// Errors: as [`Plant::batch_record`]; [`Error::NotFound`] if there is no such entry.
    pub fn batch_record_at(&self, item: &ItemRef, known_at: Position) -> Result<BatchRecord> {
        let last = Position(self.published().read().next().0.saturating_sub(1));
        if known_at > last {
            return Err(Error::not_known_yet(known_at, last));
        }
        let (state, ledger) = (self.state_at(known_at)?, self.ledger()?);
        let at = at_of(self.ledger_id(), &state);
        let seen = Seen::whole(&state, &ledger, (at, None))?;
        let index = seen.only(item)?;
        let record = seen.batch_record(index, &mut Around::default())?;
        let mut record = seen.finish_with(record)?;
        self.name_signers_of(&mut record)?;
        Ok(record)
    }
}

fn row(record: BatchRecord) -> ReviewRow {
    let open = record.findings.iter().filter(|finding| finding.settled.is_none()).count();
    ReviewRow {
        item: record.item,
        order: record.order,
        status: record.status,
        complete: record.complete,
        missing: record.missing.into_iter().next().map(|gap| gap.what),
        findings: open,
        unjudged: record.coverage.unjudged.len(),
        record: record.record,
    }
}

/// Everything the parts of a record are made from.
struct Held<'a> {
    seen: &'a Seen<'a>,
    index: ItemIndex,
    /// Its own entries, which its record hash covers.
    whole: Rc<[Entry]>,
    /// These, and those of what it was parted off.
    history: Rc<[Entry]>,
    operations: Vec<OperationDone>,
    components: Vec<super::Component>,
    times: Times,
}

impl Seen<'_> {
    /// The items of every part that a work master was ever proposed for.
    fn made_by_masters(&self) -> impl Iterator<Item = ItemIndex> + '_ {
        let versions = self.state.floor().versions.values();
        let parts: BTreeSet<_> = versions.map(|version| &version.master.part.number).collect();
        parts.into_iter().flat_map(|part| self.state.items_of_part(part))
    }

    /// What the parts of a record are made from; with what is around it, where that is looked at.
    fn held(&self, index: ItemIndex, around: &mut Option<&mut Around>) -> Held<'_> {
        let whole = self.history(index);
        let history: Rc<[Entry]> = match self.item(index) {
            Some(item) => self.lineage(item.id, &whole).into(),
            None => Rc::clone(&whole),
        };
        let operations = self.operations_done(&history);
        let components = self.components(index);
        let times = match around {
            Some(around) => self.times(index, (&history, &operations), around),
            None => Times::default(),
        };
        Held { seen: self, index, whole, history, operations, components, times }
    }

    pub(super) fn batch_record(
        &self,
        index: ItemIndex,
        around: &mut Around,
    ) -> Result<BatchRecord> {
        let found = || Error::NotFound("the item of the record".to_owned());
        let item = self.item(index).ok_or_else(found)?;
        let held = self.held(index, &mut Some(around));
        let known_at = held.whole.last().map_or(item.id.birth, |entry| entry.position);
        let (findings, coverage) = held.review();
        let missing = held.missing();
        let part = item.part.value.clone();
        let name = part.as_ref().and_then(|part| self.material(part));
        Ok(BatchRecord {
            at: self.at(),
            item: self.name(index),
            part_name: name.map(|material| material.name.clone()),
            part,
            quantities: None,
            order: item.order.value.clone(),
            status: self.place(index, item).1,
            masters: held.masters(),
            made: held.made(),
            equipment: held.equipment(),
            persons: held.persons(),
            nonconformances: held.conformity(),
            releases: held.releases(),
            signatures: held.signatures(),
            unsigned: held.unsigned(),
            complete: missing.is_empty(),
            missing,
            contemporaneity: held.contemporaneity(&findings),
            findings,
            coverage,
            entries: held.whole.len(),
            known_at,
            record: self.content_hash(item.id, &held.whole)?.to_string(),
            operations: held.operations,
            components: held.components,
        })
    }

    /// What is reviewed, oldest first: what happened to others of its load is in its chain and no
    /// part of it; what was done on the lots it was parted off or joined from is part of it, and
    /// its own birth names that.
    fn lineage(&self, id: domain::ItemId, whole: &[Entry]) -> Vec<Entry> {
        let birth = whole.iter().find(|entry| entry.position == id.birth);
        let from = match birth.map(|entry| &entry.fact) {
            Some(Act::Split(v)) => vec![v.lot],
            Some(Act::Merge(v)) => v.lots.iter().map(|portion| portion.item).collect(),
            _ => Vec::new(),
        };
        let mut found: Vec<Entry> = Vec::new();
        for source in from {
            let Some(index) = self.index_of(source) else { continue };
            let before = self.lineage(source, &self.history(index));
            found.extend(before.into_iter().filter(|entry| entry.position < id.birth));
        }
        let concerns = |entry: &&Entry| execution::concerns(&entry.fact, id);
        found.extend(whole.iter().filter(concerns).cloned());
        found.sort_by_key(|entry| entry.position);
        found.dedup_by_key(|entry| entry.position);
        found
    }

    /// SHA-256 over the leaves of an item's entries, oldest first.
    fn content_hash(&self, item: domain::ItemId, history: &[Entry]) -> Result<Hash> {
        let leaf = |entry: &Entry| {
            let stored = self.ledger().entry(entry.position.0)?;
            let found = || Error::NotFound(format!("entry {}", entry.position));
            Ok(leaf_hash(&stored.ok_or_else(found)?.log))
        };
        let leaves = history.iter().map(leaf).collect::<Result<Vec<Hash>>>()?;
        Ok(record_hash(&item.to_string(), leaves.into_iter()))
    }
}

impl Held<'_> {
    /// What the record must hold and does not.
    fn missing(&self) -> Vec<Gap> {
        let mut missing = Vec::new();
        let mut gap = |field: &str, what: String, needed: &str| {
            missing.push(Gap { field: field.to_owned(), what, needed: needed.to_owned() });
        };
        let seen = self.seen;
        let Some(item) = seen.item(self.index) else { return missing };
        if item.names_now().next().is_none() {
            gap("identity", "it has no serial number or other name".to_owned(), "identify it");
        }
        if item.part.value.is_none() {
            gap("identity", "it has no part".to_owned(), "say which part it is");
        }
        let known = Known { state: seen.state, entries: seen };
        match rules::next(item.id, &known) {
            None if self.waived(|field| *field == RecordField::Definition) => {}
            None => gap(
                "definition",
                "no work master says how it is made".to_owned(),
                "make one effective for its part, or keep its record by other means",
            ),
            Some(next) => {
                if let Some(open) = next.open {
                    gap("step", format!("execution {open} is open"), "complete or end it");
                }
                let version = seen.state.floor().versions.get(&next.master);
                let operations = version.into_iter().flat_map(|v| &v.master.operations);
                let left = operations.filter(|operation| {
                    let done = |code: &OperationCode| next.done.iter().any(|(d, _)| d == code);
                    let instead = version.map(|v| v.master.alternatives(&operation.code));
                    !done(&operation.code) && !instead.into_iter().flatten().any(done)
                });
                for operation in left {
                    let what = format!("{} {} is not complete", operation.code, operation.title);
                    gap("step", what, "do it");
                }
            }
        }
        let lines = seen.captures([self.index]).missing.into_iter().filter(|line| {
            let waives = |field: &RecordField| match field {
                RecordField::Material(part) => part.number == line.line.number,
                RecordField::Definition => false,
            };
            line.into.id != item.id || !self.waived(waives)
        });
        for line in lines {
            gap("material", line.text, "record what went in, or decide that it may be without");
        }
        for code in seen.holds_on(self.index) {
            gap("nonconformance", format!("hold {code} is in force"), "have it decided and lifted");
        }
        for each in self.conformity().into_iter().filter(|each| each.decided.is_none()) {
            gap("nonconformance", format!("{} is not decided", each.code), "decide it");
        }
        for each in self.unsigned().into_iter().filter(|each| each.meaning != Meaning::Released) {
            let what = format!("entry {} is unsigned: {}", each.position, each.because);
            gap("signature", what, &each.needed);
        }
        for (position, code) in self.open_exceptions() {
            let what = format!("the exception of entry {position} ({code}) is open");
            gap("deviations", what, "look at it and close it with a reason");
        }
        missing
    }

    /// Exceptions that name the item and are not closed.
    fn open_exceptions(&self) -> Vec<(Position, Code)> {
        let raised = self.history.iter().filter_map(|entry| match &entry.fact {
            Act::Except(v) => Some((entry.position, v.code)),
            _ => None,
        });
        raised
            .filter(|(position, _)| {
                let exception = self.seen.state.exceptions().get(position);
                exception.is_some_and(|exception| exception.closed.is_none())
            })
            .collect()
    }
}
