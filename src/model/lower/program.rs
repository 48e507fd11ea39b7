//! `run`, `sh` and `pipe`. A program's arguments are taken as they are spelled, and nothing is put
//! into what another shell will read.

use super::lowering::Lower;
use super::text::{Secrets, with_stand_ins};
use crate::model::{Action, ModelError, Program, Template};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Node, Spanned};

/// Programs that take a script behind `-c`.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "su"];
/// Programs that run another one, which they name among their arguments.
const WRAPPERS: [&str; 8] = ["sudo", "env", "nice", "ionice", "nohup", "setsid", "timeout", "doas"];

impl Lower<'_> {
    pub(super) fn run(&mut self, node: &Node) -> Option<Action> {
        self.program(node).map(Action::Run)
    }

    fn program(&mut self, node: &Node) -> Option<Program> {
        let first = self.keep(node.required_argument(0, "a program"))?;
        let name = self.keep(first.text_or_number())?;
        let program = self.template(&name, Secrets::Refused);
        if let Some(program) = &program {
            self.check_program(node, program, &name);
        }
        let words: Vec<String> = node.arguments.iter().map(|argument| Entry::from(argument).spelled().value).collect();
        let mut arguments = Vec::new();
        let mut complete = true;
        for (position, argument) in node.arguments.iter().enumerate().skip(1) {
            let text = self.keep(Entry::from(argument).text_or_number());
            let template = text.and_then(|text| {
                let before = words.get(..position).unwrap_or_default();
                if is_command_line(before) {
                    self.remote_command(&text).then(|| Template::literal(&text.value, text.span))
                } else {
                    self.template(&text, Secrets::Refused)
                }
            });
            complete &= template.is_some();
            arguments.extend(template);
        }
        let program = program?;
        complete.then_some(Program { program, arguments, span: node.span })
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
        let programs: Vec<Option<Program>> = node.children_named("run").map(|part| self.program(part)).collect();
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

/// Whether the argument behind these words is read by another shell: the first one behind the `-c`
/// of a shell (those after it are its `$0`, `$1` …), and all behind `ssh`.
fn is_command_line(before: &[String]) -> bool {
    let base = |word: &String| word.rsplit('/').next().unwrap_or("").to_owned();
    let program = before.first().map(base).unwrap_or_default();
    let is_wrapper = WRAPPERS.contains(&program.as_str());
    if program == "ssh" || (is_wrapper && before.iter().any(|word| base(word) == "ssh")) {
        return true;
    }
    let Some(shell) = before.iter().position(|word| SHELLS.contains(&base(word).as_str())) else { return false };
    let behind = before.get(shell + 1..).unwrap_or_default();
    let Some(flag) = behind.iter().position(|word| is_script_flag(word)) else { return false };
    behind.get(flag + 1..).unwrap_or_default().iter().all(|word| word.starts_with('-'))
}

/// `-c`, alone or among other letters: `-ec`, `-lc`.
fn is_script_flag(word: &str) -> bool {
    word == "--command"
        || word.strip_prefix('-').is_some_and(|letters| {
            !letters.is_empty() && letters.chars().all(|c| c.is_ascii_alphabetic()) && letters.contains('c')
        })
}

#[cfg(test)]
mod tests {
    use super::is_command_line;

    #[test]
    fn what_another_shell_reads_is_told_from_its_arguments() {
        let read = ["sh -c", "/bin/bash -ec", "sudo -u x sh -c", "ssh", "ssh host", "sudo ssh host", "su bmtc -c"];
        for words in read {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            assert!(is_command_line(&words), "{words:?}");
        }
        for words in ["sh", "sh -c script", "git -c", "rsync -e ssh", "bash script.sh", "echo -c"] {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            assert!(!is_command_line(&words), "{words:?}");
        }
    }
}
