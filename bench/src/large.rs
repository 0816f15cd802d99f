//! The plant of infusion pumps as a data folder, made once and kept.
//!
//! It is told by commands like any other, through the one write path: acts on many items make
//! many edges an entry, boards go into pumps and steps are done one by one. What is made is kept
//! under `target/bench-cache`, by format and size; a folder that was not finished is made anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use domain::Command;
use domain::act::{Act as Told, Worked};
use domain::command::ACTS_PER_COMMAND_MAX;
use domain::noun::{Identifier, ItemRef};
use engine::{Options, Plant};
use serde_json::json;

use crate::genealogy::{Act, Item, LINES, Made, UNITS, acts, blocks, name};
use crate::ours::{BY, admitted};
use crate::say;
use crate::spread::{number, real};

/// Blocks whose commands are ready before they are told.
const BLOCKS_AHEAD: usize = 2;
/// How often it is said how far the making is.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// How large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Edges, or a few more.
    pub(crate) edges: u32,
    /// Entries, or a few more; where the edges take more entries, as many as they take. None: a
    /// plant with so many edges that was kept will do.
    pub(crate) entries: Option<u64>,
}

/// The folder of that size; made where it is not there.
pub(crate) fn folder(cache: &Path, size: Size, rebuild: bool) -> Result<PathBuf> {
    let format = engine::state::FOLD_VERSION;
    let called = format!("pumps-{format}-{}-", size.edges);
    let kept = kept(cache, &called, size.entries)?.filter(|_| !rebuild);
    if let Some(path) = kept {
        say(&format!("the plant in {} is taken", path.display()))?;
        return Ok(path);
    }
    let entries = size.entries.unwrap_or_default();
    let called = format!("{called}{entries}");
    let path = cache.join(&called);
    fs::create_dir_all(cache).context("make the cache")?;
    let unfinished = cache.join(format!("{called}.unfinished"));
    for old in [&path, &unfinished] {
        if old.is_dir() {
            fs::remove_dir_all(old).context("remove the former folder")?;
        }
    }
    build(&unfinished, size.edges, entries)?;
    fs::rename(&unfinished, &path).context("keep the folder")?;
    Ok(path)
}

/// A finished folder of that name with so many entries, or with any number.
fn kept(cache: &Path, called: &str, entries: Option<u64>) -> Result<Option<PathBuf>> {
    if !cache.is_dir() {
        return Ok(None);
    }
    let fits = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_prefix(called)?.parse::<u64>().ok());
        number.is_some_and(|number| entries.is_none_or(|asked| asked == number))
    };
    let all = fs::read_dir(cache).context("look into the cache")?.flatten();
    Ok(all.map(|entry| entry.path()).find(fits))
}

/// Makes a plant: the commands of some blocks are made ready while those before are told.
fn build(path: &Path, edges: u32, entries: u64) -> Result<()> {
    let began = Instant::now();
    let plant = Plant::open(path, &Options::default(), |_| ())?;
    let mut size = tell(&plant, vec![definitions()?])?;
    let all = blocks(edges);
    let mut said = began;
    std::thread::scope(|scope| -> Result<()> {
        let (ready, told) = sync_channel(BLOCKS_AHEAD);
        // Ends when nobody takes what it makes any more.
        scope.spawn(move || (0..all).try_for_each(|block| ready.send(block_of(block)).ok()));
        let step = Step::new()?;
        for block in 0..all {
            size = tell(&plant, told.recv().context("make commands")??)?;
            // The steps still missing, spread over the blocks still to come.
            let missing = entries.saturating_sub(size);
            let natural = u64::from(UNITS) + 20;
            let extra = (missing / u64::from(all - block)).saturating_sub(natural);
            if extra > 0 {
                size = tell(&plant, step.commands(block, extra)?)?;
            }
            if said.elapsed() >= SAY_EVERY || block + 1 == all {
                said = Instant::now();
                progress((block + 1, all), (edges, size), began.elapsed())?;
            }
        }
        Ok(())
    })?;
    plant.published().wait_for(domain::Position(size))?;
    drop(plant);
    say(&format!("made in {} s, and kept", number(began.elapsed().as_secs_f64())))
}

fn progress((block, all): (u32, u32), (edges, size): (u32, u64), took: Duration) -> Result<()> {
    let took = took.as_secs_f64();
    let left = took / f64::from(block) * f64::from(all - block);
    say(&format!(
        "making a plant of {} edges: {} %, {} entries, {} a second, about {left:.0} s left",
        number(f64::from(edges)),
        block * 100 / all,
        number(real(size)),
        number(real(size) / took),
    ))
}

/// The commands of a block, without its steps.
fn block_of(block: u32) -> Result<Vec<Command>> {
    acts(block).into_iter().map(command).try_fold(Vec::new(), |mut all, commands| {
        all.extend(commands?);
        Ok(all)
    })
}

/// Tells commands; answers how many entries there are then.
fn tell(plant: &Plant, commands: Vec<Command>) -> Result<u64> {
    plant.submit_all(commands, BY)?.into_iter().try_fold(0, |last, reply| {
        admitted(&reply)?;
        Ok(reply.position.0.max(last))
    })
}

