//! The Lease as it is written. Each is made from the one that was read and carries its resource version, so
//! that the server takes it only if nobody wrote in between. Invariant: what others wrote on it stays.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

use super::holder::{LEFT, LOCK, LeaseHolder, OF_HOLDER};

/// Ours, over what was read; `None`: there is none yet.
pub(super) fn taken(
    found: Option<&Lease>,
    lock: &str,
    name: &str,
    us: &LeaseHolder,
    granted: Duration,
    now: Timestamp,
) -> Lease {
    let mut lease = without_holder(found.cloned().unwrap_or_default());
    lease.metadata.name = Some(name.to_owned());
    if found.is_none() {
        let labels = lease.metadata.labels.get_or_insert_default();
        labels.insert("app.kubernetes.io/managed-by".to_owned(), "runbook".to_owned());
    }
    let annotations = lease.metadata.annotations.get_or_insert_default();
    annotations.insert(LOCK.to_owned(), lock.to_owned());
    annotations.extend(us.annotations().map(|(name, value)| (name.to_owned(), value)));
    let before = found.and_then(|found| found.spec.clone()).unwrap_or_default();
    let identity = us.identity();
    let is_ours = before.holder_identity.as_deref() == Some(identity.as_str());
    let count = i32::from(found.is_some() && !is_ours);
    lease.spec = Some(LeaseSpec {
        acquire_time: before.acquire_time.filter(|_| is_ours).or(Some(MicroTime(now))),
        renew_time: Some(MicroTime(now)),
        holder_identity: Some(identity),
        lease_duration_seconds: i32::try_from(granted.as_secs().max(1)).ok(),
        lease_transitions: Some(before.lease_transitions.unwrap_or(0).saturating_add(count)),
        ..LeaseSpec::default()
    });
    lease
}

/// The same, renewed.
pub(super) fn renewed(lease: &Lease, now: Timestamp) -> Lease {
    let mut lease = lease.clone();
    lease.spec.get_or_insert_default().renew_time = Some(MicroTime(now));
    lease
}

/// The same, left by a run that stopped with its effects in place.
pub(super) fn left(lease: &Lease, now: Timestamp) -> Lease {
    let mut lease = lease.clone();
    let since = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    lease.metadata.annotations.get_or_insert_default().insert(LEFT.to_owned(), since);
    lease
}

/// The same, held by nobody.
pub(super) fn freed(lease: &Lease, now: Timestamp) -> Lease {
    let mut lease = without_holder(lease.clone());
    let spec = lease.spec.get_or_insert_default();
    (spec.holder_identity, spec.acquire_time, spec.renew_time) = (None, None, Some(MicroTime(now)));
    lease
}

fn without_holder(mut lease: Lease) -> Lease {
    if let Some(annotations) = &mut lease.metadata.annotations {
        annotations.retain(|name, _| !OF_HOLDER.contains(&name.as_str()));
    }
    // Who set which field is the server's to say.
    lease.metadata.managed_fields = None;
    lease
}
