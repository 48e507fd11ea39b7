//! How an action runs, and the defaults for it: the file's, over them the phase's, over them what
//! the step says, over them what its inverse or its `applied` says. Standard input, the terminal
//! and what may stay behind belong to one action alone.

use std::sync::Arc;

use super::lowering::Lower;
use super::names::is_guarded_variable;
use super::text::Secrets;
use crate::model::{Budget, Leak, ModelError, Shell, Surroundings, Template};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Node, Spanned};

/// What holds for everything that doesn't say otherwise.
#[derive(Debug, Clone, Default)]
pub(super) struct Defaults {
    /// Only `cd`, `env`, `shell` and `as` of it are ever set.
    pub(super) surroundings: Arc<Surroundings>,
    /// `None`: 5 minutes.
    pub(super) budget: Option<Budget>,
}

/// The nodes that hold for all that stands inside of a block, too.
const HANDED_ON: [&str; 5] = ["cd", "as", "shell", "env", "kubernetes"];
/// The nodes that hold for one action alone.
const OF_ONE_ACTION: [&str; 3] = ["stdin", "interactive", "leak"];

impl Lower<'_> {
    /// The defaults of the file or of a phase, over those above them.
    pub(super) fn defaults(&mut self, node: &Node, above: &Defaults) -> Defaults {
        let budget = node.child("budget").map(|child| self.written_budget(child));
        Defaults { surroundings: self.inherited(node, &above.surroundings), budget: budget.or(above.budget) }
    }

    /// What holds for the blocks inside of a step: where and as whom it runs, not its budget. What is
    /// wrong with it is reported where the step itself is read.
    pub(super) fn defaults_of(&mut self, node: &Node, above: &Defaults) -> Defaults {
        let before = self.findings.len();
        let surroundings = self.inherited(node, &above.surroundings);
        self.findings.truncate(before);
        Defaults { surroundings, budget: above.budget }
    }

    /// How the action of a node runs.
    pub(super) fn surroundings(&mut self, node: &Node, defaults: &Defaults) -> Arc<Surroundings> {
        let mut shared = self.inherited(node, &defaults.surroundings);
        if !node.children().iter().any(|child| OF_ONE_ACTION.contains(&child.name.value.as_str())) {
            return shared;
        }
        let surroundings = Arc::make_mut(&mut shared);
        if let Some(child) = node.child("stdin") {
            surroundings.stdin = self.stdin_text(child);
        }
        surroundings.interactive = Self::is_flagged(node, "interactive");
        if let (Some(interactive), Some(stdin)) = (node.child("interactive"), node.child("stdin")) {
            self.exclusive(interactive.name.span, &stdin.name, &ModelError::InteractiveStdin);
        }
        surroundings.leak = match node.child("leak") {
            Some(child) => self.word(child, "`allow`", &[("allow", Leak::Allow)]).unwrap_or_default(),
            None => Leak::Deny,
        };
        shared
    }

    /// What a program can read.
    pub(super) fn stdin_text(&mut self, node: &Node) -> Option<Template> {
        let entry = self.keep(node.required_argument(0, "a text"))?;
        let text = self.keep(entry.text())?;
        self.template(&text, Secrets::Allowed)
    }

    /// What a block hands on to those inside of it: most say nothing of their own and share it.
    fn inherited(&mut self, node: &Node, above: &Arc<Surroundings>) -> Arc<Surroundings> {
        if !node.children().iter().any(|child| HANDED_ON.contains(&child.name.value.as_str())) {
            return Arc::clone(above);
        }
        let mut surroundings = Surroundings {
            cd: above.cd.clone(),
            env: above.env.clone(),
            shell: above.shell,
            user: above.user.clone(),
            kubernetes: above.kubernetes.clone(),
            ..Surroundings::default()
        };
        if let Some(path) = self.head_text(node, "cd") {
            surroundings.cd = Some(path);
        }
        if let Some(user) = self.head_text(node, "as") {
            let span = user.span;
            surroundings.user = Some(Spanned::new(user, span));
        }
        if let Some(child) = node.child("shell") {
            let shell = self.word(child, "`sh` or `bash`", &[("sh", Shell::Sh), ("bash", Shell::Bash)]);
            surroundings.shell = shell.unwrap_or_default();
        }
        if let Some(child) = node.child("kubernetes") {
            surroundings.kubernetes = Some(self.kubernetes(child, above.kubernetes.as_ref()));
        }
        for child in node.children_named("env") {
            self.environment(child, &mut surroundings);
        }
        Arc::new(surroundings)
    }

    fn environment(&mut self, node: &Node, surroundings: &mut Surroundings) {
        for property in &node.properties {
            let name = &property.name.value;
            if is_guarded_variable(name) {
                self.report(ModelError::GuardedVariable { name: shortened(name) }.at(property.name.span));
                continue;
            }
            if !is_variable(name) {
                self.report(ModelError::NotAVariable { name: shortened(name) }.at(property.name.span));
                continue;
            }
            let Some(value) = self.template(&Entry::from(property).spelled(), Secrets::Allowed) else { continue };
            surroundings.env.retain(|(before, _)| before != name);
            surroundings.env.push((name.clone(), value));
        }
    }
}

/// Whether a text can be the name of a variable of the environment.
pub(super) fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
