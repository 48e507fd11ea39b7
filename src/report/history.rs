//! Runs of the past, and the one that still runs: `runbook runs`, `show` and `status`.

use jiff::Timestamp;

use super::escape::escape;
use super::fit::{columns, pad};
use super::page::Page;
use super::screen::{Closing, closing_screen};
use super::story::Story;
use super::style::{Style, Tone};
use super::times::{between, day_and_minute, moment, seconds};
use super::verdict::{continuing, headline, meaning, word};
use crate::event::{Direction, Event, Record, Stamped, Verdict};

/// What the terminal showed, or would have shown: the story and the closing screen.
#[must_use]
pub fn show(events: &[Stamped], closing: &Closing<'_>, style: Style) -> String {
    let mut story = Story::new(style).before_a_closing_screen();
    let lines: String = events.iter().flat_map(|event| story.tell(event)).map(|line| line + "\n").collect();
    format!("{lines}\n{}", closing_screen(closing, style))
}

/// The most columns that the name of a person has in the table of runs.
const BY: usize = 16;

/// A table of runs, in the order given, each with whether an engine has it now; a run without a head
/// isn't shown. Where the terminal is narrow, who ran it and when (which its id says) aren't shown.
#[must_use]
pub fn render_runs(records: &[(Record, bool)], style: Style) -> String {
    let rows: Vec<_> = records.iter().filter_map(|(record, alive)| row(record, *alive)).collect();
    if rows.is_empty() {
        return "There are no runs yet.\n".to_owned();
    }
    let heads = (["run", "when (UTC)", "verdict", "by"].map(str::to_owned), Tone::Heading);
    let all: Vec<_> = std::iter::once(&heads).chain(&rows).collect();
    let widest = |place: usize| all.iter().map(|(cells, _)| columns(&cells[place])).max().unwrap_or(0);
    // The run's id is what is copied: it is never cut.
    let widths = [widest(0), widest(1), widest(2), widest(3).min(BY)];
    let fits = |shown: &[usize]| {
        shown.iter().map(|place| widths[*place]).sum::<usize>() + 2 * (shown.len() - 1) <= style.columns()
    };
    let shown: &[usize] = [&[0, 1, 2, 3][..], &[0, 1, 2]].into_iter().find(|shown| fits(shown)).unwrap_or(&[0, 2]);
    let verdict = style.columns().saturating_sub(widths[0] + 2).max(9).min(widths[2]);
    let mut text = String::new();
    for (cells, tone) in all {
        let cells = shown.iter().map(|place| match place {
            2 => style.paint(*tone, &pad(&cells[2], verdict, style)),
            place => pad(&cells[*place], widths[*place], style),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn row(record: &Record, alive: bool) -> Option<([String; 4], Tone)> {
    let head = record.head.as_ref()?;
    let by = record.engine.as_ref().map(|(engine, _)| engine.user.clone()).unwrap_or_default();
    let (tone, verdict) = match &record.verdict {
        Some(verdict) => word(verdict),
        None if alive && record.rollback.is_some() => (Tone::Busy, "rolling back"),
        None if alive => (Tone::Busy, "running"),
        None => (Tone::Bad, "interrupted"),
    };
    let (tone, verdict) = match (&head.rehearsal, &record.verdict) {
        (Some(turn), Some(Verdict::RolledBack { verified: true, cause })) if *cause == turn.cause() => {
            (Tone::Good, "rehearsed".to_owned())
        }
        (Some(_), _) => (tone, format!("{verdict} (rehearsal)")),
        (None, _) => (tone, verdict.to_owned()),
    };
    let cells = [head.run.clone(), day_and_minute(record.started), verdict, by];
    Some((cells.map(|cell| escape(&cell)), tone))
}

/// Who works on a run now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtWork {
    /// An engine has it.
    Engine,
    /// Its engine is gone; what it started still runs under its supervisor.
    Supervisor,
    /// Nobody.
    Nobody,
}

/// The step or check that a run is at, in words; `None`: none runs.
#[must_use]
pub fn step_at_work(events: &[Stamped]) -> Option<String> {
    let record = Record::of(events);
    let (unit, _, _) = running(events, &record).into_iter().next()?;
    let title = record.head.as_ref().map_or("", |head| head.outline.title(&unit));
    Some(if title == unit { format!("step {unit}") } else { format!("step {unit} ({title})") })
}

/// How a run stands, in a paragraph.
#[must_use]
pub fn render_status(events: &[Stamped], at_work: AtWork, now: Timestamp, style: Style) -> String {
    let record = Record::of(events);
    let mut page = Page::new(style, None);
    let Some(head) = &record.head else { return "The run has no events yet.\n".to_owned() };
    page.rule(&head.title);
    page.named(0, "run", &format!("{}, started {} UTC", head.run, day_and_minute(record.started)));
    let units = record.units.len();
    let going_on = [format!("runbook resume {}", head.run), format!("runbook rollback {}", head.run)];
    match (&record.verdict, at_work) {
        (Some(verdict), _) => {
            page.named(0, "state", &headline(verdict));
            for sentence in meaning(verdict, &record) {
                page.told("", &sentence);
            }
            continue_with(&mut page, &continuing(verdict, &record));
        }
        (None, AtWork::Engine) => {
            page.named(0, "state", if record.rollback.is_some() { "rolling back" } else { "running" });
        }
        (None, AtWork::Supervisor) => {
            page.named(0, "state", "interrupted: its engine is gone; what it started still runs");
            continue_with(&mut page, &going_on);
        }
        (None, AtWork::Nobody) => {
            page.named(0, "state", "interrupted: no engine has it, and it has no verdict");
            continue_with(&mut page, &going_on);
        }
    }
    page.named(0, "done", &format!("{} of {units} units", record.frontier.min(units)));
    for (unit, since, direction) in running(events, &record) {
        let what = match (at_work, direction) {
            (AtWork::Nobody, _) => "unclear",
            (AtWork::Engine | AtWork::Supervisor, Direction::Forward | Direction::Look) => "running",
            (AtWork::Engine | AtWork::Supervisor, Direction::Back) => "undoing",
        };
        let since = match at_work {
            AtWork::Engine => format!("for {}", seconds(between(since, now))),
            AtWork::Supervisor => format!("for {}, under its supervisor", seconds(between(since, now))),
            AtWork::Nobody => format!("started {}; nobody saw it end", moment(since, now)),
        };
        page.named(0, what, &format!("{unit}  {}, {since}", head.outline.title(&unit)));
    }
    let next = head.outline.units.get(record.frontier).filter(|_| record.rollback.is_none());
    let is_over = record.verdict.as_ref().is_some_and(Verdict::is_final);
    if let Some(next) = next.filter(|_| !is_over && record.running.is_empty()) {
        page.named(0, "next", &format!("{}  {}", next.id, next.title));
    }
    page.into_text()
}

fn continue_with(page: &mut Page, commands: &[String]) {
    for command in commands {
        page.named(0, "continue", "");
        page.append(command);
    }
}

/// What runs, and since when.
fn running(events: &[Stamped], record: &Record) -> Vec<(String, Timestamp, Direction)> {
    let id = |index: usize| record.head.as_ref()?.outline.units.get(index).map(|unit| unit.id.clone());
    let began = |unit: &str, direction: Direction| {
        let begins = |event: &Event| {
            let acts =
                matches!(event, Event::AttemptStarted { key, .. } if key.unit == unit && key.direction == direction);
            let looks = matches!(event, Event::LookStarted { unit: looked, .. } if looked == unit);
            acts || (looks && direction == Direction::Look)
        };
        events.iter().rev().find(|stamped| begins(&stamped.event)).map(|stamped| stamped.at)
    };
    let running = record.running.iter().filter_map(|(index, direction)| {
        let unit = id(*index)?;
        let since = began(&unit, *direction)?;
        Some((unit, since, *direction))
    });
    running.collect()
}
