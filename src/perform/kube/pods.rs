//! What is wrong with a pod: pure, from one look at it. Which pods are the new ones is decided by who
//! they belong to, never by their names.
//!
//! Invariant: a pod that is ready is not ailing, whatever it went through before.

use serde_json::Value;

use super::object::{condition, holds, is_going, is_owned_by, name, text, uid};

/// Reasons that a container waits for and that don't pass by themselves.
const STUCK: [&str; 9] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CrashLoopBackOff",
    "CreateContainerError",
    "CreateContainerConfigError",
    "RunContainerError",
    "ImageInspectError",
];

/// What is wrong with a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ailment {
    /// Its name.
    pub(super) pod: String,
    /// Its identity.
    pub(super) uid: String,
    /// Whose log says more; `None`: none has begun.
    pub(super) container: Option<String>,
    /// `ImagePullBackOff`, `Unschedulable`.
    pub(super) reason: String,
    /// What the cluster says of it; empty: nothing.
    pub(super) message: String,
    /// Whether the container that ended before this one has the log.
    pub(super) previous: bool,
}

impl Ailment {
    /// `pod web-7d4b-x2x: CrashLoopBackOff: back-off 10s restarting failed container`.
    pub(super) fn words(&self) -> String {
        let message = self.message.lines().next().unwrap_or_default();
        let message = if message.is_empty() { String::new() } else { format!(": {message}") };
        format!("pod {}: {}{message}", self.pod, self.reason)
    }

    /// Whether room on a node may come by itself, so that it is waited for longer.
    pub(super) fn is_for_want_of_room(&self) -> bool {
        self.reason == "Unschedulable"
    }
}

/// What is wrong with the pod and doesn't pass by itself; `None`: nothing yet.
pub(super) fn ailment(pod: &Value) -> Option<Ailment> {
    if is_going(pod) || holds(pod, "Ready") || text(pod, "/status/phase") == "Succeeded" {
        return None;
    }
    let found = |container: Option<&Value>, reason: &str, message: &str, previous: bool| Ailment {
        pod: name(pod).to_owned(),
        uid: uid(pod).to_owned(),
        container: container.map(|container| text(container, "/name").to_owned()),
        reason: reason.to_owned(),
        message: message.to_owned(),
        previous,
    };
    for container in containers(pod) {
        let reason = text(container, "/state/waiting/reason");
        if STUCK.contains(&reason) {
            let ended = container.pointer("/lastState/terminated");
            let message = match ended {
                Some(ended) if reason == "CrashLoopBackOff" => ended_in_words(container, ended),
                _ => text(container, "/state/waiting/message").to_owned(),
            };
            let has_log = ended.is_some().then_some(container);
            return Some(found(has_log, reason, &message, ended.is_some()));
        }
    }
    let scheduled = condition(pod, "PodScheduled")?;
    (text(scheduled, "/status") == "False" && text(scheduled, "/reason") == "Unschedulable")
        .then(|| found(None, "Unschedulable", text(scheduled, "/message"), false))
}

/// Why a pod isn't ready yet, for who waited in vain; `None`: it is.
pub(super) fn unready(pod: &Value) -> Option<Ailment> {
    if is_going(pod) || holds(pod, "Ready") || text(pod, "/status/phase") == "Succeeded" {
        return None;
    }
    if let Some(ailment) = ailment(pod) {
        return Some(ailment);
    }
    let started = containers(pod).find(|container| container.pointer("/state/running").is_some());
    let ended = containers(pod).find(|container| container.pointer("/state/terminated").is_some());
    let (reason, message) =
        match (ended.and_then(|container| container.pointer("/state/terminated")), condition(pod, "Ready")) {
            (Some(state), _) => ("ended", ended.map(|container| ended_in_words(container, state)).unwrap_or_default()),
            (None, Some(ready)) => ("not ready", text(ready, "/message").to_owned()),
            (None, None) => ("not ready", text(pod, "/status/phase").to_lowercase()),
        };
    Some(Ailment {
        pod: name(pod).to_owned(),
        uid: uid(pod).to_owned(),
        container: ended.or(started).map(|container| text(container, "/name").to_owned()),
        reason: reason.to_owned(),
        message,
        previous: false,
    })
}

fn ended_in_words(container: &Value, ended: &Value) -> String {
    let code = ended.get("exitCode").and_then(Value::as_i64).unwrap_or_default();
    let reason = text(ended, "/reason");
    let why = if matches!(reason, "" | "Error") { String::new() } else { format!(" ({reason})") };
    let restarts = container.get("restartCount").and_then(Value::as_u64).unwrap_or_default();
    let again = if restarts > 0 { format!(", restarted {restarts} times") } else { String::new() };
    format!("{} ended with exit code {code}{why}{again}", text(container, "/name"))
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .filter_map(|pointer| pod.pointer(pointer).and_then(Value::as_array))
        .flatten()
}

