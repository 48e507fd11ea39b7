//! What is expected without being written: exit 0, a 2xx status, an active unit. Only an expectation on
//! that very subject removes it. How it is judged is the judge's.

use super::{Action, Activity, ServiceVerb, SubjectName};

/// One unwritten expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Always {
    /// The exit code is 0.
    Exit,
    /// The status is 2xx.
    Status,
    /// The unit is active.
    Active,
    /// The unit was started: it is active, or a oneshot that ran to its end.
    Started,
    /// The unit was stopped: it isn't running.
    Stopped,
    /// The unit starts with the system.
    Enabled,
    /// The unit doesn't start with the system.
    Disabled,
}

impl Always {
    /// What is always expected of an activity, unless it says otherwise.
    #[must_use]
    pub fn of(activity: &Activity) -> Option<Self> {
        let always = Self::of_action(&activity.action)?;
        let is_written = activity.expectations.iter().any(|written| written.subject.name == always.subject());
        (!is_written).then_some(always)
    }

    /// What is always expected of an action that says nothing; `None`: nothing.
    #[must_use]
    pub fn of_action(action: &Action) -> Option<Self> {
        match action {
            Action::Run(_) | Action::Script(_) | Action::Pipe { .. } => Some(Self::Exit),
            Action::Http(_) => Some(Self::Status),
            Action::Service(_) => Some(Self::Active),
            Action::ServiceChange { verb, .. } => match verb {
                ServiceVerb::Start | ServiceVerb::Restart | ServiceVerb::Reload => Some(Self::Started),
                ServiceVerb::Stop => Some(Self::Stopped),
                ServiceVerb::Enable => Some(Self::Enabled),
                ServiceVerb::Disable => Some(Self::Disabled),
                // It has no unit and so no state; that it failed is the performer's to say.
                ServiceVerb::DaemonReload => None,
            },
            Action::Kube(_)
            | Action::Sql { .. }
            | Action::File { .. }
            | Action::Disk(_)
            | Action::Port(_)
            | Action::Process(_)
            | Action::Write { .. }
            | Action::Copy { .. }
            | Action::Link { .. }
            | Action::Replace(_)
            | Action::Manual(_) => None,
        }
    }

    /// The subject that it is about.
    #[must_use]
    pub fn subject(self) -> SubjectName {
        match self {
            Self::Exit => SubjectName::Exit,
            Self::Status => SubjectName::Status,
            Self::Active | Self::Started | Self::Stopped => SubjectName::Active,
            Self::Enabled | Self::Disabled => SubjectName::Enabled,
        }
    }

    /// The value that the subject is to have.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Exit => "0",
            Self::Status => "2xx",
            Self::Active | Self::Started => "active",
            Self::Stopped => "inactive",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}
