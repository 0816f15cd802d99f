//! The answer of a trace, written straight from the state into the bytes that are sent.
//!
//! An answer may have a hundred thousand items, so nothing is made for one that is thrown away
//! again. The answer is read back as [`TraceAnswer`](super::TraceAnswer) where a value is wanted:
//! there is one shape of it, and one place that makes it.

use domain::item::ItemState;
use domain::{ItemId, Part};
use genealogy::{Certainty, EdgeIndex, ItemIndex, Numbering, Reached, Trace};

use crate::json::Json;
use crate::query::line::{ItemName, Reason};
use crate::query::seen::Seen;
use crate::starts::Found;

/// Room for an item of an answer and for a step. Units: bytes.
const ITEM_BYTES: usize = 320;
const STEP_BYTES: usize = 200;
/// Items whose memory is asked for together, so that it is waited for once.
const TOGETHER: usize = 64;

/// What a trace reached, as it is written.
pub(super) struct Writing<'s> {
    seen: &'s Seen<'s>,
    trace: &'s Trace,
    found: &'s Found,
    numbering: Numbering,
    items: Json,
    steps: Json,
    /// Items of steps that are not seen by themselves.
    unseen: Vec<ItemName>,
    /// The last part, and its JSON: items of a part mostly stand together.
    part: Option<(&'s Part, Vec<u8>)>,
    lot: Option<(ItemId, Vec<u8>)>,
    path: Vec<u32>,
    words: String,
}

impl<'s> Writing<'s> {
    pub(super) fn of(seen: &'s Seen<'s>, trace: &'s Trace, found: &'s Found) -> Self {
        let count = trace.reached.len();
        Self {
            seen,
            trace,
            found,
            numbering: Numbering::of(trace),
            items: Json::with_capacity(count.saturating_mul(ITEM_BYTES + STEP_BYTES)),
            steps: Json::with_capacity(count.saturating_mul(STEP_BYTES)),
            unseen: Vec::new(),
            part: None,
            lot: None,
            path: Vec::new(),
            words: String::new(),
        }
    }

