//! Which parts can contain a suspect's part, and the items of those parts.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use domain::noun::{Part, PartNumber};

use super::Suspicion;
use super::plan::{Plans, may_be};
use crate::edge::ItemIndex;

/// The parts a suspicion is about.
pub(super) struct Universe {
    /// Parts of the starts.
    suspects: BTreeSet<Part>,
    /// Parts that can contain one of them at any depth, by plan or as observed.
    above: BTreeSet<Part>,
}

impl Universe {
    pub(super) fn of(suspicion: &Suspicion<'_>, plans: &mut Plans<'_>) -> Self {
        let starts = suspicion.starts.iter();
        let suspects: BTreeSet<Part> =
            starts.filter_map(|start| suspicion.catalog.part(start.item)).cloned().collect();
        let users = users(suspicion, plans);
        let mut above = BTreeSet::new();
        let mut open: Vec<Part> = suspects.iter().cloned().collect();
        while let Some(part) = open.pop() {
            let planned = users.get(&part.number).into_iter().flatten();
            let planned = planned.filter(|(asked, _)| may_be(asked, &part));
            let planned = planned.map(|(_, user)| user.clone());
            let observed = observed(suspicion, &part);
            let found: BTreeSet<Part> =
                planned.chain(observed).filter(|user| !above.contains(user)).collect();
            above.extend(found.iter().cloned());
            open.extend(found.into_iter().filter(|user| !suspects.contains(user)));
        }
        Self { suspects, above }
    }

    /// Whether an item of that part can contain a suspect's part.
    pub(super) fn can_contain(&self, part: &Part) -> bool {
        among(&self.above, part)
    }

    /// Whether an item of that part can be or contain a suspect.
    pub(super) fn can_hold(&self, part: &Part) -> bool {
        among(&self.suspects, part) || self.can_contain(part)
    }

    /// Every item that could contain a suspect, by index.
    pub(super) fn items(&self, suspicion: &Suspicion<'_>, plans: &mut Plans<'_>) -> Vec<ItemIndex> {
        let Suspicion { catalog, view, .. } = suspicion;
        let numbers: BTreeSet<&PartNumber> = self.above.iter().map(|part| &part.number).collect();
        let mut items = Vec::new();
        for item in numbers.into_iter().flat_map(|number| catalog.items_of(number)) {
            let planned = catalog
                .part(item)
                .is_some_and(|part| self.can_contain(part) && plans.of(part).is_some());
            if planned && view.includes(catalog.existed(item)) {
                items.push(item);
            }
        }
        items.sort_unstable();
        items.dedup();
        items
    }
}

fn among(parts: &BTreeSet<Part>, part: &Part) -> bool {
    let least = Part { number: part.number.clone(), revision: None };
    let mut same_number = parts.range(least..).take_while(|other| other.number == part.number);
    same_number.any(|other| may_be(other, part))
}

/// For each part number: which part is asked for by whose bill of material.
fn users(
    suspicion: &Suspicion<'_>,
    plans: &mut Plans<'_>,
) -> BTreeMap<PartNumber, Vec<(Part, Part)>> {
    let mut users: BTreeMap<PartNumber, Vec<(Part, Part)>> = BTreeMap::new();
    for user in suspicion.catalog.parts_with_bom() {
        for line in plans.of(&user).iter().flat_map(|plan| plan.iter()) {
            for part in line.parts() {
                let asked = users.entry(part.number.clone()).or_default();
                asked.push((part.clone(), user.clone()));
            }
        }
    }
    users
}

/// The parts of items that took an item of this part, seen through items without a part.
fn observed(suspicion: &Suspicion<'_>, part: &Part) -> BTreeSet<Part> {
    let Suspicion { graph, catalog, view, .. } = *suspicion;
    let is_of_part = |item: &ItemIndex| catalog.part(*item).is_some_and(|of| may_be(of, part));
    let mut open: Vec<ItemIndex> =
        catalog.items_of(&part.number).into_iter().filter(is_of_part).collect();
    let mut without_part = BTreeSet::new();
    let mut takers = BTreeSet::new();
    while let Some(item) = open.pop() {
        for edge in graph.outputs(item).filter(|edge| graph.is_visible(*edge, view)) {
            let output = graph.hop(edge).output;
            match catalog.part(output) {
                Some(taker) if taker.number == part.number || takers.contains(taker) => {}
                Some(taker) => {
                    takers.insert(taker.clone());
                }
                None if without_part.insert(output) => open.push(output),
                None => {}
            }
        }
    }
    takers
}
