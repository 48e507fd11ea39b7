//! The language as JSON, for editors and other programs: every word with its places, arguments,
//! properties and children, the subjects of actions, the matchers that fit them, the filters.

use serde_json::{Value, json};

use crate::model::vocabulary::{ACTIONS, ANY, LATER, Place, Properties, Word, property_meaning, table};
use crate::model::{FILTERS, Matcher, SUBJECTS_OF, SubjectName};

/// The whole language.
pub(super) fn words() -> Value {
    let words: Vec<_> = table().map(word).collect();
    let matchers: Vec<_> =
        Matcher::ALL.iter().map(|matcher| json!({ "name": matcher.word(), "meaning": matcher.meaning() })).collect();
    let subjects: Vec<_> = SubjectName::ALL.iter().map(|subject| self::subject(*subject)).collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "words": words,
        "actions": ACTIONS,
        "subjects": subjects,
        "matchers": matchers,
        "filters": FILTERS,
        "reserved": LATER,
    })
}

fn word(word: &Word) -> Value {
    let places: Vec<_> = word.places.iter().map(|place| place.title()).collect();
    let described = |names: &[&str]| -> Vec<Value> {
        names.iter().map(|name| json!({ "name": name, "meaning": property_meaning(word.name, name) })).collect()
    };
    let properties = match word.properties {
        Properties::Named(names) => json!({ "kind": "named", "names": described(names) }),
        Properties::Own => json!({ "kind": "own" }),
        Properties::Matchers(_) => json!({ "kind": "matchers" }),
    };
    json!({
        "name": word.name,
        "places": places,
        "usage": word.usage,
        "meaning": word.meaning,
        "most_arguments": if word.arguments == ANY { Value::Null } else { word.arguments.into() },
        "properties": properties,
        "inside": word.inside.map(Place::title),
        "repeats": word.repeats,
    })
}

fn subject(subject: SubjectName) -> Value {
    let actions: Vec<&str> = SUBJECTS_OF
        .iter()
        .filter(|(_, subjects)| subjects.contains(&subject))
        .flat_map(|(words, _)| *words)
        .copied()
        .collect();
    let matchers: Vec<_> = subject.kind().matchers().iter().map(|matcher| matcher.word()).collect();
    json!({
        "name": subject.word(),
        "meaning": subject.meaning(),
        "kind": subject.kind().title(),
        "actions": actions,
        "matchers": matchers,
    })
}
