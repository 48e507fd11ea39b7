//! Nodes of a file of tests → cases. Every error of the file comes back in one go.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::case::{Answered, Cast, Happens, Part, Promise, Promised, Replied, Said, TestCase, TestFile, Told};
use super::error::TestFileError;
use crate::model::{SubjectKind, SubjectName, parse_duration, parse_quantity};
use crate::syntax::reader::{repeated_properties, shortened, surplus_arguments, unknown_properties};
use crate::syntax::suggest::{closest, suggestion};
use crate::syntax::{Entry, Finding, Node, ReadError, Span};

/// The words at the top.
const TOP: [&str; 2] = ["set", "case"];
/// The words in a case.
const CASE: [&str; 15] = [
    "set",
    "answer",
    "fails",
    "no-answer",
    "never-starts",
    "crash",
    "applied",
    "reply",
    "takes",
    TOO_LATE,
    "must",
    "must-not",
    "past-no-return",
    "begins",
    "lock-held",
];
const TOO_LATE: &str = "too-late";
const A_TIME: &str = "a time such as 2026-06-10T08:00Z";
const VERBS: [(&str, Verb); 8] = [
    ("end", Verb::End),
    ("undo", Verb::Undo),
    ("verify", Verb::Verify),
    ("leave", Verb::Leave),
    ("reach", Verb::Reach),
    ("skip", Verb::Skip),
    ("ask", Verb::Ask),
    ("fail", Verb::Fail),
];
const PARTS: [(&str, Part); 2] = [("inverse", Part::Inverse), ("verification", Part::Verification)];
const SAID: [(&str, Said); 3] = [("yes", Said::Yes), ("no", Said::No), ("cannot-tell", Said::CannotTell)];
const REPLIED: [(&str, Replied); 6] = [
    ("yes", Replied::Yes),
    ("no", Replied::No),
    ("rollback", Replied::Rollback),
    ("applied", Replied::Applied),
    ("not-applied", Replied::NotApplied),
    ("skip", Replied::Skip),
];

#[derive(Debug, Clone, Copy)]
enum Verb {
    End,
    Undo,
    Verify,
    Leave,
    Reach,
    Skip,
    Ask,
    Fail,
}

/// Reads the nodes of a file of tests. The cases are there even with findings, without the parts that
/// have errors; they may only be tried when there are none.
#[must_use]
pub fn read_tests(nodes: &[Node], cast: &Cast) -> (TestFile, Vec<Finding>) {
    let mut reading = Reading { cast, findings: Vec::new() };
    let mut file = TestFile::default();
    let mut ids: HashMap<String, Span> = HashMap::new();
    for node in nodes {
        match node.name.value.as_str() {
            "set" => reading.settings(node, &mut file.settings),
            "case" => {
                let Some(read) = reading.case(node) else { continue };
                if let Some(before) = ids.insert(read.id.value.clone(), read.id.span) {
                    let mut finding = TestFileError::RepeatedCase { name: read.id.value.clone() }.at(read.id.span);
                    finding.labels.push((before, "first here".to_owned()));
                    reading.findings.push(finding);
                }
                file.cases.push(read);
            }
            _ => reading.unknown(node, "a file of tests", &TOP),
        }
    }
    if file.cases.is_empty() && reading.findings.is_empty() {
        let span = nodes.first().map(|node| node.span).unwrap_or_default();
        reading.findings.push(TestFileError::NoCase.at(span));
    }
    (file, reading.findings)
}

