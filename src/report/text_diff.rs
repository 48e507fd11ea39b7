//! Two texts → what differs, as people know it from `diff -u`.

use std::fmt::Write as _;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::style::Tone;
use super::{Style, escape};

/// For so long the smallest difference is looked for; then any.
const PATIENCE: Duration = Duration::from_millis(500);

/// The lines that differ, with three lines around them, a path before them and `-` and `+` at their
/// start; empty where nothing differs.
#[must_use]
pub fn render_text_diff(path: &str, old: &str, new: &str, style: Style) -> String {
    let hunks = hunks(old, new, style);
    if hunks.is_empty() {
        return String::new();
    }
    let path = escape(path);
    let mut text = style.paint(Tone::Heading, &format!("--- {path}\n+++ {path}")) + "\n";
    for (header, lines) in hunks {
        _ = writeln!(text, "{}", style.paint(Tone::Quiet, &header));
        text.push_str(&lines);
    }
    text
}

/// The same without a path: lines that aren't shown between two that are stand as `…`.
pub(super) fn render_hunks(old: &str, new: &str, style: Style) -> String {
    let hunks = hunks(old, new, style).into_iter().map(|(_, lines)| lines);
    hunks.collect::<Vec<_>>().join(&format!("{}\n", style.paint(Tone::Quiet, style.ellipsis())))
}

/// Each hunk: its header and its lines.
fn hunks(old: &str, new: &str, style: Style) -> Vec<(String, String)> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut unified = diff.unified_diff();
    let mut hunks = Vec::new();
    for hunk in unified.context_radius(3).iter_hunks() {
        let mut lines = String::new();
        for change in hunk.iter_changes() {
            let line = escape(change.value().trim_end_matches('\n'));
            _ = match change.tag() {
                ChangeTag::Delete => writeln!(lines, "{}", style.paint(Tone::Bad, &format!("-{line}"))),
                ChangeTag::Insert => writeln!(lines, "{}", style.paint(Tone::Good, &format!("+{line}"))),
                ChangeTag::Equal => writeln!(lines, " {line}"),
            };
        }
        hunks.push((hunk.header().to_string(), lines));
    }
    hunks
}
