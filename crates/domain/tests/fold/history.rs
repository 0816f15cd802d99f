//! Random histories of a few items.

use std::collections::BTreeMap;

use domain::act::{
    Act, Assign, Choice, Clear, Consume, Count, Create, Describe, Identify, Inspect, Install, Kind,
    Merge, Move, NewItem, Origin, Outcome, Pack, Packed, Parted, Portion, Purpose, Receive,
    ReceiveBack, Remove, RemovedTo, Ship, ShipmentLine, Split, Step, Taking, Transform, Unpack,
    Withdraw, Worked,
};
use domain::entry::{Entry, Touch};
use domain::item::{Fold, ItemState};
use domain::{
    Amount, CommandId, Context, Fact, Identifier, Interval, ItemId, Mode, OperationCode, PartyCode,
    PlaceCode, Position, StationCode, Time,
};
use proptest::prelude::{Strategy, any};

/// The items all facts are about: two lots made here, one received, one announced, a unit, a
/// pallet.
pub(crate) const ITEMS: u64 = 6;
/// As many entries bring them into being.
pub(crate) const BIRTHS: usize = 6;
pub(crate) const LOTS: u64 = 4;
/// Facts are received at this time and later, and performed before or after it.
pub(crate) const RECEIVED: i64 = 60;

pub(crate) const fn id(number: u64) -> ItemId {
    ItemId { birth: Position(number), ordinal: 0 }
}

pub(crate) fn amount(hundredths: u32) -> Amount {
    format!("{}.{:02}", hundredths / 100, hundredths % 100).parse().unwrap()
}

pub(crate) fn entry(position: u64, performed: Interval, fact: Fact, also: &[ItemId]) -> Entry {
    let mut touched: Vec<ItemId> = fact.items().into_iter().copied().collect();
    touched.extend(also);
    touched.sort_unstable();
    touched.dedup();
    let touch = |item| Touch { item, sequence: 1, previous: None };
    Entry {
        position: Position(position),
        received: Time(RECEIVED + i64::try_from(position).unwrap()),
        context: Context {
            command: CommandId([1; 16]),
            mode: Mode::Report,
            performed,
            captured: None,
            performed_by: None,
            recorded_by: "local".to_owned(),
            station: StationCode::new(&format!("ST-{position}")).ok(),
            equipment: Vec::new(),
            source: None,
            rule: None,
            late: None,
            follows: None,
            signed: None,
            signed_name: None,
            signature: None,
        },
        touches: touched.into_iter().map(touch).collect(),
        fact,
    }
}

pub(crate) fn births() -> Vec<Entry> {
    let item = |quantity: Option<u32>| {
        vec![NewItem { identifiers: Vec::new(), quantity: quantity.map(amount), slot: None }]
    };
    let create = |kind, quantity, origin| {
        let items = item(quantity);
        Act::Create(Create {
            kind,
            part: None,
            items,
            origin,
            order: None,
            production_order: None,
            lot: None,
            panel: None,
            expires: None,
            place: None,
        })
    };
    let facts = [
        create(Kind::Lot, Some(5000), Origin::Made),
        create(Kind::Lot, Some(5000), Origin::OpeningStock),
        Act::Receive(receive(item(Some(7000)), Vec::new())),
        create(Kind::Lot, Some(3000), Origin::Expected),
        create(Kind::Unit, None, Origin::Made),
        create(Kind::Pallet, None, Origin::Made),
    ];
    let at = Interval::at(Time(0));
    let born = facts.into_iter().zip(0..).map(|(fact, position)| entry(position, at, fact, &[]));
    born.collect()
}

fn receive(items: Vec<NewItem>, announced: Vec<ItemId>) -> Receive<ItemId> {
    Receive {
        kind: Kind::Lot,
        part: "GLUE".parse().unwrap(),
        items,
        supplier: PartyCode::new("SUP").unwrap(),
        delivery: None,
        certificates: Vec::new(),
        expires: None,
        made: None,
        place: None,
        accepted: false,
        announced,
    }
}

