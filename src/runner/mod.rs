//! Runs a plan.
//!
//! One direction. The [`scheduler`] is pure: inputs (an answer, a timer, an interrupt) go in, commands
//! (journal this, send that, sleep) come out; it has no clock and does no I/O. [`decide`] and [`judge`] are the pure
//! functions it asks what an answer is worth and what follows. [`auth`] is the pure machine of one provider of
//! credentials. The [`driver`] owns the surroundings: it keeps every intent before its request goes out, sends,
//! sleeps, and reports events; it neither prints nor knows who listens. How many requests may be in flight is not the
//! scheduler's to know either: it says how many it wants to send, and the driver, which has the places from [`Jobs`],
//! how many it may.

mod adopting;
mod answer;
mod arrow_body;
mod auth;
mod authorizing;
mod beginning;
mod blanking;
mod calling;
mod calls;
mod capture;
mod clock;
mod closing;
mod cookies;
mod decide;
mod doubting;
mod driver;
mod ended;
mod ensuring;
mod executing;
mod expiring;
mod failure;
mod filling;
mod fitting;
mod foreseeing;
mod found;
mod frames;
mod guard;
mod items;
mod jar;
mod jobs;
mod judge;
mod keeping;
mod learning;
mod length;
mod locks;
mod looking_again;
mod machine;
mod marking;
mod outcomes;
mod past;
mod programs;
#[cfg(test)]
mod proofs;
mod reading;
mod recalling;
mod receiving;
mod redirect;
mod redirecting;
mod refused;
mod repeating;
mod restoring;
mod scheduler;
mod sending;
mod set_cookie;
mod steps;
mod stopping;
mod stream_end;
mod streaming;
#[cfg(test)]
mod tests;
mod tokens;
mod undoing;

pub use clock::{Clock, TokioClock};
pub use driver::{Signal, Surroundings, resume, run};
pub use ended::{Finished, RunError};
pub use guard::Leak;
pub use jobs::Jobs;
pub use past::{CLEANUP, Exchange, FOUND_AGAIN, Past, PastStep, ReadBody};
pub use refused::Refused;

/// How a run is to be done.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many requests may be in flight at once, where the run shares no [`Jobs`] with others.
    pub jobs: usize,
    /// Whether steps that do not depend on a failed one run all the same.
    pub keep_going: bool,
    /// Whether only what reads is sent: a run that finds out what another one would do, and changes nothing.
    pub refresh: bool,
    /// Whether cleanups run.
    pub cleanup: CleanupWhen,
    /// When the run must be over, from its start.
    pub deadline: Option<std::time::Duration>,
    /// How long all cleanups together may take, from the start of the first.
    pub cleanup_timeout: std::time::Duration,
    /// What randomness is made from.
    pub seed: u64,
    /// Bodies of answers up to this many bytes are kept whole, where the playbook does not say.
    pub keep: usize,
    /// Whether the transport accepts any certificate of any server: only told of, in the run's first event.
    pub insecure: bool,
    /// Whether steps may run programs.
    pub allow_exec: bool,
    /// What programs get of an environment, without those variables that hold a secret; where it is not said, all of
    /// this process's own.
    pub environment: Option<Environment>,
    /// Which simulator the playbook's `simulate` values are bound to: only told of, in the run's first event.
    pub simulator: Option<crate::event::Simulator>,
}

/// Variables and their values.
pub type Environment = Vec<(std::ffi::OsString, std::ffi::OsString)>;

/// When cleanups run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CleanupWhen {
    /// However the run ended.
    Always,
    /// Unless the run did not pass.
    Passed,
    /// Never.
    Never,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            jobs: 16,
            keep_going: false,
            refresh: false,
            cleanup: CleanupWhen::Always,
            deadline: None,
            cleanup_timeout: std::time::Duration::from_secs(600),
            seed: 0,
            keep: 256 * 1024,
            insecure: false,
            allow_exec: false,
            environment: None,
            simulator: None,
        }
    }
}
