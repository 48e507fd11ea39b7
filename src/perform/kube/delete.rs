//! `kube delete`: the object goes, and what belongs to it after it.
//!
//! Invariant: only the object that was found is deleted, never another of its name.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::super::ending::Ending;
use super::answer::of_object;
use super::cluster::{Cluster, Place};
use super::object::uid;
use super::trouble::Trouble;
use crate::plan::KubeName;

/// How long between two looks at an object that goes.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Deletes an object and waits until it is gone; one that isn't there is gone already.
pub(super) async fn delete(cluster: &Cluster, object: &KubeName) -> Ending {
    let found = async {
        let place = cluster.place(object).await?;
        let live = cluster.look(&place).await?;
        Ok::<_, Trouble>((place, live))
    };
    match found.await {
        Ok((_, None)) => Ending::answered(of_object(None)),
        Ok((place, Some(live))) => delete_this(cluster, &place, &live).await,
        Err(trouble) => trouble.ending(),
    }
}

/// Deletes exactly this object and waits until it is gone.
pub(super) async fn delete_this(cluster: &Cluster, place: &Place, live: &Value) -> Ending {
    let lost = match cluster.delete(place, uid(live)).await {
        Ok(()) | Err(Trouble::Absent(_)) => None,
        Err(Trouble::Lost(words)) => Some(words),
        Err(trouble) => return trouble.about(&place.title()).ending(),
    };
    loop {
        match cluster.look(place).await {
            Ok(None) => return Ending::answered(of_object(None)),
            Ok(Some(other)) if uid(&other) != uid(live) => return Ending::answered(of_object(Some(&other))),
            Ok(Some(still)) if cluster.left().is_zero() => {
                let words = format!("{} is still there{}", place.title(), held_by(&still));
                return match lost {
                    Some(lost) => Ending::unknown(format!("{lost}; {words}")),
                    None => Ending::answered_badly(of_object(Some(&still)), words),
                };
            }
            Ok(Some(_)) => sleep(BETWEEN_LOOKS.min(cluster.left())).await,
            Err(trouble) => return Ending::unknown(format!("{}: {}", place.title(), trouble.words())),
        }
    }
}

/// What an object waits for that goes.
fn held_by(object: &Value) -> String {
    let holders = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    let holders: Vec<_> = holders.into_iter().flatten().filter_map(Value::as_str).collect();
    if holders.is_empty() { String::new() } else { format!(", held by its finalizers: {}", holders.join(", ")) }
}
