//! What the controllers make of workloads that aren't recorded: the other kinds, and every way a rollout
//! can go wrong.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::web;
use crate::kubernetes::{Behaviour, By, Cluster, State, kinds};

type Object = Option<std::sync::Arc<Value>>;

fn deployment(state: &State) -> Object {
    state.store.get(&kinds::DEPLOYMENT, "default", "web")
}

fn condition(object: &Object, kind: &str) -> Value {
    let conditions = object.as_ref().and_then(|object| object["status"]["conditions"].as_array().cloned());
    conditions.into_iter().flatten().find(|condition| condition["type"] == kind).unwrap_or_default()
}

fn available(state: &State, replicas: i64) -> bool {
    deployment(state).is_some_and(|web| {
        let counts =
            ["replicas", "updatedReplicas", "availableReplicas"].iter().all(|field| web["status"][*field] == replicas);
        counts && web["status"]["observedGeneration"] == web["metadata"]["generation"]
    })
}

/// A cluster with the recorded Deployment, available.
fn cluster() -> Cluster {
    let cluster = Cluster::start();
    cluster.create(&kinds::DEPLOYMENT, &web());
    cluster.wait(|state| available(state, 2));
    cluster
}

fn set_image(cluster: &Cluster, image: &str) {
    cluster.change(&kinds::DEPLOYMENT, "web", |web| {
        web["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    });
}

/// Why a container of an image waits.
fn waiting(state: &State, image: &str) -> Vec<Value> {
    let pods = state.store.list(&kinds::POD, "default");
    let of_image = pods.iter().filter(|pod| pod["spec"]["containers"][0]["image"] == image);
    of_image.map(|pod| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"].clone()).collect()
}

#[test]
fn a_pod_that_crashes_waits_longer_each_time_and_keeps_its_last_words() {
    let cluster = cluster();
    cluster.state().images.set("web:bad", Behaviour::Crashes { code: 3, log: "no database\n".to_owned() });
    set_image(&cluster, "web:bad");
    cluster.wait(|state| {
        let pods = state.store.list(&kinds::POD, "default");
        pods.iter().any(|pod| {
            let status = &pod["status"]["containerStatuses"][0];
            status["restartCount"].as_i64() >= Some(2) && status["lastState"]["terminated"]["exitCode"] == 3
        })
    });
    assert_eq!(waiting(&cluster.state(), "web:bad"), ["CrashLoopBackOff"]);
    // The old ones serve on.
    assert_eq!(deployment(&cluster.state()).unwrap()["status"]["availableReplicas"], 2);
}

#[test]
fn a_pod_that_is_never_ready_a_name_that_is_none_and_a_lack_of_room_stop_a_rollout_each_in_its_way() {
    for (behaviour, reason) in [
        (Behaviour::NeverReady, Value::Null),
        (Behaviour::InvalidName, json!("InvalidImageName")),
        (Behaviour::Misconfigured("configmap \"settings\" not found".to_owned()), json!("CreateContainerConfigError")),
        (Behaviour::Unschedulable, Value::Null),
    ] {
        let cluster = cluster();
        cluster.change(&kinds::DEPLOYMENT, "web", |web| web["spec"]["progressDeadlineSeconds"] = json!(5));
        cluster.state().images.set("web:bad", behaviour.clone());
        set_image(&cluster, "web:bad");
        cluster.wait(|state| condition(&deployment(state), "Progressing")["reason"] == "ProgressDeadlineExceeded");
        assert_eq!(waiting(&cluster.state(), "web:bad"), [reason], "{behaviour:?}");
        assert_eq!(deployment(&cluster.state()).unwrap()["status"]["availableReplicas"], 2);
    }
}

#[test]
fn a_quota_that_is_used_up_is_told_by_set_and_deployment_until_it_is_wider() {
    let cluster = cluster();
    cluster.create(&kinds::RESOURCE_QUOTA, &json!({"metadata": {"name": "few"}, "spec": {"hard": {"pods": "2"}}}));
    set_image(&cluster, "web:2");
    cluster.wait(|state| condition(&deployment(state), "ReplicaFailure")["status"] == "True");
    let failure = condition(&deployment(&cluster.state()), "ReplicaFailure");
    assert_eq!(failure["reason"], "FailedCreate");
    let message = failure["message"].as_str().unwrap();
    assert!(message.contains("exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2"), "{message}");
    cluster.change(&kinds::RESOURCE_QUOTA, "few", |quota| quota["spec"]["hard"]["pods"] = json!("9"));
    cluster.wait(|state| available(state, 2) && condition(&deployment(state), "ReplicaFailure").is_null());
}

#[test]
fn somebody_else_comes_in_between() {
    // A new image, another number, the end: each right after the new set has its first pod.
    type Deed = fn(&mut State);
    type End = fn(&State) -> bool;
    let deeds: [(Deed, End); 3] = [
        (
            |state| {
                state.store.change(&kinds::DEPLOYMENT, ("default", "web"), &By::new("other"), |web| {
                    web["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:3");
                });
            },
            |state| available(state, 2) && waiting(state, "web:3").len() == 2,
        ),
        (
            |state| {
                let autoscaler = By::through("horizontal-pod-autoscaler", "scale");
                state.store.change(&kinds::DEPLOYMENT, ("default", "web"), &autoscaler, |web| {
                    web["spec"]["replicas"] = json!(6);
                });
            },
            |state| available(state, 6) && waiting(state, "web:2").len() == 6,
        ),
        (
            |state| _ = state.store.remove(&kinds::DEPLOYMENT, "default", "web"),
            |state| deployment(state).is_none() && state.store.list(&kinds::POD, "default").is_empty(),
        ),
    ];
    for (deed, end) in deeds {
        let cluster = cluster();
        cluster
            .once(|event| event.kind.kind == "Pod" && event.object["spec"]["containers"][0]["image"] == "web:2", deed);
        set_image(&cluster, "web:2");
        cluster.wait(end);
    }
}

#[test]
fn a_paused_deployment_takes_a_template_and_rolls_it_out_when_it_goes_on() {
    let cluster = cluster();
    cluster.change(&kinds::DEPLOYMENT, "web", |web| web["spec"]["paused"] = json!(true));
    set_image(&cluster, "web:2");
    cluster.wait(|state| {
        let web = deployment(state).unwrap();
        web["status"]["observedGeneration"] == web["metadata"]["generation"] && web["spec"]["paused"] == true
    });
    assert!(waiting(&cluster.state(), "web:2").is_empty());
    cluster.change(&kinds::DEPLOYMENT, "web", |web| web["spec"]["paused"] = json!(false));
    cluster.wait(|state| available(state, 2) && waiting(state, "web:2").len() == 2);
}

#[test]
fn a_deployment_that_recreates_has_no_two_versions_at_once() {
    let cluster = Cluster::start();
    let mut all = web();
    all["spec"]["strategy"] = json!({"type": "Recreate"});
    cluster.create(&kinds::DEPLOYMENT, &all);
    cluster.wait(|state| available(state, 2));
    set_image(&cluster, "web:2");
    cluster.wait(|state| available(state, 2) && waiting(state, "web:2").len() == 2);
    let mut running = std::collections::BTreeMap::new();
    for event in cluster.history(&kinds::POD) {
        let pod = &event.object;
        let name = pod["metadata"]["name"].as_str().unwrap().to_owned();
        if event.change == crate::kubernetes::Change::Deleted {
            running.remove(&name);
        } else {
            running.insert(name, pod["spec"]["containers"][0]["image"].clone());
        }
        assert!(running.values().all(|image| image == running.values().next().unwrap()), "{running:?}");
    }
}

#[test]
fn a_pod_is_available_only_after_it_was_ready_for_long_enough() {
    let cluster = Cluster::start();
    let mut slow = web();
    slow["spec"]["minReadySeconds"] = json!(3);
    cluster.create(&kinds::DEPLOYMENT, &slow);
    cluster.wait(|state| available(state, 2));
    let ready_first = cluster.history(&kinds::DEPLOYMENT).iter().any(|event| {
        event.object["status"]["readyReplicas"] == 2 && event.object["status"]["availableReplicas"].is_null()
    });
    assert!(ready_first);
}

fn stateful_set(image: &str) -> Value {
    let mut set = web();
    set["kind"] = json!("StatefulSet");
    set["metadata"]["name"] = json!("db");
    set["spec"]["replicas"] = json!(3);
    set["spec"]["serviceName"] = json!("db");
    set["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
    set
}

fn images(state: &State) -> Vec<String> {
    let pods = state.store.list(&kinds::POD, "default");
    pods.iter()
        .map(|pod| format!("{} {}", pod["metadata"]["name"], pod["spec"]["containers"][0]["image"]).replace('"', ""))
        .collect()
}

#[test]
fn a_stateful_set_is_made_upwards_and_renewed_downwards_to_its_partition() {
    let cluster = Cluster::start();
    cluster.create(&kinds::STATEFUL_SET, &stateful_set("db:1"));
    let status = |state: &State| {
        state.store.get(&kinds::STATEFUL_SET, "default", "db").map(|set| set["status"].clone()).unwrap_or_default()
    };
    cluster.wait(|state| status(state)["readyReplicas"] == 3 && status(state)["updatedReplicas"] == 3);
    let first = status(&cluster.state());
    assert_eq!(first["currentRevision"], first["updateRevision"]);
    let made: Vec<_> = cluster
        .history(&kinds::POD)
        .iter()
        .filter(|event| event.before.is_none())
        .map(|event| event.object["metadata"]["name"].clone())
        .collect();
    assert_eq!(made, ["db-0", "db-1", "db-2"]);
    cluster.change(&kinds::STATEFUL_SET, "db", |set| {
        set["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(1);
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!("db:2");
    });
    cluster.wait(|state| status(state)["readyReplicas"] == 3 && status(state)["updatedReplicas"] == 2);
    assert_eq!(images(&cluster.state()), ["db-0 db:1", "db-1 db:2", "db-2 db:2"]);
    let held = status(&cluster.state());
    assert_ne!(held["currentRevision"], held["updateRevision"]);
    assert_eq!((&held["currentRevision"], &held["currentReplicas"]), (&first["currentRevision"], &json!(1)));
    cluster.change(&kinds::STATEFUL_SET, "db", |set| {
        set["spec"]["updateStrategy"]["rollingUpdate"]["partition"] = json!(0);
    });
    cluster.wait(|state| status(state)["currentRevision"] == held["updateRevision"]);
    assert_eq!(images(&cluster.state()), ["db-0 db:2", "db-1 db:2", "db-2 db:2"]);
    let gone: Vec<_> = cluster
        .history(&kinds::POD)
        .iter()
        .filter(|event| event.change == crate::kubernetes::Change::Deleted)
        .map(|event| event.object["metadata"]["name"].clone())
        .collect();
    assert_eq!(gone, ["db-2", "db-1", "db-0"]);
}

#[test]
fn a_daemon_set_renews_one_node_at_a_time() {
    let cluster = Cluster::start();
    let mut set = web();
    set["kind"] = json!("DaemonSet");
    set["spec"].as_object_mut().unwrap().shift_remove("replicas");
    cluster.create(&kinds::DAEMON_SET, &set);
    let status = |state: &State| {
        state.store.get(&kinds::DAEMON_SET, "default", "web").map(|set| set["status"].clone()).unwrap_or_default()
    };
    let done = move |state: &State| {
        ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"]
            .iter()
            .all(|field| status(state)[*field] == 2)
    };
    cluster.wait(done);
    let before = cluster.state().store.version();
    cluster.change(&kinds::DAEMON_SET, "web", |set| {
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
    });
    cluster.wait(move |state| done(state) && waiting(state, "web:2").len() == 2);
    let fewest = cluster
        .history(&kinds::DAEMON_SET)
        .iter()
        .filter(|event| event.version > before)
        .map(|event| event.object["status"]["numberAvailable"].as_i64().unwrap_or_default())
        .min();
    assert_eq!(fewest, Some(1));
}

fn job(name: &str, container: &Value) -> Value {
    let spec = json!({"restartPolicy": "Never", "containers": [container]});
    json!({"metadata": {"name": name}, "spec": {"backoffLimit": 1, "template": {"spec": spec}}})
}

#[test]
fn a_job_runs_its_command_logs_it_and_ends_as_that_ends() {
    for (command, kind, reason, field, count) in [
        ("echo done", "Complete", "CompletionsReached", "succeeded", 1),
        ("echo failed; exit 4", "Failed", "BackoffLimitExceeded", "failed", 2),
    ] {
        let cluster = Cluster::start();
        cluster.create(
            &kinds::JOB,
            &job("migrate", &json!({"name": "m", "image": "db:1", "command": ["sh", "-c", command]})),
        );
        cluster.wait(|state| condition(&state.store.get(&kinds::JOB, "default", "migrate"), kind)["status"] == "True");
        let job = cluster.object(&kinds::JOB, "default", "migrate").unwrap();
        assert_eq!(job["status"][field], count);
        assert_eq!(condition(&Some(std::sync::Arc::new(job)), kind)["reason"], reason);
        let pods = cluster.objects(&kinds::POD, "default");
        assert_eq!(pods.len(), count);
        let code = &pods[0]["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"];
        assert_eq!(*code, if kind == "Complete" { 0 } else { 4 });
    }
}

#[test]
fn a_job_that_takes_too_long_is_ended() {
    let cluster = Cluster::start();
    let mut slow = job("slow", &json!({"name": "m", "image": "slow:1"}));
    slow["spec"]["activeDeadlineSeconds"] = json!(2);
    cluster
        .state()
        .images
        .set("slow:1", Behaviour::Exits { after: Duration::from_mins(10), code: 0, log: String::new() });
    cluster.create(&kinds::JOB, &slow);
    cluster.wait(|state| {
        condition(&state.store.get(&kinds::JOB, "default", "slow"), "Failed")["reason"] == "DeadlineExceeded"
    });
    cluster.wait(|state| state.store.list(&kinds::POD, "default").is_empty());
}

#[test]
fn what_happened_to_a_pod_is_told_in_events() {
    let cluster = cluster();
    cluster.state().images.set("web:bad", Behaviour::Missing);
    set_image(&cluster, "web:bad");
    cluster.wait(|state| state.store.list(&kinds::EVENT, "default").iter().any(|event| event["reason"] == "BackOff"));
    let reasons: Vec<_> = cluster
        .objects(&kinds::EVENT, "default")
        .iter()
        .map(|event| format!("{} {}", event["involvedObject"]["kind"], event["reason"]).replace('"', ""))
        .collect();
    for told in
        ["Deployment ScalingReplicaSet", "ReplicaSet SuccessfulCreate", "Pod Scheduled", "Pod Failed", "Pod BackOff"]
    {
        assert!(reasons.iter().any(|reason| reason == told), "{told}: {reasons:?}");
    }
}
