//! A forecast as a person reads it in two minutes: the head, what would run, the way back once and
//! whole, and what happens if it fails at any place of it.

use jiff::Timestamp;

use super::ladder::{Rung, rungs};
use super::words;
use crate::event::{BackKind, FailureRow, Forecast, ForecastUnit, OutlineKind, Would};
use crate::report::page::Page;
use crate::report::past::render_took;
use crate::report::style::{Style, Tone};
use crate::report::times::{day_and_minute, seconds};

/// How many inputs are shown.
const INPUTS: usize = 12;
/// Of a longer id the end is cut.
const LONGEST_ID: usize = 21;
/// Lines are never wider than a person reads, also where nothing folds them.
const WIDEST: usize = 100;

/// A forecast: lines, each with its end.
#[must_use]
pub fn render_forecast(forecast: &Forecast, style: Style) -> String {
    let mut page = Page::new(style, None);
    page.rule(&forecast.head.title);
    let is_probed = forecast.units.iter().any(|unit| unit.probed.is_some());
    let said = if is_probed {
        "Nothing was done. What is said of now is of the state before: checks behind a step look at what it has not done yet."
    } else {
        "Nothing was run, and nobody knows yet what a step or a check will answer."
    };
    page.plain(Some(Tone::Quiet), said);
    head(&mut page, forecast);
    times(&mut page, forecast);
    for phase in &forecast.phases {
        page.empty();
        page.rule(&phase.title);
        if let Some(at) = phase.at {
            page.plain(None, &format!("would-wait until {} UTC", day_and_minute(at)));
        }
        let units = forecast.units.get(phase.units.clone()).unwrap_or_default();
        let latest = if units.iter().any(|unit| unit.latest.is_some()) { "latest" } else { "" };
        let widths = unit_columns(forecast, style);
        page.row(&widths, ["would-run", "", latest], ["about", "budget"], Some(Tone::Quiet));
        for one in units {
            unit(&mut page, one, &widths, style);
        }
    }
    way_back(&mut page, forecast, style);
    matrix(&mut page, forecast, style);
    page.into_text()
}

fn head(page: &mut Page, forecast: &Forecast) {
    let head = &forecast.head;
    let digest = head.digest.get(..12).unwrap_or(&head.digest);
    page.named(0, "from", &format!("{}, digest {digest}", head.file));
    for (place, (name, value)) in forecast.inputs.iter().take(INPUTS).enumerate() {
        page.named(0, if place == 0 { "inputs" } else { "" }, &format!("{name}={value}"));
    }
    if forecast.inputs.len() > INPUTS {
        page.told("", &format!("and {} more", forecast.inputs.len() - INPUTS));
    }
    if !forecast.secrets.is_empty() {
        page.told("secrets", &forecast.secrets.join(", "));
    }
    let mut windows: Vec<_> = forecast.phases.iter().filter_map(|phase| Some((phase.window?, phase))).collect();
    windows.dedup_by_key(|(window, _)| *window);
    for (place, (window, phase)) in windows.iter().enumerate() {
        let of = if windows.len() > 1 { format!(" for {} and after", phase.id) } else { String::new() };
        let text = format!("{}{of}", from_to(window.opens, window.closes));
        page.told(if place == 0 { "window" } else { "" }, &text);
    }
    let mut locks: Vec<_> = forecast.phases.iter().flat_map(|phase| phase.locks.iter().map(String::as_str)).collect();
    locks.dedup();
    page.named(0, "lock", &locks.join(", "));
    for lease in &forecast.leases {
        page.told("", &format!("{} also in the cluster: Lease {} ({})", lease.lock, lease.name, lease.cluster));
    }
}

fn from_to(opens: Timestamp, closes: Timestamp) -> String {
    let same_day = opens.strftime("%F").to_string() == closes.strftime("%F").to_string();
    let until = if same_day { closes.strftime("%H:%M").to_string() } else { day_and_minute(closes) };
    format!("{} to {until} UTC", day_and_minute(opens))
}

