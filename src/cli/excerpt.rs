//! The few lines of a file that a finding shows: escaped, cut to what a person can read, and with
//! the finding's ranges moved along. A line may be a megabyte long and hold anything.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::escape::escape;
use crate::report::begins_with_hashes;

/// Ranges further apart than this many bytes aren't shown together.
const FARTHEST: usize = 8_000;
/// What stands beside a line: its number, a bar, and the marks where it is cut.
const BESIDE: usize = 10;
/// The narrowest line that says something.
const NARROWEST: usize = 20;
/// How much of a range is marked, in bytes.
const LONGEST_MARK: usize = 100;

/// Lines of a file, ready to be shown.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// The file's name.
    name: String,
    /// The lines.
    text: String,
    /// How many lines stand before them in the file.
    lines_before: usize,
    /// How many characters stand before each range on its line in the file.
    columns: Vec<usize>,
    /// How many bytes of a line are shown.
    room: usize,
    /// The ranges in `text`, start and length, in the order they were given; `None`: too far away.
    pub ranges: Vec<Option<(usize, usize)>>,
}

impl Excerpt {
    /// The lines of `text` around some ranges of bytes, the first of which is always shown, in so many
    /// columns.
    pub fn new(name: &str, text: &str, ranges: &[(usize, usize)], width: usize) -> Self {
        let main = ranges.first().map_or(0, |(start, _)| floor(text, *start));
        let near: Vec<_> = ranges.iter().map(|range| clip(text, *range, main)).collect();
        let shown = near.iter().flatten();
        let first = shown.clone().map(|(start, _)| *start).min().unwrap_or(main);
        let last = shown.map(|(_, end)| *end).max().unwrap_or(main);
        // A line of context on both sides.
        let first = line_start(text, line_start(text, first).saturating_sub(1));
        let last = line_end(text, (line_end(text, last) + 1).min(text.len()));
        let mut excerpt = Self {
            name: escape(name).into_owned(),
            text: String::new(),
            room: width.saturating_sub(BESIDE).max(NARROWEST),
            lines_before: text.get(..first).unwrap_or("").matches('\n').count(),
            columns: ranges.iter().map(|(start, _)| column(text, *start)).collect(),
            ranges: vec![None; ranges.len()],
        };
        let mut start = first;
        loop {
            let end = line_end(text, start).min(last);
            excerpt.push_line(text, start, end, &near);
            if end >= last {
                return excerpt;
            }
            excerpt.text.push('\n');
            start = end + 1;
        }
    }

    /// What of a line is shown: all of it, or as much around a range of it as there is room for.
    fn cut(&self, text: &str, (start, end): (usize, usize), (from, to): (usize, usize)) -> (usize, usize) {
        let end = end.max(start);
        if end - start <= self.room {
            return (start, end);
        }
        let marked = to.min(end).saturating_sub(from).min(self.room);
        let (before, behind) = (from - start, end.saturating_sub(from + marked));
        let spare = self.room - marked;
        let shown_before = before.min((spare / 2).max(spare.saturating_sub(behind)));
        let shown_behind = behind.min(spare - shown_before);
        (floor(text, from - shown_before), floor(text, from + marked + shown_behind))
    }

    /// Adds a line, cut around the ranges in it, and moves those.
    fn push_line(&mut self, text: &str, start: usize, end: usize, ranges: &[Option<(usize, usize)>]) {
        let here: Vec<_> = ranges
            .iter()
            .enumerate()
            .filter_map(|(index, range)| range.map(|range| (index, range)))
            .filter(|(_, (from, _))| (start..=end).contains(from))
            .collect();
        let from = here.iter().map(|(_, (from, _))| *from).min().unwrap_or(start);
        let to = here.iter().map(|(_, (_, to))| *to).max().unwrap_or(start);
        let (cut_start, cut_end) = self.cut(text, (start, end), (from, to));
        if cut_start > start {
            self.text.push('…');
        }
        let mut starts = vec![None; here.len()];
        for (offset, c) in text.get(cut_start..cut_end).unwrap_or("").char_indices() {
            for (slot, (index, (from, to))) in starts.iter_mut().zip(&here) {
                let at = cut_start + offset;
                if at >= *from && slot.is_none() {
                    *slot = Some(self.text.len());
                }
                if at >= *to
                    && let Some(moved) = *slot
                    && let Some(range) = self.ranges.get_mut(*index)
                    && range.is_none()
                {
                    *range = Some((moved, self.text.len() - moved));
                }
            }
            let commands = c == '#' && begins_with_hashes(text.get(cut_start + offset..cut_end).unwrap_or(""));
            if commands {
                self.text.extend(c.escape_unicode());
            } else if c != '\r' {
                self.text.push_str(&escape(c.encode_utf8(&mut [0; 4])));
            }
        }
        let line_end = self.text.len();
        for (slot, (index, _)) in starts.iter().zip(&here) {
            if let Some(range) = self.ranges.get_mut(*index)
                && range.is_none()
            {
                let moved = slot.unwrap_or(line_end);
                *range = Some((moved, line_end - moved));
            }
        }
        if cut_end < end {
            self.text.push('…');
        }
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, lines_before, lines_after)?;
        // What a range is named by is its place in the file, not in the escaped and cut line.
        let starts = |range: &Option<(usize, usize)>| range.is_some_and(|(start, _)| start == span.offset());
        let column = self.ranges.iter().position(starts).and_then(|index| self.columns.get(index));
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            contents.line() + self.lines_before,
            column.copied().unwrap_or(contents.column()),
            contents.line_count(),
        )))
    }
}

