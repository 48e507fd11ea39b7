//! Valid text: what it decodes to, where its parts stand, and that the tree keeps all of it.

use super::{read, tree};
use crate::syntax::{TextForm, Value};

#[test]
fn a_node_knows_its_name_entries_and_children_and_where_they_stand() {
    let text = "/- kdl-version 2\nrun git 0644 --depth=1 to = \"a b\" { inner; /- gone; } // behind\n";
    let nodes = read(text).unwrap();
    assert_eq!(nodes.len(), 1);
    let node = &nodes[0];
    let at = |span: crate::syntax::Span| &text[span.start..span.end];
    assert_eq!(node.name.value, "run");
    assert_eq!(at(node.name.span), "run");
    assert_eq!(at(node.span), "run git 0644 --depth=1 to = \"a b\" { inner; /- gone; }");
    assert_eq!(node.arguments[1].value, Value::Integer(644));
    assert_eq!(node.arguments[1].spelling, "0644");
    assert_eq!(node.properties[0].name.value, "--depth");
    assert_eq!(at(node.properties[1].span), "to = \"a b\"");
    assert_eq!(at(node.properties[1].value_span), "\"a b\"");
    assert_eq!(node.properties[1].value, Value::Text { text: "a b".to_owned(), form: TextForm::Quoted });
    let children = node.children.as_ref().unwrap();
    assert_eq!(children.iter().map(|child| child.name.value.as_str()).collect::<Vec<_>>(), ["inner"]);
}

#[test]
fn the_tree_prints_the_text_it_was_read_from() {
    for text in ["", "\u{feff}a", "a {\r\n  b /* c */ \\ // d\n  e\n}\n", "run /opt/x }{ \"", "(u8)a [1, 2] # x"] {
        assert_eq!(tree(text).0.to_string(), text);
    }
}
