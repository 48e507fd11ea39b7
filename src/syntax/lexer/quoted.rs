//! Texts in double quotes: `"…"` in one line and `"""` over several, their escapes, and where one
//! that isn't closed was meant to end.

use std::ops::Range;

use super::Lexer;
use crate::syntax::{
    character::{Class, class_at, is_blank, line_end, skip},
    mistake::SyntaxError,
    token::TokenKind,
};

/// How many lines below an unclosed quote its end is looked for.
const LINES_BELOW: usize = 50;

/// How many texts with another's closing quotes are read again from where they seem to end. Each may
/// be as long as the file, so there must be a number.
const READ_AGAIN: usize = 10;

/// The first wrong escape of a text.
type BadEscape = (Range<usize>, SyntaxError);

/// What ended the reading of a text.
enum End {
    /// Its quote, which starts here.
    Quote(usize),
    /// A newline or the end of the file, here.
    Open(usize),
}

impl Lexer<'_, '_> {
    pub(super) fn quoted(&mut self, start: usize) {
        if self.starts(start, "\"\"\"") {
            return self.multiline(start);
        }
        let mut bad_escape = None;
        match self.read_line(start + 1, &mut bad_escape) {
            End::Quote(quote) if quote == start + 1 && self.starts_lines(quote + 1) => {
                self.unclosed_block(start, 2, SyntaxError::TwoQuotes);
            }
            End::Quote(quote) => self.push_text(quote + 1, bad_escape),
            End::Open(end) => self.unclosed(start, end),
        }
    }

    fn push_text(&mut self, end: usize, bad_escape: Option<BadEscape>) {
        if let Some((at, mut error)) = bad_escape {
            if let SyntaxError::BadEscape { text } = &mut error {
                *text = self.at..end;
            }
            // All escapes of a text are one mistake: it is cured by one pair of `#`.
            self.fault(at, error);
            return self.push(TokenKind::BadValue, end);
        }
        self.push_limited(TokenKind::Quoted, end);
    }

    fn read_line(&self, from: usize, bad_escape: &mut Option<BadEscape>) -> End {
        let mut at = from;
        while let Some((class, length)) = class_at(self.text, at) {
            match (class, self.byte(at)) {
                (Class::Newline, _) => return End::Open(at),
                (Class::Mark, Some(b'"')) => return End::Quote(at),
                (Class::Mark, Some(b'\\')) => at = self.escape(at, bad_escape),
                _ => at += length,
            }
        }
        End::Open(at)
    }

    /// The place behind an escape; a wrong one is noted, the first of a text only.
    pub(super) fn escape(&self, at: usize, bad: &mut Option<BadEscape>) -> usize {
        let Some((class, length)) = class_at(self.text, at + 1) else { return at + 1 };
        let end = at + 1 + length;
        match (class, self.byte(at + 1)) {
            (Class::Blank | Class::Newline, _) => self.escaped_blanks_end(at + 1),
            (_, Some(b'\\' | b'"' | b'b' | b'f' | b'n' | b'r' | b't' | b's')) => end,
            (_, Some(b'u')) if self.byte(end) == Some(b'{') => {
                let digits = self.text.get(end + 1..).unwrap_or("").bytes().take(7);
                let count = digits.take_while(u8::is_ascii_hexdigit).count();
                let close = end + 1 + count;
                let number = self.text.get(end + 1..close).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                let closed = self.byte(close) == Some(b'}');
                let behind = close + usize::from(closed);
                if !closed || count > 6 || number.and_then(char::from_u32).is_none() {
                    bad.get_or_insert((at..behind, SyntaxError::BadUnicodeEscape));
                }
                behind
            }
            (_, Some(b'u')) => {
                bad.get_or_insert((at..end, SyntaxError::BadUnicodeEscape));
                end
            }
            _ => {
                bad.get_or_insert((at..end, SyntaxError::BadEscape { text: at..end }));
                end
            }
        }
    }

    pub(super) fn escaped_blanks_end(&self, from: usize) -> usize {
        let mut at = from;
        while let Some((Class::Blank | Class::Newline, length)) = class_at(self.text, at) {
            at += length;
        }
        at
    }

