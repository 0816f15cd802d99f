//! What one fact says about what went into what.
//!
//! Edges run from input to output. All kinds here spread suspicion; packing and shipping only
//! locate and make no edge. Backflush is not said by one fact alone: see [`crate::backflush`]; nor
//! is a transformation told in parts: see [`links_across`].

use alloc::vec::Vec;

use crate::act::{Act, Choice, Consume, either};
use crate::entry::Entry;
use crate::noun::{Amount, Interval, ItemId, Time};

/// How an input went into an output.
#[expect(clippy::module_name_repetitions, reason = "other crates have kinds of their own")]
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum EdgeKind {
    /// Used up by quantity.
    Consumed,
    /// Fitted as a component; can be removed again.
    Installed,
    /// Turned into it irreversibly.
    Transformed,
    /// Parted off it: a sub-lot, a board of a panel.
    Split,
    /// Joined into it.
    Merged,
    /// Belongs to the lot.
    Member,
}

impl EdgeKind {
    /// The word for it in a path.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consumed => "consumed",
            Self::Installed => "installed",
            Self::Transformed => "transformed",
            Self::Split => "split",
            Self::Merged => "merged",
            Self::Member => "member",
        }
    }

    /// Whether the input stays inside the output, so what happens to it later matters too.
    #[must_use]
    pub const fn stays(self) -> bool {
        matches!(self, Self::Installed)
    }
}

/// One of several candidates for the same material.
///
/// Shape: candidates with the same entry and line belong together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Group {
    /// Which of the entry's uses, from 0.
    pub line: u32,
    /// Whether it was one of them or a mix.
    pub mix: bool,
}

/// One input of one output, as one fact says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// What went in.
    pub input: ItemId,
    /// What it went into.
    pub output: ItemId,
    /// How.
    pub kind: EdgeKind,
    /// How much of the input, in its base unit.
    pub quantity: Amount,
    /// When.
    pub performed: Interval,
    /// The candidates it belongs to; absent: it is proven.
    pub group: Option<Group>,
}

/// A component that came out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// What came out.
    pub input: ItemId,
    /// Out of what.
    pub output: ItemId,
    /// How much of it, in its base unit.
    pub quantity: Amount,
    /// When.
    pub performed: Interval,
}

/// The links a fact makes by itself.
#[must_use]
pub fn links_of(entry: &Entry) -> Vec<Link> {
    let performed = entry.context.performed;
    let link = |input, output, kind, quantity| Link {
        input,
        output,
        kind,
        quantity,
        performed,
        group: None,
    };
    match &entry.fact {
        Act::Create(create) => entry
            .born()
            .flat_map(|id| {
                let lot = create.lot.map(|lot| link(lot, id, EdgeKind::Member, Amount::ONE));
                // A board takes part in its panel until they are parted: what the panel takes
                // later reaches it too, and nothing is put on a panel once it is cut up.
                let panel = create.panel.map(|panel| Link {
                    performed: Interval { from: performed.from, to: Time::MAX },
                    ..link(panel, id, EdgeKind::Split, Amount::ONE)
                });
                lot.into_iter().chain(panel)
            })
            .collect(),
        Act::Assign(assign) => assign.lot.map_or_else(Vec::new, |lot| {
            assign.items.iter().map(|id| link(lot, *id, EdgeKind::Member, Amount::ONE)).collect()
        }),
        Act::Split(split) => entry
            .born()
            .zip(&split.into)
            .map(|(id, parted)| link(split.lot, id, EdgeKind::Split, parted.quantity))
            .collect(),
        Act::Merge(merge) => entry
            .born()
            .flat_map(|id| merge.lots.iter().map(move |portion| (id, portion)))
            .map(|(id, portion)| {
                link(portion.item, id, EdgeKind::Merged, portion.quantity.unwrap_or_default())
            })
            .collect(),
        Act::Install(v) => {
            let quantity = v.quantity.unwrap_or(Amount::ONE);
            alloc::vec![link(v.component, v.parent, EdgeKind::Installed, quantity)]
        }
        Act::Replace(v) => {
            let quantity = v.quantity.unwrap_or(Amount::ONE);
            alloc::vec![link(v.new, v.parent, EdgeKind::Installed, quantity)]
        }
        Act::Consume(consume) => consumed(consume, performed),
        Act::Transform(v) => v
            .outputs
            .iter()
            .flat_map(|out| v.inputs.iter().map(move |portion| (*out, portion)))
            .map(|(out, portion)| {
                let quantity = portion.quantity.unwrap_or(Amount::ONE);
                link(portion.item, out, EdgeKind::Transformed, quantity)
            })
            .collect(),
        either!(
            parties definitions labels quantities loadings moves decisions notes masters workings
            Receive Step Remove StartWork AssignMaster OpenNonconformance Dispose Release
        ) => Vec::new(),
    }
}

/// What two facts about one run say together: the inputs of each are in the outputs of the other.
///
/// The two are read as one process, so a link can have come about at any moment from the earlier
/// to the later of them. Source: GS1 EPCIS 2.0 §7.4.6, transformationID.
#[must_use]
pub fn links_across(one: &Entry, other: &Entry) -> Vec<Link> {
    let (Act::Transform(first), Act::Transform(second)) = (&one.fact, &other.fact) else {
        return Vec::new();
    };
    if first.run.is_none() || first.run != second.run {
        return Vec::new();
    }
    let (early, late) = (one.context.performed, other.context.performed);
    let performed = Interval { from: early.from.min(late.from), to: early.to.max(late.to) };
    let pairs = [(&first.inputs, &second.outputs), (&second.inputs, &first.outputs)];
    pairs
        .into_iter()
        .flat_map(|(inputs, outputs)| outputs.iter().map(move |output| (inputs, *output)))
        .flat_map(|(inputs, output)| inputs.iter().map(move |portion| (portion, output)))
        // What went in and came out again was worked on.
        .filter(|(portion, output)| portion.item != *output)
        .map(|(portion, output)| Link {
            input: portion.item,
            output,
            kind: EdgeKind::Transformed,
            quantity: portion.quantity.unwrap_or(Amount::ONE),
            performed,
            group: None,
        })
        .collect()
}

fn consumed(consume: &Consume<ItemId>, performed: Interval) -> Vec<Link> {
    let candidates = consume.from.len() > 1;
    let mut links = Vec::with_capacity(consume.from.len().saturating_mul(consume.into.len()));
    for (line, output) in (0_u32..).zip(&consume.into) {
        for input in &consume.from {
            links.push(Link {
                input: *input,
                output: *output,
                kind: EdgeKind::Consumed,
                quantity: consume.quantity,
                performed,
                group: candidates.then_some(Group { line, mix: consume.choice == Choice::Mix }),
            });
        }
    }
    links
}

/// The component a fact takes out, if it takes one out.
#[must_use]
pub fn removal_of(entry: &Entry) -> Option<Removal> {
    let performed = entry.context.performed;
    let removal = |input, output, quantity: Option<Amount>| {
        Some(Removal { input, output, quantity: quantity.unwrap_or(Amount::ONE), performed })
    };
    match &entry.fact {
        Act::Remove(v) => removal(v.component, v.parent, v.quantity),
        Act::Replace(v) => removal(v.old, v.parent, v.quantity),
        either!(
            parties definitions labels quantities loadings moves decisions notes masters workings
            Create Receive Split Merge Assign Step Install Consume Transform StartWork
            AssignMaster OpenNonconformance Dispose Release
        ) => None,
    }
}
