//! `interactive`, on a terminal of the test's own: a session is led by `setsid` and a shell, with
//! this very test as the engine in it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use runbook::plan::ResolvedActivity;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::house::{House, answered};

/// Set where this test is the engine in the session.
const INSIDE: &str = "RUNBOOK_TEST_INSIDE";

/// Runs one test of this binary again, as the leader of a session on a terminal; what it prints
/// there, after `typed` was typed.
fn on_a_terminal(test: &str, typed: &str) -> String {
    let leader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&leader).unwrap();
    unlockpt(&leader).unwrap();
    let name = ptsname(&leader, Vec::new()).unwrap().into_string().unwrap();
    let follower = File::options().read(true).write(true).open(&name).unwrap();
    let ends = || Stdio::from(OwnedFd::from(follower.try_clone().unwrap()));
    let mut child = Command::new("setsid")
        .args(["--ctty", "--wait"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", test])
        .env(INSIDE, "1")
        .stdin(ends())
        .stdout(ends())
        .stderr(ends())
        .spawn()
        .unwrap();
    drop(follower);
    let mut leader = File::from(leader);
    leader.write_all(typed.as_bytes()).unwrap();
    let mut shown = Vec::new();
    // Ends with an error once nobody has the other side open.
    let _ = leader.read_to_end(&mut shown);
    let shown = String::from_utf8_lossy(&shown).into_owned();
    assert!(child.wait().unwrap().success(), "{shown}");
    shown
}

fn interactive(mut activity: ResolvedActivity) -> ResolvedActivity {
    activity.surroundings.interactive = true;
    activity
}

fn the_terminal_is_ours() {
    let terminal = File::open("/dev/tty").unwrap();
    assert_eq!(rustix::termios::tcgetpgrp(&terminal).unwrap(), rustix::process::getpgrp());
}

#[tokio::test]
async fn the_terminal_is_handed_over_and_taken_back() {
    if std::env::var_os(INSIDE).is_none() {
        let shown = on_a_terminal("terminal::the_terminal_is_handed_over_and_taken_back", "blue\n");
        assert!(shown.contains("you said blue"), "{shown}");
        return;
    }
    let house = House::new();
    the_terminal_is_ours();
    let asks = "printf 'colour? '; read -r colour; stty -echo; echo \"you said $colour\"";
    answered(&house.perform(&interactive(house.sh(asks))).await, 0);
    the_terminal_is_ours();
    let settings = rustix::termios::tcgetattr(File::open("/dev/tty").unwrap()).unwrap();
    assert!(settings.local_modes.contains(rustix::termios::LocalModes::ECHO), "its settings are those of before");
    // Also from a step that ends badly, and from one that gave it to somebody else.
    house.perform(&interactive(house.sh("kill -KILL $$"))).await;
    the_terminal_is_ours();
    house.perform(&interactive(house.sh("set -m; cat < /dev/tty & kill -KILL $!; kill -KILL $$"))).await;
    the_terminal_is_ours();
}

#[tokio::test]
async fn a_background_step_that_reads_the_terminal_is_ended() {
    if std::env::var_os(INSIDE).is_none() {
        on_a_terminal("terminal::a_background_step_that_reads_the_terminal_is_ended", "");
        return;
    }
    let house = House::new();
    let performance = house.perform(&house.sh("read -r answer < /dev/tty")).await;
    let why = "it asks for the terminal; write `interactive`, or give it what it asks for";
    crate::house::ended_unknown(&performance, why);
    the_terminal_is_ours();
}