/// Which of the pods are of an object's newest template; `sets` are the `ReplicaSets` of a Deployment.
pub(super) fn is_new(pod: &Value, object: &Value, sets: &[Value]) -> bool {
    match text(object, "/kind") {
        "Deployment" => newest(object, sets).is_some_and(|set| is_owned_by(pod, uid(set))),
        "StatefulSet" => {
            is_owned_by(pod, uid(object))
                && text(pod, "/metadata/labels/controller-revision-hash") == text(object, "/status/updateRevision")
        }
        "DaemonSet" => is_owned_by(pod, uid(object)) && has_images_of(pod, object),
        _ => is_owned_by(pod, uid(object)),
    }
}

/// The `ReplicaSet` of a Deployment's newest template.
pub(super) fn newest<'a>(object: &Value, sets: &'a [Value]) -> Option<&'a Value> {
    sets.iter().find(|set| is_owned_by(set, uid(object)) && has_template_of(set, object))
}

fn has_template_of(set: &Value, object: &Value) -> bool {
    let Some(mut template) = set.pointer("/spec/template").cloned() else { return false };
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.shift_remove("pod-template-hash");
    }
    Some(&template) == object.pointer("/spec/template")
}

/// A daemon's pod doesn't name its template: its images tell it.
fn has_images_of(pod: &Value, object: &Value) -> bool {
    let images = |of: Option<&Value>| -> Vec<String> {
        let all = of.and_then(Value::as_array).into_iter().flatten();
        all.map(|container| text(container, "/image").to_owned()).collect()
    };
    images(pod.pointer("/spec/containers")) == images(object.pointer("/spec/template/spec/containers"))
}

/// What hinders the newest `ReplicaSet` from making pods; `None`: nothing.
pub(super) fn hindered(object: &Value, sets: &[Value]) -> Option<String> {
    let set = newest(object, sets)?;
    let failure = condition(set, "ReplicaFailure").filter(|failure| text(failure, "/status") == "True")?;
    let (reason, message) = (text(failure, "/reason"), text(failure, "/message"));
    Some(format!("no pods can be made of its new template: {reason}: {message}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(status: &Value) -> Value {
        json!({"metadata": {"name": "web-x", "uid": "p"}, "status": status})
    }

    #[test]
    fn an_image_that_does_not_exist_is_told_with_the_cluster_s_words() {
        let pod = pod(&json!({"phase": "Pending", "containerStatuses": [{"name": "web", "state": {"waiting":
            {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"web:nope\""}}}]}));
        let ailment = ailment(&pod).unwrap();
        assert_eq!(ailment.words(), "pod web-x: ImagePullBackOff: Back-off pulling image \"web:nope\"");
        assert_eq!(ailment.container, None);
    }

    #[test]
    fn a_crash_loop_is_told_with_the_exit_code_and_the_log_of_the_container_before() {
        let pod = pod(&json!({"phase": "Running", "containerStatuses": [{"name": "web", "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
            "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}));
        let ailment = ailment(&pod).unwrap();
        assert_eq!(ailment.message, "web ended with exit code 137 (OOMKilled), restarted 3 times");
        assert!(ailment.previous && ailment.container.as_deref() == Some("web"));
    }

    #[test]
    fn a_pod_that_is_only_being_made_is_not_ailing_but_not_ready() {
        let pod = pod(&json!({"phase": "Pending", "containerStatuses": [{"name": "web", "state": {"waiting":
            {"reason": "ContainerCreating"}}}]}));
        assert_eq!(ailment(&pod), None);
        assert_eq!(unready(&pod).unwrap().words(), "pod web-x: not ready: pending");
    }

    #[test]
    fn only_the_pods_of_the_newest_template_are_new() {
        let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"image": "web:2"}]}});
        let mut hashed = template.clone();
        hashed["metadata"]["labels"]["pod-template-hash"] = "abc".into();
        let object = json!({"kind": "Deployment", "metadata": {"uid": "d"}, "spec": {"template": template}});
        let set = |uid: &str, template: &Value| json!({"metadata": {"uid": uid, "ownerReferences": [{"uid": "d"}]}, "spec": {"template": template}});
        let sets = [set("old", &json!({"spec": {}})), set("new", &hashed)];
        let of = |owner: &str| json!({"metadata": {"ownerReferences": [{"uid": owner}]}});
        assert!(is_new(&of("new"), &object, &sets));
        assert!(!is_new(&of("old"), &object, &sets));
    }
}
