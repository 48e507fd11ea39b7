//! A supervisor that is started before there is anything to do.

use runbook::perform::process::{Ahead, Supervisor, supervisor_lives, wait_until_over};

use crate::house::{House, answered, own_program, stdout};

#[tokio::test]
async fn one_that_was_started_ahead_performs_and_hides_what_it_learned_before_and_since() {
    let house = House::ahead();
    house.supervisor.mask(vec!["swordfish".to_owned()]).await;
    let performance = house.perform(&house.sh("echo hunter2 and swordfish")).await;
    answered(&performance, 0);
    assert_eq!(stdout(&performance), "*** and ***");
}

#[tokio::test]
async fn one_that_nobody_needed_is_gone_when_it_was_let_go() {
    let house = House::ahead();
    house.supervisor.let_go().await;
    assert!(!supervisor_lives(&house.run).unwrap());
}

#[tokio::test]
async fn one_whose_engine_is_gone_before_its_first_step_ends() {
    let House { run, supervisor, keep: _keep, .. } = House::ahead();
    drop(supervisor);
    wait_until_over(run.clone()).await.unwrap();
    assert!(!supervisor_lives(&run).unwrap());
}

#[tokio::test]
async fn another_takes_the_place_of_one_that_ended_before_it_was_needed() {
    let house = House::with(|_| {});
    let mut options = runbook::perform::process::SupervisorOptions::new(house.run.clone(), own_program(), Vec::new());
    let ended = Ahead::start("/bin/true".into()).unwrap();
    options.leak_wait = std::time::Duration::from_millis(200);
    let house = House { supervisor: Supervisor::started_ahead(options, ended), ..house };
    let performance = house.perform(&house.sh("echo here")).await;
    answered(&performance, 0);
    assert_eq!(stdout(&performance), "here");
}
