//! Opening a large folder, what it takes in memory and on disk, verifying and refolding it.
//!
//! Each is done by a process of its own, this program started again, so that what one leaves in
//! memory is no help to the next. What the system keeps of the files in memory is left as it is.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use engine::{Options, Plant, VerifyOptions};

use crate::large::{self, Size};
use crate::place::Place;
use crate::report::{Goal, Section, Wanted};
use crate::spread::{Spread, number, real};
use crate::{ChildWork, StartArgs, WORK, say};

const START_WANTED_S: f64 = 5.0;
const EDGE_WANTED_BYTES: f64 = 32.0;

/// What a child says of its work.
#[derive(Debug, Default, Clone, Copy)]
struct Said {
    seconds: f64,
    entries: f64,
    items: f64,
    edges: f64,
    edge_bytes: f64,
    memory_bytes: f64,
    memory_most_bytes: f64,
}

/// Measures, and answers with the section.
pub(crate) fn run(args: &StartArgs, place: &Place) -> Result<Section> {
    let size = Size { edges: args.edges, entries: Some(args.entries) };
    let folder = large::folder(place.cache(), size, args.rebuild)?;
    let mut section = Section::new("Start", place.path())?;
    let mut said: [Vec<Said>; 3] = [const { Vec::new() }; 3];
    for run in 1..=args.runs {
        for (work, said) in WORK.iter().zip(&mut said) {
            // What takes minutes is done once.
            if !args.work.contains(work) || (run > 1 && *work != ChildWork::Open) {
                continue;
            }
            let one = child(*work, &folder)?;
            let seconds = number(one.seconds);
            say(&format!("start, run {run} of {}: {work:?} took {seconds} s", args.runs))?;
            said.push(one);
        }
    }
    let [open, verify, refold] = said;
    let of = |all: &[Said], figure: fn(&Said) -> f64| all.iter().map(figure).collect::<Spread>();
    let one = open.first().copied().context("opening was not asked for")?;
    section.goal(Goal {
        what: format!("seconds to open {} entries", number(one.entries)),
        reached: of(&open, |said| said.seconds),
        wanted: Wanted::AtMost(START_WANTED_S),
        why: "",
    });
    section.goal(Goal {
        what: format!("bytes a live edge, of {} edges", number(one.edges)),
        reached: of(&open, |said| said.edge_bytes / said.edges),
        wanted: Wanted::AtMost(EDGE_WANTED_BYTES),
        why: "",
    });
    section.say(&format!(
        "The plant of the trace with {} entries, {} items and {} edges, opened by a process of its \
         own each time, and once verified (views included) and folded anew; its files are in the \
         system's memory.",
        number(one.entries),
        number(one.items),
        number(one.edges)
    ));
    let per_second = |all: &[Said]| match all {
        [] => String::new(),
        _ => of(all, |said| said.entries / said.seconds).to_string(),
    };
    let bytes = |name: &str| -> Result<String> {
        let bytes = fs::metadata(folder.join(name)).with_context(|| name.to_owned())?.len();
        Ok(number(real(bytes) / one.entries))
    };
    let beside = |said: &Said| (said.memory_bytes - said.edge_bytes) / said.items;
    let rows = [
        ("memory of the process, MB", of(&open, |said| said.memory_bytes / 1e6).to_string()),
        ("the most while opening, MB", of(&open, |said| said.memory_most_bytes / 1e6).to_string()),
        ("memory an item, with all but edges, bytes", of(&open, beside).to_string()),
        ("verify, entries a second", per_second(&verify)),
        ("refold, entries a second", per_second(&refold)),
        ("ledger.db, bytes an entry", bytes("ledger.db")?),
        ("views.db, bytes an entry", bytes("views.db")?),
    ];
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .filter(|(_, figure)| !figure.is_empty())
        .map(|(what, figure)| vec![what.to_owned(), figure])
        .collect();
    section.table(&["", "figure"], &rows);
    Ok(section)
}

fn child(work: ChildWork, folder: &Path) -> Result<Said> {
    let output = Command::new(std::env::current_exe().context("find this program")?)
        .arg("child")
        .arg(work.word())
        .arg(folder)
        .stderr(Stdio::inherit())
        .output()
        .context("start this program again")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> =
        text.split_whitespace().map(str::parse).collect::<Result<_, _>>().context("its figures")?;
    ensure!(output.status.success() && figures.len() == 7, "{work:?} failed: {text}");
    let [seconds, entries, items, edges, edge_bytes, memory_bytes, memory_most_bytes] = figures[..]
    else {
        return Ok(Said::default());
    };
    Ok(Said { seconds, entries, items, edges, edge_bytes, memory_bytes, memory_most_bytes })
}

/// The other side: does the work and says what it took.
pub(crate) fn work(work: ChildWork, folder: &Path) -> Result<()> {
    let began = Instant::now();
    let mut said = Said::default();
    match work {
        ChildWork::Open => {
            let plant = Plant::open(folder, &Options::default(), |_| ())?;
            said.seconds = began.elapsed().as_secs_f64();
            let state = plant.published().read();
            let count = |count: usize| u64::try_from(count).map(real);
            said.entries = real(state.next().0);
            said.items = count(state.item_count())?;
            said.edges = f64::from(state.graph().edge_count());
            said.edge_bytes = count(state.graph().edge_bytes())?;
            said.memory_bytes = memory("VmRSS:")?;
            said.memory_most_bytes = memory("VmHWM:")?;
        }
        ChildWork::Verify => {
            let report = engine::verify_folder(folder, &VerifyOptions::default(), &mut |_| ())?;
            ensure!(report.findings.is_empty(), "it does not verify: {:?}", report.findings);
            said.entries = real(report.size);
        }
        ChildWork::Refold => {
            let at = engine::refold(folder, &mut |_| ())?;
            said.entries = real(at.first().map_or(0, |at| at.position.0 + 1));
        }
    }
    if said.seconds == 0.0 {
        said.seconds = began.elapsed().as_secs_f64();
    }
    let Said { seconds, entries, items, edges, edge_bytes, memory_bytes, memory_most_bytes } = said;
    let figures = [seconds, entries, items, edges, edge_bytes, memory_bytes, memory_most_bytes];
    writeln!(std::io::stdout(), "{}", figures.map(|figure| figure.to_string()).join(" "))?;
    Ok(())
}

/// Units: bytes. Source: proc(5), `/proc/pid/status`.
fn memory(what: &str) -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status").context("read its memory")?;
    let line = text.lines().find_map(|line| line.strip_prefix(what)).context("no such line")?;
    let kilobytes: u64 = line.split_whitespace().next().context("no number")?.parse()?;
    Ok(real(kilobytes * 1024))
}
