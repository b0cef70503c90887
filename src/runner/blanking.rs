//! What a playbook blanks out of bodies, by `redact`: in what is kept of them, whatever stands there; texts become
//! secrets, so that they are masked where they turn up later.

use std::collections::HashMap;
use std::sync::Arc;

use super::answer::MediaType;
use super::machine::{Judging, MachineId, Owner};
use super::scheduler::Scheduler;
use crate::arrow;
use crate::event::BodyRecord;
use crate::jsonpath::Path;
use crate::plan::Call;
use crate::render::{Rendered, View};
use crate::secret::blanked;
use crate::value::Value;

/// Numbers of fewer digits are met everywhere.
const SHORTEST_NUMBER: usize = 6;

impl Scheduler<'_> {
    /// What is blanked out of an answer.
    pub(super) fn blanks(
        &self,
        id: MachineId,
        call: &Call,
        judging: &Judging,
        own: &HashMap<Arc<str>, Value>,
    ) -> Vec<Path> {
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = self.machines[&id].owner else {
            return Vec::new();
        };
        if call.redact.is_empty() {
            return Vec::new();
        }
        let view = self.view_of(self.steps[step].frame, self.facts_of(id));
        resolved(call, &view.with_own(own).with_item(self.item_of(step)).with_answer(&judging.values))
    }

    /// Blanks out what is kept of a request's body.
    pub(super) fn blank_request(&mut self, step: usize, call: &Call, rendered: &mut Rendered) {
        if call.redact.is_empty() {
            return;
        }
        let paths = resolved(call, &self.view(step));
        self.blank_record(&mut rendered.record.body, &paths);
    }

    fn blank_record(&mut self, body: &mut BodyRecord, paths: &[Path]) {
        match body {
            BodyRecord::Text(text) => {
                let Ok(value) = Value::read(text.as_bytes()) else { return };
                self.learn_blanks(&value, paths);
                if let Some(blanked) = without(&value, paths) {
                    *text = blanked.to_string();
                }
            }
            BodyRecord::Multipart(parts) => parts.iter_mut().for_each(|part| self.blank_record(&mut part.body, paths)),
            _ => {}
        }
    }

    /// Makes known what is blanked out.
    pub(super) fn learn_blanks(&mut self, body: &Value, paths: &[Path]) {
        paths.iter().flat_map(|path| path.select(body)).for_each(|value| self.learn_blank(value));
    }

    fn learn_blank(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.redactor.learn(text),
            Value::Number(number) if number.to_string().len() < SHORTEST_NUMBER => {}
            Value::Number(_) => self.redactor.learn_value(value),
            Value::Array(items) => items.iter().for_each(|item| self.learn_blank(item)),
            Value::Object(members) => members.values().for_each(|member| self.learn_blank(member)),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// A path that has no value here selects nothing.
fn resolved(call: &Call, view: &View<'_>) -> Vec<Path> {
    call.redact.iter().filter_map(|path| path.resolve(view).ok()).collect()
}

/// The body of an answer without what is blanked out, where there is something.
pub(super) fn without_blanks(media: &MediaType, body: &bytes::Bytes, paths: &[Path]) -> Option<Value> {
    if paths.is_empty() {
        return None;
    }
    let value = if media.is_arrow() { arrow::all_records(body.clone()).ok() } else { Value::read(body).ok() };
    without(&value?, paths)
}

fn without(value: &Value, paths: &[Path]) -> Option<Value> {
    let parts: Vec<&Value> = paths.iter().flat_map(|path| path.select(value)).collect();
    (!parts.is_empty()).then(|| blanked(value, &parts))
}
