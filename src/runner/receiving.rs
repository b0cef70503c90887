//! Reads the body of an answer: a small one into memory, a large one through a worker that keeps what is wanted.
//!
//! The worker is a thread of the blocking pool: it digests, parses and writes while the loop goes on. Chunks go to it
//! through a short queue, so that a fast server fills no memory.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use ring::digest::{Context, SHA256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::answer::{Body, LargeBody, MediaType, looks_like_json};
use super::arrow_body::ArrowBody;
use super::streaming::Events;
use crate::event::Saving;
use crate::render::{Intake, Part, Unread};
use crate::value::{Limits, ProjectError, Projector, Value};
use crate::wire::{Answer, BodyReader, TransportError, hexadecimal, is_event_stream, is_success};

/// Chunks that may wait for the worker.
const QUEUE: usize = 8;

/// Bytes of the beginning of a large body that messages may show.
const BEGINNING: usize = 4096;

/// How a body is taken, and where it is saved.
pub(super) struct Taking {
    pub(super) intake: Intake,
    /// Up to how many bytes a body is kept whole.
    pub(super) keep: usize,
    /// Where it goes, if the answer is a success.
    pub(super) saving: Option<Box<dyn Saving>>,
    /// What the limits of a document are.
    pub(super) limits: Limits,
}

/// Reads the body of an answer to its end, or until it is too much; of a stream of events, until that ends.
pub(super) async fn receive(answer: &mut Answer, mut taking: Taking) -> Result<Body, TransportError> {
    // What is not a success is no file that anyone wants, and no stream; it tells what went wrong.
    taking.saving = taking.saving.filter(|_| is_success(answer.status));
    if let Some(streaming) = taking.intake.stream.take()
        && is_success(answer.status)
        && answer.headers.get("content-type").is_some_and(is_event_stream)
    {
        let mut events = Events::new(*streaming, answer, taking.limits);
        let body = read(&mut events, MediaType::json(), taking).await?;
        return Ok(events.told_in(body));
    }
    read(&mut *answer.body, MediaType::of(&answer.headers), taking).await
}

async fn read(body: &mut dyn BodyReader, media: MediaType, taking: Taking) -> Result<Body, TransportError> {
    let Taking { intake, keep, saving, limits } = taking;
    let read = match &saving {
        Some(_) => Bytes::new(),
        None => match read_small(body, keep).await? {
            Small::Whole(body) => return Ok(Body::Whole(body)),
            Small::Beginning(read) => read,
        },
    };
    let worker = Worker::start(Work { media, intake, saving, limits });
    let read = feed(&worker, read, body).await;
    // Also where the answer broke off: what is half written is taken away before anyone hears of it.
    let done = worker.finish().await;
    read?;
    Ok(Body::Large(Box::new(done.save())))
}

async fn feed(worker: &Worker, first: Bytes, body: &mut dyn BodyReader) -> Result<(), TransportError> {
    let mut goes_on = worker.take(first).await;
    while goes_on && let Some(chunk) = body.chunk().await? {
        goes_on = worker.take(chunk).await;
    }
    Ok(())
}

enum Small {
    Whole(Bytes),
    /// There is more than the limit; this was read so far.
    Beginning(Bytes),
}

