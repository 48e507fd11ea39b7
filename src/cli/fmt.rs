//! `runbook fmt FILE…`: rewrites runbooks in the one canonical layout, or says which ones aren't in
//! it. It changes how a runbook looks and never what it says. A file is replaced whole or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::escape::escape;
use super::findings::{Format, render_findings};
use super::{Exit, Terminal};
use crate::report::render_text_diff;
use crate::syntax::{Finding, Sources, format, parse, parse_tree, read_text};

/// `runbook fmt`.
#[derive(Debug, clap::Args)]
pub struct FmtArguments {
    /// The runbooks; `-` is standard input, whose layout is printed
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    /// Change nothing; show what would change, and end with 3 if anything would
    #[arg(long)]
    check: bool,
}

/// A file as it is and as it should be.
struct Laid {
    before: String,
    after: String,
}

/// Lays every file out; the worst of them decides.
pub fn run(arguments: &FmtArguments, terminal: &mut Terminal) -> Exit {
    let mut exit = Exit::Success;
    for path in &arguments.files {
        let Some(laid) = laid_out(path, terminal) else {
            exit = Exit::Rejected;
            continue;
        };
        let changes = laid.before != laid.after;
        if path == "-" && !arguments.check {
            terminal.print(&laid.after);
        } else if changes && arguments.check {
            terminal.print(&render_text_diff(path.as_str(), &laid.before, &laid.after, terminal.style()));
            exit = Exit::Rejected;
        } else if changes {
            match replace(path, &laid.after) {
                Ok(()) => terminal.line(&format!("formatted {}", escape(path.as_str()))),
                Err(error) => {
                    terminal.error(&format!("{} can't be written: {error}", escape(path.as_str())), None);
                    exit = Exit::Rejected;
                }
            }
        }
    }
    exit
}

/// Reads a file; says what is wrong where it can't be laid out.
fn laid_out(path: &Utf8Path, terminal: &Terminal) -> Option<Laid> {
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            terminal.error(&format!("{} can't be read: {error}", escape(path.as_str())), None);
            return None;
        }
    };
    let mut sources = Sources::default();
    let before = match read_text(&bytes) {
        Ok(text) => text,
        Err(finding) => {
            terminal.error(&format!("{}: {}", escape(path.as_str()), finding.message), finding.help.as_deref());
            return None;
        }
    };
    let file = sources.add(path, before.as_str());
    match parse(&sources, file) {
        Ok(_) => {
            let text: Arc<str> = before.as_str().into();
            let after = format(&parse_tree(&text).0);
            Some(Laid { before, after })
        }
        Err(findings) => {
            tell(&findings, &sources, terminal);
            None
        }
    }
}

fn tell(findings: &[Finding], sources: &Sources, terminal: &Terminal) {
    terminal.print_error(&render_findings(findings, sources, Format::Human, terminal.width, terminal.error_colours));
}

fn read(path: &Utf8Path) -> io::Result<Vec<u8>> {
    if path == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(path)
}

/// Puts a text in place of a file's own, with the file's permissions. Through a link, what it points
/// to is replaced.
fn replace(path: &Utf8Path, text: &str) -> io::Result<()> {
    let target = path.canonicalize_utf8()?;
    let new = target.with_file_name(format!(".{}.new", target.file_name().unwrap_or("runbook")));
    let written = fs::metadata(&target).and_then(|of_before| {
        let mut file = fs::File::create_new(&new)?;
        file.set_permissions(of_before.permissions())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &target)
    });
    if written.is_err() {
        // Nothing but what was begun here: the file itself is as it was.
        drop(fs::remove_file(&new));
    }
    written
}
