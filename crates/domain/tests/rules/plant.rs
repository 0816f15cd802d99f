//! A plant in memory: admitted entries, and what the rules may look at.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::{Act, FreezeScope};
use domain::backflush::{Change, candidates};
use domain::command::{Context, Mode};
use domain::edge::{EdgeKind, links_across, links_of, removal_of};
use domain::entry::{Entry, Touch};
use domain::execution::{Execution, Nonconformance};
use domain::instruction::{MasterHash, Stage, Version};
use domain::item::{Fold, ItemState};
use domain::order::{Order, Share};
use domain::rejection::Finding;
use domain::rules::{self, Decision, Facts, HeldBy, Known, LastCheck, SignatureFate};
use domain::serial::SerialRange;
use domain::start::Start;
use domain::{
    Amount, BillOfMaterial, CommandId, Equipment, EquipmentCode, Fact, HoldCode, Identifier,
    Interval, ItemId, MasterCode, MaterialDefinition, NonconformanceCode, OrderCode, Part,
    PersonCode, Position, QualificationCode, RangeCode, Role, RunCode, ScopeCode, SlotCode,
    Station, StationCode, Time,
};

/// What an admitted fact came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) position: Position,
    pub(crate) found: Vec<Finding>,
    pub(crate) held: Vec<ItemId>,
}

#[derive(Debug, Clone)]
struct Held {
    since: Time,
    lifted: Option<Time>,
    items: BTreeSet<ItemId>,
    acknowledged: BTreeSet<StationCode>,
}

/// Everything admitted so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plant {
    pub(crate) entries: Vec<Entry>,
    pub(crate) items: BTreeMap<ItemId, ItemState>,
    materials: BTreeMap<Part, MaterialDefinition>,
    boms: BTreeMap<Part, BillOfMaterial>,
    codes: BTreeSet<(Known, String)>,
    holds: BTreeMap<HoldCode, Held>,
    superseded: BTreeMap<Position, Position>,
    exceptions: BTreeMap<Position, bool>,
    signatures: BTreeMap<Position, SignatureFate>,
    scopes: BTreeMap<ScopeCode, FreezeScope>,
    floor: Floor,
}

/// Work masters and work.
#[derive(Debug, Clone, Default)]
struct Floor {
    versions: BTreeMap<MasterHash, Version>,
    executions: BTreeMap<Position, Execution>,
    nonconformances: BTreeMap<NonconformanceCode, Nonconformance>,
    qualified: BTreeMap<(PersonCode, QualificationCode), (Time, Option<Time>)>,
    /// Of every account.
    roles: Vec<Role>,
    stations: BTreeMap<StationCode, Station>,
    equipment: BTreeMap<EquipmentCode, Equipment>,
    checks: Vec<(EquipmentCode, Time, LastCheck)>,
    orders: BTreeMap<OrderCode, Order>,
    ranges: BTreeMap<RangeCode, SerialRange>,
}

/// A context that says no more than how and when.
pub(crate) fn context(mode: Mode, performed: Interval, station: Option<StationCode>) -> Context {
    Context {
        command: CommandId([7; 16]),
        mode,
        performed,
        captured: None,
        performed_by: None,
        recorded_by: "local".into(),
        station,
        equipment: Vec::new(),
        source: None,
        rule: None,
        late: None,
        follows: None,
        signed: None,
        signed_name: None,
        signature: None,
    }
}

impl Plant {
    /// Prepares and decides a fact; an admitted one is applied with what policy asks for.
    pub(crate) fn take(
        &mut self,
        fact: Fact,
        context: &Context,
        now: Time,
    ) -> Result<Done, Vec<Finding>> {
        let fact = rules::prepare(fact, context, self).map_err(|finding| vec![finding])?;
        let found = match rules::decide(&fact, context, now, self) {
            Decision::Admit(found) => found,
            Decision::Refuse(found) => return Err(found),
        };
        let restated = match &fact {
            Act::Correct(correct) => rules::restate(correct, self),
            _ => Vec::new(),
        };
        let after = rules::follow(&fact, Position(self.entries.len() as u64), self);
        let position = self.append(fact.clone(), context.clone(), now);
        let mut found = found;
        for next in after {
            let context = Context { follows: Some(position), ..context.clone() }.unsigned();
            found.extend(self.take(next, &context, now)?.found);
        }
        let held: BTreeSet<ItemId> =
            found.iter().flat_map(|finding| rules::items_to_hold(&fact, finding)).collect();
        for each in restated {
            let context = Context { performed: each.performed, ..each.of.context };
            self.append(each.fact, Context { mode: Mode::Report, ..context }, now);
        }
        Ok(Done { position, found, held: held.into_iter().collect() })
    }

