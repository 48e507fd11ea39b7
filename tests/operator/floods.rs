//! Steps that print without end, at full speed: the memory of engine and supervisor stays flat, the step is
//! never held up, and what isn't kept is counted. The last step measures the most that both ever used.

use std::process::{Command, Stdio};

use crate::desk::{Desk, program};

/// As much as either may use, in KiB.
const MOST: u64 = 64 * 1024;
/// What is kept of a text: its first and its last 4 MiB.
const KEPT: u64 = 8 * 1024 * 1024;

fn is_long() -> bool {
    std::env::var("RUNBOOK_RELIABILITY").is_ok_and(|form| form == "long")
}

/// How much a flood is, in bytes.
fn much() -> u64 {
    if is_long() { 1 << 30 } else { 32 << 20 }
}

/// How much a line is that never ends.
fn one_line() -> u64 {
    if is_long() { 100_000_000 } else { 20_000_000 }
}

const RELEASE: &str = r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step flood "The step that prints" {
        sh "FLOOD"
        EXPECT
        inverse none because="it only prints"
    }
    step measure "The step that measures" {
        sh """
        echo $(($(date +%s%N) / 1000000)) > over
        grep VmHWM /proc/$PPID/status > supervisor
        grep VmHWM /proc/$(cut -d' ' -f4 /proc/$PPID/stat)/status > engine
        """
        inverse none because="it only looks"
    }
}
"#;

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

fn flooded(flood: &str, expect: &str) -> Desk {
    Desk::new(&RELEASE.replace("FLOOD", flood).replace("EXPECT", expect))
}

/// Both stayed below the limit.
#[track_caller]
fn stayed_small(desk: &Desk, what: &str) {
    for who in ["engine", "supervisor"] {
        let line = desk.read(who);
        let most: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!(most < MOST, "{what}: the {who} used {most} KiB");
    }
}

/// The logs say of each stream how much of it isn't kept, and where.
#[track_caller]
fn tells_what_is_missing(desk: &Desk, what: &str, streams: usize, missing: u64) {
    let said = format!("\n== {missing} bytes that were printed here aren't kept\n");
    let logs = desk.call(&["logs"]).code(0).text();
    assert_eq!(logs.matches(&said).count(), streams, "{what}: {said:?}");
}

fn floods() -> [(&'static str, String, usize, u64); 5] {
    let (much, line) = (much(), one_line());
    [
        ("lines at full speed", format!("yes 'a line as any other' | head -c {much}"), 1, much),
        ("binary", format!("head -c {much} /dev/urandom"), 1, much),
        ("no UTF-8 at all", format!("head -c {much} /dev/zero | tr '\\\\0' '\\\\377'"), 1, much),
        ("one line", format!("head -c {line} /dev/zero | tr '\\\\0' x"), 1, line),
        ("both streams", format!("yes out | head -c {much} & yes err | head -c {much} >&2; wait"), 2, much),
    ]
}

#[test]
fn whatever_a_step_prints_and_however_much_memory_stays_flat() {
    for (what, flood, streams, much) in floods() {
        let desk = flooded(&flood, "");
        desk.call(&EXEC).code(0);
        stayed_small(&desk, what);
        tells_what_is_missing(&desk, what, streams, much - KEPT);
    }
}

#[test]
fn what_is_looked_for_in_a_flood_is_looked_for_as_it_streams_past() {
    let much = much();
    let flood = format!("yes out | head -c {much}; echo a needle; yes out | head -c {much}");
    let desk = flooded(&flood, "expect stdout contains=\"a needle\"; expect stdout lacks=\"a thimble\"");
    desk.call(&EXEC).code(0);
    stayed_small(&desk, "looked through");
}

/// What isn't UTF-8 is shown by what takes three times the room, and both are looked at as a whole.
#[test]
fn two_streams_at_once_that_are_no_text_at_all_stay_small_when_they_are_looked_through() {
    let much = if is_long() { much() } else { 12 << 20 };
    let flood = format!("head -c {much} /dev/zero | tr '\\\\0' '\\\\377'");
    let flood = format!("{flood} & {flood} >&2; wait");
    let expect = "expect stdout lacks=\"a thimble\"; expect stderr lacks=\"a needle\"; expect output lacks=\"a pin\"";
    let desk = flooded(&flood, expect);
    desk.call(&EXEC).code(0);
    stayed_small(&desk, "both streams");
}

#[test]
fn a_terminal_that_is_closed_holds_no_flood_up() {
    let much = much();
    let desk = flooded(&format!("echo begun; until test -e go; do sleep 0.02; done; yes out | head -c {much}"), "");
    let mut terminal = desk.at_terminal(&EXEC);
    terminal.wait_for("| begun");
    terminal.close();
    desk.put("go");
    desk.wait_for_event("\"run-ended\"");
    desk.call(&["show"]).code(0).says("succeeded");
    stayed_small(&desk, "closed terminal");
}

#[test]
fn a_terminal_that_nobody_reads_any_more_holds_no_flood_up() {
    let flood = format!("echo begun; until test -e go; do sleep 0.02; done; yes out | head -c {}", much());
    let desk = flooded(&flood, "");
    let mut terminal = desk.silent_terminal(&[&[program()], &EXEC[..]].concat(), &[]);
    terminal.read_until("| begun");
    desk.put("go");
    desk.wait_for_event("\"run-ended\"");
    stayed_small(&desk, "a terminal that stands still");
    drop(terminal);
}

/// The run's records lie on a disk that has no room for the output of one step.
#[test]
fn a_disk_that_is_full_of_output_fails_no_step_and_the_rest_is_counted() {
    let much = much();
    let desk = flooded(&format!("yes out | head -c {much}"), "");
    let script = "mount -t tmpfs -o size=3m,mode=700 none /mnt
        \"$0\" exec --yes --state-dir /mnt/state release.kdl && \"$0\" logs --state-dir /mnt/state > said";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, program()])
        .current_dir(desk.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    stayed_small(&desk, "full disk");
    let said = desk.read("said");
    let (_, rest) = said.rsplit_once("\n== ").unwrap();
    let missing: u64 = rest.split_whitespace().next().unwrap().parse().unwrap();
    let kept = said.split_once('\n').unwrap().1.lines().filter(|line| *line == "out").count() as u64 * 4;
    assert!(kept < 3 << 20, "{kept} bytes are kept");
    // What was cut off in the middle of a line has no newline.
    assert!((kept + missing).abs_diff(much) < 4, "{kept} and {missing} of {much}");
}
