//! Limits that the system really has: a disk that is too small, one that a step fills, a file that may
//! not grow and so takes half a record, no descriptors.

use std::process::{Command, Stdio};

use super::house::{House, Ran};
use super::seed::{Chance, is_long};

/// Runs a script in a mount namespace of its own, with a disk of so many KiB at `/mnt`.
fn on_a_disk_of(kibibytes: usize, house: &House, script: &str) -> Ran {
    let mount = format!("mount -t tmpfs -o size={kibibytes}k,mode=700 none /mnt && {script}");
    in_a_namespace(&["--user", "--map-root-user", "--mount"], house, &mount)
}

/// Runs a script in namespaces of its own; `$0` is the program.
fn in_a_namespace(kinds: &[&str], house: &House, script: &str) -> Ran {
    let output = Command::new("unshare")
        .args(kinds)
        .args(["sh", "-c", script, env!("CARGO_BIN_EXE_runbook")])
        .current_dir(house.path("work"))
        .env_clear()
        .envs([("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"), ("USER", "anna"), ("TZ", "UTC")])
        .env("HOME", house.path("work"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    Ran { code: output.status.code().unwrap_or(-1), text: String::from_utf8_lossy(&text).into_owned() }
}

/// A release of eight steps whose first one fills the disk.
fn fills() -> String {
    let fills = "dd if=/dev/zero of=/mnt/filled bs=4k 2>/dev/null || df -k /mnt > filled";
    let step = |number: usize| {
        let first = if number == 0 { fills } else { "true" };
        format!(
            "step s{number} \"S\" {{ sh \"echo s{number} >> log; {first}\"; inverse {{ sh \"echo un-s{number} >> log\"; }}; }}\n"
        )
    };
    format!("runbook fills \"Fills\"\nphase only \"Only\" {{\n{}}}\n", (0..8).map(step).collect::<String>())
}

#[test]
fn a_disk_too_small_for_the_way_back_starts_nothing() {
    let house = House::new();
    let ran = on_a_disk_of(256, &house, "exec \"$0\" exec --yes --state-dir /mnt/state release.kdl");
    assert_eq!(ran.code, 5, "{}", ran.text);
    assert!(ran.text.contains("the disk is too full to start"), "{}", ran.text);
    assert_eq!(house.log(), ["one"], "only what was there before");
}

#[test]
fn on_a_disk_that_fills_up_no_step_starts_and_the_run_is_taken_back() {
    let house = House::new();
    std::fs::write(house.path("work/fills.kdl"), fills()).unwrap();
    std::fs::write(house.path("work/log"), "").unwrap();
    // Room for the way back of eight steps and for the supervisor's notes, and a little more.
    let script = "\"$0\" exec --yes --state-dir /mnt/state fills.kdl; code=$?
        \"$0\" audit --state-dir /mnt/state || code=$?; exit $code";
    let ran = on_a_disk_of(740, &house, script);
    let log = house.log();
    assert_eq!(ran.code, 1, "{log:?}\n{}", ran.text);
    let back: Vec<_> = log[log.len() / 2..].iter().rev().map(|line| line.trim_start_matches("un-")).collect();
    assert_eq!(log[..log.len() / 2], back, "there, and back in exact reverse order");
    let filled = std::fs::read_to_string(house.path("work/filled")).unwrap();
    assert!(filled.contains("100% /mnt"), "the disk was never full\n{filled}");
    assert!(ran.text.contains("there is no room left for the journal"), "{}", ran.text);
    assert!(ran.text.contains("sound: nothing is missing"), "{}", ran.text);
}

/// A release whose second step turns the disk with the state read-only, as a file system does that met an
/// error: what is open can't be written any more either.
const TURNS: &str = r#"runbook turns "Turns"
phase only "Only" {
    step one "One" { sh "echo one >> log"; inverse { sh "echo un-one >> log"; }; }
    step two "Two" {
        sh "echo two >> log; mount -o remount,abort /mnt; grep ' /mnt ' /proc/mounts > mounts"
        inverse { sh "echo un-two >> log"; }
    }
    step three "Three" { sh "echo three >> log"; inverse { sh "echo un-three >> log"; }; }
}
"#;

#[test]
fn on_a_disk_that_turns_read_only_nothing_acts_any_more_and_the_way_back_goes_on_once_it_is_mended() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("this test needs root: only root may mount a file system that can be aborted");
        return;
    }
    let house = House::new();
    std::fs::write(house.path("work/turns.kdl"), TURNS).unwrap();
    std::fs::write(house.path("work/log"), "").unwrap();
    // What is mounted here goes with the namespace.
    let script = r#"set -e
        truncate -s 16M disk; mkfs.ext4 -q -F disk; mount -o loop,errors=remount-ro disk /mnt
        code=0; "$0" exec --yes --state-dir /mnt/state turns.kdl > said 2>&1 || code=$?
        cp log there; n=0; until umount /mnt; do n=$((n + 1)); test $n -lt 1000; sleep 0.05; done
        mount -o loop disk /mnt
        "$0" rollback --yes --state-dir /mnt/state || test $? = 1
        "$0" audit --state-dir /mnt/state; exit $code"#;
    let ran = in_a_namespace(&["--mount"], &house, script);
    let said = std::fs::read_to_string(house.path("work/said")).unwrap();
    assert_eq!(ran.code, 70, "{}\n{said}", ran.text);
    assert!(std::fs::read_to_string(house.path("work/mounts")).unwrap().contains("abort"), "it was never read-only");
    assert_eq!(std::fs::read_to_string(house.path("work/there")).unwrap(), "one\ntwo\n");
    assert!(said.contains("nothing may act any more") && said.contains("Read-only file system"), "{said}");
    let left: Vec<_> = said.lines().filter(|line| line.starts_with("# ")).collect();
    assert_eq!(left, ["# two", "# one"], "what is left to undo, as commands\n{said}");
    assert_eq!(house.log(), ["one", "two", "un-two", "un-one"]);
    assert!(ran.text.contains("sound: nothing is missing"), "{}", ran.text);
}

