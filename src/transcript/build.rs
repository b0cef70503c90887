//! From a record to the whole transcript, before and after masking.

use std::sync::Arc;

use foldhash::HashMap;

use super::FORMAT;
use super::ids::{Ids, ReadBody, is_arrow, json_of};
use super::mask::{Masks, clean};
use super::normal::{Numbers, normal};
use super::shapes::Origins;
use crate::event::{AnswerRecord, BodyRecord, Decision, Failure, Mark, Outcome, PartRecord, RequestRecord, Role};
use crate::id::Address;
use crate::record::{CleanupRecord, Record, StepRecord, Try};
use crate::value::{Object, Value};
use crate::wire::Headers;

/// Header fields that a transcript shows.
const SHOWN_FIELDS: &[&str] = &["content-type", "accept", "location"];

/// Makes the transcript.
pub(super) fn build(record: &Record, read_body: ReadBody<'_>) -> Value {
    let ids = Ids::of(record, read_body);
    let mut builder = Builder { ids, read_body, origins: Origins::default(), numbers: Numbers::default() };
    let mut whole = Object::default();
    whole.insert("transcript".into(), Value::from(FORMAT));
    if let Some(started) = &record.started {
        whole.insert("playbook".into(), Value::from(started.playbook.clone()));
        for (name, value) in &started.inputs {
            builder.origins.add(name, value.as_str().unwrap_or_default());
        }
    }
    let steps = record.steps().map(|step| (step.step.as_str().into(), builder.step(step)));
    let steps: Object = steps.collect();
    whole.insert("steps".into(), Value::object(steps));
    let mut cleanups: Vec<&CleanupRecord> =
        record.cleanups.iter().filter(|cleanup| cleanup.started.is_some()).collect();
    if !cleanups.is_empty() {
        // In plan order: the order of creation may differ from one run to the next.
        let places = record.steps().enumerate().map(|(index, step)| (&step.step, index));
        let places: HashMap<&Address, usize> = places.collect();
        cleanups.sort_by_key(|cleanup| places.get(&cleanup.step));
        let cleanups = cleanups.into_iter().map(|cleanup| (cleanup.step.as_str().into(), builder.cleanup(cleanup)));
        let cleanups: Object = cleanups.collect();
        whole.insert("cleanup".into(), Value::object(cleanups));
    }
    if let Some(finished) = &record.finished {
        let outputs = finished.outputs.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
        whole.insert("outputs".into(), builder.named(outputs.collect(), &finished.ids));
        whole.insert("outcome".into(), Value::from(word(finished.outcome)));
    }
    Value::object(whole)
}

/// A flaky step passed: that it did so on a later attempt is in the record.
fn word(outcome: Outcome) -> &'static str {
    if outcome.is_passed() { "passed" } else { outcome.as_str() }
}

/// An id, or a list of them, as their name.
fn veiled(value: &Value, name: &str) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(|item| veiled(item, name)).collect()),
        Value::Null => Value::Null,
        _ => Value::from(format!("[{name}]")),
    }
}

struct Builder<'a> {
    ids: Ids,
    read_body: ReadBody<'a>,
    origins: Origins,
    numbers: Numbers,
}

