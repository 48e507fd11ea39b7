//! The judge: no text, pattern or value makes it panic; an error is never a pass; and what simple
//! matchers say is what simple code says.

use std::time::Duration;

use runbook::engine::judge::Judge;
use runbook::event::{Datum, Held, Kept, Observation};
use runbook::model::{
    Action, Activity, Budget, Comparison, Dimension, Expectation, Expected, Literal, Matcher, Quantity, Subject,
    SubjectName, Surroundings, Template, Values,
};
use runbook::syntax::{Sources, Span};

use super::pieces::Pieces;

/// A matcher, a kind of value, an expected text, an observed one, and the argument of the subject.
pub fn body(bytes: &[u8]) {
    let mut pieces = Pieces(bytes);
    let matcher = pieces.one_of(&Matcher::ALL);
    let kind = pieces.below(6);
    let literal = pieces.one_of(&[Literal::Text, Literal::Number, Literal::Flag, Literal::Null]);
    let (expected, actual, argument) = (pieces.text(), pieces.text(), pieces.text());
    let held = held(matcher, kind, literal, &expected, &actual, &argument);
    if kind == 0 && literal == Literal::Text {
        let yes = |holds: bool| if holds { Held::Yes } else { Held::No };
        let text = actual.strip_suffix('\n').unwrap_or(&actual);
        let right = match matcher {
            Matcher::Is => Some(yes(text == expected)),
            Matcher::Contains if !expected.is_empty() => Some(yes(text.contains(&expected))),
            Matcher::Lacks if !expected.is_empty() => Some(yes(!text.contains(&expected))),
            Matcher::IsNot if text == expected => Some(Held::No),
            Matcher::Contains | Matcher::Lacks => Some(Held::InError),
            _ => None,
        };
        if let Some(right) = right {
            assert_eq!(held, right, "{text:?} {matcher:?} {expected:?}");
        }
    }
    let opposite = match matcher {
        Matcher::Is => Matcher::IsNot,
        Matcher::Contains => Matcher::Lacks,
        Matcher::Matches => Matcher::LacksMatch,
        Matcher::Above => Matcher::AtMost,
        Matcher::Below => Matcher::AtLeast,
        _ => return,
    };
    let other = self::held(opposite, kind, literal, &expected, &actual, &argument);
    let both = held == Held::Yes && other == Held::Yes;
    assert!(!both, "{actual:?} {matcher:?} and {opposite:?} {expected:?}");
    // Of the nodes of a path, some may hold and others not.
    if kind != 5 {
        assert_eq!(held == Held::InError, other == Held::InError, "{actual:?} {matcher:?} {opposite:?} {expected:?}");
    }
}

fn held(matcher: Matcher, kind: usize, literal: Literal, expected: &str, actual: &str, argument: &str) -> Held {
    let (subject, datum) = match kind {
        0 => (SubjectName::Stdout, Datum::Kept(Kept::whole(actual))),
        1 => {
            let kept = Kept { head: actual.to_owned(), tail: argument.to_owned(), dropped: 7, ..Kept::default() };
            (SubjectName::Stdout, Datum::Kept(kept))
        }
        2 => {
            let number = actual.trim().parse().unwrap_or(1.0);
            (SubjectName::Size, Datum::Number(Quantity { number, dimension: Dimension::Bytes }))
        }
        3 => (SubjectName::Value, Datum::Text(actual.to_owned())),
        4 => (SubjectName::Exists, Datum::Flag(actual.is_empty())),
        _ => (SubjectName::Json, Datum::Kept(Kept::whole(actual))),
    };
    let (subject, observed) = match subject {
        SubjectName::Json => (Subject { name: subject, argument: Some(literally(argument)) }, SubjectName::Body),
        name => (Subject { name, argument: None }, name),
    };
    let observation = Observation::default().with(observed, datum);
    let comparison = Comparison { matcher, expected: vec![Expected { text: literally(expected), literal }] };
    let activity = Activity {
        action: Action::Disk(literally("/")),
        action_span: Span::default(),
        surroundings: Surroundings::default().into(),
        expectations: vec![Expectation { subject, comparison, span: Span::default() }],
        captures: Vec::new(),
        budget: Budget { limit: Duration::from_mins(5), estimate: None, escalate_after: 2.0, span: Span::default() },
        poll: None,
        retry: None,
    };
    let judgements = Judge::default().judge(&activity, &observation, &Values::new(), &Sources::default());
    assert_eq!(judgements.len(), 1);
    judgements[0].held
}

fn literally(text: &str) -> Template {
    Template::literal(text, Span::default())
}