/// A few random numbers from which a fact is made.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    kind: u8,
    one: u64,
    other: u64,
    quantity: u32,
    flags: (bool, bool),
    from: i64,
    length: i64,
}

pub(crate) fn seeds() -> impl Strategy<Value = Seed> {
    let items = (0..ITEMS, 0..ITEMS);
    let flags = any::<(bool, bool)>();
    (0..25_u8, items, 1..2000_u32, flags, 0..90_i64, 0..4_i64).prop_map(
        |(kind, (one, other), quantity, flags, from, length)| Seed {
            kind,
            one,
            other,
            quantity,
            flags,
            from,
            length: length * length,
        },
    )
}

/// The fact a seed stands for.
fn fact(seed: &Seed) -> Fact {
    match seed.kind {
        0..=6 => used(seed),
        7..=10 | 15..=17 => measured(seed),
        11..=14 | 19 | 20 => moved(seed),
        _ => told(seed),
    }
}

fn reason() -> String {
    "why".to_owned()
}

impl Seed {
    fn item(&self) -> ItemId {
        id(self.one)
    }

    fn other(&self) -> ItemId {
        id(self.other)
    }

    fn lot(&self) -> ItemId {
        id(self.one % LOTS)
    }

    fn quantity(&self) -> Amount {
        amount(self.quantity)
    }

    fn portions(&self) -> Vec<Portion<ItemId>> {
        let half = Some(amount(self.quantity / 2));
        let second = id(self.other % LOTS);
        vec![
            Portion { item: self.lot(), quantity: half },
            Portion { item: second, quantity: Some(self.quantity()) },
        ]
    }

    fn purpose(&self) -> Purpose {
        match self.flags {
            (true, _) => Purpose::Delivery,
            (_, true) => Purpose::ReturnToSupplier,
            _ => Purpose::Subcontract,
        }
    }

    fn place(&self) -> PlaceCode {
        PlaceCode::new(&format!("BIN-{}", self.quantity % 5)).unwrap()
    }
}

fn used(seed: &Seed) -> Fact {
    let (item, lot, quantity) = (seed.item(), seed.lot(), seed.quantity());
    match seed.kind {
        0 | 1 => {
            let second = id(seed.other % LOTS);
            let from = if lot == second { vec![lot] } else { vec![lot, second] };
            let unit = None;
            Act::Consume(Consume { from, choice: Choice::Mix, into: vec![id(4)], quantity, unit })
        }
        2 => {
            let inputs = seed.portions();
            Act::Transform(Transform { inputs, outputs: vec![id(5)], operation: None, run: None })
        }
        3 | 4 => Act::Install(Install {
            parent: seed.other(),
            component: item,
            quantity: Some(quantity),
            designator: None,
        }),
        _ => Act::Remove(Remove {
            parent: seed.other(),
            component: item,
            quantity: Some(quantity),
            to: if seed.flags.0 { RemovedTo::Stock } else { RemovedTo::Scrap },
            reason: reason(),
        }),
    }
}

fn measured(seed: &Seed) -> Fact {
    let (item, lot, quantity) = (seed.item(), seed.lot(), seed.quantity());
    let taking = |item| Taking { item, quantity: Some(quantity), reason: reason() };
    match seed.kind {
        7 => {
            let into = vec![Parted { identifiers: Vec::new(), quantity }];
            Act::Split(Split { lot, into, inherited: None })
        }
        8 => {
            let lots = seed.portions();
            Act::Merge(Merge { lots, identifiers: Vec::new(), inherited: None })
        }
        9 => Act::Sample(taking(lot)),
        10 => Act::Scrap(taking(item)),
        15 | 16 => {
            let explanation = seed.flags.0.then(|| "spilled".to_owned());
            Act::Count(Count { lot, quantity, explanation })
        }
        _ => Act::Inspect(Inspect {
            item,
            accepted: seed.flags.0.then_some(quantity),
            rejected: seed.flags.1.then_some(Amount::ONE),
            examined: None,
            reason: None,
            files: Vec::new(),
            returned: seed.quantity.is_multiple_of(2),
        }),
    }
}

