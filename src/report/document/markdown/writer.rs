//! Lines of markdown in the making. Words of our own come as `&'static str`, all else through
//! `escape`, so that nothing of others is written as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::escape::{code, fenced, slug, text};
use crate::report::document::contents::Document;
use crate::report::document::index::{Named, index};
use crate::report::document::prose::{Piece, Place, Prose};

/// A document in the making.
pub(super) struct Markdown<'a> {
    out: String,
    places: BTreeMap<Place, Named<'a>>,
    anchors: BTreeMap<Place, String>,
}

impl<'a> Markdown<'a> {
    pub fn of(document: &'a Document) -> Self {
        let places = index(document);
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut anchors = BTreeMap::new();
        // Headings of our own have no number and can't be the same; two of others may.
        for (place, named) in &places {
            let anchor = slug(&format!("{} {}", named.number, named.title));
            let unique = (0..).map(|time| if time == 0 { anchor.clone() } else { format!("{anchor}-{time}") });
            let unique = unique.into_iter().find(|anchor| !taken.contains(anchor)).unwrap_or(anchor);
            taken.insert(unique.clone());
            anchors.insert(*place, unique);
        }
        Self { out: String::new(), places, anchors }
    }

    pub fn finish(self) -> String {
        self.out
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a text can't fail.
        let _ = self.out.write_fmt(text);
    }

    /// A line of our own.
    pub fn line(&mut self, line: &'static str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// An empty line, if there isn't one.
    pub fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading of our own.
    pub fn heading(&mut self, level: usize, heading: &'static str) {
        self.titled(level, "", heading);
    }

    /// A heading with a number and a title of others.
    pub fn titled(&mut self, level: usize, number: &str, title: &str) {
        self.gap();
        let blank = if number.is_empty() { "" } else { " " };
        let hashes = "#".repeat(level.min(6));
        self.put(format_args!("{hashes} {number}{blank}{}\n", text(title, false)));
        self.gap();
    }

    /// A heading that is a sentence.
    pub fn titled_prose(&mut self, level: usize, title: &Prose) {
        self.gap();
        let title = self.prose(title, false, false);
        self.put(format_args!("{} {title}\n", "#".repeat(level.min(6))));
        self.gap();
    }

    pub fn paragraph(&mut self, prose: &Prose) {
        self.gap();
        let prose = self.prose(prose, true, false);
        self.out.push_str(&prose);
        self.out.push('\n');
        self.gap();
    }

    /// An alert of GitHub's: `WARNING`, `NOTE`, …
    pub fn alert(&mut self, kind: &'static str, lead: &'static str, prose: &Prose) {
        self.gap();
        let prose = self.prose(prose, true, false);
        self.put(format_args!("> [!{kind}]\n> **{lead}** {prose}\n"));
        self.gap();
    }

    pub fn quote(&mut self, prose: &Prose) {
        self.gap();
        let prose = self.prose(prose, true, false);
        self.put(format_args!("> {prose}\n"));
        self.gap();
    }

    /// An item of a list; `depth` from 0.
    pub fn item(&mut self, depth: usize, prose: &Prose) {
        let prose = self.prose(prose, true, false);
        self.put(format_args!("{}- {prose}\n", "  ".repeat(depth)));
    }

    /// An item with a label: `- **Takes:** …`; nothing behind it where a list follows.
    pub fn labelled(&mut self, label: &'static str, prose: &Prose) {
        let prose = self.prose(prose, false, false);
        let blank = if prose.is_empty() { "" } else { " " };
        self.put(format_args!("- **{label}:**{blank}{prose}\n"));
    }

    /// A box to tick.
    pub fn tick(&mut self, prose: &Prose) {
        let prose = self.prose(prose, true, false);
        self.put(format_args!("- [ ] {prose}\n"));
    }

    /// A row of a table.
    pub fn row(&mut self, cells: &[Prose]) {
        let cells: Vec<_> = cells.iter().map(|cell| self.prose(cell, false, true)).collect();
        self.put(format_args!("| {} |\n", cells.join(" | ").trim_end()));
    }

    /// A block to copy; `depth` as that of the item it belongs to.
    pub fn block(&mut self, language: &'static str, text: &str, depth: usize) {
        self.out.push_str(&fenced(language, text, &"  ".repeat(depth)));
    }

    /// A sentence.
    fn prose(&self, prose: &Prose, begins: bool, in_table: bool) -> String {
        let mut whole = String::new();
        for piece in &prose.0 {
            match piece {
                Piece::Text(words) => whole.push_str(&text(words, begins && whole.is_empty())),
                Piece::Code(literal) => whole.push_str(&code(literal, in_table)),
                Piece::Strong(words) => whole.extend(["**", &text(words.trim(), false), "**"]),
                Piece::Place(place) => whole.push_str(&self.link(*place, true)),
                Piece::Number(place) => whole.push_str(&self.link(*place, false)),
            }
        }
        whole.trim_end().to_owned()
    }

    fn link(&self, place: Place, with_title: bool) -> String {
        let (Some(named), Some(anchor)) = (self.places.get(&place), self.anchors.get(&place)) else {
            return String::new();
        };
        let title = if with_title { format!(" {}", text(named.title, false)) } else { String::new() };
        format!("[{}{title}](#{anchor})", named.number)
    }
}
