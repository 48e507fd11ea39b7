//! Following a rollout to its end: a watch of the object and of its pods, that a broken connection, an
//! expired version or a restarted API server only interrupts. It ends as soon as it is known how: done,
//! failed with the pod that is to blame, or nobody can tell within the budget.
//!
//! Invariant: silence is never taken for an answer. Who hears nothing asks.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use kube::core::DynamicObject;
use kube::runtime::WatchStreamExt;
use kube::runtime::utils::Backoff;
use kube::runtime::watcher::{Config, Error, Event, watcher};
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::cluster::{Cluster, Place, plain};
use super::culprit::{Pods, log_of};
use super::hindrance::hindrances;
use super::kinds::Kind;
use super::lowest::Lowest;
use super::object::{name, selector, text, uid};
use super::rollout::{Made, Stage, available, stage, wanted};
use super::trouble::Trouble;
use crate::model::render_duration;

/// How it ended.
#[derive(Debug)]
pub(super) enum End {
    /// Every replica is new and available.
    Done,
    /// It won't be done, and why.
    Failed(String),
    /// Nobody can tell, and why.
    Unclear(String),
}

/// What was seen of it.
#[derive(Debug)]
pub(super) struct Followed {
    /// How it ended.
    pub(super) end: End,
    /// The object as it was seen last; `None`: it is gone.
    pub(super) object: Option<Value>,
    /// How few replicas were available.
    pub(super) lowest: Lowest,
    /// Lines for people.
    pub(super) notes: Vec<String>,
}

/// How long what is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For a pod that is stuck: an image may come, a program may start at the second try.
    pub(super) grace: Duration,
    /// For a pod that has no node yet: one may be added.
    pub(super) room: Duration,
    /// For a rollout in which nothing changes at all.
    pub(super) stall: Duration,
    /// How often the time is looked at.
    pub(super) tick: Duration,
}

/// After how long without a word the object is asked for itself.
const SILENCE: Duration = Duration::from_secs(20);
/// For how long a cluster is followed that refuses to be looked at.
const REFUSED: Duration = Duration::from_secs(10);

impl Patience {
    /// What fits into this budget: twenty seconds for a stuck pod and three minutes for a node, but not
    /// more than a third of it; half of it for a rollout in which nothing changes.
    pub(super) fn within(budget: Duration) -> Self {
        let third = budget / 3;
        let grace = third.min(Duration::from_secs(20));
        let room = third.min(Duration::from_mins(3));
        let tick = (grace / 4).clamp(Duration::from_millis(50), Duration::from_secs(1));
        Self { grace, room, stall: budget / 2, tick }
    }

    /// Of a Job's pods it can't be told from outside whether they get on.
    fn with_a_job(self, object: &Value) -> Self {
        if text(object, "/kind") == "Job" { Self { stall: Duration::MAX, ..self } } else { self }
    }
}

/// The pause before a broken watch is taken up again.
struct Pauses;

impl Iterator for Pauses {
    type Item = Duration;
    fn next(&mut self) -> Option<Duration> {
        Some(Duration::from_millis(300))
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {}
}

/// Follows a rollout from what was made of the object until its end, or until work ends.
pub(super) async fn follow(cluster: &Cluster, place: &Place, first: Value, made: &Made) -> Followed {
    let patience = Patience::within(cluster.left()).with_a_job(&first);
    let labels = selector(&first);
    let mut following = Following::new(cluster, place, made, patience, &first);
    let end = match following.verdict() {
        Some(end) => end,
        None => following.followed_to_its_end(labels.as_deref()).await,
    };
    following.told(end).await
}

/// A watch of what fits.
pub(super) fn watching(
    cluster: &Cluster,
    kind: &Kind,
    namespace: Option<&str>,
    config: Config,
) -> impl futures_util::Stream<Item = Result<Event<DynamicObject>, Error>> + use<> {
    watcher(cluster.api(kind, namespace), config).backoff(Pauses)
}

struct Following<'a> {
    cluster: &'a Cluster,
    place: &'a Place,
    made: &'a Made,
    patience: Patience,
    object: Option<Value>,
    lowest: Lowest,
    pods: Pods,
    /// What was last said of its progress, and since when it is so.
    moved: (String, Instant),
    /// When the object was last heard of.
    heard: Instant,
    /// Since when it can't be looked at, and why.
    blind: Option<(Instant, Trouble)>,
    /// Whether the list that a watch begins with has had the object.
    is_listed: bool,
    /// The pods that were taken out of the way.
    freed: BTreeMap<String, String>,
}

