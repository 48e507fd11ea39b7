//! What a finding says beside its message: its code, the label under the text, and what to write
//! instead, as a literal that can be copied where one can be made.

use std::ops::Range;

use super::mistake::SyntaxError;

/// The fixed words of one kind of mistake.
struct Advice {
    code: &'static str,
    label: &'static str,
    help: &'static str,
}

/// Literals longer than this are described and not repeated.
const LITERAL: usize = 100;

impl SyntaxError {
    /// `runbook::syntax::name`, which `runbook explain` documents.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.advice().code
    }

    /// What is wrong here, in a few words.
    pub(super) fn label(&self) -> &'static str {
        self.advice().label
    }

    /// Another place that matters, and why.
    pub(super) fn second_label(&self) -> Option<(Range<usize>, &'static str)> {
        match self {
            Self::BlockOnNextLine { node } => Some((node.clone(), "belongs to this node")),
            Self::SecondBlock { node } => Some((node.clone(), "this node already has one")),
            Self::Indentation { closing } => Some((closing.clone(), "the blanks before these quotes count")),
            _ => None,
        }
    }

    /// What to write instead of `wrong`, which is what the mistake's place reads in `text`.
    pub(super) fn help(&self, wrong: &str, text: &str) -> String {
        self.literal(wrong, text).unwrap_or_else(|| self.advice().help.to_owned())
    }

    fn literal(&self, wrong: &str, text: &str) -> Option<String> {
        if wrong.len() > LITERAL {
            return None;
        }
        match self {
            Self::BareText | Self::NumberWithLetters | Self::NumberTooLong => Some(format!("write {}", quote(wrong))),
            Self::BareKeyword => Some(format!("write #{wrong} for the value, \"{wrong}\" for the text")),
            Self::Kdl1Raw => Some(format!("drop the r: {}", kdl2_raw(wrong))),
            Self::List => Some(format!("write the values one after another: {}", values(wrong))),
            Self::ShellComment => Some(format!("write // {}", wrong.trim_start_matches(['#', '/']).trim())),
            Self::UnknownKeyword => Some(keyword(wrong)),
            Self::ForeignQuotes => Some(format!("write {}", quote(inner(wrong)))),
            Self::BadEscape { text: place } => escape(wrong, text.get(place.clone())?),
            Self::MissingValue => {
                let name = wrong.trim_end().trim_end_matches('=').trim_end();
                Some(format!("write {name}=\"…\", or {} if no value is meant", quote(wrong.trim_end())))
            }
            _ => None,
        }
    }

    fn advice(&self) -> Advice {
        let (code, label, help) = match self {
            Self::NotUtf8 { .. } | Self::Utf16 => ("runbook::syntax::not_utf8", "", "save the file as UTF-8"),
            Self::FileTooLarge => (
                "runbook::syntax::file_too_large",
                "",
                "split it with `include \"part.kdl\"`, and keep scripts in files of their own",
            ),
            Self::BannedCharacter => (
                "runbook::syntax::banned_character",
                "can't be seen",
                "remove it; in a text in double quotes write it as \\u{…}",
            ),
            Self::TooManyTokens => {
                ("runbook::syntax::too_many_tokens", "from here on", "split the runbook with `include \"part.kdl\"`")
            }
            Self::TooDeep => {
                ("runbook::syntax::too_deep", "this block", "a runbook needs about ten levels: flatten it")
            }
            Self::TooManyNodes => {
                ("runbook::syntax::too_many_nodes", "from here on", "split the runbook with `include \"part.kdl\"`")
            }
            Self::TooManyValues => {
                ("runbook::syntax::too_many_values", "from here on", "split the runbook with `include \"part.kdl\"`")
            }
            Self::TooLong { .. } => {
                ("runbook::syntax::too_long", "too long", "put it into a file of its own and name the file")
            }
            Self::TooManyHashes => (
                "runbook::syntax::too_many_hashes",
                "too many",
                "one `#` more than the text itself has in a row is enough",
            ),
            Self::BareKeyword => ("runbook::syntax::bare_keyword", "needs # or quotes", ""),
            Self::NumberWithLetters => ("runbook::syntax::number_with_letters", "needs quotes", "write it in quotes"),
            Self::NumberTooLong => ("runbook::syntax::number_too_long", "needs quotes", "write it in quotes"),
            Self::Kdl1Raw => ("runbook::syntax::kdl1_raw", "KDL 2 has no r here", "drop the r: #\"…\"#"),
            Self::List => {
                ("runbook::syntax::list", "not KDL", "write the values one after another, with blanks between")
            }
            Self::Comma => ("runbook::syntax::comma", "not KDL", "remove it: values have blanks between them"),
            Self::ShellComment => ("runbook::syntax::shell_comment", "not a comment", "start the comment with //"),
            Self::UnknownKeyword => ("runbook::syntax::unknown_keyword", "not a keyword", "write it in quotes"),
            Self::BareText => ("runbook::syntax::bare_text", "needs quotes", "put double quotes around it"),
            Self::ForeignQuotes => {
                ("runbook::syntax::foreign_quotes", "not KDL's", "use straight double quotes: \"…\"")
            }
            Self::TypeAnnotation => {
                ("runbook::syntax::type_annotation", "not used in runbooks", "remove it, with its parentheses")
            }
            Self::UnclosedQuote => (
                "runbook::syntax::unclosed_quote",
                "opens here",
                "close it where the text ends, with the same quotes (and as many #)",
            ),
            Self::UnpairedQuotes => (
                "runbook::syntax::unclosed_quote",
                "one is missing before this",
                "each text starts with a quote and ends with one, and a blank stands before the next",
            ),
            Self::HashBehindQuote => (
                "runbook::syntax::hash_behind_quote",
                "one # too many",
                "write # on both sides of the quotes, or on none",
            ),
            Self::TwoQuotes => ("runbook::syntax::unclosed_quote", "one is missing", "write \"\"\""),
            Self::TextOverLines { .. } => (
                "runbook::syntax::text_over_lines",
                "more than one line",
                "write three quotes, each on a line that they end or begin: \"\"\" … \"\"\"",
            ),
            Self::BadEscape { .. } => {
                ("runbook::syntax::bad_escape", "no such escape", "double the backslash, or use a raw text: #\"…\"#")
            }
            Self::BadUnicodeEscape => (
                "runbook::syntax::bad_unicode_escape",
                "no such character",
                "write one to six hex digits, at most 10FFFF: \\u{20AC}",
            ),
            Self::TripleInLine => (
                "runbook::syntax::triple_in_line",
                "must end its line",
                "start the text on the next line, or use one quote: \"…\"",
            ),
            Self::ClosingQuotesBehindText => (
                "runbook::syntax::closing_quotes_behind_text",
                "not on a line of their own",
                "put them on the next line, as far in as the text",
            ),
            Self::Indentation { .. } => (
                "runbook::syntax::indentation",
                "other blanks",
                "start each line with exactly the blanks before the closing quotes",
            ),
            Self::UnclosedComment => (
                "runbook::syntax::unclosed_comment",
                "opens here",
                "close it with */; a path with /* in it needs quotes",
            ),
            Self::UnclosedBlock => ("runbook::syntax::unclosed_block", "opens here", "write } where this block ends"),
            Self::StrayClose => {
                ("runbook::syntax::stray_close", "closes nothing", "remove it, or write the { that it belongs to")
            }
            Self::BlockOnNextLine { .. } => {
                ("runbook::syntax::block_on_next_line", "too late", "write { at the end of the node's own line")
            }
            Self::BlockWithoutName => {
                ("runbook::syntax::block_without_name", "whose block is this?", "write the node's name before the {")
            }
            Self::SecondBlock { .. } => {
                ("runbook::syntax::second_block", "a second one", "bring both together in one block")
            }
            Self::BehindBlock => (
                "runbook::syntax::behind_block",
                "stands behind a }",
                "start a new line (or write ; before it); arguments and properties stand before the {",
            ),
            Self::NameNotText => {
                ("runbook::syntax::name_not_text", "not a name", "start the line with a node's name, such as run")
            }
            Self::PropertyNameNotText => {
                ("runbook::syntax::property_name_not_text", "not a name", "put quotes around all of it if it is a text")
            }
            Self::Colon => {
                ("runbook::syntax::colon", "not KDL", "remove the colon: a blank separates a name and its value")
            }
            Self::EqualsBehindName => {
                ("runbook::syntax::equals_behind_name", "not here", "write a blank instead of =, as in budget \"5m\"")
            }
            Self::MissingValue => ("runbook::syntax::missing_value", "has no value", "write the value behind the ="),
            Self::DoubleEquals => (
                "runbook::syntax::double_equals",
                "one too many",
                "write one =; a comparison is a matcher, as in is=200",
            ),
            Self::EqualsWithoutName => (
                "runbook::syntax::equals_without_name",
                "no name before this",
                "write name=value; a value with = in it needs quotes",
            ),
            Self::MissingBlank => (
                "runbook::syntax::missing_blank",
                "starts here",
                "write a blank between them, or one pair of quotes around both",
            ),
            Self::DanglingSlashdash => (
                "runbook::syntax::dangling_slashdash",
                "takes out nothing",
                "write it before the node, value or block to take out, or remove it",
            ),
            Self::DoubleSlashdash => {
                ("runbook::syntax::double_slashdash", "one is enough", "write /- once for each thing to take out")
            }
            Self::StraySemicolon => ("runbook::syntax::stray_semicolon", "ends nothing", "remove it"),
            Self::StrayBackslash => (
                "runbook::syntax::stray_backslash",
                "not at the end of its line",
                "put quotes around the text that it belongs to",
            ),
            Self::OtherVersion => (
                "runbook::syntax::other_version",
                "only version 2 is read",
                "write /- kdl-version 2 and bring the file to it: #true for true, #\"…\"# for r\"…\"",
            ),
            Self::Unreadable => {
                ("runbook::syntax::unreadable", "this one", "write it in another way, such as in double quotes")
            }
        };
        Advice { code, label, help }
    }
}