    fn append(&mut self, fact: Fact, context: Context, now: Time) -> Position {
        let position = Position(self.entries.len() as u64);
        let touched = rules::touched(&fact, position, self);
        let touches: Vec<Touch> = touched
            .into_iter()
            .map(|item| {
                let state = self.items.get(&item);
                Touch {
                    item,
                    sequence: state.map_or(1, |state| state.sequence + 1),
                    previous: state.map(|state| state.last),
                }
            })
            .collect();
        let entry = Entry { position, received: now, context, touches, fact };
        self.define(&entry);
        for id in entry.born() {
            self.items.insert(id, ItemState::born(&entry, id));
        }
        self.entries.push(entry.clone());
        for touch in &entry.touches {
            let Some(state) = self.items.get_mut(&touch.item) else { continue };
            let fold = state.apply(&entry);
            state.sequence = touch.sequence;
            state.last = position;
            if fold == Fold::Refold || matches!(entry.fact, Act::Correct(_)) {
                self.refold(touch.item);
            }
        }
        position
    }

    fn refold(&mut self, id: ItemId) {
        let live: Vec<&Entry> = self.live(id).collect();
        let birth = &self.entries[usize::try_from(id.birth.0).unwrap()];
        let held = &self.items[&id];
        let mut state = ItemState::refold(birth, id, live, Vec::new());
        (state.sequence, state.last) = (held.sequence, held.last);
        self.items.insert(id, state);
    }

