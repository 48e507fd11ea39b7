//! Whether all that one expectation accepts another one accepts, too, by the meaning that the judge
//! gives to the matchers. What can't be told is told as *no*: nobody relies on it.
//!
//! Invariant: *yes* is never wrong for values of the subject's own kind; the judge itself is asked in a
//! property test. One case is left out on purpose: a JSON text that quotes, as a text, the very JSON
//! document that is expected.

use jiff::Timestamp;
use regex::RegexBuilder;
use serde_json::Value;

use super::range::{Range, settled};
use super::relation::Expecting;
use super::written;
use crate::model::{Dimension, Expected, Literal, Matcher, SubjectKind, SubjectName, parse_quantity};

/// One value that `is` or `one-of` accepts. Equal points accept the same.
#[derive(Debug, Clone, PartialEq)]
enum Point {
    /// A number, in base units.
    Number(Dimension, u64),
    /// A text as it is compared, with its values' names in it.
    Text {
        spelled: String,
        /// Whether there are values in it, so that nobody knows the text.
        unknown: bool,
    },
    /// `#null`.
    Null,
}

/// What an expectation accepts.
enum Accepts<'m> {
    Points(Vec<Point>),
    Range(Range),
    /// A matcher and the text it compares with.
    Other(Matcher, &'m Expected),
    /// Known to the judge alone.
    Opaque,
}

/// Whether `inner` accepts nothing that `outer` doesn't.
pub(super) fn within(inner: Expecting<'_>, outer: Expecting<'_>) -> bool {
    let kind = inner.kind();
    match (accepts(inner), accepts(outer)) {
        (Accepts::Opaque, _) | (_, Accepts::Opaque) => inner.comparison.is_none() && outer.comparison.is_none(),
        (Accepts::Points(points), Accepts::Points(others)) => {
            let is_json = kind == SubjectKind::Json;
            points.iter().all(|point| others.iter().any(|other| point == other || (is_json && is_part(other, point))))
        }
        (Accepts::Points(points), Accepts::Range(range)) => points.iter().all(|point| is_in(point, range)),
        (Accepts::Points(points), Accepts::Other(matcher, expected)) => {
            let is_existence = exists(matcher, expected) && !points.contains(&Point::Null);
            is_existence || points.iter().all(|point| plain(point, inner).is_some_and(|it| fits(it, matcher, expected)))
        }
        (Accepts::Range(range), Accepts::Range(other)) => range.is_within(other),
        (Accepts::Range(_), Accepts::Other(matcher, expected)) => exists(matcher, expected),
        (Accepts::Other(..) | Accepts::Range(_), Accepts::Points(_)) | (Accepts::Other(..), Accepts::Range(_)) => false,
        (Accepts::Other(matcher, expected), Accepts::Other(other, wanted)) => {
            other_within((matcher, expected), (other, wanted), kind)
        }
    }
}

