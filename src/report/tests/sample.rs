//! A release on paper: its outline, and a tape on which events are put one after the other.

use std::sync::Arc;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::event::{
    AttemptEnded, AttemptKey, Cause, Direction, EngineStarted, Event, FORMAT, Failure, FailureKind, Held, Judgement,
    LookEnded, Outcome, Outline, OutlineKind, OutlinePhase, OutlineUnit, Place, Purpose, RunStarted, Stamped, Verdict,
};

/// Events on paper; each one happens some time after the one before.
pub struct Tape {
    pub events: Vec<Stamped>,
    now: Timestamp,
}

impl Tape {
    /// A run that started at 08:00 UTC, with its engine and its first phase.
    pub fn started() -> Self {
        let mut tape = Self::blank();
        tape.put(Event::RunStarted(Arc::new(head(outline()))));
        tape.put(Event::EngineStarted(engine(Purpose::Exec)));
        tape.put(Event::PhaseStarted { phase: "deploy".to_owned() });
        tape
    }

    pub fn blank() -> Self {
        Self { events: Vec::new(), now: "2026-06-10T08:00:00Z".parse().expect("a time") }
    }

    pub fn put(&mut self, event: Event) -> &mut Self {
        self.events.push(Stamped { at: self.now, event });
        self
    }

