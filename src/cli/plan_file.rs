//! A plan kept in a file: `plan --out FILE` writes it, `exec --plan FILE` runs exactly that or says what
//! differs. It holds the forecast, the text of the runbook, and a digest over bundle, forecast, inputs and
//! target; no secret, since none is fetched for a plan.
//!
//! Invariant: a plan is stale as soon as anything that it was made of is another, however little.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::Terminal;
use crate::event::{FORECAST_FORMAT, Forecast};
use crate::model::bundle::Bundle;
use crate::model::digest::{Digest, Digesting};
use crate::report::{Style, escape, render_forecast, render_text_diff};
use crate::syntax::Sources;

/// A longer file is no plan.
const MOST: u64 = 64 << 20;
/// The text of a longer file isn't kept: that it changed is seen all the same.
const LONGEST_TEXT: usize = 1 << 20;

/// A plan as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanFile {
    /// The format of its forecast.
    format: u32,
    /// Over all that follows.
    digest: Digest,
    /// Where it is to run.
    target: Target,
    /// The files of the bundle.
    files: Vec<PlannedFile>,
    /// What it would do.
    pub forecast: Forecast,
}

/// Where a plan is to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The host.
    pub host: String,
    /// Where the runbook's relative paths start: absolute; `None`: on another host, wherever it lies.
    pub folder: Option<Utf8PathBuf>,
}

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PlannedFile {
    path: Utf8PathBuf,
    sha256: Digest,
    mode: u32,
    /// Only of the runbook and what it includes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// Why a plan can't be run.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It can't be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It isn't one, or it was changed.
    #[error("{path} isn't a plan: {why}")]
    NotAPlan {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What it was made of is another now.
    #[error("{path} is stale: it isn't what would run now")]
    Stale {
        /// The file.
        path: Utf8PathBuf,
    },
}

impl PlanFileError {
    /// Every code with its explanation.
    pub const CODES: &[(&'static str, &'static str)] = &[
        (
            "runbook::plan::unreadable",
            "The file of a plan can't be read or written. `runbook plan FILE --out PLAN` writes it, `runbook exec --plan \
             PLAN` reads it.",
        ),
        (
            "runbook::plan::not_a_plan",
            "The file isn't a plan that this program wrote, or somebody changed it afterwards: its digest isn't that of \
             what it holds. Make the plan again with `runbook plan FILE --out PLAN`, and have that one reviewed.",
        ),
        (
            "runbook::plan::stale",
            "A plan is bound to the bytes of the runbook and of all that belongs to it, to its inputs, to what the program \
             makes of them, and to the host it was made for. One of them is another now; the difference is shown. Nothing \
             was changed. Make the plan again, and have the difference reviewed.",
        ),
    ];

    /// The code that `runbook explain` documents.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "runbook::plan::unreadable",
            Self::NotAPlan { .. } => "runbook::plan::not_a_plan",
            Self::Stale { .. } => "runbook::plan::stale",
        }
    }

    /// Shows it.
    pub fn show(&self, terminal: &Terminal) {
        let help = match self {
            Self::Io { .. } => "nothing was changed",
            Self::NotAPlan { .. } | Self::Stale { .. } => {
                "nothing was changed; make it again with `runbook plan FILE --out PLAN`"
            }
        };
        terminal.coded_error(Some(self.code()), &self.to_string(), Some(help));
    }
}

