//! The fixture does what the recorded server did: the same operations are done to both, and what the
//! watches show is compared, as far as it doesn't depend on who was quicker. Not compared: versions,
//! times, identities, generated names, `terminatingReplicas` (how long an end takes is the kubelet's), and
//! which of several pods goes first.

use std::sync::OnceLock;

use hyper::Method;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::client::{client, deployments, run, web};
use crate::kubernetes::{Behaviour, Change, Cluster, kinds};
use crate::recording::{by_object, count, states, traced, watch};

/// What the fixture's watches show of the recorded operations.
struct Replayed {
    deployments: Vec<(String, Value)>,
    sets: Vec<(String, Value)>,
    pods: Vec<(String, Value)>,
}

/// The recorded operations, done once to the fixture.
fn replayed() -> &'static Replayed {
    static REPLAYED: OnceLock<Replayed> = OnceLock::new();
    REPLAYED.get_or_init(|| {
        let cluster = Cluster::start();
        cluster.state().images.set("web:broken", Behaviour::Missing);
        run(replay(&cluster));
        let history = |kind| {
            let shown = |change| match change {
                Change::Added => "ADDED",
                Change::Modified => "MODIFIED",
                Change::Deleted => "DELETED",
            };
            cluster
                .history(kind)
                .iter()
                .map(|event| (shown(event.change).to_owned(), Value::clone(&event.object)))
                .collect()
        };
        Replayed {
            deployments: history(&kinds::DEPLOYMENT),
            sets: history(&kinds::REPLICA_SET),
            pods: history(&kinds::POD),
        }
    })
}

fn by(manager: &str) -> PatchParams {
    PatchParams { field_manager: Some(manager.to_owned()), ..PatchParams::default() }
}

/// Waits until the Deployment's trace is this one.
fn until(cluster: &Cluster, trace: &str) {
    cluster
        .wait(|state| state.store.get(&kinds::DEPLOYMENT, "default", "web").is_some_and(|web| traced(&web) == trace));
}

async fn replay(cluster: &Cluster) {
    let api = deployments(&client(cluster).await);
    let image = |image: &str| {
        Patch::Strategic(json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}))
    };
    let create = PostParams { field_manager: Some("kubectl-create".to_owned()), ..PostParams::default() };
    api.create(&create, &serde_json::from_value(web()).unwrap()).await.unwrap();
    until(cluster, "1,1,2,2,2,2,NewReplicaSetAvailable");
    // Its first status came after that of its new set, both times; at the restart it came before.
    cluster.state().pace.late_status = true;
    api.patch("web", &by("kubectl"), &image("web:2")).await.unwrap();
    until(cluster, "2,2,2,2,2,2,NewReplicaSetAvailable");
    let deadline = Patch::Merge(json!({"spec": {"progressDeadlineSeconds": 3}}));
    api.patch("web", &by("kubectl-patch"), &deadline).await.unwrap();
    until(cluster, "3,3,2,2,2,2,NewReplicaSetAvailable");
    api.patch("web", &by("kubectl"), &image("web:broken")).await.unwrap();
    until(cluster, "4,4,3,1,2,2,ProgressDeadlineExceeded");
    cluster.state().pace.late_status = false;
    api.patch("web", &by("kubectl"), &undo(cluster)).await.unwrap();
    until(cluster, "5,5,2,2,2,2,NewReplicaSetAvailable");
    let restarted = json!({"kubectl.kubernetes.io/restartedAt": "2026-11-21T21:37:57Z"});
    let restart = Patch::Strategic(json!({"spec": {"template": {"metadata": {"annotations": restarted}}}}));
    api.patch("web", &by("kubectl-rollout"), &restart).await.unwrap();
    until(cluster, "6,6,2,2,2,2,NewReplicaSetAvailable");
    api.patch_scale("web", &by("kubectl"), &Patch::Merge(json!({"spec": {"replicas": 1}}))).await.unwrap();
    until(cluster, "7,7,1,1,1,1,NewReplicaSetAvailable");
    let pause = Patch::Strategic(json!({"spec": {"paused": true}}));
    api.patch("web", &by("kubectl-rollout"), &pause).await.unwrap();
    until(cluster, "8,8,1,1,1,1,DeploymentPaused");
    // Every pod that was to go has gone before it is deleted.
    cluster.wait(|state| state.store.list(&kinds::POD, "default").len() == 1);
    cluster.wait(|state| {
        let web = state.store.get(&kinds::DEPLOYMENT, "default", "web");
        web.is_some_and(|web| count(&web, "/status/terminatingReplicas") == 0)
    });
    api.delete("web", &DeleteParams::background()).await.unwrap();
    cluster.wait(|state| state.store.list(&kinds::POD, "default").is_empty());
}

