//! How things end, and what is said about it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::id::Address;
use crate::value::Value;

/// How a step, a cleanup or a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything held.
    Passed,
    /// Everything held, on a later attempt.
    Flaky,
    /// Something that was expected is false.
    Failed,
    /// It could not be found out: no answer, time-out, a provider's refusal.
    Errored,
    /// It was not run.
    Skipped,
}

impl Outcome {
    /// The word, the same everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Flaky => "flaky",
            Outcome::Failed => "failed",
            Outcome::Errored => "errored",
            Outcome::Skipped => "skipped",
        }
    }

    /// Passed, perhaps on a later attempt.
    pub fn is_passed(self) -> bool {
        matches!(self, Outcome::Passed | Outcome::Flaky)
    }

    /// Failed or errored.
    pub fn is_bad(self) -> bool {
        matches!(self, Outcome::Failed | Outcome::Errored)
    }
}

/// What a step would do, in a refresh that changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Foreseen {
    /// `ensure` finds nothing, and would create it.
    Create,
    /// `ensure` finds it, and would update it.
    Update,
    /// It would send a request that changes something, without looking first.
    Send,
    /// It needs what is not there yet: nothing can be said of it.
    Later,
}

impl Foreseen {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Foreseen::Create => "would create",
            Foreseen::Update => "would update",
            Foreseen::Send => "would send",
            Foreseen::Later => "known later",
        }
    }
}

/// Why a selection leaves a step out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// It is named as one that does not run.
    Skipped,
    /// Others are named as those that run.
    NotSelected,
}

impl LeftOut {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            LeftOut::Skipped => "`--skip` names it",
            LeftOut::NotSelected => "it is not selected",
        }
    }

    /// From the words of a journal that has nothing else: how programs up to format 3 of the journal told of it.
    pub fn of_words(words: &str) -> Option<Self> {
        match words {
            "`--skip` names it" => Some(LeftOut::Skipped),
            "it is not selected" => Some(LeftOut::NotSelected),
            _ => None,
        }
    }
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Not the status that was expected.
    Status,
    /// A capture found nothing, or too much.
    Capture,
    /// An expectation is false.
    Expect,
    /// `fail_when` holds.
    FailWhen,
    /// A poll ended without what it waited for.
    PollTimeout,
    /// The answer's body cannot be read as what it should be.
    Body,
    /// No answer.
    Transport,
    /// A token could not be had.
    Auth,
    /// A template or an expression cannot be evaluated.
    Template,
    /// A file cannot be read.
    File,
    /// The run's deadline passed.
    Deadline,
    /// The run was interrupted.
    Interrupted,
    /// The transcript is not what the snapshot says.
    Snapshot,
    /// It has been done already, or perhaps has: someone has to say whether it is to be done again.
    Undecided,
}

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which kind.
    pub kind: FailureKind,
    /// What was expected and what was found.
    pub message: String,
    /// `file:line:column` of the place in the playbook, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// The end of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step.
    pub step: Address,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it was skipped because something went wrong, or the run stopped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Everything that went wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// What it captured, or set; secrets masked.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub captures: IndexMap<String, Value>,
    /// Which of these are ids, where they come from a playbook that it calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
    /// How often its request was sent, polls not counted.
    pub attempts: u32,
    /// How often it polled.
    #[serde(default)]
    pub polls: u32,
    /// For `ensure`: whether this run created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<bool>,
    /// In a refresh: what it would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreseen: Option<Foreseen>,
    /// Whether a bad outcome is tolerated (`continue_on_error`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tolerated: bool,
    /// Milliseconds from its start to its end.
    pub elapsed: u64,
}

impl StepReport {
    /// Whether the end stands when the run is gone on with: there is nothing to be done better.
    pub fn stands(&self) -> bool {
        match self.outcome {
            Outcome::Skipped => !self.cut,
            outcome => outcome.is_passed() || self.tolerated,
        }
    }
}

/// Something that may still exist out there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// The step that may have made it.
    pub step: Address,
    /// Method and URL of the request that may have made it: as sent, or as written where nothing was sent.
    pub request: String,
    /// Why it may be there still.
    pub reason: String,
}

impl LeftBehind {
    /// What a request has made, or perhaps has where its outcome is `unknown`, before it was sent once more.
    pub fn done_again(step: Address, request: String, unknown: bool) -> Self {
        let reason = match unknown {
            true => "it may have been executed before it was done again",
            false => "it was done again before what it had made was cleaned up",
        };
        LeftBehind { step, request, reason: reason.to_owned() }
    }
}

/// Something that may exist, as far as an earlier process of a run has come to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What it is.
    pub left: LeftBehind,
    /// Whether its request was answered: then whoever reaches its step again judges that answer.
    pub answered: bool,
}
