//! Two texts → what differs, as people know it from `diff -u`.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::style::Tone;
use super::{Style, escape};

/// The lines that differ, with three lines around them, a path before them and `-` and `+` at their
/// start; empty where nothing differs.
#[must_use]
pub fn render_text_diff(path: &str, old: &str, new: &str, style: Style) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut unified = diff.unified_diff();
    let mut text = String::new();
    for hunk in unified.context_radius(3).iter_hunks() {
        if text.is_empty() {
            let path = escape(path);
            _ = writeln!(text, "{}", style.paint(Tone::Heading, &format!("--- {path}\n+++ {path}")));
        }
        _ = writeln!(text, "{}", style.paint(Tone::Quiet, &hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let line = escape(change.value().trim_end_matches('\n'));
            _ = match change.tag() {
                ChangeTag::Delete => writeln!(text, "{}", style.paint(Tone::Bad, &format!("-{line}"))),
                ChangeTag::Insert => writeln!(text, "{}", style.paint(Tone::Good, &format!("+{line}"))),
                ChangeTag::Equal => writeln!(text, " {line}"),
            };
        }
    }
    text
}
