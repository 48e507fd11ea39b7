//! `lacks` on a text that may be empty passes for nothing.

use super::code::Code;
use super::places::places;
use super::rules::Review;
use crate::model::{Expectation, Expected, Matcher, SubjectName};
use crate::syntax::Finding;

const LACKS: Code = Code::warning(
    "runbook::check::lacks_of_nothing",
    "`lacks` and `lacks-match` hold for an empty text too: a program that printed nothing, for whatever reason, passes. \
     Expect something of the same text that proves that there was one, such as expect stdout contains=\"started\".",
);
pub(super) const CODES: [Code; 1] = [LACKS];

pub(super) fn review(review: &Review<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in places(review.runbook) {
        let expectations = &place.activity.expectations;
        for expectation in expectations {
            let name = expectation.subject.name;
            if is_lacks(expectation) && is_text(name) && !expectations.iter().any(|other| proves_text(other, name)) {
                let word = name.word();
                findings.push(LACKS.at(
                    expectation.span,
                    format!("an empty {word} passes this, too"),
                    "holds for nothing",
                    format!(
                        "add an expectation that proves there was text: expect {word} contains=\"…\", or empty=#false"
                    ),
                ));
            }
        }
    }
    findings
}

fn is_lacks(expectation: &Expectation) -> bool {
    matches!(expectation.comparison.matcher, Matcher::Lacks | Matcher::LacksMatch)
}

fn is_text(name: SubjectName) -> bool {
    matches!(name, SubjectName::Stdout | SubjectName::Stderr | SubjectName::Output | SubjectName::Body)
}

/// Whether an expectation fails for an empty text, and so proves that there was one.
fn proves_text(expectation: &Expectation, subject: SubjectName) -> bool {
    let name = expectation.subject.name;
    // What is in stdout or stderr is in output, too; a JSON node proves a body.
    let same_text = name == subject
        || subject == SubjectName::Output && matches!(name, SubjectName::Stdout | SubjectName::Stderr)
        || subject == SubjectName::Body && name == SubjectName::Json;
    let asks_for_text = match expectation.comparison.matcher {
        Matcher::Contains
        | Matcher::Like
        | Matcher::Above
        | Matcher::Below
        | Matcher::AtLeast
        | Matcher::AtMost
        | Matcher::After
        | Matcher::Before => true,
        Matcher::Is | Matcher::OneOf => expectation.comparison.expected.iter().all(|expected| !is_empty(expected)),
        Matcher::IsNot => expectation.comparison.expected.iter().any(is_empty),
        Matcher::Matches => expectation.comparison.expected.iter().all(asks_for_a_character),
        Matcher::Empty | Matcher::Exists => {
            let wanted = if expectation.comparison.matcher == Matcher::Empty { "false" } else { "true" };
            expectation.comparison.expected.iter().any(|expected| text(expected) == wanted)
        }
        Matcher::Lacks | Matcher::LacksMatch => false,
    };
    same_text && asks_for_text
}

/// Whether a regex can't match the empty text; one with values in it is taken to.
fn asks_for_a_character(expected: &Expected) -> bool {
    regex_syntax::parse(&text(expected)).is_ok_and(|regex| regex.properties().minimum_len().unwrap_or(0) > 0)
}

fn is_empty(expected: &Expected) -> bool {
    expected.text.parts.is_empty()
}

/// The expected text without its values.
fn text(expected: &Expected) -> String {
    let literal = expected.text.as_literal();
    literal.unwrap_or_default().trim_start_matches('#').to_owned()
}
