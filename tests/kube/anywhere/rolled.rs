//! The ways that a rollout can go: exit code, what was undone, and how that was verified.

use serde_json::json;

use crate::house::{House, set_image};
use crate::images::{Image, workload};

pub const BEFORE: &str = "checkpoint before \"Before\" {
    preserve image \"Image\" {
        kube get \"deployment/web\"
        select json \"$.spec.template.spec.containers[0].image\"
    }
}";
pub const FAILS: &str = "check fails \"It fails\" { run \"false\"; }";

const LOWEST: &str = "at least 1 of 2 were available; fewer than 2 for ";

fn generation(house: &House) -> i64 {
    house.object("deployment", "web").unwrap()["metadata"]["generation"].as_i64().unwrap()
}

#[test]
fn a_good_rollout_is_waited_for_to_its_last_pod_and_changes_the_object_once() {
    let house = House::with_web();
    let before = generation(&house);
    let there = "check there \"There\" { kube wait \"deployment/web\" rollout; expect updated is=2; }";
    house.release(&format!("{}\n{there}", set_image("deployment", Image::Two, 60))).exec().ends(0);
    assert_eq!(house.image("deployment"), Image::Two.name());
    assert_eq!(house.images(), [Image::Two.name(), Image::Two.name()]);
    assert_eq!(generation(&house), before + 1);
}

#[test]
fn a_later_failure_puts_exactly_the_template_of_before_back() {
    let house = House::with_web();
    let before = house.object("deployment", "web").unwrap();
    let step = set_image("deployment", Image::Two, 60);
    house.release(&format!("{BEFORE}\n{step}\n{FAILS}")).exec().ends(1).says(&["verified"]);
    assert_eq!(house.object("deployment", "web").unwrap()["spec"], before["spec"]);
    assert_eq!(house.images(), [Image::One.name(), Image::One.name()]);
}

#[test]
fn an_image_that_does_not_exist_fails_with_the_pod_to_blame_and_is_taken_back() {
    let house = House::with_web();
    let step = set_image("deployment", Image::Missing, 9);
    house.release(&format!("{BEFORE}\n{step}")).exec().ends(1).says(&["ImagePull", "pod web-", "verified"]);
    assert_eq!(house.image("deployment"), Image::One.name());
}

#[test]
fn a_crash_loop_fails_with_its_exit_code_and_the_last_lines_of_its_log() {
    let house = House::with_web();
    let step = set_image("deployment", Image::Crashes, 9);
    house.release(&format!("{BEFORE}\n{step}")).exec().ends(1).says(&[
        "CrashLoopBackOff",
        "exit code 3",
        "no database at db:5432",
        "verified",
    ]);
    assert_eq!(house.image("deployment"), Image::One.name());
}

#[test]
fn pods_that_are_never_ready_fail_when_nothing_changes_any_more() {
    let house = House::with_web();
    let step = set_image("deployment", Image::Unready, 8);
    house.release(&format!("{BEFORE}\n{step}")).exec().ends(1).says(&[
        "nothing has changed for",
        "1 of 2 updated",
        "not ready",
        "verified",
    ]);
    assert_eq!(house.image("deployment"), Image::One.name());
}

#[test]
fn a_deadline_that_passes_fails_at_once_and_its_condition_does_not_fail_the_way_back() {
    let mut deployment = workload("Deployment");
    deployment["spec"]["progressDeadlineSeconds"] = json!(20);
    let house = House::with(&deployment);
    let step = set_image("deployment", Image::Unready, 60);
    house.release(&format!("{BEFORE}\n{step}")).exec().ends(1).says(&["made no progress for 20 s", "verified"]);
    assert_eq!(house.image("deployment"), Image::One.name());
}

#[test]
fn a_paused_deployment_is_refused_before_anything_is_sent() {
    let house = House::with_web();
    house.change("deployment", "web", &json!({"spec": {"paused": true}}));
    let before = generation(&house);
    let step = set_image("deployment", Image::Two, 60);
    house.release(&step).exec().ends(5).says(&["is paused", "kubectl rollout resume"]);
    assert_eq!(generation(&house), before);
}

#[test]
fn one_that_is_deleted_in_the_middle_is_told_and_nothing_is_put_in_its_place() {
    let house = House::with_web();
    let release = house.release(&set_image("deployment", Image::Unready, 60));
    let told = release.exec_while(|| {
        house.wait("deployment", "web", |web| is_half_way(web, Image::Unready));
        house.delete("deployment", "web");
    });
    told.ends(4).says(&["deleted"]);
    assert!(house.object("deployment", "web").is_none());
}

#[test]
fn one_that_somebody_else_changes_in_the_middle_is_superseded_and_left_to_them() {
    let house = House::with_web();
    let release = house.release(&set_image("deployment", Image::Unready, 60));
    let told = release.exec_while(|| {
        house.wait("deployment", "web", |web| is_half_way(web, Image::Unready));
        let mut patch = json!({"spec": {"template": workload("Deployment")["spec"]["template"]}});
        patch["spec"]["template"]["spec"]["containers"][0]["image"] = Image::Two.name().into();
        house.change("deployment", "web", &patch);
    });
    told.ends(4).says(&["somebody else", "spec.template.spec.containers[web].image"]);
    assert_eq!(house.image("deployment"), Image::Two.name());
}

#[test]
fn a_quota_that_is_full_fails_at_once_with_its_words() {
    let house = House::with_web();
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "2"}}});
    house.create(&quota);
    house.wait("resourcequota", "few", |quota| quota["status"]["hard"]["pods"] == "2");
    let step = set_image("deployment", Image::Two, 60);
    house.release(&format!("{BEFORE}\n{step}")).exec().ends(1).says(&["exceeded quota: few", "verified"]);
    assert_eq!(house.image("deployment"), Image::One.name());
}

#[test]
fn a_container_that_does_not_exist_is_refused_and_never_added() {
    let house = House::with_web();
    let before = generation(&house);
    let step = set_image("deployment", Image::Two, 60).replace("container web ", "container wbe ");
    house.release(&step).exec().ends(5).says(&["no container wbe", "did you mean `web`?"]);
    assert_eq!(generation(&house), before);
}

#[test]
fn the_lowest_number_that_was_available_is_what_is_judged_and_how_long_is_reported() {
    let mut deployment = workload("Deployment");
    deployment["spec"]["strategy"] =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}});
    let house = House::with(&deployment);
    let step = set_image("deployment", Image::Two, 60);
    let judged = |least: u32| step.replace("budget", &format!("expect available at-least={least}\nbudget"));
    let release = house.release(&format!("{BEFORE}\n{}", judged(2)));
    release.exec().ends(1).says(&["available", "verified"]);
    release.run(&["show"]).ends(0).says(&[LOWEST]);
    assert_eq!(house.image("deployment"), Image::One.name());
    // That nobody asked for it is no reason to keep it back.
    let release = house.release(&step);
    release.exec().ends(0);
    release.run(&["show"]).ends(0).says(&[LOWEST]);
}

/// Whether the first pod of this image was made.
fn is_half_way(web: &serde_json::Value, image: Image) -> bool {
    web["spec"]["template"]["spec"]["containers"][0]["image"] == image.name()
        && web["status"]["updatedReplicas"] == 1
        && web["metadata"]["generation"] == web["status"]["observedGeneration"]
}
