//! Actions that know how they are undone: files and units.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::exec_release::{FAILS, exec, phase, release};

/// Four changes of files, and a failure after them where `fails` is.
fn changes() -> String {
    phase(
        "checkpoint before \"Before\" { preserve settings \"Settings\" { file settings; }; }
        step new \"New\" { write new \"new\" mode=\"0640\"; }
        step known \"Known\" { write known \"changed\"; }
        step copied \"Copied\" { copy known to=copied; }
        step linked \"Linked\" { link current to=\"releases/2\"; }
        step first-link \"First link\" { link first to=\"releases/2\"; }
        step replaced \"Replaced\" { replace settings matches=#\"fares = (off|no)\"# with=\"fares = on\"; }
        check fails \"It fails\" { run test ! -e fails; }",
    )
}

fn world() -> crate::case::Case {
    let case = release(&changes())
        .script("known", "as it was\n")
        .file("settings", "# fares\nfares = off\n")
        .link("current", "releases/1");
    std::fs::set_permissions(case.path("known"), PermissionsExt::from_mode(0o751)).unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(case.path("known"), Some(1234), Some(2345)).unwrap();
    }
    case
}

#[test]
fn files_are_changed_and_nothing_stays_behind_beside_them() {
    let case = world()
        .run("exec release.kdl")
        .code(0)
        .content("new", "new")
        .content("known", "changed")
        .content("copied", "changed")
        .content("settings", "# fares\nfares = on\n")
        .then();
    assert_eq!(std::fs::metadata(case.path("new")).unwrap().mode() & 0o7777, 0o640);
    assert_eq!(std::fs::metadata(case.path("known")).unwrap().mode() & 0o7777, 0o751);
    assert_eq!(std::fs::read_link(case.path("current")).unwrap().to_str(), Some("releases/2"));
    std::fs::remove_dir_all(case.path("state")).unwrap();
    case.run("check release.kdl").code(0).left("", "copied\ncurrent\nfirst\nknown\nnew\nrelease.kdl\nsettings\n");
}

#[test]
fn the_way_back_restores_bytes_mode_and_owner_and_leaves_nothing_beside_them() {
    let case = world().file("fails", "");
    let before = std::fs::metadata(case.path("known")).unwrap();
    let case = case
        .run("exec release.kdl")
        .code(1)
        .content("known", "as it was\n")
        .content("settings", "# fares\nfares = off\n")
        .tells(&["verified"])
        .then();
    let after = std::fs::metadata(case.path("known")).unwrap();
    assert_eq!((before.mode(), before.uid(), before.gid()), (after.mode(), after.uid(), after.gid()));
    assert_eq!(std::fs::read_link(case.path("current")).unwrap().to_str(), Some("releases/1"));
    std::fs::remove_dir_all(case.path("state")).unwrap();
    case.run("check release.kdl").code(0).left("", "current\nfails\nknown\nrelease.kdl\nsettings\n");
}

#[test]
fn a_file_that_a_third_party_changed_since_is_not_written_over() {
    for (change, step) in [
        ("write known \"ours\"", "echo theirs > known"),
        ("write new \"ours\"", "echo theirs > new"),
        ("link current to=two", "ln -sfn theirs current"),
        ("write known \"ours\"", "rm known"),
    ] {
        let nodes = phase(&format!(
            "step change \"Change\" {{ {change}; }}
            check third-party \"A third party\" {{ sh \"{step}; false\"; }}"
        ));
        let case =
            release(&nodes).file("known", "before\n").link("current", "one").run("exec release.kdl").code(4).then();
        let path = if change.contains("known") { "known" } else { "new" };
        if !change.contains("link") && !step.starts_with("rm") {
            assert_eq!(std::fs::read_to_string(case.path(path)).unwrap(), "theirs\n");
        }
        case.run("rollback --yes").code(4).tells(&["change"]);
    }
}

#[test]
fn what_a_person_put_back_by_hand_is_as_before() {
    let nodes = phase(
        &[
            "step change \"Change\" { write known \"ours\"; }\n",
            "check third-party \"A third party\" { sh \"echo theirs > known; false\"; }\n",
        ]
        .concat(),
    );
    release(&nodes)
        .file("known", "before\n")
        .run("exec release.kdl")
        .code(4)
        .then()
        .file("known", "before\n")
        .run("rollback --yes")
        .code(1)
        .content("known", "before\n");
}

