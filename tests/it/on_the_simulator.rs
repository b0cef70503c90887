//! The simulator as a transport: the whole system in one thread, without a socket.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::http::Request as HttpRequest;
use bytes::Bytes;
use callsheet::journal::MemoryStore;
use callsheet::plan::Inputs;
use callsheet::runner::{Options, TokioClock};
use callsheet::session::{Run, Session};
use callsheet::simulator::{Options as Behaviour, Reply, Simulator, World};
use callsheet::value::Value;
use callsheet::wire::{
    Answer, Body, BodyReader, BoxFuture, Headers, PartContent, Request, Transport, TransportError, TransportErrorKind,
};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use crate::run::scenario::{Ran, start};

/// Carries requests to a simulator.
pub struct InProcess(Simulator);

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let simulator = self.0.clone();
        Box::pin(async move {
            let deadline = Instant::now() + request.timeout;
            let host = request.url.origin().ascii_serialization();
            let mut message = HttpRequest::builder().method(&*request.method).uri(request.url.as_str());
            message = message.header("host", request.url.authority());
            for (name, value) in request.headers.iter() {
                message = message.header(name, value);
            }
            let (body, content_type) = encode(request.body);
            if let Some(content_type) = content_type {
                message = message.header("content-type", content_type);
            }
            let message = message.body(HttpBody::from(body)).expect("a request");
            let lost = |kind, what: &str| Err(TransportError { kind, message: format!("{host} {what}") });
            let answer = match timeout_at(deadline, simulator.call(message)).await {
                Ok(Reply::Answer(answer)) => answer,
                Ok(Reply::Reset { .. }) => {
                    return lost(TransportErrorKind::Reset, "closed the connection before answering");
                }
                Ok(Reply::Refused) => return lost(TransportErrorKind::Refused, "refused the connection"),
                Err(_) => return lost(TransportErrorKind::Timeout, "gave no answer in time"),
            };
            let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            let status = answer.status().as_u16();
            let body = Box::new(Arriving { body: answer.into_body(), host, deadline });
            Ok(Answer { status, headers: Headers(headers), body })
        })
    }
}

/// A body as it comes: whole, slowly, or not to its end.
struct Arriving {
    body: HttpBody,
    host: String,
    deadline: Instant,
}

impl BodyReader for Arriving {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(async {
            let (kind, what) = match timeout_at(self.deadline, self.body.frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => return Ok(Some(frame.into_data().expect("the simulator sends no trailers"))),
                Ok(Some(Err(_))) => (TransportErrorKind::Truncated, "broke off its answer"),
                Err(_) => (TransportErrorKind::Timeout, "did not end its answer in time"),
            };
            Err(TransportError { kind, message: format!("{} {what}", self.host) })
        })
    }
}

fn encode(body: Body) -> (Bytes, Option<String>) {
    let read = |path| Bytes::from(std::fs::read(path).expect("the test's file is there"));
    match body {
        Body::Empty => (Bytes::new(), None),
        Body::Bytes(bytes) => (bytes, None),
        Body::File(path) => (read(path), None),
        Body::Multipart(parts) => {
            let mut whole = Vec::new();
            for part in parts {
                let filename = part.filename.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
                whole.extend(
                    format!("--edge\r\ncontent-disposition: form-data; name=\"{}\"{filename}\r\n", part.name).bytes(),
                );
                whole.extend(
                    part.content_type.map(|kind| format!("content-type: {kind}\r\n")).unwrap_or_default().bytes(),
                );
                whole.extend(b"\r\n");
                match part.content {
                    PartContent::Bytes(bytes) => whole.extend(bytes),
                    PartContent::File(path) => whole.extend(read(path)),
                }
                whole.extend(b"\r\n");
            }
            whole.extend(b"--edge--\r\n");
            (Bytes::from(whole), Some("multipart/form-data; boundary=edge".to_owned()))
        }
    }
}

/// A simulator in this very thread, and what it was asked.
pub struct Platform {
    simulator: Simulator,
}

const HOST: &str = "http://simulator.example.com";

impl Platform {
    /// Must be made inside the runtime, since the simulator's clock starts here.
    pub fn new(behaviour: Behaviour) -> Self {
        Platform { simulator: Simulator::new(Behaviour { start: start(), ..behaviour }) }
    }

