//! A history told to a plant, and the entries it wrote.

use domain::entry::Entry;
use domain::{Answer, Command, Position};
use engine::state::Entries;
use engine::{Options, Plant};
use proptest::test_runner::TestCaseError;
use tempfile::TempDir;

use crate::history::History;

/// A plant after a history.
pub(crate) struct Told {
    pub(crate) folder: TempDir,
    pub(crate) plant: Plant,
    /// The facts of its ledger.
    pub(crate) facts: Facts,
    /// What was said to it.
    pub(crate) commands: Vec<Command>,
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
pub(crate) fn tell(history: &History) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let plant = open(&folder);
    let mut commands = Vec::new();
    history.tell(|more| {
        let replies = plant.submit_all(more.clone(), "history").unwrap();
        plant.published().wait_for(replies.last().unwrap().position).unwrap();
        if commands.is_empty() {
            let first = &replies[0].answer;
            assert!(matches!(first, Answer::Admitted(_)), "the plant begins: {first:?}");
        }
        commands.extend(more);
        facts(&plant).0
    });
    let facts = facts(&plant);
    Told { folder, plant, facts, commands }
}

/// The facts of a plant's ledger.
pub(crate) fn facts(plant: &Plant) -> Facts {
    let source = plant.source().unwrap();
    let size = plant.published().read().next();
    Facts((0..size.0).filter_map(|at| source.entry(Position(at)).unwrap()).collect())
}

/// Why a history failed, with what was told.
pub(crate) fn said(why: &TestCaseError, commands: &[Command]) -> TestCaseError {
    let mut text = why.to_string();
    for command in commands.iter().skip(1) {
        let (mode, acts) = (command.mode, serde_json::to_string(&command.acts).unwrap());
        text.push_str(&format!("\n{mode:?} {} {acts}", command.performed.unwrap()));
    }
    TestCaseError::fail(text)
}
