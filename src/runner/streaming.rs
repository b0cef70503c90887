//! The body of an answer that is a stream of events, read as the list of them: JSON that is made while they come.
//!
//! Whoever reads it sees a document like any other, so that it is kept, projected, masked and judged like one. Here is
//! decided where it ends: where `until` holds, behind the last event that is wanted, where nothing more comes. Whether
//! that was a good end is for its judge to say, who asks the list alone.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;

use super::answer::{Body, LargeBody, header_values, looks_like_json};
use crate::render::{Part, Streaming, Taken, Unread};
use crate::value::{Limits, Object, Value};
use crate::wire::{Answer, BodyReader, BoxFuture, EventStream, StreamEvent, TransportError};

/// How deep data may be nested to be taken as JSON: the list and the event around it are two levels of the 127 that
/// there may be.
const DEEPEST: usize = 125;

/// The events of an answer, as the text of a JSON list.
pub(super) struct Events<'a> {
    answer: &'a mut Answer,
    headers: Value,
    streaming: Streaming,
    stream: EventStream,
    limits: Limits,
    taken: u64,
    /// The events so far, where `until` asks for them, and about how much memory they take.
    list: Arc<Vec<Value>>,
    listed: usize,
    state: State,
    too_large: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begun,
    Reading,
    /// The end of the list is still to be told.
    Left,
    Ended,
}

impl<'a> Events<'a> {
    pub(super) fn new(streaming: Streaming, answer: &'a mut Answer, limits: Limits) -> Self {
        Events {
            headers: header_values(&answer.headers),
            answer,
            streaming,
            stream: EventStream::default(),
            limits,
            taken: 0,
            list: Arc::default(),
            listed: 0,
            state: State::Begun,
            too_large: None,
        }
    }

    /// The body that was made of them, with what the text of the list does not tell.
    pub(super) fn told_in(self, body: Body) -> Body {
        let unread = self.too_large.map(Unread::TooLarge);
        let (large, bytes) = match body {
            Body::Large(large) => (*large, None),
            Body::Whole(bytes) if unread.is_some() => (empty(), Some(bytes.len() as u64)),
            whole => return whole,
        };
        let part = Part {
            bytes: bytes.unwrap_or(large.part.bytes),
            beginning: large.part.beginning.clone(),
            events: Some(self.taken),
            unread: unread.or_else(|| large.part.unread.clone()),
        };
        Body::Large(Box::new(LargeBody { part: part.into(), ..large }))
    }

    async fn read(&mut self) -> Result<Option<Bytes>, TransportError> {
        let mut text = Vec::new();
        if self.state == State::Begun {
            text.push(b'[');
            self.state = State::Reading;
        }
        while text.is_empty() && self.state == State::Reading {
            match self.answer.body.chunk().await {
                Ok(Some(chunk)) => self.take(&chunk, &mut text),
                Ok(None) => self.state = State::Left,
                Err(error) => return Err(self.with_count(error)),
            }
        }
        if self.state == State::Left {
            text.push(b']');
            self.state = State::Ended;
        }
        Ok((!text.is_empty()).then(|| text.into()))
    }

    fn take(&mut self, chunk: &[u8], text: &mut Vec<u8>) {
        let mut stream = std::mem::take(&mut self.stream);
        if stream.feed(chunk, &mut |event| self.take_event(&event, text)).is_break() {
            self.state = State::Left;
        }
        if stream.held() > self.limits.memory {
            self.leave_too_large("one of its events", "has");
        }
        self.stream = stream;
    }

    fn take_event(&mut self, event: &StreamEvent, text: &mut Vec<u8>) -> ControlFlow<()> {
        if self.taken > 0 {
            text.push(b',');
        }
        self.taken += 1;
        let json = write(event, text);
        let is_last = self.taken >= self.streaming.most;
        if self.streaming.sees_events() && self.is_end(event, json) || is_last {
            return ControlFlow::Break(());
        }
        if self.too_large.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn is_end(&mut self, event: &StreamEvent, json: Option<Value>) -> bool {
        let event = record(event, json);
        let body = self.streaming.sees_body().then(|| {
            self.listed += event.footprint();
            // Nobody else holds the list while events come, so that nothing is copied.
            Arc::make_mut(&mut self.list).push(event.clone());
            Value::Array(Arc::clone(&self.list))
        });
        if self.listed > self.limits.memory {
            self.leave_too_large("what `until` asks for, all events so far,", "takes");
        }
        let taken = Taken { status: self.answer.status, headers: &self.headers, event: &event, body };
        self.streaming.ends_with(&taken)
    }

    fn leave_too_large(&mut self, what: &str, takes: &str) {
        self.state = State::Left;
        self.too_large = Some(format!("{what} {takes} more than {} MiB", self.limits.memory / 1024 / 1024));
    }

    fn with_count(&self, error: TransportError) -> TransportError {
        let events = if self.taken == 1 { "1 event".to_owned() } else { format!("{} events", self.taken) };
        TransportError { message: format!("{}, after {events}", error.message), ..error }
    }
}

impl BodyReader for Events<'_> {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(self.read())
    }
}

fn empty() -> LargeBody {
    let part = Part { bytes: 0, beginning: String::new(), events: None, unread: None };
    LargeBody { value: Value::Null, not_json: None, text: None, sha256: String::new(), part: part.into(), saved: None }
}

/// Writes the record of an event; its data, where that is an object or an array.
fn write(event: &StreamEvent, text: &mut Vec<u8>) -> Option<Value> {
    let json = Some(event.data.as_bytes()).filter(|data| looks_like_json(data));
    let json = json.and_then(|data| Value::read(data).ok()).filter(|value| depth(value) <= DEEPEST);
    text.extend_from_slice(b"{\"event\":");
    string(event.event.as_deref().unwrap_or(MESSAGE), text);
    text.extend_from_slice(b",\"data\":");
    match &json {
        // As it was sent: digits of numbers and members that are there twice would not survive.
        Some(_) => text.extend_from_slice(event.data.trim_ascii().as_bytes()),
        None => string(&event.data, text),
    }
    if let Some(id) = &event.id {
        text.extend_from_slice(b",\"id\":");
        string(id, text);
    }
    if let Some(retry) = event.retry {
        text.extend_from_slice(format!(",\"retry\":{retry}").as_bytes());
    }
    text.push(b'}');
    json
}

/// What an event is called that does not say.
const MESSAGE: &str = "message";

fn string(value: &str, text: &mut Vec<u8>) {
    serde_json::to_writer(text.by_ref(), value).expect("a string is JSON, and memory takes it");
}

/// The same as a value.
fn record(event: &StreamEvent, json: Option<Value>) -> Value {
    let mut members = Object::default();
    members.insert("event".into(), Value::from(event.event.as_deref().unwrap_or(MESSAGE)));
    members.insert("data".into(), json.unwrap_or_else(|| Value::from(event.data.as_str())));
    members.extend(event.id.as_deref().map(|id| ("id".into(), Value::from(id))));
    members.extend(event.retry.map(|retry| ("retry".into(), Value::from(retry))));
    Value::object(members)
}

/// How deep a value is nested; a value that was read is not too deep for the stack.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
