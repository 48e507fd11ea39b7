//! The judge: all expectations of one activity, on one observation.

use super::always;
use super::comparing::{Comparing, words};
use super::patterns::Patterns;
use super::subject::{Found, Looking};
use super::weighed::Weighed;
use crate::event::{Answer, Held, Judgement, Observation, Place, all_hold};
use crate::model::{Activity, Always, Comparison, Expectation, Matcher, Subject, SubjectName, Values};
use crate::syntax::{Sources, Span};

/// The judge of expectations. It holds nothing but compiled patterns, so that one may serve a whole
/// run, and its verdicts depend on nothing but what it is given.
#[derive(Debug, Default)]
pub struct Judge {
    pub(super) patterns: Patterns,
}

impl Judge {
    /// Judges what is always expected, then each written expectation in order. Empty where nothing
    /// is expected.
    #[must_use]
    pub fn judge(
        &self,
        activity: &Activity,
        observation: &Observation,
        values: &Values,
        sources: &Sources,
    ) -> Vec<Judgement> {
        let looking = Looking::at(observation);
        let unwritten = Always::of(activity).map(|unwritten| {
            let subject = Subject { name: unwritten.subject(), argument: None };
            let found = looking.find(&subject, values, &self.patterns);
            tied(always::weigh(unwritten, found, observation), always::line(unwritten), None, always::words(unwritten))
        });
        let written = activity.expectations.iter().map(|expectation| {
            let (expected, weighed) = self.weigh(expectation, &looking, values);
            let line = sources.line(expectation.span).to_owned();
            tied(weighed, line, Some(place(sources, expectation.span)), expected)
        });
        unwritten.into_iter().chain(written).collect()
    }

    /// The answer of `applied` to *is the whole effect there?*, from its judgements. An exit code
    /// that a written `expect exit` doesn't name is no answer.
    #[must_use]
    pub fn answer(activity: &Activity, judgements: &[Judgement]) -> Answer {
        if all_hold(judgements) {
            return Answer::Yes;
        }
        let written = judgements.len().saturating_sub(activity.expectations.len());
        let mut exits = judgements
            .iter()
            .skip(written)
            .zip(&activity.expectations)
            .filter(|(_, expectation)| expectation.subject.name == SubjectName::Exit)
            .map(|(judgement, _)| judgement.holds())
            .peekable();
        // A code that one of several expectations names is an answer, although another wants a different one.
        let unnamed_exit = exits.peek().is_some() && !exits.any(|holds| holds);
        let is_in_error = judgements.iter().any(|judgement| judgement.held == Held::InError);
        if unnamed_exit || is_in_error { Answer::CannotTell } else { Answer::No }
    }

    /// One written expectation: what is expected in words, and the verdict.
    fn weigh(&self, expectation: &Expectation, looking: &Looking<'_>, values: &Values) -> (String, Weighed) {
        let comparison = &expectation.comparison;
        let comparing = match Comparing::read(comparison, values, &self.patterns) {
            Ok(comparing) => comparing,
            Err(why) => return (unread_words(comparison, values), Weighed::in_error(String::new(), why)),
        };
        let comparing = match expectation.subject.name {
            SubjectName::Free | SubjectName::Used => Comparing { total: looking.total(), ..comparing },
            _ => comparing,
        };
        let comparing = Comparing { subject: Some(expectation.subject.name), ..comparing };
        let weighed = match looking.find(&expectation.subject, values, &self.patterns) {
            Found::One(seen) => comparing.weigh(&seen),
            Found::Nodes(nodes) => comparing.weigh_nodes(&nodes),
            Found::Missing(why) if comparing.matcher == Matcher::Exists => {
                let weighed = comparing.weigh_existence(false, String::new());
                if weighed.holds() { weighed } else { weighed.noted(why) }
            }
            Found::Missing(why) | Found::Unreadable(why) => Weighed::in_error(String::new(), why),
        };
        (comparing.words(), weighed)
    }
}

/// What is expected where a value for it is missing.
fn unread_words(comparison: &Comparison, values: &Values) -> String {
    let texts: Vec<_> = comparison
        .expected
        .iter()
        .map(|expected| super::excerpt::beginning(&expected.text.render_known(&public(values))))
        .collect();
    words(comparison.matcher, &texts)
}

/// The values that may be shown.
fn public(values: &Values) -> Values {
    values
        .iter()
        .filter(|(name, _)| !name.starts_with("secret."))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Where a range begins, as people write it.
pub(super) fn place(sources: &Sources, span: Span) -> Place {
    let (line, column) = sources.line_and_column(span);
    Place { file: sources.path(span.file).to_string(), line, column }
}

fn tied(weighed: Weighed, line: String, place: Option<Place>, expected: String) -> Judgement {
    let Weighed { held, actual, texts, note } = weighed;
    Judgement { held, line, place, expected, actual, texts, note }
}
