//! The one Lease of the API that a lock is, and how it is asked. Invariant: a write carries the version that was
//! read, or makes a Lease that isn't there; the server refuses it if somebody wrote in between.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, PostParams};
use tokio::time::timeout;

use super::super::super::Stop;
use super::super::super::limits::Limits;
use super::super::client::connect;
use super::super::cluster::MANAGER;
use super::super::trouble::Trouble;
use crate::model::render_duration;
use crate::plan::ResolvedLease;

/// How long the way to the cluster may take to be found: a plugin for signing in may ask somebody.
const SIGNING_IN: Duration = Duration::from_mins(1);
/// How long one answer may take.
const ANSWERING: Duration = Duration::from_secs(10);

/// Where a lock is in a cluster.
pub(super) struct Seat {
    api: Api<Lease>,
    /// The lock's name.
    pub(super) lock: String,
    /// The Lease's.
    pub(super) name: String,
    /// The address of the API server.
    pub(super) address: String,
    /// Where the Lease is.
    pub(super) namespace: String,
    context: Option<String>,
    answering: Duration,
}

/// What became of a write.
pub(super) enum Written {
    /// The server has it so.
    Made(Box<Lease>),
    /// Somebody wrote in between, or deleted it: nothing happened.
    Overtaken,
}

impl Seat {
    /// Finds the way; nothing is asked yet.
    pub(super) async fn reach(lease: &ResolvedLease, granted: Duration) -> Result<Self, String> {
        let limits = Limits::new(SIGNING_IN, &Stop::default());
        let at = connect(&lease.target, &lease.surroundings, &limits).await?;
        Ok(Self {
            api: Api::namespaced(at.client, &at.namespace),
            lock: lease.lock.clone(),
            name: lease.name.clone(),
            address: at.address,
            namespace: at.namespace,
            context: at.target.context,
            // Several answers must fit into the time for which it is granted.
            answering: ANSWERING.min(granted / 4),
        })
    }

    /// The Lease as it is now; `None`: there is none.
    pub(super) async fn read(&self) -> Result<Option<Lease>, Trouble> {
        match timeout(self.answering, self.api.get_opt(&self.name)).await {
            Ok(answer) => answer.map_err(|error| Trouble::of(&error, false).at(&self.address)),
            Err(_) => Err(Trouble::Passing(self.silence())),
        }
    }

    /// Writes it over what was read, or as a new one.
    pub(super) async fn write(&self, lease: &Lease) -> Result<Written, Trouble> {
        let params = PostParams { dry_run: false, field_manager: Some(MANAGER.to_owned()) };
        let answer = match &lease.metadata.resource_version {
            Some(_) => timeout(self.answering, self.api.replace(&self.name, &params, lease)).await,
            None => timeout(self.answering, self.api.create(&params, lease)).await,
        };
        let is_new = lease.metadata.resource_version.is_none();
        match answer {
            Ok(Ok(made)) => Ok(Written::Made(Box::new(made))),
            Ok(Err(kube::Error::Api(status))) if status.code == 409 || status.code == 404 && !is_new => {
                Ok(Written::Overtaken)
            }
            Ok(Err(error)) => Err(Trouble::of(&error, true).at(&self.address)),
            Err(_) => Err(Trouble::Lost(self.silence())),
        }
    }

    fn silence(&self) -> String {
        format!("{} doesn't answer within {}", self.address, render_duration(self.answering))
    }

    /// `the Lease shop/runbook-shop-3fa9c2`.
    pub(super) fn place(&self) -> String {
        format!("the Lease {}/{} in {}", self.namespace, self.name, self.address)
    }

    /// How a person frees it.
    pub(super) fn by_hand(&self) -> String {
        let context = self.context.as_ref().map(|name| format!("--context {name} ")).unwrap_or_default();
        format!("kubectl {context}-n {} delete lease {}", self.namespace, self.name)
    }
}
