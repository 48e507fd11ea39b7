//! The page, part by part.

use super::writer::Markdown;
use crate::report::document::contents::{
    BackSection, Card, Document, Entry, Expected, Fact, MatrixRow, Section, Value,
};
use crate::report::document::prose::Prose;
use crate::report::document::timeline::{Stretch, Timeline};
use crate::report::times::{day_and_minute, seconds};

/// How many lines of a script stand there without being folded away.
const LINES: usize = 12;

/// The document as markdown.
#[must_use]
pub fn to_markdown(document: &Document) -> String {
    let mut page = Markdown::of(document);
    page.titled(1, "", &document.title);
    if let Some(summary) = &document.summary {
        page.paragraph(summary);
    }
    head(&mut page, &document.head);
    ticks(&mut page, "Before the first step", &document.before);
    ticks(&mut page, "By people", &document.people);
    values(&mut page, "Inputs", ["Input", "Value", ""], &document.inputs);
    values(&mut page, "Secrets", ["Secret", "From", ""], &document.secrets);
    times(&mut page, &document.timeline);
    page.heading(2, "How to read this");
    for said in &document.reading {
        page.item(0, said);
    }
    for phase in &document.phases {
        section(&mut page, phase);
    }
    page.heading(2, "The way back");
    for fact in &document.back_facts {
        tell(&mut page, fact);
    }
    for section in &document.back {
        back(&mut page, section);
    }
    matrix(&mut page, &document.matrix);
    page.gap();
    page.line("---");
    let written = Prose::of("Written by ").code("runbook render").text(" from ").code(document.file.as_str());
    page.paragraph(&written.text("; digest ").code(document.digest.as_str()).text("."));
    let text = page.finish();
    format!("{}\n", text.trim_end())
}

fn head(page: &mut Markdown<'_>, facts: &[Fact]) {
    page.gap();
    page.line("| | |");
    page.line("|:--|:--|");
    for fact in facts {
        let said = Prose::listed_with(fact.said.iter().cloned(), "; ");
        page.row(&[Prose::default().strong(fact.label), said]);
    }
    page.gap();
}

fn ticks(page: &mut Markdown<'_>, heading: &'static str, boxes: &[Prose]) {
    if boxes.is_empty() {
        return;
    }
    page.heading(2, heading);
    for said in boxes {
        page.tick(said);
    }
}

