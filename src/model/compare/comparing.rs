//! The whole comparison: units, pairs, and every difference in the order of its risk.

use std::collections::{BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};

use super::align::Pairs;
use super::matched::{Change, Side, changes};
use super::moved::Moving;
use super::reach::Reach;
use super::told::Told;
use super::unit::{Unit, UnitKind};
use super::{Class, Difference, Shown};
use crate::model::Runbook;
use crate::model::bundle::{Bundle, BundleFile};
use crate::syntax::{Sources, Span};

/// One version of a runbook, as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Version<'m> {
    /// What it says.
    pub runbook: &'m Runbook,
    /// Its text.
    pub sources: &'m Sources,
    /// All that belongs to it.
    pub bundle: &'m Bundle,
}

impl<'m> Version<'m> {
    /// The files of the bundle that aren't the runbook's own text.
    pub(super) fn called_files(self) -> impl Iterator<Item = &'m BundleFile> {
        let folder = self.bundle.named.parent().unwrap_or(Utf8Path::new("")).to_owned();
        let texts: BTreeSet<Utf8PathBuf> = self.sources.iter().map(|(_, source)| source.path.clone()).collect();
        let is_text =
            move |file: &BundleFile| file.path == self.bundle.entry || texts.contains(&folder.join(&file.path));
        self.bundle.files.iter().filter(move |file| !is_text(file))
    }

    fn shown(self, text: String, span: Span) -> Shown {
        if span == Span::default() {
            return Shown { text, file: None, line: None };
        }
        let (line, _) = self.sources.line_and_column(span);
        Shown { text, file: Some(self.sources.path(span.file).to_owned()), line: Some(line) }
    }

    /// A unit as its author wrote it: all of it, or its first line where others stand in it.
    fn whole(self, unit: &Unit<'_>) -> Shown {
        let text = match unit.kind {
            UnitKind::File => unit.facts.iter().map(|fact| fact.text.as_str()).collect::<Vec<_>>().join("\n"),
            kind if kind.holds_others() || !kind.is_executed() => self.sources.line(unit.span).to_owned(),
            _ => dedented(self.sources.text(unit.span)),
        };
        self.shown(text, unit.span)
    }
}

/// All differences, the riskiest first, each class in the order of the newer version. Empty exactly if
/// both say the same.
#[must_use]
pub fn compare(old: Version<'_>, new: Version<'_>) -> Vec<Difference> {
    let (before, after) = (Told::of(old), Told::of(new));
    let pairs = Pairs::between(&before.units, &after.units);
    let comparing = Comparing { old, new, before: &before, after: &after, pairs: &pairs };
    let mut found = Vec::new();
    comparing.gone(&mut found);
    comparing.there(&mut found);
    comparing.moved(&mut found);
    comparing.reached(&mut found);
    let mut found = merged(found);
    found.sort_by_key(|placed| (placed.difference.class, placed.at));
    found.into_iter().map(|placed| placed.difference).collect()
}

struct Comparing<'a, 'm> {
    old: Version<'m>,
    new: Version<'m>,
    before: &'a Told<'m>,
    after: &'a Told<'m>,
    pairs: &'a Pairs,
}

/// A difference on its way to its place.
struct Placed {
    /// Of its unit in the document.
    at: usize,
    difference: Difference,
    /// Whether what differs has a place of its own, and not that of its unit.
    has_place: bool,
}

impl Placed {
    fn new(at: usize, difference: Difference) -> Self {
        Self { at, difference, has_place: true }
    }
}

impl Comparing<'_, '_> {
    fn gone(&self, found: &mut Vec<Placed>) {
        for (at, unit) in self.before.units.iter().enumerate().filter(|(at, _)| self.pairs.new_of[*at].is_none()) {
            let class = removed(unit, self.container(true, unit));
            let old = Some(self.old.whole(unit));
            found.push(Placed::new(at, difference(class, unit, "is gone".to_owned(), old, None)));
        }
    }

    fn there(&self, found: &mut Vec<Placed>) {
        for (at, unit) in self.after.units.iter().enumerate() {
            let Some(counterpart) = self.pairs.old_of[at] else {
                let (class, what) = added(unit, self.container(false, unit));
                let new = Some(self.new.whole(unit));
                found.push(Placed::new(at, difference(class, unit, what.to_owned(), None, new)));
                continue;
            };
            let counterpart = &self.before.units[counterpart];
            if unit.kind.is_named() && unit.id != counterpart.id {
                let line = |version: Version<'_>, unit: &Unit<'_>| {
                    version.shown(version.sources.line(unit.span).to_owned(), unit.span)
                };
                let (old, new) = (line(self.old, counterpart), line(self.new, unit));
                let what = format!("was called {}", counterpart.id);
                found.push(Placed::new(at, difference(Class::Renamed, unit, what, Some(old), Some(new))));
            }
            for change in changes(counterpart, unit) {
                let has_place =
                    [&change.old, &change.new].into_iter().flatten().any(|side| side.span != Span::default());
                found.push(Placed { at, difference: self.told(change, counterpart, unit), has_place });
            }
        }
    }

    fn told(&self, change: Change, before: &Unit<'_>, after: &Unit<'_>) -> Difference {
        let Change { class, what, old, new } = change;
        // What has no place of its own stands where its unit does.
        let shown = |version: Version<'_>, side: Side, unit: &Unit<'_>| {
            let Side { text, span, is_block } = side;
            match (span == Span::default(), is_block) {
                (true, _) => version.shown(text, unit.span),
                (false, true) => version.shown(dedented(version.sources.text(span)), span),
                (false, false) => version.shown(text, span),
            }
        };
        let old = old.map(|side| shown(self.old, side, before));
        let new = new.map(|side| shown(self.new, side, after));
        difference(class, after, what, old, new)
    }

