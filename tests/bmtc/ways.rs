//! Every step in turn exits wrongly, answers wrongly, or takes longer than its budget. Each ends
//! with everything as before.

use super::cases::one_case;
use super::procedure::{up_to, way_back};
use super::world::World;

/// What goes wrong, and who is expected to notice it.
struct Way {
    /// The program and the fault; `http`: the API.
    program: &'static str,
    fault: &'static [&'static str],
    /// Other words in the runbook: budgets that can be waited for.
    changes: &'static [(&'static str, &'static str)],
    /// The unit that is the first cause; empty: the step itself.
    noticed_by: &'static str,
}

const PLAIN: Way = Way { program: "", fault: &[], changes: &[], noticed_by: "" };

// Long enough for all that comes before the fault, and for the inverse that has the same budget, on a
// machine that is busy with other things: who waits for one of them costs nothing.
const STOP_BUDGET: (&str, &str) = ("budget \"2m\" estimate=\"3s\"", "budget \"6s\" estimate=\"3s\"");
const BACKUP_BUDGET: (&str, &str) = ("budget \"2m\" estimate=\"20s\"", "budget \"6s\" estimate=\"3s\"");
const START_BUDGET: (&str, &str) = (
    "poll within=\"2m\" estimate=\"5s\" every=\"1s\" hold=3",
    "poll within=\"6s\" estimate=\"4s\" every=\"1s\" hold=3",
);

