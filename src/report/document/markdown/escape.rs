//! Text of others in markdown as GitHub reads it. Invariant: whatever a text holds, it shows as that
//! text: no markup, no link, no mention, no formula, and no cell or fence ends in it.

use std::fmt::Write as _;

use crate::report::document::literal::{lines, word, words};

/// Nobody sees it, and what it parts is no longer read as one thing.
const PARTS: &str = "<!-- -->";

/// A text among other words. `begins`: it begins a line, where more has a meaning.
pub(super) fn text(text: &str, begins: bool) -> String {
    let lead = if text.starts_with(char::is_whitespace) && !begins { " " } else { "" };
    let trail = if text.len() > lead.len() && text.ends_with(char::is_whitespace) { " " } else { "" };
    let text = words(text);
    let mut escaped = String::with_capacity(text.len() + 8);
    escaped.push_str(lead);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let rest = text.get(at + c.len_utf8()..).unwrap_or("");
        let next = rest.chars().next().unwrap_or(' ');
        match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => escaped.push('_'),
            '_' => escaped.push_str("\\_"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '$' => escaped.push_str("<span>$</span>"),
            '@' | '#' if next.is_alphanumeric() => {
                escaped.push(c);
                escaped.push_str(PARTS);
            }
            ':' if rest.starts_with("//") || is_emoji(rest) => {
                escaped.push(c);
                escaped.push_str(PARTS);
            }
            '.' if ends_in_www(&escaped) => {
                escaped.push_str(PARTS);
                escaped.push(c);
            }
            '#' | '+' | '-' | '=' if begins && at == 0 => {
                escaped.push('\\');
                escaped.push(c);
            }
            '.' | ')' if begins && text.get(..at).is_some_and(is_number) => {
                escaped.push('\\');
                escaped.push(c);
            }
            _ => escaped.push(c),
        }
        before = c;
    }
    escaped.push_str(trail);
    escaped
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// `:tada:` without its first colon.
fn is_emoji(rest: &str) -> bool {
    let name = rest.split_once(':').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-'))
}

fn ends_in_www(text: &str) -> bool {
    text.len().checked_sub(3).and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

/// Something literal among words; `in_table`: a bar would end the cell.
pub(super) fn code(code: &str, in_table: bool) -> String {
    let code = word(code);
    if code.trim().is_empty() {
        return if code.is_empty() { "(empty)".to_owned() } else { "(blank)".to_owned() };
    }
    let fence = "`".repeat(longest_run(&code) + 1);
    let pad = if code.starts_with(['`', ' ']) || code.ends_with(['`', ' ']) { " " } else { "" };
    let code = if in_table { code.replace('|', "\\|") } else { code };
    format!("{fence}{pad}{code}{pad}{fence}")
}

/// A block to copy, each line behind `indent`.
pub(super) fn fenced(language: &str, text: &str, indent: &str) -> String {
    let lines: Vec<_> = lines(text).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut block = format!("{indent}{fence}{language}\n");
    for line in lines {
        // Writing to a text can't fail.
        let _ = if line.is_empty() { writeln!(block) } else { writeln!(block, "{indent}{line}") };
    }
    let _ = writeln!(block, "{indent}{fence}");
    block
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// The anchor that GitHub gives a heading, from its text.
pub(super) fn slug(heading: &str) -> String {
    let kept = words(heading).to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        let cases = [
            ("a *b* _c_ `d` [e](f)", r"a \*b\* \_c\_ \`d\` \[e\](f)"),
            ("snake_case stays", "snake_case stays"),
            ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
            ("a | b ~~c~~", r"a \| b \~\~c\~\~"),
            ("$5 and $6", "<span>$</span>5 and <span>$</span>6"),
            ("two\nlines\u{202e}", r"two lines\\u{202e}"),
        ];
        for (given, shown) in cases {
            assert_eq!(text(given, false), shown, "{given}");
        }
    }

    #[test]
    fn nobody_is_mentioned_and_nothing_is_linked() {
        assert_eq!(text("@octocat #12", false), "@<!-- -->octocat #<!-- -->12");
        assert_eq!(text("https://x.y www.x.y a@b.c", false), "https:<!-- -->//x.y www<!-- -->.x.y a@<!-- -->b.c");
        assert_eq!(text(":tada: at 10:30", false), ":<!-- -->tada: at 10:30");
    }

    #[test]
    fn what_means_something_at_the_start_of_a_line_does_not() {
        for (given, shown) in [("- a", "\\- a"), ("1. a", "1\\. a"), ("# a", "\\# a"), ("+ a", "\\+ a")] {
            assert_eq!(text(given, true), shown);
        }
        assert_eq!(text("1. a", false), "1. a");
    }

    #[test]
    fn a_literal_never_ends_its_span_its_cell_or_its_fence() {
        assert_eq!(code("a`b", false), "``a`b``");
        assert_eq!(code("`", false), "`` ` ``");
        assert_eq!(code("a|b", true), "`a\\|b`");
        assert_eq!(code("", false), "(empty)");
        assert_eq!(fenced("sh", "a\n```\n````\n", ""), "`````sh\na\n```\n````\n`````\n");
        assert_eq!(fenced("", "a\n\nb", "  "), "  ```\n  a\n\n  b\n  ```\n");
    }

    #[test]
    fn anchors_are_those_of_github() {
        assert_eq!(slug("2.3 Stop the service"), "23-stop-the-service");
        assert_eq!(slug("R4 “Überall”: a/b_c"), "r4-überall-ab_c");
    }
}
