//! What the operator sees of a run: a live view on a terminal, plain lines elsewhere, JSON lines on
//! request; and at the end one screen.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::Terminal;
use crate::engine::EngineError;
use crate::event::{Direction, Event, Listener, Record, Stamped, Verdict};
use crate::model::Activity;
use crate::plan::{Plan, Unit, by_hand, restore_by_hand, secret_by_hand};
use crate::report::{Closing, Json, Live, Plain, Printer, Style, Tally, closing_screen};

/// How long whoever gets the terminal waits for what was still to be written there.
const HANDOVER: Duration = Duration::from_secs(1);

/// How events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputFormat {
    /// A live view on a terminal, plain lines elsewhere
    Human,
    /// One line for each event
    Plain,
    /// One JSON object for each event
    Json,
}

/// What the operator sees; its clones are handles to the same view.
#[derive(Clone)]
pub struct Listening {
    view: View,
    printer: Printer,
    tally: Rc<RefCell<Tally>>,
    records: Utf8PathBuf,
    style: Style,
    /// Who gets the terminal while it runs, by unit and direction.
    interactive: Rc<BTreeSet<(String, Direction)>>,
}

#[derive(Clone)]
enum View {
    Live(Live),
    Plain(Rc<RefCell<Plain<Printer>>>),
    Json(Rc<RefCell<Json<Printer>>>),
    /// Nothing is shown: only how it ended is of interest.
    Silent,
}

impl Listening {
    /// A view that goes on from these events. Without a format: live on a terminal, else plain.
    pub fn new(
        format: Option<OutputFormat>,
        (terminal, printer): (&Terminal, &Printer),
        records: Utf8PathBuf,
        before: &[Stamped],
        plan: &Plan,
    ) -> Self {
        let (style, printer) = (terminal.style(), printer.clone());
        let view = match format.unwrap_or(OutputFormat::Human) {
            OutputFormat::Human if terminal.is_interactive() => {
                View::Live(Live::new(style, Terminal::size, printer.clone()).after(before))
            }
            OutputFormat::Human | OutputFormat::Plain => {
                let lines = Plain::new(style, printer.clone()).before_a_closing_screen().after(before);
                View::Plain(Rc::new(RefCell::new(lines)))
            }
            OutputFormat::Json => View::Json(Rc::new(RefCell::new(Json::by(printer.clone())))),
        };
        let interactive = Rc::new(interactive(plan));
        Self { view, printer, tally: Rc::new(RefCell::new(Tally::of(before))), records, style, interactive }
    }

    /// A view that is live on a terminal, and silent elsewhere.
    pub fn live_or_silent(view: (&Terminal, &Printer), records: Utf8PathBuf, plan: &Plan) -> Self {
        let silent = Self::silent(view, records, plan);
        if !view.0.is_interactive() {
            return silent;
        }
        Self { view: View::Live(Live::new(silent.style, Terminal::size, silent.printer.clone())), ..silent }
    }

    /// A view that shows nothing.
    pub fn silent((terminal, printer): (&Terminal, &Printer), records: Utf8PathBuf, plan: &Plan) -> Self {
        let (style, printer, interactive) = (terminal.style(), printer.clone(), Rc::new(interactive(plan)));
        Self { view: View::Silent, printer, tally: Rc::default(), records, style, interactive }
    }

    /// What the view is like.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Leaves the terminal to a question; whether the view was on it until now.
    pub fn pause(&self) -> bool {
        match &self.view {
            View::Live(live) => live.pause(),
            View::Plain(_) | View::Json(_) | View::Silent => false,
        }
    }

    /// Leaves the terminal to somebody who doesn't print by us; whether the view was on it until now.
    pub fn hand_over(&self) -> bool {
        let was_there = self.pause();
        self.printer.wait_at_most(HANDOVER);
        was_there
    }

    /// Whether something is drawn again and again.
    pub fn is_live(&self) -> bool {
        matches!(self.view, View::Live(_))
    }

    /// An interactive step gets the terminal as it begins and gives it back as it ends.
    fn make_way(&self, event: &Event) {
        let is_interactive = |unit: &str, direction| self.interactive.contains(&(unit.to_owned(), direction));
        match event {
            Event::AttemptStarted { key, .. } if is_interactive(&key.unit, key.direction) => drop(self.hand_over()),
            Event::AttemptEnded(end) if is_interactive(&end.key.unit, end.key.direction) => self.go_on(),
            Event::LookStarted { unit, .. } if is_interactive(unit, Direction::Look) => drop(self.hand_over()),
            Event::LookEnded(end) if is_interactive(&end.unit, Direction::Look) => self.go_on(),
            _ => {}
        }
    }

