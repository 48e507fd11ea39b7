//! What a run keeps, and what it goes on with.

use std::os::unix::fs::MetadataExt;

use crate::case::Case;
use crate::exec_release::{logged, phase, release};

#[test]
fn only_the_operator_can_read_what_a_run_keeps() {
    let case = release(&phase(&logged("one"))).run("exec release.kdl").code(0).then();
    let mut folders = vec![case.path("state")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = path.metadata().unwrap().mode() & 0o777;
                let copied = path.components().any(|part| part.as_os_str() == "bundle");
                assert!(mode == 0o600 || copied && mode.trailing_zeros() >= 6, "{}: {mode:o}", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 4, "{files}");
}

/// A release of several files that parks in the middle.
fn of_several_files() -> Case {
    Case::new()
        .with_state_dir("state")
        .file(
            "release.kdl",
            "runbook release \"Release\"
            input version \"1.4\"
            files \"scripts/**\"
            include \"parts/first.kdl\"
            phase second \"Second\" {
                manual tell \"Tell\" by=\"Support\"
                step render \"Render\" { write rendered template=\"templates/settings\"; }
            }",
        )
        .file(
            "parts/first.kdl",
            "phase first \"First\" {
                step called \"Called\" { run sh \"scripts/call\" there; inverse { run sh \"scripts/call\" back; }; }
            }",
        )
        .file("templates/settings", "version = {{version}}\nrun = {{run.id}}\n")
        .script("scripts/call", "echo \"$1\" >> log\n")
}

#[test]
fn includes_templates_and_called_files_are_used_in_a_run() {
    let nodes = "runbook release \"Release\"
        input version \"1.4\"
        files \"scripts/**\"
        include \"parts/first.kdl\"
        phase second \"Second\" { step render \"Render\" { write rendered template=\"templates/settings\"; }; check v \"V\" { run cat rendered; expect stdout is=\"version = {{version}}\"; }; }";
    of_several_files()
        .file("release.kdl", nodes)
        .file("templates/settings", "version = {{version}}\n")
        .run("exec release.kdl --set version=2")
        .code(0)
        .content("log", "there\n")
        .content("rendered", "version = 2\n");
}

#[test]
fn a_run_goes_on_with_what_was_reviewed_whatever_became_of_the_files() {
    let change = |case: Case| {
        case.file("release.kdl", "not even a runbook {")
            .file("parts/first.kdl", "phase first \"First\" { step called \"Called\" { run sh \"scripts/call\" there; inverse { run touch wrong; }; }; }")
            .file("templates/settings", "changed\n")
    };
    change(of_several_files().run("exec release.kdl").code(6).content("log", "there\n").then())
        .run("rollback --yes")
        .code(1)
        .content("log", "there\nback\n")
        .lacks("wrong");
}

#[test]
fn the_bundle_holds_the_exact_bytes_of_all_that_belongs_to_the_runbook() {
    let case = of_several_files().run("exec release.kdl").code(6).then();
    let runs: Vec<_> = std::fs::read_dir(case.path("state/runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    let find = |name: &str| -> Vec<u8> {
        let mut folders = vec![run.join("bundle")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.ends_with(name) {
                    return std::fs::read(path).unwrap();
                }
            }
        }
        panic!("{name} isn't in the bundle")
    };
    for name in ["release.kdl", "parts/first.kdl", "templates/settings", "scripts/call"] {
        assert_eq!(find(name), std::fs::read(case.path(name)).unwrap(), "{name}");
    }
}

#[test]
fn an_interrupted_run_does_what_its_runbook_says() {
    let nodes = |what: &str| {
        format!(
            "runbook release \"Release\" {{ on-interrupt {what}; }}\n{}",
            phase(&format!(
                "{}step long \"Long\" {{ sh \"echo started > started; cat go\"; inverse {{ sh \"echo un-long >> log\"; }}; }}\n{}",
                logged("one"),
                logged("two")
            ))
        )
    };
    for (what, code, log) in [("halt", 7, "one\n"), ("rollback", 1, "one\nun-long\nun-one\n")] {
        let running = Case::new()
            .with_state_dir("state")
            .file("release.kdl", &nodes(what))
            .fifo("started")
            .fifo("go")
            .spawn("exec release.kdl");
        assert_eq!(running.until_written("started"), "started\n");
        // The step goes on to its end; only then the run stops.
        let running = running.signal("TERM").until_printed("SIGTERM");
        running.write("go", "");
        running.wait().code(code).content("log", log);
    }
}

#[test]
fn a_pipe_fails_with_any_part_and_its_file_appears_only_when_all_succeeded() {
    let pipe = |first: &str, expect: &str| {
        phase(&format!(
            "step backup \"Back up\" {{
                pipe {{ run sh -c \"{first}\"; run gzip; to \"backup.gz\"; }}
                {expect}
                capture digest sha256
                inverse {{ run rm -f \"backup.gz\"; }}
            }}
            check whole \"Whole\" {{ file \"backup.gz\"; expect sha256 is=\"{{{{digest}}}}\"; expect gzip is=intact; }}
            check restores \"Restores\" {{ pipe {{ run cat \"backup.gz\"; run gunzip; }}; expect stdout is=\"some rows\"; }}"
        ))
    };
    let expected = "expect size above=\"10B\"\nexpect gzip is=intact\nexpect exists is=#true";
    release(&pipe("echo some rows", expected)).run("exec release.kdl").code(0);
    release(&pipe("echo some rows; exit 1", expected)).run("exec release.kdl").code(1).lacks("backup.gz");
    release(&pipe("echo some rows; kill -9 $$", expected)).run("exec release.kdl").code(1).lacks("backup.gz");
    release(&pipe("echo some rows", "expect size above=\"1MB\"")).run("exec release.kdl").code(1).lacks("backup.gz");
}

#[test]
fn a_text_is_compared_line_by_line_with_gaps_and_a_mismatch_shows_the_difference() {
    let check = |printed: &str| {
        phase(&format!(
            "check log \"Log\" {{
                run printf \"{printed}\"
                expect stdout like=\"\"\"
                    Applying tables
                    ...
                    Done in [ELAPSED] on [DATE] by [..]
                    \"\"\"
            }}"
        ))
    };
    release(&check("Applying tables\\\\n1\\\\n2\\\\nDone in 3.2s on 2026-06-10 by me\\\\n"))
        .run("exec release.kdl")
        .code(0);
    release(&check("Applying tables\\\\n1\\\\nFailed in 3.2s on 2026-06-10 by me\\\\n"))
        .run("exec release.kdl")
        .code(5)
        .tells(&["Done in", "Failed in"]);
}
