use super::*;
use crate::engine::judge::number::{plain, shown};
use crate::event::Held::{InError, No, Yes};
use crate::model::Matcher::*;
use crate::model::parse_quantity;
use proptest::prelude::*;

fn disk() -> Observation {
    Observation::default()
        .with(SubjectName::Free, number(2e9, Dimension::Bytes))
        .with(SubjectName::Used, number(18e9, Dimension::Bytes))
        .with(SubjectName::Total, number(20e9, Dimension::Bytes))
        .with(SubjectName::Age, number(90_000.0, Dimension::Seconds))
        .with(SubjectName::Exit, number(3.0, Dimension::Count))
        .with(SubjectName::Listening, Datum::Flag(true))
        .with(SubjectName::Modified, Datum::Time("2026-06-10T08:00:00.5Z".parse().unwrap()))
}

#[test]
fn numbers_are_compared_with_their_dimension() {
    table(
        &disk(),
        &[
            ("free", Above, "1GB", Yes),
            ("free", Above, "2GB", No),
            ("free", AtLeast, "2GB", Yes),
            ("free", AtMost, "2GB", Yes),
            ("free", Below, "2GB", No),
            ("free", Below, "2GiB", Yes),
            ("free", Is, "2GB", Yes),
            ("free", IsNot, "2GB", No),
            ("free", Above, "5", InError),
            ("free", Above, "5s", InError),
            ("free", Is, "5s", InError),
            ("free", IsNot, "5s", InError),
            ("free", Above, "plenty", InError),
            ("free", Above, "9%", Yes),
            ("free", Above, "10%", No),
            ("free", AtLeast, "10%", Yes),
            ("used", Below, "90%", No),
            ("used", AtMost, "90%", Yes),
            ("total", Above, "10%", InError),
            ("free", Contains, "2", InError),
            ("free", Lacks, "2", InError),
            ("free", Matches, "2", InError),
            ("free", LacksMatch, "7", InError),
            ("free", Like, "...", InError),
            ("free", After, "2026-06-10T08:00:00Z", InError),
            ("free", Empty, "#false", InError),
            ("free", Exists, "#true", Yes),
            ("age", Below, "24h", No),
            ("age", Below, "26h", Yes),
            ("exit", Is, "3", Yes),
            ("exit", Is, "3.0", Yes),
            ("exit", IsNot, "3.0", No),
            ("exit", Is, "\"3\"", Yes),
            ("exit", Is, "three", InError),
            ("exit", IsNot, "three", InError),
            ("exit", Matches, "^[0-9]$", Yes),
            ("exit", Above, "80%", InError),
        ],
    );
}

#[test]
fn yes_and_no_are_compared_with_flags_only() {
    table(
        &disk(),
        &[
            ("listening", Is, "#true", Yes),
            ("listening", Is, "#false", No),
            ("listening", IsNot, "#false", Yes),
            ("listening", Is, "1", InError),
            ("listening", IsNot, "perhaps", InError),
            ("listening", Contains, "t", InError),
            ("listening", LacksMatch, "x", InError),
            ("listening", Above, "0", InError),
            ("listening", Before, "2026-06-10T08:00:00Z", InError),
            ("listening", Empty, "#false", InError),
            ("listening", Like, "...", InError),
        ],
    );
}

#[test]
fn moments_are_compared_exactly() {
    table(
        &disk(),
        &[
            ("modified", After, "2026-06-10T08:00:00Z", Yes),
            ("modified", After, "2026-06-10T08:00Z", Yes),
            ("modified", After, "2026-06-10T10:00+02:00", Yes),
            ("modified", After, "2026-06-10T08:00:00.5Z", No),
            ("modified", Before, "2026-06-10T08:00:00.5Z", No),
            ("modified", Before, "2026-06-10T08:00:01Z", Yes),
            ("modified", Is, "2026-06-10T08:00:00.500Z", Yes),
            ("modified", Is, "2026-06-10T08:00:00Z", No),
            ("modified", After, "yesterday", InError),
            ("modified", After, "2026-06-10", InError),
            ("modified", Is, "yesterday", InError),
            ("modified", IsNot, "yesterday", InError),
            ("modified", Above, "5", InError),
            ("modified", Matches, "^2026-06-10T", Yes),
            ("modified", Empty, "#false", InError),
            ("modified", Exists, "#true", Yes),
            ("age", After, "2026-06-10T08:00:00Z", InError),
        ],
    );
    table(
        &stdout("2026-06-10T08:00:00Z\n"),
        &[("stdout", After, "2026-06-10T07:59Z", Yes), ("stdout", Before, "2026-06-10T07:59Z", No)],
    );
    let judged = judge_one(&disk(), "modified", After, &["2026-06-10T09:00:00.5Z"]);
    assert_eq!((judged.actual.as_str(), judged.note.as_deref()), ("2026-06-10T08:00:00.5Z", Some("it is 1h earlier")));
}

