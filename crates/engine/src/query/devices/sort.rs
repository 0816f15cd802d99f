//! The order of a list of devices.

use std::cmp::Ordering;
use std::str::FromStr;

use domain::Amount;
use domain::item::ItemState;
use genealogy::ItemIndex;

use super::fields::{CREATED, UPDATED};
use super::filter::Field;
use super::plan::{number, text};
use crate::query::seen::Seen;

/// One field that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// Which.
    pub by: Field,
    /// Which way.
    pub order: Order,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The least first.
    Rising,
    /// The greatest first.
    Falling,
}

impl FromStr for Sort {
    type Err = String;

    /// Reads the name of a field, with `-` before it for the greatest first.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, order) = match text.strip_prefix('-') {
            Some(name) => (name, Order::Falling),
            None => (text, Order::Rising),
        };
        Ok(Self { by: name.parse()?, order })
    }
}

/// What a device is sorted by. What is not there comes last, either way.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Number(Amount),
    Text(String),
    Position(u64),
    Missing,
}

/// A device among others.
#[derive(Debug)]
pub(super) struct Row {
    keys: Vec<(Key, Order)>,
    pub(super) index: ItemIndex,
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.keys.iter().zip(&other.keys);
        let first = pairs.map(|((key, order), (other, _))| {
            match (order, key == &Key::Missing || other == &Key::Missing) {
                (Order::Falling, false) => other.cmp_to(key),
                (Order::Rising, _) | (Order::Falling, true) => key.cmp_to(other),
            }
        });
        let first = first.into_iter().find(|ordering| ordering.is_ne());
        first.unwrap_or_else(|| self.index.cmp(&other.index))
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Row {}

impl Key {
    fn cmp_to(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Position(a), Self::Position(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Text(_) => 1,
            Self::Position(_) => 2,
            Self::Missing => 3,
        }
    }
}

impl Seen<'_> {
    pub(super) fn sort_row(&self, sort: &[Sort], index: ItemIndex, item: &ItemState) -> Row {
        let keys = sort.iter().map(|sort| (self.sort_key(&sort.by, index, item), sort.order));
        Row { keys: keys.collect(), index }
    }

    fn sort_key(&self, by: &Field, index: ItemIndex, item: &ItemState) -> Key {
        let of = match by.of {
            None => Some((index, item)),
            Some(relation) => self.related(item, relation),
        };
        let Some((index, item)) = of else { return Key::Missing };
        match by.name.as_str() {
            // Entries are received in the order of their positions.
            CREATED => Key::Position(item.id.birth.0),
            UPDATED => Key::Position(item.last.0),
            name => match self.field(index, item, name).next() {
                None => Key::Missing,
                Some(value) => number(&value).map_or_else(|| Key::Text(text(&value)), Key::Number),
            },
        }
    }
}
