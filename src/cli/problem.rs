//! What went wrong, indented below the line that says where.

use super::paint::{Tone, paint};
use super::text::clean;
use crate::diagnostic::Palette;
use crate::event::{Failure, LeftBehind};

/// Each failure: its message, then place and help on lines of their own.
pub(super) fn problems(failures: &[Failure], indent: &str, palette: Palette) -> String {
    let mut text = String::new();
    for failure in failures {
        for line in failure.message.lines() {
            text += &format!("{indent}{}\n", clean(line));
        }
        if let Some(place) = &failure.place {
            text += &format!("{indent}  {} {}\n", paint(palette, Tone::Faint, "at"), clean(place));
        }
        for (index, line) in failure.help.iter().flat_map(|help| help.lines()).enumerate() {
            let lead = if index == 0 { "help:" } else { "     " };
            text += &format!("{indent}  {} {}\n", paint(palette, Tone::Faint, lead), clean(line));
        }
    }
    text
}

/// The list of what may still exist out there, with its title; empty where there is nothing.
pub(super) fn left_behind(left: &[LeftBehind], palette: Palette) -> String {
    if left.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", paint(palette, Tone::Bad, "possibly left behind:"));
    for one in left {
        text += &format!("  {}  {}\n", clean(one.step.as_str()), clean(&one.request));
        text += &format!("    {}\n", clean(&one.reason));
    }
    text
}
