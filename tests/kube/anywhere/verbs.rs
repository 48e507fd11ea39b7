//! What the other verbs do to a cluster, and how they are taken back.

use serde_json::{Value, json};

use super::rolled::FAILS;
use crate::house::House;
use crate::images::{Image, workload};
use crate::release::WAITS;

const COLOURS: &str = "step colours \"Colours\" {
    kube apply {
        manifest #\"\"\"
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: colours }
        data: { sky: blue }
        \"\"\"#
    }
    budget \"60s\"
}";
const FOUR: &str = "step more \"More\" { kube scale \"deployment/web\" replicas=4; budget \"60s\"; }";

fn replicas(house: &House) -> Value {
    house.object("deployment", "web").unwrap()["spec"]["replicas"].clone()
}

fn colours(house: &House) -> Option<Value> {
    house.object("configmap", "colours").map(|found| found["data"].clone())
}

#[test]
fn replicas_are_changed_and_put_back() {
    let house = House::with_web();
    house.release(FOUR).exec().ends(0);
    assert_eq!(replicas(&house), 4);
    let step = FOUR.replace("=4", "=1");
    house.release(&format!("{step}\n{FAILS}")).exec().ends(1);
    assert_eq!(replicas(&house), 4);
}

#[test]
fn replicas_that_an_autoscaler_decides_are_left_to_it() {
    let house = House::with_web();
    let autoscaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "busy"}, "spec": {"minReplicas": 2, "maxReplicas": 9,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    house.create(&autoscaler);
    house.release(FOUR).exec().ends(5).says(&["hpa/busy decides how many replicas"]);
    assert_eq!(replicas(&house), 2);
}

#[test]
fn a_restart_makes_new_pods_of_the_same_images_and_its_way_back_is_the_template_of_before() {
    let house = House::with_web();
    let template = || house.object("deployment", "web").unwrap()["spec"]["template"].clone();
    let before = template();
    let step = "step again \"Again\" { kube restart \"deployment/web\"; budget \"60s\"; }";
    house.release(step).exec().ends(0);
    let after = template();
    assert!(after["metadata"]["annotations"]["runbook/restarted-by"].is_string(), "{after}");
    assert_eq!(house.image("deployment"), Image::One.name());
    assert_ne!(before, after);
    house.release(&format!("{step}\n{FAILS}")).exec().ends(1);
    assert_eq!(template(), after);
}

#[test]
fn an_object_that_apply_made_is_deleted_by_the_way_back_and_one_that_it_changed_is_restored() {
    let house = House::open();
    house.release(&format!("{COLOURS}\n{FAILS}")).exec().ends(1);
    assert_eq!(colours(&house), None);
    house.release(COLOURS).exec().ends(0);
    let green = COLOURS.replace("sky: blue", "sky: green, grass: green");
    house.release(&format!("{green}\n{FAILS}")).exec().ends(1);
    assert_eq!(colours(&house), Some(json!({"sky": "blue"})));
    house.release(&green).exec().ends(0);
    assert_eq!(colours(&house), Some(json!({"sky": "green", "grass": "green"})));
}

#[test]
fn what_somebody_else_changed_since_is_not_overwritten_by_the_way_back() {
    let house = House::open();
    let told = house.release(&format!("{COLOURS}\n{WAITS}\n{FAILS}")).exec_while(|| {
        house.wait("configmap", "colours", |found| found["data"]["sky"] == "blue");
        house.change("configmap", "colours", &json!({"data": {"sky": "grey"}}));
    });
    told.ends(4).says(&["changed by somebody else"]);
    assert_eq!(colours(&house), Some(json!({"sky": "grey"})));
}

#[test]
fn fields_of_somebody_else_are_a_conflict_that_names_them() {
    let house = House::open();
    house.create(
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}, "data": {"sky": "grey"}}),
    );
    house.release(COLOURS).exec().ends(5).says(&["conflict", ".data.sky"]);
    assert_eq!(colours(&house), Some(json!({"sky": "grey"})));
}

#[test]
fn an_applied_workload_is_rolled_out_before_the_step_is_done() {
    let house = House::open();
    let manifest = workload("Deployment").to_string();
    let step = format!(
        "step web \"Web\" {{ kube apply {{ manifest #\"\"\"\n{manifest}\n\"\"\"#; }}\n expect available at-least=0\n budget \"60s\"; }}"
    );
    house.release(&step).exec().ends(0);
    assert_eq!(house.object("deployment", "web").unwrap()["status"]["availableReplicas"], 2);
}

#[test]
fn annotations_and_labels_are_set_taken_away_and_put_back() {
    let house = House::with_web();
    let step = "step marked \"Marked\" {
        kube label \"deployment/web\" { set tier=front; set app=#null; }
        budget \"60s\"
    }";
    let labels = || house.object("deployment", "web").unwrap()["metadata"]["labels"].clone();
    house.release(&format!("{step}\n{FAILS}")).exec().ends(1);
    assert_eq!(labels(), json!({"app": "web"}));
    house.release(step).exec().ends(0);
    assert_eq!(labels(), json!({"tier": "front"}));
}