    /// The entries that touch an item and are not superseded.
    pub(crate) fn live(&self, id: ItemId) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| {
            !self.superseded.contains_key(&entry.position)
                && entry.touches.iter().any(|touch| touch.item == id)
        })
    }

    fn define(&mut self, entry: &Entry) {
        let mut code = |what, code: &dyn ToString| {
            self.codes.insert((what, code.to_string()));
        };
        match &entry.fact {
            Act::DefineParty(v) => code(Known::Party, &v.code),
            Act::DefinePlace(v) => code(Known::Place, &v.code),
            Act::DefineWorkCenter(v) => code(Known::WorkCenter, &v.code),
            Act::DefineStation(v) => code(Known::Station, &v.code),
            Act::DefineEquipment(v) => code(Known::Equipment, &v.code),
            Act::DefinePerson(v) => code(Known::Person, &v.code),
            Act::DefineOrder(v) => code(Known::Order, &v.code),
            Act::PlanOrder(v) => code(Known::Order, &v.code),
            Act::SplitOrder(v) => code(Known::Order, &v.into),
            Act::DefineMaterial(v) => {
                self.materials.insert(v.part.clone(), v.clone());
            }
            Act::DefineBom(v) => {
                self.boms.insert(v.part.clone(), v.clone());
            }
            Act::Hold(v) => {
                let items = v.on.iter().filter_map(|start| match start {
                    Start::Item { item } => Some(*item),
                    _ => None,
                });
                let since = entry.context.performed.from;
                let (items, acknowledged) = (items.collect(), BTreeSet::new());
                let held = Held { since, lifted: None, items, acknowledged };
                self.holds.insert(v.code.clone(), held);
            }
            Act::Lift(v) => {
                if let Some(hold) = self.holds.get_mut(&v.code) {
                    hold.lifted = Some(domain::item::stamp_of(entry).performed);
                }
            }
            Act::AcknowledgeHold(v) => {
                let hold = self.holds.get_mut(&v.code).unwrap();
                hold.acknowledged.extend(entry.context.station.clone());
            }
            Act::Except(_) => {
                self.exceptions.insert(entry.position, true);
            }
            Act::CloseException(v) => {
                self.exceptions.insert(v.exception, false);
            }
            Act::VoidSignature(v) => {
                self.signatures.entry(v.entry).or_default().voided = Some(entry.position);
            }
            Act::SignAgain(v) => {
                self.signatures.entry(v.entry).or_default().again = Some(entry.position);
            }
            Act::FreezeScope(v) => {
                self.scopes.insert(v.code.clone(), v.clone());
            }
            Act::Correct(v) => {
                self.superseded.extend(v.entries.iter().map(|old| (*old, entry.position)));
            }
            _ => {}
        }
        self.work(entry);
        self.orders(entry);
    }

    /// What an entry means for orders and ranges of serial numbers.
    fn orders(&mut self, entry: &Entry) {
        let floor = &mut self.floor;
        match &entry.fact {
            Act::PlanOrder(v) if !floor.orders.contains_key(&v.code) => {
                floor.orders.insert(v.code.clone(), Order::planned(v, entry));
            }
            Act::SplitOrder(v) => {
                let parted = floor.orders[&v.order].parted(v, entry);
                floor.orders.insert(v.into.clone(), parted);
            }
            Act::DefineRange(v) => {
                let range = SerialRange::defined(v.clone(), entry.position);
                floor.ranges.insert(v.code.clone(), range);
            }
            _ => {}
        }
        if let Some(order) = domain::order::subject(&entry.fact)
            .and_then(|code| floor.orders.get_mut(code))
            .filter(|order| order.events.last().is_none_or(|last| last.position < entry.position))
        {
            *order = order.clone().after(entry);
        }
        if let Some(range) =
            domain::serial::subject(&entry.fact).and_then(|code| floor.ranges.get_mut(code))
        {
            *range = range.clone().after(entry);
        }
    }

    /// What an entry means for work masters and work.
    fn work(&mut self, entry: &Entry) {
        let (floor, context) = (&mut self.floor, &entry.context);
        match &entry.fact {
            Act::ProposeMaster(v) => {
                let version = Version::proposed(v, entry);
                floor.versions.insert(version.hash.clone(), version);
            }
            Act::Qualify(v) => {
                let certified = context.mode == Mode::Report && !v.files.is_empty();
                let told = context.mode == Mode::Report && !certified;
                let from = if told { entry.received } else { context.performed.from };
                let held = (from, v.until);
                floor.qualified.insert((v.person.clone(), v.qualification.clone()), held);
            }
            Act::NoteAccount(v) => {
                floor.roles.extend(v.new.as_deref().map(|role| role.parse::<Role>().unwrap()));
            }
            Act::VoidSignature(v) => {
                for execution in floor.executions.values_mut() {
                    *execution = execution.clone().voided(v.entry);
                }
                let of = |version: &&mut Version| version.approved == Some(v.entry);
                for version in floor.versions.values_mut().filter(of) {
                    *version = version.clone().voided(entry);
                }
            }
            Act::StartWork(v) => {
                let started = Execution::started(v, entry);
                floor.executions.extend(started.map(|started| (entry.position, started)));
            }
            Act::OpenNonconformance(v) => {
                let opened = Nonconformance::opened(v, entry).unwrap();
                let of = |execution: &&mut Execution| {
                    execution.taken.iter().any(|taken| Some(taken.position) == v.capture)
                };
                for execution in floor.executions.values_mut().filter(of) {
                    *execution = execution.clone().stopped(&opened.code);
                }
                floor.nonconformances.insert(opened.code.clone(), opened);
            }
            Act::Dispose(v) => {
                let held = floor.nonconformances.get_mut(&v.nonconformance).unwrap();
                held.decided = Some((v.disposition, entry.position));
                let stands = v.disposition == domain::act::Disposition::UseAsIs;
                for execution in floor.executions.values_mut() {
                    *execution = execution.clone().decided(held, stands, entry.position);
                }
            }
            Act::DefineStation(v) => {
                floor.stations.insert(v.code.clone(), v.clone());
            }
            Act::DefineEquipment(v) => {
                floor.equipment.insert(v.code.clone(), v.clone());
            }
            Act::CheckEquipment(v) => {
                let check = LastCheck { good: v.good, due: v.due };
                floor.checks.push((v.equipment.clone(), context.performed.from, check));
            }
            _ => {}
        }
        if let Some(hash) = domain::instruction::version::subject(&entry.fact) {
            let version = floor.versions[hash].clone().after(entry);
            floor.versions.insert(hash.clone(), version);
        }
        if let Some(position) = domain::execution::subject(&entry.fact)
            && let Some(execution) = floor.executions.remove(&position)
        {
            let after = execution.after(entry);
            floor.executions.extend(after.map(|after| (position, after)));
        }
    }

    fn live_entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !self.superseded.contains_key(&entry.position))
    }

    fn changes(
        &self,
        at: &StationCode,
        slot: Option<&SlotCode>,
    ) -> BTreeMap<SlotCode, Vec<Change>> {
        let mut changes: BTreeMap<SlotCode, Vec<Change>> = BTreeMap::new();
        for entry in self.live_entries() {
            let (position, performed) = (entry.position, entry.context.performed);
            let change = match &entry.fact {
                Act::Load(v) if v.station == *at => Change {
                    position,
                    performed,
                    slot: v.slot.clone(),
                    lot: Some(v.lot),
                    off: None,
                    adds: v.adds,
                },
                Act::Unload(v) if v.station == *at => Change {
                    position,
                    performed,
                    slot: v.slot.clone(),
                    lot: None,
                    off: v.lot,
                    adds: false,
                },
                _ => continue,
            };
            if slot.is_none_or(|slot| *slot == change.slot) {
                changes.entry(change.slot.clone()).or_default().push(change);
            }
        }
        for list in changes.values_mut() {
            list.sort_by_key(|change| (change.performed.to, change.position));
        }
        changes
    }

    /// Writes an exception, as the engine does for what a report broke.
    pub(crate) fn except(&mut self, code: domain::Code, entry: Position, now: Time) -> Position {
        let except = domain::act::Except {
            code,
            entry,
            items: Vec::new(),
            detail: "found".into(),
            owner: rules::owner(code).into(),
        };
        let context = context(Mode::Report, Interval::at(now), None);
        self.append(Act::Except(except), context, now)
    }
}

