//! Every way in which a text fails to be KDL 2, as people get it wrong, and the words for it. A
//! mistake knows its bytes only; the file is added when it becomes a finding. Codes are explained in
//! `explain.rs`.

use std::ops::Range;

use thiserror::Error;

use super::{
    finding::{Finding, Severity},
    limits,
    source::{FileId, Span},
};

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "each variant's message says what it is, and `explain` what to do about it")]
pub enum SyntaxError {
    #[error("the file is not UTF-8: the first wrong byte is number {offset}, in line {line}")]
    NotUtf8 { offset: usize, line: usize },
    #[error("the file is saved as UTF-16")]
    Utf16,
    #[error("the file is larger than {} MiB", limits::FILE_BYTES >> 20)]
    FileTooLarge,
    #[error("a character that can't be seen, and that KDL doesn't allow anywhere")]
    BannedCharacter,
    #[error("the file has more than {} words, marks and blanks", limits::TOKENS)]
    TooManyTokens,
    #[error("blocks are nested deeper than {}", limits::DEPTH)]
    TooDeep,
    #[error("the file has more than {} nodes", limits::NODES)]
    TooManyNodes,
    #[error("the file has more than {} arguments and properties", limits::VALUES)]
    TooManyValues,
    #[error("this is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("more than {} `#` around a raw text", limits::HASHES)]
    TooManyHashes,
    #[error("a bare word that is neither a text nor a value")]
    BareKeyword,
    #[error("a number followed by letters")]
    NumberWithLetters,
    #[error("a number with more digits than can be kept")]
    NumberTooLong,
    #[error("a raw text as KDL 1 wrote it")]
    Kdl1Raw,
    #[error("a list in brackets: KDL has none")]
    List,
    #[error("a comma between values")]
    Comma,
    #[error("a comment that doesn't start with `//`")]
    ShellComment,
    #[error("no keyword of KDL")]
    UnknownKeyword,
    #[error("a text with this in it needs quotes")]
    BareText,
    #[error("quotes that KDL doesn't know")]
    ForeignQuotes,
    #[error("a type annotation")]
    TypeAnnotation,
    #[error("a quote that is never closed")]
    UnclosedQuote,
    #[error("the quotes of this line don't pair up")]
    UnpairedQuotes,
    #[error("a `#` behind a text that has none before it")]
    HashBehindQuote,
    #[error("a text over several lines starts with two quotes")]
    TwoQuotes,
    #[error("a text in single-line quotes runs over several lines")]
    TextOverLines { hashes: usize },
    #[error("an escape that KDL doesn't know")]
    BadEscape { text: Range<usize> },
    #[error("a Unicode escape that names no character")]
    BadUnicodeEscape,
    #[error("`\"\"\"` with text in the same line")]
    TripleInLine,
    #[error("the closing quotes of a text over lines stand behind text")]
    ClosingQuotesBehindText,
    #[error("a line of a text starts with other blanks than its closing quotes")]
    Indentation { closing: Range<usize> },
    #[error("a comment that is never closed")]
    UnclosedComment,
    #[error("a block that is never closed")]
    UnclosedBlock,
    #[error("a `}}` without its `{{`")]
    StrayClose,
    #[error("`{{` stands on a line of its own")]
    BlockOnNextLine { node: Range<usize> },
    #[error("a block without a node")]
    BlockWithoutName,
    #[error("a second block for the same node")]
    SecondBlock { node: Range<usize> },
    #[error("something follows a block in the same line")]
    BehindBlock,
    #[error("a node's name is a number or a keyword")]
    NameNotText,
    #[error("a property's name is a number or a keyword")]
    PropertyNameNotText,
    #[error("a colon behind a node's name")]
    Colon,
    #[error("`=` behind a node's name")]
    EqualsBehindName,
    #[error("a property without a value")]
    MissingValue,
    #[error("two equals signs")]
    DoubleEquals,
    #[error("`=` without a name before it")]
    EqualsWithoutName,
    #[error("two values without a blank between them")]
    MissingBlank,
    #[error("`/-` with nothing to take out behind it")]
    DanglingSlashdash,
    #[error("`/-` twice in a row")]
    DoubleSlashdash,
    #[error("`;` without a node before it")]
    StraySemicolon,
    #[error("`\\` that doesn't end its line")]
    StrayBackslash,
    #[error("the file says that it is written in another version of KDL")]
    OtherVersion,
    #[error("a value that can't be read")]
    Unreadable,
}

/// A mistake and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is, as narrow as can be.
    pub at: Range<usize>,
    /// What it is.
    pub error: SyntaxError,
}

/// The mistakes of one text, as they are found.
#[derive(Debug, Clone, Default)]
pub(super) struct Mistakes {
    list: Vec<Mistake>,
    braces_in_doubt: bool,
    /// Lines whose quotes don't pair up, by their bytes.
    lines_in_doubt: Vec<Range<usize>>,
}

impl Mistakes {
    pub(super) fn note(&mut self, at: Range<usize>, error: SyntaxError) {
        self.list.push(Mistake { at, error });
    }

    /// The mistake that was noted last.
    pub(super) fn last(&self) -> Option<&Mistake> {
        self.list.last()
    }

    /// From now on no brace is reported: one may be hidden in another mistake.
    pub(super) fn doubt_braces(&mut self) {
        self.braces_in_doubt = true;
    }

    /// What else is found in this line comes from its quotes: where they are one too few, texts and
    /// what stands between them change places.
    pub(super) fn doubt_line(&mut self, line: Range<usize>) {
        self.lines_in_doubt.push(line);
    }

    pub(super) fn braces_in_doubt(&self) -> bool {
        self.braces_in_doubt
    }

    pub(super) fn too_many(&self) -> bool {
        self.list.len() >= limits::MISTAKES
    }

    /// All of them in the order of the text.
    pub(super) fn into_sorted(mut self) -> Vec<Mistake> {
        self.list.sort_by_key(|mistake| (mistake.at.start, mistake.at.end));
        self.lines_in_doubt.sort_by_key(|line| line.start);
        let lines = self.lines_in_doubt;
        self.list.retain(|mistake| mistake.error.outlasts_doubt() || !holds(&lines, mistake.at.start));
        self.list
    }
}

/// Whether one of the lines, which are in order, holds a byte.
fn holds(lines: &[Range<usize>], at: usize) -> bool {
    let behind = lines.partition_point(|line| line.start <= at);
    behind.checked_sub(1).and_then(|last| lines.get(last)).is_some_and(|line| at < line.end)
}

impl SyntaxError {
    /// Whether it is told of a line whose quotes don't pair up, too.
    fn outlasts_doubt(&self) -> bool {
        matches!(self, Self::UnclosedQuote | Self::UnpairedQuotes | Self::UnclosedBlock | Self::BannedCharacter)
    }
}

impl Mistake {
    /// The finding that is shown of it; `text` is the text it was found in.
    #[must_use]
    pub fn finding(&self, file: FileId, text: &str) -> Finding {
        let span = |range: &Range<usize>| Span::new(file, range.clone());
        let mut labels = vec![(span(&self.at), self.error.label().to_owned())];
        if let Some((range, label)) = self.error.second_label() {
            labels.push((span(&range), label.to_owned()));
        }
        Finding {
            code: self.error.code(),
            severity: Severity::Error,
            message: self.error.to_string(),
            labels,
            help: Some(self.error.help(text.get(self.at.clone()).unwrap_or(""), text)),
        }
    }
}
