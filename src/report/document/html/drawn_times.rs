//! The time line: a row for each unit that has an estimate or changes something, on the scale of the
//! estimates; solid what it should take, thin what it may take. Where there are too many, a row for
//! each phase.
//!
//! Everything across is in per cent and everything down in pixels: it fits every width, and its words
//! keep their size.

use super::writer::Html;
use crate::report::document::timeline::{Bar, Span, Stretch, Timeline};
use crate::report::times::seconds;

/// How many rows are drawn.
const ROWS: usize = 60;
/// How high a row is.
const ROW: usize = 34;
/// Where the first row begins.
const TOP: usize = 26;

/// The drawing, for each stretch one.
pub(super) fn draw_times(page: &mut Html<'_>, timeline: &Timeline) {
    if let [stretch] = timeline.stretches.as_slice() {
        draw_proportions(page, stretch, timeline.budget);
    }
    for (stretch, number) in timeline.stretches.iter().zip(1..) {
        if stretch.total > 0.0 {
            draw(page, stretch, number, timeline.budget.filter(|_| timeline.stretches.len() == 1));
        }
    }
}

/// The window, the budget in it, and what the estimates need of it.
fn draw_proportions(page: &mut Html<'_>, stretch: &Stretch, budget: Option<f64>) {
    let window = stretch.window.map(|(opens, closes)| closes.duration_since(opens).as_secs_f64());
    let all = [
        ("window", window, "part window"),
        ("budget", budget, "part budget"),
        ("estimates", Some(stretch.total), "part needed"),
    ];
    let parts: Vec<_> = all.into_iter().filter_map(|(word, length, class)| Some((word, length?, class))).collect();
    let longest = parts.iter().map(|(_, length, _)| *length).fold(0.0, f64::max);
    if parts.len() < 2 || longest <= 0.0 {
        return;
    }
    let said: Vec<_> = parts.iter().map(|(word, length, _)| format!("{word} {}", seconds(*length))).collect();
    page.raw("<figure class=\"drawing proportions\">\n");
    page.open(
        "svg",
        &[
            ("role", "img"),
            ("aria-labelledby", "parts-title"),
            ("width", "100%"),
            ("height", &(parts.len() * 22).to_string()),
        ],
    );
    page.element("title", &[("id", "parts-title")], &format!("How much room there is: {}", said.join(", ")));
    for ((_, length, class), (place, said)) in parts.iter().zip((0..).zip(&said)) {
        let top = place * 22;
        let width = per_cent((length / longest).max(0.004));
        page.open(
            "rect",
            &[
                ("class", class),
                ("x", "0"),
                ("y", &(top + 2).to_string()),
                ("width", &width),
                ("height", "18"),
                ("rx", "1.5"),
            ],
        );
        page.close("rect");
        // Beside a short bar there is room for its words, in a long one there is none beside it.
        let inside = length / longest > 0.6;
        let (x, anchor) =
            if inside { ("0.6%".to_owned(), "start") } else { (per_cent(length / longest + 0.012), "start") };
        page.element("text", &[("x", &x), ("y", &(top + 15).to_string()), ("text-anchor", anchor)], said);
    }
    page.close("svg");
    page.raw("\n</figure>\n");
}

/// What a row shows.
struct Row<'a> {
    label: String,
    said: String,
    start: f64,
    estimate: Option<f64>,
    at_most: Option<f64>,
    class: &'a str,
}

fn draw(page: &mut Html<'_>, stretch: &Stretch, number: usize, budget: Option<f64>) {
    let drawn: Vec<&Bar> = stretch.bars.iter().filter(|bar| bar.changes || bar.estimate.is_some()).collect();
    let rows: Vec<_> = if drawn.len() <= ROWS {
        drawn.into_iter().map(row_of_unit).collect()
    } else {
        stretch.phases.iter().take(ROWS).map(row_of_phase).collect()
    };
    // A budget far beyond the estimates would press them together: it is said and not drawn.
    let budget = budget.filter(|budget| *budget <= stretch.total * 2.0);
    let scale = Scale { end: stretch.total.max(budget.unwrap_or(0.0)) * 1.04 };
    let height = TOP + rows.len() * ROW + 8;
    let (title, description) = (format!("times-title-{number}"), format!("times-text-{number}"));
    page.raw("<figure class=\"drawing\">\n");
    page.open(
        "svg",
        &[
            ("role", "img"),
            ("aria-labelledby", &title),
            ("aria-describedby", &description),
            ("width", "100%"),
            ("height", &height.to_string()),
        ],
    );
    page.element("title", &[("id", &title)], "When each step runs, by the estimates");
    page.element("desc", &[("id", &description)], &described(stretch));
    ticks(page, &scale, height);
    downtime(page, &scale, stretch, height);
    for (row, place) in rows.iter().zip(0..) {
        draw_row(page, &scale, row, TOP + place * ROW);
    }
    if let Some(budget) = budget {
        let x = scale.at(budget);
        page.open("line", &[("class", "limit"), ("x1", &x), ("x2", &x), ("y1", "18"), ("y2", &height.to_string())]);
        page.close("line");
    }
    page.close("svg");
    page.raw("\n<figcaption>Solid: about how long it takes. Thin: how long it may take at most, an arrow where that is beyond the drawing.");
    if stretch.downtimes.iter().any(|down| down.to.is_finite()) {
        page.raw(" Hatched: the service is down.");
    }
    page.raw("</figcaption>\n</figure>\n");
}