impl Builder<'_> {
    /// The last stage of normal form, in the order in which a person reads.
    fn normal(&mut self, value: &Value) -> Value {
        normal(value, &self.origins, &mut self.numbers)
    }

    fn text(&mut self, text: impl Into<String>) -> Value {
        let masked = self.masks(&[], "").text(&clean(&text.into()), "");
        self.normal(&Value::from(masked))
    }

    fn masks<'m>(&'m self, marks: &'m [Mark], prefix: &'m str) -> Masks<'m> {
        Masks::new(marks, prefix, &self.ids)
    }

    /// Values under names that may be those of ids; of those in `ids` that is known.
    fn named(&mut self, members: Object, ids: &[String]) -> Value {
        let masked = |(name, value): (&Arc<str>, &Value)| {
            let value = if ids.iter().any(|id| **id == **name) { veiled(value, name) } else { value.clone() };
            (Arc::clone(name), value)
        };
        let members: Object = members.iter().map(masked).collect();
        let masked = self.masks(&[], "").apply(&Value::object(members));
        self.normal(&masked)
    }

    fn step(&mut self, step: &StepRecord) -> Value {
        let mut object = Object::default();
        object.insert("outcome".into(), Value::from(step.outcome().map_or("unfinished", word)));
        if let Some(reason) = step.reason() {
            object.insert("reason".into(), self.text(reason));
        }
        self.exchanges(rounds(step), &mut object);
        self.failures(step.failures(), &mut object);
        let captures = step.captures().into_iter().flatten();
        let captures: Object = captures.map(|(name, value)| (name.as_str().into(), value.clone())).collect();
        if !captures.is_empty() {
            let ids = step.report.as_ref().map_or(&[][..], |report| &report.ids);
            object.insert("captures".into(), self.named(captures, ids));
        }
        Value::object(object)
    }

    fn cleanup(&mut self, cleanup: &CleanupRecord) -> Value {
        let mut object = Object::default();
        object.extend(cleanup.outcome.map(|outcome| ("outcome".into(), Value::from(word(outcome)))));
        self.exchanges(cleanup.tries.iter(), &mut object);
        self.failures(&cleanup.failures, &mut object);
        Value::object(object)
    }

    /// The last try of each part of a step, with the redirects that led to it: how often it was tried is in the record.
    fn exchanges<'t>(&mut self, tries: impl Iterator<Item = &'t Try>, object: &mut Object) {
        let mut last: Vec<Vec<&Try>> = Vec::new();
        for exchange in tries {
            match last.iter_mut().find(|known| known[0].role == exchange.role) {
                Some(known) => {
                    let leads_on = matches!(known.last(), Some(Try { decision: Some(Decision::Redirect { .. }), .. }));
                    if !leads_on {
                        known.clear();
                    }
                    known.push(exchange);
                }
                None => last.push(vec![exchange]),
            }
        }
        // A cleanup that a later process has gone on with may have sent its requests in another order.
        last.sort_by_key(|same| match same[0].role {
            Role::Cleanup(request) => request,
            _ => 0,
        });
        let shown: Vec<Value> = last.into_iter().flatten().map(|exchange| self.exchange(exchange)).collect();
        if !shown.is_empty() {
            object.insert("exchanges".into(), Value::array(shown));
        }
    }

    fn exchange(&mut self, exchange: &Try) -> Value {
        let mut object = Object::default();
        let role = exchange.role.label();
        if !role.is_empty() && role != "cleanup" {
            object.insert("role".into(), Value::from(role));
        }
        object.insert("request".into(), self.request(&exchange.request));
        match (exchange.answer(), exchange.error()) {
            (Some(answer), _) => {
                object.insert("answer".into(), self.answer(answer));
            }
            (None, Some(error)) => {
                object.insert("error".into(), Value::of(&error.kind));
            }
            (None, None) => {}
        }
        Value::object(object)
    }

    fn request(&mut self, request: &RequestRecord) -> Value {
        let mut object = Object::default();
        let url = self.url(&request.url, &request.marks);
        object.insert("line".into(), self.normal(&Value::from(format!("{} {url}", request.method))));
        self.headers(&request.headers, &request.marks, &mut object);
        self.body(&request.body, &request.headers, &request.marks, "", &mut object);
        Value::object(object)
    }

    fn answer(&mut self, answer: &AnswerRecord) -> Value {
        let mut object = Object::default();
        object.insert("status".into(), Value::from(answer.status));
        self.headers(&answer.headers, &[], &mut object);
        self.body(&answer.body, &answer.headers, &answer.marks, "", &mut object);
        Value::object(object)
    }

    fn headers(&mut self, headers: &Headers, marks: &[Mark], object: &mut Object) {
        let shown =
            headers.iter().filter(|(name, _)| SHOWN_FIELDS.iter().any(|shown| name.eq_ignore_ascii_case(shown)));
        let masks = self.masks(marks, "");
        let masked = shown.map(|(name, value)| {
            (name.to_ascii_lowercase().into(), Value::from(masks.text(&clean(value), &format!("headers.{name}"))))
        });
        let masked: Object = masked.collect();
        if !masked.is_empty() {
            object.insert("headers".into(), self.normal(&Value::object(masked)));
        }
    }

    fn body(&mut self, body: &BodyRecord, headers: &Headers, marks: &[Mark], prefix: &str, object: &mut Object) {
        let masks = self.masks(marks, prefix);
        let records = is_arrow(headers).then(|| json_of(body, headers, self.read_body)).flatten();
        let (name, value) = match body {
            _ if let Some(records) = &records => ("arrow", masks.apply(records)),
            BodyRecord::Empty => return,
            // Text that is sent as text is masked as text, though it may look like JSON.
            BodyRecord::Text(text) if !marks.is_empty() && masks.knows(&format!("{prefix}text")) => {
                ("text", Value::from(masks.text(&clean(text), &format!("{prefix}text"))))
            }
            BodyRecord::Text(text) => match Value::read(text.as_bytes()) {
                Ok(json) => ("json", masks.apply(&json)),
                Err(_) => ("text", Value::from(self.form(&clean(text), marks))),
            },
            BodyRecord::Base64(text) => ("base64", Value::from(text.clone())),
            BodyRecord::File { path } => ("file", Value::from(path.clone())),
            BodyRecord::Multipart(parts) => {
                let parts = parts.iter().enumerate().map(|(index, part)| self.part(index, part, marks)).collect();
                object.insert("multipart".into(), Value::array(parts));
                return;
            }
            BodyRecord::Stored { name, bytes } => match json_of(body, headers, self.read_body) {
                Some(json) => ("json", masks.apply(&json)),
                None => match (self.read_body)(name).map(String::from_utf8) {
                    Some(Ok(text)) => ("text", Value::from(self.form(&clean(&text), marks))),
                    _ => ("bytes", Value::from(*bytes)),
                },
            },
            BodyRecord::Saved { path, .. } => ("saved", Value::from(path.clone())),
            BodyRecord::Unread { .. } => ("unread", Value::Bool(true)),
            BodyRecord::Projected { .. } => ("projected", Value::Bool(true)),
        };
        object.insert(name.into(), self.normal(&value));
    }

    /// A URL, and its query field by field: what stands in one is no id because another is.
    fn url(&self, url: &str, marks: &[Mark]) -> String {
        let masked = self.masks(marks, "").text(&clean(url), "url");
        match masked.split_once('?') {
            Some((before, query)) => format!("{before}?{}", self.fields(query, marks, "query.")),
            None => masked,
        }
    }

    fn form(&self, text: &str, marks: &[Mark]) -> String {
        self.fields(text, marks, "form.")
    }

    /// The fields of a form or of a query are masked one by one.
    fn fields(&self, text: &str, marks: &[Mark], place: &str) -> String {
        let masks = self.masks(marks, "");
        if !marks.iter().any(|mark| mark.at.starts_with(place)) {
            return masks.text(text, "");
        }
        let field = |field: &str| match field.split_once('=') {
            Some((name, value)) => format!("{name}={}", masks.text(value, &format!("{place}{name}"))),
            None => field.to_owned(),
        };
        text.split('&').map(field).collect::<Vec<_>>().join("&")
    }

    fn part(&mut self, index: usize, part: &PartRecord, marks: &[Mark]) -> Value {
        let mut object = Object::default();
        object.insert("name".into(), self.text(&*part.name));
        for (name, value) in [("filename", &part.filename), ("content_type", &part.content_type)] {
            if let Some(value) = value {
                object.insert(name.into(), self.text(&**value));
            }
        }
        self.body(&part.body, &Headers::default(), marks, &format!("parts[{index}]"), &mut object);
        Value::object(object)
    }

    fn failures(&mut self, failures: &[Failure], object: &mut Object) {
        if !failures.is_empty() {
            let messages = failures.iter().map(|failure| self.text(&*failure.message)).collect();
            object.insert("failures".into(), Value::array(messages));
        }
    }
}

/// The tries of a step that tell how it came to its end. Where a later process has looked again, `ensure` tells of the
/// round that created what this run has, and else of the last one.
fn rounds(step: &StepRecord) -> impl Iterator<Item = &Try> {
    let created = step.report.as_ref().and_then(|report| report.created);
    let made = step.tries.iter().rposition(|one| one.role == Role::Create && one.succeeded());
    let again = made
        .filter(|made| step.tries[made + 1..].iter().any(|one| matches!(one.role, Role::Find(0)) && one.attempt == 1));
    step.tries.iter().enumerate().filter_map(move |(place, one)| {
        let is_left_out = match (again, created) {
            (Some(made), Some(true)) => place > made && matches!(one.role, Role::Find(_)),
            (Some(made), _) => place <= made,
            (None, _) => false,
        };
        (!is_left_out).then_some(one)
    })
}
