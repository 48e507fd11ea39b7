//! What there is before a change, and what the change leaves: so that its way back is absolute, and can
//! tell what we made from what somebody else did since.
//!
//! Invariant: nothing of a Secret's data is kept.

use serde_json::Value;

use super::apply::expected;
use super::cluster::{Cluster, Place};
use super::making::template_patch;
use super::mark::marks_of;
use super::object::{revision, settings, text, uid};
use super::rollout::{stays_behind, wanted};
use super::trouble::Trouble;
use super::workload::{autoscaler, found, restarted, with_images};
use crate::model::Mark;
use crate::plan::{KubeBefore, KubeName, ObjectBefore, ObjectWas, ResolvedKubeVerb};

/// The largest object that is kept for its way back.
const LARGEST: usize = 256 * 1024;

/// What there is before the verb; `None`: it has no way back of its own.
pub(super) async fn before(cluster: &Cluster, verb: &ResolvedKubeVerb) -> Result<Option<KubeBefore>, String> {
    let objects = match verb {
        ResolvedKubeVerb::SetImage { object, containers } => {
            vec![template(cluster, object, |live| with_images(live, containers), true).await?]
        }
        ResolvedKubeVerb::Restart { object, key } => {
            vec![template(cluster, object, |live| restarted(live, key), true).await?]
        }
        ResolvedKubeVerb::Scale { object, replicas } => vec![scaled(cluster, object, *replicas, true).await?],
        ResolvedKubeVerb::Mark { mark, object, pairs } => vec![marked(cluster, object, *mark, pairs).await?],
        ResolvedKubeVerb::Apply(manifests) => {
            let mut objects = Vec::new();
            for manifest in manifests {
                objects.push(applied(cluster, manifest).await?);
            }
            objects
        }
        ResolvedKubeVerb::Delete(_)
        | ResolvedKubeVerb::Wait { .. }
        | ResolvedKubeVerb::Get { .. }
        | ResolvedKubeVerb::Logs { .. }
        | ResolvedKubeVerb::Job(_)
        | ResolvedKubeVerb::Events { .. } => return Ok(None),
    };
    Ok(Some(KubeBefore { target: cluster.at.target.clone(), cluster: cluster.at.address.clone(), objects }))
}

/// What a verb would leave, without what only a change has: `None` where nobody can tell.
pub(super) async fn would_leave(cluster: &Cluster, verb: &ResolvedKubeVerb) -> Option<KubeBefore> {
    let mut object = match verb {
        ResolvedKubeVerb::SetImage { object, containers } => {
            template(cluster, object, |live| with_images(live, containers), false).await.ok()?
        }
        ResolvedKubeVerb::Scale { object, replicas } => scaled(cluster, object, *replicas, false).await.ok()?,
        ResolvedKubeVerb::Mark { mark, object, pairs } => marked(cluster, object, *mark, pairs).await.ok()?,
        ResolvedKubeVerb::Apply(_)
        | ResolvedKubeVerb::Restart { .. }
        | ResolvedKubeVerb::Delete(_)
        | ResolvedKubeVerb::Wait { .. }
        | ResolvedKubeVerb::Get { .. }
        | ResolvedKubeVerb::Logs { .. }
        | ResolvedKubeVerb::Job(_)
        | ResolvedKubeVerb::Events { .. } => return None,
    };
    // Without an identity it is only looked at, never waited for.
    object.uid = None;
    let objects = vec![object];
    Some(KubeBefore { target: cluster.at.target.clone(), cluster: cluster.at.address.clone(), objects })
}

fn of(place: &Place, live: Option<&Value>, was: ObjectWas) -> ObjectBefore {
    ObjectBefore {
        api_version: place.kind.resource.api_version.clone(),
        kind: place.kind.resource.kind.clone(),
        namespace: place.namespace.clone(),
        name: place.name.clone(),
        uid: live.map(|live| uid(live).to_owned()),
        was,
    }
}

