//! From an answer, or none, to what follows.

use std::sync::Arc;

use super::answer::{Received, retry_after};
use super::decide::{self, Next, Policy, Seen, decide, held_back, is_unknown};
use super::failure;
use super::judge::{Bench, Verdict, judge};
use super::machine::{End, Judging, MachineId, Owner, State};
use super::scheduler::{Command, Scheduler, Stop, Waiter};
use super::steps::millis;
use crate::event::{CallId, Decision, Event, FailureKind, LeftBehind, Outcome, Role};
use crate::expression::{EvalErrorKind, Expr, Facts, FileNeed};
use crate::plan::{Call, Work};
use crate::playbook::ProviderKind;
use crate::value::Value;
use crate::wire::{TransportError, TransportErrorKind};

impl<'p> Scheduler<'p> {
    /// A whole answer came.
    pub(super) fn answered(&mut self, call: CallId, received: Received) {
        let Some(id) = self.in_flight.remove(&call) else { return };
        let Some(machine) = self.machines.get_mut(&id) else { return };
        let values = received.values(machine.history.attempt);
        machine.state = State::Judging(Box::new(Judging { call, received, values }));
        self.consider(id);
    }

    /// What a request waited for is there.
    pub(super) fn resume(&mut self, id: MachineId) {
        match self.machines.get(&id).map(|machine| &machine.state) {
            Some(State::Judging(_)) => self.consider(id),
            Some(State::Preparing | State::Waiting) => self.queue(id, false),
            _ => {}
        }
    }

    /// Judges the answer in hand; comes here again when a file that it needs was read.
    fn consider(&mut self, id: MachineId) {
        let Some(machine) = self.machines.get(&id) else { return };
        let State::Judging(judging) = &machine.state else { return };
        let judging = judging.clone();
        match machine.owner.clone() {
            Owner::Token { provider, .. } => self.token_answered(id, provider, &judging),
            owner => {
                let call = self.call_of(&owner).expect("a request that is no token's is made from a call");
                match self.verdict(id, &owner, call, &judging) {
                    Ok(judged) => self.conclude(id, &owner, call, &judging, judged),
                    Err(need) => self.wait_for_file(id, need),
                }
            }
        }
    }

