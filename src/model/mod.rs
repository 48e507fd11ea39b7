//! What the author wrote, typed and pure. Lowering (nodes → model) collects every error and
//! warning; nothing here runs, reads the environment or knows the time.

mod action;
mod activity;
mod allowance;
mod always;
pub mod bundle;
mod called;
pub mod compare;
pub mod digest;
mod error;
mod expectation;
mod expectation_error;
mod filter;
mod handed_over;
mod item;
mod kube_error;
mod kubernetes;
mod lock;
mod lower;
mod quantity;
pub mod review;
mod runbook;
pub mod script;
mod setting;
mod subjects;
mod template;
pub mod test_file;
pub mod vocabulary;

pub use action::{
    Action, Binding, Content, FilePick, HttpBody, HttpRequest, JsonField, Processes, Program, Replacement, ServiceVerb,
};
pub use activity::{Activity, Budget, Capture, Leak, Poll, Retry, Selection, Shell, Surroundings};
pub use allowance::{Allowance, AllowedFinding};
pub use always::Always;
pub use called::{called_words, started_words};
pub use error::ModelError;
pub use expectation::{Comparison, Expectation, Expected, Literal, Matcher, Subject, SubjectName};
pub use expectation_error::ExpectationError;
pub use filter::{FILTERS, Filter};
pub use handed_over::{HandedOver, handed_over};
pub use item::{
    Applied, Check, CheckFailure, Checkpoint, Condition, Inverse, InverseFailure, Item, Manual, OnRollback, Parallel,
    Preserve, Step, StepFailure, Wait, WrittenInverse,
};
pub use kube_error::KubeError;
pub use kubernetes::{KubeAction, KubeTarget, KubeUntil, KubeVerb, Manifest, ManifestObject, Mark, Pod};
pub use lock::Lock;
pub use lower::{Known, Lowering, declared_names};
pub use quantity::{Dimension, Quantity, QuantityError, parse_duration, parse_quantity, render_bytes, render_duration};
pub use runbook::{
    Impact, Input, InputType, Let, OnInterrupt, Phase, PhaseStart, Rehearse, Release, ReleaseType, RunBudget, Runbook,
    Secret, SecretSource, Window,
};
pub use script::{names_in_script, scripts_of};
pub use setting::{SettingError, check_setting};
pub use subjects::{SUBJECTS_OF, SubjectKind};
pub use template::{Escape, Part, Reference, Template, TemplateError, Values, is_value_name};
