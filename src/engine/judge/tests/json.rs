use super::*;
use crate::event::Held::{InError, No, Yes};
use crate::model::Matcher::*;

const ANSWER: &str = r#"{
    "status": "healthy", "uptime": 12.0, "port": 8000, "ready": true, "none": null, "odd": "a\"b\\c",
    "started": "2026-06-10T08:00:00Z", "free": "3GB", "digits": "5", "large": 9007199254740993,
    "tags": ["release", "blue"], "empty": [], "nested": {"a": 1, "b": [1, {"c": 2, "d": 3}]},
    "items": [{"phase": "Running", "n": 1}, {"phase": "Running", "n": 2}, {"phase": "Pending", "n": 3}]
}"#;

#[test]
fn nodes_are_compared_by_their_kind() {
    table(
        &body(ANSWER),
        &[
            ("json $.status", Is, "healthy", Yes),
            ("json $.status", IsNot, "healthy", No),
            ("json $.status", Contains, "health", Yes),
            ("json $.status", Lacks, "health", No),
            ("json $.status", Matches, "^h", Yes),
            ("json $.status", LacksMatch, "^x", Yes),
            ("json $.status", Like, "heal[..]", Yes),
            ("json $.status", Above, "5", InError),
            ("json $.status", Is, "#null", No),
            ("json $.uptime", Is, "12", Yes),
            ("json $.uptime", Below, "60", Yes),
            ("json $.uptime", Below, "60s", InError),
            ("json $.uptime", Is, "healthy", No),
            ("json $.uptime", Empty, "#false", InError),
            ("json $.port", Is, "8000", Yes),
            ("json $.port", Is, "\"8000\"", Yes),
            ("json $.port", Matches, "^8", Yes),
            ("json $.ready", Is, "#true", Yes),
            ("json $.ready", Is, "#false", No),
            ("json $.ready", Is, "yes", No),
            ("json $.ready", Above, "0", InError),
            ("json $.none", Is, "#null", Yes),
            ("json $.none", Is, "", No),
            ("json $.none", IsNot, "healthy", Yes),
            ("json $.none", Exists, "#true", Yes),
            ("json $.none", Empty, "#true", Yes),
            ("json $.none", Lacks, "x", InError),
            ("json $.started", After, "2026-06-10T07:00Z", Yes),
            ("json $.free", Above, "2GB", Yes),
            ("json $.digits", Is, "5", Yes),
            ("json $.digits", IsNot, "5.0", No),
            ("json $.large", Is, "9007199254740993", Yes),
            ("json $.large", Is, "9007199254740992", No),
            ("json $.tags", Contains, "blue", Yes),
            ("json $.tags", Contains, "blu", No),
            ("json $.tags", Lacks, "green", Yes),
            ("json $.tags", Lacks, "blue", No),
            ("json $.tags", Matches, "blue", InError),
            ("json $.tags", Is, r#"["release", "blue"]"#, Yes),
            ("json $.tags", Is, r#"["blue", "release"]"#, No),
            ("json $.tags", Is, r#"["release"]"#, No),
            ("json $.tags", Is, "blue", InError),
            ("json $.tags", IsNot, "blue", InError),
            ("json $.empty", Empty, "#true", Yes),
            ("json $.tags", Empty, "#false", Yes),
            ("json $.nested", Contains, "a", InError),
            ("json $.nested", Empty, "#false", Yes),
        ],
    );
}

#[test]
fn a_path_holds_when_a_node_matches_and_all_satisfy() {
    table(
        &body(ANSWER),
        &[
            ("json $.items[*].n", AtLeast, "1", Yes),
            ("json $.items[*].n", AtLeast, "2", No),
            ("json $.items[*].phase", Is, "Running", No),
            ("json $.items[*].phase", IsNot, "Failed", Yes),
            ("json $.items[*].phase", Above, "1", InError),
            ("json $.absent", Is, "x", No),
            ("json $.absent", IsNot, "x", No),
            ("json $.absent", Lacks, "x", No),
            ("json $.absent", Exists, "#false", Yes),
            ("json $.absent", Exists, "#true", No),
            ("json $.status", Exists, "#false", No),
            ("json status", Exists, "#false", InError),
            ("json $", Exists, "#true", Yes),
        ],
    );
    let judged = judge_one(&body(ANSWER), "json $.items[*].phase", Is, &["Running"]);
    assert_eq!(judged.actual, "Pending");
    assert_eq!(judged.note.as_deref(), Some("$['items'][2]['phase']; 1 of 3 nodes don't hold"));
}

#[test]
fn an_expected_object_is_a_subset() {
    table(
        &body(ANSWER),
        &[
            ("json", Is, r#"{"status": "healthy"}"#, Yes),
            ("json", Is, r#"{"uptime": 12, "nested": {"b": [1, {"c": 2.0}]}}"#, Yes),
            ("json", Is, r#"{"nested": {"b": [1]}}"#, No),
            ("json", Is, r#"{"nested": {"b": [1, {"c": 3}]}}"#, No),
            ("json", Is, r#"{"absent": null}"#, No),
            ("json", Is, r#"{"port": "8000"}"#, No),
            ("json", Is, "{}", Yes),
            ("json", Is, "{", InError),
            ("json", IsNot, "{", InError),
            ("json", IsNot, r#"{"status": "down"}"#, Yes),
            ("json", IsNot, r#"{"status": "healthy"}"#, No),
            ("json", Is, r#"{"odd": "{{odd}}"}"#, Yes),
            ("json", Is, r#"{"status": "{{nothing}}"}"#, No),
            ("json $.items[2]", Is, r#"{"n": {{count}}}"#, Yes),
            ("json", Is, r#"{"status": {{version}}}"#, InError),
            ("json", Is, r#"{"status": "{{secret.key}}"}"#, InError),
        ],
    );
    let judged = judge_one(&body(ANSWER), "json", Is, &[r#"{"port": 1, "ready": true}"#]);
    let (expected, actual) = judged.texts.unwrap();
    assert_eq!(expected, "{\n  \"port\": 1,\n  \"ready\": true\n}");
    assert_eq!(actual, "{\n  \"port\": 8000,\n  \"ready\": true\n}");
}

#[test]
fn what_isnt_json_is_in_error() {
    for observation in [body("<html>"), body(""), body("{\"a\": 1"), stdout("{}")] {
        for (matcher, wanted) in [(Is, "x"), (IsNot, "x"), (Exists, "#false"), (Exists, "#true")] {
            let judged = judge_one(&observation, "json $.a", matcher, &[wanted]);
            assert_eq!(judged.held, InError, "{observation:?} {matcher:?}");
            assert!(judged.note.is_some());
        }
    }
    let half = Kept { head: "{\"a\": 1}".to_owned(), tail: "}".to_owned(), dropped: 9, ..Kept::default() };
    let observation = Observation::default().with(SubjectName::Body, Datum::Kept(half));
    assert_eq!(judge_one(&observation, "json $.a", Is, &["1"]).held, InError);
    let deep = "[".repeat(100_000);
    assert_eq!(judge_one(&body(&deep), "json $", Exists, &["#true"]).held, InError);
}
