use serde_json::{Value, json};

use super::*;

/// Generation, observed, replicas, updated, available.
type Row = (u64, u64, u64, u64, u64);

fn deployment(wanted: u64, (generation, observed, replicas, updated, available): Row, reason: &str) -> Value {
    json!({
        "kind": "Deployment",
        "metadata": {"name": "web", "uid": "1", "generation": generation},
        "spec": {"replicas": wanted, "template": {"v": 2}, "progressDeadlineSeconds": 600},
        "status": {
            "observedGeneration": observed, "replicas": replicas, "updatedReplicas": updated,
            "availableReplicas": available,
            "conditions": [{"type": "Progressing", "status": "True", "reason": reason, "lastUpdateTime": "t1"}],
        },
    })
}

fn made() -> Made {
    Made { uid: Some("1".into()), template: Some(json!({"v": 2})), ..Made::default() }
}

fn waiting(words: &str) -> Stage {
    Stage::Waiting(words.into())
}

#[test]
fn a_deployment_is_done_only_when_every_replica_is_new_and_available_and_no_old_one_is_left() {
    let table = [
        ((2, 1, 2, 2, 2), waiting("its controller hasn't seen the change yet")),
        ((2, 2, 3, 1, 2), waiting("1 of 2 updated, 2 old left")),
        ((2, 2, 2, 1, 2), waiting("1 of 2 updated, 1 old left")),
        ((2, 2, 3, 2, 2), waiting("2 of 2 updated, 1 old terminating")),
        ((2, 2, 2, 2, 1), waiting("2 of 2 updated, 1 of 2 available")),
        ((2, 2, 2, 2, 2), Stage::Done),
    ];
    for (row, stage_of_it) in table {
        assert_eq!(stage(&deployment(2, row, "ReplicaSetUpdated"), &made()), stage_of_it, "{row:?}");
    }
}

#[test]
fn counters_that_are_not_there_are_zero() {
    let object =
        json!({"kind": "Deployment", "metadata": {"uid": "1", "generation": 1}, "spec": {"replicas": 2}, "status": {}});
    assert_eq!(stage(&object, &Made::default()), waiting("its controller hasn't seen the change yet"));
    let mut seen = object;
    seen["status"]["observedGeneration"] = 1.into();
    assert_eq!(stage(&seen, &Made::default()), waiting("0 of 2 updated, 0 of 2 available"));
    seen["spec"]["replicas"] = 0.into();
    assert_eq!(stage(&seen, &Made::default()), Stage::Done);
}

#[test]
fn a_deadline_counts_only_when_it_is_not_the_one_of_before() {
    let object = deployment(2, (5, 5, 3, 1, 2), "ProgressDeadlineExceeded");
    assert!(matches!(stage(&object, &made()), Stage::Failed(_)));
    let stale = Made { stale: condition(&object, "Progressing").cloned(), ..made() };
    assert!(matches!(stage(&object, &stale), Stage::Waiting(_)));
    let mut anew = object.clone();
    anew["status"]["conditions"][0]["lastUpdateTime"] = "t2".into();
    assert!(matches!(stage(&anew, &stale), Stage::Failed(_)));
    // Of an older generation it says nothing, however new it is.
    let older = deployment(2, (6, 5, 3, 1, 2), "ProgressDeadlineExceeded");
    assert!(matches!(stage(&older, &made()), Stage::Waiting(_)));
}

#[test]
fn what_somebody_else_made_of_it_is_never_taken_for_ours() {
    let done = deployment(2, (2, 2, 2, 2, 2), "NewReplicaSetAvailable");
    let mut other = done.clone();
    other["spec"]["template"] = json!({"v": 3});
    assert_eq!(stage(&other, &made()), Stage::Superseded("its pods' template".into()));
    let mut other = done.clone();
    other["metadata"]["uid"] = "2".into();
    assert_eq!(stage(&other, &made()), Stage::Recreated);
    let mut other = done.clone();
    other["spec"]["paused"] = true.into();
    assert_eq!(stage(&other, &made()), Stage::Paused);
    let scaled = Made { replicas: Some(3), ..made() };
    assert_eq!(stage(&done, &scaled), Stage::Superseded("its replicas (to 2)".into()));
    let mut other = done;
    other["metadata"]["deletionTimestamp"] = "t".into();
    assert!(matches!(stage(&other, &made()), Stage::Failed(_)));
}

