//! Ids and the names of values: how they are spelled, and that each is given once in a runbook.

use std::collections::BTreeSet;

use super::lowering::Lower;
use crate::model::{ModelError, is_value_name};
use crate::syntax::reader::shortened;
use crate::syntax::{Finding, Node, Spanned};

/// Names of values that would change how programs work, since values reach them as variables.
const SHADOWING: [&str; 7] =
    ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "ld_preload", "ld_library_path"];

/// The names of values that a runbook declares anywhere, whether or not their nodes are right.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Inputs, lets, captures and preserved values.
    pub values: BTreeSet<String>,
    /// Secrets, without `secret.`.
    pub secrets: BTreeSet<String>,
}

/// Collects the names of all values, before anything of them is read.
#[must_use]
pub fn declared_names(nodes: &[Node]) -> Known {
    let mut known = Known::default();
    let mut waiting: Vec<&Node> = nodes.iter().collect();
    while let Some(node) = waiting.pop() {
        let name = node.argument(0).and_then(|entry| entry.text().ok());
        match (node.name.value.as_str(), name) {
            ("input" | "let" | "capture" | "preserve", Some(name)) => _ = known.values.insert(name.value),
            ("secret", Some(name)) => _ = known.secrets.insert(name.value),
            (_, _) => {}
        }
        waiting.extend(node.children());
    }
    known
}

impl Lower<'_> {
    /// The id of a node: its first argument, kebab-case, given once.
    pub(super) fn id(&mut self, node: &Node) -> Option<Spanned<String>> {
        let entry = self.keep(node.required_argument(0, "an id"))?;
        let id = self.keep(entry.text())?;
        if !is_kebab_case(&id.value) {
            let near = kebab_case(&id.value);
            self.report(ModelError::NotAnId { id: shortened(&id.value), near }.at(id.span));
            return Some(id);
        }
        if let Some(first) = self.ids.get(&id.value) {
            let first = *first;
            self.report(twice(ModelError::RepeatedId { id: id.value.clone() }.at(id.span), first));
        } else {
            self.ids.insert(id.value.clone(), id.span);
        }
        Some(id)
    }

    /// The name of a value: the first argument of its node, given once.
    pub(super) fn name(&mut self, node: &Node) -> Option<Spanned<String>> {
        let entry = self.keep(node.required_argument(0, "a name"))?;
        let name = self.keep(entry.text())?;
        if !is_value_name(&name.value) {
            let near = kebab_case(&name.value).replace('-', "_");
            self.report(ModelError::NotAName { name: shortened(&name.value), near }.at(name.span));
        } else if SHADOWING.contains(&name.value.as_str()) {
            self.report(ModelError::ShadowingName { name: name.value.clone() }.at(name.span));
        } else if let Some(first) = self.names.get(&name.value) {
            let first = *first;
            self.report(twice(ModelError::RepeatedName { name: name.value.clone() }.at(name.span), first));
        } else {
            self.names.insert(name.value.clone(), name.span);
        }
        Some(name)
    }
}

/// Whether a variable must not be set by a runbook: programs are found and loaded by it.
pub(super) fn is_guarded_variable(name: &str) -> bool {
    matches!(name, "PATH" | "HOME" | "IFS") || name.starts_with("LD_") || name.starts_with("RUNBOOK_")
}

fn twice(mut finding: Finding, first: crate::syntax::Span) -> Finding {
    finding.labels.push((first, "first here".to_owned()));
    finding
}

/// Lower-case words of letters and digits with single hyphens between them.
pub(super) fn is_kebab_case(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// The nearest text in kebab-case; `an-id` where nothing is left of it.
fn kebab_case(text: &str) -> String {
    let mut id = String::new();
    for c in text.chars().take(60) {
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_matches('-').trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    if id.is_empty() { "an-id".to_owned() } else { id.to_owned() }
}
