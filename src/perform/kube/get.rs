//! `kube get` and `kube events`: a look at one object, at a list, or at what the cluster noted about one.
//!
//! Invariant: an object that isn't there is an answer, and no error.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::super::ending::Ending;
use super::answer::{of_list, of_object, with_notes};
use super::cluster::Cluster;
use super::object::text;
use super::trouble::Trouble;
use crate::plan::KubeName;

/// Looks at an object, or at all of a kind that fit.
pub(super) async fn get(
    cluster: &Cluster,
    object: &KubeName,
    selector: Option<&str>,
    field_selector: Option<&str>,
) -> Ending {
    let looked = async {
        if object.name.is_some() {
            let place = cluster.place(object).await?;
            return Ok(of_object(cluster.look(&place).await?.as_ref()));
        }
        let kind = cluster.kind(&object.kind).await?;
        let namespace = kind.namespaced.then_some(cluster.at.namespace.as_str());
        Ok(of_list(&cluster.list(&kind, namespace, selector, field_selector).await?))
    };
    looked.await.map_or_else(Trouble::ending, Ending::answered)
}

/// Looks at the events about an object, oldest first.
pub(super) async fn events(cluster: &Cluster, object: &KubeName, since: Option<Duration>) -> Ending {
    let looked = async {
        let place = cluster.place(object).await?;
        let kind = cluster.kind("events").await?;
        let about = format!("involvedObject.kind={},involvedObject.name={}", place.kind.resource.kind, place.name);
        let namespace = place.namespace.as_deref().unwrap_or("default");
        let all = cluster.list(&kind, Some(namespace), None, Some(&about)).await?;
        let from = since.and_then(|since| Timestamp::now().checked_sub(since).ok());
        Ok(in_order(all, from))
    };
    match looked.await {
        Ok(events) => {
            let lines: Vec<_> = events.iter().map(line).collect();
            Ending::answered(with_notes(of_list(&events), &lines))
        }
        Err(trouble) => Trouble::ending(trouble),
    }
}

/// In order of time, from a moment on.
fn in_order(events: Vec<Value>, from: Option<Timestamp>) -> Vec<Value> {
    let mut timed: Vec<_> = events.into_iter().map(|event| (at(&event), event)).collect();
    timed.retain(|(at, _)| from.is_none() || *at >= from);
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, event)| event).collect()
}

/// When it happened last; `None`: it doesn't say.
fn at(event: &Value) -> Option<Timestamp> {
    ["/series/lastObservedTime", "/lastTimestamp", "/eventTime", "/firstTimestamp", "/metadata/creationTimestamp"]
        .into_iter()
        .find_map(|pointer| text(event, pointer).parse().ok())
}

/// `2026-11-21T21:37:50Z Warning FailedCreate: exceeded quota`.
fn line(event: &Value) -> String {
    let time = at(event).map(|at| at.to_string()).unwrap_or_default();
    let (kind, reason) = (text(event, "/type"), text(event, "/reason"));
    let message = text(event, "/message").lines().next().unwrap_or_default();
    format!("{time} {kind} {reason}: {message}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_in_order_of_time_whichever_field_has_it() {
        let events = vec![
            json!({"reason": "late", "lastTimestamp": "2026-11-21T21:38:00Z"}),
            json!({"reason": "early", "lastTimestamp": null, "eventTime": "2026-11-21T21:37:00.500000Z"}),
            json!({"reason": "before", "firstTimestamp": "2026-11-21T20:00:00Z"}),
        ];
        let from = "2026-11-21T21:00:00Z".parse().ok();
        let told: Vec<_> = in_order(events, from).iter().map(|event| text(event, "/reason").to_owned()).collect();
        assert_eq!(told, ["early", "late"]);
    }
}
