//! What to do next, on the way out. A pure function of plan, record and the time: the live engine,
//! `resume`, the failure matrix and a replayed journal all ask it, and it never knows which.

use jiff::Timestamp;

use super::holding::still_holds;
use super::judge::Judge;
use super::moves::Move;
use super::rehearsing;
use super::safety;
use super::way_back;
use crate::event::{
    Answer, Asked, Attempt, Cause, Direction, FailureKind, Known, Noted, Occasion, Outcome, Question, Record, Reply,
    Settling, SkipReason, Somebody, UnitRecord, Verdict, Wish, Working,
};
use crate::model::{Action, CheckFailure, Step, StepFailure};
use crate::plan::{Plan, Unit, UnitKind};

/// The next move of a run.
#[must_use]
pub fn decide(plan: &Plan, record: &Record, now: Timestamp) -> Move {
    if record.rollback.is_some() {
        return way_back::decide(plan, record, now);
    }
    // A run that has nothing left to start needs no lock to end.
    if let Some(lost) = record.lost_lock.as_ref().filter(|_| plan.unit(record.frontier).is_some()) {
        let halted = || halt(record, Cause { unit: None, why: lost.to_string() });
        return if record.running.is_empty() { halted() } else { Move::Await };
    }
    if let Some((wish, by)) = &record.wish {
        let cause = Cause { unit: None, why: by.clone() };
        match wish {
            Wish::Continue => {}
            Wish::Halt | Wish::Rollback if !record.running.is_empty() => return Move::Await,
            Wish::Halt => return halt(record, cause),
            Wish::Rollback => return way_back::begin(plan, record, cause),
        }
    }
    if let Some(turn) = rehearsing::turn_round(plan, record, now) {
        return turn;
    }
    let Some(unit) = plan.unit(record.frontier) else { return finish(plan, record) };
    if let Some(early) = enter_phase(plan, record, unit.phase, now) {
        return early;
    }
    let branches = abreast(unit, record.frontier);
    if let Some(ask) = rehearsing::ask_first(plan, record, branches.clone()) {
        return ask;
    }
    let (mut next, mut unsettled) = (None, None);
    for index in branches {
        let (Some(unit), Some(done)) = (plan.unit(index), record.units.get(index)) else { continue };
        let runs = [Direction::Forward, Direction::Look].iter().any(|way| record.running.contains(&(index, *way)));
        if done.is_done() || runs {
            continue;
        }
        match advance(plan, record, index, unit, done, now) {
            // A failure goes before everything: nothing new starts beside it.
            Advance::Failed(failed) => return fail(plan, record, index, failed),
            Advance::Next(end @ Move::End(_)) => drop(unsettled.get_or_insert(end)),
            Advance::Next(step) => next = Some(earlier(next, step)),
        }
    }
    match unsettled {
        // A branch that only a person can settle: nothing new starts beside it, and what runs may end.
        Some(end) if record.running.is_empty() => end,
        Some(_) => Move::Await,
        None => next.unwrap_or(Move::Await),
    }
}

/// The units that may run beside this one, with itself.
pub(super) fn abreast(unit: &Unit, index: usize) -> std::ops::Range<usize> {
    unit.parallel.clone().unwrap_or(index..index + 1)
}

/// What a single unit needs next.
pub(super) enum Advance {
    Next(Move),
    Failed(Failed),
}

/// A unit that failed for good, and what its `on-failure` says.
pub(super) struct Failed {
    pub(super) why: String,
    pub(super) wish: Wish,
}

/// The first move that starts something; sleeping only when nothing else can be done.
fn earlier(first: Option<Move>, second: Move) -> Move {
    match (first, second) {
        (Some(Move::Sleep(one)), Move::Sleep(other)) => Move::Sleep(one.min(other)),
        (None | Some(Move::Await | Move::Sleep(_)), second) => second,
        (Some(first), _) => first,
    }
}

