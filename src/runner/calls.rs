//! From an answer, or none, to what follows.

use std::sync::Arc;

use super::answer::{Received, retry_after};
use super::decide::{self, Next, Policy, Seen, decide, held_back, is_unknown};
use super::ensuring::{Judged, judge_ensure};
use super::failure;
use super::found::find_all;
use super::judge::{Bench, Verdict, judge};
use super::length::{self, millis};
use super::machine::{End, Judging, MachineId, Owner, State};
use super::outcomes::Skip;
use super::scheduler::{Command, Scheduler, Stop, Waiter};
use super::sending::NOT_AGAIN;
use crate::event::{CallId, Decision, Event, FailureKind, LeftBehind, Outcome, Role};
use crate::expression::{Facts, FileNeed};
use crate::plan::{Call, Work};
use crate::playbook::ProviderKind;
use crate::value::Value;
use crate::wire::{TransportError, TransportErrorKind};

impl<'p> Scheduler<'p> {
    /// A whole answer came.
    pub(super) fn answered(&mut self, call: CallId, received: Received) {
        let Some(id) = self.in_flight.remove(&call) else { return };
        if self.machines.contains_key(&id) {
            self.take_cookies(id, &received.headers);
        }
        let Some(machine) = self.machines.get_mut(&id) else { return };
        let values = received.values(machine.history.attempt);
        machine.state = State::Judging(Box::new(Judging { call, received, values }));
        self.consider(id);
    }

    /// What a request waited for is there.
    pub(super) fn resume(&mut self, id: MachineId) {
        match self.machines.get(&id).map(|machine| &machine.state) {
            Some(State::Judging(_)) => self.consider(id),
            // A poll or an attempt whose time has come goes before what has not begun.
            Some(State::Preparing | State::Waiting) => self.queue(id, true),
            _ => {}
        }
    }

    /// Judges the answer in hand; comes here again when a file that it needs was read.
    fn consider(&mut self, id: MachineId) {
        let Some(machine) = self.machines.get(&id) else { return };
        let State::Judging(judging) = &machine.state else { return };
        let judging = judging.clone();
        match machine.owner.clone() {
            Owner::Token { credentials, .. } => self.token_answered(id, credentials, &judging),
            owner => {
                let call = self.call_of(&owner).expect("a request that is no token's is made from a call");
                self.learn_secrets(id, call, &judging);
                if self.redirected(id, call, &judging) {
                    return;
                }
                match self.verdict(id, &owner, call, &judging) {
                    Ok(judged) => self.conclude(id, &owner, call, &judging, judged),
                    Err(need) => self.wait_for_file(id, self.frame_of_owner(&owner), need),
                }
            }
        }
    }

    /// The verdict on an answer, with what only `ensure` knows: absent, and there already.
    fn verdict(&self, id: MachineId, owner: &Owner, call: &Call, judging: &Judging) -> Result<Judged, FileNeed> {
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = owner else { unreachable!("tokens are apart") };
        let facts = Facts { site: Arc::from(self.address(id).as_str()), ..self.facts.clone() };
        let own = &self.steps[*step].own;
        let frame = self.frame_of(*step);
        let bench = Bench {
            published: &frame.published,
            files: &frame.files,
            own,
            received: &judging.received,
            item: self.item_of(*step),
            caller: frame.owner.map(|owner| self.address_of(owner).as_str()),
            facts,
            plan: frame.plan,
            redactor: &self.redactor,
        };
        if let (Owner::Step { role, .. }, Work::Ensure(ensure)) = (owner, &self.step(*step).work)
            && let Some(judged) = judge_ensure(role, ensure, call, judging, &bench)?
        {
            return Ok(judged);
        }
        match judge(call, &judging.values, &bench) {
            Verdict::NeedsFile(need) => Err(need),
            verdict => Ok(Judged::Verdict(verdict)),
        }
    }

