//! A forecast for a pull request: tables that GitHub and GitLab show, and nothing that they obey.

use std::fmt::Write as _;

use super::ladder::{Rung, rungs};
use super::words;
use crate::event::{BackKind, FailureRow, Forecast, ForecastUnit, Would};
use crate::report::escape::escape;
use crate::report::past::render_took;
use crate::report::times::{day_and_minute, seconds};

/// A forecast as markdown, with its end.
#[must_use]
pub fn render_forecast_markdown(forecast: &Forecast) -> String {
    let mut text = String::new();
    let head = &forecast.head;
    _ = writeln!(text, "# {}\n", prose(&head.title));
    let digest = head.digest.get(..12).unwrap_or(&head.digest);
    _ = writeln!(text, "- **from** {}, digest `{}`", code(&head.file), escape(digest));
    let inputs: Vec<_> = forecast.inputs.iter().map(|(name, value)| code(&format!("{name}={value}"))).collect();
    if !inputs.is_empty() {
        _ = writeln!(text, "- **inputs** {}", inputs.join(" "));
    }
    if let Some(window) = forecast.phases.iter().find_map(|phase| phase.window) {
        _ = writeln!(text, "- **window** {} to {} UTC", day_and_minute(window.opens), day_and_minute(window.closes));
    }
    times(&mut text, forecast);
    if let Some(rehearsed) = &forecast.rehearsed {
        _ = writeln!(text, "- {}", prose(rehearsed));
    }
    if forecast.units.iter().any(|unit| unit.probed.is_some()) {
        text.push_str("- nothing was done: what is said of *now* is of the state before\n");
    }
    for phase in &forecast.phases {
        _ = writeln!(text, "\n## {}\n", prose(&phase.title));
        if let Some(at) = phase.at {
            _ = writeln!(text, "`would-wait` until {} UTC\n", day_and_minute(at));
        }
        text.push_str("| | what | does | about | budget | latest |\n|---|---|---|---:|---:|---:|\n");
        let units = forecast.units.get(phase.units.clone()).unwrap_or_default();
        for it in units {
            unit(&mut text, it);
        }
    }
    way_back(&mut text, forecast);
    matrix(&mut text, forecast);
    text
}

fn times(text: &mut String, forecast: &Forecast) {
    let times = &forecast.times;
    let budget = times.budget.map(|budget| format!(", budget {}", seconds(budget))).unwrap_or_default();
    let lacking = match times.unestimated.len() {
        0 => String::new(),
        count => format!(", {count} of {} steps have none", times.steps),
    };
    _ = writeln!(text, "- **takes** about {} by the estimates{lacking}{budget}", seconds(times.estimated));
    for down in &times.downtimes {
        let allowed = times.downtime_budget.map(|budget| format!(", allowed {}", seconds(budget))).unwrap_or_default();
        _ = writeln!(text, "- **downtime** {} about {}{allowed}", code(&down.service), seconds(down.about));
    }
    _ = writeln!(text, "- **way back** {} of {} steps can be undone", times.undoable_steps, times.steps);
}

fn unit(text: &mut String, it: &ForecastUnit) {
    if it.back.as_ref().is_some_and(|back| back.kind == BackKind::Irreversible) {
        _ = writeln!(text, "| | **point of no return: behind {} there is no way back** | | | | |", code(&it.unit.id));
    }
    let mut does = Vec::new();
    if !it.unit.line.is_empty() {
        does.push(code(&it.unit.line));
    }
    if it.would != Would::WouldRun {
        does.push(format!("`{}`: {}", words::would(it.would), prose(&it.because)));
    }
    if let Some(probed) = &it.probed {
        let why = if probed.why.is_empty() { String::new() } else { format!(": {}", prose(&probed.why)) };
        does.push(format!("**{}**{why}", words::found(probed.found)));
    }
    does.extend(it.dry_run.as_ref().map(|dry_run| prose(&words::dry_run(dry_run))));
    if !it.awaits.is_empty() {
        does.push(prose(&words::awaited(&it.awaits)));
    }
    let took = it.history.map(|took| render_took(took, it.unit.estimate)).unwrap_or_default();
    if !took.is_empty() {
        does.push(took);
    }
    let about = it.unit.estimate.map(seconds).unwrap_or_default();
    let budget = if it.unit.budget > 0.0 { seconds(it.unit.budget) } else { String::new() };
    let latest = it.latest.map(|latest| latest.strftime("%H:%M").to_string()).unwrap_or_default();
    _ = writeln!(
        text,
        "| {} | {} | {} | {about} | {budget} | {latest} |",
        code(&it.unit.id),
        prose(&it.unit.title),
        does.join("<br>"),
    );
}

fn way_back(text: &mut String, forecast: &Forecast) {
    text.push_str("\n## The way back\n\n");
    if forecast.undoable.is_empty() {
        text.push_str("Nothing can be undone, or nothing is changed.\n");
        return;
    }
    text.push_str("| | undoes | how | costs | about | budget |\n|---:|---|---|---|---:|---:|\n");
    let units = forecast.undoable.iter().rev().filter_map(|index| forecast.units.get(*index));
    for (number, it) in units.enumerate() {
        let Some(back) = &it.back else { continue };
        let about = back.estimate.map(seconds).unwrap_or_default();
        _ = writeln!(
            text,
            "| {} | {} | {} | {} | {about} | {} |",
            number + 1,
            code(&it.unit.id),
            prose(&words::back(it, back)),
            prose(&words::cost(it, back)),
            seconds(back.budget),
        );
    }
}

fn matrix(text: &mut String, forecast: &Forecast) {
    text.push_str("\n## If it fails\n\n| at | undone, in this order | then | about | at most | exit |\n");
    text.push_str("|---|---|---|---:|---:|---:|\n");
    let id = |row: &FailureRow| forecast.units.get(row.unit).map_or("", |unit| unit.unit.id.as_str());
    for rung in rungs(forecast) {
        let (first, last, count) = match rung {
            Rung::Like(count) => {
                _ = writeln!(text, "| … {count} more | each undoes itself, then what is above it | | | | |");
                continue;
            }
            Rung::Row { first, last, count } => (first, last, count),
        };
        let mut at = format!("{}{}", words::failing(first.failing), code(id(first)));
        if count > 1 {
            _ = write!(at, "{}{}", if count == 2 { ", " } else { " … " }, code(id(last)));
        }
        let losses: Vec<_> = forecast.losses(first).map(|loses| format!("; loses {}", prose(loses))).collect();
        let stops = first.stops_at.and_then(|index| forecast.units.get(index));
        let stops = stops.map(|unit| format!(" ({})", code(&unit.unit.id))).unwrap_or_default();
        _ = writeln!(
            text,
            "| {at} | {} | {}{stops}{} | {} | {} | {} |",
            prose(&words::undone(forecast, first, "…")),
            words::ends_whole(first.ends),
            losses.concat(),
            if first.about > 0.0 { seconds(first.about) } else { String::new() },
            if first.at_most > 0.0 { seconds(first.at_most) } else { String::new() },
            first.exit,
        );
    }
}

/// Text of others as prose in a cell: nothing of it is markup.
fn prose(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '<' => prose.push_str("&lt;"),
            '>' => prose.push_str("&gt;"),
            '&' => prose.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => prose.extend(['\\', c]),
            other => prose.push(other),
        }
    }
    prose
}

/// Text of others as code in a cell.
fn code(text: &str) -> String {
    let text = escape(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}
