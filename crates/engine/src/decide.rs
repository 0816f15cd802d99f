//! From a command to entries: resolve, prepare, decide, apply; all of it or none.

use std::collections::BTreeSet;
use std::fmt;

use domain::act::{Act, Correct, Except, Hold, Refuse};
use domain::command::{ACTS_PER_COMMAND_MAX, Admitted, Answer, Raised, Signed};
use domain::entry::{Entry, Touch};
use domain::execution;
use domain::rejection::{Finding, Weight};
use domain::rules::{self, Decision, Restated};
use domain::start::Start;
use domain::{
    Code, Command, CommandId, Context, Fact, HoldCode, Interval, ItemId, ItemRef, Mode, Position,
    Rejection, Time,
};

use crate::fields::Fields;
use crate::signing::Signing;
use crate::state::{Entries, Known, State};

/// What a hold by query finds in everything recorded so far.
pub(crate) trait Finder {
    /// The items that fit any of these starts, each once.
    fn find(&self, starts: &[Start<ItemId>]) -> Result<Vec<ItemId>, String>;
}

/// One command being decided.
pub(crate) struct Decider<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) stored: &'a dyn Entries,
    pub(crate) fields: &'a mut Fields,
    pub(crate) finder: &'a dyn Finder,
    pub(crate) now: Time,
    /// Entries of this command, not yet written.
    pub(crate) pending: Vec<Entry>,
}

impl fmt::Debug for Decider<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decider").field("pending", &self.pending.len()).finish_non_exhaustive()
    }
}

/// Entries of the command being decided, before those of the ledger.
struct Overlay<'a> {
    pending: &'a [Entry],
    stored: &'a dyn Entries,
}

impl Entries for Overlay<'_> {
    fn entry(&self, position: Position) -> Option<Entry> {
        let found = self.pending.iter().find(|entry| entry.position == position);
        found.cloned().or_else(|| self.stored.entry(position))
    }
}

type Findings = Vec<Finding>;

