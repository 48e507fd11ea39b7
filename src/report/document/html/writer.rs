//! HTML in the making. Elements, attributes and words of our own come as `&'static str`; whatever else
//! there is goes through [`Html::text`] and the values of attributes, and is escaped there.

use std::collections::BTreeMap;

use crate::report::document::contents::Document;
use crate::report::document::index::{Named, index};
use crate::report::document::literal::{lines, word, words};
use crate::report::document::prose::{Piece, Place, Prose};

/// A page in the making.
pub(super) struct Html<'a> {
    out: String,
    places: BTreeMap<Place, Named<'a>>,
}

impl<'a> Html<'a> {
    pub fn of(document: &'a Document) -> Self {
        Self { out: String::new(), places: index(document) }
    }

    pub fn finish(self) -> String {
        self.out
    }

    /// Markup of our own.
    pub fn raw(&mut self, markup: &'static str) {
        self.out.push_str(markup);
    }

    /// Opens an element.
    pub fn open(&mut self, element: &'static str, attributes: &[(&'static str, &str)]) {
        self.out.push('<');
        self.out.push_str(element);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.escaped(value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// Closes an element.
    pub fn close(&mut self, element: &'static str) {
        self.out.push_str("</");
        self.out.push_str(element);
        self.out.push('>');
    }

    /// An element with words in it.
    pub fn element(&mut self, element: &'static str, attributes: &[(&'static str, &str)], text: &str) {
        self.open(element, attributes);
        self.text(text);
        self.close(element);
    }

    /// Begins a line of the page's source.
    pub fn line(&mut self) {
        self.out.push('\n');
    }

    /// Words of others. Blanks at their ends part them from what stands beside them.
    pub fn text(&mut self, text: &str) {
        if text.starts_with(char::is_whitespace) {
            self.out.push(' ');
        }
        self.escaped(&words(text));
        if text.trim_start().ends_with(char::is_whitespace) {
            self.out.push(' ');
        }
    }

    /// Something literal.
    pub fn code(&mut self, code: &str) {
        self.raw("<code>");
        match word(code).as_str() {
            "" => self.raw("<i>empty</i>"),
            shown => self.escaped(shown),
        }
        self.raw("</code>");
    }

    /// Several lines to copy, as they are.
    pub fn lines(&mut self, text: &str) {
        // The first line break behind `<pre>` isn't shown, and ours begins with a letter.
        for (number, line) in lines(text).enumerate() {
            if number > 0 {
                self.out.push('\n');
            }
            self.escaped(&line);
        }
    }

    /// A sentence.
    pub fn prose(&mut self, prose: &Prose) {
        for piece in &prose.0 {
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Code(code) => self.code(code),
                Piece::Strong(text) => self.element("strong", &[], text),
                Piece::Place(place) => self.link(*place, true),
                Piece::Number(place) => self.link(*place, false),
            }
        }
    }

    /// The anchor of a place.
    pub fn anchor(&self, place: Place) -> String {
        let id = self.places.get(&place).map_or("", |named| named.id);
        match place {
            Place::Unit(_) => format!("do-{id}"),
            Place::Checkpoint(_) => format!("at-{id}"),
            Place::Back(_) => format!("undo-{id}"),
        }
    }

    fn link(&mut self, place: Place, with_title: bool) {
        let Some(Named { number, title, .. }) = self.places.get(&place) else { return };
        let (number, title) = ((*number).to_owned(), (*title).to_owned());
        let href = format!("#{}", self.anchor(place));
        self.open("a", &[("href", &href)]);
        self.element("span", &[("class", "number")], &number);
        if with_title {
            self.raw(" ");
            self.text(&title);
        }
        self.close("a");
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                c => self.out.push(c),
            }
        }
    }
}
