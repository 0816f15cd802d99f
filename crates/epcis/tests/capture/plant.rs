//! A plant in memory that admits commands by the rules of the domain, and tells them in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use domain::act::{Act, Origin, Portion};
use domain::command::{ACTS_PER_COMMAND_MAX, Context};
use domain::entry::{Entry, Touch};
use domain::item::{Fold, ItemState, Whereabouts};
use domain::rejection::Finding;
use domain::rules::{self, Decision, Facts, HeldBy, Known, LastCheck};
use domain::{
    Amount, BillOfMaterial, Command, CommandId, Fact, HoldCode, Identifier, Interval, ItemId,
    ItemRef, MaterialDefinition, Part, PartyCode, Position, RunCode, SlotCode, StationCode, Time,
    edge,
};
use epcis::capture::{self, Inside, Planned, Seen};
use epcis::{Event, Problem};

/// Long after everything the tests tell of.
const NOW: Time = Time(4_000_000_000_000_000);

#[derive(Default)]
pub(crate) struct Plant {
    items: BTreeMap<ItemId, ItemState>,
    named: BTreeMap<String, Vec<ItemId>>,
    materials: BTreeMap<Part, MaterialDefinition>,
    installed: BTreeMap<(ItemId, ItemId), Amount>,
    inputs: Vec<(ItemId, ItemId)>,
    parts: Vec<Entry>,
    sources: BTreeMap<CommandId, String>,
    entries: u64,
}

impl Plant {
    /// Plans an event and admits what was planned; the words for it, and what the rules found.
    pub(crate) fn capture(&mut self, event: &Event) -> Result<(String, Vec<Finding>), Problem> {
        let planned = capture::plan(event, self)?;
        let (mut words, mut found) = (Vec::new(), Vec::new());
        for one in &planned {
            match one {
                Planned::Command(command) => {
                    words.push(tell(command));
                    found.extend(self.admit(command));
                }
                Planned::Void { .. } => words.push("void".into()),
                Planned::Retract(retraction) => {
                    let count = retraction.commands.len();
                    words.push(format!("take back {count} commands ({})", retraction.reason));
                    self.sources.insert(retraction.id, retraction.source.clone());
                }
            }
        }
        let words = if words.is_empty() { "nothing".into() } else { words.join(" | ") };
        Ok((words, found))
    }

    /// Admits a report, which no rule may refuse as malformed.
    pub(crate) fn admit(&mut self, command: &Command) -> Vec<Finding> {
        let (mut created, mut found) = (Vec::<Vec<ItemId>>::new(), Vec::new());
        assert!((1..=ACTS_PER_COMMAND_MAX).contains(&command.acts.len()));
        for act in &command.acts {
            let fact: Result<Fact, String> = act.try_map(&mut |item| self.resolve(item, &created));
            let context = context(command);
            let fact = rules::prepare(fact.unwrap(), &context, self).unwrap();
            match rules::decide(&fact, &context, NOW, self) {
                Decision::Admit(more) => found.extend(more),
                Decision::Refuse(why) => panic!("refused {fact:#?}: {why:#?}"),
            }
            created.push(self.append(fact, context));
        }
        let id = command.id.unwrap();
        assert!(self.sources.insert(id, command.source.clone().unwrap()).is_none());
        found
    }

    fn resolve(&self, item: &ItemRef, created: &[Vec<ItemId>]) -> Result<ItemId, String> {
        match item {
            ItemRef::Id(id) => Ok(*id),
            ItemRef::New(act, ordinal) => Ok(created[usize::from(*act)][usize::from(*ordinal)]),
            ItemRef::Called { value, .. } => {
                let names = |id: &&ItemId| self.items[*id].names_now().any(|name| item.names(name));
                let named = self.named.get(value).into_iter().flatten();
                let found: Vec<ItemId> = named.filter(names).copied().collect();
                <[ItemId; 1]>::try_from(found)
                    .map(|[id]| id)
                    .map_err(|found| format!("{item} is {found:?}"))
            }
        }
    }

