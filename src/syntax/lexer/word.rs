//! Bare words and numbers, and what people write bare that isn't one: paths, URLs, durations, dates,
//! templates, words in other quotes.

use super::{Closer, Lexer};
use crate::syntax::{
    character::{Class, class_at, skip},
    decode::decode,
    limits,
    mistake::SyntaxError,
    token::TokenKind,
};

/// A number with fewer characters than this is never too large for 128 bits.
const SURELY_KEPT: usize = 30;

impl Lexer<'_, '_> {
    pub(super) fn word(&mut self) {
        let start = self.at;
        if let Some(close) = self.foreign_quotes_end(start) {
            self.swallowing_fault(start..close, SyntaxError::ForeignQuotes);
            return self.push(TokenKind::BadValue, close);
        }
        let end = skip(self.text, start, Class::Word);
        let word = self.text.get(start..end).unwrap_or("");
        if word == "r" && self.starts_kdl1_raw(end) {
            return self.kdl1_raw(start, end);
        }
        if word.ends_with(':') && self.starts(end, "//") || !self.ends_word(word, end) {
            return self.bare_text(start);
        }
        if word == "," || word.ends_with(',') || (word.starts_with(',') && self.follows_value()) {
            return self.comma(start, end);
        }
        if word.len() > limits::WORD_BYTES {
            return self.push_limited(TokenKind::Bare, end);
        }
        if starts_like_number(word) {
            return self.number(start, end, word);
        }
        if matches!(word, "true" | "false" | "null" | "inf" | "-inf" | "nan") {
            self.fault(start..end, SyntaxError::BareKeyword);
            return self.push(TokenKind::BadValue, end);
        }
        self.push_limited(TokenKind::Bare, end);
    }

    /// Whether a bare word ends here, rather than going on with a mark that needs quotes.
    fn ends_word(&mut self, word: &str, end: usize) -> bool {
        match self.byte(end) {
            Some(b'{') => !word.ends_with('$') && self.template_end(end).is_none(),
            Some(b'/') if self.starts(end, "/*") => self.comment_end(end).is_some(),
            Some(b'\\' | b'/' | b'(' | b')' | b'[' | b']' | b'#') => self.ends_value(end),
            Some(_) | None => true,
        }
    }

    fn number(&mut self, start: usize, end: usize, word: &str) {
        if is_number(word) {
            if word.len() > SURELY_KEPT && decode(TokenKind::Number, word).is_none() {
                self.fault(start..end, SyntaxError::NumberTooLong);
                return self.push(TokenKind::BadValue, end);
            }
            return self.push_limited(TokenKind::Number, end);
        }
        self.fault(start..end, SyntaxError::NumberWithLetters);
        self.push(TokenKind::BadValue, end);
    }

    /// A comma between values: reported once a line, since a list is one mistake however long it is.
    fn comma(&mut self, start: usize, end: usize) {
        let line = self.end_of_line(start);
        if self.comma_line != Some(line) {
            self.comma_line = Some(line);
            let comma = if self.starts(start, ",") { start } else { end - 1 };
            self.fault(comma..comma + 1, SyntaxError::Comma);
        }
        let alone = self.text.get(start..end).is_some_and(|word| word.bytes().all(|byte| byte == b','));
        self.push(if alone { TokenKind::BadBlank } else { TokenKind::BadValue }, end);
    }

