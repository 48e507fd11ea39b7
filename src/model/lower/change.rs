//! Actions on files and units: `write`, `copy`, `link`, `replace`, `service`, `file`.

use super::lowering::{Lower, Reported};
use super::text::Secrets;
use crate::model::{Action, Content, FilePick, ModelError, Replacement, ServiceVerb, Template};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Node, ReadError, Spanned, Value};

/// What can be done to a unit.
const VERBS: [(&str, ServiceVerb); 7] = [
    ("start", ServiceVerb::Start),
    ("stop", ServiceVerb::Stop),
    ("restart", ServiceVerb::Restart),
    ("reload", ServiceVerb::Reload),
    ("enable", ServiceVerb::Enable),
    ("disable", ServiceVerb::Disable),
    ("daemon-reload", ServiceVerb::DaemonReload),
];

impl Lower<'_> {
    pub(super) fn write(&mut self, node: &Node) -> Option<Action> {
        let path = self.one_text(node, "a path");
        let mode = self.mode(node);
        let content = match (node.argument(1), node.property("template")) {
            (Some(text), None) => {
                let text = self.keep(text.text());
                text.and_then(|text| self.template(&text, Secrets::Refused)).map(Content::Text)
            }
            (None, Some(file)) => self.template_file(file),
            (Some(_), Some(file)) => {
                self.report(ModelError::TwoContents.at(file.span));
                None
            }
            (None, None) => {
                if !node.arguments.is_empty() {
                    self.report(ModelError::NoContent.at(node.name.span));
                }
                None
            }
        };
        Some(Action::Write { path: path?, content: content?, mode: mode.ok()? })
    }

    /// `template=PATH`: its text is read now, so that what it names is checked now.
    fn template_file(&mut self, entry: Entry<'_>) -> Option<Content> {
        let path = self.keep(entry.text())?;
        let text = (self.template_text)(&path);
        let text = Spanned::new(self.keep(text)?, path.span);
        let text = self.template(&text, Secrets::Refused)?;
        Some(Content::Template { path, text })
    }

    pub(super) fn copy(&mut self, node: &Node) -> Option<Action> {
        let from = self.one_text(node, "a file");
        let to = self.target(node);
        let mode = self.mode(node);
        Some(Action::Copy { from: from?, to: to?, mode: mode.ok()? })
    }

    pub(super) fn link(&mut self, node: &Node) -> Option<Action> {
        let path = self.one_text(node, "a path");
        let to = self.target(node);
        Some(Action::Link { path: path?, to: to? })
    }

    fn target(&mut self, node: &Node) -> Option<Template> {
        let entry = self.keep(node.required_property("to"))?;
        self.filled(entry, "a path")
    }

    pub(super) fn replace(&mut self, node: &Node) -> Option<Action> {
        let path = self.one_text(node, "a path");
        let matches = self.keep(node.required_property("matches")).and_then(|entry| self.keep(entry.text()));
        let matches = matches.and_then(|text| self.regex_template(&text));
        let with = self.keep(node.required_property("with"));
        let with = with.and_then(|entry| self.template(&entry.spelled(), Secrets::Refused));
        let count = node.property("count").map(|entry| self.keep(entry.whole_number(1..=1_000_000)));
        Some(Action::Replace(Box::new(Replacement {
            path: path?,
            matches: matches?,
            with: with?,
            count: count.unwrap_or(Some(1))?,
        })))
    }

    /// `mode="0644"`; `None` without one.
    fn mode(&mut self, node: &Node) -> Result<Option<u32>, Reported> {
        let Some(entry) = node.property("mode") else { return Ok(None) };
        let digits = self.octal(entry).ok_or(Reported)?;
        u32::from_str_radix(&digits.value, 8).map(Some).map_err(|_| Reported)
    }

    /// The mode of a file as a text of octal digits.
    pub(super) fn octal(&mut self, entry: Entry<'_>) -> Option<Spanned<String>> {
        if let Value::Integer(_) | Value::Decimal(_) = entry.value {
            self.report(ModelError::ModeNumber { mode: octal_spelling(entry.spelling) }.at(entry.span));
            return None;
        }
        let text = self.keep(entry.text())?;
        let is_octal = |digits: &str| digits.chars().all(|c| ('0'..='7').contains(&c));
        if !(3..=4).contains(&text.value.len()) || !is_octal(&text.value) {
            self.report(ModelError::NotAMode { found: shortened(&text.value) }.at(text.span));
            return None;
        }
        Some(text)
    }

    pub(super) fn service(&mut self, node: &Node) -> Option<Action> {
        let first = self.keep(node.required_argument(0, "a unit"))?;
        let word = first.spelled().value;
        let verb = VERBS.iter().find(|(name, _)| *name == word).map(|(_, verb)| *verb);
        match (verb, node.argument(1)) {
            (None, None) => self.filled(first, "a unit").map(Action::Service),
            (None, Some(_)) => {
                let _unknown = self.keep(first.choice(&VERBS));
                None
            }
            (Some(verb @ ServiceVerb::DaemonReload), None) => Some(Action::ServiceChange { verb, unit: None }),
            (Some(ServiceVerb::DaemonReload), Some(unit)) => {
                let usage = "service daemon-reload".to_owned();
                self.report(
                    ReadError::SurplusArgument { node: "service daemon-reload".to_owned(), usage }.at(unit.span),
                );
                None
            }
            (Some(verb), Some(unit)) => {
                let unit = self.filled(unit, "a unit")?;
                Some(Action::ServiceChange { verb, unit: Some(unit) })
            }
            (Some(verb), None) => {
                let error =
                    ReadError::MissingArgument { node: format!("service {}", verb.word()), what: "a unit".to_owned() };
                self.report(error.at(node.name.span));
                None
            }
        }
    }

    pub(super) fn file(&mut self, node: &Node) -> Option<Action> {
        let picks = [
            ("newest", FilePick::Newest),
            ("oldest", FilePick::Oldest),
            ("largest", FilePick::Largest),
            ("smallest", FilePick::Smallest),
            ("first", FilePick::First),
            ("last", FilePick::Last),
        ];
        let pick = self.keep_optional(node.property("pick").map(|entry| entry.choice(&picks)));
        let pattern = self.one_text(node, "a path or pattern");
        Some(Action::File { pattern: pattern?, pick: pick.ok()? })
    }
}

/// How a mode that was written as a number is meant: `644`, `0644` and `0o644` are `0644`.
fn octal_spelling(number: &str) -> String {
    let digits = number.trim_start_matches("0o").trim_start_matches('0');
    format!("0{digits}")
}