    fn append(&mut self, fact: Fact, context: Context) -> Vec<ItemId> {
        let position = Position(self.entries);
        self.entries += 1;
        let touches = rules::touched(&fact, position, self);
        let touches = touches.iter().map(|item| Touch { item: *item, sequence: 1, previous: None });
        let touches = touches.collect();
        let entry = Entry { position, received: NOW, context, touches, fact };
        if let Act::DefineMaterial(material) = &entry.fact {
            self.materials.insert(material.part.clone(), material.clone());
        }
        for link in edge::links_of(&entry) {
            self.inputs.push((link.input, link.output));
            if link.kind == edge::EdgeKind::Installed {
                self.installed.insert((link.input, link.output), link.quantity);
            }
        }
        if run_of(&entry).is_some() {
            let told = self.parts.iter().flat_map(|part| edge::links_across(part, &entry));
            self.inputs.extend(told.map(|link| (link.input, link.output)));
            self.parts.push(entry.clone());
        }
        if let Some(gone) = edge::removal_of(&entry) {
            self.installed.remove(&(gone.input, gone.output));
        }
        let born: Vec<ItemId> = entry.born().collect();
        for id in &born {
            let state = ItemState::born(&entry, *id);
            for name in state.names_now() {
                self.named.entry(name.value.clone()).or_default().push(*id);
            }
            self.items.insert(*id, state);
        }
        for touch in entry.touches.iter().filter(|touch| !born.contains(&touch.item)) {
            assert_eq!(self.items.get_mut(&touch.item).unwrap().apply(&entry), Fold::Done);
        }
        born
    }
}

fn run_of(entry: &Entry) -> Option<&RunCode> {
    let Act::Transform(transform) = &entry.fact else { return None };
    transform.run.as_ref()
}

fn context(command: &Command) -> Context {
    Context {
        command: command.id.unwrap(),
        mode: command.mode,
        performed: command.performed.unwrap(),
        captured: command.captured,
        performed_by: command.performed_by.clone(),
        recorded_by: "local".into(),
        station: command.station.clone(),
        equipment: command.equipment.clone(),
        source: command.source.clone(),
        rule: command.rule.clone(),
        late: command.late.clone(),
        follows: None,
        signed: None,
        signed_name: None,
        signature: None,
    }
}

impl capture::Plant for Plant {
    fn item(&self, called: &Identifier) -> Option<Seen> {
        Seen::of(self, called)
    }

    fn packed(&self, container: &Identifier) -> Vec<Inside> {
        let items = self.holders(container).into_iter().flat_map(|id| self.contents(id));
        let called = |item: &ItemId| self.items[item].names_now().cloned().collect();
        items.map(|item| Inside { item, called: called(&item) }).collect()
    }

    fn installed(&self, parent: &Identifier) -> Vec<Portion<ItemId>> {
        let parents = self.holders(parent);
        let inside = self.installed.iter().filter(|((_, into), _)| parents.contains(into));
        inside
            .map(|((item, _), quantity)| Portion { item: *item, quantity: Some(*quantity) })
            .collect()
    }

    fn material(&self, part: &Part) -> Option<MaterialDefinition> {
        self.materials.get(part).cloned()
    }

    fn source(&self, command: CommandId) -> Option<String> {
        self.sources.get(&command).cloned()
    }

    fn is_own(&self, party: &PartyCode) -> bool {
        party.as_str() == "urn:example:party:own"
    }
}

impl Facts for Plant {
    fn next_position(&self) -> Position {
        Position(self.entries)
    }

    fn station(&self, _: &StationCode) -> Option<&domain::Station> {
        None
    }

    fn equipment(&self, _: &domain::EquipmentCode) -> Option<&domain::Equipment> {
        None
    }

    fn last_check(&self, _: &domain::EquipmentCode, _: Time) -> Option<LastCheck> {
        None
    }

    fn item(&self, id: ItemId) -> Option<&ItemState> {
        self.items.get(&id)
    }

    fn material(&self, part: &Part) -> Option<&MaterialDefinition> {
        self.materials.get(part)
    }

    fn bom(&self, _: &Part) -> Option<&BillOfMaterial> {
        None
    }

    fn holders(&self, identifier: &Identifier) -> Vec<ItemId> {
        let has =
            |id: &&ItemId| self.items[*id].names.iter().any(|name| name.identifier == *identifier);
        self.named.get(&identifier.value).into_iter().flatten().filter(has).copied().collect()
    }

    fn holds_on(&self, _: ItemId, _: Interval) -> Vec<HeldBy> {
        Vec::new()
    }

    fn hold(&self, _: &HoldCode) -> Option<bool> {
        None
    }

    fn has_acknowledged(&self, _: &HoldCode, _: &StationCode) -> bool {
        false
    }

    fn contains(&self, output: ItemId, input: ItemId) -> bool {
        // Reports may tell of a cycle, so each item is looked at once.
        let (mut open, mut seen) = (vec![output], BTreeSet::new());
        while let Some(at) = open.pop() {
            let next = self.inputs.iter().filter(|(from, _)| *from == at).map(|(_, to)| *to);
            open.extend(next.filter(|to| seen.insert(*to)));
        }
        seen.contains(&input)
    }

    fn contents(&self, outer: ItemId) -> Vec<ItemId> {
        let is_in = |state: &&ItemState| {
            matches!(state.whereabouts.value,
                Whereabouts::Packed { container, .. } if container == outer)
        };
        self.items.values().filter(is_in).map(|state| state.id).collect()
    }

