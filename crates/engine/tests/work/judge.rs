//! What may have happened, worked out from the entries alone by other code than the rules.
//!
//! Whatever breaks an expectation must have an exception that says so on the same entry: that is
//! what a report may do. Nothing else may.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::{AbandonWork, Act, CloseStep, Dispose, Disposition, Take, Value};
use domain::entry::Entry;
use domain::instruction::{Capture, MasterHash, Step, WorkMaster};
use domain::{Amount, Code, Fact, ItemId, NonconformanceCode, OperationCode, PersonCode, Position};

/// A value as the judge sees it.
struct Seen {
    at: Position,
    take: Take<ItemId>,
    good: bool,
    counts: bool,
    stands: Option<Position>,
}

struct Run {
    items: Vec<ItemId>,
    operation: OperationCode,
    steps: Vec<Step>,
    closed: usize,
    seen: Vec<Seen>,
    waived: Vec<(Position, domain::StepCode, domain::CaptureCode, Option<ItemId>)>,
    refused: Vec<Position>,
    person: Option<PersonCode>,
    workers: BTreeSet<PersonCode>,
    ended: bool,
}

/// Where a component is: in which unit, for which capture of which operation.
type Place = (ItemId, OperationCode, domain::CaptureCode);

/// The judge and what it knows so far.
#[derive(Default)]
pub(crate) struct Judge {
    found: BTreeMap<Position, BTreeSet<Code>>,
    masters: BTreeMap<MasterHash, WorkMaster>,
    runs: BTreeMap<Position, Run>,
    nonconformances: BTreeMap<NonconformanceCode, (Option<Position>, bool)>,
    done: BTreeMap<ItemId, BTreeMap<OperationCode, Position>>,
    again: BTreeMap<ItemId, Vec<(Position, OperationCode)>>,
    qualified: BTreeSet<PersonCode>,
    acknowledged: BTreeSet<(PersonCode, MasterHash)>,
    scrapped: BTreeSet<ItemId>,
    /// How much of a component is in a unit, by what went in and came out.
    fitted: BTreeMap<(ItemId, ItemId), Amount>,
    /// Places that an earlier run of an operation filled.
    places: BTreeMap<Place, Vec<(Position, ItemId)>>,
    /// Units of which a report closed a gate with something missing; nobody closes exceptions.
    gapped: BTreeSet<ItemId>,
    pub(crate) released: BTreeSet<ItemId>,
    /// Gates that were judged.
    pub(crate) gates: usize,
    /// Gates that reports closed with something missing, each with its exception.
    pub(crate) gaps: usize,
}

impl Judge {
    /// Goes through every entry of a ledger.
    pub(crate) fn read(entries: &[Entry]) -> Self {
        let mut judge = Self::default();
        for entry in entries {
            if let Act::Except(v) = &entry.fact {
                judge.found.entry(v.entry).or_default().insert(v.code);
            }
        }
        for (index, entry) in entries.iter().enumerate() {
            let after = &entries[index + 1..];
            let follows = |other: &&Entry| other.context.follows == Some(entry.position);
            let after: Vec<&Entry> =
                after.iter().take_while(|e| e.context.follows.is_some()).filter(follows).collect();
            judge.entry(entry, &after, entries);
        }
        judge
    }

    fn excused(&self, at: Position, code: Code) -> bool {
        self.found.get(&at).is_some_and(|codes| codes.contains(&code))
    }

    #[track_caller]
    fn must(&self, so: bool, entry: &Entry, code: Code, what: &str) {
        let excused = self.excused(entry.position, code);
        let (context, found) = (&entry.context, self.found.get(&entry.position));
        assert!(so || excused, "{what}: {:?}\n{context:?}\n{found:?}", entry.fact);
    }

