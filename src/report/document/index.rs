//! Every place of a document by its name, for references. Each writer makes anchors of its own.

use std::collections::BTreeMap;

use super::contents::{Document, Entry};
use super::prose::Place;

/// What a place is called.
pub(super) struct Named<'a> {
    pub number: &'a str,
    pub id: &'a str,
    pub title: &'a str,
}

/// Every place that can be referred to.
pub(super) fn index(document: &Document) -> BTreeMap<Place, Named<'_>> {
    let mut index = BTreeMap::new();
    for card in document.cards() {
        index.insert(card.place, Named { number: &card.number, id: &card.id, title: &card.title });
    }
    for entry in document.phases.iter().flat_map(|phase| &phase.entries) {
        if let Entry::Checkpoint { place, number, id, title, .. } = entry {
            index.insert(*place, Named { number, id, title });
        }
    }
    index
}
