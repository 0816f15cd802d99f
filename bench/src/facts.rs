//! Durable, rule-checked facts a second, and how long a caller waits for its answer.
//!
//! In each run every system does the same work for the same time, one after another: ours in
//! process, PostgreSQL, ours over HTTP; then the limit. Each keeps what it was told before.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use engine::Plant;

use crate::drive::{Run, drive};
use crate::floor::{self, Fact};
use crate::http::OverHttp;
use crate::ours::{Batched, Single};
use crate::place::Place;
use crate::report::{Goal, Section, Wanted};
use crate::rival::cluster::{self, Cluster};
use crate::rival::facts::Teller;
use crate::serve::Server;
use crate::spread::{Spread, number};
use crate::{FactsArgs, limit, ours, rival, say};

/// Facts in a batch: as many as one call over HTTP takes.
const BATCH: usize = 1000;
/// Callers that tell facts many at a time.
const BATCHED_CALLERS: &[usize] = &[1, 4];
/// How many facts a second callers are ready for before it is known how many it will be.
const EXPECTED_PER_SECOND: f64 = 40_000.0;

const ABOUT: &str = "\
A unit takes six facts: it is created in an order, two components are installed from lots, three \
steps are done on it with a measured value each. Every fact meets its rules: unit and lot known, \
here, not held; lot accepted, not expired, enough left; part on the bill of material; identifier \
new; order, station, equipment and person defined; value within limits; command not taken before. \
Sixteen lots of each part are open, so their rows are as hot for one system as for the other. \
PostgreSQL runs one function a fact (one round trip, one transaction), or for a thousand facts \
three set-based statements in one transaction and one round trip, over a socket in a folder. It \
keeps no tree of hashes: nothing in it shows that a row was changed afterwards.";

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum System {
    InProcess,
    Rival,
    Http,
}

const SYSTEMS: [System; 3] = [System::InProcess, System::Rival, System::Http];

impl System {
    const fn word(self) -> &'static str {
        match self {
            Self::InProcess => "in process",
            Self::Rival => "PostgreSQL",
            Self::Http => "over HTTP",
        }
    }
}

/// How the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    batch: usize,
    callers: usize,
}

/// What is told of a run once its single calls are forgotten.
#[derive(Debug, Default)]
struct Told {
    rate: Vec<f64>,
    p50_us: Vec<f64>,
    p99_us: Vec<f64>,
    own_cpu_us: Vec<f64>,
    server_cpu_us: Vec<f64>,
}

impl Told {
    fn take(&mut self, run: &Run) {
        let (own, server) = run.cpu_us();
        self.rate.push(run.rate());
        self.p50_us.push(run.latency_us(500));
        self.p99_us.push(run.latency_us(990));
        self.own_cpu_us.push(own);
        self.server_cpu_us.push(server);
    }
}

/// The systems side by side.
struct Field<'a> {
    plant: &'a Plant,
    rival: &'a Cluster,
    server: &'a Server,
    limit: Duration,
    /// Callers that were there before: units of callers do not meet.
    callers: u64,
    told: BTreeMap<(Way, System), Told>,
}

/// Measures, and answers with the section.
pub(crate) fn run(args: &FactsArgs, place: &Place) -> Result<Section> {
    let plant = ours::plant(&place.path().join("plant"))?;
    let server = Server::start(&place.path().join("served"), false)?;
    let rival = Cluster::start(place.path())?;
    rival::facts::prepare(&rival)?;
    let limit = Duration::from_millis(args.milliseconds);
    let mut field = Field {
        plant: &plant,
        rival: &rival,
        server: &server,
        limit,
        callers: 0,
        told: BTreeMap::new(),
    };
    let single = args.callers.iter().map(|callers| Way { batch: 1, callers: *callers });
    let batched = BATCHED_CALLERS.iter().map(|callers| Way { batch: BATCH, callers: *callers });
    let ways: Vec<Way> = single.chain(batched).collect();
    let mut limits = Vec::new();
    let mut record_bytes = 0;
    for run in 1..=args.runs {
        for way in &ways {
            for system in SYSTEMS {
                let rate = field.measure(*way, system)?;
                say(&format!(
                    "facts, run {run} of {}: {}, {} callers, {} at a time: {} a second",
                    args.runs,
                    system.word(),
                    way.callers,
                    way.batch,
                    number(rate),
                ))?;
            }
        }
        record_bytes = bytes_per_entry(&plant)?;
        limits.push(limit::run(place.path(), record_bytes, limit)?);
    }
    let told = std::mem::take(&mut field.told);
    let mut section = Section::new("Facts", place.path())?;
    section.say(ABOUT);
    goals(&mut section, &told, &limits);
    tables(&mut section, &told, &ways);
    let limits: Spread = limits.into_iter().collect();
    section.say(&format!(
        "The limit, records of {record_bytes} bytes (as long as an entry in our ledger) appended, \
         hashed into a tree and made durable a thousand at a time: {limits} a second."
    ));
    settings(&mut section)?;
    Ok(section)
}

