//! A change as the server would take it, sent with `dryRun=All`: admission, defaults, conflicts and rights are
//! as for the change itself, and nothing is kept.
//!
//! Invariant: not one request of it changes anything.

use kube::api::Patch;
use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::making::{replacing, template_patch};
use super::object::uid;
use super::trouble::Trouble;
use super::workload::{autoscaler, found, restarted, template_of, with_images};
use crate::plan::{KubeName, ResolvedKubeVerb};

/// What the server says of a change; `None` for a verb that changes nothing, and for a deletion, which has
/// nothing to be checked but the right to it.
pub(super) async fn dry_run(cluster: &Cluster, verb: &ResolvedKubeVerb) -> Option<Result<(), String>> {
    let said = match verb {
        ResolvedKubeVerb::SetImage { object, containers } => {
            template(cluster, object, |live| with_images(live, containers)).await
        }
        ResolvedKubeVerb::Restart { object, key } => template(cluster, object, |live| restarted(live, key)).await,
        ResolvedKubeVerb::Scale { object, replicas } => scale(cluster, object, *replicas).await,
        ResolvedKubeVerb::Mark { mark, object, pairs } => {
            let values: Map<String, Value> = pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            marks(cluster, object, mark.field(), values).await
        }
        ResolvedKubeVerb::Apply(objects) => all(cluster, objects, false).await,
        ResolvedKubeVerb::Job(objects) => all(cluster, objects, true).await,
        ResolvedKubeVerb::Delete(_)
        | ResolvedKubeVerb::Wait { .. }
        | ResolvedKubeVerb::Get { .. }
        | ResolvedKubeVerb::Logs { .. }
        | ResolvedKubeVerb::Events { .. } => return None,
    };
    Some(said.map_err(Trouble::words))
}

async fn template(
    cluster: &Cluster,
    object: &KubeName,
    changed: impl Fn(&Value) -> Result<Value, String>,
) -> Result<(), Trouble> {
    let (place, live, template) = template_of(cluster, object, changed).await?;
    match template_patch(&live, &template) {
        Some(patch) => cluster.patch(&place, &patch, true).await.map(drop),
        None => Ok(()),
    }
}

async fn scale(cluster: &Cluster, object: &KubeName, replicas: u32) -> Result<(), Trouble> {
    let (place, live) = found(cluster, object).await?;
    if let Some(words) = autoscaler(cluster, &place).await? {
        return Err(Trouble::Refused(words));
    }
    match replacing(&live, "/spec/replicas", &json!(replicas)) {
        Some(patch) => cluster.patch(&place, &patch, true).await.map(drop),
        None => Ok(()),
    }
}

async fn marks(cluster: &Cluster, object: &KubeName, field: &str, values: Map<String, Value>) -> Result<(), Trouble> {
    let (place, live) = found(cluster, object).await?;
    let patch = Patch::Merge(json!({ "metadata": { "uid": uid(&live), field: values } }));
    cluster.patch(&place, &patch, true).await.map(drop)
}

/// A later object may need an earlier one, which a dry run doesn't keep: then the server refuses it, and says so.
async fn all(cluster: &Cluster, objects: &[Value], creates: bool) -> Result<(), Trouble> {
    for object in objects {
        let place = cluster.place_of(object).await?;
        let said = if creates {
            cluster.would_create(&place, object).await
        } else {
            cluster.patch(&place, &Patch::Apply(object.clone()), true).await
        };
        said.map_err(|trouble| trouble.about(&place.title()))?;
    }
    Ok(())
}