fn times(page: &mut Page, forecast: &Forecast) {
    let times = &forecast.times;
    let mut parts = Vec::new();
    if times.estimated > 0.0 {
        parts.push(format!("about {} by the estimates", seconds(times.estimated)));
    }
    match times.unestimated.len() {
        0 => {}
        1 => parts.push("1 step has no estimate".to_owned()),
        count => parts.push(format!("{count} steps have no estimate")),
    }
    parts.extend(times.budget.map(|budget| format!("budget {}", seconds(budget))));
    page.told("takes", &parts.join(", "));
    for (place, down) in times.downtimes.iter().enumerate() {
        let allowed = times.downtime_budget.map(|budget| format!(", allowed {}", seconds(budget))).unwrap_or_default();
        let text = format!("{} about {}{allowed}", down.service, seconds(down.about));
        page.told(if place == 0 { "downtime" } else { "" }, &text);
    }
    let all = if times.steps == times.undoable_steps { "all " } else { "" };
    let of = if all.is_empty() { format!("{} of ", times.undoable_steps) } else { String::new() };
    page.told("way back", &format!("{all}{of}{} steps can be undone", times.steps));
    if let Some(rehearsed) = &forecast.rehearsed {
        page.told("", rehearsed);
    }
    let windows = forecast.phases.iter().any(|phase| phase.window.is_some());
    if windows {
        page.told("latest", "a step that starts later may not be taken back before the window closes");
    }
}

/// A unit: its line, what it does, and how it is undone.
fn unit(page: &mut Page, it: &ForecastUnit, widths: &[usize; 3], style: Style) {
    if it.back.as_ref().is_some_and(|back| back.kind == BackKind::Irreversible) {
        let dashes = if style.unicode { "────" } else { "----" };
        page.plain(Some(Tone::Bad), &format!("{dashes} behind {} there is no way back {dashes}", it.unit.id));
    }
    let runs = it.unit.kind != OutlineKind::OnRollback;
    let about = it.unit.estimate.filter(|_| runs).map(seconds).unwrap_or_default();
    let limit = if runs && it.unit.budget > 0.0 { seconds(it.unit.budget) } else { String::new() };
    let by = it.latest.map(|latest| latest.strftime("%H:%M").to_string()).unwrap_or_default();
    let is_step =
        matches!(it.unit.kind, OutlineKind::Step | OutlineKind::StepWithoutInverse | OutlineKind::Irreversible);
    let tone = is_step.then_some(Tone::Heading);
    page.row(widths, [&it.unit.id, &it.unit.title, &by], [&about, &limit], tone);
    if it.would != Would::WouldRun {
        page.more(1, &format!("{}: {}", words::would(it.would), it.because));
    }
    let took = it.history.map(|took| render_took(took, it.unit.estimate)).unwrap_or_default();
    if !took.is_empty() {
        page.more(1, &took);
    }
    if let Some(probed) = &it.probed {
        let why = if probed.why.is_empty() { String::new() } else { format!(": {}", probed.why) };
        page.more(1, &format!("{}{why}", words::found(probed.found)));
    }
    if let Some(dry_run) = &it.dry_run {
        page.more(1, &words::dry_run(dry_run));
    }
    if !it.unit.line.is_empty() {
        page.excerpt(1, if it.script.is_empty() { &it.unit.line } else { &it.script });
    }
    if !it.awaits.is_empty() {
        page.more(1, &words::awaited(&it.awaits));
    }
    if let Some(back) = it.back.as_ref().filter(|back| matches!(back.kind, BackKind::None | BackKind::Irreversible)) {
        page.more(1, &words::back(it, back));
    }
}

/// The way back, once and whole.
fn way_back(page: &mut Page, forecast: &Forecast, style: Style) {
    page.empty();
    page.rule("The way back, in its order");
    if forecast.undoable.is_empty() {
        page.told("", "nothing can be undone, or nothing is changed");
        return;
    }
    let [id, ..] = unit_columns(forecast, style);
    let widths = columns(style, [id, 0, 0], 1);
    for it in forecast.undoable.iter().rev().filter_map(|index| forecast.units.get(*index)) {
        let Some(back) = &it.back else { continue };
        let about = back.estimate.map(seconds).unwrap_or_default();
        page.row(&widths, [&it.unit.id, &words::back(it, back), ""], [&about, &seconds(back.budget)], None);
        if !back.title.is_empty() && !it.unit.back.is_empty() {
            page.excerpt(1, if back.script.is_empty() { &it.unit.back } else { &back.script });
        }
        let cost = words::cost(it, back);
        if !cost.is_empty() {
            page.more(1, &cost);
        }
    }
}