impl<'a> Following<'a> {
    fn new(cluster: &'a Cluster, place: &'a Place, made: &'a Made, patience: Patience, first: &Value) -> Self {
        let now = Instant::now();
        let mut following = Self {
            cluster,
            place,
            made,
            patience,
            object: None,
            lowest: Lowest::default(),
            pods: Pods::default(),
            moved: (String::new(), now),
            heard: now,
            blind: None,
            is_listed: false,
            freed: BTreeMap::new(),
        };
        following.see(first);
        following
    }

    async fn followed_to_its_end(&mut self, labels: Option<&str>) -> End {
        let (cluster, place) = (self.cluster, self.place);
        let namespace = place.namespace.as_deref();
        let config = Config::default().fields(&format!("metadata.name={}", place.name));
        let mut objects = std::pin::pin!(watching(cluster, &place.kind, namespace, config));
        let of_pods = Config::default().labels(labels.unwrap_or_default());
        let mut pods = std::pin::pin!(watching(cluster, &Kind::pod(), namespace, of_pods));
        let mut has_pods = labels.is_some();
        // Not anew with each event: where much happens, time passes too.
        let mut tick = Instant::now() + self.patience.tick;
        loop {
            let ended = tokio::select! {
                Some(event) = objects.next() => self.hear(event),
                Some(event) = pods.next(), if has_pods => {
                    // Without the right to see pods the object alone says how far it is.
                    has_pods = self.pods.hear(event).is_ok();
                    None
                }
                () = sleep_until(tick) => {
                    tick = Instant::now() + self.patience.tick;
                    self.tick().await
                }
                () = sleep_until(cluster.until) => return self.last_look().await,
            };
            if let Some(end) = ended {
                return end;
            }
        }
    }

    /// What the watch of the object says.
    fn hear(&mut self, event: Result<Event<DynamicObject>, Error>) -> Option<End> {
        match event {
            Ok(Event::Init) => {
                self.is_listed = false;
                None
            }
            Ok(Event::Apply(object) | Event::InitApply(object)) => {
                self.is_listed = true;
                self.see(&plain(&object, &self.place.kind));
                self.verdict()
            }
            Ok(Event::InitDone) if self.is_listed => None,
            Ok(Event::InitDone | Event::Delete(_)) => self.gone(),
            Err(error) => {
                self.unseen(trouble_of(&error));
                None
            }
        }
    }

    fn see(&mut self, object: &Value) {
        let now = Instant::now();
        self.heard = now;
        self.blind = None;
        self.lowest.note(available(object), wanted(object), now);
        if let Stage::Waiting(words) = stage(object, self.made)
            && words != self.moved.0
        {
            self.cluster.limits.tell(&format!("{}: {words}", self.place.title()));
            self.moved = (words, now);
        }
        self.object = Some(super::object::shown(object));
    }

    fn unseen(&mut self, trouble: Trouble) {
        let since = self.blind.take().map_or_else(Instant::now, |(since, _)| since);
        self.blind = Some((since, trouble));
    }

    #[expect(clippy::unnecessary_wraps, reason = "an end like the others")]
    fn gone(&mut self) -> Option<End> {
        self.object = None;
        Some(End::Failed("somebody has deleted it in the meantime".to_owned()))
    }

    /// What the object itself says.
    fn verdict(&self) -> Option<End> {
        let stage = stage(self.object.as_ref()?, self.made);
        match stage {
            Stage::Done => Some(End::Done),
            Stage::Waiting(_) => None,
            Stage::Failed(_) | Stage::Superseded(_) | Stage::Recreated | Stage::Paused => {
                stage.trouble().map(End::Failed)
            }
        }
    }

