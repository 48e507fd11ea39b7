//! The one place that prints. It knows how wide the terminal is and whether colours are wanted; it
//! takes a reader that went away (`| head`) in silence, since nobody is left to tell. While a run is
//! driven it waits for no reader: a printer does.

use std::io::{self, IsTerminal, Write};

use super::escape;
use crate::report::{Printer, Size, Style};

/// The size where nothing tells.
const WIDTH: usize = 80;
const HEIGHT: usize = 24;
/// Lines are never longer than a person reads.
const WIDEST: usize = 120;

/// Standard output and standard error.
#[derive(Debug, Clone)]
pub struct Terminal {
    /// How many columns a line may have.
    pub width: usize,
    /// Whether standard output may have colours.
    pub colours: bool,
    /// Whether standard error may have colours.
    pub error_colours: bool,
    /// Who writes while a run is driven; `None`: whoever prints waits until it is written.
    printer: Option<Printer>,
}

impl Terminal {
    /// What the process was started with: `NO_COLOR`, `TERM=dumb` and pipes mean no colours.
    #[must_use]
    pub fn of_process() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            width: Self::size().columns,
            colours: !refused && io::stdout().is_terminal(),
            error_colours: !refused && io::stderr().is_terminal(),
            printer: None,
        }
    }

    /// The same, for as long as a run is driven: nothing that is printed by it is waited for.
    #[must_use]
    pub fn unhindered(&self) -> (Self, Printer) {
        let printer = Printer::new(Box::new(io::stdout()), Box::new(io::stderr()));
        (Self { printer: Some(printer.clone()), ..self.clone() }, printer)
    }

    /// How large it is now: a terminal may be resized.
    #[must_use]
    pub fn size() -> Size {
        let said = rustix::termios::tcgetwinsize(io::stdout()).map(|size| (size.ws_col.into(), size.ws_row.into()));
        let (columns, rows): (usize, usize) = said.unwrap_or((WIDTH, HEIGHT));
        Size {
            columns: if columns < 20 { WIDTH } else { columns.min(WIDEST) },
            rows: if rows == 0 { HEIGHT } else { rows },
            width: u16::try_from(if columns == 0 { WIDTH } else { columns }).unwrap_or(u16::MAX),
        }
    }

    /// How many lines are seen at once; `usize::MAX` where no terminal shows them.
    #[must_use]
    pub fn rows(&self) -> usize {
        if io::stdout().is_terminal() { Self::size().rows } else { usize::MAX }
    }

    /// Prints to standard output, as it is; a line without its end (a question) too.
    pub fn print(&self, text: &str) {
        if let Some(printer) = &self.printer {
            return printer.print(text);
        }
        let mut stdout = io::stdout().lock();
        ignore_broken_pipe(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
    }

    /// Whether somebody is there to be asked: both ends are a terminal.
    #[must_use]
    pub fn is_attended(&self) -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Whether standard output is a terminal that can draw.
    #[must_use]
    pub fn is_interactive(&self) -> bool {
        io::stdout().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
    }

    /// What reports may use here: colours, characters beyond ASCII, so many columns. Lines that no
    /// terminal shows are never folded: a log is searched.
    #[must_use]
    pub fn style(&self) -> Style {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        let unicode = locale.is_some_and(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let width = if io::stdout().is_terminal() { self.width } else { usize::MAX };
        Style { colour: self.colours, unicode, width }
    }

    /// Asks for a yes; everything else is a no.
    #[must_use]
    pub fn confirm(&self, question: &str) -> bool {
        super::typed::forget_what_was_typed();
        self.print(&format!("{question} [y/N] "));
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    /// Prints a line to standard output.
    pub fn line(&self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// Prints to standard error, as it is.
    pub fn print_error(&self, text: &str) {
        if let Some(printer) = &self.printer {
            return printer.print_error(text);
        }
        ignore_broken_pipe(io::stderr().lock().write_all(text.as_bytes()));
    }

    /// Prints `error: …` to standard error, and a line of help if there is one.
    pub fn error(&self, message: &str, help: Option<&str>) {
        self.coded_error(None, message, help);
    }

    /// As [`Terminal::error`], with the code that `runbook explain` knows: `error[code]: …`. Both texts
    /// may repeat what others wrote, such as the name of a file: nobody obeys it.
    pub fn coded_error(&self, code: Option<&str>, message: &str, help: Option<&str>) {
        let code = code.map(|code| format!("[{code}]")).unwrap_or_default();
        let help = help.map(|help| format!("  help: {}\n", escape(help))).unwrap_or_default();
        self.print_error(&format!("error{code}: {}\n{help}", escape(message)));
    }
}

fn ignore_broken_pipe(written: io::Result<()>) {
    // Nothing can be said where nothing can be printed.
    drop(written);
}
