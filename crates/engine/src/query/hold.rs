//! One hold: which stations know of it since when, and what passed meanwhile.
//!
//! ```text
//! decided ───▶ entry of the hold ───▶ acknowledged at a station ───▶ … ───▶ at the last one
//!    └─ passed before it stood ─┘└─ passed all the same: told late ─┘
//! ```
//!
//! From its entry on the server refuses whatever the hold forbids, wherever it is asked for. What
//! passed is what was done with held items between the decision and a station's acknowledgement:
//! recorded before the entry, permitted in spite of the hold, or told late. A station that has not
//! acknowledged counts as one where the hold is not known yet.
//!
//! Limits: [`PASSED_MAX`], [`READ_MAX`].

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Act;
use domain::entry::Entry;
use domain::item::Whereabouts;
use domain::{Fact, HoldCode, Interval, ItemId, Mode, PersonCode, Position, StationCode, Time};
use serde::{Deserialize, Serialize};

use super::HoldRow;
use super::line::ItemName;
use super::seen::Seen;
use crate::error::{Error, Result};
use crate::plant::{At, Plant};
use crate::state::PlacedHold;

/// Rows of what passed, and of what was refused.
pub const PASSED_MAX: usize = 1000;
/// Entries read for them: about a second.
const READ_MAX: usize = 50_000;

/// One hold, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldAnswer {
    /// Where it stands.
    pub at: Vec<At>,
    /// What to know about the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The hold.
    pub hold: HoldRow,
    /// When it was decided.
    pub decided: Time,
    /// When the server took it: since then it bites at every request.
    pub recorded: Time,
    /// Who decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// By which account or token it was recorded.
    pub recorded_by: String,
    /// How far the stations know that had something of it when it was placed, or since.
    pub concerned: Containment,
    /// How far all stations know.
    pub everywhere: Containment,
    /// Every station, those concerned first.
    pub stations: Vec<HoldStation>,
    /// What passed between the decision and the acknowledgement of its station; what no station
    /// says where, until the last station concerned knew.
    pub passed: Vec<PassedRow>,
    /// Attempts on held items that were refused since the hold was placed.
    pub refused: Vec<PassedRow>,
}

/// How far it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Containment {
    /// How many stations there are.
    pub stations: usize,
    /// How many of them acknowledged.
    pub acknowledged: usize,
    /// When the last did; absent: not all have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// How long that took from the decision on. Units: milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<i64>,
}

/// A station and a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldStation {
    /// Which.
    pub station: StationCode,
    /// Whether something of the hold was there when it was placed, or was worked on there since.
    pub concerned: bool,
    /// How many held items are there now.
    pub here: usize,
    /// The entry that acknowledged it; absent: none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// When the server took that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Time>,
    /// Who acknowledged it, where a person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// By which account or token it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<String>,
    /// How long that took from the decision on. Units: milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<i64>,
    /// How much passed there meanwhile.
    pub passed: usize,
}

/// Something done, or attempted, with held items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PassedRow {
    /// Its entry.
    pub position: Position,
    /// When it was performed.
    pub performed: Interval,
    /// When it was received.
    pub received: Time,
    /// The word of what was done.
    pub act: String,
    /// What it says, in words.
    pub what: String,
    /// At which station.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// Who performed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonCode>,
    /// The held items among those it touches.
    pub items: Vec<ItemName>,
    /// Whether it was told of what had happened, not asked for.
    pub told: bool,
    /// Whether the hold stood in the ledger when it was recorded.
    pub held: bool,
}

impl Plant {
    /// One hold: which stations know of it, and what passed meanwhile.
    ///
    /// Errors: [`Error::NotFound`] where no hold is called so.
    pub fn hold(&self, code: &HoldCode) -> Result<HoldAnswer> {
        self.see((None, None), |seen| {
            let hold = seen.state.holds().get(code);
            let hold = hold.ok_or_else(|| Error::NotFound(format!("a hold called {code}")))?;
            seen.hold_answer(code, hold)
        })
    }
}

