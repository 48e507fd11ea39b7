//! Differences as a comment on a pull request, at home on GitHub. All that the runbooks say stands in
//! code, fenced by more back-ticks than it holds, so that it is shown: no heading, no link, no image,
//! no mention, no comment that hides what follows.
//!
//! Invariant: it is never longer than a comment may be; what is left out is counted.

use std::fmt::Write as _;

use super::human::{LINES, others};
use super::tally::{NO_CHANGE, places, subject, tally, texts};
use crate::model::compare::{Class, Difference};
use crate::report::text_diff::render_hunks;
use crate::report::{Style, escape};

/// GitHub takes 65,536 characters.
const LONGEST: usize = 60_000;
/// No line is longer: a difference is read, not scrolled through.
const COLUMNS: usize = 400;

/// All differences between two files, named as the reader knows them.
#[must_use]
pub fn differences_markdown(old: &str, new: &str, differences: &[Difference], failing: &[Class]) -> String {
    let mut text = format!("### {} → {}\n\n", code(old), code(new));
    if differences.is_empty() {
        text.push_str(NO_CHANGE);
        text.push('\n');
        return text;
    }
    _ = writeln!(text, "**{}**\n", tally(differences));
    if !failing.is_empty() {
        let words: Vec<_> = failing.iter().map(|class| code(class.word())).collect();
        _ = writeln!(text, "Refused here: {}.\n", words.join(", "));
    }
    for (number, difference) in differences.iter().enumerate() {
        let told = told(difference);
        if text.len() + told.len() > LONGEST {
            _ = writeln!(text, "… and {} more", differences.len() - number);
            break;
        }
        text.push_str(&told);
    }
    text
}

fn told(difference: &Difference) -> String {
    let mut text = format!("#### {}: {}\n\n{}", difference.class, code(&subject(difference)), code(&difference.what));
    let places = places(difference, "→");
    if !places.is_empty() {
        _ = write!(text, "<br>{}", code(&places));
    }
    if !difference.also.is_empty() {
        _ = write!(text, "<br>{}", code(&others(&difference.also)));
    }
    let (old, new) = texts(difference);
    let hunks = render_hunks(old, new, Style { colour: false, unicode: true, width: usize::MAX });
    let mut lines: Vec<_> = hunks.lines().take(LINES).map(cut).collect();
    let more = hunks.lines().count().saturating_sub(LINES);
    if more > 0 {
        lines.push(format!("… {more} more lines"));
    }
    if lines.is_empty() {
        return text + "\n\n";
    }
    let fence = "`".repeat(ticks(&hunks).max(2) + 1);
    _ = write!(text, "\n\n{fence}diff\n{}\n{fence}\n\n", lines.join("\n"));
    text
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(COLUMNS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

/// A text as code within a line.
fn code(text: &str) -> String {
    let text = cut(&escape(text));
    let fence = "`".repeat(ticks(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The most back-ticks in a row.
fn ticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::compare::{Shown, UnitKind};

    fn difference(what: &str, text: &str) -> Difference {
        let new = Some(Shown { text: text.to_owned(), file: Some("a.kdl".into()), line: Some(3) });
        let (class, kind) = (Class::StepAdded, UnitKind::Step);
        Difference { class, kind, id: "evil".to_owned(), what: what.to_owned(), old: None, new, also: Vec::new() }
    }

    #[test]
    fn nothing_that_a_runbook_says_leaves_its_code() {
        let text = "sh\n```\n# heading\n<!-- hidden @team\n````\n\u{1b}[2J";
        let shown = differences_markdown("a`b.kdl", "b.kdl", &[difference("says `x` <img>", text)], &[]);
        let fences: Vec<_> = shown.lines().filter(|line| line.starts_with("`````")).collect();
        assert_eq!(fences, ["`````diff", "`````"], "{shown}");
        let inside = shown.split("`````diff\n").nth(1).unwrap_or_default();
        assert!(inside.lines().take_while(|line| *line != "`````").all(|line| line.starts_with('+')), "{shown}");
        assert!(shown.contains("``a`b.kdl``") && shown.contains("``says `x` <img>``"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn a_comment_is_never_too_long_and_says_what_is_missing() {
        let many: Vec<_> = (0..3000).map(|number| difference(&format!("is new {number}"), &"x".repeat(900))).collect();
        let shown = differences_markdown("a.kdl", "b.kdl", &many, &[]);
        assert!(shown.len() < 65_536, "{}", shown.len());
        let left = shown.lines().last().unwrap_or_default();
        assert!(left.starts_with("… and ") && left.ends_with(" more"), "{left}");
    }
}
