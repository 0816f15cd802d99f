//! Which item an id means.
//!
//! The items of one entry are born together and stand together, by ordinal. So it is enough to know
//! where the first of them stands, and the five hundred of a block are found by one place.

use domain::{ItemId, Position};
use genealogy::ItemIndex;
use hashbrown::HashMap;

/// Where the items of each entry begin. Positions are made here: no key comes from outside, so the
/// hash need not be one that nobody can foresee.
#[derive(Debug, Clone, Default)]
pub(super) struct Births {
    first: HashMap<Position, u32>,
}

impl Births {
    /// Notes an item that is born; the items of an entry come by ordinal, none left out.
    pub(super) fn add(&mut self, id: ItemId, index: ItemIndex) {
        if id.ordinal == 0 {
            self.first.insert(id.birth, index.0);
        }
        debug_assert_eq!(self.place(id), Some(index), "items of an entry stand together");
    }

    /// Takes back the item that was born last.
    pub(super) fn remove(&mut self, id: ItemId) {
        if id.ordinal == 0 {
            self.first.remove(&id.birth);
        }
    }

    /// Where an item of that id stands if there is one: the caller looks whether it is that one.
    pub(super) fn place(&self, id: ItemId) -> Option<ItemIndex> {
        let first = self.first.get(&id.birth)?;
        first.checked_add(u32::from(id.ordinal)).map(ItemIndex)
    }
}
