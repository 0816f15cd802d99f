//! The same answers, found without thinking about speed: for every question all facts that were
//! known are gone through from the beginning.

mod books;
mod reach;

pub(crate) use reach::reach;

use std::collections::{BTreeMap, BTreeSet};

use domain::act::{Act, Kind, Origin, Outcome, Purpose, RemovedTo};
use domain::edge::EdgeKind;
use domain::entry::Entry;
use domain::item::{Acceptance, Whereabouts};
use domain::start::{Start, Used};
use domain::{Amount, Identifier, Interval, ItemId, OrderCode, Part, Position, SlotCode, Time};

use books::Books;

/// What was known at some position.
pub(crate) struct Model<'a> {
    entries: &'a [Entry],
    live: Vec<&'a Entry>,
    as_of: Option<Time>,
}

/// Order of facts in the life of an item.
type Stamp = (Time, Position);

fn stamp(entry: &Entry) -> Stamp {
    (entry.context.performed.to.min(entry.received), entry.position)
}

/// An item as its facts make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) part: Option<Part>,
    pub(crate) order: Option<OrderCode>,
    pub(crate) lot: Option<ItemId>,
    pub(crate) names: BTreeSet<Identifier>,
    pub(crate) place: Whereabouts,
    pub(crate) acceptance: Acceptance,
    pub(crate) outcome: Outcome,
    pub(crate) fields: BTreeMap<String, String>,
    /// Accounts that are not empty.
    pub(crate) books: BTreeMap<String, Amount>,
}

/// What went into what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) input: ItemId,
    pub(crate) output: ItemId,
    pub(crate) kind: EdgeKind,
    pub(crate) quantity: Amount,
    pub(crate) performed: Interval,
    pub(crate) source: Position,
    /// Which use of the entry, and whether it was a mix.
    pub(crate) group: Option<(u32, bool)>,
    pub(crate) removed: Option<(Interval, Position)>,
}

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Held {
    on: Vec<Start<ItemId>>,
    roots: BTreeSet<ItemId>,
    spreads: bool,
    since: Option<Time>,
}

impl<'a> Model<'a> {
    /// What the first entries say.
    pub(crate) fn of(entries: &'a [Entry]) -> Self {
        let mut ended: BTreeSet<Position> = BTreeSet::new();
        for entry in entries {
            if let Act::Correct(correct) = &entry.fact {
                ended.extend(&correct.entries);
            }
        }
        let live = entries.iter().filter(|entry| !ended.contains(&entry.position)).collect();
        Self { entries, live, as_of: None }
    }

    /// What was so by then, of what is known.
    pub(crate) fn seen_at(self, time: Time) -> Self {
        Self { as_of: Some(time), ..self }
    }

    fn sees(&self, performed: Interval) -> bool {
        self.as_of.is_none_or(|time| performed.from <= time)
    }

    /// What was known earlier.
    fn before(&self, position: Position) -> Self {
        let known = self.entries.iter().take_while(|entry| entry.position <= position).count();
        Self::of(&self.entries[..known])
    }

    /// Every item, in the order they came into being.
    pub(crate) fn items(&self) -> Vec<ItemId> {
        let seen = self.live.iter().filter(|entry| self.sees(entry.context.performed));
        seen.flat_map(|entry| entry.born()).collect()
    }

