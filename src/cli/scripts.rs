//! `check --shell`: each script through the syntax check of the shell that would run it, and through
//! `ShellCheck` where that is installed. Nothing of a script is run. What a shell says about a line is
//! shown at that line of the runbook.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;

use crate::model::review::outside::{NO_SHELL, SHELL_SYNTAX, SHELLCHECK, ScriptPlace, script_places};
use crate::model::{Runbook, Shell};
use crate::syntax::{Finding, Sources, Span, Spanned, place_inside};

/// What `ShellCheck` isn't asked: values come from the environment (SC2154), and other files aren't
/// followed (SC1090, SC1091).
const EXCLUDED: &str = "SC2154,SC1090,SC1091";
/// Nor what `set -e` sees to, which is on in a `sh`.
const EXCLUDED_OF_OWN: &str = "SC2164";

/// What the shells say about every `sh` of a runbook, and about what its programs hand to a shell.
pub(super) fn check_scripts(runbook: &Runbook, sources: &Sources) -> Vec<Finding> {
    let places = script_places(runbook);
    places.iter().flat_map(|place| Script::of(place, sources).findings()).collect()
}

struct Script<'a> {
    place: &'a ScriptPlace,
    /// Its pieces with a blank between them.
    text: String,
    sources: &'a Sources,
}

impl<'a> Script<'a> {
    fn of(place: &'a ScriptPlace, sources: &'a Sources) -> Self {
        let texts: Vec<_> = place.pieces.iter().map(|piece| piece.value.as_str()).collect();
        Self { place, text: texts.join(" "), sources }
    }

    fn findings(&self) -> Vec<Finding> {
        let text = &self.text;
        let (name, arguments): (&str, &[&str]) = match self.place.shell {
            Shell::Sh => ("sh", &["-n"]),
            Shell::Bash => ("bash", &["--norc", "--noprofile", "-n"]),
        };
        match ask(name, arguments, text) {
            Err(error) => {
                let message = format!("this script wasn't checked: {name} doesn't start here ({error})");
                let help = format!("install {name} where `check --shell` runs");
                vec![NO_SHELL.at(self.whole(), message, "unknown", help)]
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
        let span = line.map_or_else(|| self.whole(), |line| self.line(line));
        SHELL_SYNTAX.at(span, format!("{name} refuses this script: {message}"), "here", "")
    }

    /// What `ShellCheck` says; nothing where it isn't installed.
    fn shellcheck(&self, shell: &str) -> Vec<Finding> {
        let shell = format!("--shell={shell}");
        let of_own = if self.place.is_own { EXCLUDED_OF_OWN } else { "" };
        let exclude = format!("--exclude={}", [EXCLUDED, of_own].join(",").trim_end_matches(','));
        let arguments = ["--norc", "--format=json1", "--severity=info", &shell, &exclude, "-"];
        let Ok(output) = ask("shellcheck", &arguments, &self.text) else { return Vec::new() };
        let Ok(report) = serde_json::from_slice::<Report>(&output.stdout) else { return Vec::new() };
        let findings = report.comments.into_iter().map(|comment| {
            let start = self.offset_at(comment.line, comment.column);
            let end = self.offset_at(comment.end_line, comment.end_column).max(start);
            let span = self.between(start, end);
            let message = format!("SC{}: {}", comment.code, comment.message);
            SHELLCHECK.at(span, message, "", "")
        });
        findings.collect()
    }

    /// A line of the script, without the blanks around it; the last one that says something where it
    /// has no such line.
    fn line(&self, number: usize) -> Span {
        let lines: Vec<&str> = self.text.split('\n').collect();
        let last = lines.iter().rposition(|line| !line.trim().is_empty()).unwrap_or(0);
        let index = number.saturating_sub(1).min(last);
        let line = lines.get(index).copied().unwrap_or("");
        let before: usize = lines.iter().take(index).map(|line| line.len() + 1).sum();
        let blanks = line.len() - line.trim_start().len();
        let (start, end) = (before + blanks, before + line.trim_end().len());
        self.between(start, end.max(start))
    }

    /// The offset of a line and column, both from one; a column counts characters.
    fn offset_at(&self, line: usize, column: usize) -> usize {
        let text = &self.text;
        let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let here = text.get(before..).and_then(|rest| rest.split('\n').next()).unwrap_or("");
        let within: usize = here.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
        before + within
    }

    /// All of it; of several arguments from the first to the last.
    fn whole(&self) -> Span {
        self.between(0, self.text.len())
    }

    /// Where a part of the text stands, from one offset to another.
    fn between(&self, start: usize, end: usize) -> Span {
        let (first, from) = self.piece_at(start);
        let (last, to) = self.piece_at(end);
        let place = |piece: &Spanned<String>, offset| place_inside(self.sources.text(piece.span), piece.span, offset);
        let Some((first, last)) = first.zip(last) else { return Span::default() };
        if first.span == last.span && from == 0 && to == first.value.len() {
            return first.span;
        }
        let (start, end) = (place(first, from), place(last, to));
        Span::new(first.span.file, start..end.max(start))
    }

    /// The piece that an offset lies in, and the offset within it.
    fn piece_at(&self, offset: usize) -> (Option<&Spanned<String>>, usize) {
        let mut left = offset;
        for piece in &self.place.pieces {
            if left <= piece.value.len() {
                return (Some(piece), left);
            }
            left -= piece.value.len() + 1;
        }
        (self.place.pieces.last(), self.place.pieces.last().map_or(0, |piece| piece.value.len()))
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