#[test]
fn a_text_is_a_number_only_if_it_is_exactly_one() {
    for (text, held) in [("85%", Yes), ("79.9%", No), ("85", InError), ("85% of 100%", InError), ("", InError)] {
        assert_eq!(judge_one(&stdout(text), "stdout", AtLeast, &["80%"]).held, held, "{text}");
    }
}

#[test]
fn numbers_that_cant_be_told_apart_are_in_error() {
    let large = Observation::default().with(SubjectName::Value, number(9_007_199_254_740_992.0, Dimension::Count));
    table(
        &large,
        &[
            ("value", Is, "9007199254740993", InError),
            ("value", IsNot, "9007199254740993", InError),
            ("value", Is, "9007199254740995", No),
            ("value", Above, "5", Yes),
        ],
    );
}

#[test]
fn errors_name_the_unit_that_is_missing() {
    let note = |subject, wanted| judge_one(&disk(), subject, Above, &[wanted]).note.unwrap();
    assert_eq!(
        note("free", "5"),
        "a number of bytes can't be compared with a number without a unit; write it with its unit, such as \"2GB\""
    );
    assert_eq!(note("free", "5s"), "a number of bytes can't be compared with a length of time");
    assert_eq!(
        note("free", "5 parsecs"),
        "`parsecs` isn't a unit; known are % B kB MB GB TB KiB MiB GiB TiB ms s m h d"
    );
}

#[test]
fn numbers_are_shown_so_that_a_border_is_seen() {
    let cases = [
        (1_999_999_999.0, Dimension::Bytes, "2GB (1999999999B)"),
        (512.0, Dimension::Bytes, "512B"),
        (88_200.0, Dimension::Seconds, "1d (88200s)"),
        (0.4204, Dimension::Seconds, "0.42s"),
        (12.345, Dimension::Percent, "12.345%"),
        (-0.0, Dimension::Count, "0"),
        (200.0, Dimension::Count, "200"),
    ];
    for (number, dimension, text) in cases {
        assert_eq!(shown(Quantity { number, dimension }), text);
    }
    assert_eq!(judge_one(&disk(), "free", Above, &["10%"]).actual, "10% (2GB (2000000000B))");
}

proptest! {
    #[test]
    fn plain_numbers_round_trip(number in prop::num::f64::NORMAL | prop::num::f64::ZERO) {
        let read = parse_quantity(&plain(number)).unwrap();
        prop_assert!(read.number.to_bits() == number.to_bits() || read.number.abs() + number.abs() == 0.0);
        prop_assert_eq!(read.dimension, Dimension::Count);
    }

    #[test]
    fn what_is_above_a_number_is_above_every_smaller_one(value in -1e6..1e6f64, limit in -1e6..1e6f64, looser in 0.0..1e6f64) {
        let observation = Observation::default().with(SubjectName::Value, number(value, Dimension::Count));
        let held = |matcher, limit: f64| judge_one(&observation, "value", matcher, &[&plain(limit)]).held;
        if held(Above, limit) == Yes {
            prop_assert_eq!(held(Above, limit - looser), Yes);
            prop_assert_eq!(held(AtLeast, limit), Yes);
            prop_assert_eq!(held(AtMost, limit), No);
            prop_assert_eq!(held(Below, limit), No);
        }
        if held(Below, limit) == Yes {
            prop_assert_eq!(held(Below, limit + looser), Yes);
        }
    }

    #[test]
    fn exactly_one_of_below_is_and_above_holds(left in -100..100i32, right in -100..100i32) {
        let observation = Observation::default().with(SubjectName::Value, number(f64::from(left), Dimension::Count));
        let holding = [Below, Is, Above]
            .into_iter()
            .filter(|matcher| judge_one(&observation, "value", *matcher, &[&right.to_string()]).held == Yes)
            .count();
        prop_assert_eq!(holding, 1);
    }
}
