//! One comparison with its expected values put in: from a value that was seen to a verdict.

use serde_json::Value;

use crate::model::{Comparison, Escape, Literal, Matcher, Quantity, SubjectName, Template, Values};

use super::patterns::Patterns;
use super::seen::Seen;
use super::weighed::Weighed;
use super::{equality, excerpt, json, like, moment, number, text};

/// A comparison that is ready to judge.
pub(super) struct Comparing<'a> {
    pub matcher: Matcher,
    /// Never empty.
    pub wanted: Vec<Wanted<'a>>,
    pub values: &'a Values,
    pub patterns: &'a Patterns,
    /// `None` for a value of `when`.
    pub subject: Option<SubjectName>,
    /// The size of the disk, if one was observed.
    pub total: Option<Quantity>,
}

/// One expected value.
pub(super) struct Wanted<'a> {
    pub text: String,
    pub literal: Literal,
    pub template: &'a Template,
}

impl Wanted<'_> {
    /// What a person reads of it.
    fn shown(&self) -> String {
        match self.literal {
            Literal::Null => "#null".to_owned(),
            Literal::Text | Literal::Number | Literal::Flag => excerpt::beginning(&self.text),
        }
    }
}

impl<'a> Comparing<'a> {
    /// Puts the values in. The error says in the operator's words why that can't be.
    pub fn read(comparison: &'a Comparison, values: &'a Values, patterns: &'a Patterns) -> Result<Self, String> {
        let wanted = comparison
            .expected
            .iter()
            .map(|expected| {
                refuse_secrets(&expected.text)?;
                let text = comparison.compared(expected, values).map_err(|error| error.to_string())?;
                Ok(Wanted { text, literal: expected.literal, template: &expected.text })
            })
            .collect::<Result<Vec<_>, String>>()?;
        if wanted.is_empty() {
            return Err(format!("`{}` has nothing to compare with", comparison.matcher.word()));
        }
        Ok(Self { matcher: comparison.matcher, wanted, values, patterns, subject: None, total: None })
    }

    /// The expected value of every matcher but `one-of`.
    pub fn first(&self) -> &Wanted<'a> {
        &self.wanted[0]
    }

    /// What is expected, in words.
    pub fn words(&self) -> String {
        let texts: Vec<_> = self.wanted.iter().map(Wanted::shown).collect();
        words(self.matcher, &texts)
    }

    /// The expected value of `exists` and `empty`.
    pub fn flag(&self) -> Result<bool, String> {
        flag_of(&self.first().text).ok_or_else(|| {
            format!(
                "`{}` is yes or no; write {}=#true or {}=#false",
                self.matcher.word(),
                self.matcher.word(),
                self.matcher.word()
            )
        })
    }

    /// Judges one value.
    pub fn weigh(&self, seen: &Seen<'_>) -> Weighed {
        let weighed = match self.matcher {
            Matcher::Is | Matcher::IsNot | Matcher::OneOf => equality::weigh_equality(seen, self),
            Matcher::Contains | Matcher::Lacks => match seen {
                Seen::Json(Value::Array(elements)) => json::weigh_membership(elements, self),
                _ => text::weigh_contains(seen, self),
            },
            Matcher::Matches | Matcher::LacksMatch => text::weigh_matches(seen, self),
            Matcher::Like => text::weigh_like(seen, self),
            Matcher::Above | Matcher::Below | Matcher::AtLeast | Matcher::AtMost => {
                number::weigh_order(seen, self.matcher, &self.first().text, self.total)
            }
            Matcher::After | Matcher::Before => moment::weigh_moment(seen, self.matcher, &self.first().text),
            Matcher::Empty => self.weigh_empty(seen),
            Matcher::Exists => self.weigh_existence(!matches!(seen, Seen::Null), seen.shown()),
        };
        match seen {
            Seen::Text(text) => weighed.noted(text.lossy_words()),
            Seen::Number(_) | Seen::Time(_) | Seen::Flag(_) | Seen::Json(_) | Seen::Null => weighed,
        }
    }

    /// Judges the nodes of a JSON path: at least one, and all of them.
    pub fn weigh_nodes(&self, nodes: &[(String, &Value)]) -> Weighed {
        if self.matcher == Matcher::Exists {
            let shown = nodes.first().map_or_else(String::new, |(_, node)| Seen::Json(node).shown());
            return self.weigh_existence(!nodes.is_empty(), shown);
        }
        let mut worst: Option<(&str, Weighed)> = None;
        let mut unmet = 0usize;
        for (path, node) in nodes {
            let weighed = self.weigh(&Seen::Json(node));
            unmet += usize::from(!weighed.holds());
            if worst.as_ref().is_none_or(|(_, so_far)| weighed.held > so_far.held) {
                worst = Some((path, weighed));
            }
        }
        match worst {
            None => Weighed::judged(false, String::new()).noted("no node matches the path"),
            Some((_, weighed)) if nodes.len() == 1 => weighed,
            Some((_, weighed)) if unmet == 0 => {
                weighed.noted(format!("all {} nodes hold; this is the first", nodes.len()))
            }
            Some((path, weighed)) => weighed.noted(format!("{path}; {unmet} of {} nodes don't hold", nodes.len())),
        }
    }

    /// Judges whether there is anything.
    pub fn weigh_existence(&self, exists: bool, shown: String) -> Weighed {
        match self.flag() {
            Ok(wanted) => Weighed::judged(exists == wanted, shown),
            Err(why) => Weighed::in_error(shown, why),
        }
    }

    fn weigh_empty(&self, seen: &Seen<'_>) -> Weighed {
        let is_empty = match seen {
            Seen::Text(text) => Ok(text.dropped == 0 && text.head.is_empty()),
            Seen::Null => Ok(true),
            Seen::Json(node) => json::is_empty(node),
            Seen::Number(_) | Seen::Time(_) | Seen::Flag(_) => {
                Err("it isn't a text; only texts, arrays and objects are empty".to_owned())
            }
        };
        match (is_empty, self.flag()) {
            (Ok(is_empty), Ok(wanted)) => Weighed::judged(is_empty == wanted, seen.shown()),
            (Err(why), _) | (_, Err(why)) => Weighed::in_error(seen.shown(), why),
        }
    }

    /// A pattern of `like` for the expected value.
    pub fn like_pattern(&self) -> Result<Vec<like::Line>, String> {
        like::parse_like(self.first().template, self.values).map_err(|error| error.to_string())
    }
}