#[test]
fn what_is_deleted_is_waited_for_and_what_is_not_there_is_deleted_already() {
    let house = House::with_web();
    let step = "step gone \"Gone\" { kube delete \"deployment/web\"; inverse none because=\"Nobody misses it\"; budget \"60s\"; }";
    house.release(step).exec().ends(0);
    assert!(house.object("deployment", "web").is_none());
    house.release(step).exec().ends(0);
}

#[test]
fn a_job_is_followed_to_its_end_and_what_it_printed_is_kept() {
    let house = House::open();
    let image = Image::One;
    let job = |name: &str, prints: &str| {
        format!(
            "step {name} \"Job\" {{
    kube job {{ manifest #\"\"\"
        apiVersion: batch/v1
        kind: Job
        metadata: {{ name: {name} }}
        spec:
          backoffLimit: 0
          template:
            spec:
              restartPolicy: Never
              containers: [ {{ name: main, image: '{image}', command: [sh, -c, '{prints}'] }} ]
        \"\"\"#; }}
    expect output contains=\"37 rows\"
    inverse none because=\"It is only a job\"
    budget \"60s\"
}}"
        )
    };
    let good = job("good", "echo 37 rows");
    house.release(&good).exec().ends(0);
    house.release(&good).exec().ends(5).says(&["there is already a job/good"]);
    let bad = job("bad", "echo 37 rows, and no more; exit 4");
    house.release(&bad).exec().says(&["job/bad failed", "and no more"]);
}

#[test]
fn a_look_answers_with_one_object_with_a_list_and_with_nothing() {
    let house = House::with_web();
    house
        .release(
            "check one \"One\" { kube get \"deploy/web\"; expect exists is=#true; expect json \"$.spec.replicas\" is=2; }
        check all \"All\" { kube get pods selector=\"app=web\"; expect count is=2; }
        check none \"None\" { kube get \"deployment/other\"; expect exists is=#false; }
        check ready \"Ready\" { kube wait pods condition=Ready selector=\"app=web\"; budget \"5s\"; expect count is=2; }
        check told \"Told\" { kube events \"deployment/web\"; expect count at-least=0; }",
        )
        .exec()
        .ends(0);
    house
        .release("check odd \"Odd\" { kube get \"deploymnet/web\"; expect exists is=#true; }")
        .exec()
        .says(&["did you mean `deployments`?"]);
    house
        .release("check odd \"Odd\" { kube wait pods condition=Ready selector=\"app=other\"; budget \"1s\"; expect count is=2; }")
        .exec()
        .says(&["expected is 2 actual 0"]);
}

#[test]
fn what_a_container_printed_is_read_by_its_workload_its_pod_and_its_container() {
    let house = House::with_web();
    let pod = house.pods()[0]["metadata"]["name"].as_str().unwrap().to_owned();
    let printed = format!(
        "check of-pod \"Of a pod\" {{
            kube exec \"{pod}\" {{ command sh -c \"exit 0\"; }}
            expect exit is=0
        }}
        check log \"Its log\" {{ kube logs \"{pod}\" container=web since=\"1h\" tail=10; expect output exists=#true; }}
        check newest \"The newest pod's\" {{ kube logs \"deployment/web\" since=\"1h\"; expect output exists=#true; }}"
    );
    house.release(&printed).exec().ends(0);
    house
        .release(&format!("check wrong \"Wrong\" {{ kube logs \"{pod}\" container=wbe; expect output exists=#true; }}"))
        .exec()
        .says(&["has no container wbe: it has web"]);
}

#[test]
fn nothing_of_a_secret_reaches_the_journal() {
    let house = House::open();
    house.create(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "data": {"password": "aHVzaC1odXNo"}}));
    let release = house.release(
        "step marked \"Marked\" { kube annotate \"secret/db\" { set seen=yes; }; budget \"60s\"; }
        check there \"There\" { kube get \"secret/db\"; expect json \"$.data.password\" exists=#true; }",
    );
    release.exec().ends(0);
    assert!(!release.journal().contains("aHVzaC1odXNo"));
    let step = COLOURS.replace("ConfigMap", "Secret").replace("        data:", "        stringData:");
    house.release(&step).exec().ends(3).says(&["can't be kept for the way back"]);
}

#[test]
fn a_secret_is_applied_where_its_way_back_is_written() {
    let house = House::open();
    let secret = "apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: hush-hush}";
    let step = format!(
        "step login \"Login\" {{
            kube apply {{ manifest \"{{{secret}}}\"; }}
            inverse {{ kube delete \"secret/db\"; expect exists is=#false; }}
        }}"
    );
    house.release(&step).exec().ends(0);
    assert!(house.object("secret", "db").is_some());
    house.release(&format!("{step}\n{FAILS}")).exec().ends(1);
    assert!(house.object("secret", "db").is_none());
}
