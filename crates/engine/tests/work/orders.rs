//! Random planners against a naive model of orders and serial numbers: for every command the model
//! says beforehand whether it is admitted, and the account of every order and range is the model's.
//!
//! No number goes out twice, nothing is started past what is planned, and the sums hold, also after
//! a restart and when the ledger is folded anew.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Answer, Command, OrderCode, RangeCode};
use engine::query::{DefinitionsAsk, NumbersAsk, OrderQuantities};
use engine::{Plant, VerifyOptions, verify_folder};
use serde_json::{Value, json};

use crate::open;
use crate::operator::Chance;

const DEEDS: usize = 220;
const SEEDS: u64 = 3;
const LAST: u64 = 60;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Planned,
    Released,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    InWork,
    Made,
    Scrapped,
}

struct Order {
    planned: u64,
    stage: Stage,
}

/// What there is by the commands that were admitted, in the plainest form.
#[derive(Default)]
struct Model {
    orders: BTreeMap<u64, Order>,
    units: BTreeMap<u64, (Option<u64>, Unit)>,
    issued: BTreeMap<u64, Option<u64>>,
    void: BTreeSet<u64>,
}

fn below(chance: &mut Chance, count: u64) -> u64 {
    chance.below(usize::try_from(count).unwrap()) as u64
}

fn code(order: u64) -> String {
    format!("WO-{order}")
}

fn text(number: u64) -> String {
    format!("SN{number:03}")
}

impl Model {
    fn of(&self, order: u64) -> impl Iterator<Item = Unit> + '_ {
        self.units.values().filter(move |(own, _)| *own == Some(order)).map(|(_, unit)| *unit)
    }

    fn count(&self, order: u64, unit: Unit) -> u64 {
        self.of(order).filter(|own| *own == unit).count() as u64
    }

    fn taken(&self, order: u64) -> u64 {
        self.of(order).filter(|own| *own != Unit::Scrapped).count() as u64
    }

    fn is(&self, order: u64, stage: Stage) -> bool {
        self.orders.get(&order).is_some_and(|own| own.stage == stage)
    }

    fn room(&self, order: u64) -> bool {
        self.is(order, Stage::Released) && self.taken(order) < self.orders[&order].planned
    }

    /// The next numbers; fewer than asked where the range ends.
    fn next(&self, count: usize) -> Vec<u64> {
        let from = self.issued.keys().last().map_or(1, |last| last + 1);
        (from..=LAST).filter(|number| !self.units.contains_key(number)).take(count).collect()
    }

    /// Whether a unit may be born under a number, in an order or in none.
    fn may_be_born(&self, number: u64, order: Option<u64>) -> bool {
        let given = self.issued.get(&number).filter(|_| !self.void.contains(&number));
        let fits = given.is_some_and(|own| own.is_none() || *own == order);
        fits && !self.units.contains_key(&number) && order.is_none_or(|order| self.room(order))
    }
}

/// A command, what it says, and whether it is to be admitted; what it does to the model then.
type Deed = (Value, bool, Box<dyn FnOnce(&mut Model)>);

fn deed(model: &Model, chance: &mut Chance) -> Deed {
    let order = below(chance, 5);
    let number = 1 + below(chance, LAST + 2);
    let known = model.orders.contains_key(&order);
    let why = "as the customer asks";
    match below(chance, 10) {
        0 => {
            let planned = 1 + below(chance, 6);
            let closed = model.is(order, Stage::Closed);
            let good = !closed && planned >= model.taken(order);
            let act = json!({"act": "planOrder", "code": code(order), "part": {"number": "U"},
                "quantity": planned.to_string(), "reason": why});
            (
                act,
                good,
                Box::new(move |model| {
                    let stage = model.orders.get(&order).map_or(Stage::Planned, |own| own.stage);
                    model.orders.insert(order, Order { planned, stage });
                }),
            )
        }
        1 => {
            let good = known && !model.is(order, Stage::Released);
            let act = json!({"act": "releaseOrder", "order": code(order), "reason": why});
            (
                act,
                good,
                Box::new(move |model| {
                    model.orders.get_mut(&order).unwrap().stage = Stage::Released;
                }),
            )
        }
        2 => {
            let open = model.count(order, Unit::InWork) > 0;
            let good = known && !model.is(order, Stage::Closed) && !open;
            let act = json!({"act": "closeOrder", "order": code(order), "reason": why});
            (
                act,
                good,
                Box::new(move |model| {
                    model.orders.get_mut(&order).unwrap().stage = Stage::Closed;
                }),
            )
        }
        3 => split(model, chance, order),
        4 => issue(model, chance, order),
        5 => {
            let open = model.issued.contains_key(&number) && !model.void.contains(&number);
            let good = open && !model.units.contains_key(&number);
            let act = json!({"act": "voidSerials", "range": "R", "numbers": [text(number)],
                "reason": why});
            (
                act,
                good,
                Box::new(move |model| {
                    model.void.insert(number);
                }),
            )
        }
        6 => on_a_unit(model, chance, order),
        _ => birth(model, chance, (order, number)),
    }
}