/// A text as a KDL literal: quoted, or raw where it has quotes or backslashes of its own.
fn quote(text: &str) -> String {
    if !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    raw(text)
}

fn raw(text: &str) -> String {
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("{hashes}\"{text}\"{hashes}")
}

fn kdl2_raw(wrong: &str) -> String {
    let rest = wrong.strip_prefix('r').unwrap_or(wrong);
    if rest.starts_with('#') { rest.to_owned() } else { raw(inner(rest)) }
}

/// The text between a quote at its start and one at its end, whatever quotes they are.
fn inner(wrong: &str) -> &str {
    let mut characters = wrong.chars();
    characters.next();
    let open = characters.as_str();
    open.strip_suffix(['\'', '"', '”', '“', '’', '‘', '»']).unwrap_or(open)
}

fn values(list: &str) -> String {
    let inner = list.trim_start_matches('[').trim_end_matches(']');
    let values: Vec<String> = inner
        .split(',')
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(|value| match value.strip_prefix(['"', '\'']) {
            Some(open) => quote(open.strip_suffix(['"', '\'']).unwrap_or(open)),
            None if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) => {
                value.to_owned()
            }
            None => quote(value),
        })
        .collect();
    values.join(" ")
}

fn keyword(wrong: &str) -> String {
    let word = wrong.trim_start_matches('#');
    if let Some(text) = word.strip_suffix("\"#") {
        return format!("write {}", raw(text));
    }
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "true" | "yes" | "on" => "write #true".to_owned(),
        "false" | "no" | "off" => "write #false".to_owned(),
        "null" | "nil" | "none" => "write #null".to_owned(),
        _ => format!("write {} for the text; a comment starts with //", quote(wrong)),
    }
}

fn escape(wrong: &str, text: &str) -> Option<String> {
    match wrong {
        "\\/" | "\\'" => return Some(format!("write {} without a backslash", wrong.trim_start_matches('\\'))),
        "\\0" => return Some("write \\u{0}".to_owned()),
        "\\e" | "\\x" => return Some("write \\u{1B}, the character's number in hex digits".to_owned()),
        _ => {}
    }
    let body = text.strip_prefix('"')?.strip_suffix('"')?;
    let changes = body.contains("\\\"") || body.contains("\\u{") || body.contains("\\\\") || body.contains('\n');
    if changes || body.len() > LITERAL {
        return Some(format!("write \\{wrong} for a backslash, or use a raw text: #\"…\"#"));
    }
    Some(format!("write it as a raw text: {}", raw(body)))
}
