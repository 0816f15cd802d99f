//! What a plant says against what the model says.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::item::Whereabouts;
use domain::noun::scheme;
use domain::start::Start;
use domain::{Amount, ItemId, ItemRef, Position, Time};
use engine::query::{
    Certainty, Direction, KnownAt, RecordAnswer, RecordAsk, TraceAnswer, TraceAsk, WhereKind,
};
use engine::state::State;
use engine::{VerifyOptions, verify_folder};
use genealogy::{EdgeIndex, View};
use proptest::prelude::*;

use crate::naive::{Edge, Item, Model, reach};
use crate::told::{self, Told};

type Checked = Result<(), TestCaseError>;

/// How many earlier positions are asked about.
const PAST: usize = 4;

pub(crate) fn everything(told: Told) -> Checked {
    sequences(&told)?;
    items(&told)?;
    holds(&told)?;
    let facts = &told.facts.0;
    let positions = (1..=PAST).map(|n| facts[(facts.len() - 1) * n / PAST].position);
    for position in positions {
        let then = Then { known_at: Some(position), as_of: None };
        genealogy(&told, then)?;
        records(&told, then)?;
    }
    // What was so by a moment is exact where all that happened was timed exactly.
    if facts.iter().all(|entry| entry.context.performed.from == entry.context.performed.to) {
        let latest = facts.iter().map(|entry| entry.context.performed.from).max();
        for back_us in [1, 15 * 60_000_000, 30 * 60_000_000] {
            let as_of = latest.map(|latest| Time(latest.0 - back_us));
            genealogy(&told, Then { known_at: None, as_of })?;
            records(&told, Then { known_at: None, as_of })?;
        }
    }
    taken_back(&told)?;
    again(told)
}

/// Each entry carries, for each item it touches, the number and place of the one before.
fn sequences(told: &Told) -> Checked {
    let mut chains: BTreeMap<ItemId, (u64, Position)> = BTreeMap::new();
    for entry in &told.facts.0 {
        for touch in &entry.touches {
            let before = chains.get(&touch.item);
            prop_assert_eq!(touch.sequence, before.map_or(0, |(sequence, _)| *sequence) + 1);
            prop_assert_eq!(touch.previous, before.map(|(_, position)| *position));
            chains.insert(touch.item, (touch.sequence, entry.position));
        }
    }
    Ok(())
}

/// Accounts that are not empty.
pub(crate) fn books(balance: &domain::item::Balance) -> BTreeMap<String, Amount> {
    let json = serde_json::to_value(balance).unwrap();
    let amounts: BTreeMap<String, Amount> = serde_json::from_value(json).unwrap();
    amounts
        .into_iter()
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(account, amount)| (account, amount.normal()))
        .collect()
}

fn items(told: &Told) -> Checked {
    let model = Model::of(&told.facts.0);
    let state = told.plant.published().read();
    prop_assert_eq!(state.item_count(), model.items().len());
    for id in model.items() {
        let state = state.item_state(id).unwrap();
        let balance = state.book.balance();
        let found = Item {
            kind: state.kind,
            part: state.part.value.clone(),
            order: state.order.value.clone(),
            lot: state.lot.value,
            names: state.names_now().cloned().collect(),
            place: state.whereabouts.value.clone(),
            acceptance: state.acceptance.value,
            outcome: state.outcome.value,
            fields: state
                .fields
                .iter()
                .map(|(name, register)| (name.clone(), register.value.clone()))
                .collect(),
            books: if state.kind == Kind::Lot { books(&balance) } else { BTreeMap::new() },
        };
        prop_assert_eq!(found, model.item(id), "item {}", id);
        let side = |accounts: &[Amount]| accounts.iter().fold(Amount::ZERO, |a, b| a.plus(*b));
        let came = side(&[
            balance.received,
            balance.produced,
            balance.split_in,
            balance.merged_in,
            balance.counted_up,
            balance.removed_again,
        ]);
        let went = side(&[
            balance.consumed,
            balance.installed,
            balance.split_out,
            balance.merged_out,
            balance.shipped,
            balance.scrapped,
            balance.sampled,
            balance.sent_back,
            balance.counted_down,
            balance.on_hand,
            balance.unexplained,
        ]);
        prop_assert_eq!(came.normal(), went.normal(), "nothing of {} is lost", id);
    }
    Ok(())
}

