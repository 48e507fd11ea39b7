//! What of a repository a runbook names: paths that its actions read beside it, and the revisions of
//! its `run git …`. Pure; whether they exist is asked by who may look. It says nothing of what isn't
//! known before the run, and nothing of what an earlier action may have made.

use super::places::places;
use super::rehearse::values;
use crate::model::{Action, Escape, HttpBody, Processes, Program, Runbook, Template, Values, called_words, scripts_of};
use crate::syntax::Span;

/// Something that a repository should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInRepository {
    /// What it is.
    pub what: Named,
    /// Where the runbook names it.
    pub span: Span,
}

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A folder or file, relative to the folder of the runbook.
    Path(String),
    /// A commit, branch or tag that is checked out, merged or looked at.
    Revision(String),
    /// A branch or tag of a remote that is fetched.
    Fetched(String),
}

/// Everything that the runbook names under these settings, in the order in which it is performed.
#[must_use]
pub fn named_in_repository(runbook: &Runbook, settings: &[(String, String)]) -> Vec<NamedInRepository> {
    let mut walk = Walk { values: values(runbook, settings), before: Vec::new(), found: Vec::new() };
    for place in places(runbook) {
        let folder = place.activity.surroundings.cd.as_ref();
        walk.folder(folder);
        walk.action(&place.activity.action, folder);
    }
    walk.found
}

struct Walk {
    values: Values,
    /// What earlier actions write and say: a path in it may have been made by them.
    before: Vec<String>,
    found: Vec<NamedInRepository>,
}

impl Walk {
    fn text(&self, template: &Template) -> Option<String> {
        template.render(&self.values, Escape::None).ok()
    }

    fn folder(&mut self, cd: Option<&Template>) {
        if let Some(cd) = cd
            && let Some(path) = self.text(cd)
        {
            self.path(path, cd.span);
        }
    }

    /// A path that is read, seen from the folder of the runbook.
    fn read(&mut self, template: &Template, cd: Option<&Template>) {
        let Some(path) = self.text(template) else { return };
        let path = match cd.map(|cd| self.text(cd)) {
            None => path,
            Some(Some(cd)) if !path.starts_with('/') => format!("{cd}/{path}"),
            Some(_) => return,
        };
        self.path(path, template.span);
    }

    fn path(&mut self, path: String, span: Span) {
        let is_there = path.starts_with(['/', '~', '$']) || path.is_empty();
        let name = path.trim_start_matches("./");
        if !is_there && !self.before.iter().any(|text| text.contains(name)) {
            self.found.push(NamedInRepository { what: Named::Path(path), span });
        }
    }

    fn action(&mut self, action: &Action, cd: Option<&Template>) {
        match action {
            Action::Copy { from, to, .. } => {
                self.read(from, cd);
                self.made(to);
            }
            Action::Http(request) => {
                if let Some(HttpBody::File { path, .. }) = &request.body {
                    self.read(path, cd);
                }
            }
            Action::Write { path, .. } | Action::Link { path, .. } => self.made(path),
            Action::Run(_) | Action::Script(_) | Action::Pipe { .. } => self.processes(action, cd),
            Action::Sql { .. }
            | Action::File { .. }
            | Action::Disk(_)
            | Action::Port(_)
            | Action::Process(_)
            | Action::Service(_)
            | Action::ServiceChange { .. }
            | Action::Replace(_)
            | Action::Kube(_)
            | Action::Manual(_) => {}
        }
    }

    fn processes(&mut self, action: &Action, cd: Option<&Template>) {
        if let Some(Processes::Programs { programs, to }) = action.processes() {
            for program in programs.iter().filter(|program| program.pod.is_none()) {
                self.program(program, cd);
            }
            if let Some(to) = to {
                self.made(to);
            }
        }
        self.before.extend(scripts_of(action).into_iter().map(str::to_owned));
    }

    fn made(&mut self, template: &Template) {
        let path = self.text(template);
        self.before.extend(path);
    }

    fn program(&mut self, program: &Program, cd: Option<&Template>) {
        let words: Vec<&Template> = std::iter::once(&program.program).chain(&program.arguments).collect();
        let texts: Vec<Option<String>> = words.iter().map(|word| self.text(word)).collect();
        let known: Vec<&str> = texts.iter().map(|text| text.as_deref().unwrap_or("")).collect();
        for at in called_words(&known) {
            if let Some(word) = words.get(at) {
                self.read(word, cd);
            }
        }
        if let Some(("git", rest)) = known.split_first().map(|(first, rest)| (*first, rest)) {
            let named = revisions(rest).into_iter().filter_map(|(at, what)| {
                // Counted from the program.
                let span = words.get(at + 1)?.span;
                texts.get(at + 1)?.as_ref().map(|_| NamedInRepository { what, span })
            });
            self.found.extend(named.collect::<Vec<_>>());
        }
        self.before.push(known.join(" "));
    }
}

