//! The top level beside the head: inputs, secrets, derived values, files, the settings of a
//! rehearsal, and the phases.

use super::lowering::Lower;
use super::text::Secrets;
use crate::model::{Input, InputType, Let, ModelError, Phase, Rehearse, Secret, SecretSource};
use crate::syntax::reader::shortened;
use crate::syntax::{Node, ReadError, Spanned};

/// Everything at the top but the head.
#[derive(Default)]
pub(super) struct Rest {
    pub(super) inputs: Vec<Input>,
    pub(super) secrets: Vec<Secret>,
    pub(super) lets: Vec<Let>,
    pub(super) files: Vec<Spanned<String>>,
    pub(super) rehearse: Option<Rehearse>,
    pub(super) phases: Vec<Phase>,
}

impl Lower<'_> {
    /// Everything at the top but the head.
    pub(super) fn rest(&mut self, nodes: &[Node]) -> Rest {
        let mut rest = Rest::default();
        let top = nodes.iter().find(|node| node.name.value == "defaults");
        let defaults = top.map_or_else(Self::no_defaults, |node| self.defaults(node, &Self::no_defaults()));
        for node in nodes {
            match node.name.value.as_str() {
                "input" => rest.inputs.extend(self.input(node)),
                "secret" => rest.secrets.extend(self.secret(node)),
                "let" => rest.lets.extend(self.derived_value(node)),
                "files" => self.files(node, &mut rest.files),
                "rehearse" if rest.rehearse.is_none() => rest.rehearse = Some(self.rehearse(node)),
                "phase" => rest.phases.push(self.phase(node, &defaults)),
                // The head and the defaults are read; an include is spliced in; all else is reported.
                _ => {}
            }
        }
        rest
    }

    fn input(&mut self, node: &Node) -> Option<Input> {
        let types = [
            ("string", InputType::String),
            ("int", InputType::Int),
            ("number", InputType::Number),
            ("bool", InputType::Bool),
            ("path", InputType::Path),
            ("version", InputType::Version),
        ];
        let name = self.name(node)?;
        let kind = node.property("type").and_then(|entry| self.keep(entry.choice(&types))).unwrap_or_default();
        let help = node.property("help").and_then(|entry| self.keep(entry.text())).map(|text| text.value);
        let matches =
            node.property("matches").and_then(|entry| self.keep(entry.text())).and_then(|text| self.regex_text(text));
        let default = node.argument(1).map(|entry| entry.spelled());
        let choices: Vec<Spanned<String>> = node.child("one-of").map(|child| self.choices(child)).unwrap_or_default();
        let constraints = Constraints { kind, matches: matches.as_ref(), one_of: &[] };
        for choice in &choices {
            self.check_input(&name, choice, &constraints);
        }
        let one_of: Vec<String> = choices.into_iter().map(|choice| choice.value).collect();
        if let Some(default) = &default {
            self.check_input(&name, default, &Constraints { one_of: &one_of, ..constraints });
        }
        Some(Input { name, default: default.map(|text| text.value), matches, kind, help, one_of })
    }

    /// The values of `one-of`.
    pub(super) fn choices(&mut self, node: &Node) -> Vec<Spanned<String>> {
        let _present = self.keep(node.required_argument(0, "at least one value"));
        node.arguments.iter().map(|argument| crate::syntax::Entry::from(argument).spelled()).collect()
    }

    fn check_input(&mut self, name: &Spanned<String>, value: &Spanned<String>, constraints: &Constraints<'_>) {
        if let Some(why) = constraints.refuse(&value.value) {
            let error = ModelError::InputDefault { name: name.value.clone(), value: shortened(&value.value), why };
            self.report(error.at(value.span));
        }
    }

    fn secret(&mut self, node: &Node) -> Option<Secret> {
        let name = self.name(node)?;
        let environment = node.property("env");
        let file = node.property("file");
        let program = node.child("run");
        let sources = usize::from(environment.is_some()) + usize::from(file.is_some()) + node.children().len();
        if sources != 1 {
            self.report(ModelError::SecretSource { name: name.value.clone() }.at(node.name.span));
            return None;
        }
        let source = if let Some(entry) = environment {
            SecretSource::Environment(self.keep(entry.text())?.value)
        } else if let Some(entry) = file {
            SecretSource::File(self.plain(entry.text())?)
        } else {
            SecretSource::Run(Box::new(self.run(program?)?))
        };
        Some(Secret { name, source })
    }

    fn derived_value(&mut self, node: &Node) -> Option<Let> {
        let name = self.name(node)?;
        let entry = self.keep(node.required_argument(1, "a value"))?;
        Some(Let { name, value: self.template(&entry.spelled(), Secrets::Refused)? })
    }

    fn files(&mut self, node: &Node, files: &mut Vec<Spanned<String>>) {
        let _present = self.keep(node.required_argument(0, "a pattern"));
        for argument in &node.arguments {
            files.extend(self.keep(crate::syntax::Entry::from(argument).text()));
        }
    }

    fn rehearse(&mut self, node: &Node) -> Rehearse {
        let mut settings: Vec<(Spanned<String>, String)> = Vec::new();
        for property in node.children_named("set").flat_map(|set| &set.properties) {
            if let Some((first, _)) = settings.iter().find(|(name, _)| name.value == property.name.value) {
                let name = shortened(&property.name.value);
                let mut finding = ReadError::RepeatedProperty { name }.at(property.name.span);
                finding.labels.push((first.span, "first here".to_owned()));
                self.report(finding);
                continue;
            }
            settings.push((property.name.clone(), super::text::value_text(property)));
        }
        if settings.is_empty() {
            self.report(ModelError::EmptyRehearse.at(node.name.span));
        }
        Rehearse { settings, span: node.span }
    }
}

