//! One value of an observation, as the matchers see it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::{excerpt, moment, number};
use crate::event::{Datum, Kept, Passed, Passing};
use crate::model::{Dimension, Quantity};
use crate::plan::Needle;

/// One value.
#[derive(Debug, Clone)]
pub(super) enum Seen<'a> {
    Text(TextSeen<'a>),
    Number(Quantity),
    Time(Timestamp),
    Flag(bool),
    /// A node of a JSON text.
    Json(&'a Value),
    /// An SQL value that is NULL, or has no row.
    Null,
}

/// A text, or the head and the tail of one.
#[derive(Debug, Clone)]
pub(super) struct TextSeen<'a> {
    pub head: Cow<'a, str>,
    pub tail: &'a str,
    /// Bytes between them that are gone; 0: the head is everything.
    pub dropped: u64,
    pub lossy: bool,
    /// What was looked for while the text streamed past.
    pub passed: &'a [Passed],
}

impl<'a> Seen<'a> {
    pub fn of(datum: &'a Datum) -> Self {
        match datum {
            Datum::Text(text) => Self::text(text.as_str()),
            Datum::Kept(kept) => Self::Text(TextSeen::of(kept)),
            Datum::Number(quantity) => Self::Number(*quantity),
            Datum::Time(time) => Self::Time(*time),
            Datum::Flag(flag) => Self::Flag(*flag),
        }
    }

    /// A text that is wholly here.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(TextSeen::whole_of(text))
    }

    /// What a person reads of it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => excerpt::beginning(&text.head),
            Self::Number(quantity) => number::shown(*quantity),
            Self::Time(time) => moment::rendered(*time),
            Self::Flag(flag) => flag.to_string(),
            Self::Json(Value::String(text)) => excerpt::beginning(text),
            Self::Json(node) => excerpt::beginning(&node.to_string()),
            Self::Null => String::new(),
        }
    }

    /// Its text, for the matchers of texts. The error says why it has none.
    pub fn as_text(&self) -> Result<TextSeen<'a>, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Number(Quantity { number, dimension: Dimension::Count }) => {
                Ok(TextSeen::whole_of(number::plain(*number)))
            }
            Self::Time(time) => Ok(TextSeen::whole_of(moment::rendered(*time))),
            Self::Json(Value::String(text)) => Ok(TextSeen::whole_of(text.as_str())),
            Self::Json(node @ (Value::Number(_) | Value::Bool(_))) => Ok(TextSeen::whole_of(node.to_string())),
            Self::Json(Value::Null) => Err("it is null, which has no text".to_owned()),
            Self::Json(Value::Array(_)) => {
                Err("it is an array, which has no text; name its elements by a path such as `$.items[*]`".to_owned())
            }
            Self::Json(Value::Object(_)) => {
                Err("it is an object, which has no text; name its members by a path such as `$.status`".to_owned())
            }
            Self::Number(quantity) => Err(format!(
                "it is {}, which has no text; compare it with is, above, below, at-least or at-most",
                number::dimension_words(quantity.dimension)
            )),
            Self::Flag(_) => Err("it is yes or no, which has no text; write is=#true or is=#false".to_owned()),
            Self::Null => Err(NO_ROW.to_owned()),
        }
    }
}

/// Why an SQL value is missing.
pub(super) const NO_ROW: &str = "there is no value: the statement gave NULL or no row";

impl<'a> TextSeen<'a> {
    fn of(kept: &'a Kept) -> Self {
        Self {
            head: kept.head.as_str().into(),
            tail: &kept.tail,
            dropped: kept.dropped,
            lossy: kept.lossy,
            passed: &kept.passed,
        }
    }

    /// A text that is wholly here.
    pub fn whole_of(text: impl Into<Cow<'a, str>>) -> Self {
        Self { head: text.into(), tail: "", dropped: 0, lossy: false, passed: &[] }
    }

    /// The whole text. The error says how much is gone.
    pub fn whole(&self) -> Result<&str, String> {
        if self.dropped == 0 { Ok(&self.head) } else { Err(self.cut_words()) }
    }

    /// Whether something was in a text that was cut, and what stood around it.
    ///
    /// # Errors
    /// Nobody can tell, and why.
    pub fn found_in_passing(&self, wanted: &Needle) -> Result<Option<&'a str>, String> {
        match self.passed.iter().find(|passed| passed.needle == *wanted).map(|passed| &passed.answer) {
            Some(Passing::Found(shown)) => Ok(Some(shown)),
            Some(Passing::Absent) => Ok(None),
            Some(Passing::Unclear(why)) => Err(format!("{}; {why}", self.cut_words())),
            None => Err(self.cut_words()),
        }
    }

    /// Why a text that was cut can't be judged.
    pub fn cut_words(&self) -> String {
        format!(
            "the text was cut: {} in its middle weren't kept, and this can't be judged without them",
            number::bytes_words(self.dropped)
        )
    }

    /// Where a verdict on a text that was cut comes from.
    pub fn passing_words(&self) -> String {
        format!("judged as it streamed past: {} in its middle weren't kept", number::bytes_words(self.dropped))
    }

    /// What helps to read a text with replaced bytes; empty for all others.
    pub fn lossy_words(&self) -> &'static str {
        if self.lossy { "bytes that aren't UTF-8 are judged and shown as �" } else { "" }
    }

    /// The last lines that were kept.
    pub fn ending(&self) -> String {
        excerpt::ending(if self.dropped == 0 { &self.head } else { self.tail })
    }
}