fn birth(model: &Model, chance: &mut Chance, (order, number): (u64, u64)) -> Deed {
    let within = (below(chance, 4) > 0).then_some(order);
    let given_out = model.may_be_born(number, within);
    let free = number > LAST && !model.units.contains_key(&number);
    let good = given_out || (free && within.is_none_or(|order| model.room(order)));
    let act = json!({"act": "create", "kind": "unit", "part": {"number": "U"},
        "order": within.map(code),
        "items": [{"identifiers": [{"scheme": "serialNumber", "value": text(number)}]}]});
    let does = move |model: &mut Model| {
        model.units.insert(number, (within, Unit::InWork));
    };
    (act, good, Box::new(does))
}

fn split(model: &Model, chance: &mut Chance, order: u64) -> Deed {
    let (into, quantity) = (below(chance, 9), 1 + below(chance, 3));
    let mut named: Vec<u64> = model
        .units
        .iter()
        .filter(|(_, (own, unit))| *own == Some(order) && *unit != Unit::Scrapped)
        .map(|(number, _)| *number)
        .collect();
    named.truncate(usize::try_from(below(chance, 4)).unwrap());
    let moved = named.len() as u64;
    let good = model.orders.get(&order).is_some_and(|own| {
        let rest = own.planned.checked_sub(quantity).filter(|rest| *rest > 0);
        own.stage != Stage::Closed
            && !model.orders.contains_key(&into)
            && moved <= quantity
            && rest.is_some_and(|rest| rest >= model.taken(order) - moved)
    });
    let items: Vec<String> = named.iter().map(|number| text(*number)).collect();
    let act = json!({"act": "splitOrder", "order": code(order), "into": code(into),
        "quantity": quantity.to_string(), "items": items, "reason": "two lines"});
    (
        act,
        good,
        Box::new(move |model| {
            let own = model.orders.get_mut(&order).unwrap();
            own.planned -= quantity;
            let stage = own.stage;
            model.orders.insert(into, Order { planned: quantity, stage });
            for number in named {
                model.units.get_mut(&number).unwrap().0 = Some(into);
            }
        }),
    )
}

fn issue(model: &Model, chance: &mut Chance, order: u64) -> Deed {
    let count = 1 + below(chance, 6);
    let to = (below(chance, 2) > 0).then_some(order);
    let numbers = model.next(usize::try_from(count).unwrap());
    let open =
        to.is_none_or(|to| model.orders.get(&to).is_some_and(|own| own.stage != Stage::Closed));
    let good = numbers.len() as u64 == count && open;
    let act = json!({"act": "issueSerials", "range": "R", "count": count, "order": to.map(code)});
    (
        act,
        good,
        Box::new(move |model| {
            for number in numbers {
                let before = model.issued.insert(number, to);
                assert!(before.is_none(), "{number} went out twice");
            }
        }),
    )
}

fn on_a_unit(model: &Model, chance: &mut Chance, order: u64) -> Deed {
    let all: Vec<u64> = model.units.keys().copied().collect();
    let nothing = || (json!({"act": "scrap", "item": "SN999", "reason": "r"}), false);
    if all.is_empty() {
        let (act, good) = nothing();
        return (act, good, Box::new(|_| ()));
    }
    let number = all[usize::try_from(below(chance, all.len() as u64)).unwrap()];
    let (own, unit) = model.units[&number];
    let here = unit != Unit::Scrapped;
    match below(chance, 3) {
        0 => {
            let act = json!({"act": "scrap", "item": text(number), "reason": "dropped"});
            (
                act,
                here,
                Box::new(move |model| {
                    model.units.get_mut(&number).unwrap().1 = Unit::Scrapped;
                }),
            )
        }
        1 => {
            let act = json!({"act": "step", "operation": "OP", "items": [{"item": text(number)}],
                "finishes": true});
            (
                act,
                here,
                Box::new(move |model| {
                    model.units.get_mut(&number).unwrap().1 = Unit::Made;
                }),
            )
        }
        _ => {
            let in_it = own == Some(order) && model.is(order, Stage::Released);
            let good = here && (in_it || model.room(order));
            let act = json!({"act": "assign", "items": [text(number)], "order": code(order)});
            (
                act,
                good,
                Box::new(move |model| {
                    model.units.get_mut(&number).unwrap().0 = Some(order);
                }),
            )
        }
    }
}

