//! `runbook test FILE…`: the runbook against what its cases say, no effects. They stand beside it, in
//! `NAME.test.kdl`; without them every failure of every step is driven through. It reads the files of the
//! bundle and the tests, and nothing else: no environment, no network, no process.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::check::setting;
use super::refusal::{accepted, rejected, show_plan_errors};
use super::{Exit, Terminal};
use crate::engine::forecast::{Origin, drive_through, try_case};
use crate::event::{Tested, TestedCase};
use crate::model::Runbook;
use crate::model::bundle::{load_with, read_beside};
use crate::model::test_file::{Cast, TestCase, TestFile, read_tests};
use crate::plan::{Plan, PlanError};
use crate::report::{render_junit, render_tested};
use crate::syntax::{self, Finding, Sources};

/// What stands behind the count of what was found.
const UNTRIED: &str = ": nothing was tried";

/// `runbook test`.
#[derive(Debug, clap::Args)]
pub struct TestArguments {
    /// The runbooks; the cases of each stand beside it, in NAME.test.kdl
    #[arg(required = true, value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    /// Give an input its value, where the case doesn't
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// How it is shown
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: TestFormat,
}

/// How tests are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum TestFormat {
    /// For people
    #[default]
    Human,
    /// As XML, for what shows tests elsewhere
    Junit,
}

/// Tests every runbook; the worst of them decides.
pub fn run(arguments: &TestArguments, terminal: &Terminal) -> Exit {
    let mut all = Vec::new();
    let mut exit = Exit::Success;
    for file in &arguments.files {
        match test(file, &arguments.settings, terminal) {
            Ok(tested) => {
                if tested.failed().next().is_some() {
                    exit = Exit::Rejected;
                }
                if arguments.format == TestFormat::Human {
                    terminal.print(&render_tested(&tested, terminal.style()));
                }
                all.push(tested);
            }
            Err(refused) => exit = if exit == Exit::Rejected { exit } else { refused },
        }
    }
    if arguments.format == TestFormat::Junit {
        terminal.print(&render_junit(&all));
    }
    exit
}

fn test(named: &Utf8Path, settings: &[(String, String)], terminal: &Terminal) -> Result<Tested, Exit> {
    let (file, tests) = beside(named);
    let mut loaded = load_with(&file, settings);
    let runbook = Arc::new(accepted(&mut loaded, &file, UNTRIED, terminal)?);
    let sources = Arc::new(loaded.sources);
    let given: BTreeMap<String, String> = settings.iter().cloned().collect();
    let mut tested = Tested { file: file.to_string(), ..Tested::default() };
    let mut read = Sources::default();
    let name = Utf8Path::new(tests.file_name().unwrap_or_default());
    let bytes = read_beside(&file, name).map_err(|finding| rejected(&[finding], &read, &tests, UNTRIED, terminal))?;
    let Some(bytes) = bytes else {
        let plan = Plan::resolve(&runbook, &given, None).map_err(|errors| misused(&errors, terminal))?;
        let digest = loaded.bundle.digest.to_string();
        tested.cases = drive_through(&plan, Origin { file: file.as_str(), digest: &digest });
        return Ok(tested);
    };
    tested.scripted = true;
    let cases = match read_cases(&tests, &bytes, &runbook, &mut read) {
        Ok(cases) => cases,
        Err(findings) => return Err(rejected(&findings, &read, &tests, UNTRIED, terminal)),
    };
    for case in &cases.cases {
        let settings = together(&given, &cases, case);
        let plan = Plan::resolve(&runbook, &settings, None).map_err(|errors| {
            terminal.error(&format!("case {} can't be tried with its settings", case.id.value), None);
            misused(&errors, terminal)
        })?;
        let tried: TestedCase = try_case(&plan, &sources, case, &read);
        tested.cases.push(tried);
    }
    Ok(tested)
}

/// A runbook and its tests, whichever of the two is named.
fn beside(named: &Utf8Path) -> (Utf8PathBuf, Utf8PathBuf) {
    match named.as_str().strip_suffix(".test.kdl") {
        Some(stem) => (format!("{stem}.kdl").into(), named.to_owned()),
        None => (named.to_owned(), named.with_extension("test.kdl")),
    }
}

fn misused(errors: &[PlanError], terminal: &Terminal) -> Exit {
    show_plan_errors(errors, terminal);
    Exit::Usage
}

/// The settings of a case, over those of its file, over those of the command line.
fn together(given: &BTreeMap<String, String>, file: &TestFile, case: &TestCase) -> BTreeMap<String, String> {
    let mut settings = given.clone();
    settings.extend(file.settings.clone());
    settings.extend(case.settings.clone());
    settings
}

fn read_cases(
    path: &Utf8Path,
    bytes: &[u8],
    runbook: &Runbook,
    sources: &mut Sources,
) -> Result<TestFile, Vec<Finding>> {
    let text = syntax::read_text(bytes).map_err(|finding| vec![finding])?;
    let file = sources.add(path, text);
    let nodes = syntax::parse(sources, file)?;
    let (cases, findings) = read_tests(&nodes, &Cast::of(runbook));
    if findings.is_empty() { Ok(cases) } else { Err(findings) }
}
