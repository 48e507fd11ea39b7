//! Findings → text: for a person with the author's lines (human), one line each (plain), one JSON
//! object each (json). Whatever a file or its name holds, only harmless characters come out.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::ops::Add;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::escape::escape;
use super::excerpt::Excerpt;
use crate::report::escape_json;
use crate::syntax::{FileId, Finding, Severity, Sources, Span};

/// How many findings of one file are shown to a person.
const MOST_PER_FILE: usize = 50;

/// How findings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// With the lines they are about.
    #[default]
    Human,
    /// `file:line:column: error[code]: message`, and a line of help.
    Plain,
    /// One JSON object per line.
    Json,
}

/// How many findings of each severity there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        Self { errors, warnings: findings.len() - errors }
    }
}

impl Add for Summary {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { errors: self.errors + other.errors, warnings: self.warnings + other.warnings }
    }
}

impl fmt::Display for Summary {
    /// `2 errors, 1 warning`; what there is none of isn't named, `no warnings` if there is nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.errors, self.warnings) {
            (0, warnings) => f.write_str(&count(warnings, "warning")),
            (errors, 0) => f.write_str(&count(errors, "error")),
            (errors, warnings) => write!(f, "{}, {}", count(errors, "error"), count(warnings, "warning")),
        }
    }
}

/// `no steps`, `1 step`, `2 steps`.
#[must_use]
pub(super) fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// All findings as one text; empty without any.
#[must_use]
pub fn render_findings(findings: &[Finding], sources: &Sources, format: Format, width: usize, colours: bool) -> String {
    let mut text = String::new();
    if format == Format::Json {
        for finding in findings {
            // What is only texts and numbers always has a JSON form.
            let line = serde_json::to_string(&json_line(finding, sources)).unwrap_or_default();
            _ = writeln!(text, "{}", escape_json(&line));
        }
        return text;
    }
    let mut shown: BTreeMap<Option<FileId>, usize> = BTreeMap::new();
    for finding in findings {
        let file = finding.labels.first().map(|(span, _)| span.file);
        let number = shown.entry(file).or_default();
        *number += 1;
        if *number > MOST_PER_FILE {
            continue;
        }
        match format {
            Format::Plain => text.push_str(&plain(finding, sources)),
            Format::Human | Format::Json => text.push_str(&human(finding, sources, width, colours)),
        }
    }
    for (file, number) in shown.into_iter().filter(|(_, number)| *number > MOST_PER_FILE) {
        let path = file.map_or_else(String::new, |file| format!(" in {}", escape(sources.path(file).as_str())));
        _ = writeln!(text, "… and {} more{path}", number - MOST_PER_FILE);
    }
    text
}

fn plain(finding: &Finding, sources: &Sources) -> String {
    let place = finding.labels.first().map(|(span, _)| format!("{}: ", place(*span, sources))).unwrap_or_default();
    let word = word(finding.severity);
    let mut text = format!("{place}{word}[{}]: {}\n", finding.code, one_line(&finding.message));
    for line in finding.help.iter().flat_map(|help| help.lines()) {
        _ = writeln!(text, "  help: {}", shown(line));
    }
    text
}

/// `file:line:column`.
fn place(span: Span, sources: &Sources) -> String {
    let (line, column) = sources.line_and_column(span);
    format!("{}:{line}:{column}", escape(sources.path(span.file).as_str()))
}

/// A finding as one line of JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Finding")]
pub(super) struct FindingLine<'a> {
    /// `error`: the runbook is rejected; `warning`: it is legal but weak.
    #[schemars(extend("enum" = ["error", "warning"]))]
    severity: &'static str,
    /// What `runbook explain` documents.
    code: &'static str,
    /// What is wrong, in one line.
    message: &'a str,
    /// What to write instead; null where nothing can be said.
    help: Option<&'a str>,
    /// Where; the first is the main one, empty where there is no text to point into.
    labels: Vec<LabelLine<'a>>,
}

/// A place that a finding is about.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Label")]
struct LabelLine<'a> {
    /// The path of the file.
    file: &'a str,
    /// The line, from one.
    line: usize,
    /// The column, from one, in characters.
    column: usize,
    /// The first byte.
    start: usize,
    /// The byte behind the last one.
    end: usize,
    /// What is wrong here; may be empty.
    label: &'a str,
}

fn json_line<'a>(finding: &'a Finding, sources: &'a Sources) -> FindingLine<'a> {
    let label = |(span, label): &'a (Span, String)| {
        let (line, column) = sources.line_and_column(*span);
        LabelLine { file: sources.path(span.file).as_str(), line, column, start: span.start(), end: span.end(), label }
    };
    FindingLine {
        severity: word(finding.severity),
        code: finding.code,
        message: &finding.message,
        help: finding.help.as_deref(),
        labels: finding.labels.iter().map(label).collect(),
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn one_line(text: &str) -> String {
    shown(text).replace('\n', " ")
}

/// What of the author's text a message or a help repeats: where a tab would lead to is the terminal's.
fn shown(text: &str) -> String {
    escape(text).replace('\t', "    ")
}

fn human(finding: &Finding, sources: &Sources, width: usize, colours: bool) -> String {
    let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width)
        .with_links(false)
        .with_context_lines(1)
        .with_break_words(false);
    let mut text = String::new();
    if handler.render_report(&mut text, &Shown::new(finding, sources, width)).is_err() {
        return plain(finding, sources);
    }
    text.push('\n');
    // miette fills lines up with blanks.
    text.lines().fold(String::new(), |mut lines, line| {
        lines.push_str(line.trim_end());
        lines.push('\n');
        lines
    })
}

/// A finding as miette shows it.
#[derive(Debug)]
struct Shown {
    code: &'static str,
    severity: Severity,
    message: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
    labels: Vec<LabeledSpan>,
}

impl Shown {
    fn new(finding: &Finding, sources: &Sources, width: usize) -> Self {
        let mut shown = Self {
            code: finding.code,
            severity: finding.severity,
            message: one_line(&finding.message),
            help: finding.help.as_deref().map(shown),
            excerpt: None,
            labels: Vec::new(),
        };
        let Some((main, _)) = finding.labels.first() else { return shown };
        let Some(source) = sources.get(main.file) else { return shown };
        let (here, elsewhere): (Vec<_>, Vec<_>) = finding.labels.iter().partition(|(span, _)| span.file == main.file);
        let ranges: Vec<_> = here.iter().map(|(span, _)| (span.start(), span.end())).collect();
        let excerpt = Excerpt::new(source.path.as_str(), &source.text, &ranges, width);
        let mut distant: Vec<&(Span, String)> = elsewhere;
        for (label, range) in here.into_iter().zip(&excerpt.ranges) {
            match range {
                Some((start, length)) => {
                    let words = Some(one_line(&label.1)).filter(|words| !words.is_empty());
                    shown.labels.push(LabeledSpan::new(words, *start, *length));
                }
                None => distant.push(label),
            }
        }
        for (span, label) in distant {
            let place = format!("{}: {}", place(*span, sources), one_line(label));
            shown.help = Some(shown.help.map_or_else(|| place.clone(), |help| format!("{help}\n{place}")));
        }
        shown.excerpt = Some(excerpt);
        shown
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}
