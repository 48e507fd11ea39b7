use super::*;
use crate::engine::judge::like::{Difference, Line, first_difference, lines_of, parse_like};
use crate::event::Held::{InError, No, Yes};
use crate::model::Matcher::Like;
use proptest::prelude::*;

fn held(pattern: &str, actual: &str) -> Held {
    judge_one(&stdout(actual), "stdout", Like, &[pattern]).held
}

#[test]
fn lines_are_compared_whole() {
    let cases = [
        ("a\nb", "a\nb", Yes),
        ("a\nb\n", "a\nb\n", Yes),
        ("a", "a\nb", No),
        ("a\nb", "a", No),
        ("a", "a ", No),
        ("a\nb", "a\r\nb\r\n", Yes),
        ("", "", Yes),
        ("", "a", No),
        ("a\n\nb", "a\nb", No),
        ("\na", "a", No),
    ];
    for (pattern, actual, expected) in cases {
        assert_eq!(held(pattern, actual), expected, "{pattern:?} {actual:?}");
    }
}

#[test]
fn three_dots_are_any_lines() {
    let cases = [
        ("...", "", Yes),
        ("...", "a\nb", Yes),
        ("a\n...", "a", Yes),
        ("a\n...\nc", "a\nc", Yes),
        ("a\n...\nc", "a\nb\nb\nc", Yes),
        ("a\n...\nc", "a\nb\nc\nd", No),
        ("...\nb\n...", "a\nb\nc", Yes),
        ("...\nb\n...", "a\nc", No),
        ("...\na\nb\n...\na\n...", "a\na\nb\na", Yes),
        ("a\n...\na", "a", No),
        ("  ...  \nb", "x\nb", Yes),
        ("a ...", "a b", No),
        ("...\n...", "a", Yes),
    ];
    for (pattern, actual, expected) in cases {
        assert_eq!(held(pattern, actual), expected, "{pattern:?} {actual:?}");
    }
}

#[test]
fn words_in_brackets_stand_for_what_differs() {
    let uuid = "id 123e4567-e89b-12d3-a456-426614174000";
    let cases = [
        ("took [ELAPSED]", "took 1.2s", Yes),
        ("took [ELAPSED]", "took 350 ms", Yes),
        ("took [ELAPSED]", "took 1m 30s", Yes),
        ("took [ELAPSED]", "took 0:01:02.5", Yes),
        ("took [ELAPSED]", "took 2 minutes, 3 seconds", Yes),
        ("took [ELAPSED]", "took 12", No),
        ("took [ELAPSED]", "took long", No),
        ("on [DATE]", "on 2026-06-10", Yes),
        ("on [DATE]: ok", "on 2026-06-10 08:00:00,123 +0200: ok", Yes),
        ("on [DATE]", "on 2026-06-10T08:00:00.5Z", Yes),
        ("on [DATE]", "on 2026-13-10", No),
        ("id [UUID]", uuid, Yes),
        ("id [UUID]", "id 123e4567", No),
        ("at [HASH]", "at 3f2a9bc", Yes),
        ("at [HASH]", "at 3f2a", No),
        ("at [HASH]", "at 3f2a9bg", No),
        ("a[..]z", "abcz", Yes),
        ("a[..]z", "az", Yes),
        ("a[..]z", "abc", No),
        ("[..]", "", Yes),
        ("[..]", "a\nb", No),
        ("[OTHER] (a.c)", "[OTHER] (a.c)", Yes),
        ("(a.c)[..]", "(abc)", No),
    ];
    for (pattern, actual, expected) in cases {
        assert_eq!(held(pattern, actual), expected, "{pattern:?} {actual:?}");
    }
}

#[test]
fn a_value_is_never_a_wildcard() {
    let values = Values::from([("value".to_owned(), "[..]".to_owned()), ("dots".to_owned(), "...".to_owned())]);
    let read = |text| parse_like(&template(text), &values).unwrap();
    assert_eq!(read("a {{value}}\n{{dots}}"), [Line::Exact("a [..]".to_owned()), Line::Exact("...".to_owned())]);
    assert!(matches!(read("{{value}} [..]").as_slice(), [Line::Pattern { .. }]));
    assert_eq!(judge_one(&stdout("a"), "stdout", Like, &["{{missing}}"]).held, InError);
}

#[test]
fn a_mismatch_says_where_and_keeps_both_texts() {
    let cases = [
        ("a\nb", "a\nc", "line 2 is `c`, expected is `b`", "a\nb"),
        ("a\nb", "a", "it ends before `b`", "a\nb"),
        ("a", "a\nb", "line 2, `b`, is one too many", "a"),
        ("a\n...\nb\n...\nc", "a\nc", "from line 2 on, nothing is like `b`", "a\nb\nc"),
        ("a\n...\nb\nc", "a\nx\nb\ny\nz", "line 4 is `y`, expected is `c`", "a\nx\nb\nc"),
    ];
    for (pattern, actual, note, expected) in cases {
        let judged = judge_one(&stdout(actual), "stdout", Like, &[pattern]);
        assert_eq!(judged.note.as_deref(), Some(note));
        assert_eq!(judged.texts, Some((expected.to_owned(), actual.to_owned())));
    }
    assert_eq!(judge_one(&stdout("a"), "stdout", Like, &["a"]).texts, None);
}

#[test]
fn a_wildcard_that_matches_is_no_part_of_the_difference() {
    let cases = [
        ("took [ELAPSED]\nok", "took 3s\nKO", "took 3s\nok"),
        (
            "begin [..]\n...\nmigrated\nend [DATE]",
            "begin 7\nx\ny\nfailed\nend 2026-06-10",
            "begin 7\nx\ny\nmigrated\nend 2026-06-10",
        ),
        ("...\nready", "a\r\nb\r", "a\r\nready"),
        ("[..]\nb\nc", "one\ntwo\nb\nc", "one\nb\nc"),
        ("id [HASH]", "id none", "id [HASH]"),
    ];
    for (pattern, actual, expected) in cases {
        let judged = judge_one(&stdout(actual), "stdout", Like, &[pattern]);
        assert_eq!(judged.texts, Some((expected.to_owned(), actual.to_owned())), "{pattern:?}");
    }
}

/// The definition, which may try everything.
fn is_like(pattern: &[Line], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((Line::Any, rest)) => (0..=lines.len()).any(|skipped| is_like(rest, &lines[skipped..])),
        Some((wanted, rest)) => {
            lines.split_first().is_some_and(|(line, more)| wanted.written() == *line && is_like(rest, more))
        }
    }
}

proptest! {
    #[test]
    fn matching_is_the_definition_and_never_tries_a_line_twice(
        pattern in prop::collection::vec(prop_oneof![Just("..."), Just("a"), Just("b")], 1..9),
        lines in prop::collection::vec(prop_oneof![Just("a"), Just("b")], 1..12),
    ) {
        let read = parse_like(&template(&pattern.join("\n")), &Values::new()).unwrap();
        let mut tries = 0;
        let difference = first_difference(&read, &lines, |wanted, line| {
            tries += 1;
            wanted.written() == line
        });
        prop_assert_eq!(difference.is_none(), is_like(&read, &lines));
        prop_assert!(tries <= pattern.len() * lines.len());
    }

    #[test]
    fn every_text_is_like_itself(text in "[a-z \n]{0,40}") {
        let read = parse_like(&template(&text), &Values::new()).unwrap();
        let none: Option<Difference> = None;
        prop_assert_eq!(first_difference(&read, &lines_of(&text), |wanted, line| wanted.written() == line), none);
    }
}
