//! `check --shell`: each script through the syntax check of the shell that would run it, and through
//! `ShellCheck` where that is installed. Nothing of a script is run. What a shell says about a line is
//! shown at that line of the runbook.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::model::review::outside::{NO_SHELL, SHELL_SYNTAX, SHELLCHECK, ScriptPlace, script_places};
use crate::model::{Runbook, Shell};
use crate::syntax::{Finding, Sources, Span, place_inside};

/// What `ShellCheck` isn't asked: values come from the environment (SC2154), `set -e` is on (SC2164),
/// and other files aren't followed (SC1090, SC1091).
const EXCLUDED: &str = "SC2154,SC2164,SC1090,SC1091";

/// What the shells say about every `sh` of a runbook.
pub(super) fn check_scripts(runbook: &Runbook, sources: &Sources) -> Vec<Finding> {
    let places = script_places(runbook);
    places.iter().flat_map(|place| Script { place: *place, sources }.findings()).collect()
}

struct Script<'a> {
    place: ScriptPlace<'a>,
    sources: &'a Sources,
}

impl Script<'_> {
    fn findings(&self) -> Vec<Finding> {
        let text = &self.place.script.value;
        let (name, arguments): (&str, &[&str]) = match self.place.shell {
            Shell::Sh => ("sh", &["-n"]),
            Shell::Bash => ("bash", &["--norc", "--noprofile", "-n"]),
        };
        match ask(name, arguments, text) {
            Err(error) => {
                let message = format!("this script wasn't checked: {name} doesn't start here ({error})");
                let help = format!("install {name} where `check --shell` runs");
                vec![NO_SHELL.at(self.place.script.span, message, "unknown", help)]
            }
            // ShellCheck would say the same in other words.
            Ok(output) if !output.status.success() => vec![self.refused(name, &output)],
            Ok(_) => self.shellcheck(name),
        }
    }

    /// `sh: 3: Syntax error: …`, `bash: line 3: syntax error …`.
    fn refused(&self, name: &str, output: &Output) -> Finding {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let first = said.lines().next().unwrap_or("").trim();
        let mut parts = first.splitn(3, ": ");
        let line = parts.nth(1).and_then(|part| part.trim_start_matches("line ").parse::<usize>().ok());
        let message = line.and_then(|_| parts.next()).unwrap_or(first);
        let span = line.map_or(self.place.script.span, |line| self.line(line));
        SHELL_SYNTAX.at(span, format!("{name} refuses this script: {message}"), "here", "")
    }

    /// What `ShellCheck` says; nothing where it isn't installed.
    fn shellcheck(&self, shell: &str) -> Vec<Finding> {
        let shell = format!("--shell={shell}");
        let exclude = format!("--exclude={EXCLUDED}");
        let arguments = ["--norc", "--format=json1", "--severity=info", &shell, &exclude, "-"];
        let Ok(output) = ask("shellcheck", &arguments, &self.place.script.value) else { return Vec::new() };
        let Ok(report) = serde_json::from_slice::<Report>(&output.stdout) else { return Vec::new() };
        let findings = report.comments.into_iter().map(|comment| {
            let start = self.place_at(comment.line, comment.column);
            let end = self.place_at(comment.end_line, comment.end_column).max(start);
            let span = Span::new(self.place.script.span.file, start..end);
            let message = format!("SC{}: {}", comment.code, comment.message);
            SHELLCHECK.at(span, message, "", "")
        });
        findings.collect()
    }

    /// A line of the script, without the blanks around it; the last one that says something where it
    /// has no such line.
    fn line(&self, number: usize) -> Span {
        let text = &self.place.script.value;
        let lines: Vec<&str> = text.split('\n').collect();
        let last = lines.iter().rposition(|line| !line.trim().is_empty()).unwrap_or(0);
        let index = number.saturating_sub(1).min(last);
        let line = lines.get(index).copied().unwrap_or("");
        let before: usize = lines.iter().take(index).map(|line| line.len() + 1).sum();
        let blanks = line.len() - line.trim_start().len();
        let (start, end) = (before + blanks, before + line.trim_end().len());
        Span::new(self.place.script.span.file, self.place_of(start)..self.place_of(end.max(start)))
    }

    /// The place of a line and column, both from one; a column counts characters.
    fn place_at(&self, line: usize, column: usize) -> usize {
        let text = &self.place.script.value;
        let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let here = text.get(before..).and_then(|rest| rest.split('\n').next()).unwrap_or("");
        let within: usize = here.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        self.place_of(before + within)
    }

    fn place_of(&self, offset: usize) -> usize {
        let span = self.place.script.span;
        place_inside(self.sources.text(span), span, offset)
    }
}

/// What `ShellCheck` prints.
#[derive(Debug, Deserialize)]
struct Report {
    comments: Vec<Comment>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    code: u32,
    message: String,
}

/// Gives a program a script to read and takes what it prints. It has nothing of our environment but
/// the path: a startup file named there would be run.
fn ask(program: &str, arguments: &[&str], script: &str) -> io::Result<Output> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A shell that has read enough to refuse the rest may be gone: what it said is what counts.
        drop(stdin.write_all(script.as_bytes()));
    }
    child.wait_with_output()
}