fn matrix(page: &mut Page, forecast: &Forecast, style: Style) {
    page.empty();
    page.rule("If it fails");
    let widths = columns(style, [0, 0, 13], 2);
    page.row(&widths, ["at", "undone, in this order", "exit"], ["about", "at most"], Some(Tone::Quiet));
    let mut noted: Vec<String> = Vec::new();
    for rung in rungs(forecast) {
        match rung {
            Rung::Like(count) => {
                page.more(
                    1,
                    &format!("{} {count} more like this: each undoes itself, then what is above it", style.ellipsis()),
                );
            }
            Rung::Row { first, last, count } => {
                row(page, forecast, (first, last, count), &widths, style);
                note(forecast, first, &mut noted);
            }
        }
    }
    if !noted.is_empty() {
        page.empty();
    }
    for line in &noted {
        page.more(0, line);
    }
}

fn row(
    page: &mut Page,
    forecast: &Forecast,
    (first, last, count): (&FailureRow, &FailureRow, usize),
    widths: &[usize; 3],
    style: Style,
) {
    let id = |row: &FailureRow| forecast.units.get(row.unit).map_or("", |unit| unit.unit.id.as_str());
    let at = match count {
        1 => id(first).to_owned(),
        2 => format!("{}, {}", id(first), id(last)),
        _ => format!("{} {} {}", id(first), style.ellipsis(), id(last)),
    };
    let at = format!("{}{at}", words::failing(first.failing));
    let undone = words::undone(forecast, first, style.ellipsis());
    let ends = format!("{} {}", first.exit, words::ends(first.ends));
    let numbers = if first.at_most > 0.0 {
        [if first.about > 0.0 { seconds(first.about) } else { String::new() }, seconds(first.at_most)]
    } else {
        [String::new(), String::new()]
    };
    page.row(widths, [&at, &undone, &ends], [&numbers[0], &numbers[1]], None);
}

/// What has to be said of a row besides; each only once.
fn note(forecast: &Forecast, row: &FailureRow, noted: &mut Vec<String>) {
    let mut add = |line: String| {
        if !noted.contains(&line) {
            noted.push(line);
        }
    };
    let stops = row.stops_at.and_then(|index| forecast.units.get(index)).map(|unit| unit.unit.id.as_str());
    let proven: Vec<_> = forecast.verified(row).iter().map(|checkpoint| checkpoint.id.as_str()).collect();
    let stops = stops
        .map(|id| format!(" ({id})"))
        .or_else(|| (!proven.is_empty()).then(|| format!(" ({})", proven.join(", "))));
    let stops = stops.unwrap_or_default();
    add(format!("{} {}: {}{stops}", row.exit, words::ends(row.ends), words::ends_whole(row.ends)));
    for unit in forecast.undone(row).filter(|unit| unit.unit.loses.is_some()) {
        add(format!("undoing {} loses {}", unit.unit.id, unit.unit.loses.as_deref().unwrap_or_default()));
    }
}

/// The widths of a unit's cells: its id, its title, its latest safe moment.
fn unit_columns(forecast: &Forecast, style: Style) -> [usize; 3] {
    let id = forecast.units.iter().map(|unit| unit.unit.id.chars().count()).max().unwrap_or(0);
    columns(style, [id.clamp(9, LONGEST_ID), 0, 6], 1)
}

/// The widths of three cells before two numbers; a 0 shares what is left, `shares` of them.
fn columns(style: Style, mut widths: [usize; 3], shares: usize) -> [usize; 3] {
    // Two numbers of eight columns, and a gap of two behind each cell and the first number.
    let taken: usize = widths.iter().sum::<usize>() + 2 * 8 + 4 * 2;
    let left = style.columns().min(WIDEST).saturating_sub(taken) / shares.max(1);
    for width in widths.iter_mut().filter(|width| **width == 0).take(shares) {
        *width = left.max(8);
    }
    widths
}
