//! From a resolved verb to who does it, within the limits of the attempt.
//!
//! Invariant: an attempt that is cut short after something was sent has an unknown effect, and one that is
//! cut short before has none.

use super::super::ending::Ending;
use super::super::limits::Limits;
use super::cluster::Cluster;
use super::workload::{change_template, restarted, scale, with_images};
use super::{apply, before, delete, dry_run, get, job, logs, mark, probe, restore, wait};
use crate::plan::{KubeBefore, ResolvedKube, ResolvedKubeVerb, ResolvedSurroundings};

/// Performs a verb.
pub(in crate::perform) async fn perform_kube(
    kube: &ResolvedKube,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Ending {
    let cluster = match Cluster::reach(&kube.target, surroundings, limits).await {
        Ok(cluster) => cluster,
        Err(words) => return Ending::did_not_start(words),
    };
    Box::pin(within(&cluster, act(&cluster, &kube.verb))).await
}

/// What the inverse of a verb puts back; `Ok(None)` for a verb without one.
pub(in crate::perform) async fn kube_before(
    kube: &ResolvedKube,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Result<Option<KubeBefore>, String> {
    let cluster = Cluster::reach(&kube.target, surroundings, limits).await?;
    limits.hold(before::before(&cluster, &kube.verb)).await.unwrap_or_else(|cut| Err(cut.words()))
}

/// What a verb would leave, to be compared with what there is; `None`: nobody can tell.
pub(in crate::perform) async fn kube_would_leave(
    kube: &ResolvedKube,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Option<KubeBefore> {
    let cluster = Cluster::reach(&kube.target, surroundings, limits).await.ok()?;
    limits.hold(before::would_leave(&cluster, &kube.verb)).await.ok().flatten()
}

/// What the server says of a change without keeping it; `None`: there is nothing to ask.
pub(in crate::perform) async fn kube_dry_run(
    kube: &ResolvedKube,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Option<Result<(), String>> {
    let cluster = match Cluster::reach(&kube.target, surroundings, limits).await {
        Ok(cluster) => cluster,
        Err(words) => return Some(Err(words)),
    };
    limits.hold(dry_run::dry_run(&cluster, &kube.verb)).await.unwrap_or_else(|cut| Some(Err(cut.words())))
}

/// Whether the effect is there; `None` when nobody can tell.
pub(in crate::perform) async fn probe_kube(
    before: &KubeBefore,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Option<bool> {
    let cluster = Cluster::reach(&before.target, surroundings, limits).await.ok()?;
    Box::pin(limits.hold(probe::is_there(&cluster, before))).await.ok().flatten()
}

/// Puts back what was there.
pub(in crate::perform) async fn restore_kube(
    before: &KubeBefore,
    surroundings: &ResolvedSurroundings,
    limits: &Limits,
) -> Ending {
    let cluster = match Cluster::reach(&before.target, surroundings, limits).await {
        Ok(cluster) => cluster,
        Err(words) => return Ending::did_not_start(words),
    };
    Box::pin(within(&cluster, restore::restore(&cluster, before))).await
}

async fn within(cluster: &Cluster, acting: impl Future<Output = Ending>) -> Ending {
    match cluster.limits.hold(acting).await {
        Ok(ending) => ending,
        Err(cut) if cluster.has_sent() => Ending::unknown(format!("{}, after the change was sent", cut.words())),
        Err(cut) => Ending::did_not_start(cut.words()),
    }
}

async fn act(cluster: &Cluster, verb: &ResolvedKubeVerb) -> Ending {
    match verb {
        ResolvedKubeVerb::SetImage { object, containers } => {
            change_template(cluster, object, |live| with_images(live, containers)).await
        }
        ResolvedKubeVerb::Restart { object, key } => {
            change_template(cluster, object, |live| restarted(live, key)).await
        }
        ResolvedKubeVerb::Scale { object, replicas } => scale(cluster, object, *replicas).await,
        ResolvedKubeVerb::Apply(manifests) => apply::apply(cluster, manifests).await,
        ResolvedKubeVerb::Delete(object) => delete::delete(cluster, object).await,
        ResolvedKubeVerb::Mark { mark, object, pairs } => {
            mark::set_marks(cluster, object, *mark, &pairs.iter().cloned().collect()).await
        }
        ResolvedKubeVerb::Wait { object, selector, condition } => {
            wait::wait(cluster, object, selector.as_deref(), condition.as_deref()).await
        }
        ResolvedKubeVerb::Get { object, selector, field_selector } => {
            get::get(cluster, object, selector.as_deref(), field_selector.as_deref()).await
        }
        ResolvedKubeVerb::Logs { object, container, since, tail } => {
            logs::logs(cluster, object, container.as_deref(), *since, *tail).await
        }
        ResolvedKubeVerb::Job(manifests) => job::run_jobs(cluster, manifests).await,
        ResolvedKubeVerb::Events { object, since } => get::events(cluster, object, *since).await,
    }
}
