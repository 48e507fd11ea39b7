//! The users that a run and its way back act as: proven before the first effect, and kept fresh, so
//! that no password is asked for in the middle of a rollback.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Action, Activity, Inverse};
use crate::perform::process::prove_user;
use crate::plan::{Plan, Unit, UnitKind};

/// sudo forgets after 5 minutes where it forgets soonest by default.
const REFRESH: Duration = Duration::from_mins(2);

/// Every user that anything in the plan acts as.
pub fn users(plan: &Plan) -> BTreeSet<String> {
    let activities = plan.units.iter().flat_map(activities);
    activities
        .filter(|activity| !matches!(activity.action, Action::Manual(_) | Action::Http(_) | Action::Port(_)))
        .filter_map(|activity| activity.surroundings.user.as_ref())
        .map(|user| user.value.render_known(&plan.values))
        .collect()
}

/// Everything that a unit may do or look at, its way back included.
pub fn activities(unit: &Unit) -> Vec<&Activity> {
    let mut all: Vec<_> = unit.activity().into_iter().collect();
    match &unit.kind {
        UnitKind::Step(step) => {
            if let Inverse::Written(inverse) = &step.inverse {
                all.push(&inverse.activity);
            }
            all.extend(step.applied.as_ref().map(|applied| &applied.activity));
            all.extend(&step.diagnose);
        }
        UnitKind::Check(check) => all.extend(&check.diagnose),
        UnitKind::OnRollback(_) | UnitKind::Preserve(_) | UnitKind::Manual(_) | UnitKind::Wait(_) => {}
    }
    all
}

/// Proves that we may act as each of them.
///
/// # Errors
/// All that we may not act as, one line each.
pub fn prove_users(
    users: &BTreeSet<String>,
    own_program: &Utf8Path,
    inherited: &BTreeMap<String, String>,
) -> Result<(), Vec<String>> {
    let path = inherited.get("PATH").map_or("", String::as_str);
    let prove = |user: &String| prove_user(user, own_program, path).err().map(|why| format!("as {user}: {why}"));
    let missing: Vec<_> = users.iter().filter_map(prove).collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// Proves it again every other minute, as long as the engine lives. A failure shows at the step that
/// needs the user; here nothing can be done about it.
pub fn keep_fresh(users: BTreeSet<String>, own_program: Utf8PathBuf, inherited: BTreeMap<String, String>) {
    if users.is_empty() {
        return;
    }
    tokio::task::spawn_local(async move {
        loop {
            tokio::time::sleep(REFRESH).await;
            let (users, program, inherited) = (users.clone(), own_program.clone(), inherited.clone());
            let _ = tokio::task::spawn_blocking(move || prove_users(&users, &program, &inherited)).await;
        }
    });
}
