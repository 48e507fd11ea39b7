//! Searching a text whose middle was dropped. The border of what was kept is no end of the text, and
//! nothing is found across the gap.
//!
//! Invariant: what is found here is found in the whole text, whatever stood in the gap.

use std::ops::Range;

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Whether the regex matches in what was kept, and where: in the head (`Ok`) or the tail (`Err`).
pub(super) fn find(regex: &Regex, head: &str, tail: &str) -> Option<Result<Range<usize>, Range<usize>>> {
    // A match that touches the border is none if the regex looks at what stands beside it.
    let may_touch = !looks_around(regex);
    let within = |text| regex.find_iter(text).map(|found: regex::Match<'_>| found.range());
    let in_head = within(head).find(|range| may_touch || range.end < head.len());
    in_head.map(Ok).or_else(|| within(tail).find(|range| may_touch || range.start > 0).map(Err))
}

/// Whether the first match in the head is exactly the first match of the whole text: no other one
/// that is preferred could go on into the gap.
pub(super) fn first_is_certain(regex: &Regex, head: &str) -> bool {
    let Some(reach) = regex_syntax::parse(regex.as_str()).ok().and_then(|parsed| lines_reached(&parsed)) else {
        return false;
    };
    let Some(rest) = regex.find(head).and_then(|found| head.get(found.end()..)) else { return false };
    let mut complete = rest.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let is_line_complete = complete.next().is_some();
    let further = complete.filter(|line| !line.trim().is_empty()).take(reach).count();
    is_line_complete && further == reach
}

/// Whether a regex has anchors or word borders.
fn looks_around(regex: &Regex) -> bool {
    !regex_syntax::parse(regex.as_str()).is_ok_and(|parsed| parsed.properties().look_set().is_empty())
}

/// How many ends of lines a match can go over, blank lines aside; `None`: any number.
fn lines_reached(regex: &Hir) -> Option<usize> {
    match regex.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(0),
        HirKind::Literal(literal) => Some(literal.0.split(|byte| *byte == b'\n').count() - 1),
        HirKind::Class(class) => Some(usize::from(has_newline(class))),
        HirKind::Capture(capture) => lines_reached(&capture.sub),
        HirKind::Concat(parts) => parts.iter().try_fold(0usize, |sum, part| sum.checked_add(lines_reached(part)?)),
        HirKind::Alternation(parts) => {
            parts.iter().try_fold(0, |most, part| lines_reached(part).map(|reach| reach.max(most)))
        }
        HirKind::Repetition(repetition) => match (lines_reached(&repetition.sub)?, repetition.max) {
            (0, _) => Some(0),
            (_, None) if is_blank_class(&repetition.sub) => Some(1),
            (_, None) => None,
            (reach, Some(most)) => reach.checked_mul(usize::try_from(most).ok()?),
        },
    }
}

fn has_newline(class: &Class) -> bool {
    match class {
        Class::Unicode(class) => class.ranges().iter().any(|range| range.start() <= '\n' && '\n' <= range.end()),
        Class::Bytes(class) => class.ranges().iter().any(|range| range.start() <= b'\n' && b'\n' <= range.end()),
    }
}

/// Whether nothing but blanks is in a class, as in `\s`.
fn is_blank_class(regex: &Hir) -> bool {
    match regex.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().all(|range| (range.start()..=range.end()).all(char::is_whitespace))
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().all(|range| (range.start()..=range.end()).all(|byte| byte.is_ascii_whitespace()))
        }
        HirKind::Literal(literal) => literal.0.iter().all(u8::is_ascii_whitespace),
        _ => false,
    }
}