fn definitions() -> Result<Command> {
    let mut acts = vec![
        json!({"act": "defineParty", "code": "SUP", "name": "Supplier"}),
        json!({"act": "defineStation", "code": "ST-1", "name": "Assembly"}),
        json!({"act": "definePlace", "code": "STORE", "name": "Store"}),
    ];
    for part in ["BOARD", "PUMP"] {
        acts.push(json!({"act": "defineMaterial", "part": {"number": part}, "name": part,
            "tracking": "serial", "baseUnit": "ea"}));
    }
    for line in 0..LINES.len() {
        acts.push(json!({"act": "defineMaterial", "part": {"number": format!("M{line}")},
            "name": "Material", "tracking": "lot", "baseUnit": "ea"}));
    }
    for (made, part) in [(Made::Board, "BOARD"), (Made::Pump, "PUMP")] {
        let lines = LINES.iter().enumerate().filter(|(_, line)| line.into == made);
        let mut lines: Vec<_> = lines
            .map(|(line, _)| json!({"part": {"number": format!("M{line}")}, "quantity": 1}))
            .collect();
        if made == Made::Pump {
            lines.push(json!({"part": {"number": "BOARD"}, "quantity": 1}));
        }
        acts.push(json!({"act": "defineBom", "part": {"number": part}, "lines": lines}));
    }
    acts.push(json!({"act": "defineOrder", "code": "WO-1", "part": {"number": "PUMP"},
        "quantity": 1_000_000}));
    Ok(serde_json::from_value(json!({"acts": acts}))?)
}

fn serial(item: Item) -> String {
    format!("serial:{}", name(item))
}

fn units(made: Made, block: u32) -> impl Iterator<Item = Item> + Clone {
    (block * UNITS..(block + 1) * UNITS).map(move |number| Item::Unit { made, number })
}

/// The commands that tell an act.
fn command(act: Act) -> Result<Vec<Command>> {
    let lot = |line, lot| format!("lot:{}", name(Item::Lot { line, lot }));
    let told = match act {
        Act::Receive { line, lot } => {
            let code = Identifier::own("lotCode", &name(Item::Lot { line, lot }))?;
            let pieces = u64::from(LINES[line].blocks * UNITS) * 3;
            json!({"act": "receive", "kind": "lot", "part": {"number": format!("M{line}")},
                "supplier": "SUP", "accepted": true, "place": "STORE",
                "items": [{"identifiers": [code], "quantity": pieces.to_string()}]})
        }
        Act::Create { made, block } => {
            let item = |item| -> Result<_> {
                let identifier = Identifier::own("serialNumber", &name(item))?;
                Ok(json!({"identifiers": [identifier]}))
            };
            let items = units(made, block).map(item).collect::<Result<Vec<_>>>()?;
            let part = if made == Made::Board { "BOARD" } else { "PUMP" };
            let order = (made == Made::Pump).then_some("WO-1");
            json!({"act": "create", "kind": "unit", "part": {"number": part}, "items": items,
                "order": order})
        }
        Act::Consume { line, lot: taken, or, block } => {
            let from: Vec<String> =
                [Some(taken), or].into_iter().flatten().map(|taken| lot(line, taken)).collect();
            let into: Vec<String> = units(LINES[line].into, block).map(serial).collect();
            json!({"act": "consume", "from": from, "into": into, "quantity": "1"})
        }
        Act::Install { block } => return install(block),
    };
    Ok(vec![serde_json::from_value(json!({"acts": [told]}))?])
}

fn install(block: u32) -> Result<Vec<Command>> {
    let pairs: Vec<_> = units(Made::Board, block).zip(units(Made::Pump, block)).collect();
    let act = |(board, pump): &(Item, Item)| {
        let (component, parent) = (serial(*board), serial(*pump));
        json!({"act": "install", "parent": parent, "component": component})
    };
    let command = |pairs: &[(Item, Item)]| {
        let acts: Vec<_> = pairs.iter().map(act).collect();
        Ok(serde_json::from_value(json!({"acts": acts}))?)
    };
    pairs.chunks(ACTS_PER_COMMAND_MAX).map(command).collect()
}

/// A step on a pump, to be told over and over.
struct Step {
    command: Command,
    act: domain::act::Step<ItemRef>,
}

impl Step {
    fn new() -> Result<Self> {
        let mut command: Command = serde_json::from_value(json!({"station": "ST-1", "acts": [
            {"act": "step", "operation": "TEST", "outcome": "pass",
                "items": [{"item": "serial:P-0"}]}]}))?;
        match command.acts.pop() {
            Some(Told::Step(act)) => Ok(Self { command, act }),
            other => bail!("a step reads as {other:?}"),
        }
    }

    /// So many steps on the pumps of a block in turn.
    fn commands(&self, block: u32, count: u64) -> Result<Vec<Command>> {
        let mut pumps = units(Made::Pump, block).cycle();
        let mut acts = Vec::new();
        for _ in 0..count {
            let pump = pumps.next().context("a block has pumps")?;
            let mut act = self.act.clone();
            let item: ItemRef = serial(pump).parse().map_err(anyhow::Error::msg)?;
            act.items = vec![Worked { item, ..act.items.swap_remove(0) }];
            acts.push(Told::Step(act));
        }
        let command = |acts: &[_]| Command { acts: acts.to_vec(), ..self.command.clone() };
        Ok(acts.chunks(ACTS_PER_COMMAND_MAX).map(command).collect())
    }
}
