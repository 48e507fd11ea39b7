//! What to do next, on the way back: exact reverse order of the starts, down to a barrier or the
//! start of the stretch, then the proof that everything is as before.

use jiff::Timestamp;

use super::moves::Move;
use super::rehearsing::{self, AsBefore};
use super::safety;
use crate::event::{
    Answer, Attempt, Cause, Direction, FailureKind, IncompleteReason, LostLock, Occasion, Question, Record, Reply,
    RollbackRecord, UnitRecord, Verdict,
};
use crate::model::{Action, Activity, Inverse, InverseFailure, Step};
use crate::plan::{Plan, Unit, UnitKind};

/// Turns a run round, or refuses it where nothing has started.
#[must_use]
pub fn begin(plan: &Plan, record: &Record, cause: Cause) -> Move {
    if !record.has_effects() {
        return Move::End(Verdict::Refused { cause });
    }
    let here = plan.stretch(record.frontier.min(plan.units.len().saturating_sub(1)));
    let here = further(record).map_or(here, |stretch| stretch.min(here));
    if order(plan, record, here).next().is_none() {
        // Only earlier stretches have effects, and those are a person's to take back.
        return Move::End(Verdict::Halted { cause, barrier: None, back_to: None });
    }
    begin_to(plan, record, cause, here)
}

/// Turns a run round to go back to the start of a stretch.
#[must_use]
pub fn begin_to(plan: &Plan, record: &Record, cause: Cause, to_stretch: usize) -> Move {
    let mut undo = Vec::new();
    for index in order(plan, record, to_stretch) {
        let (Some(unit), Some(done)) = (plan.unit(index), record.units.get(index)) else { continue };
        if is_barrier(unit, done) {
            break;
        }
        if needs_undoing(unit, done) && !done.is_undone() {
            undo.push(index);
        }
    }
    Move::BeginRollback { cause, undo, to_stretch }
}

/// Whether evidence is collected when this unit fails.
#[must_use]
pub fn has_diagnosis(unit: &Unit) -> bool {
    match &unit.kind {
        UnitKind::Check(check) => !check.diagnose.is_empty(),
        UnitKind::Step(step) => !step.diagnose.is_empty(),
        UnitKind::OnRollback(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => false,
    }
}

/// The next move of a run that goes back.
#[must_use]
pub fn decide(plan: &Plan, record: &Record, now: Timestamp) -> Move {
    let Some(rollback) = &record.rollback else { return Move::Await };
    if !record.running.is_empty() {
        return Move::Await;
    }
    if let Some(to) = further(record).filter(|to| *to < rollback.to_stretch) {
        return begin_to(plan, record, rollback.cause.clone(), to);
    }
    let mut walk = Walk { plan, record, rollback, earliest: rollback.earliest, barrier: None, incomplete: None };
    for index in order_from(plan, record, rollback.to_stretch, rollback.over) {
        let (Some(unit), Some(done)) = (plan.unit(index), record.units.get(index)) else { continue };
        if is_barrier(unit, done) {
            if let Some(ask) = walk.ask_barrier(index, unit, done) {
                return ask;
            }
            if walk.barrier.is_some() {
                break;
            }
        }
        if unit.step().is_some() && needs_undoing(unit, done) {
            walk.earliest = Some(walk.earliest.map_or(index, |earliest: usize| earliest.min(index)));
        }
        if needs_undoing(unit, done)
            && done.inverse_skipped != Some(false)
            && let Some(next) = walk.undo(index, unit, done, now)
        {
            return next;
        }
    }
    walk.verify()
}

struct Walk<'a> {
    plan: &'a Plan,
    record: &'a Record,
    rollback: &'a RollbackRecord,
    /// The earliest step of the stretch that is undone; one with `inverse none` has nothing to undo.
    earliest: Option<usize>,
    /// The irreversible step that it stopped at.
    barrier: Option<usize>,
    /// What makes it incomplete although it went on.
    incomplete: Option<IncompleteReason>,
}