/// Puts values in; a secret is never compared, since it would be shown.
pub(super) fn rendered(template: &Template, values: &Values, escape: Escape) -> Result<String, String> {
    refuse_secrets(template)?;
    template.render(values, escape).map_err(|error| error.to_string())
}

fn refuse_secrets(template: &Template) -> Result<(), String> {
    match template.references().find(|reference| reference.name.starts_with("secret.")) {
        Some(secret) => Err(format!("`{}` is a secret, and what is expected is shown in every report", secret.name)),
        None => Ok(()),
    }
}

/// `#true` and `#false`.
pub(super) fn flag_of(text: &str) -> Option<bool> {
    match text.trim().trim_start_matches('#') {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// What a matcher expects, in words.
pub(super) fn words(matcher: Matcher, texts: &[String]) -> String {
    let first = texts.first().map_or("", String::as_str);
    let flag = flag_of(first);
    match matcher {
        Matcher::Is if first.is_empty() => "is the empty text".to_owned(),
        Matcher::IsNot if first.is_empty() => "is not the empty text".to_owned(),
        Matcher::Is => format!("is {first}"),
        Matcher::IsNot => format!("is not {first}"),
        Matcher::Contains => format!("contains {first}"),
        Matcher::Lacks => format!("lacks {first}"),
        Matcher::Matches => format!("matches {first}"),
        Matcher::LacksMatch => format!("lacks a match of {first}"),
        Matcher::Like => format!("is like {first}"),
        Matcher::Above => format!("above {first}"),
        Matcher::Below => format!("below {first}"),
        Matcher::AtLeast => format!("at least {first}"),
        Matcher::AtMost => format!("at most {first}"),
        Matcher::After => format!("after {first}"),
        Matcher::Before => format!("before {first}"),
        Matcher::Empty if flag == Some(false) => "isn't empty".to_owned(),
        Matcher::Empty => "is empty".to_owned(),
        Matcher::Exists if flag == Some(false) => "doesn't exist".to_owned(),
        Matcher::Exists => "exists".to_owned(),
        Matcher::OneOf => format!("is one of {}", texts.join(", ")),
    }
}
