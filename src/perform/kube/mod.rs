//! Kubernetes, over its API: what `kube VERB …` looks at and changes, how a rollout is waited for, and
//! the state of before that takes a change back.
//!
//! | file | its one job |
//! |---|---|
//! | `client` | the target → a client that repeats nothing by itself |
//! | `cluster` | asking: one object, a list, a change; each answer has its limit |
//! | `kinds`, `discover` | a word for a kind → the resource |
//! | `trouble`, `validity` | an error → what it means for an effect, in words; until when certificates are good |
//! | `object`, `pods`, `rollout` | what an object, a pod, a rollout is, from one look; pure |
//! | `follow`, `culprit`, `lowest` | a rollout followed to its end, who is to blame, how few were available |
//! | `hindrance` | what keeps a `StatefulSet` from going back |
//! | `making` | a change sent once, and looked up where its answer was lost |
//! | `workload`, `apply`, `mark`, `delete`, `job`, `wait`, `get`, `logs` | the verbs |
//! | `exec` | a program in a container, as a process of ours |
//! | `dry_run` | a change as the server would take it |
//! | `before`, `restore`, `probe` | the way back |
//! | `lease` | a run's lock in a cluster |
//! | `proof`, `rights` | what is proven of a cluster before the first effect |
//!
//! Invariant: a change is never sent twice. What became of one whose answer was lost is looked up.

mod answer;
mod apply;
mod before;
mod client;
mod cluster;
mod culprit;
mod delete;
mod discover;
mod dry_run;
mod exec;
mod follow;
mod get;
mod hindrance;
mod job;
mod kinds;
mod lease;
mod logs;
mod lowest;
mod making;
mod mark;
mod object;
mod perform;
mod pods;
mod probe;
mod proof;
mod restore;
mod rights;
mod rollout;
mod trouble;
mod validity;
mod wait;
mod workload;

pub(super) use exec::run_in_pod;
pub use lease::{HeldLease, LeaseHolder, LeaseNews, LeaseRefusal, free_lease};
pub(super) use perform::{kube_before, kube_dry_run, kube_would_leave, perform_kube, probe_kube, restore_kube};
pub use proof::{Proven, prove_clusters};
