//! Windows that end before they start, phases whose `at` has no window to count from, and phases
//! that would begin before the one above them.

use jiff::Timestamp;

use super::code::Code;
use super::rehearse::values;
use super::rules::Review;
use crate::model::{Escape, Phase, PhaseStart, Template, Values, Window};
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
pub(super) const CODES: [Code; 2] = [WINDOW, START];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let runbook = review.runbook;
    let values = values(runbook, &[]);
    let phase_windows = runbook.phases.iter().filter_map(|phase| phase.window.as_ref());
    let mut findings: Vec<_> =
        runbook.window.iter().chain(phase_windows).flat_map(|window| review_window(window, &values)).collect();
    let starts_at = runbook.window.as_ref().and_then(|window| time(&window.start, &values)?.ok());
    let mut latest: Option<(i64, &Phase)> = None;
    for phase in &runbook.phases {
        match seconds(phase, starts_at, &values, runbook.window.is_some()) {
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
                "give it a time, or T with an offset, such as at=\"T-8d\"; T is the start of the runbook's window",
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

/// When a phase begins in seconds, from T without a known T; `None`: right after the one above.
fn seconds(phase: &Phase, t: Option<Timestamp>, values: &Values, has_window: bool) -> Result<Option<i64>, String> {
    match &phase.at {
        None => Ok(None),
        Some(PhaseStart::Relative(_)) if !has_window => {
            Err(format!("`{}` counts from T, but the runbook has no window", phase.id.value))
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
