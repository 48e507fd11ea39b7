//! Model and inputs → plan. Everything that is wrong with the settings is reported at once.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::error::PlanError;
use super::lease::PlannedLease;
use super::ordered::{Plan, PlannedCheckpoint, PlannedPhase, Unit, UnitKind};
use super::time::times_to_safe;
use super::{ById, KeptFiles};
use crate::model::check_setting;
use crate::model::{
    Checkpoint, Condition, Escape, Input, Item, Let, Lock, Phase, PhaseStart, Runbook, Template, TemplateError, Values,
    Window,
};

/// How much all `let`s of a runbook may become together, in bytes.
const MOST_DERIVED: usize = 256 * 1024;
/// How long a title may be, in characters, with its values in it.
const LONGEST_TITLE: usize = 1000;

/// What only a run knows: its id and its start.
#[derive(Debug, Clone)]
pub struct RunFacts {
    /// `{{run.id}}`.
    pub id: String,
    /// `{{run.started}}`.
    pub started: Timestamp,
}

impl Plan {
    /// Puts the settings into a runbook. `facts` is `None` where there is no run: then `run.id` and
    /// `run.started` stay unknown.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn resolve(
        runbook: &Arc<Runbook>,
        settings: &BTreeMap<String, String>,
        facts: Option<&RunFacts>,
    ) -> Result<Self, Vec<PlanError>> {
        let mut errors = Vec::new();
        let inputs = resolve_inputs(&runbook.inputs, settings, &mut errors);
        Self::with_inputs(runbook, inputs, facts, errors, false)
    }

    /// The plan for a document: an input without a value reads as its name, `«version»`, wherever it
    /// stands, and what can't be told without it isn't. Never to be run.
    ///
    /// # Errors
    /// Everything that is wrong with the settings that are given.
    pub fn draft(runbook: &Arc<Runbook>, settings: &BTreeMap<String, String>) -> Result<Self, Vec<PlanError>> {
        let mut errors = Vec::new();
        let mut inputs = resolve_inputs(&runbook.inputs, settings, &mut errors);
        errors.retain(|error| !matches!(error, PlanError::MissingInput { .. }));
        for input in &runbook.inputs {
            let name = &input.name.value;
            inputs.entry(name.clone()).or_insert_with(|| format!("«{name}»"));
        }
        Self::with_inputs(runbook, inputs, None, errors, true)
    }

    fn with_inputs(
        runbook: &Arc<Runbook>,
        inputs: Values,
        facts: Option<&RunFacts>,
        mut errors: Vec<PlanError>,
        is_draft: bool,
    ) -> Result<Self, Vec<PlanError>> {
        let mut values = inputs.clone();
        if let Some(facts) = facts {
            values.insert("run.id".into(), facts.id.clone());
            values.insert("run.started".into(), whole_seconds(facts.started).to_string());
        }
        derive(&runbook.lets, &mut values, &mut errors);
        let mut builder = Builder {
            values: &values,
            errors,
            units: Vec::new(),
            checkpoints: Vec::new(),
            leases: Vec::new(),
            waits: 0,
            is_draft,
        };
        let window = builder.window("the runbook's window", runbook.window.as_ref());
        let lock = builder.lock(runbook.lock.as_ref(), &runbook.id.value);
        let mut phases = Vec::new();
        let mut stretch = 0;
        for (number, phase) in runbook.phases.iter().enumerate() {
            if phase.at.is_some() && number > 0 {
                stretch += 1;
            }
            phases.push(builder.phase(number, phase, window, &lock, stretch));
        }
        let Builder { errors, mut units, checkpoints, mut leases, .. } = builder;
        leases.sort_by(|one, other| one.lock.cmp(&other.lock));
        units.shrink_to_fit();
        if !errors.is_empty() {
            return Err(errors);
        }
        let by_id = ById::default();
        let title = title(&runbook.title, &values);
        let times_to_safe = times_to_safe(&units, &phases);
        let runbook = Arc::clone(runbook);
        let kept = KeptFiles::default();
        Ok(Self { runbook, title, inputs, values, phases, units, checkpoints, leases, kept, by_id, times_to_safe })
    }

    /// The same plan in a run that keeps its own copies of the bundle's files.
    #[must_use]
    pub fn with_kept_files(self, kept: KeptFiles) -> Self {
        Self { kept, ..self }
    }
}