    /// The verdict on an answer, with what only `ensure` knows: absent, and there already.
    fn verdict(&self, id: MachineId, owner: &Owner, call: &Call, judging: &Judging) -> Result<Judged, FileNeed> {
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = owner else { unreachable!("tokens are apart") };
        let facts = Facts { site: Arc::from(self.address(id).as_str()), ..self.facts.clone() };
        let own = &self.steps[*step].own;
        let bench = Bench { published: &self.published, files: &self.files, own, facts, plan: self.plan };
        let holds = |expr: &Expr| match expr.holds(&bench.view(&judging.values, own)) {
            Ok(holds) => Ok(holds),
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => Err(need),
                _ => Ok(false),
            },
        };
        if let (Owner::Step { role, .. }, Work::Ensure(ensure)) = (owner, &self.step(*step).work) {
            match role {
                Role::Find(_) if ensure.absent.as_ref().map(holds).transpose()?.unwrap_or(false) => {
                    return Ok(Judged::Absent);
                }
                Role::Create => {
                    let conflict = match &ensure.conflict {
                        Some(conflict) => holds(conflict)?,
                        None => judging.values.status == 409,
                    };
                    if conflict {
                        return Ok(Judged::Conflict);
                    }
                }
                _ => {}
            }
            if let Role::Find(_) = role {
                return Ok(match judge(call, &judging.values, &bench) {
                    Verdict::Wrong { only_missing: true, .. } => Judged::Absent,
                    Verdict::NeedsFile(need) => return Err(need),
                    verdict => Judged::Verdict(verdict),
                });
            }
        }
        match judge(call, &judging.values, &bench) {
            Verdict::NeedsFile(need) => Err(need),
            verdict => Ok(Judged::Verdict(verdict)),
        }
    }

    /// Keeps the answer, decides, and does what was decided.
    fn conclude(&mut self, id: MachineId, owner: &Owner, call: &'p Call, judging: &Judging, judged: Judged) {
        self.learn_secrets(call, &judged);
        let marks = self.answer_marks(id, call, judging);
        self.commands.push(Command::Answer { call: judging.call, received: judging.received.clone(), marks });
        self.arm_cleanup(owner, judging.values.status);
        if let Owner::Step { step, .. } = owner {
            self.steps[*step].answer = Some(judging.values.clone());
        }
        let verdict = match judged {
            Judged::Absent => return self.decided(id, judging.call, Decision::Absent, End::Absent),
            Judged::Conflict => return self.decided(id, judging.call, Decision::Conflict, End::Conflict),
            Judged::Verdict(verdict) => verdict,
        };
        let (seen, failures, captures) = match verdict {
            Verdict::Good(captures) => (Seen::Good, Vec::new(), captures),
            Verdict::NotYet(seen) => {
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.seen = seen;
                }
                (Seen::NotYet, Vec::new(), Default::default())
            }
            Verdict::Status(failure) => {
                let retry_after = retry_after(&judging.received.headers, self.wall);
                (Seen::Status { status: judging.values.status, retry_after }, vec![failure], Default::default())
            }
            Verdict::Wrong { failures, captures, .. } => (Seen::Wrong, failures, captures),
            Verdict::NeedsFile(_) => unreachable!("a verdict that needs a file has waited for it"),
        };
        let bad = End::failed(failures, captures.clone());
        let good = End::Passed { captures };
        self.follow(id, judging.call, &seen, if seen == Seen::Good { good } else { bad });
    }

    /// No answer came.
    pub(super) fn unanswered(&mut self, call: CallId, error: TransportError) {
        let Some(id) = self.in_flight.remove(&call) else { return };
        self.lost(id, call, error);
    }

    /// A request in flight was dropped because the run stops.
    pub(super) fn dropped(&mut self, call: CallId) {
        let Some(id) = self.in_flight.remove(&call) else { return };
        let message = match self.stop {
            Some(Stop::Deadline) => "dropped when the deadline passed",
            _ => "dropped when the run was interrupted",
        };
        let error = TransportError { kind: TransportErrorKind::Reset, message: message.to_owned() };
        if self.note_lost(id, call, &error) {
            self.maybe_left_behind(id, message);
        }
        self.journal(Event::Decided { call, decision: Decision::Error });
        self.end_machine(id, End::errored(self.stop_failure()));
    }

    fn lost(&mut self, id: MachineId, call: CallId, error: TransportError) {
        self.note_lost(id, call, &error);
        let kind = if error.kind == TransportErrorKind::File { FailureKind::File } else { FailureKind::Transport };
        let seen = Seen::Nothing(error.kind);
        let end = End::errored(failure::unplaced(kind, error.message));
        self.follow(id, call, &seen, end);
    }

    /// Keeps that there was no answer; whether the request may have been executed.
    fn note_lost(&mut self, id: MachineId, call: CallId, error: &TransportError) -> bool {
        let owner = self.machines[&id].owner.clone();
        let effect = self.call_of(&owner).map(|call| call.effect);
        let unknown = effect.is_some_and(|effect| is_unknown(effect, &Seen::Nothing(error.kind)));
        self.journal(Event::Unanswered { call, error: error.clone(), unknown });
        unknown
    }

    /// Decides what follows and does it; `end` is how the request ends if nothing does.
    pub(super) fn follow(&mut self, id: MachineId, call: CallId, seen: &Seen, end: End) {
        let machine = &self.machines[&id];
        let owner = machine.owner.clone();
        let written = self.call_of(&owner);
        let policy = self.policy(&owner, written);
        let next = decide(&policy, &machine.history, seen, self.now, self.jitter(id));
        // A run that stops repeats nothing; `finally` and the cleanups do.
        let stopping = self.interrupts > 0 || self.stop == Some(Stop::Deadline);
        let cut = stopping && !self.closing.begun;
        match next {
            Next::Pass => self.decided(id, call, Decision::Pass, end),
            Next::Poll(_) | Next::Retry { .. } if cut => {
                self.decided(id, call, Decision::Error, End::errored(self.stop_failure()));
            }
            Next::Poll(after) => {
                let seen = machine.seen.clone();
                self.journal(Event::Decided { call, decision: Decision::PollAgain { after: millis(after), seen } });
                self.wait(id, after, |machine| {
                    machine.history.poll += 1;
                    machine.history.attempt = 1;
                });
            }
            Next::Retry { after, because } => {
                self.journal(Event::Decided { call, decision: Decision::Retry { after: millis(after), because } });
                self.wait(id, after, |machine| {
                    machine.history.attempt += 1;
                    machine.retried = true;
                });
            }
            Next::Renew => {
                self.journal(Event::Decided { call, decision: Decision::Renew });
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.refused = machine.token;
                    machine.history.renewed = true;
                }
                self.queue(id, true);
            }
            Next::PollTimeout => {
                let end = self.poll_timeout(id, written, end);
                self.decided(id, call, Decision::Fail, end);
            }
            Next::Fail | Next::Error => {
                let decision = if next == Next::Fail { Decision::Fail } else { Decision::Error };
                let end = explain_held_back(end, &policy, seen);
                if written.is_some_and(|written| is_unknown(written.effect, seen)) {
                    let reason = match &end {
                        End::Bad { failures, .. } => failures.first().map(|failure| failure.message.clone()),
                        _ => None,
                    };
                    self.maybe_left_behind(id, &reason.unwrap_or_default());
                }
                self.decided(id, call, decision, end);
            }
        }
    }

    fn policy(&self, owner: &Owner, call: Option<&'p Call>) -> Policy<'p> {
        let plan = self.plan;
        match (owner, call) {
            (Owner::Token { .. }, _) | (_, None) => Policy {
                effect: crate::event::Effect::Read,
                retry: &plan.token_policy.retry,
                poll: None,
                renewable: false,
            },
            (_, Some(call)) => {
                let provider = call.provider.map(|provider| &plan.playbook().providers[provider].kind);
                Policy {
                    effect: call.effect,
                    retry: &call.retry,
                    poll: call.poll.map(|poll| (poll.every, poll.timeout)),
                    renewable: matches!(provider, Some(ProviderKind::OAuth2(_))),
                }
            }
        }
    }

    fn decided(&mut self, id: MachineId, call: CallId, decision: Decision, end: End) {
        self.journal(Event::Decided { call, decision });
        self.end_machine(id, end);
    }

    fn wait(&mut self, id: MachineId, after: std::time::Duration, change: impl FnOnce(&mut super::machine::Machine)) {
        self.sleep(after, Waiter::Machine(id));
        if let Some(machine) = self.machines.get_mut(&id) {
            change(machine);
            machine.state = State::Waiting;
        }
    }

    /// A number from 0 to 1 that is the same for the same seed, step and attempt.
    fn jitter(&self, id: MachineId) -> f64 {
        let machine = &self.machines[&id];
        let site = self.address(id);
        let text = format!("{}:{}:{}:{}", self.facts.seed, site, machine.history.poll, machine.history.attempt);
        f64::from(crc32fast::hash(text.as_bytes())) / f64::from(u32::MAX)
    }

    fn poll_timeout(&self, id: MachineId, call: Option<&Call>, end: End) -> End {
        let Some((call, poll)) = call.and_then(|call| Some((call.poll?, call.request.poll.as_ref()?))) else {
            return end;
        };
        let machine = &self.machines[&id];
        let polls = machine.history.poll;
        let length = failure::duration(call.timeout);
        let until = poll.until.text().trim();
        let last = match &end {
            // The last thing seen was no answer, or one whose status would have been retried.
            End::Bad { failures, .. } if !failures.is_empty() => failures[0].message.clone(),
            _ => machine.seen.clone(),
        };
        let message = format!("`{until}` did not hold within {length}, after {polls} polls; last seen: {last}");
        let failure = failure::at(FailureKind::PollTimeout, message, poll.until.span(), &self.plan.sources);
        match &end {
            End::Bad { outcome: Outcome::Errored, .. } => End::errored(failure),
            _ => End::failed(vec![failure], Default::default()),
        }
    }

    fn maybe_left_behind(&mut self, id: MachineId, reason: &str) {
        self.left_behind.push(LeftBehind {
            step: self.address(id),
            request: self.machines[&id].sent.clone().unwrap_or_default(),
            reason: format!("it may have been executed: {reason}"),
        });
    }

    /// Secret captures must be known before the answer that holds them is kept.
    fn learn_secrets(&mut self, call: &Call, judged: &Judged) {
        let Judged::Verdict(Verdict::Good(captures) | Verdict::Wrong { captures, .. }) = judged else { return };
        for capture in call.request.captures.iter().filter(|capture| capture.secret) {
            if let Some(value) = captures.get(&capture.name.text) {
                self.commands.push(Command::Learn(Value::clone(value)));
            }
        }
    }
}

/// What came of judging.
enum Judged {
    Verdict(Verdict),
    Absent,
    Conflict,
}

/// Says why a request that `retry` names was not sent again.
fn explain_held_back(end: End, policy: &decide::Policy<'_>, seen: &Seen) -> End {
    let End::Bad { outcome, mut failures, captures, skipped } = end else { return end };
    if held_back(policy, seen)
        && let Some(failure) = failures.first_mut()
    {
        failure.help = Some(NOT_TWICE.to_owned());
    }
    End::Bad { outcome, failures, captures, skipped }
}

const NOT_TWICE: &str = "not sent again, since it may have been executed and must not be done twice; \
                         write `effect: idempotent` if doing it twice is harmless";
