//! The words that engine and reports share: observations, judgements, events, the record that is
//! their fold, verdicts and exit codes. Pure and serialisable.

mod audit;
mod forecast;
mod format;
pub mod frame;
mod happening;
mod judgement;
mod known;
mod observation;
mod occasion;
mod outline;
mod past;
mod probed;
mod record;
mod rehearsal;
mod run_started;
mod seams;
mod settling;
mod storage;
mod tested;
mod turn;
mod unit;
mod verdict;
mod way_back;

pub use audit::{Audit, AuditedBundle, AuditedFile, Flaw, audit_file};
pub use forecast::{
    AwaitedValue, BackKind, FORECAST_FORMAT, Failing, FailureRow, Forecast, ForecastBack, ForecastCheckpoint,
    ForecastDowntime, ForecastHead, ForecastLease, ForecastPhase, ForecastTimes, ForecastUnit, ForecastWindow, RowEnd,
    Would,
};
pub use format::{FORMAT, Newer, first_format, newer};
pub use happening::{
    AttemptEnded, EngineStarted, Event, Evidence, Failure, FailureKind, LookEnded, Purpose, Stamped, Wish,
};
pub use judgement::{Held, Judgement, Place, all_hold, first_failure, worst_held};
pub use observation::{Answer, AttemptKey, Datum, Direction, Kept, Observation, Outcome, Passed, Passing, Performance};
pub use occasion::{Occasion, SkipReason};
pub use outline::{Outline, OutlineKind, OutlinePhase, OutlineUnit};
pub use past::{Past, Took};
pub use probed::{DryRun, Found, Probed};
pub use record::Record;
pub use rehearsal::{BROKEN_OFF, LeftOut, Rehearsal, RehearsedWayBack, Standing, left_out, steps_to_rehearse};
pub use run_started::{ClusterReached, LeaseTaken, RunStarted};
pub use seams::{Answered, Listener, Locks, LostLock, Person, SUPERVISOR_ROOM, Store, StoreError, TakenLock, Wanted};
pub use settling::{Asked, Known, Noted, Settling, Somebody, Way, Working};
pub use storage::Storage;
pub use tested::{BrokenPromise, Tested, TestedCase};
pub use turn::Turn;
pub use unit::{Attempt, AttemptEnd, UnitRecord};
pub use verdict::{Cause, IncompleteReason, Question, Reply, Verdict, exit};
pub use way_back::RollbackRecord;
