//! When the steps of an item became known, by what scans and devices say: its stays, the stays of
//! items made near it, and what the detectors find.
//!
//! Limits: [`AROUND_MAX`] items on each side, by birth, and [`AROUND_ENTRIES_MAX`] entries of them
//! are looked at. That is what a norm is learned from and where a shift is looked for; a shift that
//! is spread over other parts is seen only as far as it made this one.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use domain::act::{Act, Value};
use domain::entry::Entry;
use domain::instruction::Operation;
use domain::{Mode, Position};
use genealogy::ItemIndex;
use serde::{Deserialize, Serialize};

use super::{Contemporaneity, Finding, Held, OperationDone, Rule, StepDone};
use crate::contemporaneity::{
    AFTER_US, CALIBRATED_FROM, CHANCE_MAX, Calibration, Entered, Evidence, Hit, LAG_DEVIATIONS,
    LAG_MAX_US, LAG_NOTED_US, SAME_TIME_US, Stay, TAIL_PERCENT, VERSION, clustered, departed,
    lagging, out_of_order, same_time, shift,
};
use crate::query::Seen;

/// Items looked at on each side of one.
pub const AROUND_MAX: usize = 100;
/// Entries of them at most: what is read in less than a tenth of a second.
pub const AROUND_ENTRIES_MAX: u64 = 12_000;

/// How a detector came to a finding, so that it can be run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Test {
    /// Which detector.
    pub detector: String,
    /// Which version of it.
    pub version: u32,
    /// Its parameters, those that were learned among them.
    pub parameters: BTreeMap<String, String>,
    /// From how many stays it learned what is usual.
    pub stays: usize,
    /// How many steps in them were dated by evidence.
    pub values: usize,
    /// The first entry it learned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Position>,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Position>,
    /// How many of how many, where it is a share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// How improbable that is, if all went as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<String>,
}

/// The stays of items that were read, so that a list of records reads each item once.
#[derive(Default)]
pub(crate) struct Around(HashMap<ItemIndex, Rc<[Stay]>>);

/// What the stays of an item and of those around it say.
#[derive(Default)]
pub(super) struct Times {
    own: Rc<[Stay]>,
    near: Vec<Rc<[Stay]>>,
    usual: Calibration,
}

impl Seen<'_> {
    /// The stays of an item and of those around it.
    pub(super) fn times(
        &self,
        index: ItemIndex,
        (history, operations): (&[Entry], &[OperationDone]),
        around: &mut Around,
    ) -> Times {
        let own: Rc<[Stay]> = self.stays(history, operations).into();
        around.0.insert(index, Rc::clone(&own));
        let near: Vec<Rc<[Stay]>> = self
            .made_near(index)
            .into_iter()
            .map(|near| {
                let known = around.0.get(&near).cloned();
                known.unwrap_or_else(|| {
                    let history = self.history(near);
                    let operations = self.operations_done(&history);
                    let stays: Rc<[Stay]> = self.stays(&history, &operations).into();
                    around.0.insert(near, Rc::clone(&stays));
                    stays
                })
            })
            .collect();
        let usual = Calibration::of(near.iter().flat_map(|stays| stays.iter()));
        Times { own, near, usual }
    }

    /// Items of the same part that were born next before and after one, and were worked on.
    fn made_near(&self, index: ItemIndex) -> Vec<ItemIndex> {
        let part = self.item(index).and_then(|item| item.part.value.as_ref());
        let Some(part) = part else { return Vec::new() };
        let mut before = std::collections::VecDeque::with_capacity(AROUND_MAX);
        let mut after = Vec::new();
        let all = self.state.items_of_part(&part.number).filter(|other| *other != index);
        let worked = all
            .filter(|other| self.item(*other).is_some_and(|item| item.passed.master().is_some()));
        for other in worked {
            if other < index {
                let full = before.len() == AROUND_MAX;
                before.drain(..usize::from(full));
                before.push_back(other);
            } else if after.len() < AROUND_MAX {
                after.push(other);
            } else {
                break;
            }
        }
        // The nearest first, until there is enough to read.
        let mut room = AROUND_ENTRIES_MAX;
        let (mut before, mut after) = (before.into_iter().rev(), after.into_iter());
        let pairs = std::iter::from_fn(|| {
            let pair: Vec<ItemIndex> = before.next().into_iter().chain(after.next()).collect();
            (!pair.is_empty()).then_some(pair)
        });
        let fits = |other: &ItemIndex| {
            let entries = self.item(*other).map_or(0, |item| item.sequence);
            let left = room.checked_sub(entries);
            room = left.unwrap_or_default();
            left.is_some()
        };
        pairs.flatten().take_while(fits).collect()
    }

    /// The stays of an item, one for each execution.
    fn stays(&self, history: &[Entry], operations: &[OperationDone]) -> Vec<Stay> {
        let stay = |operation: &OperationDone| {
            let start = history.iter().find(|entry| entry.position == operation.execution)?;
            let unit = start.touches.first().map(|touch| touch.item.to_string());
            let station = operation.station.as_ref().map(ToString::to_string);
            let station = station.unwrap_or_default();
            let steps = operation.steps.iter().filter_map(|step| entered(step, operation, history));
            Some(Stay {
                unit: unit.unwrap_or_default(),
                came_us: start.received.0,
                left_us: history.iter().find_map(|entry| seen_elsewhere(entry, start, &station)),
                steps: steps.collect(),
                station,
            })
        };
        operations.iter().filter_map(stay).collect()
    }
}

