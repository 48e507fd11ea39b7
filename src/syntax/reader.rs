//! Typed readers of a node's arguments and properties. They report what is unknown, repeated,
//! surplus, missing or of a wrong kind; which words there are is told by the caller. One invariant:
//! a reader either gives a value or exactly one finding.

use std::ops::RangeInclusive;

use super::catalogue::catalogue;
use super::suggest::suggestion;
use super::{Argument, Finding, Node, Property, Span, Spanned, TextForm, Value};

catalogue! {
    /// What is wrong with the form of a node: its name, arguments, properties or children.
    pub enum ReadError {
        /// A node with this name can't stand here. Either it is misspelled, or it belongs
        /// somewhere else; the help names the nearest word, or the place.
        UnknownNode { name: String, place: String, help: String } = "runbook::syntax::unknown_node" {
            message: "`{name}` isn't a word of {place}",
            label: "unknown here",
            help: "{help}",
        }
        /// The node has no property of this name. Properties qualify what a node says; each node
        /// has its own.
        UnknownProperty { name: String, node: String, help: String } = "runbook::syntax::unknown_property" {
            message: "`{node}` has no property `{name}`",
            label: "unknown property",
            help: "{help}",
        }
        /// KDL would silently take the last of two properties with one name; here each stands at
        /// most once.
        RepeatedProperty { name: String } = "runbook::syntax::repeated_property" {
            message: "`{name}=` is written twice",
            label: "again here",
            help: "keep one of them",
        }
        /// The node may stand only once in its place.
        RepeatedNode { name: String } = "runbook::syntax::repeated_node" {
            message: "`{name}` is written twice",
            label: "again here",
            help: "keep one of them",
        }
        /// The node has more arguments than it can use.
        SurplusArgument { node: String, usage: String } = "runbook::syntax::surplus_argument" {
            message: "`{node}` has an argument too many",
            label: "surplus",
            help: "it is written: {usage}",
        }
        /// An argument is missing.
        MissingArgument { node: String, what: String } = "runbook::syntax::missing_argument" {
            message: "`{node}` needs {what}",
            label: "{what} is missing",
            help: "write {what} behind `{node}`",
        }
        /// A property is missing.
        MissingProperty { node: String, name: String } = "runbook::syntax::missing_property" {
            message: "`{node}` needs `{name}=`",
            label: "`{name}=` is missing",
            help: "add {name}=\"…\"",
        }
        /// The node takes no children.
        UnexpectedChildren { node: String, usage: String } = "runbook::syntax::unexpected_children" {
            message: "`{node}` takes no children",
            label: "these aren't read",
            help: "it is written: {usage}",
        }
        /// The node needs children in braces.
        MissingChildren { node: String, usage: String } = "runbook::syntax::missing_children" {
            message: "`{node}` needs children",
            label: "needs `{{ … }}`",
            help: "it is written: {usage}",
        }
        /// A text was expected, and the value reads as a number: its spelling may get lost (`1.10`
        /// is the number 1.1).
        NumberForText { spelling: String } = "runbook::syntax::number_for_text" {
            message: "`{spelling}` is a number, and a text is needed",
            label: "a number",
            help: "write it in quotes: \"{spelling}\"",
        }
        /// A text was expected, and the value is a flag or null.
        WordForText { spelling: String, word: String } = "runbook::syntax::word_for_text" {
            message: "`{spelling}` isn't a text, and a text is needed",
            label: "not a text",
            help: "write it in quotes: \"{word}\"",
        }
        /// The value is of another kind than the one that is needed here.
        WrongKind { spelling: String, wanted: String } = "runbook::syntax::wrong_kind" {
            message: "`{spelling}` isn't {wanted}",
            label: "{wanted} is needed",
            help: "",
        }
        /// The value is none of the words that may stand here.
        UnknownChoice { spelling: String, help: String } = "runbook::syntax::unknown_choice" {
            message: "`{spelling}` isn't one of the words that may stand here",
            label: "unknown word",
            help: "{help}",
        }
    }
}

/// An argument, or the value of a property: what is read is the same.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The decoded value.
    pub value: &'a Value,
    /// Where the value stands.
    pub span: Span,
    /// As written.
    pub spelling: &'a str,
}

impl<'a> From<&'a Argument> for Entry<'a> {
    fn from(argument: &'a Argument) -> Self {
        Self { value: &argument.value, span: argument.span, spelling: &argument.spelling }
    }
}

impl<'a> From<&'a Property> for Entry<'a> {
    fn from(property: &'a Property) -> Self {
        Self { value: &property.value, span: property.value_span, spelling: &property.spelling }
    }
}

