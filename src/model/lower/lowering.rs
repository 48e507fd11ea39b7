//! The entry: nodes of a whole bundle, includes already spliced in, become one runbook.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::names::{Known, declared_names};
use super::surroundings::Defaults;
use crate::model::{ExpectationError, ModelError, Runbook, Surroundings};
use crate::syntax::{Finding, Node, ReadError, Sources, Span, Spanned};

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
        let mut lower = Lower {
            sources: self.sources,
            template_text: self.template,
            known: declared_names(nodes),
            ids: HashMap::new(),
            names: HashMap::new(),
            damaged: HashSet::new(),
            findings: Vec::new(),
        };
        lower.check_forms(nodes);
        let runbook = lower.runbook(nodes, &self.folder);
        (runbook, lower.into_findings())
    }
}

/// Something is wrong and was reported: unlike what is missing, it has no value at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported;

/// The state of one lowering: what was found so far. Its methods are spread over the files of this
/// folder, one idea each; each gives a part of the model, or `None` after it reported why not.
pub(super) struct Lower<'a> {
    pub(super) sources: &'a Sources,
    pub(super) template_text: &'a dyn Fn(&Spanned<String>) -> Result<String, Finding>,
    /// Every name of a value, known before its node is read.
    pub(super) known: Known,
    /// The ids so far, and where they stand.
    pub(super) ids: HashMap<String, Span>,
    /// The names of values so far, and where they stand.
    pub(super) names: HashMap<String, Span>,
    /// The names of nodes that hold something unreadable: that something is missing in them, too,
    /// is most likely the same mistake, and isn't reported.
    pub(super) damaged: HashSet<Span>,
    pub(super) findings: Vec<Finding>,
}

impl Lower<'_> {
    /// Notes an error.
    pub(super) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Notes the error of a reading, and goes on without its value.
    pub(super) fn keep<T>(&mut self, reading: Result<T, Finding>) -> Option<T> {
        reading.map_err(|finding| self.report(finding)).ok()
    }

    /// Reads what may be missing.
    pub(super) fn keep_optional<T>(&mut self, reading: Option<Result<T, Finding>>) -> Result<Option<T>, Reported> {
        reading.transpose().map_err(|finding| {
            self.report(finding);
            Reported
        })
    }

    /// The place of a text within a longer one; the whole where it is spelled otherwise.
    pub(super) fn within(&self, span: Span, text: &str) -> Span {
        match self.sources.text(span).find(text) {
            Some(offset) => span.part(offset..offset + text.len()),
            None => span,
        }
    }

    /// The findings in the order of the text, one for each mistake.
    fn into_findings(self) -> Vec<Finding> {
        let place = |finding: &Finding| finding.labels.first().map(|(span, _)| *span).unwrap_or_default();
        let damaged = self.damaged;
        let mut findings: Vec<Finding> = self
            .findings
            .into_iter()
            .filter(|finding| !(is_absence(finding.code) && damaged.contains(&place(finding))))
            .collect();
        findings.sort_by_key(place);
        findings.dedup();
        findings
    }

    /// The defaults where nothing says otherwise.
    pub(super) fn no_defaults() -> Defaults {
        Defaults::default()
    }

    /// The defaults where nothing but the cluster is said.
    pub(super) fn cluster_alone(&mut self, node: &Node) -> Defaults {
        let kubernetes = Some(self.kubernetes(node, None));
        let surroundings = Arc::new(Surroundings { kubernetes, ..Surroundings::default() });
        Defaults { surroundings, ..Defaults::default() }
    }
}

/// Whether an error says that something isn't there; its first place is the name of the node.
fn is_absence(code: &str) -> bool {
    let absences = [
        ReadError::MissingArgument { node: String::new(), what: String::new() }.code(),
        ReadError::MissingProperty { node: String::new(), name: String::new() }.code(),
        ReadError::MissingChildren { node: String::new(), usage: String::new() }.code(),
        ModelError::NoAction { place: String::new() }.code(),
        ModelError::NoInverse { id: String::new() }.code(),
        ExpectationError::NoMatcher.code(),
        ModelError::NoContent.code(),
        ModelError::EmptyCheckpoint { id: String::new() }.code(),
        ModelError::EmptyRehearse.code(),
        ModelError::EmptyPipe.code(),
        ModelError::SecretSource { name: String::new() }.code(),
    ];
    absences.contains(&code)
}
