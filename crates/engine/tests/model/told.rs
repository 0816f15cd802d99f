//! A history told to a plant, and the entries it wrote.

use domain::entry::Entry;
use domain::{Answer, Command, Position};
use engine::state::Entries;
use engine::{Options, Plant};
use tempfile::TempDir;

use crate::history;

/// A plant after a history.
pub(crate) struct Told {
    pub(crate) folder: TempDir,
    pub(crate) plant: Plant,
    /// The facts of its ledger.
    pub(crate) facts: Facts,
}

/// Entries of a ledger in memory.
pub(crate) struct Facts(pub(crate) Vec<Entry>);

impl Entries for Facts {
    fn entry(&self, position: Position) -> Option<Entry> {
        self.0.iter().find(|entry| entry.position == position).cloned()
    }
}

/// Opens the plant of a folder.
pub(crate) fn open(folder: &TempDir) -> Plant {
    Plant::open(&folder.path().join("plant"), &Options::default(), |_| {}).unwrap()
}

/// Tells a history to a new plant.
pub(crate) fn tell(commands: &[Command]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let plant = open(&folder);
    let all = history::first().into_iter().chain(commands.iter().cloned()).collect();
    let replies = plant.submit_all(all, "history").unwrap();
    let first = &replies[0].answer;
    assert!(matches!(first, Answer::Admitted(_)), "the plant begins: {first:?}");
    plant.published().wait_for(replies.last().unwrap().position).unwrap();
    let facts = facts(&plant);
    Told { folder, plant, facts }
}

/// The facts of a plant's ledger.
pub(crate) fn facts(plant: &Plant) -> Facts {
    let source = plant.source().unwrap();
    let size = plant.published().read().next();
    Facts((0..size.0).filter_map(|at| source.entry(Position(at)).unwrap()).collect())
}
