//! `kube exec` when the connection breaks, and what `kube logs` reads of a log.

use crate::kubernetes::kinds;
use crate::release::Release;
use crate::rolled::with_web;

#[test]
fn a_connection_that_is_lost_leaves_an_unknown_outcome_and_no_hang() {
    let cluster = with_web();
    cluster.state().exec.lost_after = Some(4);
    let nodes = r#"
        step migrate "Migrate" {
            kube exec "deployment/web" { command sh -c "echo half; sleep 60"; }
            budget "50s"
            inverse { kube exec "deployment/web" { command echo undone; }; expect stdout is=undone; }
        }
    "#;
    Release::of(&cluster, nodes).exec().ends(1).says(&["nobody knows how the program ended", "undone"]);
}

#[test]
fn of_a_log_that_part_is_read_that_is_as_young_as_wanted() {
    let cluster = with_web();
    let pod = cluster.objects(&kinds::POD, "default").remove(0);
    let (name, uid) = (pod["metadata"]["name"].as_str().unwrap(), pod["metadata"]["uid"].as_str().unwrap());
    let ago = |minutes| jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
    let logs = cluster.state().logs.clone();
    logs.add_at(uid, "web", "an hour ago", ago(60));
    logs.add_at(uid, "web", "five minutes ago", ago(5));
    logs.add_at(uid, "web", "just now", ago(0));
    let read = |how: &str, wanted: &str| {
        let check = format!("check log \"Its log\" {{ kube logs \"{name}\" {how}; expect output is=\"{wanted}\"; }}");
        Release::of(&cluster, &check).exec().ends(0);
    };
    read("since=\"2h\"", "an hour ago\\nfive minutes ago\\njust now");
    read("since=\"10m\"", "five minutes ago\\njust now");
    read("since=\"10m\" tail=1", "just now");
    read("since=\"1m\"", "just now");
}
