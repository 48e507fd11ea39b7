//! Fitting text into columns: cutting where the rest doesn't matter, folding where it does. It
//! expects escaped text and never loses a character when it folds.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::Style;

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// The text cut to this many columns, with an ellipsis where something was cut.
pub(super) fn cut(text: &str, width: usize, style: Style) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let ellipsis = style.ellipsis();
    let (kept, _) = text.split_at(end_of_columns(text, width.saturating_sub(columns(ellipsis))));
    if columns(ellipsis) > width { String::new() } else { format!("{}{ellipsis}", kept.trim_end()) }
}

/// The text cut or filled with blanks to exactly this many columns.
pub(super) fn pad(text: &str, width: usize, style: Style) -> String {
    let cut = cut(text, width, style);
    let blanks = " ".repeat(width.saturating_sub(columns(&cut)));
    cut + &blanks
}

/// Prose in lines of at most this many columns, folded at blanks where there are any.
pub(super) fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let taken = lines.last().map_or(0, |line| columns(line));
        if taken > 0 && taken.saturating_add(1).saturating_add(columns(word)) <= width {
            if let Some(line) = lines.last_mut() {
                line.push(' ');
                line.push_str(word);
            }
            continue;
        }
        if taken == 0 {
            lines.pop();
        }
        lines.extend(split(word, width));
    }
    lines
}

/// A text in pieces of at most this many columns, cut anywhere but before `::`: a piece must not
/// become a command to a build server by beginning a line.
pub(super) fn split(text: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while columns(rest) > width.max(2) {
        let end = end_of_columns(rest, width.max(2));
        let mut split = end;
        while split > 0 && !rest.get(split..).is_some_and(may_begin_a_line) {
            split = rest.floor_char_boundary(split - 1);
        }
        let (piece, behind) = rest.split_at(if split == 0 { end } else { split });
        pieces.push(piece.to_owned());
        rest = behind;
    }
    pieces.push(rest.to_owned());
    pieces
}

fn may_begin_a_line(text: &str) -> bool {
    !text.trim_start().starts_with("::")
}

/// Where the first columns end, in bytes; at least one character.
fn end_of_columns(text: &str, width: usize) -> usize {
    let mut taken = 0;
    for (index, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > width {
            return if index == 0 && width > 0 { c.len_utf8() } else { index };
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNICODE: Style = Style { colour: false, unicode: true, width: 80 };

    #[test]
    fn a_cut_text_says_that_it_was_cut() {
        assert_eq!(cut("Migrate the database", 20, UNICODE), "Migrate the database");
        assert_eq!(cut("Migrate the database", 12, UNICODE), "Migrate the…");
        assert_eq!(cut("Migrate the database", 12, Style::default()), "Migrate t...");
        assert_eq!(cut("数据库迁移", 5, UNICODE), "数据…");
        assert_eq!(cut("abc", 0, UNICODE), "");
    }

    #[test]
    fn prose_is_folded_at_blanks_and_a_long_word_anywhere() {
        assert_eq!(fold("one two three", 7), ["one two", "three"]);
        assert_eq!(fold("a 0123456789", 4), ["a", "0123", "4567", "89"]);
        assert_eq!(fold("", 10), [""]);
        assert_eq!(fold("never folded", usize::MAX), ["never folded"]);
    }

    #[test]
    fn a_piece_never_begins_a_command() {
        assert_eq!(split("aaaa::error::b", 4), ["aaa", "a::e", "rro", "r::b"]);
    }
}
