//! Whether a matcher fits a subject and a value fits both. What can't be compared is an error when
//! the runbook is read; a judge would have to call it one at two in the morning.

use super::lowering::Lower;
use super::text::Secrets;
use crate::model::{
    Dimension, ExpectationError, Expected, Matcher, ModelError, Subject, SubjectKind, SubjectName, Template,
    parse_quantity,
};
use crate::syntax::reader::shortened;
use crate::syntax::{Entry, Value};

/// Matchers of a whole JSON document.
const DOCUMENT: &[Matcher] = &[Matcher::Is, Matcher::IsNot];

/// Whether a subject can be compared in this way.
///
/// # Errors
/// It can't; the error lists how it can.
pub(super) fn matcher_fits(matcher: Matcher, subject: &Subject) -> Result<(), ExpectationError> {
    let fitting: &[Matcher] = match subject.name.kind() {
        SubjectKind::Text => return Ok(()),
        SubjectKind::Json if subject.argument.is_some() => {
            if matcher != Matcher::Like {
                return Ok(());
            }
            SubjectKind::Json.matchers()
        }
        SubjectKind::Json => {
            if DOCUMENT.contains(&matcher) {
                return Ok(());
            }
            return Err(ExpectationError::NoJsonPath { matcher: matcher.word().to_owned() });
        }
        kind @ (SubjectKind::Word | SubjectKind::Number(_) | SubjectKind::Time | SubjectKind::Flag) => kind.matchers(),
    };
    if fitting.contains(&matcher) {
        return Ok(());
    }
    let known: Vec<&str> = fitting.iter().map(|matcher| matcher.word()).collect();
    Err(ExpectationError::MatcherMisfit {
        matcher: matcher.word().to_owned(),
        subject: subject.name.word().to_owned(),
        known: known.join(", "),
    })
}

impl Lower<'_> {
    /// The value that a subject is compared with; `None` for a subject: any text.
    pub(super) fn expected(
        &mut self,
        matcher: Matcher,
        entry: Entry<'_>,
        subject: Option<&Subject>,
    ) -> Option<Expected> {
        match matcher {
            Matcher::Empty | Matcher::Exists => self.expected_flag(matcher, entry),
            Matcher::After | Matcher::Before => {
                let text = self.keep(entry.text())?;
                self.moment(&text)?;
                self.expected_text(entry)
            }
            Matcher::Matches | Matcher::LacksMatch => {
                let text = self.keep(entry.text())?;
                self.regex_template(&text)?;
                self.expected_text(entry)
            }
            Matcher::Above | Matcher::Below | Matcher::AtLeast | Matcher::AtMost => {
                self.expected_number(entry, subject)
            }
            Matcher::Like | Matcher::Contains | Matcher::Lacks => {
                let _text = self.keep(entry.text_or_number())?;
                self.expected_text(entry)
            }
            Matcher::Is | Matcher::IsNot | Matcher::OneOf => self.expected_value(matcher, entry, subject),
        }
    }

    fn expected_flag(&mut self, matcher: Matcher, entry: Entry<'_>) -> Option<Expected> {
        if let Value::Flag(_) = entry.value {
            return self.expected_text(entry);
        }
        self.report(ExpectationError::NotAFlag { name: matcher.word().to_owned() }.at(entry.span));
        None
    }

    /// Exactly one number, in a dimension that the subject has.
    fn expected_number(&mut self, entry: Entry<'_>, subject: Option<&Subject>) -> Option<Expected> {
        let text = self.keep(entry.text_or_number())?;
        let template = self.template(&text, Secrets::Refused)?;
        let Some(number) = template.as_literal() else { return self.expected_text(entry) };
        let quantity =
            parse_quantity(&number).map_err(|error| ModelError::Quantity { why: error.to_string() }.at(text.span));
        let quantity = self.keep(quantity)?;
        if let Some(subject) = subject
            && let SubjectKind::Number(dimensions) = subject.name.kind()
            && !dimensions.contains(&quantity.dimension)
        {
            let wanted: Vec<&str> = dimensions.iter().map(|dimension| dimension_title(*dimension)).collect();
            let error = ExpectationError::WrongDimension {
                number: shortened(&number),
                subject: subject.name.word().to_owned(),
                wanted: wanted.join(" or "),
            };
            self.report(error.at(entry.span));
            return None;
        }
        self.expected_text(entry)
    }

    /// A value of the subject's own kind.
    fn expected_value(&mut self, matcher: Matcher, entry: Entry<'_>, subject: Option<&Subject>) -> Option<Expected> {
        let Some(subject) = subject else { return self.expected_text(entry) };
        if subject.name == SubjectName::Mode {
            self.octal_or_template(entry)?;
            return self.expected_text(entry);
        }
        match subject.name.kind() {
            SubjectKind::Number(_) => self.expected_number(entry, Some(subject)),
            SubjectKind::Flag => self.expected_flag(matcher, entry),
            SubjectKind::Time => {
                let text = self.keep(entry.text())?;
                self.moment(&text)?;
                self.expected_text(entry)
            }
            SubjectKind::Json => {
                if subject.argument.is_none() {
                    self.document(entry)?;
                }
                self.expected_text(entry)
            }
            // What a statement answers may be NULL or a truth.
            SubjectKind::Text if subject.name == SubjectName::Value => self.expected_text(entry),
            SubjectKind::Text | SubjectKind::Word => {
                let _text = self.keep(entry.text_or_number())?;
                self.expected_text(entry)
            }
        }
    }

    fn octal_or_template(&mut self, entry: Entry<'_>) -> Option<()> {
        let has_values =
            Template::parse(&entry.spelled().value, entry.span).is_ok_and(|template| template.as_literal().is_none());
        if has_values { Some(()) } else { self.octal(entry).map(|_| ()) }
    }

    /// A JSON document; with values in it, it is read when they are known.
    fn document(&mut self, entry: Entry<'_>) -> Option<()> {
        let text = self.keep(entry.text())?;
        let template = self.template(&text, Secrets::Refused)?;
        let Some(document) = template.as_literal() else { return Some(()) };
        match serde_json::from_str::<serde_json::Value>(&document) {
            Ok(_) => Some(()),
            Err(error) => {
                self.report(ExpectationError::NotJson { why: error.to_string() }.at(text.span));
                None
            }
        }
    }
}

fn dimension_title(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Count => "a plain number such as 200",
        Dimension::Percent => "per cent such as \"80%\"",
        Dimension::Bytes => "bytes such as \"2GB\"",
        Dimension::Seconds => "a time such as \"45s\"",
    }
}
