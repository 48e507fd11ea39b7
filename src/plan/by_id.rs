//! The numbers of units by their ids. Who looks one up usually looks for the one before again, or for
//! its neighbour, so those are tried first.
//!
//! It doesn't hold the ids. Invariant: it says nothing that the units don't say.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Finds numbers by ids: four bytes a unit and no second copy of any name. It is made when the first id is
/// looked for.
#[derive(Debug, Default)]
pub struct ById {
    /// Sorted by their ids.
    numbers: OnceLock<Box<[u32]>>,
    /// What was found last.
    last: AtomicUsize,
}

impl ById {
    /// The number of the unit with this id, of so many; `id_of` gives the id of each, always the same.
    /// `None`: none has it.
    pub fn find<'a>(&self, id: &str, count: usize, id_of: impl Fn(usize) -> &'a str) -> Option<usize> {
        let last = self.last.load(Ordering::Relaxed);
        let near = [last, last.wrapping_add(1), last.wrapping_sub(1)];
        let found = near.into_iter().find(|number| *number < count && id_of(*number) == id).or_else(|| {
            let numbers = self.numbers.get_or_init(|| {
                let mut numbers: Box<[u32]> = (0..).take(count).collect();
                numbers.sort_by(|one, other| id_of(*one as usize).cmp(id_of(*other as usize)));
                numbers
            });
            let place = numbers.binary_search_by(|number| id_of(*number as usize).cmp(id)).ok()?;
            numbers.get(place).map(|number| *number as usize)
        })?;
        self.last.store(found, Ordering::Relaxed);
        Some(found)
    }
}

impl Clone for ById {
    fn clone(&self) -> Self {
        Self { numbers: self.numbers.clone(), last: AtomicUsize::default() }
    }
}

impl PartialEq for ById {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_looked_for_before_the_number_is_that_of_the_id() {
        let ids = ["delta", "alpha", "echo", "bravo", "charlie"];
        let by_id = ById::default();
        for first in 0..ids.len() {
            for (number, id) in ids.iter().enumerate() {
                assert_eq!(by_id.find(ids[first], ids.len(), |number| ids[number]), Some(first));
                assert_eq!(by_id.find(id, ids.len(), |number| ids[number]), Some(number));
                assert_eq!(by_id.find("foxtrot", ids.len(), |number| ids[number]), None);
            }
        }
        assert_eq!(ById::default().find("alpha", 0, |number| ids[number]), None);
    }
}
