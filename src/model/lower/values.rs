//! The top level beside the head: inputs, secrets, derived values, files, the settings of a
//! rehearsal, and the phases.

use super::lowering::Lower;
use super::surroundings::Defaults;
use super::text::Secrets;
use crate::model::{Input, InputType, Let, ModelError, Phase, Rehearse, Secret, SecretSource, check_setting};
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
    /// What holds for everything that doesn't say otherwise.
    pub(super) defaults: Defaults,
}

impl Lower<'_> {
    /// Everything at the top but the head.
    pub(super) fn rest(&mut self, nodes: &[Node]) -> Rest {
        let mut rest = Rest::default();
        let top = nodes.iter().find(|node| node.name.value == "defaults");
        let cluster = nodes.iter().find(|node| node.name.value == "kubernetes");
        let none = cluster.map_or_else(Self::no_defaults, |node| self.cluster_alone(node));
        let defaults = top.map_or_else(|| none.clone(), |node| self.defaults(node, &none));
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
        rest.defaults = defaults;
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
        let mut input = Input { name, default: None, matches, kind, help, one_of: Vec::new() };
        for choice in &choices {
            self.check_input(&input, choice);
        }
        input.one_of = choices.into_iter().map(|choice| choice.value).collect();
        if let Some(default) = default {
            self.check_input(&input, &default);
            input.default = Some(default.value);
        }
        Some(input)
    }

    /// The values of `one-of`.
    pub(super) fn choices(&mut self, node: &Node) -> Vec<Spanned<String>> {
        let _present = self.keep(node.required_argument(0, "at least one value"));
        node.arguments.iter().map(|argument| crate::syntax::Entry::from(argument).spelled()).collect()
    }

    fn check_input(&mut self, input: &Input, value: &Spanned<String>) {
        if let Err(error) = check_setting(input, &value.value) {
            let error = ModelError::InputDefault { name: input.name.value.clone(), why: error.to_string() };
            self.report(error.at(value.span));
        }
    }

    fn secret(&mut self, node: &Node) -> Option<Secret> {
        let name = self.name(node)?;
        let environment = node.property("env");
        let file = node.property("file");
        let program = node.child("run");
        let programs = node.children().iter().filter(|child| child.name.value != "allow").count();
        let sources = usize::from(environment.is_some()) + usize::from(file.is_some()) + programs;
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
