//! The program.

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|word| word == "__perform") {
        return runbook::perform::perform_main();
    }
    runbook::cli::main()
}
