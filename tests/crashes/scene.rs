//! The plans that are crashed, and what the actions in them answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use runbook::event::Direction;
use runbook::model::Lowering;
use runbook::plan::Plan;
use runbook::syntax::{Sources, Spanned, parse};

/// What an action answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Says {
    Exit(i32),
    DoesNotStart,
    IsUnknown,
}

/// A plan and its script.
#[derive(Clone)]
pub struct Scene {
    pub name: String,
    pub plan: Arc<Plan>,
    pub sources: Arc<Sources>,
    /// `UNIT` or `UNIT back` → what it answers the first time, the second, …; after the last: exit 0.
    answers: BTreeMap<String, Vec<Says>>,
    /// How long a step takes, in milliseconds.
    pub millis: BTreeMap<String, u64>,
    /// How long all else takes, in milliseconds.
    pub usual: u64,
    pub past_no_return: bool,
}

impl Scene {
    pub fn new(name: &str, phases: &str, answers: &[(&str, &[Says])]) -> Self {
        Self::of(name, &format!("runbook release \"Release\" {{ lock deploy; }}\n{phases}"), answers)
    }

    /// A whole runbook.
    pub fn of(name: &str, text: &str, answers: &[(&str, &[Says])]) -> Self {
        let mut sources = Sources::default();
        let file = sources.add("release.kdl", text);
        let nodes = parse(&sources, file).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
        let template = |_: &Spanned<String>| Ok(String::new());
        let lowering = Lowering { sources: &sources, folder: "/release".into(), template: &template };
        let (runbook, findings) = lowering.lower(&nodes);
        assert!(findings.is_empty(), "{name}: {findings:#?}\n{text}");
        let plan = Plan::resolve(&Arc::new(runbook.unwrap()), &BTreeMap::new(), None).unwrap();
        Self {
            name: name.to_owned(),
            plan: Arc::new(plan),
            sources: Arc::new(sources),
            answers: answers.iter().map(|(key, says)| ((*key).to_owned(), says.to_vec())).collect(),
            millis: BTreeMap::new(),
            usual: 10,
            past_no_return: false,
        }
    }

    pub fn past_no_return(mut self) -> Self {
        self.past_no_return = true;
        self
    }

    /// What a step or its inverse answers the next time, after so many.
    pub fn says(&self, unit: &str, way: Direction, times: usize) -> Says {
        let key = match way {
            Direction::Forward => unit.to_owned(),
            Direction::Back | Direction::Look => format!("{unit} back"),
        };
        self.answers.get(&key).and_then(|says| says.get(times)).copied().unwrap_or(Says::Exit(0))
    }
}

/// A dozen releases and a few more.
pub fn scenes() -> Vec<Scene> {
    use Says::{DoesNotStart, Exit, IsUnknown};
    let linear = r#"
phase deploy "Deploy" {
    checkpoint before "Before" { check healthy "Healthy" { run probe; }; }
    step one "One" { run one; inverse { run undo-one; }; }
    step two "Two" { run two; inverse { run undo-two; }; }
    step three "Three" { run three; inverse { run undo-three; }; }
}
"#;
    let parallel = r#"
phase deploy "Deploy" {
    step one "One" { run one; inverse { run undo-one; }; }
    parallel {
        step left "Left" { run left; inverse { run undo-left; }; }
        step right "Right" { run right; inverse { run undo-right; }; }
    }
    step last "Last" { run last; inverse { run undo-last; }; }
}
"#;
    vec![
        Scene::new("linear", linear, &[]),
        Scene::new("linear, the last step fails", linear, &[("three", &[Exit(1)])]),
        Scene::new("linear, the second step is cut short", linear, &[("two", &[IsUnknown])]),
        Scene::new("linear, the second step doesn't start", linear, &[("two", &[DoesNotStart])]),
        Scene::new("an inverse fails once", linear, &[("three", &[Exit(1)]), ("two back", &[Exit(1)])]),
        Scene::new("parallel", parallel, &[]),
        Scene::new("parallel, what comes after fails", parallel, &[("last", &[Exit(1)])]),
        Scene::new("parallel, one branch fails", parallel, &[("left", &[Exit(2)])]),
        Scene::new("with applied", WITH_APPLIED, &[("three", &[Exit(1)])]),
        Scene::new("with applied, to its end", WITH_APPLIED, &[]),
        Scene::new("idempotent with retries", RETRIES, &[("two", &[Exit(1), Exit(1)])]),
        Scene::new("retries spent", RETRIES, &[("two", &[Exit(1), Exit(1), Exit(1)])]),
        Scene::new("an inverse with retries", RETRIES, &[("three", &[Exit(1)]), ("one back", &[Exit(1)])]),
        Scene::new("point of no return", BARRIER, &[("fails", &[Exit(1)])]).past_no_return(),
        Scene::new("on-failure halt", HALT, &[("two", &[Exit(1)])]),
        Scene::new("atomic, and an inverse that may fail", ATOMIC, &[("three", &[Exit(1)]), ("two back", &[Exit(1)])]),
        Scene::new("on-rollback and preserve", PASSED, &[("three", &[Exit(1)])]),
        Scene::new("derived", DERIVED, &[("two", &[Exit(1)])]),
    ]
}

const WITH_APPLIED: &str = r#"
phase deploy "Deploy" {
    step one "One" { run one; applied { run is-one; }; inverse { run undo-one; }; }
    step two "Two" { run two; applied { run is-two; }; inverse { run undo-two; }; }
    step three "Three" { run three; inverse { run undo-three; }; }
}
"#;

const RETRIES: &str = r#"
phase deploy "Deploy" {
    step one "One" { run one; idempotent; inverse { run undo-one; retry 2; }; }
    step two "Two" { run two; idempotent; retry 3 delay="2s"; inverse { run undo-two; }; }
    step three "Three" { run three; inverse { run undo-three; }; }
}
"#;

const BARRIER: &str = r#"
phase deploy "Deploy" {
    step one "One" { run one; inverse { run undo-one; }; }
    step announce "Announce" { run announce; irreversible because="mail can't be unsent"; }
    checkpoint said "Said" { check sent "Sent" { run probe; }; }
    step after "After" { run after; inverse { run undo-after; }; }
    step fails "Fails" { run fails; inverse { run undo-fails; }; }
}
"#;

const HALT: &str = r#"
phase deploy "Deploy" {
    step one "One" { run one; inverse { run undo-one; }; }
    step two "Two" { run two; on-failure halt; inverse { run undo-two; }; }
    step three "Three" { run three; inverse none because="nothing to undo"; }
}
"#;

const ATOMIC: &str = r#"
phase deploy "Deploy" {
    step one "One" { run one; inverse { run undo-one; }; }
    step two "Two" { run two; inverse { run undo-two; on-failure continue; }; }
    step three "Three" { run three; atomic; inverse { run undo-three; }; }
}
"#;

const PASSED: &str = r#"
phase deploy "Deploy" {
    checkpoint before "Before" {
        check healthy "Healthy" { run probe; }
        preserve revision "Revision" { run git rev-parse HEAD; }
    }
    step one "One" { run one; inverse { run undo-one; }; }
    on-rollback dependencies "Dependencies" { run sync; }
    step two "Two" { run two; inverse { run undo-two; }; }
    step three "Three" { run three; inverse { run undo-three; }; }
}
"#;

const DERIVED: &str = r#"
phase deploy "Deploy" {
    step stop "Stop" { service stop "api.service"; }
    step two "Two" { run two; inverse { run undo-two; }; }
    step start "Start" { service start "api.service"; }
}
"#;