fn tell(plant: &Plant, act: &Value) -> Answer {
    let mut command = Command::attempt(serde_json::from_value(json!([act])).unwrap());
    let person = Some(domain::PersonCode::new("P-1").unwrap());
    command.performed_by = person.filter(|_| act["act"] != "definePerson");
    command.id = Some(engine::new_command_id().unwrap());
    let first = plant.submit(command.clone(), "test").unwrap();
    // Sent again under its id it is one command, and gets its first answer.
    let again = plant.submit(command, "test").unwrap();
    assert_eq!((&first.answer, first.position), (&again.answer, again.position));
    plant.published().wait_for(first.position).unwrap();
    first.answer
}

fn compare(plant: &Plant, model: &Model) {
    for (order, own) in &model.orders {
        let answer = plant.order(&OrderCode::new(&code(*order)).unwrap()).unwrap();
        let sums = answer.order.quantities;
        let [made, in_work, scrapped] =
            [Unit::Made, Unit::InWork, Unit::Scrapped].map(|unit| model.count(*order, unit));
        let amount = |count: u64| domain::Amount::from(i64::try_from(count).unwrap());
        let expected = OrderQuantities {
            planned: Some(amount(own.planned)),
            started: amount(made + in_work + scrapped),
            made: amount(made),
            in_work: amount(in_work),
            scrapped: amount(scrapped),
            short: Some(amount(own.planned.saturating_sub(made + in_work))),
            ..OrderQuantities::default()
        };
        assert_eq!(sums, expected, "{order}");
        assert_eq!(answer.items.len() as u64, made + in_work + scrapped);
    }
    let range = plant.ranges(&DefinitionsAsk::default()).unwrap().items.remove(0);
    let used = |number: &&u64| model.units.contains_key(number) && !model.void.contains(number);
    let used = model.issued.keys().filter(used).count() as u64;
    let (issued, void) = (model.issued.len() as u64, model.void.len() as u64);
    assert_eq!((range.issued, range.used, range.void), (issued, used, void));
    assert_eq!(range.issued, range.used + range.void + range.open);
    let ask = NumbersAsk { limit: Some(1000), ..NumbersAsk::default() };
    let numbers = plant.range_numbers((&RangeCode::new("R").unwrap(), &ask)).unwrap();
    let listed: Vec<String> = numbers.items.into_iter().map(|row| row.number).collect();
    let known: Vec<String> = model.issued.keys().map(|number| text(*number)).collect();
    assert_eq!(listed, known);
}

#[test]
fn random_planners_never_get_past_the_model() {
    for seed in 1..=SEEDS {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("plant");
        let mut plant = open(&path);
        let mut model = Model::default();
        let mut chance = Chance(seed);
        for act in [
            json!({"act": "definePerson", "code": "P-1", "name": "One"}),
            json!({"act": "defineMaterial", "part": {"number": "U"}, "name": "Unit",
                "tracking": "serial", "baseUnit": "ea"}),
            json!({"act": "defineRange", "code": "R", "part": "U", "prefix": "SN", "first": 1,
                "last": LAST, "digits": 3}),
        ] {
            assert!(matches!(tell(&plant, &act), Answer::Admitted(_)), "{act}");
        }
        let mut admitted = 0;
        for turn in 0..DEEDS {
            let (act, good, does) = deed(&model, &mut chance);
            let answer = tell(&plant, &act);
            let is_good = matches!(answer, Answer::Admitted(_));
            assert_eq!(is_good, good, "seed {seed}, turn {turn}: {act}: {answer:?}");
            if is_good {
                does(&mut model);
                admitted += 1;
            }
            if turn == DEEDS / 2 {
                drop(plant);
                plant = open(&path);
            }
            if turn % 10 == 0 {
                compare(&plant, &model);
            }
        }
        compare(&plant, &model);
        assert!(admitted > DEEDS / 6, "seed {seed}: only {admitted} were admitted");
        drop(plant);
        let report = verify_folder(&path, &VerifyOptions::default(), &mut |_| {}).unwrap();
        assert!(report.holds(), "{report}");
    }
}
