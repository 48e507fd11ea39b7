//! What was done must still hold before a run that stood still goes forward: after a crash, a reboot,
//! a suspension, or a quarter of an hour in which nothing was done. Somebody, or the machine itself,
//! may have changed what the next step builds on: a reboot has started the unit again.
//!
//! It asks for the next answer that is missing, or stops at one that is no; a person may want to go on
//! all the same. Invariant: what a step that isn't settled may have changed is never asked about.

use std::collections::HashSet;

use super::decide::{Advance, Failed, is_attended};
use super::moves::Move;
use super::safety::target;
use crate::event::{Answer, Direction, Occasion, Question, Record, Reply, Wish};
use crate::plan::{Plan, Unit, UnitKind};

/// What is to be done before the next forward step; `None`: it may start.
pub(super) fn still_holds(plan: &Plan, record: &Record) -> Option<Advance> {
    if !record.stood_still {
        return None;
    }
    for index in to_probe(plan, record) {
        let (unit, done) = (plan.unit(index)?, record.units.get(index)?);
        let has_applied = unit.step().is_some_and(|step| step.applied.is_some());
        match done.answer(Occasion::Resuming) {
            None => return Some(Advance::Next(Move::AskApplied(index, Occasion::Resuming))),
            Some(Answer::Yes) => {}
            // The start of a oneshot leaves nothing to ask.
            Some(Answer::CannotTell) if !has_applied => {}
            Some(Answer::No | Answer::CannotTell) => {
                if let Some(stop) = lost(record, unit) {
                    return Some(stop);
                }
            }
        }
    }
    for index in to_verify(plan, record) {
        let (unit, done) = (plan.unit(index)?, record.units.get(index)?);
        match done.verified {
            None if record.running.contains(&(index, Direction::Look)) => return Some(Advance::Next(Move::Await)),
            None => return Some(Advance::Next(Move::Look { unit: index, verifying: true })),
            Some(true) => {}
            Some(false) => {
                if let Some(stop) = lost(record, unit) {
                    return Some(stop);
                }
            }
        }
    }
    None
}

/// It no longer holds: what a person says to that, else halt. `None`: go on all the same.
fn lost(record: &Record, unit: &Unit) -> Option<Advance> {
    let question = Question::NoLongerHolds(unit.id.clone());
    let wish = match record.reply(&question) {
        Some(Reply::Yes) => return None,
        None if is_attended(record) => return Some(Advance::Next(Move::Ask(question))),
        Some(Reply::Rollback) => Wish::Rollback,
        None | Some(Reply::No | Reply::Skip | Reply::Applied | Reply::NotApplied) => Wish::Halt,
    };
    Some(Advance::Failed(Failed { why: format!("{} no longer holds", unit.id), wish }))
}

/// The done steps whose effect must still be there: of several on one unit or path only the last, and
/// none that a later step took back, or may have.
fn to_probe(plan: &Plan, record: &Record) -> Vec<usize> {
    let mut changed: HashSet<String> = HashSet::new();
    for (unit, done) in plan.units.iter().zip(&record.units) {
        if !done.is_done() && done.may_have_effect() {
            changed.extend(unit.step().and_then(|step| target(&step.activity.action)));
        }
    }
    let mut probes = Vec::new();
    for index in record.passed_order.iter().rev().copied() {
        let (Some(unit), Some(done)) = (plan.unit(index), record.units.get(index)) else { continue };
        let UnitKind::Step(step) = &unit.kind else { continue };
        if !done.is_done() || done.is_undone() {
            continue;
        }
        if target(&step.activity.action).is_some_and(|target| !changed.insert(target)) {
            continue;
        }
        let taken_back = step.applied.as_ref().and_then(|applied| applied.until.as_ref()).is_some_and(|until| {
            record.unit(&until.value).is_some_and(|later| later.may_have_effect() || later.was_applied_before())
        });
        if !taken_back && (step.applied.is_some() || done.before().is_some()) {
            probes.push(index);
        }
    }
    probes.reverse();
    probes
}

/// The units of the checkpoints that were passed and since which no step has started.
fn to_verify(plan: &Plan, record: &Record) -> impl Iterator<Item = usize> {
    let acted = |index: &usize| record.units.get(*index).is_some_and(crate::event::UnitRecord::may_have_effect);
    let last = (0..plan.units.len()).rev().find(acted);
    let counts = |index: &usize| {
        let (Some(unit), Some(done)) = (plan.unit(*index), record.units.get(*index)) else { return false };
        done.passed && !unit.only_warns()
    };
    let passed = plan
        .checkpoints
        .iter()
        .filter(|checkpoint| last.is_none_or(|last| checkpoint.units.start > last))
        .filter(|checkpoint| checkpoint.units.end <= record.frontier)
        .flat_map(|checkpoint| checkpoint.units.clone());
    passed.filter(counts).collect::<Vec<_>>().into_iter()
}
