use super::*;
use crate::event::Held::{InError, No, Yes};
use crate::model::Matcher::*;

#[test]
fn texts_are_compared_as_they_are_spelled() {
    table(
        &stdout("ready 0.3.0\n12 passed\n"),
        &[
            ("stdout", Is, "ready 0.3.0\n12 passed", Yes),
            ("stdout", Is, "ready {{version}}\n12 passed", Yes),
            ("stdout", Is, "ready", No),
            ("stdout", IsNot, "ready", Yes),
            ("stdout", IsNot, "ready 0.3.0\n12 passed", No),
            ("stdout", Contains, "ready", Yes),
            ("stdout", Contains, "0\n12", Yes),
            ("stdout", Contains, "failed", No),
            ("stdout", Contains, "{{nothing}}", InError),
            ("stdout", Contains, "{{missing}}", InError),
            ("stdout", Contains, "{{secret.key}}", InError),
            ("stdout", Lacks, "failed", Yes),
            ("stdout", Lacks, "passed", No),
            ("stdout", Lacks, "{{nothing}}", InError),
            ("stdout", Matches, r"\d+ passed", Yes),
            ("stdout", Matches, "passed", Yes),
            ("stdout", Matches, "^passed", No),
            ("stdout", Matches, "passed$", Yes),
            ("stdout", Matches, "ready {{version}}", Yes),
            ("stdout", Matches, "(unclosed", InError),
            ("stdout", Matches, "{{nothing}}", InError),
            ("stdout", LacksMatch, r"\b(ERROR|CRITICAL)\b", Yes),
            ("stdout", LacksMatch, "pass", No),
            ("stdout", LacksMatch, "(unclosed", InError),
            ("stdout", Like, "ready [..]\n...", Yes),
            ("stdout", Like, "ready", No),
            ("stdout", Above, "5", InError),
            ("stdout", After, "2026-06-10T08:00:00Z", InError),
            ("stdout", Empty, "#true", No),
            ("stdout", Empty, "#false", Yes),
            ("stdout", Empty, "perhaps", InError),
            ("stdout", Exists, "#true", Yes),
            ("stdout", Exists, "#false", No),
        ],
    );
}

#[test]
fn values_in_a_regex_are_literal() {
    let matched = |text: &str| judge_one(&stdout(text), "stdout", Matches, &["^v{{version}}$"]).held;
    assert_eq!(matched("v0.3.0"), Yes);
    assert_eq!(matched("v0x3y0"), No);
}

#[test]
fn one_of_holds_for_any_of_its_values() {
    let exit = Observation::default().with(SubjectName::Exit, number(128.0, Dimension::Count));
    assert_eq!(judge_one(&exit, "exit", OneOf, &["0", "128"]).held, Yes);
    assert_eq!(judge_one(&exit, "exit", OneOf, &["0", "1"]).held, No);
    assert_eq!(judge_one(&exit, "exit", OneOf, &["0", "none"]).held, InError);
    assert_eq!(judge_one(&exit, "exit", OneOf, &["none", "128"]).held, Yes);
    assert_eq!(judge_one(&stdout("b"), "stdout", OneOf, &["a", "b"]).held, Yes);
    assert_eq!(judge_one(&exit, "exit", OneOf, &["0", "1"]).expected, "is one of 0, 1");
}

#[test]
fn another_spelling_of_a_number_passes_for_neither_the_same_nor_another_text() {
    let judged = judge_one(&stdout("1.0"), "stdout", Is, &["1"]);
    assert_eq!(judged.held, No);
    assert!(judged.note.unwrap().contains("two spellings of one number"));
    assert_eq!(judge_one(&stdout("1.0"), "stdout", IsNot, &["1"]).held, No);
    assert_eq!(judge_one(&stdout("1.10"), "stdout", Is, &["1.1"]).held, No);
    assert_eq!(judge_one(&stdout("2"), "stdout", IsNot, &["1"]).held, Yes);
}

