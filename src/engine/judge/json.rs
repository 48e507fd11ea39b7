//! JSON: values put into an expected JSON text, comparison by subset, and what a diff of it shows.

use serde_json::{Map, Number, Value};

use super::comparing::{Comparing, Wanted, flag_of, rendered};
use super::equality::{self, Likeness};
use super::excerpt;
use super::seen::Seen;
use super::weighed::Weighed;
use crate::model::{Escape, Literal, Matcher, Part, Template, Values};

/// What a node is, for a sentence.
pub(super) fn kind(node: &Value) -> &'static str {
    match node {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Whether a node is empty. The error says why it can be neither.
pub(super) fn is_empty(node: &Value) -> Result<bool, String> {
    match node {
        Value::Null => Ok(true),
        Value::String(text) => Ok(text.is_empty()),
        Value::Array(elements) => Ok(elements.is_empty()),
        Value::Object(members) => Ok(members.is_empty()),
        Value::Bool(_) | Value::Number(_) => {
            Err(format!("it is {}; only texts, arrays and objects are empty", kind(node)))
        }
    }
}

/// How alike a node other than a text and an expected value are.
pub(super) fn likeness(node: &Value, wanted: &Wanted<'_>, values: &Values) -> Result<Likeness, String> {
    let decided = |same: bool| if same { Likeness::Same } else { Likeness::Different };
    match node {
        Value::Null => Ok(decided(wanted.literal == Literal::Null)),
        Value::Bool(_) | Value::Number(_) | Value::String(_) if wanted.literal == Literal::Null => {
            Ok(Likeness::Different)
        }
        Value::String(text) => Ok(decided(*text == wanted.text)),
        Value::Bool(actual) => Ok(decided(flag_of(&wanted.text) == Some(*actual))),
        Value::Number(actual) => match wanted.text.trim().replace('_', "").parse::<Number>() {
            Ok(expected) => numbers_same(actual, &expected).map(decided),
            Err(_) => Ok(Likeness::Different),
        },
        Value::Array(_) | Value::Object(_) => {
            contains_subset(node, &expected_json(wanted.template, values)?).map(decided)
        }
    }
}

/// `contains` and `lacks` on an array: one of its elements is the expected value.
pub(super) fn weigh_membership(elements: &[Value], comparing: &Comparing<'_>) -> Weighed {
    let wanted = comparing.first();
    let mut found = None;
    let mut alike = false;
    for element in elements {
        // An element that is no JSON text to compare with is simply another element.
        match equality::likeness(&Seen::Json(element), wanted, comparing) {
            Ok(Likeness::Same) => found = found.or(Some(element)),
            Ok(Likeness::Alike) => alike = true,
            Ok(Likeness::Different) | Err(_) => {}
        }
    }
    let shown = match found {
        Some(element) => Seen::Json(element).shown(),
        None => excerpt::beginning(&Value::Array(elements.to_vec()).to_string()),
    };
    match comparing.matcher {
        Matcher::Lacks => Weighed::judged(found.is_none() && !alike, shown),
        _ => Weighed::judged(found.is_some(), shown),
    }
}

/// Whether `actual` has all that `expected` has: every key of an object, arrays of the same length
/// element by element, equal scalars. The error says why numbers can't be compared.
fn contains_subset(actual: &Value, expected: &Value) -> Result<bool, String> {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => all(expected
            .iter()
            .map(|(key, wanted)| actual.get(key).map_or(Ok(false), |found| contains_subset(found, wanted)))),
        (Value::Array(actual), Value::Array(expected)) => {
            if actual.len() != expected.len() {
                return Ok(false);
            }
            all(actual.iter().zip(expected).map(|(found, wanted)| contains_subset(found, wanted)))
        }
        (Value::Number(actual), Value::Number(expected)) => numbers_same(actual, expected),
        _ => Ok(actual == expected),
    }
}

/// A difference is certain whatever else can't be compared.
fn all(verdicts: impl Iterator<Item = Result<bool, String>>) -> Result<bool, String> {
    let mut error = None;
    for verdict in verdicts {
        match verdict {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => error = Some(why),
        }
    }
    error.map_or(Ok(true), Err)
}

fn numbers_same(actual: &Number, expected: &Number) -> Result<bool, String> {
    if let (Some(actual), Some(expected)) = (whole(actual), whole(expected)) {
        return Ok(actual == expected);
    }
    let [actual, expected] = [actual, expected].map(|number| number.as_f64().unwrap_or(f64::NAN));
    let as_count = |number| crate::model::Quantity { number, dimension: crate::model::Dimension::Count };
    super::number::compare(as_count(actual), as_count(expected)).map(std::cmp::Ordering::is_eq)
}

fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// The expected JSON with its values put in: escaped within a JSON text, and a whole JSON value
/// outside of one, so that no value changes what the JSON around it means.
pub(super) fn expected_json(template: &Template, values: &Values) -> Result<Value, String> {
    let mut text = String::new();
    let mut within = Within::default();
    for part in &template.parts {
        match part {
            Part::Text(piece) => {
                within.read(piece);
                text.push_str(piece);
            }
            Part::Value(reference) => {
                let alone = Template { parts: vec![part.clone()], span: template.span };
                let value = rendered(&alone, values, Escape::None)?;
                if within.text {
                    let quoted = Value::String(value).to_string();
                    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                    text.push_str(inner.unwrap_or(&quoted));
                } else if serde_json::from_str::<Value>(&value).is_ok() {
                    text.push_str(&value);
                } else {
                    return Err(format!("`{}` isn't a JSON value; put quotes around it", reference.name));
                }
            }
        }
    }
    serde_json::from_str(&text)
        .map_err(|error| format!("it is an object or array, and what is expected isn't JSON: {error}"))
}

/// Whether the end of a JSON text so far lies within a quoted text.
#[derive(Default)]
struct Within {
    text: bool,
    escaped: bool,
}

impl Within {
    fn read(&mut self, piece: &str) {
        for character in piece.chars() {
            match character {
                _ if self.escaped => self.escaped = false,
                '\\' if self.text => self.escaped = true,
                '"' => self.text = !self.text,
                _ => {}
            }
        }
    }
}

/// The part of the actual JSON that the expected one speaks of, in the order of the expected one.
pub(super) fn pruned(actual: &Value, expected: &Value) -> Value {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            let members = expected
                .iter()
                .filter_map(|(key, wanted)| actual.get(key).map(|found| (key.clone(), pruned(found, wanted))));
            Value::Object(members.collect::<Map<_, _>>())
        }
        (Value::Array(actual), Value::Array(expected)) => {
            let elements = actual.iter().enumerate().map(|(index, found)| {
                expected.get(index).map_or_else(|| found.clone(), |wanted| pruned(found, wanted))
            });
            Value::Array(elements.collect())
        }
        _ => actual.clone(),
    }
}

/// One member a line.
pub(super) fn pretty(node: &Value) -> String {
    serde_json::to_string_pretty(node).unwrap_or_else(|_| node.to_string())
}
