//! `run`, `sh` and `pipe`. A program's arguments are taken as they are spelled, and nothing is put
//! into what another shell will read.

use super::lowering::Lower;
use super::text::{Secrets, with_stand_ins};
use crate::model::script::is_read_by_a_shell;
use crate::model::{Action, ModelError, Program, Template};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Node, Spanned};

impl Lower<'_> {
    pub(super) fn run(&mut self, node: &Node) -> Option<Action> {
        self.program(node).map(Action::Run)
    }

    pub(super) fn program(&mut self, node: &Node) -> Option<Program> {
        let first = self.keep(node.required_argument(0, "a program"))?;
        let name = self.keep(first.text_or_number())?;
        let program = self.template(&name, Secrets::Refused);
        if let Some(program) = &program {
            self.check_program(node, program, &name);
        }
        let words: Vec<&str> =
            node.arguments.iter().map(|word| word.value.as_text().unwrap_or(&word.spelling)).collect();
        let mut arguments = Vec::new();
        let mut complete = true;
        for (position, argument) in node.arguments.iter().enumerate().skip(1) {
            let text = self.keep(Entry::from(argument).text_or_number());
            let template = text.and_then(|text| {
                let before = words.get(..position).unwrap_or_default();
                if is_read_by_a_shell(before) {
                    self.remote_command(&text).then(|| Template::literal(&text.value, text.span))
                } else {
                    self.template(&text, Secrets::Refused)
                }
            });
            complete &= template.is_some();
            arguments.extend(template);
        }
        let program = program?;
        complete.then_some(Program { program, arguments, pod: None, span: node.span })
    }

    /// A program's name isn't empty, and not a whole command line.
    fn check_program(&mut self, node: &Node, program: &Template, name: &Spanned<String>) {
        let looks = with_stand_ins(program);
        if looks.trim().is_empty() {
            self.report(ModelError::EmptyText { what: "a program's name".to_owned() }.at(name.span));
        } else if node.arguments.len() == 1 && looks.contains(char::is_whitespace) {
            self.report(ModelError::CommandLine { line: shortened(&name.value) }.at(name.span));
        }
    }

    pub(super) fn script_action(&mut self, node: &Node) -> Option<Action> {
        let entry = self.keep(node.required_argument(0, "a script"))?;
        let text = self.keep(entry.text())?;
        if text.value.trim().is_empty() {
            self.report(ModelError::EmptyText { what: "a script".to_owned() }.at(text.span));
            return None;
        }
        self.script(&text).then_some(Action::Script(text))
    }

    pub(super) fn pipe(&mut self, node: &Node) -> Option<Action> {
        if !self.has_children(node, "pipe { run …; run …; to \"file\"; }") {
            return None;
        }
        let parts = node.children().iter().filter(|part| matches!(part.name.value.as_str(), "run" | "kube"));
        let programs: Vec<Option<Program>> = parts.map(|part| self.part(part)).collect();
        if programs.is_empty() {
            self.report(ModelError::EmptyPipe.at(node.name.span));
        }
        let to = node.child("to").map(|child| self.one_text(child, "a file"));
        let parts: Option<Vec<Program>> = programs.into_iter().collect();
        let parts = parts.filter(|parts| !parts.is_empty())?;
        Some(Action::Pipe {
            parts,
            to: match to {
                None => None,
                Some(file) => Some(file?),
            },
        })
    }

    /// One part of a pipe: a program here, or in a pod.
    fn part(&mut self, node: &Node) -> Option<Program> {
        if node.name.value == "run" {
            return self.program(node);
        }
        let first = self.keep(node.required_argument(0, "`exec`"))?;
        self.keep(first.choice(&[("exec", ())]))?;
        self.kube_form(node)?;
        self.kube_exec(node)
    }

    /// The only argument of a node, a text with values in it; a number is taken as it is spelled.
    pub(super) fn one_text(&mut self, node: &Node, what: &str) -> Option<Template> {
        let entry = self.keep(node.required_argument(0, what))?;
        self.filled(entry, what)
    }

    /// A text with values in it that isn't empty.
    pub(super) fn filled(&mut self, entry: Entry<'_>, what: &str) -> Option<Template> {
        let text = self.keep(entry.text_or_number())?;
        if text.value.trim().is_empty() {
            self.report(ModelError::EmptyText { what: what.to_owned() }.at(text.span));
            return None;
        }
        self.template(&text, Secrets::Refused)
    }
}
