//! The expected side of a difference from a pattern of `like`: lines that match stand there as they
//! came, so that only those which don't are marked. It says nothing about whether a text is like the
//! pattern.
//!
//! Invariant: a line of the pattern that matched nothing stands there as the author wrote it.

use super::like::{Line, lines_of};

/// How many comparisons of a line with a line are made at most; beyond, the pattern stands as it is.
const MOST: usize = 250_000;

/// What a line of the pattern that fits is worth against one that `...` swallows: more than all that
/// can be swallowed.
const FITS: u64 = 1 << 32;
const SWALLOWED: u64 = 1;
const REPLACED: u64 = 2;

/// What is done with the next line of the pattern or of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    /// The line of the pattern matches the line of the text.
    Fits,
    /// `...` swallows the line of the text.
    Swallows,
    /// `...` ends.
    Ends,
    /// The line of the text stands where that of the pattern should.
    Replaces,
    /// The line of the pattern matches nothing.
    Missing,
    /// The line of the text is one too many.
    Surplus,
}

/// A pattern beside a text.
pub(super) struct Aligned {
    /// The pattern with what it matches of the text put in.
    pub expected: String,
    /// The first line of the pattern that matches nothing, and where in the text that is; `None`: each
    /// does, and the text has lines too many.
    pub missing: Option<(usize, usize)>,
}

/// Puts a pattern beside a text; `None` where both are too long.
pub(super) fn aligned(pattern: &[Line], text: &str, mut fits: impl FnMut(&Line, &str) -> bool) -> Option<Aligned> {
    let lines = lines_of(text);
    // A line of the text as it came, its end included: a difference compares that, too.
    let raw: Vec<&str> = text.split_inclusive('\n').collect();
    let width = lines.len() + 1;
    if pattern.len().checked_mul(width)? > MOST {
        return None;
    }
    let pairs = pairs(pattern, &lines, &mut fits);
    let mut expected = String::new();
    let mut missing = None;
    let (mut wanted, mut line) = (0, 0);
    while let Some(pair) = pairs.get(wanted * width + line).copied().flatten() {
        if !expected.is_empty() && !expected.ends_with('\n') && matches!(pair, Pair::Missing | Pair::Replaces) {
            expected.push('\n');
        }
        match pair {
            Pair::Fits | Pair::Swallows => expected.push_str(raw.get(line).copied().unwrap_or_default()),
            Pair::Missing | Pair::Replaces => {
                missing.get_or_insert((wanted, line));
                expected.push_str(pattern.get(wanted).map_or("", Line::written));
                expected.push('\n');
            }
            Pair::Ends | Pair::Surplus => {}
        }
        wanted += usize::from(matches!(pair, Pair::Fits | Pair::Ends | Pair::Missing | Pair::Replaces));
        line += usize::from(matches!(pair, Pair::Fits | Pair::Swallows | Pair::Surplus | Pair::Replaces));
    }
    if !text.ends_with('\n') && expected.ends_with('\n') {
        expected.pop();
    }
    Some(Aligned { expected, missing })
}

/// For every pair of places, what is best done there: as many lines as can be fit. `None` at the end
/// of both.
fn pairs(pattern: &[Line], lines: &[&str], fits: &mut impl FnMut(&Line, &str) -> bool) -> Vec<Option<Pair>> {
    let width = lines.len() + 1;
    let mut pairs = vec![None; (pattern.len() + 1) * width];
    // What the places below are worth, and what those of this line of the pattern are.
    let mut below: Vec<u64> = vec![0; width];
    for at in pairs.iter_mut().rev().skip(1).take(lines.len()) {
        *at = Some(Pair::Surplus);
    }
    for (number, wanted) in pattern.iter().enumerate().rev() {
        let mut here = vec![0; width];
        for place in (0..width).rev() {
            let (right, beside) = (here.get(place + 1).copied(), below.get(place + 1).copied());
            let under = below.get(place).copied().unwrap_or(0);
            let mut best = (under, if *wanted == Line::Any { Pair::Ends } else { Pair::Missing });
            let mut offer = |worth: u64, pair: Pair| {
                if worth >= best.0 {
                    best = (worth, pair);
                }
            };
            if let (Some(line), Some(right), Some(beside)) = (lines.get(place), right, beside) {
                match wanted {
                    Line::Any => offer(right + SWALLOWED, Pair::Swallows),
                    Line::Exact(_) | Line::Pattern { .. } => {
                        offer(right, Pair::Surplus);
                        // Before another `...` its place is anywhere.
                        if pattern.get(number + 1) != Some(&Line::Any) {
                            offer(beside + REPLACED, Pair::Replaces);
                        }
                        if fits(wanted, line) {
                            offer(beside + FITS, Pair::Fits);
                        }
                    }
                }
            }
            if let Some(worth) = here.get_mut(place) {
                *worth = best.0;
            }
            if let Some(pair) = pairs.get_mut(number * width + place) {
                *pair = Some(best.1);
            }
        }
        below = here;
    }
    pairs
}
