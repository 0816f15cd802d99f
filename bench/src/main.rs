//! Speed and memory, as ratios to a rival or a physical limit in the same run.
//!
//! `contemporaneity` measures no speed but how often detectors are right.
//!
//! Reading order: `floor` is the work, `genealogy` the shape of a large plant, `large` that
//! plant; `facts`, `work`, `trace`, `record` and `start` measure; `ours`,
//! `http` and `rival` do the work, each in its own way; `limit` does as little as can be done;
//! `drive` lets callers work and takes the time; `spread` and `report` say what came of it.
//!
//! Invariants: what is compared is measured in one run, in turns; both sides have what they send
//! ready before the clock starts; nothing here is a test, and no test takes the time.
//!
//! What a crash leaves: a folder `tracewright-bench-PID` where data was kept, which the next start
//! removes; PostgreSQL and the server end with this process.

mod contemporaneity;
mod cpu;
mod drive;
mod facts;
mod floor;
mod genealogy;
mod http;
mod large;
mod limit;
mod machine;
mod ours;
mod place;
mod record;
mod report;
mod rival;
mod serve;
mod spread;
mod start;
mod trace;
mod work;

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

use place::Place;

/// The allocator that the product has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Tracewright against PostgreSQL and against the limit.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    part: Part,
    /// Where data is kept meanwhile; both systems use it, so it should be a disk.
    #[arg(long, global = true, value_name = "FOLDER", default_value = "/var/tmp")]
    place: PathBuf,
    /// Where large folders are kept for the next time, if not under `target`.
    #[arg(long, global = true, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Also put the results into this file, in the place of the former ones.
    #[arg(long, global = true, value_name = "FILE")]
    record: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Everything, one part after another.
    All(AllArgs),
    /// Facts a second, one by one and many at a time, in process and over HTTP.
    Facts(FactsArgs),
    /// Where a lot went, in millions of edges.
    Trace(TraceArgs),
    /// Work by a released instruction, as fast as can be and at five hundred stations.
    Work(WorkArgs),
    /// The record of a unit with 500 entries.
    Record(RecordArgs),
    /// Opening a large folder, its memory and size, verifying and refolding it.
    Start(StartArgs),
    /// How often the detectors of contemporaneity are right, on shifts made up from a seed.
    Contemporaneity(ContemporaneityArgs),
    /// Serve a new folder until the input ends: the other end of a measurement.
    #[command(hide = true)]
    Serve {
        /// Which.
        folder: PathBuf,
        /// With an instruction released.
        #[arg(long)]
        work: bool,
    },
    /// Do a piece of work and say what it took: the other end of a measurement.
    #[command(hide = true)]
    Child {
        /// What.
        work: ChildWork,
        /// On which folder.
        folder: PathBuf,
    },
}

/// What a process of its own does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ChildWork {
    /// Open a folder.
    Open,
    /// Verify one.
    Verify,
    /// Fold its views anew.
    Refold,
}

impl ChildWork {
    const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Verify => "verify",
            Self::Refold => "refold",
        }
    }
}

/// What of everything is measured.
#[derive(Debug, Clone, Args)]
struct AllArgs {
    #[command(flatten)]
    facts: FactsArgs,
    /// Genealogies of how many edges are traced; the last one is also the plant that is opened.
    #[arg(long, value_delimiter = ',', default_values_t = [5_000_000, 10_000_000])]
    edges: Vec<u32>,
    /// Entries of the plant that is opened.
    #[arg(long, default_value_t = ENTRIES)]
    entries: u64,
    /// What is done with that plant; verifying and refolding take minutes, and are done once.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = WORK)]
    work: Vec<ChildWork>,
    /// Make that plant anew.
    #[arg(long)]
    rebuild: bool,
}

/// What is done with the plant that is opened, where nothing is said.
const WORK: [ChildWork; 3] = [ChildWork::Open, ChildWork::Verify, ChildWork::Refold];
/// Entries of the plant that is opened, where nothing is said.
const ENTRIES: u64 = 10_000_000;

