//! A document that is built from choices, in the grammar of KDL and now and then beside it: the
//! verdict and all decoded values are kdl's own.

use super::pieces::Pieces;
use super::theirs::agree;

/// The choices.
pub fn body(bytes: &[u8]) {
    let mut pieces = Pieces(bytes);
    let mut text = String::from(pieces.one_of(&["", "", "\u{feff}", "/- kdl-version 2\n"]));
    nodes(&mut pieces, &mut text, 0);
    if pieces.below(4) == 3 {
        spoil(&mut pieces, &mut text);
    }
    if text.len() <= 4096 && text.matches("/-").count() <= 6 && text.matches('{').count() <= 24 {
        agree(&text);
    }
}

fn nodes(pieces: &mut Pieces<'_>, text: &mut String, depth: usize) {
    for _ in 0..pieces.below(4) {
        let dropped = pieces.below(8) == 7;
        if dropped {
            text.push_str("/- ");
        }
        name(pieces, text);
        for _ in 0..pieces.below(4) {
            blank(pieces, text);
            if pieces.below(8) == 7 {
                text.push_str("/- ");
            }
            if pieces.below(3) == 2 {
                name(pieces, text);
                text.push('=');
            }
            value(pieces, text);
        }
        if depth < 3 && pieces.below(3) == 2 {
            text.push_str(pieces.one_of(&[" {\n", "{", " /-{\n", " {// why\n", " \\\n {\n"]));
            nodes(pieces, text, depth + 1);
            text.push('}');
        }
        text.push_str(if dropped {
            "\n"
        } else {
            pieces.one_of(&["\n", "\n", "\r\n", " ;\n", ";", " // why\n", " /* why\n */\n", "\u{2028}", "\u{85}"])
        });
    }
}

fn blank(pieces: &mut Pieces<'_>, text: &mut String) {
    text.push_str(pieces.one_of(&[
        " ",
        " ",
        " ",
        "\t\u{a0}",
        " /* a * /* b */ / */ ",
        " \\ // on\n  ",
        " \\\r\n",
        "\u{3000}",
    ]));
}

fn name(pieces: &mut Pieces<'_>, text: &mut String) {
    match pieces.below(4) {
        0 => quoted(pieces, text),
        _ => word(pieces, text),
    }
}

fn word(pieces: &mut Pieces<'_>, text: &mut String) {
    text.push_str(pieces.one_of(&[
        "a", "b-c", "step", "-", "+x", "é☃", ".a", "-.a", "r", "<>", "a.b", "$x", "_", "--", "a|b", "~", "inf-",
        "true-",
    ]));
}

fn value(pieces: &mut Pieces<'_>, text: &mut String) {
    match pieces.below(6) {
        0 | 1 => quoted(pieces, text),
        2 => number(pieces, text),
        3 => text.push_str(pieces.one_of(&["#true", "#false", "#null", "#inf", "#-inf", "#nan"])),
        _ => word(pieces, text),
    }
}

fn number(pieces: &mut Pieces<'_>, text: &mut String) {
    text.push_str(pieces.one_of(&["", "", "-", "+"]));
    let (prefix, digits) =
        pieces.one_of(&[("", "0123456789_"), ("0x", "0123456789abcDEF_"), ("0o", "01234567_"), ("0b", "01_")]);
    text.push_str(prefix);
    let digits: Vec<char> = digits.chars().collect();
    text.push(digits[pieces.below(digits.len() - 1)]);
    for _ in 0..pieces.below(40) {
        text.push(pieces.one_of(&digits));
    }
    if prefix.is_empty() {
        text.push_str(pieces.one_of(&["", "", ".0", ".5_5", "e3", "E-2", ".25e+10", "e400", "e-400"]));
    }
}

fn quoted(pieces: &mut Pieces<'_>, text: &mut String) {
    let hashes = pieces.one_of(&["", "", "#", "##"]);
    let lines = pieces.below(4) == 3;
    text.push_str(hashes);
    text.push_str(if lines { "\"\"\"" } else { "\"" });
    let indentation = if lines { pieces.one_of(&["", "  ", "\t"]) } else { "" };
    for _ in 0..if lines { pieces.below(4) } else { 1 } {
        if lines {
            text.push_str(pieces.one_of(&["\n", "\n", "\r\n", "\u{85}"]));
            text.push_str(indentation);
        }
        for _ in 0..pieces.below(4) {
            text.push_str(pieces.one_of(&[
                "",
                "a b",
                "é☃",
                "\\n",
                "\\\\",
                "\\\"",
                "\\u{e9}",
                "\\s",
                "{}",
                "//",
                "#",
                "'",
                "  ",
                "\\   \n  ",
                "/*",
                ";",
                "\\u{10ffff}",
                "\u{2029}",
            ]));
        }
    }
    if lines {
        text.push('\n');
        text.push_str(indentation);
    }
    text.push_str(if lines { "\"\"\"" } else { "\"" });
    text.push_str(hashes);
}

/// Puts in, takes out or doubles something somewhere.
fn spoil(pieces: &mut Pieces<'_>, text: &mut String) {
    let mut places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    places.push(text.len());
    let at = places[(usize::from(pieces.byte()) << 8 | usize::from(pieces.byte())) % places.len()];
    match pieces.below(3) {
        0 => text.insert_str(
            at,
            pieces.one_of(&[
                "\"", "{", "}", "=", ";", "\\", "#", "/-", "/*", "*/", "\n", " ", "1", "\u{0}", "\u{feff}", "\u{202e}",
                "0x", "_", ".", "true",
            ]),
        ),
        1 if at < text.len() => _ = text.remove(at),
        _ => text.truncate(at),
    }
}
