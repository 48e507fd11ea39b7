//! How far a rollout is, from one look at the object: pure, and asked in one fixed order. What the pods
//! say, and for how long one waits, is left to who follows it.
//!
//! Invariant: what the controller says of an older generation is never taken for an answer.

use serde_json::Value;

use super::object::{condition, count, holds, is_going, text, uid};

/// What we made, and what is known from before it.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    /// The object's identity; `None`: whichever has the name.
    pub(super) uid: Option<String>,
    /// Its pods' template; `None`: whichever there is.
    pub(super) template: Option<Value>,
    /// How many replicas; `None`: however many there are.
    pub(super) replicas: Option<u64>,
    /// The condition `Progressing` as it was before: as long as it is the same, it speaks of another rollout.
    pub(super) stale: Option<Value>,
    /// Whether it is a way back, on which pods of what is left may stand.
    pub(super) is_back: bool,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// Every replica is of the newest template and available.
    Done,
    /// It goes on: `2 of 3 updated, 1 old terminating`.
    Waiting(String),
    /// Its controller gave up.
    Failed(String),
    /// Somebody else has changed what we made.
    Superseded(String),
    /// It isn't the object that we changed.
    Recreated,
    /// Nothing of it goes on until somebody resumes it.
    Paused,
}

impl Stage {
    /// Why it can't be waited for; `None`: it is done or goes on.
    pub(super) fn trouble(&self) -> Option<String> {
        match self {
            Self::Done | Self::Waiting(_) => None,
            Self::Failed(words) => Some(words.clone()),
            Self::Superseded(what) => Some(format!("somebody else has changed {what} in the meantime")),
            Self::Recreated => Some("somebody has deleted it and made another of the same name".to_owned()),
            Self::Paused => {
                Some("it is paused: nothing is rolled out until it is resumed (kubectl rollout resume)".to_owned())
            }
        }
    }
}

/// How far the rollout of an object is.
pub(super) fn stage(object: &Value, made: &Made) -> Stage {
    if made.uid.as_deref().is_some_and(|made| made != uid(object)) {
        return Stage::Recreated;
    }
    if is_going(object) {
        return Stage::Failed("somebody deletes it".to_owned());
    }
    if made.template.as_ref().is_some_and(|made| Some(made) != object.pointer("/spec/template")) {
        return Stage::Superseded("its pods' template".to_owned());
    }
    if let Some(found) = made.replicas.and_then(|made| (wanted(object) != made).then(|| wanted(object))) {
        return Stage::Superseded(format!("its replicas (to {found})"));
    }
    match text(object, "/kind") {
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        "Job" => job(object),
        "ReplicaSet" => replica_set(object),
        _ => deployment(object, made),
    }
}

/// How many replicas are wanted; of a `DaemonSet` one for each node that it is for.
pub(super) fn wanted(object: &Value) -> u64 {
    match text(object, "/kind") {
        "DaemonSet" => count(object, "/status/desiredNumberScheduled"),
        _ => object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1),
    }
}

/// How many replicas are available.
pub(super) fn available(object: &Value) -> u64 {
    match text(object, "/kind") {
        "DaemonSet" => count(object, "/status/numberAvailable"),
        _ => count(object, "/status/availableReplicas"),
    }
}

/// How many are ready.
pub(super) fn ready(object: &Value) -> u64 {
    match text(object, "/kind") {
        "DaemonSet" => count(object, "/status/numberReady"),
        _ => count(object, "/status/readyReplicas"),
    }
}

/// How many are of the newest template.
pub(super) fn updated(object: &Value) -> u64 {
    match text(object, "/kind") {
        "DaemonSet" => count(object, "/status/updatedNumberScheduled"),
        "ReplicaSet" => count(object, "/status/replicas"),
        _ => count(object, "/status/updatedReplicas"),
    }
}

/// Why its pods don't follow its template by themselves; `None`: they do.
pub(super) fn stays_behind(object: &Value) -> Option<&'static str> {
    if object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        return Some("is paused: resume it first (kubectl rollout resume)");
    }
    (text(object, "/spec/updateStrategy/type") == "OnDelete")
        .then_some("has the update strategy OnDelete: a pod gets another template only when somebody deletes it")
}

