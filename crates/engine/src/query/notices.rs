//! What stations are told at once, from any position on.

use domain::act::Disposition;
use domain::item::Whereabouts;
use domain::{HoldCode, NonconformanceCode, Position, StationCode};
use serde::{Deserialize, Serialize};

use super::seen::Seen;
use crate::error::Result;
use crate::notices::{Between, Notable};
use crate::plant::Plant;
use crate::state::{PlacedHold, State};

/// Notices answered at once; who is behind asks again.
pub const NOTICES_MAX: usize = 32;

/// Asks for notices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticesAsk {
    /// The last position that was seen; absent: nothing was.
    pub after: Option<Position>,
    /// Up to here only what is open now is told.
    pub open_to: Option<Position>,
    /// Only what concerns this station.
    pub station: Option<StationCode>,
}

/// Notices in the order of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notices {
    /// They.
    pub notices: Vec<Notice>,
    /// Up to here there are no others.
    pub seen: Position,
    /// Whether there may be more now.
    pub more: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NoticeKind {
    /// A hold was placed.
    Hold,
    /// A hold was lifted.
    Lift,
    /// A station acknowledged a hold.
    Acknowledgement,
    /// Something does not conform.
    Nonconformance,
    /// It was decided about something that does not conform.
    Disposition,
}

impl NoticeKind {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Lift => "lift",
            Self::Acknowledgement => "acknowledgement",
            Self::Nonconformance => "nonconformance",
            Self::Disposition => "disposition",
        }
    }
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The entry it is about.
    pub position: Position,
    /// What happened.
    pub kind: NoticeKind,
    /// Of which hold or nonconformance.
    pub code: String,
    /// What it is on, or what is wrong, in words.
    pub text: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// At which station it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<StationCode>,
    /// Whether the hold is in force now, or the nonconformance undecided.
    pub open: bool,
    /// How many items the hold holds now, or do not conform.
    pub items: usize,
    /// How many of them are at the station that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub here: Option<usize>,
    /// By which entry the station that was asked about has acknowledged the hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Position>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
}

impl Plant {
    /// What happened after a position that stations are told at once.
    pub fn notices(&self, ask: &NoticesAsk) -> Result<Notices> {
        self.see((None, None), |seen| {
            let last = Position(seen.state.next().0.saturating_sub(1));
            let between = self.published().notices().between(ask.after, last);
            Ok(seen.notices(&between, last, ask))
        })
    }

    /// Has something woken when more happens that stations are told; it should do no more than
    /// wake who waits. There is one.
    pub fn wake_on_notices(&self, wake: impl Fn() + Send + Sync + 'static) {
        self.published().notices().wake_with(std::sync::Arc::new(wake));
    }
}

impl State {
    /// How many items of a hold are at a station: worked on there, or loaded.
    pub(crate) fn held_at(&self, hold: &PlacedHold, station: &StationCode) -> usize {
        let here = |item: &&domain::ItemId| {
            let at = self.item_state(**item).map(|item| &item.whereabouts.value);
            matches!(at, Some(Whereabouts::InProcess { station: Some(at) }) if at == station)
        };
        let worked = hold.items.iter().filter(here).count();
        let slots = self.slots_of(station).map(|(slot, _)| self.loaded_now(station, slot));
        let loaded = slots.flatten().filter(|lot| hold.items.contains(lot));
        worked + loaded.collect::<std::collections::BTreeSet<_>>().len()
    }
}

impl Seen<'_> {
    fn notices(&self, between: &Between, last: Position, ask: &NoticesAsk) -> Notices {
        let mut answer = Notices { notices: Vec::new(), seen: last, more: false };
        for (position, notable) in between {
            if answer.notices.len() == NOTICES_MAX {
                answer.more = true;
                answer.seen = answer.notices.last().map_or(last, |notice| notice.position);
                break;
            }
            let old = ask.open_to.is_some_and(|open_to| *position <= open_to);
            if !(old && self.is_settled_by_now(notable)) {
                answer.notices.extend(self.notice(*position, notable, ask.station.as_ref()));
            }
        }
        answer
    }

    /// Whether who begins to look now need not know of it.
    fn is_settled_by_now(&self, notable: &Notable) -> bool {
        match notable {
            Notable::Placed(code) => self.hold(code).is_none_or(|hold| hold.lifted.is_some()),
            Notable::Opened(code) => {
                let opened = self.state.floor().nonconformances.get(code);
                opened.is_none_or(|opened| opened.decided.is_some())
            }
            Notable::Lifted(_) | Notable::Acknowledged(..) | Notable::Decided(_) => true,
        }
    }

    fn hold(&self, code: &HoldCode) -> Option<&PlacedHold> {
        self.state.holds().get(code).map(|hold| &**hold)
    }

    fn notice(
        &self,
        position: Position,
        notable: &Notable,
        station: Option<&StationCode>,
    ) -> Option<Notice> {
        match notable {
            Notable::Placed(code) => {
                let notice = self.of_hold(position, (code, NoticeKind::Hold), station)?;
                Some(Notice { reason: self.hold(code).map(|hold| hold.reason.clone()), ..notice })
            }
            Notable::Lifted(code) => {
                let notice = self.of_hold(position, (code, NoticeKind::Lift), station)?;
                let lifted = self.hold(code)?.lifted.as_ref();
                Some(Notice { reason: lifted.map(|lifted| lifted.reason.clone()), ..notice })
            }
            Notable::Acknowledged(code, at) => {
                let kind = NoticeKind::Acknowledgement;
                let notice = self.of_hold(position, (code, kind), station)?;
                let concerns = station.is_none_or(|station| station == at);
                concerns.then(|| Notice { station: Some(at.clone()), ..notice })
            }
            Notable::Opened(code) => {
                self.of_nonconformance(position, (code, NoticeKind::Nonconformance), station)
            }
            Notable::Decided(code) => {
                self.of_nonconformance(position, (code, NoticeKind::Disposition), station)
            }
        }
    }

    /// A hold concerns every station: what it holds may come there next.
    fn of_hold(
        &self,
        position: Position,
        (code, kind): (&HoldCode, NoticeKind),
        station: Option<&StationCode>,
    ) -> Option<Notice> {
        let hold = self.hold(code)?;
        let on: Vec<_> = hold.on.iter().map(|start| self.start_in_words(start)).collect();
        let acknowledged = station.and_then(|station| hold.acknowledged.get(station));
        Some(Notice {
            position,
            kind,
            code: code.to_string(),
            text: on.join(", "),
            reason: None,
            station: None,
            open: hold.lifted.is_none(),
            items: hold.items.len(),
            here: station.map(|station| self.state.held_at(hold, station)),
            acknowledged: acknowledged.map(|said| said.by),
            disposition: None,
        })
    }

    /// A nonconformance concerns the station it was opened at.
    fn of_nonconformance(
        &self,
        position: Position,
        (code, kind): (&NonconformanceCode, NoticeKind),
        station: Option<&StationCode>,
    ) -> Option<Notice> {
        let opened = self.state.floor().nonconformances.get(code)?;
        let at = self.entry(opened.position).and_then(|entry| entry.context.station);
        if station.is_some() && at.as_ref() != station {
            return None;
        }
        Some(Notice {
            position,
            kind,
            code: code.to_string(),
            text: opened.description.clone(),
            reason: None,
            station: at,
            open: opened.decided.is_none(),
            items: opened.items.len(),
            here: None,
            acknowledged: None,
            disposition: opened.decided.map(|(disposition, _)| disposition),
        })
    }
}
