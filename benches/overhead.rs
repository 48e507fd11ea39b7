//! What a run costs beyond its steps. Whole processes, timed from outside; every ratio is to a rival
//! measured in the same run, so that the machine's mood shows in both.
//!
//! `cargo bench --bench overhead` prints a table; `-- --quick` does it with a tenth of the steps.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops where it can't go on, and prints its table"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How often each thing is measured; the median counts.
const TIMES: usize = 3;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let size = |full: usize| if quick { full / 10 } else { full };
    println!("| what | takes | rival | takes | ratio |\n|---|--:|---|--:|--:|");

    let (steps, many) = (size(1000), size(10_000));
    let ours = median(|| exec(&trivial(steps)).time);
    let bare = median(|| bare_loop(steps));
    row(&format!("{steps} steps that do nothing"), ours, "a loop that spawns, waits and syncs as often", bare);
    for (name, rival) in
        [("just", just as fn(usize) -> Option<Duration>), ("task", task), ("ansible-playbook", ansible)]
    {
        if let Some(time) = rival(steps.min(100)) {
            let ours = median(|| exec(&trivial(steps.min(100))).time);
            row(&format!("{} steps that do nothing", steps.min(100)), ours, name, time);
        }
    }

    let more = median(|| exec(&trivial(many)).time);
    let linear = ours.mul_f64(f64::from(u32::try_from(many / steps).unwrap()));
    row(&format!("{many} steps that do nothing"), more, &format!("{} times {steps} steps", many / steps), linear);

    let first = median(|| exec(&trivial(1)).time);
    let shell = median(|| timed(|| run(Command::new("sh").args(["-c", "true"]))));
    row("one step, from start to end", first, "sh -c true", shell);

    let megabytes = size(200);
    let print = format!("head -c {megabytes}000000 /dev/zero | tr '\\0' 'x' | fold -w 99");
    let printed = median(|| exec(&printing(&print)).time);
    let twice = median(|| written_twice(&print));
    row(&format!("a step that prints {megabytes} MB"), printed, "writing that to a file, twice", twice);

    println!("\n| peak memory of the engine | |\n|---|--:|");
    for (what, runbook) in [
        ("one step".to_owned(), trivial(1)),
        (format!("{many} steps"), trivial(many)),
        (format!("a step that prints {megabytes} MB"), printing(&print)),
    ] {
        println!("| {what} | {:.0} MB |", exec(&runbook).megabytes);
    }
}

/// What a run took.
struct Taken {
    time: Duration,
    /// The most memory that the engine had.
    megabytes: f64,
}

fn row(what: &str, ours: Duration, rival: &str, theirs: Duration) {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("| {what} | {} | {rival} | {} | {ratio:.2} |", shown(ours), shown(theirs));
}

fn shown(time: Duration) -> String {
    if time.as_secs() == 0 { format!("{} ms", time.as_millis()) } else { format!("{:.1} s", time.as_secs_f64()) }
}

fn median(measured: impl Fn() -> Duration) -> Duration {
    let mut times: Vec<_> = (0..TIMES).map(|_| measured()).collect();
    times.sort();
    times[TIMES / 2]
}

fn timed(what: impl FnOnce()) -> Duration {
    let began = Instant::now();
    what();
    began.elapsed()
}

fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?} ends with {status}");
}

fn trivial(steps: usize) -> String {
    let mut text = "runbook many \"Many\" {\n}\nphase steps \"Steps\" {\n".to_owned();
    for number in 0..steps {
        let step = "{ run \"true\"; inverse none because=\"it does nothing\"; }";
        writeln!(text, "    step step-{number} \"Step {number}\" {step}").unwrap();
    }
    text + "}\n"
}

fn printing(script: &str) -> String {
    let step = format!("{{ sh #\"{script}\"#; inverse none because=\"it only prints\"; }}");
    format!("runbook print \"Print\" {{\n}}\nphase only \"Only\" {{\n    step print \"Print\" {step}\n}}\n")
}

/// Runs a runbook; how long it takes counts from the start of the program to its end.
fn exec(runbook: &str) -> Taken {
    let folder = scratch();
    let file = folder.path().join("bench.kdl");
    fs::write(&file, runbook).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    command.args(["exec", "--yes", "--format", "plain"]).arg(&file).env("RUNBOOK_STATE", folder.path().join("state"));
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut output = child.stdout.take().unwrap();
    let mut megabytes: f64 = 0.0;
    let mut chunk = vec![0; 64 * 1024];
    // The kernel keeps the peak, but only while the process lives: it is read with each piece of output.
    while output.read(&mut chunk).unwrap() > 0 {
        megabytes = megabytes.max(peak(&status));
    }
    let ended = child.wait().unwrap();
    assert!(ended.success(), "runbook ends with {ended}");
    Taken { time: began.elapsed(), megabytes }
}

fn peak(status: &str) -> f64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().map_or(0.0, |kilobytes| kilobytes / 1024.0)
}

/// What a step can't do without: a process, a wait, and three lines that are on the disk.
fn bare_loop(steps: usize) -> Duration {
    let folder = scratch();
    let mut journal = File::create(folder.path().join("journal")).unwrap();
    let mut supervisor = File::create(folder.path().join("supervisor")).unwrap();
    timed(|| {
        for number in 0..steps {
            note(&mut supervisor, number);
            run(&mut Command::new("true"));
            note(&mut supervisor, number);
            note(&mut journal, number);
        }
    })
}

fn note(file: &mut File, number: usize) {
    file.write_all(format!("{number:0300}\n").as_bytes()).unwrap();
    file.sync_data().unwrap();
}

/// The script's output, through a pipe and into two files, as it is kept and read again.
fn written_twice(script: &str) -> Duration {
    let folder = scratch();
    timed(|| {
        for name in ["one", "two"] {
            let file = File::create(folder.path().join(name)).unwrap();
            let status = Command::new("sh").args(["-c", script]).stdout(file).status().unwrap();
            assert!(status.success());
        }
    })
}

fn just(steps: usize) -> Option<Duration> {
    let lines = "    @true\n".repeat(steps);
    rival("just", "justfile", &format!("all:\n{lines}"), &["all"])
}

fn task(steps: usize) -> Option<Duration> {
    let lines = "      - 'true'\n".repeat(steps);
    rival("task", "Taskfile.yml", &format!("version: '3'\nsilent: true\ntasks:\n  all:\n    cmds:\n{lines}"), &["all"])
}

fn ansible(steps: usize) -> Option<Duration> {
    let lines = "    - ansible.builtin.command: 'true'\n".repeat(steps);
    let text = format!("- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n{lines}");
    rival("ansible-playbook", "all.yml", &text, &["all.yml"])
}

/// Another runner, if it is installed.
fn rival(program: &str, file: &str, text: &str, arguments: &[&str]) -> Option<Duration> {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    let folder = scratch();
    fs::write(folder.path().join(file), text).unwrap();
    Some(median(|| timed(|| run(Command::new(program).args(arguments).current_dir(&folder)))))
}

/// Beside the build, not in /tmp, which may be memory: what is synced must reach a disk.
fn scratch() -> TempDir {
    let beside = Path::new(env!("CARGO_BIN_EXE_runbook")).parent().unwrap();
    TempDir::new_in(beside).unwrap()
}