/// The way back, while no file may grow beyond so many bytes: the write that meets the limit is short,
/// and the next one fails.
fn with_files_of_at_most(bytes: usize, house: &House) -> Ran {
    house.as_it_stopped();
    let limit = format!("--fsize={bytes}:{bytes}");
    // Ignored, the signal of the limit doesn't end the engine: the write fails instead.
    let script = "trap '' XFSZ; exec \"$@\"";
    house.runbook(&["sh", "-c", script, "sh", "prlimit", &limit], &["resume", "--yes"])
}

#[test]
fn a_short_write_ends_all_effects_wherever_it_falls() {
    let house = House::new();
    house.as_it_stopped();
    let begins = usize::try_from(house.record("journal.jsonl").metadata().unwrap().len()).unwrap();
    let mut chance = Chance::of("short writes");
    // What an engine writes before it asks for room again.
    let places: Vec<usize> =
        if is_long() { (0..400).step_by(3).collect() } else { (0..2).map(|_| chance.below(400)).collect() };
    for place in &places {
        let what = format!("no file beyond {begins} + {place} bytes");
        let ran = with_files_of_at_most(begins + place, &house);
        assert_eq!(ran.code, 70, "{what}: {:?}\n{}", house.log(), ran.text);
        assert_eq!(house.log(), ["one"], "{what}");
        house.names_what_is_left(&what, &ran);
        house.is_taken_back_afterwards(&what, &ran);
    }
    eprintln!("{} short writes", places.len());
}

#[test]
fn without_descriptors_nothing_is_lost() {
    let house = House::new();
    let mut chance = Chance::of("descriptors");
    let counts: Vec<usize> =
        if is_long() { (4..40).collect() } else { vec![4 + chance.below(12), 16 + chance.below(12)] };
    for count in &counts {
        house.as_it_stopped();
        let limit = format!("--nofile={count}:{count}");
        let ran = house.runbook(&["prlimit", &limit], &["resume", "--yes"]);
        house.is_taken_back_afterwards(&format!("{count} descriptors"), &ran);
    }
    eprintln!("{} limits of descriptors", counts.len());
}

#[test]
fn what_is_set_aside_for_the_way_back_is_given_back_when_the_run_is_over() {
    use std::os::unix::fs::MetadataExt;
    let house = House::new();
    house.as_it_was();
    std::fs::remove_file(house.path("work/allowed")).unwrap();
    let ran = house.runbook(&[], &["exec", "--yes", "release.kdl"]);
    assert_eq!(ran.code, 7, "{}", ran.text);
    let run = std::fs::read_dir(house.path("state/runs")).unwrap().next().unwrap().unwrap().path();
    let taken = |file: &str| run.join(file).metadata().unwrap().blocks() * 512;
    for file in ["journal.jsonl", "supervisor.jsonl"] {
        assert!(taken(file) >= 256 * 1024, "{file}: {} bytes, and the way back may yet come", taken(file));
    }
    let ran = house.runbook(&[], &["rollback", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.text);
    for file in ["journal.jsonl", "supervisor.jsonl"] {
        assert!(taken(file) <= 64 * 1024, "{file}: {} bytes", taken(file));
    }
}