/// A range on one line, on whole characters and not too long; `None` if it is far from the main one.
fn clip(text: &str, (start, end): (usize, usize), main: usize) -> Option<(usize, usize)> {
    let start = floor(text, start);
    if start.abs_diff(main) > FARTHEST {
        return None;
    }
    let end = end.min(line_end(text, start)).min(start + LONGEST_MARK);
    Some((start, floor(text, end).max(start)))
}

/// The nearest start of a character at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn column(text: &str, offset: usize) -> usize {
    text.get(line_start(text, offset)..floor(text, offset)).unwrap_or("").chars().count()
}

fn line_start(text: &str, offset: usize) -> usize {
    text.get(..floor(text, offset)).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, offset: usize) -> usize {
    text.get(floor(text, offset)..)
        .and_then(|behind| behind.find('\n'))
        .map_or(text.len(), |length| floor(text, offset) + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, range: (usize, usize)) -> (String, String) {
        let excerpt = Excerpt::new("a.kdl", text, &[range], 80);
        let (start, length) = excerpt.ranges[0].unwrap();
        (excerpt.text.clone(), excerpt.text[start..start + length].to_owned())
    }

    #[test]
    fn a_range_keeps_its_text_with_a_line_of_context() {
        let text = "zero\none\ntwo three\nfour\nfive";
        assert_eq!(marked(text, (13, 18)), ("one\ntwo three\nfour".into(), "three".into()));
        assert_eq!(marked("", (0, 0)), (String::new(), String::new()));
        assert_eq!(marked("last", (4, 4)), ("last".into(), String::new()));
    }

    #[test]
    fn what_a_terminal_obeys_is_shown_and_the_range_moves_along() {
        assert_eq!(marked("\x1b[31m red\r\n", (6, 9)), ("\\u{1b}[31m red\n".into(), "red".into()));
        assert_eq!(marked("a\u{202e}b", (1, 4)).1, "\\u{202e}");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_range() {
        let text = format!("{}needle{}", "ä".repeat(500_000), "b".repeat(500_000));
        let (shown, mark) = marked(&text, (1_000_000, 1_000_006));
        assert_eq!(mark, "needle");
        assert!(shown.chars().count() <= 72 && shown.starts_with('…') && shown.ends_with('…'), "{shown}");
    }

    #[test]
    fn a_line_that_is_a_little_too_long_is_cut_where_the_range_is_not() {
        let text = format!("begin{}end", "-".repeat(100));
        let (shown, mark) = marked(&text, (0, 5));
        assert!(mark == "begin" && shown.starts_with("begin-") && shown.ends_with("-…"), "{shown}");
        let (shown, mark) = marked(&text, (105, 108));
        assert!(mark == "end" && shown.starts_with("…-") && shown.ends_with("-end"), "{shown}");
        let (shown, mark) = marked(&text, (2, 108));
        assert!(shown.starts_with("…gin-") && mark.chars().count() >= 70, "{shown} {mark}");
        assert!(shown.chars().count() <= 72, "{shown}");
    }

    #[test]
    fn a_range_over_several_lines_is_marked_on_its_first() {
        assert_eq!(marked("step {\n  run\n}\n", (0, 15)).1, "step {");
    }

    #[test]
    fn far_away_ranges_are_left_out() {
        let text = format!("first\n{}last", "x\n".repeat(10_000));
        let excerpt = Excerpt::new("a.kdl", &text, &[(text.len() - 4, text.len()), (0, 5)], 80);
        assert_eq!(excerpt.ranges[1], None);
        assert_eq!(excerpt.lines_before, 10_000);
    }
}
