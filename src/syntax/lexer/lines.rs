//! The lines of a text between three quotes: each starts with the blanks that stand before the
//! closing ones. Whether the text is quoted or raw only matters for a `\` that swallows a newline.

use std::ops::Range;

use super::Lexer;
use crate::syntax::{
    character::{Class, class_at, skip},
    mistake::SyntaxError,
};

impl Lexer<'_, '_> {
    /// What is wrong with the lines of a text over lines: each must start with the blanks that stand
    /// before its closing quotes, and those must have a line of their own.
    pub(super) fn indentation_fault(&self, body: Range<usize>, escapes: bool) -> Option<(Range<usize>, SyntaxError)> {
        let lines = self.lines_of(body.clone(), escapes);
        let last = lines.last()?.clone();
        let indentation = skip(self.text, last.start, Class::Blank).min(last.end);
        if !self.says_nothing(last.clone(), escapes) {
            return Some((body.end..body.end + 3, SyntaxError::ClosingQuotesBehindText));
        }
        let wanted = self.text.get(last.start..indentation)?;
        for line in lines.iter().take(lines.len() - 1) {
            let text = self.text.get(line.clone())?;
            if !text.starts_with(wanted) && !self.says_nothing(line.clone(), escapes) {
                let found = skip(self.text, line.start, Class::Blank);
                let at = line.start..if found == line.start { found + class_at(self.text, found)?.1 } else { found };
                return Some((at, SyntaxError::Indentation { closing: last.start..body.end + 3 }));
            }
        }
        None
    }

    fn lines_of(&self, body: Range<usize>, escapes: bool) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut start, mut at) = (body.start, body.start);
        while at < body.end
            && let Some((class, length)) = class_at(self.text, at)
        {
            match (class, self.byte(at)) {
                (Class::Newline, _) => {
                    lines.push(start..at);
                    at += length;
                    start = at;
                }
                (_, Some(b'\\')) if escapes => at = self.escape(at, &mut None).max(at + 1),
                _ => at += length,
            }
        }
        lines.push(start..body.end);
        lines
    }

    /// Whether a line holds blanks only, escaped ones included.
    fn says_nothing(&self, line: Range<usize>, escapes: bool) -> bool {
        let mut at = line.start;
        while at < line.end {
            match class_at(self.text, at) {
                Some((Class::Blank, length)) => at += length,
                Some((Class::Mark, _)) if escapes && self.byte(at) == Some(b'\\') => {
                    let end = self.escaped_blanks_end(at + 1);
                    if end == at + 1 {
                        return false;
                    }
                    at = end;
                }
                Some(_) | None => return false,
            }
        }
        true
    }
}
