//! The filters of a value, `{{name | replace('.', '_') | upper}}`: read when the runbook is checked,
//! applied when the value is known. Their texts are a stranger's: reading one costs what it is long,
//! and applying one never makes more than [`LONGEST`] bytes.
//!
//! It leaves to `template` where a value comes from. Invariant: an error never repeats the value.

use camino::Utf8Path;
use jiff::Timestamp;

/// The filters of the language.
pub const FILTERS: [&str; 7] = ["replace", "lower", "upper", "trim", "unix", "basename", "dirname"];

/// No filter makes a longer text, in bytes.
const LONGEST: usize = 256 * 1024;
/// One value has no more filters than this.
const MOST: usize = 16;

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every occurrence of a text, which isn't empty, becomes another.
    Replace {
        /// What is replaced.
        from: String,
        /// What stands there then.
        to: String,
    },
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// Without the blanks around it.
    Trim,
    /// A time as whole seconds since 1970.
    Unix,
    /// The last part of a path; empty where there is none.
    Basename,
    /// The path without its last part; empty where there is none.
    Dirname,
}

impl Filter {
    /// Reads what stands behind the first `|`.
    ///
    /// `Some(Err(why))`, in words, for a filter that there isn't or that has other arguments; `None` for
    /// what isn't a list of filters at all.
    #[must_use]
    pub fn parse_all(text: &str) -> Option<Result<Vec<Self>, String>> {
        let mut filters = Vec::new();
        let mut rest = text;
        loop {
            rest = rest.trim_start();
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            if name.is_empty() {
                return None;
            }
            let (arguments, behind) = match behind.trim_start().strip_prefix('(') {
                Some(inside) => arguments(inside)?,
                None => (Vec::new(), behind),
            };
            match Self::named(name, arguments) {
                Ok(filter) => filters.push(filter),
                Err(why) => return Some(Err(why)),
            }
            if filters.len() > MOST {
                return Some(Err(format!("more than {MOST} filters on one value")));
            }
            rest = behind.trim_start();
            match rest.strip_prefix('|') {
                Some(next) => rest = next,
                None => return rest.is_empty().then_some(Ok(filters)),
            }
        }
    }

    fn named(name: &str, arguments: Vec<String>) -> Result<Self, String> {
        let plain = |filter: Self, arguments: &[String]| {
            if arguments.is_empty() {
                Ok(filter)
            } else {
                Err(format!("the filter `{name}` takes nothing in brackets"))
            }
        };
        match name {
            "replace" => match <[String; 2]>::try_from(arguments) {
                Ok([from, to]) if !from.is_empty() => Ok(Self::Replace { from, to }),
                Ok(_) => Err("`replace` has nothing to look for: its first text is empty".to_owned()),
                Err(_) => Err("`replace` takes two texts: replace('a', 'b')".to_owned()),
            },
            "lower" => plain(Self::Lower, &arguments),
            "upper" => plain(Self::Upper, &arguments),
            "trim" => plain(Self::Trim, &arguments),
            "unix" => plain(Self::Unix, &arguments),
            "basename" => plain(Self::Basename, &arguments),
            "dirname" => plain(Self::Dirname, &arguments),
            _ => {
                let name: String = name.chars().take(40).collect();
                Err(format!("there is no filter `{name}`; known are {}", FILTERS.join(", ")))
            }
        }
    }