fn moved(seed: &Seed) -> Fact {
    let item = seed.item();
    match (seed.kind, seed.flags.0) {
        (11 | 12, _) => {
            let line = |p: Portion<ItemId>| ShipmentLine {
                item: p.item,
                quantity: p.quantity,
                line: None,
            };
            let mut lines: Vec<_> = seed.portions().into_iter().map(line).collect();
            lines.push(line(Portion { item: seed.other(), quantity: None }));
            let party = PartyCode::new("ACME").unwrap();
            Act::Ship(Ship { party, sender: None, shipment: None, lines, purpose: seed.purpose() })
        }
        (13 | 14, _) => Act::ReceiveBack(ReceiveBack {
            items: seed.portions(),
            party: None,
            place: Some(seed.place()),
            reason: None,
            purpose: Some(seed.purpose()),
        }),
        (19, true) => {
            let items = vec![Packed { item, slot: None }];
            Act::Pack(Pack { container: id(5), items })
        }
        (19, false) => Act::Unpack(Unpack { container: id(5), items: vec![item] }),
        _ => Act::Move(Move { items: vec![item], place: seed.place() }),
    }
}

fn told(seed: &Seed) -> Fact {
    let (item, other) = (seed.item(), seed.other());
    let name = format!("c-{}", seed.quantity % 3);
    let identifier = Identifier::own("cloudId", &name).unwrap();
    match (seed.kind, seed.flags) {
        (18, (pass, finishes)) => Act::Step(Step {
            operation: OperationCode::new("OP10").unwrap(),
            items: vec![Worked { item, slot: None, quantity: None }],
            covers: vec![other],
            run: None,
            program: None,
            parameters: Vec::new(),
            measures: Vec::new(),
            outcome: if pass { Outcome::Pass } else { Outcome::Done },
            finishes,
            backflush: false,
            draws: Vec::new(),
            files: Vec::new(),
            note: None,
        }),
        (21, (true, _)) => Act::Identify(Identify { item, identifiers: vec![identifier] }),
        (21, _) => Act::Withdraw(Withdraw { item, identifier, reason: reason() }),
        (22, (true, _)) => {
            let fields = BTreeMap::from([("color".to_owned(), seed.quantity.into())]);
            Act::Describe(Describe { item, fields })
        }
        (22, _) => Act::Clear(Clear { items: vec![item], of: other, reason: reason() }),
        (23, (true, _)) => {
            let lot = Some(id(seed.other % LOTS));
            Act::Assign(Assign { items: vec![item], order: None, production_order: None, lot })
        }
        _ => Act::Receive(receive(Vec::new(), vec![id(3)])),
    }
}

/// A history in order of position, births first.
pub(crate) fn history(seeds: &[Seed]) -> Vec<Entry> {
    let told = seeds.iter().zip(ITEMS..).map(|(seed, position)| {
        let performed = Interval { from: Time(seed.from), to: Time(seed.from + seed.length) };
        // A container takes what is in it along, so facts touch more than they name.
        entry(position, performed, fact(seed), &[id(4)])
    });
    births().into_iter().chain(told).collect()
}

/// Takes facts in as they come, folding anew where that is asked for.
pub(crate) fn fold(item: ItemId, birth: &Entry, facts: &[&Entry]) -> ItemState {
    let mut state = ItemState::born(birth, item);
    let mut known = Vec::new();
    for entry in facts.iter().filter(|entry| touches(entry, item)) {
        known.push(*entry);
        if state.apply(entry) == Fold::Refold {
            state = ItemState::refold(birth, item, known.clone(), Vec::new());
        }
    }
    state
}

pub(crate) fn touches(entry: &Entry, item: ItemId) -> bool {
    entry.touches.iter().any(|touch| touch.item == item)
}
