//! What a person at a terminal sees of a run.
//!
//! * [`plain`]: a line per noteworthy event, for logs and pipes.
//! * [`live`]: the same lines, and below them a block that shows what is running now.
//! * [`summary`]: the end of a run; [`outputs`](summary::outputs) is the part for stdout.
//! * [`show`]: a whole run again from its record, as text or ([`show_json`]) as JSON.
//!
//! All of them are functions from events or a record to text. They know no clock, no environment and no terminal:
//! the time of a frame, its size and its [`Palette`](crate::diagnostic::Palette) are handed in. Text from outside (a
//! server's answer, a file's name) cannot steer the terminal: its control characters are written as escapes.

mod exchange;
pub mod live;
mod paint;
pub mod plain;
mod problem;
pub mod show;
pub mod show_json;
pub mod summary;
mod text;
mod time;

#[cfg(test)]
mod saved;

pub use time::duration;
