//! The parts of a record: steps, cleanups, token requests, and their tries.

use indexmap::IndexMap;

use crate::event::{
    AnswerRecord, CallId, Decision, Effect, Failure, Outcome, PlannedStep, RequestRecord, Role, Sending, StepReport,
};
use crate::id::Address;
use crate::value::Value;
use crate::wire::{TransportError, method_after};

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepState {
    /// It has not begun; in a run that is over, it never did.
    Waiting,
    /// It has begun and not ended; in a run that was killed, it never did.
    Running,
    /// It has ended.
    Ended(Outcome),
}

/// A step, with its tries.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRecord {
    /// Its address.
    pub step: Address,
    /// What the plan says of it; `None` for what the plan could not know: instances and children.
    pub planned: Option<PlannedStep>,
    /// When it began.
    pub started: Option<u64>,
    /// When it ended.
    pub ended: Option<u64>,
    /// Its requests, in the order of sending.
    pub tries: Vec<Try>,
    /// How it ended, and with what.
    pub report: Option<StepReport>,
    /// The number of the event with which it began last.
    pub began: Option<u64>,
    /// The number of the event with which it ended; not where it was done once more for what was not kept of it.
    pub over: Option<u64>,
    /// The number of the event with which it was last cleaned up, or someone has said that it may be done again.
    pub reopened: Option<u64>,
    /// The digest of what it is made of.
    pub digest: Option<String>,
    /// The first of its tries that still counts: what those before it did was cleaned up.
    pub(super) counted_from: usize,
    /// Those of its tries of which someone has said that they were done.
    pub(super) decided: Vec<usize>,
    /// Those of its tries that made what was still owed a cleanup when it was made once more.
    pub(super) doubled: Vec<usize>,
    /// Whether someone has said so, and the step has not ended since.
    pub(super) assumed: bool,
    /// Whether it is being done once more for what was not kept of it.
    pub(super) again: bool,
    /// How it ended when it last passed, without what was cleaned up since.
    pub last_passed: Option<StepReport>,
    /// Its instances and children, as places in the list of all steps, in the order of appearance.
    pub(super) children: Vec<usize>,
    /// Whether these are its items.
    pub(super) of_items: bool,
    /// How many steps it is inside of.
    pub(super) depth: usize,
}

