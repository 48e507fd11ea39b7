//! `kube wait`: until a rollout is done, or a condition holds, of one object or of all that there are.
//!
//! Invariant: of no objects nothing holds: where there are none yet, they are waited for.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use kube::runtime::watcher::{Config, Event};
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};

use super::super::ending::Ending;
use super::answer::{of_list, of_object, of_workload};
use super::cluster::{Cluster, Place, plain};
use super::follow::{trouble_of, watching};
use super::kinds::Kind;
use super::lowest::Lowest;
use super::making::followed;
use super::object::{holds, shown, uid};
use super::rollout::{Made, Stage, available, stage, wanted};
use super::trouble::Trouble;
use crate::plan::KubeName;

/// How long between two looks at something that isn't there yet.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Waits until it is so; `condition`: `None`: the rollout.
pub(super) async fn wait(
    cluster: &Cluster,
    object: &KubeName,
    selector: Option<&str>,
    condition: Option<&str>,
) -> Ending {
    match (object.name.is_some(), condition) {
        (true, None) => match cluster.place(object).await {
            Ok(place) => wait_for_rollout(cluster, &place).await,
            Err(trouble) => trouble.ending(),
        },
        _ => wait_for_all(cluster, object, selector, condition).await,
    }
}

async fn wait_for_rollout(cluster: &Cluster, place: &Place) -> Ending {
    let began = Instant::now();
    loop {
        match cluster.look(place).await {
            Ok(Some(object)) => {
                let made = Made { uid: Some(uid(&object).to_owned()), ..Made::default() };
                return followed(cluster, place, object, &made, began).await;
            }
            Ok(None) if cluster.left().is_zero() => {
                let seen = of_workload(None, &Lowest::default(), began.elapsed(), &[]);
                return Ending::answered_badly(seen, format!("there is no {}", place.title()));
            }
            Ok(None) => sleep(BETWEEN_LOOKS.min(cluster.left())).await,
            Err(trouble) => return trouble.ending(),
        }
    }
}

/// What a wait is for.
struct Waiting<'a> {
    kind: &'a Kind,
    condition: Option<&'a str>,
    all: BTreeMap<String, Value>,
    listed: Option<BTreeMap<String, Value>>,
    lowest: Lowest,
    began: Instant,
}

async fn wait_for_all(cluster: &Cluster, object: &KubeName, selector: Option<&str>, condition: Option<&str>) -> Ending {
    let kind = match cluster.kind(&object.kind).await {
        Ok(kind) => kind,
        Err(trouble) => return trouble.ending(),
    };
    let mut config = Config::default();
    if let Some(selector) = selector {
        config = config.labels(selector);
    }
    if let Some(name) = &object.name {
        config = config.fields(&format!("metadata.name={name}"));
    }
    let namespace = kind.namespaced.then(|| cluster.at.namespace.clone());
    let mut waiting = Waiting {
        kind: &kind,
        condition,
        all: BTreeMap::new(),
        listed: None,
        lowest: Lowest::default(),
        began: Instant::now(),
    };
    let mut objects = std::pin::pin!(watching(cluster, &kind, namespace.as_deref(), config));
    let mut blind = None;
    loop {
        tokio::select! {
            Some(event) = objects.next() => match event.map_err(|error| trouble_of(&error)) {
                Ok(event) => {
                    blind = None;
                    if waiting.hear(event) {
                        return Ending::answered(waiting.seen(object));
                    }
                }
                Err(refused @ Trouble::Refused(_)) => return refused.ending(),
                Err(trouble) => blind = Some(trouble.words()),
            },
            () = sleep_until(cluster.until) => {
                let what = condition.map_or_else(|| "rolled out".to_owned(), |condition| format!("{condition}=True"));
                let words = format!("the budget ends before {object} is {what}: {}", waiting.words());
                return match blind {
                    Some(why) => Ending::unknown(format!("{words}; and nobody can look: {why}")),
                    None => Ending::answered_badly(waiting.seen(object), words),
                };
            }
        }
    }
}

impl Waiting<'_> {
    /// Whether it is so now.
    fn hear(&mut self, event: Event<kube::core::DynamicObject>) -> bool {
        let kept = |object: &kube::core::DynamicObject| {
            let object = shown(&plain(object, self.kind));
            (uid(&object).to_owned(), object)
        };
        match event {
            Event::Init => {
                self.listed = Some(BTreeMap::new());
                return false;
            }
            Event::InitApply(object) => {
                let kept = kept(&object);
                self.listed.get_or_insert_default().extend([kept]);
                return false;
            }
            Event::InitDone => self.all = self.listed.take().unwrap_or_default(),
            Event::Apply(object) => self.all.extend([kept(&object)]),
            Event::Delete(object) => drop(self.all.remove(&kept(&object).0)),
        }
        if self.condition.is_none() {
            let (available, wanted) =
                self.all.values().fold((0, 0), |(sum, all), object| (sum + available(object), all + wanted(object)));
            self.lowest.note(available, wanted, Instant::now());
        }
        !self.all.is_empty() && self.all.values().all(|object| self.is_so(object))
    }

    fn is_so(&self, object: &Value) -> bool {
        match self.condition {
            Some(condition) => holds(object, condition),
            None => stage(object, &Made::default()) == Stage::Done,
        }
    }

    fn seen(&self, object: &KubeName) -> crate::event::Observation {
        let all: Vec<_> = self.all.values().cloned().collect();
        match (self.condition, &object.name) {
            (None, _) => {
                let notes: Vec<_> = self.lowest.words().into_iter().collect();
                of_workload(all.first(), &self.lowest, self.began.elapsed(), &notes)
            }
            (Some(_), Some(_)) => of_object(all.first()),
            (Some(_), None) => of_list(&all),
        }
    }

    /// `2 of 3 are`.
    fn words(&self) -> String {
        if self.all.is_empty() {
            return "there is none".to_owned();
        }
        let so = self.all.values().filter(|object| self.is_so(object)).count();
        let behind = self.all.values().find(|object| !self.is_so(object));
        let behind = behind.map(|object| format!(", {} isn't", super::object::name(object))).unwrap_or_default();
        format!("{so} of {} are{behind}", self.all.len())
    }
}
