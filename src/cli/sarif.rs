//! Findings → one SARIF 2.1.0 log: a run of this tool with the rules that fired, their explanations,
//! and a result per finding; a
//! warning that the runbook accepts is a suppressed one. Paths are relative to the folder in which `check` is called, as code
//! scanning wants them.

use std::fmt::Write;

use serde_json::{Value, json};

use super::checked::Checked;
use super::explain::{entries, plain_paragraphs};
use super::region::{Region, relative};
use crate::report::escape_json;
use crate::syntax::{Finding, Severity, Sources, Span};

/// The schema that the log follows.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// All findings of all runbooks; a log without results if there are none.
pub(super) fn render_sarif(runbooks: &[Checked]) -> String {
    let mut rules: Vec<(&'static str, Severity)> = Vec::new();
    let mut results = Vec::new();
    for runbook in runbooks {
        for finding in &runbook.findings {
            results.push(result(finding, None, runbook, &mut rules));
        }
        for allowed in &runbook.allowed {
            results.push(result(&allowed.finding, Some(&allowed.because), runbook, &mut rules));
        }
    }
    let rules: Vec<_> = rules.into_iter().map(|(code, severity)| rule(code, severity)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "runbook",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    escape_json(&log.to_string()) + "\n"
}

/// What a rule is about, for those who meet it in a list of alerts.
fn rule(code: &str, severity: Severity) -> Value {
    let texts: Vec<_> = entries().into_iter().filter(|(other, _)| *other == code).map(|(_, text)| text).collect();
    let full = plain_paragraphs(&texts.join("\n\n"));
    let short = full.split_inclusive(". ").next().unwrap_or(&full).lines().next().unwrap_or("").trim();
    let short = if short.is_empty() { code } else { short };
    json!({
        "id": code,
        "shortDescription": { "text": short },
        "fullDescription": { "text": if full.is_empty() { code } else { &full } },
        "help": { "text": format!("{full}\n\nrunbook explain {code}") },
        "defaultConfiguration": { "level": level(severity) },
    })
}

fn result(
    finding: &Finding,
    because: Option<&str>,
    runbook: &Checked,
    rules: &mut Vec<(&'static str, Severity)>,
) -> Value {
    let index = rules.iter().position(|(code, _)| *code == finding.code).unwrap_or_else(|| {
        rules.push((finding.code, finding.severity));
        rules.len() - 1
    });
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let sources = &runbook.sources;
    let main = match finding.labels.first() {
        Some((span, _)) => location(*span, None, sources),
        None => json!({ "physicalLocation": { "artifactLocation": artifact(runbook.path.as_str()) } }),
    };
    let related: Vec<_> =
        finding.labels.iter().skip(1).map(|(span, label)| location(*span, Some(label), sources)).collect();
    let mut result = json!({
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": level(finding.severity),
        "message": { "text": message },
        "locations": [main],
    });
    if let Some(fields) = result.as_object_mut() {
        if !related.is_empty() {
            fields.insert("relatedLocations".to_owned(), related.into());
        }
        if let Some(because) = because {
            let suppression = json!([{ "kind": "inSource", "justification": because }]);
            fields.insert("suppressions".to_owned(), suppression);
        }
    }
    result
}

fn location(span: Span, label: Option<&str>, sources: &Sources) -> Value {
    let region = Region::of(span, sources);
    let mut location = json!({ "physicalLocation": {
        "artifactLocation": artifact(sources.path(span.file).as_str()),
        "region": {
            "startLine": region.line,
            "startColumn": region.column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
        },
    } });
    if let (Some(label), Some(fields)) = (label.filter(|label| !label.is_empty()), location.as_object_mut()) {
        fields.insert("message".to_owned(), json!({ "text": label }));
    }
    location
}

fn artifact(path: &str) -> Value {
    let path = relative(path.into());
    if path.is_absolute() {
        json!({ "uri": format!("file://{}", uri_path(path.as_str())) })
    } else {
        json!({ "uri": uri_path(path.as_str()), "uriBaseId": "%SRCROOT%" })
    }
}

/// A path as it stands in a URI: all but letters, digits and `-._~/` as `%XX`.
fn uri_path(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a text can't fail.
            _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
