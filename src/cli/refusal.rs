//! Errors of the plan and the journal → standard error, each with its code for `runbook explain`, and
//! the exit code. Findings, which have places in files, are shown by `findings`.

use super::{Exit, Terminal};
use crate::journal::JournalError;
use crate::plan::PlanError;

/// Shows an error of the journal with its code and help.
pub fn show_refusal(error: &JournalError, terminal: &Terminal) {
    let code = miette::Diagnostic::code(error).map(|code| code.to_string());
    let help = miette::Diagnostic::help(error).map(|help| help.to_string());
    terminal.coded_error(code.as_deref(), &error.to_string(), help.as_deref());
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
