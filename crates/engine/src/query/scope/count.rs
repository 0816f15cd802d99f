//! How many items are what, and who has them.

use std::collections::{BTreeMap, BTreeSet};

use domain::act::Kind;
use domain::{ItemId, Part, PartyCode, ShipmentCode};

use super::{Consignee, PartCount, Summary};
use crate::query::line::{Certainty, ItemLine, ItemName};
use crate::query::seen::Seen;
use crate::query::whereabouts::WhereKind;

/// What one party has.
#[derive(Default)]
struct Delivered {
    shipments: BTreeSet<ShipmentCode>,
    proven: usize,
    possible: usize,
    items: Vec<ItemName>,
}

impl Delivered {
    fn add(&mut self, line: &ItemLine) {
        match line.certainty {
            Certainty::Proven => self.proven += 1,
            Certainty::Possible => self.possible += 1,
            Certainty::Cleared => {}
        }
        let ItemLine { id, kind, label, .. } = line;
        self.items.push(ItemName { id: *id, kind: *kind, label: label.clone() });
    }
}

impl Seen<'_> {
    /// Counts of items.
    pub(in crate::query) fn summary(&self, lines: &[&ItemLine]) -> Summary {
        let mut summary = Summary::default();
        let mut parts: BTreeMap<Option<&Part>, (usize, usize, usize)> = BTreeMap::new();
        for line in lines {
            let of_part = parts.entry(line.part.as_ref()).or_default();
            let (all, of_part) = match line.certainty {
                Certainty::Proven => (&mut summary.proven, &mut of_part.0),
                Certainty::Possible => (&mut summary.possible, &mut of_part.1),
                Certainty::Cleared => (&mut summary.cleared, &mut of_part.2),
            };
            *all += 1;
            *of_part += 1;
            summary.units += usize::from(line.kind == Kind::Unit);
            summary.lots += usize::from(line.kind == Kind::Lot);
            if line.certainty != Certainty::Cleared {
                *summary.by_status.entry(line.status).or_default() += 1;
                *summary.by_where.entry(line.place.kind).or_default() += 1;
            }
        }
        let masters = self.state.masters();
        let counted = parts.into_iter().map(|(part, (proven, possible, cleared))| PartCount {
            part: part.cloned(),
            name: part.and_then(|part| masters.material(part)).map(|found| found.name.clone()),
            proven,
            possible,
            cleared,
        });
        summary.by_part = counted.collect();
        summary
    }

    /// Who has items that are not cleared, by party.
    pub(in crate::query) fn consignees(&self, lines: &[&ItemLine]) -> Vec<Consignee> {
        let open = lines
            .iter()
            .filter(|line| line.certainty != Certainty::Cleared && !line.kind.is_container());
        let ids: BTreeSet<ItemId> = open.clone().map(|line| line.id).collect();
        let mut parties: BTreeMap<PartyCode, Delivered> = BTreeMap::new();
        for line in open {
            let of_another =
                |within: &crate::query::Within| within.installed && ids.contains(&within.id);
            if line.place.within.iter().any(of_another) {
                continue;
            }
            for (party, shipments) in self.delivered_to(line) {
                let delivered = parties.entry(party).or_default();
                delivered.shipments.extend(shipments);
                delivered.add(line);
            }
        }
        let masters = self.state.masters();
        let consignee = |(party, delivered): (PartyCode, Delivered)| {
            let known = masters.parties.get(&party);
            Consignee {
                name: known.map(|party| party.name.clone()),
                place: known.and_then(|party| party.place.clone()),
                country: known.and_then(|party| party.country.clone()),
                shipments: delivered.shipments.into_iter().collect(),
                proven: delivered.proven,
                possible: delivered.possible,
                items: delivered.items,
                party,
            }
        };
        parties.into_iter().map(consignee).collect()
    }

    /// To whom an item went; a lot may have gone to several.
    fn delivered_to(&self, line: &ItemLine) -> BTreeMap<PartyCode, BTreeSet<ShipmentCode>> {
        let mut parties: BTreeMap<PartyCode, BTreeSet<ShipmentCode>> = BTreeMap::new();
        if line.kind == Kind::Lot {
            let index = self.index_of(line.id);
            let item = index.and_then(|index| Some((index, self.item(index)?)));
            let delivered = item.map(|(index, item)| self.delivered(index, item));
            for (party, shipment) in delivered.unwrap_or_default().into_keys() {
                parties.entry(party).or_default().extend(shipment);
            }
        } else if line.place.kind == WhereKind::Shipped
            && let Some(party) = &line.place.party
        {
            parties.entry(party.clone()).or_default().extend(line.place.shipment.clone());
        }
        parties
    }
}
