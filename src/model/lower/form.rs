//! The form of the file against the vocabulary: every word stands where it may, with no more
//! arguments, properties and children than it has. What is missing or of a wrong kind is found
//! later, by who reads it.

use std::collections::HashMap;

use super::lowering::Lower;
use crate::model::ModelError;
use crate::model::vocabulary::{LATER, Place, Properties, Word, table, word_in, words_in};
use crate::syntax::reader::{repeated_properties, shortened, surplus_arguments, unknown_properties};
use crate::syntax::suggest::{closest, listed};
use crate::syntax::{Node, ReadError, Span};

impl Lower<'_> {
    /// Checks the form of a whole file.
    pub(super) fn check_forms(&mut self, nodes: &[Node]) {
        self.check_place(nodes, Place::Top, None);
    }

    /// Checks what stands in one place; `parent` is the name of the node whose inside it is.
    fn check_place(&mut self, nodes: &[Node], place: Place, parent: Option<Span>) {
        let mut first: HashMap<&str, Span> = HashMap::new();
        for node in nodes {
            let name = node.name.value.as_str();
            let Some(word) = word_in(place, name) else {
                self.report(unknown_word(node, place));
                self.damaged.extend(parent);
                continue;
            };
            if !word.repeats
                && let Some(before) = first.insert(name, node.name.span)
            {
                let mut finding = ReadError::RepeatedNode { name: name.to_owned() }.at(node.name.span);
                finding.labels.push((before, "first here".to_owned()));
                self.report(finding);
            }
            self.check_entries(node, word);
            self.check_children(node, word);
        }
    }

    fn check_entries(&mut self, node: &Node, word: &Word) {
        let before = self.findings.len();
        self.findings.extend(surplus_arguments(node, word.arguments, word.usage));
        match word.properties {
            Properties::Named(_) if matches!(word.name, "run" | "command") => self.check_run(node),
            Properties::Named(names) | Properties::Matchers(names) => {
                self.findings.extend(unknown_properties(node, names));
                self.findings.extend(repeated_properties(node));
            }
            Properties::Own => self.findings.extend(repeated_properties(node)),
        }
        if self.findings.len() > before {
            self.damaged.insert(node.name.span);
        }
    }

    /// `-o=json` reads as a property in KDL, and a program would never see it.
    fn check_run(&mut self, node: &Node) {
        if let Some(property) = node.properties.first() {
            let written = format!("{}={}", property.name.value, super::text::value_text(property));
            self.report(ModelError::PropertyInRun { written: shortened(&written) }.at(property.span));
        }
    }

    fn check_children(&mut self, node: &Node, word: &Word) {
        match (&node.children, word.inside) {
            (Some(children), Some(inside)) => self.check_place(children, inside, Some(node.name.span)),
            (Some(children), None) => {
                let span = children.first().map_or(node.span, |child| child.name.span);
                let usage = word.usage.to_owned();
                self.report(ReadError::UnexpectedChildren { node: word.name.to_owned(), usage }.at(span));
            }
            (None, _) => {}
        }
    }
}

/// Why a word can't stand here: it is coming, belongs somewhere else, or is misspelled.
fn unknown_word(node: &Node, place: Place) -> crate::syntax::Finding {
    let name = node.name.value.as_str();
    if LATER.contains(&name) {
        return ModelError::NotThereYet { word: name.to_owned() }.at(node.name.span);
    }
    let here: Vec<&str> = words_in(place).map(|word| word.name).collect();
    let help = if let Some(near) = closest(name, here.iter().copied()) {
        format!("did you mean `{near}`?")
    } else {
        let elsewhere = places_of(name);
        if elsewhere.is_empty() { listed(&here) } else { format!("`{name}` stands in {elsewhere}") }
    };
    ReadError::UnknownNode { name: shortened(name), place: place.title().to_owned(), help }.at(node.name.span)
}

/// Where a word belongs, or the one that it is nearest to; empty for a word that is like none.
fn places_of(name: &str) -> String {
    let mut places: Vec<&str> = Vec::new();
    for place in table().filter(|word| word.name == name).flat_map(|word| word.places) {
        if !places.contains(&place.title()) {
            places.push(place.title());
        }
    }
    places.join(", ")
}
