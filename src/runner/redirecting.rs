//! Follows redirects: from an answer that says where to ask instead to the request that asks there.

use super::decide::Seen;
use super::failure;
use super::machine::{End, Judging, MachineId};
use super::redirect::{Hop, is_redirect};
use super::scheduler::{Command, Scheduler};
use super::sending::Unready;
use crate::event::{CallId, Decision, Effect, Event, Failure, FailureKind};
use crate::plan::Call;
use crate::render::{Rendered, Withheld};

/// So many redirects may be followed at most.
const MOST: u32 = 20;

impl<'p> Scheduler<'p> {
    /// Takes an answer that says where to ask instead; gives back one that is like any other.
    pub(super) fn redirected(&mut self, id: MachineId, call: &'p Call, judging: Box<Judging>) -> Option<Box<Judging>> {
        let status = judging.values.status;
        if call.redirects == 0 || !is_redirect(status) {
            return Some(judging);
        }
        let marks = self.answer_marks(id, call, &judging, &Default::default());
        let blank = self.blanks(id, call, &judging, &Default::default());
        let perhaps_done = self.machines[&id].trail.is_taken(status) && self.effect_of(id) != Effect::Read;
        self.note_unknown(id, perhaps_done);
        let machine = &self.machines[&id];
        let (seen, why, help) = match machine.trail.next(status, judging.received.headers.get("location")) {
            Ok(hop) => (Seen::Redirect(hop), too_many(call.redirects), more(call.redirects)),
            Err(why) => (Seen::Wrong, why, None),
        };
        let failure = Failure { help, ..self.redirect_failure(id, call, &format!("answered {status}: {why}")) };
        let Judging { call, received, .. } = *judging;
        self.commands.push(Command::Answer { call, received, marks, blank });
        self.follow(id, call, &seen, End::failed(vec![failure], Default::default()));
        None
    }

    /// Sends it on.
    pub(super) fn follow_redirect(&mut self, id: MachineId, call: CallId, hop: Hop) {
        self.journal(Event::Decided { call, decision: Decision::Redirect { to: hop.url.to_string() } });
        let Some(machine) = self.machines.get_mut(&id) else { return };
        machine.trail.follow(hop);
        machine.history.redirects += 1;
        self.queue(id, true);
    }

    /// Puts a request back to its own URL, for a new attempt or a new poll. What has perhaps been done is not done
    /// again: then the question that followed it is.
    pub(super) fn restart(&mut self, id: MachineId) {
        let owner = self.machines[&id].owner.clone();
        let reads = self.call_of(&owner).is_none_or(|call| call.effect == Effect::Read || call.poll.is_some());
        let Some(machine) = self.machines.get_mut(&id) else { return };
        if reads || !machine.trail.has_turned() {
            machine.trail.restart();
            machine.history.redirects = 0;
        }
    }

    /// What a request does at the URL that it is sent to.
    pub(super) fn effect_of(&self, id: MachineId) -> Effect {
        let machine = &self.machines[&id];
        match self.call_of(&machine.owner) {
            Some(call) if !machine.trail.has_turned() => call.effect,
            _ => Effect::Read,
        }
    }

    /// Changes a request that has been redirected. What proves who asks does not leave its origin.
    pub(super) fn redirect(&mut self, id: MachineId, call: &Call, rendered: &mut Rendered) -> Result<(), Unready> {
        let trail = &self.machines[&id].trail;
        let Some(hop) = trail.last() else { return Ok(()) };
        rendered.redirect(&hop.method, &hop.url);
        if trail.has_crossed() {
            rendered.leave_origin(&self.redactor);
            if let Some(withheld) = rendered.withheld(&self.redactor) {
                let why = match withheld {
                    Withheld::Secret => "another origin is to get the body, and it holds a secret".to_owned(),
                    Withheld::File(path) => format!(
                        "another origin is to get the file `{}`, and nobody has looked whether it holds a secret",
                        path.display()
                    ),
                };
                let to = &rendered.record.url;
                let help = format!("if it may go there, write that URL in the step itself: `{to}`");
                let failure = Failure { help: Some(help), ..self.redirect_failure(id, call, &why) };
                return Err(Unready::Ends(End::errored(failure)));
            }
        }
        Ok(())
    }

    fn redirect_failure(&self, id: MachineId, call: &Call, why: &str) -> Failure {
        let message = format!("{}: {why}", self.machines[&id].trail.in_words());
        failure::at(FailureKind::Status, message, call.request.span, self.words())
    }
}

fn too_many(redirects: u32) -> String {
    match redirects {
        1 => "that is more than one redirect".to_owned(),
        _ => format!("that is more than {redirects} redirects"),
    }
}

fn more(redirects: u32) -> Option<String> {
    let more = (redirects < MOST).then(|| format!("; if this is right, write more than `redirects: {redirects}`"));
    Some(format!("see whether it goes in a circle{}", more.unwrap_or_default()))
}