impl StepRecord {
    pub(super) fn new(step: Address, planned: Option<PlannedStep>, depth: usize) -> Self {
        StepRecord {
            step,
            planned,
            started: None,
            ended: None,
            tries: Vec::new(),
            report: None,
            began: None,
            over: None,
            reopened: None,
            digest: None,
            again: false,
            counted_from: 0,
            decided: Vec::new(),
            doubled: Vec::new(),
            assumed: false,
            last_passed: None,
            children: Vec::new(),
            of_items: false,
            depth,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> StepState {
        match (&self.report, self.started) {
            (Some(report), _) => StepState::Ended(report.outcome),
            (None, Some(_)) => StepState::Running,
            (None, None) => StepState::Waiting,
        }
    }

    /// How it ended, if it did.
    pub fn outcome(&self) -> Option<Outcome> {
        self.report.as_ref().map(|report| report.outcome)
    }

    /// Everything that went wrong.
    pub fn failures(&self) -> &[Failure] {
        self.report.as_ref().map_or(&[], |report| &report.failures)
    }

    /// Why it was skipped.
    pub fn reason(&self) -> Option<&str> {
        self.report.as_ref()?.reason.as_deref()
    }

    /// The end by which a later process takes it. Where it passed and was done once more for what was not kept of it, it
    /// has passed, whatever came of that.
    pub fn standing(&self) -> Option<&StepReport> {
        let before = self.last_passed.as_ref().filter(|_| self.again);
        before.or(self.report.as_ref())
    }

    /// A capture; secrets are masked.
    pub fn capture(&self, name: &str) -> Option<&Value> {
        self.captures()?.get(name)
    }

    /// What it captured; `None` before its end.
    pub fn captures(&self) -> Option<&IndexMap<String, Value>> {
        self.report.as_ref().map(|report| &report.captures)
    }

    /// Whether its bad outcome is tolerated.
    pub fn tolerated(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.tolerated && report.outcome.is_bad())
    }

    /// Its requests, without those whose effects were cleaned up.
    pub fn counted_tries(&self) -> &[Try] {
        self.tries.get(self.counted_from..).unwrap_or_default()
    }

    /// Its last request.
    pub fn last_try(&self) -> Option<&Try> {
        self.tries.last()
    }

    /// The requests that have perhaps changed something, where the step did not get so far as to know, and why; the last
    /// one first.
    pub(super) fn perhaps_done(&self) -> Vec<(&Try, &'static str)> {
        const STOPPED: &str = "it was sent and the run stopped before its answer was kept";
        const UNKNOWN: &str = "it may have been executed, although nothing good came back";
        const TAKEN: &str = "it was taken, and the run stopped before it was seen what came of it";
        let passed = self.outcome().is_some_and(Outcome::is_passed);
        let mut answered_well = passed;
        let is_absent = |one: &Try| matches!(one.role, Role::Find(_)) && one.decision == Some(Decision::Absent);
        let absent = self.tries.iter().rposition(is_absent);
        let mut why = |(place, exchange): (usize, &Try)| match &exchange.result {
            _ if exchange.effect == Effect::Read || self.decided.contains(&place) => None,
            // `ensure` has looked since, and nothing was there.
            _ if exchange.role == Role::Create && absent.is_some_and(|absent| place < absent) => None,
            // What was cleaned up is no more, but for what was done twice without anyone's knowing.
            _ if place < self.counted_from && !(exchange.effect == Effect::Once && exchange.is_doubtful()) => None,
            // Done twice it is the same, so that only what came behind is in doubt; not so what was sent again though
            // it must not be.
            _ if answered_well && exchange.effect == Effect::Idempotent => None,
            TryResult::Open => Some(STOPPED),
            TryResult::Error { unknown: true, .. } | TryResult::Answer(AnswerRecord { status: 502 | 504, .. }) => {
                Some(UNKNOWN)
            }
            TryResult::Answer(_) if !passed && exchange.was_taken() => Some(TAKEN),
            TryResult::Answer(_) if exchange.succeeded() => {
                answered_well = true;
                exchange.decision.is_none().then_some(TAKEN)
            }
            _ => None,
        };
        let tries = self.tries.iter().enumerate().rev();
        let mut found: Vec<_> =
            tries.filter_map(|(place, exchange)| Some((exchange, why((place, exchange))?))).collect();
        // Each of those that must not be done twice has perhaps made something; the others one thing together.
        let mut one_of_others = false;
        found.retain(|(exchange, _)| exchange.is_done_once() || !std::mem::replace(&mut one_of_others, true));
        found
    }

    /// Whether it is made of other steps (`foreach`, `call`), and nothing went wrong that is its own.
    pub fn is_composite(&self) -> bool {
        !self.children.is_empty() && self.failures().is_empty()
    }

    /// Whether it is made of one step for each item of its `foreach`.
    pub fn has_items(&self) -> bool {
        self.of_items
    }

    /// How many steps it is made of.
    pub fn parts(&self) -> usize {
        self.children.len()
    }

    /// How many steps it is inside of.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Whether it belongs to `finally`.
    pub fn finally(&self) -> bool {
        self.planned.as_ref().is_some_and(|planned| planned.finally)
    }
}

/// Cleaning up after a step.
#[derive(Clone, Debug, PartialEq)]
pub struct CleanupRecord {
    /// The step whose creation is undone.
    pub step: Address,
    /// When it became owed.
    pub armed: Option<u64>,
    /// The number of the event with which it became owed.
    pub since: Option<u64>,
    /// When it began.
    pub started: Option<u64>,
    /// When it ended.
    pub ended: Option<u64>,
    /// Its requests, in the order of sending.
    pub tries: Vec<Try>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// What went wrong.
    pub failures: Vec<Failure>,
    /// The first of its tries that is for what was created last.
    pub(super) counted_from: usize,
}

impl CleanupRecord {
    /// Whether it is still to be done.
    pub fn is_owed(&self) -> bool {
        self.armed.is_some() && !self.is_done()
    }