    /// A quote that isn't closed in its line: either the text was meant to go on below, or only the
    /// quote is missing. `line` is the place of the newline.
    fn unclosed(&mut self, start: usize, line: usize) {
        if let Some(quote) = self.quote_below(line) {
            self.swallowing_fault(start..quote + 1, SyntaxError::TextOverLines { hashes: 0 });
            return self.push(TokenKind::BadValue, quote + 1);
        }
        let line_start = self.line_start(start);
        self.mistakes.doubt_line(line_start..line.max(start + 1));
        match self.misplaced_quote(line_start, start) {
            Some(quote) => {
                let end = self.structure_behind(start, line).max(start + 1);
                self.doubt_braces_of(start..end);
                self.fault(quote..quote + 1, SyntaxError::UnpairedQuotes);
                self.push(TokenKind::BadValue, end);
            }
            None => self.unclosed_in_line(start, 1, line),
        }
    }

    /// The first quote of a line, up to its last, that stands where none can: an opening one behind a
    /// word, or a closing one before it. The one that is missing belongs left of it.
    pub(super) fn misplaced_quote(&self, line_start: usize, last: usize) -> Option<usize> {
        let touches = |at: usize| matches!(class_at(self.text, at), Some((Class::Word, _)));
        let texts = self.tokens.iter().rev().take_while(|token| token.range().start >= line_start);
        let mut found = (self.byte(last) == Some(b'"') && last > line_start && touches(last - 1)).then_some(last);
        for text in texts.filter(|token| matches!(token.kind, TokenKind::Quoted)) {
            let (open, close) = (text.range().start, text.range().end - 1);
            if touches(close + 1) {
                found = Some(close);
            }
            if open > line_start && touches(open - 1) {
                found = Some(open);
            }
        }
        found
    }

    /// `""` at the end of a line, with deeper lines and then `"""` below: three were meant, unless those
    /// below are another text's own.
    fn starts_lines(&mut self, end: usize) -> bool {
        let mut line = skip(self.text, end, Class::Blank);
        if !matches!(class_at(self.text, line), Some((Class::Newline, _))) {
            return false;
        }
        let own = self.indentation_of_line(end);
        for _ in 0..LINES_BELOW {
            let Some((Class::Newline, length)) = class_at(self.text, line) else { return false };
            let from = line + length;
            line = line_end(self.text, from);
            let text = skip(self.text, from, Class::Blank);
            if text - from <= own && text != line {
                return false;
            }
            if self.starts(text, "\"\"\"") {
                return !self.opens_lines(text);
            }
            // What begins here may hold quotes of its own.
            if self.text.get(text..line).is_some_and(|line| line.contains("\"\"\"") || line.contains("/*")) {
                return false;
            }
        }
        false
    }

    /// Whether the three quotes here open a text in which nothing is wrong.
    fn opens_lines(&mut self, start: usize) -> bool {
        let body = start + 3;
        let Some((Class::Newline, length)) = class_at(self.text, body) else { return false };
        let Some((quote, None)) = self.triple_end(body) else { return false };
        self.indentation_fault(body + length..quote, true).is_none()
    }

    /// Only the quote is missing: what looks like structure at the end of the line is taken as such.
    pub(super) fn unclosed_in_line(&mut self, start: usize, quote: usize, line: usize) {
        let end = self.structure_behind(start, line).max(start + quote);
        self.doubt_braces_of(start..end);
        self.fault(start..start + quote, SyntaxError::UnclosedQuote);
        self.push(TokenKind::BadValue, end);
    }

    fn structure_behind(&self, start: usize, line: usize) -> usize {
        let rest = self.text.get(start..line).unwrap_or("");
        let text = rest.trim_end();
        if let Some(before) = text.strip_suffix('{')
            && before.ends_with([' ', '\t'])
        {
            return start + before.len();
        }
        let mut text = text;
        let mut opens = self.line_opens;
        while opens > 0
            && let Some(before) = text.strip_suffix('}')
        {
            text = before.trim_end();
            opens -= 1;
        }
        if opens < self.line_opens { start + text.trim_end_matches([' ', ';']).len() } else { line }
    }

    /// The quote that ends a text some lines below, if it looks like the end of one and nothing
    /// between looks like anything else.
    fn quote_below(&self, line: usize) -> Option<usize> {
        let mut from = line;
        for _ in 0..LINES_BELOW {
            let (_, length) = class_at(self.text, from)?;
            from += length;
            let end = line_end(self.text, from);
            let text = self.text.get(from..end)?;
            if let Some(offset) = text.find('"') {
                let before = text.get(..offset)?;
                let behind = text.get(offset + 1..)?;
                let closes = is_blank(before) || !before.ends_with([' ', '\t', '=', '#']);
                let ends = behind.is_empty() || behind.starts_with([' ', '\t', ';', '}']);
                return (closes && ends && !behind.contains('"')).then_some(from + offset);
            }
            from = end;
        }
        None
    }

