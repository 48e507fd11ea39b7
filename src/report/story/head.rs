//! How a run, an engine and a phase begin.

use crate::event::{EngineStarted, Outline, OutlineKind, Purpose, RunStarted, Wish};
use crate::report::page::Page;
use crate::report::style::Tone;
use crate::report::times::seconds;

pub(super) fn run_started(page: &mut Page, run: &RunStarted) {
    page.line(Tone::Heading, "run", &format!("{}: {}", run.run, run.title));
    let digest = run.digest.get(..12).unwrap_or(&run.digest);
    let digest = if digest.is_empty() { String::new() } else { format!(", digest {digest}") };
    page.more(1, &format!("from {}{digest}", run.file));
    if !run.inputs.is_empty() {
        let inputs: Vec<_> = run.inputs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        page.more(1, &format!("inputs: {}", inputs.join(" ")));
    }
    for cluster in &run.clusters {
        let context = cluster.context.as_ref().map(|it| format!(", context {it}")).unwrap_or_default();
        let text = format!("NAMESPACE {} OF {}{context}", cluster.namespace.to_uppercase(), cluster.address);
        page.line(Tone::Heading, "cluster", &text);
    }
    page.more(1, &what_there_is(&run.outline));
    if let Some(turn) = &run.rehearsal {
        page.more(1, &format!("{}; windows don't hold", turn.cause().why));
    }
    if let Some(wish) = run.on_failure {
        let instead = match wish {
            Wish::Continue => "goes on",
            Wish::Halt => "halts",
            Wish::Rollback => "rolls back",
        };
        page.more(1, &format!("whatever the runbook says about a failure, this run {instead}"));
    }
    if let Some(who) = &run.outline.rollback_by {
        page.more(1, &format!("who decides on a rollback: {who}"));
    }
}

/// `15 checks, 8 steps; about 3m expected, budget 30m, downtime up to 3m`.
fn what_there_is(outline: &Outline) -> String {
    let count = |kinds: &[OutlineKind]| outline.units.iter().filter(|unit| kinds.contains(&unit.kind)).count();
    let checks = count(&[OutlineKind::Check, OutlineKind::Preserve]);
    let steps = count(&[OutlineKind::Step, OutlineKind::StepWithoutInverse, OutlineKind::Irreversible]);
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let mut parts = vec![format!("{}, {}", plural(steps, "step"), plural(checks, "check"))];
    let expected: f64 = outline.units.iter().filter_map(|unit| unit.estimate).sum();
    if expected > 0.0 {
        parts.push(format!("estimates add up to {}", seconds(expected)));
    }
    if let Some(budget) = outline.budget {
        parts.push(format!("budget {}", seconds(budget)));
    }
    if let Some(downtime) = outline.downtime {
        parts.push(format!("downtime up to {}", seconds(downtime)));
    }
    parts.join("; ")
}

pub(super) fn engine_started(page: &mut Page, engine: &EngineStarted, outline: Option<&Outline>) {
    let does = match engine.purpose {
        Purpose::Exec => "started",
        Purpose::Resume => "resumed",
        Purpose::Rollback => "taken back",
    };
    let attended = if engine.attended { "" } else { ", unattended" };
    let text = format!("{does} by {} on {}{attended}", engine.user, engine.host);
    page.line(Tone::Quiet, "engine", &text);
    page.more(1, &format!("runbook {}, process {}", engine.version, engine.pid));
    if engine.past_no_return {
        page.more(1, "irreversible steps run without being asked about (--past-no-return)");
    }
    if !engine.skip.is_empty() {
        page.more(1, &format!("passes over the inverse of {}", engine.skip.join(", ")));
    }
    if let Some(phase) = engine
        .back_to
        .and_then(|stretch| outline.and_then(|outline| outline.phases.iter().find(|phase| phase.stretch == stretch)))
    {
        page.more(1, &format!("goes back to the start of phase {}", phase.id));
    }
    if let Some(reason) = engine.reason.as_ref().filter(|_| engine.outside_window.is_none()) {
        page.more(1, &format!("because: {reason}"));
    }
    if let Some(reason) = &engine.outside_window {
        page.more(1, &format!("outside its window, because: {reason}"));
    }
}

pub(super) fn phase_started(page: &mut Page, phase: &str, outline: Option<&Outline>) {
    let phases = outline.map(|outline| outline.phases.as_slice()).unwrap_or_default();
    let number = phases.iter().position(|known| known.id == phase);
    let title = number.and_then(|number| phases.get(number)).map_or("", |phase| phase.title.as_str());
    let place = number.map_or_else(String::new, |number| format!("{} of {}", number + 1, phases.len()));
    page.unit(Tone::Heading, "phase", (phase, title), &place);
}
