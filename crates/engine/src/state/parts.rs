//! Transformations told in parts: the facts of one run, and what they say together.
//!
//! A fact that tells a part of a run links with every other live one, in whatever order they come.
//! An edge between two of them stands from the later one on, and ends when either is superseded.

use domain::act::{Act, Transform};
use domain::edge::{EdgeKind, Link, links_across};
use domain::entry::Entry;
use domain::{Position, RunCode};
use genealogy::ItemIndex;

use super::{Entries, State};

impl State {
    /// The live facts that tell parts of a run.
    pub(super) fn parts_told(&self, run: &RunCode, entries: &dyn Entries) -> Vec<Entry> {
        let told = self.parts.get(run).into_iter().flatten();
        let live = told.filter(|position| !self.superseded.contains_key(position));
        live.filter_map(|position| entries.entry(*position)).collect()
    }

    /// Links what a fact tells of a run with what was told of it before.
    pub(super) fn applied_parts(
        &mut self,
        entry: &Entry,
        entries: &dyn Entries,
        changed: &mut Vec<ItemIndex>,
    ) {
        let Some(run) = run_of(entry).cloned() else { return };
        for earlier in self.parts_told(&run, entries) {
            for link in links_across(&earlier, entry) {
                let linked = self.link(&link, entry.position, entry.position);
                changed.extend(linked.map(|(input, _)| input));
            }
        }
        self.parts.entry(run.clone()).or_default().push(entry.position);
        self.note(|changes| changes.parts(&run));
        self.undo(move |state| {
            let told = state.parts.entry(run.clone()).or_default();
            told.pop();
            if told.is_empty() {
                state.parts.remove(&run);
            }
        });
    }

    /// Ends what a superseded fact said together with later ones; what it said with earlier ones
    /// ends with its own edges.
    pub(super) fn end_parts(&mut self, old: &Entry, at: Position, entries: &dyn Entries) {
        let Some(run) = run_of(old).cloned() else { return };
        for later in self.parts_told(&run, entries) {
            if later.position > old.position {
                let links = links_across(old, &later);
                links.iter().for_each(|link| self.end_link(link, later.position, at));
            }
        }
    }

    fn end_link(&mut self, link: &Link, source: Position, at: Position) {
        let (input, output) = (self.index_of(link.input), self.index_of(link.output));
        let Some(output) = output else { return };
        let found = self.graph.inputs(output).find(|edge_at| {
            let edge = self.graph.edge(*edge_at);
            edge.source == source
                && edge.kind == EdgeKind::Transformed
                && Some(edge.input) == input
                && (edge.quantity, edge.performed) == (link.quantity, link.performed)
                && self.live(*edge_at)
        });
        if let Some(edge_at) = found {
            self.kill_edge(edge_at, at);
        }
    }
}

fn run_of(entry: &Entry) -> Option<&RunCode> {
    match &entry.fact {
        Act::Transform(Transform { run, .. }) => run.as_ref(),
        _ => None,
    }
}