    fn multiline(&mut self, start: usize) {
        let body = start + 3;
        let Some((Class::Newline, length)) = class_at(self.text, body) else { return self.triple_in_line(start, 0) };
        let Some((quote, bad_escape)) = self.triple_end(body) else {
            return self.unclosed_block(start, 3, SyntaxError::UnclosedQuote);
        };
        if bad_escape.is_none()
            && let Some((at, error)) = self.indentation_fault(body + length..quote, true)
        {
            return self.push_lines_fault(start, 3, quote + 3, (at, error));
        }
        self.push_text(quote + 3, bad_escape);
    }

    /// Closing quotes that don't fit, below lines that stand no deeper than the opening ones, belong to
    /// another text: this one isn't closed.
    pub(super) fn push_lines_fault(
        &mut self,
        start: usize,
        quotes: usize,
        end: usize,
        fault: (Range<usize>, SyntaxError),
    ) {
        let (at, error) = fault;
        let block_end = self.block_end(start);
        let others = self.text.get(block_end..end.saturating_sub(quotes)).is_some_and(|below| below.contains("\"\"\""));
        let behind_text = error == SyntaxError::ClosingQuotesBehindText;
        let another = (behind_text && block_end < at.start) || (!behind_text && others);
        if another && self.read_again < READ_AGAIN {
            self.read_again += 1;
            return self.unclosed_block(start, quotes, SyntaxError::UnclosedQuote);
        }
        self.fault(at, error);
        self.push(TokenKind::BadValue, end);
    }

    fn triple_end(&mut self, from: usize) -> Option<(usize, Option<BadEscape>)> {
        if !self.quotes_end {
            return None;
        }
        let bytes = self.text.as_bytes();
        let (mut at, mut bad) = (from, None);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at = self.escape(at, &mut bad),
                b'"' if self.starts(at, "\"\"\"") => return Some((at, bad)),
                _ => at += 1,
            }
        }
        self.quotes_end = false;
        None
    }

    /// `"""` must be the last thing in its line; here it isn't.
    pub(super) fn triple_in_line(&mut self, start: usize, hashes: usize) {
        let line = self.end_of_line(start);
        let quote = start + hashes + 3;
        let closer = ["\"\"\"", "#".repeat(hashes).as_str()].concat();
        let found = self.text.get(quote..line).and_then(|rest| rest.find(&closer));
        let Some(offset) = found else { return self.triple_with_text(start, hashes, line) };
        let end = quote + offset + closer.len();
        self.fault(start..end, SyntaxError::TripleInLine);
        self.push(TokenKind::BadValue, end);
    }

    /// `"""text` and then lines: the text starts a line too early.
    fn triple_with_text(&mut self, start: usize, hashes: usize, line: usize) {
        let end = if hashes == 0 {
            self.triple_end(line).map(|(quote, _)| quote + 3)
        } else {
            self.raw_end(line, hashes, true).map(|quote| quote + 3 + hashes)
        };
        match end {
            Some(end) => {
                self.fault(start..start + hashes + 3, SyntaxError::TripleInLine);
                self.push(TokenKind::BadValue, end);
            }
            None => self.unclosed_block(start, hashes + 3, SyntaxError::UnclosedQuote),
        }
    }

    /// A text over lines without its end: the lines that stand deeper than it are taken for its own.
    pub(super) fn unclosed_block(&mut self, start: usize, quotes: usize, error: SyntaxError) {
        let end = self.block_end(start);
        self.doubt_braces_of(start..end);
        self.fault(start..start + quotes, error);
        self.push(TokenKind::BadValue, end);
    }

    /// The end of the last line below a place that stands deeper than its own.
    fn block_end(&self, start: usize) -> usize {
        let own = self.indentation_of_line(start);
        let mut end = line_end(self.text, start);
        while let Some((_, length)) = class_at(self.text, end) {
            let from = end + length;
            let line = line_end(self.text, from);
            let deep = skip(self.text, from, Class::Blank) - from;
            if deep <= own && deep != line - from {
                break;
            }
            end = line;
        }
        end
    }

    fn indentation_of_line(&self, at: usize) -> usize {
        let start = self.line_start(at);
        skip(self.text, start, Class::Blank) - start
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }
}
