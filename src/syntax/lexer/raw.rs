//! Raw texts: `#"…"#` and `#"""` over lines, and KDL 1's `r#"…"#`, which is refused.

use super::Lexer;
use crate::syntax::{
    character::{Class, class_at, line_end},
    limits,
    mistake::SyntaxError,
    token::TokenKind,
};

/// How far below an unclosed raw text its end is looked for.
const BYTES_BELOW: usize = 16 * 1024;

impl Lexer<'_, '_> {
    /// A raw text whose `#` start at `start` and whose quote stands at `quote`.
    pub(super) fn raw(&mut self, start: usize, quote: usize) {
        let hashes = quote - start;
        if hashes > limits::HASHES {
            self.fault(start..quote, SyntaxError::TooManyHashes);
            let end = self.end_of_line(start);
            return self.push(TokenKind::BadValue, end);
        }
        if self.starts(quote, "\"\"\"") {
            return self.raw_over_lines(start, quote, hashes);
        }
        let closer = ["\"", "#".repeat(hashes).as_str()].concat();
        let line = self.end_of_line(quote);
        if let Some(offset) = self.text.get(quote + 1..line).and_then(|rest| rest.find(&closer)) {
            return self.push_limited(TokenKind::Raw, quote + 1 + offset + closer.len());
        }
        match self.raw_end_below(line, hashes, &closer) {
            Some(end) => {
                self.swallowing_fault(start..end, SyntaxError::TextOverLines { hashes });
                self.push(TokenKind::BadValue, end);
            }
            None => self.unclosed_in_line(start, hashes + 1, line),
        }
    }

    /// The place behind a text that ends some lines below, if no other raw text starts between.
    fn raw_end_below(&self, line: usize, hashes: usize, closer: &str) -> Option<usize> {
        let limit = self.text.floor_char_boundary(line.saturating_add(BYTES_BELOW));
        let below = self.text.get(line..limit)?;
        let end = below.find(closer)?;
        let opener = ["#".repeat(hashes).as_str(), "\""].concat();
        (!below.get(..=end)?.contains(&opener)).then_some(line + end + closer.len())
    }

    fn raw_over_lines(&mut self, start: usize, quote: usize, hashes: usize) {
        let Some((Class::Newline, length)) = class_at(self.text, quote + 3) else {
            return if self.starts(quote + 3, &"#".repeat(hashes)) {
                self.fault(start..quote + 3 + hashes, SyntaxError::TripleInLine);
                self.push(TokenKind::BadValue, quote + 3 + hashes);
            } else {
                self.triple_in_line(start, hashes);
            };
        };
        let Some(end) = self.raw_end(quote + 3, hashes, true) else {
            return self.unclosed_block(start, hashes + 3, SyntaxError::UnclosedQuote);
        };
        if let Some((at, error)) = self.indentation_fault(quote + 3 + length..end, false) {
            return self.push_lines_fault(start, hashes + 3, end + 3 + hashes, (at, error));
        }
        self.push_limited(TokenKind::Raw, end + 3 + hashes);
    }

    /// Where the quotes that end a raw text start. One search without success answers all later ones
    /// for as many `#` or more, so that many unclosed texts stay linear.
    pub(super) fn raw_end(&mut self, from: usize, hashes: usize, triple: bool) -> Option<usize> {
        let known = &mut self.raw_hashes[usize::from(triple)];
        if hashes >= *known {
            return None;
        }
        let quotes = if triple { "\"\"\"" } else { "\"" };
        let closer = [quotes, "#".repeat(hashes).as_str()].concat();
        let found = self.text.get(from..)?.find(&closer).map(|offset| from + offset);
        if found.is_none() {
            *known = hashes;
        }
        found
    }

    pub(super) fn starts_kdl1_raw(&self, at: usize) -> bool {
        let mut quote = at;
        while self.byte(quote) == Some(b'#') {
            quote += 1;
        }
        self.byte(quote) == Some(b'"')
    }

    /// `r#"…"#` and `r"…"`: read to its end, so that it is one mistake.
    pub(super) fn kdl1_raw(&mut self, start: usize, end: usize) {
        let mut quote = end;
        while self.byte(quote) == Some(b'#') {
            quote += 1;
        }
        let hashes = quote - end;
        let line = line_end(self.text, quote);
        let found = if hashes > limits::HASHES { None } else { self.raw_end(quote + 1, hashes, false) };
        let close = found.map_or(line, |found| found + 1 + hashes);
        self.swallowing_fault(start..close, SyntaxError::Kdl1Raw);
        self.push(TokenKind::BadValue, close);
    }
}
