//! What is known of each step while a run goes on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::adopting::Stand;
use super::items::{Instance, Instances};
use crate::event::{Failure, Foreseen, Outcome};
use crate::id::Address;
use crate::render::AnswerValues;
use crate::value::Value;

/// The state of one step.
#[derive(Clone, Debug)]
pub(super) struct StepState {
    /// The frame it belongs to.
    pub(super) frame: usize,
    /// Its index in the frame's plan, those of `finally` behind the others.
    pub(super) planned: usize,
    /// Where it stands.
    pub(super) address: Address,
    /// How many of the steps it waits for have not ended.
    pub(super) waits_for: usize,
    /// Why it will be skipped.
    pub(super) skip: Option<Skip>,
    /// The lock that it holds.
    pub(super) lock: Option<Arc<str>>,
    /// Whether it has started.
    pub(super) started: bool,
    /// Whether it has sent anything.
    pub(super) sent: bool,
    /// Method and URL of the request whose 2xx answer made its cleanup owed.
    pub(super) created_by: Option<String>,
    /// Whether its cleanup is owed.
    pub(super) armed: bool,
    /// Whether it may have done what it does, although it did not pass: an answer of 2xx, or none at all.
    pub(super) perhaps_done: bool,
    /// When it started.
    pub(super) started_at: Duration,
    /// How it ended.
    pub(super) outcome: Option<Outcome>,
    /// Whether it was skipped, or did not pass, because of something that went wrong.
    pub(super) broken: bool,
    /// Its captures so far.
    pub(super) own: HashMap<Arc<str>, Value>,
    /// Its last answer.
    pub(super) answer: Option<AnswerValues>,
    /// Whether this run created it (`ensure`).
    pub(super) created: Option<bool>,
    /// In a refresh: what it would do.
    pub(super) foreseen: Option<Foreseen>,
    /// In a refresh: whether it comes after something that is not done.
    pub(super) after_foreseen: bool,
    /// In a refresh: whether that is more than something that would be created.
    pub(super) after_unsure: bool,
    /// Whether something was sent again because it had failed.
    pub(super) retried: bool,
    /// How often its request was sent.
    pub(super) attempts: u32,
    /// How often it polled.
    pub(super) polls: u32,
    /// Whether `ensure.find` has found nothing.
    pub(super) absent: bool,
    /// Whether `create` met something that is there already.
    pub(super) conflict: bool,
    /// Everything that went wrong.
    pub(super) failures: Vec<Failure>,
    /// In a run that is gone on with: how it stands to what was done before.
    pub(super) stand: Stand,
    /// What it is one of many for.
    pub(super) instance: Option<Box<Instance>>,
    /// The steps that it is made of.
    pub(super) instances: Option<Box<Instances>>,
}

/// Why a step is skipped.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Skip {
    /// In words.
    pub(super) reason: String,
    /// Whether something went wrong (and not just a `when` that is false).
    pub(super) broken: bool,
}

impl StepState {
    pub(super) fn new(frame: usize, planned: usize, address: Address) -> Self {
        StepState {
            frame,
            planned,
            address,
            waits_for: 0,
            skip: None,
            lock: None,
            started: false,
            sent: false,
            created_by: None,
            armed: false,
            perhaps_done: false,
            started_at: Duration::ZERO,
            outcome: None,
            broken: false,
            own: HashMap::new(),
            answer: None,
            created: None,
            foreseen: None,
            after_foreseen: false,
            after_unsure: false,
            retried: false,
            attempts: 0,
            polls: 0,
            absent: false,
            conflict: false,
            failures: Vec::new(),
            stand: Stand::default(),
            instance: None,
            instances: None,
        }
    }
}