/// `asks`: what the server would make of it is asked, so that what is refused is refused before it begins.
async fn template(
    cluster: &Cluster,
    object: &KubeName,
    changed: impl Fn(&Value) -> Result<Value, String>,
    asks: bool,
) -> Result<ObjectBefore, String> {
    let (place, live) = found(cluster, object).await.map_err(Trouble::words)?;
    let title = place.title();
    if let Some(words) = stays_behind(&live).filter(|_| asks) {
        return Err(format!("{title} {words}"));
    }
    let mut leaves = changed(&live).map_err(|words| format!("{title}: {words}"))?;
    if let Some(patch) = template_patch(&live, &leaves).filter(|_| asks)
        && let Some(made) = rehearsed(&place, cluster.patch(&place, &patch, true)).await?
    {
        leaves = made.pointer("/spec/template").cloned().unwrap_or(leaves);
    }
    let template = live.pointer("/spec/template").cloned().unwrap_or_default();
    let revision = revision(&live).map(str::to_owned);
    Ok(of(&place, Some(&live), ObjectWas::Template { revision, template, leaves }))
}

/// What the server would make of a change; `None`: it doesn't say.
async fn rehearsed(
    place: &Place,
    dry_run: impl Future<Output = Result<Value, Trouble>>,
) -> Result<Option<Value>, String> {
    match dry_run.await {
        Ok(made) => Ok(Some(made)),
        Err(trouble @ (Trouble::Refused(_) | Trouble::Absent(_))) => Err(trouble.about(&place.title()).words()),
        Err(Trouble::Passing(_) | Trouble::Lost(_)) => Ok(None),
    }
}

async fn scaled(cluster: &Cluster, object: &KubeName, replicas: u32, asks: bool) -> Result<ObjectBefore, String> {
    let (place, live) = found(cluster, object).await.map_err(Trouble::words)?;
    if asks && let Some(words) = autoscaler(cluster, &place).await.map_err(Trouble::words)? {
        return Err(words);
    }
    let before = u32::try_from(wanted(&live)).unwrap_or(u32::MAX);
    Ok(of(&place, Some(&live), ObjectWas::Replicas { replicas: before, leaves: replicas }))
}

async fn marked(
    cluster: &Cluster,
    object: &KubeName,
    mark: Mark,
    pairs: &[(String, Option<String>)],
) -> Result<ObjectBefore, String> {
    let (place, live) = found(cluster, object).await.map_err(Trouble::words)?;
    let values = marks_of(&live, mark, pairs.iter().map(|(name, _)| name));
    let leaves = pairs.iter().cloned().collect();
    Ok(of(&place, Some(&live), ObjectWas::Marks { mark, values, leaves }))
}

async fn applied(cluster: &Cluster, manifest: &Value) -> Result<ObjectBefore, String> {
    let place = cluster.place_of(manifest).await.map_err(Trouble::words)?;
    let title = place.title();
    if text(manifest, "/kind") == "Secret" {
        return Err(format!(
            "{title} can't be kept for its way back, since nothing of a Secret is written down: write an `inverse`"
        ));
    }
    let live = cluster.look(&place).await.map_err(|trouble| trouble.about(&title).words())?;
    rehearsed(&place, cluster.apply(&place, manifest, true)).await?;
    let leaves = manifest.clone();
    let Some(live) = live else { return Ok(of(&place, None, ObjectWas::Absent { leaves })) };
    let object = settings(&live);
    let length = object.to_string().len();
    if length > LARGEST {
        return Err(format!(
            "{title} has {} KiB and can't be kept for its way back, which takes at most {} KiB: write an `inverse`",
            length / 1024,
            LARGEST / 1024
        ));
    }
    Ok(of(&place, Some(&live), ObjectWas::Whole { object, leaves }))
}

/// Whether the server would leave an object as it is.
pub(super) async fn is_unchanged_by(cluster: &Cluster, place: &Place, manifest: &Value, live: &Value) -> Option<bool> {
    expected(cluster, place, manifest).await.map(|made| settings(&made) == settings(live))
}
