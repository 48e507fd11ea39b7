use super::*;
use crate::engine::judge::{CaptureError, SelectError, preserved_equal};
use crate::event::Held::{No, Yes};
use crate::model::{Capture, Condition, Preserve, Selection};
use proptest::prelude::*;

fn selection(subject: &str, matches: Option<&str>) -> Selection {
    Selection {
        subject: expectation(subject, Matcher::Exists, &[]).subject,
        matches: matches.map(|pattern| Spanned::new(pattern.to_owned(), Span::default())),
        span: Span::default(),
    }
}

fn select(observation: &Observation, subject: &str, matches: Option<&str>) -> Result<Option<String>, SelectError> {
    JUDGE.select(&selection(subject, matches), observation, &values())
}

fn file() -> Observation {
    Observation::default()
        .with(SubjectName::Exists, Datum::Flag(true))
        .with(SubjectName::Path, text("/var/backups/a.sql.gz"))
        .with(SubjectName::Size, number(1234.0, Dimension::Bytes))
        .with(SubjectName::Age, number(1.25, Dimension::Seconds))
        .with(SubjectName::Modified, Datum::Time("2026-06-10T08:00:00Z".parse().unwrap()))
}

#[test]
fn every_kind_of_value_has_one_text() {
    let cases = [
        ("exists", "true"),
        ("path", "/var/backups/a.sql.gz"),
        ("size", "1234"),
        ("age", "1.25"),
        ("modified", "2026-06-10T08:00:00Z"),
    ];
    for (subject, value) in cases {
        assert_eq!(select(&file(), subject, None), Ok(Some(value.to_owned())), "{subject}");
    }
    assert_eq!(select(&stdout("3f2a9bc\n"), "stdout", None), Ok(Some("3f2a9bc".to_owned())));
    assert_eq!(select(&file(), "sha256", None), Ok(None));
}

#[test]
fn a_moment_keeps_its_fraction_so_that_it_is_not_before_itself() {
    let observation = file().with(SubjectName::Modified, Datum::Time("2026-06-10T08:00:00.25Z".parse().unwrap()));
    let value = select(&observation, "modified", None).unwrap().unwrap();
    assert_eq!(value, "2026-06-10T08:00:00.25Z");
    assert_eq!(judge_one(&observation, "modified", Matcher::Is, &[&value]).held, Yes);
    assert_eq!(judge_one(&observation, "modified", Matcher::After, &[&value]).held, No);
}

#[test]
fn a_regex_gives_its_first_group_or_the_whole_match() {
    let out = stdout("commit 3f2a9bc by a\ncommit 777 by b");
    assert_eq!(select(&out, "stdout", Some("commit ([0-9a-f]+)")), Ok(Some("3f2a9bc".to_owned())));
    assert_eq!(select(&out, "stdout", Some("commit [0-9a-f]+")), Ok(Some("commit 3f2a9bc".to_owned())));
    assert_eq!(select(&out, "stdout", Some("(x)?commit")), Ok(None));
    assert_eq!(select(&out, "stdout", Some("absent")), Ok(None));
    assert!(matches!(select(&out, "stdout", Some("(")), Err(SelectError::Unreadable(_))));
}

#[test]
fn a_text_that_was_cut_gives_only_what_is_certain() {
    let out = cut("id=12\nnext=34", "56 id=78");
    assert!(matches!(select(&out, "stdout", None), Err(SelectError::Unreadable(_))));
    let out_with_lines = cut("id=12 x=y\na\nb\nnext=34", "56");
    assert_eq!(select(&out_with_lines, "stdout", Some(r"id=(\d+)")), Ok(Some("12".to_owned())));
    assert_eq!(select(&out_with_lines, "stdout", Some(r"x=(.*)\s+")), Ok(Some("y".to_owned())));
    assert!(matches!(select(&out_with_lines, "stdout", Some(r"(?s)x=(.*)a")), Err(SelectError::Unreadable(_))));
    assert_eq!(select(&out, "stdout", Some(r"id=(\d+)")), Ok(Some("12".to_owned())));
    let half_a_line = cut("id=12 next=34", "56 id=78");
    assert!(matches!(select(&half_a_line, "stdout", Some(r"id=(\d+)")), Err(SelectError::Unreadable(_))));
    assert!(matches!(select(&out, "stdout", Some(r"next=(\d+)")), Err(SelectError::Unreadable(_))));
    assert!(matches!(select(&out, "stdout", Some(r"56 id=(\d+)")), Err(SelectError::Unreadable(_))));
}