/// The template of the set before, put back whole.
fn undo(cluster: &Cluster) -> Patch<Value> {
    let sets = cluster.objects(&kinds::REPLICA_SET, "default");
    let second = |set: &&Value| set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2";
    let mut template = sets.iter().find(second).unwrap()["spec"]["template"].clone();
    template["metadata"]["labels"].as_object_mut().unwrap().shift_remove("pod-template-hash");
    let patch = json!([{"op": "replace", "path": "/spec/template", "value": template}]);
    Patch::Json(serde_json::from_value(patch).unwrap())
}

#[test]
fn a_deployment_goes_through_the_recorded_states_and_no_others() {
    let shown = |_: &str, object: &Value| traced(object);
    let (recorded, replayed) = (states(&watch("deployments"), shown), states(&replayed().deployments, shown));
    assert_eq!(replayed, recorded);
}

#[test]
fn its_conditions_say_the_same_in_the_same_words() {
    let said = |_: &str, object: &Value| {
        let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let mut said: Vec<_> = conditions
            .iter()
            .map(|condition| {
                let message = condition["message"].as_str().unwrap_or_default();
                // A set's name ends with a hash of its template, which every server works out for itself.
                let message = message.split('"').enumerate().map(|(index, part)| if index == 1 { "SET" } else { part });
                let message: Vec<_> = message.collect();
                format!("{} {} {} {}", condition["type"], condition["status"], condition["reason"], message.join("'"))
            })
            .collect();
        said.sort();
        said.join(" | ")
    };
    assert_eq!(states(&replayed().deployments, said), states(&watch("deployments"), said));
}

#[test]
fn its_sets_grow_and_shrink_as_recorded() {
    let shown = |kind: &str, set: &Value| {
        let numbers = ["/metadata/generation", "/status/observedGeneration", "/spec/replicas", "/status/replicas"];
        let numbers = numbers.map(|pointer| count(set, pointer).to_string());
        let served = ["/status/fullyLabeledReplicas", "/status/readyReplicas", "/status/availableReplicas"];
        let served = served.map(|pointer| count(set, pointer).to_string());
        format!("{kind} {} {}", numbers.join(","), served.join(","))
    };
    let each = |events: &[(String, Value)]| by_object(events).iter().map(|set| states(set, shown)).collect::<Vec<_>>();
    assert_eq!(each(&replayed().sets), each(&watch("replicasets")));
}

#[test]
fn its_sets_are_labelled_annotated_and_owned_as_recorded() {
    let shape = |_: &str, set: &Value| {
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(",");
        let mut owner = set["metadata"]["ownerReferences"].clone();
        owner[0]["uid"] = Value::Null;
        let mut annotations: Vec<_> = set["metadata"]["annotations"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        annotations.sort();
        let labels = [
            &set["metadata"]["labels"],
            &set["spec"]["selector"]["matchLabels"],
            &set["spec"]["template"]["metadata"]["labels"],
        ];
        format!("{owner} {annotations:?} {:?}", labels.map(keys))
    };
    let each = |events: &[(String, Value)]| by_object(events).iter().map(|set| states(set, shape)).collect::<Vec<_>>();
    assert_eq!(each(&replayed().sets), each(&watch("replicasets")));
}

#[test]
fn its_pods_live_and_end_as_recorded() {
    let shown = |kind: &str, pod: &Value| {
        let state = &pod["status"]["containerStatuses"][0]["state"];
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let conditions: Vec<_> =
            conditions.iter().map(|condition| format!("{}={}", condition["type"], condition["status"])).collect();
        let kind_of_state = state.as_object().and_then(|state| state.keys().next().cloned()).unwrap_or_default();
        format!(
            "{kind} {} {} {kind_of_state} {} {} {} grace={}",
            pod["metadata"]["generation"],
            pod["status"]["phase"],
            state["waiting"]["reason"],
            state["waiting"]["message"],
            conditions.join(","),
            pod["metadata"]["deletionGracePeriodSeconds"]
        )
    };
    let lives = |events: &[(String, Value)]| {
        let mut lives: Vec<_> = by_object(events).iter().map(|pod| states(pod, shown)).collect();
        lives.sort();
        lives
    };
    assert_eq!(lives(&replayed().pods), lives(&watch("pods")));
}

#[test]
fn its_pods_are_labelled_and_owned_as_recorded() {
    let shapes = |events: &[(String, Value)]| {
        let mut shapes: Vec<_> = by_object(events)
            .iter()
            .map(|pod| {
                let pod = &pod.last().unwrap().1;
                let mut owner = pod["metadata"]["ownerReferences"][0].clone();
                let set = owner["name"].as_str().unwrap().to_owned();
                assert!(pod["metadata"]["name"].as_str().unwrap().starts_with(&format!("{set}-")));
                assert_eq!(pod["metadata"]["generateName"], format!("{set}-"));
                assert_eq!(set, format!("web-{}", pod["metadata"]["labels"]["pod-template-hash"].as_str().unwrap()));
                (owner["uid"], owner["name"]) = (Value::Null, Value::Null);
                let labels: Vec<_> = pod["metadata"]["labels"].as_object().unwrap().keys().cloned().collect();
                let mut container = pod["spec"]["containers"][0].clone();
                container.as_object_mut().unwrap().shift_remove("volumeMounts");
                format!("{owner} {labels:?} {} {}", pod["metadata"]["annotations"], sorted(&container))
            })
            .collect();
        shapes.sort();
        shapes
    };
    assert_eq!(shapes(&replayed().pods), shapes(&watch("pods")));
}

/// An object's text, whatever the order of its fields.
fn sorted(value: &Value) -> String {
    let mut fields: Vec<_> = value.as_object().unwrap().iter().map(|(name, field)| format!("{name}:{field}")).collect();
    fields.sort();
    fields.join(",")
}

#[test]
fn its_fields_belong_to_the_same_managers_in_the_end() {
    let owned = |events: &[(String, Value)]| {
        let (_, last) = events.last().unwrap();
        let mut owned: Vec<_> = last["metadata"]["managedFields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                let mut leaves = Vec::new();
                leaves_of(&entry["fieldsV1"], "", &mut leaves);
                leaves.sort();
                format!("{} {} {}: {}", entry["manager"], entry["operation"], entry["subresource"], leaves.join(" "))
            })
            .collect();
        owned.sort();
        owned
    };
    assert_eq!(owned(&replayed().deployments), owned(&watch("deployments")));
}

