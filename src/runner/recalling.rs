//! A request that must not be done twice and was answered in an earlier process: its answer is judged, and nothing is
//! sent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::answer::{Body, LargeBody, Received};
use super::machine::{End, MachineId, Owner, State};
use super::past::{CLEANUP, Exchange, Past};
use super::restoring::question;
use super::scheduler::Scheduler;
use crate::event::{AnswerRecord, BodyRecord, Effect, RequestRecord, Role};
use crate::playbook::EXEC;
use crate::render::{Part, ProgramEnd};
use crate::value::Value;

impl Scheduler<'_> {
    /// Takes the answer that an earlier process got to a request; whether the request is not to be sent.
    pub(super) fn recalled(&mut self, id: MachineId, record: &RequestRecord) -> bool {
        let Some((past, exchange)) = self.past.and_then(|past| Some((past, self.known_exchange(id, past)?))) else {
            return false;
        };
        let mut record = record.clone();
        record.each_leaf(&mut super::keeping::Masking(&self.redactor));
        let why = match &exchange.answer {
            None if exchange.is_unknown => Some("it was sent, and nobody knows whether it was done"),
            Some(answer) if !exchange.succeeded() => return self.is_doubtful(id, answer),
            Some(_) if self.has_changed_file(id, past) => {
                Some("it was answered, and a file that it has sent has changed since")
            }
            Some(_) if !exchange.is_for(&record) => Some("it was answered, and its request has changed since"),
            Some(answer) if past.body_of(answer).is_none() => {
                Some("it was answered, and the answer was not kept whole")
            }
            Some(_) => None,
            None => return false,
        };
        match (why, &exchange.answer) {
            (None, Some(answer)) => self.take_kept(id, exchange, answer, past),
            (why, _) => self.ask_of(id, why.unwrap_or_default()),
        }
        true
    }

    /// A gateway that gave up says nothing of what was done behind it.
    fn is_doubtful(&mut self, id: MachineId, answer: &AnswerRecord) -> bool {
        let doubtful = matches!(answer.status, 502 | 504);
        if doubtful {
            self.ask_of(id, "a gateway answered for it, and nobody knows whether it was done");
        }
        doubtful
    }

    /// The last time that a request was sent which must not be done twice, unless it may be sent again.
    fn known_exchange<'p>(&self, id: MachineId, past: &'p Past) -> Option<&'p Exchange> {
        let machine = &self.machines[&id];
        if machine.sent.is_some() || self.effect_of(id) != Effect::Once {
            return None;
        }
        match &machine.owner {
            // What `ensure` creates is looked for first.
            Owner::Step { step, role: Role::Main } => {
                let address = self.address_of(*step);
                let stand = self.steps[*step].stand;
                if past.is_redone(address) || stand.allowed || stand.fetched {
                    return None;
                }
                past.steps.get(address)?.exchanges.iter().find(|exchange| exchange.role == Role::Main)
            }
            Owner::Cleanup { step, request } => {
                let address = self.address_of(*step);
                if past.is_cleanup_redone(address) {
                    return None;
                }
                past.owed.get(address)?.iter().find(|exchange| exchange.role == Role::Cleanup(*request))
            }
            _ => None,
        }
    }

    fn has_changed_file(&self, id: MachineId, past: &Past) -> bool {
        match &self.machines[&id].owner {
            Owner::Step { step, .. } => {
                past.steps.get(self.address_of(*step)).is_some_and(|known| known.changed_file.is_some())
            }
            _ => false,
        }
    }

    fn take_kept(&mut self, id: MachineId, exchange: &Exchange, answer: &AnswerRecord, past: &Past) {
        let received = received(&exchange.request, answer, past);
        let Some(machine) = self.machines.get_mut(&id) else { return };
        machine.state = State::InFlight;
        machine.history.attempt = exchange.attempt;
        machine.history.begun = self.now;
        machine.sent = Some(format!("{} {}", exchange.request.method, exchange.request.url));
        machine.sent_at = self.now;
        if let Owner::Step { step, .. } = machine.owner {
            self.steps[step].sent = true;
        }
        self.in_flight.insert(exchange.call, id);
        self.answered(exchange.call, received);
    }

    /// Ends a request that nobody may send again without a word.
    fn ask_of(&mut self, id: MachineId, why: &str) {
        let (address, captures) = match &self.machines[&id].owner {
            Owner::Cleanup { step, .. } => (format!("{CLEANUP}{}", self.address_of(*step)), Vec::new()),
            Owner::Step { step, .. } => {
                let captures = self.step(*step).captures.iter().map(|(name, _)| Arc::clone(name)).collect();
                (self.address_of(*step).to_string(), captures)
            }
            Owner::Token { .. } => return,
        };
        let why = format!("{why}; it must not be done twice");
        let failure = question(&address, &why, captures.iter().map(|name| &**name));
        let is_step = matches!(self.machines[&id].owner, Owner::Step { .. });
        self.end_machine(id, End::errored(failure));
        if is_step {
            self.stop_to_ask();
        }
    }
}

impl Exchange {
    /// Whether it was answered, and well.
    pub(super) fn succeeded(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| self.request.succeeds_with(answer.status))
    }

    /// Whether that request would be the same. Header fields hold credentials, which are others each time.
    fn is_for(&self, record: &RequestRecord) -> bool {
        let RequestRecord { method, url, body, .. } = &self.request;
        *method == record.method && *url == record.url && *body == record.body
    }
}

/// An answer as it came, as far as it was kept.
pub(super) fn received(request: &RequestRecord, answer: &AnswerRecord, past: &Past) -> Received {
    let text = |body: &BodyRecord| match body {
        BodyRecord::Text(text) => text.clone(),
        body => body.bytes(&*past.body).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default(),
    };
    let program = (request.method == EXEC)
        .then(|| Arc::new(ProgramEnd { exit_code: i32::from(answer.status), stderr: text(&answer.stderr) }));
    Received {
        status: answer.status,
        headers: answer.headers.clone(),
        body: match past.body_of(answer) {
            Some(bytes) => Body::Whole(Bytes::from(bytes)),
            None => Body::Large(Box::new(large(&answer.body))),
        },
        elapsed: Duration::from_millis(answer.elapsed),
        program,
    }
}

fn large(body: &BodyRecord) -> LargeBody {
    let (bytes, sha256, saved) = match body {
        BodyRecord::Saved { path, bytes, sha256 } => (*bytes, sha256.clone(), Some(path.clone())),
        BodyRecord::Projected { bytes, sha256 } => (*bytes, sha256.clone(), None),
        BodyRecord::Unread { bytes } | BodyRecord::Stored { bytes, .. } => (*bytes, String::new(), None),
        _ => (0, String::new(), None),
    };
    let part = Part { bytes, beginning: String::new(), events: None, unread: None };
    LargeBody { value: Value::Null, not_json: None, text: None, sha256, part: Arc::new(part), saved }
}
