//! The canonical layout: what is moved, what stays, and that nothing changes what is said.

use proptest::prelude::*;

use super::agreement::document;
use super::{read, tree};
use crate::syntax::{Node, Value, format};

fn formatted(text: &str) -> String {
    let (tree, mistakes) = tree(text);
    assert_eq!(mistakes, []);
    format(&tree)
}

/// A file that becomes another one, and then stays.
#[track_caller]
fn becomes(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
    assert_eq!(formatted(expected), expected);
}

#[track_caller]
fn stays(text: &str) {
    becomes(text, text);
}

/// What nodes say, without where they say it.
fn said(nodes: &[Node]) -> Vec<String> {
    let spelled = |value: &Value, spelling: &str| match value {
        // How a number is spelled stays; a text may have been moved.
        Value::Text { text, form } => format!("{form:?} {text:?}"),
        Value::Integer(_) | Value::Decimal(_) | Value::Flag(_) | Value::Null => spelling.to_owned(),
    };
    nodes
        .iter()
        .map(|node| {
            let arguments: Vec<_> = node.arguments.iter().map(|entry| spelled(&entry.value, &entry.spelling)).collect();
            let properties: Vec<_> = node
                .properties
                .iter()
                .map(|entry| (entry.name.value.clone(), spelled(&entry.value, &entry.spelling)))
                .collect();
            format!("{} {arguments:?} {properties:?} {:?}", node.name.value, node.children.as_deref().map(said))
        })
        .collect()
}

#[test]
fn an_empty_file_stays_empty() {
    stays("");
    becomes("\n\n  \n", "");
    becomes("\u{feff}\r\n", "");
}

#[test]
fn nodes_stand_on_lines_of_their_own_four_blanks_a_level() {
    becomes("a;b\n  c {\n d {\n\te\n}\n}", "a\nb\nc {\n    d {\n        e\n    }\n}\n");
}

#[test]
fn entries_stand_one_blank_apart_and_properties_without() {
    becomes("a   1\t b = 2  \"c\"   {\n  d\n}\n", "a 1 b=2 \"c\" {\n    d\n}\n");
}

#[test]
fn numbers_and_texts_keep_their_spelling() {
    stays("a 0644 1_000 0x1F 1.10 \"x\\n\" #\"\\d+\"# ##\"a\"#b\"## word \"b c\"=#true\n");
}

#[test]
fn one_blank_line_is_kept_and_no_more() {
    becomes("\n\na\n\n\n\nb {\n\n    c\n\n\n    d\n\n}\n\n\n", "a\n\nb {\n    c\n\n    d\n}\n");
}

#[test]
fn comments_stay_where_they_say_something() {
    stays(
        "// first\n\n// of a\na 1 // behind a\nb { // behind the brace\n    // alone\n    c\n    // last\n}\n// end\n",
    );
    becomes("a /* x */ 1   /* y */\n/* z */ b\n", "a /* x */ 1 /* y */\n/* z */ b\n");
    becomes("  /* over\n     lines */\n  a\n", "/* over\n     lines */\na\n");
}

#[test]
fn a_block_is_one_line_where_its_author_wrote_one_and_it_fits() {
    becomes("a {b 1;c 2}\n", "a { b 1; c 2; }\n");
    stays("a {}\nb { c { d; }; }\n");
    becomes("a {\n}\n", "a {}\n");
    let long = "x".repeat(60);
    becomes(&format!("a {{ b {long}; c {long}; }}\n"), &format!("a {{\n    b {long}\n    c {long}\n}}\n"));
    becomes(
        &format!("a {{ b {long} {{ c {long}; }}; d; }}"),
        &format!("a {{\n    b {long} {{\n        c {long}\n    }}\n    d\n}}\n"),
    );
}

#[test]
fn a_line_that_goes_on_in_the_next_one_still_does() {
    becomes("a 1 \\\n  2 \\ // why\n\t3\nb\n", "a 1 \\\n    2 \\ // why\n    3\nb\n");
}

#[test]
fn what_is_taken_out_stays_taken_out() {
    stays("/- kdl-version 2\n/-a 1 {\n    b\n}\nc /-1 /-d=2 /-{\n    e\n} {\n    f\n}\n");
}

#[test]
fn a_text_over_lines_moves_with_its_node() {
    becomes(
        "a {\nsh #\"\"\"\n  one\n    two\n\n  \"three\"\n  \"\"\"#\n}\n",
        "a {\n    sh #\"\"\"\n        one\n          two\n\n        \"three\"\n        \"\"\"#\n}\n",
    );
    becomes("a \"\"\"\r\n\tb\r\n\t\"\"\"\r\n", "a \"\"\"\n    b\n    \"\"\"\n");
    // Where a line end is taken out, what a line says isn't what is seen.
    stays("a \"\"\"\n  b \\\n  c\n  \"\"\"\n");
}

#[test]
fn a_text_that_goes_on_in_the_next_line_keeps_its_blanks() {
    becomes(
        "a {a \"\\\n   x\"=\"\"\na {a \"\"\"\n\"\"\"\n}\n}\n",
        "a {\n    a \"\\\n   x\"=\"\"\n    a {\n        a \"\"\"\n            \"\"\"\n    }\n}\n",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_is_said_before_and_after_and_a_second_time_changes_nothing(text in document()) {
        let once = formatted(&text);
        let nodes = read(&once);
        prop_assert!(nodes.is_ok(), "{nodes:#?}\n{text}\n---\n{once}");
        prop_assert_eq!(said(&read(&text).unwrap()), said(&nodes.unwrap()), "{}\n---\n{}", text, once);
        prop_assert_eq!(formatted(&once), once.clone(), "{}", text);
        let comments = |text: &str| text.matches("why").count();
        prop_assert_eq!(comments(&once), comments(&text), "{}\n---\n{}", text, once);
    }
}