/// When the time in which something passes is over, and with which entry.
type End = Option<(Time, Position)>;

/// Entries about held items since the decision.
struct Since {
    passes: Vec<Entry>,
    refused: Vec<Entry>,
    cut: bool,
}

impl Seen<'_> {
    fn hold_answer(&self, code: &HoldCode, hold: &PlacedHold) -> Result<HoldAnswer> {
        let placed = self.entry(hold.position);
        let placed = placed.ok_or_else(|| Error::NotFound(format!("entry {}", hold.position)))?;
        let decided = hold.since.min(placed.received);
        let held = match hold.lifted {
            None => hold.items.clone(),
            Some(_) => self.state.under(hold),
        };
        let since = self.since(&held, (decided, hold.position))?;
        let concerned = self.concerned(hold, &held, &since);
        let lifted: End = hold.lifted.as_ref().map(|lifted| (lifted.at, lifted.by));
        let end_at = |station: &StationCode| {
            let said = hold.acknowledged.get(station).map(|said| (said.at, said.by));
            earlier(said, lifted)
        };
        let contained = known_at(hold, decided, &concerned.iter().collect::<Vec<_>>());
        let end = earlier(
            contained.at.map(|at| {
                let last = hold.acknowledged.values().filter(|said| said.at == at);
                (at, last.map(|said| said.by).max().unwrap_or(hold.position))
            }),
            lifted,
        );
        let passed = since.passes.iter().filter(|entry| {
            let station = station_of(entry);
            let known = station.filter(|at| self.state.masters().stations.contains_key(*at));
            is_before(entry, known.map_or(end, end_at))
        });
        let passed: Vec<&Entry> = passed.collect();
        let all: Vec<&StationCode> = self.state.masters().stations.keys().collect();
        let row = |entry: &&Entry| self.passed_row(entry, &held, hold.position);
        let mut answer = HoldAnswer {
            at: self.at(),
            notes: Vec::new(),
            hold: self.hold_row(code, hold),
            decided,
            recorded: placed.received,
            by: placed.context.performed_by.clone(),
            recorded_by: placed.context.recorded_by.clone(),
            concerned: contained,
            everywhere: known_at(hold, decided, &all),
            stations: self.hold_stations(hold, decided, (&concerned, &passed)),
            passed: passed.iter().take(PASSED_MAX).map(row).collect(),
            refused: since.refused.iter().take(PASSED_MAX).map(|entry| row(&entry)).collect(),
        };
        if since.cut {
            answer.notes.push(format!(
                "{READ_MAX} entries and more touch held items since the decision: not all were \
                 looked at"
            ));
        }
        let more = passed.len().max(since.refused.len());
        if more > PASSED_MAX {
            answer.notes.push(format!("only the first {PASSED_MAX} of {more} are shown"));
        }
        Ok(answer)
    }

    /// What was done with held items, or attempted, since the decision.
    fn since(&self, held: &BTreeSet<ItemId>, (decided, placed): (Time, Position)) -> Result<Since> {
        let from = self.first_received(decided, placed)?;
        let mut found: BTreeMap<Position, Entry> = BTreeMap::new();
        for id in held {
            self.read_since(*id, from, &mut found);
        }
        let cut = found.len() >= READ_MAX;
        let (mut passes, mut refused) = (Vec::new(), Vec::new());
        for entry in found.into_values() {
            if matches!(entry.fact, Act::Refuse(_)) {
                refused.extend((entry.position > placed).then_some(entry));
            } else if passes_on(&entry.fact) && entry.context.performed.to >= decided {
                passes.push(entry);
            }
        }
        Ok(Since { passes, refused, cut })
    }

    /// Reads the entries that touch an item from a position on, as far as there is room.
    fn read_since(&self, id: ItemId, from: Position, found: &mut BTreeMap<Position, Entry>) {
        let mut next = self.state.item_state(id).map(|item| item.last);
        while let Some(position) = next.filter(|position| *position >= from) {
            let known = found.remove(&position);
            if known.is_none() && found.len() >= READ_MAX {
                return;
            }
            let Some(entry) = known.or_else(|| self.entry(position)) else { return };
            let touch = entry.touches.iter().find(|touch| touch.item == id);
            next = touch.and_then(|touch| touch.previous);
            found.insert(position, entry);
        }
    }

    /// The first entry that was received at a time or after it, no later than another.
    fn first_received(&self, time: Time, no_later: Position) -> Result<Position> {
        let last = super::seen::received_by(self.ledger(), no_later, Time(time.0 - 1))?;
        let before = self.received(last).is_some_and(|received| received < time);
        Ok(if before { last.next().min(no_later) } else { last })
    }

    /// Stations where something of the hold was when it was placed, or was worked on since.
    fn concerned(
        &self,
        hold: &PlacedHold,
        held: &BTreeSet<ItemId>,
        since: &Since,
    ) -> BTreeSet<StationCode> {
        let then = self.known_at(hold.position);
        let worked = held.iter().filter_map(|id| {
            let index = then.index_of(*id)?;
            match &then.item(index)?.whereabouts.value {
                Whereabouts::InProcess { station } => station.clone(),
                _ => None,
            }
        });
        let mut found: BTreeSet<StationCode> = worked.collect();
        self.finish(then);
        let done = since.passes.iter().chain(&since.refused);
        found.extend(done.filter_map(station_of).cloned());
        let stations = self.state.masters().stations.keys();
        found.extend(stations.filter(|at| self.had(at, held, hold)).cloned());
        found.retain(|at| self.state.masters().stations.contains_key(at));
        found
    }

    /// Whether a held lot was loaded at a station when the hold was placed.
    fn had(&self, station: &StationCode, held: &BTreeSet<ItemId>, hold: &PlacedHold) -> bool {
        let then = Interval::at(hold.since);
        self.state.loaded_when(station, None, then).iter().any(|lot| held.contains(lot))
    }

    fn hold_stations(
        &self,
        hold: &PlacedHold,
        decided: Time,
        (concerned, passed): (&BTreeSet<StationCode>, &[&Entry]),
    ) -> Vec<HoldStation> {
        let mut rows: Vec<HoldStation> = self
            .state
            .masters()
            .stations
            .keys()
            .map(|station| {
                let said = hold.acknowledged.get(station);
                let here = passed.iter().filter(|entry| station_of(entry) == Some(station));
                HoldStation {
                    station: station.clone(),
                    concerned: concerned.contains(station),
                    here: self.state.held_at(hold, station),
                    position: said.map(|said| said.by),
                    acknowledged: said.map(|said| said.at),
                    by: said.and_then(|said| said.person.clone()),
                    recorded_by: said.map(|said| said.recorded_by.clone()),
                    after_ms: said.map(|said| millis(decided, said.at)),
                    passed: here.count(),
                }
            })
            .collect();
        rows.sort_by_key(|row| !row.concerned);
        rows
    }

    fn passed_row(&self, entry: &Entry, held: &BTreeSet<ItemId>, placed: Position) -> PassedRow {
        let touched = entry.touches.iter().map(|touch| touch.item);
        PassedRow {
            position: entry.position,
            performed: entry.context.performed,
            received: entry.received,
            act: entry.fact.word().to_owned(),
            what: self.words(&entry.fact, entry.position),
            station: station_of(entry).cloned(),
            by: entry.context.performed_by.clone(),
            items: self.names(touched.filter(|item| held.contains(item))),
            told: entry.context.mode == Mode::Report,
            held: entry.position > placed,
        }
    }
}

