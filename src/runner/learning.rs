//! What must not come out, learned before anything is said of it: secret inputs and credentials before the first
//! request of a playbook; secret captures, cookies and what is a credential by its place or its looks before the
//! request or the answer is kept.

use std::sync::Arc;

use super::answer;
use super::found::find_all;
use super::machine::{Judging, MachineId, Owner};
use super::scheduler::Scheduler;
use super::set_cookie::credentials;
use crate::expression::Facts;
use crate::plan::{Call, Plan};
use crate::playbook::Capture;
use crate::render::{self, Files, Published, View};
use crate::secret;
use crate::value::Value;
use crate::wire::{Body, PartContent, Request};

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
        let written = render::written_credentials(&view);
        written.texts.iter().for_each(|text| self.redactor.learn_credential(text));
        written.bodies.iter().for_each(|body| self.redactor.learn_untold_value(body));
    }

    /// What proves who asks in a request, whoever has said so.
    pub(super) fn learn_request(&mut self, request: &Request) {
        self.redactor.learn_untold(request.url.as_str().as_bytes());
        request.headers.iter().for_each(|(name, value)| self.learn_field(name, value));
        match &request.body {
            Body::Bytes(bytes) => self.redactor.learn_untold(bytes),
            Body::Multipart(parts) => parts.iter().for_each(|part| {
                if let PartContent::Bytes(bytes) = &part.content {
                    self.redactor.learn_untold(bytes);
                }
            }),
            Body::Empty | Body::File(_) => {}
        }
    }

    pub(super) fn learn_field(&mut self, name: &str, value: &str) {
        if secret::is_credential(name) {
            secret::credentials(name, value).iter().for_each(|secret| self.redactor.learn_credential(secret));
        } else {
            self.redactor.learn_untold(value.as_bytes());
        }
    }

    pub(super) fn learn_derived(&mut self, derived: &[Value]) {
        derived.iter().for_each(|value| self.redactor.learn_derived(value));
    }

    /// The same of an answer.
    fn learn_answer(&mut self, judging: &Judging) {
        let fields = judging.received.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("set-cookie"));
        fields.for_each(|(name, value)| self.learn_field(name, value));
        match &judging.received.body {
            answer::Body::Whole(bytes) => self.redactor.learn_untold(bytes),
            answer::Body::Large(_) => self.redactor.learn_untold_value(&judging.values.body),
        }
        if let Some(end) = &judging.received.program {
            self.redactor.learn_untold(end.stderr.as_bytes());
        }
    }

    /// Secret captures must be known before anything is said of the answer that holds them, whatever it is worth.
    pub(super) fn learn_secrets(&mut self, id: MachineId, call: &Call, judging: &Judging) {
        credentials(&judging.received.headers, call).iter().for_each(|secret| self.redactor.learn(secret));
        self.learn_answer(judging);
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = self.machines[&id].owner else { return };
        let frame = self.steps[step].frame;
        let names = &self.frames[frame].plan.secret_names;
        let is_secret = |capture: &Capture| capture.secret || names.contains(&capture.name.text);
        if !call.request.captures.iter().any(is_secret) && call.redact.is_empty() {
            return;
        }
        let facts = self.facts_of(id);
        let mut own = self.steps[step].own.clone();
        let (mut secrets, mut derived): (Vec<Value>, Vec<Value>) = Default::default();
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
            match capture.secret {
                true => secrets.extend(found),
                false if is_secret(capture) => derived.extend(found),
                false => {}
            }
        }
        secrets.iter().for_each(|secret| self.redactor.learn_value(secret));
        self.learn_derived(&derived);
        let blanks = self.blanks(id, call, judging, &own);
        self.learn_blanks(&judging.values.body, &blanks);
    }
}