    fn entry(&mut self, entry: &Entry, after: &[&Entry], all: &[Entry]) {
        let by = entry.context.performed_by.clone();
        match &entry.fact {
            Act::ProposeMaster(v) => {
                drop(self.masters.insert(v.master.hash(), (*v.master).clone()));
            }
            Act::Acknowledge(v) => drop(self.acknowledged.insert((by.unwrap(), v.master.clone()))),
            Act::Qualify(v) => drop(match v.until {
                Some(_) => self.qualified.remove(&v.person),
                None => self.qualified.insert(v.person.clone()),
            }),
            Act::StartWork(_) => self.start(entry),
            Act::Take(v) => self.take(v, entry, after),
            Act::CloseStep(v) => self.close(v, entry, after),
            Act::Dispose(v) => self.dispose(v, entry, after),
            Act::OpenNonconformance(v) => {
                let code = v.code.clone().unwrap();
                self.nonconformances.insert(code, (v.capture, false));
                assert!(after.iter().any(|e| matches!(e.fact, Act::Hold(_))), "its items are held");
            }
            Act::ResumeWork(v) => {
                let run = self.runs.get_mut(&v.execution).unwrap();
                run.person.clone_from(&by);
                run.workers.extend(by);
            }
            Act::Deviate(v) => {
                let run = self.runs.get_mut(&v.execution).unwrap();
                assert!(!run.workers.contains(&by.unwrap()), "who works allows no deviation");
                run.waived.push((entry.position, v.step.clone(), v.capture.clone(), v.item));
            }
            Act::Refuse(v) => {
                let run = v.execution.and_then(|at| self.runs.get_mut(&at));
                run.into_iter().for_each(|run| run.refused.push(entry.position));
            }
            Act::Scrap(v) => drop(self.scrapped.insert(v.item)),
            Act::AbandonWork(v) => self.abandon(v, entry),
            Act::Release(v) => {
                assert!(self.complete(v.item), "released with a gap: {}", entry.position);
                assert!(self.open(v.item).is_empty(), "released in work: {}", entry.position);
                let gap = self.gapped.contains(&v.item);
                assert!(!gap, "released over an open exception: {}", entry.position);
                self.released.insert(v.item);
            }
            Act::Ship(v) => {
                for line in v.lines.iter().filter(|line| self.done.contains_key(&line.item)) {
                    let so = self.released.contains(&line.item);
                    self.must(so, entry, Code::NotReleased, "a unit leaves that nobody released");
                }
            }
            Act::Install(v) => {
                self.fit(v.parent, v.component, v.quantity.unwrap_or(Amount::ONE));
                self.beside(entry, all);
            }
            Act::Remove(v) => {
                self.fit(
                    v.parent,
                    v.component,
                    Amount::ZERO.minus(v.quantity.unwrap_or(Amount::ONE)),
                );
                self.beside(entry, all);
            }
            Act::Step(_) => self.beside(entry, all),
            _ => {}
        }
    }

    fn fit(&mut self, parent: ItemId, component: ItemId, quantity: Amount) {
        let held = self.fitted.entry((parent, component)).or_insert(Amount::ZERO);
        *held = held.plus(quantity);
    }

    /// How much of every component is in a unit.
    pub(crate) fn fitted_in(&self, parent: ItemId) -> Vec<Amount> {
        let of =
            self.fitted.iter().filter(|((own, _), held)| *own == parent && **held != Amount::ZERO);
        of.map(|(_, held)| *held).collect()
    }

    /// Nothing goes into a unit beside what was captured, unless an exception says so.
    fn beside(&self, entry: &Entry, all: &[Entry]) {
        let source = entry.context.follows.and_then(|at| all.iter().find(|e| e.position == at));
        let captured =
            source.is_some_and(|source| domain::execution::subject(&source.fact).is_some());
        // What left us is told as being elsewhere, which is an exception too.
        let away = self.excused(entry.position, Code::Shipped);
        self.must(captured || away, entry, Code::OutsideInstruction, "done beside the instruction");
    }

    fn start(&mut self, entry: &Entry) {
        let Act::StartWork(v) = &entry.fact else { return };
        let hash = v.master.clone().unwrap();
        let master = self.masters[&hash].clone();
        let code = v.operation.clone().unwrap();
        let index = master.operations.iter().position(|op| op.code == code).unwrap();
        let operation = master.operations[index].clone();
        let by = entry.context.performed_by.clone();
        for item in v.items.iter().map(|worked| worked.item) {
            let busy = self.runs.values().any(|run| !run.ended && run.items.contains(&item));
            self.must(!busy, entry, Code::OutOfOrder, "in two executions");
            self.must(!self.is_done(item, &code), entry, Code::OutOfOrder, "done twice");
            let ready =
                master.before(index).iter().all(|any| any.iter().any(|c| self.is_done(item, c)));
            self.must(ready, entry, Code::OutOfOrder, "started before what comes first");
            self.done.entry(item).or_default();
        }
        let may = self.may(by.as_ref(), &hash, &code);
        self.must(may, entry, Code::NotQualified, "started by who may not");
        let run = Run {
            items: v.items.iter().map(|worked| worked.item).collect(),
            operation: code,
            steps: operation.steps,
            closed: 0,
            seen: Vec::new(),
            waived: Vec::new(),
            refused: Vec::new(),
            person: by.clone(),
            workers: by.into_iter().collect(),
            ended: false,
        };
        self.runs.insert(entry.position, run);
    }

