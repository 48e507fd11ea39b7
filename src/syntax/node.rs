//! Spanned nodes: what lowering reads. Every value keeps the text it was spelled with, since an
//! argument such as `0644` means its spelling and not its number.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::source::{Span, Spanned};

/// One KDL node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The node's name and where it stands.
    pub name: Spanned<String>,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// Its properties, in order, duplicates included (the reader reports them).
    pub properties: Vec<Property>,
    /// Its children; `None` without a children block, empty for `{}`.
    pub children: Option<Vec<Node>>,
    /// The node from its name to its last entry or closing brace.
    pub span: Span,
}

/// One argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// The decoded value.
    pub value: Value,
    /// Where it stands, quotes included.
    pub span: Span,
    /// Exactly as it is written in the file.
    pub spelling: Spelling,
}

/// One property.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Its name and where that stands.
    pub name: Spanned<String>,
    /// The decoded value.
    pub value: Value,
    /// Where the value stands, quotes included.
    pub value_span: Span,
    /// The value exactly as it is written in the file.
    pub spelling: Spelling,
    /// Name, equals sign and value.
    pub span: Span,
}

/// A decoded KDL value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text in any of KDL's forms.
    Text {
        /// The decoded text.
        text: Box<str>,
        /// How it was written: it matters for regexes (backslashes) and for bare words.
        form: TextForm,
    },
    /// A whole number; apart, since there are few and their width would be that of all values.
    Integer(Box<i128>),
    /// A number with a fraction or an exponent; also `#inf`, `#-inf`, `#nan`.
    Decimal(f64),
    /// `#true` or `#false`.
    Flag(bool),
    /// `#null`.
    Null,
}

/// How a text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// A bare word.
    Bare,
    /// `"…"` or `"""…"""`, with escapes.
    Quoted,
    /// `#"…"#` or `#"""…"""#`, without escapes.
    Raw,
}

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Integer(_) | Self::Decimal(_) | Self::Flag(_) | Self::Null => None,
        }
    }
}

/// A value exactly as it is written: a piece of the file's text, which it shares with the file. There
/// are as many as there are values, and hardly any is ever looked at.
#[derive(Clone)]
pub struct Spelling {
    text: Arc<str>,
    start: u32,
    end: u32,
}

impl Spelling {
    /// The piece of a text; empty where the text has no such piece.
    pub(super) fn new(text: &Arc<str>, piece: &Range<usize>) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { text: Arc::clone(text), start: narrow(piece.start), end: narrow(piece.end) }
    }
}

impl Deref for Spelling {
    type Target = str;

    fn deref(&self) -> &str {
        self.text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

impl PartialEq for Spelling {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Spelling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, formatter)
    }
}
