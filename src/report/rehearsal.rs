//! Rehearsals in words: a line for each run while it goes on, the table at the end, and the sentence
//! that plans and documents quote. Invariant: what wasn't rehearsed is named wherever something is said
//! to be proven.

use jiff::Timestamp;

use super::escape::escape;
use super::fit::{columns, pad};
use super::page::Page;
use super::style::{Style, Tone};
use super::times::{between, day_and_minute, seconds};
use crate::event::{Rehearsal, RehearsedWayBack, Standing, Turn};

/// The widest that a cell of ids becomes on a terminal.
const WIDEST: usize = 32;

/// The line of a run that has ended: `✓ proven   migrate  1.2s out, 0.8s back  RUN`.
#[must_use]
pub fn render_rehearsed(way_back: &RehearsedWayBack, style: Style) -> String {
    let mut page = Page::new(style, None);
    let (out, back) = (seconds(way_back.out_seconds), seconds(way_back.back_seconds));
    let said = format!("{out} out, {back} back  {}", way_back.run);
    let (tone, word) = word(way_back);
    page.unit(tone, word, (&turned(&way_back.turn), ""), &said);
    if let Some(trouble) = &way_back.trouble {
        page.more(1, trouble);
    }
    page.into_text()
}

/// The end of a rehearsal: a row for each way back, what was left out, and what that means.
#[must_use]
pub fn render_rehearsal(rehearsal: &Rehearsal, style: Style) -> String {
    let mut page = Page::new(style, None);
    page.empty();
    page.rule(&format!("Rehearsed: {}", rehearsal.title));
    for line in table(rehearsal, style) {
        page.ready(line);
    }
    page.empty();
    for way_back in &rehearsal.ways_back {
        if let Some(trouble) = &way_back.trouble {
            page.line(Tone::Bad, "trouble", &format!("{}: {trouble}", turned(&way_back.turn)));
        }
    }
    for left_out in &rehearsal.left_out {
        let tone = if left_out.has_way_back { Tone::Doubtful } else { Tone::Quiet };
        let unproven = if left_out.has_way_back { "; nothing proves its way back" } else { "" };
        page.line(tone, "left out", &format!("{}: {}{unproven}", left_out.unit, left_out.why));
    }
    let (tone, end) = if rehearsal.is_proven() {
        (Tone::Good, "Every way back is proven.".to_owned())
    } else {
        let proven = rehearsal.ways_back.iter().filter(|way_back| way_back.is_proven()).count();
        let of = rehearsal.ways_back.len() + rehearsal.left_out.iter().filter(|it| it.has_way_back).count();
        (Tone::Bad, format!("Not every way back is proven: {proven} of {of}."))
    };
    page.plain(Some(tone), &end);
    page.into_text()
}

/// The sentence for a plan or a document: `way back last proven 12 days ago, same digest`.
#[must_use]
pub fn way_back_proven(standing: Standing<'_>, now: Timestamp) -> String {
    let ago = |rehearsal: &Rehearsal| ago(between(rehearsal.ended, now));
    match standing {
        Standing::Never => "way back never rehearsed".to_owned(),
        Standing::Proven(it) => format!("way back last proven {}, same digest", ago(it)),
        Standing::Unproven(it) => format!("way back rehearsed {} and not proven: {}", ago(it), unproven(it)),
        Standing::Stale(it) => format!("way back last proven {}; stale: the runbook changed since", ago(it)),
        Standing::StaleUnproven(it) => {
            format!("way back last rehearsed {} and not proven; the runbook changed since", ago(it))
        }
    }
}

/// The first thing that keeps it from being proven.
fn unproven(rehearsal: &Rehearsal) -> String {
    let trouble = rehearsal.ways_back.iter().find_map(|it| Some((turned(&it.turn), it.trouble.clone()?)));
    let left_out = || rehearsal.left_out.iter().find(|it| it.has_way_back).map(|it| (it.unit.clone(), it.why.clone()));
    trouble.or_else(left_out).map_or_else(
        || format!("it was broken off ({} UTC)", day_and_minute(rehearsal.ended)),
        |(unit, why)| format!("{unit}: {why}"),
    )
}

/// `today`, `12 days ago`: a day is what a reader of a plan counts in.
fn ago(seconds: f64) -> String {
    let days = (seconds / 86_400.0).floor();
    match days {
        days if days < 1.0 => "today".to_owned(),
        days if days < 2.0 => "1 day ago".to_owned(),
        days => format!("{days:.0} days ago"),
    }
}

fn turned(turn: &Turn) -> String {
    match turn {
        Turn::End => "the end".to_owned(),
        Turn::Before(unit) => format!("what is before {unit}"),
        Turn::After(step) => step.clone(),
    }
}

fn word(way_back: &RehearsedWayBack) -> (Tone, &'static str) {
    if way_back.is_proven() { (Tone::Good, "proven") } else { (Tone::Bad, "unproven") }
}

/// A row for each way back; where the terminal is narrow, the end of what was undone isn't shown.
fn table(rehearsal: &Rehearsal, style: Style) -> Vec<String> {
    let heads = (Tone::Heading, ["fails after", "out", "back", "proof", "undone, in this order"].map(str::to_owned));
    let rows: Vec<_> = std::iter::once(heads).chain(rehearsal.ways_back.iter().map(cells)).collect();
    let widest = |place: usize| rows.iter().map(|(_, cells)| columns(&cells[place])).max().unwrap_or(0);
    let mut widths = [widest(0).min(WIDEST), widest(1), widest(2), widest(3), widest(4)];
    let taken: usize = widths.iter().take(4).map(|width| width + 2).sum();
    widths[4] = widths[4].min(style.columns().saturating_sub(taken).max(8));
    let line = |(tone, cells): &(Tone, [String; 5])| {
        let padded = cells.iter().zip(widths).enumerate().map(|(place, (cell, width))| {
            let cell = pad(cell, width, style);
            if place == 0 { style.paint(*tone, &cell) } else { cell }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn cells(way_back: &RehearsedWayBack) -> (Tone, [String; 5]) {
    let (tone, proof) = if way_back.is_proven() {
        let checked = Some(format!("{} checked", way_back.verified)).filter(|_| way_back.verified > 0);
        let asked = Some(format!("{} applied", way_back.as_before)).filter(|_| way_back.as_before > 0);
        (Tone::Good, checked.into_iter().chain(asked).collect::<Vec<_>>().join(", "))
    } else {
        (Tone::Bad, "not proven".to_owned())
    };
    let twice = if way_back.twice { ", twice" } else { "" };
    let undone = if way_back.undone.is_empty() { "nothing".to_owned() } else { way_back.undone.join(", ") };
    let (out, back) = (seconds(way_back.out_seconds), seconds(way_back.back_seconds));
    (tone, [format!("{}{twice}", turned(&way_back.turn)), out, back, proof, undone].map(|cell| escape(&cell)))
}
