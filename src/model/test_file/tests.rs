//! Each mistake in a file of tests, by the text that it is shown at.

use super::*;
use crate::model::SubjectName;
use crate::syntax::{Sources, parse};

fn cast() -> Cast {
    let program: &[SubjectName] = &[SubjectName::Exit, SubjectName::Stdout];
    let request: &[SubjectName] = &[SubjectName::Status, SubjectName::Header, SubjectName::Body];
    let units = [("migrate", ("run", program)), ("health", ("http", request)), ("told", ("manual", &[]))];
    Cast {
        units: units.map(|(id, action)| (id.to_owned(), action)).into(),
        checkpoints: vec!["healthy".to_owned()],
        phases: vec!["main".to_owned()],
    }
}

/// The cases, and `code at text` of each finding.
fn read(text: &str) -> (TestFile, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("x.test.kdl", text);
    let (tests, findings) = read_tests(&parse(&sources, file).unwrap(), &cast());
    let shown = |finding: &crate::syntax::Finding| {
        format!("{} at {}", finding.code.trim_start_matches("runbook::"), sources.text(finding.labels[0].0))
    };
    (tests, findings.iter().map(shown).collect())
}

#[test]
fn a_case_is_read_whole() {
    let (tests, findings) = read(
        r##"
        set version="2.0"
        case sick "It is sick" {
            set environment=staging
            past-no-return
            answer health verification { status 503; header retry-after 5; body #"{"a": 1}"#; }
            no-answer migrate
            applied migrate cannot-tell
            takes migrate "2h"
            reply told yes
            begins "2026-06-10T09:30Z"
            too-late main
            lock-held "shop/staging" other
            must undo migrate
            must-not reach health told
            must verify healthy
            must end 1
        }"##,
    );
    assert_eq!(findings, Vec::<String>::new());
    let case = &tests.cases[0];
    assert_eq!((tests.settings["version"].as_str(), case.settings["environment"].as_str()), ("2.0", "staging"));
    assert!(case.past_no_return);
    assert_eq!((case.told[0].part, case.told[1].happens.clone()), (Part::Verification, Happens::NoAnswer));
    assert_eq!(case.begins.map(|at| at.to_string()).as_deref(), Some("2026-06-10T09:30:00Z"));
    assert_eq!(case.locks_held.as_ref().map(Vec::len), Some(2));
    assert_eq!(case.told.last().map(|told| (told.unit.as_str(), &told.happens)), Some(("main", &Happens::TooLate)));
    assert!(case.watches_windows());
    let Happens::Answers(answers) = &case.told[0].happens else { panic!("{:?}", case.told[0]) };
    assert_eq!(answers[1].argument.as_deref(), Some("retry-after"));
    assert_eq!(case.promises[1].what, Promised::Reach(vec!["health".to_owned(), "told".to_owned()]));
    assert_eq!(case.promises[3].what, Promised::End(1));
}

#[test]
fn every_mistake_is_shown_at_its_place_in_one_go() {
    let (_, findings) = read(
        "
        case one { no-answer migrat; must end 1; }
        case one { must end ok; must finish 1; must undo migrate helth; must verify health; }
        case two { fails migrate reverse; answer health { exit 1; status often; }; must end 1; }
        case three { takes migrate soon; applied migrate perhaps; reply told maybe; must end 1; }
        case four { no-answer migrate; }
        case five { fail migrate; must end 1 2; crash migrate { x; }; }
        case six { begins soon; too-late mian; too-late migrate inverse; lock-held a { x; }; fails main; must end 1; }
        cases seven {}
        ",
    );
    assert_eq!(
        findings,
        [
            "test::unknown_unit at migrat",
            "syntax::wrong_kind at ok",
            "syntax::unknown_choice at finish",
            "test::unknown_unit at helth",
            "test::unknown_checkpoint at health",
            "test::repeated_case at one",
            "syntax::unknown_choice at reverse",
            "test::no_such_subject at exit",
            "test::not_its_kind at often",
            "syntax::wrong_kind at soon",
            "syntax::unknown_choice at perhaps",
            "syntax::unknown_choice at maybe",
            "test::nothing_promised at four",
            "syntax::unknown_node at fail",
            "syntax::surplus_argument at 2",
            "syntax::unexpected_children at x",
            "syntax::wrong_kind at soon",
            "test::unknown_unit at mian",
            "syntax::surplus_argument at inverse",
            "syntax::unexpected_children at x",
            "test::unknown_unit at main",
            "syntax::unknown_node at cases",
        ]
    );
}

#[test]
fn a_file_without_a_case_tests_nothing() {
    assert_eq!(read("set a=1").1, ["test::no_case at set a=1"]);
}
