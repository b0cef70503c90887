//! Writes event lists for tests, in the words of a run.

use indexmap::IndexMap;

use crate::event::{
    AnswerRecord, BodyRecord, CallId, Decision, Effect, Envelope, Event, Failure, FailureKind, LeftBehind, Outcome,
    PlannedStep, RequestRecord, Role, RunFinished, RunStarted, Sending, StepReport,
};
use crate::id::{Address, RunId};
use crate::value::Value;
use crate::wire::{Headers, TransportError, TransportErrorKind};

/// Events under construction, with a clock of their own.
pub(crate) struct Script {
    pub(crate) events: Vec<Envelope>,
    at: u64,
    calls: u64,
}

impl Script {
    /// A run of steps, each with method and path.
    pub(crate) fn run(playbook: &str, steps: &[(&str, &str)]) -> Self {
        let planned = |(step, summary): &(&str, &str)| PlannedStep {
            step: Address::step(step),
            title: None,
            summary: (*summary).to_owned(),
            after: Vec::new(),
            finally: false,
            left_out: None,
        };
        let started = RunStarted {
            format: crate::event::FORMAT,
            program: "0.1.0".to_owned(),
            run: RunId("20261124-065523-k3f9".to_owned()),
            started: "2026-11-24T06:55:23Z".parse().expect("a time"),
            seed: 7,
            playbook: playbook.to_owned(),
            title: Some("Deploy a model and infer".to_owned()),
            sources: vec![(format!("{playbook}.yaml"), format!("playbook: {playbook}\n").into())],
            inputs: IndexMap::from([("api_url".to_owned(), Value::from("http://localhost:8080"))]),
            secret_inputs: vec!["password".to_owned()],
            insecure: false,
            simulator: None,
            steps: steps.iter().map(planned).collect(),
        };
        let mut script = Script { events: Vec::new(), at: 0, calls: 0 };
        script.event(Event::RunStarted(Box::new(started)));
        script
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, milliseconds: u64) -> &mut Self {
        self.at += milliseconds;
        self
    }

    /// Any event.
    pub(crate) fn event(&mut self, event: Event) -> &mut Self {
        self.events.push(Envelope { n: self.events.len() as u64, at: self.at, event });
        self
    }

    pub(crate) fn begin(&mut self, step: &str) -> &mut Self {
        self.event(Event::StepStarted { step: address(step), again: false })
    }

    /// Sends the first attempt of a `once` request.
    pub(crate) fn send(&mut self, step: &str, line: &str) -> CallId {
        self.send_as(step, line, Role::Main, (1, 0))
    }

    /// Sends a request: its part, its attempt and poll. Whatever finds or polls only reads.
    pub(crate) fn send_as(&mut self, step: &str, line: &str, role: Role, (attempt, poll): (u32, u32)) -> CallId {
        self.calls += 1;
        let call = CallId(self.calls);
        let reads = matches!(role, Role::Find(_) | Role::Token(_)) || poll > 0;
        let effect = if reads { Effect::Read } else { Effect::Once };
        let (method, path) = line.split_once(' ').expect("method and path");
        let request = RequestRecord {
            method: method.to_owned(),
            url: format!("http://localhost:8080{path}"),
            headers: Headers(vec![("Authorization".to_owned(), "Bearer ***".to_owned())]),
            body: BodyRecord::Text(r#"{"name":"fraud"}"#.to_owned()),
            marks: Vec::new(),
        };
        self.event(Event::Sending(Box::new(Sending {
            call,
            step: address(step),
            role,
            attempt,
            poll,
            effect,
            request,
        })));
        call
    }

    /// Answers after so many milliseconds.
    pub(crate) fn answer(&mut self, call: CallId, after: u64, status: u16, body: &str) -> &mut Self {
        self.at += after;
        let headers = Headers(vec![("content-type".to_owned(), "application/json".to_owned())]);
        let body = BodyRecord::Text(body.to_owned());
        self.event(Event::Answered {
            call,
            answer: Box::new(AnswerRecord {
                status,
                headers,
                body,
                stderr: BodyRecord::Empty,
                elapsed: after,
                marks: Vec::new(),
            }),
        })
    }

    pub(crate) fn no_answer(&mut self, call: CallId, after: u64, unknown: bool) -> &mut Self {
        self.at += after;
        let kind = if unknown { TransportErrorKind::Timeout } else { TransportErrorKind::Refused };
        let what = if unknown { "no answer from localhost:8080 in 30 s" } else { "localhost:8080 refused to connect" };
        self.event(Event::Unanswered { call, error: TransportError { kind, message: what.to_owned() }, unknown })
    }

    pub(crate) fn decide(&mut self, call: CallId, decision: Decision) -> &mut Self {
        self.event(Event::Decided { call, decision })
    }

    /// Answers 200 and is content.
    pub(crate) fn pass(&mut self, call: CallId, after: u64, body: &str) -> &mut Self {
        self.answer(call, after, 200, body).decide(call, Decision::Pass)
    }

    pub(crate) fn end(&mut self, step: &str, outcome: Outcome) -> &mut Self {
        self.end_with(step, outcome, |_| ())
    }

    /// Ends a step; the rest of its report is filled in by the function.
    pub(crate) fn end_with(&mut self, step: &str, outcome: Outcome, fill: impl FnOnce(&mut StepReport)) -> &mut Self {
        let mut report = StepReport {
            foreseen: None,
            cut: false,
            ids: Vec::new(),
            step: address(step),
            outcome,
            reason: None,
            failures: Vec::new(),
            captures: IndexMap::new(),
            attempts: 1,
            polls: 0,
            created: None,
            tolerated: false,
            elapsed: self.at - self.began(step),
        };
        fill(&mut report);
        self.event(Event::StepFinished(Box::new(report)))
    }

    /// Ends the run; the rest is filled in by the function.
    pub(crate) fn finish(&mut self, outcome: Outcome, fill: impl FnOnce(&mut RunFinished)) -> &mut Self {
        let mut finished = RunFinished {
            ids: Vec::new(),
            outcome,
            interrupted: false,
            flaky: 0,
            left_behind: Vec::new(),
            outputs: IndexMap::new(),
            failures: Vec::new(),
        };
        fill(&mut finished);
        self.event(Event::RunFinished(Box::new(finished)))
    }

    fn began(&self, step: &str) -> u64 {
        let address = address(step);
        let begins =
            |envelope: &&Envelope| envelope.event == Event::StepStarted { step: address.clone(), again: false };
        self.events.iter().rev().find(begins).map_or(self.at, |envelope| envelope.at)
    }
}

/// An address from its text: journals hold it as a string.
pub(crate) fn address(text: &str) -> Address {
    serde_json::from_value(text.into()).expect("an address is a string")
}

pub(crate) fn failure(kind: FailureKind, message: &str, place: &str, help: &str) -> Failure {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Failure { kind, message: message.to_owned(), place: some(place), help: some(help) }
}

pub(crate) fn left_behind(step: &str, request: &str, reason: &str) -> LeftBehind {
    LeftBehind { step: address(step), request: request.to_owned(), reason: reason.to_owned() }
}
