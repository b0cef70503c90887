//! What is done again: a poll, an attempt, a request with a new token. And what is told where nothing is any more.

use std::time::Duration;

use super::decide::{Policy, Seen, held_back};
use super::failure;
use super::length::{self, millis};
use super::machine::{End, Machine, MachineId, State};
use super::scheduler::{Scheduler, Waiter};
use crate::event::{CallId, Decision, Event, FailureKind, Outcome};
use crate::plan::Call;

const NOT_TWICE: &str = "not sent again, since it may have been executed and must not be done twice; \
                         write `effect: idempotent` if doing it twice is harmless";

impl Scheduler<'_> {
    /// Asks again later, since what is waited for is not there yet.
    pub(super) fn poll_again(&mut self, id: MachineId, call: CallId, after: Duration) {
        let seen = self.machines[&id].seen.clone();
        self.restart(id);
        self.journal(Event::Decided { call, decision: Decision::PollAgain { after: millis(after), seen } });
        self.wait(id, after, |machine| {
            machine.history.poll += 1;
            machine.history.attempt = 1;
            // The answer was taken, so that a later refusal is a new one.
            machine.history.renewed = false;
        });
    }

    /// Sends it again later, since it has failed.
    pub(super) fn retry(&mut self, id: MachineId, call: CallId, after: Duration, because: String) {
        self.restart(id);
        self.journal(Event::Decided { call, decision: Decision::Retry { after: millis(after), because } });
        self.wait(id, after, |machine| {
            machine.history.attempt += 1;
            machine.retried = true;
        });
    }

    /// Sends it again with a new token, since the one it had was refused.
    pub(super) fn renew(&mut self, id: MachineId, call: CallId) {
        self.restart(id);
        self.journal(Event::Decided { call, decision: Decision::Renew });
        if let Some(machine) = self.machines.get_mut(&id) {
            machine.refused = machine.token;
            machine.history.renewed = true;
        }
        self.queue(id, true);
    }

    fn wait(&mut self, id: MachineId, after: Duration, change: impl FnOnce(&mut Machine)) {
        self.sleep(after, Waiter::Machine(id));
        if let Some(machine) = self.machines.get_mut(&id) {
            change(machine);
            machine.state = State::Waiting;
        }
    }

    /// A number from 0 to 1 that is the same for the same seed, step and attempt.
    pub(super) fn jitter(&self, id: MachineId) -> f64 {
        let machine = &self.machines[&id];
        let site = self.address(id);
        let text = format!("{}:{}:{}:{}", self.facts.seed, site, machine.history.poll, machine.history.attempt);
        f64::from(crc32fast::hash(text.as_bytes())) / f64::from(u32::MAX)
    }

    /// The end of a poll whose time is over, with what was seen last.
    pub(super) fn poll_timeout(&self, id: MachineId, call: Option<&Call>, end: End) -> End {
        let Some((call, poll)) = call.and_then(|call| Some((call.poll?, call.request.poll.as_ref()?))) else {
            return end;
        };
        let machine = &self.machines[&id];
        let asked = match machine.history.poll {
            1 => "one poll".to_owned(),
            polls => format!("{polls} polls"),
        };
        let length = length::duration(call.timeout);
        let until = poll.until.text().trim();
        let last = match &end {
            // The last thing seen was no answer, or one whose status would have been retried.
            End::Bad { failures, .. } if !failures.is_empty() => failures[0].message.clone(),
            _ => machine.seen.clone(),
        };
        let message = format!("`{until}` did not hold within {length}, after {asked}; last seen: {last}");
        let failure = failure::at(FailureKind::PollTimeout, message, poll.until.span(), self.words());
        match &end {
            End::Bad { outcome: Outcome::Errored, .. } => End::errored(failure),
            _ => End::failed(vec![failure], Default::default()),
        }
    }
}

/// Says why a request that `retry` names was not sent again.
pub(super) fn explain_held_back(end: &mut End, policy: &Policy<'_>, seen: &Seen) {
    if held_back(policy, seen)
        && let End::Bad { failures, .. } = end
        && let Some(failure) = failures.first_mut()
    {
        failure.help = Some(NOT_TWICE.to_owned());
    }
}
