//! `kube job`: made, followed until it is complete or has failed, and what its pods printed.
//!
//! Invariant: a Job that is there already is somebody else's, and isn't followed.

use kube::api::LogParams;
use serde_json::Value;
use tokio::time::Instant;

use super::super::ending::Ending;
use super::answer::{of_json, seconds};
use super::cluster::{Cluster, Place};
use super::follow::{End, Followed, follow};
use super::kinds::Kind;
use super::making::{Unmade, settled};
use super::object::{name, selector, text, uid};
use super::rollout::Made;
use super::trouble::Trouble;
use crate::event::{Datum, Kept, Observation};
use crate::model::SubjectName;

/// How much of one pod's log is kept.
const MOST_KEPT: i64 = 128 * 1024;
/// Of how many pods, the newest.
const MOST_PODS: usize = 5;

/// Makes the Jobs in order and follows each to its end.
pub(super) async fn run_jobs(cluster: &Cluster, manifests: &[Value]) -> Ending {
    let began = Instant::now();
    let mut last = Observation::default();
    for (index, manifest) in manifests.iter().enumerate() {
        let (place, job) = match make(cluster, manifest).await {
            Ok(made) => made,
            Err(unmade) if index == 0 => return unmade.ending(),
            Err(Unmade::Not(words)) => return Ending::answered_badly(last, words),
            Err(Unmade::Unclear(words)) => return Ending::unknown(words),
        };
        let made = Made { uid: Some(uid(&job).to_owned()), ..Made::default() };
        let labels = selector(&job).unwrap_or_else(|| format!("job-name={}", place.name));
        let followed = follow(cluster, &place, job, &made).await;
        let output = output(cluster, &place, &labels).await;
        last = observed(&followed, output, began);
        match followed.end {
            End::Done => {}
            End::Failed(words) => return Ending::answered_badly(last, format!("{} failed: {words}", place.title())),
            End::Unclear(words) => return Ending::unknown(format!("{}: {words}", place.title())),
        }
    }
    Ending::answered(last)
}

async fn make(cluster: &Cluster, manifest: &Value) -> Result<(Place, Value), Unmade> {
    let not = |trouble: Trouble| Unmade::Not(trouble.words());
    let place = cluster.place_of(manifest).await.map_err(not)?;
    if place.kind.resource.kind != "Job" {
        return Err(Unmade::Not(format!("{} is no Job: `kube apply` is for other objects", place.title())));
    }
    if cluster.look(&place).await.map_err(not)?.is_some() {
        let title = place.title();
        let words =
            format!("there is already a {title}: give each run its own, or delete that one first (kube delete)");
        return Err(Unmade::Not(words));
    }
    let job = match cluster.create(&place, manifest).await {
        Ok(job) => job,
        // It wasn't there a moment ago: if it is now, it is ours.
        Err(trouble) => settled(cluster, &place, trouble, |_| true).await?,
    };
    Ok((place, job))
}

fn observed(followed: &Followed, output: String, began: Instant) -> Observation {
    let result = match followed.end {
        End::Done => Some("complete"),
        End::Failed(_) => Some("failed"),
        End::Unclear(_) => None,
    };
    let mut lines = output;
    if !matches!(followed.end, End::Done) && lines.is_empty() {
        lines = followed.notes.join("\n");
    }
    let mut seen = Observation::default()
        .with(SubjectName::Duration, seconds(began.elapsed()))
        .with(SubjectName::Output, Datum::Kept(Kept::whole(&lines)));
    if let Some(result) = result {
        seen = seen.with(SubjectName::Result, Datum::Text(result.to_owned()));
    }
    if let Some(object) = &followed.object {
        seen = seen.with(SubjectName::Json, of_json(object));
    }
    seen
}

/// What its pods printed, the oldest first.
async fn output(cluster: &Cluster, place: &Place, labels: &str) -> String {
    let namespace = place.namespace.as_deref();
    let mut pods = match cluster.list(&Kind::pod(), namespace, Some(labels), None).await {
        Ok(pods) => pods,
        Err(trouble) => return format!("what its pods printed can't be read: {}", trouble.words()),
    };
    pods.sort_by_key(|pod| text(pod, "/metadata/creationTimestamp").to_owned());
    let newest = pods.len().saturating_sub(MOST_PODS);
    let mut all = String::new();
    for pod in pods.iter().skip(newest) {
        for container in pod.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten() {
            let container = text(container, "/name").to_owned();
            let params = LogParams { container: Some(container), limit_bytes: Some(MOST_KEPT), ..LogParams::default() };
            // A container that never began has none.
            if let Ok(log) = cluster.log(namespace.unwrap_or("default"), name(pod), &params).await {
                all.push_str(&log);
                if !log.is_empty() && !log.ends_with('\n') {
                    all.push('\n');
                }
            }
        }
    }
    all
}
