//! Devices: filters against a model that knows nothing of ours, their grammar, order and pages.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use domain::Command;
use engine::query::devices::filter::{Field, Filter, Relation, Test};
use engine::query::devices::{DevicesAsk, Expression, NESTING_MAX, SORTED_MAX};
use engine::{ImportAsk, ImportFormat, Options, Plant};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A device as the model knows it.
type Row = BTreeMap<String, Vec<Value>>;

/// A plant with devices of many kinds, and what the model knows of each by its serial number.
struct World {
    plant: Plant,
    rows: BTreeMap<String, Row>,
    _folder: tempfile::TempDir,
}

const CITIES: [&str; 3] = ["Milan", "Malmö", "Oslo"];

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plant = Plant::open(&folder.path().join("plant"), &Options::default(), |_| {}).unwrap();
        let mut csv = "serialNumber,partNumber,lotCode,workOrder,palletId,cloudId\n".to_owned();
        let mut rows = BTreeMap::new();
        let mut acts = Vec::new();
        for number in 0..90_u32 {
            let serial = format!("SN-{number:03}");
            let cell = |name: &str, of: u32| match (number / of) % 4 {
                0 => String::new(),
                other => format!("{name}-{other}"),
            };
            let part = format!("LP-{}", 300 + number % 2);
            let (lot, order, pallet) = (cell("L", 1), cell("WO", 3), cell("PL", 7));
            let cloud = if number % 5 == 0 { format!("cloud/{number}") } else { String::new() };
            writeln!(csv, "{serial},{part},{lot},{order},{pallet},{cloud}").unwrap();
            let named = [
                ("serialNumber", &serial),
                ("partNumber", &part),
                ("lotCode", &lot),
                ("workOrder", &order),
                ("palletId", &pallet),
                ("connhexId", &cloud),
            ];
            let known = named.into_iter().filter(|(_, value)| !value.is_empty());
            let mut row: Row =
                known.map(|(name, value)| (name.to_owned(), vec![json!(value)])).collect();
            row.insert("lot:lotCode".to_owned(), row.get("lotCode").cloned().unwrap_or_default());
            if number % 3 > 0 {
                let (city, level) = (CITIES[number as usize % 3], i64::from(number % 11) - 3);
                let tags: Vec<Value> =
                    (0..number % 3).map(|tag| json!(format!("t{tag}"))).collect();
                acts.push(json!({"act": "describe", "item": format!("serial:{serial}"), "fields": {
                    "level": level, "tags": tags, "address": {"city": city}, "ok": number % 2 == 0,
                }}));
                row.insert("level".to_owned(), vec![json!(level)]);
                row.insert("ok".to_owned(), vec![json!(number % 2 == 0)]);
                row.insert("tags".to_owned(), tags);
                row.insert("address.city".to_owned(), vec![json!(city)]);
            }
            rows.insert(serial, row);
        }
        let file = folder.path().join("units.csv");
        std::fs::write(&file, csv).unwrap();
        let ask = ImportAsk {
            source: file,
            name: None,
            format: ImportFormat::Auto,
            mapping: BTreeMap::new(),
            dry_run: false,
            skip_bad: false,
            code: None,
            performed: None,
            by: "test".to_owned(),
        };
        let imported = plant.import(&ask, &mut |_| {}, &|| false).unwrap();
        assert!(imported.rejected.is_empty(), "{imported:?}");
        for some in acts.chunks(20) {
            let acts = serde_json::from_value(Value::from(some.to_vec())).unwrap();
            let reply = plant.submit(Command::report(acts), "test").unwrap();
            assert!(matches!(reply.answer, domain::Answer::Admitted(_)), "{reply:?}");
            plant.published().wait_for(reply.position).unwrap();
        }
        Self { plant, rows, _folder: folder }
    }

    fn ask(&self, ask: &DevicesAsk) -> Vec<String> {
        let answer = self.plant.devices(ask).unwrap();
        let serial =
            |fields: &BTreeMap<String, Value>| fields["serialNumber"].as_str().unwrap().to_owned();
        answer.devices.iter().map(|device| serial(&device.fields)).collect()
    }

    fn all(&self, pairs: &[(String, String)]) -> Vec<String> {
        let pairs = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let filter = Filter::read(pairs).unwrap();
        self.ask(&DevicesAsk { filter, limit: 1000, ..DevicesAsk::default() })
    }
}

