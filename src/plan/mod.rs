//! Model and inputs → an ordered, resolved plan. Pure: it runs nothing and knows no clock.

mod by_hand;
mod by_id;
mod circumstances;
mod error;
mod kept_files;
mod kube_by_hand;
mod lease;
mod ordered;
mod resolve;
mod resolve_kube;
mod resolved;
mod resolved_kube;
mod sought;
mod sql_by_hand;
mod time;

pub use by_hand::{
    by_hand, copy_of_before, in_full, in_one_line, quote, restore_by_hand, restore_by_hand_before, secret_by_hand,
};
pub use by_id::ById;
pub use circumstances::{Circumstances, resolve_activity, resolve_program};
pub use error::PlanError;
pub use kept_files::KeptFiles;
pub use lease::{PlannedLease, ResolvedLease};
pub use ordered::{Plan, PlannedCheckpoint, PlannedPhase, Unit, UnitKind};
pub use resolve::{RunFacts, parse_time};
pub use resolved::{
    BoundValue, FileBefore, ResolvedAction, ResolvedActivity, ResolvedBody, ResolvedFileChange, ResolvedHttp,
    ResolvedProcesses, ResolvedProgram, ResolvedSurroundings, ShellName, StateBefore,
};
pub use resolved_kube::{
    KubeBefore, KubeName, ObjectBefore, ObjectWas, ResolvedKube, ResolvedKubeVerb, ResolvedPod, ResolvedTarget,
};
pub use sought::{Needle, Sought};
pub use time::{attempts_budget, back_budget, retry_delay};
