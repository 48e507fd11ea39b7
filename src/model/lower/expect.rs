//! `expect`, `capture`, `select` and the comparison of `when`: which part of an answer, and what
//! must hold for it.

use super::lowering::{Lower, Reported};
use super::request::literal;
use super::text::Secrets;
use crate::model::vocabulary::MATCHERS;
use crate::model::{
    Action, Activity, Capture, Comparison, Expectation, ExpectationError, Expected, Literal, Matcher, Selection,
    Subject, SubjectName, Template,
};
use crate::syntax::reader::shortened;
use crate::syntax::suggest::{closest, suggestion};
use crate::syntax::{Entry, Finding, Node, ReadError, Span, Spanned};

impl Lower<'_> {
    /// One expectation; without its action, because that is in error, only what stands alone is read.
    pub(super) fn expectation(&mut self, node: &Node, action: Option<&Action>) -> Option<Expectation> {
        if node.arguments.is_empty() {
            self.report(no_subject(node, action).at(node.name.span));
            return None;
        }
        let subject = self.subject(node, 0, action);
        let comparison = self.comparison(node, subject.as_ref());
        let (subject, comparison) = (subject?, comparison?);
        Some(Expectation { subject, comparison, span: node.span })
    }

    /// `capture NAME SUBJECT [arg] [matches=…] [default=…]`.
    pub(super) fn capture(&mut self, node: &Node, action: Option<&Action>) -> Option<Capture> {
        let name = self.name(node)?;
        let default = node.property("default").map(|entry| self.template(&entry.spelled(), Secrets::Refused));
        let selection = self.select(node, 1, action)?;
        let default = match default {
            None => None,
            Some(default) => Some(default?),
        };
        Some(Capture { name, selection, default, span: node.span })
    }

    /// `SUBJECT [arg] [matches=…]` from this argument on.
    pub(super) fn select(&mut self, node: &Node, from: usize, action: Option<&Action>) -> Option<Selection> {
        let subject = self.subject(node, from, action);
        let matches = node.property("matches").map(|entry| {
            let text = self.keep(entry.text())?;
            self.regex_text(text)
        });
        let subject = subject?;
        if subject.name == SubjectName::Json && subject.argument.is_none() {
            let error = ReadError::MissingArgument { node: "json".to_owned(), what: "a JSON path".to_owned() };
            self.report(error.at(node.argument(from).map_or(node.name.span, |entry| entry.span)));
            return None;
        }
        let matches = match matches {
            None => None,
            Some(matches) => Some(matches?),
        };
        Some(Selection { subject, matches, span: node.span })
    }

    /// What a `preserve` takes without a `select`.
    pub(super) fn default_selection(&mut self, node: &Node, activity: &Activity) -> Option<Selection> {
        let Some(name) = activity.action.usual_subject() else {
            let subjects = words_of(activity.action.subjects());
            let error =
                ExpectationError::NoSelect { word: activity.action.word().to_owned(), subjects: subjects.join(", ") };
            self.report(error.at(node.name.span));
            return None;
        };
        Some(Selection { subject: Subject { name, argument: None }, matches: None, span: activity.action_span })
    }

    fn subject(&mut self, node: &Node, from: usize, action: Option<&Action>) -> Option<Subject> {
        let entry = self.keep(node.required_argument(from, "a subject"))?;
        let word = self.keep(entry.text())?;
        let Some(name) = SubjectName::ALL.into_iter().find(|name| name.word() == word.value) else {
            self.report(unknown_subject(&word, action));
            return None;
        };
        if let Some(action) = action
            && !action.subjects().contains(&name)
        {
            let subjects = words_of(action.subjects());
            let known = if subjects.is_empty() { "nothing".to_owned() } else { subjects.join(", ") };
            let error = ExpectationError::NoSuchSubject { subject: word.value, word: action.word().to_owned(), known };
            self.report(error.at(word.span));
            return None;
        }
        let argument = self.subject_argument(node, from, &Spanned::new(name, word.span)).ok()?;
        Some(Subject { name, argument })
    }

    /// The path of `json`, the name of `header`; `None` for all others.
    fn subject_argument(
        &mut self,
        node: &Node,
        from: usize,
        subject: &Spanned<SubjectName>,
    ) -> Result<Option<Template>, Reported> {
        let argument = node.argument(from + 1);
        match (subject.value, argument) {
            (SubjectName::Json, Some(entry)) => {
                let text = self.keep(entry.text()).ok_or(Reported)?;
                self.json_path(&text).map(Some).ok_or(Reported)
            }
            (SubjectName::Header, Some(entry)) => {
                let name = self.header_name(entry).ok_or(Reported)?;
                Ok(Some(Template::literal(&name, entry.span)))
            }
            (SubjectName::Header, None) => {
                let what = "the name of a header".to_owned();
                self.report(ReadError::MissingArgument { node: "header".to_owned(), what }.at(subject.span));
                Err(Reported)
            }
            (_, Some(entry)) => {
                let word = subject.value.word();
                let usage = format!("{} {word} …", node.name.value);
                self.report(ReadError::SurplusArgument { node: word.to_owned(), usage }.at(entry.span));
                Err(Reported)
            }
            (_, None) => Ok(None),
        }
    }

    /// The one matcher of a node and what it is compared with; `None` for a subject: any text.
    pub(super) fn comparison(&mut self, node: &Node, subject: Option<&Subject>) -> Option<Comparison> {
        let written: Vec<(Matcher, Span, Option<Entry<'_>>)> = node
            .properties
            .iter()
            .filter_map(|property| {
                let matcher = Matcher::ALL.into_iter().find(|matcher| matcher.word() == property.name.value)?;
                (matcher != Matcher::OneOf).then(|| (matcher, property.name.span, Some(Entry::from(property))))
            })
            .chain(node.child("one-of").map(|child| (Matcher::OneOf, child.name.span, None)))
            .collect();
        let Some((matcher, span, entry)) = written.first() else {
            self.report(ExpectationError::NoMatcher.at(node.name.span));
            return None;
        };
        // Two of one name are reported as such.
        if let Some((second, place, _)) = written.iter().find(|(other, _, _)| other != matcher) {
            let error = ExpectationError::SecondMatcher { second: second.word().to_owned() };
            self.beside(error.at(*place), &Spanned::new(matcher.word().to_owned(), *span));
            return None;
        }
        if let Some(subject) = subject
            && let Err(error) = super::fit::matcher_fits(*matcher, subject)
        {
            self.report(error.at(*span));
            return None;
        }
        let expected = if let Some(entry) = entry {
            vec![self.expected(*matcher, *entry, subject)?]
        } else {
            let child = node.child("one-of")?;
            let _present = self.keep(child.required_argument(0, "at least one value"))?;
            let values: Vec<Option<Expected>> =
                child.arguments.iter().map(|argument| self.expected(*matcher, argument.into(), subject)).collect();
            values.into_iter().collect::<Option<Vec<Expected>>>()?
        };
        Some(Comparison { matcher: *matcher, expected })
    }

    /// A template of an expected value, and how it was written.
    pub(super) fn expected_text(&mut self, entry: Entry<'_>) -> Option<Expected> {
        let text = self.template(&entry.spelled(), Secrets::Refused)?;
        Some(Expected { text, literal: literal(entry.value) })
    }
}

