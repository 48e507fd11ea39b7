//! Engines and supervisors that are killed in the middle of a rollout: it goes on without them, is found
//! again, and is taken back. Nothing is sent twice.

use std::time::Duration;

use serde_json::json;

use crate::client::web;
use crate::desk::{Desk, Terminal};
use crate::kubernetes::{Behaviour, Cluster, kinds};
use crate::rolled::{image, with, with_web, writes};

/// Who dies.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Engine,
    Supervisor,
    Both,
}

impl Victim {
    fn dies(self, terminal: &mut Terminal) {
        if matches!(self, Self::Supervisor | Self::Both) {
            terminal.kill_supervisor();
        }
        if matches!(self, Self::Engine | Self::Both) {
            terminal.kill_engine();
        }
    }
}

/// A release whose first step needs a supervisor, and whose last check holds if `good` is there.
fn desk(cluster: &Cluster) -> Desk {
    Desk::new(&format!(
        r#"runbook release "Release"
kubernetes {{ kubeconfig "{}"; }}
defaults {{ cd "[DIR]"; }}
phase only "Only" {{
    step first "First" {{ sh "echo one >> log"; inverse {{ sh "echo undone >> log"; }}; }}
    step image "New image" {{ kube set-image "deployment/web" {{ container web "web:2"; }}; budget "60s"; }}
    check good "It is good" {{ run test -e good; }}
}}
"#,
        cluster.kubeconfig().display()
    ))
}

/// The rollout has begun, and its first pod will never be ready.
fn half_way(cluster: &Cluster, desk: &Desk) -> Terminal {
    cluster.state().images.set("web:2", Behaviour::NeverReady);
    let mut terminal = desk.at_terminal(&["exec", "--yes", "release.kdl"]);
    terminal.wait_for("1 of 2 updated");
    terminal
}

/// From now on pods of this image run; those that don't are made anew.
fn heal(cluster: &Cluster, image: &str) {
    let mut state = cluster.state();
    state.images.set(image, Behaviour::Ready(Duration::from_millis(5)));
    for pod in state.store.list(&kinds::POD, "default") {
        if pod["spec"]["containers"][0]["image"] == image {
            state.store.remove(&kinds::POD, "default", pod["metadata"]["name"].as_str().unwrap());
        }
    }
}

#[test]
fn a_rollout_goes_on_without_its_engine_and_resume_finds_it_done() {
    for victim in [Victim::Engine, Victim::Both] {
        let cluster = with_web();
        let desk = desk(&cluster);
        desk.put("good");
        victim.dies(&mut half_way(&cluster, &desk));
        heal(&cluster, "web:2");
        desk.call(&["resume", "--yes"]).code(0);
        assert_eq!((image(&cluster).as_str(), writes(&cluster)), ("web:2", 1), "{victim:?}");
        assert_eq!(desk.log(), ["one"]);
    }
}

#[test]
fn a_rollout_that_is_still_on_its_way_is_waited_for_by_resume() {
    let cluster = with_web();
    let desk = desk(&cluster);
    desk.put("good");
    Victim::Both.dies(&mut half_way(&cluster, &desk));
    let before = cluster.asked().len();
    let again = desk.at_terminal(&["resume", "--yes"]);
    while !cluster.asked()[before..].iter().any(|it| it.verb == "watch") {
        std::thread::yield_now();
    }
    heal(&cluster, "web:2");
    again.ends_with(0);
    assert_eq!((image(&cluster).as_str(), writes(&cluster)), ("web:2", 1));
}

#[test]
fn a_rollout_does_not_need_its_supervisor() {
    let cluster = with_web();
    let desk = desk(&cluster);
    desk.put("good");
    let mut terminal = half_way(&cluster, &desk);
    Victim::Supervisor.dies(&mut terminal);
    heal(&cluster, "web:2");
    terminal.ends_with(0);
    assert_eq!((image(&cluster).as_str(), writes(&cluster)), ("web:2", 1));
}

#[test]
fn a_rollout_that_was_found_again_is_taken_back_by_what_fails_later() {
    for victim in [Victim::Engine, Victim::Both] {
        let cluster = with_web();
        let desk = desk(&cluster);
        victim.dies(&mut half_way(&cluster, &desk));
        heal(&cluster, "web:2");
        desk.call(&["resume", "--yes"]).code(1);
        assert_eq!((image(&cluster).as_str(), writes(&cluster)), ("web:1", 2), "{victim:?}");
        assert_eq!(desk.log(), ["one", "undone"], "{victim:?}");
    }
}

#[test]
fn a_rollout_that_hangs_when_its_engine_dies_is_taken_back_by_a_rollback() {
    for victim in [Victim::Engine, Victim::Both] {
        let cluster = with_web();
        let desk = desk(&cluster);
        victim.dies(&mut half_way(&cluster, &desk));
        desk.call(&["rollback", "--yes"]).code(1);
        assert_eq!((image(&cluster).as_str(), writes(&cluster)), ("web:1", 2), "{victim:?}");
        assert_eq!(desk.log(), ["one", "undone"], "{victim:?}");
    }
}

#[test]
fn a_way_back_whose_engine_dies_goes_on_as_a_way_back() {
    for victim in [Victim::Engine, Victim::Both] {
        let mut deployment = web();
        deployment["spec"]["strategy"] =
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}});
        let cluster = with(&deployment);
        let desk = desk(&cluster);
        cluster.state().images.set("web:1", Behaviour::NeverReady);
        let mut terminal = desk.at_terminal(&["exec", "--yes", "release.kdl"]);
        // The check has failed, and the image of before doesn't come up any more.
        cluster.wait(|state| {
            let web = state.store.get(&kinds::DEPLOYMENT, "default", "web").unwrap();
            web["metadata"]["generation"] == 3 && web["status"]["updatedReplicas"] == 1
        });
        victim.dies(&mut terminal);
        heal(&cluster, "web:1");
        desk.call(&["resume", "--yes"]).code(1);
        assert_eq!((image(&cluster).as_str(), writes(&cluster)), ("web:1", 2), "{victim:?}");
        assert_eq!(desk.log(), ["one", "undone"], "{victim:?}");
    }
}

#[test]
fn how_far_a_rollout_is_stands_on_a_terminal_of_80_columns_while_it_goes_on() {
    let cluster = with_web();
    let desk = desk(&cluster);
    desk.put("good");
    let mut terminal = half_way(&cluster, &desk);
    terminal.resize(80, 24);
    terminal.wait_for("deployment/web: 1 of 2 updated, 2 old left");
    // From now on the controllers take their time, so that each state can be seen.
    cluster.state().pace.turn = Duration::from_millis(150);
    heal(&cluster, "web:2");
    let shown = terminal.ends_with(0);
    assert!(shown.contains("deployment/web: 2 of 2 updated, 1 old terminating"), "{shown}");
}