fn accepts(expecting: Expecting<'_>) -> Accepts<'_> {
    let Some(comparison) = expecting.comparison else {
        let zero = Point::Number(Dimension::Count, 0.0f64.to_bits());
        return match expecting.subject {
            SubjectName::Exit => Accepts::Points(vec![zero]),
            SubjectName::Status => Accepts::Range(Range::of_success()),
            _ => Accepts::Opaque,
        };
    };
    let Some(first) = comparison.expected.first() else { return Accepts::Opaque };
    match comparison.matcher {
        Matcher::Is | Matcher::OneOf => {
            Accepts::Points(comparison.expected.iter().map(|expected| point(expected, expecting)).collect())
        }
        Matcher::Above | Matcher::Below | Matcher::AtLeast | Matcher::AtMost => {
            match first.text.as_literal().and_then(|text| Range::of(comparison.matcher, &text)) {
                Some(range) => Accepts::Range(range),
                None => Accepts::Other(comparison.matcher, first),
            }
        }
        Matcher::IsNot
        | Matcher::Contains
        | Matcher::Lacks
        | Matcher::Matches
        | Matcher::LacksMatch
        | Matcher::Like
        | Matcher::After
        | Matcher::Before
        | Matcher::Empty
        | Matcher::Exists => Accepts::Other(comparison.matcher, first),
    }
}

fn point(expected: &Expected, expecting: Expecting<'_>) -> Point {
    if expected.literal == Literal::Null {
        return Point::Null;
    }
    let known = expected.text.as_literal();
    if let (SubjectKind::Number(_), Some(text)) = (expecting.kind(), &known)
        && let Ok(quantity) = parse_quantity(text)
    {
        return Point::Number(quantity.dimension, (settled(quantity) + 0.0).to_bits());
    }
    let spelled = written::template(&expected.text);
    let spelled = match expected.literal {
        Literal::Flag => spelled.trim_start_matches('#').to_owned(),
        Literal::Text | Literal::Number | Literal::Null => spelled,
    };
    Point::Text { spelled, unknown: known.is_none() }
}

/// Whether a point is a number of the range.
fn is_in(point: &Point, range: Range) -> bool {
    match point {
        Point::Number(dimension, bits) => {
            range.has(crate::model::Quantity { number: f64::from_bits(*bits), dimension: *dimension })
        }
        Point::Text { spelled, unknown: false } => parse_quantity(spelled).is_ok_and(|quantity| range.has(quantity)),
        Point::Text { .. } | Point::Null => false,
    }
}

/// The text of a point that only one text is: no number, truth, time or JSON, which have many spellings.
fn plain<'p>(point: &'p Point, expecting: Expecting<'_>) -> Option<&'p str> {
    let Point::Text { spelled, unknown: false } = point else { return None };
    let has_texts = match expecting.kind() {
        SubjectKind::Text => true,
        // Modes are compared without zeros, digests in either case.
        SubjectKind::Word => !matches!(expecting.subject, SubjectName::Mode | SubjectName::Sha256),
        SubjectKind::Json => expecting.has_argument,
        SubjectKind::Number(_) | SubjectKind::Time | SubjectKind::Flag => false,
    };
    let is_other = parse_quantity(spelled).is_ok()
        || spelled.parse::<Timestamp>().is_ok()
        || serde_json::from_str::<Value>(spelled).is_ok()
        || spelled.contains(char::REPLACEMENT_CHARACTER);
    (has_texts && !is_other).then_some(spelled.as_str())
}

/// Whether a matcher holds for a text.
fn fits(text: &str, matcher: Matcher, expected: &Expected) -> bool {
    let Some(wanted) = expected.text.as_literal() else { return false };
    let is_readable = !wanted.is_empty() && !wanted.contains(char::REPLACEMENT_CHARACTER);
    let is_match = || RegexBuilder::new(&wanted).size_limit(1 << 22).build().map(|regex| regex.is_match(text));
    match matcher {
        Matcher::Contains => is_readable && text.contains(&wanted),
        Matcher::Lacks => is_readable && !text.contains(&wanted),
        Matcher::Matches => is_readable && is_match().unwrap_or(false),
        Matcher::LacksMatch => is_readable && !is_match().unwrap_or(true),
        Matcher::Empty => flag(&wanted) == Some(text.is_empty()),
        Matcher::Exists => flag(&wanted) == Some(true),
        Matcher::Is
        | Matcher::IsNot
        | Matcher::OneOf
        | Matcher::Like
        | Matcher::Above
        | Matcher::Below
        | Matcher::AtLeast
        | Matcher::AtMost
        | Matcher::After
        | Matcher::Before => false,
    }
}

fn exists(matcher: Matcher, expected: &Expected) -> bool {
    matcher == Matcher::Exists && expected.text.as_literal().and_then(|text| flag(&text)) == Some(true)
}

fn flag(text: &str) -> Option<bool> {
    match text.trim().trim_start_matches('#') {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Two matchers of texts or times.
fn other_within(
    (matcher, expected): (Matcher, &Expected),
    (other, wanted): (Matcher, &Expected),
    kind: SubjectKind,
) -> bool {
    let is_same_text = written::template(&expected.text) == written::template(&wanted.text);
    if matcher == other && is_same_text && expected.literal == wanted.literal {
        return true;
    }
    if exists(other, wanted) {
        // What is empty may be what isn't there.
        return !matches!(matcher, Matcher::Exists | Matcher::Empty);
    }
    let (Some(inner), Some(outer)) = (expected.text.as_literal(), wanted.text.as_literal()) else { return false };
    let is_readable = |text: &str| !text.is_empty() && !text.contains(char::REPLACEMENT_CHARACTER);
    // In an array of JSON it isn't a part that is looked for but an element.
    let in_text = kind != SubjectKind::Json && is_readable(&inner) && is_readable(&outer);
    let moments = || Some((inner.trim().parse::<Timestamp>().ok()?, outer.trim().parse::<Timestamp>().ok()?));
    match (matcher, other) {
        (Matcher::Contains, Matcher::Contains) => in_text && inner.contains(&outer),
        (Matcher::Lacks, Matcher::Lacks) => in_text && outer.contains(&inner),
        (Matcher::After, Matcher::After) => moments().is_some_and(|(inner, outer)| outer <= inner),
        (Matcher::Before, Matcher::Before) => moments().is_some_and(|(inner, outer)| inner <= outer),
        (_, _) => false,
    }
}

/// Whether a JSON document that is expected (`part`) asks for no more than another one (`whole`).
fn is_part(part: &Point, whole: &Point) -> bool {
    let document = |point: &Point| match point {
        Point::Text { spelled, unknown: false } => {
            serde_json::from_str::<Value>(spelled).ok().filter(|it| it.is_object() || it.is_array())
        }
        Point::Text { .. } | Point::Number(..) | Point::Null => None,
    };
    matches!((document(part), document(whole)), (Some(part), Some(whole)) if has_all(&whole, &part))
}

/// As the judge compares JSON, but for numbers that are only spelled differently.
fn has_all(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, wanted)| whole.get(key).is_some_and(|found| has_all(found, wanted)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(found, wanted)| has_all(found, wanted))
        }
        (whole, part) => whole == part,
    }
}
