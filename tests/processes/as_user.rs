//! `as USER`, with a `sudo` of our own that asks nobody: what it is told, and what it hands over.

use runbook::event::Outcome;
use runbook::perform::process::prove_user;
use runbook::plan::ResolvedActivity;

use crate::house::{House, answered, ended_unknown, key, own_program, run, runs, stdout};

/// Notes its arguments, then does what it is asked.
const SUDO: &str = "#!/bin/sh\necho \"$*\" >> FOLDER/asked\nenv >> FOLDER/asked-env\n[ \"$1 $2 $4\" = '-n -u --' ] || exit 9\nshift 4\nexec \"$@\"\n";

fn house() -> House {
    let house = House::new();
    house.program("sudo", &SUDO.replace("FOLDER", house.folder.as_str()));
    house
}

fn as_somebody(house: &House, mut activity: ResolvedActivity) -> ResolvedActivity {
    activity.surroundings.user = Some("somebody-else".to_owned());
    activity.surroundings.env[0].1 = format!("{}:{}", house.folder, activity.surroundings.env[0].1);
    activity
}

#[tokio::test]
async fn values_and_arguments_go_over_a_pipe_and_not_past_sudo() {
    let house = house();
    let mut activity = as_somebody(&house, house.sh("echo \"$token\" | tr a-z A-Z; cat; echo \"$USER\"; cd"));
    activity.surroundings.env.push(("token".to_owned(), "confidential".to_owned()));
    activity.surroundings.stdin = Some("given\n".to_owned());
    let performance = house.perform(&activity).await;
    answered(&performance, 0);
    let output = stdout(&performance);
    assert!(output.starts_with("CONFIDENTIAL\ngiven\n"), "{output}");
    assert_eq!(house.read("asked"), format!("-n -u somebody-else -- {} __as\n", own_program()));
    assert!(!house.read("asked-env").contains("confidential"));
    assert_eq!(crate::house::stderr(&performance), "");
}

#[tokio::test]
async fn what_sudo_refuses_did_not_start() {
    let house = House::new();
    house.program("sudo", "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n");
    let performance = house.perform(&as_somebody(&house, house.sh("echo > came"))).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert_eq!(performance.trouble.as_deref(), Some("sudo: a password is required"));
    let path = format!("{}:/usr/bin:/bin", house.folder);
    let proof = prove_user("somebody-else", &own_program(), &path);
    assert_eq!(proof, Err("sudo: a password is required".to_owned()));
}

#[tokio::test]
async fn what_the_other_user_cannot_start_did_not_start() {
    let house = house();
    let performance = house.perform(&as_somebody(&house, house.activity(run(&["no-such-program-here"])))).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert_eq!(performance.trouble.as_deref(), Some("no such program: no-such-program-here"));
    answered(&house.perform(&as_somebody(&house, house.sh("exit 1"))).await, 1);
    let path = format!("{}:/usr/bin:/bin", house.folder);
    assert_eq!(prove_user("somebody-else", &own_program(), &path), Ok(()));
}

#[tokio::test]
async fn a_pipe_and_its_file_are_the_other_users() {
    let house = house();
    let to = house.folder.join("sorted");
    let parts: &[&[&str]] = &[&["printf", "b\\na\\n"], &["sort"]];
    answered(&house.perform(&as_somebody(&house, house.pipe(parts, Some(&to)))).await, 0);
    assert_eq!(house.read("sorted"), "a\nb\n");
    // Both parts, the file, and its name.
    assert_eq!(house.read("asked").lines().count(), 4);
    answered(&house.perform(&as_somebody(&house, house.pipe(&[&["false"], &["cat"]], Some(&to)))).await, 1);
    assert_eq!(house.read("sorted"), "a\nb\n");
}

#[tokio::test]
async fn the_tree_of_another_user_is_ended_too() {
    let house = house();
    let fifo = house.fifo("ready");
    let activity = as_somebody(&house, house.sh("echo $$ > pid; echo > ready; exec sleep 1000"));
    let stop = runbook::perform::Stop::default();
    let name = key("step");
    let (performance, ()) = tokio::join!(house.supervisor.perform(&name, &activity, &stop), async {
        crate::house::hears(&fifo).await;
        stop.ask();
    });
    ended_unknown(&performance, "it was ended on request");
    assert!(!runs(&house.read("pid")));
}
