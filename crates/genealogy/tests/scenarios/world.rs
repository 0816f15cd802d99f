//! Reads what happened.

use std::collections::BTreeMap;

use domain::edge::{EdgeKind, Group};
use domain::noun::{Amount, Interval, Part, PartNumber, Position, Time};
use genealogy::{Catalog, Certainty, Edge, EdgeIndex, Graph, ItemIndex, Line, Removed, Start};

/// All that was told so far.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) graph: Graph,
    pub(crate) names: Vec<String>,
    items: Vec<Thing>,
    boms: BTreeMap<Part, Vec<Line>>,
    decisions: BTreeMap<(ItemIndex, ItemIndex), Position>,
    labels: BTreeMap<String, Vec<EdgeIndex>>,
    known: BTreeMap<String, Position>,
    position: u64,
}

#[derive(Debug)]
struct Thing {
    part: Option<Part>,
    pieces: Amount,
    since: Interval,
    left: Option<Interval>,
}

pub(crate) fn interval(text: &str) -> Interval {
    let time = |text: &str| Time(text.parse().unwrap_or_else(|_| panic!("a time, not {text:?}")));
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    Interval { from: time(from), to: time(to) }
}

impl World {
    pub(crate) fn item(&self, name: &str) -> ItemIndex {
        let place = self.names.iter().position(|known| known == name);
        let place = place.unwrap_or_else(|| panic!("{name:?} is not an item"));
        ItemIndex(u32::try_from(place).unwrap())
    }

    pub(crate) fn start(&self, text: &str) -> Start {
        let (text, certainty) = match text.strip_suffix('?') {
            Some(text) => (text, Certainty::Possible),
            None => (text, Certainty::Proven),
        };
        let (name, bound) = match text.split_once('@') {
            Some((name, at)) => (name, Some(interval(at).from)),
            None => (text, None),
        };
        Start { item: self.item(name), bound, certainty }
    }

    pub(crate) fn known(&self, name: &str) -> Position {
        self.known[name]
    }

    pub(crate) fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["item", rest @ ..] => self.hear_items(rest),
            ["bom", part, "=", lines @ ..] => {
                let lines = lines.iter().map(|line| self.line(line)).collect();
                self.boms.insert(part.parse().unwrap(), lines);
            }
            ["known", name] => {
                self.known.insert((*name).to_owned(), Position(self.position));
            }
            ["withdraw", label] => {
                let at = self.next();
                for edge in &self.labels[*label] {
                    self.graph.kill(*edge, at);
                }
            }
            ["clear", items @ .., "of", of] => {
                let at = self.next();
                for item in items {
                    self.decisions.insert((self.item(item), self.item(of)), at);
                }
            }
            [when, "removed", input, "from", output] => self.hear_removed(when, input, output),
            [when, kind, input, "->", outputs, rest @ ..] => {
                let kind = kind_called(kind);
                self.hear_went((interval(when), kind), input, outputs, rest);
            }
            _ => panic!("cannot read {line:?}"),
        }
    }

    fn next(&mut self) -> Position {
        self.position += 1;
        Position(self.position)
    }

    fn line(&self, text: &str) -> Line {
        let mut parts = text.split('|');
        let (part, quantity) = parts.next().unwrap().split_once('*').unwrap();
        Line {
            part: part.parse().unwrap(),
            accepts: parts.map(|part| part.parse().unwrap()).collect(),
            quantity: quantity.parse().unwrap(),
        }
    }

    fn hear_items(&mut self, words: &[&str]) {
        let colon = words.iter().position(|word| *word == ":").expect("items : part");
        let (names, about) = words.split_at(colon);
        for name in names {
            let part = (about[1] != "-").then(|| about[1].parse().unwrap());
            let mut thing =
                Thing { part, pieces: Amount::ONE, since: Interval::at(Time(0)), left: None };
            for pair in about[2..].chunks(2) {
                match pair {
                    ["pieces", n] => thing.pieces = n.parse().unwrap(),
                    ["since", t] => thing.since = interval(t),
                    ["left", t] => thing.left = Some(interval(t)),
                    _ => panic!("cannot read {pair:?}"),
                }
            }
            self.names.push((*name).to_owned());
            self.items.push(thing);
        }
    }

    fn hear_went(
        &mut self,
        (performed, kind): (Interval, EdgeKind),
        inputs: &str,
        outputs: &str,
        rest: &[&str],
    ) {
        let at = self.next();
        let mix = inputs.contains('&');
        let several = mix || inputs.contains('|');
        let mut quantity = Amount::ONE;
        let mut label = String::new();
        for word in rest {
            match word.strip_prefix('#') {
                Some(name) => name.clone_into(&mut label),
                None => quantity = word.parse().unwrap(),
            }
        }
        for (output, line) in outputs.split(',').zip(0..) {
            for input in inputs.split(['|', '&']) {
                let edge = self.graph.add(Edge {
                    input: self.item(input),
                    output: self.item(output),
                    kind,
                    quantity,
                    performed,
                    source: at,
                    group: several.then_some(Group { line, mix }),
                    born: at,
                    died: None,
                    removed: None,
                });
                self.labels.entry(label.clone()).or_default().push(edge);
            }
        }
    }

    fn hear_removed(&mut self, when: &str, input: &str, output: &str) {
        let by = self.next();
        let performed = interval(when);
        let input = self.item(input);
        let edge = self.graph.inputs(self.item(output)).find(|edge| {
            let edge = self.graph.edge(*edge);
            edge.input == input && edge.removed.is_none() && edge.died.is_none()
        });
        self.graph.set_removed(edge.expect("it is in there"), Some(Removed { performed, by }));
    }
}

fn kind_called(word: &str) -> EdgeKind {
    let kinds = [
        EdgeKind::Consumed,
        EdgeKind::Installed,
        EdgeKind::Transformed,
        EdgeKind::Split,
        EdgeKind::Merged,
        EdgeKind::Member,
    ];
    let kind = kinds.into_iter().find(|kind| kind.word() == word);
    kind.unwrap_or_else(|| panic!("{word:?} is no kind of edge"))
}

impl Catalog for World {
    fn part(&self, item: ItemIndex) -> Option<&Part> {
        self.items[item.0 as usize].part.as_ref()
    }

    fn lines(&self, part: &Part) -> Option<Vec<Line>> {
        self.boms.get(part).cloned()
    }

    fn items_of(&self, number: &PartNumber) -> Vec<ItemIndex> {
        let all = (0..).map(ItemIndex).zip(&self.items);
        let of = all.filter(|(_, thing)| thing.part.as_ref().is_some_and(|p| p.number == *number));
        of.map(|(item, _)| item).collect()
    }

    fn parts_with_bom(&self) -> Vec<Part> {
        self.boms.keys().cloned().collect()
    }

    fn existed(&self, item: ItemIndex) -> Interval {
        self.items[item.0 as usize].since
    }

    fn left(&self, item: ItemIndex) -> Option<Interval> {
        self.items[item.0 as usize].left
    }

    fn cleared(&self, item: ItemIndex, of: ItemIndex) -> Option<Position> {
        self.decisions.get(&(item, of)).copied()
    }

    fn pieces(&self, item: ItemIndex) -> Amount {
        self.items[item.0 as usize].pieces
    }
}
