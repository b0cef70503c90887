//! What happens in a run, as values: the one stream from which journal, record and every view are made.
//!
//! The runner makes events, a [`Store`] keeps them, the record folds them. Events carry no display settings and no
//! secrets: the driver redacts them before anyone sees them. The format is versioned by [`FORMAT`]; readers accept
//! every older version.

mod exchange;
mod leaves;
mod mark;
mod outcome;
mod store;

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::id::{Address, RunId};
use crate::value::Value;

pub use exchange::{AnswerRecord, BodyRecord, CallId, Decision, Effect, PartRecord, RequestRecord, Role};
pub use leaves::Leaves;
pub use mark::{Mark, MarkKind};
pub use outcome::{Doubt, Failure, FailureKind, Foreseen, LeftBehind, LeftOut, Outcome, StepReport};
pub use store::{Saving, Store};

/// The version of the journal's format that this program writes.
pub const FORMAT: u32 = 4;

/// An event with its number and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// From zero, without gaps.
    pub n: u64,
    /// Milliseconds since the start of the run.
    pub at: u64,
    /// What happened.
    pub event: Event,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The run begins. Holds everything a view needs, so that views read no other file.
    RunStarted(Box<RunStarted>),
    /// A run that was stopped is gone on with, by another process.
    Resumed(Box<Resumed>),
    /// A step begins: its values are there, its `when` holds.
    StepStarted {
        /// The step.
        step: Address,
        /// Whether it was done, and is done again only for what was not kept of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// A step turns out to be made of others: one for each item of its `foreach`, or those of the playbook it calls.
    Expanded {
        /// The step.
        step: Address,
        /// What it is made of, in plan order.
        steps: Vec<PlannedStep>,
        /// SHA-256 of the items, or of the inputs handed over, as JSON; lower-case hexadecimal.
        digest: String,
    },
    /// The intent to send a request, journaled before the request goes out.
    Sending(Box<Sending>),
    /// The whole answer came.
    Answered {
        /// The request.
        call: CallId,
        /// The answer.
        answer: Box<AnswerRecord>,
    },
    /// No answer, or not a whole one.
    Unanswered {
        /// The request.
        call: CallId,
        /// What went wrong.
        error: crate::wire::TransportError,
        /// Whether the server may have executed the request.
        unknown: bool,
    },
    /// What follows from an answer, or from none.
    Decided {
        /// The request.
        call: CallId,
        /// What is done now.
        decision: Decision,
    },
    /// A 2xx answer: from now on the step's cleanup is owed.
    CleanupArmed {
        /// The step that created something.
        step: Address,
    },
    /// A step has ended.
    StepFinished(Box<StepReport>),
    /// The main steps are over; `finally` and the cleanups begin.
    Closing {
        /// How many cleanups are owed.
        cleanups: usize,
    },
    /// Cleaning up after a step begins.
    CleanupStarted {
        /// The step whose creation is undone.
        step: Address,
    },
    /// Cleaning up after a step has ended.
    CleanupFinished {
        /// The step whose creation was to be undone.
        step: Address,
        /// How it ended.
        outcome: Outcome,
        /// What went wrong.
        failures: Vec<Failure>,
        /// Whether steps of the playbook had done it, so that nothing was sent and what the step did stands.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_steps: bool,
    },
    /// Someone asked to stop.
    Interrupted {
        /// One: finish what is in flight. Two: drop it. Three: leave at once.
        times: u32,
    },
    /// The run's `--deadline` has passed.
    DeadlinePassed,
    /// The run is over.
    RunFinished(Box<RunFinished>),
    /// The finished run is not what its snapshot says: it has failed after all.
    SnapshotDiffers {
        /// The snapshot's file.
        snapshot: String,
        /// One for each place that differs.
        failures: Vec<Failure>,
    },
    /// Another run has begun with what this one has done, and owes its cleanups: this one is not gone on with.
    HandedOver {
        /// The other run.
        to: RunId,
    },
}

/// The first event of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`FORMAT`] when it was written.
    pub format: u32,
    /// The program's version.
    pub program: String,
    /// The run's name.
    pub run: RunId,
    /// When it started.
    pub started: jiff::Timestamp,
    /// What randomness is made from.
    pub seed: u64,
    /// The playbook's `playbook`; of a cell of its matrix with the cell behind it, `smoke[dev,eu]`.
    pub playbook: String,
    /// The playbook's `name`.
    pub title: Option<String>,
    /// Path and text of each source file.
    pub sources: Vec<(String, Arc<str>)>,
    /// The inputs that are no secrets.
    pub inputs: IndexMap<String, Value>,
    /// The names of the inputs that are.
    pub secret_inputs: Vec<String>,
    /// Whether any certificate of any server was accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
    /// Which simulator stands for the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulator: Option<Simulator>,
    /// The steps in plan order.
    pub steps: Vec<PlannedStep>,
}

/// A simulator that stands for the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Simulator {
    /// One that lives as long as the process.
    Embedded,
    /// One that runs already, at this URL.
    At(String),
}

impl RunStarted {
    /// The cell of the playbook's matrix, as it ends the playbook's name: `[dev,eu]`.
    pub fn cell(&self) -> Option<&str> {
        self.playbook.find('[').map(|at| &self.playbook[at..])
    }
}

/// The first event of a process that goes on with a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resumed {
    /// [`FORMAT`] when it was written.
    pub format: u32,
    /// The program's version.
    pub program: String,
    /// When that was.
    pub resumed: jiff::Timestamp,
    /// How far it goes on.
    pub extent: Extent,
    /// Path and text of each source file; none where they are those that the run knows already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<(String, Arc<str>)>,
    /// The inputs that are no secrets and that the run did not know.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, Value>,
    /// What may be done again although it has been done, or perhaps has: addresses of steps, those of cleanups behind
    /// `cleanup:`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redo: Vec<String>,
    /// What counts as done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
    /// The steps in plan order.
    pub steps: Vec<PlannedStep>,
}

/// How far a run is gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything that has not been done.
    Steps,
    /// Its end, which had begun: `finally` and the cleanups.
    Closing,
    /// The cleanups alone.
    Cleanups,
}

/// A step as the plan has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Its address.
    pub step: Address,
    /// Its title.
    pub title: Option<String>,
    /// Method and URL template, or `set`, or `wait`.
    pub summary: String,
    /// The steps it waits for.
    pub after: Vec<Address>,
    /// Whether it belongs to `finally`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finally: bool,
    /// Why it does not run, where a selection leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
}

/// The intent of one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    /// The request's number in the run.
    pub call: CallId,
    /// The step it is for; for a token, the step that asked first.
    pub step: Address,
    /// Its part in the step.
    pub role: Role,
    /// The number of the attempt, from one; a new poll starts again at one.
    pub attempt: u32,
    /// The number of the poll, from one; zero where the step does not poll.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub poll: u32,
    /// Whether it may be repeated.
    pub effect: Effect,
    /// What is sent.
    pub request: RequestRecord,
}

/// The last event of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// How many steps passed on a later attempt only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub flaky: u32,
    /// What may still exist out there.
    pub left_behind: Vec<LeftBehind>,
    /// The playbook's outputs, as far as they could be computed; secrets masked.
    pub outputs: IndexMap<String, Value>,
    /// Which outputs are ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// What kept an output or the end of the run from being computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
