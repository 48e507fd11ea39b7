//! Tables: matcher × kind of value × verdict.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod always;
mod json;
mod like;
mod loosened;
mod numbers;
mod selecting;
mod streamed;
mod texts;

use std::sync::Arc;

use std::sync::LazyLock;
use std::time::Duration;

use super::Judge;
use crate::event::{Datum, Held, Judgement, Kept, Observation};
use crate::model::{
    Action, Activity, Budget, Comparison, Dimension, Expectation, Expected, Literal, Matcher, Program, Quantity,
    Subject, SubjectName, Template, Values,
};
use crate::syntax::{Sources, Span, Spanned};

pub(super) fn template(text: &str) -> Template {
    Template::parse(text, Span::default()).unwrap()
}

pub(super) fn action() -> Action {
    Action::Run(Program { program: template("true"), arguments: Vec::new(), pod: None, span: Span::default() })
}

/// An activity without anything that is always expected, unless the action brings it.
pub(super) fn activity(action: Action, expectations: Vec<Expectation>) -> Activity {
    Activity {
        action,
        action_span: Span::default(),
        surroundings: Arc::default(),
        expectations,
        captures: Vec::new(),
        budget: Budget { limit: Duration::from_mins(5), estimate: None, escalate_after: 2.0, span: Span::default() },
        poll: None,
        retry: None,
    }
}

/// A value as KDL would read it: `#true`, `#null`, a bare number, or a text.
pub(super) fn expected(spelling: &str) -> Expected {
    let (text, literal) = match spelling {
        "#true" | "#false" => (spelling.trim_start_matches('#'), Literal::Flag),
        "#null" => ("", Literal::Null),
        number
            if number.starts_with(|first: char| first.is_ascii_digit() || first == '-')
                && number.parse::<f64>().is_ok() =>
        {
            (number, Literal::Number)
        }
        quoted => (quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted), Literal::Text),
    };
    Expected { text: template(text), literal }
}

pub(super) fn expectation(subject: &str, matcher: Matcher, spellings: &[&str]) -> Expectation {
    let (word, argument) = match subject.split_once(' ') {
        Some((word, argument)) => (word, Some(template(argument))),
        None => (subject, None),
    };
    let name = SubjectName::ALL.into_iter().find(|name| name.word() == word).unwrap();
    Expectation {
        subject: Subject { name, argument },
        comparison: Comparison { matcher, expected: spellings.iter().map(|spelling| expected(spelling)).collect() },
        span: Span::default(),
    }
}

pub(super) fn values() -> Values {
    Values::from([
        ("version".to_owned(), "0.3.0".to_owned()),
        ("odd".to_owned(), r#"a"b\c"#.to_owned()),
        ("count".to_owned(), "3".to_owned()),
        ("nothing".to_owned(), String::new()),
        ("secret.key".to_owned(), "s3cr3t".to_owned()),
    ])
}

/// One judge for all: what it remembers never changes a verdict.
pub(super) static JUDGE: LazyLock<Judge> = LazyLock::new(Judge::default);

/// The judgement on one expectation, without what is always expected.
pub(super) fn judge_one(observation: &Observation, subject: &str, matcher: Matcher, spellings: &[&str]) -> Judgement {
    let activity = activity(Action::Disk(template("/")), vec![expectation(subject, matcher, spellings)]);
    let mut judgements = JUDGE.judge(&activity, observation, &values(), &Sources::default());
    assert_eq!(judgements.len(), 1);
    judgements.remove(0)
}

/// Rows of subject, matcher, expected, verdict; all that is wrong is shown at once.
pub(super) fn table(observation: &Observation, rows: &[(&str, Matcher, &str, Held)]) {
    let wrong: Vec<_> = rows
        .iter()
        .map(|row| (row, judge_one(observation, row.0, row.1, &[row.2])))
        .filter(|((_, _, _, held), judgement)| judgement.held != *held)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

pub(super) fn text(text: &str) -> Datum {
    Datum::Text(text.to_owned())
}

pub(super) fn number(number: f64, dimension: Dimension) -> Datum {
    Datum::Number(Quantity { number, dimension })
}

pub(super) fn stdout(text: &str) -> Observation {
    Observation::default().with(SubjectName::Stdout, Datum::Kept(Kept::whole(text)))
}

pub(super) fn cut(head: &str, tail: &str) -> Observation {
    let kept = Kept { head: head.to_owned(), tail: tail.to_owned(), dropped: 4096, ..Kept::default() };
    Observation::default().with(SubjectName::Stdout, Datum::Kept(kept))
}

pub(super) fn body(json: &str) -> Observation {
    Observation::default()
        .with(SubjectName::Status, number(200.0, Dimension::Count))
        .with(SubjectName::Body, Datum::Kept(Kept::whole(json)))
}