    /// Keeps the answer, decides, and does what was decided.
    fn conclude(&mut self, id: MachineId, owner: &Owner, call: &'p Call, judging: &Judging, judged: Judged) {
        let own = match &judged {
            Judged::Verdict(Verdict::Good(captures) | Verdict::Wrong { captures, .. }) => captures.clone(),
            _ => Default::default(),
        };
        let marks = self.answer_marks(id, call, judging, &own);
        self.commands.push(Command::Answer { call: judging.call, received: judging.received.clone(), marks });
        if !matches!(judged, Judged::Conflict) {
            self.arm_cleanup(id, owner, judging.values.is_success());
        }
        if let Owner::Step { step, .. } = owner {
            self.steps[*step].perhaps_done |= judging.values.is_success();
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
            Verdict::Unread(failure) => return self.follow(id, judging.call, &Seen::Unread, End::errored(failure)),
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

    /// A request was not sent, since its intent could not be kept: a cleanup is tried again without a journal, and
    /// nothing else is.
    pub(super) fn unsent(&mut self, call: CallId) {
        let Some(id) = self.in_flight.remove(&call) else { return };
        let message = "not sent, because the journal cannot be written".to_owned();
        self.note_lost(id, call, &TransportError { kind: TransportErrorKind::Invalid, message });
        match &self.machines[&id].owner {
            Owner::Cleanup { .. } | Owner::Token { .. } => self.queue(id, true),
            Owner::Step { .. } => self.end_machine(id, End::errored(self.stop_failure())),
        }
    }

    /// A request in flight was dropped because the run stops.
    pub(super) fn dropped(&mut self, call: CallId) {
        let Some(id) = self.in_flight.remove(&call) else { return };
        let message = match self.stop {
            Some(Stop::Deadline) => "dropped when the deadline passed",
            _ => "dropped when the run was interrupted",
        };
        let error = TransportError { kind: TransportErrorKind::Reset, message: message.to_owned() };
        self.note_lost(id, call, &error);
        self.maybe_left_behind(id, message);
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

    /// Keeps that there was no answer, and whether the request may have been executed.
    fn note_lost(&mut self, id: MachineId, call: CallId, error: &TransportError) {
        let owner = self.machines[&id].owner.clone();
        let is_call = self.call_of(&owner).is_some();
        let unknown = is_call && is_unknown(self.effect_of(id), &Seen::Nothing(error.kind));
        self.journal(Event::Unanswered { call, error: error.clone(), unknown });
        self.note_unknown(id, unknown);
    }

    pub(super) fn note_unknown(&mut self, id: MachineId, unknown: bool) {
        let Some(machine) = self.machines.get_mut(&id).filter(|_| unknown) else { return };
        machine.unknown = true;
        if let Owner::Step { step, .. } = &machine.owner {
            self.steps[*step].perhaps_done = true;
        }
    }

    /// Decides what follows and does it; `end` is how the request ends if nothing does.
    pub(super) fn follow(&mut self, id: MachineId, call: CallId, seen: &Seen, end: End) {
        let owner = self.machines[&id].owner.clone();
        let written = self.call_of(&owner);
        self.note_unknown(id, written.is_some() && is_unknown(self.effect_of(id), seen));
        let machine = &self.machines[&id];
        let policy = self.policy(id, &owner, written);
        let next = decide(&policy, &machine.history, seen, self.now, self.jitter(id));
        // A run that stops repeats nothing; its cleanups do.
        let cut = matches!(owner, Owner::Step { step, .. } if self.is_cut(step));
        match next {
            Next::Pass => self.decided(id, call, Decision::Pass, end),
            Next::Poll(_) | Next::Retry { .. } | Next::Renew | Next::Redirect(_) if cut => {
                self.maybe_left_behind(id, NOT_AGAIN);
                self.decided(id, call, Decision::Error, End::errored(self.stop_failure()));
            }
            Next::Poll(_) if self.options.refresh => {
                let skipped = Some(Skip { reason: String::new(), broken: false });
                let (outcome, failures, captures) = (Outcome::Skipped, Vec::new(), Default::default());
                self.decided(id, call, Decision::Pass, End::Bad { outcome, failures, captures, skipped });
            }
            Next::Poll(after) => {
                let seen = machine.seen.clone();
                self.restart(id);
                self.journal(Event::Decided { call, decision: Decision::PollAgain { after: millis(after), seen } });
                self.wait(id, after, |machine| {
                    machine.history.poll += 1;
                    machine.history.attempt = 1;
                    // The answer was taken, so that a later refusal is a new one.
                    machine.history.renewed = false;
                });
            }
            Next::Redirect(hop) => self.follow_redirect(id, call, hop),
            Next::Retry { after, because } => {
                self.restart(id);
                self.journal(Event::Decided { call, decision: Decision::Retry { after: millis(after), because } });
                self.wait(id, after, |machine| {
                    machine.history.attempt += 1;
                    machine.retried = true;
                });
            }
            Next::Renew => {
                self.restart(id);
                self.journal(Event::Decided { call, decision: Decision::Renew });
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.refused = machine.token;
                    machine.history.renewed = true;
                }
                self.queue(id, true);
            }
            Next::PollTimeout => {
                let end = self.poll_timeout(id, written, end);
                self.maybe_left_behind(id, "its poll timed out");
                self.decided(id, call, Decision::Fail, end);
            }
            Next::Fail | Next::Error => {
                let decision = if next == Next::Fail { Decision::Fail } else { Decision::Error };
                let end = explain_held_back(end, &policy, seen);
                if seen != &Seen::Good {
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

    /// Takes the end of a request and hands it to whoever wanted it.
    pub(super) fn end_machine(&mut self, id: MachineId, end: End) {
        let Some(machine) = self.machines.remove(&id) else { return };
        self.credentials.iter_mut().for_each(|credentials| credentials.auth.forget(id));
        match &machine.owner {
            Owner::Token { credentials, grant, .. } => self.token_failed(*credentials, grant, &machine.owner, &end),
            Owner::Cleanup { step, request } => self.cleanup_request_ended(*step, *request, end),
            Owner::Step { step, role } => {
                let state = &mut self.steps[*step];
                state.retried |= machine.retried;
                state.attempts = state.attempts.max(if machine.sent.is_some() { machine.history.attempt } else { 0 });
                // A poll that was still waited for has not been asked.
                let waits = matches!(machine.state, State::Waiting | State::Queued | State::Preparing);
                let asked = machine.history.poll.saturating_sub(u32::from(waits));
                state.polls = state.polls.max(asked);
                match role {
                    Role::Main => self.end_step(*step, end),
                    role => self.ensure_ended(*step, role, end),
                }
            }
        }
    }

    /// The frame whose playbook a request is written in.
    fn frame_of_owner(&self, owner: &Owner) -> usize {
        match owner {
            Owner::Step { step, .. } | Owner::Cleanup { step, .. } => self.steps[*step].frame,
            Owner::Token { credentials, .. } => self.credentials[*credentials].frame,
        }
    }

    fn policy(&self, id: MachineId, owner: &Owner, call: Option<&'p Call>) -> Policy<'p> {
        let plan = self.frames[self.frame_of_owner(owner)].plan;
        match (owner, call) {
            (Owner::Token { .. }, _) | (_, None) => Policy {
                effect: crate::event::Effect::Read,
                retry: &plan.token_policy.retry,
                poll: None,
                renewable: false,
                redirects: 0,
            },
            (_, Some(call)) => {
                let provider = call.provider.map(|provider| &plan.playbook().providers[provider].kind);
                Policy {
                    effect: self.effect_of(id),
                    retry: &call.retry,
                    poll: call.poll.map(|poll| (poll.every, poll.timeout)),
                    renewable: matches!(provider, Some(ProviderKind::OAuth2(_))) && self.machines[&id].token.is_some(),
                    redirects: call.redirects,
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

    /// Names a request that did not pass and may have been executed. What a cleanup leaves, it names itself.
    pub(super) fn maybe_left_behind(&mut self, id: MachineId, reason: &str) {
        let machine = &self.machines[&id];
        if !machine.unknown || !matches!(machine.owner, Owner::Step { .. }) {
            return;
        }
        self.left_behind.push(LeftBehind {
            step: self.address(id),
            request: self.machines[&id].sent.clone().unwrap_or_default(),
            reason: format!("it may have been executed: {reason}"),
        });
    }

    /// Secret captures must be known before anything is said of the answer that holds them, whatever it is worth.
    fn learn_secrets(&mut self, id: MachineId, call: &Call, judging: &Judging) {
        if !call.request.captures.iter().any(|capture| capture.secret) {
            return;
        }
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = self.machines[&id].owner else { return };
        let facts = Facts { site: Arc::from(self.address(id).as_str()), ..self.facts.clone() };
        let frame = self.steps[step].frame;
        let mut own = self.steps[step].own.clone();
        let mut secrets: Vec<Value> = Vec::new();
        // In order, since a capture may use those above it.
        for capture in &call.request.captures {
            let view = self.view_of(frame, facts.clone());
            let view = view.with_own(&own).with_item(self.item_of(step)).with_answer(&judging.values);
            let found = find_all(&capture.from, &judging.values, &judging.received, &view).unwrap_or_default();
            if let Some(first) = found.first() {
                own.insert(Arc::clone(&capture.name.text), first.clone());
            }
            if capture.secret {
                secrets.extend(found);
            }
        }
        secrets.iter().for_each(|secret| self.redactor.learn_value(secret));
    }
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
