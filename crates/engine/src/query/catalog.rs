//! What the scope of a suspicion asks of the items, as they are seen.

use domain::{Amount, Interval, Part, PartNumber, Position};
use genealogy::{Catalog, ItemIndex, Line};

use super::seen::Seen;
use crate::state::Known;

impl Catalog for Seen<'_> {
    fn part(&self, item: ItemIndex) -> Option<&Part> {
        self.part_of(item)
    }

    fn lines(&self, part: &Part) -> Option<Vec<Line>> {
        let known = Known { state: self.state, entries: self };
        let lines = domain::rules::lines(part, &known)?;
        let line = |line: domain::BomLine| Line {
            part: line.part,
            accepts: line.alternates.into_iter().map(|alternate| alternate.part).collect(),
            quantity: line.quantity,
        };
        Some(lines.into_iter().map(line).collect())
    }

    fn items_of(&self, number: &PartNumber) -> Vec<ItemIndex> {
        let items = self.state.items_of_part(number);
        items.filter(|index| self.item(*index).is_some()).collect()
    }

    fn parts_with_bom(&self) -> Vec<Part> {
        self.state.masters().boms.keys().cloned().collect()
    }

    fn existed(&self, item: ItemIndex) -> Interval {
        self.item(item).map_or(Interval::ALWAYS, |item| item.existed)
    }

    fn left(&self, item: ItemIndex) -> Option<Interval> {
        self.item(item).and_then(|item| self.gone(item))
    }

    fn cleared(&self, item: ItemIndex, of: ItemIndex) -> Option<Position> {
        let decided = &self.item(item)?.cleared;
        if decided.is_empty() {
            return None;
        }
        let of = self.item(of)?.id;
        decided.iter().rev().find(|(suspect, _)| *suspect == of).map(|(_, by)| *by)
    }

    fn pieces(&self, item: ItemIndex) -> Amount {
        match self.item(item) {
            Some(lot) if self.state.is_counted(lot) => lot.book.whole(),
            Some(_) | None => Amount::ONE,
        }
    }
}
