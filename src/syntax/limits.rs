//! How much text is read at most. The limits stop hostile files (`check` runs on a stranger's pull
//! request), not authors: a release of 10,000 steps needs about half of each. Every limit is an
//! error that names it; nothing is cut in silence.

/// Bytes in one file.
pub const FILE_BYTES: usize = 8 * 1024 * 1024;
/// Words, marks, blanks and comments in one file; text that is read by people has one in five bytes.
pub const TOKENS: usize = 3_000_000;
/// Blocks within blocks; a runbook needs about ten.
pub const DEPTH: usize = 64;
/// Nodes in one file, those taken out with `/-` included.
pub const NODES: usize = 200_000;
/// Arguments and properties in one file, those taken out with `/-` included.
pub const VALUES: usize = 500_000;
/// Bytes in one text, the longest script of a runbook.
pub const TEXT_BYTES: usize = 256 * 1024;
/// Bytes in one bare word or number.
pub const WORD_BYTES: usize = 4 * 1024;
/// `#` around one raw text.
pub const HASHES: usize = 32;
/// Findings shown of one file; the rest is counted.
pub const FINDINGS: usize = 100;
/// Mistakes after which the rest of a file isn't read any more: it isn't a runbook.
pub const MISTAKES: usize = 1000;
