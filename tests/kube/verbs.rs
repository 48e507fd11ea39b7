//! What the other verbs do to a cluster, and how they are taken back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::web;
use crate::kubernetes::{Behaviour, Cluster, kinds};
use crate::release::Release;
use crate::rolled::{image, with, with_web};

const FAILS: &str = "check fails \"It fails\" { run \"false\"; }";
const COLOURS: &str = "step colours \"Colours\" {
    kube apply {
        manifest #\"\"\"
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: colours }
        data: { sky: blue }
        \"\"\"#
    }
    budget \"10s\"
}";

fn replicas(cluster: &Cluster) -> Value {
    cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap()["spec"]["replicas"].clone()
}

fn colours(cluster: &Cluster) -> Option<Value> {
    cluster.object(&kinds::CONFIG_MAP, "default", "colours").map(|found| found["data"].clone())
}

#[test]
fn replicas_are_changed_and_put_back() {
    let cluster = with_web();
    let step = "step more \"More\" { kube scale \"deployment/web\" replicas=4; budget \"10s\"; }";
    Release::of(&cluster, step).exec().ends(0);
    assert_eq!(replicas(&cluster), 4);
    let step = step.replace("=4", "=1");
    Release::of(&cluster, &format!("{step}\n{FAILS}")).exec().ends(1);
    assert_eq!(replicas(&cluster), 4);
}