/// What an input's value must look like.
struct Constraints<'a> {
    kind: InputType,
    matches: Option<&'a Spanned<String>>,
    one_of: &'a [String],
}

impl Constraints<'_> {
    /// Why a value doesn't fit; `None` when it does.
    fn refuse(&self, value: &str) -> Option<String> {
        let fits = match self.kind {
            InputType::String => true,
            InputType::Int => value.parse::<i64>().is_ok(),
            InputType::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
            InputType::Bool => matches!(value, "true" | "false"),
            InputType::Path => !value.is_empty() && !value.contains('\0'),
            InputType::Version => is_version(value),
        };
        if !fits {
            return Some(format!("it isn't {}", kind_title(self.kind)));
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|choice| choice == value) {
            return Some(format!("it is none of {}", self.one_of.join(", ")));
        }
        let pattern = self.matches?;
        let whole = format!("^(?:{})$", pattern.value);
        // Bounded: the pattern was measured before, and a larger one is refused by the limit.
        let regex = regex::RegexBuilder::new(&whole).size_limit(1 << 22).build().ok()?;
        (!regex.is_match(value)).then(|| format!("it doesn't match {}", shortened(&pattern.value)))
    }
}

fn kind_title(kind: InputType) -> &'static str {
    match kind {
        InputType::String => "a text",
        InputType::Int => "a whole number",
        InputType::Number => "a number",
        InputType::Bool => "true or false",
        InputType::Path => "a path",
        InputType::Version => "a version such as 1.2.3",
    }
}

/// Digits with dots, perhaps behind a `v`, perhaps with a suffix: `1.2.3`, `v2.0`, `1.0.0-rc.1+5`.
fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (numbers, suffix) = match text.find(['-', '+']) {
        Some(at) => (text.get(..at).unwrap_or(""), text.get(at + 1..)),
        None => (text, None),
    };
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    numbers.split('.').all(is_number) && suffix.is_none_or(|suffix| !suffix.is_empty() && suffix.chars().all(is_plain))
}
