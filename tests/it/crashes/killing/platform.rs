//! A simulator on a loopback socket, in a thread of its own, that also remembers what it has answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use callsheet::simulator::{Options, Reply, Settling, Simulator};
use callsheet::value::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

type Answers = Arc<Mutex<Vec<(String, u16, Vec<u8>)>>>;

/// A world for one case.
pub struct Platform {
    pub url: String,
    simulator: Simulator,
    answers: Answers,
    /// Dropped, it ends the thread.
    _stop: oneshot::Sender<()>,
}

impl Platform {
    pub fn start() -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, started) = std::sync::mpsc::channel();
        let answers = Answers::default();
        let remembered = Arc::clone(&answers);
        std::thread::spawn(move || {
            runtime().block_on(async move {
                // Nothing of a case is about waiting.
                let soon = Duration::from_millis(1);
                let simulator = Simulator::new(Options {
                    start: jiff::Timestamp::now(),
                    deploy: Settling::After(soon),
                    undeploy: soon,
                    conversion: soon,
                    ..Options::default()
                });
                let asked = simulator.clone();
                let heard =
                    axum::Router::new().fallback(move |request| remember(remembered.clone(), asked.clone(), request));
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                let address = listener.local_addr().expect("it has an address");
                ready.send((format!("http://{address}"), simulator)).expect("someone waits for it");
                tokio::select! {
                    served = axum::serve(listener, heard) => served.expect("it listens until it is stopped"),
                    _ = stopped => {}
                }
            });
        });
        let (url, simulator) = started.recv().expect("it says where it is");
        Platform { url, simulator, answers, _stop: stop }
    }

    /// How often each request that changes something was done, by its path, as the simulator's log has it.
    pub fn writes(&self) -> BTreeMap<String, usize> {
        let mut writes = BTreeMap::new();
        for entry in self.log() {
            let path = entry["path"].as_str().unwrap_or_default();
            let done = entry["executed"] == true && entry["status"].as_u64().is_some_and(|status| status < 300);
            if done && entry["method"] == "POST" && !only_reads(path) {
                *writes.entry(path.to_owned()).or_default() += 1;
            }
        }
        writes
    }

    /// Waits until nothing is under way any more: what a killed run had sent may still be executed.
    pub fn settle(&self) {
        let asked = || {
            // Through the socket, so that whatever came before on other sockets was read.
            let answer = std::net::TcpStream::connect(self.url.trim_start_matches("http://")).and_then(|mut stream| {
                use std::io::{Read, Write};
                stream.write_all(b"GET /_simulator/health HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
                let mut text = String::new();
                stream.read_to_string(&mut text)
            });
            answer.expect("the simulator answers");
            self.log().len()
        };
        let (mut count, mut same) = (asked(), 0);
        while same < 5 {
            let now = asked();
            same = if now == count { same + 1 } else { 0 };
            count = now;
        }
    }

    /// The last good answer to a path.
    pub fn last_answer(&self, path: &str) -> Option<Value> {
        let answers = lock(&self.answers);
        let (.., body) = answers.iter().rfind(|(of, status, _)| of == path && *status < 300)?;
        Value::read(body).ok()
    }

    fn log(&self) -> Vec<serde_json::Value> {
        let request = Request::get("/_simulator/log").body(Body::empty()).expect("a request");
        let body = runtime().block_on(async {
            let Reply::Answer(answer) = self.simulator.call(request).await else { panic!("the log is always told") };
            to_bytes(answer.into_body(), usize::MAX).await.expect("a body in memory")
        });
        serde_json::from_slice(&body).expect("a list")
    }
}

/// Whether POSTs to a path change nothing: what the playbooks' `read_paths` say, and the tokens.
fn only_reads(path: &str) -> bool {
    const READS: &[&str] = &["list", "query", "get", "run_interactive", "token"];
    let last = path.rsplit('/').next().unwrap_or_default();
    READS.iter().any(|read| last.starts_with(read))
}

async fn remember(answers: Answers, simulator: Simulator, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let Reply::Answer(answer) = simulator.call(request).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body in memory");
    lock(&answers).push((path, head.status.as_u16(), body.to_vec()));
    Response::from_parts(head, Body::from(body))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
