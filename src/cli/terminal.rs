//! The terminal: colours, size, and writing to stdout and stderr.

use std::io::{self, IsTerminal, Write};

use super::args::ColorWhen;
use super::exit::Exit;
use super::live::Size;
use crate::diagnostic::Palette;

/// What the program knows of where its output goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// Colours on stdout.
    pub(super) out: Palette,
    /// Colours on stderr.
    pub(super) err: Palette,
    /// Whether stderr is a terminal that can be redrawn.
    pub(super) live: bool,
}

impl Terminal {
    pub(super) fn new(when: ColorWhen) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let palette = |is_terminal: bool| match when {
            ColorWhen::Always => Palette::Colour,
            ColorWhen::Auto if is_terminal && !no_color && !dumb => Palette::Colour,
            ColorWhen::Auto | ColorWhen::Never => Palette::Plain,
        };
        let err = io::stderr().is_terminal();
        Terminal { out: palette(io::stdout().is_terminal()), err: palette(err), live: err && !dumb }
    }
}

/// The size of the terminal at stderr; 80 by 24 where it cannot be told.
pub(super) fn size() -> Size {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(Size { columns: 80, rows: 24 }, |(columns, rows)| Size {
        columns: usize::from(columns.0),
        rows: usize::from(rows.0),
    })
}

/// How many columns the terminal at stdout has, if it is one.
pub(super) fn width_of_stdout() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(columns, _)| usize::from(columns.0))
}

/// Writes to stdout; [`Exit::Errored`] where that is lost. A reader that has gone away (`| head`) wants no more.
pub(super) fn say(text: &str) -> Exit {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Ok(()) => Exit::Passed,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Passed,
        Err(error) => {
            tell(&format!("error: cannot write to stdout: {error}\n"));
            Exit::Errored
        }
    }
}

/// Writes to stderr.
pub(super) fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
