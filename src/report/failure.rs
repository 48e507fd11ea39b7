//! What a failure shows: the author's line, what was expected and what came under it, a diff where
//! texts were compared, and the end of the output. It reads judgements and judges nothing.

use std::borrow::Cow;

use similar::{ChangeTag, TextDiff};

use super::page::Page;
use super::style::Tone;
use crate::event::{Failure, FailureKind, Held, Judgement};

/// How many failed expectations are shown whole.
const EXPECTATIONS: usize = 10;
/// How many lines of a diff are shown.
const DIFF: usize = 40;
/// How many lines of each text are compared, so that a diff never takes long.
const COMPARED: usize = 2000;

/// The action's own line, above expectations that stand on no line of the author's: an exit code of 0
/// is always expected.
pub(super) fn render_action(page: &mut Page, line: &str, judgements: &[Judgement]) {
    if !line.is_empty() && judgements.iter().any(|judgement| !judgement.holds() && judgement.place.is_none()) {
        page.excerpt(1, line);
    }
}

/// What failed, under the line that says so.
pub(super) fn render_failure(page: &mut Page, failure: Option<&Failure>, judgements: &[Judgement], tail: &[String]) {
    let failed: Vec<_> = judgements.iter().filter(|judgement| !judgement.holds()).collect();
    if let Some(failure) = failure.filter(|failure| failed.is_empty() || !is_told_by_expectations(failure.kind)) {
        page.more(1, &failure.why);
    }
    for judgement in failed.iter().take(EXPECTATIONS) {
        render_expectation(page, judgement);
    }
    if failed.len() > EXPECTATIONS {
        page.more(1, &format!("and {} more expectations that don't hold", failed.len() - EXPECTATIONS));
    }
    let is_shown = |judgement: &&Judgement| judgement.texts.as_ref().is_some_and(|(_, actual)| is_all_of(actual, tail));
    if !failed.iter().any(is_shown) {
        render_output(page, tail);
    }
}

/// Whether a text that a difference shows is all that was printed.
fn is_all_of(text: &str, tail: &[String]) -> bool {
    text.lines().map(str::trim_end).eq(tail.iter().map(|line| line.trim_end()))
}

/// The end of what was printed.
pub(super) fn render_output(page: &mut Page, tail: &[String]) {
    if tail.is_empty() {
        return;
    }
    page.more(1, "the end of its output:");
    for line in tail {
        page.quoted(2, None, &format!("| {line}"));
    }
}

/// Whether the failed expectations already say why.
fn is_told_by_expectations(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Refused | FailureKind::Unexpected => true,
        FailureKind::DidNotStart | FailureKind::Unknown | FailureKind::NotVerified | FailureKind::StillRuns => false,
    }
}

fn render_expectation(page: &mut Page, judgement: &Judgement) {
    if let Some(place) = &judgement.place {
        page.quoted(1, Some(Tone::Quiet), &place.to_string());
    }
    page.quoted(1, None, judgement.line.trim());
    if let Some((expected, actual)) = judgement.texts.as_ref().filter(|(expected, actual)| has_lines(expected, actual))
    {
        // The difference shows both.
        render_diff(page, expected, actual);
        if let Some(note) = &judgement.note {
            page.named(2, "note", note);
        }
        return;
    }
    page.named(2, "expected", &judgement.expected);
    match (judgement.held, judgement.actual.is_empty()) {
        (Held::InError, true) => page.named(2, "actual", "can't be judged"),
        (Held::Yes | Held::No, true) => page.named(2, "actual", "nothing"),
        (Held::Yes | Held::No | Held::InError, false) => page.named(2, "actual", &judgement.actual),
    }
    if let Some((expected, actual)) = &judgement.texts {
        render_diff(page, expected, actual);
    }
    if let Some(note) = &judgement.note {
        page.named(2, "note", note);
    }
}

fn has_lines(expected: &str, actual: &str) -> bool {
    [expected, actual].iter().any(|text| text.trim_end().contains('\n'))
}

fn render_diff(page: &mut Page, expected: &str, actual: &str) {
    let (expected, actual) = (whole_lines(head(expected)), whole_lines(head(actual)));
    let diff = TextDiff::from_lines(&expected, &actual);
    let mut unified = diff.unified_diff();
    let hunks: Vec<_> = unified.context_radius(3).iter_hunks().collect();
    let lines: Vec<_> = hunks.iter().flat_map(similar::udiff::UnifiedDiffHunk::iter_changes).collect();
    if lines.is_empty() {
        return;
    }
    page.more(2, "difference (- expected, + actual):");
    for line in lines.iter().take(DIFF) {
        let (sign, tone) = match line.tag() {
            ChangeTag::Delete => ('-', Some(Tone::Bad)),
            ChangeTag::Insert => ('+', Some(Tone::Good)),
            ChangeTag::Equal => (' ', None),
        };
        page.quoted(2, tone, &format!("{sign} {}", line.value().trim_end_matches('\n')));
    }
    if lines.len() > DIFF {
        page.more(2, &format!("and {} more lines of the difference", lines.len() - DIFF));
    }
}

/// A text with the end of its last line: whether it has one is no difference that is judged.
fn whole_lines(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) }
}

/// The first lines of a text.
fn head(text: &str) -> &str {
    let end = text.match_indices('\n').nth(COMPARED - 1).map_or(text.len(), |(newline, _)| newline + 1);
    text.get(..end).unwrap_or(text)
}
