//! Whether the effect of a change is there: what resuming asks, and a look beforehand.
//!
//! Invariant: nothing is changed. A rollout that is on its way is waited for, if it is ours.

use serde_json::Value;

use super::before::is_unchanged_by;
use super::cluster::{Cluster, Place};
use super::follow::{End, follow};
use super::mark::marks_of;
use super::object::{condition, uid};
use super::restore::place_of;
use super::rollout::{Made, wanted};
use crate::plan::{KubeBefore, ObjectBefore, ObjectWas};

/// Whether all of it is there; `None`: nobody can tell.
pub(super) async fn is_there(cluster: &Cluster, before: &KubeBefore) -> Option<bool> {
    if cluster.at.address != before.cluster {
        return None;
    }
    for object in &before.objects {
        if !one_is_there(cluster, object).await? {
            return Some(false);
        }
    }
    Some(true)
}

async fn one_is_there(cluster: &Cluster, before: &ObjectBefore) -> Option<bool> {
    let place = place_of(cluster, before).await.ok()?;
    let Some(live) = cluster.look(&place).await.ok()? else { return Some(false) };
    if before.uid.as_deref().is_some_and(|before| before != uid(&live)) {
        return Some(false);
    }
    let is_set = match &before.was {
        ObjectWas::Absent { leaves } | ObjectWas::Whole { leaves, .. } => {
            is_unchanged_by(cluster, &place, leaves, &live).await?
        }
        ObjectWas::Template { leaves, .. } => live.pointer("/spec/template") == Some(leaves),
        ObjectWas::Replicas { leaves, .. } => wanted(&live) == u64::from(*leaves),
        ObjectWas::Marks { mark, leaves, .. } => marks_of(&live, *mark, leaves.keys()) == *leaves,
    };
    let is_waited_for = is_set && before.uid.is_some() && place.kind.is_workload();
    if !is_waited_for || matches!(before.was, ObjectWas::Marks { .. }) {
        return Some(is_set);
    }
    rolls_out(cluster, &place, live).await
}

async fn rolls_out(cluster: &Cluster, place: &Place, live: Value) -> Option<bool> {
    let made = Made {
        uid: Some(uid(&live).to_owned()),
        template: live.pointer("/spec/template").cloned(),
        stale: condition(&live, "Progressing").cloned(),
        ..Made::default()
    };
    match follow(cluster, place, live, &made).await.end {
        End::Done => Some(true),
        // The step would wait for it again, and say why it isn't done.
        End::Failed(_) => Some(false),
        End::Unclear(_) => None,
    }
}
