//! Kubernetes, over its API: what `kube VERB …` looks at and changes, how a rollout is waited for, and
//! the state of before that takes a change back.
//!
//! Invariant: a change is never sent twice. What became of one whose answer was lost is looked up.

use super::ending::Ending;
use super::limits::Limits;
use crate::plan::{KubeBefore, ResolvedKube, ResolvedSurroundings};

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
