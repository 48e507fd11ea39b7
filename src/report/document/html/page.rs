//! The page.
use crate::report::document::contents::Document;
/// The document as HTML.
#[must_use]
pub fn to_html(_: &Document) -> String { String::new() }
