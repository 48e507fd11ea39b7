//! Texts with values in them, texts that must not have any, and the two small languages inside of
//! texts: regexes and JSON paths. Values never become shell text, secrets never become arguments.

use regex_syntax::hir::{Hir, HirKind};

use super::lowering::Lower;
use crate::model::{ModelError, Part, Template};
use crate::syntax::reader::shortened;
use crate::syntax::{Finding, Property, Span, Spanned};

/// Whether `{{secret.name}}` may stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// It would show up in a list of processes, a log or a report.
    Refused,
    /// Headers, bodies, bindings, standard input, environment.
    Allowed,
}

/// A longer regex is refused before it costs time.
const LONGEST_REGEX: usize = 16 * 1024;
/// A JSON path is a line.
const LONGEST_PATH: usize = 4 * 1024;
/// About how many states a regex may have once its repetitions are written out.
const LARGEST_REGEX: u64 = 300_000;

impl Lower<'_> {
    /// A text with values in it.
    pub(super) fn template(&mut self, text: &Spanned<String>, secrets: Secrets) -> Option<Template> {
        let template = Template::parse(&text.value, text.span)
            .map_err(|error| ModelError::Template { message: error.to_string() }.at(text.span));
        let template = self.keep(template)?;
        if secrets == Secrets::Refused
            && let Some(secret) = template.references().find(|reference| reference.name.starts_with("secret."))
        {
            let name = secret.name.trim_start_matches("secret.").to_owned();
            let span = self.within(text.span, &secret.name);
            self.report(ModelError::SecretHere { name }.at(span));
            return None;
        }
        Some(template)
    }

    /// A reading that is a text with values in it; no secrets.
    pub(super) fn plain(&mut self, reading: Result<Spanned<String>, Finding>) -> Option<Template> {
        let text = self.keep(reading)?;
        self.template(&text, Secrets::Refused)
    }

    /// A text that is a script: nothing is put into it.
    pub(super) fn script(&mut self, text: &Spanned<String>) -> bool {
        self.refuse_values(text, |name, variable| ModelError::ValueInScript { name, variable })
    }

    /// A statement: nothing is put into it.
    pub(super) fn statement(&mut self, text: &Spanned<String>) -> bool {
        self.refuse_values(text, |name, _| ModelError::ValueInStatement { name })
    }

    /// A command line for another shell: nothing is put into it.
    pub(super) fn remote_command(&mut self, text: &Spanned<String>) -> bool {
        self.refuse_values(text, |name, _| ModelError::ValueInRemoteCommand { name })
    }

    /// Reports the first known name in braces; other braces are the text's own.
    fn refuse_values(&mut self, text: &Spanned<String>, error: impl Fn(String, String) -> ModelError) -> bool {
        let mut rest = text.value.as_str();
        while let Some((_, behind)) = rest.split_once("{{") {
            let Some((inner, next)) = behind.split_once("}}") else { break };
            let name = inner.split('|').next().unwrap_or("").trim();
            if let Some(variable) = self.variable(name) {
                let span = self.within(text.span, &format!("{{{{{inner}}}}}"));
                self.report(error(name.to_owned(), variable).at(span));
                return false;
            }
            rest = next;
        }
        true
    }

    /// Under which name a known value is in the environment of a script.
    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "run.id" => Some("RUNBOOK_RUN_ID".to_owned()),
            _ => match name.strip_prefix("secret.") {
                Some(secret) => self.known.secrets.contains(secret).then(|| secret.to_owned()),
                None => self.known.values.contains(name).then(|| name.to_owned()),
            },
        }
    }

    /// Whether a text is a regex that compiles in bounded time and memory.
    pub(super) fn regex(&mut self, pattern: &str, span: Span) -> bool {
        match check_regex(pattern) {
            Ok(()) => true,
            Err(error) => {
                self.report(error.at(span));
                false
            }
        }
    }

    /// A regex that is kept as it is written.
    pub(super) fn regex_text(&mut self, text: Spanned<String>) -> Option<Spanned<String>> {
        self.regex(&text.value, text.span).then_some(text)
    }

    /// A regex with values in it, which are escaped when they are put in.
    pub(super) fn regex_template(&mut self, text: &Spanned<String>) -> Option<Template> {
        if text.value.len() > LONGEST_REGEX {
            self.report(ModelError::LongRegex { bytes: text.value.len() }.at(text.span));
            return None;
        }
        let template = self.template(text, Secrets::Refused)?;
        self.regex(&with_stand_ins(&template), text.span).then_some(template)
    }

    /// A JSON path with values in it; without them it is read now.
    pub(super) fn json_path(&mut self, text: &Spanned<String>) -> Option<Template> {
        let template = self.template(text, Secrets::Refused)?;
        let Some(path) = template.as_literal() else { return Some(template) };
        let error = if path.len() > LONGEST_PATH {
            Some(format!("it is longer than {LONGEST_PATH} bytes"))
        } else {
            serde_json_path::JsonPath::parse(&path).err().map(|error| error.message().to_owned())
        };
        match error {
            None => Some(template),
            Some(why) => {
                self.report(ModelError::JsonPath { path: shortened(&path), why }.at(text.span));
                None
            }
        }
    }
}

/// The text of a template with a letter for every value: what its own parts must look like.
pub(super) fn with_stand_ins(template: &Template) -> String {
    template
        .parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Value(_) => "x",
        })
        .collect()
}

/// The value of a property as an argument would be written.
pub(super) fn value_text(property: &Property) -> String {
    crate::syntax::Entry::from(property).spelled().value
}

/// A regex is parsed, never compiled: a stranger's file must not cost time or memory.
fn check_regex(pattern: &str) -> Result<(), ModelError> {
    if pattern.len() > LONGEST_REGEX {
        return Err(ModelError::LongRegex { bytes: pattern.len() });
    }
    let parsed = regex_syntax::ParserBuilder::new().nest_limit(100).build().parse(pattern);
    let hir = parsed.map_err(|error| {
        let why = match error {
            regex_syntax::Error::Parse(error) => error.kind().to_string(),
            regex_syntax::Error::Translate(error) => error.kind().to_string(),
            other => other.to_string(),
        };
        ModelError::Regex { pattern: shortened(pattern), why }
    })?;
    if states(&hir) > LARGEST_REGEX { Err(ModelError::LargeRegex) } else { Ok(()) }
}

/// About how many states a regex has when its repetitions are written out.
fn states(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => u64::try_from(literal.0.len()).unwrap_or(u64::MAX),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            u64::try_from(class.ranges().len()).unwrap_or(u64::MAX).saturating_mul(2)
        }
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
            u64::try_from(class.ranges().len()).unwrap_or(u64::MAX)
        }
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(repetition.min).max(1);
            states(&repetition.sub).saturating_mul(u64::from(times))
        }
        HirKind::Capture(capture) => states(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().fold(1, |sum: u64, part| sum.saturating_add(states(part)))
        }
    }
}
