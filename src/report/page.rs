//! Lines in the making. Everything that others wrote comes in through here, so that nothing of it
//! leaves unescaped; every line but a command to copy fits the width.

use super::escape::escape;
use super::fit;
use super::style::{Style, Tone};

/// How many columns the word of a line takes.
const WORD: usize = 9;
/// How many columns the name of a value takes; an even number.
const NAME: usize = 10;
/// From how many columns on the end of a line is a sentence.
const SENTENCE: usize = 30;

/// Some lines.
pub(super) struct Page {
    style: Style,
    /// Stands before the first line; all others are indented as far.
    clock: String,
    lines: Vec<String>,
}

impl Page {
    /// Without a clock: `None`.
    pub fn new(style: Style, clock: Option<String>) -> Self {
        Self { style, clock: clock.map(|clock| clock + " ").unwrap_or_default(), lines: Vec::new() }
    }

    pub fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// A line that begins with a word: `✓ done     migrate  Migrate the database  12s`. Where it is
    /// too long a sentence at its end has a line of its own; otherwise the title is cut.
    pub fn unit(&mut self, tone: Tone, word: &str, (id, title): (&str, &str), said: &str) {
        let (id, title, escaped) = (escape(id), escape(title), escape(said));
        let whole = self.lead(tone) + fit::columns(&id) + fit::columns(&title) + fit::columns(&escaped) + 4;
        let below = whole > self.style.columns() && fit::columns(&escaped) >= SENTENCE;
        let end = if below { String::new() } else { escaped };
        let end = if end.is_empty() { String::new() } else { format!("  {end}") };
        let taken = self.lead(tone) + fit::columns(&id) + 2 + fit::columns(&end);
        let room = self.style.columns().saturating_sub(taken);
        let title = if title == id || room < 8 { String::new() } else { fit::cut(&title, room, self.style) };
        let title = if title.is_empty() { title } else { format!("  {title}") };
        self.head(tone, word, &format!("{id}{title}{end}"));
        if below {
            self.more(1, said);
        }
    }

    /// A line that begins with a word; folded where it is too long.
    pub fn line(&mut self, tone: Tone, word: &str, text: &str) {
        let text = escape(text);
        self.head(tone, word, &text);
    }

    /// More about the line before, folded; `depth` in steps of two columns.
    pub fn more(&mut self, depth: usize, text: &str) {
        let indent = self.indent(depth);
        let room = self.room(&indent);
        self.lines
            .extend(text.lines().flat_map(|line| fit::fold(&escape(line), room)).map(|it| format!("{indent}{it}")));
    }

    /// Text of others, line by line as it came; a long line is split and nothing is lost.
    pub fn quoted(&mut self, depth: usize, tone: Option<Tone>, text: &str) {
        let indent = self.indent(depth);
        let room = self.room(&indent);
        for line in text.split('\n') {
            let line = escape(line.strip_suffix('\r').unwrap_or(line));
            for piece in fit::split(line.trim_end(), room) {
                let piece = tone.map_or_else(|| piece.clone(), |tone| self.style.paint(tone, &piece));
                self.lines.push(format!("{indent}{piece}").trim_end().to_owned());
            }
        }
    }

    /// A name and its value, which may have several lines: `expected  is healthy`.
    pub fn named(&mut self, depth: usize, name: &str, value: &str) {
        let first = self.lines.len();
        let indent = self.indent(depth);
        let behind = self.indent(depth + NAME / 2).len();
        self.quoted(depth + NAME / 2, None, value);
        if let Some(line) = self.lines.get_mut(first) {
            let value = line.get(behind..).unwrap_or("");
            let named = format!("{indent}{name:<NAME$}{value}");
            named.trim_end().clone_into(line);
        }
    }

    /// A name and prose about it, folded.
    pub fn told(&mut self, name: &str, prose: &str) {
        let first = self.lines.len();
        self.more(NAME / 2, prose);
        let behind = self.indent(NAME / 2).len();
        if let Some(line) = self.lines.get_mut(first) {
            let value = line.get(behind..).unwrap_or("");
            let whole = format!("{name:<NAME$}{value}");
            whole.trim_end().clone_into(line);
        }
    }

