//! `lock`, and the cluster that it is held in.

use super::{lower, seen};
use crate::model::Lock;

fn runbook(head: &str, top: &str, phase: &str) -> String {
    format!(
        "runbook test \"Test\" {{ {head} }}\n{top}\nphase only \"Only\" {{\n{phase}\ncheck up {{ run uptime; }}\n}}\n"
    )
}

/// The namespace of the cluster that a lock is held in; `None`: it is held in none.
fn namespace(lock: Option<&Lock>) -> Option<String> {
    let target = lock?.lease.as_ref()?.kubernetes.clone()?;
    target.namespace.as_ref()?.as_literal()
}

#[test]
fn a_lock_is_held_in_a_cluster_only_if_it_says_so() {
    let top = "kubernetes { namespace shop; }";
    for (head, expected) in [
        ("", None),
        ("lock a", None),
        ("lock a store=local", None),
        ("lock a store=kubernetes", Some("shop")),
        ("lock \"a/{{run.id}}\" store=kubernetes", Some("shop")),
    ] {
        let (_, lowered, findings) = lower(&runbook(head, top, ""));
        assert_eq!(findings, [], "{head}");
        assert_eq!(namespace(lowered.unwrap().lock.as_ref()).as_deref(), expected, "{head}");
    }
}

#[test]
fn the_cluster_is_the_one_in_force_where_the_lock_stands() {
    let top = "kubernetes { namespace shop; }\ndefaults { kubernetes { namespace blue; }; cd \"/srv\"; env KUBECONFIG=\"config\" MODE=fast; }";
    let phase = "defaults { kubernetes { namespace green; }; }\nlock b store=kubernetes";
    let (_, lowered, findings) = lower(&runbook("lock a store=kubernetes", top, phase));
    assert_eq!(findings, []);
    let lowered = lowered.unwrap();
    assert_eq!(namespace(lowered.lock.as_ref()).as_deref(), Some("blue"));
    assert_eq!(namespace(lowered.phases[0].lock.as_ref()).as_deref(), Some("green"));
    // What says nothing of the cluster is no part of it: a step may capture it only later.
    let around = lowered.lock.unwrap().lease.unwrap();
    let names: Vec<_> = around.env.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names, around.cd.is_some()), (vec!["KUBECONFIG"], true));
}

#[test]
fn a_lock_in_a_cluster_that_nothing_names_is_refused() {
    let found = |head: &str, phase: &str| seen(&runbook(head, "", phase));
    let code = |code: &str, place: &str| vec![(code.to_owned(), place.to_owned())];
    assert_eq!(found("lock a store=kubernetes", ""), code("lock_without_cluster", "kubernetes"));
    assert_eq!(found("", "lock a store=kubernetes"), code("lock_without_cluster", "kubernetes"));
    assert_eq!(found("lock a store=kubernets", ""), code("unknown_choice", "kubernets"));
    assert_eq!(found("lock a stoer=local", ""), code("unknown_property", "stoer"));
    assert_eq!(found("lock store=local", ""), code("missing_argument", "lock"));
}