/// Everything is done.
fn finish(plan: &Plan, record: &Record) -> Move {
    if !record.running.is_empty() {
        return Move::Await;
    }
    if let Some(phase) = open_phase(plan, record, plan.phases.len()) {
        return Move::EndPhase(phase);
    }
    Move::End(Verdict::Succeeded { warnings: record.units.iter().filter(|unit| unit.warned).count() })
}

/// The first phase before `end` that began and hasn't ended.
fn open_phase(plan: &Plan, record: &Record, end: usize) -> Option<usize> {
    plan.phases
        .iter()
        .take(end)
        .position(|phase| record.phases_started.contains(&phase.id) && !record.phases_ended.contains(&phase.id))
}

/// Ends the phases before this one and begins it, if that is still to do.
fn enter_phase(plan: &Plan, record: &Record, number: usize, now: Timestamp) -> Option<Move> {
    if let Some(open) = open_phase(plan, record, number) {
        return Some(Move::EndPhase(open));
    }
    let phase = plan.phases.get(number)?;
    if record.phases_started.contains(&phase.id) {
        return None;
    }
    let opens = phase.at.into_iter().chain(phase.window.map(|(start, _)| start)).max();
    let outside = record.may_start_any_time();
    if let Some(opens) = opens.filter(|opens| *opens > now && !outside) {
        let why = format!("phase {} begins at {opens}", phase.id);
        return Some(Move::End(Verdict::Parked { until: Some(opens), why }));
    }
    if let Some((_, closes)) = phase.window.filter(|(_, closes)| *closes <= now && !outside) {
        let why = format!("the window of phase {} closed at {closes}", phase.id);
        return Some(halt(record, Cause { unit: None, why }));
    }
    Some(Move::BeginPhase(number))
}

fn advance(plan: &Plan, record: &Record, index: usize, unit: &Unit, done: &UnitRecord, now: Timestamp) -> Advance {
    if let Some(look) = &done.failed_look {
        let why = look.failure.as_ref().map_or_else(String::new, |failure| failure.why.clone());
        return Advance::Failed(Failed { why, wish: wish_of_check(unit) });
    }
    if done.forward.is_empty() {
        let holds = |condition| Judge::default().condition_holds(condition, &record.all_values(plan));
        match unit.when.as_deref().map(holds) {
            Some(Ok(false)) => return Advance::Next(Move::Skip(index, SkipReason::Condition)),
            Some(Err(error)) => {
                return Advance::Failed(Failed { why: error.to_string(), wish: Wish::Rollback });
            }
            Some(Ok(true)) | None => {}
        }
    }
    match &unit.kind {
        UnitKind::Check(_) | UnitKind::Preserve(_) => Advance::Next(Move::Look { unit: index, verifying: false }),
        UnitKind::OnRollback(_) => Advance::Next(Move::Pass(index)),
        UnitKind::Wait(_) | UnitKind::Manual(_) if rehearsing::passes_over(record, unit) => {
            Advance::Next(Move::Skip(index, SkipReason::NotRehearsed))
        }
        UnitKind::Wait(_) => Advance::Next(match done.waits_until {
            None => Move::BeginWait(index),
            Some(until) if until > now => Move::Sleep(until),
            Some(_) => Move::EndWait(index),
        }),
        UnitKind::Manual(_) => confirm(record, &unit.id),
        UnitKind::Step(step) => advance_step(plan, record, index, step, done, now),
    }
}

/// A person's confirmation. *No* halts and asks.
fn confirm(record: &Record, id: &str) -> Advance {
    let question = Question::Confirm(id.to_owned());
    match record.reply(&question) {
        Some(Reply::Rollback) => {
            Advance::Failed(Failed { why: "a person chose the way back".into(), wish: Wish::Rollback })
        }
        Some(_) => Advance::Failed(Failed { why: "a person said no".into(), wish: Wish::Halt }),
        None if is_attended(record) => Advance::Next(Move::Ask(question)),
        None => Advance::Next(park_for_a_person(id)),
    }
}

