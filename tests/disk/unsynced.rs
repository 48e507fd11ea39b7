//! What a loss of power would take at the moment of each effect, by what the kernel was asked for: whatever
//! the way back needs (journal, supervisor's log, the bundle's bytes, the marks of locks, and the names of
//! all of them) has been synced by then, in its last state.
//!
//! The run is the real program's. Invariant: a name counts as lost until its folder was synced after it
//! was made, and a file until it was synced after its last write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const RELEASE: &str = r#"runbook release "Release" { lock "one name"; }
include "parts/more.kdl"
files "scripts/**"
phase first "First" {
    lock another
    step one "One" { run touch effect-one; inverse { run touch back-one; }; }
    step two "Two" { run sh "scripts/two.sh"; inverse { run touch back-two; }; }
    step three "Three" { sh "THREE=1; touch made-three; exit 1"; inverse { run touch back-three; }; }
}
"#;

/// What stands in the first program of each step and inverse, and in none that those start: between them
/// the supervisor writes down numbers of processes, which nothing is decided by but whom to end.
const FIRST: [&str; 4] = ["\"effect-", "\"back-", "two.sh", "THREE=1"];

/// What nothing is decided by: what steps print, and who says to hold a lock.
fn may_be_lost(path: &Path) -> bool {
    let parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap()).collect();
    match parts.as_slice() {
        ["locks", name] => !name.contains("~dirty"),
        ["runs", _, "engine.lock" | "lock"] | ["runs", _, "steps", ..] => true,
        _ => false,
    }
}

/// What isn't on the disk yet.
#[derive(Default)]
struct Unsynced {
    /// Files that were written since they were synced.
    bytes: BTreeSet<PathBuf>,
    /// Names that were made or given since their folder was synced.
    names: BTreeSet<PathBuf>,
    /// Names that were taken off since.
    gone: BTreeSet<PathBuf>,
}

impl Unsynced {
    /// Takes note of a call, as `strace -y` tells it.
    fn hear(&mut self, call: &str) {
        let (name, rest) = call.split_once('(').unwrap_or((call, ""));
        if rest.contains(") = -1 ") || rest.contains(") = ?") {
            return;
        }
        let paths = descriptors(rest);
        let quoted: Vec<&str> = rest.split('"').skip(1).step_by(2).collect();
        let at = |number: usize, base: usize| paths.get(base).unwrap_or(&PathBuf::new()).join(quoted[number]);
        match name {
            "write" | "pwrite64" | "ftruncate" | "writev" | "copy_file_range" | "sendfile" => {
                self.bytes.extend(paths.first().cloned());
            }
            "openat" if rest.contains("O_CREAT") => {
                // The descriptor that it answers has the whole path.
                if let Some(made) = paths.last() {
                    self.names.insert(made.clone());
                }
            }
            "mkdirat" | "mkdir" => drop(self.names.insert(at(0, 0))),
            "renameat" | "renameat2" | "rename" => {
                let (from, to) = (at(0, 0), at(1, 1));
                self.names.remove(&from);
                if self.bytes.remove(&from) {
                    self.bytes.insert(to.clone());
                }
                self.names.insert(to);
            }
            "unlinkat" | "unlink" => {
                let path = at(0, 0);
                self.bytes.remove(&path);
                if !self.names.remove(&path) {
                    self.gone.insert(path);
                }
            }
            "fsync" | "fdatasync" => {
                let Some(synced) = paths.first() else { return };
                self.bytes.remove(synced);
                self.names.retain(|path| path.parent() != Some(synced));
                self.gone.retain(|path| path.parent() != Some(synced));
            }
            _ => {}
        }
    }

    fn all(&self, state: &Path) -> Vec<String> {
        let all = [("bytes of", &self.bytes), ("name", &self.names), ("end of", &self.gone)];
        // The folder that the state lies in was made with it.
        let above = state.parent().unwrap();
        let is_lost = |path: &Path| path.strip_prefix(state).is_ok_and(may_be_lost);
        let needed = |path: &&PathBuf| path.starts_with(above) && !is_lost(path);
        all.iter()
            .flat_map(|(what, paths)| paths.iter().filter(needed).map(move |it| format!("{what} {}", it.display())))
            .collect()
    }
}