fn holds(told: &Told) -> Checked {
    let model = Model::of(&told.facts.0);
    let edges = model.edges();
    let state = told.plant.published().read();
    let active = state.holds().iter().filter(|(_, hold)| hold.lifted.is_none());
    let found: BTreeMap<String, BTreeSet<ItemId>> =
        active.map(|(code, hold)| (code.to_string(), hold.items.clone())).collect();
    let holds = model.holds();
    let expected: BTreeMap<String, BTreeSet<ItemId>> =
        holds.iter().map(|(code, hold)| (code.clone(), model.held(hold, &edges))).collect();
    prop_assert_eq!(&found, &expected);
    for id in model.items() {
        let codes: BTreeSet<String> =
            state.holds_of(state.index_of(id).unwrap()).map(ToString::to_string).collect();
        let over = expected.iter().filter(|(_, items)| items.contains(&id));
        let over: BTreeSet<String> = over.map(|(code, _)| code.clone()).collect();
        prop_assert_eq!(codes, over, "holds on {}", id);
    }
    Ok(())
}

/// From where it is looked.
#[derive(Debug, Clone, Copy)]
struct Then {
    known_at: Option<Position>,
    as_of: Option<Time>,
}

impl Then {
    fn model<'a>(&self, told: &'a Told) -> Model<'a> {
        let facts = &told.facts.0;
        let known = |at: Position| self.known_at.is_none_or(|known_at| at <= known_at);
        let count = facts.iter().take_while(|entry| known(entry.position)).count();
        let model = Model::of(&facts[..count]);
        match self.as_of {
            Some(time) => model.seen_at(time),
            None => model,
        }
    }

    fn known_at(&self) -> Option<KnownAt> {
        self.known_at.map(KnownAt::Position)
    }
}

fn seen_edges(state: &State, then: Then) -> Vec<Edge> {
    let view = View { known_at: then.known_at, as_of: then.as_of };
    let graph = state.graph();
    let visible = (0..graph.edge_count()).map(EdgeIndex).filter(|at| graph.is_visible(*at, view));
    visible
        .map(|at| {
            let edge = graph.edge(at);
            let id = |index| state.at(index).unwrap().id;
            Edge {
                input: id(edge.input),
                output: id(edge.output),
                kind: edge.kind,
                quantity: edge.quantity.normal(),
                performed: edge.performed,
                source: edge.source,
                group: edge.group.map(|group| (group.line, group.mix)),
                removed: graph.removal(at, view).map(|removed| (removed.performed, removed.by)),
            }
        })
        .collect()
}

fn genealogy(told: &Told, then: Then) -> Checked {
    let model = then.model(told);
    let mut expected = model.edges();
    let mut found = seen_edges(&told.plant.published().read(), then);
    expected.sort();
    found.sort();
    prop_assert_eq!(&found, &expected, "edges {:?}", then);
    for id in model.items() {
        for (direction, forward) in [(Direction::Forward, true), (Direction::Backward, false)] {
            let start = if forward { Time::MIN } else { Time::MAX };
            let starts: BTreeMap<ItemId, Time> =
                model.with_contents(id).into_iter().map(|id| (id, start)).collect();
            let mut reached = reach(&expected, &starts, forward);
            reached.retain(|id, _| !starts.contains_key(id));
            let answer = traced(told, id, direction, then);
            let lines = answer.items.iter();
            let found: BTreeMap<ItemId, bool> =
                lines.map(|line| (line.id, line.certainty == Certainty::Proven)).collect();
            prop_assert_eq!(found, reached, "{:?} of {} {:?}", direction, id, then);
            written(told, &answer, then)?;
        }
        // Which items are of a part is read as of now.
        let is_now =
            then.as_of.is_none() && then.known_at == told.facts.0.last().map(|e| e.position);
        if is_now && model.item(id).kind == Kind::Lot {
            combined(told, id, &model, (&expected, then))?;
        }
    }
    Ok(())
}

