//! What an operator reads of runs that ended, stopped or wait for a decision: `runs`, `status`, `show`,
//! `logs`, `resolve`, `abandon`, each screen whole, and their exit codes.

use crate::case::Case;
use crate::exec_release::{FAILS, logged, phase, release};

/// What differs from run to run stands for itself.
fn looked(nodes: &str) -> Case {
    release(&phase(nodes))
        .env("USER", "olga")
        .redact(r"release-\d{8}-\d{6}-[0-9a-z]{5}", "[RUN]")
        .redact(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[DATE]")
        .redact(r"\d\d:\d\d:\d\d", "[TIME]")
        .redact(r"olga on [^\s,]+", "olga on [HOST]")
        .redact(r"this user on \S+ ", "this user on [HOST] ")
        .redact(r"runbook \d\S+, process \d+", "runbook [VERSION], process [PID]")
        .redact(r"digest [0-9a-f]{12}", "digest [DIGEST]")
        // What took no time to speak of is told without one.
        .redact(r"(?m) +\d+(\.\d)?s$", "")
}

/// A run that halted behind its first step.
fn halted() -> Case {
    let second = "step two \"The second step\" {
        sh \"echo on its way; echo 'no space left' >&2; exit 3\"
        inverse { sh \"true\"; }
    }\n";
    looked(&[logged("one"), second.to_owned()].concat()).run("exec --on-failure halt release.kdl").code(7).then()
}

/// A run of which nobody knows what became of its second step.
fn unsettled() -> Case {
    let second = "step two \"The second step\" {
        sh \"echo begun; exec sleep 600\"
        budget \"300ms\"
        inverse { sh \"echo un-two >> log\"; }
    }\n";
    let case = looked(&[logged("one"), second.to_owned(), logged("three")].concat());
    case.run("exec --on-failure halt release.kdl").code(7).then().run("resume").code(4).then()
}

#[test]
fn without_any_run_every_look_says_so() {
    let case = looked(&logged("one")).run("runs").code(0).stdout("There are no runs yet.\n").stderr("").then();
    let case = case.run("status").code(0).stdout("No run is open.\n").then();
    let case = case.run("show").code(0).stdout("There are no runs yet.\n").then();
    let case = case.run("logs").code(0).stdout("There are no runs yet.\n").then();
    let case = case.run("resume").code(5).stdout("").stderr_golden("look_nothing_open").then();
    case.run("rollback --yes").code(5).stdout("").stderr_golden("look_nothing_open");
}

#[test]
fn a_run_that_halted_is_shown_with_the_ways_on() {
    let case = halted().run("status").code(0).stderr("").stdout_golden("look_status_halted").then();
    let case = case.run("runs").code(0).stderr("").stdout_golden("look_runs_halted").then();
    let case = case.run("show").code(0).stderr("").stdout_golden("look_show_halted").then();
    let case = case.run("logs").code(0).stderr("").stdout_golden("look_logs_halted").then();
    case.run("logs release two").code(0).stderr("").stdout_golden("look_logs_of_a_step");
}

#[test]
fn a_run_that_was_taken_back_is_shown_whole() {
    let case = looked(&[logged("one"), FAILS.to_owned()].concat()).run("exec release.kdl").code(1).then();
    case.run("show")
        .code(0)
        .stderr("")
        .stdout_golden("look_show_rolled_back")
        .then()
        .run("status")
        .code(0)
        .stdout("No run is open.\n");
}

#[test]
fn a_run_that_is_given_up_frees_its_lock_and_is_over() {
    let case =
        halted().run("abandon release --reason repaired").code(0).stderr("").stdout_golden("look_abandon").then();
    let case = case.run("status release").code(0).stdout_golden("look_status_abandoned").then();
    let case = case.run("abandon release --reason again").code(5).stdout("").stderr_golden("look_ended").then();
    let case = case.run("resume release").code(5).stdout("").stderr_golden("look_ended").then();
    case.run("resolve release two --as applied --reason late").code(5).stdout("").stderr_golden("look_ended");
}

#[test]
fn an_unknown_outcome_is_settled_with_a_reason() {
    let case = unsettled().run("status").code(0).stderr("").stdout_golden("look_status_unsettled").then();
    let case = case
        .run("resolve release four --as applied --reason seen")
        .code(2)
        .stderr_golden("look_resolve_nowhere")
        .then();
    let case =
        case.run("resolve release one --as applied --reason seen").code(5).stderr_golden("look_resolve_done").then();
    let case = case.run("resolve release two --as applied").code(2).stdout("").then();
    let case = case
        .run("resolve release two --as applied --reason seen")
        .code(0)
        .stderr("")
        .stdout_golden("look_resolve")
        .then();
    let case = case.run("resume").code(0).content("log", "one\nthree\n").then();
    case.run("show").code(0).tells(&["answer   two: its effect is there", "because: seen", "succeeded (exit 0)"]);
}

#[test]
fn a_run_that_is_not_there_or_not_the_only_one_is_refused() {
    let two = |case: Case| case.run("exec release.kdl").code(0).then().run("exec release.kdl").code(0).then();
    let mut case = two(looked(&logged("one")));
    for command in ["show", "logs", "status"] {
        case = case.run(&format!("{command} nope")).code(5).stdout("").stderr_golden("look_no_such_run").then();
        case = case.run(&format!("{command} release")).code(5).stdout("").stderr_golden("look_ambiguous").then();
    }
    for command in ["resume", "rollback --yes", "abandon --reason why"] {
        case = case.run(&format!("{command} nope")).code(5).stdout("").stderr_golden("look_no_such_run").then();
    }
    let case = case.run("resolve nope one --as applied --reason why").code(5).stderr_golden("look_no_such_run").then();
    let newest = case.run("runs --most 1").code(0).printed().lines().count();
    assert_eq!(newest, 2, "a heading and one run");
}

#[test]
fn runs_that_can_not_be_read_are_named_and_hide_no_other() {
    let unreadable = |case: Case| {
        case.file("state/runs/other-29991231-235959-aaaaa/journal.jsonl", "this is no journal\n")
            .file("state/runs/other-29991231-235958-bbbbb/supervisor.jsonl", "nor this\n")
    };
    let case = unreadable(halted());
    let case = case.run("status").code(70).stdout_golden("look_status_halted").stderr_golden("look_unreadable").then();
    let case = case.run("runs").code(70).stdout_golden("look_runs_halted").stderr_golden("look_unreadable").then();
    let case = case.run("status release").code(0).stdout_golden("look_status_halted").stderr("").then();
    let case = case.run("abandon release --reason repaired").code(0).then();
    let case = case.run("status").code(70).stdout("No run that can be read is open.\n").then();
    // What a damaged journal says before the damage is told, and that it isn't all.
    let journal = std::fs::read_dir(case.path("state/runs")).unwrap().map(|run| run.unwrap().path());
    let journal = journal.filter(|run| run.to_str().unwrap().contains("release-")).map(|run| run.join("journal.jsonl"));
    let journal = journal.collect::<Vec<_>>().remove(0);
    let mut bytes = std::fs::read(&journal).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    let damaged = case.run("runs").code(70).stdout_golden("look_runs_halted");
    assert_eq!(damaged.complained().matches("is damaged").count(), 2, "{}", damaged.complained());
}

#[test]
fn a_step_that_a_run_does_not_have_is_a_mistake() {
    halted().run("logs release tow").code(2).stdout("").stderr_golden("look_logs_nowhere");
}

#[test]
fn a_run_that_was_refused_shows_only_what_kept_it_from_beginning() {
    let nodes = phase(&[FAILS.to_owned(), logged("one"), logged("two")].concat());
    let ran = release(&nodes).run("exec release.kdl").code(5);
    assert!(!ran.printed().contains("not run"), "{}", ran.printed());
    ran.tells(&["failed", "refused (exit 5)", "Nothing had started: nothing is changed."]);
}

#[test]
fn where_nothing_has_an_inverse_none_is_said_to_have_held() {
    let kept = "step kept \"A log line\" { sh \"echo kept >> log\"; inverse none because=\"A log\"; }\n";
    let ran = release(&phase(&[kept, FAILS].concat())).run("exec release.kdl").code(1).content("log", "kept\n");
    assert!(!ran.printed().contains("Every inverse held"), "{}", ran.printed());
    ran.tells(&["Nothing was undone: no step that ran has an inverse."]);
}

#[test]
fn a_bundle_that_was_changed_is_refused_with_its_code() {
    let case = halted();
    let run = std::fs::read_dir(case.path("state/runs")).unwrap().next().unwrap().unwrap().path();
    let entry = run.join("bundle/files/release.kdl");
    std::fs::remove_file(&entry).unwrap();
    std::fs::write(&entry, "runbook release \"Another\"\n").unwrap();
    case.run("resume").code(70).stdout("").complains("error[runbook::bundle::kept_changed]");
}
