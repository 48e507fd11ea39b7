//! What would be obeyed instead of shown: control and bidirectional characters by a terminal, workflow
//! commands by a build server.

use std::borrow::Cow;

use crate::report::{disarm, is_obeyed};

/// The text with `\u{1b}` in place of each character that a terminal obeys, and with the start of each
/// workflow command spelled out; line breaks and tabs stay.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_replaced) && !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_replaced(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(disarm(&escaped))
}

fn is_replaced(c: char) -> bool {
    !matches!(c, '\n' | '\t') && is_obeyed(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        assert_eq!(escape("plain\tünïcode\n"), "plain\tünïcode\n");
        assert_eq!(escape("\x1b[2Jgone\r"), "\\u{1b}[2Jgone\\u{d}");
        assert_eq!(escape("a\n ::error::b ##[c]\u{7}"), "a\n \\u{3a}:error::b \\u{23}#[c]\\u{7}");
        assert_eq!(escape("a\u{202e}b\u{9b}c\0"), "a\\u{202e}b\\u{9b}c\\u{0}");
    }
}
