//! KDL text → lossless tree → spanned nodes. The tree is ours: it decides what is valid, bounds
//! size and depth and finds every syntax error; only accepted text reaches `kdl`, which decodes
//! values and lives here and nowhere else.

mod catalogue;
mod finding;
mod node;
pub mod reader;
mod source;
pub mod suggest;

pub(crate) use catalogue::catalogue;
pub use finding::{Finding, Severity};
pub use node::{Argument, Node, Property, TextForm, Value};
pub use reader::{Entry, ReadError};
pub use source::{FileId, Source, Sources, Span, Spanned};
