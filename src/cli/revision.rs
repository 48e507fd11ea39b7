//! `REV:path`: a runbook as git keeps it. git is the one program that a comparison starts, and a
//! stranger's repository can't make it start another one: no hook, no pager, no filter, no lazy fetch,
//! no protocol, and what is asked are objects, never the work tree or the index.
//!
//! Invariant: a revision's bytes come from its objects alone; nothing is checked out, nothing is
//! written.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::bundle::{Loaded, Revision, RevisionFile, RevisionKind, load_revision};

/// What git prints of a folder is never longer, in bytes.
const LONGEST_LIST: u64 = 64 << 20;
/// Nor is what it complains.
const LONGEST_COMPLAINT: u64 = 4096;
/// What the environment says of where git's programs and objects are, and no more: its traces and its
/// configuration could start a program or write a file. The user's own configuration is trusted, since
/// it says which repositories of others may be read.
const HANDED_ON: [&str; 8] = [
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
];

/// A file of a revision, as it is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtRevision<'a> {
    revision: &'a str,
    path: &'a str,
}

impl<'a> AtRevision<'a> {
    /// Reads `REV:path`; `None` for a file: what begins with `/`, `./` or `../`, or has no colon.
    pub fn named(text: &'a str) -> Option<Self> {
        let is_path = ["/", "./", "../"].iter().any(|start| text.starts_with(start));
        let (revision, path) = text.split_once(':').filter(|(revision, _)| !is_path && !revision.is_empty())?;
        Some(Self { revision, path })
    }

    /// Reads the runbook with all that belongs to it.
    ///
    /// # Errors
    /// There is no git, no repository, no such revision or file; in words.
    pub fn load(self, named: &Utf8Path) -> Result<Loaded, String> {
        let revision = format!("{}^{{tree}}", self.revision);
        let tree = asked(&["rev-parse", "--verify", "--quiet", "--end-of-options", &revision])
            .map_err(|why| why.unwrap_or_else(|| format!("git knows no revision `{}`", self.revision)))?;
        let tree = tree.trim_end();
        let path = self.path_in_repository()?;
        let missing = || format!("there is no file `{path}` in revision `{}`", self.revision);
        let (folder, entry) = match (path.parent(), path.file_name()) {
            (Some(folder), Some(entry)) => (folder.to_owned(), Utf8PathBuf::from(entry)),
            (_, _) => return Err(missing()),
        };
        let subtree = format!("{tree}:{folder}");
        let listed = git(&["ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", &subtree])
            .and_then(|output| output.ok_or(None))
            .map_err(|why| why.unwrap_or_else(missing))?;
        let kept = Kept { files: listed_files(&listed)?, objects: listed_objects(&listed), asking: RefCell::new(None) };
        if !kept.files.contains_key(&entry) {
            return Err(missing());
        }
        let root = Utf8Path::new("/").join(&folder);
        Ok(load_revision(&kept, &entry, named, &root))
    }

    /// The path from the top of the repository: `./` and `../` begin where runbook is called.
    fn path_in_repository(self) -> Result<Utf8PathBuf, String> {
        let is_relative = ["./", "../"].iter().any(|start| self.path.starts_with(start));
        let prefix = if is_relative {
            asked(&["rev-parse", "--show-prefix"])
                .map_err(|why| why.unwrap_or_else(|| "git knows no work tree here".to_owned()))?
        } else {
            String::new()
        };
        let mut clean = Utf8PathBuf::new();
        for part in Utf8Path::new(prefix.trim_end_matches('\n')).join(self.path).as_str().split('/') {
            match part {
                "" | "." => {}
                ".." if clean.pop() => {}
                ".." => return Err(format!("`{}` leads out of the repository", self.path)),
                part => clean.push(part),
            }
        }
        Ok(clean)
    }
}

