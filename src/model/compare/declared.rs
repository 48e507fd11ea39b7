//! What stands above the phases: the head, inputs, secrets, lets, and the files that belong to it.

use std::time::Duration;

use super::Class;
use super::comparing::Version;
use super::doing::source_text;
use super::fact::Facts;
use super::kube::target_text;
use super::rule::{Measure, Rule};
use super::told::Told;
use super::unit::UnitKind;
use super::written;
use crate::model::digest::Digest;
use crate::model::{
    Input, InputType, Let, Lock, OnInterrupt, Rehearse, Release, RunBudget, Runbook, Secret, SecretSource, Template,
    Window,
};
use crate::syntax::Span;

/// Longer texts are told by their digest, as bytes are.
const LONGEST_TEXT: usize = 256 * 1024;

/// Which difference of it is a difference of the lock.
const LOCK: Rule<'static> = Rule::Of(Class::LockChanged);

impl<'m> Told<'m> {
    /// Tells all but the phases.
    pub fn declarations(&mut self, version: Version<'m>) {
        let Runbook { inputs, secrets, lets, .. } = version.runbook;
        self.head(version.runbook);
        for input in inputs {
            self.input(input);
        }
        for Secret { name, source } in secrets {
            let mut facts = Facts::new();
            facts.tell("source", source_text(source), Rule::Of(Class::SecretChanged), name.span);
            if let SecretSource::Run(action) = source {
                facts.actions.push(action);
            }
            self.add(UnitKind::Secret, &name.value, facts, name.span);
        }
        for Let { name, value } in lets {
            let mut facts = Facts::new();
            facts.tell("value", written::text(value), Rule::Of(Class::Changed), value.span);
            self.add(UnitKind::Let, &name.value, facts, name.span);
        }
        self.files(version);
    }

    fn head(&mut self, runbook: &'m Runbook) {
        let Runbook {
            id,
            title,
            release,
            summary,
            owner,
            impact,
            window,
            budget,
            lock,
            rollback_by,
            on_interrupt,
            rehearse,
            files,
            inputs: _,
            secrets: _,
            lets: _,
            phases: _,
            // Told by the units that they stand in.
            allowances: _,
            // Where the author keeps it is nothing that it says.
            folder: _,
        } = runbook;
        let mut facts = Facts::new();
        facts.tell("id", &id.value, Rule::Of(Class::Changed), id.span);
        facts.words("title", title);
        if let Some(release) = release {
            facts.release(release);
        }
        for (about, words) in [("summary", summary), ("owner", owner)] {
            if let Some(words) = words {
                facts.words(about, words);
            }
        }
        if let Some(impact) = impact {
            let text = format!("impact {}", impact.word());
            facts.tell("impact", text, Rule::Of(Class::Changed), Span::default());
        }
        facts.window(window.as_ref());
        facts.run_budget(*budget);
        // Without one the id is the lock.
        match lock {
            Some(lock) => facts.lock(lock),
            None => facts.tell("lock", format!("lock {}", written::quoted(&id.value)), LOCK, id.span),
        }
        if let Some(who) = rollback_by {
            let text = format!("rollback-by {}", written::text(who));
            facts.tell("rollback-by", text, Rule::Of(Class::Changed), who.span);
        }
        let word = match on_interrupt {
            OnInterrupt::Halt => "halt",
            OnInterrupt::Rollback => "rollback",
        };
        facts.tell("on-interrupt", format!("on-interrupt {word}"), Rule::Of(Class::Changed), Span::default());
        if let Some(rehearse) = rehearse {
            facts.rehearse(rehearse);
        }
        for pattern in files {
            let about = format!("files {}", written::quoted(&pattern.value));
            facts.tell(&about, &about, Rule::Of(Class::Changed), pattern.span);
        }
        self.add(UnitKind::Runbook, "", facts, id.span);
    }

