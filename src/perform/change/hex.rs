//! Bytes as people read them.

use crate::model::digest::Digest;

/// The SHA-256 of bytes that are all here.
pub(in crate::perform) fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// Lower case, two letters a byte.
pub(in crate::perform) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
