//! Reads the body of an answer: a small one into memory, a large one through a worker that keeps what is wanted.
//!
//! The worker is a thread of the blocking pool: it digests, parses and writes while the loop goes on. Chunks go to it
//! through a short queue, so that a fast server fills no memory.

use bytes::{Bytes, BytesMut};
use ring::digest::{Context, SHA256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::answer::{Body, LargeBody, announces_json};
use crate::event::Saving;
use crate::render::{Intake, Part};
use crate::value::{Limits, ProjectError, Projector, Value};
use crate::wire::{Answer, BodyReader, TransportError, TransportErrorKind};

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

/// Reads the body of an answer to its end.
pub(super) async fn receive(answer: &mut Answer, origin: &str, taking: Taking) -> Result<Body, TransportError> {
    let Taking { intake, keep, saving, limits } = taking;
    // What is not a success is no file that anyone wants; it tells what went wrong.
    let saving = saving.filter(|_| (200..300).contains(&answer.status));
    let read = match &saving {
        Some(_) => Bytes::new(),
        None => match read_small(&mut *answer.body, keep).await? {
            Small::Whole(body) => return Ok(Body::Whole(body)),
            Small::Beginning(read) => read,
        },
    };
    let path = intake.save.clone().filter(|_| saving.is_some());
    let work = Work { announced: announces_json(&answer.headers), intake, saving, limits };
    let worker = Worker::start(work);
    worker.take(read).await;
    while let Some(chunk) = answer.body.chunk().await? {
        if !worker.take(chunk).await {
            break;
        }
    }
    let done = worker.finish().await.map_err(|trouble| trouble.told(origin))?;
    if let Some(saving) = done.saving {
        saving.finish().map_err(|error| Trouble::Save(error).told(origin))?;
    }
    Ok(Body::Large(Box::new(LargeBody { saved: path, ..done.body })))
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

/// Why a body cannot be taken.
enum Trouble {
    Limit(String),
    Save(std::io::Error),
}

impl Trouble {
    fn told(self, origin: &str) -> TransportError {
        match self {
            Trouble::Limit(message) => {
                let message = format!("the answer of {origin} is too large: {message}");
                TransportError { kind: TransportErrorKind::TooLarge, message }
            }
            Trouble::Save(error) => {
                let message = format!("the answer of {origin} cannot be saved: {error}");
                TransportError { kind: TransportErrorKind::Save, message }
            }
        }
    }
}

struct Worker {
    chunks: mpsc::Sender<Bytes>,
    result: JoinHandle<Result<Done, Trouble>>,
}

struct Work {
    announced: bool,
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

    async fn finish(self) -> Result<Done, Trouble> {
        drop(self.chunks);
        match self.result.await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

impl Work {
    fn run(mut self, mut chunks: mpsc::Receiver<Bytes>) -> Result<Done, Trouble> {
        let wanted = self.intake.wanted.closed();
        let whole = self.intake.wanted.is_everything();
        let mut reader = Reader::new(self.announced, whole, self.limits);
        let mut projector = (!self.intake.wanted.is_nothing()).then(|| Projector::new(&wanted, self.limits));
        let mut digest = Context::new(&SHA256);
        while let Some(chunk) = chunks.blocking_recv() {
            digest.update(&chunk);
            reader.see(&chunk, &mut projector)?;
            if let Some(saving) = &mut self.saving {
                saving.write(&chunk).map_err(Trouble::Save)?;
            }
        }
        let sha256 = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let (bytes, beginning) = (reader.bytes, String::from_utf8_lossy(&reader.beginning).into_owned());
        let (value, not_json) = reader.finish(projector)?;
        let part = Part { bytes, beginning };
        Ok(Done { body: LargeBody { value, not_json, sha256, part: part.into(), saved: None }, saving: self.saving })
    }
}

/// What a large body turns out to be: JSON, or text.
struct Reader {
    announced: bool,
    limits: Limits,
    bytes: u64,
    beginning: Vec<u8>,
    /// The whole text, where it is wanted and may not be JSON.
    text: Option<Vec<u8>>,
    /// Why it is not JSON.
    not_json: Option<String>,
}

impl Reader {
    fn new(announced: bool, whole: bool, limits: Limits) -> Self {
        let text = (whole && !announced).then(Vec::new);
        Reader { announced, limits, bytes: 0, beginning: Vec::new(), text, not_json: None }
    }

    fn see(&mut self, chunk: &[u8], projector: &mut Option<Projector<'_>>) -> Result<(), Trouble> {
        let missing = BEGINNING.saturating_sub(self.beginning.len()).min(chunk.len());
        self.beginning.extend_from_slice(&chunk[..missing]);
        self.bytes += chunk.len() as u64;
        if let Some(text) = &mut self.text {
            if text.len() + chunk.len() > self.limits.memory {
                let most = self.limits.memory / 1024 / 1024;
                return Err(Trouble::Limit(format!(
                    "the playbook uses its whole text, and that has more than {most} MiB"
                )));
            }
            text.extend_from_slice(chunk);
        }
        let result = match projector {
            Some(projector) => projector.feed(chunk),
            None => return Ok(()),
        };
        match result {
            Ok(()) => Ok(()),
            Err(ProjectError::Limit(message)) if self.announced || self.looks_like_json() => {
                Err(Trouble::Limit(message))
            }
            Err(error) => {
                self.not_json = Some(error.to_string());
                *projector = None;
                Ok(())
            }
        }
    }

    fn looks_like_json(&self) -> bool {
        matches!(self.beginning.trim_ascii_start().first(), Some(b'{' | b'['))
    }

    fn finish(self, projector: Option<Projector<'_>>) -> Result<(Value, Option<String>), Trouble> {
        let json = self.announced || self.looks_like_json();
        let (projected, problem) = match projector.map(Projector::finish) {
            Some(Ok(value)) => (Some(value), None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, self.not_json),
        };
        match (projected, problem) {
            (Some(value), _) if json => Ok((value, None)),
            (None, None) => Ok((Value::Null, None)),
            (_, problem) => {
                let value =
                    self.text.map_or(Value::Null, |text| Value::from(String::from_utf8_lossy(&text).into_owned()));
                let reason = match problem {
                    Some(problem) if self.announced => format!("the body is announced as JSON and is not: {problem}"),
                    _ => "the body is not JSON".to_owned(),
                };
                Ok((value, Some(reason)))
            }
        }
    }
}
