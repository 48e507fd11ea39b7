//! What an observation has under a subject's name, and in the operator's words why there is nothing.

use std::cell::OnceCell;

use serde_json::Value;

use super::comparing::rendered;
use super::patterns::Patterns;
use super::seen::{Seen, TextSeen};
use crate::event::{Datum, Observation};
use crate::model::{Dimension, Escape, Quantity, Subject, SubjectName, Values};

/// What there is.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// One value.
    One(Seen<'a>),
    /// The nodes of a JSON path, each with its own path; may be none.
    Nodes(Vec<(String, &'a Value)>),
    /// The action answered without it; the text says why.
    Missing(String),
    /// Nobody can tell whether it is there.
    Unreadable(String),
}

/// An observation, looked at subject by subject; its JSON is read once.
pub(super) struct Looking<'a> {
    observation: &'a Observation,
    json: OnceCell<Result<Value, String>>,
}

impl<'a> Looking<'a> {
    pub fn at(observation: &'a Observation) -> Self {
        Self { observation, json: OnceCell::new() }
    }

    /// The size of the disk, if one was observed.
    pub fn total(&self) -> Option<Quantity> {
        match self.observation.get(SubjectName::Total) {
            Some(Datum::Number(total)) if total.dimension == Dimension::Bytes => Some(*total),
            _ => None,
        }
    }

    /// Finds a subject.
    pub fn find<'b>(&'b self, subject: &Subject, values: &Values, patterns: &Patterns) -> Found<'b> {
        let argument = match subject.argument.as_ref().map(|template| rendered(template, values, Escape::None)) {
            None => None,
            Some(Ok(argument)) => Some(argument),
            Some(Err(why)) => return Found::Unreadable(why),
        };
        if self.observation.subjects.is_empty() && self.observation.headers.is_empty() {
            return Found::Unreadable(self.missing_words(subject.name));
        }
        match (subject.name, argument) {
            (SubjectName::Json, path) => self.nodes(path.as_deref().unwrap_or("$"), patterns),
            (SubjectName::Header, Some(name)) => self.header(&name),
            (name, _) => match self.observation.get(name) {
                Some(datum) => Found::One(Seen::of(datum)),
                None if name == SubjectName::Value && self.observation.get(SubjectName::Count).is_some() => {
                    Found::One(Seen::Null)
                }
                None => Found::Missing(self.missing_words(name)),
            },
        }
    }

    fn header(&self, name: &str) -> Found<'_> {
        let values: Vec<_> = self
            .observation
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        if values.is_empty() {
            return Found::Missing(format!("there is no header `{name}` in the answer"));
        }
        Found::One(Seen::text(values.join(", ")))
    }

    fn nodes(&self, path: &str, patterns: &Patterns) -> Found<'_> {
        let path = match patterns.path(path) {
            Ok(path) => path,
            Err(why) => return Found::Unreadable(why),
        };
        match self.json.get_or_init(|| self.read_json()) {
            Ok(json) => Found::Nodes(
                path.query_located(json).iter().map(|node| (node.location().to_string(), node.node())).collect(),
            ),
            Err(why) => Found::Unreadable(why.clone()),
        }
    }

    fn read_json(&self) -> Result<Value, String> {
        let datum = self.observation.get(SubjectName::Json).or_else(|| self.observation.get(SubjectName::Body));
        let Some(datum) = datum else { return Err(self.missing_words(SubjectName::Json)) };
        let text: TextSeen<'_> = Seen::of(datum).as_text()?;
        let whole = text.whole()?;
        if whole.trim().is_empty() {
            return Err("the answer has an empty body, which isn't JSON".to_owned());
        }
        serde_json::from_str(whole).map_err(|error| {
            format!("the answer isn't JSON: {error}; it begins `{}`", super::excerpt::beginning(whole.trim_start()))
        })
    }

    /// Why there is no such subject.
    fn missing_words(&self, name: SubjectName) -> String {
        let word = name.word();
        match name {
            SubjectName::Exit => {
                "there is no exit code: the program did not start, or was ended before it gave one".to_owned()
            }
            SubjectName::Stdout | SubjectName::Stderr | SubjectName::Output => {
                format!("there is no {word}: the program did not start")
            }
            SubjectName::Status | SubjectName::Header | SubjectName::Body | SubjectName::Json => {
                format!("there is no {word}: no answer came")
            }
            SubjectName::Value | SubjectName::Count => format!("there is no {word}: the statement gave no answer"),
            SubjectName::Path
            | SubjectName::Size
            | SubjectName::Age
            | SubjectName::Modified
            | SubjectName::Sha256
            | SubjectName::Mode
            | SubjectName::Owner
            | SubjectName::Gzip => match self.observation.get(SubjectName::Exists) {
                Some(Datum::Flag(false)) => format!("there is no {word}: the file doesn't exist"),
                _ => format!("there is no {word}: the file couldn't be read"),
            },
            SubjectName::Free | SubjectName::Used | SubjectName::Total => {
                format!("there is no {word}: the file system couldn't be read")
            }
            SubjectName::Active | SubjectName::Sub | SubjectName::Result | SubjectName::Enabled => {
                format!("there is no {word}: nothing said so")
            }
            SubjectName::Since => "there is no since: the unit has no main process".to_owned(),
            SubjectName::Available
            | SubjectName::Ready
            | SubjectName::Updated
            | SubjectName::Replicas
            | SubjectName::Revision => format!("there is no {word}: nothing was rolled out"),
            SubjectName::Duration | SubjectName::Exists | SubjectName::Listening | SubjectName::Answer => {
                format!("there is no {word} in what was observed")
            }
        }
    }
}