    /// Whether it has been done: nothing is there any more of what the step had created.
    pub fn is_done(&self) -> bool {
        self.outcome.is_some_and(Outcome::is_passed)
    }

    /// Its requests, without those for what the step created before.
    pub fn counted_tries(&self) -> &[Try] {
        self.tries.get(self.counted_from..).unwrap_or_default()
    }

    pub(super) fn new(step: Address) -> Self {
        CleanupRecord {
            step,
            armed: None,
            since: None,
            started: None,
            ended: None,
            tries: Vec::new(),
            outcome: None,
            failures: Vec::new(),
            counted_from: 0,
        }
    }
}

/// A token request.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenFetch {
    /// The auth provider.
    pub provider: String,
    /// The step that asked first.
    pub step: Address,
    /// The request.
    pub exchange: Try,
}

/// One request, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// Its number in the run.
    pub call: CallId,
    /// Its part in the step.
    pub role: Role,
    /// The number of the attempt, from one; a new poll starts again at one.
    pub attempt: u32,
    /// The number of the poll, from one; zero where the step does not poll.
    pub poll: u32,
    /// Whether it may be repeated.
    pub effect: Effect,
    /// What was sent.
    pub request: RequestRecord,
    /// When it was sent.
    pub sent: u64,
    /// When the answer or the error came.
    pub ended: Option<u64>,
    /// What came.
    pub result: TryResult,
    /// What followed from it.
    pub decision: Option<Decision>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum TryResult {
    /// Nothing yet; in a run that was killed, nobody knows.
    Open,
    /// The whole answer.
    Answer(AnswerRecord),
    /// No answer, or not a whole one.
    Error {
        /// What went wrong.
        error: TransportError,
        /// Whether the server may have executed the request.
        unknown: bool,
    },
}

impl Try {
    pub(super) fn new(sending: Sending, sent: u64) -> Self {
        Try {
            call: sending.call,
            role: sending.role,
            attempt: sending.attempt,
            poll: sending.poll,
            effect: sending.effect,
            request: sending.request,
            sent,
            ended: None,
            result: TryResult::Open,
            decision: None,
        }
    }

    /// Method and URL.
    pub fn request_line(&self) -> String {
        format!("{} {}", self.request.method, self.request.url)
    }

    /// The answer, if it came whole.
    pub fn answer(&self) -> Option<&AnswerRecord> {
        match &self.result {
            TryResult::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// The answer's status.
    pub fn status(&self) -> Option<u16> {
        self.answer().map(|answer| answer.status)
    }

    /// What went wrong instead of an answer.
    pub fn error(&self) -> Option<&TransportError> {
        match &self.result {
            TryResult::Error { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Milliseconds until the answer or the error came.
    pub fn elapsed(&self) -> Option<u64> {
        match &self.result {
            TryResult::Answer(answer) => Some(answer.elapsed),
            _ => self.ended.map(|ended| ended.saturating_sub(self.sent)),
        }
    }

    /// Whether the server took it and said where to see what came of it.
    pub fn was_taken(&self) -> bool {
        let method = &*self.request.method;
        self.effect != Effect::Read
            && matches!(self.decision, Some(Decision::Redirect { .. }))
            && self.status().is_some_and(|status| method_after(status, method) != method)
    }

    /// Whether it was answered, and well.
    pub fn succeeded(&self) -> bool {
        self.status().is_some_and(|status| self.request.succeeds_with(status))
    }

    /// Whether nobody knows if the server executed it.
    pub fn is_unknown(&self) -> bool {
        matches!(self.result, TryResult::Open | TryResult::Error { unknown: true, .. })
    }

    /// The same, also where a gateway has answered that got no answer itself.
    pub fn is_doubtful(&self) -> bool {
        self.is_unknown() || matches!(self.status(), Some(502 | 504))
    }

    /// Whether it has done, or may have done, what must not be done twice.
    pub fn is_done_once(&self) -> bool {
        self.effect == Effect::Once && (self.succeeded() || self.is_doubtful() || self.was_taken())
    }
}
