//! Text of others on one line, shown and not obeyed: control and bidirectional characters, which a
//! terminal obeys, and workflow commands, which build servers obey wherever a log has them.
//!
//! Invariant: what comes out has no control character, and no word in it begins a command.

/// The text with `\u{1b}` in place of each character that a terminal obeys. Colours carry no text and
/// are dropped, a tab becomes blanks, and the start of a workflow command is spelled out.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let behind_colour = behind_colour(rest);
        rest = behind_colour.unwrap_or_else(|| rest.get(c.len_utf8()..).unwrap_or(""));
        match c {
            _ if behind_colour.is_some() => {}
            '\t' => escaped.push_str("    "),
            _ if is_obeyed(c) => escaped.extend(c.escape_unicode()),
            _ => escaped.push(c),
        }
    }
    disarm(&escaped)
}

/// What follows a colour sequence at the start of a text; `None` where there is none.
fn behind_colour(text: &str) -> Option<&str> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    parameters.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';' || c == ':').strip_prefix('m')
}

/// Whether a terminal may obey a character instead of showing it: controls, and marks of direction.
#[must_use]
pub fn is_obeyed(c: char) -> bool {
    match c {
        '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

/// A JSON text in which every character beyond ASCII, DEL, and the start of a workflow command is
/// `\uXXXX`: all of them stand in strings, where that means the same.
#[must_use]
pub fn escape_json(json: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(json.len());
    for (index, c) in json.char_indices() {
        let commands = c == '#' && begins_with_hashes(json.get(index..).unwrap_or(""));
        if (' '..='~').contains(&c) && !commands {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a text can't fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

/// The text with the start of each workflow command spelled out: `::name` wherever a fold can bring it
/// to the start of a line (not in `std::fs`), and `##[name]` and `##name[` anywhere.
#[must_use]
pub fn disarm(text: &str) -> String {
    let mut disarmed = String::with_capacity(text.len());
    let mut before = ' ';
    for (index, c) in text.char_indices() {
        let rest = text.get(index..).unwrap_or("");
        let commands = match c {
            ':' => !(before.is_ascii_alphanumeric() || before == '_') && begins_with_colons(rest),
            '#' => begins_with_hashes(rest),
            _ => false,
        };
        if commands {
            disarmed.extend(c.escape_unicode());
        } else {
            disarmed.push(c);
        }
        before = c;
    }
    disarmed
}

fn begins_with_colons(text: &str) -> bool {
    text.strip_prefix("::").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a text begins as a command that is obeyed wherever it stands in a line.
#[must_use]
pub fn begins_with_hashes(text: &str) -> bool {
    text.strip_prefix("##")
        .is_some_and(|name| name.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('['))
}

/// A text without control characters as XML 1.0 can hold it, in an element or in double quotes.
#[must_use]
pub fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.extend(c.escape_unicode()),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        assert_eq!(escape("plain ünïcode"), "plain ünïcode");
        assert_eq!(escape("\x1b[2Jgone\r\n"), "\\u{1b}[2Jgone\\u{d}\\u{a}");
        assert_eq!(escape("a\u{202e}b\u{9b}c\0\u{feff}"), "a\\u{202e}b\\u{9b}c\\u{0}\\u{feff}");
        assert_eq!(escape("a\tb"), "a    b");
    }

    #[test]
    fn what_xml_obeys_or_cannot_hold_is_spelled() {
        assert_eq!(escape_xml("]]></a>&\"\u{ffff}\u{fffe}"), "]]&gt;&lt;/a&gt;&amp;&quot;\\u{ffff}\\u{fffe}");
    }

    #[test]
    fn colours_are_dropped_and_what_they_hide_is_shown() {
        assert_eq!(escape("\x1b[1;31mred\x1b[0m \x1b[8mhidden\x1b[m"), "red hidden");
        assert_eq!(escape("\x1b\x1b[0m[2J"), "\\u{1b}[2J");
    }

    #[test]
    fn commands_to_a_build_server_are_spelled_out() {
        assert_eq!(escape("::set-output name=a::b"), "\\u{3a}:set-output name=a::b");
        assert_eq!(escape("  ::error::x ::warning::y"), "  \\u{3a}:error::x \\u{3a}:warning::y");
        assert_eq!(escape("\x1b[0m::error::x"), "\\u{3a}:error::x");
        assert_eq!(
            escape("##vso[task.setvariable] and ##[group]"),
            "\\u{23}#vso[task.setvariable] and \\u{23}#[group]"
        );
        assert_eq!(escape("a-::error::x, …::group::"), "a-\\u{3a}:error::x, …\\u{3a}:group::");
        assert_eq!(escape("std::fs, ::1 and ## heading"), "std::fs, ::1 and ## heading");
    }

    #[test]
    fn json_means_the_same_and_nobody_obeys_it() {
        let text = "##vso[x] ##[y] ### [ \u{7f}\u{9b}\u{202e}é\u{1f600} ::error::";
        let json = serde_json::Value::from(text).to_string();
        let escaped = escape_json(&json);
        assert_eq!(
            escaped,
            "\"\\u0023#vso[x] \\u0023#[y] ### [ \\u007f\\u009b\\u202e\\u00e9\\ud83d\\ude00 ::error::\""
        );
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
