//! The files that a runbook consists of, and places in them. A place knows its file, so that an
//! error in an include points into the include.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

/// Which of a bundle's files; an index into [`Sources`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A range of bytes in one file. The default is the empty range at the start of the first file.
/// Offsets are 32 bits wide: a file is limited to a few megabytes, and there are more places in a model
/// than anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The file that the range lies in.
    pub file: FileId,
    start: u32,
    end: u32,
}

impl Span {
    /// A range of a file.
    #[must_use]
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { file, start: narrow(range.start), end: narrow(range.end) }
    }

    /// A range within this one, counted from its start.
    #[must_use]
    pub fn part(self, range: Range<usize>) -> Self {
        Self::new(self.file, self.start() + range.start..self.start() + range.end)
    }

    /// The first byte.
    #[must_use]
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// The byte behind the last one; equal to the first for an empty range.
    #[must_use]
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Its bytes in the file.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }
}

/// A value and the place it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Ties a value to its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// One file of text as it was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path as the operator would write it: relative to where the runbook was named.
    pub path: Utf8PathBuf,
    /// The exact text.
    pub text: Arc<str>,
    /// Where each line but the first starts; found when a line is first asked for. Every judgement
    /// names its line: counting from the top each time would take longer than the steps themselves.
    lines: OnceLock<Box<[u32]>>,
}

impl Source {
    /// How many lines begin at or before this byte, and where the last of them starts.
    fn line_at(&self, byte: usize) -> (usize, usize) {
        let lines = self.lines.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            newlines.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)).collect()
        });
        let before = lines.partition_point(|start| *start as usize <= byte);
        let start = before.checked_sub(1).and_then(|last| lines.get(last)).map_or(0, |start| *start as usize);
        (before + 1, start)
    }
}

/// All files of one runbook, the runbook itself first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and returns its number.
    pub fn add(&mut self, path: impl Into<Utf8PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source { path: path.into(), text: text.into(), lines: OnceLock::new() });
        id
    }

    /// The file with this number; `None` for a number of another bundle.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(usize::try_from(id.0).ok()?)
    }

    /// Every file with its number, the runbook itself first.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().zip(0u32..).map(|(source, number)| (FileId(number), source))
    }

    /// The text in a range; empty where the range is not in any file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|source| source.text.get(span.range())).unwrap_or("")
    }

    /// The path of a file; empty for an unknown one.
    #[must_use]
    pub fn path(&self, id: FileId) -> &Utf8Path {
        self.get(id).map_or(Utf8Path::new(""), |source| &source.path)
    }

    /// The one-based line and column (in characters) at which a range starts.
    #[must_use]
    pub fn line_and_column(&self, span: Span) -> (usize, usize) {
        let Some(source) = self.get(span.file).filter(|source| source.text.is_char_boundary(span.start())) else {
            return (1, 1);
        };
        let (line, start) = source.line_at(span.start());
        (line, source.text.get(start..span.start()).unwrap_or("").chars().count() + 1)
    }

    /// The whole first line of a range, without the blanks around it.
    #[must_use]
    pub fn line(&self, span: Span) -> &str {
        let Some(source) = self.get(span.file) else { return "" };
        let start =
            source.text.get(..span.start()).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        source.text.get(start..).unwrap_or("").lines().next().unwrap_or("").trim()
    }
}