    fn moved(&self, found: &mut Vec<Placed>) {
        let moving = Moving { old: &self.before.units, new: &self.after.units, pairs: self.pairs };
        for it in moving.moves() {
            let (before, after) = (&self.before.units[it.old], &self.after.units[it.new]);
            let line = |version: Version<'_>, unit: &Unit<'_>| {
                version.shown(version.sources.line(unit.span).to_owned(), unit.span)
            };
            let (old, new) = (line(self.old, before), line(self.new, after));
            found.push(Placed::new(it.new, difference(it.class, after, it.what, Some(old), Some(new))));
        }
    }

    fn reached(&self, found: &mut Vec<Placed>) {
        let (old, new) = (self.reach(true), self.reach(false));
        let mut tell = |class, name: &str, at: usize, what: &str| {
            let unit = &self.after.units[at];
            let new = self.new.shown(name.to_owned(), unit.span);
            found.push(Placed::new(
                at,
                difference(class, unit, format!("{what} {name}, which wasn't named before"), None, Some(new)),
            ));
        };
        for (host, at) in new.hosts.iter().filter(|(host, _)| !old.hosts.contains_key(*host)) {
            tell(Class::HostAdded, host, *at, "asks");
        }
        for (program, at) in new.programs.iter().filter(|(program, _)| !old.programs.contains_key(*program)) {
            tell(Class::CommandAdded, program, *at, "starts");
        }
    }

    fn reach(&self, is_old: bool) -> Reach {
        let (told, version) = if is_old { (self.before, self.old) } else { (self.after, self.new) };
        let actions =
            told.units.iter().enumerate().flat_map(|(at, unit)| unit.actions.iter().map(move |action| (at, *action)));
        Reach::of(version.runbook, actions)
    }

    /// What kind of a thing a unit stands in.
    fn container(&self, is_old: bool, unit: &Unit<'_>) -> Option<UnitKind> {
        let told = if is_old { self.before } else { self.after };
        unit.container.map(|outer| told.units[outer].kind)
    }
}

fn difference(class: Class, unit: &Unit<'_>, what: String, old: Option<Shown>, new: Option<Shown>) -> Difference {
    let id = if unit.kind.is_named() { unit.id.clone() } else { String::new() };
    Difference { class, kind: unit.kind, id, what, old, new, also: Vec::new() }
}

fn removed(unit: &Unit<'_>, container: Option<UnitKind>) -> Class {
    match unit.kind {
        UnitKind::Runbook | UnitKind::Input | UnitKind::Secret | UnitKind::Let | UnitKind::Phase | UnitKind::Wait => {
            Class::Changed
        }
        UnitKind::File => Class::FileChanged,
        UnitKind::Check if container == Some(UnitKind::Checkpoint) => Class::CheckpointRemoved,
        UnitKind::Check | UnitKind::Manual => Class::CheckRemoved,
        UnitKind::Checkpoint | UnitKind::Preserve => Class::CheckpointRemoved,
        UnitKind::Step => Class::StepRemoved,
        UnitKind::OnRollback => Class::InverseRemoved,
        UnitKind::Parallel => Class::Moved,
    }
}

fn added(unit: &Unit<'_>, container: Option<UnitKind>) -> (Class, &'static str) {
    let class = match unit.kind {
        UnitKind::Step if unit.irreversible => return (Class::NoReturnAdded, "is new, and it is a point of no return"),
        UnitKind::Phase if unit.facts.iter().any(|fact| fact.about == "at") => {
            return (Class::NoReturnMoved, "is new, and a rollback doesn't go back beyond its start by itself");
        }
        UnitKind::Runbook | UnitKind::Input | UnitKind::Let | UnitKind::Phase | UnitKind::Wait => Class::Changed,
        UnitKind::Secret => Class::SecretAdded,
        UnitKind::File => Class::FileChanged,
        UnitKind::Check if container == Some(UnitKind::Checkpoint) => Class::CheckpointAdded,
        UnitKind::Check | UnitKind::Manual => Class::CheckAdded,
        UnitKind::Checkpoint | UnitKind::Preserve => Class::CheckpointAdded,
        UnitKind::Step => Class::StepAdded,
        UnitKind::OnRollback => Class::InverseChanged,
        UnitKind::Parallel => Class::Moved,
    };
    (class, "is new")
}

/// One difference for all units in which the same line of `defaults`, or the same word that has no place
/// of its own, differs in the same way.
fn merged(found: Vec<Placed>) -> Vec<Placed> {
    let mut merged: Vec<Placed> = Vec::with_capacity(found.len());
    let mut first: HashMap<_, usize> = HashMap::new();
    for placed in found {
        let Placed { difference, has_place, .. } = &placed;
        let side = |shown: &Option<Shown>| {
            let Shown { text, file, line } = shown.clone()?;
            Some(if *has_place { (text, file, line) } else { (text, None, None) })
        };
        let key = (difference.class, difference.what.clone(), side(&difference.old), side(&difference.new));
        match first.get(&key) {
            Some(at) if !placed.difference.id.is_empty() => merged[*at].difference.also.push(placed.difference.id),
            Some(_) => merged.push(placed),
            None => {
                first.insert(key, merged.len());
                merged.push(placed);
            }
        }
    }
    merged
}

/// Lines without the blanks that all of them but the first begin with: the first one begins at its node.
fn dedented(text: &str) -> String {
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let least = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(depth).min().unwrap_or(0);
    let lines = text
        .lines()
        .enumerate()
        .map(|(number, line)| if number == 0 { line } else { line.get(least..).unwrap_or_else(|| line.trim_start()) });
    lines.collect::<Vec<_>>().join("\n")
}