    /// What the passing of time says.
    async fn tick(&mut self) -> Option<End> {
        let now = Instant::now();
        if self.blind.is_some() || now.duration_since(self.heard) > SILENCE {
            match self.cluster.look_once(self.place).await {
                Ok(Some(object)) => {
                    self.see(&object);
                    if let Some(end) = self.verdict() {
                        return Some(end);
                    }
                }
                Ok(None) => return self.gone(),
                Err(trouble) => self.unseen(trouble),
            }
        }
        if let Some((since, Trouble::Refused(words))) = &self.blind
            && now.duration_since(*since) > REFUSED
        {
            return Some(End::Unclear(format!("the rollout goes on, but nobody may look at it any more: {words}")));
        }
        if self.made.is_back {
            self.free().await;
        }
        let object = self.object.as_ref()?;
        if let Some(words) = self.pods.verdict(self.cluster, self.place, object, self.patience).await {
            return Some(End::Failed(words));
        }
        if now.duration_since(self.moved.1) > self.patience.stall && self.blind.is_none() {
            let stalled = render_duration(self.patience.stall);
            let progress = self.with_worst().await;
            return Some(End::Failed(format!("nothing has changed for {stalled}: {progress}")));
        }
        None
    }

    /// Deletes the pods that the way back would wait for in vain. One that can't be is tried again: it is
    /// named by its identity, so that it goes once.
    async fn free(&mut self) {
        let Some(object) = &self.object else { return };
        for pod in hindrances(object, self.pods.all()) {
            let (name, id) = (name(pod).to_owned(), uid(pod).to_owned());
            let namespace = self.place.namespace.clone();
            let place = Place { kind: Kind::pod(), namespace, name: name.clone() };
            if !self.freed.contains_key(&id) && self.cluster.delete(&place, &id).await.is_ok() {
                let words =
                    format!("pod {name} was deleted: it was never ready, and the others would have waited for it");
                self.cluster.limits.tell(&words);
                self.freed.insert(id, words);
            }
        }
    }

    /// Time is up: what is it now?
    async fn last_look(&mut self) -> End {
        match self.cluster.look_once(self.place).await {
            Ok(Some(object)) => self.see(&object),
            Ok(None) => drop(self.gone()),
            Err(trouble) => self.unseen(trouble),
        }
        if let Some((_, trouble)) = self.blind.take() {
            return End::Unclear(format!(
                "its budget ends before it is done, and nobody can look: {}",
                trouble.words()
            ));
        }
        if self.object.is_none() {
            return End::Failed("somebody has deleted it in the meantime".to_owned());
        }
        match self.verdict() {
            Some(end) => end,
            None => End::Unclear(format!("its budget ends before it is done: {}", self.with_worst().await)),
        }
    }

    /// How far it is, and the pod that is worst off.
    async fn with_worst(&mut self) -> String {
        let Some(object) = &self.object else { return self.moved.0.clone() };
        self.pods.find_sets(self.cluster, self.place, object).await;
        let worst = self.pods.worst(object).map(|worst| format!("; {}", worst.words())).unwrap_or_default();
        format!("{}{worst}", self.moved.0)
    }

    async fn told(mut self, end: End) -> Followed {
        let mut notes: Vec<String> = self.lowest.words().into_iter().collect();
        notes.extend(std::mem::take(&mut self.freed).into_values());
        let is_done = matches!(end, End::Done);
        if let Some(object) = self.object.as_ref().filter(|_| !is_done) {
            self.pods.find_sets(self.cluster, self.place, object).await;
        }
        if let Some(worst) = self.object.as_ref().filter(|_| !is_done).and_then(|object| self.pods.worst(object)) {
            notes.push(worst.words());
            notes.extend(log_of(self.cluster, self.place, &worst).await);
        }
        let Self { object, lowest, .. } = self;
        Followed { end, object, lowest, notes }
    }
}

/// What an error of a watch means.
pub(super) fn trouble_of(error: &Error) -> Trouble {
    match error {
        Error::InitialListFailed(error) | Error::WatchStartFailed(error) | Error::WatchFailed(error) => {
            Trouble::of(error, false)
        }
        Error::WatchError(_) | Error::NoResourceVersion => Trouble::Passing(error.to_string()),
    }
}