#[test]
fn a_path_must_name_one_node() {
    let answer = body(r#"{"version": "0.3.0", "n": [1, 2], "o": {"b": 1, "a": null}, "zero": null}"#);
    let cases = [
        ("json $.version", Ok(Some("0.3.0".to_owned()))),
        ("json $.n", Ok(Some("[1,2]".to_owned()))),
        ("json $.o", Ok(Some(r#"{"b":1,"a":null}"#.to_owned()))),
        ("json $.n[1]", Ok(Some("2".to_owned()))),
        ("json $.zero", Ok(Some("null".to_owned()))),
        ("json $.absent", Ok(None)),
        ("json $.n[*]", Err(SelectError::Several { path: "$.n[*]".to_owned(), nodes: 2 })),
    ];
    for (subject, value) in cases {
        assert_eq!(select(&answer, subject, None), value, "{subject}");
    }
    assert!(matches!(select(&body("no"), "json $.a", None), Err(SelectError::Unreadable(_))));
}

#[test]
fn replaced_bytes_are_no_value() {
    let kept = Kept { head: "a\u{fffd} id=7".to_owned(), lossy: true, ..Kept::default() };
    let out = Observation::default().with(SubjectName::Stdout, Datum::Kept(kept));
    assert!(matches!(select(&out, "stdout", None), Err(SelectError::Unreadable(_))));
    assert_eq!(select(&out, "stdout", Some(r"id=(\d+)")), Ok(Some("7".to_owned())));
}

#[test]
fn a_value_fits_into_an_environment() {
    let long = "x".repeat(70_000);
    assert_eq!(select(&stdout(&long), "stdout", None), Err(SelectError::TooLong { bytes: 70_000 }));
    assert_eq!(select(&stdout(&long), "stdout", Some("x{3}")), Ok(Some("xxx".to_owned())));
}

#[test]
fn a_capture_is_its_value_or_its_default_or_an_error() {
    let capture = |subject: &str, default: Option<&str>, observation: &Observation| {
        let capture = Capture {
            name: Spanned::new("digest".to_owned(), Span::default()),
            selection: selection(subject, None),
            default: default.map(template),
            span: Span::default(),
        };
        Judge::default().capture(&capture, observation, &values())
    };
    assert_eq!(capture("path", Some("x"), &file()), Ok("/var/backups/a.sql.gz".to_owned()));
    assert_eq!(capture("sha256", Some("v{{version}}"), &file()), Ok("v0.3.0".to_owned()));
    let error = capture("sha256", None, &file()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`digest` has no value: there is no sha256: the file couldn't be read; write default= for a value that may be missing"
    );
    assert!(matches!(capture("sha256", Some("{{missing}}"), &file()), Err(CaptureError::Default { .. })));
    assert!(matches!(capture("stdout", Some("x"), &cut("a", "b")), Err(CaptureError::Selection { .. })));
    let null = Observation::default().with(SubjectName::Count, number(1.0, Dimension::Count));
    assert_eq!(capture("value", Some(""), &null), Ok(String::new()));
    assert!(matches!(capture("value", None, &null), Err(CaptureError::Nothing { .. })));
}

#[test]
fn a_preserved_value_must_be_exactly_what_it_was() {
    let mut sources = Sources::default();
    let text = "preserve revision \"The commit\" { run git rev-parse HEAD; }";
    let file = sources.add("release.kdl", text);
    let preserve = Preserve {
        name: Spanned::new("revision".to_owned(), Span::default()),
        title: template("The commit"),
        activity: activity(action(), Vec::new()),
        select: selection("stdout", None),
        span: Span::new(file, 0..text.len()),
    };
    let equal = preserved_equal(&preserve, "3f2a", "3f2a", &sources);
    assert_eq!((equal.held, equal.line.as_str(), equal.note), (Yes, text, None));
    let other = preserved_equal(&preserve, "3f2a", "777", &sources);
    assert_eq!((other.held, other.expected.as_str(), other.actual.as_str()), (No, "is 3f2a", "777"));
    assert_eq!(other.note.as_deref(), Some("`revision` isn't what it was before the run"));
    let lines = preserved_equal(&preserve, "a\nb", "a\nb ", &sources);
    assert_eq!((lines.held, lines.texts), (No, Some(("a\nb".to_owned(), "a\nb ".to_owned()))));
}

#[test]
fn a_condition_compares_a_value() {
    let holds = |name: &str, matcher, wanted: &str| {
        let condition = Condition {
            name: Spanned::new(name.to_owned(), Span::default()),
            comparison: expectation("stdout", matcher, &[wanted]).comparison,
            span: Span::default(),
        };
        Judge::default().condition_holds(&condition, &values()).map_err(|error| error.to_string())
    };
    assert_eq!(holds("version", Matcher::Is, "0.3.0"), Ok(true));
    assert_eq!(holds("version", Matcher::IsNot, "0.3.0"), Ok(false));
    assert_eq!(holds("count", Matcher::Above, "2"), Ok(true));
    assert_eq!(holds("nothing", Matcher::Empty, "#true"), Ok(true));
    assert_eq!(holds("absent", Matcher::Exists, "#false"), Ok(true));
    assert_eq!(holds("absent", Matcher::Is, "x"), Err("`when absent` can't be decided: it has no value".to_owned()));
    assert!(holds("version", Matcher::Above, "2").is_err());
}

const PATTERNS: [&str; 12] =
    ["a", "^a", "b$", "(?m)^b", "(?m)a$", r"\bab\b", "a.*b", "(?s)a.*b", r"a\s+b", "(?:a b;)?", r"(a\s+)?b?a", "[^b]+"];

proptest! {
    /// What is kept is judged as the whole is, or not at all.
    #[test]
    fn nothing_in_the_gap_could_change_a_verdict(
        head in "[ab; \n]{0,24}", gap in "[ab; \n]{1,8}", tail in "[ab; \n]{0,12}", wanted in "[ab;]{1,3}",
    ) {
        use Matcher::{Contains, Empty, Is, IsNot, Lacks, LacksMatch, Like, Matches};
        let whole = Kept { head: format!("{head}{gap}{tail}"), ..Kept::default() };
        let whole = Observation::default().with(SubjectName::Stdout, Datum::Kept(whole));
        let parts = cut(&head, &tail);
        for matcher in [Contains, Lacks, Matches, LacksMatch, Is, IsNot, Like, Empty] {
            let patterns = if matches!(matcher, Matches | LacksMatch) { PATTERNS.as_slice() } else { &[wanted.as_str()] };
            for pattern in patterns.iter().chain(&["#true", "#false"]) {
                let judged = judge_one(&parts, "stdout", matcher, &[pattern]).held;
                if judged != Held::InError {
                    prop_assert_eq!(judged, judge_one(&whole, "stdout", matcher, &[pattern]).held, "{:?} {}", matcher, pattern);
                }
            }
        }
        for pattern in PATTERNS {
            if let Ok(selected) = select(&parts, "stdout", Some(pattern)) {
                prop_assert_eq!(Ok(selected), select(&whole, "stdout", Some(pattern)), "{}", pattern);
            }
        }
    }
}
