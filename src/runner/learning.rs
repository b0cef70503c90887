//! What must not come out, learned before anything is said of it: secret inputs and credentials before the first request
//! of a playbook, secret captures and cookies before their answer is
//! kept.

use std::sync::Arc;

use super::found::find_all;
use super::machine::{Judging, MachineId, Owner};
use super::scheduler::Scheduler;
use super::set_cookie::credentials;
use crate::expression::Facts;
use crate::plan::{Call, Plan};
use crate::render::{self, Files, Published, View};
use crate::value::Value;

impl Scheduler<'_> {
    /// Learns everything that is known to be secret before the first request of a playbook: secret inputs, and what
    /// credentials are made of.
    pub(super) fn learn_secrets_of(&mut self, plan: &Plan) {
        plan.secrets().for_each(|value| self.redactor.learn_value(value));
        plan.written_secrets().iter().for_each(|value| self.redactor.learn_value(value));
        let (published, files) = (Published::default(), Files::default());
        let facts = Facts { seed: 0, started: jiff::Timestamp::UNIX_EPOCH, site: "auth".into() };
        let view = View::new(plan, &published, &files, facts);
        for provider in &plan.playbook().providers {
            render::provider_secrets(provider, &view).iter().for_each(|secret| self.redactor.learn(secret));
        }
    }

    /// Secret captures must be known before anything is said of the answer that holds them, whatever it is worth.
    pub(super) fn learn_secrets(&mut self, id: MachineId, call: &Call, judging: &Judging) {
        credentials(&judging.received.headers, call).iter().for_each(|secret| self.redactor.learn(secret));
        if !call.request.captures.iter().any(|capture| capture.secret) {
            return;
        }
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = self.machines[&id].owner else { return };
        let facts = self.facts_of(id);
        let frame = self.steps[step].frame;
        let mut own = self.steps[step].own.clone();
        let mut secrets: Vec<Value> = Vec::new();
        // In order, since a capture may use those above it.
        for capture in &call.request.captures {
            let view = self.view_of(frame, facts.clone());
            let view = view.with_own(&own).with_item(self.item_of(step)).with_answer(&judging.values);
            let mut found = find_all(&capture.from, &judging.values, &judging.received, &view).unwrap_or_default();
            if let (true, Some(default)) = (found.is_empty(), &capture.default) {
                found.extend(default.render(&view).ok());
            }
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
