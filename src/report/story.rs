//! The story of a run, one event after the other, as lines that read well in a log, without colour
//! and by a screen reader. It folds the events it is told into a record, so that a line can say what
//! was expected; it needs nothing else.

mod asked;
mod attempt;
mod back;
mod head;
mod look;

use std::sync::Arc;

use super::page::Page;
use super::style::{Style, Tone};
use super::times::{clock, moment};
use super::verdict::render_verdict;
use crate::event::{Event, Outline, OutlineKind, OutlineUnit, Record, RunStarted, SkipReason, Stamped};

/// Tells a run's events as lines.
#[derive(Debug, Clone)]
pub struct Story {
    style: Style,
    /// Whether lines begin with the time, in UTC.
    clock: bool,
    /// Whether it is told that something begins, and not only how it ended.
    beginnings: bool,
    /// The head of the run; `None` before its first event.
    head: Option<Arc<RunStarted>>,
    goes_back: bool,
    /// What a verdict is told from, where it is told.
    record: Option<Box<Record>>,
}

impl Story {
    /// For a log: lines begin with the time, and what begins is told too.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self { style, clock: true, beginnings: true, head: None, goes_back: false, record: Some(Box::default()) }
    }

    /// For beside a live view, which shows what runs and since when.
    #[must_use]
    pub fn beside_live(style: Style) -> Self {
        Self { clock: false, beginnings: false, ..Self::new(style) }
    }

    /// What a verdict means and how to continue is left to the closing screen that follows.
    #[must_use]
    pub fn before_a_closing_screen(mut self) -> Self {
        self.record = None;
        self
    }

    /// From now on lines may have so many columns: a terminal was resized.
    pub(super) fn fit(&mut self, width: usize) {
        self.style.width = width;
    }

    /// Takes events in that were told before.
    pub fn remember<'a>(&mut self, events: impl IntoIterator<Item = &'a Stamped>) {
        for event in events {
            self.hear(event);
        }
    }

    /// A record of its own only where the verdict is told: everything else needs the head alone.
    fn hear(&mut self, stamped: &Stamped) {
        match &stamped.event {
            Event::RunStarted(head) => self.head = Some(Arc::clone(head)),
            Event::RollbackStarted { .. } => self.goes_back = true,
            _ => {}
        }
        if let Some(record) = &mut self.record {
            record.fold(stamped);
        }
    }

    /// The lines of an event; none where it is worth no line.
    pub fn tell(&mut self, stamped: &Stamped) -> Vec<String> {
        self.hear(stamped);
        let mut page = Page::new(self.style, self.clock.then(|| clock(stamped.at)));
        let page_of = &mut page;
        match &stamped.event {
            Event::RunStarted(run) => head::run_started(page_of, run),
            Event::EngineStarted(engine) => head::engine_started(page_of, engine, self.outline()),
            Event::LockTaken { name, reach, lease: _ } => {
                page.line(Tone::Quiet, "lock", &format!("{name} is taken; {reach}"));
            }
            Event::LockLost { name, why } => {
                page.line(Tone::Bad, "stop", &format!("the lock {name} is lost, and nothing new starts: {why}"));
            }
            Event::LockReturned { name } => page.line(Tone::Quiet, "lock", &format!("{name} is given back")),
            Event::PhaseStarted { phase } => head::phase_started(page_of, phase, self.outline()),
            Event::UnitSkipped { unit, because } => self.skipped(page_of, unit, because),
            Event::AppliedAsked { unit, occasion, answer, judgements, trouble } => {
                let asked =
                    attempt::Asked { occasion: *occasion, answer: *answer, judgements, trouble: trouble.as_deref() };
                attempt::applied_asked(page_of, self.unit(unit), &asked);
            }
            Event::StepRefused { unit, why } => attempt::refused(page_of, self.unit(unit), why),
            Event::AttemptStarted { key, .. } => attempt::started(page_of, self.unit(&key.unit), key, self.beginnings),
            Event::AttemptEnded(end) => attempt::ended(page_of, self.unit(&end.key.unit), end),
            Event::LookStarted { unit, .. } if self.beginnings => look::started(page_of, self.unit(unit)),
            Event::PhaseEnded { .. } | Event::LookStarted { .. } => {}
            Event::LookEnded(end) => look::ended(page_of, self.unit(&end.unit), end),
            Event::EvidenceCollected { unit, evidence } => look::evidence(page_of, unit, evidence),
            Event::OnRollbackPassed { unit } => {
                page.unit(Tone::Quiet, "noted", self.unit(unit).names(), "runs only if the way back passes it");
            }
            Event::WaitStarted { unit, until } => {
                let until = format!("until {}", moment(*until, stamped.at));
                page.unit(Tone::Busy, "waits", self.unit(unit).names(), &until);
            }
            Event::WaitEnded { unit } => page.unit(Tone::Good, "waited", self.unit(unit).names(), ""),
            Event::RollbackStarted { cause, undo, .. } => back::started(page_of, cause, undo, self.outline()),
            Event::InverseSkipped { unit, because, left_to_a_person } => {
                back::skipped(page_of, self.unit(unit), because, *left_to_a_person);
            }
            Event::Asked { question } => asked::asked(page_of, question, self.outline()),
            Event::Answered { question, reply, by, reason } => {
                asked::answered(page_of, question, *reply, by, reason.as_deref());
            }
            Event::Escalated { unit, why } => asked::escalated(page_of, unit.as_deref(), why),
            Event::Interrupted { by, wish } => asked::interrupted(page_of, by, *wish, self.goes_back),
            Event::LeftAlone => {
                page.line(Tone::Quiet, "note", "the terminal was closed: from here on nobody can be asked");
            }
            Event::StoodStill { seconds, suspended } => {
                page.line(Tone::Quiet, "note", &stood_still(*seconds, *suspended));
            }
            Event::Noted { text } => page.line(Tone::Quiet, "note", text),
            Event::RunEnded { verdict } => {
                if let Some(record) = &self.record {
                    render_verdict(page_of, verdict, record);
                }
            }
        }
        page.into_lines()
    }

    /// Where the lines are that a live view doesn't show of a long run.
    pub(super) fn promise(&self, run: &str) -> Vec<String> {
        let mut page = Page::new(self.style, None);
        page.more(1, &format!("it is long: what goes well is counted here; `runbook show {run}` has every line"));
        page.into_lines()
    }

    fn skipped(&self, page: &mut Page, unit: &str, because: &SkipReason) {
        let why = match because {
            SkipReason::Condition => "its condition doesn't hold",
            SkipReason::AlreadyApplied => "its effect is there already; it isn't ours to undo",
            SkipReason::NotRehearsed => "a rehearsal doesn't wait, and nobody is here to be asked: not rehearsed",
        };
        page.unit(Tone::Quiet, "skipped", self.unit(unit).names(), why);
    }

    fn outline(&self) -> Option<&Outline> {
        self.head.as_ref().map(|head| &head.outline)
    }

    fn unit<'a>(&'a self, id: &'a str) -> Told<'a> {
        Told { id, outlined: self.outline().and_then(|outline| outline.unit(id)) }
    }
}

