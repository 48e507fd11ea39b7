//! Looking never changes: which actions only observe. Programs and scripts can't be known and are
//! trusted; everything that can be known is held to it.

use crate::model::{Action, ServiceVerb};
use crate::syntax::Span;

/// Why an action isn't one that only looks.
pub(super) struct Changes {
    /// What it does.
    pub(super) what: String,
    /// What to write instead.
    pub(super) help: String,
    /// Where it shows; `None`: the whole action.
    pub(super) span: Option<Span>,
}

/// What an action changes; `None` for one that observes, and for one that can't be known.
pub(super) fn why_it_changes(action: &Action) -> Option<Changes> {
    let step = "make it a `step`, with how it is undone".to_owned();
    match action {
        Action::Run(_)
        | Action::Script(_)
        | Action::Pipe { to: None, .. }
        | Action::File { .. }
        | Action::Disk(_)
        | Action::Port(_)
        | Action::Process(_)
        | Action::Service(_) => None,
        Action::Kube(kube) if kube.verb.only_looks() => None,
        Action::Kube(kube) => {
            Some(Changes { what: format!("`kube {}` changes the cluster", kube.verb.word()), help: step, span: None })
        }
        Action::Pipe { to: Some(file), .. } => {
            Some(Changes { what: "`to` writes a file".to_owned(), help: step, span: Some(file.span) })
        }
        Action::Http(request) => (!matches!(request.method.value.as_str(), "GET" | "HEAD")).then(|| Changes {
            what: format!("`{}` may change something", request.method.value),
            help: format!("use GET or HEAD, or {step}"),
            span: Some(request.method.span),
        }),
        Action::Sql { statement, .. } => changing_keyword(&statement.value).map(|word| Changes {
            what: format!("`{word}` isn't read-only"),
            help: format!("use SELECT, or {step}"),
            span: Some(statement.span),
        }),
        Action::ServiceChange { verb, .. } => Some(Changes {
            what: format!("`service {}` changes a unit", verb.word()),
            help: match verb {
                ServiceVerb::DaemonReload => step,
                _ => format!("write `service \"UNIT\"` to look at it, or {step}"),
            },
            span: None,
        }),
        Action::Write { .. } | Action::Copy { .. } | Action::Link { .. } | Action::Replace(_) => {
            Some(Changes { what: format!("`{}` changes a file", action.word()), help: step, span: None })
        }
        Action::Manual(_) => Some(Changes {
            what: "a person can't be asked again and again".to_owned(),
            help: "write `manual ID \"instruction\" by=\"…\"` beside it, in the phase".to_owned(),
            span: None,
        }),
    }
}

/// Whether an action can do nothing but look, so that it is no step.
pub(super) fn only_looks(action: &Action) -> bool {
    match action {
        Action::File { .. } | Action::Disk(_) | Action::Port(_) | Action::Process(_) | Action::Service(_) => true,
        Action::Kube(kube) => kube.verb.only_looks(),
        Action::Run(_)
        | Action::Script(_)
        | Action::Pipe { .. }
        | Action::Http(_)
        | Action::Sql { .. }
        | Action::ServiceChange { .. }
        | Action::Write { .. }
        | Action::Copy { .. }
        | Action::Link { .. }
        | Action::Replace(_)
        | Action::Manual(_) => false,
    }
}

/// The first keyword that makes a text of SQL more than a look; `None` for one that only reads.
fn changing_keyword(sql: &str) -> Option<String> {
    let words = words(sql);
    let mut is_first = true;
    let mut reads = false;
    for (index, word) in words.iter().enumerate() {
        match word.as_str() {
            ";" => is_first = true,
            "SELECT" | "EXPLAIN" | "WITH" | "VALUES" | "TABLE" | "SHOW" | "PRAGMA" if is_first => {
                (is_first, reads) = (false, true);
                let rest = words.get(index + 1..).unwrap_or_default();
                let statement = rest.split(|word| word == ";").next().unwrap_or_default();
                if word == "PRAGMA" && statement.iter().any(|word| word == "=") {
                    return Some("PRAGMA … =".to_owned());
                }
            }
            _ if is_first => return Some(word.clone()),
            // In PostgreSQL a WITH may delete, an EXPLAIN ANALYZE runs, and a SELECT INTO creates.
            "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "INTO" => return Some(word.clone()),
            _ => {}
        }
    }
    if reads { None } else { Some("an empty statement".to_owned()) }
}

/// The words of a text of SQL in upper case, with `;` and `=`; without what stands in quotes,
/// brackets or comments.
fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => quoted_length(rest, first),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            ';' | '=' => {
                words.push(first.to_string());
                1
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                words.push(rest.get(..end).unwrap_or("").to_uppercase());
                end
            }
            _ => first.len_utf8(),
        };
        rest = rest.get(length..).unwrap_or("");
    }
    words
}

/// The length of a quoted text at the start of another one, quotes included.
fn quoted_length(text: &str, quote: char) -> usize {
    text.char_indices().skip(1).find(|(_, c)| *c == quote).map_or(text.len(), |(end, _)| end + 1)
}

#[cfg(test)]
mod tests {
    use super::changing_keyword;

    #[test]
    fn statements_that_only_read_are_told_from_those_that_may_change() {
        let reading = [
            "SELECT 1",
            "select count(*) from rides where note = 'DELETE; DROP'",
            "PRAGMA integrity_check",
            "-- note\nSELECT \"update\" FROM t;",
            "/* x */ WITH a AS (SELECT 1) SELECT * FROM a",
            "EXPLAIN SELECT 1",
            "SELECT replace(a, 'b', 'c') FROM t",
        ];
        for sql in reading {
            assert_eq!(changing_keyword(sql), None, "{sql}");
        }
        let changing = [
            ("DELETE FROM t", "DELETE"),
            ("PRAGMA journal_mode = WAL", "PRAGMA … ="),
            ("WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a", "DELETE"),
            ("SELECT 1; DROP TABLE t", "DROP"),
            ("SELECT * INTO u FROM t", "INTO"),
            ("explain analyze delete from t", "DELETE"),
            ("", "an empty statement"),
            ("-- nothing", "an empty statement"),
        ];
        for (sql, word) in changing {
            assert_eq!(changing_keyword(sql).as_deref(), Some(word), "{sql}");
        }
    }
}