/// git with nothing that a repository's own configuration could make it start.
fn hardened() -> Command {
    let mut command = Command::new("git");
    command.env_clear().envs(HANDED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    // A lazy fetch of what a partial clone lacks would run whatever the repository names as its remote.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_ALLOW_PROTOCOL", "none").env("GIT_TERMINAL_PROMPT", "0");
    command.env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_REPLACE_OBJECTS", "1").env("LC_ALL", "C");
    command.args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
    command.args(["-c", "protocol.allow=never", "-c", "core.sshCommand=false", "-c", "credential.helper="]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What git prints; `Ok(None)` where it refuses. The error says in words why there is no git.
fn git(arguments: &[&str]) -> Result<Option<Vec<u8>>, Option<String>> {
    let started = |error: io::Error| Some(format!("git can't be started: {error}"));
    let mut child = hardened().args(arguments).spawn().map_err(started)?;
    let mut printed = Vec::new();
    let read = child.stdout.take().map(|stdout| stdout.take(LONGEST_LIST + 1).read_to_end(&mut printed));
    let mut complaint = String::new();
    // What can't be read of it isn't said.
    drop(child.stderr.take().map(|stderr| stderr.take(LONGEST_COMPLAINT).read_to_string(&mut complaint)));
    let ended = child.wait().map_err(started)?;
    if printed.len() as u64 > LONGEST_LIST {
        return Err(Some("the folder of the runbook holds too many files".to_owned()));
    }
    if let Some(why) = complaint.lines().find_map(|line| line.strip_prefix("fatal: ")).filter(|_| !ended.success()) {
        return Err(Some(format!("git says: {why}")));
    }
    Ok((ended.success() && read.is_some_and(|read| read.is_ok())).then_some(printed))
}

/// The same, where the answer is a text.
fn asked(arguments: &[&str]) -> Result<String, Option<String>> {
    git(arguments)?.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(None)
}

/// `MODE TYPE OBJECT SIZE\tPATH`, each ended by NUL.
fn entries(listed: &[u8]) -> impl Iterator<Item = Option<(Vec<&str>, &[u8])>> {
    listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()).map(|entry| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(entry.get(..tab)?).ok()?;
        Some((head.split_whitespace().collect(), entry.get(tab + 1..)?))
    })
}

fn listed_files(listed: &[u8]) -> Result<BTreeMap<Utf8PathBuf, RevisionFile>, String> {
    let unread = || "git answers in a way that isn't understood".to_owned();
    entries(listed)
        .map(|entry| {
            let (head, path) = entry.ok_or_else(unread)?;
            let kind = match head.first() {
                Some(&"120000") => RevisionKind::Link,
                Some(&"160000") => RevisionKind::Submodule,
                Some(&"100755") => RevisionKind::Executable,
                Some(_) => RevisionKind::File,
                None => return Err(unread()),
            };
            let size = head.get(3).and_then(|size| size.parse().ok()).unwrap_or(0);
            let is_named = std::str::from_utf8(path).is_ok();
            Ok((String::from_utf8_lossy(path).into_owned().into(), RevisionFile { kind, size, is_named }))
        })
        .collect()
}

fn listed_objects(listed: &[u8]) -> BTreeMap<Utf8PathBuf, String> {
    let objects = entries(listed).flatten().filter_map(|(head, path)| {
        Some((String::from_utf8_lossy(path).into_owned().into(), (*head.get(2)?).to_owned()))
    });
    objects.collect()
}

/// One folder of one revision.
#[derive(Debug)]
struct Kept {
    files: BTreeMap<Utf8PathBuf, RevisionFile>,
    objects: BTreeMap<Utf8PathBuf, String>,
    /// The one git that is asked for bytes; started when the first are.
    asking: RefCell<Option<Asking>>,
}

/// `git cat-file --batch`: an object's name in, its bytes out.
#[derive(Debug)]
struct Asking {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Revision for Kept {
    fn files(&self) -> &BTreeMap<Utf8PathBuf, RevisionFile> {
        &self.files
    }

    fn bytes(&self, path: &Utf8Path) -> Result<Vec<u8>, String> {
        let object = self.objects.get(path).ok_or("git doesn't know it")?;
        let mut asking = self.asking.borrow_mut();
        if asking.is_none() {
            *asking = Some(Asking::started().map_err(|error| format!("git can't be started: {error}"))?);
        }
        let answer = asking.as_mut().map(|asking| asking.ask(object));
        match answer {
            Some(Ok(Some(bytes))) => Ok(bytes),
            Some(Ok(None)) | None => Err("git has lost its bytes".to_owned()),
            Some(Err(error)) => Err(format!("git doesn't answer: {error}")),
        }
    }
}

impl Asking {
    fn started() -> io::Result<Self> {
        let mut command = hardened();
        let mut child = command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().ok_or_else(gone)?);
        Ok(Self { child, questions, answers })
    }

    /// The bytes of an object; `None`: there is none.
    fn ask(&mut self, object: &str) -> io::Result<Option<Vec<u8>>> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let questions = self.questions.as_mut().ok_or_else(gone)?;
        writeln!(questions, "{object}")?;
        questions.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        // `OBJECT blob SIZE`, or `OBJECT missing`.
        let Some(size) = head.split_whitespace().nth(2).and_then(|size| size.parse::<usize>().ok()) else {
            return Ok(None);
        };
        let mut bytes = vec![0; size + 1];
        self.answers.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(Some(bytes))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        // It ends when nothing more is asked.
        self.questions = None;
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_stands_before_a_colon_and_a_path_that_says_so_is_a_file() {
        let named = |text| AtRevision::named(text).map(|at| (at.revision, at.path));
        assert_eq!(named("origin/main:ops/a.kdl"), Some(("origin/main", "ops/a.kdl")));
        assert_eq!(named("HEAD~1:./a.kdl"), Some(("HEAD~1", "./a.kdl")));
        for file in ["a.kdl", "./HEAD:a.kdl", "../a:b.kdl", "/tmp/a:b.kdl", ":a.kdl"] {
            assert_eq!(named(file), None, "{file}");
        }
    }
}
