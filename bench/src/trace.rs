//! Where a lot went, in a graph of millions of edges: in memory, as a whole call, and in SQL.
//!
//! Three things are timed. The search: items with certainty and evidence path, by our graph and by
//! a recursive query. The whole call: also what each item is, how it stands and where it is; ours
//! as JSON bytes, PostgreSQL's as rows received. Every answer is compared with the others before.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use domain::start::Start;
use engine::query::{Certainty, Direction, ScopeAsk, TraceAsk};
use engine::{Options, Plant};
use genealogy::{Graph, ItemIndex, View};

use crate::genealogy::{Item, LARGE, Numbers, SMALL, UNCLEAR, name};
use crate::large::{self, Size};
use crate::place::Place;
use crate::report::{Goal, Section, Wanted};
use crate::rival::cluster::Cluster;
use crate::rival::genealogy::{Asked, Found, Tables};
use crate::spread::{Spread, number, real};
use crate::{TraceArgs, say};

/// How often each question is asked in a run; the median of them is the run's figure.
const QUESTIONS: usize = 9;

const ABOUT: &str = "\
Boards take pieces of six component lots, pumps of four lots and a board each; lots went into \
500 to 50,000 units; of one material it is not known which of two lots went into a pump. Both \
sides answer with every item reached, its certainty and its shortest evidence path; the whole \
call also says what each item is, how it stands and where it is. In process, ours is a search in \
the graph alone, against the query without the join; the whole call is `trace` answered as the \
JSON bytes that are sent, against the query with the join and its rows received. Both name the \
edges of a path by number; ours also tells what each of them says (how, how much, when, by which \
entry, whether for certain), once, and why an item is only possible. \
PostgreSQL: prepared, warm, analysed and vacuumed, both directions indexed with all a search \
needs of an edge. The times of edges are in order here, so the query need not look at them; ours \
does.";

/// What is asked for, and how long it took. Units: milliseconds.
#[derive(Debug, Default)]
struct Asking {
    edges: u32,
    found: Found,
    graph: Vec<f64>,
    rival_graph: Vec<f64>,
    whole: Vec<f64>,
    rival_whole: Vec<f64>,
    scope: Vec<f64>,
    json_bytes: usize,
}

/// Measures, and answers with the section.
pub(crate) fn run(args: &TraceArgs, place: &Place) -> Result<Section> {
    let rival = Cluster::start(place.path())?;
    let mut asked = Vec::new();
    let mut bytes = Vec::new();
    for edges in &args.edges {
        say(&format!("trace: {edges} edges into PostgreSQL"))?;
        let mut tables = Tables::fill(&rival, *edges)?;
        say(&format!("trace: {edges} edges into a graph and a plant"))?;
        let (graph, numbers) = crate::genealogy::graph(*edges);
        let told = graph.edge_count();
        bytes.push((graph.edge_count(), graph.edge_bytes()));
        let entries = args.entries.filter(|_| Some(edges) == args.edges.last());
        let folder = large::folder(place.cache(), Size { edges: *edges, entries }, false)?;
        let plant = Plant::open(&folder, &Options::default(), |_| ())?;
        for line in [SMALL, LARGE, UNCLEAR] {
            let field = Field { graph: &graph, plant: &plant, numbers: &numbers, line };
            asked.push(field.ask(&mut tables, args.runs, told)?);
        }
    }
    let mut section = Section::new("Trace", place.path())?;
    section.say(ABOUT);
    goals(&mut section, &asked);
    table(&mut section, &asked);
    for (edges, bytes) in bytes {
        let each = number(real(u64::try_from(bytes)?) / f64::from(edges));
        section.say(&format!("A graph of {} edges takes {each} bytes an edge.", commas(edges)));
    }
    Ok(section)
}

struct Field<'a> {
    graph: &'a Graph,
    plant: &'a Plant,
    numbers: &'a Numbers,
    line: usize,
}