#[test]
fn a_text_that_was_cut_never_passes_on_what_was_kept() {
    table(
        &cut("starting\nready\n", "\nlast line"),
        &[
            ("stdout", Contains, "ready", Yes),
            ("stdout", Contains, "last", Yes),
            ("stdout", Contains, "in between", InError),
            ("stdout", Contains, "ready\n\nlast", InError),
            ("stdout", Lacks, "ready", No),
            ("stdout", Lacks, "last", No),
            ("stdout", Lacks, "ERROR", InError),
            ("stdout", Matches, "^starting", Yes),
            ("stdout", Matches, "line$", Yes),
            ("stdout", Matches, "read[xy]", Yes),
            ("stdout", Matches, "absent", InError),
            ("stdout", LacksMatch, "ready", No),
            ("stdout", LacksMatch, "absent", InError),
            ("stdout", Is, "starting\nready\n\nlast line", InError),
            ("stdout", Is, "starting\nready\n", InError),
            ("stdout", IsNot, "something else", InError),
            ("stdout", OneOf, "something else", InError),
            ("stdout", Like, "...", InError),
            ("stdout", Above, "1", InError),
            ("stdout", After, "2026-06-10T08:00:00Z", InError),
            ("stdout", Empty, "#true", No),
            ("stdout", Empty, "#false", Yes),
            ("stdout", Exists, "#true", Yes),
        ],
    );
    let note = judge_one(&cut("a", "b"), "stdout", Lacks, &["ERROR"]).note.unwrap();
    assert!(note.contains("4096 bytes"), "{note}");
}

#[test]
fn an_anchor_doesnt_take_the_gap_for_an_end() {
    table(
        &cut("one tw", "o three"),
        &[
            ("stdout", Matches, "tw$", InError),
            ("stdout", Matches, r"tw\b", InError),
            ("stdout", Matches, "(?m)^o t", InError),
            ("stdout", Matches, r"\bo three", InError),
            ("stdout", Matches, "^o three", InError),
            ("stdout", Matches, "two", InError),
            ("stdout", Matches, r"\bone\b", Yes),
            ("stdout", Matches, "three$", Yes),
            ("stdout", Matches, "one.*", Yes),
        ],
    );
}

#[test]
fn lacking_in_an_empty_text_passes_and_says_for_what() {
    for matcher in [Lacks, LacksMatch] {
        let judged = judge_one(&stdout(""), "stdout", matcher, &["ERROR"]);
        assert_eq!((judged.held, judged.note.as_deref()), (Yes, Some("it is empty, so that this passes for nothing")));
    }
    table(&stdout(""), &[("stdout", Empty, "#true", Yes), ("stdout", Is, "", Yes), ("stdout", Contains, "x", No)]);
    assert_eq!(judge_one(&stdout(" "), "stdout", Empty, &["#true"]).held, No);
}

#[test]
fn evidence_is_the_part_that_the_verdict_is_about() {
    let log = format!("{}ERROR: disk full\n{}done", "fine\n".repeat(20), "fine\n".repeat(20));
    let actual = |matcher, wanted| judge_one(&stdout(&log), "stdout", matcher, &[wanted]).actual;
    assert_eq!(actual(Lacks, "ERROR"), "ERROR: disk full");
    assert_eq!(actual(LacksMatch, "E[R]+OR"), "ERROR: disk full");
    assert_eq!(actual(Contains, "disk"), "ERROR: disk full");
    assert_eq!(actual(Contains, "absent"), "…fine\nfine\nfine\nfine\ndone");
    assert_eq!(actual(Is, "absent"), "fine\nfine\nfine\nfine\nfine…");
}

#[test]
fn a_failure_explains_what_cant_be_seen() {
    let judged = judge_one(&stdout("ok "), "stdout", Is, &["ok"]);
    assert_eq!(judged.note.as_deref(), Some("they differ only in the blanks around them"));
    assert_eq!(judge_one(&stdout(""), "stdout", Is, &["ok"]).note.as_deref(), Some("it is empty"));
    assert_eq!(judge_one(&stdout("ok"), "stdout", Is, &["no"]).texts, None);
    let judged = judge_one(&stdout("a\nb"), "stdout", Is, &["a\nc"]);
    assert_eq!(judged.texts, Some(("a\nc".to_owned(), "a\nb".to_owned())));
    assert_eq!(judge_one(&stdout("a\nb"), "stdout", Is, &["a\nb"]).texts, None);
}

