//! The record of a run as one JSON object: what `runbook show RUN --format json` prints. Where the events
//! say what happened one after the other, this says what became of each unit, so that whoever reads it needn't
//! fold anything.
//!
//! It leaves to `exec --format json` what happens while it happens. Invariant: it says nothing that the events
//! don't say; read beside a living engine it is the record so far.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::escape::escape_json;
use super::tally::Tally;
use crate::event::{
    Answer, AttemptEnded, Cause, EngineStarted, Event, Evidence, LookEnded, Occasion, OutlinePhase, OutlineUnit,
    Question, Record, Reply, SkipReason, Stamped, Turn, UnitRecord, Verdict,
};

/// The format of a run record as JSON; it grows when something in it changes its meaning.
const RUN_RECORD_FORMAT: u32 = 1;

/// What became of a run and of each of its units.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunRecord {
    /// The format of this object: 1.
    format: u32,
    /// The run's id.
    run: String,
    /// The runbook's id.
    runbook: String,
    /// The runbook's title, values put in.
    title: String,
    /// The runbook's file, as it was named.
    file: String,
    /// SHA-256 of the bundle.
    digest: String,
    /// Every input with its value.
    inputs: BTreeMap<String, String>,
    /// Where a rehearsal turns round; `null`: it is no rehearsal.
    rehearsal: Option<Turn>,
    /// When it started.
    #[schemars(with = "String", extend("format" = "date-time"))]
    started: Timestamp,
    /// When the last event happened.
    #[schemars(with = "String", extend("format" = "date-time"))]
    last: Timestamp,
    /// Seconds that engines had the run; what lies between them isn't counted.
    seconds: f64,
    /// How it ended or stopped; `null`: an engine has it, or its engine died.
    verdict: Option<Verdict>,
    /// The exit code that follows from the verdict; `null` without one.
    exit: Option<u8>,
    /// Whether it can be resumed or taken back.
    open: bool,
    /// The engines that took the run, in order.
    engines: Vec<TookOver>,
    /// Its phases, in order.
    phases: Vec<RunPhase>,
    /// Its units, in the order of the runbook.
    units: Vec<RunUnit>,
    /// The way back; `null`: it never turned round.
    rollback: Option<RunRollback>,
    /// What `runbook rollback` would undo, in this order; empty where there is nothing left to do.
    remaining: Vec<ToUndo>,
    /// Captured and preserved values.
    values: BTreeMap<String, String>,
    /// What people were asked and said, in order.
    answers: Vec<RunAnswer>,
    /// The seconds that services were down; `null`: none was stopped.
    downtime: Option<f64>,
    /// Everything else that was worth a line, in order.
    notes: Vec<Note>,
}

/// An engine that took the run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct TookOver {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// Who, where, and why.
    #[serde(flatten)]
    engine: EngineStarted,
}

/// What became of a phase.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct RunPhase {
    /// What it is.
    #[serde(flatten)]
    phase: OutlinePhase,
    /// Whether it began.
    began: bool,
    /// Whether everything in it is done.
    ended: bool,
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct RunUnit {
    /// What it is.
    #[serde(flatten)]
    unit: OutlineUnit,
    /// How it stands.
    state: UnitState,
    /// Why it was passed over; `null`: it wasn't.
    skipped: Option<SkipReason>,
    /// Why it was refused before it started; `null`: it wasn't.
    refused: Option<String>,
    /// Each time that its `applied` was asked.
    applied: Vec<AppliedAnswer>,
    /// Its attempts, on the way out and back, in order.
    attempts: Vec<RunAttempt>,
    /// Each time that it was looked at, in order.
    looks: Vec<RunLook>,
    /// What was looked at after it failed.
    evidence: Vec<Evidence>,
}

/// How a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum UnitState {
    /// Nothing was begun.
    Waiting,
    /// It is done, or it holds.
    Done,
    /// It failed and only warned.
    Warned,
    /// It failed, or what became of it is to be settled.
    Failed,
    /// It runs, or its engine died while it ran.
    Running,
    /// It was passed over.
    Skipped,
    /// It was taken back.
    Undone,
}

/// An answer of `applied`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct AppliedAnswer {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// On which occasion.
    occasion: Occasion,
    /// Whether the whole effect is there.
    answer: Answer,
}

/// An attempt to act.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct RunAttempt {
    /// When it ended.
    #[schemars(with = "String", extend("format" = "date-time"))]
    ended: Timestamp,
    /// How, with the evidence.
    #[serde(flatten)]
    end: AttemptEnded,
}

/// A look at a check or a preserved value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct RunLook {
    /// When it ended.
    #[schemars(with = "String", extend("format" = "date-time"))]
    ended: Timestamp,
    /// How, with the evidence.
    #[serde(flatten)]
    end: LookEnded,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct RunRollback {
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// The first cause.
    cause: Cause,
    /// What was to be undone, in this order.
    undo: Vec<String>,
}

/// An inverse that is still to run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct ToUndo {
    /// The unit's id.
    unit: String,
    /// What a person would run.
    commands: String,
}

/// What a person was asked and said.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct RunAnswer {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// What was asked.
    question: Question,
    /// The answer.
    reply: Reply,
    /// Who.
    by: String,
    /// Why; `null`: no reason was given.
    reason: Option<String>,
}

/// Something that was worth a line.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
struct Note {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// One line.
    text: String,
}

