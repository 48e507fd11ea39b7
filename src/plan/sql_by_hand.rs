//! A statement with its values as one command: `sqlite3` sets parameters before it, `psql` prepares
//! the statement and executes it. Values come spelled as SQL.
//!
//! Invariant: the statement itself stands there as the author wrote it; no value is put into it.

use super::by_hand::{SECRET, quote};

/// The command; as whom it runs is the caller's.
pub(super) fn sql_by_hand(url: &str, statement: &str, values: &[(Option<String>, String)]) -> String {
    let statement = statement.trim().trim_end_matches(';');
    if values.iter().any(|(_, value)| value.contains(SECRET)) {
        return format!("# by hand, since a secret is one of its values: {}", statement.replace('\n', " "));
    }
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let set = values.iter().zip(1..).map(|((name, value), place)| {
                let name = name.as_ref().map_or_else(|| format!("?{place}"), |name| signed(name, statement));
                quote(&format!(".parameter set {name} {}", word_of_sqlite(value))) + " "
            });
            format!("sqlite3 -bail {} {}{}", quote(path), set.collect::<String>(), quote(statement))
        }
        None if values.is_empty() => format!("psql {} -v ON_ERROR_STOP=1 -c {}", quote(url), quote(statement)),
        None => {
            let values: Vec<_> = values.iter().map(|(_, value)| value.as_str()).collect();
            format!(
                "psql {} -v ON_ERROR_STOP=1 -c {} -c {}",
                quote(url),
                quote(&format!("PREPARE by_hand AS {statement}")),
                quote(&format!("EXECUTE by_hand({})", values.join(", ")))
            )
        }
    }
}

/// A name with the sign that the statement gives it.
fn signed(name: &str, statement: &str) -> String {
    let sign = [':', '@', '$'].into_iter().find(|sign| statement.contains(&format!("{sign}{name}")));
    format!("{}{name}", sign.unwrap_or(':'))
}

/// One word of a command of `sqlite3`, which reads backslashes within it.
fn word_of_sqlite(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_without_values_is_one_word() {
        assert_eq!(sql_by_hand("sqlite:a b.db", "DELETE FROM t;\n", &[]), "sqlite3 -bail 'a b.db' 'DELETE FROM t'");
        assert_eq!(
            sql_by_hand("postgres:///shop", "DELETE FROM t", &[]),
            "psql postgres:///shop -v ON_ERROR_STOP=1 -c 'DELETE FROM t'"
        );
    }

    #[test]
    fn values_are_set_beside_the_statement() {
        let values = [(None, "TRUE".to_owned()), (None, "2".to_owned())];
        assert_eq!(
            sql_by_hand("sqlite:t.db", "UPDATE t SET a = ?1 WHERE b = ?2", &values),
            r#"sqlite3 -bail t.db '.parameter set ?1 "TRUE"' '.parameter set ?2 "2"' 'UPDATE t SET a = ?1 WHERE b = ?2'"#
        );
        assert_eq!(
            sql_by_hand("postgres:///shop", "UPDATE t SET a = $1 WHERE b = $2", &values),
            "psql postgres:///shop -v ON_ERROR_STOP=1 -c 'PREPARE by_hand AS UPDATE t SET a = $1 WHERE b = $2' \
             -c 'EXECUTE by_hand(TRUE, 2)'"
        );
    }

    #[test]
    fn a_secret_is_in_no_statement() {
        let secret = [(None, format!("'{SECRET}token{SECRET}'"))];
        assert!(sql_by_hand("sqlite:t.db", "UPDATE t\nSET a = ?1", &secret).starts_with("# by hand"));
    }
}