    /// The same, starting from another world.
    pub fn of_world(behaviour: Behaviour, world: World) -> Self {
        Platform { simulator: Simulator::with_world(Behaviour { start: start(), ..behaviour }, world) }
    }

    fn inputs(&self) -> Inputs {
        let credentials = self.simulator.credentials();
        let simulator = serde_json::json!({
            "api_url": HOST, "keycloak_url": HOST, "user": credentials.user, "client": credentials.client,
        });
        Inputs::new().simulator(Value::of(&simulator))
    }

    /// The way to the simulator.
    pub fn transport(&self) -> InProcess {
        InProcess(self.simulator.clone())
    }

    /// Runs a playbook, a path or a text that stands in `workflows/`, with these inputs besides those that its
    /// `simulate` binds.
    #[track_caller]
    pub fn run(&self, playbook: &str, vars: &[(&str, &str)], options: Options) -> impl Future<Output = Ran> {
        self.run_over(Arc::new(self.transport()), playbook, vars, options)
    }

    /// The same over a transport that does something on the way.
    #[track_caller]
    pub fn run_over(
        &self,
        transport: Arc<dyn Transport>,
        playbook: &str,
        vars: &[(&str, &str)],
        options: Options,
    ) -> impl Future<Output = Ran> + use<> {
        let loaded = if playbook.contains('\n') {
            Session::new().parse("test.yaml", playbook, Path::new("workflows"))
        } else {
            Session::new().load(playbook)
        };
        let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
        let inputs = vars.iter().fold(self.inputs(), |inputs, (name, value)| inputs.var(*name, *value));
        let plan = loaded.plan(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        async move {
            let store = MemoryStore::new();
            let outcome = Run::new(&plan)
                .options(options)
                .store(store.clone())
                .transport(transport)
                .clock(Arc::new(TokioClock::new(start())))
                .start()
                .await
                .expect("a store in memory does not fail");
            Ran { outcome, store }
        }
    }

    /// What `GET /_simulator/log` says.
    pub async fn log(&self) -> Vec<Entry> {
        let request = HttpRequest::get("/_simulator/log").body(HttpBody::empty()).expect("a request");
        let reply = self.simulator.call(request).await;
        let Reply::Answer(answer) = reply else { panic!("the log was not answered: {reply:?}") };
        let body = answer.into_body().collect().await.expect("a body in memory").to_bytes();
        serde_json::from_slice::<Vec<serde_json::Value>>(&body).expect("JSON").into_iter().map(Entry).collect()
    }

    /// Everything that was executed, but for tokens, from the given number on.
    pub async fn executed(&self, from: usize) -> Vec<Entry> {
        let log = self.log().await.into_iter();
        log.filter(|entry| entry.0["executed"] == true && !entry.is_token()).skip(from).collect()
    }

    /// What was executed and changes something, from the given number on, as in `pipelines/create`.
    pub async fn writes(&self, from: usize) -> Vec<String> {
        const READS: &[&str] = &["list", "query", "get", "run_interactive"];
        let executed = self.executed(from).await;
        let calls = executed.iter().map(Entry::call);
        let reads =
            |call: &&str| READS.iter().any(|read| call.rsplit('/').next().unwrap_or_default().starts_with(read));
        calls.filter(|call| !reads(call)).map(str::to_owned).collect()
    }
}

/// One line of the simulator's log.
#[derive(Debug)]
pub struct Entry(pub serde_json::Value);

impl Entry {
    pub fn path(&self) -> &str {
        self.0["path"].as_str().expect("every entry has a path")
    }

    /// What is behind `/v1/api/`, or the whole path.
    pub fn call(&self) -> &str {
        self.path().strip_prefix("/v1/api/").unwrap_or(self.path())
    }

    pub fn status(&self) -> u64 {
        self.0["status"].as_u64().expect("every entry has a status")
    }

    pub fn is_token(&self) -> bool {
        self.path().ends_with("/token")
    }

    /// From when to when it was under way, in milliseconds.
    pub fn time(&self) -> (u64, u64) {
        let at = |name: &str| self.0[name].as_u64().expect("every entry has times");
        (at("started_ms"), at("finished_ms"))
    }
}
