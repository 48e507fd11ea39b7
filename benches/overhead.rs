//! What a run costs beyond its steps. Whole processes, measured from outside; each rival runs in turn
//! with ours in the same minutes, so that the machine's mood shows in both. The clock on the wall says
//! what an operator waits for, disk included; processor time (of the engine, the supervisor and all
//! steps) says it without the disk and is steadier on a busy machine.
//!
//! `cargo bench --bench overhead` prints the tables; `-- --quick` does it with a tenth of the steps,
//! `-- --times N` measures everything N times. `OVERHEAD_OF=path/to/runbook` measures another build.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops where it can't go on, and prints its table"
)]

mod figures;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tempfile::TempDir;

use figures::{median, shown};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let times = arguments.iter().skip_while(|argument| *argument != "--times").nth(1);
    let times = times.map_or(3, |times| times.parse().unwrap());
    let bench = Bench { times, tenth: quick };
    bench.steps();
    bench.start();
    bench.memory();
}

/// How much is measured.
struct Bench {
    /// How often each thing is measured; the median counts.
    times: usize,
    /// With a tenth of the steps.
    tenth: bool,
}

impl Bench {
    fn size(&self, full: usize) -> usize {
        if self.tenth { full / 10 } else { full }
    }

    fn steps(&self) {
        println!("| what | takes | processor | rival | takes | processor | ratio | of processor time |");
        println!("|---|--:|--:|---|--:|--:|--:|--:|");
        let (some, many) = (self.size(1000), self.size(10_000));
        let bare = |steps| move || bare_loop(steps);
        let ours = |text: String| move || exec(&text, 0);
        self.row(
            &format!("{some} steps that do nothing"),
            ours(trivial(some)),
            "a loop that spawns, waits and syncs as often",
            bare(some),
        );
        self.row(&format!("{many} steps that do nothing"), ours(trivial(many)), "such a loop", bare(many));
        let back = |steps| move || exec(&failing(steps), 1);
        let both = some * 2 - 1;
        self.row(
            &format!("{some} steps, the last one fails, all are taken back"),
            back(some),
            &format!("such a loop of {both}"),
            bare(both),
        );
        let both = many * 2 - 1;
        self.row(
            &format!("{many} steps, the last one fails, all are taken back"),
            back(many),
            &format!("such a loop of {both}"),
            bare(both),
        );
        let megabytes = self.size(200);
        let text = printing(megabytes);
        self.row(
            &format!("a step that prints {megabytes} MB"),
            ours(text),
            "writing that to a file, twice",
            move || written_twice(megabytes),
        );
        let few = self.size(1000) / 10;
        for (name, steps, rival) in [
            ("just", some, just as fn(usize) -> Option<Cost>),
            ("task", some, task),
            ("ansible-playbook", few, ansible),
        ] {
            if rival(1).is_some() {
                let rival = move || rival(steps).unwrap();
                self.row(&format!("{steps} steps that do nothing"), ours(trivial(steps)), name, rival);
            }
        }
    }

    /// Measures both in turn.
    fn row(&self, what: &str, ours: impl Fn() -> Cost, rival: &str, theirs: impl Fn() -> Cost) {
        let measured: Vec<(Cost, Cost)> = (0..self.times).map(|_| (ours(), theirs())).collect();
        let middle = |of: &dyn Fn(&(Cost, Cost)) -> f64| median(measured.iter().map(of));
        println!(
            "| {what} | {} | {} | {rival} | {} | {} | {:.2} | {:.2} |",
            shown(middle(&|(ours, _)| ours.wall)),
            shown(middle(&|(ours, _)| ours.processor)),
            shown(middle(&|(_, theirs)| theirs.wall)),
            shown(middle(&|(_, theirs)| theirs.processor)),
            middle(&|(ours, theirs)| ours.wall / theirs.wall),
            middle(&|(ours, theirs)| ours.processor / theirs.processor),
        );
    }

    fn start(&self) {
        println!("\n| from the start of the program to the first step's own clock | |\n|---|--:|");
        let many = || 0..self.times.max(3) * 3;
        let memory = Path::new("/dev/shm");
        println!("| runbook, state on the disk | {} |", shown(median(many().map(|_| first_step(&beside())))));
        if memory.is_dir() {
            println!("| runbook, state in memory | {} |", shown(median(many().map(|_| first_step(memory)))));
        }
        println!("| sh -c date | {} |", shown(median(many().map(|_| first_of_a_shell()))));
    }

