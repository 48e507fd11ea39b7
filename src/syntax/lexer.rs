//! Text → tokens, in one pass and linear time whatever the text is. Nothing is lost: the tokens lie
//! end to end. A mistake becomes a token that stands for what was meant, so that the parser behind
//! goes on as if it were right and one mistake stays one finding. What a whole node must look like
//! is left to the parser.

mod comment;
mod lines;
mod quoted;
mod raw;
mod word;

use std::ops::Range;

use super::{
    character::{Class, class_at, find, line_end, skip},
    limits,
    mistake::{Mistakes, SyntaxError},
    token::{Token, TokenKind},
};

/// The state of one pass over a text.
pub(super) struct Lexer<'text, 'found> {
    text: &'text str,
    at: usize,
    tokens: Vec<Token>,
    mistakes: &'found mut Mistakes,
    /// The end of the line that was looked at last.
    line_end: usize,
    /// How many `{` of this line are still open: says whether a `}` behind an unclosed quote is one.
    line_opens: usize,
    /// For each closer the place up to which it is known not to stand any more in its line.
    absent: [usize; Closer::COUNT],
    /// Below which number of `#` a raw text may still end somewhere: in one line, and over lines.
    raw_hashes: [usize; 2],
    /// Whether `"""` may still end somewhere.
    quotes_end: bool,
    /// How many texts were read again from where they seem to end.
    read_again: usize,
    /// How far the end of a comment is searched for.
    comment_reach: usize,
    /// The line that a comma was already reported in.
    comma_line: Option<usize>,
}

/// What a word with marks in it is searched for, so that `$(date +%s)` and `{{a | b}}` are one mistake.
#[derive(Clone, Copy)]
enum Closer {
    Template,
    Parenthesis,
    Bracket,
    Quote,
    Apostrophe,
}

impl Closer {
    const COUNT: usize = 5;

    fn text(self) -> &'static str {
        match self {
            Self::Template => "}}",
            Self::Parenthesis => ")",
            Self::Bracket => "]",
            Self::Quote => "\"",
            Self::Apostrophe => "'",
        }
    }
}

/// Cuts a text into tokens.
pub(super) fn lex(text: &str, mistakes: &mut Mistakes) -> Vec<Token> {
    note_banned(text, mistakes);
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::with_capacity((text.len() / 4).min(limits::TOKENS)),
        mistakes,
        line_end: 0,
        line_opens: 0,
        absent: [0; Closer::COUNT],
        raw_hashes: [usize::MAX; 2],
        quotes_end: true,
        read_again: 0,
        comment_reach: usize::MAX,
        comma_line: None,
    };
    if text.starts_with('\u{FEFF}') {
        lexer.push(TokenKind::ByteOrderMark, '\u{FEFF}'.len_utf8());
    }
    while let Some((class, length)) = class_at(text, lexer.at) {
        if lexer.tokens.len() >= limits::TOKENS {
            lexer.fault(lexer.at..lexer.at, SyntaxError::TooManyTokens);
        }
        if lexer.mistakes.too_many() || lexer.tokens.len() >= limits::TOKENS {
            lexer.push(TokenKind::Unread, text.len());
            break;
        }
        lexer.step(class, length);
    }
    lexer.tokens
}

/// Reports every character that may stand nowhere, comments and texts included: they hide what a
/// runbook does from its reader.
fn note_banned(text: &str, mistakes: &mut Mistakes) {
    let mut at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    loop {
        let start = find(text, at, Class::Banned);
        if start >= text.len() || mistakes.too_many() {
            return;
        }
        at = skip(text, start, Class::Banned);
        mistakes.note(start..at, SyntaxError::BannedCharacter);
    }
}

impl Lexer<'_, '_> {
    fn step(&mut self, class: Class, length: usize) {
        let start = self.at;
        match class {
            Class::Blank => self.push(TokenKind::Blank, skip(self.text, start, Class::Blank)),
            Class::Newline => {
                self.line_opens = 0;
                self.push(TokenKind::Newline, start + length);
            }
            Class::Banned => self.push(TokenKind::BadBlank, skip(self.text, start, Class::Banned)),
            Class::Word => self.word(),
            Class::Mark => self.mark(),
        }
    }

    fn mark(&mut self) {
        let start = self.at;
        match self.byte(start) {
            Some(b'{') if self.template_end(start).is_some() => self.bare_text(start),
            Some(b'{') => {
                self.line_opens += 1;
                self.push(TokenKind::Open, start + 1);
            }
            Some(b'}') => {
                self.line_opens = self.line_opens.saturating_sub(1);
                self.push(TokenKind::Close, start + 1);
            }
            Some(b';') => self.push(TokenKind::Semicolon, start + 1),
            Some(b'=') => self.push(TokenKind::Equals, start + 1),
            Some(b'"') => self.quoted(start),
            Some(b'#') => self.hash(start),
            Some(b'/') => self.slash(start),
            Some(b'\\') if self.continues_line(start) => self.continuation(start),
            Some(b'(') => self.annotation(start),
            Some(b'[') => self.list(start),
            Some(_) | None => self.bare_text(start),
        }
    }

