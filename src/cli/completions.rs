//! `runbook completions SHELL`: the script that completes this command line, made from the command
//! line itself, so that it knows every command and option there is.

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::arguments::Arguments;
use super::{Exit, Terminal};

/// `runbook completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArguments {
    /// Whose words the script is in
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &CompletionsArguments, terminal: &Terminal) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut offered(), "runbook", &mut script);
    terminal.print(&String::from_utf8_lossy(&script));
    Exit::Success
}

/// The command line without what nobody is meant to call: a completion would offer that, too.
fn offered() -> Command {
    let all = Arguments::command();
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    Command::new("runbook").version(env!("CARGO_PKG_VERSION")).subcommands(shown)
}