    /// All that was reached, after `before`, which begins an object.
    pub(super) fn written(mut self, before: &[u8]) -> Json {
        self.items.again(before);
        self.items.raw(r#","items":["#);
        let begin = self.items.len();
        let trace = self.trace;
        for some in trace.reached.chunks(TOGETHER) {
            let items = self.asked_for(some);
            for (reached, item) in some.iter().zip(items) {
                self.reached(reached, item, begin);
            }
        }
        self.items.raw(r#"],"steps":["#);
        self.items.again(self.steps.since(0));
        self.items.raw("]");
        if !self.unseen.is_empty() {
            self.items.raw(r#","unseen":"#);
            self.items.value(&self.unseen);
        }
        self.items.raw(if trace.truncated {
            r#","truncated":true}"#
        } else {
            r#","truncated":false}"#
        });
        self.items
    }

    /// The items of some lines. What will be read of each is touched for all of them before any is
    /// written, one kind of thing after the other: so memory brings many at the same time.
    fn asked_for(&self, some: &[Reached]) -> Vec<Option<&'s ItemState>> {
        let seen = self.seen;
        let items: Vec<_> = some.iter().map(|reached| seen.item(reached.item)).collect();
        let outer: Vec<_> = items.iter().map(|item| seen.directly_in((*item)?)).collect();
        let each = items.iter().chain(&outer).flatten();
        let names = each.map(|item| item.names.first().map_or(0, |name| name.added.position.0));
        let names = names.fold(0, u64::wrapping_add);
        let each = items.iter().chain(&outer).flatten();
        let first = |item: &&ItemState| item.names.first()?.identifier.value.bytes().next();
        let values = each.filter_map(first).fold(0, u8::wrapping_add);
        std::hint::black_box((names, values));
        items
    }

    fn reached(&mut self, reached: &Reached, item: Option<&'s ItemState>, begin: usize) {
        let index = reached.item;
        let Some(item) = item else {
            return self.unseen.push(self.seen.name(index));
        };
        if reached.via.is_none() {
            return;
        }
        if self.items.len() > begin {
            self.items.raw(",");
        }
        self.line(reached, item);
        self.walk(reached);
        if let Some(reason) = self.reason(reached) {
            self.items.raw(r#","reason":"#);
            self.items.value(&reason);
        }
        self.belongs(item);
        self.items.raw("}");
    }

    /// What it is, how sure it is concerned, how it stands and where.
    fn line(&mut self, reached: &Reached, item: &'s ItemState) {
        let (json, words) = (&mut self.items, &mut self.words);
        let serial = item.name_in(domain::scheme::SERIAL_NUMBER);
        json.raw(r#"{"id":"#);
        json.id(item.id);
        json.raw(r#","kind":""#);
        json.raw(item.kind.word());
        match serial {
            Some(serial) => {
                json.raw(r#"","serialNumber":"#);
                json.text(serial);
            }
            None => json.raw(r#"","serialNumber":null"#),
        }
        json.raw(r#","label":"#);
        json.text(&item.called());
        if let Some(part) = &item.part.value {
            json.raw(r#","part":"#);
            match &self.part {
                Some((last, written)) if *last == part => json.again(written),
                _ => {
                    let begin = json.len();
                    json.value(part);
                    self.part = Some((part, json.since(begin).to_vec()));
                }
            }
        }
        json.raw(match reached.certainty {
            Certainty::Proven => r#","certainty":"proven","status":""#,
            Certainty::Possible => r#","certainty":"possible","status":""#,
        });
        self.seen.placed(reached.item, item, |placed, status| {
            json.raw(status.word());
            json.raw(r#"","where":"#);
            placed.write(json, words);
        });
    }

    /// Its evidence path: which of the steps, in the order they were walked.
    fn walk(&mut self, reached: &Reached) {
        let Self { seen, trace, numbering, items, steps, path, .. } = self;
        numbering.walk(trace, reached, path, |edge| step(seen, edge, steps));
        let mut before = r#","path":["#;
        for number in path {
            items.raw(std::mem::replace(&mut before, ","));
            items.number(u64::from(*number));
        }
        items.raw("]");
    }

    /// Why it is possible.
    fn reason(&self, reached: &Reached) -> Option<Reason> {
        if reached.certainty == Certainty::Proven {
            return None;
        }
        if let Some(edge) = self.trace.doubt(reached.item) {
            return Some(self.seen.doubt(edge));
        }
        // Where no edge leaves it open, the start did.
        let first = self.trace.path(reached.item).first().copied()?;
        let edge = self.seen.state.graph().edge(first);
        let start = [edge.input, edge.output].into_iter().find_map(|at| self.found.get(&at))?;
        self.seen.standing(&start.standing).1
    }

    /// The lot and the order it belongs to.
    fn belongs(&mut self, item: &ItemState) {
        if let Some(lot) = item.lot.value
            && let Some(index) = self.seen.index_of(lot)
        {
            self.items.raw(r#","lot":"#);
            match &self.lot {
                Some((last, written)) if *last == lot => self.items.again(written),
                _ => {
                    let begin = self.items.len();
                    self.items.value(&self.seen.name(index));
                    self.lot = Some((lot, self.items.since(begin).to_vec()));
                }
            }
        }
        if let Some(order) = &item.order.value {
            self.items.raw(r#","order":"#);
            self.items.text(order.as_str());
        }
    }
}

/// A step of evidence paths.
fn step(seen: &Seen<'_>, index: EdgeIndex, json: &mut Json) {
    let graph = seen.state.graph();
    let edge = graph.edge(index);
    json.raw(if json.len() > 0 { r#",{"from":"# } else { r#"{"from":"# });
    id(seen, edge.input, json);
    json.raw(r#","to":"#);
    id(seen, edge.output, json);
    json.raw(r#","how":""#);
    json.raw(edge.kind.word());
    json.raw(r#"","quantity":"#);
    json.amount(edge.quantity);
    json.raw(r#","performed":"#);
    json.interval(edge.performed);
    json.raw(r#","position":"#);
    json.number(edge.source.0);
    json.raw(if graph.is_proven(index, seen.view) {
        r#","certain":true"#
    } else {
        r#","certain":false"#
    });
    if let Some(removed) = graph.removal(index, seen.view) {
        json.raw(r#","removed":"#);
        json.interval(removed.performed);
    }
    json.raw("}");
}

fn id(seen: &Seen<'_>, index: ItemIndex, json: &mut Json) {
    let item = seen.state.at(index).expect("invariant: the graph names items of the state");
    json.id(item.id);
}
