//! A run in the making: its directory, its bundle and its journal, all durable before anything is
//! changed. What it is driven by is others' work. Invariant: its head says all that going on with it
//! needs, so that whoever resumes it reads nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use jiff::Timestamp;

use super::drive::{Ground, inherited};
use crate::event::{ClusterReached, FORMAT, Outline, Record, RunStarted, Turn, Wish};
use crate::journal::{JournalError, StateDirectory, start, way_back_of};
use crate::model::Runbook;
use crate::model::bundle::Bundle;
use crate::plan::{KeptFiles, Plan, RunFacts};
use crate::syntax::Sources;

/// What a new run is of.
pub struct NewRun<'a> {
    pub file: &'a Utf8Path,
    pub runbook: &'a Arc<Runbook>,
    pub settings: &'a BTreeMap<String, String>,
    pub bundle: &'a Bundle,
    pub sources: &'a Arc<Sources>,
    /// What any failure leads to; `None`: as written.
    pub on_failure: Option<Wish>,
    /// Where a rehearsal turns round; `None`: it is none.
    pub rehearsal: Option<Turn>,
    /// The clusters that it asks.
    pub clusters: Vec<ClusterReached>,
}

impl NewRun<'_> {
    /// Makes the run. Its settings are known to resolve.
    pub fn ground(self, state: StateDirectory) -> Result<Ground, JournalError> {
        let now = Timestamp::now();
        let run = state.create_run_keeping(&self.runbook.id.value, now, |folder| self.bundle.write_to(folder))?;
        let facts = RunFacts { id: run.id().to_string(), started: now };
        // It resolved without these facts, so it resolves with them.
        let plan = Plan::resolve(self.runbook, self.settings, Some(&facts))
            .map_err(|errors| JournalError::Io {
                doing: "resolve",
                path: self.file.to_owned(),
                source: std::io::Error::other(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
            })?
            .with_kept_files(KeptFiles::of(self.bundle, &run.bundle()));
        let folder = camino::absolute_utf8(&self.runbook.folder).unwrap_or_else(|_| self.runbook.folder.clone());
        let inherited = inherited();
        let head = RunStarted {
            format: FORMAT,
            run: facts.id,
            runbook: self.runbook.id.value.clone(),
            title: plan.title.clone(),
            file: self.file.to_string(),
            digest: self.bundle.digest.to_string(),
            inputs: plan.inputs.clone(),
            environment: inherited.clone(),
            folder: folder.to_string(),
            clusters: self.clusters,
            outline: Outline::of(&plan),
            on_failure: self.on_failure,
            rehearsal: self.rehearsal,
        };
        let writer = start(&run, way_back_of(plan.units.len()))?;
        Ok(Ground {
            state,
            run,
            plan: Arc::new(plan),
            sources: Arc::clone(self.sources),
            record: Record::default(),
            events: Vec::new(),
            writer,
            head: Some(head),
            inherited,
            folder,
            back_to: None,
            skip: Vec::new(),
            notes: Vec::new(),
            ahead: None,
        })
    }
}
