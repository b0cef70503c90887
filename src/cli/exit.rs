//! How the program ends: one table, mapped in one place.

use crate::event::Outcome;
use crate::record::Record;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything passed.
    Passed = 0,
    /// The command line cannot be understood.
    Usage = 1,
    /// A playbook or its inputs are invalid; nothing was sent.
    Invalid = 2,
    /// It could not be found out: network, files, cleanup.
    Errored = 3,
    /// An expectation is false. Wins over [`Exit::Errored`].
    Failed = 4,
    /// Interrupted. Wins over all.
    Interrupted = 130,
}

/// Each exit code and what it means, as `--help` and the language reference have it.
pub(super) const MEANINGS: &[(Exit, &str)] = &[
    (Exit::Passed, "passed"),
    (Exit::Usage, "the command line cannot be understood"),
    (Exit::Invalid, "a playbook or its inputs are invalid; nothing was sent"),
    (Exit::Errored, "errored: network, files, cleanup"),
    (Exit::Failed, "failed: an expectation is false"),
    (Exit::Interrupted, "interrupted"),
];

impl Exit {
    /// The exit code of a run.
    pub fn of(record: &Record) -> Exit {
        if record.is_interrupted() {
            return Exit::Interrupted;
        }
        match record.outcome() {
            Some(Outcome::Passed | Outcome::Flaky) => Exit::Passed,
            Some(Outcome::Failed) => Exit::Failed,
            _ => Exit::Errored,
        }
    }

    /// The exit code where only the cleanups of a run were wanted: how its main steps had ended is no news.
    pub fn of_cleanups(record: &Record) -> Exit {
        match record.left_behind().is_empty() {
            _ if record.is_interrupted() => Exit::Interrupted,
            true => Exit::Passed,
            false => Exit::Errored,
        }
    }

    /// The worse of two.
    pub fn max(self, other: Exit) -> Exit {
        if other as u8 > self as u8 { other } else { self }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        (exit as u8).into()
    }
}
