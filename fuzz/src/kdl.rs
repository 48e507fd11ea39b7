//! Any text, from its bytes to a plan: it gets an answer; the tree prints the text again; what is
//! found stands in the text, and is shown without a character or a word that anybody obeys; and what
//! is accepted, kdl reads in the same way.

use std::collections::BTreeMap;
use std::sync::Arc;

use runbook::cli::{Format, render_findings};
use runbook::model::bundle::load;
use runbook::plan::Plan;
use runbook::report::is_obeyed;
use runbook::syntax::{Node, Tree, format, parse_tree, read_text};

use super::theirs::{agree, bears, ours};

/// The bytes of a runbook's file.
pub fn body(bytes: &[u8]) {
    if let Ok(text) = read_text(bytes) {
        let text: Arc<str> = text.into();
        let (tree, mistakes) = parse_tree(&text);
        assert!(tree.to_string() == *text, "the tree prints another text");
        assert_eq!(ours(&text).is_ok(), mistakes.is_empty(), "{text:?}");
        for mistake in mistakes {
            assert!(text.get(mistake.at.clone()).is_some(), "{mistake:?} cuts a character of {text:?}");
        }
        if bears(&text) {
            agree(&text);
        }
        if let Ok(nodes) = ours(&text) {
            laid_out(&tree, &nodes, &text);
        }
    }
    checked(bytes);
}

/// In the canonical layout the text says the same, and that layout has no other.
fn laid_out(tree: &Tree, nodes: &[Node], text: &str) {
    let after: Arc<str> = format(tree).into();
    let again = ours(&after).unwrap_or_else(|findings| panic!("{text:?} becomes {after:?}: {findings:?}"));
    assert_eq!(said(&again), said(nodes), "{text:?} becomes {after:?}");
    assert_eq!(format(&parse_tree(&after).0), *after, "{text:?} has two layouts");
}

/// What nodes say, wherever they stand.
fn said(nodes: &[Node]) -> String {
    nodes
        .iter()
        .map(|node| {
            let arguments: Vec<_> = node.arguments.iter().map(|argument| &argument.value).collect();
            let properties: Vec<_> =
                node.properties.iter().map(|property| (&property.name.value, &property.value)).collect();
            let children = node.children.as_deref().map(said);
            format!("{:?} {arguments:?} {properties:?} {children:?}\n", node.name.value)
        })
        .collect()
}

/// All that `check` does, with a file in a folder of its own.
fn checked(bytes: &[u8]) {
    let thread = format!("{:?}", std::thread::current().id()).replace(|c: char| !c.is_ascii_digit(), "");
    let folder = std::env::temp_dir().join(format!("runbook-fuzz-{}-{thread}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("x.kdl");
    std::fs::write(&path, bytes).unwrap();
    let loaded = load(path.to_str().unwrap().into());
    for format in [Format::Human, Format::Plain, Format::Json] {
        let shown = render_findings(&loaded.findings, &loaded.sources, format, 80, false);
        obeyed_by_nobody(&shown);
    }
    if let (true, Some(runbook)) = (loaded.is_accepted(), loaded.runbook) {
        drop(Plan::resolve(&Arc::new(runbook), &BTreeMap::new(), None));
    }
    drop(std::fs::remove_dir_all(folder));
}

/// What is shown has no character that a terminal obeys, and no line that a build server does.
pub fn obeyed_by_nobody(shown: &str) {
    for line in shown.split('\n') {
        assert!(!line.chars().any(is_obeyed), "a terminal obeys {line:?}");
        let named = line
            .trim_start()
            .strip_prefix("::")
            .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
        assert!(!named && !line.contains("##[") && !line.contains("##vso["), "a build server obeys {line:?}");
    }
}
