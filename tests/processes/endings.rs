//! How steps end, and what that means for their effect.

use std::time::Duration;

use runbook::event::{Datum, Outcome};
use runbook::model::SubjectName;
use runbook::perform::Stop;
use runbook::plan::{ResolvedAction, ShellName};

use crate::house::{House, answered, ended_unknown, hears, key, run, stderr, stdout};

#[tokio::test]
async fn any_exit_code_is_an_answer() {
    let house = House::new();
    answered(&house.perform(&house.activity(run(&["true"]))).await, 0);
    answered(&house.perform(&house.sh("exit 3")).await, 3);
}

#[tokio::test]
async fn arguments_and_environment_arrive_exactly_as_given() {
    let house = House::new();
    let mut activity = house.activity(run(&["env"]));
    activity.surroundings.env.push(("GREETING".to_owned(), "a 'b' $c\nd".to_owned()));
    let path = activity.surroundings.env[0].1.clone();
    let performance = house.perform(&activity).await;
    let mut lines: Vec<String> = stdout(&performance).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["GREETING=a 'b' $c".to_owned(), format!("PATH={path}"), "d".to_owned()]);
    let performance = house.perform(&house.activity(run(&["printf", "<%s>", "a b", "", "*"]))).await;
    assert_eq!(stdout(&performance), "<a b><><*>");
}

#[tokio::test]
async fn a_script_stops_at_its_first_failure_and_at_an_unset_name() {
    let house = House::new();
    let performance = house.perform(&house.sh("echo one; false; echo two")).await;
    answered(&performance, 1);
    assert_eq!(stdout(&performance), "one");
    let performance = house.perform(&house.sh("echo \"$nobody\"")).await;
    assert_eq!(stdout(&performance), "");
    let mut bash = house.sh("false | true");
    bash.surroundings.shell = ShellName::Bash;
    answered(&house.perform(&bash).await, 1);
}

#[tokio::test]
async fn a_script_longer_than_an_argument_runs_too() {
    let house = House::new();
    let script = format!("# {}\necho \"$0\" here\n", "x".repeat(300_000));
    let performance = house.perform(&house.sh(&script)).await;
    answered(&performance, 0);
    assert!(stdout(&performance).ends_with("here"));
}

#[tokio::test]
async fn standard_input_is_empty_unless_given() {
    let house = House::new();
    assert_eq!(stdout(&house.perform(&house.activity(run(&["cat"]))).await), "");
    let mut activity = house.activity(run(&["wc", "-c"]));
    activity.surroundings.stdin = Some("x".repeat(1_000_000));
    assert_eq!(stdout(&house.perform(&activity).await), "1000000");
    // Nobody has to read it.
    let mut activity = house.activity(run(&["true"]));
    activity.surroundings.stdin = Some("x".repeat(1_000_000));
    answered(&house.perform(&activity).await, 0);
}

#[tokio::test]
async fn what_cannot_start_is_not_applied_and_says_why() {
    let house = House::new();
    std::fs::write(house.folder.join("plain"), "text").unwrap();
    house.program("garbage", "\u{1}\u{2}garbage");
    let plain = format!("no permission to run {}/./plain", house.folder);
    let cases = [
        (house.activity(run(&["no-such-program-here"])), "no such program: no-such-program-here"),
        (house.activity(run(&["./nowhere"])), "no such program: ./nowhere"),
        (house.activity(run(&["./plain"])), plain.as_str()),
        (house.activity(run(&["./garbage"])), "the program can't be started: exec format error"),
        (house.pipe(&[&["touch", "came"], &["no-such-program-here"]], None), "no such program: no-such-program-here"),
    ];
    for (activity, why) in cases {
        let performance = house.perform(&activity).await;
        assert_eq!((performance.outcome, performance.trouble.as_deref()), (Outcome::NotApplied, Some(why)));
        assert_eq!(performance.observation, None);
    }
    assert!(!house.folder.join("came").exists(), "no part of a pipe starts when one of them can't");
    let mut elsewhere = house.activity(run(&["true"]));
    elsewhere.surroundings.cd = house.folder.join("elsewhere");
    let performance = house.perform(&elsewhere).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    let why = format!("the folder {}/elsewhere can't be entered: no such file or directory", house.folder);
    assert_eq!(performance.trouble, Some(why));
}

