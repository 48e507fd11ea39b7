//! `kube apply`: server-side apply of objects in their order, then the rollouts among them. Fields that
//! somebody else set to another value are a conflict, and nothing is taken from anybody.
//!
//! Invariant: once the first object is applied, the step has an effect, whatever becomes of the others.

use serde_json::Value;
use tokio::time::Instant;

use super::super::ending::Ending;
use super::answer::{of_json, of_workload, with_notes};
use super::cluster::{Cluster, Place};
use super::follow::{End, follow};
use super::lowest::Lowest;
use super::making::{Unmade, ended, settled};
use super::object::{condition, settings, uid};
use super::rollout::Made;
use super::trouble::Trouble;
use crate::model::SubjectName;

/// What was applied.
struct Applied {
    place: Place,
    object: Value,
    /// The condition of before.
    stale: Option<Value>,
}

/// Applies the objects and waits for the rollouts among them.
pub(super) async fn apply(cluster: &Cluster, manifests: &[Value]) -> Ending {
    let began = Instant::now();
    let mut applied = Vec::new();
    for manifest in manifests {
        match apply_one(cluster, manifest).await {
            Ok(one) => applied.push(one),
            Err(unmade) if applied.is_empty() => return unmade.ending(),
            Err(unmade) => return partly(&applied, unmade, began),
        }
    }
    rolled_out(cluster, applied, began).await
}

async fn apply_one(cluster: &Cluster, manifest: &Value) -> Result<Applied, Unmade> {
    let not = |trouble: Trouble| Unmade::Not(trouble.words());
    let place = cluster.place_of(manifest).await.map_err(not)?;
    let live = cluster.look(&place).await.map_err(|trouble| not(trouble.about(&place.title())))?;
    let stale = live.as_ref().and_then(|live| condition(live, "Progressing")).cloned();
    let object = match cluster.apply(&place, manifest, false).await {
        Ok(object) => object,
        Err(lost @ Trouble::Lost(_)) => match expected(cluster, &place, manifest).await {
            Some(expected) => settled(cluster, &place, lost, |found| settings(found) == settings(&expected)).await?,
            None => return Err(Unmade::Unclear(lost.about(&place.title()).words())),
        },
        Err(trouble) => return Err(not(trouble.about(&place.title()))),
    };
    Ok(Applied { place, object, stale })
}

/// What the server would make of the manifest; `None`: it doesn't say.
pub(super) async fn expected(cluster: &Cluster, place: &Place, manifest: &Value) -> Option<Value> {
    cluster.apply(place, manifest, true).await.ok()
}

/// Whether an object is as its manifest says: to apply it again would change nothing.
///
/// # Errors
/// Nobody can tell, or somebody else has set one of its fields; the trouble says which.
pub(super) async fn is_as_applied(
    cluster: &Cluster,
    place: &Place,
    manifest: &Value,
    live: &Value,
) -> Result<bool, Trouble> {
    let again = cluster.apply(place, manifest, true).await?;
    Ok(settings(&again) == settings(live))
}

async fn rolled_out(cluster: &Cluster, applied: Vec<Applied>, began: Instant) -> Ending {
    let workloads = applied.iter().filter(|one| one.place.kind.is_workload()).count();
    let mut notes = Vec::new();
    let mut last = None;
    for Applied { place, object, stale } in applied {
        if !place.kind.is_workload() {
            last.get_or_insert((place, object, None));
            continue;
        }
        let template = object.pointer("/spec/template").cloned();
        let made = Made { uid: Some(uid(&object).to_owned()), template, stale, ..Made::default() };
        let mut followed = follow(cluster, &place, object, &made).await;
        if workloads > 1 {
            followed.notes.iter_mut().for_each(|note| *note = format!("{}: {note}", place.title()));
        }
        if !matches!(followed.end, End::Done) {
            return ended(&place, followed, began, notes);
        }
        notes.append(&mut followed.notes);
        let object = followed.object.unwrap_or_default();
        last = Some((place, object, Some(followed.lowest)));
    }
    Ending::answered(match last {
        Some((_, object, Some(lowest))) => of_workload(Some(&object), &lowest, began.elapsed(), &notes),
        Some((_, object, None)) => {
            of_workload(None, &Lowest::default(), began.elapsed(), &notes).with(SubjectName::Json, of_json(&object))
        }
        None => of_workload(None, &Lowest::default(), began.elapsed(), &notes),
    })
}

/// Some of it is there, and the rest isn't.
fn partly(applied: &[Applied], unmade: Unmade, began: Instant) -> Ending {
    let done: Vec<_> = applied.iter().map(|one| one.place.title()).collect();
    let seen = of_workload(None, &Lowest::default(), began.elapsed(), &[]);
    let seen = with_notes(seen, &[format!("applied: {}", done.join(", "))]);
    match unmade {
        Unmade::Not(words) => Ending::answered_badly(seen, format!("{words}; {} applied before it", done.join(", "))),
        unclear @ Unmade::Unclear(_) => Ending::unknown(unclear.words()),
    }
}
