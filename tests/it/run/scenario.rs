//! What all tests of runs are written in: a playbook as text, a scripted server, virtual time.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use callsheet::event::{Envelope, Outcome as Word};
#[cfg(feature = "simulator")]
use callsheet::id::Address;
use callsheet::journal::MemoryStore;
use callsheet::plan::Inputs;
use callsheet::record::Record;
use callsheet::runner::{Options, Signal, TokioClock};
use callsheet::session::{Outcome, Playbook, Run, Session};
use callsheet::source::Loader;
use callsheet::transcript::Transcript;
use callsheet::value::Value;
use callsheet::wire::{
    Answer, Body, BodyReader, BoxFuture, Headers, Request, Transport, TransportError, TransportErrorKind,
};
use tokio::sync::mpsc;

/// A server made of answers: each path has a queue; the last answer of a queue is given again and again.
#[derive(Clone, Default)]
pub struct Server {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    replies: Vec<(String, VecDeque<Reply>)>,
    seen: Vec<Seen>,
    in_flight: usize,
    most_in_flight: usize,
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: Headers,
    pub body: String,
    /// Whether its connection shows no certificate of ours.
    pub anonymous: bool,
    /// The bytes of a body in memory.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "only tests of binary bodies look at them"))]
    pub bytes: Bytes,
}

/// One answer, or none.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    after: Duration,
    error: Option<TransportErrorKind>,
    /// Whether the body breaks off.
    cut: bool,
}

pub fn status(status: u16) -> Reply {
    Reply { status, headers: Vec::new(), body: Bytes::new(), after: Duration::ZERO, error: None, cut: false }
}

pub fn json(body: &str) -> Reply {
    status(200).json(body)
}

/// No answer at all.
pub fn nothing(kind: TransportErrorKind) -> Reply {
    Reply { error: Some(kind), ..status(0) }
}

impl Reply {
    pub fn json(self, body: &str) -> Reply {
        Reply { body: body.to_owned().into(), ..self }.header("content-type", "application/json")
    }

    pub fn text(self, body: &str) -> Reply {
        Reply { body: body.to_owned().into(), ..self }.header("content-type", "text/plain")
    }

    /// A stream of events.
    pub fn events(self, body: &str) -> Reply {
        Reply { body: body.to_owned().into(), ..self }.header("content-type", "text/event-stream")
    }

    /// A body of bytes.
    #[cfg(feature = "arrow")]
    pub fn bytes(self, content_type: &str, body: impl Into<Bytes>) -> Reply {
        Reply { body: body.into(), ..self }.header("content-type", content_type)
    }

    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body breaks off at its end.
    pub fn cut(self) -> Reply {
        Reply { cut: true, ..self }
    }

    /// The answer comes that much later.
    pub fn after(self, seconds: u64) -> Reply {
        Reply { after: Duration::from_secs(seconds), ..self }
    }
}

impl Server {
    pub fn new() -> Self {
        Self::default()
    }

    /// What requests of that path get, one after another.
    pub fn on(self, path: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.state.lock().unwrap().replies.push((path.to_owned(), replies.into_iter().collect()));
        self
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// Method and path of every request, in order.
    pub fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    pub fn count(&self, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.line.split(' ').nth(1) == Some(path)).count()
    }