    /// What the filter makes of a value.
    ///
    /// # Errors
    /// The value isn't what the filter takes, or becomes too long; in words, without the value.
    pub fn apply(&self, value: &str) -> Result<String, String> {
        let text = match self {
            Self::Replace { from, to } => {
                let times = value.matches(from.as_str()).count();
                let length = value.len() - times * from.len() + times * to.len();
                if length > LONGEST {
                    return Err(format!("`replace` would make a text of more than {} KiB", LONGEST / 1024));
                }
                value.replace(from.as_str(), to)
            }
            Self::Lower => value.to_lowercase(),
            Self::Upper => value.to_uppercase(),
            Self::Trim => value.trim().to_owned(),
            Self::Unix => value
                .parse::<Timestamp>()
                .map(|time| time.as_second().to_string())
                .map_err(|_| "`unix` takes an RFC 3339 time, and this isn't one".to_owned())?,
            Self::Basename => Utf8Path::new(value).file_name().unwrap_or_default().to_owned(),
            Self::Dirname => Utf8Path::new(value).parent().map(ToString::to_string).unwrap_or_default(),
        };
        Ok(text)
    }
}

/// The texts up to the closing bracket, and what stands behind it.
fn arguments(inside: &str) -> Option<(Vec<String>, &str)> {
    let mut texts = Vec::new();
    let mut rest = inside.trim_start();
    if let Some(behind) = rest.strip_prefix(')') {
        return Some((texts, behind));
    }
    loop {
        let (text, behind) = quoted(rest)?;
        texts.push(text);
        rest = behind.trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return rest.strip_prefix(')').map(|behind| (texts, behind)),
        }
    }
}

/// A text in single or double quotes, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other @ ('\\' | '\'' | '"' | '/') => other,
                _ => return None,
            }),
            c if c == quote => return Some((value, text.get(at + 1..)?)),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered(filters: &str, value: &str) -> Result<String, String> {
        let filters = Filter::parse_all(filters).unwrap_or_else(|| Err("not filters".to_owned()))?;
        filters.iter().try_fold(value.to_owned(), |value, filter| filter.apply(&value))
    }

    #[test]
    fn filters_are_applied_from_left_to_right() {
        assert_eq!(filtered("replace('.', \"_\") | upper", "a.b").as_deref(), Ok("A_B"));
        assert_eq!(filtered(" trim|dirname | basename ", " /a/b/c ").as_deref(), Ok("b"));
        assert_eq!(filtered(r"replace('\'', '\\\n')", "a'b").as_deref(), Ok("a\\\nb"));
        assert_eq!(filtered("lower()", "É").as_deref(), Ok("é"));
        assert_eq!(filtered("unix", "2026-06-10T08:00:00.9Z").as_deref(), Ok("1781078400"));
    }

    #[test]
    fn what_is_no_list_of_filters_is_refused_as_such() {
        for text in
            ["", "|", "lower |", "lower upper", "lower ~ 'x'", "replace('a'", "replace(a, b)", "replace('a' 'b')"]
        {
            assert_eq!(Filter::parse_all(text), None, "{text}");
        }
        for text in ["replace('0', 'x' * 1000000000)", "lower if x", "lower[0]", r"replace('\x', 'b')"] {
            assert_eq!(Filter::parse_all(text), None, "{text}");
        }
    }

    #[test]
    fn filters_that_are_not_there_or_have_other_arguments_are_named() {
        let why = |text: &str| filtered(text, "x").unwrap_err();
        assert_eq!(
            why("shout"),
            "there is no filter `shout`; known are replace, lower, upper, trim, unix, basename, dirname"
        );
        assert_eq!(why("replace('a')"), "`replace` takes two texts: replace('a', 'b')");
        assert_eq!(why("replace('', 'b')"), "`replace` has nothing to look for: its first text is empty");
        assert_eq!(why("upper('a')"), "the filter `upper` takes nothing in brackets");
        assert_eq!(why(&["lower"; 17].join("|")), "more than 16 filters on one value");
    }

    #[test]
    fn a_text_never_grows_beyond_reason_and_no_error_repeats_the_value() {
        let growing = vec![format!("replace('x', '{}')", "x".repeat(1000)); 16].join(" | ");
        assert_eq!(filtered(&growing, "x").unwrap_err(), "`replace` would make a text of more than 256 KiB");
        assert!(!filtered("unix", "hunter2").unwrap_err().contains("hunter2"));
    }
}
