//! One request on its way: where it stands between being wanted and being settled.

use std::collections::HashMap;
use std::sync::Arc;

use super::answer::Received;
use super::decide::History;
use super::outcomes::Skip;
use super::redirect::Trail;
use crate::event::{CallId, Failure, Outcome, Role};
use crate::id::Address;
use crate::render::{AnswerValues, TokenGrant};
use crate::value::Value;

/// The number of a [`Machine`] in its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct MachineId(pub(super) u64);

/// The number of a timer in its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TimerId(pub(super) u64);

/// Whose request it is.
#[derive(Clone, Debug)]
pub(super) enum Owner {
    /// A step's, by its index among all steps.
    Step { step: usize, role: Role },
    /// A cleanup's: the index of the step whose creation is undone, and of the request among its cleanups.
    Cleanup { step: usize, request: usize },
    /// A provider's, by the place of its credentials.
    Token { credentials: usize, grant: TokenGrant, asked_by: Address },
}

/// Where the request stands.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It waits for a place among `--jobs`.
    Queued,
    /// It waits for a token or a file.
    Preparing,
    /// It is on the wire.
    InFlight,
    /// It waits for its next poll or attempt.
    Waiting,
    /// Its answer is there and is being judged.
    Judging,
    /// Its answer is there and waits for a file that it is judged with.
    Unjudged(Box<Judging>),
}

/// An answer that is being judged.
#[derive(Clone, Debug)]
pub(super) struct Judging {
    pub(super) call: CallId,
    pub(super) received: Received,
    pub(super) values: AnswerValues,
}

/// One request, with all its attempts and polls.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) owner: Owner,
    pub(super) state: State,
    pub(super) history: History,
    /// Whether it was sent again because it had failed.
    pub(super) retried: bool,
    /// The number of the token it was last sent with.
    pub(super) token: Option<u64>,
    /// The number of the token that was refused.
    pub(super) refused: Option<u64>,
    /// Where redirects have led it.
    pub(super) trail: Trail,
    /// Method and URL it was last sent with.
    pub(super) sent: Option<String>,
    /// When it was last sent.
    pub(super) sent_at: std::time::Duration,
    /// What its last poll saw.
    pub(super) seen: String,
    /// Whether some attempt may have been executed although nothing good came back.
    pub(super) unknown: bool,
}

impl Machine {
    pub(super) fn new(owner: Owner, poll: bool) -> Self {
        Machine {
            owner,
            state: State::Queued,
            history: History { attempt: 1, poll: u32::from(poll), ..History::default() },
            retried: false,
            token: None,
            refused: None,
            trail: Trail::default(),
            sent: None,
            sent_at: std::time::Duration::ZERO,
            seen: String::new(),
            unknown: false,
        }
    }
}

impl Machine {
    /// Whether it is neither on the wire nor being judged, so that it can end without asking anyone.
    pub(super) fn is_idle(&self) -> bool {
        matches!(self.state, State::Queued | State::Preparing | State::Waiting)
            && !matches!(self.owner, Owner::Token { .. } | Owner::Cleanup { .. })
    }
}

/// How a request ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// It did what it was for.
    Passed { captures: HashMap<Arc<str>, Value> },
    /// `ensure.find` found nothing.
    Absent,
    /// `ensure.create` met something that is there already.
    Conflict,
    /// It did not.
    Bad {
        outcome: Outcome,
        failures: Vec<Failure>,
        captures: HashMap<Arc<str>, Value>,
        /// Why the step counts as skipped, where a value it needs is not there in this run.
        skipped: Option<Skip>,
    },
}

impl End {
    pub(super) fn errored(failure: Failure) -> Self {
        let failures = vec![failure];
        End::Bad { outcome: Outcome::Errored, failures, captures: HashMap::new(), skipped: None }
    }

    pub(super) fn failed(failures: Vec<Failure>, captures: HashMap<Arc<str>, Value>) -> Self {
        End::Bad { outcome: Outcome::Failed, failures, captures, skipped: None }
    }

    /// Nothing was sent.
    pub(super) fn skipped(skip: Skip) -> Self {
        let (failures, captures) = (Vec::new(), HashMap::new());
        End::Bad { outcome: Outcome::Skipped, failures, captures, skipped: Some(skip) }
    }

    /// In a refresh: what it brings is not seen, since something before it is not done, or it is not there yet.
    pub(super) fn unseen() -> Self {
        End::skipped(Skip { reason: "a refresh does not see what it brings".to_owned(), broken: false })
    }

    /// It needs a value that is not there in this run: a step is skipped then, and anything else has failed so.
    pub(super) fn lacking(reason: String, failure: Failure) -> Self {
        let (failures, captures) = (vec![failure], HashMap::new());
        let skipped = Some(Skip { reason, broken: false });
        End::Bad { outcome: Outcome::Errored, failures, captures, skipped }
    }
}