    fn memory(&self) {
        println!("\n| peak memory of the engine | |\n|---|--:|");
        let (some, many, megabytes) = (self.size(1000), self.size(10_000), self.size(200));
        for (what, runbook, code) in [
            ("one step".to_owned(), trivial(1), 0),
            (format!("{some} steps"), trivial(some), 0),
            (format!("{many} steps"), trivial(many), 0),
            (format!("{many} steps, the last one fails, all are taken back"), failing(many), 1),
            (format!("a step that prints {megabytes} MB"), printing(megabytes), 0),
        ] {
            println!("| {what} | {:.1} MB |", peak_of(&runbook, code));
        }
    }
}

/// Seconds.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    processor: f64,
}

/// Waits for a process; what it cost with all its children, which the system says as long as nobody
/// has taken the dead process away.
fn ended(child: &mut Child, began: Instant, code: i32) -> Cost {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
    let wall = began.elapsed().as_secs_f64();
    let processor = processor_time(&format!("/proc/{}/stat", child.id()));
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(code), "it ends with {status}");
    Cost { wall, processor }
}

/// User and system time of a process and of its children that are gone.
fn processor_time(stat: &str) -> f64 {
    let text = fs::read_to_string(stat).unwrap();
    let fields = text.rsplit_once(") ").unwrap().1;
    let ticks: f64 = fields.split(' ').skip(11).take(4).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / f64::from(u32::try_from(rustix::param::clock_ticks_per_second()).unwrap())
}

/// The cost of something that this process and its children do.
fn costs(what: impl FnOnce()) -> Cost {
    let (began, before) = (Instant::now(), processor_time("/proc/self/stat"));
    what();
    Cost { wall: began.elapsed().as_secs_f64(), processor: processor_time("/proc/self/stat") - before }
}

fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?} ends with {status}");
}

fn phase_of(steps: &str) -> String {
    format!("runbook many \"Many\" {{\n}}\nphase steps \"Steps\" {{\n{steps}}}\n")
}

fn trivial(steps: usize) -> String {
    let mut text = String::new();
    for number in 0..steps {
        let step = "{ run \"true\"; inverse none because=\"it does nothing\"; }";
        writeln!(text, "    step step-{number} \"Step {number}\" {step}").unwrap();
    }
    phase_of(&text)
}

/// Each step has an inverse; the last one never starts, so that it has nothing to undo.
fn failing(steps: usize) -> String {
    let mut text = String::new();
    for number in 0..steps {
        let program = if number + 1 == steps { "/nowhere/at/all" } else { "true" };
        let step = format!("{{ run \"{program}\"; inverse {{ run \"true\"; }}; }}");
        writeln!(text, "    step step-{number} \"Step {number}\" {step}").unwrap();
    }
    phase_of(&text)
}

fn script(megabytes: usize) -> String {
    format!("head -c {megabytes}000000 /dev/zero | tr '\\0' 'x' | fold -w 99")
}

fn printing(megabytes: usize) -> String {
    let script = script(megabytes);
    phase_of(&format!("    step print \"Print\" {{ sh #\"{script}\"#; inverse none because=\"it only prints\"; }}\n"))
}

fn program() -> PathBuf {
    std::env::var_os("OVERHEAD_OF").map_or_else(|| env!("CARGO_BIN_EXE_runbook").into(), PathBuf::from)
}