    fn may(&self, by: Option<&PersonCode>, hash: &MasterHash, code: &OperationCode) -> bool {
        let Some(by) = by else { return false };
        let read = self.acknowledged.contains(&(by.clone(), hash.clone()));
        read && (code.as_str() != "OP10" || self.qualified.contains(by))
    }

    fn take(&mut self, v: &Take<ItemId>, entry: &Entry, after: &[&Entry]) {
        let by = entry.context.performed_by.clone();
        let run = &self.runs[&v.execution];
        assert!(!run.ended, "a value of work that ended: {}", entry.position);
        let step = run.steps.iter().find(|step| step.code == v.step).unwrap();
        let capture = step.captures.iter().find(|c| *c.code() == v.capture).unwrap().clone();
        let open = run.steps.get(run.closed).is_some_and(|open| open.code == v.step);
        self.must(open, entry, Code::OutOfOrder, "a value of a step that is not open");
        let items = v.item.map_or_else(|| run.items.clone(), |item| vec![item]);
        let good = is_good(&capture, &v.value);
        assert_eq!(v.good, Some(good), "what is good: {}", entry.position);
        if matches!(capture, Capture::Witness(_)) {
            let other = !run.workers.contains(by.as_ref().unwrap());
            self.must(other, entry, Code::SamePerson, "confirmed by who did it");
        } else {
            self.must(run.person == by, entry, Code::OutOfOrder, "another person's work");
        }
        self.scanned((v, &capture), &items, entry, after);
        let run = &self.runs[&v.execution];
        let bad =
            |item: &ItemId| run.seen.iter().filter(|s| s.is_of(v, *item) && !s.suffices()).count();
        let over = !good && items.iter().any(|item| bad(item) >= usize::from(capture.retries()));
        let opened = after.iter().any(|e| matches!(e.fact, Act::OpenNonconformance(_)));
        assert_eq!(over, opened, "a nonconformance after the last retry: {}", entry.position);
        let (at, take) = (entry.position, v.clone());
        let run = self.runs.get_mut(&v.execution).unwrap();
        for seen in run.seen.iter_mut().filter(|_| v.instead_of.is_some()) {
            let confirms = matches!(seen.take.value, Value::Witness(_)) && seen.take.step == v.step;
            seen.counts &= Some(seen.at) != v.instead_of && !confirms;
        }
        run.seen.push(Seen { at, take, good, counts: true, stands: None });
    }

    /// What was scanned is what is installed, no more and no less; what was in the place before
    /// stays, comes out, or an exception says that both are in there.
    fn scanned(
        &mut self,
        (v, capture): (&Take<ItemId>, &Capture),
        items: &[ItemId],
        entry: &Entry,
        after: &[&Entry],
    ) {
        let moved = |in_or_out: &dyn Fn(&Fact) -> Option<(ItemId, ItemId)>| -> BTreeSet<_> {
            after.iter().filter_map(|entry| in_or_out(&entry.fact)).collect()
        };
        let went_in = moved(&|fact| match fact {
            Act::Install(v) => Some((v.parent, v.component)),
            _ => None,
        });
        let came_out = moved(&|fact| match fact {
            Act::Remove(v) => Some((v.parent, v.component)),
            _ => None,
        });
        let (Value::Scan(scanned), Capture::Scan(_)) = (&v.value, capture) else {
            assert!(went_in.is_empty() && came_out.is_empty(), "only a scan moves anything");
            return;
        };
        let run = &self.runs[&v.execution];
        let operation = run.operation.clone();
        let aside = run.seen.iter().find(|seen| Some(seen.at) == v.instead_of);
        let aside = aside.and_then(|seen| match &seen.take.value {
            Value::Scan(scanned) => Some(scanned.clone()),
            _ => None,
        });
        let mut filled = Vec::new();
        for item in items {
            let place = (*item, operation.clone(), v.capture.clone());
            let mut earlier = self.places.get(&place).into_iter().flatten();
            let held = earlier.rfind(|(by, _)| *by != v.execution).filter(|(_, held)| {
                let in_there = self.fitted.get(&(*item, *held)).copied();
                in_there.unwrap_or(Amount::ZERO) > Amount::ZERO
            });
            let held = aside
                .as_ref()
                .and_then(|old| Some(old.replaces.as_ref()?.item))
                .or_else(|| held.map(|(_, component)| *component));
            if scanned.kept {
                assert_eq!(held, Some(scanned.item), "what is kept was there: {}", entry.position);
            } else if let Some(old) = &scanned.replaces {
                assert_eq!(held, Some(old.item), "what is replaced was there: {}", entry.position);
                assert!(came_out.contains(&(*item, old.item)), "it comes out: {}", entry.position);
            } else {
                let so = held.is_none();
                self.must(so, entry, Code::NotThere, "something goes into a place that is taken");
            }
            // What a value that is set aside put in comes out first, and may go in again.
            let back = aside.as_ref().and_then(|old| Some(old.replaces.as_ref()?.item));
            let expected: BTreeSet<(ItemId, ItemId)> = (!scanned.kept)
                .then_some(scanned.item)
                .into_iter()
                .chain(back)
                .map(|component| (*item, component))
                .collect();
            let own: BTreeSet<_> =
                went_in.iter().filter(|(parent, _)| parent == item).copied().collect();
            assert_eq!(own, expected, "what was scanned is what is installed: {}", entry.position);
            filled.push((place, scanned.item));
        }
        for (place, component) in filled {
            self.places.entry(place).or_default().push((v.execution, component));
        }
    }

