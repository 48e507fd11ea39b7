//! Random runs to twelve steps, with parallel parts, failures, time-outs, signals and deaths: what the
//! engine does is what the reference tells, and no promise is broken.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use runbook::event::{Direction, Purpose, Verdict};

use crate::is_long;
use crate::reference::{Case, DELAY, Dead, Ends, Step, Story, USUAL};
use crate::scene::{Says, Scene};
use crate::stage::{Outside, Stage};

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![
        12 => Just(Says::Exit(0)),
        3 => Just(Says::Exit(1)),
        1 => Just(Says::DoesNotStart),
        1 => Just(Says::IsUnknown),
    ]
}

fn step(alone: bool) -> impl Strategy<Value = Step> {
    let answers = (prop::collection::vec(says(), 1..4), prop::collection::vec(says(), 1..3));
    let flags = (prop::bool::weighted(0.85), prop::bool::weighted(0.15), any::<bool>(), prop::bool::weighted(0.15));
    let numbers = (1..4_usize, prop::bool::weighted(0.2), 1..6_u64);
    (answers, flags, numbers).prop_map(move |((forward, back), flags, (attempts, back_continues, seconds))| {
        let (has_inverse, atomic, idempotent, halts) = flags;
        let attempts = if alone && idempotent { attempts } else { 1 };
        Step {
            id: String::new(),
            forward,
            back,
            has_inverse,
            atomic: atomic && has_inverse,
            idempotent,
            attempts,
            halts,
            back_continues,
            millis: seconds * USUAL,
        }
    })
}

fn part() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![
        3 => prop::collection::vec(step(true), 1),
        1 => prop::collection::vec(step(false), 2..4),
    ]
}

/// A moment at which nothing else happens.
fn moment() -> impl Strategy<Value = u64> {
    (0..40_u64).prop_map(|seconds| seconds * 1_000 + 500)
}

fn case() -> impl Strategy<Value = Case> {
    let parts = prop::collection::vec(part(), 1..8).prop_map(|mut parts| {
        let mut number = 0;
        parts.retain_mut(|part| {
            for step in part.iter_mut() {
                number += 1;
                step.id = format!("step-{number}");
            }
            number <= 12
        });
        parts
    });
    let signals = prop::collection::btree_set(moment(), 0..3);
    let dead = prop_oneof![Just(Dead::Engine), Just(Dead::Both)];
    let purpose = prop_oneof![Just(Purpose::Resume), Just(Purpose::Rollback)];
    let death = prop::option::of((moment(), dead, purpose));
    (parts, any::<bool>(), signals, death).prop_map(|(parts, interrupt_rolls_back, signals, death)| {
        // One of the two: what a signal asked an engine that died is asked of nobody.
        let signals = if death.is_some() { Vec::new() } else { signals.into_iter().collect() };
        Case { parts, interrupt_rolls_back, signals, death }
    })
}

fn scene_of(case: &Case) -> Scene {
    let mut text = "runbook release \"Release\" {\n".to_owned();
    if case.interrupt_rolls_back {
        text.push_str("    on-interrupt rollback\n");
    }
    text.push_str("}\nphase deploy \"Deploy\" {\n");
    for part in &case.parts {
        let parallel = part.len() > 1;
        text.push_str(if parallel { "parallel {\n" } else { "" });
        for step in part {
            let id = &step.id;
            write!(text, "step {id} \"A step\" {{\n run {id}\n").unwrap();
            for (is, node) in
                [(step.idempotent, "idempotent"), (step.atomic, "atomic"), (step.halts, "on-failure halt")]
            {
                text.push_str(if is { " " } else { "" });
                text.push_str(if is { node } else { "" });
                text.push('\n');
            }
            if step.attempts > 1 {
                writeln!(text, " retry {} delay=\"{DELAY}ms\"", step.attempts).unwrap();
            }
            match (step.has_inverse, step.back_continues) {
                (true, true) => write!(text, " inverse {{ run undo; on-failure continue; }}\n}}\n").unwrap(),
                (true, false) => write!(text, " inverse {{ run undo; }}\n}}\n").unwrap(),
                (false, _) => write!(text, " inverse none because=\"nothing to undo\"\n}}\n").unwrap(),
            }
        }
        text.push_str(if parallel { "}\n" } else { "" });
    }
    text.push_str("}\n");
    let steps = || case.parts.iter().flatten();
    let backs: Vec<String> = steps().map(|step| format!("{} back", step.id)).collect();
    let answers: Vec<(&str, &[Says])> = steps()
        .zip(&backs)
        .flat_map(|(step, back)| [(step.id.as_str(), &*step.forward), (back.as_str(), &*step.back)])
        .collect();
    let mut scene = Scene::of("random", &text, &answers);
    scene.millis = steps().map(|step| (step.id.clone(), step.millis)).collect();
    scene.usual = USUAL;
    scene
}

fn kind(verdict: &Verdict) -> Ends {
    match verdict {
        Verdict::Succeeded { .. } => Ends::Succeeded,
        Verdict::RolledBack { .. } => Ends::RolledBack,
        Verdict::Incomplete { .. } => Ends::Incomplete,
        Verdict::Unsettled { .. } => Ends::Unsettled,
        Verdict::Refused { .. } => Ends::Refused,
        Verdict::Halted { .. } => Ends::Halted,
        Verdict::Parked { .. } | Verdict::Abandoned { .. } => panic!("nothing of this waits: {verdict:?}"),
    }
}

/// What the engine does.
fn play(case: &Case) -> (Vec<(String, Direction)>, Ends, Vec<String>) {
    let scene = scene_of(case);
    let mut stage = Stage::new(&scene, None);
    stage.machine.moments();
    let outside = Outside { signals: case.signals.clone(), death: case.death.map(|(at, _, _)| at) };
    let mut verdict = stage.exec_under(&outside);
    if let (None, Some((_, dead, purpose))) = (&verdict, case.death) {
        if dead == Dead::Both {
            let (disk, truth) = {
                let inner = stage.machine.lock();
                (inner.disk.clone(), inner.truth.clone())
            };
            stage = Stage::after(&scene, &disk, &truth, None).unwrap();
        }
        let found = stage.find().unwrap();
        verdict = stage.go_on(purpose, found, false);
    }
    let inner = stage.machine.lock();
    let happened = inner.truth.acts.iter().filter(|act| act.says != Says::DoesNotStart);
    let acts = happened.map(|act| (act.key.unit.clone(), act.key.direction)).collect();
    (acts, kind(&verdict.expect("it ends")), inner.truth.stories.clone())
}

#[test]
fn random_runs_do_what_the_reference_tells() {
    let cases = if is_long() { 20_000 } else { 2_000 };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&case(), |case| {
        let (told, ends) = Story::of(&case);
        let (acts, verdict, stories) = play(&case);
        prop_assert_eq!((&acts, verdict), (&told, ends));
        prop_assert!(stories.is_empty(), "{:?}", stories);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
