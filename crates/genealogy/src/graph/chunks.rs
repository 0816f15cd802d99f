//! A list in chunks that two graphs share: who changes a chunk takes a copy of it first.
//!
//! The writer's list notes which chunks it took copies of; those the readers' list takes over.
//! So both lists together take the room of one, and handing a change over costs a chunk, not the
//! list.
//!
//! Invariant: between two hand-overs, a chunk is the same in both lists or is noted.

use alloc::sync::Arc;
use alloc::vec::Vec;

/// A list in chunks of `2^BITS` elements.
#[derive(Debug, Clone)]
pub(super) struct Chunks<T, const BITS: u32> {
    chunks: Vec<Arc<[T]>>,
    length: usize,
    /// What free places hold.
    filler: T,
    changed: Vec<usize>,
}

/// Chunks that changed, with the length of the list.
#[derive(Debug)]
pub(super) struct Changed<T> {
    chunks: Vec<(usize, Arc<[T]>)>,
    length: usize,
}

impl<T: Copy, const BITS: u32> Chunks<T, BITS> {
    const WIDTH: usize = 1 << BITS;

    pub(super) const fn new(filler: T) -> Self {
        Self { chunks: Vec::new(), length: 0, filler, changed: Vec::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        if at >= self.length {
            return None;
        }
        self.chunks.get(at >> BITS)?.get(at & Self::WIDTH.wrapping_sub(1))
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        if at >= self.length {
            return None;
        }
        let number = at >> BITS;
        let chunk = self.chunks.get_mut(number)?;
        if Arc::get_mut(chunk).is_none() {
            *chunk = Arc::from(&chunk[..]);
            self.changed.push(number);
        }
        Arc::get_mut(chunk)?.get_mut(at & Self::WIDTH.wrapping_sub(1))
    }

    pub(super) fn push(&mut self, value: T) {
        let at = self.length;
        if at == self.chunks.len() << BITS {
            self.changed.push(self.chunks.len());
            self.chunks.push(core::iter::repeat_n(self.filler, Self::WIDTH).collect());
        }
        self.length = at.saturating_add(1);
        if let Some(place) = self.get_mut(at) {
            *place = value;
        }
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let last = self.length.checked_sub(1)?;
        let value = self.get(last).copied();
        self.truncate(last);
        value
    }

    /// Forgets what is beyond; chunks that are empty then go.
    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
        self.chunks.truncate(self.length.div_ceil(Self::WIDTH));
    }

    /// Memory held. Units: bytes.
    pub(super) fn bytes(&self) -> usize {
        let chunk =
            Self::WIDTH.saturating_mul(size_of::<T>()).saturating_add(size_of::<[usize; 4]>());
        self.chunks.len().saturating_mul(chunk)
    }

    /// The chunks that changed since this was last asked.
    pub(super) fn changed(&mut self) -> Changed<T> {
        let mut numbers = core::mem::take(&mut self.changed);
        numbers.sort_unstable();
        numbers.dedup();
        let chunk = |number: usize| Some((number, Arc::clone(self.chunks.get(number)?)));
        let chunks = numbers.into_iter().filter_map(chunk).collect();
        Changed { chunks, length: self.length }
    }

    /// Takes over the chunks that changed in the list this one shares.
    pub(super) fn install(&mut self, changed: Changed<T>) {
        for (number, chunk) in changed.chunks {
            match self.chunks.get_mut(number) {
                Some(held) => *held = chunk,
                // They come in order: a new one follows the last.
                None => self.chunks.push(chunk),
            }
        }
        self.length = changed.length;
        self.chunks.truncate(self.length.div_ceil(Self::WIDTH));
    }
}

#[cfg(test)]
mod tests {
    use super::Chunks;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[derive(Debug, Clone)]
    enum Change {
        Push(u8),
        Pop,
        Set(usize, u8),
        Truncate(usize),
        HandOver,
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            4 => any::<u8>().prop_map(Change::Push),
            1 => Just(Change::Pop),
            3 => (0_usize..40, any::<u8>()).prop_map(|(at, value)| Change::Set(at, value)),
            1 => (0_usize..40).prop_map(Change::Truncate),
            2 => Just(Change::HandOver),
        ]
    }

    proptest! {
        #[test]
        fn a_list_is_a_vector_and_its_twin_follows(
            changes in proptest::collection::vec(change(), 0..200),
        ) {
            let mut list: Chunks<u8, 2> = Chunks::new(0);
            let mut twin = list.clone();
            let mut naive: Vec<u8> = Vec::new();
            let all = |list: &Chunks<u8, 2>| {
                (0..list.len()).map(|at| *list.get(at).unwrap()).collect::<Vec<u8>>()
            };
            let mut handed: Vec<u8> = Vec::new();
            for change in changes {
                match change {
                    Change::Push(value) => {
                        list.push(value);
                        naive.push(value);
                    }
                    Change::Pop => prop_assert_eq!(list.pop(), naive.pop()),
                    Change::Set(at, value) => {
                        let place = list.get_mut(at);
                        prop_assert_eq!(place.is_some(), at < naive.len());
                        if let (Some(place), Some(same)) = (place, naive.get_mut(at)) {
                            (*place, *same) = (value, value);
                        }
                    }
                    Change::Truncate(length) => {
                        list.truncate(length);
                        naive.truncate(length);
                    }
                    Change::HandOver => {
                        twin.install(list.changed());
                        handed = naive.clone();
                    }
                }
                prop_assert_eq!(all(&list), naive.clone());
                prop_assert_eq!(all(&twin), handed.clone());
            }
        }
    }
}