    fn input(&mut self, input: &'m Input) {
        let Input { name, default, matches, kind, help, one_of } = input;
        let mut facts = Facts::new();
        let told =
            default.as_ref().map_or_else(|| "required".to_owned(), |it| format!("default {}", written::quoted(it)));
        facts.tell("default", told, Rule::Of(Class::Changed), name.span);
        if let Some(matches) = matches {
            let rule = Rule::By { added: Class::Tightened, removed: Class::Loosened, changed: Class::Changed };
            facts.tell("matches", format!("matches={}", written::quoted(&matches.value)), rule, matches.span);
        }
        facts.tell("type", format!("type={}", type_word(*kind)), Rule::Type(*kind), name.span);
        if let Some(help) = help {
            facts.tell("help", format!("help={}", written::quoted(help)), Rule::Words, name.span);
        }
        if !one_of.is_empty() {
            let values: Vec<_> = one_of.iter().map(|value| written::bare(value)).collect();
            facts.tell("one-of", format!("one-of {}", values.join(" ")), Rule::Choice(one_of), name.span);
        }
        self.add(UnitKind::Input, &name.value, facts, name.span);
    }

    /// What the run takes with it: all but the runbook's own text, which is told by what it means.
    fn files(&mut self, version: Version<'m>) {
        for file in version.called_files() {
            let mut facts = Facts::new();
            let executable = if file.mode & 0o100 == 0 { "" } else { ", executable" };
            let text = match std::str::from_utf8(&file.bytes) {
                Ok(text) if text.len() <= LONGEST_TEXT && !text.contains('\0') => text.to_owned(),
                Ok(_) | Err(_) => format!("{} bytes, sha256 {}", file.bytes.len(), Digest::of(&file.bytes)),
            };
            facts.tell("content", text, Rule::Of(Class::FileChanged), Span::default());
            facts.tell("mode", format!("a file{executable}"), Rule::Of(Class::FileChanged), Span::default());
            self.add(UnitKind::File, file.path.as_str(), facts, Span::default());
        }
    }
}

impl Facts<'_> {
    /// Text for people.
    pub fn words(&mut self, about: &str, words: &Template) {
        self.tell(about, format!("{about} {}", written::text(words)), Rule::Words, words.span);
    }

    fn release(&mut self, release: &Release) {
        let Release { version, kind } = release;
        let kind = kind.map(|kind| format!(" type={}", kind.word())).unwrap_or_default();
        self.tell(
            "release",
            format!("release {}{kind}", written::text(version)),
            Rule::Of(Class::Changed),
            version.span,
        );
    }

    fn rehearse(&mut self, rehearse: &Rehearse) {
        let Rehearse { settings, span } = rehearse;
        self.tell("rehearse", "rehearse", Rule::Of(Class::Changed), *span);
        for (name, value) in settings {
            let text = format!("set {}={}", name.value, written::quoted(value));
            self.tell(format!("rehearse: set {}", name.value), text, Rule::Of(Class::Changed), name.span);
        }
    }

    pub fn window(&mut self, window: Option<&Window>) {
        if let Some(Window { start, end, span }) = window {
            let text = format!("window {} {}", written::text(start), written::text(end));
            self.tell("window", text, Rule::Of(Class::WindowChanged), *span);
        }
    }

    /// A lock; that it is held in a cluster, too, holds more runs back.
    pub fn lock(&mut self, lock: &Lock) {
        let Lock { name, lease } = lock;
        self.tell("lock", format!("lock {}", written::text(name)), LOCK, name.span);
        if let Some(around) = lease {
            let mut text = "store=kubernetes".to_owned();
            text.extend(around.kubernetes.iter().map(|target| format!("; {}", target_text(target))));
            text.extend(around.cd.iter().map(|cd| format!("; cd {}", written::text(cd))));
            text.extend(around.env.iter().map(|(name, value)| format!("; env {name}={}", written::text(value))));
            let rule = Rule::By {
                added: Class::GuardStrengthened,
                removed: Class::GuardWeakened,
                changed: Class::LockChanged,
            };
            self.tell("lock store", text, rule, name.span);
        }
    }

    pub fn run_budget(&mut self, budget: RunBudget) {
        let RunBudget { total, downtime, span } = budget;
        let mut limit = |about: &str, limit: Option<Duration>| {
            if let Some(limit) = limit {
                let rule = Rule::Amount(limit.as_secs_f64(), Measure::Limit);
                self.tell(about, format!("{about} {}", written::duration(limit)), rule, span);
            }
        };
        limit("budget", total);
        limit("downtime", downtime);
    }
}

fn type_word(kind: InputType) -> &'static str {
    match kind {
        InputType::String => "string",
        InputType::Int => "int",
        InputType::Number => "number",
        InputType::Bool => "bool",
        InputType::Path => "path",
        InputType::Version => "version",
    }
}
