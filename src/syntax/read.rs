//! Bytes → text: the first thing that can be wrong with a file. What the text says is left to `parse`.

use super::{
    finding::{Finding, Severity},
    limits,
    mistake::SyntaxError,
};

/// Reads a file's bytes as text. A byte order mark is kept: the text stays the file's own.
///
/// # Errors
/// A finding without a place, since there is no text to point into: the file is too large or not UTF-8.
pub fn read_text(bytes: &[u8]) -> Result<String, Finding> {
    if bytes.len() > limits::FILE_BYTES {
        return Err(finding(&SyntaxError::FileTooLarge));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(finding(&SyntaxError::Utf16));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or(bytes);
            let line = before.split(|byte| *byte == b'\n').count();
            Err(finding(&SyntaxError::NotUtf8 { offset: error.valid_up_to() + 1, line }))
        }
    }
}

fn finding(error: &SyntaxError) -> Finding {
    Finding {
        code: error.code(),
        severity: Severity::Error,
        message: error.to_string(),
        labels: Vec::new(),
        help: Some(error.help("", "")),
    }
}
