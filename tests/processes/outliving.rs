//! A supervisor outlives its engine, and what it noted tells the next one what became of a step.

use std::io::Write as _;
use std::time::{Duration, Instant};

use runbook::event::{AttemptKey, Direction, Outcome};
use runbook::perform::Stop;
use runbook::perform::process::{Fate, fate_of, supervisor_lives, wait_until_over};
use runbook::perform::supervisor::{Note, Request, SUPERVISE_WORD, Welcome, encode, read_log};

use crate::house::{House, answered, hears, key, runs, stdout};

/// The supervisor that its actions run under.
async fn supervisor_of(house: &House) -> rustix::process::Pid {
    answered(&house.perform(&house.sh("echo $PPID > supervisor")).await, 0);
    rustix::process::Pid::from_raw(house.read("supervisor").trim().parse().unwrap()).unwrap()
}

#[tokio::test]
async fn a_step_ends_on_record_though_its_engine_is_gone() {
    let house = House::new();
    let fifo = house.fifo("ready");
    let go = house.fifo("go");
    let activity = house.sh("echo > ready; cat go; echo done");
    let House { run, supervisor, keep: _keep, .. } = house;
    let name = key("step");
    let never = Stop::default();
    tokio::select! {
        _ = supervisor.perform(&name, &activity, &never) => panic!("it waits for `go`"),
        _ = hears(&fifo) => {}
    }
    // All that a killed engine does.
    drop(supervisor);
    assert_eq!(fate_of(&run, &name).unwrap(), Fate::StillRunning);
    let waits = tokio::spawn(wait_until_over(run.clone()));
    tokio::task::spawn_blocking(move || std::fs::write(go, "went\n").unwrap()).await.unwrap();
    waits.await.unwrap().unwrap();
    let Fate::Ended(performance) = fate_of(&run, &name).unwrap() else { panic!("no end on record") };
    answered(&performance, 0);
    assert_eq!(stdout(&performance), "went\ndone");
    assert!(!supervisor_lives(&run).unwrap());
}

#[tokio::test]
async fn a_supervisor_that_is_let_go_is_gone_and_the_next_step_has_another() {
    let house = House::new();
    house.supervisor.let_go().await;
    answered(&house.perform(&house.sh("true")).await, 0);
    assert!(supervisor_lives(&house.run).unwrap());
    house.supervisor.let_go().await;
    assert!(!supervisor_lives(&house.run).unwrap());
    answered(&house.perform(&house.sh("true")).await, 0);
}

#[tokio::test]
async fn what_never_started_and_what_did_not_start_are_known() {
    let house = House::new();
    assert_eq!(fate_of(&house.run, &key("other")).unwrap(), Fate::NeverStarted);
    house.perform(&house.activity(crate::house::run(&["no-such-program-here"]))).await;
    let Fate::Ended(performance) = fate_of(&house.run, &key("step")).unwrap() else { panic!("no end on record") };
    assert_eq!(performance.outcome, Outcome::NotApplied);
    let House { run, supervisor, keep: _keep, .. } = house;
    drop(supervisor);
    wait_until_over(run.clone()).await.unwrap();
    assert_eq!(fate_of(&run, &key("other")).unwrap(), Fate::NeverStarted);
}

#[tokio::test]
async fn a_step_that_a_dead_engine_asked_for_may_yet_start_while_the_supervisor_works() {
    let house = House::new();
    let supervisor_id = supervisor_of(&house).await;
    let signal = |signal| rustix::process::kill_process(supervisor_id, signal).unwrap();
    // As slow as a disk can be: it hears of the next step only after its engine is gone.
    signal(rustix::process::Signal::STOP);
    let activity = house.sh("echo ran > late");
    let House { run, folder, supervisor, keep: _keep } = house;
    let (name, never) = (key("late"), Stop::default());
    tokio::select! {
        _ = supervisor.perform(&name, &activity, &never) => panic!("its supervisor is stopped"),
        // Behind the request: nothing else of this runtime is left to do.
        () = async { for _ in 0..1000 { tokio::task::yield_now().await; } } => {}
    }
    drop(supervisor);
    assert_eq!(fate_of(&run, &name).unwrap(), Fate::StillRunning);
    signal(rustix::process::Signal::CONT);
    wait_until_over(run.clone()).await.unwrap();
    assert!(matches!(fate_of(&run, &name).unwrap(), Fate::Ended(_)));
    assert_eq!(std::fs::read_to_string(folder.join("late")).unwrap(), "ran\n");
}