impl Facts for Plant {
    fn item(&self, id: ItemId) -> Option<&ItemState> {
        self.items.get(&id)
    }

    fn material(&self, part: &Part) -> Option<&MaterialDefinition> {
        self.materials.iter().find(|(known, _)| part.accepts(known)).map(|(_, found)| found)
    }

    fn bom(&self, part: &Part) -> Option<&BillOfMaterial> {
        self.boms.get(part)
    }

    fn holders(&self, identifier: &Identifier) -> Vec<ItemId> {
        let has = |state: &&ItemState| state.names.iter().any(|n| n.identifier == *identifier);
        self.items.values().filter(has).map(|state| state.id).collect()
    }

    fn holds_on(&self, id: ItemId, during: Interval) -> Vec<HeldBy> {
        let held = |hold: &Held| hold.lifted.is_none_or(|lifted| during.from < lifted);
        let on = self.holds.iter().filter(|(_, hold)| held(hold) && hold.items.contains(&id));
        on.map(|(code, hold)| HeldBy { code: code.clone(), since: hold.since, lifted: hold.lifted })
            .collect()
    }

    fn hold(&self, code: &HoldCode) -> Option<bool> {
        self.holds.get(code).map(|hold| hold.lifted.is_none())
    }

    fn has_acknowledged(&self, code: &HoldCode, station: &StationCode) -> bool {
        self.holds.get(code).is_some_and(|hold| hold.acknowledged.contains(station))
    }

    fn contains(&self, output: ItemId, input: ItemId) -> bool {
        let mut links: Vec<_> = self.live_entries().flat_map(links_of).collect();
        for (index, entry) in self.live_entries().enumerate() {
            links.extend(self.live_entries().take(index).flat_map(|o| links_across(o, entry)));
        }
        let (mut seen, mut open) = (BTreeSet::new(), vec![output]);
        while let Some(id) = open.pop() {
            if id == input {
                return true;
            }
            if seen.insert(id) {
                open.extend(links.iter().filter(|link| link.input == id).map(|link| link.output));
            }
        }
        false
    }

    fn contents(&self, container: ItemId) -> Vec<ItemId> {
        use domain::item::Whereabouts::Packed;
        let inside = |state: &&ItemState| matches!(state.whereabouts.value, Packed { container: held, .. } if held == container);
        self.items.values().filter(inside).map(|state| state.id).collect()
    }

    fn installed(&self, component: ItemId, parent: ItemId) -> Amount {
        let mut sum = Amount::ZERO;
        for entry in self.live_entries() {
            let fitted = links_of(entry).into_iter().filter(|link| {
                let here = link.input == component && link.output == parent;
                here && link.kind == EdgeKind::Installed
            });
            sum = fitted.map(|link| link.quantity).fold(sum, Amount::plus);
            let removal = removal_of(entry);
            if removal.is_some_and(|gone| gone.input == component && gone.output == parent) {
                let taken = match &entry.fact {
                    Act::Remove(v) => v.quantity,
                    Act::Replace(v) => v.quantity,
                    _ => None,
                };
                sum = sum.minus(taken.unwrap_or(Amount::ONE));
            }
        }
        sum
    }

