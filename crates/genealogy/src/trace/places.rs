//! Where in the list of a search an item stands.
//!
//! Items that are born together are mostly reached together. So places lie in pages of items with
//! neighbouring indexes, and the next item asked for is mostly in the page of the one before.

use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::edge::ItemIndex;

/// No place.
const NONE: u32 = u32::MAX;
/// Items of a page, as a power of two: 256 bytes, little enough where items lie far apart.
const PAGE_BITS: u32 = 6;
const PAGE_ITEMS: usize = 1 << PAGE_BITS;

/// The places of all items reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    /// Which page holds items of these indexes.
    numbers: HashMap<u32, u32>,
    pages: Vec<[u32; PAGE_ITEMS]>,
    /// The page of the item put in last, as in `numbers`.
    last: Option<(u32, u32)>,
}

/// The number of an item's page, and its place there.
const fn parts(item: ItemIndex) -> (u32, usize) {
    (item.0 >> PAGE_BITS, item.0 as usize & (PAGE_ITEMS - 1))
}

impl Places {
    /// Where an item stands.
    pub(super) fn get(&self, item: ItemIndex) -> Option<u32> {
        let (number, at) = parts(item);
        let page = match self.last {
            Some((last, page)) if last == number => page,
            _ => *self.numbers.get(&number)?,
        };
        let place = *self.pages.get(page as usize)?.get(at)?;
        (place != NONE).then_some(place)
    }

    /// Where an item stands; where it does not yet, it is put at `new`, if there is such a place.
    pub(super) fn get_or_put(&mut self, item: ItemIndex, new: Option<u32>) -> Option<u32> {
        let (number, at) = parts(item);
        let page = match self.last {
            Some((last, page)) if last == number => page,
            _ => self.page(number)?,
        };
        let place = self.pages.get_mut(page as usize)?.get_mut(at)?;
        if *place == NONE {
            *place = new.filter(|new| *new != NONE)?;
        }
        Some(*place)
    }

    fn page(&mut self, number: u32) -> Option<u32> {
        let next = u32::try_from(self.pages.len()).ok()?;
        let page = *self.numbers.entry(number).or_insert(next);
        if page == next {
            self.pages.push([NONE; PAGE_ITEMS]);
        }
        self.last = Some((number, page));
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::edge::ItemIndex;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn places_are_a_map(
            items in proptest::collection::vec(
                prop_oneof![0_u32..200, any::<u32>(), Just(u32::MAX)], 0..300,
            ),
            room in 0_u32..200,
        ) {
            let (mut places, mut naive) = (Places::default(), BTreeMap::new());
            for item in items.iter().copied() {
                let next = u32::try_from(naive.len()).ok().filter(|next| *next < room);
                let expected = naive.get(&item).copied().or(next);
                prop_assert_eq!(places.get_or_put(ItemIndex(item), next), expected);
                naive.extend(expected.map(|place| (item, place)));
            }
            let asked: Vec<u32> = items.iter().flat_map(|item| [*item, item ^ 1]).collect();
            for item in asked {
                prop_assert_eq!(places.get(ItemIndex(item)), naive.get(&item).copied());
            }
        }
    }
}