impl Decider<'_> {
    /// Decides a command; on admission or a recorded refusal `pending` holds its entries, which
    /// the state has already taken in.
    pub(crate) fn decide(
        &mut self,
        command: &Command,
        id: CommandId,
        (by, signing): (&str, Option<&Signing>),
    ) -> Answer {
        let mark = self.state.mark();
        let count = command.acts.len();
        if count == 0 || count > ACTS_PER_COMMAND_MAX {
            return Answer::Rejected(Rejection::single(
                if count == 0 { Code::Malformed } else { Code::TooLarge },
                format!("the command has {count} acts"),
                "send 1 to 100 acts in one command",
            ));
        }
        let first = self.state.next();
        let context = self.context(command, id, (by, signing));
        let mut created = Vec::with_capacity(count);
        let mut exceptions = Vec::new();
        for (index, act) in command.acts.iter().enumerate() {
            match self.act(act, &context, &created, &mut exceptions) {
                Ok(births) => created.push(births),
                Err((findings, items)) => {
                    self.state.undo_to(mark);
                    self.pending.clear();
                    let rejection = Rejection::of(index, findings);
                    self.refusal(act, &rejection, &context, items);
                    return Answer::Rejected(rejection);
                }
            }
        }
        let last = self.pending.last().map_or(first, |entry| entry.position);
        Answer::Admitted(Admitted { first, last, created, exceptions })
    }

    fn context(
        &self,
        command: &Command,
        id: CommandId,
        (by, signing): (&str, Option<&Signing>),
    ) -> Context {
        Context {
            command: id,
            mode: command.mode,
            performed: command.performed.unwrap_or(Interval::at(self.now)),
            captured: command.captured,
            performed_by: command.performed_by.clone(),
            recorded_by: by.to_owned(),
            station: command.station.clone(),
            equipment: command.equipment.clone(),
            source: command.source.clone(),
            rule: command.rule.clone(),
            late: command.late.clone(),
            follows: None,
            signed: signing.map(|signing| self.signed(signing)),
            signed_name: signing.map(|signing| signing.name.clone()),
            signature: None,
        }
    }

    fn signed(&self, signing: &Signing) -> Signed {
        Signed {
            user: signing.user.clone(),
            signer: signing.signer.clone(),
            role: signing.role,
            meaning: signing.meaning,
            at: self.now,
            key: signing.key.public().to_string(),
            shown: signing.shown.clone(),
        }
    }

    fn act(
        &mut self,
        act: &Act<ItemRef>,
        context: &Context,
        created: &[Vec<ItemId>],
        exceptions: &mut Vec<Raised>,
    ) -> Result<Vec<ItemId>, (Findings, Vec<ItemId>)> {
        if matches!(act, Act::Except(_) | Act::Refuse(_) | Act::ExtendHold(_)) {
            let detail = format!("{} is written by the rules only", act.word());
            let finding = Finding::malformed(Code::Malformed, detail, "leave it out");
            return Err((vec![finding], Vec::new()));
        }
        let fact = self.resolve(act, created).map_err(|finding| (vec![finding], Vec::new()))?;
        let items: Vec<ItemId> = fact.items().into_iter().copied().collect();
        let refused = |findings| (findings, items.clone());
        let (mut fact, found) = self.check(fact, context).map_err(refused)?;
        let more = self.find_held(&mut fact).map_err(|f| refused(vec![f]))?;
        let restated = match &fact {
            Act::Correct(correct) => self.restated(correct),
            _ => Vec::new(),
        };
        let position = self.take_in(&fact, found, context, exceptions).map_err(refused)?;
        for chunk in more.chunks(domain::act::ITEMS_PER_ACT_MAX) {
            if let Act::Hold(hold) = &fact {
                let code = hold.code.clone();
                let items = chunk.to_vec();
                self.append(
                    Act::ExtendHold(domain::act::ExtendHold { code, items }),
                    context.clone().unsigned(),
                );
            }
        }
        for each in restated {
            self.restate(each, position, context, exceptions).map_err(refused)?;
        }
        let births = u16::try_from(fact.births()).unwrap_or(u16::MAX);
        Ok((0..births).map(|ordinal| ItemId { birth: position, ordinal }).collect())
    }

    fn resolve(&self, act: &Act<ItemRef>, created: &[Vec<ItemId>]) -> Result<Fact, Finding> {
        act.try_map(&mut |item| resolve_one(self.state, item, created))
    }

    /// Runs the rules; what they found comes back where it is no refusal.
    fn check(&self, fact: Fact, context: &Context) -> Result<(Fact, Findings), Findings> {
        let overlay = Overlay { pending: &self.pending, stored: self.stored };
        let known = Known { state: self.state, entries: &overlay };
        let fact = rules::prepare(fact, context, &known).map_err(|finding| vec![finding])?;
        let mut extra = Vec::new();
        if let Act::Describe(describe) = &fact {
            extra.extend(self.fields.check(self.state, describe));
        }
        if let Act::DefineSchema(schema) = &fact {
            extra.extend(Fields::check_schema(&schema.schema));
        }
        let refused = extra
            .iter()
            .any(|finding| finding.weight == Weight::Malformed || context.mode == Mode::Attempt);
        match rules::decide(&fact, context, self.now, &known) {
            Decision::Admit(found) if !refused => {
                Ok((fact, found.into_iter().chain(extra).collect()))
            }
            Decision::Admit(found) | Decision::Refuse(found) => {
                Err(found.into_iter().chain(extra).collect())
            }
        }
    }

    /// Fills in what a hold by query finds; answers what does not fit its own entry.
    fn find_held(&self, fact: &mut Fact) -> Result<Vec<ItemId>, Finding> {
        let Act::Hold(hold) = fact else { return Ok(Vec::new()) };
        hold.found.clear();
        for start in &mut hold.on {
            self.windowed(start)?;
        }
        let queries: Vec<_> =
            hold.on.iter().filter(|s| !matches!(s, Start::Item { .. })).cloned().collect();
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.finder.find(&queries).map_err(|detail| {
            Finding::malformed(Code::Malformed, detail, "mend the query of the hold")
        })?;
        let (own, more) = found.split_at(found.len().min(domain::act::ITEMS_PER_ACT_MAX));
        hold.found = own.to_vec();
        Ok(more.to_vec())
    }

    /// Turns "since its last good check" into a window that later facts can be held against.
    fn windowed(&self, start: &mut Start<ItemId>) -> Result<(), Finding> {
        if let Start::All { of } = start {
            let by_history = |start: &&Start<ItemId>| {
                !matches!(start, Start::Item { .. } | Start::Order { .. } | Start::Part { .. })
            };
            if of.iter().filter(by_history).count() > 1 {
                return Err(Finding::malformed(
                    Code::Malformed,
                    "a hold joins two uses or measurements with &".to_owned(),
                    "a later item cannot be judged by two facts at once: place two holds",
                ));
            }
            return of.iter_mut().try_for_each(|start| self.windowed(start));
        }
        if let Start::SinceGoodCheck { equipment } = start {
            let from = self
                .state
                .masters()
                .last_good_check(equipment)
                .map_or(Time::MIN, |checked| checked.performed.from);
            *start = Start::Used {
                what: domain::start::Used::Equipment,
                code: equipment.to_string(),
                within: Interval { from, to: Time::MAX },
            };
        }
        Ok(())
    }

    /// Writes a fact that was admitted, and all that follows from it.
    fn take_in(
        &mut self,
        fact: &Fact,
        found: Findings,
        context: &Context,
        exceptions: &mut Vec<Raised>,
    ) -> Result<Position, Findings> {
        let overlay = Overlay { pending: &self.pending, stored: self.stored };
        let known = Known { state: self.state, entries: &overlay };
        let rule = rules::obeyed(fact, &known).map(|hash| hash.to_string());
        let after = rules::follow(fact, self.state.next(), &known);
        let context = Context { rule: rule.or_else(|| context.rule.clone()), ..context.clone() };
        let position = self.append(fact.clone(), context.clone());
        self.raise((fact, position), found, &context, exceptions);
        let context = Context { follows: Some(position), ..context }.unsigned();
        for next in after {
            let (next, found) = self.check(next, &context)?;
            self.take_in(&next, found, &context, exceptions)?;
        }
        Ok(position)
    }

    fn restated(&self, correct: &Correct<ItemId>) -> Vec<Restated> {
        let overlay = Overlay { pending: &self.pending, stored: self.stored };
        rules::restate(correct, &Known { state: self.state, entries: &overlay })
    }

    /// Writes what stands in place of a corrected entry: a report, whatever the command was.
    fn restate(
        &mut self,
        restated: Restated,
        correction: Position,
        context: &Context,
        exceptions: &mut Vec<Raised>,
    ) -> Result<(), Findings> {
        let context = Context {
            command: context.command,
            recorded_by: context.recorded_by.clone(),
            mode: Mode::Report,
            performed: restated.performed,
            follows: Some(correction),
            ..restated.of.context.unsigned()
        };
        let (fact, found) = self.check(restated.fact, &context)?;
        let position = self.append(fact.clone(), context.clone());
        self.raise((&fact, position), found, &context, exceptions);
        Ok(())
    }

    /// Writes the exceptions a fact raised, and the holds policy asks for.
    fn raise(
        &mut self,
        (fact, position): (&Fact, Position),
        found: Findings,
        context: &Context,
        exceptions: &mut Vec<Raised>,
    ) {
        for finding in found {
            let context = Context { follows: Some(position), ..context.clone() }.unsigned();
            let except = Except {
                code: finding.code,
                entry: position,
                items: finding.item.into_iter().collect(),
                detail: format!("{}; {}", finding.detail, finding.needed),
                owner: rules::owner(finding.code).to_owned(),
            };
            let at = self.append(Act::Except(except), context.clone());
            self.hold_for(fact, &finding, at, context);
            exceptions.push(Raised { exception: at, finding });
        }
    }

    fn hold_for(&mut self, fact: &Fact, finding: &Finding, exception: Position, context: Context) {
        let items: BTreeSet<ItemId> = rules::items_to_hold(fact, finding).into_iter().collect();
        let Ok(code) = HoldCode::new(&format!("X-{exception}")) else { return };
        if items.is_empty() {
            return;
        }
        let hold = Hold {
            code,
            on: items.into_iter().map(|item| Start::Item { item }).collect(),
            spreads: true,
            reason: format!("{} {}", finding.code, finding.detail),
            found: Vec::new(),
        };
        self.append(Act::Hold(hold), context);
    }

    /// Records that an attempt was refused, on the items it was about.
    fn refusal(
        &mut self,
        act: &Act<ItemRef>,
        rejection: &Rejection,
        context: &Context,
        items: Vec<ItemId>,
    ) {
        let open = |id: &ItemId| self.state.item_state(*id)?.passed.open();
        let at = execution::subject(act).or_else(|| items.iter().find_map(open));
        let execution = at.and_then(|at| self.state.floor().executions.get(&at));
        let worked = execution.into_iter().flat_map(|execution| execution.item_ids());
        let known: BTreeSet<ItemId> = items
            .into_iter()
            .chain(worked)
            .filter(|id| self.state.index_of(*id).is_some())
            .collect();
        if known.is_empty() || context.mode == Mode::Report {
            return;
        }
        let detail = rejection.findings.first().map_or_else(String::new, |f| f.detail.clone());
        let refuse = Refuse {
            attempted: act.word().to_owned(),
            code: rejection.code,
            detail,
            items: known.into_iter().collect(),
            execution: execution.map(|execution| execution.position),
        };
        let rule = execution.map(|execution| execution.master.to_string());
        // What was attempted in the future was refused now.
        let performed = Interval::at(self.now);
        let rule = rule.or_else(|| context.rule.clone());
        let context = Context { performed, rule, ..context.clone() }.unsigned();
        self.append(Act::Refuse(refuse), context);
    }

    /// Adds an entry of this command and takes it into the state.
    fn append(&mut self, fact: Fact, context: Context) -> Position {
        let position = self.state.next();
        let overlay = Overlay { pending: &self.pending, stored: self.stored };
        let known = Known { state: self.state, entries: &overlay };
        let touches = rules::touched(&fact, position, &known)
            .into_iter()
            .map(|item| match self.state.item_state(item) {
                Some(state) => Touch {
                    item,
                    sequence: state.sequence.saturating_add(1),
                    previous: Some(state.last),
                },
                None => Touch { item, sequence: 1, previous: None },
            })
            .collect();
        // Every entry has a received time of its own, strictly increasing.
        let after_us = i64::try_from(self.pending.len()).unwrap_or(i64::MAX);
        let received = Time(self.now.0.saturating_add(after_us));
        let entry = Entry { position, received, context, touches, fact };
        self.state.apply(&entry, &overlay);
        self.pending.push(entry);
        position
    }
}

