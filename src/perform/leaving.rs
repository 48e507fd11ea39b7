//! What an action with a derived inverse would leave, without touching anything: what a probe compares
//! the system with before the action was ever run.
//!
//! Invariant: it reads at most the file that would be copied.

use camino::Utf8PathBuf;

use super::Stop;
use super::kube::kube_would_leave;
use super::limits::Limits;
use crate::model::digest::Digest;
use crate::plan::{FileBefore, ResolvedAction, ResolvedActivity, ResolvedFileChange, StateBefore};

/// What the action would leave; `None` where nobody can tell before it runs: another user's file that
/// would be read, a replacement in a file that may have been replaced already, an action that doesn't know
/// how it is undone.
pub async fn would_leave(activity: &ResolvedActivity) -> Option<StateBefore> {
    let change = match &activity.action {
        ResolvedAction::Change(change) => change.clone(),
        // Of a unit its own state is asked.
        ResolvedAction::ServiceChange { .. } => return Some(StateBefore::Daemon),
        ResolvedAction::Kube(kube) => {
            let limits = Limits::new(activity.budget, &Stop::default());
            let leaves = kube_would_leave(kube, &activity.surroundings, &limits).await?;
            return Some(StateBefore::Kube(Box::new(leaves)));
        }
        ResolvedAction::Run(_)
        | ResolvedAction::Script(_)
        | ResolvedAction::Pipe { .. }
        | ResolvedAction::Http(_)
        | ResolvedAction::Sql { .. }
        | ResolvedAction::File { .. }
        | ResolvedAction::Disk(_)
        | ResolvedAction::Port(_)
        | ResolvedAction::Process(_)
        | ResolvedAction::Service(_)
        | ResolvedAction::Restore(_)
        | ResolvedAction::Manual(_) => return None,
    };
    let is_ours = activity.surroundings.user.is_none();
    tokio::task::spawn_blocking(move || leaves(change, is_ours)).await.ok().flatten()
}

fn leaves(change: ResolvedFileChange, is_ours: bool) -> Option<StateBefore> {
    let (path, leaves) = match change {
        ResolvedFileChange::Write { path, text, .. } => (followed(path, is_ours), Digest::of(text)),
        ResolvedFileChange::Link { path, to } => (path, Digest::of(to)),
        ResolvedFileChange::Copy { from, to, .. } if is_ours => {
            let mut digesting = crate::model::digest::Digesting::default();
            std::io::copy(&mut regular(&from)?, &mut digesting).ok()?;
            (followed(to, is_ours), digesting.finish())
        }
        ResolvedFileChange::Copy { .. } | ResolvedFileChange::Replace { .. } => return None,
    };
    Some(StateBefore::File { path, was: FileBefore::Absent, leaves: leaves.to_string() })
}

/// A file that can be read to its end.
fn regular(path: &Utf8PathBuf) -> Option<std::fs::File> {
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    is_file.then(|| std::fs::File::open(path).ok()).flatten()
}

/// Where a path leads: what is written through a link lies there.
fn followed(path: Utf8PathBuf, is_ours: bool) -> Utf8PathBuf {
    let leads = if is_ours { path.canonicalize_utf8().ok() } else { None };
    leads.unwrap_or(path)
}
