//! Does a value fit an input? For `--set`, `rehearse`, defaults and choices alike. Invariant: what is
//! said about a value is short, however long the value is.

use regex::RegexBuilder;

use super::{Input, InputType};
use crate::syntax::reader::shortened;

/// Why a value doesn't fit an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// It isn't one of the values listed.
    #[error("`{value}` isn't one of {}", .allowed.join(", "))]
    NotOneOf {
        /// The value.
        value: String,
        /// What `one-of` lists.
        allowed: Vec<String>,
    },
    /// It doesn't match the whole pattern.
    #[error("`{value}` doesn't match {pattern}")]
    NoMatch {
        /// The value.
        value: String,
        /// What `matches=` says.
        pattern: String,
    },
    /// It isn't of the type.
    #[error("`{value}` isn't {kind}")]
    WrongType {
        /// The value.
        value: String,
        /// `a whole number`, `a version`, …
        kind: &'static str,
    },
}

/// Whether a value may be given to an input.
///
/// # Errors
/// It breaks the input's `one-of`, `matches=` or `type=`.
pub fn check_setting(input: &Input, value: &str) -> Result<(), SettingError> {
    let given = || shortened(value);
    if !input.one_of.is_empty() && !input.one_of.iter().any(|allowed| allowed == value) {
        return Err(SettingError::NotOneOf { value: given(), allowed: input.one_of.clone() });
    }
    if let Some(pattern) = &input.matches {
        // A pattern that isn't one, or is too large, is lowering's finding.
        let whole = RegexBuilder::new(&format!(r"\A(?:{})\z", pattern.value)).size_limit(1 << 22).build();
        if whole.is_ok_and(|whole| !whole.is_match(value)) {
            return Err(SettingError::NoMatch { value: given(), pattern: shortened(&pattern.value) });
        }
    }
    match misfit(input.kind, value) {
        Some(kind) => Err(SettingError::WrongType { value: given(), kind }),
        None => Ok(()),
    }
}

/// What the value should be and isn't; `None` if it fits.
fn misfit(kind: InputType, value: &str) -> Option<&'static str> {
    let (fits, name) = match kind {
        InputType::String => (true, ""),
        InputType::Int => (value.parse::<i64>().is_ok(), "a whole number"),
        InputType::Number => (value.parse::<f64>().is_ok_and(f64::is_finite), "a number"),
        InputType::Bool => (matches!(value, "true" | "false"), "true or false"),
        InputType::Path => (!value.is_empty() && !value.contains('\0'), "a path"),
        InputType::Version => (is_version(value), "a version such as 1.2.0"),
    };
    (!fits).then_some(name)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Spanned;

    fn fits(kind: InputType, value: &str) -> bool {
        let name = Spanned::new("name".to_owned(), crate::syntax::Span::default());
        let input = Input { name, default: None, matches: None, kind, help: None, one_of: Vec::new() };
        check_setting(&input, value).is_ok()
    }

    #[test]
    fn a_version_is_numbers_with_dots_and_may_have_a_v_and_a_suffix() {
        for version in ["1", "1.2.0", "v2.0", "1.0.0-rc.1+5"] {
            assert!(fits(InputType::Version, version), "{version}");
        }
        for text in ["", "v", "1.", "1..2", "one", "1.0-", "1.0-rc 1"] {
            assert!(!fits(InputType::Version, text), "{text}");
        }
    }

    #[test]
    fn a_path_is_not_empty() {
        assert!(fits(InputType::Path, "a b") && !fits(InputType::Path, "") && !fits(InputType::Path, "a\0b"));
    }

    #[test]
    fn a_long_value_is_shown_in_part() {
        let name = Spanned::new("name".to_owned(), crate::syntax::Span::default());
        let one_of = vec!["a".to_owned()];
        let input = Input { name, default: None, matches: None, kind: InputType::String, help: None, one_of };
        let error = check_setting(&input, &"b".repeat(10_000)).unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
    }
}
