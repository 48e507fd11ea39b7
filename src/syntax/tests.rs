//! The syntax layer as its readers meet it: a text in, nodes or findings out.

mod agreement;
mod formatting;
mod hostile;
mod mistakes;
mod reading;

use std::sync::Arc;

use super::{Finding, Mistake, Node, Sources, SyntaxError, Tree, parse, parse_tree};

/// Reads a text as the only file of a bundle.
fn read(text: &str) -> Result<Vec<Node>, Vec<Finding>> {
    let mut sources = Sources::default();
    let file = sources.add("test.kdl", text);
    parse(&sources, file)
}

fn tree(text: &str) -> (Tree, Vec<Mistake>) {
    let text: Arc<str> = text.into();
    parse_tree(&text)
}

/// Each mistake's error and the text under it.
fn mistakes(text: &str) -> Vec<(SyntaxError, String)> {
    let (_, mistakes) = tree(text);
    mistakes.into_iter().map(|mistake| (mistake.error, text[mistake.at].to_owned())).collect()
}