    fn loaded(&self, station: &StationCode, slot: &SlotCode) -> Vec<ItemId> {
        self.loaded_when(station, Some(slot), Interval::at(Time::MAX))
    }

    fn loaded_when(
        &self,
        station: &StationCode,
        slot: Option<&SlotCode>,
        when: Interval,
    ) -> Vec<ItemId> {
        let changes = self.changes(station, slot);
        changes.values().flat_map(|list| candidates(list, when).lots).collect()
    }

    fn knows(&self, what: Known, code: &str) -> bool {
        self.codes.contains(&(what, code.to_owned()))
    }

    fn parts_of(&self, run: &RunCode) -> Vec<Entry> {
        let parts = self.live_entries().filter(
            |entry| matches!(&entry.fact, Act::Transform(v) if v.run.as_ref() == Some(run)),
        );
        parts.cloned().collect()
    }

    fn entry(&self, position: Position) -> Option<Entry> {
        self.entries.get(usize::try_from(position.0).ok()?).cloned()
    }

    fn superseded(&self, position: Position) -> Option<Position> {
        self.superseded.get(&position).copied()
    }

    fn signature_of(&self, position: Position) -> SignatureFate {
        self.signatures.get(&position).copied().unwrap_or_default()
    }

    fn scope(&self, code: &ScopeCode) -> Option<&FreezeScope> {
        self.scopes.get(code)
    }

    fn exception(&self, position: Position) -> Option<bool> {
        self.exceptions.get(&position).copied()
    }

    fn next_position(&self) -> Position {
        Position(self.entries.len() as u64)
    }

    fn version(&self, hash: &MasterHash) -> Option<&Version> {
        self.floor.versions.get(hash)
    }

    fn versions_of(&self, code: &MasterCode) -> Vec<&Version> {
        self.floor.versions.values().filter(|version| version.master.code == *code).collect()
    }

    fn effective(&self, part: &Part) -> Vec<&Version> {
        let effective = |version: &&Version| {
            version.stage == Stage::Effective && version.master.part.accepts(part)
        };
        self.floor.versions.values().filter(effective).collect()
    }

    fn execution(&self, position: Position) -> Option<&Execution> {
        self.floor.executions.get(&position)
    }

    fn nonconformance(&self, code: &NonconformanceCode) -> Option<&Nonconformance> {
        self.floor.nonconformances.get(code)
    }

    fn order(&self, code: &OrderCode) -> Option<&Order> {
        self.floor.orders.get(code)
    }

    fn order_items(&self, code: &OrderCode) -> Vec<ItemId> {
        let own = self.items.values().filter(|item| item.order.value.as_ref() == Some(code));
        own.map(|item| item.id).collect()
    }

    fn order_taken(&self, code: &OrderCode) -> Amount {
        let own = self.items.values().filter(|item| item.order.value.as_ref() == Some(code));
        own.map(|item| Share::of(item).taken()).fold(Amount::ZERO, Amount::plus)
    }

    fn ranges(&self) -> Vec<&SerialRange> {
        self.floor.ranges.values().collect()
    }

    fn has_ranges(&self) -> bool {
        !self.floor.ranges.is_empty()
    }

    fn range(&self, code: &RangeCode) -> Option<&SerialRange> {
        self.floor.ranges.get(code)
    }

    fn qualified(&self, code: &QualificationCode, during: Interval) -> Vec<PersonCode> {
        let of = self.floor.qualified.iter().filter(|((_, held), _)| held == code);
        let now = of.filter(|(_, (from, until))| {
            *from <= during.to && until.is_none_or(|until| until > during.to)
        });
        now.map(|((person, _), _)| person.clone()).collect()
    }

    fn has_accounts(&self) -> bool {
        !self.floor.roles.is_empty()
    }

    fn may_sign(&self, role: Role) -> bool {
        self.floor.roles.iter().any(|own| own.covers(role))
    }

    fn station(&self, code: &StationCode) -> Option<&Station> {
        self.floor.stations.get(code)
    }

    fn equipment(&self, code: &EquipmentCode) -> Option<&Equipment> {
        self.floor.equipment.get(code)
    }

    fn last_check(&self, code: &EquipmentCode, at: Time) -> Option<LastCheck> {
        let of = self.floor.checks.iter().filter(|(held, from, _)| held == code && *from <= at);
        of.max_by_key(|(_, from, _)| *from).map(|(_, _, check)| *check)
    }
}
