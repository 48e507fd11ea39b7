//! Both ways: on the left the steps downwards as they are done, on the right their inverses upwards as
//! they are taken back, each beside its step; a barrier is a line across that the way back ends at.
//! Where there are too many, a row for each phase.
//!
//! Everything across is in per cent and everything down in pixels, as in the time line.

use super::writer::Html;
use crate::report::document::contents::{Document, Rung, RungBack};

/// How many rows are drawn.
const ROWS: usize = 60;
/// How high a row is.
const ROW: usize = 44;
/// Where the first row begins.
const TOP: usize = 34;

/// The drawing; nothing where nothing is changed.
pub(super) fn draw_ways(page: &mut Html<'_>, document: &Document) {
    let rungs = if document.ladder.len() <= ROWS { document.ladder.clone() } else { folded(document) };
    if rungs.is_empty() {
        return;
    }
    let height = TOP + rungs.len() * ROW + 14;
    page.raw("<figure class=\"drawing ways\">\n");
    page.open(
        "svg",
        &[
            ("role", "img"),
            ("aria-labelledby", "ways-title"),
            ("aria-describedby", "ways-text"),
            ("width", "100%"),
            ("height", &height.to_string()),
        ],
    );
    page.element("title", &[("id", "ways-title")], "The way out and the way back");
    page.element("desc", &[("id", "ways-text")], &described(&rungs));
    page.raw("<text class=\"column\" x=\"0\" y=\"12\">The way out ↓</text>");
    page.raw("<text class=\"column\" x=\"52%\" y=\"12\">The way back ↑</text>");
    spines(page, &rungs, height);
    for (rung, place) in rungs.iter().zip(0..) {
        draw_rung(page, rung, TOP + place * ROW);
    }
    page.close("svg");
    page.raw("\n<figcaption>Down the left side what is done, up the right side what takes it back; rhombs are checkpoints, verified again where they stand on the right.</figcaption>\n</figure>\n");
}

/// The two lines, and where the right one is broken: nothing passes a barrier.
fn spines(page: &mut Html<'_>, rungs: &[Rung], height: usize) {
    let end = height.saturating_sub(4);
    line(page, "spine out", "8", (TOP - 8, end.saturating_sub(8)));
    arrow(page, "tip out", "8", end, true);
    let barriers = rungs.iter().zip(0..).filter(|(rung, _)| rung.back == RungBack::Barrier);
    let mut top = TOP - 12;
    let mut pieces = Vec::new();
    for (_, place) in barriers {
        let at = TOP + place * ROW + 14;
        pieces.push((top, at.saturating_sub(8)));
        top = at + 10;
    }
    pieces.push((top, end));
    page.raw("<svg x=\"52%\" overflow=\"visible\">");
    for (from, to) in pieces {
        if to > from + 12 {
            line(page, "spine back", "8", (from + 8, to));
            arrow(page, "tip back", "8", from, false);
        }
    }
    page.raw("</svg>");
}

fn line(page: &mut Html<'_>, class: &'static str, x: &str, (from, to): (usize, usize)) {
    let (from, to) = (from.to_string(), to.to_string());
    page.open("line", &[("class", class), ("x1", x), ("x2", x), ("y1", &from), ("y2", &to)]);
    page.close("line");
}

/// The tip of an arrow at this height.
fn arrow(page: &mut Html<'_>, class: &'static str, _x: &str, y: usize, is_down: bool) {
    let base = if is_down { y.saturating_sub(9) } else { y + 9 };
    let path = format!("M3 {base} L13 {base} L8 {y} Z");
    page.open("path", &[("class", class), ("d", &path)]);
    page.close("path");
}