impl Walk<'_> {
    /// An irreversible step is a barrier, unless its `applied` says that nothing happened.
    fn ask_barrier(&mut self, index: usize, unit: &Unit, done: &UnitRecord) -> Option<Move> {
        let has_applied = unit.step().is_some_and(|step| step.applied.is_some());
        match done.answer(Occasion::Barrier) {
            None if has_applied => return Some(Move::AskApplied(index, Occasion::Barrier)),
            Some(Answer::No) => {}
            None | Some(Answer::Yes | Answer::CannotTell) => self.barrier = Some(index),
        }
        None
    }

    fn undo(&mut self, index: usize, unit: &Unit, done: &UnitRecord, now: Timestamp) -> Option<Move> {
        if done.is_undone() {
            return None;
        }
        if done.inverse_skipped == Some(true) {
            self.incomplete.get_or_insert(IncompleteReason::LeftToAPerson);
            return None;
        }
        if let Some(LostLock { name, why }) = self.record.lost_lock.clone() {
            return Some(self.stop(IncompleteReason::LockLost { lock: name, why }));
        }
        if self.record.wish.is_some() {
            return Some(self.stop(IncompleteReason::Paused));
        }
        if let Some((engine, _)) = self.record.engine.as_ref().filter(|(engine, _)| engine.skip.contains(&unit.id)) {
            let because = engine.reason.clone().unwrap_or_else(|| "a person passed over it".to_owned());
            return Some(Move::SkipInverse { unit: index, because, left_to_a_person: true });
        }
        let tried: Vec<&Attempt> = done.back.iter().filter(|it| it.engine == self.record.engines).collect();
        let number = u32::try_from(done.back.len()).unwrap_or(u32::MAX).saturating_add(1);
        let attempt = Move::Attempt { unit: index, direction: Direction::Back, number };
        let again = if done.lacks_proof_of_undoing() && done.answer(Occasion::Undoing).is_none() {
            Move::AskApplied(index, Occasion::Undoing)
        } else {
            attempt
        };
        let Some((ended, end)) = tried.last().and_then(|last| last.ended.as_ref()) else {
            return Some(self.before_first(index, unit, done, now).unwrap_or(again));
        };
        let activity = unit.written_back().or(unit.activity())?;
        if end.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::DidNotStart) && derived(unit) {
            // The file is no longer what we wrote: only a person may decide.
            return Some(self.stop(IncompleteReason::Undecided { unit: unit.id.clone() }));
        }
        if let Some(retry) = activity.retry.as_deref().filter(|retry| tried.len() < retry.attempts as usize) {
            let due = safety::retry_at(*ended, *retry, tried.len());
            return Some(if due > now { Move::Sleep(due) } else { again });
        }
        let failed = IncompleteReason::InverseFailed { unit: unit.id.clone() };
        match on_failure(unit) {
            InverseFailure::Halt => Some(self.stop(failed)),
            InverseFailure::Continue => {
                self.incomplete.get_or_insert(failed);
                None
            }
        }
    }

    /// What must be answered before an inverse runs for the first time; `None`: nothing.
    fn before_first(&self, index: usize, unit: &Unit, done: &UnitRecord, now: Timestamp) -> Option<Move> {
        let attended = self.record.engine.as_ref().is_some_and(|(engine, _)| engine.attended);
        let skip = |because: &str, left_to_a_person| Move::SkipInverse {
            unit: index,
            because: because.to_owned(),
            left_to_a_person,
        };
        if is_manual(unit) {
            let question = Question::ManualInverse(unit.id.clone());
            return match self.record.reply(&question) {
                Some(Reply::Yes) => None,
                Some(_) => Some(skip("a person left it for later", true)),
                None if attended => Some(Move::Ask(question)),
                None => Some(skip("it is a person's work, and nobody is here to do it", true)),
            };
        }
        if is_expired(unit, done, now) {
            let question = Question::Expired(unit.id.clone());
            return match self.record.reply(&question) {
                Some(Reply::Yes) => None,
                Some(Reply::Skip) => Some(skip("it expired, and a person passed over it", true)),
                None if attended => Some(Move::Ask(question)),
                Some(_) | None => Some(self.stop(IncompleteReason::Undecided { unit: unit.id.clone() })),
            };
        }
        None
    }

    fn stop(&self, why: IncompleteReason) -> Move {
        Move::End(Verdict::Incomplete {
            why,
            cause: self.rollback.cause.clone(),
            remaining: remaining(self.plan, self.record),
        })
    }

    /// Everything is undone that will be: the checkpoints are verified again.
    fn verify(self) -> Move {
        if let Some(why) = self.incomplete.clone() {
            return self.stop(why);
        }
        let mut proven = false;
        let mut failed = None;
        for checkpoint in self.checkpoints() {
            for index in self.plan.checkpoints.get(checkpoint).map(|it| it.units.clone()).unwrap_or_default() {
                let Some(done) = self.record.units.get(index).filter(|done| done.skipped.is_none()) else { continue };
                match done.verified {
                    None => return Move::Look { unit: index, verifying: true },
                    Some(true) => proven = true,
                    Some(false) => {
                        let id = self.plan.unit(index).map_or_else(String::new, |unit| unit.id.clone());
                        failed.get_or_insert(id);
                    }
                }
            }
        }
        match rehearsing::as_before(self.plan, self.record) {
            AsBefore::Ask(next) => return next,
            AsBefore::Changed(unit) => drop(failed.get_or_insert(unit)),
            AsBefore::Same => proven = true,
            AsBefore::Nothing => {}
        }
        let cause = self.rollback.cause.clone();
        Move::End(match (failed, self.barrier) {
            (Some(unit), _) => {
                let why = IncompleteReason::NotVerified { unit };
                Verdict::Incomplete { why, cause, remaining: Vec::new() }
            }
            (None, Some(barrier)) => {
                let barrier = self.plan.unit(barrier).map(|unit| unit.id.clone());
                Verdict::Halted { cause, barrier, back_to: None }
            }
            // What an earlier stretch did is still there: not as before, and a person's to take back.
            (None, None) if self.leaves_an_earlier_stretch() => {
                Verdict::Halted { cause, barrier: None, back_to: self.first_phase() }
            }
            (None, None) => Verdict::RolledBack { verified: proven, cause },
        })
    }

    /// Whether something before the stretch could be undone and isn't.
    fn leaves_an_earlier_stretch(&self) -> bool {
        self.record.passed_order.iter().any(|index| {
            let (Some(unit), Some(done)) = (self.plan.unit(*index), self.record.units.get(*index)) else {
                return false;
            };
            self.plan.stretch(*index) < self.rollback.to_stretch
                && (is_barrier(unit, done) || unit.step().is_some() && needs_undoing(unit, done) && !done.is_undone())
        })
    }

    fn first_phase(&self) -> Option<String> {
        let first = self.plan.phases.iter().find(|phase| phase.stretch == self.rollback.to_stretch);
        first.map(|phase| phase.id.clone())
    }

    /// The checkpoints that were passed before the earliest undone step and after the
    /// last step that stays.
    fn checkpoints(&self) -> Vec<usize> {
        let earliest = self.earliest.unwrap_or(self.record.frontier);
        let stays = self.barrier.map(|barrier| barrier + 1).or_else(|| {
            (0..earliest)
                .rev()
                .find(|index| {
                    self.plan.stretch(*index) < self.rollback.to_stretch
                        && self.record.units.get(*index).is_some_and(UnitRecord::may_have_effect)
                })
                .map(|index| index + 1)
        });
        let from = stays.unwrap_or(0);
        let passed = |units: &std::ops::Range<usize>| {
            units.clone().all(|index| self.record.units.get(index).is_some_and(UnitRecord::is_done))
        };
        let holds = |units: &std::ops::Range<usize>| units.start >= from && units.end <= earliest && passed(units);
        (0..self.plan.checkpoints.len())
            .filter(|number| self.plan.checkpoints.get(*number).is_some_and(|it| holds(&it.units)))
            .collect()
    }
}

