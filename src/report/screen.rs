//! The end of a run on one screen: the steps, durations against estimates, what isn't as it should
//! be, where the records are. A run of a thousand steps fits too: then only what is urgent and what
//! took longest stand there, and the rest is counted.

use super::fit;
use super::page::Page;
use super::state::State;
use super::style::{Style, Tone};
use super::tally::Tally;
use super::times::{day_and_minute, moment, seconds};
use super::verdict::{STILL_TO_UNDO, continuing, headline, meaning, word};
use crate::event::{OutlineKind, OutlineUnit, Verdict};

/// How many steps are shown one by one.
const ROWS: usize = 24;
/// How many urgent ones are shown of more steps than that, and how many of the longest.
const URGENT: usize = 12;
const LONGEST: usize = 5;
const LONGEST_OF_FEW: usize = 3;
const STATE: usize = 14;
const TOOK: usize = 8;

/// What the closing screen shows.
#[derive(Debug, Clone, Copy)]
pub struct Closing<'a> {
    /// The run's events, counted from the first one.
    pub tally: &'a Tally,
    /// Where its records are: a path, or an address.
    pub records: &'a str,
    /// The inverses that are still to run, in their order: the step's id, and the commands a person
    /// can run; empty where nothing is left.
    pub remaining: &'a [(String, String)],
    /// How many lines are seen at once; `usize::MAX`: any number. Less is told of what is as it should
    /// be where it is too much, and never of what a person must know.
    pub rows: usize,
}

/// How much is told of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Each of them, if they aren't too many for anybody.
    Each,
    /// Counts, the urgent ones, and what took longest.
    Counted,
    /// Counts and the urgent ones.
    Urgent,
}

/// The closing screen: lines, each with its end.
#[must_use]
pub fn closing_screen(closing: &Closing<'_>, style: Style) -> String {
    let mut text = String::new();
    for detail in [Detail::Each, Detail::Counted, Detail::Urgent] {
        let mut page = Page::new(style, None);
        render_head(&mut page, closing.tally);
        render_steps(&mut page, closing.tally, detail, style);
        render_end(&mut page, closing.tally, closing);
        text = page.into_text();
        // The shell's next prompt has a line, too.
        if text.lines().count() < closing.rows {
            break;
        }
    }
    text
}

fn render_head(page: &mut Page, tally: &Tally) {
    let Some(head) = &tally.record.head else { return };
    let (started, ended) = (tally.record.started, tally.record.last);
    page.rule(&head.title);
    page.named(0, "run", &head.run);
    page.named(0, "when", &format!("{} UTC to {}", day_and_minute(started), moment(ended, started)));
    let estimates: f64 = head.outline.units.iter().filter_map(|unit| unit.estimate).sum();
    let estimates =
        if estimates > 0.0 { format!(", estimates add up to {}", seconds(estimates)) } else { String::new() };
    let took = format!("{}{estimates}{}", seconds(tally.active), against(tally.active, head.outline.budget));
    page.named(0, "took", &took);
    if let Some(down) = tally.downtime.seconds(ended) {
        let still = tally.downtime.still_down();
        let still = if still.is_empty() { String::new() } else { format!(", STILL DOWN: {}", still.join(", ")) };
        page.named(0, "downtime", &format!("{}{}{still}", seconds(down), against(down, head.outline.downtime)));
    }
    page.named(0, "checks", &checks(tally));
    if tally.calls > 0 {
        let times = if tally.calls == 1 { "once".to_owned() } else { format!("{} times", tally.calls) };
        page.named(0, "calls", &format!("people were called {times}"));
    }
}

/// `, budget 3m`, and whether it is kept.
fn against(took: f64, budget: Option<f64>) -> String {
    budget.map_or_else(String::new, |budget| {
        let over = if took > budget { "OVER its budget of" } else { "budget" };
        format!(", {over} {}", seconds(budget))
    })
}

fn checks(tally: &Tally) -> String {
    let mut parts = vec![format!("{} passed", tally.passed)];
    if !tally.warned.is_empty() {
        parts.push(format!("{} warned", tally.warned.len()));
    }
    if !tally.failed.is_empty() {
        parts.push(format!("{} failed", tally.failed.len()));
    }
    match tally.verified {
        (0, 0) => {}
        (held, 0) => parts.push(format!("after the rollback {held} of {held} as before")),
        (held, not) => parts.push(format!("after the rollback {held} of {} as before", held + not)),
    }
    parts.join(", ")
}

struct Row<'a> {
    unit: &'a OutlineUnit,
    state: State,
    took: Option<f64>,
}

fn rows(tally: &Tally) -> Vec<Row<'_>> {
    let Some(outline) = tally.outline() else { return Vec::new() };
    let refused = matches!(tally.record.verdict, Some(Verdict::Refused { .. }));
    let rows = outline.units.iter().enumerate().filter_map(|(index, unit)| {
        let state = State::of(&tally.record, index)?;
        let shown = match unit.kind {
            OutlineKind::Step | OutlineKind::StepWithoutInverse | OutlineKind::Irreversible => true,
            OutlineKind::OnRollback => state != State::NotRun,
            OutlineKind::Check | OutlineKind::Preserve | OutlineKind::Manual | OutlineKind::Wait => state.is_urgent(),
        };
        let took = tally.seconds.get(&index).copied();
        // Of a run that never began only what kept it from beginning is worth a line.
        (shown && (state.is_urgent() || !refused)).then_some(Row { unit, state, took })
    });
    rows.collect()
}