/// What of facts is measured.
#[derive(Debug, Clone, Args)]
struct FactsArgs {
    /// How many runs.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// How long one measurement takes.
    #[arg(long, value_name = "MS", default_value_t = 5000)]
    milliseconds: u64,
    /// With how many callers at once that tell facts one by one.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    callers: Vec<usize>,
}

/// What of traces is measured.
#[derive(Debug, Clone, Args)]
struct TraceArgs {
    /// How many runs.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// In genealogies of how many edges.
    #[arg(long, value_delimiter = ',', default_values_t = [5_000_000, 10_000_000])]
    edges: Vec<u32>,
    /// Entries of the plant with the most edges; absent: a plant with so many edges that was kept,
    /// or one of as many entries as the edges take.
    #[arg(long)]
    entries: Option<u64>,
}

/// What of work is measured.
#[derive(Debug, Clone, Args)]
struct WorkArgs {
    /// How many runs.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// How long one measurement takes.
    #[arg(long, value_name = "MS", default_value_t = 5000)]
    milliseconds: u64,
    /// How many stations work without rest.
    #[arg(long, default_value_t = 64)]
    callers: u64,
    /// How many stations work at the pace of people.
    #[arg(long, default_value_t = 500)]
    stations: u64,
    /// How often each of them calls.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    pace: u64,
}

/// What of records is measured.
#[derive(Debug, Clone, Args)]
struct RecordArgs {
    /// How many runs.
    #[arg(long, default_value_t = 5)]
    runs: u32,
}

/// What is made up.
#[derive(Debug, Clone, Args)]
struct ContemporaneityArgs {
    /// From which seed.
    #[arg(long, default_value_t = contemporaneity::SEED)]
    seed: u64,
}

/// What of opening is measured.
#[derive(Debug, Clone, Args)]
struct StartArgs {
    /// How many runs.
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Edges of the plant.
    #[arg(long, default_value_t = 10_000_000)]
    edges: u32,
    /// Entries of the plant.
    #[arg(long, default_value_t = ENTRIES)]
    entries: u64,
    /// What is done with it; verifying and refolding take minutes, and are done once.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = WORK)]
    work: Vec<ChildWork>,
    /// Make the plant anew.
    #[arg(long)]
    rebuild: bool,
}

fn main() -> Result<()> {
    let Arguments { part, place, cache, record } = Arguments::parse();
    let parts = match part {
        Part::Serve { folder, work } => return serve::serve(&folder, work),
        Part::Child { work, folder } => return start::work(work, &folder),
        Part::All(args) => args.parts(),
        one => vec![one],
    };
    for part in parts {
        let place = Place::inside(&place, cache.as_deref())?;
        let section = match &part {
            Part::Facts(args) => facts::run(args, &place)?,
            Part::Trace(args) => trace::run(args, &place)?,
            Part::Work(args) => work::run(args, &place)?,
            Part::Record(args) => record::run(args, &place)?,
            Part::Start(args) => start::run(args, &place)?,
            Part::Contemporaneity(args) => contemporaneity::run(args.seed)?,
            Part::All(_) | Part::Serve { .. } | Part::Child { .. } => continue,
        };
        writeln!(std::io::stdout(), "{}", section.render())?;
        if let Some(path) = &record {
            report::record(path, &section)?;
        }
    }
    Ok(())
}

impl AllArgs {
    fn parts(self) -> Vec<Part> {
        let Self { facts, edges, entries, work, rebuild } = self;
        let FactsArgs { runs, milliseconds, .. } = facts;
        let most = edges.iter().copied().max().unwrap_or_default();
        vec![
            Part::Facts(facts),
            Part::Work(WorkArgs { runs, milliseconds, callers: 64, stations: 500, pace: 1000 }),
            Part::Record(RecordArgs { runs }),
            Part::Start(StartArgs { runs, edges: most, entries, work, rebuild }),
            Part::Trace(TraceArgs { runs, edges, entries: Some(entries) }),
            Part::Contemporaneity(ContemporaneityArgs { seed: contemporaneity::SEED }),
        ]
    }
}

/// Says how far it is.
fn say(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "{text}")?)
}
