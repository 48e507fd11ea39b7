//! The way back of a change: exactly what was there, and only over what we made. What is back already
//! is a success, so that it may be gone twice.
//!
//! Invariant: what somebody else has changed since is not overwritten; a person is told what it is.

use serde_json::Value;
use tokio::time::Instant;

use super::super::ending::Ending;
use super::answer::of_object;
use super::apply::is_as_applied;
use super::cluster::{Cluster, Place};
use super::delete::delete_this;
use super::kinds::Kind;
use super::making::{Unmade, followed, settled};
use super::mark::{Marks, marks_of, put_marks};
use super::object::{condition, differences, settings, uid};
use super::rollout::{Made, wanted};
use super::trouble::Trouble;
use super::workload::{autoscaler, put_replicas, put_template};
use crate::model::Mark;
use crate::plan::{KubeBefore, ObjectBefore, ObjectWas};

/// How many differences are named.
const MOST_NAMED: usize = 8;
/// How often an object is put back that changes at the same moment.
const MOST_TRIES: usize = 10;

/// Puts back what was there, last object first.
pub(super) async fn restore(cluster: &Cluster, before: &KubeBefore) -> Ending {
    if cluster.at.address != before.cluster {
        return Ending::did_not_start(format!(
            "the step was made on {}, and this context leads to {}: nothing is put back here",
            before.cluster, cluster.at.address
        ));
    }
    let mut last = Ending::answered(of_object(None));
    for (index, object) in before.objects.iter().rev().enumerate() {
        let ended = restore_one(cluster, object).await;
        if !ended.is_good() {
            return if index > 0 { ended.after_an_effect() } else { ended };
        }
        last = ended;
    }
    last
}

async fn restore_one(cluster: &Cluster, before: &ObjectBefore) -> Ending {
    let began = Instant::now();
    let found = async {
        let place = place_of(cluster, before).await?;
        let live = cluster.look(&place).await?;
        Ok::<_, Trouble>((place, live))
    };
    let (place, live) = match found.await {
        Ok(found) => found,
        Err(trouble) => return trouble.about(&before.title()).ending(),
    };
    let title = place.title();
    let live = match (live, &before.was) {
        (None, ObjectWas::Absent { .. }) => return Ending::answered(of_object(None)),
        (None, _) => {
            let words =
                format!("{title} isn't there any more: somebody has deleted it since, and only a person knows why");
            return Ending::did_not_start(words);
        }
        (Some(live), _) => live,
    };
    if before.uid.as_deref().is_some_and(|before| before != uid(&live)) {
        return Ending::did_not_start(format!(
            "{title} is another object than before: somebody has deleted it and made it anew; nothing is put back over it"
        ));
    }
    match &before.was {
        ObjectWas::Absent { leaves } => match guard(cluster, &place, leaves, &live).await {
            Ok(()) => delete_this(cluster, &place, &live).await,
            Err(ending) => ending,
        },
        ObjectWas::Whole { object, leaves } => whole(cluster, &place, live, object, leaves, began).await,
        ObjectWas::Template { template, leaves, .. } => {
            let found = live.pointer("/spec/template").cloned().unwrap_or_default();
            if found != *template && found != *leaves {
                return changed_since(&title, "spec.template", &differences(leaves, &found, MOST_NAMED));
            }
            // Somebody may have put the template there already.
            let made = Made { stale: condition(&live, "Progressing").cloned(), is_back: true, ..Made::default() };
            put_template(cluster, &place, live, template, made, began).await
        }
        ObjectWas::Replicas { replicas, leaves } => {
            let found = wanted(&live);
            if found != u64::from(*replicas) && found != u64::from(*leaves) {
                let words = [format!("spec.replicas is {found}, and was left at {leaves}")];
                return changed_since(&title, "", &words);
            }
            match autoscaler(cluster, &place).await {
                Ok(Some(words)) => Ending::did_not_start(words),
                Ok(None) => put_replicas(cluster, &place, live, *replicas, began).await,
                Err(trouble) => trouble.ending(),
            }
        }
        ObjectWas::Marks { mark, values, leaves } => restore_marks(cluster, &place, &live, *mark, values, leaves).await,
    }
}

async fn restore_marks(
    cluster: &Cluster,
    place: &Place,
    live: &Value,
    mark: Mark,
    values: &Marks,
    leaves: &Marks,
) -> Ending {
    let found = marks_of(live, mark, values.keys());
    let foreign: Vec<_> = found
        .iter()
        .filter(|(name, value)| values.get(*name) != Some(value) && leaves.get(*name) != Some(value))
        .map(|(name, _)| format!("metadata.{}.{name}", mark.field()))
        .collect();
    if !foreign.is_empty() {
        return changed_since(&place.title(), "", &foreign);
    }
    put_marks(cluster, place, live, mark, values).await
}