/// What the model is asked for.
#[derive(Debug, Clone)]
enum Want {
    All(Vec<Self>),
    Any(Vec<Self>),
    Is(&'static str, Op),
}

#[derive(Debug, Clone)]
enum Op {
    Match(Vec<String>),
    Begins(String),
    Not(String),
    Either(String, String),
    ButNot(String, String),
    Exactly(String),
    Min(String),
    Max(String),
    Exists(bool),
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Want {
    fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|one| one.holds(row)),
            Self::Any(inner) => inner.iter().any(|one| one.holds(row)),
            Self::Is(field, op) => op.holds(row.get(*field).map_or(&[][..], Vec::as_slice)),
        }
    }

    fn write(&self, before: &str, number: usize, pairs: &mut Vec<(String, String)>) {
        let (word, inner) = match self {
            Self::All(inner) => ("and", inner),
            Self::Any(inner) => ("or", inner),
            Self::Is(field, op) => {
                let (operator, value) = op.written();
                pairs.push((format!("{before}[{field}]{operator}"), value));
                return;
            }
        };
        for (at, one) in inner.iter().enumerate() {
            one.write(&format!("{before}[{word}][{number}]"), at, pairs);
        }
    }
}

impl Op {
    fn holds(&self, values: &[Value]) -> bool {
        let begins = |with: &str| {
            let with = with.to_lowercase();
            values.iter().any(|value| shown(value).to_lowercase().starts_with(&with))
        };
        let beside = |bound: &str, wanted: fn(Ordering) -> bool| {
            let against = |value: &Value| match (value.as_i64(), bound.parse::<i64>()) {
                (Some(value), Ok(bound)) => Some(value.cmp(&bound)),
                (Some(_), Err(_)) => None,
                (None, _) => Some(shown(value).as_str().cmp(bound)),
            };
            values.iter().filter_map(against).any(wanted)
        };
        match self {
            Self::Match(wanted) => values.iter().any(|value| wanted.contains(&shown(value))),
            Self::Begins(with) => begins(with),
            Self::Not(with) => !begins(with),
            Self::Either(one, other) => begins(one) || begins(other),
            Self::ButNot(one, other) => begins(one) && !begins(other),
            Self::Exactly(text) => values.iter().any(|value| shown(value) == *text),
            Self::Min(bound) => beside(bound, Ordering::is_ge),
            Self::Max(bound) => beside(bound, Ordering::is_le),
            Self::Exists(is) => *is != values.is_empty(),
        }
    }

    fn written(&self) -> (&'static str, String) {
        match self {
            Self::Match(wanted) => ("", wanted.join(",")),
            Self::Begins(with) => ("[fuzzy-match]", with.clone()),
            Self::Not(with) => ("[fuzzy-match]", format!("NOT {with}")),
            Self::Either(one, other) => ("[fuzzy-match]", format!("{one} OR {other}")),
            Self::ButNot(one, other) => ("[fuzzy-match]", format!("({one}) AND NOT ({other})")),
            Self::Exactly(text) => ("[fuzzy-match]", format!("\"{text}\"")),
            Self::Min(bound) => ("[min]", bound.clone()),
            Self::Max(bound) => ("[max]", bound.clone()),
            Self::Exists(is) => ("[exists]", is.to_string()),
        }
    }
}

const FIELDS: [&str; 11] = [
    "serialNumber",
    "partNumber",
    "lotCode",
    "workOrder",
    "palletId",
    "connhexId",
    "lot:lotCode",
    "level",
    "tags",
    "address.city",
    "ok",
];

fn value() -> impl Strategy<Value = String> {
    let some = [
        "SN-003", "SN-07", "sn-0", "LP-300", "lp", "L-1", "L-2", "l-", "WO-3", "PL-1", "PL-2",
        "cloud/10", "cloud", "0", "5", "-2", "t1", "t", "Milan", "m", "Malmö", "MALM", "true",
        "false", "nothing",
    ];
    prop::sample::select(some.to_vec()).prop_map(str::to_owned)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        prop::collection::vec(value(), 1..4).prop_map(Op::Match),
        value().prop_map(Op::Begins),
        value().prop_map(Op::Not),
        (value(), value()).prop_map(|(one, other)| Op::Either(one, other)),
        (value(), value()).prop_map(|(one, other)| Op::ButNot(one, other)),
        value().prop_map(Op::Exactly),
        value().prop_map(Op::Min),
        value().prop_map(Op::Max),
        any::<bool>().prop_map(Op::Exists),
    ]
}

