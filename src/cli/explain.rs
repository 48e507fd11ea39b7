//! `runbook explain CODE`: what an error or warning means, of every layer.

use super::escape::escape;
use super::plan_file::PlanFileError;
use super::{Exit, Terminal};
use crate::engine::EngineError;
use crate::journal;
use crate::model::bundle::{BundleError, SavedBundleError};
use crate::model::review;
use crate::model::test_file::TestFileError;
use crate::model::{ExpectationError, KubeError, ModelError};
use crate::plan::PlanError;
use crate::syntax::suggest::closest;
use crate::syntax::{self, ReadError};

/// `runbook explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArguments {
    /// The code in the brackets, such as `runbook::check::unused`; without one, all are listed
    code: Option<String>,
}

/// Explains one code, or lists all of them.
pub fn run(arguments: &ExplainArguments, terminal: &mut Terminal) -> Exit {
    let entries = entries();
    let Some(wanted) = &arguments.code else {
        let mut codes: Vec<_> = entries.iter().map(|(code, _)| *code).collect();
        codes.dedup();
        terminal.line(&codes.join("\n"));
        return Exit::Success;
    };
    let matching: Vec<_> = entries.iter().filter(|(code, _)| is_meant(code, wanted)).collect();
    if let Some((code, _)) = matching.first() {
        let texts: Vec<_> = matching.iter().map(|(_, text)| wrap(text, terminal.width)).collect();
        terminal.line(&format!("{code}\n\n{}", texts.join("\n\n")));
        return Exit::Success;
    }
    let near = closest(wanted, entries.iter().map(|(code, _)| *code))
        .or_else(|| closest(wanted, entries.iter().map(|(code, _)| last_word(code))));
    let help =
        near.map_or_else(|| "runbook explain lists every code".to_owned(), |near| format!("did you mean {near}?"));
    terminal.error(&format!("there is no code `{}`", escape(wanted)), Some(&help));
    Exit::Usage
}

/// Every code of every layer with what it means. A code that several errors share has several entries.
#[must_use]
pub fn entries() -> Vec<(&'static str, &'static str)> {
    let mut entries: Vec<(&str, &str)> = syntax::codes().to_vec();
    entries.extend(ReadError::CODES);
    entries.extend(ModelError::CODES);
    entries.extend(ExpectationError::CODES);
    entries.extend(KubeError::CODES);
    entries.extend(TestFileError::CODES);
    entries.extend(BundleError::CODES);
    entries.extend(review::CODES.iter().copied().flatten().map(|code| (code.name, code.explanation)));
    entries.extend(PlanError::CODES);
    entries.extend(PlanFileError::CODES);
    entries.extend(SavedBundleError::CODES);
    entries.extend(EngineError::CODES);
    entries.extend(journal::CODES);
    entries
}

/// An explanation in lines as long as they get: paragraphs and examples, without the marks of the
/// source they are written in.
pub(super) fn plain_paragraphs(text: &str) -> String {
    wrap(text, usize::MAX)
}

/// The whole code, or its last word.
fn is_meant(code: &str, wanted: &str) -> bool {
    code == wanted || last_word(code) == wanted
}

fn last_word(code: &str) -> &str {
    code.rsplit("::").next().unwrap_or(code)
}

/// Prose in lines of bearable length; indented lines and empty ones stay as they are.
fn wrap(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    let mut paragraph = String::new();
    let flush = |paragraph: &mut String, lines: &mut Vec<String>| {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
        paragraph.clear();
    };
    for line in text.lines() {
        // A documentation comment begins with one blank.
        let line = line.strip_prefix(' ').unwrap_or(line);
        if line.is_empty() || line.starts_with(' ') {
            flush(&mut paragraph, &mut lines);
            lines.push(line.to_owned());
        } else {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    flush(&mut paragraph, &mut lines);
    lines.join("\n")
}
