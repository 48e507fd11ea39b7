//! A preserved value, after the way back: it must be exactly what it was.

use super::judging::place;
use super::weighed::Weighed;
use super::{comparing, excerpt};
use crate::event::Judgement;
use crate::model::{Matcher, Preserve};
use crate::syntax::Sources;

/// Judges whether a preserved value is what it was before, character by character.
#[must_use]
pub fn preserved_equal(preserve: &Preserve, before: &str, after: &str, sources: &Sources) -> Judgement {
    let weighed = Weighed::judged(before == after, excerpt::beginning(after));
    let weighed =
        if before.contains('\n') || after.contains('\n') { weighed.with_texts(before, after) } else { weighed };
    let weighed = if weighed.holds() {
        weighed
    } else {
        let unseen = before.trim() == after.trim();
        let why = if unseen { ", and differs only in the blanks around it" } else { "" };
        weighed.noted(format!("`{}` isn't what it was before the run{why}", preserve.name.value))
    };
    let Weighed { held, actual, texts, note } = weighed;
    let expected = comparing::words(Matcher::Is, &[excerpt::beginning(before)]);
    let line = sources.line(preserve.span).to_owned();
    Judgement { held, line, place: Some(place(sources, preserve.span)), expected, actual, texts, note }
}
