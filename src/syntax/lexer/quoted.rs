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
            End::Quote(quote) => self.push_text(quote + 1, bad_escape),
            End::Open(end) => self.unclosed(start, end),
        }
    }

    fn push_text(&mut self, end: usize, bad_escape: Option<(Range<usize>, SyntaxError)>) {
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

    fn read_line(&self, from: usize, bad_escape: &mut Option<(Range<usize>, SyntaxError)>) -> End {
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
    fn escape(&self, at: usize, bad: &mut Option<(Range<usize>, SyntaxError)>) -> usize {
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

    fn escaped_blanks_end(&self, from: usize) -> usize {
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
        self.unclosed_in_line(start, 1, line);
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
        let Some((quote, bad_escape)) = self.triple_end(body) else { return self.unclosed_block(start, 3) };
        if bad_escape.is_none()
            && let Some((at, error)) = self.indentation_fault(body + length..quote, true)
        {
            self.fault(at, error);
            return self.push(TokenKind::BadValue, quote + 3);
        }
        self.push_text(quote + 3, bad_escape);
    }

    fn triple_end(&mut self, from: usize) -> Option<(usize, Option<(Range<usize>, SyntaxError)>)> {
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
            None => self.unclosed_block(start, hashes + 3),
        }
    }

    /// A text over lines without its end: the lines that stand deeper than it are taken for its own.
    pub(super) fn unclosed_block(&mut self, start: usize, quotes: usize) {
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
        self.doubt_braces_of(start..end);
        self.fault(start..start + quotes, SyntaxError::UnclosedQuote);
        self.push(TokenKind::BadValue, end);
    }

    fn indentation_of_line(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        skip(self.text, start, Class::Blank) - start
    }

    /// What is wrong with the lines of a text over lines: each must start with the blanks that stand
    /// before its closing quotes, and those must have a line of their own.
    pub(super) fn indentation_fault(&self, body: Range<usize>, escapes: bool) -> Option<(Range<usize>, SyntaxError)> {
        let lines = self.lines_of(body.clone(), escapes);
        let last = lines.last()?.clone();
        let indentation = skip(self.text, last.start, Class::Blank).min(last.end);
        if !self.says_nothing(last.clone(), escapes) {
            return Some((body.end..body.end + 3, SyntaxError::ClosingQuotesBehindText));
        }
        let wanted = self.text.get(last.start..indentation)?;
        for line in lines.iter().take(lines.len() - 1) {
            let text = self.text.get(line.clone())?;
            if !text.starts_with(wanted) && !self.says_nothing(line.clone(), escapes) {
                let found = skip(self.text, line.start, Class::Blank);
                let at = if found == line.start { line.start..line.end.min(line.start + 1) } else { line.start..found };
                return Some((at, SyntaxError::Indentation { closing: last.start..body.end + 3 }));
            }
        }
        None
    }

    fn lines_of(&self, body: Range<usize>, escapes: bool) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut start, mut at) = (body.start, body.start);
        while at < body.end
            && let Some((class, length)) = class_at(self.text, at)
        {
            match (class, self.byte(at)) {
                (Class::Newline, _) => {
                    lines.push(start..at);
                    at += length;
                    start = at;
                }
                (_, Some(b'\\')) if escapes => at = self.escape(at, &mut None).max(at + 1),
                _ => at += length,
            }
        }
        lines.push(start..body.end);
        lines
    }

    /// Whether a line holds blanks only, escaped ones included.
    fn says_nothing(&self, line: Range<usize>, escapes: bool) -> bool {
        let mut at = line.start;
        while at < line.end {
            match class_at(self.text, at) {
                Some((Class::Blank, length)) => at += length,
                Some((Class::Mark, _)) if escapes && self.byte(at) == Some(b'\\') => {
                    let end = self.escaped_blanks_end(at + 1);
                    if end == at + 1 {
                        return false;
                    }
                    at = end;
                }
                Some(_) | None => return false,
            }
        }
        true
    }
}