    /// `(…)`: refused, and passed over, so that the value behind it is still read.
    fn annotation(&mut self, start: usize) {
        let Some(close) = self.find_in_line(start, Closer::Parenthesis) else { return self.bare_text(start) };
        self.fault(start..close + 1, SyntaxError::TypeAnnotation);
        self.push(TokenKind::BadBlank, close + 1);
    }

    /// `[a, b]`: one mistake, up to its bracket.
    fn list(&mut self, start: usize) {
        let Some(close) = self.find_in_line(start, Closer::Bracket) else { return self.bare_text(start) };
        self.fault(start..close + 1, SyntaxError::List);
        self.push(TokenKind::BadValue, close + 1);
    }

    fn continuation(&mut self, start: usize) {
        let mut at = skip(self.text, start + 1, Class::Blank);
        while self.starts(at, "/*")
            && let Some(end) = self.comment_end(at)
        {
            at = skip(self.text, end, Class::Blank);
        }
        if matches!(class_at(self.text, at), None | Some((Class::Newline, _))) || self.starts(at, "//") {
            return self.push(TokenKind::Continuation, start + 1);
        }
        self.fault(start..start + 1, SyntaxError::StrayBackslash);
        self.push(TokenKind::BadBlank, start + 1);
    }

    /// Whether a `\` here is meant for the end of the line and doesn't begin a path or an escape.
    fn continues_line(&self, start: usize) -> bool {
        match class_at(self.text, start + 1) {
            None | Some((Class::Blank | Class::Newline, _)) => true,
            Some((Class::Mark, _)) => self.starts(start + 1, "//") || self.starts(start + 1, "/*"),
            Some((Class::Word | Class::Banned, _)) => false,
        }
    }

    /// Where the first closer from a place on stands in its line. Whoever finds one passes over it, and
    /// whoever doesn't leaves a note: so all searches together stay linear.
    fn find_in_line(&mut self, from: usize, closer: Closer) -> Option<usize> {
        if from < self.absent[closer as usize] {
            return None;
        }
        let end = self.end_of_line(from);
        let found = self.text.get(from..end)?.find(closer.text()).map(|offset| from + offset);
        if found.is_none() {
            self.absent[closer as usize] = end;
        }
        found
    }

    fn end_of_line(&mut self, from: usize) -> usize {
        if from >= self.line_end {
            self.line_end = line_end(self.text, from);
        }
        self.line_end
    }

    /// The place behind `}}` of a `{{…}}` that starts here and ends in its line.
    fn template_end(&mut self, start: usize) -> Option<usize> {
        if !self.starts(start, "{{") {
            return None;
        }
        self.find_in_line(start + 2, Closer::Template).map(|close| close + 2)
    }

    fn push(&mut self, kind: TokenKind, end: usize) {
        self.tokens.push(Token::new(kind, self.at..end));
        self.at = end;
    }

    /// As `push`, for a text that must not be longer than a text may be.
    fn push_limited(&mut self, kind: TokenKind, end: usize) {
        let limit = match kind {
            TokenKind::Quoted | TokenKind::Raw => limits::TEXT_BYTES,
            _ => limits::WORD_BYTES,
        };
        if end - self.at > limit {
            self.fault(self.at..end, SyntaxError::TooLong { limit });
            return self.push(TokenKind::BadValue, end);
        }
        self.push(kind, end);
    }

    fn fault(&mut self, at: Range<usize>, error: SyntaxError) {
        self.mistakes.note(at, error);
    }

    /// As `fault`, for a mistake whose token may hide a brace from the parser.
    fn swallowing_fault(&mut self, at: Range<usize>, error: SyntaxError) {
        self.doubt_braces_of(at.clone());
        self.fault(at, error);
    }

    /// Braces that a mistake hides are no reason to report those outside of it.
    fn doubt_braces_of(&mut self, at: Range<usize>) {
        let (mut opens, mut closes) = (0usize, 0usize);
        for byte in self.text.get(at).unwrap_or("").bytes() {
            opens += usize::from(byte == b'{');
            closes += usize::from(byte == b'}');
        }
        if opens != closes {
            self.mistakes.doubt_braces();
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn starts(&self, at: usize, wanted: &str) -> bool {
        self.text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(wanted.as_bytes()))
    }
}
