//! The simulator's router as a transport: the whole system in one thread, without a socket.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::http::Request as HttpRequest;
use bytes::Bytes;
use callsheet::journal::MemoryStore;
use callsheet::plan::Inputs;
use callsheet::runner::{Options, TokioClock};
use callsheet::session::{Run, Session};
use callsheet::simulator::{ConnectionReset, Options as Behaviour, Simulator};
use callsheet::value::Value;
use callsheet::wire::{
    Answer, Body, BoxFuture, Headers, PartContent, Request, Transport, TransportError, TransportErrorKind, WholeBody,
};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::scenario::{Ran, start, virtual_time};

/// Carries requests to a router.
struct InProcess(axum::Router);

impl Transport for InProcess {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let router = self.0.clone();
        Box::pin(async move {
            let timeout = request.timeout;
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
            let Ok(answer) = tokio::time::timeout(timeout, router.oneshot(message)).await else {
                let message = format!("no answer from {host} in time");
                return Err(TransportError { kind: TransportErrorKind::Timeout, message });
            };
            let answer = answer.expect("a router does not fail");
            if answer.extensions().get::<ConnectionReset>().is_some() {
                let message = format!("{host} closed the connection before answering");
                return Err(TransportError { kind: TransportErrorKind::Reset, message });
            }
            let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await.expect("a body in memory").to_bytes();
            Ok(Answer { status, headers: Headers(headers), body: Box::new(WholeBody(Some(body))) })
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

    fn inputs(&self) -> Inputs {
        let credentials = self.simulator.credentials();
        let simulator = serde_json::json!({
            "api_url": HOST, "keycloak_url": HOST, "user": credentials.user, "client": credentials.client,
        });
        Inputs::new().simulator(Value::of(&simulator))
    }

    /// Runs a playbook with those inputs.
    #[track_caller]
    pub fn run(&self, playbook: &str, vars: &[(&str, &str)], options: Options) -> impl Future<Output = Ran> {
        let loaded = if playbook.contains('\n') {
            Session::new().parse("test.yaml", playbook, std::path::Path::new("workflows"))
        } else {
            Session::new().load(playbook)
        };
        let loaded = loaded.unwrap_or_else(|problems| panic!("{problems}"));
        let inputs = vars.iter().fold(self.inputs(), |inputs, (name, value)| inputs.var(*name, *value));
        let plan = loaded.plan(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        let transport = Arc::new(InProcess(self.simulator.router()));
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
        let answer = self.simulator.router().oneshot(request).await.expect("a router does not fail");
        let body = answer.into_body().collect().await.expect("a body in memory").to_bytes();
        serde_json::from_slice::<Vec<serde_json::Value>>(&body).expect("JSON").into_iter().map(Entry).collect()
    }
}

/// One line of the simulator's log.
#[derive(Debug)]
pub struct Entry(pub serde_json::Value);

impl Entry {
    pub fn path(&self) -> &str {
        self.0["path"].as_str().expect("every entry has a path")
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

/// Paths that create, change or remove something.
pub fn writes(log: &[Entry]) -> Vec<&str> {
    let changes = ["create", "upload", "deploy", "undeploy", "invite", "add_user", "copy", "remove", "activate"];
    let executed = log.iter().filter(|entry| entry.0["executed"] == true).map(Entry::path);
    let changing = |path: &&str| {
        let last = path.rsplit('/').next().unwrap_or_default();
        changes.iter().any(|word| last.starts_with(word))
    };
    executed.filter(changing).collect()
}

#[test]
fn ten_simulated_minutes_of_polling_take_no_real_time() {
    let begun = std::time::Instant::now();
    virtual_time(async {
        let deploy = callsheet::simulator::Settling::After(Duration::from_secs(600));
        let platform = Platform::new(Behaviour { deploy, ..Behaviour::default() });
        let playbook = std::fs::read_to_string("workflows/deploy-and-infer.yaml").expect("a shipped playbook");
        let patient = playbook.replace("timeout: 10m", "timeout: 20m");
        let ran = platform.run(&patient, &[], Options::default()).await;
        assert!(ran.outcome.passed(), "{:?}", ran.outcomes());
        assert!(ran.record().duration() >= 600_000);
        let polls = platform.log().await.iter().filter(|entry| entry.path().ends_with("get_deployment")).count();
        assert!(polls >= 500, "{polls} polls");
    });
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?} of real time", begun.elapsed());
}