    pub fn later(&mut self, seconds: f64) -> &mut Self {
        self.now += SignedDuration::from_secs_f64(seconds);
        self
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn begins(&mut self, unit: &str, direction: Direction) -> &mut Self {
        self.put(Event::AttemptStarted { key: key(unit, direction), before: None })
    }

    /// A check that takes so long and passes.
    pub fn passes(&mut self, unit: &str, seconds: f64) -> &mut Self {
        self.put(Event::LookStarted { unit: unit.to_owned(), verifying: false }).later(seconds);
        self.put(Event::LookEnded(Box::new(look(unit, seconds))))
    }

    /// A step that takes so long and is done.
    pub fn does(&mut self, unit: &str, seconds: f64) -> &mut Self {
        self.begins(unit, Direction::Forward).later(seconds);
        self.put(Event::AttemptEnded(Box::new(ended(unit, Direction::Forward, seconds))))
    }

    pub fn undoes(&mut self, unit: &str, seconds: f64) -> &mut Self {
        self.begins(unit, Direction::Back).later(seconds);
        self.put(Event::AttemptEnded(Box::new(ended(unit, Direction::Back, seconds))))
    }

    /// Everything up to the migration, which fails.
    pub fn fails_at_the_migration(&mut self) -> &mut Self {
        self.passes("healthy", 0.4).does("stop-service", 3.1).begins("migrate", Direction::Forward).later(12.0);
        let end = AttemptEnded {
            failure: Some(unexpected()),
            judgements: vec![judgement(Held::Yes), mismatch()],
            tail: vec!["Applying tables".to_owned(), "ERROR: disk full".to_owned()],
            ..ended("migrate", Direction::Forward, 12.0)
        };
        self.put(Event::AttemptEnded(Box::new(end)))
    }

    /// The migration fails; then the way back, all of it.
    pub fn rolled_back(&mut self) -> &mut Self {
        self.fails_at_the_migration();
        self.later(0.1).put(turned_round()).undoes("migrate", 4.2).undoes("stop-service", 1.1);
        self.put(Event::LookStarted { unit: "healthy".to_owned(), verifying: true }).later(0.5);
        self.put(Event::LookEnded(Box::new(LookEnded { verifying: true, ..look("healthy", 0.5) })))
    }

    pub fn ends(&mut self, verdict: Verdict) -> &mut Self {
        self.later(0.1).put(Event::RunEnded { verdict })
    }
}

pub fn key(unit: &str, direction: Direction) -> AttemptKey {
    AttemptKey { unit: unit.to_owned(), direction, number: 1 }
}

pub fn cause() -> Cause {
    Cause { unit: Some("migrate".to_owned()), why: "a line is missing".to_owned() }
}

pub fn unexpected() -> Failure {
    Failure { kind: FailureKind::Unexpected, why: "a line is missing".to_owned() }
}

pub fn turned_round() -> Event {
    let undo = ["migrate", "stop-service"].map(str::to_owned).to_vec();
    Event::RollbackStarted { cause: cause(), undo, to_stretch: 0 }
}

pub fn ended(unit: &str, direction: Direction, seconds: f64) -> AttemptEnded {
    AttemptEnded {
        key: key(unit, direction),
        outcome: Outcome::Applied,
        failure: None,
        judgements: Vec::new(),
        captures: BTreeMap::new(),
        seconds,
        tail: Vec::new(),
        recovered: false,
    }
}

pub fn look(unit: &str, seconds: f64) -> LookEnded {
    LookEnded {
        unit: unit.to_owned(),
        verifying: false,
        warned: false,
        failure: None,
        judgements: vec![judgement(Held::Yes)],
        captures: BTreeMap::new(),
        seconds,
        tail: Vec::new(),
    }
}

pub fn judgement(held: Held) -> Judgement {
    Judgement {
        held,
        line: "expect json \"$.status\" is=healthy".to_owned(),
        place: Some(Place { file: "release.kdl".to_owned(), line: 12, column: 9 }),
        expected: "is healthy".to_owned(),
        actual: "degraded".to_owned(),
        texts: None,
        note: None,
    }
}

/// A text that isn't like the expected one.
pub fn mismatch() -> Judgement {
    Judgement {
        held: Held::No,
        line: "expect stdout like=\"\"\"".to_owned(),
        place: Some(Place { file: "release.kdl".to_owned(), line: 31, column: 9 }),
        expected: "is like 2 lines".to_owned(),
        actual: "Applying tables\nERROR: disk full".to_owned(),
        texts: Some((
            "Applying tables\nMigration complete\n".to_owned(),
            "Applying tables\nERROR: disk full\n".to_owned(),
        )),
        note: None,
    }
}

pub fn head(outline: Outline) -> RunStarted {
    RunStarted {
        format: FORMAT,
        run: "run-1".to_owned(),
        runbook: "release".to_owned(),
        title: "Release 0.3.0".to_owned(),
        file: "release.kdl".to_owned(),
        digest: "0123456789abcdef".to_owned(),
        inputs: [("version".to_owned(), "0.3.0".to_owned())].into(),
        environment: BTreeMap::new(),
        folder: "/release".to_owned(),
        clusters: Vec::new(),
        outline,
        on_failure: None,
        rehearsal: None,
    }
}

pub fn engine(purpose: Purpose) -> EngineStarted {
    EngineStarted {
        purpose,
        host: "host".to_owned(),
        user: "operator".to_owned(),
        pid: 7,
        boot: "boot".to_owned(),
        version: "0.1.0".to_owned(),
        format: FORMAT,
        attended: true,
        past_no_return: false,
        outside_window: None,
        back_to: None,
        skip: Vec::new(),
        reason: None,
    }
}

pub fn unit(id: &str, title: &str, kind: OutlineKind) -> OutlineUnit {
    OutlineUnit {
        id: id.to_owned(),
        title: title.to_owned(),
        phase: 0,
        kind,
        checkpoint: None,
        estimate: None,
        budget: 60.0,
        to_safe: 0.0,
        line: String::new(),
        back: String::new(),
        loses: None,
        service: None,
    }
}

/// A check, and a service that is stopped, migrated and started.
pub fn outline() -> Outline {
    let service = |stops| Some(("api.service".to_owned(), stops));
    Outline {
        phases: vec![
            OutlinePhase { id: "deploy".to_owned(), title: "Deployment".to_owned(), stretch: 0 },
            OutlinePhase { id: "verify".to_owned(), title: "Verification".to_owned(), stretch: 0 },
        ],
        units: vec![
            unit("healthy", "The service is healthy", OutlineKind::Check),
            OutlineUnit {
                estimate: Some(3.0),
                budget: 120.0,
                line: "systemctl stop api.service".to_owned(),
                service: service(true),
                ..unit("stop-service", "Stop the service", OutlineKind::Step)
            },
            OutlineUnit {
                estimate: Some(30.0),
                budget: 600.0,
                line: "uv run migrate".to_owned(),
                back: "sqlite3 /var/lib/api.db '.restore backup.db'".to_owned(),
                loses: Some("rides accepted since the start".to_owned()),
                ..unit("migrate", "Migrate the database", OutlineKind::Step)
            },
            OutlineUnit {
                estimate: Some(5.0),
                service: service(false),
                ..unit("start-service", "Start the service", OutlineKind::Step)
            },
            OutlineUnit { phase: 1, ..unit("answers", "The release answers", OutlineKind::Check) },
        ],
        budget: Some(1800.0),
        downtime: Some(180.0),
        rollback_by: Some("The tech lead".to_owned()),
        ..Outline::default()
    }
}
