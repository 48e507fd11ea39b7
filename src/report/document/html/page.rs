//! The frame of the page: what it may do, its head, its navigation, its sections.

use super::cards::{back_section, section};
use super::drawn_times::draw_times;
use super::drawn_ways::draw_ways;
use super::policy::policy;
use super::tables::{facts, matrix, ticks, times, values};
use super::writer::Html;
use crate::report::document::contents::Document;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The document as one page of HTML.
#[must_use]
pub fn to_html(document: &Document) -> String {
    let mut page = Html::of(document);
    head(&mut page, document);
    page.raw("<body>\n<a class=\"skip\" href=\"#main\">Skip to the procedure</a>\n<header class=\"masthead\">\n");
    page.element("h1", &[], &document.title);
    if let Some(summary) = &document.summary {
        page.raw("\n<p class=\"summary\">");
        page.prose(summary);
        page.raw("</p>");
    }
    page.raw("\n<dl class=\"head\">");
    facts(&mut page, &document.head);
    page.raw("</dl>\n</header>\n");
    navigation(&mut page, document);
    page.raw("<main id=\"main\" tabindex=\"-1\">\n");
    ticks(&mut page, ("before", "Before the first step"), &document.before);
    ticks(&mut page, ("people", "By people"), &document.people);
    page.raw("<section aria-labelledby=\"times\">\n<h2 id=\"times\">Times</h2>\n");
    draw_times(&mut page, &document.timeline);
    times(&mut page, &document.timeline);
    page.raw("</section>\n");
    values(&mut page, ("inputs", "Inputs", ["Input", "Value", "What it is"]), &document.inputs);
    values(&mut page, ("secrets", "Secrets", ["Secret", "From", ""]), &document.secrets);
    page.raw(
        "<section aria-labelledby=\"reading\">\n<h2 id=\"reading\">How to read this</h2>\n<ul class=\"reading\">\n",
    );
    for said in &document.reading {
        page.raw("<li>");
        page.prose(said);
        page.raw("</li>\n");
    }
    page.raw("</ul>\n</section>\n");
    for phase in &document.phases {
        section(&mut page, phase);
    }
    page.raw("<section class=\"phase back\" aria-labelledby=\"back\">\n<h2 id=\"back\">The way back</h2>\n<dl class=\"facts\">");
    facts(&mut page, &document.back_facts);
    page.raw("</dl>\n");
    draw_ways(&mut page, document);
    for section in &document.back {
        back_section(&mut page, section);
    }
    page.raw("</section>\n");
    matrix(&mut page, &document.matrix);
    page.raw("</main>\n");
    foot(&mut page, document);
    page.finish()
}

fn head(page: &mut Html<'_>, document: &Document) {
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy(STYLE, SCRIPT))]);
    page.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.element("title", &[], &document.title);
    page.raw("\n<style>");
    page.raw(STYLE);
    page.raw("</style>\n</head>\n");
}

fn navigation(page: &mut Html<'_>, document: &Document) {
    page.raw("<nav aria-label=\"Contents\">\n<ul>\n");
    let mut entry = |href: &str, title: &str| {
        page.raw("<li>");
        page.element("a", &[("href", href)], title);
        page.raw("</li>\n");
    };
    if !document.before.is_empty() {
        entry("#before", "Before the first step");
    }
    entry("#times", "Times");
    for phase in &document.phases {
        entry(&format!("#phase-{}", phase.id), &format!("{} {}", phase.number, phase.title));
    }
    entry("#back", "The way back");
    if !document.matrix.is_empty() {
        entry("#failures", "If something fails");
    }
    page.raw("</ul>\n</nav>\n");
}

fn foot(page: &mut Html<'_>, document: &Document) {
    page.raw("<footer>\n<p>Written by <code>runbook render</code> from ");
    page.code(&document.file);
    page.raw("; digest <code class=\"digest\">");
    page.text(&document.digest);
    page.raw("</code></p>\n</footer>\n<p id=\"said\" class=\"unseen\" role=\"status\"></p>\n<script>");
    page.raw(SCRIPT);
    page.raw("</script>\n</body>\n</html>\n");
}
