//! The entry: nodes of a whole bundle, includes already spliced in, become one runbook.

use camino::Utf8PathBuf;

use crate::model::Runbook;
use crate::syntax::{Finding, Node, Sources, Spanned};

/// What lowering needs besides the nodes.
pub struct Lowering<'a> {
    /// The files that the nodes were read from.
    pub sources: &'a Sources,
    /// The folder of the runbook: where relative paths of its actions start.
    pub folder: Utf8PathBuf,
    /// The text of a file named by `template=`; the span tells which file names it.
    pub template: &'a dyn Fn(&Spanned<String>) -> Result<String, Finding>,
}

impl Lowering<'_> {
    /// Lowers the nodes of a runbook. The runbook is there even with findings, without the parts
    /// that have errors, so that what they don't touch can be checked in the same go; it may only
    /// be run when no finding is an error. `None`: there is no `runbook` node to hold it.
    #[must_use]
    pub fn lower(&self, nodes: &[Node]) -> (Option<Runbook>, Vec<Finding>) {
        let _ = nodes;
        (None, Vec::new())
    }
}
