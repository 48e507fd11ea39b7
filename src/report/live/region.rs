//! What stands below the story while a run goes on: the phase, what runs against its estimate and
//! budget, the last lines of its output, what comes next, a bar for the whole. A pure function of the
//! events, the printed lines and the time.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::Size;
use super::routine::is_long;
use crate::event::{Direction, Event, Outline, OutlineUnit, Record, Stamped};
use crate::report::escape::escape;
use crate::report::fit;
use crate::report::style::{Style, Tone};
use crate::report::times::{between, seconds};

/// How many lines of output are shown.
const OUTPUT: usize = 3;
/// How many units that run at the same time are shown.
const RUNNING: usize = 6;
const BAR: usize = 24;
/// How many of those that come next are shown of a long run, and how many of those that ended last.
const NEXT: usize = 3;
const LATELY: usize = 5;
/// How much of a name is shown however narrow the terminal is.
const SHORTEST: usize = 8;

/// The state of the region.
#[derive(Debug)]
pub(super) struct Region {
    style: Style,
    record: Record,
    running: Vec<Running>,
    phase: Option<String>,
    /// What is undone on the way back, in this order.
    undo: Vec<String>,
    verifying: bool,
    ended: bool,
    /// Of a long run: what ended last, as it would have been told.
    lately: VecDeque<String>,
}

#[derive(Debug)]
struct Running {
    unit: String,
    direction: Direction,
    since: Timestamp,
    attempt: u32,
    /// For a wait: when it ends.
    until: Option<Timestamp>,
    output: VecDeque<String>,
}

impl Region {
    pub fn new(style: Style) -> Self {
        Self {
            style,
            record: Record::default(),
            running: Vec::new(),
            phase: None,
            undo: Vec::new(),
            verifying: false,
            ended: false,
            lately: VecDeque::new(),
        }
    }

    /// Whether what goes well is only counted.
    pub fn is_long(&self) -> bool {
        self.record.head.as_ref().is_some_and(|head| is_long(&head.outline))
    }

    /// Keeps what a routine event says for a while; details below its first line aren't kept.
    pub fn keep(&mut self, told: Vec<String>) {
        self.lately.extend(told.into_iter().next());
        while self.lately.len() > LATELY {
            self.lately.pop_front();
        }
    }

    pub fn hear(&mut self, stamped: &Stamped) {
        self.record.fold(stamped);
        match &stamped.event {
            Event::EngineStarted(_) => {
                // Nobody saw what a former engine's attempts came to; they aren't running for us.
                self.running.clear();
                self.ended = false;
            }
            Event::PhaseStarted { phase } => self.phase = Some(phase.clone()),
            Event::AttemptStarted { key, .. } => {
                self.begin(&key.unit, key.direction, stamped.at, key.number, None);
            }
            Event::AttemptEnded(end) => self.end(&end.key.unit),
            Event::LookStarted { unit, verifying } => {
                self.verifying = *verifying;
                self.begin(unit, Direction::Look, stamped.at, 1, None);
            }
            Event::LookEnded(end) => self.end(&end.unit),
            Event::WaitStarted { unit, until } => {
                self.begin(unit, Direction::Look, stamped.at, 1, Some(*until));
            }
            Event::WaitEnded { unit } => self.end(unit),
            Event::RollbackStarted { undo, .. } => {
                self.running.retain(|running| running.until.is_none());
                self.undo.clone_from(undo);
            }
            Event::RunEnded { .. } => {
                self.running.clear();
                self.ended = true;
            }
            Event::RunStarted(_)
            | Event::LockTaken { .. }
            | Event::LockLost { .. }
            | Event::LockReturned { .. }
            | Event::PhaseEnded { .. }
            | Event::UnitSkipped { .. }
            | Event::AppliedAsked { .. }
            | Event::StepRefused { .. }
            | Event::EvidenceCollected { .. }
            | Event::OnRollbackPassed { .. }
            | Event::InverseSkipped { .. }
            | Event::Asked { .. }
            | Event::Answered { .. }
            | Event::Escalated { .. }
            | Event::LeftAlone
            | Event::StoodStill { .. }
            | Event::Interrupted { .. }
            | Event::Noted { .. } => {}
        }
    }

