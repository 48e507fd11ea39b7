//! The clusters that a run and its way back ask: found and proven before the first effect. A run stays
//! with the clusters that it began with. Invariant: what is proven is what is known by then; a value that
//! is captured later can't be asked about.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::event::ClusterReached;
use crate::perform::{Proven, prove_clusters};
use crate::plan::{Circumstances, Plan, ResolvedActivity, ResolvedLease, resolve_activity};

/// Proves the clusters of a plan.
///
/// # Errors
/// Everything that is missing, one line each: a cluster that can't be reached, a right, and a cluster
/// that is another one than when the run `began`.
pub async fn reach_clusters(
    plan: &Plan,
    inherited: &BTreeMap<String, String>,
    began: Option<&[ClusterReached]>,
) -> Result<Vec<ClusterReached>, Vec<String>> {
    let (activities, leases) = asking(plan, inherited);
    if activities.is_empty() && leases.is_empty() {
        return Ok(Vec::new());
    }
    let Proven { reached, mut missing } = prove_clusters(&activities, &leases).await;
    for now in &reached {
        let same = |before: &&ClusterReached| before.context == now.context && before.namespace == now.namespace;
        if let Some(before) = began.into_iter().flatten().find(same).filter(|before| before.address != now.address) {
            missing.push(format!(
                "the run began on {}, and the same context leads to {} now: its way back isn't there",
                before.address, now.address
            ));
        }
    }
    if missing.is_empty() { Ok(reached) } else { Err(missing) }
}

/// Everything that asks a cluster, and the locks that are held in one, with the values that are known.
fn asking(plan: &Plan, inherited: &BTreeMap<String, String>) -> (Vec<ResolvedActivity>, Vec<ResolvedLease>) {
    let folder = camino::absolute_utf8(&plan.runbook.folder).unwrap_or_else(|_| plan.runbook.folder.clone());
    let at = before_the_run(&folder, plan, inherited);
    let activities =
        plan.units.iter().flat_map(super::users::activities).filter(|activity| activity.action.asks_a_cluster());
    let activities = activities.filter_map(|activity| resolve_activity(activity, &plan.values, &at).ok());
    let leases = plan.leases.iter().filter_map(|lease| lease.resolve(&plan.values, &at).ok());
    (activities.collect(), leases.collect())
}

/// What is known of what asks before there is a run, or beside it.
pub fn before_the_run<'a>(
    folder: &'a Utf8Path,
    plan: &'a Plan,
    inherited: &'a BTreeMap<String, String>,
) -> Circumstances<'a> {
    Circumstances {
        folder,
        kept: &plan.kept,
        inherited,
        run: "",
        unit: "",
        attempt: 1,
        idempotency_key: String::new(),
        read_only: true,
        preserved: None,
    }
}