#[test]
fn replaced_bytes_are_noted() {
    let kept = Kept { head: "caf\u{fffd}".to_owned(), lossy: true, ..Kept::default() };
    let observation = Observation::default().with(SubjectName::Stdout, Datum::Kept(kept));
    let judged = judge_one(&observation, "stdout", Contains, &["caf"]);
    assert_eq!(judged.held, Yes);
    assert!(judged.note.unwrap().contains("aren't UTF-8"));
    table(
        &observation,
        &[
            ("stdout", Is, "caf\u{fffd}", InError),
            ("stdout", Is, "café", No),
            ("stdout", IsNot, "caf\u{fffd}", InError),
            ("stdout", Contains, "\u{fffd}", InError),
            ("stdout", Matches, "f\u{fffd}", InError),
        ],
    );
}

#[test]
fn a_subject_that_is_missing_is_in_error_except_for_its_existence() {
    let absent = Observation::default().with(SubjectName::Exists, Datum::Flag(false));
    for matcher in Matcher::ALL.into_iter().filter(|matcher| *matcher != Exists) {
        let judged = judge_one(&absent, "size", matcher, &["#true"]);
        assert_eq!(judged.held, InError, "{matcher:?}");
        assert_eq!(judged.actual, "");
        assert_eq!(judged.note.as_deref(), Some("there is no size: the file doesn't exist"), "{matcher:?}");
    }
    assert_eq!(judge_one(&absent, "size", Exists, &["#false"]).held, Yes);
    assert_eq!(judge_one(&absent, "size", Exists, &["#true"]).held, No);
    assert_eq!(judge_one(&absent, "exists", Is, &["#false"]).held, Yes);
}

#[test]
fn without_any_answer_even_absence_is_in_error() {
    for name in SubjectName::ALL {
        let judged = judge_one(&Observation::default(), name.word(), Exists, &["#false"]);
        assert_eq!(judged.held, InError, "{name:?}");
        assert!(judged.note.unwrap().contains(&format!("no {}", name.word())), "{name:?}");
    }
}

#[test]
fn a_header_is_found_whatever_its_case() {
    let observation = Observation {
        headers: vec![("etag".into(), "x1".into()), ("vary".into(), "a".into()), ("vary".into(), "b".into())],
        ..body("{}")
    };
    table(
        &observation,
        &[
            ("header ETag", Is, "x1", Yes),
            ("header vary", Is, "a, b", Yes),
            ("header age", Exists, "#false", Yes),
            ("header age", IsNot, "0", InError),
        ],
    );
}

#[test]
fn modes_and_digests_have_one_meaning_in_either_spelling() {
    let file = Observation::default().with(SubjectName::Mode, text("0644")).with(SubjectName::Sha256, text("ab12"));
    table(
        &file,
        &[
            ("mode", Is, "0644", Yes),
            ("mode", Is, "\"644\"", Yes),
            ("mode", IsNot, "644", No),
            ("mode", Is, "0600", No),
            ("sha256", Is, "AB12", Yes),
            ("sha256", Is, "ab13", No),
        ],
    );
}

#[test]
fn a_missing_sql_value_is_null_and_nothing_else() {
    let null = Observation::default().with(SubjectName::Count, number(0.0, Dimension::Count));
    table(
        &null,
        &[
            ("value", Is, "#null", Yes),
            ("value", IsNot, "#null", No),
            ("value", Empty, "#true", Yes),
            ("value", Exists, "#false", Yes),
            ("value", Exists, "#true", No),
            ("value", Is, "ok", InError),
            ("value", IsNot, "ok", InError),
            ("value", Lacks, "ok", InError),
            ("value", LacksMatch, "ok", InError),
            ("value", Below, "5", InError),
            ("value", Like, "...", InError),
            ("value", After, "2026-06-10T08:00Z", InError),
            ("count", Is, "0", Yes),
        ],
    );
    table(&null.with(SubjectName::Value, text("ok")), &[("value", Is, "#null", No), ("value", IsNot, "#null", Yes)]);
}
