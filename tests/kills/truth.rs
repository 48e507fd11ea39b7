//! What the steps wrote, what the journal says, and whether the two agree.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::house::{House, STEPS};

/// One line that a step wrote: `begin`, `end`, `undo` or `undone`, and the step.
pub type Line = (String, String);

impl House {
    /// What the steps wrote, in order.
    pub fn truth(&self) -> Vec<Line> {
        let text = std::fs::read_to_string(self.path("truth")).unwrap_or_default();
        let line = |line: &str| line.split_once(' ').map(|(what, step)| (what.to_owned(), step.to_owned()));
        text.lines().filter_map(line).collect()
    }

    /// The events of the one run; a line that isn't whole yet doesn't count.
    pub fn events(&self) -> Vec<Value> {
        let Some(run) = self.run() else { return Vec::new() };
        let text = std::fs::read_to_string(self.path("state/runs").join(run).join("journal.jsonl")).unwrap_or_default();
        let event = |line: &str| serde_json::from_str::<Value>(line).ok().map(|mut line| line["event"].take());
        text.lines().filter_map(event).filter(Value::is_object).collect()
    }

    /// The id of the one run.
    pub fn run(&self) -> Option<String> {
        let runs = std::fs::read_dir(self.path("state/runs")).ok()?;
        runs.flatten().map(|run| run.file_name().into_string().unwrap()).min()
    }

    /// How often a step wrote this.
    fn count(&self, what: &str, step: &str) -> usize {
        self.truth().iter().filter(|line| line.0 == what && line.1 == step).count()
    }

    /// Whether the whole effect of a step is there, by its own words and by the file that it makes.
    pub fn is_whole(&self, step: &str) -> bool {
        self.count("end", step) > self.count("undone", step) && self.path(&format!("{step}.there")).exists()
    }

    /// What is wrong with a run that ended or stopped; empty: nothing is.
    pub fn wrong(&self, code: i32) -> Vec<String> {
        let mut wrong = self.wrongly_ordered();
        match code {
            0 => wrong.extend(self.not_released()),
            1 => wrong.extend(self.not_as_before()),
            5 if self.truth().is_empty() => {}
            _ => wrong.push(format!("it ended with {code}")),
        }
        wrong
    }

    fn not_released(&self) -> Vec<String> {
        let mut wrong: Vec<String> =
            STEPS.iter().filter(|step| !self.is_whole(step)).map(|step| format!("{step} isn't done")).collect();
        if std::fs::read_to_string(self.path("four")).is_ok_and(|text| text == "released\n") {
            return wrong;
        }
        wrong.push("four isn't written".to_owned());
        wrong
    }

    fn not_as_before(&self) -> Vec<String> {
        let left = STEPS.iter().filter(|step| self.path(&format!("{step}.there")).exists());
        let mut wrong: Vec<String> = left.map(|step| format!("{step} isn't undone")).collect();
        if self.path("four").exists() {
            wrong.push("four isn't undone".to_owned());
        }
        wrong
    }

    /// Nothing acts twice that mustn't, nothing without an intent, and inverses in reverse order.
    fn wrongly_ordered(&self) -> Vec<String> {
        let (truth, events) = (self.truth(), self.events());
        let mut wrong = Vec::new();
        let attempts = |step: &str, direction: &str| {
            let of = |event: &&Value| {
                event["event"] == "attempt-started"
                    && event["key"]["unit"] == step
                    && event["key"]["direction"] == direction
            };
            events.iter().filter(of).count()
        };
        for step in STEPS {
            let begun = self.count("begin", step);
            let again = Self::may_run_again(step, &events);
            if begun > 1 + again {
                wrong.push(format!("{step} ran {begun} times, and might only {} times", 1 + again));
            }
            if begun > attempts(step, "forward") || self.count("undo", step) > attempts(step, "back") {
                wrong.push(format!("{step} acted without an intent"));
            }
            if self.count("undo", step) > 0 && attempts(step, "forward") == 0 {
                wrong.push(format!("{step} was undone and never started"));
            }
        }
        // The first time that each is undone: inverses are convergent, and one that was cut off runs again.
        let mut first_undo = BTreeMap::new();
        for (place, (_, step)) in truth.iter().enumerate().filter(|(_, line)| line.0 == "undo") {
            first_undo.entry(step.as_str()).or_insert(place);
        }
        let mut undone: Vec<_> = first_undo.into_iter().collect();
        undone.sort_by_key(|(_, place)| *place);
        let order: Vec<_> = undone.iter().map(|(step, _)| STEPS.iter().position(|it| it == step).unwrap()).collect();
        if !order.is_sorted_by(|one, other| one > other) {
            wrong.push(format!("inverses ran in the order {undone:?}"));
        }
        if let Some(first) = undone.first().map(|(_, place)| *place) {
            let late = truth[first..].iter().filter(|line| line.0 == "begin");
            wrong.extend(late.map(|line| format!("{} started on the way back", line.1)));
        }
        wrong
    }

    /// How often a step may run once more: for each attempt that is on record as never started or as
    /// unknown where it is idempotent, or where a person said so.
    fn may_run_again(step: &str, events: &[Value]) -> usize {
        let ended = |event: &&Value| {
            event["event"] == "attempt-ended" && event["key"]["unit"] == step && event["key"]["direction"] == "forward"
        };
        let unknown = events.iter().filter(ended).filter(|end| end["outcome"] == "unknown").count();
        let said = |event: &&Value| {
            event["event"] == "answered" && event["question"]["unit"] == step && event["reply"] == "not-applied"
        };
        let settled = events.iter().filter(said).count();
        if step == "three" { unknown } else { settled }
    }
}
