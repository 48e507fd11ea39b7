//! The way back as the record knows it: why it began, how far it goes, and how much of it is over.
//!
//! What is over is counted, so that the next move is found without looking at every step that was
//! undone before: a rollback of ten thousand steps takes ten times as long as one of a thousand, and
//! not a hundred times. One invariant: what is counted here decides nothing; a record that has
//! counted nothing leads to the same moves.

use jiff::Timestamp;

use super::{Cause, Outline, OutlineKind, UnitRecord};

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackRecord {
    /// The first cause.
    pub cause: Cause,
    /// The stretch it goes back to the start of.
    pub to_stretch: usize,
    /// When it began.
    pub started: Timestamp,
    /// How many of the units passed on the way out, the last one first, need nothing any more: they
    /// are undone, passed over, or have nothing to undo. It ends before the first barrier and before
    /// what is left to a person.
    pub over: usize,
    /// The earliest step among them that was to be undone; `None`: there is none.
    pub earliest: Option<usize>,
    /// Which units are undone, as the rollback began: in the order of the outline.
    undo: Vec<bool>,
}

impl RollbackRecord {
    pub(super) fn new(
        cause: Cause,
        to_stretch: usize,
        started: Timestamp,
        undo: impl IntoIterator<Item = usize>,
    ) -> Self {
        let mut marked = Vec::new();
        for index in undo {
            if marked.len() <= index {
                marked.resize(index + 1, false);
            }
            if let Some(mark) = marked.get_mut(index) {
                *mark = true;
            }
        }
        Self { cause, to_stretch, started, over: 0, earliest: None, undo: marked }
    }

    /// Counts nothing as over any more.
    pub(crate) fn recount(&mut self) {
        (self.over, self.earliest) = (0, None);
    }

    /// Counts what has become over.
    pub(super) fn count(&mut self, passed: &[usize], units: &[UnitRecord], outline: &Outline) {
        while let Some(index) = passed.iter().rev().nth(self.over).copied() {
            let (Some(done), Some(unit)) = (units.get(index), outline.units.get(index)) else { return };
            let stretch = outline.phases.get(unit.phase).map_or(0, |phase| phase.stretch);
            if stretch < self.to_stretch || unit.kind == OutlineKind::Irreversible {
                return;
            }
            let listed = self.undo.get(index).copied().unwrap_or(false);
            let undone = done.is_undone();
            // What was settled since may have to be undone after all.
            let may_have_changed = listed || done.forward.iter().any(|attempt| attempt.settled.is_some());
            if may_have_changed && !undone && done.inverse_skipped != Some(false) {
                return;
            }
            if (listed || undone) && unit.kind == OutlineKind::Step {
                self.earliest = Some(self.earliest.map_or(index, |earliest| earliest.min(index)));
            }
            self.over += 1;
        }
    }
}