async fn read_small(body: &mut dyn BodyReader, keep: usize) -> Result<Small, TransportError> {
    let Some(first) = body.chunk().await? else { return Ok(Small::Whole(Bytes::new())) };
    if first.len() > keep {
        return Ok(Small::Beginning(first));
    }
    let Some(second) = body.chunk().await? else { return Ok(Small::Whole(first)) };
    let mut whole = BytesMut::with_capacity(first.len() + second.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while whole.len() <= keep {
        match body.chunk().await? {
            Some(chunk) => whole.extend_from_slice(&chunk),
            None => return Ok(Small::Whole(whole.freeze())),
        }
    }
    Ok(Small::Beginning(whole.freeze()))
}

struct Worker {
    chunks: mpsc::Sender<Bytes>,
    result: JoinHandle<Done>,
}

struct Work {
    media: MediaType,
    intake: Intake,
    saving: Option<Box<dyn Saving>>,
    limits: Limits,
}

struct Done {
    body: LargeBody,
    saving: Option<Box<dyn Saving>>,
}

impl Worker {
    fn start(work: Work) -> Self {
        let (chunks, queue) = mpsc::channel(QUEUE);
        Worker { chunks, result: tokio::task::spawn_blocking(move || work.run(queue)) }
    }

    /// Whether more is wanted.
    async fn take(&self, chunk: Bytes) -> bool {
        chunk.is_empty() || self.chunks.send(chunk).await.is_ok()
    }

    async fn finish(self) -> Done {
        drop(self.chunks);
        self.result.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

impl Done {
    /// Puts the file in its place, which is the last thing that can go wrong.
    fn save(self) -> LargeBody {
        let mut body = self.body;
        if let Some(saving) = self.saving.filter(|_| body.part.unread.is_none())
            && let Err(error) = saving.finish()
        {
            body.saved = None;
            body.part = Part { unread: Some(Unread::NotSaved(error.to_string())), ..(*body.part).clone() }.into();
        }
        body
    }
}

impl Work {
    fn run(mut self, mut chunks: mpsc::Receiver<Bytes>) -> Done {
        let wanted = self.intake.wanted.closed();
        let mut reader = Reader::new(&self.media, &self.intake, self.limits);
        let mut arrow = ArrowBody::begin(&self.media, &self.intake.wanted, self.limits);
        let json = !self.media.is_arrow() && !self.intake.wanted.is_nothing();
        let mut projector = json.then(|| Projector::new(&wanted, self.limits));
        let mut digest = Context::new(&SHA256);
        let mut unread = None;
        while let Some(chunk) = chunks.blocking_recv() {
            digest.update(&chunk);
            let saved = self.saving.as_mut().map_or(Ok(()), |saving| saving.write(&chunk));
            let too_large = reader.see(&chunk, &mut projector);
            let too_large = too_large.or_else(|| arrow.as_mut().and_then(|body| body.see(&chunk)));
            unread = too_large.map(Unread::TooLarge);
            unread = unread.or(saved.err().map(|error| Unread::NotSaved(error.to_string())));
            if unread.is_some() {
                break;
            }
        }
        let beginning = match self.media.is_arrow() {
            // Nothing for a message.
            true => String::new(),
            false => String::from_utf8_lossy(&reader.beginning).into_owned(),
        };
        let bytes = reader.bytes;
        let Content { value, not_json, text } = match arrow.filter(|_| unread.is_none()) {
            Some(body) => {
                let records = body.finish(&self.intake.wanted);
                unread = records.unread;
                Content { value: records.value, not_json: records.not_json, text: None }
            }
            None => reader.finish(projector),
        };
        let part = Part { bytes, beginning, events: None, unread }.into();
        let saved = self.intake.save.filter(|_| self.saving.is_some());
        let body = LargeBody { value, not_json, text, sha256: hexadecimal(digest.finish().as_ref()), part, saved };
        Done { body, saving: self.saving }
    }
}

/// What a large body has turned out to be.
struct Content {
    value: Value,
    not_json: Option<String>,
    text: Option<Arc<str>>,
}

/// Finds out what a large body is: JSON, or text.
struct Reader<'a> {
    media: &'a MediaType,
    limits: Limits,
    bytes: u64,
    beginning: Vec<u8>,
    /// The whole text, where it is wanted.
    text: Option<Vec<u8>>,
    /// Whether it is the body's value where the body is not JSON.
    text_is_value: bool,
    /// Why it is not JSON.
    not_json: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(media: &'a MediaType, intake: &Intake, limits: Limits) -> Self {
        let text_is_value = intake.wanted.is_everything() && !media.is_json() && !media.is_arrow();
        let text = (text_is_value || intake.text).then(Vec::new);
        Reader { media, limits, bytes: 0, beginning: Vec::new(), text, text_is_value, not_json: None }
    }

    /// Reads on; why no more can be taken, if so.
    fn see(&mut self, chunk: &[u8], projector: &mut Option<Projector<'_>>) -> Option<String> {
        let missing = BEGINNING.saturating_sub(self.beginning.len()).min(chunk.len());
        self.beginning.extend_from_slice(&chunk[..missing]);
        self.bytes += chunk.len() as u64;
        if let Some(text) = &mut self.text {
            if text.len() + chunk.len() > self.limits.memory {
                let most = self.limits.memory / 1024 / 1024;
                return Some(format!("the playbook uses its whole text, and that has more than {most} MiB"));
            }
            text.extend_from_slice(chunk);
        }
        match projector.as_mut()?.feed(chunk) {
            Ok(()) => None,
            Err(ProjectError::Limit(message)) if self.may_be_json() => Some(message),
            Err(error) => {
                self.not_json = Some(error.to_string());
                *projector = None;
                None
            }
        }
    }

    fn may_be_json(&self) -> bool {
        self.media.is_json() || looks_like_json(&self.beginning)
    }

    fn finish(mut self, projector: Option<Projector<'_>>) -> Content {
        let text = self.text.take().map(|text| Arc::<str>::from(String::from_utf8_lossy(&text)));
        let (value, not_json) = self.value(projector, text.as_ref());
        Content { value, not_json, text }
    }

    fn value(self, projector: Option<Projector<'_>>, text: Option<&Arc<str>>) -> (Value, Option<String>) {
        // Of a body of nothing but blanks there is nothing to say.
        if self.bytes <= BEGINNING as u64 && self.beginning.trim_ascii().is_empty() {
            return (Value::Null, None);
        }
        let may_be_json = self.may_be_json();
        let problem = match projector.map(Projector::finish) {
            Some(Ok(value)) if may_be_json => return (value, None),
            Some(Err(error)) => Some(error.to_string()),
            // Nobody looks at it, so nobody looked whether it is JSON.
            None if self.not_json.is_none() && !self.text_is_value => return (Value::Null, None),
            _ => self.not_json,
        };
        let text = text.filter(|_| self.text_is_value);
        let value = text.map_or(Value::Null, |text| Value::from(Arc::clone(text)));
        (value, Some(self.media.not_json(problem.as_deref())))
    }
}