    /// Takes the terminal back after a question.
    pub fn go_on(&self) {
        if let View::Live(live) = &self.view {
            live.resume();
        }
    }

    /// Takes the view down.
    pub fn leave(&self) {
        if let View::Live(live) = &self.view {
            live.finish();
        }
    }

    /// Takes the view down and shows the end of the run.
    pub fn close(&self, plan: &Plan, record: &Record, error: Option<&EngineError>, terminal: &Terminal) {
        self.leave();
        if matches!(self.view, View::Json(_)) {
            return;
        }
        let remaining = remaining(plan, record, error.is_some());
        let tally = self.tally.borrow();
        let closing =
            Closing { tally: &tally, records: self.records.as_str(), remaining: &remaining, rows: terminal.rows() };
        terminal.print(&format!("\n{}", closing_screen(&closing, self.style)));
        if let Some(error) = error {
            let run = record.run();
            let help = match error {
                EngineError::Left | EngineError::Panicked => {
                    format!("`runbook resume {run}` goes on, `runbook rollback {run}` takes it back")
                }
                EngineError::Store(_) => format!(
                    "nothing more is done in either direction; `runbook rollback {run}` goes on once the journal can be read and written again"
                ),
            };
            terminal.coded_error(Some(error.code()), &error.to_string(), Some(&help));
        }
    }
}

impl Listener for Listening {
    fn heard(&mut self, event: &Stamped) {
        self.tally.borrow_mut().hear(event);
        if matches!(event.event, Event::RunEnded { .. }) {
            self.printer.keep_all();
        }
        match &mut self.view {
            View::Live(live) => live.heard(event),
            View::Plain(plain) => plain.borrow_mut().heard(event),
            View::Json(json) => json.borrow_mut().heard(event),
            View::Silent => {}
        }
        self.make_way(&event.event);
    }

    fn printed(&mut self, unit: &str, line: &str) {
        match &mut self.view {
            View::Live(screen) => screen.printed(unit, line),
            View::Plain(plain) => plain.borrow_mut().printed(unit, line),
            View::Json(json) => json.borrow_mut().printed(unit, line),
            View::Silent => {}
        }
    }
}

/// What runs on the terminal itself.
fn interactive(plan: &Plan) -> BTreeSet<(String, Direction)> {
    let mut interactive = BTreeSet::new();
    let mut note = |unit: &Unit, activity: Option<&Activity>, direction| {
        if activity.is_some_and(|activity| activity.surroundings.interactive) {
            interactive.insert((unit.id.clone(), direction));
        }
    };
    for unit in &plan.units {
        note(unit, unit.activity(), if unit.step().is_some() { Direction::Forward } else { Direction::Look });
        note(unit, unit.written_back(), Direction::Back);
    }
    interactive
}

/// The inverses that are still to run, as commands: those that the verdict names, or all of them
/// where the journal broke and there is no verdict.
pub fn remaining(plan: &Plan, record: &Record, broken: bool) -> Vec<(String, String)> {
    let ids = match &record.verdict {
        Some(Verdict::Incomplete { remaining, .. }) => remaining.clone(),
        _ if broken => crate::engine::remaining(plan, record),
        _ => Vec::new(),
    };
    let values = {
        let mut values = record.all_values(plan);
        for secret in &plan.runbook.secrets {
            values.insert(format!("secret.{}", secret.name.value), secret_by_hand(&secret.name.value));
        }
        values
    };
    let folder = record.head.as_ref().map_or("", |head| head.folder.as_str());
    let folder = Utf8Path::new(folder);
    let commands = |id: &String| {
        let unit = plan.unit(plan.index(id)?)?;
        let commands = match (unit.written_back(), record.unit(id)?.before()) {
            (Some(back), _) => by_hand(back, &values, folder, &plan.kept),
            (None, Some(before)) => {
                let user = unit.activity().and_then(|activity| activity.surroundings.user.as_ref());
                restore_by_hand(before, user.map(|user| user.value.render_known(&values)).as_deref())
            }
            (None, None) => return None,
        };
        Some((id.clone(), commands))
    };
    ids.iter().filter_map(commands).collect()
}
