//! Numbers from here to there, as `above`, `below`, `at-least` and `at-most` accept them.

use crate::model::{Dimension, Matcher, Quantity, parse_quantity};

/// From here on the judge can't tell every whole number from its neighbour, and *equal* is an error.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// All numbers of one dimension between two ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    dimension: Dimension,
    from: f64,
    /// Whether `from` itself is in it.
    with_from: bool,
    to: f64,
    /// Whether `to` itself is in it.
    with_to: bool,
}

impl Range {
    /// What a matcher of order accepts; `None` for all others, and for what isn't one number.
    pub fn of(matcher: Matcher, text: &str) -> Option<Self> {
        let quantity = parse_quantity(text).ok()?;
        let (dimension, at) = (quantity.dimension, settled(quantity));
        let above = |with_from| Self { dimension, from: at, with_from, to: f64::INFINITY, with_to: false };
        let below = |with_to| Self { dimension, from: f64::NEG_INFINITY, with_from: false, to: at, with_to };
        match matcher {
            Matcher::Above => Some(above(false)),
            Matcher::AtLeast => Some(above(true)),
            Matcher::Below => Some(below(false)),
            Matcher::AtMost => Some(below(true)),
            Matcher::Is
            | Matcher::IsNot
            | Matcher::Contains
            | Matcher::Lacks
            | Matcher::Matches
            | Matcher::LacksMatch
            | Matcher::Like
            | Matcher::After
            | Matcher::Before
            | Matcher::Empty
            | Matcher::Exists
            | Matcher::OneOf => None,
        }
    }

    /// The status codes that are always expected.
    pub fn of_success() -> Self {
        Self { dimension: Dimension::Count, from: 200.0, with_from: true, to: 300.0, with_to: false }
    }

    /// Whether all of it is in another one.
    pub fn is_within(self, other: Self) -> bool {
        let starts = self.from > other.from || (same(self.from, other.from) && (other.with_from || !self.with_from));
        let ends = self.to < other.to || (same(self.to, other.to) && (other.with_to || !self.with_to));
        self.dimension == other.dimension && starts && ends
    }

    /// Whether a number is in it, and can be told from its neighbours.
    pub fn has(self, quantity: Quantity) -> bool {
        let at = settled(quantity);
        let starts = at > self.from || (self.with_from && same(at, self.from));
        let ends = at < self.to || (self.with_to && same(at, self.to));
        quantity.dimension == self.dimension && at.abs() < EXACT && starts && ends
    }
}

/// As the judge compares: bytes are whole.
pub(super) fn settled(quantity: Quantity) -> f64 {
    match quantity.dimension {
        Dimension::Bytes => quantity.number.round(),
        Dimension::Count | Dimension::Percent | Dimension::Seconds => quantity.number,
    }
}

fn same(left: f64, right: f64) -> bool {
    left.total_cmp(&right).is_eq() || (left == 0.0 && right == 0.0)
}
