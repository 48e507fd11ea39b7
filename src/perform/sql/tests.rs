mod postgres;
mod sqlite;

use std::time::Duration;

use crate::event::{Datum, Outcome, Performance};
use crate::model::{Dimension, Quantity, SubjectName};
use crate::perform::{Stop, perform_built_in};
use crate::plan::{BoundValue, ResolvedAction, ResolvedActivity, ResolvedSurroundings};

/// A database that statements are tried on.
struct Database(String);

impl Database {
    async fn run(&self, statement: &str, bindings: &[(Option<&str>, BoundValue)], read_only: bool) -> Performance {
        self.run_within(statement, bindings, read_only, Duration::from_mins(1)).await
    }

    async fn run_within(
        &self,
        statement: &str,
        bindings: &[(Option<&str>, BoundValue)],
        read_only: bool,
        budget: Duration,
    ) -> Performance {
        let bindings = bindings.iter().map(|(name, value)| (name.map(str::to_owned), value.clone())).collect();
        let action = ResolvedAction::Sql { url: self.0.clone(), statement: statement.to_owned(), bindings, read_only };
        let activity = ResolvedActivity {
            action,
            surroundings: ResolvedSurroundings::default(),
            budget,
            sought: Vec::new(),
            reads_texts: true,
        };
        perform_built_in(&activity, &Stop::default()).await
    }

    /// Value and count of a statement that only looks.
    async fn look(&self, statement: &str) -> (Option<String>, f64) {
        answer(self.run(statement, &[], true).await)
    }

    /// Value and count of a statement that may change something.
    async fn act(&self, statement: &str, bindings: &[BoundValue]) -> (Option<String>, f64) {
        let bindings: Vec<_> = bindings.iter().map(|value| (None, value.clone())).collect();
        answer(self.run(statement, &bindings, false).await)
    }

    /// Why the statement did nothing.
    async fn refusal(&self, statement: &str, read_only: bool) -> String {
        refusal(self.run(statement, &[], read_only).await)
    }
}

fn answer(performance: Performance) -> (Option<String>, f64) {
    assert_eq!((performance.outcome, performance.trouble), (Outcome::Applied, None));
    let observation = performance.observation.unwrap();
    let value = match observation.get(SubjectName::Value) {
        Some(Datum::Kept(kept)) => Some(kept.as_whole().unwrap().to_owned()),
        None => None,
        other => panic!("value is {other:?}"),
    };
    match observation.get(SubjectName::Count) {
        Some(Datum::Number(Quantity { number, dimension: Dimension::Count })) => (value, *number),
        other => panic!("count is {other:?}"),
    }
}

fn refusal(performance: Performance) -> String {
    assert_eq!((performance.outcome, performance.observation), (Outcome::NotApplied, None));
    performance.trouble.unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with a value that may be missing")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused_without_showing_it() {
    let words = Database("mysql://root:geheim@db/x".to_owned()).refusal("SELECT 1", true).await;
    assert_eq!(words, "the address of a database begins with `sqlite:` or `postgres://`");
}

#[test]
fn a_long_value_keeps_both_ends_between_whole_letters() {
    let value = "ä".repeat(super::statement::MOST_KEPT);
    let kept = super::statement::kept(&value);
    assert_eq!(kept.head.len() + kept.tail.len() + usize::try_from(kept.dropped).unwrap(), value.len());
    assert!(kept.dropped > 0 && kept.as_whole().is_none());
}
