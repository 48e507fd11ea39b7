//! What keeps a `StatefulSet` from going back. Its controller renews no pod before every one is ready, and
//! waits for that also where a pod never will be, since it is of a template that is no longer wanted. It
//! goes on when somebody deletes such a pod.
//!
//! Invariant: only pods are named that the set would replace anyway, if it came to them.

use serde_json::Value;

use super::object::{count, holds, is_going, is_owned_by, name, text, uid};

/// The pods that a set waits for in vain.
pub(super) fn hindrances<'a>(set: &Value, pods: impl IntoIterator<Item = &'a Value>) -> Vec<&'a Value> {
    let is_in_order = text(set, "/kind") == "StatefulSet"
        && text(set, "/spec/podManagementPolicy") != "Parallel"
        && text(set, "/spec/updateStrategy/type") != "OnDelete";
    let is_seen = count(set, "/metadata/generation") <= count(set, "/status/observedGeneration");
    let newest = text(set, "/status/updateRevision");
    if !is_in_order || !is_seen || newest.is_empty() {
        return Vec::new();
    }
    let partition = count(set, "/spec/updateStrategy/rollingUpdate/partition");
    let is_left = |pod: &Value| {
        let revision = pod.pointer("/metadata/labels").and_then(|labels| labels.get("controller-revision-hash"));
        let number = name(pod).rsplit('-').next().and_then(|number| number.parse::<u64>().ok());
        revision.and_then(Value::as_str) != Some(newest) && number.is_some_and(|number| number >= partition)
    };
    let pods = pods.into_iter().filter(|pod| is_owned_by(pod, uid(set)) && !is_going(pod) && !holds(pod, "Ready"));
    pods.filter(|pod| is_left(pod)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(name: &str, revision: &str, ready: &str) -> Value {
        json!({
            "metadata": {"name": name, "uid": name, "ownerReferences": [{"uid": "set"}],
                "labels": {"controller-revision-hash": revision}},
            "status": {"conditions": [{"type": "Ready", "status": ready}]},
        })
    }

    fn set() -> Value {
        json!({
            "kind": "StatefulSet", "metadata": {"uid": "set", "generation": 3},
            "spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}},
            "status": {"observedGeneration": 3, "updateRevision": "good"},
        })
    }

    #[test]
    fn a_pod_is_in_the_way_if_it_is_to_be_replaced_and_will_never_be_ready() {
        let pods = [
            pod("db-0", "bad", "False"),
            pod("db-1", "bad", "False"),
            pod("db-2", "bad", "True"),
            pod("db-3", "good", "False"),
        ];
        let named = |set: &Value| hindrances(set, &pods).iter().map(|pod| name(pod).to_owned()).collect::<Vec<_>>();
        // The first is below the partition, the third is renewed in its turn, the last is what is wanted.
        assert_eq!(named(&set()), ["db-1"]);
        let mut unseen = set();
        unseen["metadata"]["generation"] = 4.into();
        assert!(named(&unseen).is_empty());
        for (pointer, value) in [("/spec/podManagementPolicy", "Parallel"), ("/kind", "DaemonSet")] {
            let mut other = set();
            match other.pointer_mut(pointer) {
                Some(place) => *place = value.into(),
                None => other["spec"]["podManagementPolicy"] = value.into(),
            }
            assert!(named(&other).is_empty(), "{value}");
        }
    }
}
