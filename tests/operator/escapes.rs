//! Ten ways to escape from a step, and all of them at once, times four ways in which a step is cut short:
//! nobody of it is left, whatever was tried. A process of the step is whoever stands in its folder.

use std::fs::File;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use crate::desk::Desk;

/// Hears neither TERM nor HUP nor Ctrl-C, and says when it is away.
const ESCAPEE: &str = "#!/bin/sh\ntrap '' TERM HUP INT\necho away > ready\nexec sleep 1000\n";

/// Never the same process for long, each in a session of its own.
const HARE: &str = "#!/bin/sh
trap '' TERM HUP INT
case ${1-} in 9) echo away > ready;; esac
setsid ./hare \"$((${1-0} + 1))\" &
exit 0
";

const ESCAPES: [(&str, &str); 11] = [
    ("in the background", "./escapee &"),
    ("nohup", "nohup ./escapee > /dev/null 2>&1 &"),
    ("setsid", "setsid ./escapee &"),
    ("set -m", "bash -c 'set -m; ./escapee & exit 0'"),
    ("env -i", "env -i setsid ./escapee &"),
    ("closed descriptors", "setsid ./escapee <&- >&- 2>&- &"),
    ("forked twice", "( (setsid ./escapee <&- >&- 2>&- &) & )"),
    ("forking again and again", "./hare"),
    ("deaf to TERM", "trap '' TERM; ./escapee &"),
    ("a grandchild that holds the pipes", "sh -c './escapee & exit 0'"),
    ("all at once", "( (env -i setsid sh -c './escapee <&- >&- 2>&- &' <&- >&- 2>&- &) & )"),
];

/// A desk whose only step tries to get away, and the pipe on which it says that it did.
struct Cell {
    desk: Desk,
    ready: File,
}

impl Cell {
    /// After the escape the step itself goes on by `then`.
    fn new(escape: &str, within: &str, then: &str) -> Self {
        let runbook = r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step flees "The step that flees" {
        sh """
        ESCAPE
        THEN
        """
        budget "WITHIN"
        inverse none because="it is ended"
    }
}
"#;
        let desk = Desk::new(&runbook.replace("ESCAPE", escape).replace("THEN", then).replace("WITHIN", within));
        for (name, text) in [("escapee", ESCAPEE), ("hare", HARE)] {
            desk.program(name, text);
        }
        let path = desk.path("ready");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        // Open for both, so that neither side ever waits for the other.
        let ready = rustix::fs::open(&path, OFlags::RDWR | OFlags::CLOEXEC, 0.into()).unwrap();
        Self { desk, ready: File::from(ready) }
    }

    fn wait_until_away(&self) {
        let mut ready = [PollFd::new(&self.ready, PollFlags::IN)];
        let hangs = Timespec { tv_sec: 90, tv_nsec: 0 };
        assert_eq!(poll(&mut ready, Some(&hangs)), Ok(1), "it never got away: {:#?}", self.desk.events());
    }

    fn is_away(&self) -> bool {
        rustix::io::ioctl_fionread(&self.ready).unwrap() > 0
    }

    /// The run is over, and so is everybody who ever belonged to its step.
    #[track_caller]
    fn holds_nobody(&self, how: &str) {
        let left = standing_in(self.desk.path("").canonicalize().unwrap().as_path());
        assert!(left.is_empty(), "{how}: {left:?}");
    }
}

/// Living processes in this folder.
fn standing_in(folder: &Path) -> Vec<String> {
    let here = |process: &Path| std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == folder);
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let line = |process: &Path| std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    processes.filter(|process| here(process)).map(|process| line(&process)).filter(|line| !line.is_empty()).collect()
}

/// All ways to escape at the same time: most of it is waiting for the grace to be over.
fn all_escapes(cell: impl Fn(&str, &str) + Sync) {
    std::thread::scope(|scope| {
        for (how, escape) in ESCAPES {
            let cell = &cell;
            scope.spawn(move || cell(how, escape));
        }
    });
}

const EXEC: [&str; 5] = ["exec", "--yes", "--on-failure", "halt", "release.kdl"];

#[test]
fn nobody_escapes_from_a_spent_budget() {
    all_escapes(|how, escape| {
        // Longer, should it not even have got away by then.
        for within in ["2s", "10s", "60s"] {
            let cell = Cell::new(escape, within, "exec sleep 1000");
            let called = cell.desk.call(&EXEC).code(7).says("unknown");
            cell.holds_nobody(how);
            if cell.is_away() {
                called.says("is spent");
                return;
            }
        }
        panic!("{how}: it never got away");
    });
}

#[test]
fn nobody_escapes_from_a_second_ctrl_c() {
    all_escapes(|how, escape| {
        let cell = Cell::new(escape, "10m", "exec sleep 1000");
        let mut terminal = cell.desk.at_terminal(&EXEC);
        cell.wait_until_away();
        terminal.interrupt();
        terminal.wait_for("What now?");
        terminal.interrupt();
        terminal.wait_for("What then?");
        terminal.answer("s");
        let shown = terminal.ends_with(7);
        assert!(shown.contains("it was ended on request"), "{how}: {shown}");
        cell.holds_nobody(how);
    });
}

#[test]
fn nobody_escapes_from_a_step_whose_engine_is_killed() {
    all_escapes(|how, escape| {
        let cell = Cell::new(escape, "10m", "until test -e go; do sleep 0.05; done");
        let mut terminal = cell.desk.at_terminal(&EXEC);
        cell.wait_until_away();
        terminal.kill_engine();
        // The step ends by itself; those whom it leaves behind don't stay.
        cell.desk.put("go");
        let called = cell.desk.call(&["resume"]);
        cell.holds_nobody(how);
        called.says("it left processes behind, and they were ended: ");
    });
}

#[test]
fn nobody_escapes_from_a_step_whose_supervisor_is_killed() {
    all_escapes(|how, escape| {
        let cell = Cell::new(escape, "10m", "exec sleep 1000");
        let mut terminal = cell.desk.at_terminal(&EXEC);
        cell.wait_until_away();
        terminal.kill_supervisor();
        let shown = terminal.ends_with(7);
        assert!(shown.contains("the supervisor died") && shown.contains("unknown"), "{how}: {shown}");
        cell.holds_nobody(how);
    });
}
