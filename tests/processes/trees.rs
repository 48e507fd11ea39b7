//! Ending a step means ending its whole tree, however its processes try to get away.

use runbook::event::Outcome;
use runbook::perform::Stop;

use crate::house::{House, answered, ended_unknown, hears, key, runs, stdout};

/// Says who it is, then that it is ready; hears neither TERM nor HUP.
const ESCAPEE: &str = "#!/bin/sh
trap '' TERM HUP INT
cd FOLDER
echo $$ > pid
echo > ready
exec sleep 1000
";

async fn is_ended_with_its_step(script: &str) {
    let house = House::new();
    house.program("escapee", &ESCAPEE.replace("FOLDER", house.folder.as_str()));
    let fifo = house.fifo("ready");
    let activity = house.sh(script);
    let stop = Stop::default();
    let name = key("step");
    let (performance, pid) = tokio::join!(house.supervisor.perform(&name, &activity, &stop), async {
        hears(&fifo).await;
        let pid = house.read("pid");
        assert!(runs(&pid));
        stop.ask();
        pid
    });
    ended_unknown(&performance, "it was ended on request");
    assert!(!runs(&pid), "{script}: still there");
}

macro_rules! escapes {
    ($($name:ident: $script:expr,)*) => {
        $(#[tokio::test]
        async fn $name() {
            is_ended_with_its_step($script).await;
        })*
    };
}

escapes! {
    what_runs_in_the_background_is_ended: "./escapee & wait",
    what_ignores_hangups_is_ended: "nohup ./escapee >/dev/null 2>&1 & exec sleep 1000",
    what_has_its_own_session_is_ended: "setsid ./escapee & exec sleep 1000",
    what_has_its_own_group_is_ended: "set -m; ./escapee & exec sleep 1000",
    what_hides_its_origin_is_ended: "env -i PATH=\"$PATH\" setsid ./escapee & exec sleep 1000",
    what_closed_its_descriptors_is_ended: "./escapee <&- >&- 2>&- & exec sleep 1000",
    what_forked_twice_is_ended: "( (setsid ./escapee <&- >&- 2>&- &) & ); exec sleep 1000",
    what_does_all_of_it_is_ended: "( (env -i PATH=\"$PATH\" setsid sh -c './escapee <&- >&- 2>&- &') & ); exec sleep 1000",
    what_ignores_term_itself_is_ended: "exec ./escapee",
}

#[tokio::test]
async fn a_chain_that_forks_faster_than_one_looks_is_ended() {
    let house = House::new();
    house.program(
        "hare",
        "#!/bin/sh\ntrap '' TERM HUP\ncase ${1-} in 9) echo > ready;; esac\nsetsid ./hare \"$((${1-0} + 1))\" &\nexit 0\n",
    );
    let fifo = house.fifo("ready");
    let activity = house.sh("./hare; exec sleep 1000");
    let stop = Stop::default();
    let name = key("step");
    let (performance, ()) = tokio::join!(house.supervisor.perform(&name, &activity, &stop), async {
        hears(&fifo).await;
        stop.ask();
    });
    ended_unknown(&performance, "it was ended on request");
    assert!(!anybody_runs("./hare"));
}

/// Whether any process has this program's path among its arguments.
fn anybody_runs(program: &str) -> bool {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|arguments| arguments.split(|byte| *byte == 0).any(|argument| argument == program.as_bytes()))
}

#[tokio::test]
async fn what_is_left_behind_is_ended_and_told() {
    let house = House::new();
    house.program("escapee", &ESCAPEE.replace("FOLDER", house.folder.as_str()));
    house.fifo("ready");
    let performance = house.perform(&house.sh("setsid ./escapee & cat ready; echo done")).await;
    assert_eq!(performance.outcome, Outcome::Applied);
    let pid = house.read("pid");
    let trouble = performance.trouble.as_deref().unwrap();
    assert!(trouble.starts_with("it left processes behind, and they were ended: "), "{trouble}");
    assert!(trouble.contains(&format!("({})", pid.trim())), "{trouble}");
    assert_eq!(stdout(&performance), "\ndone");
    assert!(!runs(&pid));
}

#[tokio::test]
async fn what_ends_by_itself_soon_after_is_no_trouble() {
    let house = House::with(|options| options.leak_wait = std::time::Duration::from_mins(10));
    answered(&house.perform(&house.sh("(sleep 0.05; echo late) & echo early")).await, 0);
}

#[tokio::test]
async fn a_daemon_may_stay_and_a_held_pipe_hangs_nothing() {
    let house = House::new();
    house.program("escapee", &ESCAPEE.replace("FOLDER", house.folder.as_str()));
    house.fifo("ready");
    let mut activity = house.sh("setsid ./escapee & cat ready");
    activity.surroundings.may_leak = true;
    answered(&house.perform(&activity).await, 0);
    let pid = house.read("pid");
    assert!(runs(&pid), "the daemon stays");
    // It isn't taken for something that the next step leaves behind.
    answered(&house.perform(&house.sh("true")).await, 0);
    assert!(runs(&pid));
    assert!(std::process::Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap().success());
}

#[tokio::test]
async fn ending_one_step_leaves_the_other_alone() {
    let house = House::new();
    house.program("escapee", &ESCAPEE.replace("FOLDER", house.folder.as_str()));
    let fifo = house.fifo("ready");
    house.fifo("go");
    let mut ended = house.sh("setsid ./escapee & exec sleep 1000");
    ended.surroundings.env.extend([("RUNBOOK_STEP_ID".to_owned(), "ended".to_owned())]);
    let mut stays = house.sh("sh -c 'setsid sh -c \"cat go; echo > went\" & wait'");
    stays.surroundings.env.extend([("RUNBOOK_STEP_ID".to_owned(), "stays".to_owned())]);
    house.fifo("went");
    let (stop, never) = (Stop::default(), Stop::default());
    let (ended_key, stays_key) = (key("ended"), key("stays"));
    let went = house.folder.join("went");
    let go = house.folder.join("go");
    let (stayed, ()) = tokio::join!(house.supervisor.perform(&stays_key, &stays, &never), async {
        let (performance, ()) = tokio::join!(house.supervisor.perform(&ended_key, &ended, &stop), async {
            hears(&fifo).await;
            stop.ask();
        });
        ended_unknown(&performance, "it was ended on request");
        assert!(!runs(&house.read("pid")));
        tokio::task::spawn_blocking(move || std::fs::write(go, "go\n").unwrap()).await.unwrap();
        hears(&went).await;
    });
    answered(&stayed, 0);
    assert_eq!(stdout(&stayed), "go");
}
