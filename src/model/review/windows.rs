//! Windows that end before they start, phases whose `at` has no window to count from, and phases
//! that would begin before the one above them.

use std::time::Duration;

use jiff::Timestamp;

use super::budgets::{expected_time, holds_at_top};
use super::code::Code;
use super::rehearse::values;
use super::rules::Review;
use crate::model::{Escape, Phase, PhaseStart, Template, Values, Window, render_duration};
use crate::syntax::Finding;

const WINDOW: Code = Code::error(
    "runbook::check::window",
    "A `window` needs two times, RFC 3339 with an offset or Z (seconds may be missing), and the second must come after \
     the first.",
);
const START: Code = Code::error(
    "runbook::check::phase_start",
    "A phase's `at` is a time, or T with an offset, where T is the start of the runbook's window. Phases run in the \
     order in which they are written, so a phase can't begin before the one above it.",
);
const TOO_SHORT: Code = Code::warning(
    "runbook::check::sum_over_window",
    "The estimates and waits together are longer than the window that holds for them: the last steps would have to \
     start after it has closed, and are refused.",
);
pub(super) const CODES: [Code; 3] = [WINDOW, START, TOO_SHORT];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let runbook = review.runbook;
    let values = values(runbook, review.settings);
    let phase_windows = runbook.phases.iter().filter_map(|phase| phase.window.as_ref());
    let mut findings: Vec<_> =
        runbook.window.iter().chain(phase_windows).flat_map(|window| review_window(window, &values)).collect();
    let at_top: Vec<&Phase> = runbook.phases.iter().filter(|phase| holds_at_top(phase)).collect();
    findings.extend(runbook.window.iter().filter_map(|window| too_short(window, &at_top, &values)));
    for phase in &runbook.phases {
        findings.extend(phase.window.iter().filter_map(|window| too_short(window, &[phase], &values)));
    }
    // T is the start of the runbook's window, or else of the window of the phase that begins at T.
    let at_t = |phase: &&Phase| matches!(phase.at, Some(PhaseStart::Relative(0)));
    let window_of_t = runbook.phases.iter().find(at_t).and_then(|phase| phase.window.as_ref());
    let window_of_t = runbook.window.as_ref().or(window_of_t);
    let starts_at = window_of_t.and_then(|window| time(&window.start, &values)?.ok());
    let mut latest: Option<(i64, &Phase)> = None;
    for phase in &runbook.phases {
        match seconds(phase, starts_at, &values, window_of_t.is_some()) {
            Ok(None) => {}
            Ok(Some(at)) => {
                if let Some((_, above)) = latest.filter(|(before, _)| *before > at) {
                    findings.push(START.at(
                        phase.id.span,
                        format!("`{}` begins before `{}`, which stands above it", phase.id.value, above.id.value),
                        "earlier than the phase above",
                        "write phases in the order of their times",
                    ));
                }
                latest = Some((at, phase));
            }
            Err(why) => findings.push(START.at(
                phase.id.span,
                why,
                "this phase",
                "T is the start of the runbook's window: give it one, or the phase a time such as at=\"2026-06-10T08:00Z\"",
            )),
        }
    }
    findings
}

fn review_window(window: &Window, values: &Values) -> Vec<Finding> {
    let help = "write window \"2026-06-10T08:00Z\" \"2026-06-10T10:00Z\"";
    let mut findings = Vec::new();
    let mut times = Vec::new();
    for text in [&window.start, &window.end] {
        match time(text, values) {
            Some(Ok(time)) => times.push(time),
            Some(Err(text_given)) => {
                findings.push(WINDOW.at(text.span, format!("`{text_given}` isn't a time with an offset"), "", help));
            }
            None => {}
        }
    }
    if let [start, end] = times.as_slice()
        && end <= start
    {
        findings.push(WINDOW.at(window.span, "the window ends before it starts", "never open", help));
    }
    findings
}

/// Whether what is expected to take longer than the window is open.
fn too_short(window: &Window, phases: &[&Phase], values: &Values) -> Option<Finding> {
    let start = time(&window.start, values)?.ok()?;
    let open = time(&window.end, values)?.ok()?.as_second().saturating_sub(start.as_second());
    let open = Duration::from_secs(u64::try_from(open).ok().filter(|seconds| *seconds > 0)?);
    let expected: Duration = phases.iter().flat_map(|phase| &phase.items).map(expected_time).sum();
    (expected > open).then(|| {
        TOO_SHORT.at(
            window.span,
            format!("the estimates and waits add up to {}", render_duration(expected)),
            format!("open for {}", render_duration(open)),
            "make the window longer, or the waits shorter",
        )
    })
}

/// When a phase begins in seconds, from T without a known T; `None`: right after the one above.
fn seconds(phase: &Phase, t: Option<Timestamp>, values: &Values, has_window: bool) -> Result<Option<i64>, String> {
    match &phase.at {
        None => Ok(None),
        Some(PhaseStart::Relative(_)) if !has_window => {
            Err(format!("`{}` counts from T, but no window says when that is", phase.id.value))
        }
        Some(PhaseStart::Relative(offset)) => Ok(Some(t.map_or(0, Timestamp::as_second).saturating_add(*offset))),
        Some(PhaseStart::Absolute(text)) => match time(text, values) {
            Some(Ok(time)) if t.is_some() || !has_window => Ok(Some(time.as_second())),
            Some(Ok(_)) | None => Ok(None),
            Some(Err(given)) => Err(format!("`{given}` isn't a time with an offset")),
        },
    }
}

/// The time that a text means; `None` while it needs an input that isn't given; the text if it means none.
pub(super) fn time(text: &Template, values: &Values) -> Option<Result<Timestamp, String>> {
    let text = text.render(values, Escape::None).ok()?;
    let parsed = text.trim().parse::<Timestamp>();
    Some(parsed.map_err(|_| text.chars().take(60).collect()))
}
