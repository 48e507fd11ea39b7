//! What starts with `/` or `#`: comments, `/-`, keywords, raw texts, and the paths and shell comments
//! that look like them.

use super::Lexer;
use crate::syntax::{
    character::{Class, class_at, skip},
    mistake::SyntaxError,
    token::TokenKind,
};

/// How far a comment's end is searched for once one had none: keeps many of them linear.
const SHORT_REACH: usize = 4096;

impl Lexer<'_, '_> {
    pub(super) fn slash(&mut self, start: usize) {
        match self.byte(start + 1) {
            Some(b'/') => {
                let end = self.end_of_line(start);
                self.push(TokenKind::LineComment, end);
            }
            Some(b'-') => self.push(TokenKind::Slashdash, start + 2),
            Some(b'*') => {
                let end = self.comment_end(start);
                if end.is_none() {
                    self.fault(start..start + 2, SyntaxError::UnclosedComment);
                    self.mistakes.doubt_braces();
                }
                self.push(TokenKind::BlockComment, end.unwrap_or(self.text.len()));
            }
            Some(b' ') if self.is_first_of_line() => self.shell_comment(start),
            Some(_) | None => self.bare_text(start),
        }
    }

    /// `"…"#`: a raw text without the `#` before it. Where its backslashes were already reported, that
    /// was the reason.
    fn hash_behind_quote(&mut self, start: usize, end: usize) {
        let text = self.tokens.last().map_or(0, |token| token.range().start);
        if !self.mistakes.last().is_some_and(|mistake| (text..start).contains(&mistake.at.start)) {
            self.fault(start..end, SyntaxError::HashBehindQuote);
        }
        self.push(TokenKind::BadBlank, end);
    }

    fn follows_equals(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.kind == TokenKind::Equals)
    }

    /// The place behind the `*/` that ends a comment, those within it counted.
    pub(super) fn comment_end(&mut self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let last = bytes.len().min(start.saturating_add(self.comment_reach));
        let (mut at, mut depth) = (start, 0usize);
        while at + 1 < last {
            match (bytes[at], bytes[at + 1]) {
                (b'/', b'*') => {
                    depth += 1;
                    at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return Some(at);
                    }
                }
                _ => at += 1,
            }
        }
        self.comment_reach = SHORT_REACH;
        None
    }

    pub(super) fn hash(&mut self, start: usize) {
        let mut quote = start;
        while self.byte(quote) == Some(b'#') {
            quote += 1;
        }
        if self.byte(quote) == Some(b'"') {
            return self.raw(start, quote);
        }
        if start > 0
            && self.byte(start - 1) == Some(b'"')
            && self.tokens.last().is_some_and(|token| token.kind.is_value())
        {
            return self.hash_behind_quote(start, quote);
        }
        let end = skip(self.text, start + 1, Class::Word);
        match self.text.get(start..end) {
            Some("#true" | "#false" | "#null" | "#inf" | "#-inf" | "#nan")
                if self.ends_value(end) || self.starts(end, "/-") =>
            {
                self.push(TokenKind::Keyword, end);
            }
            _ if (end == start + 1 && !self.follows_equals()) || self.is_first_of_line() => self.shell_comment(start),
            _ => {
                let end = self.bare_end(start);
                self.fault(start..end, SyntaxError::UnknownKeyword);
                self.push(TokenKind::BadValue, end);
            }
        }
    }

    /// `# …`, or `/ …` where `// …` was meant: passed over like the comment it was meant to be.
    fn shell_comment(&mut self, start: usize) {
        let end = self.end_of_line(start);
        self.swallowing_fault(start..end, SyntaxError::ShellComment);
        self.push(TokenKind::BadComment, end);
    }

    fn is_first_of_line(&self) -> bool {
        let before = self.tokens.iter().rev().find(|token| token.kind != TokenKind::Blank);
        before.is_none_or(|token| token.kind == TokenKind::Newline)
    }

    /// Whether a value can end here: nothing stands here that would belong to it.
    pub(super) fn ends_value(&self, at: usize) -> bool {
        match class_at(self.text, at) {
            None | Some((Class::Blank | Class::Newline | Class::Banned, _)) => true,
            Some((Class::Word, _)) => false,
            Some((Class::Mark, _)) => match self.byte(at) {
                Some(b'{' | b'}' | b';' | b'=' | b'"') => true,
                Some(b'/') => self.starts(at, "//") || self.starts(at, "/*"),
                Some(b'\\') => self.continues_line(at),
                Some(_) | None => false,
            },
        }
    }
}
