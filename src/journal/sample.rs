//! A few events for the tests of this module.

use crate::event::{
    AnswerRecord, BodyRecord, CallId, Effect, Envelope, Event, RequestRecord, Role, RunStarted, Sending,
};
use crate::id::{Address, RunId};
use crate::wire::Headers;

/// A run that was killed after its first answer.
pub(super) fn events() -> Vec<Envelope> {
    let started = RunStarted {
        format: crate::event::FORMAT,
        program: "0.1.0".to_owned(),
        run: RunId("20261124-065523-k3f9".to_owned()),
        started: "2026-11-24T06:55:23Z".parse().expect("a time"),
        seed: 7,
        playbook: "demo".to_owned(),
        title: None,
        sources: vec![("demo.yaml".to_owned(), "playbook: demo\nname: Größe\n".into())],
        inputs: [("n".to_owned(), crate::value::Value::float(0.1))].into_iter().collect(),
        secret_inputs: Vec::new(),
        insecure: false,
        simulator: None,
        steps: Vec::new(),
    };
    let step = Address::step("a");
    let sending = Sending {
        call: CallId(1),
        step: step.clone(),
        role: Role::Main,
        attempt: 1,
        poll: 0,
        effect: Effect::Once,
        request: RequestRecord {
            method: "POST".to_owned(),
            url: "http://localhost/a".to_owned(),
            headers: Headers::default(),
            body: BodyRecord::Text("{}".to_owned()),
            marks: Vec::new(),
        },
    };
    let answer = AnswerRecord {
        status: 200,
        headers: Headers::default(),
        body: BodyRecord::Empty,
        stderr: BodyRecord::Empty,
        elapsed: 12,
        marks: Vec::new(),
    };
    let events = [
        Event::RunStarted(Box::new(started)),
        Event::StepStarted { step, again: false },
        Event::Sending(Box::new(sending)),
        Event::Answered { call: CallId(1), answer: Box::new(answer) },
    ];
    let number = |(n, event)| Envelope { n: n as u64, at: n as u64 * 10, event };
    events.into_iter().enumerate().map(number).collect()
}
