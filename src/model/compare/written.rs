//! Values as an author would write them, in one spelling each, so that two texts are the same exactly
//! if the values are.

use std::time::Duration;

use crate::model::{Comparison, Condition, Expected, Filter, Literal, Part, Subject, Template};

/// A text with its `{{…}}`.
pub(super) fn template(template: &Template) -> String {
    let mut text = String::new();
    for part in &template.parts {
        match part {
            // Braces that aren't a value's are in texts that nobody interpolates.
            Part::Text(piece) if piece.contains("{{") => text.push_str(&piece.replace("{{", "{{\"{{\"}}")),
            Part::Text(piece) => text.push_str(piece),
            Part::Value(reference) => {
                text.push_str("{{");
                text.push_str(&reference.name);
                for it in &reference.filters {
                    text.push_str(" | ");
                    text.push_str(&filter(it));
                }
                text.push_str("}}");
            }
        }
    }
    text
}

fn filter(filter: &Filter) -> String {
    match filter {
        Filter::Replace { from, to } => format!("replace({}, {})", quoted(from), quoted(to)),
        Filter::Lower => "lower".to_owned(),
        Filter::Upper => "upper".to_owned(),
        Filter::Trim => "trim".to_owned(),
        Filter::Unix => "unix".to_owned(),
        Filter::Basename => "basename".to_owned(),
        Filter::Dirname => "dirname".to_owned(),
    }
}

/// In quotes, on one line; raw where a reader would have to unpick the escapes.
pub(super) fn quoted(text: &str) -> String {
    let is_raw = text.contains(['"', '\\']) && !text.contains(['\n', '\r', '\t']) && !text.ends_with('"');
    if is_raw && !text.contains("\"#") {
        return format!("#\"{text}\"#");
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A template in quotes.
pub(super) fn text(value: &Template) -> String {
    quoted(&template(value))
}

/// A template as an argument: bare where KDL would read the same text.
pub(super) fn argument(value: &Template) -> String {
    bare(&template(value))
}

/// A text as an argument: bare where KDL would read the same text.
pub(super) fn bare(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | ':' | '@' | '+' | ',' | '%');
    let reserved = ["true", "false", "null", "inf", "-inf", "nan"];
    let is_bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(plain)
        && !reserved.contains(&text);
    if is_bare { text.to_owned() } else { quoted(text) }
}

/// A value with the way it was written.
pub(super) fn literal(value: &Template, literal: Literal) -> String {
    let spelled = template(value);
    match literal {
        Literal::Text => bare(&spelled),
        Literal::Number => spelled,
        Literal::Flag | Literal::Null => format!("#{}", spelled.trim_start_matches('#')),
    }
}

/// `stdout`, `json "$.status"`.
pub(super) fn subject(subject: &Subject) -> String {
    match &subject.argument {
        Some(argument) => format!("{} {}", subject.name.word(), text(argument)),
        None => subject.name.word().to_owned(),
    }
}

/// `is=ok`, `one-of 0 1`.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let values = |separator: &str| {
        let values = comparison.expected.iter().map(|Expected { text, literal: way }| literal(text, *way));
        values.collect::<Vec<_>>().join(separator)
    };
    match comparison.matcher {
        crate::model::Matcher::OneOf => format!("{{ one-of {}; }}", values(" ")),
        matcher => format!("{}={}", matcher.word(), values(" ")),
    }
}

/// `environment is=production`.
pub(super) fn condition(condition: &Condition) -> String {
    let Condition { name, comparison: it, span: _ } = condition;
    format!("{} {}", name.value, comparison(it))
}

/// A length of time, exactly.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if duration.subsec_nanos() > 0 {
        let whole = format!("{seconds}.{:09}", duration.subsec_nanos());
        return format!("{}s", whole.trim_end_matches('0'));
    }
    let units = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let parts = units.iter().filter(|(amount, _)| *amount > 0).map(|(amount, unit)| format!("{amount}{unit}"));
    let parts = parts.collect::<Vec<_>>().concat();
    if parts.is_empty() { "0s".to_owned() } else { parts }
}
