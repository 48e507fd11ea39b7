//! Three promises to the disk in each step, counted where the kernel hears them: the supervisor's note
//! before the exec, its note of the end, and the engine's, which holds the result of one step and the
//! intent of the next. A run is as fast as its disk, and as safe: a sync that is dropped, or one too
//! many, shows here.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// How many times a file was synced in a run of so many steps, by the file's name.
fn syncs(steps: usize) -> BTreeMap<String, usize> {
    let folder = TempDir::new().unwrap();
    let mut runbook = "runbook many \"Many steps\" {\n}\nphase steps \"Steps\" {\n".to_owned();
    for number in 0..steps {
        let step = "{ run \"true\"; inverse none because=\"it does nothing\"; }";
        writeln!(runbook, "    step step-{number} \"Step {number}\" {step}").unwrap();
    }
    runbook.push_str("}\n");
    std::fs::write(folder.path().join("many.kdl"), runbook).unwrap();
    let trace = folder.path().join("trace");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-y", "-e", "trace=fdatasync,fsync", "-e", "signal=none", "-o"])
        .arg(&trace)
        .args([env!("CARGO_BIN_EXE_runbook"), "exec", "--yes", "many.kdl"])
        .current_dir(&folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder.path())
        .env("RUNBOOK_STATE", folder.path().join("state"))
        .output()
        .expect("strace is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", String::from_utf8_lossy(&output.stdout));
    counted(&std::fs::read_to_string(trace).unwrap())
}

/// `17 fdatasync(5</state/runs/x/journal.jsonl>) = 0` → one for `journal.jsonl`. A call that another
/// process interrupts has a second line that says `resumed`; it counts where it begins.
fn counted(trace: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in trace.lines().filter(|line| line.contains("sync(") && !line.contains(" resumed>")) {
        let path = line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).unwrap().0;
        let name = Path::new(path).file_name().unwrap().to_str().unwrap();
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn a_step_is_synced_three_times_before_the_exec_at_its_end_and_with_its_result() {
    let (ten, twenty) = (syncs(10), syncs(20));
    let more: BTreeMap<_, _> = twenty
        .iter()
        .map(|(name, count)| (name.as_str(), count - ten.get(name).copied().unwrap_or(0)))
        // Folders are synced a fixed number of times, and named differently in each run.
        .filter(|(name, _)| name.contains(".jsonl"))
        .collect();
    assert_eq!(more, BTreeMap::from([("journal.jsonl", 10), ("supervisor.jsonl", 20)]), "ten steps more: {twenty:?}");
}

#[test]
fn a_trace_is_counted_by_file() {
    let trace = "7 fdatasync(5</s/a>) = 0\n7 fsync(6</s/b> <unfinished ...>\n8 <... fsync resumed>) = 0\n7 fsync(5</s/a>) = 0\n";
    assert_eq!(counted(trace), BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]));
}
