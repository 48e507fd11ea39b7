//! The language in KDL's own schema language: a definition per word, and one per inside of a node that
//! refers to the words that may stand there. It says what the table says: names, numbers of arguments,
//! properties, children, repetition. What a value must look like is said by `check`.

use std::fmt::Write;

use crate::model::vocabulary::{ANY, Place, Properties, Word, property_meaning, table, words_in};

/// The whole schema.
pub(super) fn render() -> String {
    let mut text = String::from("document {\n    info {\n        title \"The runbook language\" lang=en\n");
    // Writing to a text can't fail.
    _ = writeln!(text, "        description \"Made from the table that `runbook check` reads by.\" lang=en");
    _ = writeln!(text, "        license \"Apache-2.0\" spdx=\"Apache-2.0\"");
    _ = writeln!(text, "        version \"{}\"\n    }}", env!("CARGO_PKG_VERSION"));
    for word in words_in(Place::Top) {
        let min = usize::from(word.name == "runbook");
        _ = writeln!(text, "    {}", reference(word, min));
    }
    text.push_str("    definitions {\n");
    for word in table() {
        define(word, &mut text);
    }
    for place in places() {
        _ = writeln!(text, "        children id=\"{}\" description=\"Inside {}\" {{", inside(place), place.title());
        for word in words_in(place) {
            _ = writeln!(text, "            {}", reference(word, 0));
        }
        text.push_str("        }\n");
    }
    text.push_str("    }\n}\n");
    text
}

/// A word and all that it has.
fn define(word: &Word, text: &mut String) {
    let meaning = quoted(word.meaning);
    _ = writeln!(text, "        node \"{}\" id=\"{}\" description={meaning} {{", word.name, id(word));
    if word.arguments > 0 {
        let most = if word.arguments == ANY { String::new() } else { format!("; max {}", word.arguments) };
        _ = writeln!(text, "            value description={} {{ min 0{most}; }}", quoted(word.usage));
    }
    let names = match word.properties {
        Properties::Named(names) | Properties::Matchers(names) => names,
        Properties::Own => {
            text.push_str("            other-props-allowed #true\n");
            &[]
        }
    };
    for name in names {
        let meaning = property_meaning(word.name, name);
        let description = if meaning.is_empty() { String::new() } else { format!(" description={}", quoted(meaning)) };
        _ = writeln!(text, "            prop \"{name}\"{description}");
    }
    if let Some(place) = word.inside {
        _ = writeln!(text, "            children ref=#\"[id=\"{}\"]\"#", inside(place));
    }
    text.push_str("        }\n");
}

/// A word where it may stand.
fn reference(word: &Word, min: usize) -> String {
    let max = if word.repeats { String::new() } else { " max 1;".to_owned() };
    format!("node \"{}\" ref=#\"[id=\"{}\"]\"# {{ min {min};{max} }}", word.name, id(word))
}

/// The name of a definition; a word with two forms has a number behind the second.
fn id(word: &Word) -> String {
    let forms = table().filter(|other| other.name == word.name);
    let form = forms.take_while(|other| other.places != word.places).count();
    if form == 0 { word.name.to_owned() } else { format!("{}-{}", word.name, form + 1) }
}

fn inside(place: Place) -> String {
    let name: String = place.title().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == ' ').collect();
    format!("inside-{}", name.trim_start_matches("an ").trim_start_matches("a ").replace(' ', "-"))
}

/// Every place that is the inside of a word, in the order of the table.
fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for place in table().filter_map(|word| word.inside) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::MATCHERS;

    #[test]
    fn every_form_of_a_word_has_a_name_of_its_own() {
        let mut names: Vec<_> = table().map(id).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(MATCHERS.iter().all(|matcher| render().contains(&format!("prop \"{matcher}\""))));
    }
}