/// What of a part contains an item, as sure as the genealogy says; whatever else is said may
/// contain it is so for want of a capture.
fn combined(told: &Told, id: ItemId, model: &Model<'_>, (edges, then): (&[Edge], Then)) -> Checked {
    let part: domain::Part = "HEAD".parse().unwrap();
    let starts = model.with_contents(id).into_iter().map(|id| (id, Time::MIN)).collect();
    let mut expected = reach(edges, &starts, true);
    expected.retain(|id, _| model.item(*id).part.is_some_and(|own| part.accepts(&own)));
    let (item, part) = (Start::Item { item: ItemRef::Id(id) }, Start::Part { part });
    let mut answers = Vec::new();
    for of in [vec![item.clone(), part.clone()], vec![part, item]] {
        let ask = TraceAsk {
            of: vec![Start::All { of }],
            direction: Direction::Forward,
            as_of: then.as_of,
            known_at: then.known_at(),
            limit: None,
            captures: false,
        };
        match told.plant.trace(&ask) {
            Ok(answer) => answers.push(answer),
            Err(_) => prop_assert!(expected.is_empty(), "{expected:?} of {id} {then:?}"),
        }
    }
    let Some(answer) = answers.pop() else { return Ok(()) };
    prop_assert_eq!(Some(&answer), answers.first(), "the order of the parts of {} {:?}", id, then);
    let (told, guessed): (Vec<_>, Vec<_>) = answer
        .start
        .iter()
        .partition(|line| !matches!(line.reason, Some(engine::query::Reason::NoCapture { .. })));
    let found: BTreeMap<ItemId, bool> =
        told.iter().map(|line| (line.id, line.certainty == Certainty::Proven)).collect();
    prop_assert_eq!(&found, &expected, "HEAD and {} {:?}", id, then);
    prop_assert!(guessed.iter().all(|line| !expected.contains_key(&line.id)));
    Ok(())
}

/// What a trace writes by hand is what its type says and what the record of each item says.
fn written(told: &Told, answer: &TraceAnswer, then: Then) -> Checked {
    let starts = answer.start.iter().map(|line| line.id);
    let named: BTreeSet<ItemId> = starts
        .chain(answer.items.iter().map(|item| item.id))
        .chain(answer.unseen.iter().map(|name| name.id))
        .collect();
    for line in answer.lines() {
        let item = answer.items.iter().find(|item| item.id == line.id).unwrap();
        prop_assert_eq!(line.path.len(), item.path.len());
        prop_assert!(!line.path.is_empty());
        let ends = [line.path.first().unwrap(), line.path.last().unwrap()];
        let reaches = ends.iter().any(|step| [step.from.id, step.to.id].contains(&line.id));
        prop_assert!(reaches, "{:?}", line);
        let (as_of, known_at) = (then.as_of, then.known_at());
        let ask = RecordAsk { as_of, known_at, ..RecordAsk::now(ItemRef::Id(line.id)) };
        let record = told.plant.record(&ask).unwrap();
        prop_assert_eq!(&line.place, &record.place);
        prop_assert_eq!((line.status, &line.label), (record.status, &record.label));
        prop_assert_eq!(&line.serial_number, &record.serial_number);
    }
    for step in &answer.steps {
        prop_assert!(named.contains(&step.from) && named.contains(&step.to), "{:?}", step);
    }
    Ok(())
}

fn traced(told: &Told, id: ItemId, direction: Direction, then: Then) -> TraceAnswer {
    let ask = TraceAsk {
        of: vec![Start::Item { item: ItemRef::Id(id) }],
        direction,
        as_of: then.as_of,
        known_at: then.known_at(),
        limit: None,
        captures: false,
    };
    let answer = told.plant.trace(&ask).unwrap();
    // Byte by byte what its type would write.
    assert_eq!(told.plant.trace_json(&ask).unwrap(), serde_json::to_vec(&answer).unwrap());
    answer
}

