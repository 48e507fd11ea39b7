//! Which unit of the newer version is which of the older one: the one with the same id, else the one
//! that holds the same others, else the one that says the same. What takes the longest way through
//! ten thousand steps is a sort.

use std::collections::{HashMap, VecDeque};

use super::unit::{Unit, UnitKind};
use crate::model::digest::{Digest, Digesting};

/// The pairs, from both sides.
#[derive(Debug)]
pub(super) struct Pairs {
    /// For each unit of the older version its counterpart.
    pub new_of: Vec<Option<usize>>,
    /// For each unit of the newer version its counterpart.
    pub old_of: Vec<Option<usize>>,
}

impl Pairs {
    pub fn between(old: &[Unit<'_>], new: &[Unit<'_>]) -> Self {
        let mut pairs = Self { new_of: vec![None; old.len()], old_of: vec![None; new.len()] };
        // What stands in a `parallel` tells which one it is.
        let by_name = |unit: &Unit<'_>| (unit.kind != UnitKind::Parallel).then(|| (unit.kind, unit.id.clone()));
        pairs.by_key(old, new, |_, units, at| by_name(&units[at]));
        pairs.by_children(old, new);
        pairs.by_key(old, new, |is_free, units, at| is_free.then(|| (units[at].kind, said(units, at))));
        pairs
    }

    fn join(&mut self, old: usize, new: usize) {
        self.new_of[old] = Some(new);
        self.old_of[new] = Some(old);
    }

    /// Joins what is free on both sides and has the same key, in order.
    fn by_key<K: std::hash::Hash + Eq>(
        &mut self,
        old: &[Unit<'_>],
        new: &[Unit<'_>],
        key: impl Fn(bool, &[Unit<'_>], usize) -> Option<K>,
    ) {
        let mut waiting: HashMap<K, VecDeque<usize>> = HashMap::new();
        for at in (0..old.len()).filter(|at| self.new_of[*at].is_none()) {
            if let Some(key) = key(true, old, at) {
                waiting.entry(key).or_default().push_back(at);
            }
        }
        if waiting.is_empty() {
            return;
        }
        for at in 0..new.len() {
            let is_free = self.old_of[at].is_none();
            let found = key(is_free, new, at).filter(|_| is_free).and_then(|key| waiting.get_mut(&key)?.pop_front());
            if let Some(found) = found {
                self.join(found, at);
            }
        }
    }

    /// Joins what holds others by what it holds, the innermost first.
    fn by_children(&mut self, old: &[Unit<'_>], new: &[Unit<'_>]) {
        for at in (0..old.len()).rev() {
            let containers = old[at].container.zip(self.new_of[at].and_then(|found| new[found].container));
            if let Some((outer, found)) = containers
                && self.new_of[outer].is_none()
                && self.old_of[found].is_none()
                && old[outer].kind == new[found].kind
            {
                self.join(outer, found);
            }
        }
    }
}

/// All that a unit says but its id and title.
fn said(units: &[Unit<'_>], at: usize) -> Digest {
    let mut digesting = Digesting::default();
    let unit = &units[at];
    for fact in unit.facts.iter().filter(|fact| fact.about != "title") {
        digesting.update_framed(format!("{:?}", fact.part));
        digesting.update_framed(&fact.text);
    }
    if unit.kind.holds_others() {
        let inside = units.iter().skip(at + 1).take_while(|other| other.container.is_some_and(|outer| outer >= at));
        for other in inside {
            digesting.update_framed(&other.id);
        }
    }
    digesting.finish()
}

/// Which of some numbers to take out so that the rest rises, as few as possible.
pub(super) fn out_of_order(numbers: &[usize]) -> Vec<bool> {
    // For each length the place of the smallest number that a rising series of it can end with.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (place, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before[place] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(place);
        } else {
            ends[length] = place;
        }
    }
    let mut out = vec![true; numbers.len()];
    let mut at = ends.last().copied();
    while let Some(place) = at {
        out[place] = false;
        at = before[place];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_as_possible_are_out_of_order() {
        assert_eq!(out_of_order(&[]), [false; 0]);
        assert_eq!(out_of_order(&[0, 1, 2]), [false; 3]);
        assert_eq!(out_of_order(&[3, 0, 1, 2]), [true, false, false, false]);
        assert_eq!(out_of_order(&[1, 2, 3, 0]), [false, false, false, true]);
        assert_eq!(out_of_order(&[0, 5, 2, 3, 1, 4]), [false, true, false, false, true, false]);
    }
}
