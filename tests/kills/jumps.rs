//! The wall clock is put forward or back by a day while a run waits, retries, watches its window and
//! goes back: it decides the same, and takes no longer.

use crate::house::{House, build, code, program};

/// Everything whose time an engine looks at.
const RELEASE: &str = r#"
runbook release "Release" { window "[OPENS]" "[CLOSES]"; }
phase deploy "Deploy" {
    step one "One" { sh "echo begin one >> truth"; inverse valid-for="1h" { sh "echo undo one >> truth"; }; }
    wait "300ms"
    step two "Two" {
        sh "echo begin two >> truth; [ $(grep -c 'begin two' truth) = 2 ]"
        idempotent
        retry 2 delay="300ms"
        inverse { sh "echo undo two >> truth"; }
    }
    check young "As the wall clock has it" { file release.kdl; expect age below="1h"; on-failure warn; }
    step three "Three" { run "false"; inverse none because="It does nothing"; }
}
"#;

/// The kinds of events, with their units, and whether a check warned.
fn kinds(house: &House) -> (Vec<String>, bool) {
    let events = house.events();
    let warned = events.iter().any(|event| event["warned"] == true);
    let kind = |event: &serde_json::Value| {
        let unit = event["unit"].as_str().or(event["key"]["unit"].as_str()).unwrap_or_default();
        format!("{} {unit}", event["event"].as_str().unwrap_or_default())
    };
    (events.iter().map(kind).collect(), warned)
}

fn house() -> House {
    let now = jiff::Timestamp::now();
    let hours = |hours: i64| jiff::SignedDuration::from_hours(hours);
    let opens = now.checked_sub(hours(2)).unwrap();
    let closes = now.checked_add(hours(2)).unwrap();
    let text = RELEASE.replace("[OPENS]", &opens.to_string()).replace("[CLOSES]", &closes.to_string());
    House::of(&text)
}

#[test]
fn a_wall_clock_that_jumps_by_a_day_changes_no_decision() {
    let folder = tempfile::tempdir().unwrap();
    let library = build("jump.c", folder.path(), &["-shared", "-fPIC", "-ldl"]);
    let still = house();
    assert_eq!(still.call(&["exec", "--yes", "release.kdl"]), 1);
    let (expected, warned) = kinds(&still);
    assert!(!warned);
    let mut moved = 0;
    for seconds in ["86400", "-86400"] {
        for at in [4, 5, 6, 8, 12] {
            let house = house();
            let mut command = house.command(&program());
            command.args(["exec", "--yes", "release.kdl"]).env("LD_PRELOAD", &library);
            let status = command.env("JUMP_AT", at.to_string()).env("JUMP_SECONDS", seconds).status().unwrap();
            let (kinds, warned) = kinds(&house);
            assert_eq!((code(status), &kinds), (1, &expected), "{seconds} s at {at}");
            // A file is as old as the wall clock says: this shows that it did jump.
            moved += u32::from(warned);
        }
    }
    assert!(moved > 0, "the wall clock never jumped before the check");
}
