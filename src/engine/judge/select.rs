//! One text out of an observation: the value of a `preserve` or a `capture`.

use serde_json::Value;

use super::judging::Judge;
use super::seen::{Seen, TextSeen};
use super::subject::{Found, Looking};
use super::{gap, moment, number};
use crate::event::Observation;
use crate::model::{Capture, Escape, Selection, TemplateError, Values};

/// How long a value may be, in bytes: it must fit into an environment.
const LONGEST: usize = 64 * 1024;

/// Why nothing can be selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// What was observed can't be read: no JSON, a wrong path or regex, a text that was cut.
    #[error("{0}")]
    Unreadable(String),
    /// A path has several nodes.
    #[error("the path `{path}` has {nodes} nodes, and a value is one; select a single node")]
    Several {
        /// The path as written.
        path: String,
        /// How many nodes it has.
        nodes: usize,
    },
    /// The value doesn't fit into an environment.
    #[error("it is {bytes} bytes long, and a value is at most 65536; select a part of it by matches=")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

/// Why nothing can be captured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// There is nothing, and no default.
    #[error("`{name}` has no value: {why}; write default= for a value that may be missing")]
    Nothing {
        /// The name of the capture.
        name: String,
        /// Why there is nothing.
        why: String,
    },
    /// What there is can't be selected.
    #[error("`{name}` has no value: {error}")]
    Selection {
        /// The name of the capture.
        name: String,
        /// Why.
        error: SelectError,
    },
    /// The default has no value.
    #[error("`{name}` has no value, and its default can't be used: {error}")]
    Default {
        /// The name of the capture.
        name: String,
        /// Why.
        error: TemplateError,
    },
}

/// Nothing, and why.
struct Nothing(String);

impl Judge {
    /// The selected text: that of a JSON text itself, compact JSON for other nodes, times in RFC 3339
    /// UTC, numbers plainly in their base unit, sizes as whole bytes. With `matches=` the first group,
    /// or the whole match where the regex has none. `None`: there is nothing to select.
    ///
    /// # Errors
    /// What was observed can't be read, a path has several nodes, or the text was cut.
    pub fn select(
        &self,
        selection: &Selection,
        observation: &Observation,
        values: &Values,
    ) -> Result<Option<String>, SelectError> {
        self.selected(selection, observation, values).map(Result::ok)
    }

    /// What a capture keeps: the selected text, or its default where there is nothing.
    ///
    /// # Errors
    /// There is nothing and no default, or what there is can't be selected.
    pub fn capture(
        &self,
        capture: &Capture,
        observation: &Observation,
        values: &Values,
    ) -> Result<String, CaptureError> {
        let name = || capture.name.value.clone();
        match self.selected(&capture.selection, observation, values) {
            Ok(Ok(text)) => Ok(text),
            Ok(Err(Nothing(why))) => match &capture.default {
                Some(default) => {
                    default.render(values, Escape::None).map_err(|error| CaptureError::Default { name: name(), error })
                }
                None => Err(CaptureError::Nothing { name: name(), why }),
            },
            Err(error) => Err(CaptureError::Selection { name: name(), error }),
        }
    }

    fn selected(
        &self,
        selection: &Selection,
        observation: &Observation,
        values: &Values,
    ) -> Result<Result<String, Nothing>, SelectError> {
        let looking = Looking::at(observation);
        let seen = match looking.find(&selection.subject, values, &self.patterns) {
            Found::Unreadable(why) => return Err(SelectError::Unreadable(why)),
            Found::Missing(why) => return Ok(Err(Nothing(why))),
            Found::One(seen) => seen,
            Found::Nodes(nodes) => match nodes.as_slice() {
                [] => return Ok(Err(Nothing("no node matches the path".to_owned()))),
                [(_, node)] => Seen::Json(node),
                several => {
                    let path = selection.subject.argument.as_ref().map(|path| path.render_known(values));
                    return Err(SelectError::Several { path: path.unwrap_or_default(), nodes: several.len() });
                }
            },
        };
        let Some(whole) = text_of(&seen) else { return Ok(Err(Nothing(super::seen::NO_ROW.to_owned()))) };
        let selected = match &selection.matches {
            Some(pattern) => match self.group(&pattern.value, &whole)? {
                Some(group) => group,
                None => return Ok(Err(Nothing(format!("nothing matches `{}`", pattern.value)))),
            },
            None => whole.whole().map_err(SelectError::Unreadable)?.to_owned(),
        };
        if whole.lossy && selected.contains(char::REPLACEMENT_CHARACTER) {
            return Err(SelectError::Unreadable("it has bytes that aren't UTF-8, which no value can hold".to_owned()));
        }
        if selected.len() > LONGEST {
            return Err(SelectError::TooLong { bytes: selected.len() });
        }
        Ok(Ok(selected))
    }

    /// The first group of the first match; of a text that was cut, only where no other match can
    /// come before it or reach into the gap.
    fn group(&self, pattern: &str, text: &TextSeen<'_>) -> Result<Option<String>, SelectError> {
        let regex = self.patterns.regex(pattern).map_err(SelectError::Unreadable)?;
        if text.dropped > 0 && !gap::first_is_certain(&regex, &text.head) {
            return Err(SelectError::Unreadable(text.cut_words()));
        }
        let Some(groups) = regex.captures(&text.head) else { return Ok(None) };
        let group = if regex.captures_len() > 1 { groups.get(1) } else { groups.get(0) };
        Ok(group.map(|group| group.as_str().to_owned()))
    }
}

/// The text of a value; `None` for NULL.
fn text_of<'a>(seen: &Seen<'a>) -> Option<TextSeen<'a>> {
    match seen {
        Seen::Text(text) => Some(text.clone()),
        Seen::Number(quantity) => Some(TextSeen::whole_of(number::plain_quantity(*quantity))),
        Seen::Time(time) => Some(TextSeen::whole_of(moment::rendered(*time))),
        Seen::Flag(flag) => Some(TextSeen::whole_of(flag.to_string())),
        Seen::Json(Value::String(text)) => Some(TextSeen::whole_of(text.as_str())),
        Seen::Json(node) => Some(TextSeen::whole_of(node.to_string())),
        Seen::Null => None,
    }
}
