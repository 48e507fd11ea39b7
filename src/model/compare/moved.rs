//! What runs at another place: in another order, in another phase, or on the other side of a point of
//! no return.

use std::collections::BTreeMap;

use super::Class;
use super::align::{Pairs, out_of_order};
use super::unit::{Unit, UnitKind};

/// A unit of the newer version that stands elsewhere.
#[derive(Debug)]
pub(super) struct Move {
    pub old: usize,
    pub new: usize,
    pub class: Class,
    pub what: String,
}

/// Both versions and who is who.
pub(super) struct Moving<'a, 'm> {
    pub old: &'a [Unit<'m>],
    pub new: &'a [Unit<'m>],
    pub pairs: &'a Pairs,
}

impl Moving<'_, '_> {
    /// All that stands elsewhere, as few as possible.
    pub fn moves(&self) -> Vec<Move> {
        let crossing = self.crossing();
        let mut moves = Vec::new();
        // What stands in the same thing, by that; what is declared stands among its like.
        let mut together: BTreeMap<_, Vec<(usize, usize)>> = BTreeMap::new();
        for (old, new) in self.pairs.new_of.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)?))) {
            let (before, after) = (self.old[old].container, self.new[new].container);
            let kind = self.new[new].kind;
            if before.map(|outer| self.pairs.new_of[outer]) == after.map(Some) {
                let among = (!kind.is_executed()).then_some(kind);
                together.entry((after, among)).or_default().push((old, new));
            } else {
                let (class, what) = self.between(before, after, kind);
                moves.push(self.across(Move { old, new, class, what }, &crossing));
            }
        }
        for ((_, declared), siblings) in together {
            let numbers: Vec<_> = siblings.iter().map(|(_, new)| *new).collect();
            for ((old, new), _) in siblings.into_iter().zip(out_of_order(&numbers)).filter(|(_, is_out)| *is_out) {
                let (class, what) = if declared.is_some() {
                    (Class::Reworded, "stands elsewhere".to_owned())
                } else {
                    let (from, to) = (behind(self.old, old), behind(self.new, new));
                    (Class::Moved, format!("runs {to}, and not {from} any more"))
                };
                moves.push(self.across(Move { old, new, class, what }, &crossing));
            }
        }
        moves
    }

    /// From one thing that holds others to another one.
    fn between(&self, before: Option<usize>, after: Option<usize>, kind: UnitKind) -> (Class, String) {
        let is_checkpoint = |unit: Option<&Unit<'_>>| unit.is_some_and(|unit| unit.kind == UnitKind::Checkpoint);
        let (before, after) = (before.map(|at| &self.old[at]), after.map(|at| &self.new[at]));
        let named = |unit: Option<&Unit<'_>>| unit.map(|unit| format!("{} {}", unit.kind.word(), unit.id));
        let [from, to] = [named(before), named(after)].map(|name| name.unwrap_or_default().trim_end().to_owned());
        match (is_checkpoint(before), is_checkpoint(after)) {
            (true, false) if kind == UnitKind::Check => {
                (Class::CheckpointRemoved, format!("isn't in {from} any more: nothing verifies it after a rollback"))
            }
            (false, true) if kind == UnitKind::Check => {
                (Class::CheckpointAdded, format!("is in {to} now: it is verified again after a rollback"))
            }
            (_, _) => (Class::Moved, format!("runs in {to} instead of {from}")),
        }
    }

    /// For each unit of the newer version whether a point of no return that both versions have stands on
    /// its other side. Of what holds others the first step in it tells.
    fn crossing(&self) -> Vec<bool> {
        let is_barrier = |old: usize, new: usize| self.old[old].irreversible && self.new[new].irreversible;
        let mut behind_old = vec![0usize; self.old.len()];
        let mut count = 0;
        for (old, new) in self.pairs.new_of.iter().enumerate() {
            behind_old[old] = count;
            count += usize::from(new.is_some_and(|new| is_barrier(old, new)));
        }
        let mut crossing = vec![false; self.new.len()];
        let mut count = 0;
        for (new, old) in self.pairs.old_of.iter().enumerate() {
            let Some(old) = *old else { continue };
            let barrier = is_barrier(old, new);
            let is_step = self.new[new].kind == UnitKind::Step;
            crossing[new] = is_step && (barrier || behind_old[old] != count);
            count += usize::from(barrier);
        }
        for at in (0..self.new.len()).rev() {
            if let Some(outer) = self.new[at].container
                && crossing[at]
            {
                crossing[outer] = true;
            }
        }
        crossing
    }

    fn across(&self, moved: Move, crossing: &[bool]) -> Move {
        if moved.class != Class::Moved || !crossing[moved.new] {
            return moved;
        }
        let unit = &self.new[moved.new];
        let what = if unit.irreversible {
            format!("{}, and it is a point of no return", moved.what)
        } else {
            format!("{}, on another side of a point of no return", moved.what)
        };
        Move { class: Class::NoReturnMoved, what, ..moved }
    }
}

/// Behind what something stands that stands in the same.
fn behind(units: &[Unit<'_>], at: usize) -> String {
    let container = units[at].container;
    let inside = container.map_or(0, |outer| outer + 1);
    let before = units
        .iter()
        .enumerate()
        .take(at)
        .skip(inside)
        .rev()
        .find(|(_, unit)| unit.container == container && unit.kind.is_executed());
    match before {
        Some((_, unit)) if unit.kind.is_named() => format!("behind {} {}", unit.kind.word(), unit.id),
        Some((_, unit)) => format!("behind {}", unit.kind.word()),
        None => "first".to_owned(),
    }
}