/// `3</a/b>` → `/a/b`, of every descriptor in a call.
fn descriptors(call: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut quoted = false;
    let mut rest = call;
    while let Some(place) = rest.find(['"', '<']) {
        if rest[place..].starts_with('"') {
            quoted = !quoted;
        } else if !quoted && rest[place + 1..].starts_with('/') {
            let end = rest[place..].find('>').unwrap_or(rest.len() - place);
            paths.push(PathBuf::from(&rest[place + 1..place + end]));
        }
        rest = &rest[place + 1..];
    }
    paths
}

/// The calls in the order of their ends: one that another process interrupts has two lines.
fn calls(trace: &str) -> Vec<String> {
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let (pid, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        if let Some(first) = call.strip_suffix(" <unfinished ...>") {
            begun.insert(pid, first);
            // Whoever becomes another program does so before the answer.
            if call.starts_with("execve(") {
                calls.push(call.to_owned());
            }
        } else if let Some((_, second)) = call.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            let first = begun.remove(pid).unwrap_or_default();
            if !first.starts_with("execve(") {
                calls.push(format!("{first}{second}"));
            }
        } else {
            calls.push(call.to_owned());
        }
    }
    calls
}

#[test]
fn whatever_the_way_back_needs_is_on_the_disk_before_each_effect() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in
        [("release.kdl", RELEASE), ("parts/more.kdl", "let more \"x\"\n"), ("scripts/two.sh", "touch made-two\n")]
    {
        std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        std::fs::write(root.join(name), text).unwrap();
    }
    // More than a bundle has open at once until they are synced.
    for number in 0..100 {
        std::fs::write(root.join(format!("scripts/more-{number}")), "more\n").unwrap();
    }
    let (state, trace) = (root.join("not-there/state"), root.join("trace"));
    let traced = "trace=openat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,write,pwrite64,writev,\
                  ftruncate,copy_file_range,sendfile,fsync,fdatasync,execve";
    let output = Command::new("strace")
        .args(["-f", "-qq", "-y", "-s", "200", "-e", traced, "-e", "signal=none", "-o"])
        .arg(&trace)
        .args([env!("CARGO_BIN_EXE_runbook"), "exec", "--yes", "release.kdl"])
        .current_dir(&root)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", &root)
        .env("RUNBOOK_STATE", &state)
        .output()
        .expect("strace is installed");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let mut unsynced = Unsynced::default();
    let mut effects = 0;
    let mut seen = BTreeSet::new();
    for call in calls(&std::fs::read_to_string(trace).unwrap()) {
        if call.starts_with("execve(") && FIRST.iter().any(|word| call.contains(word)) {
            effects += 1;
            assert_eq!(unsynced.all(&state), Vec::<String>::new(), "before {call}");
        }
        unsynced.hear(&call);
        let made = unsynced.names.iter().filter_map(|path| path.file_name());
        seen.extend(made.map(|name| name.to_string_lossy().into_owned()));
    }
    assert_eq!(effects, 6, "{effects} effects were seen");
    for name in
        ["not-there", "state", "journal.jsonl", "supervisor.jsonl", "release.kdl", "more.kdl", "two.sh", "more-99"]
    {
        assert!(seen.contains(name), "{name} was never made: {seen:?}");
    }
    assert_eq!(seen.iter().filter(|name| name.ends_with("~dirty")).count(), 2, "both locks were marked: {seen:?}");
}

#[test]
fn what_is_not_synced_shows() {
    let left = |calls: &[&str]| {
        let mut unsynced = Unsynced::default();
        for call in calls {
            unsynced.hear(call);
        }
        unsynced.all(Path::new("/s/runs")).len()
    };
    let made = "openat(5</s/runs>, \"a\", O_WRONLY|O_CREAT|O_EXCL, 0600) = 7</s/runs/a>";
    let written = "write(7</s/runs/a>, \"<x\", 2) = 2";
    let (synced, folder) = ("fdatasync(7</s/runs/a>) = 0", "fsync(5</s/runs>) = 0");
    assert_eq!(left(&[made, written, synced, folder]), 0);
    assert_eq!(left(&[made, written, synced]), 1, "the name");
    assert_eq!(left(&[made, written, folder]), 1, "the bytes");
    assert_eq!(left(&[made, synced, folder, written]), 1, "what was written later");
    assert_eq!(left(&[made, written, "fdatasync(7</s/runs/a>) = -1 EIO", folder]), 1, "a sync that failed");
    let renamed = "renameat(5</s/runs>, \"a\", 5</s/runs>, \"b\") = 0";
    assert_eq!(left(&[made, written, synced, folder, renamed]), 1, "its new name");
}