fn records(told: &Told, then: Then) -> Checked {
    let model = then.model(told);
    for id in model.items() {
        let (as_of, known_at) = (then.as_of, then.known_at());
        let ask = RecordAsk { as_of, known_at, ..RecordAsk::now(ItemRef::Id(id)) };
        let record = told.plant.record(&ask).unwrap();
        let item = model.item(id);
        let expected = attributes(&model, &item);
        let found: BTreeMap<String, String> = record
            .attributes
            .iter()
            .filter(|(name, _)| ATTRIBUTES.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        prop_assert_eq!(&found, &expected, "attributes of {} {:?}", id, then);
        let found = record.balance.as_ref().map(books).unwrap_or_default();
        prop_assert_eq!(found, item.books.clone(), "books of {} {:?}", id, then);
        where_at(&record, &model, &item)?;
    }
    Ok(())
}

const ATTRIBUTES: [&str; 7] =
    ["serialNumber", "partNumber", "workOrder", "lotCode", "palletId", "packageId", "colour"];

fn named(item: &Item, scheme: &str) -> Option<String> {
    let names = item.names.iter().filter(|name| name.scheme.as_str() == scheme);
    names.map(|name| name.value.clone()).next_back()
}

/// What an item is in, the innermost first.
fn outer(model: &Model<'_>, item: &Item) -> Vec<Item> {
    const DEPTH_MAX: usize = 32;
    let mut found: Vec<Item> = Vec::new();
    while found.len() < DEPTH_MAX {
        match &found.last().unwrap_or(item).place {
            Whereabouts::Packed { container: outer, .. }
            | Whereabouts::Installed { parent: outer } => found.push(model.item(*outer)),
            _ => break,
        }
    }
    found
}

fn attributes(model: &Model<'_>, item: &Item) -> BTreeMap<String, String> {
    let around = outer(model, item);
    let container = |kind: Kind| {
        let own = std::iter::once(item).chain(&around).find(|outer| outer.kind == kind);
        own.and_then(|outer| named(outer, scheme::CONTAINER_CODE))
    };
    let lot = match item.kind {
        Kind::Lot => named(item, scheme::LOT_CODE),
        _ => item.lot.and_then(|lot| named(&model.item(lot), scheme::LOT_CODE)),
    };
    let colour = item.fields.get("colour").map(|value| value.trim_matches('"').to_owned());
    let all = [
        ("serialNumber", named(item, scheme::SERIAL_NUMBER)),
        ("partNumber", item.part.as_ref().map(|part| part.number.to_string())),
        ("workOrder", item.order.as_ref().map(ToString::to_string)),
        ("lotCode", lot),
        ("palletId", container(Kind::Pallet)),
        ("packageId", container(Kind::Package)),
        ("colour", colour),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn where_at(record: &RecordAnswer, model: &Model<'_>, item: &Item) -> Checked {
    let around = outer(model, item);
    let within: Vec<String> =
        around.iter().map(|outer| format!("{:?}{:?}", outer.kind, outer.names)).collect();
    prop_assert_eq!(record.place.within.len(), within.len());
    let kind = match &around.last().unwrap_or(item).place {
        Whereabouts::Expected => WhereKind::Expected,
        Whereabouts::InProcess { .. } => WhereKind::InProcess,
        Whereabouts::Shipped { .. } => WhereKind::Shipped,
        Whereabouts::Subcontracted { .. } => WhereKind::AtSubcontractor,
        Whereabouts::SentBack { .. } => WhereKind::SentBack,
        Whereabouts::Returned { .. } => WhereKind::Returned,
        Whereabouts::UsedUp => WhereKind::UsedUp,
        Whereabouts::Scrapped => WhereKind::Scrapped,
        _ => WhereKind::InStock,
    };
    // A lot of which nothing is left is where it all went.
    if item.kind != Kind::Lot {
        prop_assert_eq!(record.place.kind, kind, "where {} is", record.item);
    }
    Ok(())
}

fn words(state: &State) -> String {
    format!("{state:#?}")
}

fn same(found: &str, expected: &str, what: &str) -> Checked {
    let differs = found.lines().zip(expected.lines()).enumerate().find(|(_, (a, b))| a != b);
    if let Some((line, (found, expected))) = differs {
        let why = format!("{what}: line {line} is {found} and was {expected}");
        return Err(TestCaseError::fail(why));
    }
    prop_assert_eq!(found.len(), expected.len(), "{}", what);
    Ok(())
}

/// Entries taken in and taken back leave nothing behind.
fn taken_back(told: &Told) -> Checked {
    const EVERY: usize = 5;
    const AHEAD: usize = 4;
    let facts = &told.facts.0;
    let mut state = State::journaled();
    state.pass(Position(0));
    for (at, entry) in facts.iter().enumerate() {
        if at % EVERY == 0 {
            let (before, mark) = (words(&state), state.mark());
            facts[at..].iter().take(AHEAD).for_each(|entry| state.apply(entry, &told.facts));
            state.undo_to(mark);
            same(&words(&state), &before, "taking back")?;
        }
        state.apply(entry, &told.facts);
        state.keep();
    }
    same(&words(&state), &words(&told.plant.published().read()), "folding here")
}

/// A restart and a fold from nothing change nothing, and all that is stored agrees.
fn again(told: Told) -> Checked {
    let before = words(&told.plant.published().read());
    let Told { folder, plant, .. } = told;
    drop(plant);
    let path = folder.path().join("plant");
    let report = verify_folder(&path, &VerifyOptions::default(), &mut |_| {}).unwrap();
    prop_assert!(report.findings.is_empty(), "{:?}", report.findings);
    same(&words(&told::open(&folder).published().read()), &before, "a restart")?;
    for file in ["views.db", "views.db-wal", "views.db-shm"] {
        drop(std::fs::remove_file(path.join(file)));
    }
    same(&words(&told::open(&folder).published().read()), &before, "a refold")
}
