//! Making one change: sent once, and where the answer was lost, looked up. And what a rollout that was
//! followed means for an attempt.
//!
//! Invariant: a change is never sent twice.

use std::time::Duration;

use kube::api::Patch;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::ending::Ending;
use super::answer::of_workload;
use super::cluster::{Cluster, Place};
use super::follow::{End, Followed, follow};
use super::rollout::{Made, wanted};
use super::trouble::Trouble;

/// For how long a change whose answer was lost is looked for.
const SETTLING: Duration = Duration::from_secs(3);
/// How long between two looks for it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

/// A change that isn't there.
#[derive(Debug)]
pub(super) enum Unmade {
    /// Nothing happened.
    Not(String),
    /// Nobody can tell.
    Unclear(String),
}

impl Unmade {
    /// What it means for an attempt that has changed nothing else.
    pub(super) fn ending(self) -> Ending {
        match self {
            Self::Not(words) => Ending::did_not_start(words),
            Self::Unclear(words) => Ending::unknown(words),
        }
    }

    /// In the operator's words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Not(words) | Self::Unclear(words) => words,
        }
    }
}

/// The object after a patch; `is_made` tells whether an object that is found afterwards has it.
pub(super) async fn patched(
    cluster: &Cluster,
    place: &Place,
    patch: &Patch<Value>,
    is_made: impl Fn(&Value) -> bool,
) -> Result<Value, Unmade> {
    match cluster.patch(place, patch, false).await {
        Ok(object) => Ok(object),
        Err(trouble) => settled(cluster, place, trouble, is_made).await,
    }
}

/// What became of a change that has no good answer: the object that has it.
pub(super) async fn settled(
    cluster: &Cluster,
    place: &Place,
    trouble: Trouble,
    is_made: impl Fn(&Value) -> bool,
) -> Result<Value, Unmade> {
    let title = place.title();
    let lost = match trouble {
        Trouble::Refused(words) | Trouble::Absent(words) | Trouble::Passing(words) => {
            return Err(Unmade::Not(format!("{title}: {words}")));
        }
        Trouble::Lost(words) => words,
    };
    let until = Instant::now() + SETTLING.min(cluster.left() / 2);
    loop {
        match cluster.look(place).await {
            Ok(Some(object)) if is_made(&object) => return Ok(object),
            // It may be on its way still.
            Ok(_) if Instant::now() < until => sleep(BETWEEN_LOOKS).await,
            Ok(_) => return Err(Unmade::Not(format!("{title}: {lost}; the change isn't there, and isn't sent again"))),
            Err(trouble) => {
                let words = trouble.words();
                return Err(Unmade::Unclear(format!(
                    "{title}: {lost}; and nobody can look whether it is there: {words}"
                )));
            }
        }
    }
}

/// Another template for the pods of exactly this object, as it was found.
pub(super) fn template_patch(live: &Value, template: &Value) -> Option<Patch<Value>> {
    replacing(live, "/spec/template", template)
}

/// Another value in exactly this object, as it was found; `None`: it has that value.
pub(super) fn replacing(live: &Value, path: &str, value: &Value) -> Option<Patch<Value>> {
    let found = live.pointer(path)?;
    if found == value {
        return None;
    }
    let operations = json!([
        { "op": "test", "path": "/metadata/uid", "value": super::object::uid(live) },
        { "op": "test", "path": path, "value": found },
        { "op": "replace", "path": path, "value": value },
    ]);
    serde_json::from_value(operations).ok().map(Patch::Json)
}

/// Follows what was made to its end.
pub(super) async fn followed(cluster: &Cluster, place: &Place, first: Value, made: &Made, began: Instant) -> Ending {
    let remarks = remarks(&first, cluster.left());
    let followed = follow(cluster, place, first, made).await;
    ended(place, followed, began, remarks)
}

/// What a rollout that was followed means for an attempt.
pub(super) fn ended(place: &Place, followed: Followed, began: Instant, mut notes: Vec<String>) -> Ending {
    notes.extend(followed.notes);
    let seen = of_workload(followed.object.as_ref(), &followed.lowest, began.elapsed(), &notes);
    let title = place.title();
    match followed.end {
        End::Done => Ending::answered(seen),
        End::Failed(words) => Ending::answered_badly(seen, format!("{title} isn't rolled out: {words}")),
        End::Unclear(words) => Ending::unknown(format!("{title}: {words}")),
    }
}

/// What a person should know of a rollout that is waited for.
fn remarks(object: &Value, left: Duration) -> Vec<String> {
    let mut remarks = Vec::new();
    let is_counted = object.pointer("/spec/replicas").is_some();
    if is_counted && wanted(object) == 0 {
        remarks.push("it has 0 replicas: there is nothing to wait for".to_owned());
    }
    let deadline = object.pointer("/spec/progressDeadlineSeconds").and_then(Value::as_u64);
    if let Some(deadline) = deadline.filter(|deadline| Duration::from_secs(*deadline) < left) {
        remarks.push(format!("its progressDeadlineSeconds ({deadline}) end before the budget does"));
    }
    remarks
}
