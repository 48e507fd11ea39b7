//! Every write and every sync of the journal and of the supervisor's log fails, one at a time, or from
//! one on for good.

use super::house::{House, Ran, WHOLE};
use super::seed::{Chance, is_long};

/// What a system call answers.
struct Fault {
    call: &'static str,
    error: &'static str,
    /// From then on, and not only once.
    for_good: bool,
}

const fn once(call: &'static str, error: &'static str) -> Fault {
    Fault { call, error, for_good: false }
}

const fn for_good(call: &'static str, error: &'static str) -> Fault {
    Fault { call, error, for_good: true }
}

/// Continues the run while the call with this number on this file fails, or begins one while any such
/// call does; `None`: there is no such call.
fn continued(house: &House, file: &str, fault: &Fault, number: usize) -> Option<(Ran, String)> {
    let trace = house.path("trace");
    let more = if fault.for_good { "+" } else { "" };
    let inject = format!("inject={}:error={}:when={number}{more}", fault.call, fault.error);
    let watch = "trace=write,fdatasync,fsync,ftruncate,fallocate";
    let trace_file = trace.to_str().unwrap();
    let strace = ["strace", "-f", "-qq", "-y", "-o", trace_file, "-e", watch, "-e", &inject, "-e", "signal=none"];
    let ran = if file == ALL {
        house.as_it_was();
        house.runbook(&strace, &["exec", "--yes", "release.kdl"])
    } else {
        house.as_it_stopped();
        let record = house.record(file);
        let strace = [&strace[..], &["-P", record.to_str().unwrap()]].concat();
        house.runbook(&strace, &["resume", "--yes"])
    };
    let trace = std::fs::read_to_string(trace).unwrap();
    trace.contains("(INJECTED)").then_some((ran, trace))
}

/// Tries the fault at every call, or at one by chance.
#[track_caller]
fn tried(file: &str, fault: &Fault, came: impl Fn(&House, &str, &Ran, &str)) {
    let house = House::new();
    let name = format!("{file}: {} {}{}", fault.call, fault.error, if fault.for_good { " for good" } else { "" });
    let mut chance = Chance::of(&name);
    let mut numbers: Vec<usize> = if is_long() { (1..200).collect() } else { vec![1 + chance.below(9)] };
    let mut count = 0;
    while let Some(number) = (!numbers.is_empty()).then(|| numbers.remove(0)) {
        let what = format!("{name} at call {number}");
        let Some((ran, trace)) = continued(&house, file, fault, number) else {
            // There are not so many: the long form is through, the sample takes one that there is.
            if is_long() {
                break;
            }
            assert!(number > 1, "{what}: the fault was never reached");
            numbers.push(1 + chance.below(number - 1));
            continue;
        };
        count += 1;
        came(&house, &what, &ran, &trace);
        house.is_taken_back_afterwards(&what, &ran);
    }
    assert!(count > 0, "{name}: the fault was never reached");
    eprintln!("{name}: {count} faults");
}

/// A full disk: no step starts any more, and what was done is taken back.
#[track_caller]
fn is_full(house: &House, what: &str, ran: &Ran, _: &str) {
    // The first step that doesn't start halts the run by what its runbook says.
    let expected: &[&str] = if ran.code == 7 { &["one"] } else { &[] };
    let log = house.log();
    assert!(ran.code == 1 || (ran.code == 7 && log == expected), "{what}: exit {}\n{}\n{log:?}", ran.code, ran.text);
    if ran.code == 1 {
        assert_eq!(log.last().map(String::as_str), Some("un-one"), "{what}: {log:?}\n{}", ran.text);
    }
}

/// A broken record: nothing acts any more in either direction, nothing is tried again, and what is left
/// is printed.
#[track_caller]
fn is_broken(house: &House, what: &str, ran: &Ran, trace: &str) {
    let log = house.log();
    assert_eq!(ran.code, 70, "{what}: {log:?}\n{}", ran.text);
    assert!(WHOLE.map(str::to_owned).starts_with(&log), "{what}: {log:?}");
    let after: Vec<_> = trace.lines().skip_while(|line| !line.contains("(INJECTED)")).skip(1).collect();
    let again: Vec<_> = after.iter().filter(|line| line.contains("write(") || line.contains("sync(")).collect();
    assert!(again.is_empty(), "{what}: tried again: {again:#?}");
    house.names_what_is_left(what, ran);
}

/// A run that may not even have begun.
#[track_caller]
fn is_broken_or_never_began(house: &House, what: &str, ran: &Ran, trace: &str) {
    let log = house.log();
    let of_records = |line: &str| line.contains("(INJECTED)") && !line.contains("/work");
    if ran.code == 1 && log == WHOLE {
        // Something that no record relies on, such as a folder of output.
        return;
    }
    if !trace.lines().any(of_records) {
        // A file that a step was about to change: that step failed, and was taken back.
        assert_eq!(ran.code, 1, "{what}: {log:?}\n{}", ran.text);
        return;
    }
    let fine = ran.code == 70 || (ran.code == 5 && log.is_empty());
    assert!(fine && WHOLE.map(str::to_owned).starts_with(&log), "{what}: exit {}, {log:?}\n{}", ran.code, ran.text);
    house.names_what_is_left(what, ran);
}