#[test]
fn a_stateful_set_is_done_when_all_are_ready_and_those_above_its_partition_are_new() {
    let object = |partition: Option<u64>, ready: u64, updated: u64| {
        let strategy = match partition {
            Some(partition) => json!({"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}),
            None => json!({"type": "RollingUpdate"}),
        };
        json!({"kind": "StatefulSet", "metadata": {"generation": 2}, "spec": {"replicas": 3, "updateStrategy": strategy},
            "status": {"observedGeneration": 2, "readyReplicas": ready, "updatedReplicas": updated,
                "availableReplicas": ready, "updateRevision": "b", "currentRevision": "a"}})
    };
    assert_eq!(stage(&object(Some(0), 2, 3), &Made::default()), waiting("3 of 3 updated, 2 of 3 available"));
    assert_eq!(stage(&object(Some(0), 3, 2), &Made::default()), waiting("2 of 3 updated"));
    assert_eq!(stage(&object(Some(0), 3, 3), &Made::default()), Stage::Done);
    assert_eq!(stage(&object(Some(2), 3, 1), &Made::default()), Stage::Done);
    assert_eq!(stage(&object(None, 3, 3), &Made::default()), waiting("3 of 3 updated"));
    let mut same = object(None, 3, 3);
    same["status"]["currentRevision"] = "b".into();
    assert_eq!(stage(&same, &Made::default()), Stage::Done);
    let mut on_delete = object(None, 3, 3);
    on_delete["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
    assert!(matches!(stage(&on_delete, &Made::default()), Stage::Failed(_)));
    assert!(stays_behind(&on_delete).is_some());
}

#[test]
fn a_daemon_set_is_done_when_every_node_has_a_new_one_that_is_available() {
    let object = |updated: u64, available: u64| {
        json!({"kind": "DaemonSet", "metadata": {"generation": 2}, "spec": {},
            "status": {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available}})
    };
    assert_eq!(stage(&object(1, 3), &Made::default()), waiting("1 of 3 updated"));
    assert_eq!(stage(&object(3, 2), &Made::default()), waiting("3 of 3 updated, 2 of 3 available"));
    assert_eq!(stage(&object(3, 3), &Made::default()), Stage::Done);
}

#[test]
fn a_job_is_done_when_it_is_complete_and_not_before() {
    let object = |conditions: Value| json!({"kind": "Job", "metadata": {"generation": 1}, "spec": {}, "status": {"active": 1, "failed": 2, "conditions": conditions}});
    assert_eq!(stage(&object(json!([])), &Made::default()), waiting("1 running, 0 completed, 2 failed"));
    assert_eq!(stage(&object(json!([{"type": "Complete", "status": "True"}])), &Made::default()), Stage::Done);
    let failed =
        json!([{"type": "Failed", "status": "True", "message": "Job has reached the specified backoff limit"}]);
    assert_eq!(
        stage(&object(failed), &Made::default()),
        Stage::Failed("Job has reached the specified backoff limit".into())
    );
}

/// The stream of Deployments that a real control plane sent: create, set image, a dead rollout, undo,
/// restart, scale, pause.
fn recorded() -> Vec<Value> {
    let stream = include_str!("../../../../tests/fixtures/kubernetes/recordings/watch-deployments.ndjson");
    let events = stream.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.filter(|event| event["type"] != "BOOKMARK").map(|event| event["object"].clone()).collect()
}

/// Follows the stream from the patch that led to this generation, as who sent it would.
fn replayed(generation: u64) -> Vec<Stage> {
    let stream = recorded();
    let start = stream.iter().position(|object| count(object, "/metadata/generation") == generation).unwrap();
    let made = Made {
        uid: Some(uid(&stream[start]).to_owned()),
        template: stream[start].pointer("/spec/template").cloned(),
        stale: start.checked_sub(1).and_then(|before| condition(&stream[before], "Progressing").cloned()),
        ..Made::default()
    };
    let own = stream[start..].iter().take_while(|object| count(object, "/metadata/generation") == generation);
    own.map(|object| stage(object, &made)).collect()
}

fn words(stages: &[Stage]) -> Vec<String> {
    let word = |stage: &Stage| match stage {
        Stage::Waiting(words) => words.clone(),
        other => format!("{other:?}").split('(').next().unwrap().to_owned(),
    };
    let mut words: Vec<_> = stages.iter().map(word).collect();
    words.dedup();
    words
}

#[test]
fn the_recorded_set_image_is_done_at_its_last_event_and_at_none_before() {
    assert_eq!(
        words(&replayed(2)),
        [
            "its controller hasn't seen the change yet",
            "1 of 2 updated, 2 old left",
            "1 of 2 updated, 1 old left",
            "2 of 2 updated, 1 old terminating",
            "Done",
        ]
    );
    let stages = replayed(2);
    assert_eq!(stages.iter().position(|stage| *stage == Stage::Done), Some(stages.len() - 1));
}

#[test]
fn the_recorded_dead_rollout_fails_by_its_deadline() {
    assert_eq!(
        words(&replayed(4)),
        ["its controller hasn't seen the change yet", "1 of 2 updated, 2 old left", "Failed"]
    );
}

#[test]
fn the_recorded_undo_is_not_failed_by_the_deadline_that_is_still_shown() {
    assert_eq!(
        words(&replayed(5)),
        ["its controller hasn't seen the change yet", "2 of 2 updated, 1 old terminating", "Done"]
    );
}

#[test]
fn the_recorded_restart_is_waited_for_from_no_updated_replica_on() {
    assert_eq!(
        words(&replayed(6)),
        [
            "its controller hasn't seen the change yet",
            "0 of 2 updated, 2 old left",
            "1 of 2 updated, 2 old left",
            "1 of 2 updated, 1 old left",
            "2 of 2 updated, 1 old terminating",
            "Done",
        ]
    );
}

#[test]
fn the_recorded_pause_is_paused_at_once() {
    assert_eq!(words(&replayed(8)), ["Paused"]);
}

#[test]
fn every_recorded_object_that_is_not_the_one_that_was_made_is_superseded() {
    let stream = recorded();
    let made = Made { template: stream[0].pointer("/spec/template").cloned(), ..Made::default() };
    let other = stream.iter().filter(|object| object.pointer("/spec/template") != made.template.as_ref());
    for object in other {
        let stage = stage(object, &made);
        let is_going = object.pointer("/metadata/deletionTimestamp").is_some();
        assert!(is_going || matches!(stage, Stage::Superseded(_)), "{stage:?}");
    }
}

/// What becomes of one who made a generation and has seen so much of what was recorded of it: the first
/// answer that isn't to wait for more.
fn after_each_prefix(generation: u64) -> Vec<Stage> {
    let mut answer: Option<Stage> = None;
    let stages = replayed(generation).into_iter();
    stages
        .map(|stage| match (&answer, stage) {
            (Some(answer), _) => answer.clone(),
            (None, stage @ Stage::Waiting(_)) => stage,
            (None, stage) => answer.insert(stage).clone(),
        })
        .collect()
}

#[test]
fn after_every_prefix_of_what_was_recorded_the_answer_is_to_wait_until_the_one_that_it_ends_with() {
    // The generation, how many states of it were recorded, after how many of them there is an answer, and
    // which; the third is a deadline that was set, and the eighth a pause.
    let table = [
        (1, 6, 6, "Done"),
        (2, 9, 9, "Done"),
        (3, 2, 2, "Done"),
        (4, 5, 5, "Failed"),
        (5, 4, 4, "Done"),
        (6, 11, 11, "Done"),
        (7, 3, 3, "Done"),
        (8, 6, 1, "Paused"),
    ];
    for (generation, states, answered, answer) in table {
        let after = after_each_prefix(generation);
        assert_eq!(after.len(), states, "generation {generation}");
        for (index, stage) in after.iter().enumerate() {
            let words = format!("{stage:?}");
            let is_waiting = matches!(stage, Stage::Waiting(_));
            let seen = index + 1;
            assert_eq!(is_waiting, seen < answered, "generation {generation} after {seen}: {words}");
            assert!(is_waiting || words.starts_with(answer), "generation {generation} after {seen}: {words}");
        }
    }
}

#[test]
fn what_is_done_was_done_by_what_was_recorded_of_its_pods_until_then() {
    let version = |object: &Value| text(object, "/metadata/resourceVersion").parse::<u64>().unwrap();
    let stream = include_str!("../../../../tests/fixtures/kubernetes/recordings/watch-pods.ndjson");
    let events: Vec<Value> = stream.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for generation in [1, 2, 5, 6, 7] {
        let of_it = |object: &&Value| count(object, "/metadata/generation") == generation;
        let place = replayed(generation).iter().position(|stage| *stage == Stage::Done).unwrap();
        let stream = recorded();
        let done = stream.iter().filter(of_it).nth(place).unwrap();
        let mut pods = std::collections::BTreeMap::new();
        let until = events.iter().filter(|event| event["type"] != "BOOKMARK");
        for event in until.filter(|event| version(&event["object"]) <= version(done)) {
            let pod = &event["object"];
            if event["type"] == "DELETED" || is_going(pod) {
                pods.remove(uid(pod));
            } else {
                pods.insert(uid(pod).to_owned(), pod.clone());
            }
        }
        assert_eq!(pods.len() as u64, wanted(done), "generation {generation}");
        let image = text(done, "/spec/template/spec/containers/0/image");
        for pod in pods.values() {
            assert!(holds(pod, "Ready"), "generation {generation}: {}", text(pod, "/metadata/name"));
            assert_eq!(text(pod, "/spec/containers/0/image"), image, "generation {generation}");
        }
    }
}
