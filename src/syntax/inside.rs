//! Where a place in a decoded text stands in the file: behind the quotes, past the indentation that a
//! multi-line text drops, past escapes. A tool that reads a script knows its lines; an author knows
//! those of the runbook.

use super::source::Span;

/// The place in the file of an offset in a text, in bytes; `written` is the text as it stands in the
/// file, quotes included, and `span` where that is. The end of the text where the offset is behind it.
#[must_use]
pub fn place_inside(written: &str, span: Span, offset: usize) -> usize {
    let hashes = written.len() - written.trim_start_matches('#').len();
    let body = written.get(hashes..).unwrap_or("");
    let is_raw = hashes > 0;
    let found = if body.starts_with("\"\"\"") {
        in_lines(written, hashes + 3, is_raw, offset)
    } else if body.starts_with('"') {
        in_run(written, hashes + 1, written.len().saturating_sub(hashes + 1), is_raw, offset).ok()
    } else {
        Some(offset.min(written.len()))
    };
    span.start() + found.unwrap_or(written.len().saturating_sub(hashes))
}

/// Looks in a text of several lines: its first line is empty, its last one is the indentation.
fn in_lines(written: &str, opening: usize, is_raw: bool, offset: usize) -> Option<usize> {
    let closing = written.rfind("\"\"\"").filter(|at| *at >= opening)?;
    let body = written.get(opening..closing)?;
    let mut lines = Lines { body, at: 0 };
    // Behind the opening quotes stands nothing.
    lines.next()?;
    let indent = body.rsplit(['\n', '\r']).next()?.len();
    let mut left = offset;
    while let Some((start, line)) = lines.next() {
        let is_last = lines.at > body.len();
        if is_last {
            return None;
        }
        let kept = if line.trim().is_empty() { line.len() } else { indent.min(line.len()) };
        match in_run(written, opening + start + kept, opening + start + line.len(), is_raw, left) {
            Ok(place) => return Some(place),
            // The line's end counts as one.
            Err(length) if left == length => return Some(opening + start + line.len()),
            Err(length) => left -= length + 1,
        }
    }
    None
}

/// Looks in a run of text; the length of the decoded run where the offset is behind it.
fn in_run(written: &str, from: usize, to: usize, is_raw: bool, offset: usize) -> Result<usize, usize> {
    let run = written.get(from..to).unwrap_or("");
    let mut decoded = 0;
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let (taken, gives) = if is_raw || first != '\\' { (first.len_utf8(), first.len_utf8()) } else { escape(rest) };
        // An escape that means nothing stands before the place, not at it.
        if decoded >= offset && gives > 0 {
            return Ok(from + run.len() - rest.len());
        }
        rest = rest.get(taken..).unwrap_or("");
        decoded += gives;
    }
    Err(decoded)
}

/// How many bytes an escape takes, and how many the character has that it means.
fn escape(text: &str) -> (usize, usize) {
    let behind = text.get(1..).unwrap_or("");
    match behind.chars().next() {
        Some('u') => {
            let end = behind.find('}').map_or(behind.len(), |at| at + 1);
            let digits = behind.get(..end).unwrap_or("").trim_start_matches("u{").trim_end_matches('}');
            let letter = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            (1 + end, letter.map_or(0, char::len_utf8))
        }
        // Blanks behind a backslash mean nothing.
        Some(blank) if blank.is_whitespace() => (text.len() - behind.trim_start().len(), 0),
        Some(letter) => (1 + letter.len_utf8(), letter.len_utf8()),
        None => (1, 0),
    }
}

/// The lines of a body with their starts; an empty one behind the last break, too.
struct Lines<'a> {
    body: &'a str,
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.body.get(self.at..)?;
        let start = self.at;
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let line = rest.get(..end)?;
        let behind = rest.get(end..)?;
        let break_length = if behind.starts_with("\r\n") { 2 } else { 1 };
        self.at = start + end + break_length;
        Some((start, line))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::syntax::{Sources, Value, parse};

    /// Every character of the text that a runbook holds, and the one that is found for it.
    fn pairs(written: &str) -> Vec<(char, char)> {
        let file_text = format!("sh {written}\n");
        let mut sources = Sources::default();
        let file = sources.add("a.kdl", Arc::from(file_text.as_str()));
        let nodes = parse(&sources, file).unwrap();
        let argument = &nodes[0].arguments[0];
        let Value::Text { text, .. } = &argument.value else { panic!("{argument:?}") };
        let found = |offset| file_text[place_inside(&argument.spelling, argument.span, offset)..].chars().next();
        text.char_indices().map(|(offset, c)| (c, found(offset).unwrap())).collect()
    }

    #[test]
    fn every_character_is_found_where_it_is_written() {
        for written in [
            "\"one line\"",
            "#\"one \"line\" \\ more\"#",
            "\"\"\"\n    two\n      lines ä€\n\n    end\n    \"\"\"",
            "##\"\"\"\n\tset -e\n\n\tif true; then\n\t\techo \"\"\"# x\n\tfi\n\t\"\"\"##",
            "#\"\"\"\r\n  a\r\n  b\r\n  \"\"\"#",
            "bare",
        ] {
            for (decoded, found) in pairs(written) {
                assert!(decoded == found || (decoded == '\n' && found == '\r'), "{decoded:?} {found:?} in {written}");
            }
        }
    }

    #[test]
    fn an_escape_is_found_at_its_backslash_and_what_follows_it_behind_it() {
        let found: String = pairs(r#""a\tb\u{20ac}c\   d\"e""#).into_iter().map(|(_, found)| found).collect();
        assert_eq!(found, r"a\b\cd\e");
        let lines: String = pairs("\"\"\"\n  x\\ty\n  z\n  \"\"\"").into_iter().map(|(_, found)| found).collect();
        assert_eq!(lines, "x\\y\nz");
    }

    #[test]
    fn what_lies_behind_the_text_is_its_end() {
        let span = Span::new(Span::default().file, 10..15);
        assert_eq!(place_inside("\"abc\"", span, 99), 15);
        assert_eq!(place_inside("#\"\"\"\n a\n \"\"\"#", span, 99), 10 + 12);
    }
}
