//! A run as its journal tells it.

use std::path::Path;

use serde_json::Value;

/// The events of the one run in a state directory.
pub struct Story {
    events: Vec<Value>,
}

/// One attempt: the unit, its direction, its number, and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub unit: String,
    pub direction: String,
    pub number: u64,
    /// `None`: its end is not on record.
    pub outcome: Option<String>,
    pub failure: Option<String>,
}

impl Story {
    /// What is on the disk by now; a line that isn't whole yet doesn't count.
    pub fn read(state: &Path) -> Self {
        let text = texts(state);
        let lines = |text: String| -> Vec<Value> {
            text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect()
        };
        let events = text.flat_map(lines).map(|mut line| line["event"].take()).collect();
        Self { events }
    }

    /// Whether a step, or its inverse, is begun, without a look at anything else: asked every few
    /// milliseconds.
    pub fn has_begun(state: &Path, unit: &str, direction: &str) -> bool {
        let start = format!(r#""event":"attempt-started","key":{{"unit":"{unit}","direction":"{direction}""#);
        texts(state).any(|text| text.contains(&start))
    }

    fn kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |event| event["event"] == kind)
    }

    /// Every attempt in the order of their starts.
    pub fn attempts(&self) -> Vec<Attempt> {
        let ends: Vec<&Value> = self.kind("attempt-ended").collect();
        let attempt = |start: &Value| {
            let key = &start["key"];
            let end = ends.iter().rev().find(|end| end["key"] == *key);
            let text = |value: &Value| value.as_str().map(str::to_owned);
            Attempt {
                unit: text(&key["unit"]).unwrap_or_default(),
                direction: text(&key["direction"]).unwrap_or_default(),
                number: key["number"].as_u64().unwrap_or_default(),
                outcome: end.and_then(|end| text(&end["outcome"])),
                failure: end.and_then(|end| text(&end["failure"]["why"])),
            }
        };
        self.kind("attempt-started").map(attempt).collect()
    }

    /// The steps that started, each once, in this order.
    pub fn started(&self) -> Vec<String> {
        let mut steps = Vec::new();
        for attempt in self.attempts().into_iter().filter(|it| it.direction == "forward") {
            if !steps.contains(&attempt.unit) {
                steps.push(attempt.unit);
            }
        }
        steps
    }

    /// The steps that may have an effect: those that started, but for attempts that never did.
    pub fn touched(&self) -> Vec<String> {
        let attempts = self.attempts();
        let acted = |step: &String| {
            let mut own = attempts.iter().filter(|it| it.direction == "forward" && it.unit == *step);
            own.any(|it| it.outcome.as_deref() != Some("not-applied"))
        };
        self.started().into_iter().filter(acted).collect()
    }

    /// Every attempt at one inverse.
    pub fn inverses_of(&self, unit: &str) -> Vec<Attempt> {
        self.attempts().into_iter().filter(|it| it.direction == "back" && it.unit == unit).collect()
    }

    /// The inverses that ran, in this order, every attempt of them.
    pub fn undone(&self) -> Vec<String> {
        self.attempts().into_iter().filter(|it| it.direction == "back").map(|it| it.unit).collect()
    }

    /// What the plan of the way back said it would undo.
    pub fn to_undo(&self) -> Vec<String> {
        let undo = self.kind("rollback-started").next().and_then(|event| event["undo"].as_array());
        undo.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
    }

    /// The unit that is named as the first cause.
    pub fn cause(&self) -> Option<String> {
        self.kind("rollback-started").next()?["cause"]["unit"].as_str().map(str::to_owned)
    }

    /// The last verdict: its kind.
    pub fn verdict(&self) -> Option<String> {
        self.kind("run-ended").last()?["verdict"]["kind"].as_str().map(str::to_owned)
    }

    /// Whether the last verdict says that the way back was verified.
    pub fn is_verified(&self) -> bool {
        self.kind("run-ended").last().is_some_and(|event| event["verdict"]["verified"] == true)
    }

    /// The inverses that the last verdict leaves.
    pub fn remaining(&self) -> Vec<String> {
        let left = self.kind("run-ended").last().and_then(|event| event["verdict"]["remaining"].as_array());
        left.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
    }

    /// All of it in a few lines, for a message.
    pub fn told(&self) -> String {
        let line = |event: &Value| {
            let unit = event["unit"].as_str().or(event["key"]["unit"].as_str()).unwrap_or_default();
            let more = match event["event"].as_str().unwrap_or_default() {
                "run-started" | "look-started" => return None,
                "attempt-started" => event["key"]["direction"].to_string(),
                "attempt-ended" => format!("{} {}", event["outcome"], event["failure"]["why"]),
                "look-ended" if event["failure"].is_null() => return None,
                "look-ended" => event["failure"]["why"].to_string(),
                "run-ended" => event["verdict"].to_string(),
                "rollback-started" => format!("{} {}", event["cause"], event["undo"]),
                "applied-asked" => format!("{} {}", event["occasion"], event["answer"]),
                _ => event["text"].as_str().unwrap_or_default().to_owned(),
            };
            Some(format!("{} {unit} {more}", event["event"].as_str().unwrap_or_default()))
        };
        self.events.iter().filter_map(line).collect::<Vec<_>>().join("\n")
    }
}

/// The journals in a state directory, as they are by now.
fn texts(state: &Path) -> impl Iterator<Item = String> {
    let runs = std::fs::read_dir(state.join("runs")).into_iter().flatten().flatten();
    runs.filter_map(|run| std::fs::read_to_string(run.path().join("journal.jsonl")).ok())
}