fn is_unseen(object: &Value) -> bool {
    count(object, "/metadata/generation") > count(object, "/status/observedGeneration")
}

fn unseen() -> Stage {
    Stage::Waiting("its controller hasn't seen the change yet".to_owned())
}

fn deployment(object: &Value, made: &Made) -> Stage {
    if object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        return Stage::Paused;
    }
    if is_unseen(object) {
        return unseen();
    }
    if let Some(progressing) = condition(object, "Progressing")
        && text(progressing, "/reason") == "ProgressDeadlineExceeded"
        && made.stale.as_ref() != Some(progressing)
    {
        let after = count(object, "/spec/progressDeadlineSeconds");
        return Stage::Failed(format!("it made no progress for {after} s ({})", progress(object)));
    }
    let (replicas, updated) = (count(object, "/status/replicas"), updated(object));
    // Where there are to be fewer, those that are to go are of the newest template, too.
    if updated < wanted(object) || replicas > updated || replicas > wanted(object) || available(object) < updated {
        return Stage::Waiting(progress(object));
    }
    Stage::Done
}

fn stateful_set(object: &Value) -> Stage {
    if is_unseen(object) {
        return unseen();
    }
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Stage::Failed(
            "its update strategy is OnDelete: its pods change only when somebody deletes them".into(),
        );
    }
    if ready(object) < wanted(object) || count(object, "/status/replicas") > wanted(object) {
        return Stage::Waiting(progress(object));
    }
    let Some(rolling) = object.pointer("/spec/updateStrategy/rollingUpdate") else {
        let is_there = text(object, "/status/updateRevision") == text(object, "/status/currentRevision");
        return if is_there { Stage::Done } else { Stage::Waiting(progress(object)) };
    };
    if updated(object) < wanted(object).saturating_sub(count(rolling, "/partition")) {
        return Stage::Waiting(progress(object));
    }
    Stage::Done
}

fn daemon_set(object: &Value) -> Stage {
    if is_unseen(object) {
        return unseen();
    }
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Stage::Failed(
            "its update strategy is OnDelete: its pods change only when somebody deletes them".into(),
        );
    }
    if updated(object) < wanted(object) || available(object) < wanted(object) {
        return Stage::Waiting(progress(object));
    }
    Stage::Done
}

fn replica_set(object: &Value) -> Stage {
    if is_unseen(object) {
        return unseen();
    }
    if count(object, "/status/replicas") != wanted(object) || available(object) < wanted(object) {
        return Stage::Waiting(progress(object));
    }
    Stage::Done
}

fn job(object: &Value) -> Stage {
    if holds(object, "Complete") {
        return Stage::Done;
    }
    if holds(object, "Failed") {
        let failed = condition(object, "Failed").map(|condition| text(condition, "/message")).unwrap_or_default();
        return Stage::Failed(if failed.is_empty() { "it failed".to_owned() } else { failed.to_owned() });
    }
    let (active, done) = (count(object, "/status/active"), count(object, "/status/succeeded"));
    let failed = count(object, "/status/failed");
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    Stage::Waiting(format!("{active} running, {done} completed{failed}"))
}

/// `2 of 3 updated, 1 old terminating, 1 of 2 available`.
pub(super) fn progress(object: &Value) -> String {
    let (wanted, updated) = (wanted(object), updated(object));
    let mut words = vec![format!("{} of {wanted} updated", updated.min(wanted))];
    let replicas = count(object, "/status/replicas");
    let (old, surplus) = (replicas.saturating_sub(updated), updated.min(replicas).saturating_sub(wanted));
    if surplus > 0 {
        words.push(format!("{surplus} too many"));
    }
    if old > 0 && text(object, "/kind") == "Deployment" {
        words.push(format!("{old} old {}", if updated < wanted { "left" } else { "terminating" }));
    }
    if available(object) < wanted {
        words.push(format!("{} of {wanted} available", available(object)));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests;
