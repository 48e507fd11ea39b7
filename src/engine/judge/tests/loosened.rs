//! What a comparison of two runbooks calls *loosened* and *tightened*, asked of the judge: the one never
//! refuses what was accepted, the other never accepts what was refused.

use camino::Utf8Path;
use proptest::prelude::*;

use super::{JUDGE, number, text};
use crate::event::{Datum, Held, Kept, Observation};
use crate::model::bundle::{Loaded, load};
use crate::model::compare::{Class, Version, compare};
use crate::model::{Activity, Dimension, Item, SubjectName, Values};
use crate::syntax::Sources;

/// A subject with what it is compared by and with.
type Compared = (&'static str, &'static [&'static str], &'static [&'static str]);

/// What looks, and what is expected of it.
const LOOKS: [(&str, &[Compared]); 5] = [
    (
        "run ls",
        &[("stdout", TEXT, TEXTS), ("stderr", TEXT, TEXTS), ("exit", NUMBER, COUNTS), ("duration", NUMBER, TIMES)],
    ),
    (
        "http GET \"http://localhost/\"",
        &[
            ("status", NUMBER, COUNTS),
            ("body", TEXT, TEXTS),
            ("json", WHOLE, DOCUMENTS),
            ("json \"$.a\"", TEXT, TEXTS),
            ("header etag", TEXT, TEXTS),
        ],
    ),
    ("disk \"/\"", &[("free", NUMBER, SIZES), ("used", NUMBER, SIZES), ("total", NUMBER, SIZES)]),
    (
        "file \"/x\"",
        &[
            ("size", NUMBER, SIZES),
            ("age", NUMBER, TIMES),
            ("modified", MOMENT, MOMENTS),
            ("sha256", WORD, TEXTS),
            ("mode", &["is", "is-not", "matches", "contains"], &["\"0644\"", "\"644\"", "\"01\""]),
            ("owner", WORD, TEXTS),
            ("exists", WHOLE, &["#true", "#false"]),
        ],
    ),
    ("sql \"sqlite:x.db\" \"SELECT 1\"", &[("value", TEXT, TEXTS), ("count", NUMBER, COUNTS)]),
];

const WHOLE: &[&str] = &["is", "is-not"];
const MOMENT: &[&str] = &["is", "is-not", "after", "before", "exists"];
const NUMBER: &[&str] = &["is", "is-not", "above", "below", "at-least", "at-most", "exists", "one-of"];
const WORD: &[&str] = &["is", "is-not", "contains", "lacks", "matches", "lacks-match", "empty", "exists", "one-of"];
const TEXT: &[&str] = &[
    "is",
    "is-not",
    "contains",
    "lacks",
    "matches",
    "lacks-match",
    "like",
    "above",
    "below",
    "at-least",
    "at-most",
    "after",
    "before",
    "empty",
    "exists",
    "one-of",
];

/// Values, near enough to each other that a wrong word about them is found.
const COUNTS: &[&str] = &["0", "1", "2", "200", "204", "299", "300", "\"1.0\"", "\"9007199254740993\""];
const SIZES: &[&str] = &["\"1GB\"", "\"1000MB\"", "\"1kB\"", "\"0.0006kB\"", "\"50%\"", "\"5%\"", "\"1.001GB\""];
const TIMES: &[&str] = &["\"60s\"", "\"1m\"", "\"59900ms\"", "\"0s\"", "\"1d\""];
const MOMENTS: &[&str] = &["\"2026-06-10T08:00Z\"", "\"2026-06-10T09:00:00Z\"", "\"2026-06-10T08:30:00Z\""];
const DOCUMENTS: &[&str] =
    &["#\"{\"a\": 1}\"#", "#\"{\"a\": 1, \"b\": \"ab\"}\"#", "#\"[1, \"a\"]\"#", "#\"{\"a\": 1.0}\"#", "#\"{}\"#"];
const TEXTS: &[&str] = &[
    "1",
    "2",
    "\"1\"",
    "\"1.0\"",
    "\"01\"",
    "\"a\"",
    "\"ab\"",
    "\"abc\"",
    "\"b\"",
    "\"A\"",
    "\"AB\"",
    "\"1%\"",
    "\"3%\"",
    "\"1GB\"",
    "\"1000MB\"",
    "\"[ab]+\"",
    "\"^a\"",
    "\"2026-06-10T08:00Z\"",
    "\"2026-06-10T08:30:00Z\"",
    "#true",
    "#false",
    "#null",
    "\"\"",
    "\"true\"",
    "\"null\"",
    "#\"[1, \"a\"]\"#",
];

/// Texts that may come, and what they are as other kinds.
const SEEN: [&str; 24] = [
    "",
    "0",
    "1",
    "1.0",
    "01",
    "2",
    "a",
    "ab",
    "abc",
    "b",
    "A",
    "AB",
    "1%",
    "3%",
    "1GB",
    "1001MB",
    "true",
    "false",
    "null",
    "2026-06-10T08:30:00Z",
    "{\"a\": 1}",
    "{\"a\": \"ab\", \"b\": \"ab\"}",
    "{\"a\": [\"ab\", 1]}",
    "[1, \"a\"]",
];

const NUMBERS: [f64; 12] =
    [0.0, 1.0, 2.0, 59.9, 60.0, 200.0, 204.0, 299.5, 300.0, 1e9, 1.001e9, 9_007_199_254_740_993.0];

/// One line of KDL.
fn expectation((subject, matchers, values): Compared) -> impl Strategy<Value = String> {
    let values = prop::collection::vec(prop::sample::select(values), 1..3);
    (prop::sample::select(matchers), values, any::<bool>()).prop_map(move |(matcher, values, yes)| match matcher {
        "one-of" => format!("expect {subject} {{ one-of {}; }}", values.join(" ")),
        "empty" | "exists" => format!("expect {subject} {matcher}=#{yes}"),
        _ => format!("expect {subject} {matcher}={}", values[0]),
    })
}

fn observation(seen: &str, amount: f64, is_there: bool) -> Observation {
    let count = |name, it| Observation::default().with(name, number(it, Dimension::Count));
    let whole = || Datum::Kept(Kept::whole(seen));
    let mut all = count(SubjectName::Exit, amount)
        .with(SubjectName::Status, number(amount, Dimension::Count))
        .with(SubjectName::Duration, number(amount, Dimension::Seconds))
        .with(SubjectName::Age, number(amount, Dimension::Seconds))
        .with(SubjectName::Size, number(amount, Dimension::Bytes))
        .with(SubjectName::Free, number(amount, Dimension::Bytes))
        .with(SubjectName::Used, number(amount, Dimension::Bytes))
        .with(SubjectName::Total, number(2e9, Dimension::Bytes))
        .with(SubjectName::Count, number(amount, Dimension::Count))
        .with(SubjectName::Stdout, whole())
        .with(SubjectName::Stderr, whole())
        .with(SubjectName::Sha256, text(seen))
        .with(SubjectName::Mode, text(seen))
        .with(SubjectName::Owner, text(seen))
        .with(SubjectName::Exists, Datum::Flag(is_there));
    if is_there {
        all = all.with(SubjectName::Body, whole()).with(SubjectName::Value, text(seen));
        all.headers.push(("ETag".to_owned(), seen.to_owned()));
        if let Ok(moment) = seen.parse() {
            all = all.with(SubjectName::Modified, Datum::Time(moment));
        }
    }
    all
}

fn read(folder: &tempfile::TempDir, action: &str, lines: &[String]) -> Loaded {
    let path = folder.path().join("release.kdl");
    let text = format!("runbook a \"A\"\nphase b {{ check c {{\n{action}\n{}\n}}; }}\n", lines.join("\n"));
    std::fs::write(&path, text).unwrap();
    load(Utf8Path::from_path(&path).unwrap())
}

fn activity(loaded: &Loaded) -> &Activity {
    match loaded.runbook.as_ref().map(|runbook| &runbook.phases[0].items[0]) {
        Some(Item::Check(check)) => &check.activity,
        other => panic!("{other:?}"),
    }
}

fn accepts(loaded: &Loaded, observation: &Observation) -> bool {
    let judgements = JUDGE.judge(activity(loaded), observation, &Values::new(), &Sources::default());
    judgements.iter().all(|judgement| judgement.held == Held::Yes)
}

fn version(loaded: &Loaded) -> Version<'_> {
    Version { runbook: loaded.runbook.as_ref().unwrap(), sources: &loaded.sources, bundle: &loaded.bundle }
}

/// One action with older and newer expectations.
fn pair() -> impl Strategy<Value = (&'static str, Vec<String>, Vec<String>)> {
    prop::sample::select(&LOOKS[..]).prop_flat_map(|(action, subjects)| {
        let subject = prop::sample::select(subjects);
        subject.prop_flat_map(move |subject| {
            (expectation(subject), expectation(subject), 0..4u8).prop_map(move |(old, new, shape)| match shape {
                0 => (action, vec![old.clone()], vec![old, new]),
                1 => (action, vec![], vec![new]),
                _ => (action, vec![old], vec![new]),
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn loosened_never_refuses_what_was_accepted_and_tightened_never_accepts_what_was_refused(
        (action, old, new) in pair(),
    ) {
        let folder = tempfile::TempDir::new().unwrap();
        let (before, after) = (read(&folder, action, &old), read(&folder, action, &new));
        // What `check` refuses nobody compares.
        if !before.is_accepted() || !after.is_accepted() {
            return Ok(());
        }
        let found = compare(version(&before), version(&after));
        let only = |class| !found.is_empty() && found.iter().all(|it| it.class == class || it.class == Class::Reworded);
        let (loosened, tightened) = (only(Class::Loosened), only(Class::Tightened));
        let texts = SEEN.iter().flat_map(|seen| [(*seen, 0.0), (*seen, 200.0)]);
        for (seen, amount) in texts.chain(NUMBERS.iter().map(|amount| ("a", *amount))) {
            for is_there in [true, false] {
                let observed = observation(seen, amount, is_there);
                let (was, is) = (accepts(&before, &observed), accepts(&after, &observed));
                prop_assert!(!loosened || !was || is, "{action}: {old:?} → {new:?} refuses {seen:?} {amount}");
                prop_assert!(!tightened || !is || was, "{action}: {old:?} → {new:?} accepts {seen:?} {amount}");
            }
        }
    }
}