    fn close(&mut self, v: &CloseStep, entry: &Entry, after: &[&Entry]) {
        let run = &self.runs[&v.execution];
        assert!(!run.ended, "a gate of work that ended: {}", entry.position);
        let step = run.steps[run.closed].clone();
        assert_eq!(step.code, v.step, "gates close in their order: {}", entry.position);
        let mut gap = false;
        for capture in &step.captures {
            let mut demanded = run.items.iter().filter(|item| !run.waives(&step, capture, **item));
            gap |= demanded.any(|item| run.misses(&step, capture, *item));
        }
        self.must(!gap, entry, Code::CaptureMissing, "a gate closed with a gap");
        let mut inputs: BTreeSet<Position> = run
            .seen
            .iter()
            .filter(|seen| seen.take.step == step.code && seen.counts && seen.suffices())
            .filter(|seen| seen.take.item.is_none_or(|on| run.items.contains(&on)))
            .flat_map(|seen| [seen.at].into_iter().chain(seen.stands))
            .collect();
        inputs.extend(run.waived.iter().filter(|(_, s, _, _)| *s == step.code).map(|(at, ..)| *at));
        let named: BTreeSet<Position> = v.inputs.iter().copied().collect();
        assert_eq!(named, inputs, "what the gate judged: {}", entry.position);
        assert_eq!(v.refusals, run.refused, "what was refused before it: {}", entry.position);
        let last = run.closed + 1 == run.steps.len();
        assert_eq!(v.completes.is_some(), last, "what it completes: {}", entry.position);
        let stepped =
            after.iter().any(|e| matches!(&e.fact, Act::Step(s) if s.operation == run.operation));
        assert_eq!(stepped, last, "a complete operation is a step: {}", entry.position);
        self.gates += 1;
        self.gaps += usize::from(gap);
        let run = self.runs.get_mut(&v.execution).unwrap();
        self.gapped.extend(run.items.iter().filter(|_| gap));
        run.closed += 1;
        run.refused.clear();
        run.ended = last;
        if last {
            for item in &run.items {
                let done = self.done.entry(*item).or_default();
                done.insert(run.operation.clone(), entry.position);
            }
        }
    }

    fn dispose(&mut self, v: &Dispose<ItemId>, entry: &Entry, after: &[&Entry]) {
        let by = entry.context.performed_by.clone().unwrap();
        let (capture, decided) = self.nonconformances[&v.nonconformance];
        assert!(!decided, "decided twice: {}", entry.position);
        self.nonconformances.insert(v.nonconformance.clone(), (capture, true));
        let back = v.back_to.as_ref().map(|code| from_on(code.as_str())).unwrap_or_default();
        for run in self.runs.values_mut().filter(|run| !run.ended) {
            let at = |seen: &Seen| Some(seen.at) == capture;
            let touched = run.items.iter().any(|item| v.items.contains(item));
            assert!(
                !(touched && run.workers.contains(&by)),
                "decided by who works: {}",
                entry.position
            );
            let Some(index) = run.seen.iter().position(at) else { continue };
            if v.disposition == Disposition::UseAsIs {
                run.seen[index].stands = Some(entry.position);
            }
            // What an earlier decision lets stand stands; other values that are not good are out.
            let of = run.seen[index].take.clone();
            for seen in run.seen.iter_mut().filter(|seen| !seen.suffices()) {
                let same = seen.take.step == of.step && seen.take.capture == of.capture;
                seen.counts &= !(same && seen.take.item == of.item);
            }
        }
        for item in &v.items {
            let again = self.again.entry(*item).or_default();
            again.extend(
                back.iter().map(|code| (entry.position, OperationCode::new(code).unwrap())),
            );
        }
        let scrapped = after.iter().any(|e| matches!(e.fact, Act::Scrap(_)));
        assert_eq!(scrapped, v.disposition == Disposition::Scrap, "{}", entry.position);
    }