/// The fields of a book of owners; that a map itself is somebody's is left aside.
fn leaves_of(fields: &Value, path: &str, leaves: &mut Vec<String>) {
    let fields = fields.as_object().unwrap();
    let inner: Vec<_> = fields.iter().filter(|(name, _)| *name != ".").collect();
    if inner.is_empty() {
        leaves.push(path.to_owned());
    }
    for (name, inner) in inner {
        leaves_of(inner, &format!("{path}/{name}"), leaves);
    }
}

#[test]
fn what_the_server_fills_in_is_what_it_filled_in() {
    let first = |events: &[(String, Value)]| events.iter().find(|(kind, _)| kind == "ADDED").unwrap().1.clone();
    let (recorded, replayed) = (first(&watch("deployments")), first(&replayed().deployments));
    assert_eq!(replayed["spec"], recorded["spec"]);
    assert_eq!(replayed["status"], recorded["status"]);
}

#[test]
fn a_watch_that_begins_with_what_there_is_says_where_that_ends_as_recorded() {
    let cluster = Cluster::start();
    run(async {
        let client = client(&cluster).await;
        for (of, path) in [
            ("deployments", "/apis/apps/v1/namespaces/default/deployments"),
            ("replicasets", "/apis/apps/v1/namespaces/default/replicasets"),
            ("pods", "/api/v1/namespaces/default/pods"),
        ] {
            let query = "watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=0";
            let request = hyper::Request::get(format!("{path}?{query}")).body(Vec::new()).unwrap();
            let text = client.request_text(request).await.unwrap();
            let mut shown: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            let (kind, mut recorded) = watch(of).remove(0);
            (shown["object"]["metadata"]["resourceVersion"], recorded["metadata"]["resourceVersion"]) =
                (Value::Null, Value::Null);
            assert_eq!(shown, json!({"type": kind, "object": recorded}));
        }
    });
}

#[test]
fn a_watch_from_an_old_version_shows_what_happened_since() {
    // The recorded one: what a watch from the beginning had shown, but for the deletion, which came later.
    let (from_start, from_old) = (watch("deployments"), watch("old-rv"));
    assert_eq!(from_start[1..=from_old.len()], from_old[..]);
    let cluster = Cluster::start();
    run(async {
        let api: Api<Deployment> = deployments(&client(&cluster).await);
        let created = api.create(&PostParams::default(), &serde_json::from_value(web()).unwrap()).await.unwrap();
        until(&cluster, "1,1,2,2,2,2,NewReplicaSetAvailable");
        let version = created.metadata.resource_version.unwrap();
        let path = format!(
            "/apis/apps/v1/namespaces/default/deployments?watch=true&resourceVersion={version}&timeoutSeconds=0"
        );
        let request = hyper::Request::builder().method(Method::GET).uri(path).body(Vec::new()).unwrap();
        let text = client(&cluster).await.request_text(request).await.unwrap();
        let shown: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let happened: Vec<_> =
            cluster.history(&kinds::DEPLOYMENT).iter().skip(1).map(|event| Value::clone(&event.object)).collect();
        assert_eq!(shown.iter().map(|event| event["object"].clone()).collect::<Vec<_>>(), happened);
    });
}
