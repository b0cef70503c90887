//! What a cleanup finds gone: an earlier request of it may have been executed, and nobody was told.

use std::collections::HashMap;

use super::judge::Verdict;
use super::machine::{MachineId, Owner};
use super::past::CLEANUP;
use super::scheduler::Scheduler;
use crate::event::Role;
use crate::render::shell_word;

impl Scheduler<'_> {
    /// What an answer to a cleanup is worth, of which the status alone does not say it: what a `DELETE` does not find
    /// any more, after one whose answer never came, has been removed by that.
    pub(super) fn undone(&self, id: MachineId, owner: &Owner, status: u16, verdict: Verdict) -> Verdict {
        let Owner::Cleanup { step, request } = owner else { return verdict };
        let Verdict::Status(mut failure) = verdict else { return verdict };
        if !matches!(status, 404 | 410) {
            return Verdict::Status(failure);
        }
        let removes = self.machines[&id].sent.as_ref().is_some_and(|sent| sent.starts_with("DELETE "));
        if removes && self.was_perhaps_undone(id, *step, *request) {
            return Verdict::Good(HashMap::new());
        }
        let named = shell_word(&format!("{CLEANUP}{}", self.address_of(*step))).into_owned();
        failure.help = Some(format!(
            "if it is gone already, `callsheet resume --assume-done {named}` counts it as cleaned up; if {status} is \
             always right here, write `expect: {{ status: [200, 204, {status}] }}`"
        ));
        Verdict::Status(failure)
    }

    /// Whether an earlier request may have been executed: of this process, or of the one before it.
    fn was_perhaps_undone(&self, id: MachineId, step: usize, request: usize) -> bool {
        let before = self.past.and_then(|past| past.owed.get(self.address_of(step)));
        let is_it = |role: &Role| *role == Role::Cleanup(request);
        self.machines[&id].unknown
            || before.is_some_and(|before| before.iter().any(|sent| is_it(&sent.role) && sent.is_unknown))
    }
}
