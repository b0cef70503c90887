//! The texts inside an event that come from outside: what may hold a secret.
//!
//! Names of events, roles, outcomes and our own numbers are left alone: a secret that happens to be the word
//! `status` must not break the journal.

use std::sync::Arc;

use super::{
    AnswerRecord, BodyRecord, Decision, Event, Failure, LeftBehind, Mark, MarkKind, PartRecord, PlannedStep,
    RequestRecord, RunFinished, RunStarted, StepReport,
};
use crate::value::Value;
use crate::wire::Headers;

/// What is done with each text and each value.
pub trait Leaves {
    /// A text.
    fn text(&mut self, text: &mut String);

    /// A JSON value.
    fn value(&mut self, value: &mut Value);
}

impl RequestRecord {
    /// Hands every text and value that comes from outside to `leaves`.
    pub fn each_leaf(&mut self, leaves: &mut dyn Leaves) {
        request(self, leaves);
    }
}

impl Event {
    /// Hands every text and value that comes from outside to `leaves`.
    pub fn each_leaf(&mut self, leaves: &mut dyn Leaves) {
        match self {
            Event::RunStarted(started) => run_started(started, leaves),
            Event::Resumed(resumed) => {
                sources(&mut resumed.sources, leaves);
                resumed.inputs.values_mut().for_each(|value| leaves.value(value));
                planned(&mut resumed.steps, leaves);
            }
            Event::Expanded { steps, .. } => planned(steps, leaves),
            Event::Sending(sending) => request(&mut sending.request, leaves),
            Event::Answered { answer, .. } => self::answer(answer, leaves),
            Event::Unanswered { error, .. } => leaves.text(&mut error.message),
            Event::Decided { decision, .. } => match decision {
                Decision::PollAgain { seen, .. } => leaves.text(seen),
                Decision::Retry { because, .. } => leaves.text(because),
                Decision::Redirect { to } => leaves.text(to),
                _ => {}
            },
            Event::StepFinished(report) => step_report(report, leaves),
            Event::CleanupFinished { failures, .. } | Event::SnapshotDiffers { failures, .. } => {
                each_failure(failures, leaves);
            }
            Event::RunFinished(finished) => run_finished(finished, leaves),
            Event::StepStarted { .. }
            | Event::CleanupArmed { .. }
            | Event::Closing { .. }
            | Event::CleanupStarted { .. }
            | Event::Interrupted { .. }
            | Event::DeadlinePassed
            | Event::HandedOver { .. } => {}
        }
    }
}

fn run_started(started: &mut RunStarted, leaves: &mut dyn Leaves) {
    sources(&mut started.sources, leaves);
    started.inputs.values_mut().for_each(|value| leaves.value(value));
    planned(&mut started.steps, leaves);
    started.title.iter_mut().for_each(|title| leaves.text(title));
}

fn sources(sources: &mut [(String, Arc<str>)], leaves: &mut dyn Leaves) {
    for (_, text) in sources {
        let mut whole = text.to_string();
        leaves.text(&mut whole);
        if *whole != **text {
            *text = whole.into();
        }
    }
}

fn planned(steps: &mut [PlannedStep], leaves: &mut dyn Leaves) {
    for step in steps {
        step.title.iter_mut().for_each(|title| leaves.text(title));
        leaves.text(&mut step.summary);
    }
}

fn request(request: &mut RequestRecord, leaves: &mut dyn Leaves) {
    leaves.text(&mut request.url);
    headers(&mut request.headers, leaves);
    body(&mut request.body, leaves);
    marks(&mut request.marks, leaves);
}

fn answer(answer: &mut AnswerRecord, leaves: &mut dyn Leaves) {
    headers(&mut answer.headers, leaves);
    body(&mut answer.body, leaves);
    body(&mut answer.stderr, leaves);
    marks(&mut answer.marks, leaves);
}

fn marks(marks: &mut [Mark], leaves: &mut dyn Leaves) {
    for mark in marks {
        leaves.text(&mut mark.at);
        if let MarkKind::Part { text, .. } = &mut mark.kind {
            leaves.text(text);
        }
    }
}

fn headers(headers: &mut Headers, leaves: &mut dyn Leaves) {
    for (name, value) in &mut headers.0 {
        leaves.text(name);
        leaves.text(value);
    }
}

fn body(kept: &mut BodyRecord, leaves: &mut dyn Leaves) {
    match kept {
        BodyRecord::Text(text) | BodyRecord::File { path: text } | BodyRecord::Saved { path: text, .. } => {
            leaves.text(text);
        }
        BodyRecord::Multipart(parts) => {
            for PartRecord { name, filename, content_type, body } in parts {
                leaves.text(name);
                filename.iter_mut().chain(content_type).for_each(|text| leaves.text(text));
                self::body(body, leaves);
            }
        }
        // Bytes are redacted before they are encoded or stored.
        BodyRecord::Empty | BodyRecord::Base64(_) | BodyRecord::Stored { .. } => {}
        BodyRecord::Projected { .. } | BodyRecord::Unread { .. } => {}
    }
}

fn step_report(report: &mut StepReport, leaves: &mut dyn Leaves) {
    report.reason.iter_mut().for_each(|reason| leaves.text(reason));
    report.captures.values_mut().for_each(|value| leaves.value(value));
    each_failure(&mut report.failures, leaves);
}

fn run_finished(finished: &mut RunFinished, leaves: &mut dyn Leaves) {
    finished.outputs.values_mut().for_each(|value| leaves.value(value));
    each_failure(&mut finished.failures, leaves);
    for LeftBehind { request, reason, .. } in &mut finished.left_behind {
        leaves.text(request);
        leaves.text(reason);
    }
}

fn each_failure(failures: &mut [Failure], leaves: &mut dyn Leaves) {
    for failure in failures {
        leaves.text(&mut failure.message);
        failure.help.iter_mut().for_each(|help| leaves.text(help));
    }
}