/// Units: milliseconds.
fn millis(from: Time, to: Time) -> i64 {
    to.0.saturating_sub(from.0) / 1000
}

fn known_at(hold: &PlacedHold, decided: Time, stations: &[&StationCode]) -> Containment {
    let said: Vec<Option<Time>> = stations
        .iter()
        .map(|station| hold.acknowledged.get(*station).map(|said| said.at))
        .collect();
    let acknowledged = said.iter().flatten().count();
    let all = acknowledged == said.len();
    let at = said.iter().flatten().max().copied().filter(|_| all);
    let after_ms = at.map(|at| millis(decided, at));
    Containment { stations: said.len(), acknowledged, at, after_ms }
}

fn earlier(one: End, other: End) -> End {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Whether something was recorded before an end, or told after it of the time before.
fn is_before(entry: &Entry, end: End) -> bool {
    let Some((time, position)) = end else { return true };
    let told = entry.context.mode == Mode::Report && entry.context.performed.from <= time;
    entry.position < position || told
}

/// Where a fact was done.
fn station_of(entry: &Entry) -> Option<&StationCode> {
    match &entry.fact {
        Act::Load(load) => Some(&load.station),
        Act::Unload(unload) => Some(&unload.station),
        _ => entry.context.station.as_ref(),
    }
}

/// Whether an item goes on by a fact: it is worked on, moved, parted or put into something. What is
/// only said, decided or named is no passing.
#[expect(clippy::too_many_lines, reason = "one line an act; splitting it would hide a gap")]
fn passes_on(fact: &Fact) -> bool {
    match fact {
        Act::Create(_)
        | Act::Receive(_)
        | Act::Split(_)
        | Act::Merge(_)
        | Act::Sample(_)
        | Act::Scrap(_)
        | Act::Step(_)
        | Act::Install(_)
        | Act::Remove(_)
        | Act::Replace(_)
        | Act::Consume(_)
        | Act::Transform(_)
        | Act::Load(_)
        | Act::Unload(_)
        | Act::Pack(_)
        | Act::Unpack(_)
        | Act::Move(_)
        | Act::Ship(_)
        | Act::ReceiveBack(_)
        | Act::StartWork(_)
        | Act::Take(_)
        | Act::CloseStep(_)
        | Act::ResumeWork(_)
        | Act::Release(_) => true,
        Act::DefineMaterial(_)
        | Act::DefineBom(_)
        | Act::DefineParty(_)
        | Act::DefinePlace(_)
        | Act::DefineWorkCenter(_)
        | Act::DefineStation(_)
        | Act::DefineEquipment(_)
        | Act::DefinePerson(_)
        | Act::DefineOrder(_)
        | Act::PlanOrder(_)
        | Act::ReleaseOrder(_)
        | Act::SplitOrder(_)
        | Act::CloseOrder(_)
        | Act::DefineRange(_)
        | Act::IssueSerials(_)
        | Act::VoidSerials(_)
        | Act::DefineSchema(_)
        | Act::CheckEquipment(_)
        | Act::Identify(_)
        | Act::Withdraw(_)
        | Act::Describe(_)
        | Act::Assign(_)
        | Act::ChangePart(_)
        | Act::NotApplicable(_)
        | Act::Inspect(_)
        | Act::Count(_)
        | Act::Hold(_)
        | Act::ExtendHold(_)
        | Act::Lift(_)
        | Act::AcknowledgeHold(_)
        | Act::Clear(_)
        | Act::Correct(_)
        | Act::Except(_)
        | Act::CloseException(_)
        | Act::VoidSignature(_)
        | Act::SignAgain(_)
        | Act::Refuse(_)
        | Act::FreezeScope(_)
        | Act::ProposeMaster(_)
        | Act::ApproveMaster(_)
        | Act::RejectMaster(_)
        | Act::ActivateMaster(_)
        | Act::RetireMaster(_)
        | Act::Acknowledge(_)
        | Act::Qualify(_)
        | Act::AssignMaster(_)
        | Act::PauseWork(_)
        | Act::AbandonWork(_)
        | Act::Deviate(_)
        | Act::OpenNonconformance(_)
        | Act::Dispose(_)
        | Act::Erase(_)
        | Act::Import(_)
        | Act::DeclareError(_)
        | Act::NoteAccount(_) => false,
    }
}