struct Reading<'a> {
    cast: &'a Cast,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn keep<T>(&mut self, reading: Result<T, Finding>) -> Option<T> {
        reading.map_err(|finding| self.findings.push(finding)).ok()
    }

    fn unknown(&mut self, node: &Node, place: &str, known: &[&str]) {
        let name = shortened(&node.name.value);
        let help = suggestion(&node.name.value, known);
        self.findings.push(ReadError::UnknownNode { name, place: place.to_owned(), help }.at(node.name.span));
    }

    /// No more arguments than these, no properties, and no children.
    fn is_plain(&mut self, node: &Node, most: usize, usage: &str) {
        self.findings.extend(surplus_arguments(node, most, usage));
        self.findings.extend(unknown_properties(node, &[]));
        if let Some(child) = node.children().first() {
            let error = ReadError::UnexpectedChildren { node: node.name.value.clone(), usage: usage.to_owned() };
            self.findings.push(error.at(child.name.span));
        }
    }

    fn settings(&mut self, node: &Node, settings: &mut BTreeMap<String, String>) {
        self.findings.extend(surplus_arguments(node, 0, "set NAME=VALUE …"));
        self.findings.extend(repeated_properties(node));
        for property in &node.properties {
            settings.insert(property.name.value.clone(), Entry::from(property).spelled().value);
        }
    }

    fn case(&mut self, node: &Node) -> Option<TestCase> {
        self.findings.extend(surplus_arguments(node, 2, "case ID \"title\" { … }"));
        self.findings.extend(unknown_properties(node, &[]));
        let id = node.required_argument(0, "an id").and_then(|entry| entry.text());
        let id = self.keep(id)?;
        let title = node.argument(1).and_then(|entry| self.keep(entry.text()));
        let mut case = TestCase {
            title: title.map_or_else(|| id.value.clone(), |title| title.value),
            id,
            settings: BTreeMap::new(),
            told: Vec::new(),
            past_no_return: false,
            begins: None,
            locks_held: None,
            promises: Vec::new(),
            span: node.span,
        };
        let before = self.findings.len();
        for child in node.children() {
            match child.name.value.as_str() {
                "set" => self.settings(child, &mut case.settings),
                word @ "past-no-return" => {
                    self.is_plain(child, 0, word);
                    case.past_no_return = true;
                }
                "begins" => case.begins = self.moment(child).or(case.begins),
                "lock-held" => {
                    self.is_plain(child, usize::MAX, "lock-held NAME …");
                    let named = child.arguments.iter().map(|argument| Entry::from(argument).spelled());
                    case.locks_held.get_or_insert_default().extend(named);
                }
                word @ ("must" | "must-not") => case.promises.extend(self.promise(child, word == "must")),
                word if CASE.contains(&word) => case.told.extend(self.told(child)),
                _ => self.unknown(child, "a case", &CASE),
            }
        }
        if case.promises.is_empty() && self.findings.len() == before {
            self.findings.push(TestFileError::NothingPromised { name: case.id.value.clone() }.at(case.id.span));
        }
        Some(case)
    }

    /// `begins TIME`.
    fn moment(&mut self, node: &Node) -> Option<Timestamp> {
        self.is_plain(node, 1, "begins \"2026-06-10T08:00Z\"");
        let entry = self.keep(node.required_argument(0, A_TIME))?;
        let moment = entry.spelled().value.trim().parse().map_err(|_| entry.wrong_kind(A_TIME));
        self.keep(moment)
    }

    fn told(&mut self, node: &Node) -> Option<Told> {
        if node.name.value == TOO_LATE {
            self.is_plain(node, 1, "too-late UNIT");
            let unit = self.unit_among(node, 0, &self.cast.phases)?;
            return Some(Told { unit, part: Part::Itself, happens: Happens::TooLate, span: node.span });
        }
        let unit = self.unit(node, 0)?;
        let word = node.name.value.as_str();
        let usage = match word {
            "answer" => "answer UNIT [inverse|verification] { SUBJECT VALUE; … }",
            "applied" => "applied UNIT yes|no|cannot-tell",
            "reply" => "reply UNIT yes|no|rollback|applied|not-applied|skip",
            "takes" => "takes UNIT \"10m\"",
            _ => "no-answer UNIT [inverse|verification]",
        };
        let second = |what: &str| node.required_argument(1, what);
        let (part, happens) = match word {
            "applied" => (Part::Itself, Happens::Applied(self.keep(second(usage).and_then(|it| it.choice(&SAID)))?)),
            "reply" => (Part::Itself, Happens::Replies(self.keep(second(usage).and_then(|it| it.choice(&REPLIED)))?)),
            "takes" => {
                let entry = self.keep(second("a duration"))?;
                let length = parse_duration(&entry.spelled().value).map_err(|_| entry.wrong_kind("a duration"));
                (Part::Itself, Happens::Takes(self.keep(length)?))
            }
            _ => {
                let part = node.argument(1).map(|entry| entry.choice(&PARTS));
                let part = match part {
                    None => Part::Itself,
                    Some(part) => self.keep(part)?,
                };
                let happens = match word {
                    "answer" => Happens::Answers(self.answers(node, &unit)),
                    "fails" => Happens::Fails,
                    "no-answer" => Happens::NoAnswer,
                    "never-starts" => Happens::NeverStarts,
                    _ => Happens::Crash,
                };
                (part, happens)
            }
        };
        if word == "answer" {
            self.findings.extend(surplus_arguments(node, 2, usage));
            self.findings.extend(unknown_properties(node, &[]));
        } else {
            self.is_plain(node, 2, usage);
        }
        Some(Told { unit, part, happens, span: node.span })
    }

    fn answers(&mut self, node: &Node, unit: &str) -> Vec<Answered> {
        let (word, subjects) = self.cast.units.get(unit).copied().unwrap_or(("it", &[]));
        let mut answers = Vec::new();
        for child in node.children() {
            let name = child.name.value.as_str();
            let Some(subject) = subjects.iter().copied().find(|subject| subject.word() == name) else {
                let known: Vec<_> = subjects.iter().map(|subject| subject.word()).collect();
                let error = TestFileError::NoSuchSubject {
                    subject: shortened(name),
                    word: word.to_owned(),
                    known: known.join(", "),
                };
                self.findings.push(error.at(child.name.span));
                continue;
            };
            let is_header = subject == SubjectName::Header;
            let usage = if is_header { "header NAME VALUE" } else { "SUBJECT VALUE" };
            self.is_plain(child, 1 + usize::from(is_header), usage);
            let argument = if is_header { self.keep(child.required_argument(0, "a name")) } else { None };
            let Some(value) = self.keep(child.required_argument(usize::from(is_header), "a value")) else { continue };
            if let Some(wanted) = misfit(subject, &value.spelled().value) {
                let subject = subject.word().to_owned();
                self.findings.push(TestFileError::NotItsKind { subject, wanted: wanted.to_owned() }.at(value.span));
                continue;
            }
            let argument = argument.map(|entry| entry.spelled().value);
            answers.push(Answered { subject, argument, value: value.spelled().value });
        }
        answers
    }

    fn promise(&mut self, node: &Node, must: bool) -> Option<Promise> {
        let verb = node.required_argument(0, "what").and_then(|entry| entry.choice(&VERBS));
        let verb = self.keep(verb)?;
        self.findings.extend(unknown_properties(node, &[]));
        let what = match verb {
            Verb::End => {
                let code = node.required_argument(1, "an exit code").and_then(|entry| entry.whole_number(0..=255));
                Promised::End(u8::try_from(self.keep(code)?).unwrap_or(u8::MAX))
            }
            Verb::Fail => Promised::Fail(self.unit(node, 1)?),
            Verb::Verify => Promised::Verify(self.checkpoints(node)),
            Verb::Undo => Promised::Undo(self.units(node)),
            Verb::Leave => Promised::Leave(self.units(node)),
            Verb::Reach => Promised::Reach(self.units(node)),
            Verb::Skip => Promised::Skip(self.units(node)),
            Verb::Ask => Promised::Ask(self.units(node)),
        };
        if matches!(verb, Verb::End | Verb::Fail) {
            self.findings.extend(surplus_arguments(node, 2, "must end CODE"));
        }
        Some(Promise { must, what, span: node.span })
    }

    fn units(&mut self, node: &Node) -> Vec<String> {
        (1..node.arguments.len()).filter_map(|position| self.unit(node, position)).collect()
    }

    fn unit(&mut self, node: &Node, position: usize) -> Option<String> {
        self.unit_among(node, position, &[])
    }

    /// A unit, or one of these others.
    fn unit_among(&mut self, node: &Node, position: usize, others: &[String]) -> Option<String> {
        let entry = self.keep(node.required_argument(position, "a unit"))?;
        let name = entry.spelled().value;
        if self.cast.units.contains_key(&name) || others.contains(&name) {
            return Some(name);
        }
        let help = match closest(&name, self.cast.units.keys().chain(others).map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`runbook plan` lists every unit".to_owned(),
        };
        self.findings.push(TestFileError::UnknownUnit { name: shortened(&name), help }.at(entry.span));
        None
    }

    fn checkpoints(&mut self, node: &Node) -> Vec<String> {
        let mut known = Vec::new();
        for argument in node.arguments.iter().skip(1) {
            let entry = Entry::from(argument);
            let name = entry.spelled().value;
            if self.cast.checkpoints.contains(&name) {
                known.push(name);
                continue;
            }
            let checkpoints: Vec<_> = self.cast.checkpoints.iter().map(String::as_str).collect();
            let help = suggestion(&name, &checkpoints);
            self.findings.push(TestFileError::UnknownCheckpoint { name: shortened(&name), help }.at(entry.span));
        }
        known
    }
}

/// What a part of an answer is, where the text isn't that.
fn misfit(subject: SubjectName, value: &str) -> Option<&'static str> {
    let (fits, wanted) = match subject.kind() {
        SubjectKind::Text | SubjectKind::Word | SubjectKind::Json => (true, ""),
        SubjectKind::Number(_) => (parse_quantity(value).is_ok(), "a number"),
        SubjectKind::Time => (value.trim().parse::<Timestamp>().is_ok(), A_TIME),
        SubjectKind::Flag => (matches!(value.trim_start_matches('#'), "true" | "false"), "#true or #false"),
    };
    (!fits).then_some(wanted)
}
