//! Lowering, seen from a file: which text each error points at, and what a good file becomes.

#[expect(clippy::needless_raw_string_hashes, reason = "lines of KDL, which has raw strings of its own")]
mod accepted;
mod locks;
mod refused;

use crate::model::{Lowering, Runbook};
use crate::syntax::{Finding, ReadError, Sources, parse};

/// Lowers one file; `template=` finds only `motd.tmpl`.
fn lower(text: &str) -> (Sources, Option<Runbook>, Vec<Finding>) {
    let mut sources = Sources::default();
    let file = sources.add("test.kdl", text);
    let nodes = match parse(&sources, file) {
        Ok(nodes) => nodes,
        Err(findings) => return (sources, None, findings),
    };
    let template = |path: &crate::syntax::Spanned<String>| match path.value.as_str() {
        "motd.tmpl" => Ok("Version {{version}}".to_owned()),
        other => Err(ReadError::UnknownChoice { spelling: other.to_owned(), help: String::new() }.at(path.span)),
    };
    let lowering = Lowering { sources: &sources, folder: "/srv/runbooks".into(), template: &template };
    let (runbook, findings) = lowering.lower(&nodes);
    (sources, runbook, findings)
}

/// A runbook around what stands in its only phase.
fn in_phase(items: &str) -> String {
    format!(
        "runbook test \"Test\"\ninput version \"1.2.3\"\nsecret token env=TOKEN\nphase only \"Only\" {{\n{items}\n}}\n"
    )
}

/// A runbook around what stands in a check beside `run probe`.
fn in_check(children: &str) -> String {
    in_phase(&format!("check c {{\nrun probe\n{children}\n}}"))
}

/// A runbook around what stands in a step beside its inverse.
fn in_step(children: &str) -> String {
    in_phase(&format!("step s {{\n{children}\ninverse none because=\"a test\"\n}}"))
}

/// The code (its last part) and the text under the first label, for each finding.
fn seen(text: &str) -> Vec<(String, String)> {
    let (sources, _, findings) = lower(text);
    findings
        .iter()
        .map(|finding| {
            let code = finding.code.rsplit("::").next().unwrap_or("").to_owned();
            let (span, _) = finding.labels.first().cloned().unwrap();
            (code, sources.text(span).to_owned())
        })
        .collect()
}
