//! What is done: phases, checkpoints, cards; on each card the commands, and beside them what must come
//! back, how long it takes, and how it is undone.

use super::tables::{facts, list};
use super::writer::Html;
use crate::report::document::contents::{BackSection, Card, Entry, Expected, Kind, Section};
use crate::report::document::prose::Prose;

/// A phase.
pub(super) fn section(page: &mut Html<'_>, section: &Section) {
    let id = format!("phase-{}", section.id);
    page.open("section", &[("class", "phase"), ("aria-labelledby", &id)]);
    page.line();
    page.open("h2", &[("id", &id)]);
    page.element("span", &[("class", "number")], &section.number);
    page.raw(" ");
    page.text(&section.title);
    page.raw("</h2>\n");
    why(page, section.why.as_ref());
    if !section.facts.is_empty() {
        page.raw("<dl class=\"facts\">");
        facts(page, &section.facts);
        page.raw("</dl>\n");
    }
    for entry in &section.entries {
        match entry {
            Entry::One(card) => self::card(page, card, "h3"),
            Entry::Checkpoint { place, number, title, why: reason, cards, .. } => {
                let id = page.anchor(*place);
                page.open("section", &[("class", "group checkpoint"), ("aria-labelledby", &id)]);
                title_of_group(page, &id, number, title);
                page.raw("<p class=\"kind\">Checkpoint: all of this must hold</p>\n");
                why(page, reason.as_ref());
                for card in cards {
                    self::card(page, card, "h4");
                }
                page.raw("</section>\n");
            }
            Entry::Parallel { number, cards } => {
                let id = format!("parallel-{number}");
                page.open("section", &[("class", "group parallel"), ("aria-labelledby", &id)]);
                title_of_group(page, &id, number, "At the same time");
                for card in cards {
                    self::card(page, card, "h4");
                }
                page.raw("</section>\n");
            }
            Entry::OnTheWayBack(said) => {
                page.raw("<p class=\"only-back\">");
                page.prose(said);
                page.raw("</p>\n");
            }
        }
    }
    page.raw("</section>\n");
}

fn title_of_group(page: &mut Html<'_>, id: &str, number: &str, title: &str) {
    page.line();
    page.open("h3", &[("id", id)]);
    page.element("span", &[("class", "number")], number);
    page.raw(" ");
    page.text(title);
    page.raw("</h3>\n");
}

fn why(page: &mut Html<'_>, why: Option<&Prose>) {
    if let Some(why) = why {
        page.raw("<p class=\"why\">");
        page.prose(why);
        page.raw("</p>\n");
    }
}

/// A card; `heading` is as deep as the card.
fn card(page: &mut Html<'_>, card: &Card, heading: &'static str) {
    let anchor = page.anchor(card.place);
    let (class, word) = match card.kind {
        Kind::Check => ("card check", "check"),
        Kind::Step => ("card step", "step"),
        Kind::Irreversible => ("card step no-return", "step, point of no return"),
        Kind::Preserve => ("card check", "kept for the way back"),
        Kind::Manual => ("card manual", "by a person"),
        Kind::Wait => ("card wait", "wait"),
        Kind::Back => ("card undo", "way back"),
    };
    if let Some(because) = &card.no_return {
        page.raw("<div class=\"barrier\" role=\"note\"><p><strong>Point of no return.</strong> Behind this line there is no way back: ");
        page.prose(because);
        page.raw("</p></div>\n");
    }
    page.open("article", &[("class", class), ("aria-labelledby", &anchor)]);
    page.line();
    page.open(heading, &[("id", &anchor)]);
    page.element("span", &[("class", "number")], &card.number);
    page.raw(" ");
    page.text(&card.title);
    page.close(heading);
    page.raw("\n<p class=\"kind\">");
    page.text(word);
    page.raw(" <code>");
    page.text(&card.id);
    page.raw("</code></p>\n<div class=\"beside\">\n<div class=\"do\">\n");
    why(page, card.why.as_ref());
    if !card.instruction.is_empty() {
        page.raw("<p>");
        page.prose(&card.instruction);
        page.raw("</p>\n");
    }
    if !card.commands.is_empty() {
        // The button is there only where a script can make it work.
        page.raw("<div class=\"block\"><pre><code>");
        page.lines(&card.commands);
        page.raw("</code></pre>");
        let label = format!("Copy the commands of {}", card.number);
        page.open("button", &[("type", "button"), ("class", "copy"), ("aria-label", &label), ("hidden", "")]);
        page.raw("Copy</button></div>\n");
    }
    page.raw("</div>\n<dl class=\"facts\">");
    expected(page, &card.expected);
    facts(page, &card.facts);
    page.raw("</dl>\n</div>\n</article>\n");
}

fn expected(page: &mut Html<'_>, all: &[Expected]) {
    if all.is_empty() {
        return;
    }
    page.raw("\n<div><dt>Expected</dt><dd>");
    if all.len() > 1 {
        page.raw("<ul>");
    }
    for expected in all {
        if all.len() > 1 {
            page.raw("<li>");
        }
        page.prose(&expected.said);
        if let Some(lines) = &expected.lines {
            page.raw("<pre class=\"output\"><code>");
            page.lines(lines);
            page.raw("</code></pre>");
        }
        if all.len() > 1 {
            page.raw("</li>");
        }
    }
    if all.len() > 1 {
        page.raw("</ul>");
    }
    page.raw("</dd></div>");
}

/// A part of the way back.
pub(super) fn back_section(page: &mut Html<'_>, section: &BackSection) {
    page.raw("<section class=\"group\">\n<h3>");
    page.prose(&section.title);
    page.raw("</h3>\n");
    for card in &section.cards {
        self::card(page, card, "h4");
    }
    if section.verified.is_empty() {
        if !section.cards.is_empty() && section.barrier.is_none() {
            page.raw("<p class=\"verified\">Nothing is there to verify it by.</p>\n");
        }
    } else {
        page.raw("<div class=\"verified\"><p>Then what must be as before is verified:</p>");
        let places: Vec<_> = section.verified.iter().map(|place| Prose::default().place(*place)).collect();
        list(page, &places);
        page.raw("</div>\n");
    }
    if let Some(barrier) = &section.barrier {
        page.raw("<div class=\"barrier\" role=\"note\"><p>");
        page.prose(barrier);
        page.raw("</p></div>\n");
    }
    page.raw("</section>\n");
}