#[tokio::test]
async fn the_next_engine_is_answered_what_it_asked_and_not_what_a_dead_one_did() {
    let house = House::new();
    let supervisor_id = supervisor_of(&house).await;
    let signal = |signal| rustix::process::kill_process(supervisor_id, signal).unwrap();
    signal(rustix::process::Signal::STOP);
    let (early, late) = (house.sh("echo early >> asked; exit 1"), house.sh("echo late >> asked; cat asked"));
    let House { run, supervisor, keep: _keep, .. } = house;
    // Both ask the same, as `applied` is asked before and after: what they ask has the same name.
    let (name, never) = (AttemptKey { direction: Direction::Look, ..key("look") }, Stop::default());
    let turns = || async {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = supervisor.perform(&name, &early, &never) => panic!("its supervisor is stopped"),
        () = turns() => {}
    }
    drop(supervisor);
    let options =
        runbook::perform::process::SupervisorOptions::new(run.clone(), crate::house::own_program(), Vec::new());
    let next = runbook::perform::process::Supervisor::new(options);
    let asked = next.perform(&name, &late, &never);
    tokio::pin!(asked);
    // A first look may find it on its way there; one that doesn't wait is refused.
    while !waits_for_a_lock() {
        tokio::select! {
            early = &mut asked => {
                signal(rustix::process::Signal::CONT);
                panic!("it doesn't wait: {early:?}");
            }
            () = turns() => {}
        }
    }
    signal(rustix::process::Signal::CONT);
    let performance = asked.await;
    answered(&performance, 0);
    assert_eq!(stdout(&performance), "early\nlate");
    let opened = read_log(&run).unwrap().notes.iter().filter(|note| matches!(note, Note::Opened { .. })).count();
    assert_eq!(opened, 2, "the next engine has a supervisor of its own");
}