fn values(page: &mut Markdown<'_>, heading: &'static str, columns: [&'static str; 3], values: &[Value]) {
    if values.is_empty() {
        return;
    }
    page.heading(2, heading);
    let with_help = values.iter().any(|value| !value.help.is_empty());
    let count = if with_help { 3 } else { 2 };
    let cells: Vec<_> = columns.into_iter().take(count).map(Prose::of).collect();
    page.row(&cells);
    page.line(if with_help { "|:--|:--|:--|" } else { "|:--|:--|" });
    for value in values {
        let cells = [Prose::default().code(value.name.as_str()), value.said.clone(), value.help.clone()];
        page.row(cells.get(..count).unwrap_or(&cells));
    }
}

fn times(page: &mut Markdown<'_>, timeline: &Timeline) {
    page.heading(2, "Times");
    for stretch in &timeline.stretches {
        if let (Some(at), true) = (stretch.at, timeline.stretches.len() > 1) {
            page.paragraph(&Prose::of(format!("From {} UTC:", day_and_minute(at))));
        }
        stretch_times(page, stretch);
    }
}

fn stretch_times(page: &mut Markdown<'_>, stretch: &Stretch) {
    page.gap();
    page.line("| Phase | Begins after | About | At most |");
    page.line("|:--|--:|--:|--:|");
    for phase in &stretch.phases {
        page.row(&[
            Prose::of(phase.title.as_str()),
            Prose::of(seconds(phase.start)),
            Prose::of(seconds(phase.end - phase.start)),
            Prose::of(seconds(phase.at_most)),
        ]);
    }
    page.gap();
    for down in stretch.downtimes.iter().filter(|down| down.to.is_finite()) {
        let service = Prose::default().code(down.service.as_str());
        let from = format!(" is down from about {} to {} after the start", seconds(down.from), seconds(down.to));
        page.item(0, &service.text(from));
    }
    if let Some((opens, closes)) = stretch.window {
        let (opens, closes) = (day_and_minute(opens), day_and_minute(closes));
        page.item(0, &Prose::of(format!("steps start from {opens} to {closes} UTC only")));
    }
}

fn section(page: &mut Markdown<'_>, section: &Section) {
    page.titled(2, &section.number, &section.title);
    if let Some(why) = &section.why {
        page.quote(why);
    }
    for fact in &section.facts {
        tell(page, fact);
    }
    for entry in &section.entries {
        match entry {
            Entry::One(card) => self::card(page, 3, card),
            Entry::Checkpoint { number, title, why, cards, .. } => {
                page.titled(3, number, title);
                page.paragraph(&Prose::of("A checkpoint: all of this must hold."));
                if let Some(why) = why {
                    page.quote(why);
                }
                for card in cards {
                    self::card(page, 4, card);
                }
            }
            Entry::Parallel { number, cards } => {
                page.titled(3, number, "At the same time");
                for card in cards {
                    self::card(page, 4, card);
                }
            }
            Entry::OnTheWayBack(said) => page.quote(said),
        }
    }
}

fn card(page: &mut Markdown<'_>, level: usize, card: &Card) {
    page.titled(level, &card.number, &card.title);
    if let Some(because) = &card.no_return {
        page.alert("WARNING", "Point of no return.", because);
    }
    if let Some(why) = &card.why {
        page.quote(why);
    }
    if !card.instruction.is_empty() {
        page.paragraph(&card.instruction);
    }
    commands(page, &card.commands);
    page.gap();
    expected(page, &card.expected);
    for fact in &card.facts {
        tell(page, fact);
    }
    if !matches!(card.kind, crate::report::document::contents::Kind::Back) {
        page.labelled("Id", &Prose::default().code(card.id.as_str()));
    }
}

fn commands(page: &mut Markdown<'_>, commands: &str) {
    if commands.is_empty() {
        return;
    }
    let long = commands.lines().count() > LINES;
    page.gap();
    if long {
        page.line("<details>");
        page.line("<summary>The commands</summary>");
        page.gap();
    }
    page.block("sh", commands, 0);
    if long {
        page.gap();
        page.line("</details>");
    }
}

fn expected(page: &mut Markdown<'_>, all: &[Expected]) {
    match all {
        [] => {}
        [Expected { said, lines, .. }] => {
            page.labelled("Expected", said);
            if let Some(lines) = lines {
                page.block("text", lines, 1);
            }
        }
        all => {
            page.labelled("Expected", &Prose::default());
            for expected in all {
                page.item(1, &expected.said);
                if let Some(lines) = &expected.lines {
                    page.block("text", lines, 2);
                }
            }
        }
    }
}

fn tell(page: &mut Markdown<'_>, fact: &Fact) {
    if let [said] = fact.said.as_slice() {
        page.labelled(fact.label, said);
    } else {
        page.labelled(fact.label, &Prose::default());
        for said in &fact.said {
            page.item(1, said);
        }
    }
}

fn back(page: &mut Markdown<'_>, section: &BackSection) {
    page.titled_prose(3, &section.title);
    for card in &section.cards {
        self::card(page, 4, card);
    }
    if !section.verified.is_empty() {
        page.gap();
        page.paragraph(&Prose::of("Then what must be as before is verified:"));
        for place in &section.verified {
            page.tick(&Prose::default().place(*place));
        }
    } else if !section.cards.is_empty() && section.barrier.is_none() {
        page.paragraph(&Prose::of("Nothing is there to verify it by."));
    }
    if let Some(barrier) = &section.barrier {
        page.alert("WARNING", "No further.", barrier);
    }
}

fn matrix(page: &mut Markdown<'_>, rows: &[MatrixRow]) {
    if rows.is_empty() {
        return;
    }
    page.heading(2, "If something fails");
    page.line("| If this fails | These inverses run | That takes | It ends | Exit |");
    page.line("|:--|:--|:--|:--|--:|");
    for row in rows {
        let loses = if row.loses.is_empty() { String::new() } else { format!("; loses {}", row.loses.join("; ")) };
        let undone = row.undone.clone().text(loses);
        page.row(&[
            row.fails.clone(),
            undone,
            Prose::of(row.takes.as_str()),
            row.ends.clone(),
            Prose::of(row.exit.to_string()),
        ]);
    }
}
