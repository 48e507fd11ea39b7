//! `kube exec`: programs in containers, their answers, and what becomes of them when the connection breaks.

use crate::client::web;
use crate::kubernetes::{Cluster, kinds};
use crate::release::Release;

fn with_pods() -> Cluster {
    let cluster = Cluster::start();
    cluster.create(&kinds::DEPLOYMENT, &web());
    cluster.wait(|state| {
        let web = state.store.get(&kinds::DEPLOYMENT, "default", "web");
        web.is_some_and(|web| web["status"]["availableReplicas"] == 2)
    });
    cluster
}

#[test]
fn a_program_answers_with_its_exit_code_both_streams_and_what_it_read() {
    let cluster = with_pods();
    let nodes = r#"
        check streams "Both streams" {
            kube exec "deployment/web" { command sh -c "cat; echo to-err >&2; exit 3"; stdin "said"; }
            expect exit is=3
            expect stdout is=said
            expect stderr is="to-err"
        }
        check many "A MiB" {
            kube exec "deployment/web" container=web { command head -c "1048576" "/dev/zero"; }
            expect exit is=0
        }
        check absent "No such program" {
            kube exec "deployment/web" { command no-such-program; }
            expect exit is-not=0
        }
    "#;
    Release::of(&cluster, nodes).exec().ends(0);
}

#[test]
fn what_was_never_started_is_not_applied_and_says_why() {
    let cluster = with_pods();
    let nodes = r#"
        step migrate "Migrate" {
            kube exec "db-0" { command "true"; }
            inverse { kube exec "db-0" { command "true"; }; expect exit is=0; }
        }
    "#;
    let told = Release::of(&cluster, nodes).exec().ends(5);
    told.says(&["there is no pod/db-0 in namespace default", "Nothing had started"]);
}

#[test]
fn a_connection_that_is_lost_leaves_an_unknown_outcome_and_no_hang() {
    let cluster = with_pods();
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
fn a_dump_that_fails_leaves_no_file_behind_the_pipe() {
    let cluster = with_pods();
    let nodes = r#"
        step backup "Back up" {
            pipe {
                kube exec "deployment/web" { command sh -c "echo begun; exit 1"; }
                run gzip
                to "dump.gz"
            }
            inverse none because="A backup changes nothing"
        }
        check never "Never" { file "dump.gz"; }
    "#;
    let release = Release::of(&cluster, nodes);
    release.exec().ends(1).says(&["part 1 of 2"]);
    assert!(!release.path("dump.gz").exists());
}