fn row_of_unit(bar: &Bar) -> Row<'_> {
    let about = bar.estimate.map(|estimate| format!("about {}", seconds(estimate)));
    let at_most = bar.at_most.map(|limit| format!("at most {}", seconds(limit)));
    let said: Vec<_> = about.into_iter().chain(at_most).collect();
    Row {
        label: format!("{} {}", bar.number, bar.id),
        said: said.join(", "),
        start: bar.start,
        estimate: bar.estimate,
        at_most: bar.at_most,
        class: match (bar.no_return, bar.changes) {
            (true, _) => "bar no-return",
            (false, true) => "bar step",
            (false, false) => "bar check",
        },
    }
}

fn row_of_phase(phase: &Span) -> Row<'_> {
    let about = phase.end - phase.start;
    Row {
        label: phase.title.clone(),
        said: format!("{} steps, about {}", phase.steps, seconds(about)),
        start: phase.start,
        estimate: Some(about),
        at_most: None,
        class: "bar step",
    }
}

/// Where a moment is across.
struct Scale {
    end: f64,
}

impl Scale {
    fn at(&self, moment: f64) -> String {
        per_cent(moment / self.end)
    }
}

fn per_cent(part: f64) -> String {
    format!("{:.2}%", (part * 100.0).clamp(0.0, 100.0))
}

fn draw_row(page: &mut Html<'_>, scale: &Scale, row: &Row<'_>, top: usize) {
    let (text, middle) = ((top + 12).to_string(), (top + 23).to_string());
    page.open("svg", &[("x", "0"), ("width", "56%"), ("height", &(top + ROW).to_string())]);
    page.element("text", &[("class", "label"), ("x", "0"), ("y", &text)], &row.label);
    page.close("svg");
    page.element("text", &[("class", "quiet"), ("x", "100%"), ("y", &text), ("text-anchor", "end")], &row.said);
    let start = scale.at(row.start);
    if let Some(at_most) = row.at_most {
        let end = row.start + at_most;
        let beyond = end > scale.end;
        let x2 = if beyond { "99%".to_owned() } else { scale.at(end) };
        page.open("line", &[("class", "may"), ("x1", &start), ("x2", &x2), ("y1", &middle), ("y2", &middle)]);
        page.close("line");
        if beyond {
            let y = (top + 27).to_string();
            page.element("text", &[("class", "quiet"), ("x", "100%"), ("y", &y), ("text-anchor", "end")], "›");
        }
    }
    if let Some(estimate) = row.estimate {
        let width = per_cent((estimate / scale.end).max(0.004));
        let y = (top + 18).to_string();
        let at = [("class", row.class), ("x", &start), ("y", &y), ("width", &width), ("height", "10"), ("rx", "1.5")];
        page.open("rect", &at);
        page.close("rect");
    } else {
        let class = format!("{} open", row.class);
        page.open("circle", &[("class", &class), ("cx", &start), ("cy", &middle), ("r", "4")]);
        page.close("circle");
    }
}

/// Lines at round times.
fn ticks(page: &mut Html<'_>, scale: &Scale, height: usize) {
    let steps = [1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0, 86_400.0];
    let step = steps.into_iter().find(|step| scale.end / step <= 5.0).unwrap_or(86_400.0 * 7.0);
    let mut moment = 0.0;
    for _ in 0..8 {
        if moment > scale.end * 0.97 {
            break;
        }
        let x = scale.at(moment);
        page.open("line", &[("class", "grid"), ("x1", &x), ("x2", &x), ("y1", "16"), ("y2", &height.to_string())]);
        page.close("line");
        let anchor = if moment == 0.0 { "start" } else { "middle" };
        page.element("text", &[("class", "quiet"), ("x", &x), ("y", "11"), ("text-anchor", anchor)], &seconds(moment));
        moment += step;
    }
}

fn downtime(page: &mut Html<'_>, scale: &Scale, stretch: &Stretch, height: usize) {
    let down: Vec<_> = stretch.downtimes.iter().filter(|down| down.to.is_finite()).collect();
    if down.is_empty() {
        return;
    }
    page.raw("<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"></line></pattern></defs>");
    for down in down {
        let (x, width) = (scale.at(down.from), per_cent((down.to - down.from) / scale.end));
        let tall = height.saturating_sub(16).to_string();
        let at = [
            ("class", "down"),
            ("x", &x),
            ("y", "16"),
            ("width", &width),
            ("height", tall.as_str()),
            ("fill", "url(#hatch)"),
        ];
        page.open("rect", &at);
        page.close("rect");
    }
}

/// The drawing in words.
fn described(stretch: &Stretch) -> String {
    let phases = stretch
        .phases
        .iter()
        .map(|phase| format!("{} from {} to {}", phase.title, seconds(phase.start), seconds(phase.end)));
    let down = stretch
        .downtimes
        .iter()
        .filter(|down| down.to.is_finite())
        .map(|down| format!("{} is down from {} to {}", down.service, seconds(down.from), seconds(down.to)));
    format!("{}. The table below says the same.", phases.chain(down).collect::<Vec<_>>().join("; "))
}