#[test]
fn a_replacement_that_finds_less_or_more_changes_nothing() {
    for text in ["fares = maybe\n", "fares = off\nfares = off\n"] {
        let nodes =
            phase("step replaced \"Replaced\" { replace settings matches=#\"fares = off\"# with=\"fares = on\"; }");
        release(&nodes).file("settings", text).run("exec release.kdl").code(5).content("settings", text);
    }
    let nodes =
        phase("step replaced \"Replaced\" { replace settings matches=#\"(\\w+) = off\"# with=\"$1 = on\" count=2; }");
    release(&nodes)
        .file("settings", "a = off\nb = off\n")
        .run("exec release.kdl")
        .code(0)
        .content("settings", "a = on\nb = on\n");
}

/// A case with a systemctl of its own, and units that run or not.
fn with_units(nodes: &str) -> crate::case::Case {
    let case = release(nodes).script("bin/systemctl", include_str!("../../src/perform/service/stand-in-systemctl.sh"));
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    let stand_in = case.path("").to_str().unwrap().to_owned();
    let unit = |case: crate::case::Case, name: &str, active: &str, sub: &str, enabled: &str| {
        [
            ("LoadState", "loaded"),
            ("ActiveState", active),
            ("SubState", sub),
            ("Result", "success"),
            ("UnitFileState", enabled),
            ("Type", "simple"),
        ]
        .into_iter()
        .fold(case, |case, (property, value)| case.file(&format!("units/{name}/{property}"), value))
    };
    let case = unit(case, "api.service", "active", "running", "enabled");
    let case = unit(case, "timer.service", "inactive", "dead", "disabled");
    case.env("PATH", &path).env("STAND_IN", &stand_in)
}

#[test]
fn units_are_stopped_started_enabled_and_disabled_and_put_back_to_what_they_were() {
    let step = |id: &str, verb: &str, unit: &str| {
        format!("step {id} \"{id}\" {{ service {verb} \"{unit}\"; env STAND_IN=\"{{{{stand_in}}}}\"; }}\n")
    };
    let nodes = |end: &str| {
        format!(
            "input stand_in\n{}",
            phase(
                &[
                    "checkpoint before \"Before\" { check runs \"Runs\" { service \"api.service\"; env STAND_IN=\"{{stand_in}}\"; expect sub is=running; }; }\n",
                    &step("stop", "stop", "api.service"),
                    &step("stop-again", "stop", "timer.service"),
                    &step("off", "disable", "api.service"),
                    &step("on", "enable", "timer.service"),
                    &step("start", "start", "timer.service"),
                    "check now \"Now\" { service \"api.service\"; env STAND_IN=\"{{stand_in}}\"; expect active is=inactive; }\n",
                    "check then \"Then\" { service \"timer.service\"; env STAND_IN=\"{{stand_in}}\"; expect enabled is=enabled; }\n",
                    end,
                ]
                .concat()
            )
        )
    };
    let case = with_units(&nodes(FAILS));
    let setting = format!("exec release.kdl --set stand_in={}", case.path("").display());
    case.run(&setting)
        .code(1)
        .tells(&["verified"])
        .content("units/api.service/ActiveState", "active")
        .content("units/api.service/UnitFileState", "enabled")
        .content("units/timer.service/ActiveState", "inactive")
        .content("units/timer.service/UnitFileState", "disabled")
        .content(
            "calls",
            "stop api.service\nstop timer.service\ndisable api.service\nenable timer.service\nstart timer.service\n\
             stop timer.service\ndisable timer.service\nenable api.service\nstart api.service\n",
        );
}

#[test]
fn a_unit_that_does_not_come_up_fails_its_step_and_there_is_nothing_to_stop() {
    let nodes = format!(
        "input stand_in\n{}",
        phase("step start \"Start\" { service start \"timer.service\"; env STAND_IN=\"{{stand_in}}\"; }")
    );
    let case = with_units(&nodes).file("units/timer.service/Breaks", "exit-code");
    let setting = format!("exec release.kdl --set stand_in={}", case.path("").display());
    case.run(&setting).code(1).content("calls", "start timer.service\n");
}

#[test]
fn a_written_inverse_replaces_the_derived_one() {
    let nodes = phase(
        "step change \"Change\" { write known \"ours\"; inverse { sh \"echo own > known\"; }; }
        check fails \"It fails\" { run \"false\"; }",
    );
    release(&nodes).file("known", "before\n").run("exec release.kdl").code(1).content("known", "own\n");
    let nodes = phase(
        "step change \"Change\" { write known \"ours\"; inverse none because=\"It stays\"; }\ncheck fails \"It fails\" { run \"false\"; }",
    );
    exec(&nodes).code(1).content("known", "ours");
}