#[tokio::test]
async fn a_signal_from_elsewhere_leaves_the_outcome_unknown() {
    let house = House::new();
    let performance = house.perform(&house.sh("echo so far; kill -KILL $$")).await;
    ended_unknown(&performance, "ended by SIGKILL");
    assert_eq!(stdout(&performance), "so far");
}

#[tokio::test]
async fn a_spent_budget_ends_the_step_and_leaves_the_outcome_unknown() {
    let house = House::new();
    let mut activity = house.sh("echo so far; exec sleep 1000");
    activity.budget = Duration::from_secs(1);
    let performance = house.perform(&activity).await;
    ended_unknown(&performance, "the budget of 1s is spent");
}

#[tokio::test]
async fn a_step_can_be_stopped_and_may_clean_up_meanwhile() {
    let house = House::with(|options| options.grace = Duration::from_mins(10));
    let fifo = house.fifo("ready");
    let activity = house.sh("trap 'echo cleaned; exit 0' TERM; echo > ready; while :; do sleep 0.05; done");
    let stop = Stop::default();
    let (performance, ()) =
        tokio::join!(async { house.supervisor.perform(&key("step"), &activity, &stop).await }, async {
            hears(&fifo).await;
            stop.ask();
        });
    ended_unknown(&performance, "it was ended on request");
    assert_eq!(stdout(&performance), "cleaned");
}

#[tokio::test]
async fn two_steps_run_at_the_same_time() {
    let house = House::new();
    house.fifo("one");
    house.fifo("two");
    // Each waits for the other: one after the other would never end.
    let first = house.sh("echo from first > one; cat two");
    let second = house.sh("cat one; echo from second > two");
    let stop = Stop::default();
    let (first_key, second_key) = (key("first"), key("second"));
    let (first, second) = tokio::join!(
        house.supervisor.perform(&first_key, &first, &stop),
        house.supervisor.perform(&second_key, &second, &stop)
    );
    assert_eq!((stdout(&first), stdout(&second)), ("from second".to_owned(), "from first".to_owned()));
}

#[tokio::test]
async fn a_pipe_fails_if_any_part_fails_and_says_which() {
    let house = House::new();
    let performance =
        house.perform(&house.pipe(&[&["printf", "b\\na\\n"], &["sort"], &["head", "-n", "1"]], None)).await;
    answered(&performance, 0);
    assert_eq!(stdout(&performance), "a");
    let performance = house.perform(&house.pipe(&[&["sh", "-c", "exit 4"], &["cat"]], None)).await;
    answered(&performance, 4);
    assert_eq!(stderr(&performance), "part 1 of 2 (sh) exited with 4");
}

#[tokio::test]
async fn the_file_of_a_pipe_appears_whole_or_not_at_all() {
    let house = House::new();
    let to = house.folder.join("sorted");
    answered(&house.perform(&house.pipe(&[&["printf", "b\\na\\n"], &["sort"]], Some(&to))).await, 0);
    assert_eq!(house.read("sorted"), "a\nb\n");
    let performance = house.perform(&house.pipe(&[&["printf", "b\\na\\n"], &["sort"]], Some(&to))).await;
    let observation = performance.observation.unwrap();
    let digest = "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2";
    assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(true)));
    assert_eq!(observation.get(SubjectName::Sha256), Some(&Datum::Text(digest.to_owned())));
    answered(&house.perform(&house.pipe(&[&["echo", "half"], &["sh", "-c", "cat; exit 1"]], Some(&to))).await, 1);
    assert_eq!(house.read("sorted"), "a\nb\n");
    let names: Vec<_> = std::fs::read_dir(&house.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[tokio::test]
async fn a_step_that_asks_for_a_terminal_it_may_not_have_is_ended() {
    let house = House::new();
    // What a background group gets from the kernel when it reads from a terminal.
    let performance = house.perform(&house.sh("kill -TTIN 0; sleep 1000")).await;
    ended_unknown(&performance, "it asks for the terminal; write `interactive`, or give it what it asks for");
}

#[tokio::test]
async fn an_action_without_processes_is_not_ours() {
    let house = House::new();
    let performance = house.perform(&house.activity(ResolvedAction::Disk("/".into()))).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
}
