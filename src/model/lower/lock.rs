//! `lock "name" store=…` of a runbook or phase.

use std::sync::Arc;

use super::lowering::Lower;
use super::surroundings::Defaults;
use crate::model::kube_error::KubeError;
use crate::model::{Lock, Surroundings};
use crate::syntax::Node;

/// The variables that say where the settings for a cluster are.
const LEADING: [&str; 2] = ["HOME", "KUBECONFIG"];

/// Where a lock is held besides the machine that the run is on.
#[derive(Clone, Copy)]
enum Store {
    Local,
    Kubernetes,
}

impl Lower<'_> {
    /// The lock of a runbook or phase; `None` without one.
    pub(super) fn lock(&mut self, parent: &Node, defaults: &Defaults) -> Option<Lock> {
        let name = self.head_text(parent, "lock");
        let node = parent.child("lock")?;
        let stores = [("local", Store::Local), ("kubernetes", Store::Kubernetes)];
        let store = node.property("store").map(|entry| (entry.span, self.keep(entry.choice(&stores))));
        let lease = match store {
            None | Some((_, None | Some(Store::Local))) => None,
            Some((span, Some(Store::Kubernetes))) => {
                let around = leading(&defaults.surroundings);
                if around.is_none() {
                    self.report(KubeError::LockWithoutCluster.at(span));
                }
                around
            }
        };
        Some(Lock { name: name?, lease })
    }
}

/// What says how the cluster is reached: a value that some step captures is none of it, since a lock is
/// taken before any step. `None`: nothing says which cluster.
fn leading(around: &Surroundings) -> Option<Arc<Surroundings>> {
    let kubernetes = Some(around.kubernetes.clone()?);
    let env = around.env.iter().filter(|(name, _)| LEADING.contains(&name.as_str())).cloned().collect();
    Some(Arc::new(Surroundings { cd: around.cd.clone(), env, kubernetes, ..Surroundings::default() }))
}
