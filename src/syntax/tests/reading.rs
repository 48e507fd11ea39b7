//! Valid text: what it decodes to, where its parts stand, and that the tree keeps all of it.

use super::{read, tree};
use crate::syntax::{TextForm, Value};

#[test]
fn a_node_knows_its_name_entries_and_children_and_where_they_stand() {
    let text = "/- kdl-version 2\nrun git 0644 --depth=1 to = \"a b\" { inner; /- gone; } // behind\n";
    let nodes = read(text).unwrap();
    assert_eq!(nodes.len(), 1);
    let node = &nodes[0];
    let at = |span: crate::syntax::Span| &text[span.range()];
    assert_eq!(node.name.value, "run");
    assert_eq!(at(node.name.span), "run");
    assert_eq!(at(node.span), "run git 0644 --depth=1 to = \"a b\" { inner; /- gone; }");
    assert_eq!(node.arguments[1].value, Value::Integer(Box::new(644)));
    assert_eq!(&*node.arguments[1].spelling, "0644");
    assert_eq!(node.properties[0].name.value, "--depth");
    assert_eq!(at(node.properties[1].span), "to = \"a b\"");
    assert_eq!(at(node.properties[1].value_span), "\"a b\"");
    assert_eq!(node.properties[1].value, Value::Text { text: "a b".into(), form: TextForm::Quoted });
    let children = node.children.as_ref().unwrap();
    assert_eq!(children.iter().map(|child| child.name.value.as_str()).collect::<Vec<_>>(), ["inner"]);
}

#[test]
fn the_tree_prints_the_text_it_was_read_from() {
    for text in ["", "\u{feff}a", "a {\r\n  b /* c */ \\ // d\n  e\n}\n", "run /opt/x }{ \"", "(u8)a [1, 2] # x"] {
        assert_eq!(tree(text).0.to_string(), text);
    }
}

#[test]
fn the_version_marker_may_say_two_and_nothing_else() {
    assert_eq!(read("/- kdl-version 2\na").unwrap().len(), 1);
    let findings = read("\u{feff}/- kdl-version 1\na").unwrap_err();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, "runbook::syntax::other_version");
    // Anywhere but at the start it is a node taken out, like any other.
    assert_eq!(read("a\n/- kdl-version 1").unwrap().len(), 1);
}

#[test]
fn a_hundred_findings_are_shown_and_the_rest_is_counted() {
    let findings = read(&"budget 5s\n".repeat(250)).unwrap_err();
    assert_eq!(findings.len(), 101);
    assert_eq!(findings[100].message, "and 150 more syntax errors");
}

#[test]
fn texts_know_how_they_were_written_and_an_empty_block_is_a_block() {
    let nodes = read("a b \"c\" #\"d\"# {\n}\nb").unwrap();
    let forms = nodes[0].arguments.iter().map(|argument| match &argument.value {
        Value::Text { form, .. } => *form,
        other => panic!("{other:?} is no text"),
    });
    assert_eq!(forms.collect::<Vec<_>>(), [TextForm::Bare, TextForm::Quoted, TextForm::Raw]);
    assert_eq!(nodes[0].children, Some(Vec::new()));
    assert_eq!(nodes[1].children, None);
}

#[test]
fn two_quotes_above_deeper_lines_with_three_are_an_empty_text() {
    for text in [
        "a \"\"\n  b \"\"\"\n    c\n    \"\"\"\n",
        "a \"\"\n  b #\"\"\"\n    c\n    \"\"\"#\n",
        "a \"\"\n  \"\"\"\n  b\n  \"\"\" c\n",
        "a \"\"\n  /*\n  \"\"\"\n  */ b\n",
    ] {
        let nodes = read(text).map_err(|findings| format!("{text}{findings:#?}")).unwrap();
        let names: Vec<_> = nodes.iter().map(|node| node.name.value.as_str()).collect();
        assert_eq!(names, ["a", "b"], "{text}");
    }
}
