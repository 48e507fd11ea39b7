//! What came of testing runbooks: for a person, who wants to see what was broken and why, and as `JUnit` for
//! what runs tests elsewhere. Invariant: a case that passed takes one line at most.

use std::fmt::Write as _;

use super::escape::{escape, escape_xml};
use super::page::Page;
use super::style::{Style, Tone};
use crate::event::{BrokenPromise, Tested, TestedCase};

/// What came of it: lines, each with its end.
#[must_use]
pub fn render_tested(tested: &Tested, style: Style) -> String {
    let mut page = Page::new(style, None);
    for (id, case) in told_once(tested) {
        if !case.broken.is_empty() {
            page.unit(Tone::Bad, "broken", (&id, &case.title), "");
            for broken in &case.broken {
                let place = broken.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
                page.more(1, &format!("{}{place}", broken.line));
                page.more(2, &broken.happened);
            }
            case.story.iter().filter(|line| !says(case, line)).for_each(|line| page.more(2, line));
        } else if tested.scripted {
            page.unit(Tone::Good, "held", (&id, &case.title), "");
        }
    }
    let (all, failed) = (tested.cases.len(), tested.failed().count());
    let what = if tested.scripted { "case" } else { "failure driven through its steps" };
    let plural = |count: usize| {
        if count == 1 { what.to_owned() } else { what.replacen("case", "cases", 1).replacen("failure", "failures", 1) }
    };
    let end = match (failed, tested.scripted) {
        (0, true) => format!("{}: {all} {}, all held", tested.file, plural(all)),
        (0, false) => format!("{}: {all} {}, and everything can be taken back from each", tested.file, plural(all)),
        (failed, true) => format!("{}: {all} {}, {failed} broken", tested.file, plural(all)),
        (failed, false) => format!("{}: {all} {}, the way back from {failed} isn't complete", tested.file, plural(all)),
    };
    page.plain(Some(if failed == 0 { Tone::Good } else { Tone::Bad }), &end);
    page.into_text()
}

/// The cases as a person reads them: failures of one step that all end in the same way are told once, as
/// `announce: fails, no answer, crash`.
fn told_once(tested: &Tested) -> Vec<(String, &TestedCase)> {
    let mut told: Vec<(String, &TestedCase)> = Vec::new();
    for case in &tested.cases {
        let (unit, how) = case.id.split_once(": ").unwrap_or_default();
        let as_the_last = |(_, last): &&mut (String, &TestedCase)| {
            let of_same = last.id.split_once(": ").is_some_and(|(of, _)| of == unit);
            !tested.scripted
                && of_same
                && !case.broken.is_empty()
                && last.broken == case.broken
                && last.story == case.story
        };
        match told.last_mut().filter(as_the_last) {
            Some((id, _)) => {
                id.push_str(", ");
                id.push_str(how);
            }
            None => told.push((case.id.clone(), case)),
        }
    }
    told
}

/// Whether a line is said already.
fn says(case: &TestedCase, line: &str) -> bool {
    case.broken.iter().any(|broken| broken.happened == line)
}

/// What came of several runbooks, as XML for `JUnit`.
#[must_use]
pub fn render_junit(tested: &[Tested]) -> String {
    let all: usize = tested.iter().map(|it| it.cases.len()).sum();
    let failed: usize = tested.iter().map(|it| it.failed().count()).sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    _ = writeln!(text, "<testsuites name=\"runbook test\" tests=\"{all}\" failures=\"{failed}\">");
    for suite in tested {
        let (all, failed) = (suite.cases.len(), suite.failed().count());
        _ = writeln!(text, "  <testsuite name=\"{}\" tests=\"{all}\" failures=\"{failed}\">", xml(&suite.file));
        for case in &suite.cases {
            let (id, file) = (xml(&case.id), xml(&suite.file));
            if case.broken.is_empty() {
                _ = writeln!(text, "    <testcase name=\"{id}\" classname=\"{file}\"/>");
                continue;
            }
            _ = writeln!(text, "    <testcase name=\"{id}\" classname=\"{file}\">");
            for broken in &case.broken {
                let BrokenPromise { line, place, happened } = broken;
                let place = place.as_ref().map(|place| format!("{place}\n")).unwrap_or_default();
                let story = case.story.join("\n");
                let (line, happened) = (xml(line), xml(happened));
                _ = writeln!(
                    text,
                    "      <failure message=\"{line}: {happened}\">{}{}</failure>",
                    xml_lines(&place),
                    xml_lines(&story)
                );
            }
            text.push_str("    </testcase>\n");
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn xml_lines(text: &str) -> String {
    text.lines().map(|line| xml(line) + "\n").collect()
}

/// Text of others.
fn xml(text: &str) -> String {
    escape_xml(&escape(text))
}