fn want() -> impl Strategy<Value = Want> {
    let leaf = (prop::sample::select(FIELDS.to_vec()), op()).prop_map(|(f, op)| Want::Is(f, op));
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Want::All),
            prop::collection::vec(inner, 1..4).prop_map(Want::Any),
        ]
    })
}

#[test]
fn a_filter_keeps_what_the_model_keeps() {
    let world = World::new();
    let strategy = prop::collection::vec(want(), 1..3);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let kept = std::cell::Cell::new(0);
    let run = runner.run(&strategy, |wants| {
        let mut pairs = Vec::new();
        for (number, want) in wants.iter().enumerate() {
            want.write("filter", number, &mut pairs);
        }
        let rows = world.rows.iter();
        let fits = |row: &Row| wants.iter().all(|want| want.holds(row));
        let expected: BTreeSet<String> =
            rows.filter(|(_, row)| fits(row)).map(|(serial, _)| serial.clone()).collect();
        let found = world.all(&pairs);
        if !found.is_empty() && found.len() < world.rows.len() {
            kept.set(kept.get() + 1);
        }
        let unique: BTreeSet<String> = found.iter().cloned().collect();
        prop_assert_eq!(unique.len(), found.len());
        prop_assert_eq!(unique, expected, "{:?}", pairs);
        Ok(())
    });
    run.unwrap();
    assert!(kept.get() > 40, "only {} filters kept some and left some", kept.get());
}

#[test]
fn what_is_looked_up_is_what_a_look_at_all_finds() {
    let world = World::new();
    for (field, values) in [
        ("serialNumber", "SN-003,SN-050,SN-003,nothing"),
        ("partNumber", "LP-301"),
        ("workOrder", "WO-1,WO-2"),
        ("connhexId", "cloud/10,cloud/85"),
    ] {
        let by_index = world.all(&[(format!("filter[{field}]"), values.to_owned())]);
        // With a condition beside it in an OR that no index knows, everything is looked at.
        let all = world.all(&[
            (format!("filter[or][{field}]"), values.to_owned()),
            ("filter[or][palletId]".to_owned(), "nothing".to_owned()),
        ]);
        assert!(!by_index.is_empty());
        assert_eq!(by_index, all, "{field}");
    }
    let page = world.plant.devices(&DevicesAsk { limit: 3, ..DevicesAsk::default() }).unwrap();
    assert_eq!((page.count, page.devices.len()), (90, 3));
    let id = page.devices[2].id.to_string();
    let one = world.all(&[("filter[id]".to_owned(), format!("{id},999.9,x"))]);
    assert_eq!(one, [page.devices[2].fields["serialNumber"].as_str().unwrap()]);
}

/// What is not there comes last, either way.
fn in_order(a: Option<&Value>, b: Option<&Value>, falling: bool) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return b.is_some().cmp(&a.is_some()) };
    let order = match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => shown(a).cmp(&shown(b)),
    };
    if falling { order.reverse() } else { order }
}

