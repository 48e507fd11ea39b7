//! Who holds a Lease. `holderIdentity` is `RUN@HOST`, for people and other programs; what it is made of stands
//! in annotations, beside the lock's own name. Invariant: what another wrote there is shown without control
//! characters.

use std::collections::BTreeMap;

use k8s_openapi::api::coordination::v1::Lease;

/// The lock's name.
pub(super) const LOCK: &str = "runbook/lock";
/// The run.
pub(super) const RUN: &str = "runbook/run";
/// The machine that its engine is on.
pub(super) const HOST: &str = "runbook/host";
/// The operator.
pub(super) const USER: &str = "runbook/user";
/// The engine's process.
pub(super) const PROCESS: &str = "runbook/process";
/// When the run stopped with its effects in place.
pub(super) const LEFT: &str = "runbook/left";
/// Every annotation that goes with the holder.
pub(super) const OF_HOLDER: [&str; 5] = [RUN, HOST, USER, PROCESS, LEFT];

/// The engine that takes a Lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseHolder {
    /// The run.
    pub run: String,
    /// The machine that its engine is on.
    pub host: String,
    /// The operator.
    pub user: String,
    /// The engine's process.
    pub pid: u32,
}

impl LeaseHolder {
    /// `holderIdentity`.
    pub(super) fn identity(&self) -> String {
        format!("{}@{}", self.run, self.host)
    }

    /// What the Lease says of it.
    pub(super) fn annotations(&self) -> [(&'static str, String); 4] {
        let Self { run, host, user, pid } = self;
        [(RUN, run.clone()), (HOST, host.clone()), (USER, user.clone()), (PROCESS, pid.to_string())]
    }
}

/// Who a Lease says holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    /// `holderIdentity`.
    pub(super) identity: String,
    /// `None`: it isn't a run of ours that says so.
    pub(super) run: Option<String>,
    pub(super) host: Option<String>,
    user: Option<String>,
    process: Option<String>,
}

impl Who {
    /// The holder; `None`: nobody.
    pub(super) fn of(lease: &Lease) -> Option<Self> {
        let identity = lease.spec.as_ref()?.holder_identity.clone().filter(|identity| !identity.is_empty())?;
        let said = |name: &str| annotation(lease, name).map(plain);
        // Somebody who takes a Lease in another way leaves our annotations as they are.
        let run = said(RUN).filter(|run| identity.starts_with(&format!("{run}@")));
        let ours = run.is_some();
        let said = |name: &str| said(name).filter(|_| ours);
        Some(Self { identity: plain(&identity), run, host: said(HOST), user: said(USER), process: said(PROCESS) })
    }

    /// Whether it is this run, on any machine.
    pub(super) fn is_run(&self, us: &LeaseHolder) -> bool {
        self.run.as_deref() == Some(us.run.as_str())
    }

    /// Whether it is this run on this machine, where one engine at a time works on it.
    pub(super) fn is(&self, us: &LeaseHolder) -> bool {
        self.is_run(us) && self.host.as_deref() == Some(us.host.as_str())
    }
}

/// `run X of anna on build7 (process 12)`.
impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(run) = &self.run else { return write!(f, "`{}`, which is no run of runbook", self.identity) };
        write!(f, "run {run}")?;
        if let Some(user) = &self.user {
            write!(f, " of {user}")?;
        }
        if let Some(host) = &self.host {
            write!(f, " on {host}")?;
        }
        match &self.process {
            Some(process) => write!(f, " (process {process})"),
            None => Ok(()),
        }
    }
}

/// What an annotation says.
pub(super) fn annotation<'a>(lease: &'a Lease, name: &str) -> Option<&'a str> {
    let all: &BTreeMap<String, String> = lease.metadata.annotations.as_ref()?;
    all.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
