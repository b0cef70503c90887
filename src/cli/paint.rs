//! Colours, where the palette allows them.

use crate::diagnostic::Palette;
use crate::event::Outcome;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it should be.
    Good,
    /// As it should be in the end.
    Doubtful,
    /// Not as it should be.
    Bad,
    /// A title.
    Strong,
    /// Of less interest.
    Faint,
}

impl From<Outcome> for Tone {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Tone::Good,
            Outcome::Flaky => Tone::Doubtful,
            Outcome::Failed | Outcome::Errored => Tone::Bad,
            Outcome::Skipped => Tone::Faint,
        }
    }
}

/// The text in the colour of its tone.
pub(super) fn paint(palette: Palette, tone: Tone, text: &str) -> String {
    let code = match tone {
        Tone::Good => "32",
        Tone::Doubtful => "33",
        Tone::Bad => "1;31",
        Tone::Strong => "1",
        Tone::Faint => "2",
    };
    match palette {
        Palette::Colour if !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
        _ => text.to_owned(),
    }
}