/// The inverses that are still to run, in their order; of the current stretch where the run hasn't
/// turned round yet.
#[must_use]
pub fn remaining(plan: &Plan, record: &Record) -> Vec<String> {
    let here = plan.stretch(record.frontier.min(plan.units.len().saturating_sub(1)));
    let to_stretch = record.rollback.as_ref().map_or(here, |rollback| rollback.to_stretch);
    order(plan, record, to_stretch)
        .filter_map(|index| Some((plan.unit(index)?, record.units.get(index)?)))
        .take_while(|(unit, done)| !is_barrier(unit, done) || done.answer(Occasion::Barrier) == Some(Answer::No))
        .filter(|(unit, done)| needs_undoing(unit, done) && !done.is_undone() && done.inverse_skipped != Some(false))
        .map(|(unit, _)| unit.id.clone())
        .collect()
}

/// The steps that started and the `on-rollback`s that were passed, the last one first, down to the
/// start of a stretch.
fn order<'a>(plan: &'a Plan, record: &'a Record, to_stretch: usize) -> impl Iterator<Item = usize> + 'a {
    order_from(plan, record, to_stretch, 0)
}

/// The same without the first ones, which are over.
fn order_from<'a>(
    plan: &'a Plan,
    record: &'a Record,
    to_stretch: usize,
    over: usize,
) -> impl Iterator<Item = usize> + 'a {
    record.passed_order.iter().rev().skip(over).copied().filter(move |index| plan.stretch(*index) >= to_stretch)
}

