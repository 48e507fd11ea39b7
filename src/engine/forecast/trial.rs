//! A case, tried: the run that it makes happen, against what it must do; and without any case, every
//! failure of every step, against the one promise that everything can be taken back.
//!
//! Invariant: nothing is performed, whatever a case says.

use std::sync::Arc;

use super::foresee::{Origin, every_failure, foresee, start};
use super::hindrance::impossible;
use super::scripted::{Happened, Scripted};
use super::walk::{Attendance, Walk};
use crate::engine::way_back::remaining;
use crate::event::{BrokenPromise, Cause, Failing, FailureRow, Forecast, Outline, Place, RowEnd, TestedCase, Verdict};
use crate::model::test_file::{Promise, Promised, TestCase};
use crate::plan::Plan;
use crate::syntax::Sources;

/// Tries a case; `tests` is the text that it was read from, `sources` that of the runbook.
#[must_use]
pub fn try_case(plan: &Plan, sources: &Arc<Sources>, case: &TestCase, tests: &Sources) -> TestedCase {
    let began = case.begins.unwrap_or_else(|| start(plan));
    let mut script = Scripted::new(plan, sources, case, began);
    let attendance = Attendance {
        attended: script.is_attended(),
        past_no_return: case.past_no_return,
        any_time: !case.watches_windows(),
    };
    let mut walk = Walk::begin(plan, Outline::of(plan), began, attendance);
    let mut tried = TestedCase { id: case.id.value.clone(), title: case.title.clone(), ..TestedCase::default() };
    let Some(verdict) = walk.go_to_the_end(&mut script) else {
        let line = "it ends".to_owned();
        tried.broken.push(BrokenPromise { line, place: None, happened: "it goes on for ever".to_owned() });
        return tried;
    };
    let left = if verdict.is_final() { Vec::new() } else { remaining(plan, &walk.record) };
    let end = Ended { plan, happened: &script.happened, verdict: &verdict, left };
    let broken = case.promises.iter().filter_map(|promise| Some((promise.span, end.breaks(promise)?)));
    for (span, happened) in impossible(plan, case).into_iter().chain(broken) {
        let line = tests.line(span).trim_end_matches('}').trim().to_owned();
        let (at, column) = tests.line_and_column(span);
        let place = Place { file: tests.path(span.file).to_string(), line: at, column };
        tried.broken.push(BrokenPromise { line, place: Some(place), happened });
    }
    tried.story = end.story();
    tried
}

/// How a case ended.
struct Ended<'a> {
    plan: &'a Plan,
    happened: &'a Happened,
    verdict: &'a Verdict,
    left: Vec<String>,
}

impl Ended<'_> {
    /// What happened where a promise is broken; `None`: it is kept.
    fn breaks(&self, promise: &Promise) -> Option<String> {
        let happened = self.happened;
        let (kept, actual) = match &promise.what {
            Promised::End(code) => (*code == self.verdict.code(), self.told()),
            Promised::Fail(unit) => {
                let cause = cause(self.verdict);
                let failed = cause.and_then(|cause| cause.unit.as_deref());
                let told = cause.map_or_else(|| "nothing failed".to_owned(), told_cause);
                (failed == Some(unit), told)
            }
            Promised::Undo(units) if promise.must => (*units == happened.undone, listed("undone", &happened.undone)),
            Promised::Verify(ids) if promise.must => (*ids == self.verified(), listed("verified", &self.verified())),
            Promised::Leave(units) if promise.must => (*units == self.left, listed("left", &self.left)),
            Promised::Undo(units) => (any(units, &happened.undone), listed("undone", &happened.undone)),
            Promised::Verify(ids) => (any(ids, &self.verified()), listed("verified", &self.verified())),
            Promised::Leave(units) => (any(units, &self.left), listed("left", &self.left)),
            Promised::Reach(units) => (met(promise, units, &happened.started), listed("reached", &happened.started)),
            Promised::Skip(units) => (met(promise, units, &happened.skipped), listed("passed over", &happened.skipped)),
            Promised::Ask(units) => (met(promise, units, &happened.asked), listed("asked about", &happened.asked)),
        };
        (kept != promise.must).then_some(actual)
    }

    fn verified(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for unit in &self.happened.verified {
            let checkpoint = self.plan.index(unit).and_then(|index| self.plan.unit(index)?.checkpoint);
            let id = checkpoint.and_then(|number| self.plan.checkpoints.get(number)).map(|it| it.id.clone());
            ids.extend(id.filter(|id| !ids.contains(id)));
        }
        ids
    }

    /// How it ended, in one line.
    fn told(&self) -> String {
        let verdict = self.verdict;
        let how = match verdict {
            Verdict::Succeeded { .. } => "succeeded".to_owned(),
            Verdict::RolledBack { verified: true, .. } => "rolled back, verified".to_owned(),
            Verdict::RolledBack { verified: false, .. } => "rolled back, nothing to verify it by".to_owned(),
            Verdict::Incomplete { .. } => "the way back isn't complete".to_owned(),
            Verdict::Unsettled { unit } => format!("a person must say what became of {unit}"),
            Verdict::Refused { .. } => "refused, nothing was changed".to_owned(),
            Verdict::Parked { why, .. } => format!("it waits: {why}"),
            Verdict::Halted { barrier: Some(barrier), .. } => {
                format!("stopped at {barrier}, behind which nothing goes back")
            }
            Verdict::Halted { .. } => "stopped with its effects in place".to_owned(),
            Verdict::Abandoned { .. } => "given up".to_owned(),
        };
        format!("it ends with {}: {how}", verdict.code())
    }

    fn story(&self) -> Vec<String> {
        let mut story = Vec::new();
        story.extend(cause(self.verdict).map(told_cause));
        if !self.happened.undone.is_empty() {
            story.push(listed("undone", &self.happened.undone));
        }
        if !self.verified().is_empty() {
            story.push(listed("verified", &self.verified()));
        }
        if !self.left.is_empty() {
            story.push(listed("left", &self.left));
        }
        story.push(self.told());
        story
    }
}

