//! How far a plain rollback goes, and what a person has to say to have it go further.

use crate::event::{Record, UnitRecord};

/// Where a person can have the way back go beyond the stretch that the run is in, nearest first.
pub(super) fn further_back(record: &Record) -> impl Iterator<Item = String> {
    let outline = record.head.as_ref().map(|head| &head.outline);
    let phases = outline.map(|outline| outline.phases.as_slice()).unwrap_or_default();
    let starts = phases.iter().zip(0..).filter(move |(phase, _)| {
        let of_it = |number: usize| phases.get(number).is_some_and(|other| other.stretch == phase.stretch);
        phase.stretch < stretch_of(record) && has_effects_in(record, of_it)
    });
    let mut stretches: Vec<_> = starts.map(|(phase, _)| (phase.stretch, phase.id.clone())).collect();
    // The first phase of each stretch is where it begins.
    stretches.dedup_by_key(|(stretch, _)| *stretch);
    stretches.into_iter().rev().map(|(_, phase)| format!("--to {phase} --reason WHY"))
}

/// Whether something is left to take back in the stretch that the run is in.
pub(super) fn has_effects_here(record: &Record) -> bool {
    let phases = record.head.as_ref().map(|head| head.outline.phases.as_slice()).unwrap_or_default();
    let here = stretch_of(record);
    has_effects_in(record, |number| phases.get(number).is_some_and(|phase| phase.stretch == here))
}

fn has_effects_in(record: &Record, phase: impl Fn(usize) -> bool) -> bool {
    let units = record.head.as_ref().map(|head| head.outline.units.as_slice()).unwrap_or_default();
    let undone = |done: &UnitRecord| done.is_undone();
    units.iter().zip(&record.units).any(|(unit, done)| phase(unit.phase) && done.may_have_effect() && !undone(done))
}

/// The stretch that the run goes back through, or is in.
fn stretch_of(record: &Record) -> usize {
    let Some(outline) = record.head.as_ref().map(|head| &head.outline) else { return 0 };
    let last = outline.units.len().saturating_sub(1);
    let phase = outline.units.get(record.frontier.min(last)).map_or(0, |unit| unit.phase);
    let here = outline.phases.get(phase).map_or(0, |phase| phase.stretch);
    record.rollback.as_ref().map_or(here, |rollback| rollback.to_stretch)
}