#[test]
fn pages_of_a_sorted_list_are_its_parts() {
    let world = World::new();
    let whole = world.all(&[]);
    for sort in [
        "-serialNumber",
        "level",
        "-level,serialNumber",
        "palletId,-lotCode",
        "address.city",
        "-createdAt",
        "updatedAt",
        "lot:lotCode,-serialNumber",
    ] {
        let keys: Vec<_> = sort.split(',').map(|one| one.parse().unwrap()).collect();
        let ask = DevicesAsk { sort: keys, limit: 1000, ..DevicesAsk::default() };
        let sorted = world.ask(&ask);
        if !sort.contains("At") {
            let mut expected = whole.clone();
            // Stable, from the last key to the first.
            for key in sort.split(',').rev() {
                let (name, falling) =
                    key.strip_prefix('-').map_or((key, false), |name| (name, true));
                let of =
                    |serial: &String| world.rows[serial].get(name).and_then(|v| v.first()).cloned();
                expected.sort_by(|a, b| in_order(of(a).as_ref(), of(b).as_ref(), falling));
            }
            assert_eq!(sorted, expected, "{sort}");
        }
        let paged: Vec<String> = (0..90)
            .step_by(7)
            .flat_map(|offset| world.ask(&DevicesAsk { offset, limit: 7, ..ask.clone() }))
            .collect();
        assert_eq!(paged, sorted, "{sort}");
        let beyond = world.ask(&DevicesAsk { offset: 90, limit: 7, ..ask.clone() });
        assert!(beyond.is_empty());
        let refused = world.plant.devices(&DevicesAsk { offset: SORTED_MAX, limit: 1, ..ask });
        assert!(engine::chain(&refused.unwrap_err()).contains("narrow it"), "{sort}");
    }
}

#[test]
fn times_are_narrowed_by_positions() {
    let world = World::new();
    let page = world.plant.devices(&DevicesAsk { limit: 1000, ..DevicesAsk::default() }).unwrap();
    let time = |field: &str, at: usize| page.devices[at].fields[field].as_str().unwrap().to_owned();
    let serial = |at: usize| page.devices[at].fields["serialNumber"].as_str().unwrap().to_owned();
    for (field, at) in [("createdAt", 0), ("createdAt", 40), ("updatedAt", 0), ("updatedAt", 62)] {
        let bound = time(field, at);
        // As text, times with fewer digits would stand out of order.
        let moment = |other: usize| time(field, other).parse::<domain::Time>().unwrap();
        let at_bound = moment(at);
        let both = world.all(&[
            (format!("filter[{field}][min]"), bound.clone()),
            (format!("filter[{field}][max]"), bound.clone()),
        ]);
        let expected: Vec<String> =
            (0..90).filter(|other| time(field, *other) == bound).map(serial).collect();
        assert_eq!(both, expected, "{field} {bound}");
        let from = world.all(&[(format!("filter[{field}][min]"), bound.clone())]);
        let later: Vec<String> =
            (0..90).filter(|other| moment(*other) >= at_bound).map(serial).collect();
        assert_eq!(from, later, "{field} {bound}");
    }
    assert_eq!(
        world.all(&[("filter[createdAt][max]".to_owned(), "2020-01-01".to_owned())]).len(),
        0
    );
    assert_eq!(
        world.all(&[("filter[createdAt][min]".to_owned(), "2020-01-01".to_owned())]).len(),
        90
    );
    assert_eq!(
        world.all(&[("filter[lot:createdAt][exists]".to_owned(), "false".to_owned())]).len(),
        world.all(&[("filter[lotCode][exists]".to_owned(), "false".to_owned())]).len()
    );
}