fn park_for_a_person(id: &str) -> Move {
    Move::End(Verdict::Parked { until: None, why: format!("{id} needs a person's confirmation") })
}

pub(super) fn is_attended(record: &Record) -> bool {
    record.engine.as_ref().is_some_and(|(engine, _)| engine.attended)
}

fn advance_step(plan: &Plan, record: &Record, index: usize, step: &Step, done: &UnitRecord, now: Timestamp) -> Advance {
    let wish = match step.on_failure {
        StepFailure::Rollback => Wish::Rollback,
        StepFailure::Halt => Wish::Halt,
    };
    if let Some(why) = &done.refused {
        return Advance::Failed(Failed { why: why.to_string(), wish });
    }
    if let Some(last) = done.forward.last() {
        return match after_attempt(record, index, step, done, last, wish, now) {
            Advance::Next(again @ Move::Attempt { .. }) => still_holds(plan, record).unwrap_or(Advance::Next(again)),
            other => other,
        };
    }
    if step.applied.is_some() {
        match done.answer(Occasion::Before) {
            None => return Advance::Next(Move::AskApplied(index, Occasion::Before)),
            Some(Answer::Yes) => return Advance::Next(Move::Skip(index, SkipReason::AlreadyApplied)),
            Some(Answer::CannotTell) => {
                let why = "nobody can tell whether it is already applied".to_owned();
                return Advance::Next(Move::Refuse(index, why));
            }
            Some(Answer::No) => {}
        }
    }
    if let Some(held) = still_holds(plan, record) {
        return held;
    }
    if let Some(why) = safety::no_longer_fits(plan, record, index, now) {
        return Advance::Next(Move::Refuse(index, why));
    }
    let Some(unit) = plan.unit(index) else { return Advance::Next(Move::Await) };
    if unit.is_irreversible() && !record.engine.as_ref().is_some_and(|(engine, _)| engine.past_no_return) {
        let question = Question::PastNoReturn(unit.id.clone());
        match record.reply(&question) {
            Some(Reply::Yes) => {}
            Some(Reply::Rollback) => {
                return Advance::Failed(Failed { why: "a person chose the way back".into(), wish: Wish::Rollback });
            }
            Some(_) => return Advance::Failed(Failed { why: "a person said no".into(), wish: Wish::Halt }),
            None if is_attended(record) => return Advance::Next(Move::Ask(question)),
            None => {
                let why = "it is irreversible, and nobody said --past-no-return".to_owned();
                return Advance::Failed(Failed { why, wish: Wish::Halt });
            }
        }
    }
    if matches!(step.activity.action, Action::Manual(_)) && !is_attended(record) {
        return Advance::Next(park_for_a_person(&unit.id));
    }
    Advance::Next(Move::Attempt { unit: index, direction: Direction::Forward, number: 1 })
}

/// Its last attempt ended and has not succeeded, or its engine is gone.
pub(super) fn after_attempt(
    record: &Record,
    index: usize,
    step: &Step,
    done: &UnitRecord,
    last: &Attempt,
    wish: Wish,
    now: Timestamp,
) -> Advance {
    let Some((ended_at, end)) = &last.ended else { return Advance::Next(Move::Await) };
    let number = u32::try_from(done.forward.len()).unwrap_or(u32::MAX).saturating_add(1);
    let again = Advance::Next(Move::Attempt { unit: index, direction: Direction::Forward, number });
    if end.recovered || last.reopened {
        return settle(record, index, step, done, last, again);
    }
    let why = end.failure.as_ref().map_or_else(String::new, |failure| failure.why.clone());
    let may_retry = step.idempotent
        && last.outcome() != Some(Outcome::Unknown)
        && end.failure.as_ref().is_some_and(|failure| failure.kind != FailureKind::Unknown);
    let tried = done.forward.iter().filter(|attempt| attempt.engine == last.engine).count();
    match step.activity.retry.as_deref().filter(|retry| may_retry && tried < retry.attempts as usize) {
        None => Advance::Failed(Failed { why, wish }),
        Some(retry) => match safety::retry_at(*ended_at, *retry, tried) {
            due if due > now => Advance::Next(Move::Sleep(due)),
            _ => again,
        },
    }
}