    pub fn print(&mut self, unit: &str, line: &str) {
        let Some(running) = self.running.iter_mut().find(|running| running.unit == unit) else { return };
        // A progress bar of its own draws over its line: the last state is what it shows.
        let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or("");
        running.output.push_back(escape(line));
        if running.output.len() > OUTPUT {
            running.output.pop_front();
        }
    }

    /// The lines now; none where nothing goes on. They are no more than there are rows, and what they
    /// say last is cut last where the terminal is narrow.
    pub fn lines(&self, now: Timestamp, size: Size) -> Vec<String> {
        let Some(outline) = self.record.head.as_ref().map(|head| &head.outline).filter(|_| !self.ended) else {
            return Vec::new();
        };
        // The story above keeps a row, and the heading and the bar stand in any case.
        let mut room = size.rows.saturating_sub(3).max(1);
        let shown = self.running.len().min(RUNNING).min(room);
        let mut rest = self.running.len() - shown;
        let shown = if rest > 0 && shown == room { shown.saturating_sub(1) } else { shown };
        rest = self.running.len() - shown;
        room = room.saturating_sub(shown + usize::from(rest > 0));
        let many = if self.is_long() { NEXT } else { 1 };
        let next: Vec<_> = self.next(outline).take(many.min(room)).collect();
        room -= next.len();
        let mut lines = vec![self.heading(outline)];
        let printed = if self.running.len() > 1 { 1 } else { OUTPUT };
        let printed: Vec<_> = self
            .running
            .iter()
            .take(shown)
            .map(|running| {
                let lines = running.output.len().min(printed).min(room);
                room -= lines;
                running.output.iter().skip(running.output.len() - lines)
            })
            .collect();
        lines.extend(self.lately.iter().skip(self.lately.len().saturating_sub(room)).cloned());
        for (running, printed) in self.running.iter().zip(printed) {
            lines.push(self.line(running, outline, now, size.columns));
            lines.extend(printed.map(|line| self.style.paint(Tone::Quiet, &format!("    | {line}"))));
        }
        if rest > 0 {
            lines.push(format!("  and {rest} more"));
        }
        for (place, unit) in next.into_iter().enumerate() {
            let next = format!("  {} {}", if place == 0 { "next:" } else { "     " }, named(unit));
            lines.push(self.style.paint(Tone::Quiet, &next));
        }
        lines.push(self.bar(outline, now, size.columns));
        lines
    }

    fn heading(&self, outline: &Outline) -> String {
        let text = if self.record.rollback.is_some() {
            if self.verifying { "Rollback: is everything as before?" } else { "Rollback" }.to_owned()
        } else {
            let number = outline.phases.iter().position(|phase| Some(&phase.id) == self.phase.as_ref());
            number.and_then(|number| Some((number, outline.phases.get(number)?))).map_or_else(
                || "Starting".to_owned(),
                |(number, phase)| format!("{}, phase {} of {}", escape(&phase.title), number + 1, outline.phases.len()),
            )
        };
        let mark = self.style.mark(Tone::Heading);
        self.style.paint(Tone::Heading, &format!("{mark}{text}"))
    }

    fn line(&self, running: &Running, outline: &Outline, now: Timestamp, columns: usize) -> String {
        let unit = outline.unit(&running.unit);
        let elapsed = between(running.since, now);
        let mut time = seconds(elapsed.floor());
        if let Some(until) = running.until {
            time = format!("{} more", seconds(between(now, until).ceil()));
        } else if running.direction != Direction::Back {
            let estimate = unit.and_then(|unit| unit.estimate);
            time.push_str(&estimate.map(|it| format!(" of about {}", seconds(it))).unwrap_or_default());
        }
        let budget = unit.map(|unit| unit.budget).filter(|budget| *budget > 0.0);
        let budget = budget.map(|budget| format!(", budget {}", seconds(budget))).unwrap_or_default();
        let attempt = if running.attempt > 1 { format!(", attempt {}", running.attempt) } else { String::new() };
        let verb = match running.direction {
            Direction::Forward => "runs",
            Direction::Back => "undoes",
            Direction::Look if running.until.is_some() => "waits",
            Direction::Look => "checks",
        };
        let name = unit.map_or_else(|| escape(&running.unit), named);
        let time = format!("{time}{budget}{attempt}");
        // How long it takes says more than the end of its title.
        let taken = fit::columns(verb) + fit::columns(&time) + 5;
        let name = fit::cut(&name, columns.saturating_sub(taken).max(SHORTEST), self.style);
        let spinner = self.style.paint(Tone::Busy, self.spinner(elapsed));
        format!("{spinner} {verb} {name}  {time}")
    }

