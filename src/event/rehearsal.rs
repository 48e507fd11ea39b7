//! What a rehearsal showed, as it is kept and quoted: each way back that was rehearsed, what it undid,
//! what it is proven by, and what was left out. A pure function of the records of its runs. How it is
//! kept is the journal's, how it is said the report's.
//!
//! One invariant: a way back counts as proven only where the run turned round because it was to, every
//! inverse held, and something that was looked at before and after says that all is as before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, Attempt, Cause, IncompleteReason, Occasion, OutlineKind, Record, SkipReason, Turn, Verdict};

/// What a rehearsal showed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsal {
    /// The runbook's id.
    pub runbook: String,
    /// The runbook's title, values put in.
    pub title: String,
    /// SHA-256 of the bundle. With the inputs it determines the plan that was rehearsed.
    pub digest: String,
    /// Every input with the value that it was rehearsed with.
    pub inputs: BTreeMap<String, String>,
    /// On which host.
    pub host: String,
    /// By which user.
    pub user: String,
    /// The version of runbook.
    pub version: String,
    /// When its first run started.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// When its last run ended.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ended: Timestamp,
    /// The ways back, in the order in which they were rehearsed; the first one is from the end.
    pub ways_back: Vec<RehearsedWayBack>,
    /// What was not rehearsed, in the order of the runbook.
    pub left_out: Vec<LeftOut>,
}

/// One run of a rehearsal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RehearsedWayBack {
    /// The run's id.
    pub run: String,
    /// Where it turned round.
    pub turn: Turn,
    /// Whether the step before the turn ran twice.
    #[serde(default)]
    pub twice: bool,
    /// The steps that were undone and the `on-rollback`s that were passed, in this order.
    pub undone: Vec<String>,
    /// How many checks and preserved values held again.
    pub verified: usize,
    /// How many `applied`s answered as before.
    pub as_before: usize,
    /// Seconds from its start to its turn.
    pub out_seconds: f64,
    /// Seconds from its turn to its end.
    pub back_seconds: f64,
    /// How the run ended.
    pub verdict: Verdict,
    /// What keeps the way back from being proven, in one line; `None`: it is proven.
    pub trouble: Option<String>,
}

/// A unit that wasn't rehearsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Its id.
    pub unit: String,
    /// Why.
    pub why: String,
    /// Whether it has a way back, which nothing proves then.
    pub has_way_back: bool,
}

/// Why a step wasn't rehearsed whose turn never came.
pub const BROKEN_OFF: &str = "the rehearsal stopped before its turn";

impl Rehearsal {
    /// Whether it stopped before every step had its turn.
    #[must_use]
    pub fn was_broken_off(&self) -> bool {
        self.left_out.iter().any(|left_out| left_out.why == BROKEN_OFF)
    }

    /// Whether every way back of the runbook was rehearsed and is proven.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        !self.ways_back.is_empty()
            && self.ways_back.iter().all(RehearsedWayBack::is_proven)
            && !self.left_out.iter().any(|left_out| left_out.has_way_back)
    }
}

impl RehearsedWayBack {
    /// What a run of a rehearsal showed; `None`: it is none, or has no verdict.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let (turn, verdict) = (record.turn()?.clone(), record.verdict.clone()?);
        let outline = &record.head.as_ref()?.outline;
        let turned = record.rollback.as_ref().map_or(record.last, |rollback| rollback.started);
        let twice = match &turn {
            Turn::After(step) => record.unit(step).is_some_and(|unit| successes(&unit.forward) > 1),
            Turn::End | Turn::Before(_) => false,
        };
        let undone = record.passed_order.iter().rev().filter_map(|index| {
            record.units.get(*index).filter(|unit| unit.is_undone())?;
            outline.units.get(*index).map(|unit| unit.id.clone())
        });
        let as_before = |unit: &&super::UnitRecord| {
            matches!(unit.answer(Occasion::Rehearsing), Some(Answer::Yes | Answer::No))
                && unit.answer(Occasion::Rehearsing) == unit.answer(Occasion::Rehearsed)
        };
        Some(Self {
            run: record.run().to_owned(),
            twice,
            undone: undone.collect(),
            verified: record.units.iter().filter(|unit| unit.verified == Some(true)).count(),
            as_before: record.units.iter().filter(as_before).count(),
            out_seconds: seconds(record.started, turned),
            back_seconds: seconds(turned, record.last),
            trouble: trouble(record, &turn, &verdict),
            turn,
            verdict,
        })
    }

    /// Whether it is proven.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.trouble.is_none()
    }

    /// Whether the run turned round where it was to.
    #[must_use]
    pub fn has_turned(&self) -> bool {
        matches!(&self.verdict, Verdict::RolledBack { cause, .. } if *cause == self.turn.cause())
    }
}

/// The steps that a run started, in the order of the outline: from each of them the way back is to be
/// rehearsed.
#[must_use]
pub fn steps_to_rehearse(record: &Record) -> Vec<String> {
    let Some(head) = &record.head else { return Vec::new() };
    let units = head.outline.units.iter().zip(&record.units);
    units.filter(|(_, done)| !done.forward.is_empty()).map(|(unit, _)| unit.id.clone()).collect()
}

