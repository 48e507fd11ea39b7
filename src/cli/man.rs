//! `runbook man`: the manual, made from the command line itself: one page for the program and one for
//! each command, with its examples and exit codes.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::arguments::Arguments;
use super::{Exit, Terminal};

/// `runbook man`.
#[derive(Debug, clap::Args)]
pub struct ManArguments {
    /// Where the pages are written; without it, the program's own is printed
    folder: Option<Utf8PathBuf>,
}

/// Prints a page or writes all of them.
pub fn run(arguments: &ManArguments, terminal: &Terminal) -> Exit {
    let Some(folder) = &arguments.folder else {
        terminal.print(&page(&program(), "runbook"));
        return Exit::Success;
    };
    match write_pages(folder) {
        Ok(number) => {
            terminal.line(&format!("{number} pages in {}", super::escape(folder.as_str())));
            Exit::Success
        }
        Err(error) => {
            terminal.error(&format!("`{folder}` can't be written: {error}"), Some("name a folder of your own"));
            Exit::Refused
        }
    }
}

/// Writes `runbook.1`, `runbook-check.1`, …; how many there are.
fn write_pages(folder: &Utf8Path) -> io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let program = program();
    let commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    let mut pages: Vec<(String, Command)> =
        commands.map(|command| (format!("runbook-{}", command.get_name()), command.clone())).collect();
    pages.push(("runbook".to_owned(), program.clone()));
    for (name, command) in &pages {
        std::fs::write(folder.join(format!("{name}.1")), page(command, name))?;
    }
    Ok(pages.len())
}

fn program() -> Command {
    let mut program = Arguments::command();
    program.build();
    program
}

/// One page; examples and exit codes keep their lines.
fn page(command: &Command, title: &str) -> String {
    let bare = command.clone().after_help("").after_long_help("");
    let mut text = Vec::new();
    // Writing to memory can't fail.
    _ = Man::new(bare)
        .title(title.to_uppercase())
        .source(concat!("runbook ", env!("CARGO_PKG_VERSION")))
        .manual("runbook")
        .render(&mut text);
    let mut page = String::from_utf8_lossy(&text).into_owned();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if !examples.is_empty() {
        let lines: Vec<_> = examples.lines().map(roff_line).collect();
        page.extend([".SH EXAMPLES\n.nf\n", &lines.join("\n"), "\n.fi\n"]);
    }
    page
}

/// A line as it is: nothing in it is a request of roff.
fn roff_line(line: &str) -> String {
    let escaped = line.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}
