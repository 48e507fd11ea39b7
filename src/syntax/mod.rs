//! KDL text → lossless tree → spanned nodes. The tree is ours: it decides what is valid, bounds
//! size and depth and finds every syntax error; only accepted text reaches `kdl`, which decodes
//! values and lives here and nowhere else.

mod advice;
mod catalogue;
mod character;
mod decode;
mod explain;
mod finding;
mod format;
mod inside;
mod lexer;
pub mod limits;
mod mistake;
mod node;
mod parse;
mod parser;
mod read;
pub mod reader;
mod source;
pub mod suggest;
mod token;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use catalogue::catalogue;
pub use explain::codes;
pub use finding::{Finding, Severity};
pub use format::format;
pub use inside::place_inside;
pub use mistake::{Mistake, SyntaxError};
pub use node::{Argument, Node, Property, Spelling, TextForm, Value};
pub use parse::{parse, parse_tree};
pub use read::read_text;
pub use reader::{Entry, ReadError};
pub use source::{FileId, Source, Sources, Span, Spanned};
pub use token::{Token, TokenKind};
pub use tree::{BranchId, BranchKind, Tree};
