//! What belongs to what was reviewed: once a run has begun, its own copies are run and read, whatever
//! becomes of the author's folder.

use crate::case::Case;
use crate::exec_release::{FAILS, phase, release};

/// A script that writes a line, and one more by its neighbour.
const SAYS: &str = "#!/bin/sh\necho old >> log\n. \"$(dirname \"$0\")/neighbour.sh\"\n";
const SAYS_NEW: &str = "#!/bin/sh\necho new >> log\n";
const NEIGHBOUR: &str = "echo \"neighbour in $(basename \"$PWD\")\" >> log\n";

fn with_files(nodes: &str) -> Case {
    release(&format!("files \"scripts/**\"\n{nodes}"))
        .script("scripts/says.sh", SAYS)
        .file("scripts/neighbour.sh", NEIGHBOUR)
}

/// A step that changes the folder while the run goes on.
const CHANGES: &str = "step changes \"Changes\" {
    sh #\"\"\"
        printf '#!/bin/sh\\necho new >> log\\n' > scripts/says.sh
        echo 'echo new >> log' > scripts/neighbour.sh
        chmod 600 scripts/neighbour.sh
        \"\"\"#
    inverse none because=\"The test is about that\"
}\n";

#[test]
fn a_file_that_changes_between_the_run_and_its_way_back_is_run_as_it_was() {
    let nodes = phase(
        "step says \"Says\" { run \"scripts/says.sh\"; inverse { run \"scripts/says.sh\" back; }; }
        manual tell \"Tell\" by=\"Support\"",
    );
    with_files(&nodes)
        .run("exec release.kdl")
        .code(6)
        .content("log", "old\nneighbour in work\n")
        .then()
        .script("scripts/says.sh", SAYS_NEW)
        .file("scripts/neighbour.sh", "echo new >> log\n")
        .run("rollback --yes")
        .code(1)
        .content("log", "old\nneighbour in work\nold\nneighbour in work\n");
}

#[test]
fn a_file_that_is_gone_is_still_run() {
    let gone = "step gone \"Gone\" { run rm -r scripts; inverse none because=\"The test is about that\"; }\n";
    let says = "step says \"Says\" { run \"./scripts/says.sh\"; inverse none because=\"A log\"; }\n";
    with_files(&phase(&format!("{gone}{says}")))
        .run("exec release.kdl")
        .code(0)
        .content("log", "old\nneighbour in work\n");
}

#[test]
fn what_interpreters_and_wrappers_start_is_the_copy_too() {
    for line in [
        "run sh \"scripts/says.sh\"",
        "run env \"A=1\" \"scripts/says.sh\"",
        "run timeout 60 sh -eu \"scripts/says.sh\"",
        "pipe { run \"scripts/says.sh\"; run cat; }",
        "sh #\"\"\"\n\"$RUNBOOK_BUNDLE/scripts/says.sh\"\n\"\"\"#",
    ] {
        let says = format!("step says \"Says\" {{ {line}\n inverse none because=\"A log\"; }}\n");
        with_files(&phase(&format!("{CHANGES}{says}")))
            .run("exec release.kdl")
            .code(0)
            .content("log", "old\nneighbour in work\n");
    }
}

#[test]
fn an_action_runs_where_its_author_says() {
    let says = "step says \"Says\" { run \"../scripts/says.sh\"; cd other; inverse none because=\"A log\"; }\n";
    with_files(&phase(&format!("{CHANGES}{says}")))
        .folder("other")
        .run("exec release.kdl")
        .code(0)
        .content("other/log", "old\nneighbour in other\n");
}

#[test]
fn a_file_that_is_copied_is_the_one_that_was_reviewed() {
    let copies = "step copies \"Copies\" { copy \"scripts/neighbour.sh\" to=\"made\"; }
        check mode \"It has the author's mode\" { file made; expect mode is=\"0644\"; }\n";
    with_files(&phase(&format!("{CHANGES}{copies}"))).run("exec release.kdl").code(0).content("made", NEIGHBOUR);
}

#[test]
fn an_argument_that_only_names_a_file_means_the_one_in_the_folder() {
    let shows = "check shows \"Shows\" { run cat \"scripts/says.sh\"; expect stdout contains=\"new\"; }\n";
    with_files(&phase(&format!("{CHANGES}{shows}"))).run("exec release.kdl").code(0);
}

#[test]
fn the_commands_for_a_person_name_the_copies() {
    let nodes = phase(&format!(
        "step says \"Says\" {{ run \"scripts/says.sh\"; inverse {{ run sh \"scripts/back.sh\"; }}; }}\n{FAILS}"
    ));
    let left = with_files(&nodes).file("scripts/back.sh", "exit 3\n").run("exec release.kdl").code(4);
    let told = left.printed();
    let copy = told.lines().find(|line| line.ends_with("/bundle/files/scripts/back.sh < /dev/null"));
    assert!(copy.is_some_and(|line| line.trim_start().starts_with("sh [DIR]/state/runs/")), "{told}");
}

#[test]
fn a_script_that_fetches_a_secret_is_found_beside_the_runbook() {
    let text = "runbook release \"Release\"
        files \"scripts/*\"
        secret word { run \"scripts/word.sh\"; }
        phase only \"Only\" { check knows \"Knows\" { sh #\"test \"$word\" = of-many-letters\"#; }; }\n";
    Case::new()
        .with_state_dir("state")
        .file("below/release.kdl", text)
        .script("below/scripts/word.sh", "#!/bin/sh\necho of-many-letters\n")
        .run("exec below/release.kdl")
        .code(0);
}