/// Every file and folder that a new run has.
const ALL: &str = "a new run";
const JOURNAL: &str = "journal.jsonl";
const SUPERVISOR: &str = "supervisor.jsonl";

#[test]
fn a_write_of_the_journal_that_finds_no_space_takes_the_run_back() {
    tried(JOURNAL, &once("write", "ENOSPC"), is_full);
}

#[test]
fn a_write_of_the_journal_beyond_the_quota_takes_the_run_back() {
    tried(JOURNAL, &once("write", "EDQUOT"), is_full);
}

#[test]
fn a_failed_write_of_the_journal_ends_all_effects() {
    tried(JOURNAL, &once("write", "EIO"), is_broken);
}

#[test]
fn a_failed_sync_of_the_journal_ends_all_effects() {
    tried(JOURNAL, &once("fdatasync", "EIO"), is_broken);
}

#[test]
fn a_sync_of_the_journal_without_space_ends_all_effects() {
    tried(JOURNAL, &once("fdatasync", "ENOSPC"), is_broken);
}

#[test]
fn a_journal_that_can_only_be_read_any_more_ends_all_effects() {
    tried(JOURNAL, &for_good("write", "EROFS"), is_broken);
}

#[test]
fn a_journal_that_never_finds_space_again_ends_all_effects_or_none_began() {
    tried(JOURNAL, &for_good("write", "ENOSPC"), |house, what, ran, _| {
        assert_eq!(ran.code, 70, "{what}: {:?}\n{}", house.log(), ran.text);
        house.names_what_is_left(what, ran);
    });
}

#[test]
fn a_write_of_the_supervisors_log_that_finds_no_space_takes_the_run_back() {
    tried(SUPERVISOR, &once("write", "ENOSPC"), |house, what, ran, trace| {
        // A note of an end that is lost loses nothing: the engine has heard it, and the run goes on.
        let log = house.log();
        assert!(ran.code == 1 || (ran.code == 7 && log == ["one"]), "{what}: {log:?}\n{}\n{trace}", ran.text);
    });
}

#[test]
fn a_failed_write_of_the_supervisors_log_ends_all_effects() {
    tried(SUPERVISOR, &once("write", "EIO"), is_broken);
}

#[test]
fn a_failed_sync_of_the_supervisors_log_ends_all_effects() {
    tried(SUPERVISOR, &once("fdatasync", "EIO"), is_broken);
}

/// The disk takes its time to say that it can't.
const SLOWLY: Fault = once("fdatasync", "EIO:delay_enter=300000");

/// The same for the end of the run.
#[test]
fn a_run_waits_until_its_last_end_is_on_the_disk() {
    let house = House::new();
    let what = "the end of the last inverse";
    // Two for the supervisor, and two for each of the seven that it performs.
    let (ran, trace) = continued(&house, SUPERVISOR, &SLOWLY, 16).unwrap();
    is_broken(&house, what, &ran, &trace);
    assert_eq!(house.log(), WHOLE);
    house.is_taken_back_afterwards(what, &ran);
}

/// An end is told before it is on the disk: whoever acts without the supervisor waits for that.
#[test]
fn what_the_engine_does_itself_waits_until_the_end_before_it_is_on_the_disk() {
    let house = House::new();
    let what = "the end of `gate`";
    // The fourth sync: what is found, that a supervisor begins, that `gate` starts, that it has ended; then the
    // engine writes `settings`.
    let (ran, trace) = continued(&house, SUPERVISOR, &SLOWLY, 4).unwrap();
    is_broken(&house, what, &ran, &trace);
    assert_eq!(house.log(), ["one", "gate"]);
    assert_eq!(std::fs::read_to_string(house.path("work/settings")).unwrap(), "1\n");
    house.is_taken_back_afterwards(what, &ran);
}

#[test]
fn a_supervisors_log_that_can_only_be_read_any_more_ends_all_effects() {
    tried(SUPERVISOR, &for_good("write", "EROFS"), is_broken);
}

#[test]
fn a_journal_for_which_no_more_space_is_set_aside_takes_the_run_back() {
    tried(JOURNAL, &once("fallocate", "ENOSPC"), is_full);
}

#[test]
fn a_journal_whose_space_cant_be_set_aside_ends_all_effects() {
    tried(JOURNAL, &once("fallocate", "EIO"), is_broken);
}

#[test]
fn a_failed_sync_of_a_file_of_a_new_run_ends_all_effects_or_none_began() {
    tried(ALL, &once("fdatasync", "EIO"), is_broken_or_never_began);
}

#[test]
fn a_failed_sync_of_a_folder_of_a_new_run_ends_all_effects_or_none_began() {
    tried(ALL, &once("fsync", "EIO"), is_broken_or_never_began);
}
