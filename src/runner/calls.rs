//! From an answer, or none, to what follows.

use std::collections::HashMap;

use super::answer::{Received, retry_after};
use super::decide::{Next, Policy, Seen, decide, is_unknown};
use super::ensuring::{Judged, judge_ensure};
use super::failure;
use super::judge::{Bench, Verdict, judge};
use super::machine::{End, Judging, MachineId, Owner, State};
use super::repeating::explain_held_back;
use super::scheduler::{Command, Scheduler, Stop};
use super::sending::NOT_AGAIN;
use crate::event::{CallId, Decision, Effect, Event, FailureKind, LeftBehind, Role};
use crate::expression::FileNeed;
use crate::plan::{Call, Work};
use crate::playbook::ProviderKind;
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
        machine.state = State::Judging;
        self.consider(id, Box::new(Judging { call, received, values }));
    }

    /// What a request waited for is there.
    pub(super) fn resume(&mut self, id: MachineId) {
        let Some(machine) = self.machines.get_mut(&id) else { return };
        match std::mem::replace(&mut machine.state, State::Judging) {
            State::Unjudged(judging) => self.consider(id, judging),
            // A poll or an attempt whose time has come goes before what has not begun.
            State::Preparing | State::Waiting => self.queue(id, true),
            other => machine.state = other,
        }
    }

    /// Judges the answer in hand, once every file that it needs was read.
    fn consider(&mut self, id: MachineId, judging: Box<Judging>) {
        let owner = self.machines[&id].owner.clone();
        if let Owner::Token { credentials, .. } = owner {
            return self.token_answered(id, credentials, *judging);
        }
        let call = self.call_of(&owner).expect("a request that is no token's is made from a call");
        self.learn_secrets(id, call, &judging);
        let Some(judging) = self.redirected(id, call, judging) else { return };
        match self.verdict(id, &owner, call, &judging) {
            Ok(judged) => self.conclude(id, &owner, call, *judging, judged),
            Err(need) => {
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.state = State::Unjudged(judging);
                }
                self.wait_for_file(id, self.frame_of_owner(&owner), need);
            }
        }
    }

    /// The verdict on an answer, with what only `ensure` knows: absent, and there already.
    fn verdict(&self, id: MachineId, owner: &Owner, call: &Call, judging: &Judging) -> Result<Judged, FileNeed> {
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = owner else { unreachable!("tokens are apart") };
        let facts = self.facts_of(id);
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
    fn conclude(&mut self, id: MachineId, owner: &Owner, call: &'p Call, judging: Judging, judged: Judged) {
        let none = HashMap::new();
        let own = match &judged {
            Judged::Verdict(Verdict::Good(captures) | Verdict::Wrong { captures, .. }) => captures,
            _ => &none,
        };
        let marks = self.answer_marks(id, call, &judging, own);
        let blank = self.blanks(id, call, &judging, own);
        let Judging { call, received, values } = judging;
        let (status, retry_after) = (values.status, retry_after(&received.headers, self.wall));
        self.commands.push(Command::Answer { call, received, marks, blank });
        if !matches!(judged, Judged::Conflict) {
            self.arm_cleanup(id, owner, values.is_success());
        }
        if values.is_success() {
            self.settle_doubt(id);
        }
        if let Owner::Step { step, .. } = owner {
            self.steps[*step].perhaps_done |= values.is_success();
            self.steps[*step].answer = Some(values);
        }
        let verdict = match judged {
            Judged::Absent => return self.decided(id, call, Decision::Absent, End::Absent),
            Judged::Conflict => return self.decided(id, call, Decision::Conflict, End::Conflict),
            Judged::Verdict(verdict) => self.undone(id, owner, status, verdict),
        };
        let (seen, end) = match verdict {
            Verdict::Good(captures) => (Seen::Good, End::Passed { captures }),
            Verdict::NotYet(seen) => {
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.seen = seen;
                }
                (Seen::NotYet, End::failed(Vec::new(), HashMap::new()))
            }
            Verdict::Status(failure) => {
                (Seen::Status { status, retry_after }, End::failed(vec![failure], HashMap::new()))
            }
            Verdict::Unread(failure) => (Seen::Unread, End::errored(failure)),
            Verdict::Wrong { failures, captures, .. } => (Seen::Wrong, End::failed(failures, captures)),
            Verdict::NeedsFile(_) => unreachable!("a verdict that needs a file has waited for it"),
        };
        self.follow(id, call, &seen, end);
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
            _ if self.closing.expired => "dropped when the time for cleaning up was over",
            Some(Stop::Deadline) => "dropped when the deadline passed",
            _ if self.closing.finished => "dropped at the end of the run, since nobody waits for it",
            _ => "dropped when the run was interrupted",
        };
        let error = TransportError { kind: TransportErrorKind::Reset, message: message.to_owned() };
        self.note_lost(id, call, &error);
        self.maybe_left_behind(id, message);
        self.journal(Event::Decided { call, decision: Decision::Error });
        let mut failure = self.stop_failure();
        let machine = &self.machines[&id];
        if machine.unknown && matches!(machine.owner, Owner::Cleanup { .. }) {
            failure.message = format!("its request may have been executed: {}", failure.message);
        }
        self.end_machine(id, End::errored(failure));
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
            Next::Pass => {
                self.name_earlier_attempt(id);
                self.decided(id, call, Decision::Pass, end);
            }
            Next::Poll(_) | Next::Retry { .. } | Next::Renew | Next::Redirect(_) if cut => {
                self.maybe_left_behind(id, NOT_AGAIN);
                self.decided(id, call, Decision::Error, End::errored(self.stop_failure()));
            }
            Next::Poll(_) if self.options.refresh => {
                self.decided(id, call, Decision::Pass, End::unseen());
            }
            Next::Poll(after) => self.poll_again(id, call, after),
            Next::Redirect(hop) => self.follow_redirect(id, call, hop),
            Next::Retry { after, because } => self.retry(id, call, after, because),
            Next::Renew => self.renew(id, call),
            Next::PollTimeout => {
                let end = self.poll_timeout(id, written, end);
                self.maybe_left_behind(id, "its poll timed out");
                self.decided(id, call, Decision::Fail, end);
            }
            Next::Fail | Next::Error => {
                let decision = if next == Next::Fail { Decision::Fail } else { Decision::Error };
                let mut end = end;
                explain_held_back(&mut end, &policy, seen);
                self.decided(id, call, decision, end);
            }
        }
    }

    /// Takes the end of a request and hands it to whoever wanted it.
    pub(super) fn end_machine(&mut self, id: MachineId, end: End) {
        if let End::Bad { failures, .. } = &end {
            let reason = failures.first().map(|failure| failure.message.clone());
            self.maybe_left_behind(id, &reason.unwrap_or_default());
        }
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

    /// Done twice it is the same: an attempt that was answered well says what has become of the earlier ones.
    fn settle_doubt(&mut self, id: MachineId) {
        let idempotent = self.effect_of(id) == Effect::Idempotent;
        if let Some(machine) = self.machines.get_mut(&id).filter(|_| idempotent) {
            machine.unknown = false;
        }
    }

    /// A call that must not be done twice and was sent again all the same (`retry.unsafe`) has perhaps been done twice.
    fn name_earlier_attempt(&mut self, id: MachineId) {
        if self.effect_of(id) == Effect::Once {
            self.maybe_left_behind(id, "an earlier attempt got no answer, and it was sent again");
        }
    }

    /// Names a request that did not pass and may have been executed, once. What a cleanup leaves, it names itself.
    pub(super) fn maybe_left_behind(&mut self, id: MachineId, reason: &str) {
        let Some(machine) = self.machines.get_mut(&id) else { return };
        if !matches!(machine.owner, Owner::Step { .. }) || !std::mem::take(&mut machine.unknown) {
            return;
        }
        let request = machine.sent.clone().unwrap_or_default();
        self.left_behind.push(LeftBehind {
            step: self.address(id),
            request,
            reason: format!("it may have been executed: {reason}"),
        });
    }
}
