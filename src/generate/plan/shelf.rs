//! A list that only grows and is read without a lock.

use std::sync::OnceLock;

const FIRST: usize = 64;
const CHUNKS: usize = 20;

type Chunk<T> = Box<[OnceLock<T>]>;

/// Places numbered from 0, each filled at most once.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    chunks: [OnceLock<Chunk<T>>; CHUNKS],
}

impl<T> Shelf<T> {
    pub(crate) fn new() -> Self {
        Self { chunks: [const { OnceLock::new() }; CHUNKS] }
    }

    /// Chunk `n` holds `FIRST << n` places.
    fn find(place: usize) -> (usize, usize) {
        let chunk = ((place / FIRST) + 1).ilog2() as usize;
        (chunk, place - FIRST * ((1 << chunk) - 1))
    }

    pub(crate) fn get(&self, place: usize) -> Option<&T> {
        let (chunk, offset) = Self::find(place);
        self.chunks.get(chunk)?.get()?.get(offset)?.get()
    }

    /// Fills a place; what stands there already stays.
    pub(crate) fn set(&self, place: usize, value: T) {
        let (chunk, offset) = Self::find(place);
        if let Some(lock) = self.chunks.get(chunk) {
            let places = lock.get_or_init(|| (0..FIRST << chunk).map(|_| OnceLock::new()).collect());
            if let Some(place) = places.get(offset) {
                // Whoever was first has put in the same.
                drop(place.set(value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_keep_their_first_value() {
        let shelf = Shelf::new();
        for place in [0, 63, 64, 191, 192, 100_000] {
            assert!(shelf.get(place).is_none());
            shelf.set(place, place);
            shelf.set(place, 7);
            assert_eq!(shelf.get(place), Some(&place));
        }
        assert!(shelf.get(usize::MAX / 2).is_none());
    }
}
