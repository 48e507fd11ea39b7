//! `|` in a script under `sh`: only the last part's failure counts.

use super::code::Code;
use super::places::places;
use super::rules::Review;
use crate::model::{Action, Shell};
use crate::syntax::Finding;

const PIPE: Code = Code::warning(
    "runbook::check::pipe_under_sh",
    "Under `sh` a pipeline fails only if its last part does: `backup | gzip > file` succeeds with half a backup. Write \
     shell bash, which sets pipefail, or the action `pipe {…}`, which fails if any part does.",
);
pub(super) const CODES: [Code; 1] = [PIPE];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in places(review.runbook) {
        if let Action::Script(script) = &place.activity.action
            && place.activity.surroundings.shell == Shell::Sh
            && has_pipeline(&script.value)
        {
            let written = review.sources.text(script.span);
            let span = pipelines(written).first().map_or(script.span, |&at| script.span.part(at..at + 1));
            findings.push(PIPE.at(
                span,
                "only the last part of this pipeline can fail",
                "a failure before this goes unseen",
                "write shell bash (it sets pipefail), or use the action pipe {…}",
            ));
        }
    }
    findings
}

fn has_pipeline(script: &str) -> bool {
    !pipelines(script).is_empty()
}

/// Where a script pipes: outside of quotes, comments and patterns of `case`, and not `||`.
fn pipelines(script: &str) -> Vec<usize> {
    let bytes = script.as_bytes();
    let at = |index: usize| bytes.get(index).copied();
    let mut found = Vec::new();
    // What closes each open quote and each `(`; a substitution in quotes is code again.
    let mut open: Vec<u8> = Vec::new();
    let mut cases = 0_usize;
    let mut word = String::new();
    let mut index = 0;
    while let Some(byte) = at(index) {
        let before = index.checked_sub(1).and_then(at);
        let quote = open.last().copied().filter(|closing| *closing != b')');
        if quote.is_none() && byte.is_ascii_alphanumeric() {
            word.push(char::from(byte));
        } else {
            match std::mem::take(&mut word).as_str() {
                "case" => cases += 1,
                "esac" => cases = cases.saturating_sub(1),
                _ => {}
            }
        }
        match (quote, byte) {
            (Some(b'\''), b'\'') | (Some(b'"'), b'"') | (None, b')') => {
                // A `)` that closes nothing leaves nothing to take off: no quote is open here.
                open.pop();
            }
            (None | Some(b'"'), b'\\') => index += 1,
            // In quotes only `$(` is code again.
            (None | Some(b'"'), b'(') if quote.is_none() || before == Some(b'$') => open.push(b')'),
            (None, b'\'' | b'"') => open.push(byte),
            (None, b'#') if before.is_none_or(|byte| byte.is_ascii_whitespace() || byte == b';') => {
                index += bytes.iter().skip(index).take_while(|byte| **byte != b'\n').count() - 1;
            }
            (None, b'|') if at(index + 1) == Some(b'|') => index += 1,
            // `>|` writes to a file, and in `case a|b)` it separates patterns.
            (None, b'|') if cases == 0 && before != Some(b'>') => found.push(index),
            _ => {}
        }
        index += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_are_told_from_what_only_looks_like_them() {
        for script in ["a | b", "a|b", "x=$(a | b)", "a |& b", "'quoted' | b", "a # c\nb | c", "test \"$(a | b)\" = c"]
        {
            assert!(has_pipeline(script), "{script}");
        }
        for script in [
            "a || b",
            "echo 'a | b'",
            "echo \"a | b\"",
            "# a | b",
            "a >| b",
            "echo \\| b",
            "case $x in a|b) ;; esac",
            "",
        ] {
            assert!(!has_pipeline(script), "{script}");
        }
    }
}
