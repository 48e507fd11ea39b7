//! Facts, boxes to tick, tables.

use super::writer::Html;
use crate::report::document::contents::{Fact, MatrixRow, Value};
use crate::report::document::prose::Prose;
use crate::report::document::timeline::{Stretch, Timeline};
use crate::report::times::{day_and_minute, seconds};

/// Facts as the inside of a `<dl>`.
pub(super) fn facts(page: &mut Html<'_>, facts: &[Fact]) {
    for fact in facts {
        page.raw("\n<div>");
        page.element("dt", &[], fact.label);
        page.raw("<dd>");
        match fact.said.as_slice() {
            [said] => page.prose(said),
            several => list(page, several),
        }
        page.raw("</dd></div>");
    }
    page.line();
}

/// Several sentences as a list.
pub(super) fn list(page: &mut Html<'_>, sentences: &[Prose]) {
    page.raw("<ul>");
    for sentence in sentences {
        page.raw("<li>");
        page.prose(sentence);
        page.raw("</li>");
    }
    page.raw("</ul>");
}

/// Boxes to tick, if there are any.
pub(super) fn ticks(page: &mut Html<'_>, (id, heading): (&'static str, &'static str), boxes: &[Prose]) {
    if boxes.is_empty() {
        return;
    }
    page.open("section", &[("aria-labelledby", id)]);
    page.line();
    page.element("h2", &[("id", id)], heading);
    page.raw("\n<ul class=\"ticks\">\n");
    for (said, number) in boxes.iter().zip(1..) {
        let own = format!("{id}-{number}");
        page.raw("<li>");
        page.open("input", &[("type", "checkbox"), ("id", &own), ("autocomplete", "off")]);
        page.open("label", &[("for", &own)]);
        page.prose(said);
        page.raw("</label></li>\n");
    }
    page.raw("</ul>\n</section>\n");
}

/// Inputs or secrets, if there are any.
pub(super) fn values(
    page: &mut Html<'_>,
    (id, heading, columns): (&'static str, &'static str, [&'static str; 3]),
    values: &[Value],
) {
    if values.is_empty() {
        return;
    }
    let with_help = values.iter().any(|value| !value.help.is_empty());
    page.open("section", &[("aria-labelledby", id)]);
    page.line();
    page.element("h2", &[("id", id)], heading);
    page.raw("\n<table class=\"values\">\n<thead><tr>");
    for column in columns.iter().take(if with_help { 3 } else { 2 }) {
        page.element("th", &[("scope", "col")], column);
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for value in values {
        page.raw("<tr><th scope=\"row\">");
        page.code(&value.name);
        page.raw("</th><td>");
        page.prose(&value.said);
        page.raw("</td>");
        if with_help {
            page.raw("<td>");
            page.prose(&value.help);
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody>\n</table>\n</section>\n");
}

/// The times as tables: what the drawing shows, in words.
pub(super) fn times(page: &mut Html<'_>, timeline: &Timeline) {
    for stretch in &timeline.stretches {
        stretch_times(page, stretch, timeline.stretches.len() > 1);
    }
}

fn stretch_times(page: &mut Html<'_>, stretch: &Stretch, is_one_of_several: bool) {
    page.raw("<table class=\"times\">\n<caption>");
    page.text("When each phase begins, counted from the start, how long it takes by the estimates, and all of its limits together");
    if let Some(at) = stretch.at.filter(|_| is_one_of_several) {
        page.text(&format!("; this part not before {} UTC", day_and_minute(at)));
    }
    page.raw("</caption>\n<thead><tr><th scope=\"col\">Phase</th><th scope=\"col\">Begins after</th>");
    page.raw("<th scope=\"col\">About</th><th scope=\"col\">At most</th></tr></thead>\n<tbody>\n");
    for phase in &stretch.phases {
        page.raw("<tr>");
        page.element("th", &[("scope", "row")], &phase.title);
        for time in [phase.start, phase.end - phase.start, phase.at_most] {
            page.element("td", &[], &seconds(time));
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody>\n</table>\n");
    let down: Vec<_> = stretch
        .downtimes
        .iter()
        .filter(|down| down.to.is_finite())
        .map(|down| {
            let times = format!(" is down from about {} to {} after the start", seconds(down.from), seconds(down.to));
            Prose::default().code(down.service.as_str()).text(times)
        })
        .chain(stretch.window.map(|(opens, closes)| {
            let (opens, closes) = (day_and_minute(opens), day_and_minute(closes));
            Prose::of(format!("Steps start from {opens} to {closes} UTC only"))
        }))
        .collect();
    if !down.is_empty() {
        list(page, &down);
        page.line();
    }
}

/// The failure matrix, if there is one.
pub(super) fn matrix(page: &mut Html<'_>, rows: &[MatrixRow]) {
    if rows.is_empty() {
        return;
    }
    page.raw("<section class=\"phase\" aria-labelledby=\"failures\">\n<h2 id=\"failures\">If something fails</h2>\n<table class=\"matrix\">\n");
    page.raw("<thead><tr><th scope=\"col\">If this fails</th><th scope=\"col\">These inverses run</th>");
    page.raw("<th scope=\"col\">That takes</th><th scope=\"col\">It ends</th><th scope=\"col\">Exit</th></tr></thead>\n<tbody>\n");
    for row in rows {
        page.raw("<tr><th scope=\"row\">");
        page.prose(&row.fails);
        page.raw("</th><td data-label=\"Inverses\">");
        page.prose(&row.undone);
        if !row.loses.is_empty() {
            page.raw("<span class=\"loses\">loses ");
            page.text(&row.loses.join("; "));
            page.raw("</span>");
        }
        page.raw("</td>");
        page.element("td", &[("data-label", "Takes")], if row.takes.is_empty() { "no time" } else { &row.takes });
        page.raw("<td data-label=\"Ends\">");
        page.prose(&row.ends);
        page.raw("</td>");
        page.element("td", &[("data-label", "Exit")], &row.exit.to_string());
        page.raw("</tr>\n");
    }
    page.raw("</tbody>\n</table>\n</section>\n");
}
