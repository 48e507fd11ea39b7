//! Rollouts that are disturbed as only a fixture can be: an answer that is lost, a server that is
//! restarted, an autoscaler at the right moment. The other ways that one can go are in `anywhere`.

use std::time::Duration;

use serde_json::Value;

use crate::client::web;
use crate::house::set_image;
use crate::images::{Image, workload};
use crate::kubernetes::{Behaviour, Cluster, Fault, Problem, kinds};
use crate::release::Release;

pub const WEB_2: &str = "step image \"New image\" {
    kube set-image \"deployment/web\" { container web \"web:2\"; }
    budget \"20s\"
}";

/// A cluster in which two pods of `web:1` are available.
pub fn with_web() -> Cluster {
    with(&web())
}

pub fn with(deployment: &Value) -> Cluster {
    let cluster = Cluster::start();
    cluster.create(&kinds::DEPLOYMENT, deployment);
    cluster.wait(|state| {
        let web = state.store.get(&kinds::DEPLOYMENT, "default", "web");
        web.is_some_and(|web| {
            web["status"]["availableReplicas"] == web["spec"]["replicas"]
                && web["status"]["observedGeneration"] == web["metadata"]["generation"]
        })
    });
    cluster
}

pub fn image(cluster: &Cluster) -> String {
    let web = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    web["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
}

/// How many changes were sent that were no dry runs; who asks for rights changes nothing.
pub fn writes(cluster: &Cluster) -> usize {
    let changes = ["patch", "update", "create", "delete"];
    let asked = cluster.asked();
    let is_change = |verb: &str, path: &str| changes.contains(&verb) && !path.contains("accessreviews");
    asked.iter().filter(|asked| !asked.dry_run && is_change(&asked.verb, &asked.path)).count()
}

#[test]
fn a_rollout_that_an_autoscaler_enlarges_is_waited_for_in_its_new_size() {
    let cluster = with_web();
    cluster.once(is_rolled_to("web:2"), |state| {
        change(state, |web| web["spec"]["replicas"] = 4.into());
    });
    Release::of(
        &cluster,
        &format!("{WEB_2}\ncheck there \"There\" {{ kube wait \"deployment/web\" rollout; expect replicas is=4; }}"),
    )
    .exec()
    .ends(0);
}

#[test]
fn a_change_whose_answer_is_lost_is_looked_up_and_never_sent_again() {
    for fault in [Fault::LoseAnswer, Fault::CutAnswer] {
        let cluster = with_web();
        lose(&cluster, fault);
        Release::of(&cluster, WEB_2).exec().ends(0);
        assert_eq!(image(&cluster), "web:2");
        assert_eq!(writes(&cluster), 1);
    }
}

#[test]
fn a_change_that_never_arrived_is_not_applied_and_not_sent_again() {
    let cluster = with_web();
    lose(&cluster, Fault::Drop);
    let told = Release::of(&cluster, WEB_2).exec();
    told.says(&["the change isn't there"]);
    assert_eq!(image(&cluster), "web:1");
    assert_eq!(writes(&cluster), 1);
}

#[test]
fn an_api_server_that_restarts_in_the_middle_only_interrupts_the_watch() {
    let cluster = with_web();
    cluster.state().images.set("web:2", Behaviour::Ready(Duration::from_millis(700)));
    let release = Release::of(&cluster, WEB_2);
    let told = std::thread::scope(|scope| {
        let told = scope.spawn(|| release.exec());
        cluster.wait(|state| {
            let web = state.store.get(&kinds::DEPLOYMENT, "default", "web").unwrap();
            web["status"]["updatedReplicas"] == 1
        });
        cluster.break_watches();
        cluster.refuse();
        cluster.accept();
        cluster.expire_watches();
        told.join().unwrap()
    });
    told.ends(0);
    assert_eq!(image(&cluster), "web:2");
}

#[test]
fn who_may_not_change_it_is_told_before_anything_begins() {
    let cluster = with_web();
    Release::with(&cluster.viewers_kubeconfig(), WEB_2)
        .exec()
        .ends(5)
        .says(&["may not patch deployments.apps web in default"]);
    cluster.forget_users();
    Release::of(&cluster, WEB_2).exec().ends(5).says(&["401"]);
}

#[test]
fn who_may_not_delete_what_a_way_back_would_wait_for_is_told_before_anything_begins() {
    let cluster = Cluster::start();
    cluster.create(&kinds::STATEFUL_SET, &workload("StatefulSet"));
    cluster.state().access.deny("delete", "pods");
    Release::of(&cluster, &set_image("statefulset", Image::Two, 20))
        .exec()
        .ends(5)
        .says(&["may not delete pods in default"]);
}

fn lose(cluster: &Cluster, fault: Fault) {
    // The first patch is the rehearsal before the step.
    let nothing = Fault::Refuse(Problem::unavailable("not now"));
    cluster.fault("patch", "deployments", nothing, 1);
    cluster.fault("patch", "deployments", fault, 1);
}

fn is_rolled_to(image: &'static str) -> impl FnMut(&crate::kubernetes::Event) -> bool + Send + 'static {
    move |event| {
        event.kind.plural == kinds::DEPLOYMENT.plural
            && event.object["spec"]["template"]["spec"]["containers"][0]["image"] == image
            && event.object["status"]["updatedReplicas"] == 1
            && event.object["metadata"]["generation"] == event.object["status"]["observedGeneration"]
    }
}

fn change(state: &mut crate::kubernetes::State, change: impl FnOnce(&mut Value)) {
    state.store.change(&kinds::DEPLOYMENT, ("default", "web"), &crate::kubernetes::By::new("somebody-else"), change);
}

#[test]
fn a_server_that_nobody_listens_at_is_told_before_anything_begins() {
    let cluster = with_web();
    let release = Release::of(&cluster, WEB_2);
    cluster.refuse();
    release.exec().ends(5).says(&["Connection refused", "is the API server up"]);
}