impl Field<'_> {
    /// Facts a second.
    fn measure(&mut self, way: Way, system: System) -> Result<f64> {
        let expected = self.told.get(&(way, system)).and_then(|told| told.rate.last().copied());
        let expected = expected.map_or(EXPECTED_PER_SECOND, |rate| rate * 1.5);
        let work = self.work(way, expected);
        let (plant, rival, server) = (self.plant, self.rival, self.server);
        let run = match system {
            System::InProcess if way.batch == 1 => {
                let callers = work.iter().map(|facts| Single::new(plant, facts)).collect();
                drive::<Single<'_>>(callers, self.limit, None)?
            }
            System::InProcess => {
                let callers =
                    work.iter().map(|facts| Batched::new(plant, facts, way.batch)).collect();
                drive::<Batched<'_>>(callers, self.limit, None)?
            }
            System::Http => {
                let caller = |facts: &Vec<Fact>| OverHttp::new(server.address(), facts, way.batch);
                let callers = work.iter().map(caller).collect::<Result<_>>()?;
                drive::<OverHttp>(callers, self.limit, Some(server.tree()))?
            }
            System::Rival => {
                let caller = |facts: &Vec<Fact>| Teller::new(rival, facts, way.batch);
                let callers = work.iter().map(caller).collect::<Result<_>>()?;
                drive::<Teller>(callers, self.limit, Some(rival.tree()))?
            }
        };
        self.told.entry((way, system)).or_default().take(&run);
        Ok(run.rate())
    }

    /// Facts for each caller, more than it will come to tell.
    fn work(&mut self, way: Way, per_second: f64) -> Vec<Vec<Fact>> {
        let all = per_second * self.limit.as_secs_f64();
        let each = all / crate::spread::real(way.callers as u64);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "how many facts are made ready need not be exact"
        )]
        let each = (each as u64).next_multiple_of(way.batch as u64) + way.batch as u64;
        let first = self.callers;
        self.callers += way.callers as u64;
        (first..self.callers)
            .map(|caller| (0..each).map(|number| floor::fact(caller, number)).collect())
            .collect()
    }
}

fn bytes_per_entry(plant: &Plant) -> Result<usize> {
    let bytes = std::fs::metadata(plant.folder().reading().path().join("ledger.db"))?.len();
    let entries = plant.published().read().next().0.max(1);
    Ok(usize::try_from(bytes.div_ceil(entries))?)
}

type All = BTreeMap<(Way, System), Told>;

/// The rates of the way with the best median.
fn best(told: &All, system: System, is_batched: bool, callers_min: usize) -> Vec<f64> {
    let fits = |way: &Way| (way.batch > 1) == is_batched && way.callers >= callers_min;
    let ways = told.iter().filter(|((way, of), _)| *of == system && fits(way));
    let median = |told: &Told| told.rate.iter().copied().collect::<Spread>().median();
    let best = ways.map(|(_, told)| told).max_by(|a, b| median(a).total_cmp(&median(b)));
    best.map(|told| told.rate.clone()).unwrap_or_default()
}

