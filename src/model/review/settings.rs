//! Does a value fit an input? For `--set`, `rehearse` and defaults alike.

use regex::Regex;

use crate::model::{Input, InputType};

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
    let given = || value.to_owned();
    if !input.one_of.is_empty() && !input.one_of.iter().any(|allowed| allowed == value) {
        return Err(SettingError::NotOneOf { value: given(), allowed: input.one_of.clone() });
    }
    if let Some(pattern) = &input.matches {
        // A pattern that isn't one is lowering's finding.
        let whole = Regex::new(&format!(r"\A(?:{})\z", pattern.value));
        if whole.is_ok_and(|whole| !whole.is_match(value)) {
            return Err(SettingError::NoMatch { value: given(), pattern: pattern.value.clone() });
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
        InputType::Path => (!value.contains('\0'), "a path"),
        InputType::Version => (is_version(value), "a version such as 1.2.0"),
    };
    (!fits).then_some(name)
}

/// Numbers between dots, then anything behind `-` or `+`.
fn is_version(value: &str) -> bool {
    let core = value.split(['-', '+']).next().unwrap_or("");
    core.split('.').all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
