//! `kube exec`: programs in containers, and their answers.

use crate::house::House;

#[test]
fn a_program_answers_with_its_exit_code_both_streams_and_what_it_read() {
    let house = House::with_web();
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
    house.release(nodes).exec().ends(0);
}

#[test]
fn what_was_never_started_is_not_applied_and_says_why() {
    let house = House::with_web();
    let nodes = r#"
        step migrate "Migrate" {
            kube exec "db-0" { command "true"; }
            inverse { kube exec "db-0" { command "true"; }; expect exit is=0; }
        }
    "#;
    let absent = format!("there is no pod/db-0 in namespace {}", house.namespace());
    house.release(nodes).exec().ends(5).says(&[&absent, "Nothing had started"]);
}

#[test]
fn a_dump_that_fails_leaves_no_file_behind_the_pipe() {
    let house = House::with_web();
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
    let release = house.release(nodes);
    release.exec().ends(1).says(&["part 1 of 2"]);
    assert!(!release.path("dump.gz").exists());
}
