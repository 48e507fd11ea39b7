use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tempfile::TempDir;

use crate::event::{Datum, Observation, Outcome, Performance};
use crate::model::{Dimension, Quantity, ServiceVerb, SubjectName};
use crate::perform::{Stop, capture_before, perform_built_in, probe};
use crate::plan::{ResolvedAction, ResolvedActivity, ResolvedSurroundings, StateBefore};

/// A machine whose systemd is a script: units are folders with a file for each property.
struct Machine(TempDir);

const SYSTEMCTL: &str = include_str!("stand-in-systemctl.sh");

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.program("systemctl", SYSTEMCTL);
        machine
    }

    fn program(&self, name: &str, text: &str) {
        let bin = self.0.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        fs::write(bin.join(name), text).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A unit with properties that differ from those of a stopped, enabled service.
    fn unit(self, name: &str, properties: &[(&str, &str)]) -> Self {
        let folder = self.0.path().join("units").join(name);
        fs::create_dir_all(&folder).unwrap();
        let stopped = [
            ("LoadState", "loaded"),
            ("ActiveState", "inactive"),
            ("SubState", "dead"),
            ("Result", "success"),
            ("UnitFileState", "enabled"),
            ("Type", "simple"),
            ("ExecMainStartTimestamp", ""),
        ];
        for (property, value) in stopped.iter().chain(properties) {
            fs::write(folder.join(property), value).unwrap();
        }
        self
    }

    fn activity(&self, action: ResolvedAction) -> ResolvedActivity {
        let root = self.0.path().to_str().unwrap();
        let env =
            vec![("PATH".to_owned(), format!("{root}/bin:/usr/bin:/bin")), ("STAND_IN".to_owned(), root.to_owned())];
        let surroundings = ResolvedSurroundings { env, ..ResolvedSurroundings::default() };
        ResolvedActivity { action, surroundings, budget: Duration::from_mins(1), sought: Vec::new(), reads_texts: true }
    }

    fn change(&self, verb: ServiceVerb, unit: &str) -> ResolvedActivity {
        self.activity(ResolvedAction::ServiceChange { verb, unit: Some(unit.to_owned()) })
    }

    async fn look(&self, unit: &str) -> Performance {
        perform_built_in(&self.activity(ResolvedAction::Service(unit.to_owned())), &Stop::default()).await
    }

    /// Every call that changed something.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

fn text(observation: &Observation, name: SubjectName) -> Option<&str> {
    match observation.get(name) {
        Some(Datum::Text(text)) => Some(text),
        None => None,
        other => panic!("{name:?} is {other:?}"),
    }
}

async fn applied(activity: &ResolvedActivity) -> Observation {
    let performance = perform_built_in(activity, &Stop::default()).await;
    assert_eq!((performance.outcome, performance.trouble), (Outcome::Applied, None));
    performance.observation.unwrap()
}

#[tokio::test]
async fn a_running_unit_has_all_its_subjects() {
    let machine = Machine::new().unit(
        "api.service",
        &[
            ("ActiveState", "active"),
            ("SubState", "running"),
            ("ExecMainStartTimestamp", "Wed 2026-06-10 08:00:01.250000 UTC"),
        ],
    );
    let observation = machine.look("api.service").await.observation.unwrap();
    assert_eq!(text(&observation, SubjectName::Active), Some("active"));
    assert_eq!(text(&observation, SubjectName::Sub), Some("running"));
    assert_eq!(text(&observation, SubjectName::Result), Some("success"));
    assert_eq!(text(&observation, SubjectName::Enabled), Some("enabled"));
    let since = "2026-06-10T08:00:01.25Z".parse().unwrap();
    assert_eq!(observation.get(SubjectName::Since), Some(&Datum::Time(since)));
}

#[tokio::test]
async fn an_old_systemd_answers_too() {
    let machine = Machine::new().unit("api.service", &[("ActiveState", "active")]);
    fs::write(machine.0.path().join("old"), "").unwrap();
    let observation = machine.look("api.service").await.observation.unwrap();
    assert_eq!(text(&observation, SubjectName::Active), Some("active"));
}

#[tokio::test]
async fn a_unit_that_is_not_there_is_trouble_and_so_is_a_machine_without_systemd() {
    let machine = Machine::new();
    let performance = machine.look("none.service").await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert_eq!(performance.trouble.as_deref(), Some("there is no unit none.service"));
    let mut nowhere = machine.activity(ResolvedAction::Service("api.service".to_owned()));
    nowhere.surroundings.env = vec![("PATH".to_owned(), "/nowhere".to_owned())];
    let performance = perform_built_in(&nowhere, &Stop::default()).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    assert_eq!(performance.trouble.as_deref(), Some("systemctl is not there: no such program on PATH"));
}

#[tokio::test]
async fn a_stop_waits_until_the_unit_is_down_and_goes_back_to_running() {
    let machine = Machine::new().unit("api.service", &[("ActiveState", "active"), ("SubState", "running")]);
    fs::write(machine.0.path().join("slow"), "2").unwrap();
    let stop = machine.change(ServiceVerb::Stop, "api.service");
    let before = capture_before(&stop).await.unwrap().unwrap();
    assert_eq!(
        before,
        StateBefore::Unit {
            unit: "api.service".to_owned(),
            verb: ServiceVerb::Stop,
            was_active: true,
            was_enabled: Some(true)
        }
    );
    assert_eq!(probe(&stop, &before).await, Some(false));
    let observation = applied(&stop).await;
    assert_eq!(text(&observation, SubjectName::Active), Some("inactive"));
    assert_eq!(probe(&stop, &before).await, Some(true));
    let back = machine.activity(ResolvedAction::Restore(before));
    assert_eq!(text(&applied(&back).await, SubjectName::Active), Some("active"));
    applied(&back).await;
    assert_eq!(machine.calls(), ["stop api.service", "start api.service"]);
}

#[tokio::test]
async fn a_unit_that_was_down_before_the_stop_stays_down() {
    let machine = Machine::new().unit("api.service", &[]);
    let stop = machine.change(ServiceVerb::Stop, "api.service");
    let before = capture_before(&stop).await.unwrap().unwrap();
    applied(&stop).await;
    let observation = applied(&machine.activity(ResolvedAction::Restore(before))).await;
    assert_eq!(text(&observation, SubjectName::Active), Some("inactive"));
    assert_eq!(machine.calls(), ["stop api.service"]);
}

#[tokio::test]
async fn a_start_that_fails_answers_that_the_unit_failed() {
    let machine = Machine::new().unit("api.service", &[("Breaks", "exit-code")]);
    let start = machine.change(ServiceVerb::Start, "api.service");
    let performance = perform_built_in(&start, &Stop::default()).await;
    assert_eq!(performance.outcome, Outcome::Applied);
    let words = performance.trouble.unwrap();
    assert!(words.starts_with("systemctl start api.service: Job for api.service failed"), "{words}");
    let observation = performance.observation.unwrap();
    assert_eq!(text(&observation, SubjectName::Active), Some("failed"));
    assert_eq!(text(&observation, SubjectName::Result), Some("exit-code"));
}

#[tokio::test]
async fn a_stop_that_systemd_gives_up_on_is_not_waited_for() {
    let machine = Machine::new().unit("api.service", &[("ActiveState", "active"), ("Stays", "")]);
    let performance = perform_built_in(&machine.change(ServiceVerb::Stop, "api.service"), &Stop::default()).await;
    assert_eq!(performance.trouble.as_deref(), Some("systemctl stop api.service: Job for api.service canceled."));
    assert_eq!(text(&performance.observation.unwrap(), SubjectName::Active), Some("active"));
}

#[tokio::test]
async fn a_unit_that_is_started_again_and_again_is_not_stopped() {
    let machine = Machine::new().unit("api.service", &[("ActiveState", "activating"), ("SubState", "auto-restart")]);
    let before = capture_before(&machine.change(ServiceVerb::Stop, "api.service")).await.unwrap().unwrap();
    assert_eq!(probe(&machine.change(ServiceVerb::Stop, "api.service"), &before).await, Some(false));
    assert_eq!(probe(&machine.change(ServiceVerb::Start, "api.service"), &before).await, None);
}

#[tokio::test]
async fn a_oneshot_ends_inactive_with_success_and_nobody_can_tell_whether_it_ran() {
    let machine = Machine::new().unit("backup.service", &[("Type", "oneshot"), ("UnitFileState", "static")]);
    let start = machine.change(ServiceVerb::Start, "backup.service");
    let before = capture_before(&start).await.unwrap().unwrap();
    let observation = applied(&start).await;
    assert_eq!(text(&observation, SubjectName::Active), Some("inactive"));
    assert_eq!(text(&observation, SubjectName::Result), Some("success"));
    assert_eq!(probe(&start, &before).await, None);
}

#[tokio::test]
async fn a_oneshot_that_systemd_has_forgotten_ran_to_its_end() {
    // Nothing refers to it: it is unloaded as it ends, and its start is no longer known.
    let forgotten = [("Type", "oneshot"), ("UnitFileState", "static"), ("ExecMainStatus", "0")];
    let machine = Machine::new().unit("backup.service", &forgotten);
    let observation = applied(&machine.change(ServiceVerb::Start, "backup.service")).await;
    assert_eq!(observation.get(SubjectName::Since), None);
    let zero = Datum::Number(Quantity { number: 0.0, dimension: Dimension::Count });
    assert_eq!(observation.get(SubjectName::Exit), Some(&zero));
    assert_eq!(text(&observation, SubjectName::Result), Some("success"));
    // A look at it can't tell.
    assert_eq!(machine.look("backup.service").await.observation.unwrap().get(SubjectName::Exit), None);
}

#[tokio::test]
async fn enabling_goes_back_to_disabled() {
    let machine = Machine::new().unit("api.service", &[("UnitFileState", "disabled")]);
    let enable = machine.change(ServiceVerb::Enable, "api.service");
    let before = capture_before(&enable).await.unwrap().unwrap();
    assert_eq!(probe(&enable, &before).await, Some(false));
    assert_eq!(text(&applied(&enable).await, SubjectName::Enabled), Some("enabled"));
    assert_eq!(probe(&enable, &before).await, Some(true));
    let observation = applied(&machine.activity(ResolvedAction::Restore(before))).await;
    assert_eq!(text(&observation, SubjectName::Enabled), Some("disabled"));
}

#[tokio::test]
async fn a_static_unit_cannot_be_enabled() {
    let machine = Machine::new().unit("backup.service", &[("UnitFileState", "static")]);
    let words = capture_before(&machine.change(ServiceVerb::Enable, "backup.service")).await.unwrap_err();
    assert_eq!(words, "backup.service is static: it can't be enabled or disabled, nor put back");
}

#[tokio::test]
async fn a_change_without_the_right_did_not_start() {
    let machine = Machine::new().unit("api.service", &[]);
    fs::write(machine.0.path().join("denied"), "").unwrap();
    let performance = perform_built_in(&machine.change(ServiceVerb::Start, "api.service"), &Stop::default()).await;
    assert_eq!(performance.outcome, Outcome::NotApplied);
    let words = performance.trouble.unwrap();
    assert!(words.contains("Interactive authentication required."), "{words}");
}

#[tokio::test]
async fn a_change_that_outlives_its_budget_is_unknown() {
    let machine = Machine::new().unit("api.service", &[("Hangs", "")]);
    let mut start = machine.change(ServiceVerb::Start, "api.service");
    start.budget = Duration::from_millis(500);
    let performance = perform_built_in(&start, &Stop::default()).await;
    assert_eq!((performance.outcome, performance.observation), (Outcome::Unknown, None));
    assert!(performance.trouble.unwrap().ends_with("the budget of 0.5s is spent"));
}

#[tokio::test]
async fn as_another_user_a_unit_is_changed_through_sudo() {
    let machine = Machine::new().unit("api.service", &[]);
    machine.program("sudo", "#!/bin/sh\necho \"sudo $1 $2 $3 $4 $5\" >> \"$STAND_IN/calls\"\nshift 4\nexec \"$@\"\n");
    let mut start = machine.change(ServiceVerb::Start, "api.service");
    start.surroundings.user = Some("somebody-else".to_owned());
    applied(&start).await;
    assert_eq!(machine.calls(), ["sudo -n -u somebody-else -- systemctl", "start api.service"]);
}

#[tokio::test]
async fn a_reload_of_the_manager_has_nothing_to_look_at_and_is_undone_by_another() {
    let machine = Machine::new();
    let reload = machine.activity(ResolvedAction::ServiceChange { verb: ServiceVerb::DaemonReload, unit: None });
    let before = capture_before(&reload).await.unwrap().unwrap();
    assert_eq!(before, StateBefore::Daemon);
    assert_eq!(applied(&reload).await, Observation::default());
    applied(&machine.activity(ResolvedAction::Restore(before))).await;
    assert_eq!(machine.calls(), ["daemon-reload", "daemon-reload"]);
}
