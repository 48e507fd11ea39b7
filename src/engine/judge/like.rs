//! `like`: whole lines, with `...` for any lines and `[..]` for anything within a line. Values that
//! are put in are literal: a value that looks like a wildcard is none.
//!
//! Invariant: matching compares each line of the text with each line of the pattern at most once,
//! whatever the number of `...`.

use crate::model::{Escape, Part, Template, TemplateError, Values};

/// One line of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// `...`: any lines, also none.
    Any,
    /// This line.
    Exact(String),
    /// A line that this regex matches whole.
    Pattern { regex: String, written: String },
}

/// Where a text stops being like a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// The line of the pattern that has no counterpart; `None`: the text goes on after the pattern.
    pub pattern: Option<usize>,
    /// The line of the text from which none was found; equal to the number of lines at its end.
    pub text: usize,
}

/// The words that stand for what differs from run to run.
const CLASSES: [(&str, &str); 5] = [
    ("[..]", ".*"),
    (
        "[ELAPSED]",
        concat!(
            "(?:[0-9]+(?::[0-5][0-9]){1,2}(?:[.,][0-9]+)?",
            "|[0-9]+(?:[.,][0-9]+)? ?UNIT(?:,? ?[0-9]+(?:[.,][0-9]+)? ?UNIT)*)"
        ),
    ),
    (
        "[DATE]",
        concat!(
            "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
            "(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]+)?)?(?: ?(?:Z|UTC|[+-][0-2][0-9]:?[0-5][0-9]))?)?"
        ),
    ),
    ("[UUID]", "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
    ("[HASH]", "[0-9a-fA-F]{7,128}"),
];

/// The units that `[ELAPSED]` knows.
const UNIT: &str = "(?:ns|us|µs|ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)";

/// Reads a pattern.
pub(super) fn parse_like(template: &Template, values: &Values) -> Result<Vec<Line>, TemplateError> {
    let mut lines = vec![Vec::new()];
    for part in &template.parts {
        let (text, literal) = match part {
            Part::Text(text) => (text.clone(), false),
            Part::Value(_) => {
                let alone = Template { parts: vec![part.clone()], span: template.span };
                (alone.render(values, Escape::None)?, true)
            }
        };
        for (index, piece) in text.split('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !piece.is_empty()) {
                line.push((piece.to_owned(), literal));
            }
        }
    }
    // As everywhere, the last newline doesn't count.
    if lines.len() > 1 && lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    Ok(lines.iter().map(|pieces| read_line(pieces)).collect())
}

fn read_line(pieces: &[(String, bool)]) -> Line {
    if let [(piece, false)] = pieces
        && piece.trim() == "..."
    {
        return Line::Any;
    }
    let written: String = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
    let mut regex = String::from(r"\A");
    let mut is_exact = true;
    for (piece, literal) in pieces {
        let mut rest = piece.as_str();
        while let Some((at, word, class)) = next_class(rest).filter(|_| !literal) {
            is_exact = false;
            regex.push_str(&regex::escape(rest.get(..at).unwrap_or("")));
            regex.push_str(&class.replace("UNIT", UNIT));
            rest = rest.get(at + word.len()..).unwrap_or("");
        }
        regex.push_str(&regex::escape(rest));
    }
    regex.push_str(r"\z");
    if is_exact { Line::Exact(written) } else { Line::Pattern { regex, written } }
}

/// The first class in a text.
fn next_class(text: &str) -> Option<(usize, &'static str, &'static str)> {
    CLASSES.iter().filter_map(|(word, class)| text.find(word).map(|at| (at, *word, *class))).min()
}

/// The lines of a text; a line may end in CR LF, and the last newline doesn't count.
pub(super) fn lines_of(text: &str) -> Vec<&str> {
    text.strip_suffix('\n').unwrap_or(text).split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
}

/// Where the text first isn't like the pattern; `None`: it is. `fits` compares one line, and is
/// never asked about [`Line::Any`].
///
/// Taking the first place for what stands between two `...` is never worse than a later one, so
/// nothing is ever tried again.
pub(super) fn first_difference(
    pattern: &[Line],
    lines: &[&str],
    mut fits: impl FnMut(&Line, &str) -> bool,
) -> Option<Difference> {
    let mut segments = Vec::new();
    let mut start = 0;
    for segment in pattern.split(|line| *line == Line::Any) {
        segments.push((start, segment));
        start += segment.len() + 1;
    }
    let [(_, first), between @ ..] = segments.as_slice() else { return None };
    if let Some(miss) = mismatch(first, lines, &mut fits) {
        return Some(Difference { pattern: Some(miss), text: miss });
    }
    let mut at = first.len();
    let Some(((last_start, last), between)) = between.split_last() else {
        return (at < lines.len()).then_some(Difference { pattern: None, text: at });
    };
    for (segment_start, segment) in between {
        let rest = lines.get(at..).unwrap_or_default();
        let found = (0..=rest.len().saturating_sub(segment.len()))
            .find(|from| mismatch(segment, rest.get(*from..).unwrap_or_default(), &mut fits).is_none());
        match found {
            Some(from) => at += from + segment.len(),
            None => return Some(Difference { pattern: Some(*segment_start), text: at }),
        }
    }
    let Some(from) = lines.len().checked_sub(last.len()).filter(|from| *from >= at) else {
        return Some(Difference { pattern: Some(*last_start), text: at });
    };
    mismatch(last, lines.get(from..).unwrap_or_default(), &mut fits)
        .map(|miss| Difference { pattern: Some(last_start + miss), text: from + miss })
}

/// The first line of a segment that the lines don't begin with.
fn mismatch(segment: &[Line], lines: &[&str], fits: &mut impl FnMut(&Line, &str) -> bool) -> Option<usize> {
    (0..segment.len()).find(|index| match (segment.get(*index), lines.get(*index)) {
        (Some(wanted), Some(line)) => !fits(wanted, line),
        _ => true,
    })
}

impl Line {
    /// As the author wrote it.
    pub fn written(&self) -> &str {
        match self {
            Self::Any => "...",
            Self::Exact(text) => text,
            Self::Pattern { written, .. } => written,
        }
    }
}
