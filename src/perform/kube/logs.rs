//! `kube logs`, and which pod and container stand for something that has pods.
//!
//! Invariant: of several containers none is guessed: the one that is marked as the default, or the only one.

use std::time::Duration;

use kube::api::LogParams;
use serde_json::Value;

use super::super::ending::Ending;
use super::cluster::Cluster;
use super::object::{holds, is_going, name, selector, text};
use super::trouble::Trouble;
use crate::event::{Datum, Kept, Observation};
use crate::model::SubjectName;
use crate::plan::KubeName;

/// How much of a log is read.
const MOST_READ: i64 = 1024 * 1024;

/// Reads what a container has printed.
pub(super) async fn logs(
    cluster: &Cluster,
    object: &KubeName,
    container: Option<&str>,
    since: Option<Duration>,
    tail: Option<u32>,
) -> Ending {
    let read = async {
        let pod = pod_of(cluster, object).await?;
        let container = container_of(&pod, container)?;
        let params = LogParams {
            container: Some(container),
            since_seconds: since.map(|since| i64::try_from(since.as_secs().max(1)).unwrap_or(i64::MAX)),
            tail_lines: tail.map(i64::from),
            limit_bytes: Some(MOST_READ),
            ..LogParams::default()
        };
        cluster.log(namespace_of(cluster, &pod), name(&pod), &params).await
    };
    let log = match read.await {
        Ok(log) => log,
        Err(trouble) => return trouble.ending(),
    };
    let seen = Observation::default().with(SubjectName::Output, Datum::Kept(Kept::whole(&log)));
    if i64::try_from(log.len()).is_ok_and(|length| length >= MOST_READ) {
        return Ending::answered_badly(seen, "the log is longer than 1 MiB: ask for less of it with since= or tail=");
    }
    Ending::answered(seen)
}

/// The namespace that a pod is in.
pub(super) fn namespace_of<'a>(cluster: &'a Cluster, pod: &'a Value) -> &'a str {
    let namespace = text(pod, "/metadata/namespace");
    if namespace.is_empty() { &cluster.at.namespace } else { namespace }
}

/// The pod itself, or of something that has pods the newest that is ready.
pub(super) async fn pod_of(cluster: &Cluster, object: &KubeName) -> Result<Value, Trouble> {
    let place = cluster.place(object).await?;
    let found = cluster.find(&place).await?;
    if place.kind.resource.kind == "Pod" {
        return Ok(found);
    }
    let labels = match text(&found, "/kind") {
        // A Service's selector is a plain map.
        "Service" => found.pointer("/spec/selector").and_then(Value::as_object).map(|labels| {
            let terms = labels.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)));
            terms.collect::<Vec<_>>().join(",")
        }),
        _ => selector(&found),
    };
    let Some(labels) = labels.filter(|labels| !labels.is_empty()) else {
        return Err(Trouble::Refused(format!("{} has no pods: nothing selects them", place.title())));
    };
    let kind = cluster.kind("pods").await?;
    let pods = cluster.list(&kind, place.namespace.as_deref(), Some(&labels), None).await?;
    newest_ready(pods).ok_or_else(|| Trouble::Absent(format!("{} has no pods", place.title())))
}

/// The newest pod that is ready; where none is, the newest.
fn newest_ready(pods: Vec<Value>) -> Option<Value> {
    let rank = |pod: &Value| {
        (!is_going(pod), holds(pod, "Ready"), text(pod, "/metadata/creationTimestamp").to_owned(), name(pod).to_owned())
    };
    pods.into_iter().max_by_key(rank)
}

/// Which container: the one that is named, the one that is marked as the default, or the only one.
pub(super) fn container_of(pod: &Value, named: Option<&str>) -> Result<String, Trouble> {
    let of = |list: &str| {
        let all = pod.pointer(list).and_then(Value::as_array);
        all.into_iter().flatten().map(|container| text(container, "/name").to_owned()).collect::<Vec<_>>()
    };
    let containers = of("/spec/containers");
    let marked =
        pod.pointer("/metadata/annotations").and_then(|all| all.get("kubectl.kubernetes.io/default-container"));
    let known = || containers.iter().chain(&of("/spec/initContainers")).cloned().collect::<Vec<_>>();
    match (named, marked.and_then(Value::as_str), containers.as_slice()) {
        (Some(named), _, _) if known().iter().any(|known| known == named) => Ok(named.to_owned()),
        (Some(named), _, _) => {
            Err(Trouble::Refused(format!("pod/{} has no container {named}: it has {}", name(pod), known().join(", "))))
        }
        (None, Some(marked), _) => Ok(marked.to_owned()),
        (None, None, [only]) => Ok(only.clone()),
        (None, None, _) => Err(Trouble::Refused(format!(
            "pod/{} has several containers: say which with container=: {}",
            name(pod),
            containers.join(", ")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_pod_that_is_ready_stands_for_all() {
        let pod = |name: &str, at: &str, ready: &str| json!({"metadata": {"name": name, "creationTimestamp": at}, "status": {"conditions": [{"type": "Ready", "status": ready}]}});
        let pods = vec![
            pod("old", "2026-11-21T10:00:00Z", "True"),
            pod("new", "2026-11-21T11:00:00Z", "True"),
            pod("starting", "2026-11-21T12:00:00Z", "False"),
        ];
        assert_eq!(name(&newest_ready(pods).unwrap()), "new");
        assert_eq!(newest_ready(Vec::new()), None);
    }

    #[test]
    fn of_several_containers_none_is_guessed() {
        let pod = json!({"metadata": {"name": "web"}, "spec": {"containers": [{"name": "web"}, {"name": "proxy"}]}});
        let words = container_of(&pod, None).unwrap_err().words();
        assert_eq!(words, "pod/web has several containers: say which with container=: web, proxy");
        assert_eq!(container_of(&pod, Some("proxy")).unwrap(), "proxy");
        assert!(container_of(&pod, Some("x")).unwrap_err().words().ends_with("it has web, proxy"));
    }
}