    fn abandon(&mut self, v: &AbandonWork<ItemId>, entry: &Entry) {
        let run = &self.runs[&v.execution];
        let leaving = if v.items.is_empty() { run.items.clone() } else { v.items.clone() };
        assert!(leaving.iter().all(|item| run.items.contains(item)), "who leaves was in it");
        let fitted = |seen: &Seen| matches!(seen.take.value, Value::Scan(_));
        let of = |seen: &&Seen| seen.take.item.is_none_or(|on| leaving.contains(&on));
        let mut of_them = run.seen.iter().filter(of);
        let lost = of_them.any(|seen| seen.counts && (fitted(seen) || !seen.good));
        // On what is scrapped, nothing can be won back.
        let gone = leaving.iter().all(|item| self.scrapped.contains(item));
        let decided = entry.context.follows.is_some() || gone;
        self.must(!lost || decided, entry, Code::OutOfOrder, "retries are there again");
        let run = self.runs.get_mut(&v.execution).unwrap();
        run.items.retain(|item| !leaving.contains(item));
        run.ended = run.items.is_empty();
    }

    fn is_done(&self, item: ItemId, code: &OperationCode) -> bool {
        let Some(at) = self.done.get(&item).and_then(|done| done.get(code)) else { return false };
        let again = self.again.get(&item).into_iter().flatten();
        again.filter(|(_, operation)| operation == code).all(|(decided, _)| decided < at)
    }

    /// Whether a unit has passed its whole route.
    pub(crate) fn complete(&self, item: ItemId) -> bool {
        let is = |code: &str| self.is_done(item, &OperationCode::new(code).unwrap());
        is("OP10") && (is("OP20") || is("OP21")) && is("OP30")
    }

    /// The execution a unit is in.
    pub(crate) fn open(&self, item: ItemId) -> Vec<Position> {
        let open = self.runs.iter().filter(|(_, run)| !run.ended && run.items.contains(&item));
        open.map(|(at, _)| *at).collect()
    }

    /// Whether anything about a unit was let pass as an exception.
    pub(crate) fn excused_of(entries: &[Entry], item: ItemId) -> bool {
        let about = |fact: &Fact| fact.items().into_iter().any(|id| *id == item);
        entries.iter().any(|entry| match &entry.fact {
            Act::Except(v) => entries.iter().find(|e| e.position == v.entry).is_some_and(|e| {
                about(&e.fact) || e.touches.iter().any(|touch| touch.item == item)
            }),
            _ => false,
        })
    }
}

impl Run {
    fn waives(&self, step: &Step, capture: &Capture, item: ItemId) -> bool {
        self.waived.iter().any(|(_, s, c, on)| {
            *s == step.code && c == capture.code() && on.is_none_or(|on| on == item)
        })
    }

    fn misses(&self, step: &Step, capture: &Capture, item: ItemId) -> bool {
        let there = self.seen.iter().filter(|seen| {
            let of = seen.take.step == step.code && seen.take.capture == *capture.code();
            let on = seen.take.item.is_none_or(|on| on == item);
            of && on && seen.counts && seen.suffices()
        });
        there.count() < usize::from(capture.count())
    }
}

impl Seen {
    const fn suffices(&self) -> bool {
        self.good || self.stands.is_some()
    }

    fn is_of(&self, v: &Take<ItemId>, item: ItemId) -> bool {
        self.counts
            && self.take.step == v.step
            && self.take.capture == v.capture
            && self.take.item.is_none_or(|on| on == item)
    }
}

fn is_good(capture: &Capture, value: &Value<ItemId>) -> bool {
    match (capture, value) {
        (Capture::Measurement(_), Value::Measurement(v)) => v.value.to_string() != "1.50",
        (_, Value::Check(v)) => v.good,
        (_, Value::Witness(v)) => v.good,
        (_, Value::Choice(v)) => v.choice == "blue",
        _ => true,
    }
}

/// What is done again from an operation on, in the one route of this plant.
fn from_on(code: &str) -> Vec<&'static str> {
    match code {
        "OP10" => vec!["OP10", "OP20", "OP21", "OP30"],
        "OP20" | "OP21" => vec!["OP20", "OP21", "OP30"],
        _ => vec!["OP30"],
    }
}