/// The stretch to whose start a person wants to go, or a rehearsal, which leaves nothing behind;
/// `None`: nobody said.
fn further(record: &Record) -> Option<usize> {
    let all = record.turn().map(|_| 0);
    all.or(record.engine.as_ref().and_then(|(engine, _)| engine.back_to))
}

/// Whether it is an irreversible step that may have done something.
fn is_barrier(unit: &Unit, done: &UnitRecord) -> bool {
    unit.is_irreversible() && done.may_have_effect()
}

/// Whether a rollback has something to do for it: it started, something may be there, and it says
/// how that is undone. A failed atomic attempt left nothing.
fn needs_undoing(unit: &Unit, done: &UnitRecord) -> bool {
    match &unit.kind {
        UnitKind::OnRollback(_) => done.passed,
        UnitKind::Step(step) => unit.has_way_back() && done.may_have_effect() && !left_nothing(step, done),
        UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => false,
    }
}

/// An atomic step none of whose attempts left anything: each answered that it failed.
fn left_nothing(step: &Step, done: &UnitRecord) -> bool {
    let refused = |attempt: &Attempt| {
        attempt.settled.is_none()
            && attempt.ended.as_ref().is_some_and(|(_, end)| {
                end.failure
                    .as_ref()
                    .is_some_and(|failure| matches!(failure.kind, FailureKind::Refused | FailureKind::DidNotStart))
            })
    };
    step.atomic && done.forward.iter().all(refused)
}

fn derived(unit: &Unit) -> bool {
    unit.step().is_some_and(|step| matches!(step.inverse, Inverse::Derived))
}

fn is_manual(unit: &Unit) -> bool {
    unit.written_back().is_some_and(|activity: &Activity| matches!(activity.action, Action::Manual(_)))
}

/// Whether a person has to be asked, or has to act, before this inverse runs.
pub(super) fn needs_a_person(unit: &Unit, done: &UnitRecord, now: Timestamp) -> bool {
    is_manual(unit) || is_expired(unit, done, now)
}

fn is_expired(unit: &Unit, done: &UnitRecord, now: Timestamp) -> bool {
    let Some(step) = unit.step() else { return false };
    let Inverse::Written(inverse) = &step.inverse else { return false };
    let (Some(valid_for), Some(ended)) = (inverse.valid_for, done.done_at()) else { return false };
    ended.saturating_add(valid_for).is_ok_and(|until| now > until)
}

fn on_failure(unit: &Unit) -> InverseFailure {
    match &unit.kind {
        UnitKind::Step(step) => match &step.inverse {
            Inverse::Written(inverse) => inverse.on_failure,
            Inverse::Derived | Inverse::None { .. } | Inverse::Irreversible { .. } => InverseFailure::Halt,
        },
        UnitKind::OnRollback(on_rollback) => on_rollback.on_failure,
        UnitKind::Check(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => InverseFailure::Halt,
    }
}