/// The item a reference means.
pub(crate) fn resolve_one(
    state: &State,
    item: &ItemRef,
    created: &[Vec<ItemId>],
) -> Result<ItemId, Finding> {
    if let ItemRef::New(act, ordinal) = item {
        let made = created.get(usize::from(*act)).and_then(|born| born.get(usize::from(*ordinal)));
        return made.copied().ok_or_else(|| {
            Finding::malformed(
                Code::UnknownItem,
                format!("{item}: no earlier act of this command makes it"),
                "count acts and their new items from 0",
            )
        });
    }
    let found = state.find(item);
    match found.as_slice() {
        [] => Err(Finding::malformed(
            Code::UnknownItem,
            format!("no item is called {item}"),
            "check the label, or create or receive the item first",
        )),
        [one] => Ok(state.at(*one).map(|state| state.id).expect("invariant: found items exist")),
        several => {
            let ids: Vec<String> = several
                .iter()
                .filter_map(|index| state.at(*index))
                .map(|state| format!("id:{} ({} {})", state.id, state.kind.word(), state.label()))
                .collect();
            Err(Finding::malformed(
                Code::AmbiguousItem,
                format!("{item} fits {}: {}", ids.len(), ids.join(", ")),
                "add ;issuer=PARTY, or name the item by its id",
            ))
        }
    }
}