impl Field<'_> {
    fn ask(&self, tables: &mut Tables, runs: u32, edges: u32) -> Result<Asking> {
        // Not the first lot: one from the middle of the plant's life.
        let lot = crate::genealogy::blocks(edges) / crate::genealogy::LINES[self.line].blocks / 2;
        let item = self.numbers.lot(self.line, lot);
        let called = name(Item::Lot { line: self.line, lot });
        let start: Start<domain::ItemRef> =
            Start::Item { item: format!("lot:{called}").parse().map_err(anyhow::Error::msg)? };
        let trace_ask = TraceAsk {
            of: vec![start.clone()],
            direction: Direction::Forward,
            as_of: None,
            known_at: None,
            limit: None,
            captures: false,
        };
        let scope_ask = ScopeAsk { from: vec![start], ..ScopeAsk::default() };
        let found = self.search(item)?;
        let whole = self.whole(&trace_ask)?;
        ensure!(found == whole.0, "the graph found {found:?}, the plant {:?}", whole.0);
        for asked in [Asked::Graph, Asked::Whole] {
            let theirs = tables.trace(item, asked)?;
            ensure!(found == theirs, "the graph found {found:?}, PostgreSQL {theirs:?}");
        }
        let json_bytes = whole.1;
        let mut asking = Asking { edges, found, json_bytes, ..Asking::default() };
        for run in 1..=runs {
            asking.graph.push(median(|| self.reach(item))?);
            asking.rival_graph.push(median(|| tables.trace(item, Asked::Graph).map(drop))?);
            asking.whole.push(median(|| {
                std::hint::black_box(self.plant.trace_json(&trace_ask)?);
                Ok(())
            })?);
            asking.rival_whole.push(median(|| tables.trace(item, Asked::Whole).map(drop))?);
            asking.scope.push(median(|| {
                let answer = self.plant.scope(&scope_ask)?;
                answered(&answer)
            })?);
            let (items, of) = (found.items, edges);
            say(&format!("trace, run {run} of {runs}: {items} items in {of} edges"))?;
        }
        Ok(asking)
    }

    /// The search alone.
    fn reach(&self, item: u32) -> Result<()> {
        let starts = [ItemIndex(item).into()];
        let direction = genealogy::Direction::Forward;
        let trace = self.graph.trace_from(&starts, direction, View::default(), usize::MAX);
        std::hint::black_box(trace.reached.len());
        Ok(())
    }

    fn search(&self, item: u32) -> Result<Found> {
        let starts = [ItemIndex(item).into()];
        let direction = genealogy::Direction::Forward;
        let trace = self.graph.trace_from(&starts, direction, View::default(), usize::MAX);
        let mut found = Found::default();
        for reached in trace.reached.iter().filter(|reached| reached.via.is_some()) {
            found.items += 1;
            found.proven += u64::from(reached.certainty == genealogy::Certainty::Proven);
            found.path_edges += u64::try_from(trace.path(reached.item).len())?;
        }
        Ok(found)
    }

    /// What the plant found, and how many bytes its answer has.
    fn whole(&self, ask: &TraceAsk) -> Result<(Found, usize)> {
        let answer = self.plant.trace(ask).context("trace")?;
        let mut found = Found::default();
        for item in &answer.items {
            found.items += 1;
            found.proven += u64::from(item.certainty == Certainty::Proven);
            found.path_edges += u64::try_from(item.path.len())?;
        }
        Ok((found, self.plant.trace_json(ask)?.len()))
    }
}

/// An answer as it is sent.
fn answered(answer: &impl serde::Serialize) -> Result<()> {
    std::hint::black_box(serde_json::to_vec(answer)?);
    Ok(())
}

/// How long a question takes, in the middle of several times. Units: milliseconds.
fn median(mut question: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut times = Vec::with_capacity(QUESTIONS);
    for _ in 0..QUESTIONS {
        let began = Instant::now();
        question()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times.get(QUESTIONS / 2).map_or(f64::NAN, Duration::as_secs_f64) * 1000.0)
}

fn goals(section: &mut Section, asked: &[Asking]) {
    let mut goal = |what: String, ours: &[f64], theirs: &[f64], wanted, why| {
        let reached = Spread::ratios(theirs, ours);
        section.goal(Goal { what, reached, wanted: Wanted::AtLeast(wanted), why });
    };
    // Of what may have gone either way nothing is promised: the table says how it does.
    for asking in asked.iter().filter(|asking| asking.found.proven > 0) {
        let Asking { edges, found, graph, rival_graph, whole, rival_whole, .. } = asking;
        let of = format!("of {} items in {} edges", found.items, commas(*edges));
        goal(format!("search {of}, CTE ÷ ours"), graph, rival_graph, 50.0, "");
        goal(format!("whole trace {of}, CTE ÷ ours"), whole, rival_whole, 10.0, "");
    }
}

fn table(section: &mut Section, asked: &[Asking]) {
    let spread = |figures: &[f64]| figures.iter().copied().collect::<Spread>().to_string();
    let row = |asking: &Asking| {
        let Found { items, proven, .. } = asking.found;
        let mut row = vec![commas(asking.edges), items.to_string(), (items - proven).to_string()];
        let Asking { graph, rival_graph, whole, rival_whole, scope, .. } = asking;
        row.extend([graph, rival_graph, whole, rival_whole, scope].map(|f| spread(f)));
        row.push(number(real(asking.json_bytes as u64 / 1000)));
        row
    };
    section.say("Milliseconds an answer takes, and how long ours is:");
    let heads = [
        "edges",
        "items",
        "of them possible",
        "our search",
        "CTE",
        "our whole trace",
        "CTE with the join",
        "our whole scope",
        "trace, kB of JSON",
    ];
    section.table(&heads, &asked.iter().map(row).collect::<Vec<_>>());
}

fn commas(count: u32) -> String {
    number(f64::from(count))
}