fn started(runbook: &str, folder: &TempDir) -> Child {
    let file = folder.path().join("bench.kdl");
    fs::write(&file, runbook).unwrap();
    let mut command = Command::new(program());
    command.args(["exec", "--yes", "--format", "plain"]).arg(&file).env("RUNBOOK_STATE", folder.path().join("state"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Runs a runbook; how long it takes counts from the start of the program to its end.
fn exec(runbook: &str, code: i32) -> Cost {
    let folder = TempDir::new_in(beside()).unwrap();
    let began = Instant::now();
    let mut child = started(runbook, &folder);
    std::io::copy(&mut child.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    ended(&mut child, began, code)
}

/// The most memory that the engine has in a run, in megabytes. To look takes time, so that no time is
/// taken meanwhile.
fn peak_of(runbook: &str, code: i32) -> f64 {
    let folder = TempDir::new_in(beside()).unwrap();
    let began = Instant::now();
    let mut child = started(runbook, &folder);
    let status = format!("/proc/{}/status", child.id());
    let mut output = child.stdout.take().unwrap();
    let mut megabytes: f64 = 0.0;
    let mut chunk = vec![0; 64 * 1024];
    // The kernel keeps the peak, but only while the process lives: it is read with each piece of output.
    while output.read(&mut chunk).unwrap() > 0 {
        megabytes = megabytes.max(peak(&status));
    }
    ended(&mut child, began, code);
    megabytes
}

fn peak(status: &str) -> f64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().map_or(0.0, |kilobytes| kilobytes / 1024.0)
}

/// From the start of the program to what the first step's clock shows.
fn first_step(state: &Path) -> f64 {
    let folder = TempDir::new_in(state).unwrap();
    let runbook =
        phase_of("    step clock \"Clock\" { run date \"+%s%N\"; inverse none because=\"it only looks\"; }\n");
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut child = started(&runbook, &folder);
    std::io::copy(&mut child.stdout.take().unwrap(), &mut std::io::sink()).unwrap();
    assert!(child.wait().unwrap().success());
    let runs = folder.path().join("state/runs");
    let only = |folder: &Path| fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    shows(&fs::read_to_string(only(&only(&runs).join("steps")).join("stdout")).unwrap(), began)
}

fn first_of_a_shell() -> f64 {
    let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let output = Command::new("sh").args(["-c", "date +%s%N"]).output().unwrap();
    shows(&String::from_utf8(output.stdout).unwrap(), began)
}

fn shows(nanoseconds: &str, began: Duration) -> f64 {
    Duration::from_nanos(nanoseconds.trim().parse().unwrap()).saturating_sub(began).as_secs_f64()
}

/// What a step can't do without: a process, a wait, and three lines that are on the disk.
fn bare_loop(steps: usize) -> Cost {
    let folder = TempDir::new_in(beside()).unwrap();
    let mut journal = File::create(folder.path().join("journal")).unwrap();
    let mut supervisor = File::create(folder.path().join("supervisor")).unwrap();
    costs(|| {
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

/// The script's output into two files, as it is kept and read again.
fn written_twice(megabytes: usize) -> Cost {
    let folder = TempDir::new_in(beside()).unwrap();
    costs(|| {
        for name in ["one", "two"] {
            let file = File::create(folder.path().join(name)).unwrap();
            let status = Command::new("sh").args(["-c", &script(megabytes)]).stdout(file).status().unwrap();
            assert!(status.success());
        }
    })
}

fn just(steps: usize) -> Option<Cost> {
    let lines = "    @true\n".repeat(steps);
    rival("just", "justfile", &format!("all:\n{lines}"), &["all"])
}

fn task(steps: usize) -> Option<Cost> {
    let lines = "      - 'true'\n".repeat(steps);
    rival("task", "Taskfile.yml", &format!("version: '3'\nsilent: true\ntasks:\n  all:\n    cmds:\n{lines}"), &["all"])
}

fn ansible(steps: usize) -> Option<Cost> {
    let lines = "    - ansible.builtin.command: 'true'\n".repeat(steps);
    let text = format!("- hosts: localhost\n  connection: local\n  gather_facts: false\n  tasks:\n{lines}");
    rival("ansible-playbook", "all.yml", &text, &["all.yml"])
}

/// Another runner, if it is installed.
fn rival(program: &str, file: &str, text: &str, arguments: &[&str]) -> Option<Cost> {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    let folder = TempDir::new_in(beside()).unwrap();
    fs::write(folder.path().join(file), text).unwrap();
    Some(costs(|| run(Command::new(program).args(arguments).current_dir(&folder))))
}

/// Beside the build, not in /tmp, which may be memory: what is synced must reach a disk.
fn beside() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_runbook")).parent().unwrap().to_owned()
}
