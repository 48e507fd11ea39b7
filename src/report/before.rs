//! What a person reads before a run begins: what it does and in how long, what a way back would
//! cost, where there is none, and where all of this happens.

use jiff::Timestamp;

use super::page::Page;
use super::style::{Style, Tone};
use super::times::{moment, seconds};
use crate::event::{Outline, OutlineKind, OutlineUnit};
use crate::plan::Plan;

/// How many inputs, and how many lines of one kind, are shown.
const LINES: usize = 12;

/// Where a run is about to begin.
#[derive(Debug, Clone, Copy)]
pub struct Beginning<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The runbook's file, as it was named.
    pub file: &'a str,
    /// SHA-256 of its bundle.
    pub digest: &'a str,
    /// The host it runs on.
    pub host: &'a str,
    /// The user it runs as.
    pub user: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// What is about to run: lines, each with its end.
#[must_use]
pub fn render_before(beginning: &Beginning<'_>, style: Style) -> String {
    let plan = beginning.plan;
    let outline = Outline::of(plan);
    let mut page = Page::new(style, None);
    page.rule(&plan.title);
    let digest = beginning.digest.get(..12).unwrap_or(beginning.digest);
    page.named(0, "from", &format!("{}, digest {digest}", beginning.file));
    page.told("on", &format!("{}, as {}", beginning.host, beginning.user));
    render_inputs(&mut page, plan);
    render_phases(&mut page, plan, &outline, beginning.now);
    render_times(&mut page, &outline);
    render_way_back(&mut page, plan, &outline);
    page.into_text()
}

fn render_inputs(page: &mut Page, plan: &Plan) {
    for (place, (name, value)) in plan.inputs.iter().take(LINES).enumerate() {
        page.named(0, if place == 0 { "inputs" } else { "" }, &format!("{name}={value}"));
    }
    if plan.inputs.len() > LINES {
        page.told("", &format!("and {} more", plan.inputs.len() - LINES));
    }
}

fn render_phases(page: &mut Page, plan: &Plan, outline: &Outline, now: Timestamp) {
    let mut windows: Vec<_> = plan.phases.iter().map(|phase| phase.window).collect();
    windows.dedup();
    // Most often it is one for all phases.
    let window = windows.first().copied().flatten().filter(|_| windows.len() == 1);
    if let Some((opens, closes)) = window {
        page.told("window", &format!("{} to {}", moment(opens, now), moment(closes, now)));
    }
    for (place, phase) in plan.phases.iter().enumerate() {
        let units = outline.units.get(phase.units.clone()).unwrap_or_default();
        let mut text = format!("{}: {}", phase.title, what_is_in(units));
        if let Some(at) = phase.at {
            text = format!("{text}; not before {}", moment(at, now));
        }
        if let Some((opens, closes)) = phase.window.filter(|_| window.is_none()) {
            text = format!("{text}; window {} to {}", moment(opens, now), moment(closes, now));
        }
        page.told(if place == 0 { "phases" } else { "" }, &text);
    }
    let mut locks: Vec<_> = plan.phases.iter().flat_map(|phase| phase.locks.iter().map(String::as_str)).collect();
    locks.dedup();
    page.named(0, "lock", &locks.join(", "));
    for lease in &plan.leases {
        let (lock, name, cluster) = (&lease.lock, lease.name(), lease.place(&plan.values));
        page.told("", &format!("{lock} also in the cluster: Lease {name} ({cluster})"));
    }
}

/// `8 steps, 15 checks, 1 confirmation`.
fn what_is_in(units: &[OutlineUnit]) -> String {
    let count = |kinds: &[OutlineKind]| units.iter().filter(|unit| kinds.contains(&unit.kind)).count();
    let counts = [
        (count(&[OutlineKind::Step, OutlineKind::StepWithoutInverse, OutlineKind::Irreversible]), "step"),
        (count(&[OutlineKind::Check, OutlineKind::Preserve]), "check"),
        (count(&[OutlineKind::Manual]), "confirmation"),
        (count(&[OutlineKind::Wait]), "wait"),
    ];
    let parts: Vec<_> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

fn render_times(page: &mut Page, outline: &Outline) {
    let expected: f64 = outline.units.iter().filter_map(|unit| unit.estimate).sum();
    let mut parts = Vec::new();
    if expected > 0.0 {
        parts.push(format!("about {} by its estimates", seconds(expected)));
    }
    parts.extend(outline.budget.map(|budget| format!("budget {}", seconds(budget))));
    parts.extend(outline.downtime.map(|downtime| format!("downtime up to {}", seconds(downtime))));
    if !parts.is_empty() {
        page.told("takes", &parts.join(", "));
    }
}

fn render_way_back(page: &mut Page, plan: &Plan, outline: &Outline) {
    let steps = plan.units.iter().filter(|unit| unit.step().is_some());
    let (all, back) = (steps.clone().count(), steps.filter(|unit| unit.has_way_back()).count());
    let how = if all == back {
        format!("all {all} steps can be undone")
    } else {
        format!("{back} of {all} steps can be undone")
    };
    page.told("way back", &how);
    for unit in outline.units.iter().filter(|unit| unit.loses.is_some()).take(LINES) {
        let loses = unit.loses.as_deref().unwrap_or_default();
        page.told("", &format!("undoing {} loses {loses}", unit.id));
    }
    if let Some(who) = &outline.rollback_by {
        page.told("", &format!("who decides on it: {who}"));
    }
    for unit in plan.units.iter().filter(|unit| unit.is_irreversible()) {
        let why = unit.step().and_then(|step| match &step.inverse {
            crate::model::Inverse::Irreversible { because } => Some(because.as_str()),
            crate::model::Inverse::Written(_) | crate::model::Inverse::Derived | crate::model::Inverse::None { .. } => {
                None
            }
        });
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        page.line(Tone::Bad, "no return", &format!("{}  {}{why}", unit.id, unit.title));
    }
}
