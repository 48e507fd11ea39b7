//! What a run is, said once at its start; and where it reaches beyond its machine: the clusters that it asks
//! and the locks that it holds there. Invariant: whoever goes on with a run needs nothing else of its start.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Outline, Turn, Wish};

/// The head of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunStarted {
    /// The format of what its first engine writes; a newer one than ours is refused.
    pub format: u32,
    /// The run's id.
    pub run: String,
    /// The runbook's id.
    pub runbook: String,
    /// The runbook's title, values put in.
    pub title: String,
    /// The runbook's file, as it was named.
    pub file: String,
    /// SHA-256 of the bundle.
    pub digest: String,
    /// Every input with its value.
    pub inputs: BTreeMap<String, String>,
    /// What actions inherit: PATH, LANG, … as they were at the start.
    pub environment: BTreeMap<String, String>,
    /// Where the runbook's relative paths start: absolute.
    pub folder: String,
    /// The clusters that it and its way back ask; empty: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ClusterReached>,
    /// What there is to do, for reports.
    pub outline: Outline,
    /// What replaces every `on-failure`; `None`: as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Wish>,
    /// Where a rehearsal turns round; `None`: it is no rehearsal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Turn>,
}

/// A cluster that a run asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterReached {
    /// The address of its API server.
    pub address: String,
    /// Where its objects are looked for.
    pub namespace: String,
    /// The context; `None`: runbook runs in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
}

/// A lock as it is held in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeaseTaken {
    /// The address of its API server.
    pub cluster: String,
    /// Where the Lease is.
    pub namespace: String,
    /// The Lease's name.
    pub name: String,
}