fn wrong_exit(step: &str) -> Way {
    let (program, fault): (_, &'static [&'static str]) = match step {
        "fetch" => ("git", &["match=fetch*", "exit=1"]),
        "stop-service" => ("systemctl", &["unit=bmtc-api.service", "verb=stop", "refuse=Job canceled."]),
        "take-backup" => ("sqlite3", &["match=*.dump*", "exit=1"]),
        "checkout" => ("git", &["match=checkout --detach*", "exit=1"]),
        "dependencies" => ("uv", &["match=venv*", "exit=2"]),
        "migrate" => ("uv", &["match=*migrate*", "exit=1"]),
        "start-service" => ("systemctl", &["unit=bmtc-api.service", "verb=start", "refuse=Job canceled."]),
        "smoke-post" => ("http", &[r#"{"/v1/ride_summary": {"status": 500, "times": 1}}"#]),
        other => panic!("{other}?"),
    };
    Way { program, fault, ..PLAIN }
}

fn wrong_answer(step: &str) -> Way {
    match step {
        "fetch" => Way { program: "git", fault: &["match=fetch*", "work=no"], ..PLAIN },
        "stop-service" => Way {
            program: "systemctl",
            fault: &["unit=bmtc-api.service", "verb=stop", "lie"],
            changes: &[STOP_BUDGET],
            ..PLAIN
        },
        "take-backup" => {
            // An empty dump: the unit succeeds, and only who looks at the backup can know.
            Way {
                program: "sqlite3",
                fault: &["match=*.dump*", "stdout=BEGIN;\\nPRAGMA user_version = 2;\\nCOMMIT;"],
                noticed_by: "backup-artefact",
                ..PLAIN
            }
        }
        "checkout" => Way { program: "git", fault: &["match=checkout --detach*", "work=no"], ..PLAIN },
        "dependencies" => Way { program: "uv", fault: &["is=sync --frozen", "step=dependencies", "work=no"], ..PLAIN },
        "migrate" => Way { program: "uv", fault: &["match=*migrate*", "stdout=Applying alerting tables"], ..PLAIN },
        "start-service" => Way {
            program: "systemctl",
            fault: &["unit=bmtc-api.service", "verb=start", "lie"],
            changes: &[START_BUDGET],
            ..PLAIN
        },
        "smoke-post" => Way {
            program: "http",
            fault: &[r#"{"/v1/ride_summary": {"body": {"accepted": false}, "times": 1}}"#],
            ..PLAIN
        },
        other => panic!("{other}?"),
    }
}

fn over_budget(step: &str) -> Way {
    match step {
        "fetch" => Way {
            program: "uv",
            fault: &["match=sync*", "step=fetch", "hold=600"],
            changes: &[("budget \"2m\" estimate=\"45s\"", "budget \"10s\" estimate=\"3s\"")],
            ..PLAIN
        },
        "stop-service" => Way {
            program: "systemctl",
            fault: &["unit=bmtc-api.service", "verb=stop", "hold=600"],
            changes: &[STOP_BUDGET],
            ..PLAIN
        },
        "take-backup" => {
            Way { program: "sqlite3", fault: &["match=*.dump*", "hold=600"], changes: &[BACKUP_BUDGET], ..PLAIN }
        }
        "checkout" => Way {
            program: "git",
            fault: &["match=checkout --detach*", "hold=600"],
            changes: &[("budget \"1m\" estimate=\"1s\"", "budget \"6s\" estimate=\"1s\"")],
            ..PLAIN
        },
        "dependencies" => Way {
            program: "uv",
            fault: &["match=venv*", "hold=600"],
            changes: &[("budget \"2m\" estimate=\"5s\"", "budget \"6s\" estimate=\"3s\"")],
            ..PLAIN
        },
        "migrate" => Way {
            program: "uv",
            fault: &["match=*migrate*", "hold=600"],
            changes: &[("budget \"10m\" estimate=\"30s\" escalate-after=\"2x\"", "budget \"6s\" estimate=\"3s\"")],
            ..PLAIN
        },
        "start-service" => Way {
            program: "systemctl",
            fault: &["unit=bmtc-api.service", "verb=start", "hold=600"],
            changes: &[START_BUDGET],
            ..PLAIN
        },
        "smoke-post" => Way {
            program: "http",
            fault: &[r#"{"/v1/ride_summary": {"delay": 600, "times": 1}}"#],
            changes: &[("budget \"30s\" estimate=\"1s\"", "budget \"2s\" estimate=\"1s\"")],
            ..PLAIN
        },
        other => panic!("{other}?"),
    }
}

#[track_caller]
fn goes_wrong(step: &str, way: &Way, name: &str) {
    one_case(&format!("{step}/{name}"), |world| taken_back(world, step, way, name));
}

fn taken_back(world: &World, step: &str, way: &Way, name: &str) -> i32 {
    match way.program {
        "http" => world.http_fault(way.fault[0]),
        program => world.fault(program, "way", way.fault),
    }
    let code = world.exec_with(way.changes).end();
    if way.program != "http" {
        assert!(world.was_reached(way.program, "way"), "the fault was never reached{}", world.told());
    }
    let story = world.story();
    let cause = if way.noticed_by.is_empty() { step } else { way.noticed_by };
    assert_eq!(story.cause().as_deref(), Some(cause), "{}", world.told());
    assert_eq!(story.started(), up_to(step), "{}", world.told());
    assert_eq!(story.to_undo(), way_back(&up_to(step)), "{}", world.told());
    let last = story.attempts().into_iter().find(|it| it.unit == step).unwrap();
    if way.fault.contains(&"refuse=Job canceled.") {
        // Its own words and not those of a budget that was waited for in vain.
        assert!(last.failure.is_some_and(|why| why.contains("Job canceled.")), "{}", world.told());
    }
    if name == "over budget" {
        assert_eq!(last.outcome.as_deref(), Some("unknown"), "{}", world.told());
    }
    world.is_taken_back(code);
    code
}

/// A test for every step.
macro_rules! every_step {
    ($way:ident $name:literal: $($test:ident $step:literal)*) => {
        mod $way {
            $(
                #[test]
                fn $test() {
                    super::goes_wrong($step, &super::$way($step), $name);
                }
            )*
        }
    };
}

every_step! { wrong_exit "wrong exit":
    fetch "fetch" stop_service "stop-service" take_backup "take-backup" checkout "checkout"
    dependencies "dependencies" migrate "migrate" start_service "start-service" smoke_post "smoke-post"
}
every_step! { wrong_answer "wrong answer":
    fetch "fetch" stop_service "stop-service" take_backup "take-backup" checkout "checkout"
    dependencies "dependencies" migrate "migrate" start_service "start-service" smoke_post "smoke-post"
}
every_step! { over_budget "over budget":
    fetch "fetch" stop_service "stop-service" take_backup "take-backup" checkout "checkout"
    dependencies "dependencies" migrate "migrate" start_service "start-service" smoke_post "smoke-post"
}
