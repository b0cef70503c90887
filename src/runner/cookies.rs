//! Cookies of a run: which requests get them, and which answers set them.
//!
//! One jar for the whole run. Whether a playbook's requests have a part in it is the playbook's to say; token requests
//! never have.

use super::machine::{MachineId, Owner};
use super::scheduler::Scheduler;
use crate::render::Rendered;
use crate::wire::Headers;

impl Scheduler<'_> {
    /// Whether a request has a part in the cookies of the run.
    pub(super) fn has_cookies(&self, owner: &Owner) -> bool {
        match owner {
            Owner::Step { step, .. } | Owner::Cleanup { step, .. } => self.frame_of(*step).plan.playbook().cookies(),
            Owner::Token { .. } => false,
        }
    }

    /// Gives a request the cookies that are its own.
    pub(super) fn add_cookies(&self, id: MachineId, rendered: &mut Rendered) {
        if !self.has_cookies(&self.machines[&id].owner) {
            return;
        }
        let own = rendered.request.headers.get("cookie");
        if let Some(cookies) = self.jar.header(&rendered.request.url, own, self.wall) {
            rendered.set_cookies(cookies);
        }
    }

    /// Takes the cookies of an answer, before anything is said of it.
    pub(super) fn take_cookies(&mut self, id: MachineId, headers: &Headers) {
        let machine = &self.machines[&id];
        if !self.has_cookies(&machine.owner) {
            return;
        }
        if let Some(url) = machine.trail.url() {
            let secrets = self.jar.take(url, headers, self.wall);
            secrets.iter().for_each(|secret| self.redactor.learn(secret));
        }
    }
}
