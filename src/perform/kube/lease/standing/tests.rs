use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

use super::super::object::{freed, left, renewed, taken};
use super::*;

const GRANTED: Duration = Duration::from_mins(1);

fn us() -> LeaseHolder {
    LeaseHolder { run: "run-1".into(), host: "build1".into(), user: "anna".into(), pid: 7 }
}

fn them() -> LeaseHolder {
    LeaseHolder { run: "run-2".into(), host: "build2".into(), user: "bert".into(), pid: 8 }
}

fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

fn of(holder: &LeaseHolder) -> Lease {
    taken(None, "shop/production", "runbook-shop", holder, GRANTED, at(0))
}

fn said(lease: &Lease, unchanged: u64) -> &'static str {
    match standing(lease, &us(), Duration::from_secs(unchanged), GRANTED) {
        Standing::Free => "free",
        Standing::Ours => "ours",
        Standing::Held(_) => "held",
        Standing::Left(_) => "left",
        Standing::Expired(_) => "expired",
    }
}

#[test]
fn what_nobody_has_is_free_and_what_our_run_has_is_ours() {
    assert_eq!(said(&Lease::default(), 0), "free");
    assert_eq!(said(&freed(&of(&them()), at(1)), 0), "free");
    assert_eq!(said(&freed(&left(&of(&them()), at(1)), at(2)), 0), "free");
    assert_eq!(said(&of(&us()), 0), "ours");
    assert_eq!(said(&left(&of(&us()), at(1)), 0), "ours");
}

#[test]
fn a_run_that_died_or_stopped_is_never_free_however_long_ago_that_was() {
    for unchanged in [0, 59] {
        assert_eq!(said(&of(&them()), unchanged), "held");
    }
    for unchanged in [60, 61, 1_000_000] {
        assert_eq!(said(&of(&them()), unchanged), "expired");
        assert_eq!(said(&left(&of(&them()), at(1)), unchanged), "left");
    }
    assert_eq!(said(&left(&of(&them()), at(1)), 0), "left");
}

#[test]
fn our_run_on_another_machine_is_ours_only_once_it_stopped_there() {
    let elsewhere = LeaseHolder { host: "build9".into(), ..us() };
    assert_eq!(said(&of(&elsewhere), 59), "held");
    assert_eq!(said(&of(&elsewhere), 60), "ours");
    assert_eq!(said(&left(&of(&elsewhere), at(1)), 0), "ours");
}

#[test]
fn how_long_it_is_granted_is_what_the_lease_itself_says() {
    let mut short = of(&them());
    short.spec.as_mut().unwrap().lease_duration_seconds = Some(5);
    assert_eq!((said(&short, 4), said(&short, 5)), ("held", "expired"));
    short.spec.as_mut().unwrap().lease_duration_seconds = None;
    assert_eq!((said(&short, 59), said(&short, 60)), ("held", "expired"));
}

#[test]
fn who_takes_a_lease_in_another_way_isnt_taken_for_the_run_before() {
    let mut foreign = left(&of(&us()), at(1));
    foreign.spec.as_mut().unwrap().holder_identity = Some("operator-0\u{1b}[2J".into());
    let Standing::Held(who) = standing(&foreign, &us(), Duration::ZERO, GRANTED) else { panic!("it is held") };
    assert_eq!(who.to_string(), "`operator-0[2J`, which is no run of runbook");
}

#[test]
fn a_holder_is_named_with_its_run_its_person_and_its_machine() {
    let who = Who::of(&of(&them())).unwrap();
    assert_eq!(who.to_string(), "run run-2 of bert on build2 (process 8)");
}

#[test]
fn how_old_it_is_is_counted_from_when_we_saw_it_first_and_never_from_its_own_times() {
    let mut seen = Watched::default();
    let mut lease = of(&them());
    let now = Duration::from_secs;
    assert_eq!(seen.see(&lease, now(100)), now(0));
    assert_eq!(seen.see(&lease, now(130)), now(30));
    assert!(!seen.is_renewed());
    // Another's clock may go wrong; that it moved is all that counts.
    lease.spec.as_mut().unwrap().renew_time = Some(MicroTime(at(-1_000_000)));
    assert_eq!(seen.see(&lease, now(131)), now(0));
    assert!(seen.is_renewed());
    // Somebody's label on it says nothing of its holder.
    lease.metadata.resource_version = Some("9".into());
    assert_eq!(seen.see(&lease, now(141)), now(10));
}

#[test]
fn a_lease_counts_who_had_it_and_keeps_what_others_wrote_on_it() {
    let mut first = of(&them());
    first.metadata.resource_version = Some("5".into());
    first.metadata.labels.get_or_insert_default().insert("team".into(), "shop".into());
    let free = freed(&left(&first, at(1)), at(2));
    assert_eq!(annotation(&free, super::super::holder::RUN), None);
    assert_eq!(annotation(&free, LEFT), None);
    let second = taken(Some(&free), "shop/production", "runbook-shop", &us(), GRANTED, at(3));
    assert_eq!(second.spec.as_ref().unwrap().lease_transitions, Some(1));
    assert_eq!(second.metadata.labels.as_ref().unwrap()["team"], "shop");
    assert_eq!(second.metadata.resource_version.as_deref(), Some("5"));
    let again = taken(Some(&left(&second, at(4))), "shop/production", "runbook-shop", &us(), GRANTED, at(5));
    assert_eq!(again.spec.as_ref().unwrap().lease_transitions, Some(1));
    assert_eq!(again.spec.as_ref().unwrap().acquire_time, Some(MicroTime(at(3))));
    assert_eq!(annotation(&again, LEFT), None);
    let renewal = renewed(&again, at(9)).spec.unwrap();
    assert_eq!((renewal.renew_time, renewal.acquire_time), (Some(MicroTime(at(9))), Some(MicroTime(at(3)))));
}
