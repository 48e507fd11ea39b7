//! What must come back, in words: `stdout contains ready`. An expectation that isn't written but
//! always holds is said where nothing else is.

use super::contents::Expected;
use super::prose::Prose;
use crate::model::{
    Action, Activity, Always, Comparison, Expectation, Matcher, Selection, Subject, SubjectName, Values,
};

/// Every expectation of an activity; what is always expected where none is written.
pub(super) fn expected(activity: &Activity, values: &Values) -> Vec<Expected> {
    let written: Vec<_> = activity.expectations.iter().map(|it| expectation(it, values)).collect();
    if written.is_empty() { implied(&activity.action).into_iter().collect() } else { written }
}

fn expectation(it: &Expectation, values: &Values) -> Expected {
    compared(&subject(&it.subject, values), &it.comparison, values)
}

/// A comparison behind what is compared.
pub(super) fn compared(subject: &Prose, comparison: &Comparison, values: &Values) -> Expected {
    let mut texts: Vec<_> = comparison
        .expected
        .iter()
        .map(|it| comparison.compared(it, values).unwrap_or_else(|_| it.text.render_known(values)))
        .collect();
    let is_true = texts.first().is_some_and(|text| text == "true");
    let single = |words: &str| subject.clone().text(format!(" {words}"));
    let said = match comparison.matcher {
        Matcher::Empty => return plain(single(if is_true { "is empty" } else { "isn't empty" })),
        Matcher::Exists => return plain(single(if is_true { "is there" } else { "isn't there" })),
        Matcher::OneOf => {
            let choices = texts.iter().map(|text| Prose::default().code(text.as_str()));
            return plain(single("is one of ").then(Prose::listed(choices)));
        }
        Matcher::Is => "is",
        Matcher::IsNot => "is not",
        Matcher::Contains => "contains",
        Matcher::Lacks => "lacks",
        Matcher::Matches => "matches",
        Matcher::LacksMatch => "has no match of",
        Matcher::Like => "is like",
        Matcher::Above => "is above",
        Matcher::Below => "is below",
        Matcher::AtLeast => "is at least",
        Matcher::AtMost => "is at most",
        Matcher::After => "is after",
        Matcher::Before => "is before",
    };
    let text = if texts.is_empty() { String::new() } else { texts.swap_remove(0) };
    let text = text.strip_suffix('\n').unwrap_or(&text);
    if text.contains('\n') {
        let lines = Some(text.to_owned());
        return Expected { said: single(said).text(":"), lines, is_implied: false };
    }
    let said = single(said).text(" ");
    plain(if text.is_empty() { said.text("nothing") } else { said.code(text) })
}

fn plain(said: Prose) -> Expected {
    Expected { said, lines: None, is_implied: false }
}

/// Which part of what came back: `stdout`, `JSON $.status`, `header etag`.
pub(super) fn subject(subject: &Subject, values: &Values) -> Prose {
    let argument = subject.argument.as_ref().map(|argument| argument.render_known(values));
    match (subject.name, argument) {
        (SubjectName::Json, Some(path)) => Prose::of("JSON ").code(path),
        (name, Some(argument)) => Prose::of(format!("{} ", name.word())).code(argument),
        (name, None) => Prose::default().code(name.word()),
    }
}

/// What of an observation is kept.
pub(super) fn selected(selection: &Selection, values: &Values) -> Prose {
    let whole = subject(&selection.subject, values);
    match &selection.matches {
        Some(pattern) => whole.text(" by ").code(pattern.value.as_str()),
        None => whole,
    }
}

fn implied(action: &Action) -> Option<Expected> {
    let always = Always::of_action(action)?;
    let said = Prose::default().code(always.subject().word()).text(" is ").code(always.value());
    Some(Expected { said, lines: None, is_implied: true })
}