    fn installed(&self, component: ItemId, parent: ItemId) -> Amount {
        self.installed.get(&(component, parent)).copied().unwrap_or_default()
    }

    fn loaded(&self, _: &StationCode, _: &SlotCode) -> Vec<ItemId> {
        Vec::new()
    }

    fn knows(&self, _: Known, _: &str) -> bool {
        false
    }

    fn parts_of(&self, run: &RunCode) -> Vec<Entry> {
        self.parts.iter().filter(|entry| run_of(entry) == Some(run)).cloned().collect()
    }

    fn entry(&self, _: Position) -> Option<Entry> {
        None
    }

    fn superseded(&self, _: Position) -> Option<Position> {
        None
    }

    fn scope(&self, _: &domain::ScopeCode) -> Option<&domain::act::FreezeScope> {
        None
    }

    fn exception(&self, _: Position) -> Option<bool> {
        None
    }

    fn loaded_when(&self, _: &StationCode, _: Option<&SlotCode>, _: Interval) -> Vec<ItemId> {
        Vec::new()
    }
}

/// What a command does, in words.
pub(crate) fn tell(command: &Command) -> String {
    let acts: Vec<String> = command.acts.iter().map(tell_act).collect();
    acts.join(", ")
}

fn tell_act(act: &Act<ItemRef>) -> String {
    match act {
        Act::DefineMaterial(v) => format!("define {} in {}", v.part, v.base_unit),
        Act::Create(v) => {
            let part = v.part.as_ref().map_or(String::new(), |part| format!(" of {part}"));
            let lot = if v.lot.is_some() { " of a lot" } else { "" };
            let amounts = amounts(v.items.iter().map(|item| item.quantity));
            let origin = if v.origin == Origin::Made { "make" } else { "imply" };
            format!("{origin} {}{amounts}{part}{lot}", count(v.items.len(), v.kind.word()))
        }
        Act::Receive(v) => {
            let amounts = amounts(v.items.iter().map(|item| item.quantity));
            let items = count(v.items.len(), v.kind.word());
            format!("receive {items}{amounts} of {} from {}", v.part, v.supplier)
        }
        Act::Split(v) => format!("part off{}", amounts(v.into.iter().map(|p| Some(p.quantity)))),
        Act::Step(v) => {
            let mut text = format!("step {} on {}", v.operation, v.items.len());
            text += &amounts(v.items.iter().map(|worked| worked.quantity));
            if !v.measures.is_empty() || !v.parameters.is_empty() {
                write!(text, " with {} measures", v.measures.len()).unwrap();
                write!(text, " and {} texts", v.parameters.len()).unwrap();
            }
            if v.run.is_some() {
                text += " in a run";
            }
            if v.outcome != domain::act::Outcome::Done {
                write!(text, ": {:?}", v.outcome).unwrap();
            }
            text
        }
        Act::Ship(v) => {
            let amounts = amounts(v.lines.iter().map(|line| line.quantity));
            let shipment = v.shipment.as_ref().map_or(String::new(), |code| format!(" by {code}"));
            let from = v.sender.iter().map(|sender| format!(" from {sender}")).collect::<String>();
            format!("ship {}{amounts}{from} to {}{shipment}", count(v.lines.len(), "line"), v.party)
        }
        Act::ReceiveBack(v) => format!("receive back {}", v.items.len()),
        Act::Move(v) => format!("move {} to {}", v.items.len(), v.place),
        Act::Scrap(v) => format!("scrap one{} ({})", amounts([v.quantity].into_iter()), v.reason),
        Act::Pack(v) => format!("pack {}", v.items.len()),
        Act::Unpack(v) => format!("unpack {}", v.items.len()),
        Act::Install(v) => format!("install one{}", amounts([v.quantity].into_iter())),
        Act::Remove(v) => format!("remove one{} ({})", amounts([v.quantity].into_iter()), v.reason),
        Act::Assign(v) => {
            let orders = v.order.iter().chain(&v.production_order).map(ToString::to_string);
            let lot = v.lot.iter().map(|_| "a lot".to_owned());
            let to: Vec<String> = orders.chain(lot).collect();
            format!("assign {} to {}", v.items.len(), to.join(" and "))
        }
        Act::Transform(v) => {
            let amounts = amounts(v.inputs.iter().map(|portion| portion.quantity));
            let run = if v.run.is_some() { " as part of a run" } else { "" };
            format!("transform {}{amounts} into {}{run}", v.inputs.len(), v.outputs.len())
        }
        other => panic!("no event becomes {}", other.word()),
    }
}

fn amounts(amounts: impl Iterator<Item = Option<Amount>>) -> String {
    let amounts: Vec<String> = amounts.flatten().map(|amount| amount.to_string()).collect();
    if amounts.is_empty() { String::new() } else { format!(" ({})", amounts.join(", ")) }
}

fn count(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
