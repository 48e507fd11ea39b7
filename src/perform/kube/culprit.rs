//! The pods of a rollout: which of the new ones is to blame when it doesn't go on, and what it printed
//! last.
//!
//! Invariant: only pods of the newest template are blamed; what is wrong with the old ones was so before.

use std::collections::BTreeMap;

use kube::api::LogParams;
use kube::core::DynamicObject;
use kube::runtime::watcher::{Error, Event};
use serde_json::Value;
use tokio::time::Instant;

use super::cluster::{Cluster, Place, plain};
use super::follow::{Patience, trouble_of};
use super::kinds::Kind;
use super::object::{condition, is_owned_by, selector, text, uid};
use super::pods::{Ailment, ailment, hindered, is_new, newest, unready};
use super::trouble::Trouble;
use crate::model::render_duration;

/// How many lines of a log are evidence.
const LINES: i64 = 10;
/// And how many bytes of them.
const BYTES: i64 = 16 * 1024;

/// The pods that a watch has told of.
#[derive(Debug, Default)]
pub(super) struct Pods {
    all: BTreeMap<String, Value>,
    /// Those of a list that isn't told to its end.
    listed: Option<BTreeMap<String, Value>>,
    /// The `ReplicaSets` of a Deployment, as far as they were asked for.
    sets: Vec<Value>,
    /// Since when a pod has been stuck.
    stuck: BTreeMap<String, Instant>,
}

impl Pods {
    /// What the watch of the pods says.
    ///
    /// # Errors
    /// Nobody may look at pods.
    pub(super) fn hear(&mut self, event: Result<Event<DynamicObject>, Error>) -> Result<(), ()> {
        let kept = |pod: &DynamicObject| {
            let pod = super::object::shown(&plain(pod, &Kind::pod()));
            (uid(&pod).to_owned(), pod)
        };
        match event {
            Ok(Event::Init) => self.listed = Some(BTreeMap::new()),
            Ok(Event::InitApply(pod)) => self.listed.get_or_insert_default().extend([kept(&pod)]),
            Ok(Event::InitDone) => self.all = self.listed.take().unwrap_or_default(),
            Ok(Event::Apply(pod)) => self.all.extend([kept(&pod)]),
            Ok(Event::Delete(pod)) => drop(self.all.remove(&kept(&pod).0)),
            Err(error) => return if matches!(trouble_of(&error), Trouble::Refused(_)) { Err(()) } else { Ok(()) },
        }
        Ok(())
    }

    /// Why the rollout won't be done; `None`: it may still be.
    pub(super) async fn verdict(
        &mut self,
        cluster: &Cluster,
        place: &Place,
        object: &Value,
        patience: Patience,
    ) -> Option<String> {
        let suspects = self.all.values().any(|pod| ailment(pod).is_some());
        let hinders = condition(object, "ReplicaFailure").is_some_and(|failure| text(failure, "/status") == "True");
        if hinders {
            // Which of the sets it is that can't make pods is news.
            self.sets.clear();
        }
        if suspects || hinders {
            self.find_sets(cluster, place, object).await;
        }
        if let Some(words) = hindered(object, &self.sets).filter(|_| hinders) {
            return Some(words);
        }
        let now = Instant::now();
        let ailments: Vec<_> = self.new_ones(object).filter_map(ailment).collect();
        let all = &self.all;
        self.stuck.retain(|id, _| all.get(id).is_some_and(|pod| unready(pod).is_some()));
        for ailment in ailments {
            // How often a Job's pods may fail the Job itself says.
            if ailment.reason == "CrashLoopBackOff" && text(object, "/kind") == "Job" {
                continue;
            }
            let since = *self.stuck.entry(ailment.uid.clone()).or_insert(now);
            let patience = if ailment.is_for_want_of_room() { patience.room } else { patience.grace };
            if now.duration_since(since) >= patience {
                return Some(format!("{} (for {} now)", ailment.words(), render_duration(patience)));
            }
        }
        None
    }

    /// All that were told of and are still there.
    pub(super) fn all(&self) -> impl Iterator<Item = &Value> {
        self.all.values()
    }

    /// The new pod that is worst off; `None`: all are well, or there are none.
    pub(super) fn worst(&self, object: &Value) -> Option<Ailment> {
        self.new_ones(object).find_map(ailment).or_else(|| self.new_ones(object).find_map(unready))
    }

    fn new_ones<'a>(&'a self, object: &'a Value) -> impl Iterator<Item = &'a Value> {
        self.all.values().filter(|pod| is_new(pod, object, &self.sets))
    }

    /// Asks for the `ReplicaSets` of a Deployment, unless those that are known have the newest and can't
    /// have changed.
    pub(super) async fn find_sets(&mut self, cluster: &Cluster, place: &Place, object: &Value) {
        if text(object, "/kind") != "Deployment" {
            return;
        }
        let is_known =
            newest(object, &self.sets).is_some_and(|set| self.all.values().any(|pod| is_owned_by(pod, uid(set))));
        if is_known {
            return;
        }
        let Some(kind) = Kind::known("replicasets") else { return };
        let labels = selector(object);
        let namespace = place.namespace.as_deref();
        // Who may not see them is told less, not something wrong.
        if let Ok(sets) = cluster.list(&kind, namespace, labels.as_deref(), None).await {
            self.sets = sets;
        }
    }
}

/// The last lines that a pod printed, and whose they are.
pub(super) async fn log_of(cluster: &Cluster, place: &Place, ailment: &Ailment) -> Vec<String> {
    let Some(container) = &ailment.container else { return Vec::new() };
    let namespace = place.namespace.as_deref().unwrap_or(&cluster.at.namespace);
    let params = |previous| LogParams {
        container: Some(container.clone()),
        previous,
        tail_lines: Some(LINES),
        limit_bytes: Some(BYTES),
        ..LogParams::default()
    };
    let mut log = cluster.log(namespace, &ailment.pod, &params(ailment.previous)).await;
    if ailment.previous && log.as_ref().map_or(true, |log| log.trim().is_empty()) {
        log = cluster.log(namespace, &ailment.pod, &params(false)).await;
    }
    match log {
        Ok(log) if !log.trim().is_empty() => {
            let head = format!("the last lines of {container} in {}:", ailment.pod);
            std::iter::once(head).chain(log.lines().map(|line| format!("  {line}"))).collect()
        }
        Ok(_) => Vec::new(),
        Err(trouble) => vec![format!("the log of {container} in {} can't be read: {}", ailment.pod, trouble.words())],
    }
}
