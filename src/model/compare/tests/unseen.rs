//! Nothing that a runbook says changes unseen, and nothing that it only looks like is seen. Lines of
//! real runbooks are dropped, doubled, swapped and altered; where both versions are accepted, there is a
//! difference exactly if the two models differ in more than the places of their nodes.

use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use super::super::compare;
use super::{Folder, told, version};
use crate::model::bundle::Loaded;

const BMTC: &str = include_str!("../../../../runbooks/bmtc-api/bmtc-api-0.3.0.kdl");
const ALL: &str = include_str!("everything.kdl");

/// A runbook that is read once, and what it says.
struct Before {
    loaded: Loaded,
    said: String,
}

static BEFORE: LazyLock<[Before; 2]> = LazyLock::new(|| {
    [BMTC, ALL].map(|text| {
        let loaded = folder().read(text);
        assert!(loaded.is_accepted(), "{:#?}", loaded.findings);
        Before { said: said(&loaded), loaded }
    })
});

fn folder() -> Folder {
    Folder::new().with("motd.tmpl", "hello {{one}}\n").with("look.sh", "exit 0\n")
}

/// All that the model holds but where it stands.
fn said(loaded: &Loaded) -> String {
    thread_local! {
        static SPAN: Regex = Regex::new(r"Span \{ file: FileId\(\d+\), start: \d+, end: \d+ \}").unwrap();
    }
    let runbook = loaded.runbook.as_ref().unwrap();
    let text = format!("{runbook:?}").replace(runbook.folder.as_str(), "");
    SPAN.with(|span| span.replace_all(&text, "").into_owned())
}

/// One way to change a line.
#[derive(Debug, Clone)]
enum Change {
    Drop,
    Double,
    /// With the next one.
    Swap,
    /// The character at this place becomes another.
    Alter(prop::sample::Index, char),
    /// A word becomes another one of the language.
    Word(prop::sample::Index, &'static str),
    /// A comment, blanks, blank lines: never a difference.
    Comment,
}

fn change() -> impl Strategy<Value = Change> {
    let word = prop::sample::select(vec![
        "halt",
        "continue",
        "warn",
        "rollback",
        "is",
        "contains",
        "lacks",
        "above",
        "at-least",
        "stdout",
        "stderr",
        "low",
        "patch",
        "bash",
        "newest",
        "oldest",
        "start",
        "stop",
        "restart",
        "int",
        "number",
        "idempotent",
        "atomic",
        "escalate",
        "interactive",
        "\"7s\"",
        "5",
        "#false",
        "T",
        "sh",
        "check",
        "step",
        "{{two}}",
        "\"{{one}}\"",
    ]);
    prop_oneof![
        2 => Just(Change::Drop),
        1 => Just(Change::Double),
        2 => Just(Change::Swap),
        4 => (any::<prop::sample::Index>(), prop::sample::select("a0 1b9sm.-\"{}#=/xZ".chars().collect::<Vec<_>>()))
            .prop_map(|(at, c)| Change::Alter(at, c)),
        4 => (any::<prop::sample::Index>(), word).prop_map(|(at, word)| Change::Word(at, word)),
        1 => Just(Change::Comment),
    ]
}

fn changed(text: &str, at: usize, change: &Change) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match change {
        Change::Drop => _ = lines.remove(at),
        Change::Double => lines.insert(at, lines[at].clone()),
        Change::Swap if at + 1 < lines.len() => lines.swap(at, at + 1),
        Change::Swap => {}
        Change::Alter(place, c) => {
            let mut line: Vec<char> = lines[at].chars().collect();
            if !line.is_empty() {
                let place = place.index(line.len());
                line[place] = *c;
            }
            lines[at] = line.into_iter().collect();
        }
        Change::Word(place, word) => {
            let mut words: Vec<_> = lines[at].split(' ').map(str::to_owned).collect();
            let place = place.index(words.len());
            // Behind a property's name its value changes.
            words[place] = match words[place].split_once('=') {
                Some((name, _)) => format!("{name}={word}"),
                None => (*word).to_owned(),
            };
            lines[at] = words.join(" ");
        }
        Change::Comment => lines[at] = format!("{}   ", lines[at]),
    }
    lines.join("\n") + "\n"
}

/// Whether both are accepted; then there is a difference exactly if they say something else.
fn holds(old: &Before, new: &str) -> Result<bool, TestCaseError> {
    let new = folder().read(new);
    if !new.is_accepted() {
        return Ok(false);
    }
    let Before { loaded: old, said: before } = old;
    let found = compare(version(old), version(&new));
    prop_assert_eq!(found.is_empty(), *before == said(&new), "{:?}", told(&found));
    let back = compare(version(&new), version(old));
    prop_assert_eq!(found.is_empty(), back.is_empty(), "{:?}\n{:?}", told(&found), told(&back));
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_line_is_a_difference_exactly_if_it_says_something_else(
        which in any::<bool>(),
        at in any::<prop::sample::Index>(),
        change in change(),
    ) {
        let text = if which { BMTC } else { ALL };
        let new = changed(text, at.index(text.lines().count()), &change);
        // Most changes are refused by `check`: nothing is compared then.
        holds(&BEFORE[usize::from(!which)], &new)?;
    }
}

#[test]
fn every_line_that_can_be_left_out_is_missed() {
    let mut compared = 0;
    for at in 0..ALL.lines().count() {
        let new = changed(ALL, at, &Change::Drop);
        compared += usize::from(holds(&BEFORE[1], &new).unwrap());
    }
    assert!(compared > 60, "only {compared} lines can be left out");
}

#[test]
fn layout_and_comments_are_no_change() {
    for text in [BMTC, ALL] {
        let folder = folder();
        let old = folder.read(text);
        let blanks: String = text
            .lines()
            .map(|line| if line.ends_with('{') { format!("{line} // why\n\n") } else { format!("{line}\n") })
            .collect();
        let new = folder.read(&blanks);
        assert!(old.is_accepted() && new.is_accepted(), "{:#?}", new.findings);
        assert_eq!(told(&compare(version(&old), version(&new))), [""; 0]);
    }
}

#[test]
fn a_template_and_a_file_of_the_bundle_are_part_of_what_is_said() {
    let (before, after) = (folder(), folder().with("motd.tmpl", "bye {{one}}\n").with("look.sh", "exit 1\n"));
    let (old, new) = (before.read(ALL), after.read(ALL));
    let found = told(&compare(version(&old), version(&new)));
    let expected = [
        "file-changed file look.sh: content differs",
        "file-changed file motd.tmpl: content differs",
        "action-changed step motd: action differs",
    ];
    assert_eq!(found, expected);
}
