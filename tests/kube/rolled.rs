//! Every way that a rollout can go, by a run of the real program: its exit code, what was undone, and how
//! that was verified.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::web;
use crate::kubernetes::{Behaviour, Cluster, Fault, Problem, kinds};
use crate::release::Release;

const WEB_2: &str = "step image \"New image\" {
    kube set-image \"deployment/web\" { container web \"web:2\"; }
    budget \"20s\"
}";
const BEFORE: &str = "checkpoint before \"Before\" {
    preserve image \"Image\" {
        kube get \"deployment/web\"
        select json \"$.spec.template.spec.containers[0].image\"
    }
}";
const FAILS: &str = "check fails \"It fails\" { run \"false\"; }";

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
fn writes(cluster: &Cluster) -> usize {
    let changes = ["patch", "update", "create", "delete"];
    let asked = cluster.asked();
    let is_change = |verb: &str, path: &str| changes.contains(&verb) && !path.contains("accessreviews");
    asked.iter().filter(|asked| !asked.dry_run && is_change(&asked.verb, &asked.path)).count()
}

#[test]
fn a_good_rollout_is_waited_for_to_its_last_pod() {
    let cluster = with_web();
    Release::of(
        &cluster,
        &format!("{WEB_2}\ncheck there \"There\" {{ kube wait \"deployment/web\" rollout; expect updated is=2; }}"),
    )
    .exec()
    .ends(0);
    assert_eq!(image(&cluster), "web:2");
    let pods = cluster.objects(&kinds::POD, "default");
    assert!(
        pods.iter()
            .filter(|pod| pod["metadata"]["deletionTimestamp"].is_null())
            .all(|pod| pod["spec"]["containers"][0]["image"] == "web:2")
    );
    assert_eq!(writes(&cluster), 1);
}

#[test]
fn a_later_failure_puts_exactly_the_template_of_before_back() {
    let cluster = with_web();
    let before = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    Release::of(&cluster, &format!("{BEFORE}\n{WEB_2}\n{FAILS}")).exec().ends(1).says(&["verified"]);
    let after = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    assert_eq!(after["spec"], before["spec"]);
}

#[test]
fn an_image_that_does_not_exist_fails_with_the_pod_to_blame_and_is_taken_back() {
    let cluster = with_web();
    cluster.state().images.set("web:2", Behaviour::Missing);
    Release::of(&cluster, &format!("{BEFORE}\n{}", WEB_2.replace("20s", "6s"))).exec().ends(1).says(&[
        "ImagePull",
        "pod web-",
        "verified",
    ]);
    assert_eq!(image(&cluster), "web:1");
}

#[test]
fn a_crash_loop_fails_with_its_exit_code_and_the_last_lines_of_its_log() {
    let cluster = with_web();
    cluster.state().images.set("web:2", Behaviour::Crashes { code: 3, log: "no database at db:5432\n".into() });
    Release::of(&cluster, &format!("{BEFORE}\n{}", WEB_2.replace("20s", "9s"))).exec().ends(1).says(&[
        "CrashLoopBackOff",
        "exit code 3",
        "no database at db:5432",
        "verified",
    ]);
    assert_eq!(image(&cluster), "web:1");
}

#[test]
fn pods_that_are_never_ready_fail_when_nothing_changes_any_more() {
    let cluster = with_web();
    cluster.state().images.set("web:2", Behaviour::NeverReady);
    Release::of(&cluster, &format!("{BEFORE}\n{}", WEB_2.replace("20s", "4s"))).exec().ends(1).says(&[
        "nothing has changed for",
        "1 of 2 updated",
        "not ready",
        "verified",
    ]);
    assert_eq!(image(&cluster), "web:1");
}

#[test]
fn a_deadline_that_passes_fails_at_once_and_its_condition_does_not_fail_the_way_back() {
    let mut deployment = web();
    deployment["spec"]["progressDeadlineSeconds"] = 20.into();
    let cluster = with(&deployment);
    cluster.state().images.set("web:2", Behaviour::NeverReady);
    Release::of(&cluster, &format!("{BEFORE}\n{}", WEB_2.replace("20s", "60s")))
        .exec()
        .ends(1)
        .says(&["made no progress for 20 s", "verified"]);
    assert_eq!(image(&cluster), "web:1");
}

#[test]
fn a_paused_deployment_is_refused_before_anything_is_sent() {
    let cluster = with_web();
    cluster.change(&kinds::DEPLOYMENT, "web", |web| web["spec"]["paused"] = true.into());
    Release::of(&cluster, WEB_2).exec().ends(5).says(&["is paused", "kubectl rollout resume"]);
    assert_eq!(writes(&cluster), 0);
}

#[test]
fn one_that_is_deleted_in_the_middle_is_told_and_nothing_is_put_in_its_place() {
    let cluster = with_web();
    cluster.once(is_rolled_to("web:2"), |state| {
        _ = state.store.remove(&kinds::DEPLOYMENT, "default", "web");
    });
    Release::of(&cluster, WEB_2).exec().ends(4).says(&["deleted"]);
    assert!(cluster.object(&kinds::DEPLOYMENT, "default", "web").is_none());
}

#[test]
fn one_that_somebody_else_changes_in_the_middle_is_superseded_and_left_to_them() {
    let cluster = with_web();
    cluster.once(is_rolled_to("web:2"), |state| set_image(state, "web:3"));
    Release::of(&cluster, WEB_2).exec().ends(4).says(&["somebody else", "spec.template.spec.containers[web].image"]);
    assert_eq!(image(&cluster), "web:3");
}

#[test]
fn a_quota_that_is_full_fails_at_once_with_its_words() {
    let cluster = with_web();
    let quota = json!({"metadata": {"name": "few"}, "spec": {"hard": {"pods": "2"}}});
    cluster.create(&kinds::RESOURCE_QUOTA, &quota);
    Release::of(&cluster, &format!("{BEFORE}\n{WEB_2}")).exec().ends(1).says(&["exceeded quota: few", "verified"]);
    assert_eq!(image(&cluster), "web:1");
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
fn a_container_that_does_not_exist_is_refused_and_never_added() {
    let cluster = with_web();
    Release::of(&cluster, &WEB_2.replace("container web ", "container wbe "))
        .exec()
        .ends(5)
        .says(&["no container wbe", "did you mean `web`?"]);
    assert_eq!(writes(&cluster), 0);
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
fn the_lowest_number_that_was_available_is_what_is_judged() {
    let mut deployment = web();
    deployment["spec"]["strategy"] =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}});
    let cluster = with(&deployment);
    let step = WEB_2.replace("budget", "expect available at-least=2\n    budget");
    Release::of(&cluster, &format!("{BEFORE}\n{step}")).exec().ends(1).says(&["available", "verified"]);
    assert_eq!(image(&cluster), "web:1");
    let step = step.replace("at-least=2", "at-least=1");
    Release::of(&cluster, &step).exec().ends(0);
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

fn set_image(state: &mut crate::kubernetes::State, image: &str) {
    change(state, |web| web["spec"]["template"]["spec"]["containers"][0]["image"] = image.into());
}

fn change(state: &mut crate::kubernetes::State, change: impl FnOnce(&mut Value)) {
    state.store.change(&kinds::DEPLOYMENT, ("default", "web"), &crate::kubernetes::By::new("somebody-else"), change);
}