fn render_steps(page: &mut Page, tally: &Tally, detail: Detail, style: Style) {
    let rows = rows(tally);
    if rows.is_empty() {
        return;
    }
    page.empty();
    if detail == Detail::Each && rows.len() <= ROWS {
        render_table(page, rows.iter(), style);
        return;
    }
    // What is urgent of checks is named below; the count is of steps.
    let steps: Vec<_> = rows.iter().filter(|row| is_step(row.unit.kind)).collect();
    let counts = State::ALL.iter().filter_map(|state| {
        let count = steps.iter().filter(|row| row.state == *state).count();
        (count > 0).then(|| format!("{} {count}", state.word()))
    });
    let mut urgent: Vec<_> = rows.iter().filter(|row| row.state.is_urgent()).collect();
    urgent.sort_by_key(|row| row.state);
    page.plain(None, &format!("{} steps: {}", steps.len(), counts.collect::<Vec<_>>().join("; ")));
    if !urgent.is_empty() {
        page.empty();
        render_table(page, urgent.iter().take(URGENT).copied(), style);
        if urgent.len() > URGENT {
            page.plain(None, &format!("and {} more; `runbook show` has them all", urgent.len() - URGENT));
        }
    }
    if detail == Detail::Urgent {
        return;
    }
    let mut longest: Vec<_> = rows.iter().filter(|row| row.took.is_some()).collect();
    longest.sort_by(|one, other| other.took.unwrap_or(0.0).total_cmp(&one.took.unwrap_or(0.0)));
    page.empty();
    page.plain(None, "What took longest:");
    let most = if rows.len() > ROWS { LONGEST } else { LONGEST_OF_FEW };
    render_table(page, longest.into_iter().take(most), style);
}

fn is_step(kind: OutlineKind) -> bool {
    match kind {
        OutlineKind::Step | OutlineKind::StepWithoutInverse | OutlineKind::Irreversible => true,
        OutlineKind::OnRollback
        | OutlineKind::Check
        | OutlineKind::Preserve
        | OutlineKind::Manual
        | OutlineKind::Wait => false,
    }
}

fn render_table<'a>(page: &mut Page, rows: impl Iterator<Item = &'a Row<'a>> + Clone, style: Style) {
    let id = rows.clone().map(|row| fit::columns(&row.unit.id)).max().unwrap_or(0).clamp(4, 24);
    let taken = STATE + 2 + id + 2 + 2 + TOOK + 2 + TOOK;
    let longest = rows.clone().map(|row| fit::columns(&row.unit.title)).max().unwrap_or(0).max(5);
    let title = style.columns().saturating_sub(taken).min(longest);
    let widths = [STATE, id, title];
    page.row(&widths, ["state", "step", "title"], ["took", "estimate"], None);
    for row in rows {
        let took = row.took.map(seconds).unwrap_or_default();
        let estimate = row.unit.estimate.map(seconds).unwrap_or_default();
        let cells = [row.state.word(), &row.unit.id, &row.unit.title];
        page.row(&widths, cells, [&took, &estimate], Some(row.state.tone()));
    }
}

/// The inverses that are still to run, as commands; nothing where none is.
#[must_use]
pub fn still_to_undo(remaining: &[(String, String)], style: Style) -> String {
    let mut page = Page::new(style, None);
    render_remaining(&mut page, remaining);
    page.into_text()
}

/// At the left edge and with comments: the block can be copied and pasted as it stands.
fn render_remaining(page: &mut Page, remaining: &[(String, String)]) {
    if remaining.is_empty() {
        return;
    }
    page.plain(None, STILL_TO_UNDO);
    page.empty();
    for (step, commands) in remaining {
        page.commands(0, &format!("# {step}"));
        page.commands(0, commands);
    }
    page.empty();
}

fn render_end(page: &mut Page, tally: &Tally, closing: &Closing<'_>) {
    page.empty();
    match &tally.record.verdict {
        Some(verdict) => {
            page.plain(Some(word(verdict).0), &headline(verdict));
            for sentence in meaning(verdict, &tally.record) {
                // The commands below name them.
                if closing.remaining.is_empty() || !sentence.starts_with(STILL_TO_UNDO) {
                    page.more(0, &sentence);
                }
            }
            render_remaining(page, closing.remaining);
            let commands = continuing(verdict, &tally.record);
            if !commands.is_empty() {
                page.plain(None, "To continue:");
                page.commands(1, &commands.join("\n"));
            }
        }
        None if closing.remaining.is_empty() => {
            page.plain(None, "It has no verdict yet: an engine has the run, or it died.");
        }
        None => {
            page.plain(Some(Tone::Bad), "It stopped without a verdict, with effects in place.");
            render_remaining(page, closing.remaining);
        }
    }
    page.named(0, "records", "");
    page.append(closing.records);
}
