//! What KDL 2 takes a character for: blank, end of a line, part of a bare word, or banned. The
//! tables are those of the specification; ASCII is answered from the byte, since nearly all text is.

/// The part of speech of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// May stand in a bare word.
    Word,
    /// A blank within a line.
    Blank,
    /// Ends a line.
    Newline,
    /// Means something in KDL and so ends a bare word.
    Mark,
    /// May not stand in a file at all.
    Banned,
}

/// The class of a character.
const fn class(character: char) -> Class {
    match character {
        '\t' | ' ' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
            Class::Blank
        }
        '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Class::Newline,
        '\\' | '/' | '(' | ')' | '{' | '}' | '[' | ']' | ';' | '"' | '#' | '=' => Class::Mark,
        '\0'..='\u{8}'
        | '\u{E}'..='\u{1F}'
        | '\u{7F}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FEFF}' => Class::Banned,
        _ => Class::Word,
    }
}

/// The classes of the bytes that are characters of their own: nearly all of any text.
static ASCII: [Class; 128] = {
    let mut classes = [Class::Word; 128];
    let mut byte = 0u8;
    while byte < 128 {
        classes[byte as usize] = class(byte as char);
        byte += 1;
    }
    classes
};

/// The class of the character that starts at a byte, and its length; `None` at the end of the text.
pub(super) fn class_at(text: &str, at: usize) -> Option<(Class, usize)> {
    let bytes = text.as_bytes();
    let byte = *bytes.get(at)?;
    if byte == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
        return Some((Class::Newline, 2));
    }
    if byte < 128 {
        return Some((ASCII[byte as usize], 1));
    }
    let character = text.get(at..)?.chars().next()?;
    Some((class(character), character.len_utf8()))
}

/// The first byte from `at` on that isn't of a class.
pub(super) fn skip(text: &str, at: usize, wanted: Class) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    while end < bytes.len() {
        let byte = bytes[end];
        if byte < 128 && ASCII[byte as usize] == wanted {
            end += 1;
            continue;
        }
        match class_at(text, end) {
            Some((found, length)) if found == wanted => end += length,
            Some(_) | None => break,
        }
    }
    end
}

/// The first character of a class from `at` on, or the end of the text.
pub(super) fn find(text: &str, at: usize, wanted: Class) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    while end < bytes.len() {
        let byte = bytes[end];
        if byte < 128 && ASCII[byte as usize] != wanted {
            end += 1;
            continue;
        }
        match class_at(text, end) {
            Some((found, length)) if found != wanted => end += length,
            Some(_) | None => break,
        }
    }
    end
}

/// Where the line that holds a byte ends: the place of its newline, or the end of the text.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    find(text, at, Class::Newline)
}

/// Whether nothing but blanks stands in a text.
pub(super) fn is_blank(text: &str) -> bool {
    skip(text, 0, Class::Blank) == text.len()
}
