//! Which texts are scripts: they get the values that they name in their environment, and no other
//! program gets any.

use crate::case::Case;
use crate::exec_release::{phase, release};

/// The programs are stand-ins that write down whether they were given the secret.
const STAND_IN: &str = "#!/bin/sh\necho \"${0##*/} ${token-without}\" >> log\n";

/// A release that runs one command line, with a secret and with stand-ins on its PATH.
fn running(line: &str) -> Case {
    let nodes = phase(&format!("step runs \"Runs\" {{ {line}; inverse none because=\"A log\"; }}"));
    let programs = ["show", "su", "watch", "ssh", "sudo", "xargs", "env", "timeout"];
    let case = release(&format!("secret token env=TOKEN\n{nodes}")).env("TOKEN", "s3cret-of-many");
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    programs.iter().fold(case.env("PATH", &path), |case, name| case.script(&format!("bin/{name}"), STAND_IN))
}

#[test]
fn what_a_shell_will_read_is_given_the_secret_that_it_names() {
    let lines = [
        "run su bmtc -c \"echo $token\"",
        "run watch -n 1 \"echo $token\"",
        "run xargs sh -c \"echo $token\"",
        "run xargs -n 1 ssh host \"echo $token\"",
        "run ssh host \"echo $token\"",
        "run env \"X=1\" sh -c \"echo $token\"",
        "run sudo sh -c \"echo $token\"",
        "run timeout 5 ssh host \"echo $token\"",
        "pipe { run \"true\"; run sudo sh -c \"echo ${token}\"; }",
    ];
    for line in lines {
        let program = line.trim_start_matches("pipe { run \"true\"; ").split(' ').nth(1).unwrap().to_owned();
        let log = format!("{program} s3cret-of-many\n");
        running(line)
            .run("check release.kdl")
            .code(0)
            .tells(&["fine"])
            .then()
            .run("exec release.kdl")
            .code(0)
            .content("log", &log);
    }
}

#[test]
fn an_argument_that_no_shell_reads_gets_nothing_of_what_it_names() {
    let lines = [
        "run show \"echo $token\"",
        "run show \"-c\" \"echo $token\"",
        "run sudo show \"echo $token\"",
        "run env \"X=1\" show \"$token\"",
        "run env \"X=1\" sh -c \"show\" \"$token\"",
        "pipe { run \"true\"; run show \"$token\"; }",
    ];
    for line in lines {
        let program = if line.contains("sudo") {
            "sudo"
        } else if line.contains("env ") {
            "env"
        } else {
            "show"
        };
        running(line)
            .run("check release.kdl")
            .code(0)
            .tells(&["never used"])
            .then()
            .run("exec release.kdl")
            .code(0)
            .content("log", &format!("{program} without\n"));
    }
}