    /// Whether the token before ends here and is a value.
    fn follows_value(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.kind.is_value())
    }

    /// Something that needs quotes: all of it, up to the blank behind it, is one mistake.
    pub(super) fn bare_text(&mut self, start: usize) {
        let end = self.bare_end(start);
        let text = self.text.get(start..end).unwrap_or("");
        if text.matches('"').count() % 2 == 1
            && let Some(offset) = text.rfind('"')
        {
            // The quote that belongs to this one is missing, and texts and words have changed places.
            let line = self.line_start(start)..self.end_of_line(start);
            let quote = self.misplaced_quote(line.start, start).unwrap_or(start + offset);
            self.mistakes.doubt_line(line);
            self.doubt_braces_of(start..end);
            self.fault(quote..quote + 1, SyntaxError::UnpairedQuotes);
            return self.push(TokenKind::BadValue, end);
        }
        self.swallowing_fault(start..end, SyntaxError::BareText);
        self.push(TokenKind::BadValue, end);
    }

    /// Where a text without quotes that needs them ends. What stands in brackets belongs to it.
    pub(super) fn bare_end(&mut self, start: usize) -> usize {
        let mut at = start;
        while let Some((class, length)) = class_at(self.text, at) {
            match class {
                Class::Blank | Class::Newline | Class::Banned => break,
                Class::Word => at += length,
                Class::Mark => match self.marked_end(start, at) {
                    Some(end) => at = end,
                    None => break,
                },
            }
        }
        // A place where nothing could be read at all is passed over, so that every text ends.
        at.max(start + class_at(self.text, start).map_or(0, |(_, length)| length))
    }

    fn marked_end(&mut self, start: usize, at: usize) -> Option<usize> {
        let closer = match self.byte(at)? {
            b';' => return None,
            // In `{ run /x}` the brace ends the block; where none is open in the line it belongs to the text.
            b'}' if self.line_opens > 0 => return None,
            b'{' if at > start && self.byte(at - 1) == Some(b'$') && !self.starts(at, "{{") => {
                let end = skip(self.text, at + 1, Class::Word);
                return Some(if self.byte(end) == Some(b'}') { end + 1 } else { at + 1 });
            }
            b'{' => return self.template_end(at),
            b'(' => Closer::Parenthesis,
            b'[' => Closer::Bracket,
            b'"' => Closer::Quote,
            b'\\' if at > start && self.continues_line(at) => return None,
            _ => return Some(at + 1),
        };
        Some(self.find_in_line(at + 1, closer).map_or(at + 1, |close| close + 1))
    }

    /// The place behind a text in quotes that KDL doesn't know, if one starts here.
    fn foreign_quotes_end(&mut self, start: usize) -> Option<usize> {
        let byte = self.byte(start)?;
        if byte.is_ascii() && byte != b'\'' {
            return None;
        }
        let first = self.text.get(start..)?.chars().next()?;
        let inner = start + first.len_utf8();
        match first {
            '\'' => self.find_in_line(inner, Closer::Apostrophe).map(|close| close + 1),
            '“' | '”' | '„' => Some(self.smart_end(inner, ['”', '“', '"'])),
            '‘' | '’' => Some(self.smart_end(inner, ['’', '‘', '\''])),
            '«' => Some(self.smart_end(inner, ['»', '»', '"'])),
            _ => None,
        }
    }

    fn smart_end(&mut self, inner: usize, closers: [char; 3]) -> usize {
        let line = self.end_of_line(inner);
        let rest = self.text.get(inner..line).unwrap_or("");
        match rest.char_indices().find(|(_, character)| closers.contains(character)) {
            Some((offset, character)) => inner + offset + character.len_utf8(),
            None => self.bare_end(inner),
        }
    }
}

/// Whether KDL would read a word as a number: it starts with a digit, maybe behind a sign or a point.
fn starts_like_number(word: &str) -> bool {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|character: char| character.is_ascii_digit())
}

fn is_number(word: &str) -> bool {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    let digits = |text: &str, is_digit: fn(&u8) -> bool| {
        text.as_bytes().first().is_some_and(is_digit) && text.bytes().all(|byte| is_digit(&byte) || byte == b'_')
    };
    if let Some(rest) = unsigned.strip_prefix("0x") {
        return digits(rest, u8::is_ascii_hexdigit);
    }
    if let Some(rest) = unsigned.strip_prefix("0o") {
        return digits(rest, |byte| matches!(byte, b'0'..=b'7'));
    }
    if let Some(rest) = unsigned.strip_prefix("0b") {
        return digits(rest, |byte| matches!(byte, b'0' | b'1'));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let decimal = |text: &str| digits(text, u8::is_ascii_digit);
    decimal(whole) && fraction.is_none_or(decimal) && exponent.is_none_or(decimal)
}