/// Adds what is derived from the values so far. What depends on the run, or on an input that is itself
/// wrong, stays unknown.
fn derive(lets: &[Let], values: &mut Values, errors: &mut Vec<PlanError>) {
    let mut room = MOST_DERIVED;
    for derived in lets {
        let rendered = derived.value.render(values, Escape::None);
        let length = rendered.as_ref().map_or(0, String::len);
        if length > room || rendered == Err(TemplateError::TooLong) {
            // Each `let` may double the one before it: behind the first that is too long, none is tried.
            let why = format!("what is derived takes more than {} KiB", MOST_DERIVED / 1024);
            errors.push(PlanError::Value { what: format!("let `{}`", derived.name.value), why });
            return;
        }
        room -= length;
        if let Ok(text) = rendered {
            values.insert(derived.name.value.clone(), text);
        }
    }
}

/// A title is read by people.
fn title(template: &Template, values: &Values) -> String {
    let mut title = template.render_known(values);
    if let Some((end, _)) = title.char_indices().nth(LONGEST_TITLE) {
        title.truncate(end);
        title.push('…');
    }
    title
}

/// A moment without its fraction: what people and file systems compare with.
fn whole_seconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

fn resolve_inputs(inputs: &[Input], settings: &BTreeMap<String, String>, errors: &mut Vec<PlanError>) -> Values {
    let known = || inputs.iter().map(|input| input.name.value.as_str()).collect::<Vec<_>>().join(", ");
    for name in settings.keys() {
        if !inputs.iter().any(|input| input.name.value == *name) {
            errors.push(PlanError::UnknownInput { name: name.clone(), known: known() });
        }
    }
    let mut values = Values::new();
    for input in inputs {
        let name = &input.name.value;
        let Some(value) = settings.get(name).or(input.default.as_ref()) else {
            let help = input.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            errors.push(PlanError::MissingInput { name: name.clone(), help });
            continue;
        };
        if let Err(error) = check_setting(input, value) {
            errors.push(PlanError::RefusedInput { name: name.clone(), why: error.to_string() });
        }
        values.insert(name.clone(), value.clone());
    }
    values
}

/// Reads a time; seconds may be missing, a zone may not.
///
/// # Errors
/// The text isn't a time, or has no zone.
pub fn parse_time(text: &str) -> Result<Timestamp, jiff::Error> {
    text.trim().parse()
}

struct Builder<'a> {
    values: &'a Values,
    errors: Vec<PlanError>,
    units: Vec<Unit>,
    checkpoints: Vec<PlannedCheckpoint>,
    leases: Vec<PlannedLease>,
    waits: usize,
    /// What isn't known is left open.
    is_draft: bool,
}