#[tokio::test]
async fn a_look_whose_supervisor_dies_is_asked_again_and_never_answered_by_an_earlier_one() {
    let house = House::new();
    let supervisor_id = supervisor_of(&house).await;
    let signal = |signal| rustix::process::kill_process(supervisor_id, signal).unwrap();
    let (early, late) = (house.sh("echo early"), house.sh("echo late"));
    // `applied` is asked before and after: what they ask has the same name.
    let (name, never) = (AttemptKey { direction: Direction::Look, ..key("look") }, Stop::default());
    assert_eq!(stdout(&house.supervisor.perform(&name, &early, &never).await), "early");
    // It dies before it has noted that the second one began.
    signal(rustix::process::Signal::STOP);
    let asked = house.supervisor.perform(&name, &late, &never);
    tokio::pin!(asked);
    for _ in 0..1000 {
        tokio::select! {
            early = &mut asked => panic!("its supervisor is stopped: {early:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    signal(rustix::process::Signal::KILL);
    assert_eq!(stdout(&asked.await), "late");
}

#[test]
fn a_supervisor_whose_engine_died_before_it_was_ready_ends() {
    let house = House::new();
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let welcome = Welcome {
        run: house.run.clone(),
        program: crate::house::own_program(),
        secrets: Vec::new(),
        grace: Duration::from_secs(5),
        leak_wait: Duration::from_secs(1),
    };
    (&ours).write_all(&encode(&Request::Welcome(welcome))).unwrap();
    // It reads the welcome, and its own first words reach nobody.
    drop(ours);
    let mut supervisor = std::process::Command::new(crate::house::own_program())
        .arg(SUPERVISE_WORD)
        .stdin(std::os::fd::OwnedFd::from(theirs))
        .spawn()
        .unwrap();
    let began = Instant::now();
    while supervisor.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_mins(1) {
            supervisor.kill().unwrap();
            panic!("it waits for ever");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!supervisor_lives(&house.run).unwrap());
}

#[tokio::test]
async fn a_supervisor_that_dies_leaves_the_outcome_unknown_and_the_next_one_takes_over() {
    let house = House::new();
    let performance = house.perform(&house.sh("kill -KILL $PPID; exec sleep 1")).await;
    assert_eq!((performance.outcome, performance.trouble.as_deref()), (Outcome::Unknown, Some("the supervisor died")));
    assert_eq!(fate_of(&house.run, &key("step")).unwrap(), Fate::Unknown);
    // A torn line, as a crash leaves it.
    let log = house.run.join("supervisor.jsonl");
    let mut bytes = std::fs::read(&log).unwrap();
    let whole = bytes.len();
    bytes.extend_from_within(..20);
    std::fs::write(&log, &bytes).unwrap();
    assert_eq!(read_log(&house.run).unwrap().torn, 20);
    answered(&house.perform(&house.sh("true")).await, 0);
    let log = read_log(&house.run).unwrap();
    assert_eq!(log.torn, 0);
    let noted = log.notes.iter().any(|note| matches!(note, Note::Opened { cut: 20, .. }));
    assert!(noted, "{:?} after {whole} bytes", log.notes);
}

#[tokio::test]
async fn what_a_dead_supervisor_left_is_ended_before_anything_else_happens() {
    let house = House::new();
    // Out of its group and its session, and without its parent.
    let script = "setsid sh -c 'echo $$ > away; exec sleep 600' & sleep 600 & echo $! > beside
        while [ ! -s away ]; do sleep 0.01; done
        kill -KILL $PPID; exec sleep 600";
    let mut activity = house.sh(script);
    let words = [("RUNBOOK_IDEMPOTENCY_KEY", "run-step-forward"), ("RUNBOOK_ATTEMPT", "1")];
    activity.surroundings.env.extend(words.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let performance = house.perform(&activity).await;
    assert_eq!((performance.outcome, performance.trouble.as_deref()), (Outcome::Unknown, Some("the supervisor died")));
    assert!(!runs(&house.read("away")), "the one in a session of its own runs");
    assert!(!runs(&house.read("beside")), "the one in the group runs");
}

#[tokio::test]
async fn a_daemon_that_may_stay_outlives_a_killed_supervisor_and_what_hides_beside_it_does_not() {
    let house = House::new();
    house.fifo("ready");
    let hidden =
        |name: &str| format!("env -i setsid sh -c 'echo $$ > {name}; echo > ready; exec sleep 600' <&- >&- 2>&- &");
    let mut daemon = house.sh(&format!("{} cat ready", hidden("daemon")));
    daemon.surroundings.may_leak = true;
    answered(&house.perform(&daemon).await, 0);
    let script = format!("{} cat ready; kill -KILL $PPID; exec sleep 600", hidden("escapee"));
    let performance = house.perform(&house.sh(&script)).await;
    assert_eq!((performance.outcome, performance.trouble.as_deref()), (Outcome::Unknown, Some("the supervisor died")));
    assert!(!runs(&house.read("escapee")));
    let daemon = house.read("daemon");
    assert!(runs(&daemon), "it may stay");
    assert!(std::process::Command::new("kill").args(["-KILL", daemon.trim()]).status().unwrap().success());
}

/// A supervisor stands aside while it starts processes, and is no process of a step for that.
#[tokio::test]
async fn a_daemon_outlives_a_supervisor_that_is_killed_while_it_stands_aside() {
    // It is looked for while its supervisor goes, sooner or later.
    for _ in 0..8 {
        outlives_a_supervisor_that_stands_aside().await;
    }
}

async fn outlives_a_supervisor_that_stands_aside() {
    let house = House::new();
    house.fifo("ready");
    let hidden = "env -i setsid sh -c 'echo $$ > daemon; echo > ready; exec sleep 600' <&- >&- 2>&- & cat ready";
    let mut daemon = house.sh(hidden);
    daemon.surroundings.may_leak = true;
    answered(&house.perform(&daemon).await, 0);
    // It is killed by the first part long before the last one is there.
    let parts: Vec<&[&str]> = std::iter::once(&["sh", "-c", "kill -KILL $PPID; exec sleep 600"][..])
        .chain(std::iter::repeat_n(&["sleep", "600"][..], 200))
        .collect();
    let performance = house.perform(&house.pipe(&parts, None)).await;
    assert_eq!(performance.trouble.as_deref(), Some("the supervisor died"));
    let daemon = house.read("daemon");
    assert!(runs(&daemon), "it may stay");
    assert!(std::process::Command::new("kill").args(["-KILL", daemon.trim()]).status().unwrap().success());
}

#[tokio::test]
async fn a_damaged_log_starts_nothing() {
    let house = House::new();
    answered(&house.perform(&house.sh("true")).await, 0);
    let House { run, folder, keep, supervisor } = house;
    drop(supervisor);
    wait_until_over(run.clone()).await.unwrap();
    let log = run.join("supervisor.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replacen("step", "stop", 1)).unwrap();
    assert!(fate_of(&run, &key("step")).is_err());
    let options = runbook::perform::process::SupervisorOptions::new(run, crate::house::own_program(), Vec::new());
    let supervisor = runbook::perform::process::Supervisor::new(options);
    let next = House { folder: folder.clone(), run: folder.join("run"), supervisor, keep };
    let performance = next.perform(&next.sh("echo > came")).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert!(performance.trouble.unwrap().contains("is damaged at line 2"));
    assert!(!folder.join("came").exists());
}

#[tokio::test]
async fn it_survives_what_a_terminal_sends_and_its_steps_do_not_ignore_it() {
    let house = House::new();
    let script =
        "for signal in HUP INT QUIT TERM TSTP USR1; do kill -$signal $PPID; done; grep SigIgn /proc/self/status";
    let performance = house.perform(&house.sh(script)).await;
    answered(&performance, 0);
    let ignored = u64::from_str_radix(stdout(&performance).trim_start_matches("SigIgn:").trim(), 16).unwrap();
    // Those from 32 on have no default that anybody relies on.
    assert_eq!(ignored & 0x7fff_ffff, 0, "{ignored:x}");
}

#[tokio::test]
async fn a_lock_is_held_until_the_last_step_is_over_and_by_no_step() {
    let house = House::new();
    let path = house.folder.join("lock");
    let lock = std::fs::File::create(&path).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    house.supervisor.hold(std::os::fd::AsFd::as_fd(&lock)).await.unwrap();
    let fifo = house.fifo("ready");
    let go = house.fifo("go");
    let mut activity = house.sh("ls -l /proc/self/fd; echo > ready; cat go");
    activity.surroundings.may_leak = true;
    let House { run, supervisor, keep: _keep, .. } = house;
    let name = key("step");
    let never = Stop::default();
    tokio::select! {
        _ = supervisor.perform(&name, &activity, &never) => panic!("it waits for `go`"),
        _ = hears(&fifo) => {}
    }
    drop((lock, supervisor));
    let again = std::fs::File::open(&path).unwrap();
    let is_free = || rustix::fs::flock(&again, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok();
    assert!(!is_free());
    let waits = tokio::spawn(wait_until_over(run.clone()));
    tokio::task::spawn_blocking(move || std::fs::write(go, "").unwrap()).await.unwrap();
    waits.await.unwrap().unwrap();
    // Its log's lock and this one go with the same process, one after the other.
    rustix::fs::flock(&again, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let Fate::Ended(performance) = fate_of(&run, &name).unwrap() else { panic!("no end on record") };
    assert!(!stdout(&performance).contains("lock"), "{}", stdout(&performance));
}

/// Whether this process waits for a lock that another one holds.
fn waits_for_a_lock() -> bool {
    let own = std::process::id().to_string();
    let is_ours = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words.as_slice(), [_, "->", "FLOCK", _, _, pid, ..] if *pid == own)
    };
    std::fs::read_to_string("/proc/locks").unwrap().lines().any(is_ours)
}