/// What the first run of a rehearsal, the one that goes furthest, has left out.
#[must_use]
pub fn left_out(record: &Record) -> Vec<LeftOut> {
    let Some(head) = &record.head else { return Vec::new() };
    let mut left_out = Vec::new();
    for (unit, done) in head.outline.units.iter().zip(&record.units) {
        let has_way_back = match unit.kind {
            OutlineKind::Step => true,
            OutlineKind::StepWithoutInverse | OutlineKind::Irreversible | OutlineKind::Wait | OutlineKind::Manual => {
                false
            }
            OutlineKind::Check | OutlineKind::OnRollback | OutlineKind::Preserve => continue,
        };
        let why = match (&done.skipped, record.turn()) {
            (Some(SkipReason::Condition), _) => "its condition doesn't hold in a rehearsal".to_owned(),
            (Some(SkipReason::AlreadyApplied), _) => "its effect was there already".to_owned(),
            (Some(SkipReason::NotRehearsed), _) if unit.kind == OutlineKind::Wait => {
                "a rehearsal doesn't wait".to_owned()
            }
            (Some(SkipReason::NotRehearsed), _) => "nobody was there to confirm it".to_owned(),
            (None, _) if !done.forward.is_empty() || done.is_done() => continue,
            (None, Some(Turn::Before(at))) if *at == unit.id => match unit.kind {
                OutlineKind::Irreversible => "it can't be taken back".to_owned(),
                _ => "a person does it or takes it back, and nobody was there".to_owned(),
            },
            (None, Some(Turn::Before(at))) => format!("it comes after {at}"),
            (None, _) => "the run didn't get there".to_owned(),
        };
        left_out.push(LeftOut { unit: unit.id.clone(), why, has_way_back });
    }
    left_out
}

fn trouble(record: &Record, turn: &Turn, verdict: &Verdict) -> Option<String> {
    Some(match verdict {
        Verdict::RolledBack { cause, .. } if *cause != turn.cause() => failed(record, turn, cause),
        Verdict::RolledBack { verified: true, .. } => return None,
        Verdict::RolledBack { verified: false, .. } => {
            "every inverse held, and nothing was looked at before and after: no checkpoint, no `applied`".to_owned()
        }
        Verdict::Incomplete { why, .. } => incomplete(record, why),
        Verdict::Refused { cause } if *cause == turn.cause() => "no step had anything to do".to_owned(),
        Verdict::Refused { cause } => format!("nothing had started: {}", said(cause)),
        Verdict::Succeeded { .. } => "it never turned round".to_owned(),
        Verdict::Unsettled { unit } => format!("nobody knows what became of {unit}"),
        Verdict::Parked { why, .. } => format!("it is parked: {why}"),
        Verdict::Halted { cause, .. } => format!("it stopped with effects in place: {}", said(cause)),
        Verdict::Abandoned { reason } => format!("a person gave it up: {reason}"),
    })
}

/// Something went wrong before the turn.
fn failed(record: &Record, turn: &Turn, cause: &Cause) -> String {
    match (turn, &cause.unit) {
        (Turn::After(step), Some(unit))
            if step == unit && record.unit(step).is_some_and(|unit| successes(&unit.forward) == 1) =>
        {
            format!("{unit} isn't idempotent: run again, {}", cause.why)
        }
        (Turn::End | Turn::Before(_) | Turn::After(_), _) => format!("it failed before its turn: {}", said(cause)),
    }
}

fn incomplete(record: &Record, why: &IncompleteReason) -> String {
    match why {
        IncompleteReason::InverseFailed { unit } => {
            let back = record.unit(unit).and_then(|done| done.back.last()).and_then(|attempt| attempt.ended.as_ref());
            let why = back.and_then(|(_, end)| end.failure.as_ref()).map_or("", |failure| failure.why.as_str());
            format!("the inverse of {unit} failed: {why}")
        }
        IncompleteReason::Undecided { unit } => format!("a person must decide about the inverse of {unit}"),
        IncompleteReason::LockLost { lock, .. } => format!("the lock {lock} was lost"),
        IncompleteReason::Paused => "a person paused it".to_owned(),
        IncompleteReason::LeftToAPerson => "some of it is left to a person".to_owned(),
        IncompleteReason::NotVerified { unit } => format!("every inverse held, and {unit} isn't as before"),
    }
}

fn said(cause: &Cause) -> String {
    match &cause.unit {
        Some(unit) => format!("{unit}: {}", cause.why),
        None => cause.why.clone(),
    }
}

fn successes(attempts: &[Attempt]) -> usize {
    attempts.iter().filter(|attempt| attempt.succeeded()).count()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

/// What is on record about a runbook's way back, as it is now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// It was never rehearsed.
    Never,
    /// It was rehearsed as it is now, and every way back is proven.
    Proven(&'a Rehearsal),
    /// It was rehearsed as it is now, last time not to the end or not with every way back proven.
    Unproven(&'a Rehearsal),
    /// It was proven, and has changed since.
    Stale(&'a Rehearsal),
    /// It was rehearsed before it changed, and never proven.
    StaleUnproven(&'a Rehearsal),
}

impl<'a> Standing<'a> {
    /// What these rehearsals of a runbook, the newest first, say about the bundle with this digest.
    #[must_use]
    pub fn of(rehearsals: &'a [Rehearsal], digest: &str) -> Self {
        if let Some(newest) = rehearsals.iter().find(|rehearsal| rehearsal.digest == digest) {
            return if newest.is_proven() { Self::Proven(newest) } else { Self::Unproven(newest) };
        }
        match (rehearsals.iter().find(|rehearsal| rehearsal.is_proven()), rehearsals.first()) {
            (Some(proven), _) => Self::Stale(proven),
            (None, Some(newest)) => Self::StaleUnproven(newest),
            (None, None) => Self::Never,
        }
    }
}
