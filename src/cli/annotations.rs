//! Findings → the workflow commands that GitHub turns into annotations of a pull request, each in one
//! line; the lines that a person reads in the log stand between them. Whatever a file or its name
//! holds, it ends no command and begins none.

use std::fmt::Write;

use super::checked::Checked;
use super::escape::escape;
use super::region::{Region, relative};
use crate::syntax::{Finding, Severity};

/// All findings of all runbooks, each with its file, place and help.
pub(super) fn render_annotations(runbooks: &[Checked]) -> String {
    let mut text = String::new();
    for runbook in runbooks {
        for finding in &runbook.findings {
            // Writing to a text can't fail.
            _ = writeln!(text, "{}", annotation(finding, runbook));
        }
        _ = writeln!(text, "{}", runbook.last_line);
    }
    text
}

fn annotation(finding: &Finding, runbook: &Checked) -> String {
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = match finding.labels.first() {
        Some((span, _)) => {
            let region = Region::of(*span, &runbook.sources);
            let file = property(relative(runbook.sources.path(span.file)).as_str());
            let lines = format!("file={file},line={},endLine={}", region.line, region.end_line);
            // Columns mean something only within one line.
            if region.line == region.end_line {
                format!("{lines},col={},endColumn={}", region.column, region.end_column)
            } else {
                lines
            }
        }
        None => format!("file={}", property(relative(&runbook.path).as_str())),
    };
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let message = value(&format!("{}{help}", finding.message));
    format!("::{word} {place},title={}::{message}", property(finding.code))
}

/// What stands behind the last `::`.
fn value(text: &str) -> String {
    escape(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands behind `name=`.
fn property(text: &str) -> String {
    value(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_its_command_or_begins_another() {
        assert_eq!(value("100%\r\n::error::x"), "100%25\\u{d}%0A\\u{3a}:error::x");
        assert_eq!(property("a,b:c\nd%"), "a%2Cb%3Ac%0Ad%25");
    }
}