    /// The live facts that touch an item, in the order they were performed.
    fn facts(&self, id: ItemId) -> Vec<&'a Entry> {
        let mut facts = self.all_facts(id);
        facts.retain(|entry| self.sees(entry.context.performed));
        facts
    }

    /// The same, of whatever time they are.
    fn all_facts(&self, id: ItemId) -> Vec<&'a Entry> {
        let touches = |entry: &&&Entry| entry.touches.iter().any(|touch| touch.item == id);
        let mut facts: Vec<&Entry> = self.live.iter().filter(touches).copied().collect();
        facts.sort_by_key(|entry| stamp(entry));
        facts
    }

    pub(crate) fn item(&self, id: ItemId) -> Item {
        let birth = self.entries.iter().find(|entry| entry.position == id.birth).unwrap();
        let kind = match &birth.fact {
            Act::Create(create) => create.kind,
            Act::Receive(receive) => receive.kind,
            _ => Kind::Lot,
        };
        let facts = self.facts(id);
        let acceptance = last(&facts, |entry| accepted(entry, id, kind));
        Item {
            kind,
            part: last(&facts, |entry| part(entry, id)).and_then(|(_, part)| part),
            order: last(&facts, |entry| order(entry, id)).and_then(|(_, order)| order),
            lot: last(&facts, |entry| lot(entry, id)).and_then(|(_, lot)| lot),
            names: names(&facts, id),
            place: place(&facts, id, kind, acceptance.as_ref()),
            acceptance: acceptance.map_or(Acceptance::NotNeeded, |(_, said)| said),
            outcome: last(&facts, |entry| match &entry.fact {
                Act::Step(step) if step.outcome != Outcome::Done => Some(step.outcome),
                _ => None,
            })
            .map_or(Outcome::Done, |(_, outcome)| outcome),
            fields: fields(&facts),
            books: if kind == Kind::Lot { self.books(id, birth, &facts) } else { BTreeMap::new() },
        }
    }

    /// What every run took, the first of several candidates standing in the books.
    fn drawn(&self, lot: ItemId) -> Vec<(Stamp, Amount, bool)> {
        let mut seen = BTreeSet::new();
        let mut drawn = Vec::new();
        for (run, edge) in self.live.iter().flat_map(|run| self.run(run)) {
            let first = seen.insert((edge.source, edge.output, edge.group.map(|group| group.0)));
            let counts = self.sees(edge.performed) && (first || edge.group.is_none());
            if edge.input == lot && counts {
                drawn.push((stamp(run), edge.quantity, edge.group.is_some()));
            }
        }
        drawn
    }

    fn books(&self, id: ItemId, birth: &Entry, facts: &[&Entry]) -> BTreeMap<String, Amount> {
        let mut books = Books::default();
        match &birth.fact {
            Act::Receive(v) => {
                let new = &v.items[usize::from(id.ordinal)];
                books.add("received", new.quantity.unwrap_or_default());
            }
            Act::Split(v) => {
                books.add("splitIn", v.into[usize::from(id.ordinal)].quantity);
            }
            Act::Merge(v) => {
                for portion in &v.lots {
                    books.add("mergedIn", portion.quantity.unwrap_or_default());
                }
            }
            other => unreachable!("no lot is born by {}", other.word()),
        }
        let mut moves: Vec<(Stamp, Option<&Entry>, Amount, bool)> =
            facts.iter().map(|entry| (stamp(entry), Some(*entry), Amount::ZERO, false)).collect();
        let drawn = self.drawn(id).into_iter();
        moves.extend(drawn.map(|(stamp, quantity, open)| (stamp, None, quantity, open)));
        moves.sort_by_key(|(stamp, ..)| *stamp);
        for (_, entry, quantity, open) in moves {
            match entry {
                Some(entry) => books.take(entry, id),
                None => books.used(quantity, open),
            }
        }
        books.said()
    }

    /// Everything that went into something, as far as it is known.
    pub(crate) fn edges(&self) -> Vec<Edge> {
        let mut edges: Vec<Edge> = self.live.iter().flat_map(|entry| told(entry)).collect();
        edges.extend(self.fitted());
        edges.extend(self.live.iter().flat_map(|run| self.run(run)).map(|(_, edge)| edge));
        edges.retain(|edge| self.sees(edge.performed));
        for edge in &mut edges {
            edge.removed = edge.removed.filter(|(out, _)| self.sees(*out));
        }
        edges
    }

    /// Components piece by piece: every removal takes out, one by one, what was fitted first and
    /// is still in; what nobody fitted was in there since nobody knows when.
    fn fitted(&self) -> Vec<Edge> {
        let mut pieces: BTreeMap<Pair, Vec<Piece>> = BTreeMap::new();
        let mut removals: Vec<(Pair, &Entry, usize)> = Vec::new();
        for entry in &self.live {
            let count = |quantity: Option<Amount>| whole(quantity.unwrap_or(Amount::ONE));
            let piece = (order_of(entry), entry.context.performed, None);
            let (fitted, removed) = match &entry.fact {
                Act::Install(v) => (Some((v.component, v.parent, v.quantity)), None),
                Act::Replace(v) => {
                    (Some((v.new, v.parent, v.quantity)), Some((v.old, v.parent, v.quantity)))
                }
                Act::Remove(v) => (None, Some((v.component, v.parent, v.quantity))),
                _ => continue,
            };
            if let Some((component, parent, quantity)) = fitted {
                let more = vec![piece; count(quantity)];
                pieces.entry((component, parent)).or_default().extend(more);
            }
            if let Some((component, parent, quantity)) = removed {
                removals.push(((component, parent), entry, count(quantity)));
            }
        }
        removals.sort_by_key(|(_, entry, _)| order_of(entry));
        for (pair, entry, count) in removals {
            let held = pieces.entry(pair).or_default();
            (0..count).for_each(|_| take_one(held, entry));
        }
        let mut sums: BTreeMap<Edge, i64> = BTreeMap::new();
        let each = pieces
            .into_iter()
            .flat_map(|(pair, pieces)| pieces.into_iter().map(move |piece| (pair, piece)));
        for ((input, output), ((_, source), performed, removed)) in each {
            let (kind, group, quantity) = (EdgeKind::Installed, None, Amount::ONE);
            let edge = Edge { input, output, kind, quantity, performed, source, group, removed };
            *sums.entry(edge).or_default() += 1;
        }
        let summed = |(edge, count)| Edge { quantity: Amount::from(count), ..edge };
        sums.into_iter().map(summed).collect()
    }

    /// What a run took, by what may have been loaded at its station.
    fn run(&self, run: &'a Entry) -> Vec<(&'a Entry, Edge)> {
        let Act::Step(step) = &run.fact else { return Vec::new() };
        let performed = run.context.performed;
        let uses = step.items.iter().flat_map(|worked| step.draws.iter().map(move |d| (worked, d)));
        let mut edges = Vec::new();
        for (line, (worked, draw)) in (0..).zip(uses) {
            let (lots, mix) = self.candidates(performed, &draw.parts);
            let group = (lots.len() > 1).then_some((line, mix));
            let edge = |input| Edge {
                input,
                output: worked.item,
                kind: EdgeKind::Consumed,
                quantity: draw.quantity.normal(),
                performed,
                source: run.position,
                group,
                removed: None,
            };
            edges.extend(lots.into_iter().map(|input| (run, edge(input))));
        }
        edges
    }

    /// The lots of these parts that may have been loaded, and whether they were mixed.
    fn candidates(&self, run: Interval, parts: &[Part]) -> (Vec<ItemId>, bool) {
        let mut slots: BTreeMap<&SlotCode, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.live {
            match &entry.fact {
                Act::Load(v) => slots.entry(&v.slot).or_default().push(entry),
                Act::Unload(v) => slots.entry(&v.slot).or_default().push(entry),
                _ => {}
            }
        }
        let (mut lots, mut mixed): (Vec<ItemId>, bool) = (Vec::new(), false);
        for changes in slots.values_mut() {
            changes.sort_by_key(|entry| (entry.context.performed.to, entry.position));
            let (held, mix) = loaded(changes, run);
            let fits = |lot: &ItemId| {
                let part = last(&self.all_facts(*lot), |entry| part(entry, *lot))
                    .and_then(|(_, part)| part);
                part.is_some_and(|part| parts.iter().any(|planned| planned.accepts(&part)))
            };
            lots.extend(held.into_iter().filter(fits));
            mixed |= mix;
        }
        let mut seen = BTreeSet::new();
        lots.retain(|lot| seen.insert(*lot));
        let mixed = mixed && lots.len() > 1;
        (lots, mixed)
    }

    /// What is in a container, at any depth, and itself.
    pub(crate) fn with_contents(&self, item: ItemId) -> BTreeSet<ItemId> {
        let mut found = BTreeSet::from([item]);
        loop {
            let inside = self.items().into_iter().filter(|id| match self.item(*id).place {
                Whereabouts::Packed { container, .. } => found.contains(&container),
                _ => false,
            });
            let more: Vec<ItemId> = inside.collect();
            let before = found.len();
            found.extend(more);
            if found.len() == before {
                return found;
            }
        }
    }

    fn orders_under(&self, order: &OrderCode) -> BTreeSet<OrderCode> {
        let mut parents: BTreeMap<&OrderCode, Option<&OrderCode>> = BTreeMap::new();
        for entry in self.entries {
            if let Act::DefineOrder(order) = &entry.fact {
                parents.insert(&order.code, order.split_from.as_ref());
            }
        }
        let mut found = BTreeSet::from([order.clone()]);
        for _ in 0..parents.len() {
            let children = parents
                .iter()
                .filter(|(_, parent)| parent.is_some_and(|parent| found.contains(parent)));
            let children: Vec<OrderCode> = children.map(|(code, _)| (*code).clone()).collect();
            found.extend(children);
        }
        found
    }

    /// Every active hold, by what was known entry by entry.
    pub(crate) fn holds(&self) -> BTreeMap<String, Held> {
        let mut holds: BTreeMap<String, Held> = BTreeMap::new();
        for entry in self.entries {
            let then = self.before(entry.position);
            match &entry.fact {
                Act::Hold(hold) => {
                    let named = hold.on.iter().flat_map(|start| match start {
                        Start::Item { item } => then.with_contents(*item),
                        _ => BTreeSet::new(),
                    });
                    let roots = hold.found.iter().copied().chain(named).collect();
                    let since = entry.context.performed.from;
                    let since = entry.context.follows.map(|_| since);
                    let (on, spreads) = (hold.on.clone(), hold.spreads);
                    holds.insert(hold.code.to_string(), Held { on, roots, spreads, since });
                }
                Act::ExtendHold(more) => {
                    holds.get_mut(more.code.as_str()).unwrap().roots.extend(&more.items);
                }
                Act::Lift(lift) => drop(holds.remove(lift.code.as_str())),
                _ => {}
            }
            let combined = |hold: &Held| hold.on.iter().any(|on| matches!(on, Start::All { .. }));
            let edges = if holds.values().any(combined) { then.edges() } else { Vec::new() };
            for hold in holds.values_mut() {
                let caught = then.caught(hold, entry, &edges);
                hold.roots.extend(caught);
            }
        }
        holds
    }

    fn caught(&self, hold: &Held, entry: &Entry, edges: &[Edge]) -> BTreeSet<ItemId> {
        let mut caught = BTreeSet::new();
        if let Act::Pack(pack) = &entry.fact
            && hold.roots.contains(&pack.container)
        {
            caught.extend(pack.items.iter().flat_map(|packed| self.with_contents(packed.item)));
        }
        for start in &hold.on {
            match start {
                Start::All { of } => caught.extend(self.fitting_all(of, edges)),
                one => caught.extend(self.fitting(one, entry)),
            }
        }
        caught
    }

    /// The items that a fact makes fit a query.
    fn fitting(&self, start: &Start<ItemId>, entry: &Entry) -> Vec<ItemId> {
        let touched = entry.touches.iter().map(|touch| touch.item);
        match start {
            Start::Order { order } => {
                let orders = self.orders_under(order);
                let joined = match &entry.fact {
                    Act::DefineOrder(v) if v.split_from.is_some() => self.items(),
                    _ => Vec::new(),
                };
                let fits = |order: OrderCode| orders.contains(&order);
                touched.chain(joined).filter(|id| self.item(*id).order.is_some_and(fits)).collect()
            }
            Start::Part { part } => {
                let fits = |own: Part| part.accepts(&own);
                touched.filter(|id| self.item(*id).part.is_some_and(fits)).collect()
            }
            Start::Used { what: Used::Operation, code, within } => match &entry.fact {
                Act::Step(step)
                    if step.operation.as_str() == code
                        && within.overlaps(&entry.context.performed) =>
                {
                    touched.collect()
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The items that fit all parts of a combination, by whatever is known.
    fn fitting_all(&self, of: &[Start<ItemId>], edges: &[Edge]) -> Vec<ItemId> {
        let mut common: BTreeSet<ItemId> = self.items().into_iter().collect();
        for part in of {
            let fitting: BTreeSet<ItemId> = match part {
                Start::Item { item } => self.can_contain(*item, edges),
                Start::Order { order } => {
                    let orders = self.orders_under(order);
                    let fits = |order: OrderCode| orders.contains(&order);
                    let items = self.items().into_iter();
                    items.filter(|id| self.item(*id).order.is_some_and(fits)).collect()
                }
                Start::Part { part } => {
                    let items = self.items().into_iter();
                    items
                        .filter(|id| self.item(*id).part.is_some_and(|own| part.accepts(&own)))
                        .collect()
                }
                other => self.live.iter().flat_map(|entry| self.fitting(other, entry)).collect(),
            };
            common.retain(|id| fitting.contains(id));
        }
        common.into_iter().collect()
    }

    /// What can contain an item or what is in it, themselves included.
    fn can_contain(&self, item: ItemId, edges: &[Edge]) -> BTreeSet<ItemId> {
        let starts = self.with_contents(item).into_iter().map(|id| (id, Time::MIN)).collect();
        reach(edges, &starts, true).into_keys().collect()
    }

    /// The roots a hold stands on: of a combination with a material, what may contain it.
    fn standing(&self, hold: &Held, edges: &[Edge]) -> BTreeSet<ItemId> {
        let [Start::All { of }] = hold.on.as_slice() else { return hold.roots.clone() };
        let materials = of.iter().filter_map(|part| match part {
            Start::Item { item } if !self.item(*item).kind.is_container() => Some(*item),
            _ => None,
        });
        materials.fold(hold.roots.clone(), |roots, material| {
            let reached = self.can_contain(material, edges);
            roots.intersection(&reached).copied().collect()
        })
    }

    /// Everything a hold holds.
    pub(crate) fn held(&self, hold: &Held, edges: &[Edge]) -> BTreeSet<ItemId> {
        let roots = self.standing(hold, edges);
        if !hold.spreads {
            return roots;
        }
        let start = hold.since.unwrap_or(Time::MIN);
        let starts = roots.iter().map(|root| (*root, start)).collect();
        reach(edges, &starts, true).into_keys().collect()
    }
}

/// What a slot may have held during a run, the likeliest first, and whether it was mixed.
fn loaded(changes: &[&Entry], run: Interval) -> (Vec<ItemId>, bool) {
    let (mut lots, mut mix, mut likeliest) = (Vec::new(), false, None);
    for (index, change) in changes.iter().enumerate() {
        let when = change.context.performed;
        let Act::Load(load) = &change.fact else { continue };
        let ended = changes[index + 1..].iter().any(|later| {
            let ends = match &later.fact {
                Act::Load(other) => !other.adds,
                Act::Unload(off) => off.lot.is_none_or(|lot| lot == load.lot),
                _ => false,
            };
            let performed = later.context.performed;
            ends && performed.from >= when.to && performed.to < run.from
        });
        if ended || when.from > run.to {
            continue;
        }
        if !lots.contains(&load.lot) {
            lots.push(load.lot);
        }
        mix |= load.adds;
        if when.to <= run.to {
            likeliest = Some(load.lot);
        }
    }
    if let Some(at) = lots.iter().position(|lot| Some(*lot) == likeliest) {
        lots.swap(0, at);
    }
    let mix = mix && lots.len() > 1;
    (lots, mix)
}

/// A component and its parent.
type Pair = (ItemId, ItemId);
/// One piece of a component: which fact fitted it, when, and what took it out.
type Piece = ((Time, Position), Interval, Option<(Interval, Position)>);

fn order_of(entry: &Entry) -> (Time, Position) {
    (entry.context.performed.to, entry.position)
}

fn take_one(held: &mut Vec<Piece>, removal: &Entry) {
    let (out, by) = (removal.context.performed, removal.position);
    held.sort();
    let fits = |((_, source), performed, removed): &&mut Piece| {
        removed.is_none() && performed.from <= out.to && *source != by
    };
    match held.iter_mut().find(fits) {
        Some((.., removed)) => *removed = Some((out, by)),
        None => {
            let since = Interval { from: Time::MIN, to: out.to };
            held.push((order_of(removal), since, Some((out, by))));
        }
    }
}

fn whole(quantity: Amount) -> usize {
    let text = quantity.normal().to_string();
    text.parse().unwrap_or_else(|_| panic!("{text} is not whole"))
}

/// The edges one fact tells of by itself; components are matched with their removals apart.
fn told(entry: &Entry) -> Vec<Edge> {
    let performed = entry.context.performed;
    let edge = |input, output, kind, quantity: Amount| Edge {
        input,
        output,
        kind,
        quantity: quantity.normal(),
        performed,
        source: entry.position,
        group: None,
        removed: None,
    };
    let new =
        |ordinal: usize| ItemId { birth: entry.position, ordinal: u16::try_from(ordinal).unwrap() };
    match &entry.fact {
        Act::Assign(v) => v
            .lot
            .iter()
            .flat_map(|lot| v.items.iter().map(|id| edge(*lot, *id, EdgeKind::Member, Amount::ONE)))
            .collect(),
        Act::Split(v) => v
            .into
            .iter()
            .enumerate()
            .map(|(at, parted)| edge(v.lot, new(at), EdgeKind::Split, parted.quantity))
            .collect(),
        Act::Merge(v) => v
            .lots
            .iter()
            .map(|lot| edge(lot.item, new(0), EdgeKind::Merged, lot.quantity.unwrap_or_default()))
            .collect(),
        Act::Consume(v) => {
            let mut edges = Vec::new();
            for (line, output) in (0..).zip(&v.into) {
                let mix = v.choice == domain::act::Choice::Mix;
                let group = (v.from.len() > 1).then_some((line, mix));
                edges.extend(v.from.iter().map(|input| {
                    let edge = edge(*input, *output, EdgeKind::Consumed, v.quantity);
                    Edge { group, ..edge }
                }));
            }
            edges
        }
        _ => Vec::new(),
    }
}

/// What the latest fact that says anything says, and when.
fn last<T>(facts: &[&Entry], says: impl Fn(&Entry) -> Option<T>) -> Option<(Stamp, T)> {
    facts.iter().rev().find_map(|entry| Some((stamp(entry), says(entry)?)))
}

fn part(entry: &Entry, id: ItemId) -> Option<Option<Part>> {
    let born = id.birth == entry.position;
    match &entry.fact {
        Act::Create(v) => Some(v.part.clone()),
        Act::Receive(v) => Some(Some(v.part.clone())),
        Act::Split(v) if born => v.inherited.as_ref().map(|held| held.part.clone()),
        Act::Merge(v) if born => v.inherited.as_ref().map(|held| held.part.clone()),
        Act::ChangePart(v) => Some(Some(v.part.clone())),
        _ => None,
    }
}

fn order(entry: &Entry, id: ItemId) -> Option<Option<OrderCode>> {
    match &entry.fact {
        Act::Create(v) => Some(v.order.clone()),
        Act::Assign(v) if v.order.is_some() && v.items.contains(&id) => Some(v.order.clone()),
        _ => None,
    }
}

fn lot(entry: &Entry, id: ItemId) -> Option<Option<ItemId>> {
    match &entry.fact {
        Act::Create(v) => Some(v.lot),
        Act::Assign(v) if v.lot.is_some() && v.items.contains(&id) => Some(v.lot),
        _ => None,
    }
}

fn fields(facts: &[&Entry]) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for entry in facts {
        if let Act::Describe(v) = &entry.fact {
            fields.extend(v.fields.iter().map(|(name, value)| (name.clone(), value.to_string())));
        }
    }
    fields
}

/// What an item is called: what was given and not withdrawn since.
fn names(facts: &[&Entry], id: ItemId) -> BTreeSet<Identifier> {
    let mut names = BTreeSet::new();
    for entry in facts {
        let at = usize::from(id.ordinal);
        let born = id.birth == entry.position;
        match &entry.fact {
            Act::Create(v) => names.extend(v.items[at].identifiers.clone()),
            Act::Receive(v) => names.extend(v.items[at].identifiers.clone()),
            Act::Split(v) if born => names.extend(v.into[at].identifiers.clone()),
            Act::Merge(v) if born => names.extend(v.identifiers.clone()),
            Act::Identify(v) => names.extend(v.identifiers.clone()),
            Act::Withdraw(v) => drop(names.remove(&v.identifier)),
            _ => {}
        }
    }
    names
}

/// What a fact says on whether an item may be used.
fn accepted(entry: &Entry, id: ItemId, kind: Kind) -> Option<Acceptance> {
    let is_lot = kind == Kind::Lot;
    match &entry.fact {
        Act::Receive(v) if v.accepted => Some(Acceptance::Accepted),
        Act::Receive(_) => Some(Acceptance::Quarantine),
        Act::Split(v) if v.lot != id => v.inherited.as_ref().map(|held| held.acceptance),
        Act::Merge(v) if id.birth == entry.position => {
            v.inherited.as_ref().map(|held| held.acceptance)
        }
        Act::Inspect(v) if is_lot => {
            let whole = v.item == id && v.accepted.is_none() && !v.returned;
            whole.then_some(Acceptance::Accepted)
        }
        Act::Inspect(v) => {
            let rejected = v.rejected.unwrap_or_default().is_positive();
            let bad = v.accepted.map_or(rejected, |accepted| accepted.is_zero());
            Some(if bad { Acceptance::Rejected } else { Acceptance::Accepted })
        }
        Act::ReceiveBack(v) if v.purpose != Some(Purpose::Subcontract) && !is_lot => {
            Some(Acceptance::Quarantine)
        }
        _ => None,
    }
}

/// Where an item is: where it was last put, unless a later step or release says more.
fn place(
    facts: &[&Entry],
    id: ItemId,
    kind: Kind,
    accepted: Option<&(Stamp, Acceptance)>,
) -> Whereabouts {
    let worked = last(facts, |entry| match &entry.fact {
        Act::Step(_) if kind == Kind::Lot => None,
        Act::Step(step) if step.finishes => Some(Whereabouts::InStock { place: None }),
        Act::Step(_) => Some(Whereabouts::InProcess { station: entry.context.station.clone() }),
        _ => None,
    });
    let Some(mut found) = last(facts, |entry| put(entry, id, kind)) else {
        return Whereabouts::InStock { place: None };
    };
    if let (Whereabouts::Returned { place }, Some((at, Acceptance::Accepted))) =
        (&found.1, accepted)
        && *at > found.0
    {
        found = (*at, Whereabouts::InStock { place: place.clone() });
    }
    let loose = matches!(
        found.1,
        Whereabouts::InProcess { .. }
            | Whereabouts::InStock { .. }
            | Whereabouts::Returned { .. }
            | Whereabouts::Expected
    );
    match worked {
        Some((at, worked)) if loose && at > found.0 => worked,
        _ => found.1,
    }
}

/// Where a fact puts an item.
fn put(entry: &Entry, id: ItemId, kind: Kind) -> Option<Whereabouts> {
    let stock = |place| Some(Whereabouts::InStock { place });
    let is_lot = kind == Kind::Lot;
    let out = |to| match to {
        RemovedTo::Stock => stock(None),
        RemovedTo::Scrap => Some(Whereabouts::Scrapped),
    };
    match &entry.fact {
        Act::Create(v) => match (v.origin, kind) {
            (Origin::Made, Kind::Unit | Kind::Panel) => {
                Some(Whereabouts::InProcess { station: entry.context.station.clone() })
            }
            _ => stock(None),
        },
        Act::Receive(_) => stock(None),
        Act::Pack(v) => v.items.iter().find(|packed| packed.item == id).map(|packed| {
            Whereabouts::Packed { container: v.container, slot: packed.slot.clone() }
        }),
        Act::Unpack(v) if v.items.contains(&id) => stock(None),
        Act::Move(v) => stock(Some(v.place.clone())),
        Act::Install(v) if v.component == id && !is_lot => {
            Some(Whereabouts::Installed { parent: v.parent })
        }
        Act::Remove(v) if v.component == id && !is_lot => out(v.to),
        // Out before in: a unit replaced by itself is where it was put back.
        Act::Replace(v) if v.old == id && !is_lot => out(v.to),
        Act::Replace(v) if v.new == id && !is_lot => {
            Some(Whereabouts::Installed { parent: v.parent })
        }
        Act::Consume(v) if v.from.first() == Some(&id) && !is_lot => Some(Whereabouts::UsedUp),
        Act::Scrap(_) if !is_lot => Some(Whereabouts::Scrapped),
        Act::Ship(v) => {
            let line = v.lines.iter().rfind(|line| line.item == id)?;
            let party = v.party.clone();
            match v.purpose {
                Purpose::Subcontract => Some(Whereabouts::Subcontracted { party }),
                Purpose::Delivery | Purpose::ReturnToSupplier if is_lot => None,
                Purpose::ReturnToSupplier => Some(Whereabouts::SentBack { party }),
                Purpose::Delivery => {
                    let (shipment, line) = (v.shipment.clone(), line.line.clone());
                    Some(Whereabouts::Shipped { party, shipment, line })
                }
            }
        }
        Act::ReceiveBack(v) if v.items.iter().any(|portion| portion.item == id) => {
            match v.purpose.unwrap() {
                Purpose::Subcontract if kind == Kind::Unit => {
                    Some(Whereabouts::InProcess { station: None })
                }
                Purpose::Subcontract => stock(v.place.clone()),
                _ if is_lot => None,
                _ => Some(Whereabouts::Returned { place: v.place.clone() }),
            }
        }
        _ => None,
    }
}
