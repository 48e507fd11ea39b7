//! Differences as lines: the class, what it is about, where it stands, and the text that differs.

use std::fmt::Write as _;

use super::tally::{NO_CHANGE, places, subject, tally, texts};
use crate::model::compare::{Class, Difference};
use crate::report::style::Tone;
use crate::report::text_diff::render_hunks;
use crate::report::{Style, escape};

/// How many columns the class takes.
const CLASS: usize = 18;
/// So many others are named; how many more there are is said.
const OTHERS: usize = 8;
/// So many lines of a difference are shown.
pub(super) const LINES: usize = 40;

/// All differences; `no change` where there are none.
#[must_use]
pub fn render_differences(differences: &[Difference], style: Style) -> String {
    if differences.is_empty() {
        return format!("{NO_CHANGE}\n");
    }
    let mut text = String::new();
    for difference in differences {
        let class = style.paint(tone(difference.class), &format!("{:CLASS$}", difference.class));
        let what = escape(&format!("{}: {}", subject(difference), difference.what));
        _ = writeln!(text, "{class} {what}");
        let places = places(difference, if style.unicode { "→" } else { "->" });
        if !places.is_empty() {
            _ = writeln!(text, "  {}", style.paint(Tone::Quiet, &escape(&places)));
        }
        if !difference.also.is_empty() {
            _ = writeln!(text, "  {}", escape(&others(&difference.also)));
        }
        let (old, new) = texts(difference);
        let hunks = render_hunks(old, new, style);
        for line in hunks.lines().take(LINES) {
            _ = writeln!(text, "    {line}");
        }
        let more = hunks.lines().count().saturating_sub(LINES);
        if more > 0 {
            _ = writeln!(text, "    {} {more} more lines", style.ellipsis());
        }
        text.push('\n');
    }
    _ = writeln!(text, "{}", tally(differences));
    text
}

/// `also in check a, b, c and 4 more`.
pub(super) fn others(also: &[String]) -> String {
    let named: Vec<_> = also.iter().take(OTHERS).map(String::as_str).collect();
    match also.len().saturating_sub(OTHERS) {
        0 => format!("also in {}", named.join(", ")),
        more => format!("also in {} and {more} more", named.join(", ")),
    }
}

/// Red until nothing is riskier any more.
fn tone(class: Class) -> Tone {
    match class {
        class if class <= Class::GuardWeakened => Tone::Bad,
        class if class <= Class::Changed => Tone::Doubtful,
        class if class < Class::Renamed => Tone::Good,
        _ => Tone::Quiet,
    }
}