    /// The first line of a text, cut to the width.
    pub fn excerpt(&mut self, depth: usize, text: &str) {
        let indent = self.indent(depth);
        let room = self.room(&indent);
        let mut lines = text.lines();
        let first = escape(lines.next().unwrap_or(""));
        let first = if lines.next().is_some() { first + self.style.ellipsis() } else { first };
        self.lines.push(format!("{indent}{}", fit::cut(&first, room, self.style)).trim_end().to_owned());
    }

    /// Commands to copy: each line whole, however long it is.
    pub fn commands(&mut self, depth: usize, commands: &str) {
        let indent = self.indent(depth);
        self.lines.extend(commands.lines().map(|line| format!("{indent}{}", escape(line))));
    }

    /// A line without a word.
    pub fn plain(&mut self, tone: Option<Tone>, text: &str) {
        for piece in fit::fold(&escape(text), self.style.columns()) {
            let piece = tone.map_or_else(|| piece.clone(), |tone| self.style.paint(tone, &piece));
            self.lines.push(piece);
        }
    }

    /// A heading with a rule behind it.
    pub fn rule(&mut self, title: &str) {
        let width = self.style.columns().min(80);
        let title = fit::cut(&escape(title), width, self.style);
        let rest = width.saturating_sub(fit::columns(&title) + 1);
        let rule = if self.style.unicode { "─" } else { "-" }.repeat(rest);
        self.lines.push(format!("{} {rule}", self.style.paint(Tone::Heading, &title)).trim_end().to_owned());
    }

    /// A row of a table: cells to the left, of these widths, the first one in the tone; then numbers
    /// to the right, each of 8 columns.
    pub fn row(&mut self, widths: &[usize; 3], cells: [&str; 3], numbers: [&str; 2], tone: Option<Tone>) {
        let mut line = String::new();
        for (number, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
            let cell = fit::pad(&escape(cell), *width, self.style);
            let tone = tone.filter(|_| number == 0);
            line.push_str(&tone.map_or_else(|| cell.clone(), |tone| self.style.paint(tone, &cell)));
            line.push_str("  ");
        }
        for number in numbers {
            let number = escape(number);
            line.push_str(&" ".repeat(8_usize.saturating_sub(fit::columns(&number))));
            line.push_str(&number);
            line.push_str("  ");
        }
        self.lines.push(line.trim_end().to_owned());
    }

    /// Adds to the last line, whole: a path to copy.
    pub fn append(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            let blanks = " ".repeat(NAME.saturating_sub(line.len()));
            line.push_str(&(blanks + &escape(text)));
        }
    }

    pub fn into_text(self) -> String {
        self.lines.into_iter().map(|line| line + "\n").collect()
    }

    /// A line whose parts were escaped and fitted.
    pub fn ready(&mut self, line: String) {
        self.lines.push(line);
    }

    pub fn empty(&mut self) {
        self.lines.push(String::new());
    }

    fn head(&mut self, tone: Tone, word: &str, escaped: &str) {
        let lead = self.lead(tone);
        let room = self.style.columns().saturating_sub(lead).max(10);
        let fits = fit::columns(escaped) <= room;
        let pieces = if fits { vec![escaped.to_owned()] } else { fit::fold(escaped, room) };
        let mark = self.style.mark(tone);
        let word =
            self.style.paint(tone, &format!("{mark}{word}")) + &" ".repeat(WORD.saturating_sub(fit::columns(word)));
        for (number, piece) in pieces.iter().enumerate() {
            let start = if number == 0 { format!("{}{word}", self.clock) } else { " ".repeat(lead) };
            self.lines.push(format!("{start}{piece}").trim_end().to_owned());
        }
    }

    fn lead(&self, tone: Tone) -> usize {
        fit::columns(&self.clock) + fit::columns(self.style.mark(tone)) + WORD
    }

    fn indent(&self, depth: usize) -> String {
        " ".repeat(fit::columns(&self.clock) + depth * 2)
    }

    fn room(&self, indent: &str) -> usize {
        self.style.columns().saturating_sub(indent.len()).max(10)
    }
}
