//! A range of bytes as lines and columns, as machines that show findings ask for it; and the path of
//! its file as they know it, below the folder they start in.

use camino::{Utf8Path, Utf8PathBuf};

use crate::syntax::{Sources, Span};

/// Lines and columns from one; a column counts characters, the last one lies behind the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Region {
    /// Where a range begins and ends.
    pub fn of(span: Span, sources: &Sources) -> Self {
        let (line, column) = sources.line_and_column(span);
        let end = span.end().max(span.start());
        let (end_line, end_column) = sources.line_and_column(Span::new(span.file, end..end));
        Self { line, column, end_line: end_line.max(line), end_column }
    }
}

/// A path without `./` before it, and below the current folder where it lies there: machines know
/// files by their path in the repository.
pub(super) fn relative(path: &Utf8Path) -> Utf8PathBuf {
    let here = std::env::current_dir().ok().and_then(|here| Utf8PathBuf::from_path_buf(here).ok());
    let below = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    below.strip_prefix(".").unwrap_or(below).to_owned()
}
