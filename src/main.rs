//! The program. Three hidden words turn it into its own helpers, before anything else is set up.

use std::process::ExitCode;

use runbook::event::exit;
use runbook::perform::process::as_user_main;
use runbook::perform::supervisor::{AS_WORD, SUPERVISE_WORD, supervise_main};
use runbook::perform::{PERFORM_WORD, perform_main};

fn main() -> ExitCode {
    match std::env::args_os().nth(1).as_ref().and_then(|word| word.to_str()) {
        Some(SUPERVISE_WORD) => supervise_main(),
        Some(AS_WORD) => as_user_main(),
        Some(PERFORM_WORD) => perform_main(),
        // A panic is a mistake of ours and says so with our own code, not with Rust's 101.
        Some(_) | None => std::panic::catch_unwind(runbook::cli::main).unwrap_or(ExitCode::from(exit::INTERNAL)),
    }
}