fn draw_rung(page: &mut Html<'_>, rung: &Rung, top: usize) {
    let middle = top + 14;
    if rung.back == RungBack::Barrier {
        let y = middle.to_string();
        page.open("line", &[("class", "barrier"), ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)]);
        page.close("line");
        column(page, "0", ("label no-return", &rung.number, &rung.id), &rung.title, top + 16);
        column(page, "52%", ("label no-return", "", "point of no return"), "the way back ends here", top + 16);
        return;
    }
    let node = |page: &mut Html<'_>, x: &'static str, class: &'static str, is_checkpoint: bool| {
        page.open("svg", &[("x", x), ("overflow", "visible")]);
        if is_checkpoint {
            let path = format!("M8 {} L14 {middle} L8 {} L2 {middle} Z", middle - 6, middle + 6);
            page.open("path", &[("class", class), ("d", &path)]);
            page.close("path");
        } else {
            let y = middle.to_string();
            page.open("circle", &[("class", class), ("cx", "8"), ("cy", &y), ("r", "5")]);
            page.close("circle");
        }
        page.close("svg");
    };
    match &rung.back {
        RungBack::Undone(number, title) => {
            node(page, "0", "node out", false);
            column(page, "0", ("label", &rung.number, &rung.id), &rung.title, top);
            across(page, middle);
            node(page, "52%", "node back", false);
            column(page, "52%", ("label", number, &rung.id), title, top);
        }
        RungBack::OnlyBack(number, title) => {
            node(page, "52%", "node back", false);
            column(page, "52%", ("label", number, &rung.id), title, top);
        }
        RungBack::Nothing => {
            node(page, "0", "node out", false);
            column(page, "0", ("label", &rung.number, &rung.id), &rung.title, top);
            column(page, "52%", ("quiet", "", "nothing to undo"), "", top);
        }
        RungBack::Verified => {
            node(page, "0", "node out", true);
            column(page, "0", ("label", &rung.number, &rung.id), &rung.title, top);
            node(page, "52%", "node back", true);
            column(page, "52%", ("label", "", "verified again"), &rung.title, top);
        }
        RungBack::Passed => {
            node(page, "0", "node out", true);
            column(page, "0", ("label", &rung.number, &rung.id), &rung.title, top);
        }
        RungBack::Barrier => {}
    }
}

/// From a step to its inverse.
fn across(page: &mut Html<'_>, y: usize) {
    let y = y.to_string();
    page.open("line", &[("class", "across"), ("x1", "47%"), ("x2", "51.5%"), ("y1", &y), ("y2", &y)]);
    page.close("line");
}

/// Two lines of words beside a line; what is too long for the column is cut off, and the page has it whole.
fn column(
    page: &mut Html<'_>,
    x: &'static str,
    (class, number, id): (&'static str, &str, &str),
    title: &str,
    top: usize,
) {
    let (first, second) = ((top + 12).to_string(), (top + 28).to_string());
    page.open("svg", &[("x", x), ("width", "46%"), ("height", &(top + ROW).to_string())]);
    let label = if number.is_empty() { id.to_owned() } else { format!("{number} {id}") };
    page.element("text", &[("class", class), ("x", "22"), ("y", &first)], &label);
    if !title.is_empty() {
        page.element("text", &[("class", "quiet"), ("x", "22"), ("y", &second)], title);
    }
    page.close("svg");
}

/// A row for each phase, and one for each barrier.
fn folded(document: &Document) -> Vec<Rung> {
    let mut rows: Vec<Rung> = Vec::new();
    let mut counted = (0, 0);
    let mut here = "";
    for rung in &document.ladder {
        let phase = rung.number.split('.').next().filter(|number| !number.is_empty()).unwrap_or(here);
        if phase != here || rows.last().is_none_or(|row| row.back == RungBack::Barrier) {
            here = phase;
            counted = (0, 0);
            let title =
                document.phases.iter().find(|section| section.number == phase).map_or("", |it| it.title.as_str());
            let back = RungBack::Nothing;
            rows.push(Rung { number: phase.to_owned(), id: title.to_owned(), title: String::new(), back });
        }
        match &rung.back {
            RungBack::Barrier => {
                rows.push(rung.clone());
                continue;
            }
            RungBack::Undone(..) | RungBack::OnlyBack(..) => counted = (counted.0 + 1, counted.1 + 1),
            RungBack::Nothing => counted.0 += 1,
            RungBack::Verified | RungBack::Passed => {}
        }
        if let Some(row) = rows.last_mut() {
            row.title = format!("{} steps", counted.0);
            if counted.1 > 0 {
                row.back = RungBack::Undone(String::new(), format!("{} inverses", counted.1));
            }
        }
    }
    rows.truncate(ROWS);
    rows
}

/// The drawing in words.
fn described(rungs: &[Rung]) -> String {
    let undone = rungs.iter().filter(|rung| matches!(rung.back, RungBack::Undone(..) | RungBack::OnlyBack(..))).count();
    let barriers: Vec<_> =
        rungs.iter().filter(|rung| rung.back == RungBack::Barrier).map(|rung| rung.id.as_str()).collect();
    let barriers = if barriers.is_empty() { String::new() } else { format!(" It ends at {}.", barriers.join(", ")) };
    format!(
        "{undone} inverses on the way back, in reverse order of the steps.{barriers} The numbered steps below say the same."
    )
}
