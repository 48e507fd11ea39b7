//! `allow CODE because="…"`, wherever it stands. Whether there is such a warning is found out once the
//! whole was reviewed.

use super::lowering::Lower;
use crate::model::{Allowance, ModelError};
use crate::syntax::Node;

impl Lower<'_> {
    /// Every `allow` of a file and its includes, in the order of the text.
    pub(super) fn allowances(&mut self, nodes: &[Node]) -> Vec<Allowance> {
        let mut allowances = Vec::new();
        let mut waiting: Vec<&Node> = nodes.iter().rev().collect();
        while let Some(node) = waiting.pop() {
            allowances.extend(node.children_named("allow").filter_map(|child| self.allowance(child, node)));
            waiting.extend(node.children().iter().rev());
        }
        allowances
    }

    fn allowance(&mut self, node: &Node, around: &Node) -> Option<Allowance> {
        let code = self.keep(node.required_argument(0, "the code of a warning"));
        let because = self.keep(node.required_property("because"));
        let code = self.keep(code?.text())?;
        let because = self.keep(because?.text())?;
        if because.value.trim().is_empty() {
            self.report(ModelError::EmptyText { what: "the reason".to_owned() }.at(because.span));
            return None;
        }
        Some(Allowance { code, because: because.value, node: around.span, span: node.span })
    }
}
