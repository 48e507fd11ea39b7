//! `is`, `is-not` and `one-of`.

use serde_json::Value;

use super::comparing::{Comparing, Wanted, flag_of};
use super::seen::{NO_ROW, Seen, TextSeen};
use super::weighed::Weighed;
use super::{json, moment, number};
use crate::model::{Literal, Matcher, SubjectName, parse_quantity};
use crate::plan::Needle;

/// How alike an actual and an expected value are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Likeness {
    /// They are the same.
    Same,
    /// They are spelled differently and mean the same number: neither `is` nor `is-not` holds.
    Alike,
    /// They differ.
    Different,
}

/// Judges the three matchers of equality.
pub(super) fn weigh_equality(seen: &Seen<'_>, comparing: &Comparing<'_>) -> Weighed {
    let likenesses: Vec<_> = comparing.wanted.iter().map(|wanted| likeness(seen, wanted, comparing)).collect();
    let is_same = likenesses.contains(&Ok(Likeness::Same));
    let error = likenesses.iter().find_map(|likeness| likeness.as_ref().err());
    let weighed = match (is_same, error) {
        (false, Some(why)) => return Weighed::in_error(seen.shown(), why),
        (true, _) | (false, None) if comparing.matcher == Matcher::IsNot => {
            Weighed::judged(!is_same && !likenesses.contains(&Ok(Likeness::Alike)), seen.shown())
        }
        (is_same, _) => Weighed::judged(is_same, seen.shown()),
    };
    let weighed = if likenesses.contains(&Ok(Likeness::Alike)) && !is_same {
        weighed.noted("texts are compared as they are spelled, and these are two spellings of one number")
    } else {
        weighed
    };
    if comparing.matcher == Matcher::Is { explained(weighed, seen, comparing) } else { weighed }
}

/// How alike they are. The error says why they can't be compared.
pub(super) fn likeness(seen: &Seen<'_>, wanted: &Wanted<'_>, comparing: &Comparing<'_>) -> Result<Likeness, String> {
    let decided = |same: bool| if same { Likeness::Same } else { Likeness::Different };
    match seen {
        Seen::Text(text) => {
            if wanted.literal == Literal::Null {
                return Ok(Likeness::Different);
            }
            if text.dropped > 0 {
                return cut_likeness(text, wanted);
            }
            let whole = text.whole()?;
            match texts_alike(whole, wanted, comparing.subject) {
                Likeness::Same if text.lossy => Err(text.lossy_words().to_owned()),
                likeness => Ok(likeness),
            }
        }
        Seen::Number(actual) => {
            let expected = parse_quantity(&wanted.text).map_err(|error| error.to_string())?;
            number::compare(*actual, expected).map(|order| decided(order.is_eq()))
        }
        Seen::Time(actual) => moment::parse(&wanted.text).map(|expected| decided(*actual == expected)),
        Seen::Flag(actual) => match flag_of(&wanted.text) {
            Some(expected) => Ok(decided(*actual == expected)),
            None => Err("it is yes or no; write is=#true or is=#false".to_owned()),
        },
        Seen::Json(Value::String(text)) if wanted.literal != Literal::Null => Ok(texts_alike(text, wanted, None)),
        Seen::Json(node) => json::likeness(node, wanted, comparing.values),
        Seen::Null if wanted.literal == Literal::Null => Ok(Likeness::Same),
        Seen::Null => Err(NO_ROW.to_owned()),
    }
}

/// How alike a text that was cut is, by what was seen as it streamed past.
fn cut_likeness(text: &TextSeen<'_>, wanted: &Wanted<'_>) -> Result<Likeness, String> {
    match text.found_in_passing(&Needle::Whole(wanted.text.clone()))? {
        Some(_) if text.lossy => Err(text.lossy_words().to_owned()),
        Some(_) => Ok(Likeness::Same),
        // A number may be spelled in many ways, but never in more than two words.
        None if wanted.literal == Literal::Number && text.head.split_whitespace().nth(2).is_none() => {
            Err(text.cut_words())
        }
        None => Ok(Likeness::Different),
    }
}

fn texts_alike(actual: &str, wanted: &Wanted<'_>, subject: Option<SubjectName>) -> Likeness {
    let expected = wanted.text.as_str();
    let same = match subject {
        // 0644 and 644 are one mode, and digests are written in either case.
        Some(SubjectName::Mode) => actual.trim_start_matches('0') == expected.trim_start_matches('0'),
        Some(SubjectName::Sha256) => actual.eq_ignore_ascii_case(expected),
        _ => actual == expected,
    };
    if same {
        return Likeness::Same;
    }
    let is_one_number = wanted.literal == Literal::Number
        && matches!((parse_quantity(actual), parse_quantity(expected)), (Ok(left), Ok(right)) if left == right);
    if is_one_number { Likeness::Alike } else { Likeness::Different }
}

/// What helps to read a failed `is`: a diff, and differences that can't be seen.
fn explained(weighed: Weighed, seen: &Seen<'_>, comparing: &Comparing<'_>) -> Weighed {
    let expected = comparing.first().text.as_str();
    if weighed.held == crate::event::Held::Yes {
        return weighed;
    }
    let actual = match seen {
        Seen::Json(node @ (Value::Array(_) | Value::Object(_))) => {
            return match json::expected_json(comparing.first().template, comparing.values) {
                Ok(wanted) => weighed.with_texts(&json::pretty(&wanted), &json::pretty(&json::pruned(node, &wanted))),
                Err(_) => weighed,
            };
        }
        Seen::Text(text) => text.head.as_ref(),
        Seen::Json(Value::String(text)) => text.as_str(),
        Seen::Number(_) | Seen::Time(_) | Seen::Flag(_) | Seen::Json(_) | Seen::Null => return weighed,
    };
    let weighed = if actual.is_empty() {
        weighed.noted("it is empty")
    } else if actual.trim() == expected.trim() {
        weighed.noted("they differ only in the blanks around them")
    } else {
        weighed
    };
    if actual.contains('\n') || expected.contains('\n') { weighed.with_texts(expected, actual) } else { weighed }
}
