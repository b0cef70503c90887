//! What earlier processes of a run have left for the one that goes on with it.
//!
//! Made from the run's journal by whoever starts the new process; the scheduler only asks it. Which steps are to be
//! done again follows here from nothing but what is known of them: what they depend on is the scheduler's to know.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use indexmap::IndexMap;

use crate::event::{AnswerRecord, CallId, Doubt, Extent, LeftBehind, RequestRecord, Resumed, Role, StepReport};
use crate::id::Address;
use crate::value::Value;

/// Reads a body that is kept beside the journal.
pub type ReadBody = Box<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// A run that was stopped, as the process that goes on with it must know it.
pub struct Past {
    /// When the run started: time and randomness stay what they were.
    pub started: jiff::Timestamp,
    /// What its randomness is made from.
    pub seed: u64,
    /// How many events there are.
    pub events: u64,
    /// The time of the last one, from the start of the run.
    pub at: Duration,
    /// The number of the last request.
    pub calls: u64,
    /// The first event of the new process, but for the steps of its plan.
    pub resumed: Resumed,
    /// The files that the run knows.
    pub sources: Vec<(String, std::sync::Arc<str>)>,
    /// What is known of each step that has begun or ended.
    pub steps: HashMap<Address, PastStep>,
    /// What the cleanups that are owed have sent, in order of creation.
    pub owed: IndexMap<Address, Vec<Exchange>>,
    /// The steps whose creation has been cleaned up.
    pub undone: HashSet<Address>,
    /// The steps whose definition has changed, by the file of their playbook and their id.
    pub changed: HashSet<(String, String)>,
    /// The captures of the steps that count as done, by their addresses.
    pub assumed: HashMap<Address, IndexMap<String, Value>>,
    /// The steps that have not ended and whose `ensure` has created something, or perhaps has; and those that they are
    /// part of.
    pub perhaps_created: HashSet<Address>,
    /// What may still exist out there of what has been done before.
    pub left_behind: Vec<LeftBehind>,
    /// What may exist of what was sent before, until this process finds out, or does it again.
    pub doubts: Vec<Doubt>,
    /// Reads the bodies beside the journal.
    pub body: ReadBody,
}

/// A step in an earlier process.
#[derive(Clone, Debug, Default)]
pub struct PastStep {
    /// Its end, if it came to one.
    pub report: Option<StepReport>,
    /// The number of the event with which it began.
    pub began: Option<u64>,
    /// The number of the event with which it ended.
    pub ended: Option<u64>,
    /// The number of the event with which it, or something that it is made of, was last cleaned up or allowed to be done
    /// again: what ended before and reads it may be done again too.
    pub reopened: Option<u64>,
    /// The digest of what it is made of, if it is made of others.
    pub digest: Option<String>,
    /// Its last request in each of its roles.
    pub exchanges: Vec<Exchange>,
    /// Which of its files have changed since they were sent.
    pub changed_file: Option<String>,
}

/// A request and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request's number.
    pub call: CallId,
    /// Its part in the step.
    pub role: Role,
    /// The number of the attempt that was answered.
    pub attempt: u32,
    /// What was sent.
    pub request: RequestRecord,
    /// The answer, where there was one.
    pub answer: Option<AnswerRecord>,
    /// Whether nobody knows if it was done.
    pub is_unknown: bool,
}

impl PastStep {
    /// Whether `ensure` was told that it has created something.
    pub(super) fn has_created(&self) -> bool {
        let created = |exchange: &Exchange| exchange.role == Role::Create && exchange.succeeded();
        self.exchanges.iter().any(created)
    }

    /// Method and URL of the last request that was to change something.
    pub(super) fn creating(&self) -> Option<String> {
        let changing = self.exchanges.iter().filter(|exchange| matches!(exchange.role, Role::Main | Role::Create));
        let last = changing.max_by_key(|exchange| exchange.call)?;
        Some(format!("{} {}", last.request.method, last.request.url))
    }
}

impl Past {
    /// Whether the main steps may run.
    pub fn goes_on(&self) -> bool {
        self.resumed.extent == Extent::Steps
    }

    /// Whether a step, or one that it belongs to, is to be done again.
    pub fn is_redone(&self, step: &Address) -> bool {
        let named = |address: &Address| self.resumed.redo.iter().any(|redo| redo == address.as_str());
        !self.resumed.redo.is_empty() && step.lineage().any(|at| named(&at))
    }

    /// Whether what cleans up after a step is to be sent again.
    pub fn is_cleanup_redone(&self, step: &Address) -> bool {
        self.resumed.redo.iter().any(|redo| redo.strip_prefix(CLEANUP) == Some(step.as_str()))
    }

    /// Whether cleaning up after a step counts as done.
    pub fn is_cleanup_assumed(&self, step: &Address) -> bool {
        self.resumed.assumed.iter().any(|assumed| assumed.strip_prefix(CLEANUP) == Some(step.as_str()))
    }

    /// The bytes of an answer's body; nothing where it was not kept whole, or something in it is masked.
    pub(super) fn body_of(&self, answer: &AnswerRecord) -> Option<Vec<u8>> {
        use crate::event::BodyRecord;
        let bytes = match &answer.body {
            BodyRecord::Empty => Vec::new(),
            BodyRecord::Text(text) => text.clone().into_bytes(),
            body => body.bytes(&*self.body)?,
        };
        let mask = crate::secret::PLACEHOLDER.as_bytes();
        let is_masked = memchr::memmem::find(&bytes, mask).is_some();
        (!is_masked).then_some(bytes)
    }
}

/// Why something may be left behind that `ensure` has found.
pub const FOUND_AGAIN: &str = "it was found after a request to create it of which nobody knows whether it was done: \
                               it may be of this run, or somebody else's";

/// What stands in front of an address where its cleanup is meant: `cleanup:deploy`.
pub const CLEANUP: &str = "cleanup:";
