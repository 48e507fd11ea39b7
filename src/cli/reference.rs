//! `docs/reference.md`: every word, property, subject and matcher of the language, each with an example
//! that the tests of the documents check. Made from the table; what belongs together and why is told by
//! `docs/language.md`.

use std::fmt::Write;

use crate::model::vocabulary::examples::{Frame, matcher_example, subject_example};
use crate::model::vocabulary::{ANY, LATER, Properties, Word, property_meaning, table};
use crate::model::{FILTERS, Matcher, SUBJECTS_OF, SubjectName};

const INTRODUCTION: &str = "\
# Reference

Every word of the language, with an example each. This page is made by `runbook schema reference`; how the words belong together is told
by [the language](language.md). For editors there are [a KDL schema](../schema/runbook.kdl-schema) and [the same as
JSON](../schema/runbook.json). The KDL schema says the form only: which words stand where, how many arguments and which properties they
take; what a value must look like, and what must fit together, says `runbook check`. For programs there are the JSON Schemas of [an
event](../schema/event.schema.json), [the record of a run](../schema/run.schema.json), [a finding](../schema/finding.schema.json), [a
plan](../schema/plan.schema.json), [differences](../schema/diff.schema.json), [a rehearsal](../schema/rehearsal.schema.json) and [an
audit](../schema/audit.schema.json).
";

/// The whole page.
pub(super) fn render() -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str("\n## Words\n");
    for word in table() {
        self::word(word, &mut text);
    }
    text.push_str(
        "\n## Subjects\n\nWhat an answer has, by the action that answers.\n\n| action | subjects |\n|---|---|\n",
    );
    for (words, subjects) in SUBJECTS_OF {
        // Writing to a text can't fail.
        _ = writeln!(
            text,
            "| {} | {} |",
            listed(words),
            listed(&subjects.iter().map(|it| it.word()).collect::<Vec<_>>())
        );
    }
    for subject in SubjectName::ALL {
        let (frame, example) = subject_example(subject);
        let matchers: Vec<_> = subject.kind().matchers().iter().map(|matcher| matcher.word()).collect();
        let fitting = if matchers.len() == Matcher::ALL.len() { "every one".to_owned() } else { listed(&matchers) };
        _ = writeln!(
            text,
            "\n### Subject `{}`\n\n{} A {}; matchers: {fitting}.",
            subject.word(),
            subject.meaning(),
            subject.kind().title()
        );
        block(frame, &example, &mut text);
    }
    text.push_str("\n## Matchers\n\nWhat is compared with what: a property of `expect` and `when`.\n");
    for matcher in Matcher::ALL {
        _ = writeln!(text, "\n### Matcher `{}`\n\n{}", matcher.word(), matcher.meaning());
        block(Frame::Check, &matcher_example(matcher), &mut text);
    }
    _ = writeln!(text, "\n## Filters\n\n`{{{{name | filter}}}}`: {}.", listed(&FILTERS));
    _ = writeln!(text, "\n## Reserved\n\nWords that are coming, and that nobody may take: {}.", listed(&LATER));
    text
}

fn word(word: &Word, text: &mut String) {
    let places: Vec<_> = word.places.iter().map(|place| place.title()).collect();
    let forms = table().filter(|other| other.name == word.name).count();
    let place = if forms > 1 { format!(" in {}", places.first().unwrap_or(&"")) } else { String::new() };
    _ = writeln!(text, "\n### `{}`{place}\n\n{}\n", word.name, word.meaning);
    _ = writeln!(text, "- Written: `{}`", word.usage);
    _ = writeln!(
        text,
        "- Stands in: {}; {}",
        places.join(", "),
        if word.repeats { "as often as needed" } else { "at most once" }
    );
    if word.arguments > 0 {
        let most =
            if word.arguments == ANY { "as many as needed".to_owned() } else { format!("at most {}", word.arguments) };
        _ = writeln!(text, "- Arguments: {most}");
    }
    match word.properties {
        Properties::Named(names) => {
            for name in names {
                _ = writeln!(text, "- `{name}=`: {}", property_meaning(word.name, name));
            }
        }
        Properties::Own => text.push_str("- Properties: names of your own\n"),
        Properties::Matchers(_) => text.push_str("- Properties: one of the [matchers](#matchers)\n"),
    }
    if let Some((frame, example)) = word.example() {
        block(frame, example, text);
    }
}

/// An example as a block that says which part of a runbook it is.
fn block(frame: Frame, example: &str, text: &mut String) {
    let (words, example) = match frame {
        Frame::Head => {
            let whole = format!(
                "runbook shop \"The shop\" {{\n    {example}\n}}\nphase main \"Main\" {{\n    check up {{ run uptime; }}\n}}"
            );
            ("", whole)
        }
        Frame::Top => (" top", example.to_owned()),
        Frame::Phase => (" phase", example.to_owned()),
        Frame::Check => (" check", example.to_owned()),
        Frame::Step => (" step", example.to_owned()),
    };
    _ = writeln!(text, "\n```kdl{words}\n{example}\n```");
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
