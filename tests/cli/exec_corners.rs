//! Corners that a release meets sooner or later.

use std::os::unix::fs::PermissionsExt;

use crate::exec_release::{FAILS, exec, logged, phase, release};

#[test]
fn a_file_that_several_steps_change_is_as_before_after_all_of_them_are_undone() {
    let nodes = phase(
        &[
            "checkpoint before \"Before\" { preserve bytes \"Bytes\" { file config; }; }
            step first \"First\" { write config \"one\"; }
            step second \"Second\" { write config \"two\" mode=\"0600\"; }
            step third \"Third\" { replace config matches=two with=three; }
            step same \"Same\" { write config \"three\"; }
            step last \"Last\" { copy other to=config; }\n",
            FAILS,
        ]
        .concat(),
    );
    let case = release(&nodes)
        .script("config", "zero\n")
        .file("other", "other")
        .run("exec release.kdl")
        .code(1)
        .content("config", "zero\n")
        .then();
    assert_eq!(std::fs::metadata(case.path("config")).unwrap().permissions().mode() & 0o777, 0o755);
    let left: Vec<_> = std::fs::read_dir(case.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn a_link_takes_the_place_of_a_file_and_gives_it_back_and_a_file_is_written_through_a_link() {
    let nodes = phase(
        &[
            "step link \"Link\" { link current to=\"two\"; }\nstep through \"Through\" { write alias \"new\"; }\n",
            FAILS,
        ]
        .concat(),
    );
    let case = release(&nodes)
        .file("current", "a file\n")
        .file("real", "old\n")
        .link("alias", "real")
        .run("exec release.kdl")
        .code(1)
        .content("current", "a file\n")
        .content("real", "old\n")
        .then();
    assert!(!case.path("current").symlink_metadata().unwrap().is_symlink());
    assert!(case.path("alias").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn a_change_without_its_folder_does_not_start() {
    exec(&phase("step write \"Write\" { write \"none/file\" \"x\"; }")).code(5).tells(&["there is no folder"]);
}

#[test]
fn what_no_longer_holds_stops_a_run_that_goes_on() {
    let nodes = phase(
        "step write \"Write\" { write config \"ours\"; }\nmanual tell \"Tell\" by=\"Support\"\nstep after \"After\" { run touch after; inverse { run rm after; }; }",
    );
    let nodes = nodes.replace(
        "manual tell \"Tell\" by=\"Support\"",
        "check ready \"Ready\" { sh \"test -e ready\"; on-failure halt; }",
    );
    release(&nodes)
        .run("exec release.kdl")
        .code(7)
        .then()
        .file("ready", "")
        .file("config", "theirs")
        .run("resume --yes")
        .code(7)
        .lacks("after")
        .tells(&["write no longer holds"]);
    release(&nodes)
        .run("exec release.kdl")
        .code(7)
        .then()
        .file("ready", "")
        .run("resume --yes")
        .code(0)
        .content("after", "");
}

#[test]
fn what_an_action_printed_before_it_was_ended_is_no_answer_so_that_a_capture_needs_a_default() {
    let nodes = |default: &str| {
        phase(&format!(
            "step slow \"Slow\" {{
                sh \"echo 7; sleep 60\"
                capture number stdout{default}
                budget \"150ms\"
                inverse {{ sh #\"echo \"un-$number\" > log\"#; }}
            }}"
        ))
    };
    exec(&nodes("")).code(3).complains("default").lacks("log");
    exec(&nodes(" default=none")).code(1).content("log", "un-none\n");
}

#[test]
fn a_step_that_is_killed_has_an_unknown_outcome_and_is_undone_not_retried() {
    let nodes = phase(
        "step killed \"Killed\" { sh \"echo killed >> log; kill -9 $$\"; idempotent; retry 3; inverse { sh \"echo un-killed >> log\"; }; }",
    );
    exec(&nodes).code(1).content("log", "killed\nun-killed\n").tells(&["SIGKILL"]);
}

#[test]
fn a_condition_may_ask_for_a_captured_value_and_hold_for_a_whole_checkpoint() {
    let nodes = |printed: &str| {
        phase(&format!(
            "check n \"N\" {{ run echo {printed}; capture kind stdout; }}
            step large \"Large\" {{ when kind is=big; sh \"echo large >> log\"; inverse {{ sh \"echo un-large >> log\"; }}; }}
            checkpoint some \"Some\" {{ when kind is=big; check c \"C\" {{ sh \"echo looked >> log\"; }}; }}
            {}",
            logged("always")
        ))
    };
    exec(&nodes("big")).code(0).content("log", "large\nlooked\nalways\n");
    exec(&nodes("small")).code(0).content("log", "always\n");
}

#[test]
fn files_disks_ports_and_processes_are_observed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nodes = format!(
        "let port \"{}\"\n{}",
        listener.local_addr().unwrap().port(),
        phase(
            "check newest \"Newest\" { file \"backups/b_*.gz\" pick=newest; expect age below=\"24h\"; expect modified after=\"2020-01-01T00:00Z\"; capture newest path; }
            check path \"Path\" { run basename \"{{newest}}\"; expect stdout is=\"b_2.gz\"; }
            check old \"Old\" { file \"backups/b_1.gz\"; expect age above=\"1d\"; expect mode is=\"0640\"; expect size is=\"3B\"; }
            check absent \"Absent\" { file \"backups/none_*\"; expect exists is=#false; }
            check disk \"Disk\" { disk \".\"; expect free above=\"1kB\"; expect used below=\"100%\"; }
            check listens \"Listens\" { port \"127.0.0.1:{{port}}\"; expect listening is=#true; }
            check silent \"Silent\" { port \"127.0.0.1:1\"; expect listening is=#false; }
            check runs \"Runs\" { process runbook; expect count at-least=1; }"
        )
    );
    let case = release(&nodes).file("backups/b_1.gz", "old").file("backups/b_2.gz", "new");
    let old = std::fs::File::open(case.path("backups/b_1.gz")).unwrap();
    old.set_modified(std::time::SystemTime::now() - std::time::Duration::from_hours(72)).unwrap();
    std::fs::set_permissions(case.path("backups/b_1.gz"), PermissionsExt::from_mode(0o640)).unwrap();
    case.run("exec release.kdl").code(0);
}

#[test]
fn a_halted_run_keeps_others_out_until_it_is_settled() {
    let nodes = phase(&[&logged("one"), "check odd \"Odd\" { run \"false\"; on-failure halt; }"].concat());
    let case = release(&nodes)
        .run("exec release.kdl")
        .code(7)
        .then()
        .run("exec release.kdl")
        .code(5)
        .content("log", "one\n")
        .then();
    let run = std::fs::read_dir(case.path("state/runs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .min()
        .unwrap();
    case.run_with(&["abandon", &run, "--reason", "Nobody needs it"])
        .code(0)
        .then()
        .run("exec release.kdl")
        .code(7)
        .content("log", "one\none\n");
}

#[test]
fn a_failure_that_escalates_calls_people() {
    let nodes = phase(&[&logged("one"), "check bad \"Bad\" { run \"false\"; escalate; }"].concat());
    exec(&nodes).code(1).tells(&["CALL", "bad"]);
}

#[test]
fn an_irreversible_step_of_which_nothing_happened_is_no_barrier() {
    let nodes = phase(
        &[
            &logged("one"),
            "step drop \"Drop\" { sh \"exit 1\"; applied { run test -e dropped; }; irreversible because=\"Gone\"; }\n",
        ]
        .concat(),
    );
    release(&nodes).run("exec release.kdl --past-no-return").code(1).content("log", "one\nun-one\n");
}

#[test]
fn a_script_gets_one_key_for_all_attempts_and_another_one_back() {
    let nodes = phase(
        "step keyed \"Keyed\" {
            sh \"echo $RUNBOOK_IDEMPOTENCY_KEY $RUNBOOK_ATTEMPT >> log; exit 1\"
            idempotent
            retry 2 delay=\"1ms\"
            inverse { sh \"echo $RUNBOOK_IDEMPOTENCY_KEY $RUNBOOK_ATTEMPT >> log\"; }
        }",
    );
    let case = exec(&nodes).code(1).then();
    let log = std::fs::read_to_string(case.path("log")).unwrap();
    let lines: Vec<(&str, &str)> = log.lines().filter_map(|line| line.split_once(' ')).collect();
    let [(first, "1"), (second, "2"), (back, "1")] = lines.as_slice() else { panic!("{log}") };
    assert!(first == second && first != back && !first.is_empty(), "{log}");
}

#[test]
fn a_name_that_would_shadow_what_programs_rely_on_is_rejected() {
    exec(&format!("input http_proxy x\n{}", phase("check c \"C\" { sh \"echo $http_proxy\"; }"))).code(3);
}

#[test]
fn a_preserved_value_that_cannot_be_taken_stops_the_release_before_it_changes_anything() {
    let nodes =
        phase(&["checkpoint before \"Before\" { preserve n \"N\" { run \"false\"; }; }\n", &logged("one")].concat());
    exec(&nodes).code(5).lacks("log");
}

#[test]
fn an_inverse_may_be_any_action_and_expects_as_a_step_does() {
    let nodes = phase(
        &[
            "step move \"Move\" { run mv config gone; inverse { copy gone to=config; expect sha256 exists=#true; }; }
            step says \"Says\" { run touch said; inverse { run echo undone; expect stdout is=undone; }; }\n",
            FAILS,
        ]
        .concat(),
    );
    release(&nodes).file("config", "kept\n").run("exec release.kdl").code(1).content("config", "kept\n");
    let nodes = phase(
        &["step says \"Says\" { run touch said; inverse { run echo half; expect stdout is=undone; }; }\n", FAILS]
            .concat(),
    );
    exec(&nodes).code(4);
}

#[test]
fn an_output_too_long_to_be_kept_is_judged_as_it_streamed_past() {
    // 12 MB, with what is looked for in the middle, which isn't kept.
    let prints = "sh #\"\"\"
        yes 'a line that is only there to be long' | head -c 6000000
        echo; echo 'the needle was here'
        yes 'a line that is only there to be long' | head -c 6000000
        \"\"\"#";
    let exec_with = |expectation: &str| exec(&phase(&format!("check long \"Long\" {{ {prints}\n{expectation}\n}}")));
    exec_with("expect stdout contains=\"needle was\"\nexpect stdout lacks=panic\nexpect output matches=#\"(?m)^the \\w+ was here$\"#\nexpect stdout is-not=short").code(0);
    exec_with("expect stdout lacks=needle").code(5).tells(&["the needle was here"]);
    exec_with("expect stdout contains=panic").code(5).tells(&["as it streamed past"]);
    exec_with("expect stdout like=\"a\\n...\"").code(5).tells(&["the text was cut"]);
    exec(&phase(&format!(
        "check both \"Both\" {{ {}\nexpect output contains=\"needle was\"\nexpect stderr is=begun\n}}",
        prints.replacen("yes", "echo begun >&2; yes", 1)
    )))
    .code(0);
}