/// When a unit was seen away from a station, if an entry says so by more than a word.
fn seen_elsewhere(entry: &Entry, start: &Entry, station: &str) -> Option<i64> {
    let context = &entry.context;
    let live = context.mode == Mode::Attempt && context.follows.is_none();
    if entry.position <= start.position || !live {
        return None;
    }
    let there = context.station.as_ref().is_some_and(|at| at.as_str() != station);
    let away = match &entry.fact {
        Act::StartWork(_) | Act::Step(_) => there,
        Act::Pack(_) | Act::Ship(_) => true,
        _ => false,
    };
    away.then_some(entry.received.0)
}

/// A step as it was entered: none that nothing was entered for.
fn entered(step: &StepDone, operation: &OperationDone, history: &[Entry]) -> Option<Entered> {
    let find = |position: Position| history.iter().find(|entry| entry.position == position);
    let taken: Vec<&Entry> = step
        .captures
        .iter()
        .filter(|done| done.counts)
        .filter_map(|done| find(done.position))
        .collect();
    let last = step.closed.and_then(find).or_else(|| taken.last().copied())?;
    let (evidence, lag_us) = dated(&taken, operation, history);
    let spans = taken.iter().copied().chain([last]).map(|entry| {
        let unsure = entry.context.captured.and_then(|captured| captured.clock_ahead_us);
        let unsure = unsure.unwrap_or_default().saturating_abs();
        let performed = entry.context.performed;
        (performed.from.0.saturating_sub(unsure), performed.to.0.saturating_add(unsure))
    });
    let performed_us = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let person = last.context.performed_by.as_ref().or(operation.person.as_ref());
    Some(Entered {
        position: last.position.0,
        step: format!("{}/{}", operation.operation, step.code),
        person: person.map(ToString::to_string).unwrap_or_default(),
        at_us: last.received.0,
        evidence,
        lag_us,
        performed_us,
        command: last.context.command.to_string(),
        told: taken.iter().copied().chain([last]).any(|entry| entry.context.mode == Mode::Report),
    })
}

/// What dates a step, and its longest lag: from the device's moment or the scan to each value that
/// was entered after it. An interruption ends what a scan says.
fn dated(
    taken: &[&Entry],
    operation: &OperationDone,
    history: &[Entry],
) -> (Evidence, Option<i64>) {
    let mut evidence = Evidence::Word;
    let mut since: Option<(Position, i64)> = None;
    let mut longest: Option<i64> = None;
    for entry in taken {
        let received = entry.received.0;
        let device = entry.context.captured.map(|captured| {
            captured.at.0.saturating_sub(captured.clock_ahead_us.unwrap_or_default())
        });
        let scan = matches!(&entry.fact, Act::Take(take) if matches!(take.value, Value::Scan(_)));
        let scanned = scan && entry.context.mode == Mode::Attempt;
        if let Some(at) = device {
            evidence = Evidence::Device;
            since = Some((entry.position, at));
        } else if scanned {
            evidence = evidence.min(Evidence::Scan);
            since = Some((entry.position, received));
        } else if let Some((position, _)) = since
            && paused_between(position, entry.position, operation, history)
        {
            since = None;
        }
        if let Some((_, at)) = since {
            let lag = received.saturating_sub(at).max(0);
            longest = Some(longest.map_or(lag, |longest| longest.max(lag)));
        }
    }
    (evidence, longest)
}