    fn spinner(&self, elapsed: f64) -> &'static str {
        const UNICODE: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
        const ASCII: [&str; 4] = ["-", "\\", "|", "/"];
        let frames: &[&'static str] = if self.style.unicode { &UNICODE } else { &ASCII };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "only picks a picture")]
        let frame = (elapsed * 10.0) as usize % frames.len();
        frames.get(frame).copied().unwrap_or(" ")
    }

    fn next<'a>(&'a self, outline: &'a Outline) -> Box<dyn Iterator<Item = &'a OutlineUnit> + 'a> {
        let runs = |unit: &OutlineUnit| self.running.iter().any(|running| running.unit == unit.id);
        if self.record.rollback.is_some() {
            let undo = self.undo.iter().filter(|id| !self.is_undone(id)).filter_map(|id| outline.unit(id));
            return Box::new(undo.filter(move |unit| !runs(unit)));
        }
        let done = |index: usize| self.record.units.get(index).is_some_and(crate::event::UnitRecord::is_done);
        let ahead = outline.units.iter().enumerate().skip(self.record.frontier);
        Box::new(ahead.filter(move |(index, unit)| !done(*index) && !runs(unit)).map(|(_, unit)| unit))
    }

    fn is_undone(&self, id: &str) -> bool {
        self.record.unit(id).is_some_and(|unit| unit.is_undone() || unit.inverse_skipped.is_some())
    }

    fn bar(&self, outline: &Outline, now: Timestamp, columns: usize) -> String {
        let width = BAR.min(columns / 3);
        let (done, of, word) = if self.record.rollback.is_some() {
            (self.undo.iter().filter(|id| self.is_undone(id)).count(), self.undo.len(), "undone")
        } else {
            let done = self.record.units.iter().filter(|unit| unit.is_done()).count();
            (done, outline.units.len(), "done")
        };
        let filled = (width * done).checked_div(of).unwrap_or(width);
        let (full, rest) = if self.style.unicode { ("█", "░") } else { ("#", ".") };
        let bar = full.repeat(filled) + &rest.repeat(width - filled);
        let bar = self.style.paint(Tone::Busy, &bar);
        let ran = between(self.record.started, now).floor();
        let left = self.left(outline, now).map(|left| format!(", about {} left", seconds(left))).unwrap_or_default();
        format!("  {bar}  {done} of {of} {word}, {}{left}", seconds(ran))
    }

    /// The seconds that the estimates leave; `None` on the way back, and where nothing is estimated.
    fn left(&self, outline: &Outline, now: Timestamp) -> Option<f64> {
        if self.record.rollback.is_some() {
            return None;
        }
        let open = outline.units.iter().zip(&self.record.units).filter(|(_, record)| !record.is_done());
        let left: f64 = open
            .filter_map(|(unit, _)| {
                let running = self.running.iter().find(|running| running.unit == unit.id);
                let spent = running.map_or(0.0, |running| between(running.since, now));
                unit.estimate.map(|estimate| (estimate - spent).max(0.0))
            })
            .sum();
        (left >= 1.0).then(|| left.ceil())
    }

    fn begin(&mut self, unit: &str, direction: Direction, since: Timestamp, attempt: u32, until: Option<Timestamp>) {
        self.end(unit);
        let unit = unit.to_owned();
        self.running.push(Running { unit, direction, since, attempt, until, output: VecDeque::new() });
    }

    fn end(&mut self, unit: &str) {
        self.running.retain(|running| running.unit != unit);
    }
}

fn named(unit: &OutlineUnit) -> String {
    escape(&if unit.title == unit.id { unit.id.clone() } else { format!("{}  {}", unit.id, unit.title) })
}

#[cfg(test)]
mod tests;
