//! What is proven of clusters before the first effect of a run: that they are there, and that the run may
//! do what it and its way back will ask for. Nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::Stop;
use super::super::limits::Limits;
use super::cluster::Cluster;
use super::rights::{missing, rights_of, rights_of_exec, rights_of_lease};
use super::trouble::Trouble;
use crate::event::ClusterReached;
use crate::plan::{
    ResolvedAction, ResolvedActivity, ResolvedKubeVerb, ResolvedLease, ResolvedProcesses, ResolvedSurroundings,
    ResolvedTarget,
};

/// How long a cluster may take for all questions.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is asked of one cluster.
#[derive(Default)]
struct Wanted<'a> {
    verbs: Vec<&'a ResolvedKubeVerb>,
    execs: bool,
    leases: Vec<&'a str>,
}

/// What is asked of each cluster, and what is in force around it.
type ByTarget<'a> = BTreeMap<&'a ResolvedTarget, (Wanted<'a>, &'a ResolvedSurroundings)>;

/// What was found out about clusters.
#[derive(Debug, Default)]
pub struct Proven {
    /// Where each target leads, in their order.
    pub reached: Vec<ClusterReached>,
    /// What is missing, one line each; empty: nothing.
    pub missing: Vec<String>,
}

/// Proves the clusters of these activities and locks.
pub async fn prove_clusters(activities: &[ResolvedActivity], leases: &[ResolvedLease]) -> Proven {
    let mut proven = Proven::default();
    for (target, (wanted, surroundings)) in &by_target(activities, leases) {
        let limits = Limits::new(PATIENCE, &Stop::default());
        let cluster = match Cluster::reach(target, surroundings, &limits).await {
            Ok(cluster) => cluster,
            Err(why) => {
                proven.missing.push(why);
                continue;
            }
        };
        match prove(&cluster, wanted).await {
            Ok(missing) => {
                let namespace = &cluster.at.namespace;
                proven
                    .missing
                    .extend(missing.into_iter().map(|right| format!("{}: may not {right}", cluster.at.address)));
                proven.reached.push(ClusterReached {
                    address: cluster.at.address.clone(),
                    namespace: namespace.clone(),
                    context: cluster.at.target.context.clone(),
                });
            }
            Err(why) => proven.missing.push(format!("{}: {why}", cluster.at.address)),
        }
    }
    proven
}

fn by_target<'a>(activities: &'a [ResolvedActivity], leases: &'a [ResolvedLease]) -> ByTarget<'a> {
    let mut targets = ByTarget::new();
    for activity in activities {
        let around = &activity.surroundings;
        if let ResolvedAction::Kube(kube) = &activity.action {
            let (wanted, _) = targets.entry(&kube.target).or_insert_with(|| (Wanted::default(), around));
            wanted.verbs.push(&kube.verb);
        }
        if let Some(ResolvedProcesses::Programs { programs, .. }) = activity.action.processes() {
            for pod in programs.iter().filter_map(|program| program.pod.as_ref()) {
                let (wanted, _) = targets.entry(&pod.target).or_insert_with(|| (Wanted::default(), around));
                wanted.execs = true;
            }
        }
    }
    for lease in leases {
        let (wanted, _) = targets.entry(&lease.target).or_insert_with(|| (Wanted::default(), &lease.surroundings));
        wanted.leases.push(&lease.name);
    }
    targets
}

async fn prove(cluster: &Cluster, wanted: &Wanted<'_>) -> Result<Vec<String>, String> {
    let mut rights = BTreeSet::new();
    for verb in &wanted.verbs {
        rights.extend(rights_of(cluster, verb).await.map_err(Trouble::words)?);
    }
    if wanted.execs {
        rights.extend(rights_of_exec(cluster));
    }
    for name in &wanted.leases {
        rights.extend(rights_of_lease(cluster, name));
    }
    missing(cluster, rights).await.map_err(Trouble::words)
}
