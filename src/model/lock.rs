//! `lock "name" store=…`: what one run at a time has, and who else is kept out by it.
//!
//! A lock is always held on the machine that the run is on. `store=kubernetes` holds it in a cluster, too,
//! as a Lease, so that no run on another machine has it. Which cluster is said by the `kubernetes` in force
//! where the lock stands. Invariant: a lock with a store has a cluster.

use std::sync::Arc;

use super::{Surroundings, Template};

/// `lock "name" store=…`.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Its name.
    pub name: Template,
    /// `store=kubernetes`: what says how the cluster is reached, and nothing else; `None`: the lock reaches
    /// no further than the state directory.
    pub lease: Option<Arc<Surroundings>>,
}

impl Lock {
    /// The texts that say how the cluster is reached; empty without one.
    pub fn lease_texts(&self) -> impl Iterator<Item = &Template> {
        let around = self.lease.iter();
        around.flat_map(|around| {
            let target = around.kubernetes.iter();
            let target = target.flat_map(|it| it.context.iter().chain(&it.namespace).chain(&it.kubeconfig));
            target.chain(&around.cd).chain(around.env.iter().map(|(_, value)| value))
        })
    }
}
