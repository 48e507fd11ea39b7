//! Errors of the plan and the journal → standard error, each with its code for `runbook explain`, and
//! the exit code; and a file that was rejected, with all that `findings` shows of it.

use camino::Utf8Path;

use super::findings::{Format, Summary, render_findings};
use super::{Exit, Terminal};
use crate::journal::JournalError;
use crate::model::Runbook;
use crate::model::bundle::Loaded;
use crate::plan::PlanError;
use crate::syntax::{Finding, Sources};

/// Shows an error of the journal with its code and help.
pub fn show_refusal(error: &JournalError, terminal: &Terminal) {
    let code = miette::Diagnostic::code(error).map(|code| code.to_string());
    let help = miette::Diagnostic::help(error).map(|help| help.to_string());
    terminal.coded_error(code.as_deref(), &error.to_string(), help.as_deref());
}

/// The runbook of a file that is accepted. `so`: what stands behind the count where it isn't.
///
/// # Errors
/// It isn't accepted: all that was found was shown.
pub fn accepted(loaded: &mut Loaded, file: &Utf8Path, so: &str, terminal: &Terminal) -> Result<Runbook, Exit> {
    let is_accepted = loaded.is_accepted();
    let runbook = loaded.runbook.take().filter(|_| is_accepted);
    runbook.ok_or_else(|| rejected(&loaded.findings, &loaded.sources, file, so, terminal))
}

/// Shows all that was found in a file, and how much it is.
pub fn rejected(findings: &[Finding], sources: &Sources, file: &Utf8Path, so: &str, terminal: &Terminal) -> Exit {
    terminal.print_error(&render_findings(findings, sources, Format::Human, terminal.width, terminal.error_colours));
    terminal.error(&format!("{} in {file}{so}", Summary::of(findings)), None);
    Exit::Rejected
}

/// Shows what is wrong with the settings.
pub fn show_plan_errors(errors: &[PlanError], terminal: &Terminal) {
    for error in errors {
        terminal.coded_error(Some(error.code()), &error.to_string(), None);
    }
}

/// A run can't be found, read or continued: shown, and which state that is.
pub fn refused(error: &JournalError, terminal: &Terminal) -> Exit {
    show_refusal(error, terminal);
    if error.exit_code() == 70 { Exit::Internal } else { Exit::Refused }
}