#[test]
fn replicas_that_an_autoscaler_decides_are_left_to_it() {
    let cluster = with_web();
    let autoscaler = json!({"metadata": {"name": "busy"}, "spec": {"minReplicas": 1, "maxReplicas": 9,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    cluster.create(&kinds::AUTOSCALER, &autoscaler);
    let step = "step more \"More\" { kube scale \"deployment/web\" replicas=4; budget \"10s\"; }";
    Release::of(&cluster, step).exec().ends(5).says(&["hpa/busy decides how many replicas"]);
    assert_eq!(replicas(&cluster), 2);
}

#[test]
fn a_restart_makes_new_pods_of_the_same_images_and_its_way_back_is_the_template_of_before() {
    let cluster = with_web();
    let before = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    let step = "step again \"Again\" { kube restart \"deployment/web\"; budget \"10s\"; }";
    Release::of(&cluster, step).exec().ends(0);
    let after = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    let marked = &after["spec"]["template"]["metadata"]["annotations"]["runbook/restarted-by"];
    assert!(marked.is_string(), "{after}");
    assert_eq!(image(&cluster), "web:1");
    assert_ne!(before["spec"]["template"], after["spec"]["template"]);
    Release::of(&cluster, &format!("{step}\n{FAILS}")).exec().ends(1);
    let back = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    assert_eq!(back["spec"]["template"], after["spec"]["template"]);
}

#[test]
fn an_object_that_apply_made_is_deleted_by_the_way_back_and_one_that_it_changed_is_restored() {
    let cluster = Cluster::start();
    Release::of(&cluster, &format!("{COLOURS}\n{FAILS}")).exec().ends(1);
    assert_eq!(colours(&cluster), None);
    Release::of(&cluster, COLOURS).exec().ends(0);
    let green = COLOURS.replace("sky: blue", "sky: green, grass: green");
    Release::of(&cluster, &format!("{green}\n{FAILS}")).exec().ends(1);
    assert_eq!(colours(&cluster), Some(json!({"sky": "blue"})));
    Release::of(&cluster, &green).exec().ends(0);
    assert_eq!(colours(&cluster), Some(json!({"sky": "green", "grass": "green"})));
}

#[test]
fn what_somebody_else_changed_since_is_not_overwritten_by_the_way_back() {
    let cluster = Cluster::start();
    cluster.once(
        |event| event.kind.plural == kinds::CONFIG_MAP.plural && event.object["metadata"]["name"] == "colours",
        |state| {
            let by = crate::kubernetes::By::new("somebody-else");
            state
                .store
                .change(&kinds::CONFIG_MAP, ("default", "colours"), &by, |found| found["data"]["sky"] = "grey".into());
        },
    );
    Release::of(&cluster, &format!("{COLOURS}\n{FAILS}")).exec().ends(4).says(&["changed by somebody else"]);
    assert_eq!(colours(&cluster), Some(json!({"sky": "grey"})));
}

#[test]
fn fields_of_somebody_else_are_a_conflict_that_names_them() {
    let cluster = Cluster::start();
    cluster.create(&kinds::CONFIG_MAP, &json!({"metadata": {"name": "colours"}, "data": {"sky": "grey"}}));
    Release::of(&cluster, COLOURS).exec().ends(5).says(&["conflict", ".data.sky"]);
    assert_eq!(colours(&cluster), Some(json!({"sky": "grey"})));
}

#[test]
fn an_applied_workload_is_rolled_out_before_the_step_is_done() {
    let cluster = Cluster::start();
    let manifest = web().to_string();
    let step = format!(
        "step web \"Web\" {{ kube apply {{ manifest #\"\"\"\n{manifest}\n\"\"\"#; }}\n expect available at-least=0\n budget \"10s\"; }}"
    );
    Release::of(&cluster, &step).exec().ends(0);
    let web = cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap();
    assert_eq!(web["status"]["availableReplicas"], 2);
}

#[test]
fn annotations_and_labels_are_set_taken_away_and_put_back() {
    let cluster = with_web();
    let step = "step marked \"Marked\" {
        kube label \"deployment/web\" { set tier=front; set app=#null; }
        budget \"10s\"
    }";
    let labels = || cluster.object(&kinds::DEPLOYMENT, "default", "web").unwrap()["metadata"]["labels"].clone();
    Release::of(&cluster, &format!("{step}\n{FAILS}")).exec().ends(1);
    assert_eq!(labels(), json!({"app": "web"}));
    Release::of(&cluster, step).exec().ends(0);
    assert_eq!(labels(), json!({"tier": "front"}));
}

#[test]
fn what_is_deleted_is_waited_for_and_what_is_not_there_is_deleted_already() {
    let cluster = with_web();
    let step = "step gone \"Gone\" { kube delete \"deployment/web\"; inverse none because=\"Nobody misses it\"; budget \"10s\"; }";
    Release::of(&cluster, step).exec().ends(0);
    assert!(cluster.object(&kinds::DEPLOYMENT, "default", "web").is_none());
    Release::of(&cluster, step).exec().ends(0);
}

#[test]
fn a_job_is_followed_to_its_end_and_what_it_printed_is_kept() {
    let cluster = Cluster::start();
    let job = |name: &str| {
        format!(
            "step {name} \"Job\" {{
    kube job {{ manifest #\"\"\"
        apiVersion: batch/v1
        kind: Job
        metadata: {{ name: {name} }}
        spec: {{ backoffLimit: 0, template: {{ spec: {{ restartPolicy: Never, containers: [ {{ name: main, image: '{name}:1' }} ] }} }} }}
        \"\"\"#; }}
    expect output contains=\"37 rows\"
    inverse none because=\"It is only a job\"
    budget \"10s\"
}}"
        )
    };
    let exits = |code, log: &str| Behaviour::Exits { after: Duration::from_millis(20), code, log: log.into() };
    cluster.state().images.set("good:1", exits(0, "37 rows\n"));
    cluster.state().images.set("bad:1", exits(4, "37 rows, and no more\n"));
    Release::of(&cluster, &job("good")).exec().ends(0);
    Release::of(&cluster, &job("good")).exec().ends(5).says(&["there is already a job/good"]);
    let told = Release::of(&cluster, &job("bad")).exec();
    told.says(&["job/bad failed", "and no more"]);
}

#[test]
fn a_look_answers_with_one_object_with_a_list_and_with_nothing() {
    let cluster = with_web();
    Release::of(
        &cluster,
        "check one \"One\" { kube get \"deploy/web\"; expect exists is=#true; expect json \"$.spec.replicas\" is=2; }
        check all \"All\" { kube get pods selector=\"app=web\"; expect count is=2; }
        check none \"None\" { kube get \"deployment/other\"; expect exists is=#false; }
        check ready \"Ready\" { kube wait pods condition=Ready selector=\"app=web\"; budget \"5s\"; expect count is=2; }
        check told \"Told\" { kube events \"deployment/web\"; expect count at-least=0; }",
    )
    .exec()
    .ends(0);
    Release::of(&cluster, "check odd \"Odd\" { kube get \"deploymnet/web\"; expect exists is=#true; }")
        .exec()
        .says(&["did you mean `deployments`?"]);
    Release::of(&cluster, "check odd \"Odd\" { kube wait pods condition=Ready selector=\"app=other\"; budget \"1s\"; expect count is=2; }")
        .exec()
        .says(&["expected is 2 actual 0"]);
}

#[test]
fn nothing_of_a_secret_reaches_the_journal() {
    let cluster = Cluster::start();
    cluster.create(&kinds::SECRET, &json!({"metadata": {"name": "db"}, "data": {"password": "aHVzaC1odXNo"}}));
    let release = Release::of(
        &cluster,
        "step marked \"Marked\" { kube annotate \"secret/db\" { set seen=yes; }; budget \"10s\"; }
        check there \"There\" { kube get \"secret/db\"; expect json \"$.data.password\" exists=#true; }",
    );
    release.exec().ends(0);
    assert!(!release.journal().contains("aHVzaC1odXNo"));
    let step = COLOURS.replace("ConfigMap", "Secret").replace("        data:", "        stringData:");
    let release = Release::of(&cluster, &step);
    release.exec().ends(3).says(&["can't be kept for the way back"]);
}

#[test]
fn a_secret_is_applied_where_its_way_back_is_written() {
    let cluster = Cluster::start();
    let secret = "apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: hush-hush}";
    let step = format!(
        "step login \"Login\" {{
            kube apply {{ manifest \"{{{secret}}}\"; }}
            inverse {{ kube delete \"secret/db\"; expect exists is=#false; }}
        }}"
    );
    Release::of(&cluster, &step).exec().ends(0);
    assert!(cluster.object(&kinds::SECRET, "default", "db").is_some());
    let fails = format!("{step}\ncheck fails \"Fails\" {{ run \"false\"; }}");
    Release::of(&Cluster::start(), &fails).exec().ends(1);
}

#[test]
fn a_wrong_context_and_a_server_that_nobody_listens_at_are_told_before_anything_begins() {
    let cluster = with(&web());
    let told = Release::of(&cluster, "step image \"Image\" { kube restart \"deployment/web\"; budget \"10s\"; }");
    cluster.refuse();
    told.exec().ends(5).says(&["Connection refused", "is the API server up"]);
}
