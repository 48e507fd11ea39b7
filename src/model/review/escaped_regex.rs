//! A regex in an escaped string: `"\\d"` is easily written as `"\d"`, which KDL refuses, or as too
//! many backslashes, which match a backslash.

use super::code::Code;
use super::places::places;
use super::rules::Review;
use crate::model::{Action, Matcher};
use crate::syntax::{Finding, Span};

const ESCAPED: Code = Code::warning(
    "runbook::check::escaped_regex",
    "A regex with backslashes stands in a quoted string, where each must be doubled. In a raw string it reads as it \
     is: matches=#\"\\d+ passed\"#.",
);
pub(super) const CODES: [Code; 1] = [ESCAPED];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut regexes: Vec<Span> =
        review.runbook.inputs.iter().filter_map(|input| input.matches.as_ref()).map(|regex| regex.span).collect();
    for place in places(review.runbook) {
        for expectation in &place.activity.expectations {
            if matches!(expectation.comparison.matcher, Matcher::Matches | Matcher::LacksMatch) {
                regexes.extend(expectation.comparison.expected.iter().map(|expected| expected.text.span));
            }
        }
        let captured = place.activity.captures.iter().filter_map(|capture| capture.selection.matches.as_ref());
        regexes.extend(captured.map(|regex| regex.span));
        if let Action::Replace(replacement) = &place.activity.action {
            regexes.push(replacement.matches.span);
        }
    }
    regexes.into_iter().filter_map(|span| finding(review, span)).collect()
}

fn finding(review: &Review<'_>, span: Span) -> Option<Finding> {
    let written = review.sources.text(span);
    let is_quoted = written.starts_with('"') && !written.starts_with("\"\"\"");
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    if !is_quoted || !inner.contains("\\\\") {
        return None;
    }
    let raw = inner.replace("\\\\", "\\");
    let help = if raw.contains(['"', '\n']) || raw.len() > 200 {
        "write it as a raw string: #\"…\"#".to_owned()
    } else {
        format!("write it as a raw string: #\"{raw}\"#")
    };
    Some(ESCAPED.at(span, "a regex is written with doubled backslashes", "each `\\\\` stands for one", help))
}