fn goals(section: &mut Section, told: &All, limits: &[f64]) {
    /// From so many callers on the goal for single facts counts.
    const MANY: usize = 64;
    let most = told.keys().map(|(way, _)| way.callers).max().unwrap_or(1);
    let many = MANY.min(most);
    let rival = best(told, System::Rival, false, 0);
    let mut goal = |what: &str, ours: &[f64], theirs: &[f64], wanted, why| {
        let (what, reached) = (what.to_owned(), Spread::ratios(ours, theirs));
        section.goal(Goal { what, reached, wanted: Wanted::AtLeast(wanted), why });
    };
    let single = best(told, System::InProcess, false, many);
    goal("single facts in process ÷ PostgreSQL's best", &single, &rival, 10.0, SINGLE_WHY);
    let http = best(told, System::Http, false, many);
    goal("single facts over HTTP ÷ PostgreSQL's best", &http, &rival, 4.0, HTTP_WHY);
    let batched = best(told, System::InProcess, true, 0);
    let rival = best(told, System::Rival, true, 0);
    goal("batched facts in process ÷ PostgreSQL's best", &batched, &rival, 1.2, BATCH_WHY);
    goal("batched facts in process ÷ the limit", &batched, limits, 0.15, BATCH_WHY);
}

const SINGLE_WHY: &str = "";
const HTTP_WHY: &str = "";
const BATCH_WHY: &str = "";

fn tables(section: &mut Section, told: &All, ways: &[Way]) {
    let of = |way: &Way, system| &told[&(*way, system)];
    let spread = |figures: &[f64]| figures.iter().copied().collect::<Spread>();
    let head = |way: &Way| vec![way.callers.to_string(), way.batch.to_string()];
    let rows: Vec<Vec<String>> = ways
        .iter()
        .map(|way| {
            let [ours, rival, http] = SYSTEMS.map(|system| &of(way, system).rate);
            let mut row = head(way);
            row.extend([ours, http, rival].map(|rates| spread(rates).to_string()));
            row.extend([ours, http].map(|rates| Spread::ratios(rates, rival).to_string()));
            row
        })
        .collect();
    section.say("Facts a second:");
    let heads =
        ["callers", "at a time", "in process", "over HTTP", "PostgreSQL", "in process ÷", "HTTP ÷"];
    section.table(&heads, &rows);
    let latency = |told: &Told| {
        let median = |figures: &[f64]| number(spread(figures).median() / 1000.0);
        format!("{} / {}", median(&told.p50_us), median(&told.p99_us))
    };
    let rows: Vec<Vec<String>> = ways
        .iter()
        .map(|way| {
            let [ours, rival, http] = SYSTEMS.map(|system| latency(of(way, system)));
            head(way).into_iter().chain([ours, http, rival]).collect()
        })
        .collect();
    section.say("Milliseconds from a call to its answer, p50 / p99:");
    section.table(&["callers", "at a time", "in process", "over HTTP", "PostgreSQL"], &rows);
    let cpu = |way: &Way| {
        let [ours, rival, http] = SYSTEMS.map(|system| of(way, system));
        let figures = [
            &ours.own_cpu_us,
            &http.server_cpu_us,
            &http.own_cpu_us,
            &rival.server_cpu_us,
            &rival.own_cpu_us,
        ];
        head(way).into_iter().chain(figures.map(|f| number(spread(f).median()))).collect()
    };
    let rows: Vec<Vec<String>> = ways.iter().map(cpu).collect();
    section.say("Microseconds of processor time a fact, which noise on the machine disturbs less:");
    let heads = [
        "callers",
        "at a time",
        "in process, callers included",
        "HTTP server",
        "HTTP callers",
        "PostgreSQL server",
        "PostgreSQL callers",
    ];
    section.table(&heads, &rows);
}

fn settings(section: &mut Section) -> Result<()> {
    let why = |name: &str| {
        let known = cluster::SETTINGS.iter().find(|(known, ..)| *known == name);
        known.map_or("by the memory of the machine", |(.., why)| *why).to_owned()
    };
    let rows: Vec<Vec<String>> = cluster::settings()?
        .into_iter()
        .map(|(name, value)| vec![format!("`{name}`"), value, why(&name)])
        .collect();
    section.say("How PostgreSQL is set:");
    section.table(&["setting", "value", "why"], &rows);
    Ok(())
}