    pub fn most_in_flight(&self) -> usize {
        self.state.lock().unwrap().most_in_flight
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let bytes = match &request.body {
            Body::Bytes(bytes) => bytes.clone(),
            _ => Bytes::new(),
        };
        let body = match &request.body {
            Body::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Body::Empty => String::new(),
            other => format!("{other:?}"),
        };
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let line = format!("{} {}{query}", request.method, request.url.path());
        let reply = {
            let mut state = self.state.lock().unwrap();
            let (headers, anonymous) = (request.headers.clone(), request.connection.anonymous);
            state.seen.push(Seen { line: line.clone(), headers, body, anonymous, bytes });
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            let path = request.url.path();
            let queue = state.replies.iter_mut().find(|(known, _)| known == path);
            let queue = &mut queue.unwrap_or_else(|| panic!("the test's server has no answer for {line}")).1;
            if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() }
        };
        let reply = reply.expect("a path has at least one answer");
        let state = Arc::clone(&self.state);
        Box::pin(async move {
            let leave = Leaving(state);
            let wait = reply.after.min(request.timeout);
            tokio::time::sleep(wait).await;
            drop(leave);
            let origin = request.url.origin().ascii_serialization();
            if reply.after > request.timeout {
                let message = format!("no answer from {origin} in time");
                return Err(TransportError { kind: TransportErrorKind::Timeout, message });
            }
            match reply.error {
                Some(kind) => Err(TransportError { kind, message: format!("{origin}: {kind:?}") }),
                None => Ok(Answer {
                    status: reply.status,
                    headers: Headers(reply.headers),
                    body: Box::new(Pieces { body: reply.body, cut: reply.cut }),
                }),
            }
        })
    }
}

/// A body that comes in pieces.
struct Pieces {
    body: Bytes,
    cut: bool,
}

impl BodyReader for Pieces {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let piece = self.body.split_to(self.body.len().min(1000));
        let chunk = match (piece.is_empty(), self.cut) {
            (false, _) => Ok(Some(piece)),
            (true, false) => Ok(None),
            (true, true) => {
                Err(TransportError { kind: TransportErrorKind::Truncated, message: "it broke off".to_owned() })
            }
        };
        Box::pin(std::future::ready(chunk))
    }
}

/// Counts a request out, also when it is dropped.
struct Leaving(Arc<Mutex<State>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.lock().unwrap().in_flight -= 1;
    }
}

/// A run that is over.
pub struct Ran {
    pub outcome: Outcome,
    pub store: MemoryStore,
}

impl Ran {
    pub fn record(&self) -> &Record {
        &self.outcome.record
    }

    /// `step outcome` of each step, in plan order.
    pub fn outcomes(&self) -> Vec<String> {
        let word = |outcome: Option<Word>| outcome.map_or("none", Word::as_str);
        self.record().steps().map(|step| format!("{} {}", step.step, word(step.outcome()))).collect()
    }

    /// Every message of what went wrong, and every reason for a skip.
    #[track_caller]
    pub fn said(&self, step: &str) -> String {
        let step = self.record().steps().find(|record| record.step.as_str() == step).expect("a step of that id");
        let mut said: Vec<String> = step.failures().iter().map(|failure| failure.message.clone()).collect();
        said.extend(step.reason().map(str::to_owned));
        said.join("\n")
    }

    #[track_caller]
    pub fn passed(self) -> Self {
        assert!(self.outcome.passed(), "{:#?}", self.messages());
        self
    }

    /// Each step that did not pass, with its word and what went wrong.
    pub fn messages(&self) -> Vec<String> {
        let steps = self.record().steps().filter(|step| !step.outcome().is_some_and(Word::is_passed));
        let told = steps.map(|step| {
            let word = step.outcome().map_or("unfinished", Word::as_str);
            format!("{} {word}: {}", step.step, self.said(step.step.as_str()))
        });
        told.collect()
    }

    pub fn transcript(&self) -> Transcript {
        self.outcome.transcript(&|name| self.store.body(name))
    }

    pub fn events(&self) -> Vec<Envelope> {
        self.store.events()
    }

    /// `step: reason` of what may be left behind.
    pub fn left_behind(&self) -> Vec<String> {
        self.record().left_behind().iter().map(|left| format!("{}: {}", left.step, left.reason)).collect()
    }
}

