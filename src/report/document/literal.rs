//! Text of others before it is escaped for its place: on one line, or line by line; what a terminal or
//! a viewer would obey is shown as `\u{202e}`.
//!
//! Invariant: no line ends in blanks, and none begins a command to a build server that prints it.

use crate::report::escape::{disarm, escape, is_obeyed};

/// A text on one line.
pub(super) fn words(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A literal on one line: its blanks stay, its line breaks are shown.
pub(super) fn word(text: &str) -> String {
    escape(&text.replace('\n', "⏎"))
}

/// The lines of a text that is copied: everything stays but what would be obeyed.
pub(super) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.trim_end_matches('\n').split('\n').map(|line| {
        let mut shown = String::with_capacity(line.len());
        for c in line.trim_end().chars() {
            if c != '\t' && is_obeyed(c) {
                shown.extend(c.escape_unicode());
            } else {
                shown.push(c);
            }
        }
        // Build servers obey what begins a line, or what stands in two hashes and a bracket; a command
        // that only prints such a line stays what it is.
        if shown.trim_start().starts_with("::") || shown.contains("##") { disarm(&shown) } else { shown }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stay_as_they_are_and_what_is_obeyed_is_shown() {
        let text = "\tcp a\u{202e} b  \n::error::x\necho ::group::y\n";
        let shown: Vec<_> = lines(text).collect();
        assert_eq!(shown, ["\tcp a\\u{202e} b", "\\u{3a}:error::x", "echo ::group::y"]);
        assert_eq!(words(" a\n b\u{7} "), "a b\\u{7}");
    }
}
