//! Long texts, cut to what a person reads: the part that the verdict is about. Control characters
//! stay as they are; whoever prints them escapes them.

use std::ops::Range;

/// How much of a text is evidence.
const CHARACTERS: usize = 200;
const LINES: usize = 5;
/// How much of a text is kept for a diff, in bytes.
const DIFF_BYTES: usize = 64 * 1024;

/// The first lines.
pub(super) fn beginning(text: &str) -> String {
    let lines_end = text.match_indices('\n').nth(LINES - 1).map_or(text.len(), |(newline, _)| newline);
    let lines = text.get(..lines_end).unwrap_or(text);
    let end = lines.char_indices().nth(CHARACTERS).map_or(lines.len(), |(index, _)| index);
    let kept = lines.get(..end).unwrap_or(lines);
    if kept.len() < text.len() { format!("{kept}…") } else { kept.to_owned() }
}

/// The last lines.
pub(super) fn ending(text: &str) -> String {
    let lines_start = text.rmatch_indices('\n').nth(LINES - 1).map_or(0, |(newline, _)| newline + 1);
    let lines = text.get(lines_start..).unwrap_or(text);
    let start = lines.char_indices().rev().nth(CHARACTERS - 1).map_or(0, |(index, _)| index);
    let kept = lines.get(start..).unwrap_or(lines);
    if kept.len() < text.len() { format!("…{kept}") } else { kept.to_owned() }
}

/// The line in which a range begins; of a long line, what stands around the range.
pub(super) fn around(text: &str, range: &Range<usize>) -> String {
    let before = text.get(..range.start).unwrap_or("");
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let behind = text.get(range.start..).unwrap_or("");
    let found_lines = range.end.saturating_sub(range.start);
    let line_end = behind
        .get(found_lines..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |newline| range.start + found_lines + newline);
    let line = text.get(line_start..line_end).unwrap_or(text);
    if line.chars().nth(CHARACTERS).is_none() {
        return beginning(line);
    }
    let lead = text.get(line_start..range.start).unwrap_or("");
    let from = lead.char_indices().rev().nth(CHARACTERS / 4).map_or(0, |(index, _)| index);
    let shown = beginning(line.get(from..).unwrap_or(line));
    if from == 0 { shown } else { format!("…{shown}") }
}

/// A text for a diff, bounded.
pub(super) fn bounded(text: &str) -> String {
    if text.len() <= DIFF_BYTES {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(DIFF_BYTES);
    format!("{}…", text.get(..end).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_whole() {
        for text in ["", "ready", "a\nb\nc\nd\ne"] {
            assert_eq!(beginning(text), text);
            assert_eq!(ending(text), text);
        }
    }

    #[test]
    fn long_texts_lose_the_part_that_matters_less() {
        assert_eq!(beginning("1\n2\n3\n4\n5\n6"), "1\n2\n3\n4\n5…");
        assert_eq!(ending("1\n2\n3\n4\n5\n6"), "…2\n3\n4\n5\n6");
        let long = "é".repeat(300);
        assert_eq!(beginning(&long).chars().count(), 201);
        assert_eq!(ending(&long).chars().count(), 201);
    }

    #[test]
    fn what_was_found_is_shown_with_its_line() {
        let text = "fine\nERROR: disk\nfine";
        assert_eq!(around(text, &(5..10)), "ERROR: disk");
        let long = format!("{} needle {}", "a".repeat(500), "b".repeat(500));
        let shown = around(&long, &(501..507));
        assert!(shown.contains("needle"), "{shown}");
        assert!(shown.chars().count() <= 202, "{shown}");
        assert_eq!(around("a\nb\nc", &(0..3)), "a\nb");
    }

    #[test]
    fn a_diff_is_bounded() {
        assert_eq!(bounded("short"), "short");
        assert!(bounded(&"é".repeat(70_000)).len() <= DIFF_BYTES + '…'.len_utf8());
    }
}