impl RunRecord {
    /// The record of a run with these events; `None` where they don't say of what. `remaining` are the inverses
    /// that are still to run, with their commands.
    #[must_use]
    pub fn of(events: &[Stamped], remaining: Vec<(String, String)>) -> Option<Self> {
        let tally = Tally::of(events);
        let record = &tally.record;
        let head = record.head.as_ref()?;
        let phases = head.outline.phases.iter().map(|phase| RunPhase {
            phase: phase.clone(),
            began: record.phases_started.contains(&phase.id),
            ended: record.phases_ended.contains(&phase.id),
        });
        let units = head.outline.units.iter().zip(&record.units).enumerate();
        let mut told = Self {
            format: RUN_RECORD_FORMAT,
            run: head.run.clone(),
            runbook: head.runbook.clone(),
            title: head.title.clone(),
            file: head.file.clone(),
            digest: head.digest.clone(),
            inputs: head.inputs.clone(),
            rehearsal: head.rehearsal.clone(),
            started: record.started,
            last: record.last,
            seconds: (tally.active * 1000.0).round() / 1000.0,
            exit: record.verdict.as_ref().map(Verdict::code),
            verdict: record.verdict.clone(),
            open: record.is_open(),
            engines: Vec::new(),
            phases: phases.collect(),
            units: units.map(|(index, (unit, became))| unit_of(record, index, unit, became)).collect(),
            rollback: None,
            remaining: remaining.into_iter().map(|(unit, commands)| ToUndo { unit, commands }).collect(),
            values: record.values.clone(),
            answers: Vec::new(),
            downtime: tally.downtime.seconds(record.last),
            notes: Vec::new(),
        };
        for event in events {
            told.hear(event, record);
        }
        Some(told)
    }

    fn hear(&mut self, stamped: &Stamped, record: &Record) {
        let at = stamped.at;
        let place = |id: &str| record.index(id).unwrap_or(usize::MAX);
        match &stamped.event {
            Event::EngineStarted(engine) => self.engines.push(TookOver { at, engine: engine.clone() }),
            Event::AppliedAsked { unit: id, occasion, answer, .. } => {
                let asked = AppliedAnswer { at, occasion: *occasion, answer: *answer };
                self.units.get_mut(place(id)).into_iter().for_each(|unit| unit.applied.push(asked.clone()));
            }
            Event::AttemptEnded(end) => {
                let attempt = RunAttempt { ended: at, end: (**end).clone() };
                self.units.get_mut(place(&end.key.unit)).into_iter().for_each(|it| it.attempts.push(attempt.clone()));
            }
            Event::LookEnded(end) => {
                let look = RunLook { ended: at, end: (**end).clone() };
                self.units.get_mut(place(&end.unit)).into_iter().for_each(|unit| unit.looks.push(look.clone()));
            }
            Event::EvidenceCollected { unit: id, evidence } => {
                self.units
                    .get_mut(place(id))
                    .into_iter()
                    .for_each(|unit| unit.evidence.extend(evidence.iter().cloned()));
            }
            Event::RollbackStarted { cause, undo, .. } => {
                self.rollback = Some(RunRollback { at, cause: cause.clone(), undo: undo.clone() });
            }
            Event::Answered { question, reply, by, reason } => self.answers.push(RunAnswer {
                at,
                question: question.clone(),
                reply: *reply,
                by: by.clone(),
                reason: reason.clone(),
            }),
            Event::Noted { text } => self.notes.push(Note { at, text: text.clone() }),
            Event::Escalated { why, .. } => self.notes.push(Note { at, text: format!("people are called: {why}") }),
            Event::Interrupted { by, .. } => self.notes.push(Note { at, text: format!("interrupted: {by}") }),
            Event::LockLost { name, why } => {
                self.notes.push(Note { at, text: format!("the lock {name} is lost: {why}") });
            }
            Event::RunStarted(_)
            | Event::LockTaken { .. }
            | Event::LockReturned { .. }
            | Event::PhaseStarted { .. }
            | Event::PhaseEnded { .. }
            | Event::UnitSkipped { .. }
            | Event::StepRefused { .. }
            | Event::AttemptStarted { .. }
            | Event::LookStarted { .. }
            | Event::OnRollbackPassed { .. }
            | Event::WaitStarted { .. }
            | Event::WaitEnded { .. }
            | Event::InverseSkipped { .. }
            | Event::Asked { .. }
            | Event::LeftAlone
            | Event::StoodStill { .. }
            | Event::RunEnded { .. } => {}
        }
    }

    /// On one line, with the characters escaped that only some readers obey.
    #[must_use]
    pub fn to_json(&self) -> String {
        // A record always has a JSON form: its maps have strings for keys.
        escape_json(&serde_json::to_string(self).unwrap_or_default()) + "\n"
    }
}

fn unit_of(record: &Record, index: usize, unit: &OutlineUnit, became: &UnitRecord) -> RunUnit {
    RunUnit {
        unit: unit.clone(),
        state: state(record, index, became),
        skipped: became.skipped.clone(),
        refused: became.refused.as_deref().map(str::to_owned),
        applied: Vec::new(),
        attempts: Vec::new(),
        looks: Vec::new(),
        evidence: Vec::new(),
    }
}

fn state(record: &Record, index: usize, became: &UnitRecord) -> UnitState {
    if record.running.iter().any(|(running, _)| *running == index) {
        UnitState::Running
    } else if became.is_undone() {
        UnitState::Undone
    } else if became.skipped.is_some() {
        UnitState::Skipped
    } else if became.warned {
        UnitState::Warned
    } else if became.is_done() {
        UnitState::Done
    } else if became.refused.is_some() || became.failed_look.is_some() || !became.forward.is_empty() {
        UnitState::Failed
    } else {
        UnitState::Waiting
    }
}