impl Builder<'_> {
    fn phase(
        &mut self,
        number: usize,
        phase: &Phase,
        runbook_window: Option<(Timestamp, Timestamp)>,
        runbook_lock: &str,
        stretch: usize,
    ) -> PlannedPhase {
        let first = self.units.len();
        let at = phase.at.as_ref().and_then(|start| self.start(&phase.id.value, start, runbook_window));
        let is_at_t = matches!(phase.at, None | Some(PhaseStart::Relative(0)));
        let window = match &phase.window {
            Some(_) => self.window(&format!("the window of phase `{}`", phase.id.value), phase.window.as_ref()),
            None => runbook_window.filter(|_| is_at_t),
        };
        let mut locks = Vec::new();
        if is_at_t || phase.lock.is_none() {
            locks.push(runbook_lock.to_owned());
        }
        if let Some(lock) = &phase.lock {
            locks.push(self.lock(Some(lock), ""));
        }
        for item in &phase.items {
            self.item(number, item, None);
        }
        PlannedPhase {
            id: phase.id.value.clone(),
            title: title(&phase.title, self.values),
            at,
            window,
            locks,
            stretch,
            units: first..self.units.len(),
        }
    }

    fn start(&mut self, id: &str, start: &PhaseStart, window: Option<(Timestamp, Timestamp)>) -> Option<Timestamp> {
        match (start, window) {
            (PhaseStart::Absolute(text), _) => self.time(&format!("the start of phase `{id}`"), text),
            (PhaseStart::Relative(seconds), Some((t, _))) => t.checked_add(SignedDuration::from_secs(*seconds)).ok(),
            (PhaseStart::Relative(_), None) => {
                self.errors.push(PlanError::NoT { phase: id.to_owned() });
                None
            }
        }
    }

    fn window(&mut self, what: &str, window: Option<&Window>) -> Option<(Timestamp, Timestamp)> {
        let window = window?;
        let (start, end) = (self.time(what, &window.start)?, self.time(what, &window.end)?);
        if end <= start {
            self.errors.push(PlanError::BackwardWindow { what: what.to_owned() });
        }
        Some((start, end))
    }

    fn time(&mut self, what: &str, text: &Template) -> Option<Timestamp> {
        let value = self.text(what, Some(text), "");
        let time = parse_time(&value).ok();
        if time.is_none() && !(self.is_draft && value.contains('«')) {
            self.errors.push(PlanError::NotATime { what: what.to_owned(), value });
        }
        time
    }

    fn text(&mut self, what: &str, template: Option<&Template>, otherwise: &str) -> String {
        let Some(template) = template else { return otherwise.to_owned() };
        template.render(self.values, Escape::None).unwrap_or_else(|error| {
            self.errors.push(PlanError::Value { what: what.to_owned(), why: error.to_string() });
            String::new()
        })
    }

    /// The name of a lock. One that is held in a cluster in one place is held there in all.
    fn lock(&mut self, lock: Option<&Lock>, otherwise: &str) -> String {
        let name = self.text("lock", lock.map(|lock| &lock.name), otherwise);
        let Some(surroundings) = lock.and_then(|lock| lock.lease.as_ref()) else { return name };
        let lease = PlannedLease { lock: name.clone(), surroundings: Arc::clone(surroundings) };
        match self.leases.iter().find(|known| known.lock == name) {
            None => self.leases.push(lease),
            Some(known) if known.place(self.values) == lease.place(self.values) => {}
            Some(_) => {
                let why = "it is held in two clusters, or in two namespaces of one: give each a name of its own";
                self.errors.push(PlanError::Value { what: format!("lock `{name}`"), why: why.to_owned() });
            }
        }
        name
    }

    fn item(&mut self, phase: usize, item: &Item, parallel: Option<&Range<usize>>) {
        match item {
            Item::Check(it) => {
                let kind = UnitKind::Check(Arc::clone(it));
                self.unit(phase, &it.id.value, &it.title, kind, it.when.as_deref(), parallel);
            }
            Item::Step(it) => {
                let kind = UnitKind::Step(Arc::clone(it));
                self.unit(phase, &it.id.value, &it.title, kind, it.when.as_deref(), parallel);
            }
            Item::OnRollback(it) => {
                let kind = UnitKind::OnRollback(Arc::clone(it));
                self.unit(phase, &it.id.value, &it.title, kind, it.when.as_deref(), None);
            }
            Item::Manual(it) => {
                let kind = UnitKind::Manual(Arc::clone(it));
                self.unit(phase, &it.id.value, &it.instruction, kind, it.when.as_deref(), None);
            }
            Item::Wait(wait) => {
                self.waits += 1;
                let id = format!("wait-{}", self.waits);
                let title = format!("Wait {}", crate::model::render_duration(wait.duration));
                let title = Template::literal(&title, wait.span);
                self.unit(phase, &id, &title, UnitKind::Wait(wait.duration), None, None);
            }
            Item::Checkpoint(checkpoint) => self.checkpoint(phase, checkpoint),
            Item::Parallel(block) => {
                let branches = self.units.len()..self.units.len() + block.branches.len();
                for branch in &block.branches {
                    self.item(phase, branch, Some(&branches));
                }
            }
        }
    }

    fn checkpoint(&mut self, phase: usize, checkpoint: &Checkpoint) {
        let first = self.units.len();
        for check in &checkpoint.checks {
            let kind = UnitKind::Check(Arc::new(check.clone()));
            self.unit(phase, &check.id.value, &check.title, kind, check.when.as_deref(), None);
        }
        for preserve in &checkpoint.preserves {
            let id = format!("{}/{}", checkpoint.id.value, preserve.name.value);
            self.unit(phase, &id, &preserve.title, UnitKind::Preserve(Arc::new(preserve.clone())), None, None);
        }
        let number = self.checkpoints.len();
        let units = first..self.units.len();
        for unit in self.units.iter_mut().skip(first) {
            unit.checkpoint = Some(number);
            // The checkpoint's condition holds for all that stands in it.
            unit.when = unit.when.take().or_else(|| checkpoint.when.clone());
        }
        let title = title(&checkpoint.title, self.values);
        self.checkpoints.push(PlannedCheckpoint { id: checkpoint.id.value.clone(), title, units });
    }

    fn unit(
        &mut self,
        phase: usize,
        id: &str,
        title: &Template,
        kind: UnitKind,
        when: Option<&Condition>,
        parallel: Option<&Range<usize>>,
    ) {
        let title = self::title(title, self.values);
        let (parallel, when) = (parallel.cloned(), when.cloned().map(Box::new));
        self.units.push(Unit { id: id.to_owned(), title, phase, kind, parallel, checkpoint: None, when });
    }
}
