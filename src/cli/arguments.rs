//! The command line, and where it leads.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{
    Exit, Terminal, audit, check, completions, demo_service, diff, escape, examples, exec, explain, fmt, look, man,
    plan, rehearse, render, resume, schema, settle, test,
};

/// Releases as documents that are run, verified at checkpoints, and taken back in exact reverse order.
#[derive(Debug, Parser)]
#[command(name = "runbook", version, disable_help_subcommand = true, max_term_width = 80, after_help = examples::RUNBOOK)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say everything that is wrong or weak in runbooks; nothing is run
    #[command(after_help = examples::CHECK)]
    Check(check::CheckArguments),
    /// Say whether runbooks do what their cases say; nothing is run
    #[command(after_help = examples::TEST)]
    Test(test::TestArguments),
    /// Say what the newer of two versions means differently, the riskiest first
    #[command(after_help = examples::DIFF)]
    Diff(diff::DiffArguments),
    /// Rewrite runbooks in the one canonical layout
    #[command(after_help = examples::FMT)]
    Fmt(fmt::FmtArguments),
    /// Say what would run, and what happens if it fails anywhere; nothing is run
    #[command(after_help = examples::PLAN)]
    Plan(plan::PlanArguments),
    /// Render a runbook as a document for people; nothing is run
    #[command(after_help = examples::RENDER)]
    Render(render::RenderArguments),
    /// Run a release
    #[command(after_help = examples::EXEC)]
    Exec(exec::ExecArguments),
    /// Rehearse a release and every way back of it, for real, in a scratch or staging environment
    #[command(after_help = examples::REHEARSE)]
    Rehearse(rehearse::RehearseArguments),
    /// Go on with a run that stopped or whose engine is gone
    #[command(after_help = examples::RESUME)]
    Resume(resume::ResumeArguments),
    /// Take a run back
    #[command(after_help = examples::ROLLBACK)]
    Rollback(resume::RollbackArguments),
    /// List runs
    #[command(after_help = examples::RUNS)]
    Runs(look::RunsArguments),
    /// Show a run as the terminal showed it
    #[command(after_help = examples::SHOW)]
    Show(look::ShowArguments),
    /// Print what the steps of a run printed
    #[command(after_help = examples::LOGS)]
    Logs(look::LogsArguments),
    /// Say where a run stands
    #[command(after_help = examples::STATUS)]
    Status(look::StatusArguments),
    /// Prove that what is on record of a run is whole
    #[command(after_help = examples::AUDIT)]
    Audit(audit::AuditArguments),
    /// Say what became of a step whose outcome is unknown
    #[command(after_help = examples::RESOLVE)]
    Resolve(settle::ResolveArguments),
    /// Give a run up: what it did stays, its locks are free
    #[command(after_help = examples::ABANDON)]
    Abandon(settle::AbandonArguments),
    /// Explain the code of an error or warning
    #[command(after_help = examples::EXPLAIN)]
    Explain(explain::ExplainArguments),
    /// Print what completes this command line in a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(completions::CompletionsArguments),
    /// Print the manual, or write a page per command into a folder
    #[command(after_help = examples::MAN)]
    Man(man::ManArguments),
    /// Print the schema of the language, or of what is printed as JSON
    #[command(after_help = examples::SCHEMA)]
    Schema(schema::SchemaArguments),
    /// The service that the demo releases
    #[command(hide = true)]
    DemoService(demo_service::DemoServiceArguments),
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let mut terminal = Terminal::of_process();
    match Arguments::try_parse() {
        Ok(arguments) => dispatch(&arguments.command, &mut terminal).into(),
        Err(error) => misread(&error, &terminal).into(),
    }
}

fn dispatch(command: &Command, terminal: &mut Terminal) -> Exit {
    match command {
        Command::Check(arguments) => check::run(arguments, terminal),
        Command::Diff(arguments) => diff::run(arguments, terminal),
        Command::Fmt(arguments) => fmt::run(arguments, terminal),
        Command::Test(arguments) => test::run(arguments, terminal),
        Command::Plan(arguments) => plan::run(arguments, terminal),
        Command::Render(arguments) => render::run(arguments, terminal),
        Command::Exec(arguments) => exec::run(arguments, terminal),
        Command::Rehearse(arguments) => rehearse::run(arguments, terminal),
        Command::Resume(arguments) => resume::resume(arguments, terminal),
        Command::Rollback(arguments) => resume::roll_back(arguments, terminal),
        Command::Runs(arguments) => look::runs(arguments, terminal),
        Command::Show(arguments) => look::show_run(arguments, terminal),
        Command::Logs(arguments) => look::logs(arguments, terminal),
        Command::Status(arguments) => look::status(arguments, terminal),
        Command::Audit(arguments) => audit::run(arguments, terminal),
        Command::Resolve(arguments) => settle::resolve(arguments, terminal),
        Command::Abandon(arguments) => settle::abandon(arguments, terminal),
        Command::Explain(arguments) => explain::run(arguments, terminal),
        Command::Completions(arguments) => completions::run(arguments, terminal),
        Command::Man(arguments) => man::run(arguments, terminal),
        Command::Schema(arguments) => schema::run(arguments, terminal),
        Command::DemoService(arguments) => demo_service::run(arguments, terminal),
    }
}

/// What clap has to say: help and version are wished for, all else is a mistake.
fn misread(error: &clap::Error, terminal: &Terminal) -> Exit {
    let rendered = error.render();
    if error.use_stderr() {
        let plain = rendered.to_string();
        // It repeats the argument, which may be the name of a file that others chose.
        let shown = escape(&plain);
        let is_sound = terminal.error_colours && shown == plain;
        terminal.print_error(&if is_sound { rendered.ansi().to_string() } else { shown.into_owned() });
        Exit::Usage
    } else {
        let text = if terminal.colours { rendered.ansi().to_string() } else { rendered.to_string() };
        terminal.print(&text);
        Exit::Success
    }
}