fn any(units: &[String], among: &[String]) -> bool {
    units.iter().any(|unit| among.contains(unit))
}

/// Every one of them for `must`, any for `must-not`.
fn met(promise: &Promise, units: &[String], among: &[String]) -> bool {
    if promise.must { units.iter().all(|unit| among.contains(unit)) } else { any(units, among) }
}

fn listed(what: &str, units: &[String]) -> String {
    if units.is_empty() { format!("nothing is {what}") } else { format!("{what}: {}", units.join(" ")) }
}

fn cause(verdict: &Verdict) -> Option<&Cause> {
    match verdict {
        Verdict::RolledBack { cause, .. }
        | Verdict::Incomplete { cause, .. }
        | Verdict::Refused { cause }
        | Verdict::Halted { cause, .. } => Some(cause),
        Verdict::Succeeded { .. } | Verdict::Unsettled { .. } | Verdict::Parked { .. } | Verdict::Abandoned { .. } => {
            None
        }
    }
}

fn told_cause(cause: &Cause) -> String {
    match &cause.unit {
        Some(unit) => format!("{unit} fails: {}", cause.why),
        None => cause.why.clone(),
    }
}

/// Drives a failure, a time-out and a crash through every step, and a failure through all else.
#[must_use]
pub fn drive_through(plan: &Plan, origin: Origin<'_>) -> Vec<TestedCase> {
    let forecast = foresee(plan, origin);
    every_failure(plan, &forecast).iter().map(|row| driven(&forecast, row)).collect()
}

fn driven(forecast: &Forecast, row: &FailureRow) -> TestedCase {
    let id = |index: usize| forecast.units.get(index).map_or("", |unit| unit.unit.id.as_str());
    let how = match row.failing {
        Failing::Fails => "fails",
        Failing::NoAnswer => "no answer",
        Failing::Crash => "crash",
    };
    let stops = row.stops_at.map(|index| format!(" ({})", id(index))).unwrap_or_default();
    let broken = incomplete(row.ends).map(|why| BrokenPromise {
        line: "everything can be taken back".to_owned(),
        place: None,
        happened: format!("it ends with {}: {why}{stops}", row.exit),
    });
    let undone: Vec<_> = forecast.undone(row).map(|unit| unit.unit.id.clone()).collect();
    TestedCase {
        id: format!("{}: {how}", id(row.unit)),
        title: forecast.units.get(row.unit).map(|unit| unit.unit.title.clone()).unwrap_or_default(),
        story: broken.iter().map(|_| listed("undone", &undone)).collect(),
        broken: broken.into_iter().collect(),
    }
}

/// Why a way back isn't complete; `None`: it is, or there is nothing to take back.
fn incomplete(end: RowEnd) -> Option<&'static str> {
    match end {
        RowEnd::GoesOn | RowEnd::Refused | RowEnd::RolledBackVerified | RowEnd::RolledBack => None,
        RowEnd::Halted => Some("it stops with its effects in place"),
        RowEnd::HaltedAtNoReturn => Some("there is no way back behind the point of no return"),
        RowEnd::HaltedAtStretch => Some("what earlier phases did stays"),
        RowEnd::LeftToAPerson => Some("an inverse is a person's work"),
        RowEnd::Undecided => Some("an inverse is past its time by then, and a person has to decide"),
        RowEnd::Unsettled => Some("a person has to say what became of a step"),
    }
}
