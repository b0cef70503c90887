//! From a request that is wanted to a request on the wire: rendered, authorized, its intent kept.

use super::failure;
use super::machine::{End, Machine, MachineId, Owner, State};
use super::outcomes::Skip;
use super::scheduler::{Command, Scheduler, Waiter};
use crate::event::{CallId, Effect, Event, FailureKind, RequestRecord, Role, Sending};
use crate::expression::{EvalError, EvalErrorKind, Facts};
use crate::id::Address;
use crate::plan::{Call, Cleanup, Work};
use crate::render::{self, Rendered};

/// The least time that the last attempt of a poll gets.
const SHORTEST_ATTEMPT: std::time::Duration = std::time::Duration::from_secs(1);

/// Why it is not known what a request has done that waited to be sent again.
pub(super) const NOT_AGAIN: &str = "the run was stopped before it was sent again";

/// What a request needs and has not got.
pub(super) enum Unready {
    /// It waits: whoever brings what it needs wakes it.
    Waits,
    /// It ends here.
    Ends(End),
}

impl<'p> Scheduler<'p> {
    /// A new request; `first` puts it before all others.
    pub(super) fn enqueue(&mut self, owner: Owner, first: bool) -> MachineId {
        let id = MachineId(self.number());
        let poll = self.call_of(&owner).is_some_and(|call| call.request.poll.is_some());
        self.machines.insert(id, Machine::new(owner, poll));
        self.queue(id, first);
        id
    }

    /// Puts a request (back) into the queue.
    pub(super) fn queue(&mut self, id: MachineId, first: bool) {
        let Some(machine) = self.machines.get_mut(&id) else { return };
        machine.state = State::Queued;
        if first { self.outbox.push_front(id) } else { self.outbox.push_back(id) }
    }