#[test]
fn what_does_not_read_is_named() {
    let long = format!("filter{}[a]", "[or]".repeat(17));
    let nested = "(".repeat(NESTING_MAX + 1);
    let many = vec!["x"; 1001].join(",");
    let rows: &[(&str, &str, &str)] = &[
        ("filter", "x", "write filter[FIELD]"),
        ("filter[]", "x", "name an attribute"),
        ("filter[a", "x", "write filter[FIELD]"),
        ("filterx[a]", "x", "write filter[FIELD]"),
        ("filter[a][like]", "x", "no operator \"like\""),
        ("filter[a][match][b]", "x", "nothing may follow"),
        ("filter[or]", "x", "a field is missing"),
        ("filter[and][3]", "x", "a field is missing"),
        ("filter[or][99999999999][a]", "x", "too large"),
        ("filter[site:name]", "x", "lot, package and pallet"),
        ("filter[lot:]", "x", "name an attribute"),
        ("filter[a][exists]", "maybe", "true or false"),
        ("filter[a][min]", "", "give a value"),
        ("filter[a]", "\"x", "not closed"),
        ("filter[a]", &many, "at most 1000"),
        ("filter[a][fuzzy-match]", "", "a word is missing"),
        ("filter[a][fuzzy-match]", "x AND", "a word is missing"),
        ("filter[a][fuzzy-match]", "OR x", "out of place"),
        ("filter[a][fuzzy-match]", "(x", "not closed"),
        ("filter[a][fuzzy-match]", "x)", "out of place"),
        ("filter[a][fuzzy-match]", "\"x\" y", "out of place"),
        ("filter[a][fuzzy-match]", "x NOT y", "out of place"),
        ("filter[a][fuzzy-match]", &nested, "at most 32"),
        (&long, "x", "16 deep"),
    ];
    for (name, value, says) in rows {
        let wrong = Filter::read([(*name, *value)]).unwrap_err();
        assert_eq!(wrong.parameter, *name);
        assert!(wrong.detail.contains(says), "{name}={value:.40}: {}", wrong.detail);
    }
    let two = vec![("filter[a]", "x"); 201];
    assert!(Filter::read(two).unwrap_err().detail.contains("at most 200"));
    let world = World::new();
    let unknown = |name: &str| {
        let filter = Filter::read([(name, "x")]).unwrap();
        let refused =
            world.plant.devices(&DevicesAsk { filter, limit: 1, ..DevicesAsk::default() });
        engine::chain(&refused.unwrap_err())
    };
    assert!(unknown("filter[serialnumber]").contains("there are id, serialNumber"));
    assert!(unknown("filter[lot:colour]").contains("no field colour"));
    assert!(unknown("filter[createdAt][min]").contains("2026-05-20"));
    assert!(unknown("filter[createdAt]").contains("min and max"));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 ,\"'\\\\()ÄßΣ.-]{0,8}", "\\PC{0,6}"]
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        "[a-z0-9.\\\\-]{1,5}( [a-z0-9]{1,3}){0,2}".prop_map(Expression::Begins),
        text().prop_map(Expression::Literal),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let both = prop::collection::vec(inner.clone(), 2..4);
        let either = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
            both.prop_map(|list| {
                let flat = list.into_iter().flat_map(|one| match one {
                    Expression::Both(inner) => inner,
                    other => vec![other],
                });
                Expression::Both(flat.collect())
            }),
            either.prop_map(|list| {
                let flat = list.into_iter().flat_map(|one| match one {
                    Expression::Either(inner) => inner,
                    other => vec![other],
                });
                Expression::Either(flat.collect())
            }),
        ]
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let field = (
        "[a-z]{3,5}(\\.[a-z]{1,2})?",
        prop::option::of(prop::sample::select(Relation::ALL.to_vec())),
    )
        .prop_filter("a group", |(name, _)| name != "and")
        .prop_map(|(name, of)| Field { of, name });
    let test = prop_oneof![
        prop::collection::vec(text(), 1..4).prop_map(Test::Match),
        prop::collection::vec(expression(), 1..3).prop_map(Test::Fuzzy),
        "\\PC{1,5}".prop_map(Test::Min),
        "\\PC{1,5}".prop_map(Test::Max),
        any::<bool>().prop_map(Test::Exists),
    ];
    let leaf = (field, test).prop_map(|(field, test)| Filter::Is(field, test));
    let inner = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Filter::All),
            prop::collection::vec(inner, 1..4).prop_map(Filter::Any),
        ]
    });
    prop::collection::vec(inner, 0..4).prop_map(Filter::All)
}

proptest! {
    #[test]
    fn a_filter_that_is_written_reads_back(filter in filter()) {
        let pairs = filter.pairs();
        let read = Filter::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        prop_assert_eq!(read, Ok(filter), "{:?}", pairs);
    }

    #[test]
    fn an_expression_that_is_written_reads_back(expression in expression()) {
        let text = expression.to_string();
        prop_assert_eq!(text.parse(), Ok(expression), "{}", text);
    }

    #[test]
    fn no_parameter_makes_it_panic(
        name in "filter(\\[(and|or|[0-9]{1,2}|a|lot:x|match|fuzzy-match|min|\\PC{0,3})\\]){0,6}\\PC{0,2}",
        value in "(AND|OR|NOT|\\(|\\)|\"|'|,|\\\\| |[a-zé]{1,3}|\\PC){0,20}",
    ) {
        if let Ok(filter) = Filter::read([(name.as_str(), value.as_str())]) {
            let pairs = filter.pairs();
            let again = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            prop_assert_eq!(Filter::read(again), Ok(filter));
        }
        drop(value.parse::<Expression>());
    }
}
