//! A text over several lines, moved to where its node stands. Its own indentation is what stands
//! before the closing quotes, so that the same blanks more or fewer before every line say the same.
//! A text whose lines say something else than what is seen (an escaped line end, a line end that
//! isn't one to an editor) is left as it is.

/// The text with its lines behind `indentation` blanks; `None`: it is one line, or is left alone.
pub(super) fn moved(spelling: &str, indentation: usize) -> Option<String> {
    let quotes = spelling.trim_start_matches('#');
    let raw = quotes.len() < spelling.len();
    if !quotes.starts_with("\"\"\"") || !spelling.contains('\n') || has_other_line_ends(spelling) {
        return None;
    }
    if !raw && escapes_blanks(spelling) {
        return None;
    }
    let mut lines = spelling.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let first = lines.next()?;
    let closing = lines.next_back()?;
    let end = closing.trim_start();
    let own = closing.strip_suffix(end)?;
    let blanks = " ".repeat(indentation);
    let mut text = first.to_owned();
    for line in lines {
        text.push('\n');
        if !line.trim().is_empty() {
            text.push_str(&blanks);
            text.push_str(line.strip_prefix(own)?);
        }
    }
    text.push('\n');
    text.push_str(&blanks);
    text.push_str(end);
    Some(text)
}

/// Line ends that KDL knows and an editor doesn't show as such.
fn has_other_line_ends(spelling: &str) -> bool {
    let other = ['\u{85}', '\u{B}', '\u{C}', '\u{2028}', '\u{2029}'];
    spelling.contains(other) || spelling.replace("\r\n", "").contains('\r')
}

/// Whether a `\` takes blanks or the end of a line out of a text.
fn escapes_blanks(spelling: &str) -> bool {
    let mut characters = spelling.chars();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.next().is_none_or(char::is_whitespace) {
            return true;
        }
    }
    false
}
