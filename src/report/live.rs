//! The view of a run on a terminal: the story scrolls by above, what goes on stands below. What it
//! shows is decided in `region`; here it is cut to the terminal's width of the moment, drawn (by
//! indicatif) and kept moving.
//!
//! Invariant: whatever happens to the terminal, the run doesn't notice: while nobody reads it nothing
//! is drawn, and once it is gone nothing is written any more.

mod paper;
mod region;
mod routine;

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::printer::Printer;
use super::story::Story;
use super::style::Style;
use crate::event::{Event, Listener, Stamped};
use paper::Paper;
use region::Region;
use routine::is_routine;

/// How often what goes on is drawn again.
const TICK: Duration = Duration::from_millis(100);
/// So many draws a second are let through: each changed line is one, and a tick changes all of them
/// at most. Fewer would leave lines of different ticks beside each other.
const DRAWS: u8 = 250;

/// The view. Its clones are handles to the same view: one listens, another pauses it for a question.
#[derive(Clone)]
pub struct Live {
    view: Arc<Mutex<View>>,
}

/// How large a terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many columns a line may have.
    pub columns: usize,
    /// How many lines are seen at once.
    pub rows: usize,
    /// How many columns there are, whatever is made of them.
    pub width: u16,
}

/// Asks how large the terminal is now.
pub type Measure = fn() -> Size;

/// The rows where nothing tells.
const ROWS: usize = 24;

struct View {
    style: Style,
    measure: Option<Measure>,
    story: Story,
    region: Region,
    /// Where the story goes, too, without the padding that drawn lines have, so that it can be copied
    /// and a resized terminal folds it anew.
    printer: Printer,
    drawn: MultiProgress,
    bars: Vec<ProgressBar>,
    /// Something was written since the bars were drawn.
    is_undrawn: bool,
    /// What happened while a question was asked; `None`: it isn't paused.
    held_back: Option<Vec<String>>,
    over: bool,
}

impl Live {
    /// A view on the terminal that this printer writes to; it may be resized.
    #[must_use]
    pub fn new(style: Style, measure: Measure, printer: Printer) -> Self {
        let paper = Box::new(Paper::new(printer.clone(), measure));
        let live = Self::on(ProgressDrawTarget::term_like_with_hz(paper, DRAWS), printer, style);
        live.lock().measure = Some(measure);
        live
    }

    /// A view that draws what goes on here and writes the story there, as wide as the style says.
    fn on(target: ProgressDrawTarget, printer: Printer, style: Style) -> Self {
        let view = View {
            style,
            measure: None,
            story: Story::beside_live(style).before_a_closing_screen(),
            region: Region::new(style),
            printer,
            drawn: MultiProgress::with_draw_target(target),
            bars: Vec::new(),
            is_undrawn: false,
            held_back: None,
            over: false,
        };
        let view = Arc::new(Mutex::new(view));
        keep_moving(&view);
        Self { view }
    }

    /// The view goes on from these events, which were told before; nothing is written.
    #[must_use]
    pub fn after<'a>(self, events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        {
            let mut view = self.lock();
            for event in events {
                view.story.remember([event]);
                view.region.hear(event);
            }
        }
        self
    }

    /// Leaves the terminal to somebody else, for a question or an interactive step: what goes on is
    /// taken off it, and what happens meanwhile is shown afterwards. Whether it was there until now.
    #[expect(clippy::must_use_candidate, reason = "most who pause it don't mind")]
    pub fn pause(&self) -> bool {
        let mut view = self.lock();
        let was_there = view.held_back.is_none();
        view.held_back.get_or_insert_default();
        view.clear();
        was_there
    }

    /// Takes the terminal back.
    pub fn resume(&self) {
        let mut view = self.lock();
        let Some(lines) = view.held_back.take() else { return };
        view.say(&lines);
        view.draw(Timestamp::now());
    }

    /// Takes what goes on off the terminal, for good: the end of the run does it too.
    pub fn finish(&self) {
        let mut view = self.lock();
        if let Some(lines) = view.held_back.take() {
            view.say(&lines);
        }
        view.clear();
        view.over = true;
    }

    fn lock(&self) -> MutexGuard<'_, View> {
        // A view that panicked half way is still worth more than none.
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Live {
    fn heard(&mut self, event: &Stamped) {
        let mut view = self.lock();
        let size = view.size();
        view.story.fit(size.columns);
        let mut lines = view.story.tell(event);
        view.region.hear(event);
        if view.region.is_long() {
            match &event.event {
                event if is_routine(event) => view.region.keep(std::mem::take(&mut lines)),
                Event::RunStarted(run) => lines.extend(view.story.promise(&run.run)),
                _ => {}
            }
        }
        if let Some(held_back) = &mut view.held_back {
            held_back.extend(lines);
            return;
        }
        if view.region.lines(event.at, size).is_empty() {
            view.clear();
        }
        view.say(&lines);
        view.draw(event.at);
    }

    fn printed(&mut self, unit: &str, line: &str) {
        // The next tick draws it: a step that prints fast costs nothing.
        self.lock().region.print(unit, line);
    }
}

impl View {
    fn say(&mut self, lines: &[String]) {
        if lines.is_empty() || self.over {
            return;
        }
        let text = lines.join("\n") + "\n";
        let to = &mut self.printer;
        // Not by `suspend`, which panics where the terminal is gone.
        let said = self.drawn.clear().and_then(|()| to.write_all(text.as_bytes()));
        self.over = said.is_err();
        self.is_undrawn = true;
    }

    fn size(&self) -> Size {
        let unknown = Size { columns: self.style.width, rows: ROWS, width: u16::MAX };
        self.measure.map_or(unknown, |measure| measure())
    }

    fn draw(&mut self, now: Timestamp) {
        self.over |= self.printer.is_gone();
        if self.over || self.held_back.is_some() || self.printer.is_behind() {
            return;
        }
        let lines = self.region.lines(now, self.size());
        while self.bars.len() > lines.len() {
            if let Some(bar) = self.bars.pop() {
                self.drawn.remove(&bar);
            }
        }
        while self.bars.len() < lines.len() {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
                bar.set_style(style);
            }
            self.bars.push(self.drawn.add(bar));
        }
        for (bar, line) in self.bars.iter().zip(lines) {
            if bar.message() != line {
                bar.set_message(line);
            }
        }
        if std::mem::take(&mut self.is_undrawn) {
            self.bars.iter().for_each(ProgressBar::tick);
        }
        self.go_to_the_left();
    }

    /// A `^C` that the terminal echoes at the end of a full line would break it, and what is drawn
    /// next would be a line too low.
    fn go_to_the_left(&mut self) {
        if self.bars.is_empty() || self.drawn.is_hidden() {
            return;
        }
        self.printer.print("\r");
    }

    fn clear(&mut self) {
        for bar in self.bars.drain(..) {
            self.drawn.remove(&bar);
        }
        if self.drawn.clear().is_err() {
            self.over = true;
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Draws again and again, until the view is over or nobody has it any more.
fn keep_moving(view: &Arc<Mutex<View>>) {
    let view: Weak<Mutex<View>> = Arc::downgrade(view);
    let ticking = move || {
        while let Some(view) = view.upgrade() {
            let mut locked = view.lock().unwrap_or_else(PoisonError::into_inner);
            if locked.over {
                return;
            }
            locked.draw(Timestamp::now());
            drop(locked);
            drop(view);
            std::thread::sleep(TICK);
        }
    };
    // Without the thread the view is drawn at events only.
    drop(std::thread::Builder::new().name("live view".to_owned()).spawn(ticking));
}

#[cfg(test)]
mod tests;
