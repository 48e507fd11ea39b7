//! The whole model: every scene, every crash, and again during the recovery.

use std::sync::Mutex;
use std::thread;

use crate::disk::Tears;
use crate::explorer::{Depth, Explorer};
use crate::is_long;
use crate::scene::scenes;

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

/// Seconds that this thread has used.
fn cpu() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    f64::from(u32::try_from(used.tv_sec).unwrap()) + f64::from(u32::try_from(used.tv_nsec).unwrap()) / 1e9
}
