//! What must be true after every story, whatever happened in it.
//!
//! The oracle reads three things: what the server has executed, the journal as it is read again, and what the author
//! of the playbook has written. It uses no rule of the runner; where it says what should have been, it says it anew.

mod again;
mod ends;
mod kept;
mod left;
mod sent;

use std::fmt;

use callsheet::record::Record;

use super::story::Story;

/// What was promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Nothing is sent before its intent is kept.
    WriteAhead,
    /// What must not be done twice is not.
    Twice,
    /// A step that has passed is not done again.
    Repeated,
    /// What the journal says of a request is so.
    Claim,
    /// What was made is cleaned up, or named.
    Named,
    /// Nothing is named without a reason.
    Exact,
    /// Cleanups run once, in reverse order, and at the end.
    Cleanup,
    /// Every step ends once.
    Ends,
    /// Never more requests than `--jobs`.
    Jobs,
    /// The journal is read again as it was written.
    Journal,
    /// The same run has the same transcript.
    Transcript,
    /// Secrets do not come out.
    Secrets,
}

/// A promise that was not kept.
#[derive(Clone, Debug)]
pub struct Breach {
    pub promise: Promise,
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.promise, self.message)
    }
}

/// What the oracle has found so far.
#[derive(Default)]
struct Findings(Vec<Breach>);

impl Findings {
    fn demand(&mut self, holds: bool, promise: Promise, message: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Breach { promise, message: message() });
        }
    }
}

/// Everything that is wrong with a story.
pub fn examine(story: &Story) -> Vec<Breach> {
    let record = Record::fold(story.events.iter().cloned());
    let mut findings = Findings::default();
    sent::examine(story, &record, &mut findings);
    again::examine(story, &mut findings);
    left::examine(story, &record, &mut findings);
    ends::examine(story, &record, &mut findings);
    kept::examine(story, &mut findings);
    findings.0
}