/// Puts a whole object back over what was applied.
async fn whole(
    cluster: &Cluster,
    place: &Place,
    live: Value,
    object: &Value,
    leaves: &Value,
    began: Instant,
) -> Ending {
    let first = match replaced(cluster, place, live.clone(), object, leaves).await {
        Ok(first) => first,
        Err(ending) => return ending,
    };
    if !place.kind.is_workload() {
        return Ending::answered(of_object(Some(&first)));
    }
    let made = Made {
        uid: Some(uid(&first).to_owned()),
        template: first.pointer("/spec/template").cloned(),
        stale: condition(&live, "Progressing").cloned(),
        is_back: true,
        ..Made::default()
    };
    followed(cluster, place, first, &made, began).await
}

/// The object once it is as it was. A status that was written in between is no reason to stop: the object
/// is looked at and compared again.
async fn replaced(
    cluster: &Cluster,
    place: &Place,
    mut live: Value,
    object: &Value,
    leaves: &Value,
) -> Result<Value, Ending> {
    for left in (0..MOST_TRIES).rev() {
        let back = as_it_was(object, leaves, &live);
        if settings(&back) == settings(&live) {
            return Ok(live);
        }
        guard(cluster, place, leaves, &live).await?;
        match cluster.replace(place, &back).await {
            Ok(made) => return Ok(made),
            Err(trouble) if trouble.is_conflict() && left > 0 => {
                live = cluster.find(place).await.map_err(Trouble::ending)?;
            }
            Err(trouble) => {
                let is_made = |found: &Value| settings(found) == settings(&back);
                return settled(cluster, place, trouble, is_made).await.map_err(Unmade::ending);
            }
        }
    }
    Ok(live)
}

/// The object of before, for exactly the one that is there now. How many replicas there are is left
/// alone where the manifest didn't say it: an autoscaler may.
fn as_it_was(object: &Value, leaves: &Value, live: &Value) -> Value {
    let mut back = object.clone();
    back["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
    back["metadata"]["uid"] = live["metadata"]["uid"].clone();
    if leaves.pointer("/spec/replicas").is_none()
        && let (Some(replicas), Some(spec)) = (live.pointer("/spec/replicas"), back.get_mut("spec"))
        && spec.get("replicas").is_some()
    {
        spec["replicas"] = replicas.clone();
    }
    back
}

/// Whether the object is still as it was applied: else how the way back ends.
async fn guard(cluster: &Cluster, place: &Place, leaves: &Value, live: &Value) -> Result<(), Ending> {
    match is_as_applied(cluster, place, leaves, live).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let again = cluster.apply(place, leaves, true).await;
            let named = again.map(|again| differences(&settings(&again), &settings(live), MOST_NAMED));
            Err(changed_since(&place.title(), "", &named.unwrap_or_default()))
        }
        Err(Trouble::Refused(words)) => Err(changed_since(&place.title(), "", &[words])),
        Err(trouble) => Err(Ending::did_not_start(trouble.about(&place.title()).words())),
    }
}

/// Somebody else was there.
fn changed_since(title: &str, within: &str, named: &[String]) -> Ending {
    let within = if within.is_empty() { String::new() } else { format!("{within}.") };
    let named: Vec<_> = named.iter().map(|name| format!("{within}{name}")).collect();
    Ending::did_not_start(format!(
        "{title} was changed by somebody else since the step ({}): nothing is put back over it",
        named.join(", ")
    ))
}

/// Where the object of before is.
pub(super) async fn place_of(cluster: &Cluster, before: &ObjectBefore) -> Result<Place, Trouble> {
    let kind = if let Some(kind) = Kind::of_manifest(&before.api_version, &before.kind) {
        kind
    } else {
        let manifest = serde_json::json!({"apiVersion": before.api_version, "kind": before.kind});
        cluster.place_of(&manifest).await?.kind
    };
    Ok(Place { kind, namespace: before.namespace.clone(), name: before.name.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn replicas_that_the_manifest_left_open_stay_as_they_are() {
        let live = json!({"metadata": {"uid": "1", "resourceVersion": "9"}, "spec": {"replicas": 7, "paused": true}});
        let was = json!({"metadata": {"name": "web"}, "spec": {"replicas": 2}});
        let back = as_it_was(&was, &json!({"spec": {}}), &live);
        assert_eq!(
            back,
            json!({"metadata": {"name": "web", "resourceVersion": "9", "uid": "1"}, "spec": {"replicas": 7}})
        );
        let back = as_it_was(&was, &json!({"spec": {"replicas": 3}}), &live);
        assert_eq!(back["spec"]["replicas"], 2);
    }
}