/// Options before a subcommand whose value is a word of its own.
const VALUED: [&str; 4] = ["-C", "-c", "--git-dir", "--work-tree"];
/// Options behind it that name what comes into being.
const CREATES: [&str; 6] = ["-b", "-B", "-c", "-C", "--create", "--orphan"];
/// Options behind it whose value isn't a revision.
const OTHER_VALUES: [&str; 10] = ["-m", "-n", "-X", "-s", "--message", "--format", "--prefix", "-o", "--depth", "-F"];

/// Which words behind `git` are revisions that must be there, and what kind.
fn revisions(words: &[&str]) -> Vec<(usize, Named)> {
    let mut at = 0;
    while words.get(at).is_some_and(|word| word.starts_with('-')) {
        at += if words.get(at).is_some_and(|word| VALUED.contains(word)) { 2 } else { 1 };
    }
    let Some(subcommand) = words.get(at) else { return Vec::new() };
    let positional = positional(words, at + 1);
    let named = |at: usize| words.get(at).copied().unwrap_or("");
    let revision = |at: usize| {
        let parts = named(at).split("...").flat_map(|part| part.split(".."));
        parts
            .filter(|part| is_revision(part))
            .map(move |part| (at, Named::Revision(part.to_owned())))
            .collect::<Vec<_>>()
    };
    match *subcommand {
        "checkout" | "switch" | "reset" | "rebase" | "archive" => {
            positional.first().map(|at| revision(*at)).unwrap_or_default()
        }
        "merge" | "cherry-pick" | "revert" | "rev-parse" | "rev-list" | "show" | "log" | "diff" | "describe"
        | "merge-base" => positional.into_iter().flat_map(revision).collect(),
        "worktree" if positional.first().is_some_and(|at| named(*at) == "add") => {
            positional.get(2).map(|at| revision(*at)).unwrap_or_default()
        }
        "fetch" | "pull" => {
            let source = |at: usize| named(at).trim_start_matches('+').split(':').next().unwrap_or("").to_owned();
            let refs = positional.into_iter().skip(1).filter(|at| is_revision(&source(*at)));
            refs.map(|at| (at, Named::Fetched(source(at)))).collect()
        }
        _ => Vec::new(),
    }
}

/// The words that are no options, up to `--`.
fn positional(words: &[&str], mut at: usize) -> Vec<usize> {
    let mut found = Vec::new();
    while let Some(word) = words.get(at).filter(|word| **word != "--") {
        if CREATES.contains(word) || OTHER_VALUES.contains(word) {
            at += 1;
        } else if !word.starts_with('-') {
            found.push(at);
        }
        at += 1;
    }
    found
}

/// Whether a word is a revision that a clone has, or hasn't: not one that git keeps while it works.
fn is_revision(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(['@', '-', ':', '*'])
        && !["FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split(' ').collect();
        revisions(&words)
            .into_iter()
            .map(|(_, what)| match what {
                Named::Revision(name) => name,
                Named::Fetched(name) => format!("fetched {name}"),
                Named::Path(path) => path,
            })
            .collect()
    }

    #[test]
    fn what_git_needs_is_told_from_what_it_makes() {
        for (line, expected) in [
            ("checkout --detach v1.2.0", &["v1.2.0"][..]),
            ("checkout -b release main", &["main"]),
            ("-C /opt/app -c a=b checkout v1", &["v1"]),
            ("checkout -- file", &[]),
            ("checkout v1 -- file", &["v1"]),
            ("switch --create next", &[]),
            ("reset --hard HEAD~1", &["HEAD~1"]),
            ("merge -m text origin/main", &["origin/main"]),
            ("log v1..v2", &["v1", "v2"]),
            ("diff v1...HEAD --stat", &["v1", "HEAD"]),
            ("fetch origin", &[]),
            ("fetch --depth 1 origin +main:refs/heads/x v2", &["fetched main", "fetched v2"]),
            ("pull origin main", &["fetched main"]),
            ("worktree add ../next v2", &["v2"]),
            ("tag v3", &[]),
            ("merge FETCH_HEAD", &[]),
            ("status", &[]),
            ("-C", &[]),
        ] {
            assert_eq!(named(line), expected, "{line}");
        }
    }
}