impl PlanFile {
    /// A plan for a target.
    #[must_use]
    pub fn of(mut forecast: Forecast, bundle: &Bundle, sources: &Sources, target: Target) -> Self {
        // What was found and what was measured says nothing about what would run.
        forecast.rehearsed = None;
        for unit in &mut forecast.units {
            (unit.probed, unit.dry_run, unit.history) = (None, None, None);
        }
        let texts = texts(bundle, sources);
        let files = bundle.files.iter().map(|file| PlannedFile {
            path: file.path.clone(),
            sha256: Digest::of(&file.bytes),
            mode: file.mode,
            text: texts.get(file.path.as_path()).cloned(),
        });
        let mut plan =
            Self { format: FORECAST_FORMAT, digest: Digest::of(""), target, files: files.collect(), forecast };
        plan.digest = plan.computed();
        plan
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write(&self, path: &Utf8Path) -> Result<(), PlanFileError> {
        let failed = |source| PlanFileError::Io { path: path.to_owned(), source };
        let json = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))? + "\n";
        let beside = path.with_file_name(format!(".{}.{}", path.file_name().unwrap_or("plan"), std::process::id()));
        // What lies there already is somebody else's.
        let mut file = std::fs::File::create_new(&beside).map_err(failed)?;
        let written = file.write_all(json.as_bytes()).and_then(|()| std::fs::rename(&beside, path));
        if written.is_err() {
            // What was half written helps nobody.
            drop(std::fs::remove_file(&beside));
        }
        written.map_err(failed)
    }

    /// Reads one.
    ///
    /// # Errors
    /// It can't be read, isn't a plan, or was changed.
    pub fn read(path: &Utf8Path) -> Result<Self, PlanFileError> {
        let failed = |source| PlanFileError::Io { path: path.to_owned(), source };
        let not_one = |why: String| PlanFileError::NotAPlan { path: path.to_owned(), why };
        // A pipe would be waited for when it is opened.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(not_one("it isn't a file".to_owned()));
        }
        let file = std::fs::File::open(path).map_err(failed)?;
        let mut text = String::new();
        file.take(MOST).read_to_string(&mut text).map_err(failed)?;
        let plan: Self = serde_json::from_str(&text).map_err(|error| not_one(error.to_string()))?;
        if plan.format != FORECAST_FORMAT {
            return Err(not_one(format!("its format is {}, and this program knows {FORECAST_FORMAT}", plan.format)));
        }
        if plan.digest != plan.computed() {
            return Err(not_one("it was changed after it was written".to_owned()));
        }
        Ok(plan)
    }

    /// The digest in short, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.digest.short()
    }

    /// What differs between this plan and what would run now; empty: nothing.
    #[must_use]
    pub fn differences(&self, now: &Self, style: Style) -> String {
        let mut text = String::new();
        for (name, old, new) in self.target.differs(&now.target) {
            _ = writeln!(text, "{name}: planned for {}, and this is {}", escape(&old), escape(&new));
        }
        let old: BTreeMap<_, _> = self.files.iter().map(|file| (&file.path, file)).collect();
        let new: BTreeMap<_, _> = now.files.iter().map(|file| (&file.path, file)).collect();
        let paths: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
        for path in paths {
            text.push_str(&file_differs(path, old.get(path).copied(), new.get(path).copied(), style));
        }
        if text.is_empty() && self.forecast != now.forecast {
            // The same text, and another program that reads it, or other inputs.
            let shown = |forecast| render_forecast(forecast, Style { width: 100, colour: false, ..style });
            text = render_text_diff("plan", &shown(&self.forecast), &shown(&now.forecast), style);
            if text.is_empty() {
                text.push_str("what is read of it is another: it was planned by another version of runbook\n");
            }
        }
        text
    }

    fn computed(&self) -> Digest {
        let mut digesting = Digesting::default();
        digesting.update_framed("runbook plan");
        digesting.update_framed(self.format.to_le_bytes());
        digesting.update_framed(&self.target.host);
        digesting.update_framed(self.target.folder.as_ref().map_or("", |folder| folder.as_str()));
        for file in &self.files {
            digesting.update_framed(file.path.as_str());
            digesting.update_framed(file.sha256.as_bytes());
            digesting.update_framed(file.mode.to_le_bytes());
            digesting.update_framed(file.text.as_deref().unwrap_or(""));
        }
        // A forecast always has a JSON form.
        digesting.update_framed(serde_json::to_string(&self.forecast).unwrap_or_default());
        digesting.finish()
    }
}

impl Target {
    /// What of it is another now, by name.
    fn differs(&self, now: &Self) -> Vec<(&'static str, String, String)> {
        let mut differs = Vec::new();
        if self.host != now.host {
            differs.push(("host", self.host.clone(), now.host.clone()));
        }
        if let (Some(old), Some(new)) = (&self.folder, &now.folder)
            && old != new
        {
            differs.push(("folder", old.to_string(), new.to_string()));
        }
        differs
    }
}

/// The text of each file that was read as KDL, or as a template.
fn texts<'a>(bundle: &'a Bundle, sources: &Sources) -> BTreeMap<&'a Utf8Path, String> {
    let below = bundle.named.parent().unwrap_or(Utf8Path::new(""));
    let shown = |path: &Utf8Path| if path == bundle.entry { bundle.named.clone() } else { below.join(path) };
    let text = |path: &Utf8Path| {
        sources.iter().find(|(_, source)| source.path == shown(path)).map(|(_, source)| source.text.to_string())
    };
    let files = bundle.files.iter().map(|file| file.path.as_path());
    files.filter_map(|path| Some((path, text(path).filter(|text| text.len() <= LONGEST_TEXT)?))).collect()
}

fn file_differs(path: &Utf8Path, old: Option<&PlannedFile>, new: Option<&PlannedFile>, style: Style) -> String {
    let path = path.as_str();
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, _) => return format!("{}: it was not part of the plan\n", escape(path)),
        (_, None) => return format!("{}: it is missing\n", escape(path)),
    };
    if old.sha256 == new.sha256 && old.mode == new.mode {
        return String::new();
    }
    let mut text = match (&old.text, &new.text) {
        (Some(old), Some(new)) => render_text_diff(path, old, new, style),
        _ => String::new(),
    };
    if old.mode != new.mode {
        _ = writeln!(text, "{}: its mode was {:04o} and is {:04o}", escape(path), old.mode, new.mode);
    }
    if text.is_empty() {
        _ = writeln!(text, "{}: its bytes are others", escape(path));
    }
    text
}
