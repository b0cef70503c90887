//! A server on the loopback that does what a test says, piece by piece, on the test's own time.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Accepts connections until the test's runtime ends.
pub struct Server {
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

/// One connection of a client; letting go of it closes it.
pub struct Peer {
    stream: TcpStream,
    /// The request's first line: `GET /events HTTP/1.1`.
    pub line: String,
    /// How many requests there were before.
    pub before: usize,
}

impl Server {
    /// Runs the script on each connection, once its request is there.
    pub async fn start<S>(script: impl Fn(Peer) -> S + Send + Sync + 'static) -> Self
    where
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let server = Server { url, heads: Arc::default() };
        let (heads, script) = (Arc::clone(&server.heads), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a socket takes options");
                let (heads, script) = (Arc::clone(&heads), Arc::clone(&script));
                tokio::spawn(async move {
                    let head = read_head(&mut stream).await;
                    let line = head.lines().next().unwrap_or_default().to_owned();
                    let before = {
                        let mut heads = heads.lock().expect("no test has panicked in here");
                        heads.push(head);
                        heads.len() - 1
                    };
                    script(Peer { stream, line, before }).await;
                });
            }
        });
        server
    }

    /// The heads of all requests, in lower case.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test has panicked in here").clone()
    }
}

/// The head of a request, in lower case; its body, if it has one, is not looked at.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
            break;
        }
    }
    String::from_utf8_lossy(&head).to_lowercase()
}

impl Peer {
    /// The head of an answer whose body is sent in pieces.
    pub async fn begin(&mut self, status: u16, content_type: &str) {
        let fields = if content_type.is_empty() { String::new() } else { format!("content-type: {content_type}\r\n") };
        let head = format!("HTTP/1.1 {status} -\r\n{fields}connection: close\r\ntransfer-encoding: chunked\r\n\r\n");
        self.write(head.as_bytes()).await;
    }

    /// The head of a stream of events.
    pub async fn stream(&mut self) {
        self.begin(200, "text/event-stream; charset=utf-8").await;
    }

    /// A piece of the body; whether the client is still there.
    pub async fn send(&mut self, piece: &str) -> bool {
        self.write(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).await
    }

    /// The end of the body.
    pub async fn end(&mut self) {
        self.write(b"0\r\n\r\n").await;
        // The client closes, or has left.
        let _ = self.stream.read(&mut [0]).await;
    }

    /// A whole answer.
    pub async fn answer(&mut self, status: u16, content_type: &str, body: &str) {
        self.begin(status, content_type).await;
        if !body.is_empty() {
            self.send(body).await;
        }
        self.end().await;
    }

    /// A whole stream.
    pub async fn events(&mut self, text: &str) {
        self.answer(200, "text/event-stream", text).await;
    }

    pub async fn pause(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    async fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }
}
