//! The whole model: every scene, every crash, and again during the recovery.

use std::sync::Mutex;
use std::thread;

use runbook::event::{Purpose, Verdict};

use crate::disk::Tears;
use crate::explorer::{Depth, Explorer};
use crate::is_long;
use crate::machine::Who;
use crate::scene::{Scene, scenes};
use crate::stage::Stage;

/// What was gone through: states, recoveries, seconds of cpu.
#[derive(Default)]
struct Sum(usize, usize, f64);

#[test]
fn no_crash_breaks_a_promise() {
    let depth = if is_long() {
        Depth { first: Tears::EveryByte, second: Tears::Every(17), one_in: 2, deaths: 4 }
    } else {
        Depth { first: Tears::Every(4), second: Tears::Every(1997), one_in: 61, deaths: 83 }
    };
    let (left, sum) = (Mutex::new(scenes()), Mutex::new(Sum::default()));
    let work = || {
        let next = || left.lock().unwrap().pop();
        while let Some(scene) = next() {
            let mut explorer = Explorer::new(depth, None);
            let began = cpu();
            explorer.explore(&scene);
            let (states, drives, used) = (explorer.states(), explorer.drives, cpu() - began);
            eprintln!("{states:>8} states {drives:>7} recoveries {used:>6.1} s of cpu  {}", scene.name);
            assert!(explorer.broken.is_empty(), "{:#?}", explorer.broken);
            let mut sum = sum.lock().unwrap();
            *sum = Sum(sum.0 + states, sum.1 + drives, sum.2 + used);
        }
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(work)));
    });
    let Sum(states, drives, used) = sum.into_inner().unwrap();
    eprintln!("{states} states, {drives} recoveries, {used:.0} s of cpu");
    let least = if is_long() { 500_000 } else { 50_000 };
    assert!(states >= least, "only {states} states");
}

#[test]
fn whenever_the_engine_alone_dies_the_next_one_ends_the_run_as_if_nothing_had_been() {
    let names = ["linear", "parallel", "with applied, to its end"];
    for scene in scenes().iter().filter(|scene| names.contains(&scene.name.as_str())) {
        let stage = Stage::new(scene, None);
        let first = stage.machine.lock().done[0];
        stage.exec();
        let end = stage.machine.lock().done[0];
        for operations in first..end {
            for finishes_first in [false, true] {
                let resumed = after_death(scene, operations - first, finishes_first, Purpose::Resume);
                let ends_well = matches!(resumed, None | Some(Verdict::Succeeded { .. }));
                assert!(ends_well, "{}, dead after {operations}: {resumed:?}", scene.name);
                let back = after_death(scene, operations - first, finishes_first, Purpose::Rollback);
                let goes_back = matches!(back, None | Some(Verdict::RolledBack { .. } | Verdict::Refused { .. }));
                assert!(goes_back, "{}, dead after {operations}: {back:?}", scene.name);
            }
        }
    }
}

/// The verdict of the next engine where the first one died after so many operations, and its supervisor
/// ended what it was asked for before or only when it is waited for; `None`: nothing ran, or all was over.
fn after_death(scene: &Scene, operations: usize, finishes_first: bool, purpose: Purpose) -> Option<Verdict> {
    let stage = Stage::new(scene, None);
    stage.machine.moments();
    stage.machine.kill_after(Who::Engine, operations);
    if stage.exec().is_some() {
        return None;
    }
    if finishes_first {
        stage.house.finish();
    }
    stage.machine.revive(Who::Engine);
    let found = stage.find().unwrap();
    if found.events.is_empty() {
        return None;
    }
    let verdict = stage.go_on(purpose, found, false);
    let stories = stage.machine.lock().truth.stories.clone();
    assert!(stories.is_empty(), "{}, dead after {operations}: {stories:#?}", scene.name);
    Some(verdict.expect("it ends"))
}

/// Seconds that this thread has used.
fn cpu() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    f64::from(u32::try_from(used.tv_sec).unwrap()) + f64::from(u32::try_from(used.tv_nsec).unwrap()) / 1e9
}