/// What to write where only a matcher, or nothing, stands behind `expect`.
fn no_subject(node: &Node, action: Option<&Action>) -> ExpectationError {
    let known = action.map(|action| words_of(action.subjects())).unwrap_or_default();
    // `exists` is a subject of some actions and a matcher of others.
    let subject = node.properties.iter().find(|property| known.contains(&property.name.value.as_str()));
    let matcher = node.properties.iter().find(|property| MATCHERS.contains(&property.name.value.as_str()));
    let expect = &node.name.value;
    let help = match (subject, matcher) {
        (Some(subject), _) => {
            let value = Entry::from(subject);
            let sign = if literal(value.value) == Literal::Flag { "#" } else { "" };
            format!("write: {expect} {} is={sign}{}", subject.name.value, shortened(&value.spelled().value))
        }
        (None, Some(matcher)) => format!("write: {expect} SUBJECT {}=…", matcher.name.value),
        (None, None) => format!("write: {expect} SUBJECT is=…"),
    };
    let subjects = if known.is_empty() || subject.is_some() {
        String::new()
    } else {
        format!(", with one of: {}", known.join(", "))
    };
    ExpectationError::NoSubject { help: format!("{help}{subjects}") }
}

/// A word that is no subject at all; perhaps the matcher's equals sign is missing.
fn unknown_subject(word: &Spanned<String>, action: Option<&Action>) -> Finding {
    let known = action.map_or_else(|| words_of(&SubjectName::ALL), |action| words_of(action.subjects()));
    let help = match closest(&word.value, MATCHERS) {
        Some(matcher) if closest(&word.value, known.iter().copied()).is_none() => {
            format!("`{matcher}` is a matcher; write: expect SUBJECT {matcher}=VALUE")
        }
        _ => suggestion(&word.value, &known),
    };
    ExpectationError::UnknownSubject { subject: shortened(&word.value), help }.at(word.span)
}

fn words_of(subjects: &[SubjectName]) -> Vec<&'static str> {
    subjects.iter().map(|subject| subject.word()).collect()
}
