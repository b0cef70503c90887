//! The files of a run: its events, one checksummed line each, and the bodies beside them.
//!
//! ```text
//! .callsheet/.gitignore
//! .callsheet/runs/<run-id>/journal.jsonl    one event a line, appended
//! .callsheet/runs/<run-id>/bodies/          bodies too large for a line
//! .callsheet/runs/<run-id>/saved/           answers that the playbook saves
//! .callsheet/runs/<run-id>/lock             on Windows: locked while a process writes the run
//! ```
//!
//! [`FileStore`] writes, [`read`] reads, [`outline`] reads only the ends and verifies the rest, [`find`] finds, [`remove`] removes; [`MemoryStore`] keeps the same things for tests and for
//! library users who want no files. This module knows events and their numbers; what they mean is the record's
//! business. Nothing here waits for anything but the file system, and nothing is redacted: the driver did that.

mod error;
mod files;
mod find;
mod line;
mod memory;
mod outline;
mod reading;
mod remove;
mod saved;

#[cfg(test)]
mod sample;

pub use error::JournalError;
pub use files::{FileStore, write_view};
pub use find::{find, is_busy, runs, without_journal, written};
pub use line::encode;
pub use memory::MemoryStore;
pub use outline::{Head, Outline, outline};
pub use reading::{body_names, decode, read, read_body};
pub use remove::{half_removed, remove, size};
pub use saved::{SAVED, keep_saved};

/// The journal's name in a run's folder.
const JOURNAL: &str = "journal.jsonl";
/// The folder of the bodies in a run's folder.
const BODIES: &str = "bodies";
/// What is locked in a run's folder while a process writes: the journal, since a file less a run is a tenth of the time
/// of a small one. A locked file cannot be read on Windows, where `show` wants to read the journal of a run that still
/// goes on, so that there the lock is a file of its own.
const LOCK: &str = if cfg!(windows) { "lock" } else { JOURNAL };
