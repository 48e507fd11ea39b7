//! The smallest pieces of a text. They lie end to end: written one after another they are the text
//! again, comments, blanks and mistakes included.

use std::ops::Range;

/// One piece of text. Offsets are 32 bits wide, since a file is limited to a few megabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    start: u32,
    end: u32,
}

impl Token {
    pub(super) fn new(kind: TokenKind, range: Range<usize>) -> Self {
        Self { kind, start: narrow(range.start), end: narrow(range.end) }
    }

    /// Its bytes in the text.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// The byte order mark that some editors put first.
    ByteOrderMark,
    /// Blanks within a line.
    Blank,
    /// One end of a line.
    Newline,
    /// `// …` up to the end of the line.
    LineComment,
    /// `/* … */`, nested ones within.
    BlockComment,
    /// `\` at the end of a line: the node goes on in the next one.
    Continuation,
    /// `/-`: takes out the node, value or block behind it.
    Slashdash,
    /// `{`
    Open,
    /// `}`
    Close,
    /// `;`
    Semicolon,
    /// `=`
    Equals,
    /// A bare word.
    Bare,
    /// `"…"` or `"""…"""`.
    Quoted,
    /// `#"…"#` or `#"""…"""#`.
    Raw,
    /// A number.
    Number,
    /// `#true`, `#false`, `#null`, `#inf`, `#-inf`, `#nan`.
    Keyword,
    /// A mistake that stands where a value would: read as one, so that it stays the only mistake.
    BadValue,
    /// A mistake that is passed over like a blank: a comma, a type annotation.
    BadBlank,
    /// A mistake that is passed over like a comment: `# …`.
    BadComment,
    /// The rest of a text that isn't read because too much is wrong with it.
    Unread,
}

impl TokenKind {
    /// Whether it can be a name or a value, well written or not.
    #[must_use]
    pub fn is_value(self) -> bool {
        match self {
            Self::Bare | Self::Quoted | Self::Raw | Self::Number | Self::Keyword | Self::BadValue => true,
            Self::ByteOrderMark
            | Self::Blank
            | Self::Newline
            | Self::LineComment
            | Self::BlockComment
            | Self::Continuation
            | Self::Slashdash
            | Self::Open
            | Self::Close
            | Self::Semicolon
            | Self::Equals
            | Self::BadBlank
            | Self::BadComment
            | Self::Unread => false,
        }
    }

    /// Whether it says nothing about the runbook: blanks, comments, ends of lines.
    #[must_use]
    pub fn is_trivia(self) -> bool {
        match self {
            Self::ByteOrderMark
            | Self::Blank
            | Self::Newline
            | Self::LineComment
            | Self::BlockComment
            | Self::Continuation
            | Self::BadBlank
            | Self::BadComment => true,
            Self::Slashdash
            | Self::Open
            | Self::Close
            | Self::Semicolon
            | Self::Equals
            | Self::Bare
            | Self::Quoted
            | Self::Raw
            | Self::Number
            | Self::Keyword
            | Self::BadValue
            | Self::Unread => false,
        }
    }
}