impl Entry<'_> {
    /// A text; a number or flag isn't one.
    ///
    /// # Errors
    /// It is a number, a flag or null.
    pub fn text(&self) -> Result<Spanned<String>, Finding> {
        match self.value {
            Value::Text { text, .. } => Ok(Spanned::new(text.to_string(), self.span)),
            Value::Integer(_) | Value::Decimal(_) => Err(self.number_for_text()),
            Value::Flag(_) | Value::Null => Err(self.word_for_text()),
        }
    }

    /// A text, or a number as it is spelled; a flag or null isn't one.
    ///
    /// # Errors
    /// It is a flag or null.
    pub fn text_or_number(&self) -> Result<Spanned<String>, Finding> {
        match self.value {
            Value::Text { text, .. } => Ok(Spanned::new(text.to_string(), self.span)),
            Value::Integer(_) | Value::Decimal(_) => Ok(Spanned::new(self.spelling.to_owned(), self.span)),
            Value::Flag(_) | Value::Null => Err(self.word_for_text()),
        }
    }

    /// Any value as a text: a number as it is spelled, a flag as `true` or `false`, null as `null`.
    #[must_use]
    pub fn spelled(&self) -> Spanned<String> {
        let text = match self.value {
            Value::Text { text, .. } => text.to_string(),
            Value::Integer(_) | Value::Decimal(_) => self.spelling.to_owned(),
            Value::Flag(flag) => flag.to_string(),
            Value::Null => "null".to_owned(),
        };
        Spanned::new(text, self.span)
    }

    /// A whole number in a range.
    ///
    /// # Errors
    /// It isn't a whole number, or it lies outside.
    pub fn whole_number(&self, range: RangeInclusive<u32>) -> Result<u32, Finding> {
        match self.value {
            Value::Integer(number) => u32::try_from(**number).ok().filter(|number| range.contains(number)),
            Value::Text { .. } | Value::Decimal(_) | Value::Flag(_) | Value::Null => None,
        }
        .ok_or_else(|| self.wrong_kind(&format!("a whole number from {} to {}", range.start(), range.end())))
    }

    /// A number, with or without a fraction.
    ///
    /// # Errors
    /// It isn't a finite number.
    pub fn number(&self) -> Result<f64, Finding> {
        let number = match self.value {
            Value::Integer(number) => i32::try_from(**number).ok().map(f64::from),
            Value::Decimal(number) => number.is_finite().then_some(*number),
            Value::Text { .. } | Value::Flag(_) | Value::Null => None,
        };
        number.ok_or_else(|| self.wrong_kind("a number"))
    }

    /// One of a few words.
    ///
    /// # Errors
    /// It is none of them.
    pub fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Result<T, Finding> {
        let spelled = self.spelled().value;
        choices.iter().find(|(word, _)| *word == spelled).map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            ReadError::UnknownChoice { spelling: shortened(&spelled), help: suggestion(&spelled, &words) }.at(self.span)
        })
    }

    /// Whether it was written as a bare word.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        matches!(self.value, Value::Text { form: TextForm::Bare, .. })
    }

    /// Another kind of value is needed.
    #[must_use]
    pub fn wrong_kind(&self, wanted: &str) -> Finding {
        ReadError::WrongKind { spelling: shortened(self.spelling), wanted: wanted.to_owned() }.at(self.span)
    }

    fn number_for_text(&self) -> Finding {
        ReadError::NumberForText { spelling: shortened(self.spelling) }.at(self.span)
    }

    fn word_for_text(&self) -> Finding {
        let word = self.spelled().value;
        ReadError::WordForText { spelling: shortened(self.spelling), word }.at(self.span)
    }
}

impl Node {
    /// The argument at this position; `what` says what it is, with its article.
    ///
    /// # Errors
    /// There is none.
    pub fn required_argument(&self, position: usize, what: &str) -> Result<Entry<'_>, Finding> {
        self.argument(position).ok_or_else(|| {
            ReadError::MissingArgument { node: self.name.value.clone(), what: what.to_owned() }.at(self.name.span)
        })
    }

    /// The argument at this position; `None` without one.
    #[must_use]
    pub fn argument(&self, position: usize) -> Option<Entry<'_>> {
        self.arguments.get(position).map(Entry::from)
    }

    /// The value of a property; `None` without it.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<Entry<'_>> {
        self.properties.iter().find(|property| property.name.value == name).map(Entry::from)
    }

    /// The value of a property that must be there.
    ///
    /// # Errors
    /// It isn't there.
    pub fn required_property(&self, name: &str) -> Result<Entry<'_>, Finding> {
        self.property(name).ok_or_else(|| {
            ReadError::MissingProperty { node: self.name.value.clone(), name: name.to_owned() }.at(self.name.span)
        })
    }

    /// The children; empty without a block.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        self.children.as_deref().unwrap_or_default()
    }

    /// The first child of this name; `None` without one.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children().iter().find(|child| child.name.value == name)
    }

    /// Every child of this name, in order.
    pub fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children().iter().filter(move |child| child.name.value == name)
    }
}

/// The arguments that are too many.
#[must_use]
pub fn surplus_arguments(node: &Node, most: usize, usage: &str) -> Option<Finding> {
    let surplus = node.arguments.get(most)?;
    let error = ReadError::SurplusArgument { node: node.name.value.clone(), usage: usage.to_owned() };
    Some(error.at(surplus.span))
}

/// The properties that the node doesn't have; each once.
#[must_use]
pub fn unknown_properties(node: &Node, known: &[&str]) -> Vec<Finding> {
    let unknown = |property: &&Property| !known.contains(&property.name.value.as_str());
    let report = |property: &Property| {
        let name = property.name.value.as_str();
        let help = if known.is_empty() { "it has no properties".to_owned() } else { suggestion(name, known) };
        ReadError::UnknownProperty { name: shortened(name), node: node.name.value.clone(), help }.at(property.name.span)
    };
    node.properties.iter().filter(unknown).map(report).collect()
}

/// The properties that stand there before, each with the place of the first.
#[must_use]
pub fn repeated_properties(node: &Node) -> Vec<Finding> {
    let mut first: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
    let mut findings = Vec::new();
    for property in &node.properties {
        let name = property.name.value.as_str();
        match first.get(name) {
            None => _ = first.insert(name, property.name.span),
            Some(before) => {
                let mut finding = ReadError::RepeatedProperty { name: shortened(name) }.at(property.name.span);
                finding.labels.push((*before, "first here".to_owned()));
                findings.push(finding);
            }
        }
    }
    findings
}

/// The first characters of a text that may be long, for a message.
#[must_use]
pub fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
