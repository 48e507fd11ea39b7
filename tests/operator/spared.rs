//! What Ctrl-C spares: it is said to the engine, and nothing that is under way dies of it, however early
//! it comes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::desk::{Desk, program};

const EXEC: [&str; 3] = ["exec", "--yes", "release.kdl"];

/// Whether a process of a step is about to get a group of its own: it is the only one that asks for
/// something before it has become another program.
fn is_starting(trace: &str) -> bool {
    let mut began = BTreeSet::new();
    trace.lines().filter_map(|line| line.split_once(' ')).any(|(pid, call)| {
        let call = call.trim_start();
        if call.starts_with("execve(") {
            began.insert(pid);
        }
        call.starts_with("setpgid(") && !began.contains(pid)
    })
}

#[test]
fn a_step_that_is_just_starting() {
    let desk = Desk::new(
        r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step one "The first step" { sh "echo one >> log"; inverse none because="nothing reads it"; }
}
"#,
    );
    // Long enough for a key to be pressed in between; where it isn't, the key comes later.
    let slowly = ["strace", "-f", "-qq", "-o", "trace", "-e", "trace=setpgid,execve", "-e", "signal=none"];
    let slowly = [&slowly[..], &["-e", "inject=setpgid:delay_enter=700000", program()], &EXEC].concat();
    let mut terminal = desk.terminal(&slowly, &[]);
    let began = Instant::now();
    while !std::fs::read_to_string(desk.path("trace")).is_ok_and(|trace| is_starting(&trace)) {
        assert!(began.elapsed() < Duration::from_secs(90), "it never starts: {}", terminal.shown());
        std::thread::yield_now();
    }
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.answer("c");
    terminal.ends_with(0);
    assert_eq!(desk.log(), ["one"]);
}

#[test]
fn a_service_that_is_being_stopped() {
    let desk = Desk::new(
        r#"
runbook release "A release"
defaults { cd "[DIR]"; }
phase deploy "Deploy" {
    step stop "Stop it" { service stop "shop.service"; }
}
"#,
    );
    desk.folder("bin");
    desk.write("active", "active");
    desk.program(
        "bin/systemctl",
        "#!/bin/sh
case \"$*\" in
*show*) printf 'LoadState=loaded\\nActiveState=%s\\nResult=success\\nType=simple\\n' \"$(cat active)\" ;;
*) echo asked >> log; until test -e go; do sleep 0.02; done; echo inactive > active; echo stopped >> log ;;
esac
",
    );
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", desk.path("bin").display());
    let mut terminal = desk.at_terminal_with(&EXEC, &[("PATH", &path)]);
    desk.wait_for_line(Duration::from_secs(90));
    terminal.interrupt();
    terminal.wait_for("What now?");
    terminal.answer("c");
    terminal.wait_for("the run goes on");
    desk.put("go");
    terminal.ends_with(0);
    assert_eq!(desk.log(), ["asked", "stopped"]);
}
