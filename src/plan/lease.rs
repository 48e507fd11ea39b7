//! Locks that are held in a cluster, too: each is a Lease there, under a name that is made from the lock's.
//! How it is held is the performer's. Invariant: a lock has the same Lease wherever it is named, and the Lease's
//! name is one that a cluster takes.

use std::sync::Arc;
use std::time::Duration;

use super::circumstances::{Circumstances, resolve_activity};
use super::ordered::Plan;
use super::resolved::{ResolvedAction, ResolvedSurroundings};
use super::resolved_kube::ResolvedTarget;
use crate::model::digest::Digest;
use crate::model::{Action, Activity, Budget, KubeAction, KubeVerb, Surroundings, Template, TemplateError, Values};
use crate::syntax::Span;

/// How long the name of a Lease may be; what is over is left to the hash behind it.
const LONGEST_NAME: usize = 63;
/// How long it may be asked; nobody relies on it.
const ASKING: Duration = Duration::from_mins(1);
/// How many hex digits of a lock's name are behind what is left of it.
const HASH: usize = 6;

/// A lock that is held in a cluster, too.
#[derive(Debug, Clone)]
pub struct PlannedLease {
    /// The lock's name.
    pub lock: String,
    /// What says how the cluster is reached.
    pub surroundings: Arc<Surroundings>,
}

/// The same with every value put in.
#[derive(Clone)]
pub struct ResolvedLease {
    /// The lock's name.
    pub lock: String,
    /// The Lease's.
    pub name: String,
    /// Which cluster, and where in it.
    pub target: ResolvedTarget,
    /// What is in force around it.
    pub surroundings: ResolvedSurroundings,
}

impl Plan {
    /// The Lease of a lock; `None`: the lock reaches no further than the state directory.
    #[must_use]
    pub fn lease(&self, lock: &str) -> Option<&PlannedLease> {
        self.leases.iter().find(|lease| lease.lock == lock)
    }
}

impl PlannedLease {
    /// The Lease's name: `runbook-shop-production-3fa9c2`.
    #[must_use]
    pub fn name(&self) -> String {
        lease_name(&self.lock)
    }

    /// Puts the values in.
    ///
    /// # Errors
    /// A value isn't known, or a filter refuses it.
    pub fn resolve(&self, values: &Values, circumstances: &Circumstances<'_>) -> Result<ResolvedLease, TemplateError> {
        let name = self.name();
        let object = Template::literal(&format!("lease/{name}"), Span::default());
        let verb = KubeVerb::Get { object, selector: None, field_selector: None };
        // What is asked of a cluster is resolved in one place.
        let asked = Activity {
            action: Action::Kube(Box::new(KubeAction { namespace: None, verb })),
            action_span: Span::default(),
            surroundings: Arc::clone(&self.surroundings),
            expectations: Vec::new(),
            captures: Vec::new(),
            budget: Budget { limit: ASKING, estimate: None, escalate_after: 2.0, span: Span::default() },
            poll: None,
            retry: None,
        };
        let resolved = resolve_activity(&asked, values, circumstances)?;
        let target = match resolved.action {
            ResolvedAction::Kube(kube) => kube.target,
            _ => ResolvedTarget::default(),
        };
        Ok(ResolvedLease { lock: self.lock.clone(), name, target, surroundings: resolved.surroundings })
    }

    /// Which cluster, as far as values are known: `context production, namespace shop`.
    #[must_use]
    pub fn place(&self, values: &Values) -> String {
        let Some(target) = &self.surroundings.kubernetes else { return String::new() };
        let parts =
            [("context", &target.context), ("namespace", &target.namespace), ("kubeconfig", &target.kubeconfig)];
        let said = parts.into_iter().filter_map(|(word, text)| Some((word, text.as_ref()?)));
        let said: Vec<_> = said.map(|(word, text)| format!("{word} {}", text.render_known(values))).collect();
        if said.is_empty() { "the current context".to_owned() } else { said.join(", ") }
    }
}

/// What is legible of a lock's name in that of a Lease, and a short hash of all of it.
fn lease_name(lock: &str) -> String {
    let mut name = "runbook".to_owned();
    let words = lock.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        name.push('-');
        name.push_str(&word.to_ascii_lowercase());
    }
    name.truncate(LONGEST_NAME - HASH - 1);
    let hash: String = Digest::of(lock).to_string().chars().take(HASH).collect();
    format!("{}-{hash}", name.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_a_dns_label(name: &str) -> bool {
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        name.len() <= 63 && name.chars().all(fits) && !name.starts_with('-') && !name.ends_with('-')
    }

    #[test]
    fn a_lease_is_called_like_its_lock() {
        assert!(lease_name("shop/production").starts_with("runbook-shop-production-"));
        assert!(lease_name("Shop_EU//production").starts_with("runbook-shop-eu-production-"));
    }

    #[test]
    fn locks_that_look_alike_have_leases_of_their_own() {
        let alike = ["a/b", "a-b", "A-B", "a_b", "a b", "-a-b-", "a--b"];
        let names: std::collections::BTreeSet<_> = alike.into_iter().map(lease_name).collect();
        assert_eq!(names.len(), alike.len());
    }

    #[test]
    fn any_name_of_a_lock_makes_a_name_that_a_cluster_takes() {
        let long = "shop/".repeat(100);
        for lock in ["", "/", "ümläut", "日本", "a", "-", "x.y.z", "{{", long.as_str()] {
            let name = lease_name(lock);
            assert!(is_a_dns_label(&name), "{lock} → {name}");
        }
        assert!(lease_name("日本").starts_with("runbook-"));
    }
}
