//! Kubernetes, over its API: what `kube VERB …` looks at and changes, how a rollout is waited for, and
//! the state of before that takes a change back.
//!
//! | file | its one job |
//! |---|---|
//! | `client` | the target → a client that repeats nothing by itself |
//! | `cluster` | asking: one object, a list, a change; each answer has its limit |
//! | `kinds`, `discover` | a word for a kind → the resource |
//! | `trouble` | an error → what it means for an effect, in words |
//! | `object`, `pods`, `rollout` | what an object, a pod, a rollout is, from one look; pure |
//! | `follow`, `culprit`, `lowest` | a rollout followed to its end, who is to blame, how few were available |
//! | `making` | a change sent once, and looked up where its answer was lost |
//! | `workload`, `apply`, `mark`, `delete`, `job`, `wait`, `get`, `logs` | the verbs |
//! | `before`, `restore`, `probe` | the way back |
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
mod follow;
mod get;
mod job;
mod kinds;
mod logs;
mod lowest;
mod making;
mod mark;
mod object;
mod perform;
mod pods;
mod probe;
mod restore;
mod rollout;
mod trouble;
mod wait;
mod workload;

/// Performs a verb.
pub(super) async fn perform_kube(
    _kube: &ResolvedKube,
    _surroundings: &ResolvedSurroundings,
    _limits: &Limits,
) -> Ending {
    Ending::did_not_start("not there yet")
}

/// What the inverse of a verb puts back; `Ok(None)` for a verb without one.
pub(super) async fn kube_before(
    _kube: &ResolvedKube,
    _surroundings: &ResolvedSurroundings,
    _limits: &Limits,
) -> Result<Option<KubeBefore>, String> {
    Err("not there yet".to_owned())
}

/// Whether the effect is there; `None` when nobody can tell.
pub(super) async fn probe_kube(
    _before: &KubeBefore,
    _surroundings: &ResolvedSurroundings,
    _limits: &Limits,
) -> Option<bool> {
    None
}

/// Puts back what was there.
pub(super) async fn restore_kube(
    _before: &KubeBefore,
    _surroundings: &ResolvedSurroundings,
    _limits: &Limits,
) -> Ending {
    Ending::did_not_start("not there yet")
}

/// Runs the program of an errand in its pod.
pub(super) fn run_in_pod(
    errand: &super::supervisor::Errand,
    _program: &crate::plan::ResolvedProgram,
    _pod: &crate::plan::ResolvedPod,
) -> Result<std::process::ExitCode, String> {
    Err(errand.cannot("not there yet"))
}
pub(super) use perform::{kube_before, kube_would_leave, perform_kube, probe_kube, restore_kube};