    /// The call that an owner's request is made from; a provider's token has none.
    pub(super) fn call_of(&self, owner: &Owner) -> Option<&'p Call> {
        match owner {
            Owner::Token { .. } => None,
            Owner::Cleanup { step, request } => self.cleanup_call(*step, *request),
            Owner::Step { step, role } => match (&self.step(*step).work, role) {
                (Work::Request(call), _) => Some(call),
                (Work::Ensure(ensure), Role::Find(index)) => ensure.find.get(*index),
                (Work::Ensure(ensure), Role::Update) => ensure.update.as_ref().map(|(_, call)| call),
                (Work::Ensure(ensure), _) => Some(&ensure.create),
                (Work::Exec(exec), _) => Some(&exec.call),
                (Work::Set(_) | Work::Wait(_) | Work::Call(_), _) => None,
            },
        }
    }

    /// The request of a step's cleanup; a step that is used as a cleanup lends its own.
    pub(super) fn cleanup_call(&self, step: usize, request: usize) -> Option<&'p Call> {
        match self.step(step).cleanup.get(request)? {
            Cleanup::Request(call) => Some(call),
            Cleanup::Step(other) => match &self.frame_of(step).plan.steps[*other].work {
                Work::Request(call) => Some(call),
                _ => None,
            },
        }
    }

    /// How many requests wait for room: none only if none does, and at most so many.
    pub(super) fn wanted(&self) -> usize {
        self.outbox.len()
    }

    /// How a request ends whose answer would be saved in the place of another step's.
    fn saved_by_another(&mut self, step: usize, rendered: &Rendered) -> Option<End> {
        let name = rendered.intake.save.as_ref()?;
        // Some systems take these for one name.
        let other = *self.saved.entry(name.to_lowercase()).or_insert(step);
        if other == step {
            return None;
        }
        let message = format!("`{name}` is where `{}` saves its answer", self.address_of(other));
        let mut failure = failure::unplaced(FailureKind::File, message);
        failure.help = Some("make the name of what differs, such as `save: \"{{ key }}.json\"`".to_owned());
        Some(End::errored(failure))
    }

    fn is_queued(&self, id: MachineId) -> bool {
        self.machines.get(&id).is_some_and(|machine| matches!(machine.state, State::Queued))
    }

    /// Sends as many queued requests as there is room for. What is not to be sent any more ends without room.
    pub(super) fn send_queued(&mut self) {
        while let Some(id) = self.outbox.pop_front() {
            if !self.is_queued(id) {
                continue;
            }
            if let Some(end) = self.stopped_before_sending(id) {
                self.maybe_left_behind(id, NOT_AGAIN);
                self.end_machine(id, end);
                continue;
            }
            if self.room == 0 {
                self.outbox.push_front(id);
                return;
            }
            if let Some(exec) = self.program_of(id) {
                self.start_program(id, exec);
                continue;
            }
            match self.prepare(id) {
                Ok(rendered) if self.recalled(id, &rendered.record) => {}
                Ok(rendered) => self.send(id, rendered),
                Err(Unready::Waits) => {}
                Err(Unready::Ends(end)) => self.end_machine(id, end),
            }
        }
    }

    /// How a request ends that has not been sent when the run stops: a step that has sent nothing was not started.
    pub(super) fn stopped_before_sending(&self, id: MachineId) -> Option<End> {
        let Owner::Step { step, .. } = &self.machines[&id].owner else { return None };
        let reason = self.stop_reason(*step)?;
        if self.steps[*step].sent {
            return self.is_cut(*step).then(|| End::errored(self.stop_failure()));
        }
        Some(End::skipped(Skip { reason, broken: true }))
    }

    fn prepare(&mut self, id: MachineId) -> Result<Rendered, Unready> {
        let owner = self.machines[&id].owner.clone();
        if let Owner::Token { credentials, grant, .. } = &owner {
            return self.prepare_token(id, *credentials, grant);
        }
        let call = self.call_of(&owner).expect("a request that is no token's is made from a call");
        let step = match owner {
            Owner::Step { step, .. } | Owner::Cleanup { step, .. } => step,
            Owner::Token { .. } => unreachable!("handled above"),
        };
        if self.is_blind(step, call) {
            return Err(Unready::Ends(End::unseen()));
        }
        // A cleanup runs only after something was created.
        let created = match owner {
            Owner::Cleanup { .. } => Some(true),
            _ => self.steps[step].created,
        };
        let rendered = render::request(call, &self.view(step).with_created(created));
        let frame = self.steps[step].frame;
        let mut rendered = rendered.map_err(|error| self.unready(id, frame, error))?;
        self.blank_request(step, call, &mut rendered);
        self.learn_derived(&render::derived_in_request(&call.request, &self.view(step)));
        if let Some(end) = self.saved_by_another(step, &rendered) {
            return Err(Unready::Ends(end));
        }
        // What a step writes itself wins over its provider.
        let own = rendered.request.headers.get("authorization").is_some();
        self.redirect(id, call, &mut rendered)?;
        self.add_cookies(id, &mut rendered);
        // What another origin sends back here is not ours to prove.
        let own = own || self.machines[&id].trail.has_come_back();
        if let Some(provider) = call.provider.filter(|_| !own)
            && self.may_authorize(id, frame, provider, &rendered)?
        {
            let credential = self.authorize(id, frame, provider, &rendered)?;
            rendered.authorize(&credential);
        }
        self.learn_request(&rendered.request);
        Ok(rendered)
    }

    /// An expression that has no value: the request waits for a file, or ends.
    pub(super) fn unready(&mut self, id: MachineId, frame: usize, error: EvalError) -> Unready {
        match error.kind {
            EvalErrorKind::NeedsFile(need) => {
                self.wait_for_file(id, frame, need);
                Unready::Waits
            }
            ref kind if matches!(kind, EvalErrorKind::Unavailable) || self.lacks(id, kind) => {
                let reason = error.message.clone();
                Unready::Ends(End::lacking(reason, failure::evaluation(error, self.words())))
            }
            _ => Unready::Ends(End::errored(failure::evaluation(error, self.words()))),
        }
    }

    pub(super) fn wait_for_file(&mut self, id: MachineId, frame: usize, need: crate::expression::FileNeed) {
        if let Some(machine) = self.machines.get_mut(&id)
            && matches!(machine.state, State::Queued)
        {
            machine.state = State::Preparing;
        }
        self.need_file(frame, need, Waiter::Machine(id));
    }

    fn send(&mut self, id: MachineId, mut rendered: Rendered) {
        let owner = &self.machines[&id].owner;
        let written = self.call_of(owner);
        let followed = written.is_some_and(|call| call.redirects > 0) || self.has_cookies(owner);
        let call = self.set_out(id, rendered.record);
        let Some(machine) = self.machines.get_mut(&id) else { return };
        if let Some(poll) = written.and_then(|call| call.poll) {
            // An attempt ends with its poll; the last one gets a moment all the same.
            let left = (machine.history.begun + poll.timeout).saturating_sub(self.now).max(SHORTEST_ATTEMPT);
            rendered.request.timeout = rendered.request.timeout.min(left);
        }
        if followed {
            machine.trail.sent(&rendered.request);
        }
        self.commands.push(Command::Send { call, request: Box::new(rendered.request), intake: rendered.intake });
    }

    /// Takes a place among `--jobs` for what goes out now, and has its intent kept.
    pub(super) fn set_out(&mut self, id: MachineId, request: RequestRecord) -> CallId {
        self.next_call += 1;
        let call = CallId(self.next_call);
        let (step, role, effect) = (self.address(id), self.role(id), self.effect_of(id));
        if let Owner::Step { step, role: Role::Main } = self.machines[&id].owner
            && effect == Effect::Once
        {
            self.name_doubled(step);
        }
        let machine = self.machines.get_mut(&id).expect("what goes out has a machine");
        if machine.sent.is_none() {
            machine.history.begun = self.now;
        }
        if let Owner::Step { step, .. } = &machine.owner {
            self.steps[*step].sent = true;
        }
        machine.sent = Some(format!("{} {}", request.method, request.url));
        machine.sent_at = self.now;
        machine.state = State::InFlight;
        let (attempt, poll) = (machine.history.attempt, machine.history.poll);
        self.in_flight.insert(call, id);
        self.room -= 1;
        self.journal(Event::Sending(Box::new(Sending { call, step, role, attempt, poll, effect, request })));
        call
    }

    pub(super) fn address(&self, id: MachineId) -> Address {
        match &self.machines[&id].owner {
            Owner::Step { step, .. } | Owner::Cleanup { step, .. } => self.address_of(*step).clone(),
            Owner::Token { asked_by, .. } => asked_by.clone(),
        }
    }

    /// What time and randomness are made of in a request.
    pub(super) fn facts_of(&self, id: MachineId) -> Facts {
        Facts { site: self.address(id).shared(), ..self.facts.clone() }
    }

    fn role(&self, id: MachineId) -> Role {
        match &self.machines[&id].owner {
            Owner::Step { role, .. } => role.clone(),
            Owner::Cleanup { request, .. } => Role::Cleanup(*request),
            Owner::Token { credentials, .. } => Role::Token(self.provider(*credentials).name.text.to_string()),
        }
    }
}
