//! A state directory in which somebody else has laid out something, or could have: refused, by every
//! command that would act on it, and nothing runs.

use std::fs::{Permissions, create_dir, hard_link, remove_file, rename, set_permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::Case;
use crate::exec_release::{logged, phase, release};

/// What is done to a path.
#[derive(Debug, Clone, Copy)]
enum Planted {
    Link,
    SecondName,
    Writable,
    Pipe,
    Folder,
}

impl Planted {
    fn plant(self, path: &Path) {
        let elsewhere = path.with_extension("elsewhere");
        match self {
            Self::Link => {
                rename(path, &elsewhere).unwrap();
                symlink(&elsewhere, path).unwrap();
            }
            Self::SecondName => hard_link(path, elsewhere).unwrap(),
            Self::Writable => {
                let mode = path.metadata().unwrap().mode() | 0o022;
                set_permissions(path, Permissions::from_mode(mode)).unwrap();
            }
            Self::Pipe => {
                remove_file(path).unwrap();
                assert!(Command::new("mkfifo").arg("--mode=600").arg(path).status().unwrap().success());
            }
            Self::Folder => {
                remove_file(path).unwrap();
                create_dir(path).unwrap();
            }
        }
    }

    fn said(self) -> &'static str {
        match self {
            Self::Link => "it is a symbolic link",
            Self::SecondName => "it has 2 names (hard links)",
            Self::Writable => "others can write it",
            Self::Pipe | Self::Folder => "it isn't a file",
        }
    }
}

/// A release that stopped with effects in place.
fn halted() -> Case {
    let nodes =
        format!("{}step two \"Two\" {{ sh \"exit 1\"; on-failure halt; inverse none because=\"x\"; }}", logged("one"));
    release(&phase(&nodes)).run("exec release.kdl").code(7).then()
}

fn run_of(case: &Case) -> PathBuf {
    std::fs::read_dir(case.path("state/runs")).unwrap().next().unwrap().unwrap().path()
}

#[track_caller]
fn refuses(mut case: Case, commands: &[&str], said: &str) {
    for command in commands {
        let ran = case.run(command).code(5).content("log", "one\n");
        assert!(ran.complained().contains(said), "{command}: {said:?} isn't in\n{}", ran.complained());
        assert!(ran.complained().contains("[runbook::journal::not_safe]"), "{command}:\n{}", ran.complained());
        case = ran.then();
    }
}

const ACTING: [&str; 2] = ["resume --yes", "rollback --yes"];

#[test]
fn a_record_that_somebody_could_have_planted_is_refused() {
    for file in ["journal.jsonl", "supervisor.jsonl"] {
        let all = [Planted::Link, Planted::SecondName, Planted::Writable, Planted::Pipe, Planted::Folder];
        for planted in all {
            let case = halted();
            planted.plant(&run_of(&case).join(file));
            refuses(case, &ACTING, planted.said());
        }
    }
}

#[test]
fn a_folder_that_somebody_could_have_planted_is_refused() {
    for folder in ["state", "state/runs", "a run"] {
        for planted in [Planted::Link, Planted::Writable] {
            let case = halted();
            let path = if folder == "a run" { run_of(&case) } else { case.path(folder) };
            planted.plant(&path);
            refuses(case, &ACTING, planted.said());
        }
    }
}

#[test]
fn a_new_run_is_refused_as_well() {
    for folder in ["state", "state/runs", "state/locks"] {
        for planted in [Planted::Link, Planted::Writable] {
            let case = release(&phase(&logged("one"))).run("exec release.kdl").code(0).then();
            planted.plant(&case.path(folder));
            refuses(case, &["exec release.kdl"], planted.said());
        }
    }
}

#[test]
fn a_state_directory_of_somebody_else_is_refused() {
    let case = release(&phase(&logged("one")));
    let foreign = if case.path(".").metadata().unwrap().uid() == 0 {
        let path = case.path("foreign");
        create_dir(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
        path
    } else {
        "/usr/lib".into()
    };
    let ran = case.run_with(&["exec", "release.kdl", "--state-dir", foreign.to_str().unwrap()]).code(5).lacks("log");
    assert!(ran.complained().contains("it belongs to user"), "{}", ran.complained());
}
