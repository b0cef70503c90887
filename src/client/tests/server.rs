//! A server that does what a test says, byte by byte.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(super) const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Accepts connections on a port of its own until the test's runtime ends.
pub(super) struct Server {
    pub(super) url: String,
    pub(super) requests: Arc<Mutex<Vec<Received>>>,
    pub(super) connections: Arc<AtomicUsize>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// One connection of a client.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    requests: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Runs the script on each connection; the connection closes when the script lets go of it.
    pub(super) async fn start<F, S>(script: S) -> Self
    where
        S: Fn(Connection) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let server = Self { url, requests: Arc::default(), connections: Arc::default() };
        let (requests, connections) = (Arc::clone(&server.requests), Arc::clone(&server.connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(script(Connection { stream, requests: Arc::clone(&requests) }));
            }
        });
        server
    }

    /// Gives that answer to each request.
    pub(super) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut connection| {
            let answer = answer.clone();
            async move {
                while connection.receive().await.is_some() {
                    connection.write(&answer).await;
                }
            }
        })
        .await
    }

    /// Gives that answer to one request and closes.
    pub(super) async fn answering_once(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut connection| {
            let answer = answer.clone();
            async move {
                connection.receive().await;
                connection.write(&answer).await;
            }
        })
        .await
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.requests.lock().expect("no test panics holding it").clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Connection {
    /// The next request, its body as long as it says; `None` when the client has closed.
    pub(super) async fn receive(&mut self) -> Option<Received> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if self.stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let body = bytes.split_off(end);
        let mut received = Received { head: String::from_utf8(bytes).expect("heads are text"), body };
        let length = received.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        self.requests.lock().expect("no test panics holding it").push(received.clone());
        while received.body.len() < length {
            if self.stream.read_buf(&mut received.body).await.ok()? == 0 {
                return None;
            }
        }
        if let Some(last) = self.requests.lock().expect("no test panics holding it").last_mut() {
            last.body.clone_from(&received.body);
        }
        Some(received)
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) {
        // The client may be gone, which is what some tests are about.
        let _ = self.stream.write_all(bytes).await;
    }

    /// Waits until the client closes.
    pub(super) async fn closed(&mut self) {
        let mut rest = [0; 4096];
        while self.stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
    }
}