/// A unit that is told about.
#[derive(Clone, Copy)]
struct Told<'a> {
    id: &'a str,
    /// `None` for a unit that the outline doesn't know.
    outlined: Option<&'a OutlineUnit>,
}

impl<'a> Told<'a> {
    /// Its id and title.
    fn names(self) -> (&'a str, &'a str) {
        (self.id, self.outlined.map_or("", |unit| &unit.title))
    }

    /// What it does, or does on the way back, on one line; empty where there is none.
    fn line(self, back: bool) -> &'a str {
        self.outlined.map_or("", |unit| {
            // What an `on-rollback` does is its own action.
            if back && unit.kind != OutlineKind::OnRollback { &unit.back } else { &unit.line }
        })
    }

    fn estimate(self) -> Option<f64> {
        self.outlined.and_then(|unit| unit.estimate)
    }

    /// The hard limit; `None` where there is none.
    fn budget(self) -> Option<f64> {
        self.outlined.map(|unit| unit.budget).filter(|budget| *budget > 0.0)
    }
}

/// Why what was done is asked about again.
fn stood_still(seconds: u64, suspended: bool) -> String {
    let time = crate::model::render_duration(std::time::Duration::from_secs(seconds));
    let what = if suspended { "the machine was suspended" } else { "nothing was done" };
    format!("{what} for {time}: what was done must still hold before the next step")
}