/// What became of it must be settled before the run goes forward.
fn settle(record: &Record, index: usize, step: &Step, done: &UnitRecord, last: &Attempt, again: Advance) -> Advance {
    let id = step.id.value.clone();
    // A derived action answers for itself: the unit's state, the file's bytes.
    let can_answer = step.applied.is_some() || last.before.is_some();
    let asked = done.answer(Occasion::Settling).map_or(Asked::NotYet, Asked::Said);
    let attended = if is_attended(record) { Somebody::Present } else { Somebody::Absent };
    let working = if last.is_open() { Working::Orphans } else { Working::Nobody };
    let known = Known {
        applied: if can_answer { asked } else { Asked::Never },
        idempotent: step.idempotent,
        somebody: record.reply(&Question::Settle(id.clone())).map_or(attended, Somebody::Said),
        ..Known::on_disk(working, last.outcome().map_or(Noted::Start, as_noted))
    };
    match known.settling() {
        Settling::Run => again,
        Settling::AskApplied => Advance::Next(Move::AskApplied(index, Occasion::Settling)),
        Settling::AskSomebody => Advance::Next(Move::Ask(Question::Settle(id))),
        Settling::TurnRound => {
            let why = format!("{id} has an unknown outcome, and a person chose the way back");
            Advance::Failed(Failed { why, wish: Wish::Rollback })
        }
        // What settles it as done was folded into the attempt; all else was settled when the run was taken.
        Settling::Stop
        | Settling::TakeAsDone
        | Settling::Refuse
        | Settling::Attach
        | Settling::Import
        | Settling::Undo
        | Settling::LeaveAlone => Advance::Next(Move::End(Verdict::Unsettled { unit: id })),
    }
}

/// What is on record of an attempt that has failed: whatever it answered, part of its effect may be there.
fn as_noted(outcome: Outcome) -> Noted {
    match outcome {
        Outcome::NotApplied => Noted::End(Outcome::NotApplied),
        Outcome::Applied | Outcome::Unknown => Noted::Start,
    }
}

fn wish_of_check(unit: &Unit) -> Wish {
    match &unit.kind {
        UnitKind::Check(check) => match check.on_failure {
            CheckFailure::Rollback => Wish::Rollback,
            CheckFailure::Halt => Wish::Halt,
            CheckFailure::Warn => Wish::Continue,
        },
        UnitKind::Step(_)
        | UnitKind::OnRollback(_)
        | UnitKind::Preserve(_)
        | UnitKind::Manual(_)
        | UnitKind::Wait(_) => Wish::Rollback,
    }
}

/// A unit failed: what runs may end, evidence is collected, and then its `on-failure` holds.
pub(super) fn fail(plan: &Plan, record: &Record, index: usize, failed: Failed) -> Move {
    if !record.running.is_empty() {
        return Move::Await;
    }
    let Some(unit) = plan.unit(index) else { return Move::Await };
    let diagnosed = record.units.get(index).is_none_or(|done| done.diagnosed);
    if !diagnosed && way_back::has_diagnosis(unit) {
        return Move::Diagnose(index);
    }
    let cause = Cause { unit: Some(unit.id.clone()), why: failed.why };
    let wish = record.head.as_ref().and_then(|head| head.on_failure).unwrap_or(failed.wish);
    match wish {
        Wish::Rollback => way_back::begin(plan, record, cause),
        Wish::Halt | Wish::Continue => halt(record, cause),
    }
}

/// Stops: with effects in place, or refused where there are none.
fn halt(record: &Record, cause: Cause) -> Move {
    Move::End(if record.has_effects() {
        Verdict::Halted { cause, barrier: None, back_to: None }
    } else {
        Verdict::Refused { cause }
    })
}