/// What the tests of the shipped playbooks ask.
#[cfg(feature = "simulator")]
impl Ran {
    /// The word for the whole run.
    pub fn word(&self) -> &'static str {
        self.record().outcome().map_or("unfinished", Word::as_str)
    }

    /// The steps that found something missing and created it.
    pub fn created(&self) -> Vec<String> {
        let reports = self.record().steps().filter_map(|step| step.report.as_ref());
        reports.filter(|report| report.created == Some(true)).map(|report| report.step.to_string()).collect()
    }

    #[track_caller]
    pub fn output(&self, name: &str) -> &Value {
        self.outcome.outputs.get(name).unwrap_or_else(|| panic!("there is no output `{name}`"))
    }

    /// What a step captured.
    #[track_caller]
    pub fn capture(&self, step: &str, name: &str) -> &Value {
        let step = self.record().step(&Address::step(step)).unwrap_or_else(|| panic!("there is no step `{step}`"));
        step.capture(name).unwrap_or_else(|| panic!("`{name}` was not captured"))
    }
}

/// Reads and checks a playbook whose relative URLs go to `http://api.example.com`.
#[track_caller]
pub fn load(steps: &str) -> Playbook {
    let text = if steps.contains("\nsteps:") || steps.starts_with("steps:") {
        format!("playbook: test\n{steps}")
    } else {
        format!("playbook: test\nsteps:\n{steps}")
    };
    let text = if text.contains("base_url") {
        text
    } else {
        format!("{text}\ndefaults: {{ base_url: \"http://api.example.com\" }}\n")
    };
    Session::new().parse("test.yaml", &text, Path::new("")).unwrap_or_else(|problems| panic!("{problems}"))
}

/// Files by their paths.
pub struct Files(HashMap<PathBuf, String>);

impl Files {
    pub fn new(files: impl IntoIterator<Item = (impl Into<PathBuf>, impl Into<String>)>) -> Arc<Self> {
        Arc::new(Files(files.into_iter().map(|(path, text)| (path.into(), text.into())).collect()))
    }
}

impl Loader for Files {
    fn read(&self, path: &Path) -> io::Result<String> {
        match self.0.get(path) {
            Some(text) => Ok(text.clone()),
            None if self.0.keys().any(|file| file.starts_with(path)) => {
                Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"))
            }
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

/// Runs steps against a server, in one thread, on virtual time.
#[track_caller]
pub fn run(steps: &str, server: &Server) -> Ran {
    run_with(steps, server, Options::default(), Inputs::new(), |_, _| {})
}

/// The same with options, inputs, and a listener that may interrupt.
#[track_caller]
pub fn run_with(
    steps: &str,
    server: &Server,
    options: Options,
    inputs: Inputs,
    listener: impl FnMut(&Envelope, &mpsc::UnboundedSender<Signal>),
) -> Ran {
    run_playbook(&load(steps), server.clone(), options, inputs, listener)
}

/// The same of a whole playbook, against anything that answers.
#[track_caller]
pub fn run_playbook(
    playbook: &Playbook,
    server: impl Transport + 'static,
    options: Options,
    inputs: Inputs,
    mut listener: impl FnMut(&Envelope, &mpsc::UnboundedSender<Signal>),
) -> Ran {
    let plan = playbook.plan(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
    virtual_time(async {
        let store = MemoryStore::new();
        let (sender, signals) = mpsc::unbounded_channel();
        let outcome = Run::new(&plan)
            .options(options)
            .store(store.clone())
            .transport(Arc::new(server))
            .clock(Arc::new(TokioClock::new(start())))
            .signals(signals)
            .on_event(|envelope| listener(envelope, &sender))
            .start()
            .await
            .expect("a store in memory does not fail");
        Ran { outcome, store }
    })
}

/// When every run of a test begins.
pub fn start() -> jiff::Timestamp {
    "2026-11-24T08:00:00Z".parse().expect("a time")
}

/// One thread, and time that jumps to the next timer when nothing else can happen.
pub fn virtual_time<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// The outputs as JSON.
pub fn outputs(ran: &Ran) -> String {
    let members = ran.outcome.outputs.iter().map(|(name, value)| (name.as_str().into(), value.clone()));
    Value::object(members.collect()).to_string()
}
