//! Findings → one `JUnit` report: a test suite per runbook, a test case per finding, and one that
//! passes where nothing rejects it. What XML can't hold is spelled out.

use std::fmt::Write;

use super::checked::Checked;
use super::escape::escape;
use super::region::{Region, relative};
use crate::report::escape_xml;
use crate::syntax::{Finding, Severity};

/// All findings of all runbooks.
pub(super) fn render_junit(runbooks: &[Checked]) -> String {
    let suites: Vec<Suite> = runbooks.iter().map(suite).collect();
    let tests: usize = suites.iter().map(|suite| suite.tests).sum();
    let failures: usize = suites.iter().map(|suite| suite.failures).sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a text can't fail.
    _ = writeln!(text, "<testsuites name=\"runbook check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
    text.extend(suites.into_iter().map(|suite| suite.text));
    text.push_str("</testsuites>\n");
    text
}

struct Suite {
    text: String,
    tests: usize,
    failures: usize,
}

fn suite(runbook: &Checked) -> Suite {
    let path = xml(relative(&runbook.path).as_str());
    let mut cases = String::new();
    let mut failures = 0;
    for finding in &runbook.findings {
        let fails = finding.severity == Severity::Error || runbook.denies_warnings;
        failures += usize::from(fails);
        cases.push_str(&case(finding, runbook, fails));
    }
    let mut tests = runbook.findings.len();
    if failures == 0 {
        tests += 1;
        let line = xml(&runbook.last_line);
        _ = writeln!(
            cases,
            "    <testcase name=\"check\" classname=\"{path}\" file=\"{path}\"><system-out>{line}</system-out></testcase>"
        );
    }
    let text = format!(
        "  <testsuite name=\"{path}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n{cases}  \
         </testsuite>\n"
    );
    Suite { text, tests, failures }
}

/// A finding as a test case: it fails, or says what is weak.
fn case(finding: &Finding, runbook: &Checked, fails: bool) -> String {
    let (file, place) = match finding.labels.first() {
        Some((span, _)) => {
            let region = Region::of(*span, &runbook.sources);
            let file = relative(runbook.sources.path(span.file));
            let place = format!(" {file}:{}:{}", region.line, region.column);
            (file, place)
        }
        None => (relative(&runbook.path), String::new()),
    };
    let line = finding.labels.first().map_or(1, |(span, _)| Region::of(*span, &runbook.sources).line);
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let said = xml(&format!("{}{place}\n{}{help}", finding.code, finding.message));
    let told = if fails {
        format!("<failure message=\"{}\" type=\"{}\">{said}</failure>", attribute(&finding.message), finding.code)
    } else {
        format!("<system-out>{said}</system-out>")
    };
    let name = xml(&format!("{}{place}", finding.code));
    let suite = xml(relative(&runbook.path).as_str());
    let file = xml(file.as_str());
    format!("    <testcase name=\"{name}\" classname=\"{suite}\" file=\"{file}\" line=\"{line}\">{told}</testcase>\n")
}

/// A text in an attribute: in one line.
fn attribute(text: &str) -> String {
    xml(&text.replace('\n', " "))
}

/// A text in an element or in quotes of either kind.
fn xml(text: &str) -> String {
    escape_xml(&escape(text)).replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_its_element_or_its_quotes() {
        assert_eq!(xml("]]></failure>\"'&\u{1b}\u{ffff}"), "]]&gt;&lt;/failure&gt;&quot;&apos;&amp;\\u{1b}\\u{ffff}");
        assert_eq!(attribute("a\nb"), "a b");
    }
}