fn paused_between(
    from: Position,
    to: Position,
    operation: &OperationDone,
    history: &[Entry],
) -> bool {
    let between = history.iter().filter(|entry| entry.position > from && entry.position < to);
    between.into_iter().any(|entry| match &entry.fact {
        Act::PauseWork(v) => v.execution == operation.execution,
        _ => false,
    })
}

/// What a detector looked at, and its findings.
pub(super) type Tested = (usize, Vec<Finding>);

impl Held<'_> {
    fn own_steps(&self) -> impl Iterator<Item = &Entered> {
        self.times.own.iter().flat_map(|stay| &stay.steps)
    }

    /// The shifts the item was made in: for each person, the stays around the item's own.
    fn shifts(&self) -> Vec<(String, Vec<&Stay>)> {
        let near = self.times.near.iter().flat_map(|stays| stays.iter());
        let all: Vec<&Stay> = self.times.own.iter().chain(near).collect();
        let mut shifts: Vec<(String, Vec<&Stay>)> = Vec::new();
        for step in self.own_steps() {
            let known = shifts.iter().any(|(person, stays)| {
                *person == step.person && stays.iter().any(|stay| stay.steps.contains(step))
            });
            if !known {
                shifts.push((step.person.clone(), shift(&all, &step.person, step.at_us)));
            }
        }
        shifts
    }

    fn test(&self, detector: &str, parameters: &[(&str, String)], hit: Option<&Hit>) -> Test {
        let usual = &self.times.usual;
        let share = hit.filter(|hit| hit.chance.is_some()).map(|hit| hit.count);
        let own = parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Test {
            detector: detector.to_owned(),
            version: VERSION,
            parameters: own.collect(),
            stays: usual.stays,
            values: usual.values,
            from: usual.range.map(|(from, _)| Position(from)),
            to: usual.range.map(|(_, to)| Position(to)),
            share: share.map(|(count, of)| format!("{count} of {of}")),
            chance: hit.and_then(|hit| hit.chance).map(|chance| format!("{chance:.0e}")),
        }
    }

    /// Positions as evidence, those of the item itself.
    fn of_item(&self, positions: &[u64]) -> Vec<Position> {
        let own = |position: &&u64| self.own_steps().any(|step| step.position == **position);
        positions.iter().filter(own).map(|position| Position(*position)).collect()
    }

    /// CT-01.
    pub(super) fn entry_lag(&self) -> Tested {
        let usual = &self.times.usual;
        let parameters = [
            ("limitS", seconds(LAG_MAX_US)),
            ("notedS", seconds(LAG_NOTED_US)),
            ("deviations", LAG_DEVIATIONS.to_string()),
            ("normFrom", CALIBRATED_FROM.to_string()),
            ("norms", usual.norms().to_string()),
            ("usualShare", usual.late_share.to_string()),
            ("chanceMax", CHANCE_MAX.to_string()),
        ];
        let rule = Rule::EntryLag;
        let steps = self.own_steps().filter(|step| usual.lags(step));
        let mut findings: Vec<Finding> = steps
            .map(|step| Finding {
                rule,
                what: format!(
                    "{} was entered {} after a {} shows that it was done",
                    step.step,
                    super::review::in_words(step.lag_us.unwrap_or_default()),
                    if step.evidence == Evidence::Device { "device" } else { "scan" }
                ),
                evidence: vec![Position(step.position)],
                settled: None,
                test: Some(self.test("CT-01", &parameters, None)),
            })
            .collect();
        for (person, stays) in self.shifts() {
            let Some(hit) = lagging(&stays, usual) else { continue };
            let evidence = self.of_item(&hit.evidence);
            if evidence.is_empty() {
                continue;
            }
            findings.push(Finding {
                rule,
                what: format!(
                    "in this shift of {person}, {} of {} steps were entered more than {} s after \
                     they were done, this item's among them",
                    hit.count.0,
                    hit.count.1,
                    seconds(LAG_NOTED_US)
                ),
                evidence,
                settled: None,
                test: Some(self.test("CT-01", &parameters, Some(&hit))),
            });
        }
        (self.own_steps().filter(|step| step.lag_us.is_some()).count(), findings)
    }

    /// CT-03.
    pub(super) fn same_time(&self) -> Tested {
        let steps: Vec<&Entered> = self.own_steps().collect();
        let parameters = [("withinMs", (SAME_TIME_US / 1000).to_string())];
        let findings = same_time(&steps).into_iter().map(|hit| Finding {
            rule: Rule::SameTime,
            what: format!("{} steps that follow one another were entered at once", hit.count.0),
            evidence: hit.evidence.iter().map(|position| Position(*position)).collect(),
            settled: None,
            test: Some(self.test("CT-03", &parameters, Some(&hit))),
        });
        (steps.len(), findings.collect())
    }

    /// CT-05.
    pub(super) fn handoff_cluster(&self) -> Tested {
        let usual = &self.times.usual;
        let parameters = [
            ("lastPercent", (100 - TAIL_PERCENT).to_string()),
            ("usualShare", usual.tail_share.to_string()),
            ("chanceMax", CHANCE_MAX.to_string()),
        ];
        let mut findings = Vec::new();
        for (person, stays) in self.shifts() {
            let Some(hit) = clustered(&stays, usual) else { continue };
            let evidence = self.of_item(&hit.evidence);
            if evidence.is_empty() {
                continue;
            }
            findings.push(Finding {
                rule: Rule::HandoffCluster,
                what: format!(
                    "in this shift of {person}, all steps of {} of {} stays were entered in the \
                     last {} % of their time, this item's among them",
                    hit.count.0,
                    hit.count.1,
                    100 - TAIL_PERCENT
                ),
                evidence,
                settled: None,
                test: Some(self.test("CT-05", &parameters, Some(&hit))),
            });
        }
        (self.times.own.iter().filter(|stay| stay.left_us.is_some()).count(), findings)
    }

    /// CT-06.
    pub(super) fn after_departure(&self) -> Tested {
        let usual = &self.times.usual;
        let parameters = [
            ("allowedS", seconds(AFTER_US)),
            ("usualShare", usual.after_share.to_string()),
            ("chanceMax", CHANCE_MAX.to_string()),
        ];
        let mut findings = Vec::new();
        for stay in self.times.own.iter() {
            findings.extend(stay.after_departure().map(|step| Finding {
                rule: Rule::AfterDeparture,
                what: format!(
                    "{} was entered {} after the item was seen away from {}",
                    step.step,
                    super::review::in_words(
                        step.at_us.saturating_sub(stay.left_us.unwrap_or_default())
                    ),
                    stay.station
                ),
                evidence: vec![Position(step.position)],
                settled: None,
                test: Some(self.test("CT-06", &parameters, None)),
            }));
        }
        for (person, stays) in self.shifts() {
            let Some(hit) = departed(&stays, usual) else { continue };
            let evidence = self.of_item(&hit.evidence);
            if evidence.is_empty() {
                continue;
            }
            findings.push(Finding {
                rule: Rule::AfterDeparture,
                what: format!(
                    "in this shift of {person}, {} of {} steps were entered after the item had \
                     left, this item's among them",
                    hit.count.0, hit.count.1
                ),
                evidence,
                settled: None,
                test: Some(self.test("CT-06", &parameters, Some(&hit))),
            });
        }
        let steps = self.times.own.iter().filter(|stay| stay.left_us.is_some());
        (steps.map(|stay| stay.steps.len()).sum(), findings)
    }

    /// CT-07.
    pub(super) fn out_of_order(&self) -> Tested {
        let edges = self.edges();
        let findings = out_of_order(&edges).into_iter().map(|(first, then)| Finding {
            rule: Rule::OutOfOrder,
            what: format!(
                "{} was performed after {}, which it has to come before",
                self.step_of(first),
                self.step_of(then)
            ),
            evidence: vec![Position(first), Position(then)],
            settled: None,
            test: Some(self.test("CT-07", &[("edges", edges.len().to_string())], None)),
        });
        (edges.len(), findings.collect())
    }

    fn step_of(&self, position: u64) -> String {
        let step = self.own_steps().find(|step| step.position == position);
        step.map_or_else(String::new, |step| step.step.clone())
    }

    /// Steps that have to follow one another: in an operation as written, and an operation after
    /// those its instruction puts before it.
    fn edges(&self) -> Vec<(&Entered, &Entered)> {
        let stays: Vec<(&OperationDone, &Stay)> =
            self.operations.iter().zip(self.times.own.iter()).collect();
        let within = stays.iter().flat_map(|(_, stay)| stay.steps.windows(2));
        let mut edges: Vec<(&Entered, &Entered)> =
            within.map(|pair| (&pair[0], &pair[1])).collect();
        for (operation, stay) in &stays {
            let Some(first) = stay.steps.first() else { continue };
            let before = self.comes_after(operation);
            let earlier = stays.iter().filter(|(other, _)| {
                other.execution < operation.execution
                    && other.completed.is_some()
                    && before.contains(&other.operation)
            });
            edges.extend(earlier.filter_map(|(_, stay)| Some((stay.steps.last()?, first))));
        }
        edges
    }

    /// The operations that an operation comes after.
    fn comes_after(&self, operation: &OperationDone) -> Vec<domain::OperationCode> {
        let version = self.seen.version(&operation.master.hash);
        let operations = version.map_or(&[][..], |version| &version.master.operations[..]);
        let at = operations.iter().position(|own| own.code == operation.operation);
        let Some(own) = at.and_then(|at| operations.get(at)) else { return Vec::new() };
        match &own.after {
            Some(after) => after.iter().flat_map(|after| after.codes().iter().cloned()).collect(),
            None => {
                let previous: Option<&Operation> =
                    at.and_then(|at| at.checked_sub(1)).and_then(|at| operations.get(at));
                previous.map(|previous| previous.code.clone()).into_iter().collect()
            }
        }
    }

    /// When its closed steps became known: verified on time, by a word alone, or late. What a hard
    /// rule found of a step takes its time's credit: entered at once or out of order, it is not
    /// verified; entered after the item had left, it is late.
    ///
    /// Source: compliance, Contemporaneity Index.
    pub(super) fn contemporaneity(&self, findings: &[Finding]) -> Contemporaneity {
        let hit = |rule: Rule, position: u64| {
            let own = findings.iter().filter(|finding| finding.rule == rule);
            own.into_iter().any(|finding| finding.evidence.contains(&Position(position)))
        };
        let mut times = Contemporaneity::default();
        let closed: Vec<Position> = self
            .operations
            .iter()
            .flat_map(|operation| operation.steps.iter().filter_map(|step| step.closed))
            .collect();
        for step in self.own_steps().filter(|step| closed.contains(&Position(step.position))) {
            let after_us = step.at_us.saturating_sub(step.performed_us.1);
            let late = step.told
                || after_us > LAG_MAX_US
                || step.lag_us.is_some_and(|lag| lag > LAG_MAX_US)
                || hit(Rule::AfterDeparture, step.position);
            let unsure = step.lag_us.is_none()
                || hit(Rule::SameTime, step.position)
                || hit(Rule::OutOfOrder, step.position);
            let count = match (late, unsure) {
                (true, _) => &mut times.late,
                (false, true) => &mut times.unverified,
                (false, false) => &mut times.on_time,
            };
            *count = count.saturating_add(1);
        }
        times.with_percent()
    }
}

impl Contemporaneity {
    /// The three shares in whole percent, which add up to 100 where there is a step.
    fn with_percent(mut self) -> Self {
        let counts = [self.on_time, self.unverified, self.late];
        let all: usize = counts.iter().sum();
        if all == 0 {
            return self;
        }
        let mut percent = counts.map(|count| count * 100 / all);
        let mut left = 100 - percent.iter().sum::<usize>();
        let mut by_rest = [0, 1, 2];
        by_rest.sort_by_key(|index| std::cmp::Reverse(counts[*index] * 100 % all));
        for index in by_rest {
            if left > 0 {
                percent[index] += 1;
                left -= 1;
            }
        }
        [self.on_time_percent, self.unverified_percent, self.late_percent] = percent;
        self
    }
}

fn seconds(us: i64) -> String {
    (us / 1_000_000).to_string()
}
