//! `check --repo`: whether the paths and revisions that a runbook names exist beside it. It looks at
//! files and asks git, which only reads; a remote is never asked.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Runbook;
use crate::model::review::outside::{MISSING_PATH, MISSING_REVISION, NO_REPOSITORY};
use crate::model::review::repository::{Named, NamedInRepository, named_in_repository};
use crate::syntax::Finding;

/// What of the runbook's names isn't there. Revisions are looked up in `repository`; with an empty
/// path, in that of the runbook.
pub(super) fn check_repository(
    runbook: &Runbook,
    settings: &[(String, String)],
    repository: &Utf8Path,
) -> Vec<Finding> {
    let folder = if repository.as_str().is_empty() { &runbook.folder } else { repository };
    let mut git = Git { folder: folder.to_owned(), is_there: None, known: HashMap::new() };
    let named = named_in_repository(runbook, settings);
    let mut findings = Vec::new();
    for NamedInRepository { what, span } in named {
        match what {
            Named::Path(path) => {
                if !runbook.folder.join(&path).exists() {
                    let message = format!("`{path}` isn't there");
                    let help = "paths start at the runbook's folder, or at `cd`";
                    findings.push(MISSING_PATH.at(span, message, "not beside the runbook", help));
                }
            }
            Named::Revision(_) | Named::Fetched(_) if !git.is_there() => {
                // Said once, at the first that would have been looked up.
                if findings.iter().all(|finding: &Finding| finding.code != NO_REPOSITORY.name) {
                    let message = format!("revisions weren't looked up: no git repository holds {}", git.folder);
                    let help = "name the repository: --repo=PATH";
                    findings.push(NO_REPOSITORY.at(span, message, "unknown", help));
                }
            }
            Named::Revision(name) => {
                if !git.has(&name, &[&name, &format!("refs/remotes/origin/{name}")])
                    && !runbook.folder.join(&name).exists()
                {
                    findings.push(missing(&name, span, &git));
                }
            }
            Named::Fetched(name) => {
                let places =
                    ["refs/remotes/origin/", "refs/heads/", "refs/tags/", ""].map(|before| format!("{before}{name}"));
                if !git.has(&name, &places) {
                    findings.push(missing(&name, span, &git));
                }
            }
        }
    }
    findings
}

fn missing(name: &str, span: crate::syntax::Span, git: &Git) -> Finding {
    let help = if git.is_shallow() {
        "this clone is shallow: fetch its history and tags first, then check again"
    } else {
        "push it or fetch it, or name another one; for an input, with --set"
    };
    MISSING_REVISION.at(span, format!("there is no revision `{name}` in the repository"), "not there", help)
}

struct Git {
    folder: Utf8PathBuf,
    is_there: Option<bool>,
    known: HashMap<String, bool>,
}

impl Git {
    fn is_there(&mut self) -> bool {
        let folder = &self.folder;
        *self.is_there.get_or_insert_with(|| answer(folder, &["rev-parse", "--git-dir"]).is_some())
    }

    /// Whether one of these spellings of a name is a commit.
    fn has(&mut self, name: &str, spellings: &[impl AsRef<str>]) -> bool {
        let folder = &self.folder;
        let is_commit = |spelling: &str| {
            let commit = format!("{spelling}^{{commit}}");
            answer(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit]).is_some()
        };
        let search = || spellings.iter().any(|spelling| is_commit(spelling.as_ref()));
        *self.known.entry(name.to_owned()).or_insert_with(search)
    }

    fn is_shallow(&self) -> bool {
        answer(&self.folder, &["rev-parse", "--is-shallow-repository"]).is_some_and(|said| said.trim() == "true")
    }
}

/// What git answers; `None` where it says no, or can't be asked. It starts nothing of the repository's
/// own and fetches nothing.
fn answer(folder: &Utf8Path, arguments: &[&str]) -> Option<String> {
    let variable = |name: &str| std::env::var_os(name);
    let kept = ["PATH", "HOME"].into_iter().filter_map(|name| Some((name, variable(name)?)));
    let output = Command::new("git")
        .args(["-c", "core.fsmonitor=false", "-C", folder.as_str()])
        .args(arguments.iter().map(OsStr::new))
        .env_clear()
        .envs(kept)
        .envs([("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_NO_LAZY_FETCH", "1"), ("GIT_OPTIONAL_LOCKS", "0")])
        .stdin(std::process::Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
