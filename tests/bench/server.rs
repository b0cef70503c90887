//! The server that `whole.py` measures the program against: HTTP/1.1 on the loopback, the standard library only.
//!
//! A thread for each connection, one write for each answer, so that it is not what is measured. It counts what it was
//! asked for, so that a program that did not do its work is found out. Started with `--serve` it prints its port and
//! serves until its standard input ends; without, as by `cargo bench`, it does nothing.
//!
//! | path | answer |
//! |---|---|
//! | `/ping` | a few bytes |
//! | `/token` | a new `access_token` |
//! | `/echo` | a new `id`; counted as linked where the body's `previous` was given out and not used before |
//! | `/slow?ms=N` | the same as `/ping`, N milliseconds later |
//! | `/upload` | the number of bytes of the body |
//! | `/big?mb=N` | N megabytes of JSON: an array of objects |
//! | `/stats` | what was counted since the last `/reset` |

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

fn main() -> io::Result<()> {
    if !std::env::args().any(|argument| argument == "--serve") {
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let server = Arc::new(Server::default());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let server = Arc::clone(&server);
            // A client that goes away ends its connection, and nothing else.
            thread::spawn(move || server.serve(stream).ok());
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// What was asked for so far.
#[derive(Default)]
struct Stats {
    connections: u64,
    requests: u64,
    linked: u64,
    uploaded: u64,
    in_flight: u64,
    most_in_flight: u64,
    /// The ids that were given out and that no request has used yet: several chains may be under way at once.
    unused: HashSet<String>,
}

#[derive(Default)]
struct Server {
    stats: Mutex<Stats>,
    issued: Mutex<u64>,
    documents: Mutex<HashMap<usize, Arc<str>>>,
}

/// The head of a request.
struct Head {
    path: String,
    query: String,
    length: Length,
    continues: bool,
}

/// How the end of a body is found.
enum Length {
    Bytes(u64),
    Chunked,
}

impl Server {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut output = stream.try_clone()?;
        let mut input = BufReader::with_capacity(256 << 10, stream);
        let mut counted = false;
        while let Some(head) = read_head(&mut input)? {
            if head.continues {
                output.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            let (length, body) = read_body(&mut input, &head.length)?;
            if !matches!(&*head.path, "/stats" | "/reset") {
                let mut stats = lock(&self.stats);
                stats.requests += 1;
                stats.connections += u64::from(!std::mem::replace(&mut counted, true));
            }
            self.answer(&head, length, &body, &mut output)?;
        }
        Ok(())
    }

    fn answer(&self, head: &Head, length: u64, body: &[u8], output: &mut TcpStream) -> io::Result<()> {
        let answer = match &*head.path {
            "/ping" => json!({ "ok": true }),
            "/token" => json!({ "access_token": self.issue(), "expires_in": 3600 }),
            "/echo" => self.echo(body),
            "/slow" => self.slow(Duration::from_millis(number(&head.query, "ms").unwrap_or(50))),
            "/upload" => {
                lock(&self.stats).uploaded += length;
                json!({ "bytes": length })
            }
            "/big" => {
                let document = self.document(number(&head.query, "mb").unwrap_or(1) as usize);
                write_head(output, 200, document.len())?;
                return output.write_all(document.as_bytes());
            }
            "/stats" => self.stats(),
            "/reset" => {
                *lock(&self.stats) = Stats::default();
                json!({ "ok": true })
            }
            _ => return write_head(output, 404, 0),
        };
        let text = answer.to_string();
        let mut whole = Vec::with_capacity(text.len() + 128);
        write_head(&mut whole, 200, text.len())?;
        whole.extend_from_slice(text.as_bytes());
        output.write_all(&whole)
    }

    fn issue(&self) -> String {
        let mut issued = lock(&self.issued);
        *issued += 1;
        let id = format!("id-{issued}");
        lock(&self.stats).unused.insert(id.clone());
        id
    }

    fn echo(&self, body: &[u8]) -> Value {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(previous) = body["previous"].as_str() {
            let mut stats = lock(&self.stats);
            let linked = stats.unused.remove(previous);
            stats.linked += u64::from(linked);
        }
        json!({ "id": self.issue(), "previous": body["previous"], "number": body["number"] })
    }

    fn slow(&self, time: Duration) -> Value {
        {
            let mut stats = lock(&self.stats);
            stats.in_flight += 1;
            stats.most_in_flight = stats.most_in_flight.max(stats.in_flight);
        }
        thread::sleep(time);
        lock(&self.stats).in_flight -= 1;
        json!({ "ok": true })
    }

    fn document(&self, megabytes: usize) -> Arc<str> {
        Arc::clone(lock(&self.documents).entry(megabytes).or_insert_with(|| document(megabytes * 1_000_000).into()))
    }

    fn stats(&self) -> Value {
        let stats = lock(&self.stats);
        json!({
            "connections": stats.connections, "requests": stats.requests, "linked": stats.linked,
            "uploaded": stats.uploaded, "most_in_flight": stats.most_in_flight,
        })
    }
}

/// `None` where the client has closed the connection.
fn read_head(input: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let target = line.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut head = Head { path: path.to_owned(), query: query.to_owned(), length: Length::Bytes(0), continues: false };
    loop {
        line.clear();
        input.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { return Ok(Some(head)) };
        match &*name.to_ascii_lowercase() {
            "content-length" => head.length = Length::Bytes(value.trim().parse().unwrap_or(0)),
            "transfer-encoding" => head.length = Length::Chunked,
            "expect" => head.continues = true,
            _ => {}
        }
    }
}

/// The length of the body, and its first bytes: nobody here needs more of them.
fn read_body(input: &mut impl BufRead, length: &Length) -> io::Result<(u64, Vec<u8>)> {
    const KEPT: u64 = 64 << 10;
    let mut kept = Vec::new();
    match length {
        Length::Bytes(length) => {
            input.take(KEPT.min(*length)).read_to_end(&mut kept)?;
            let rest = io::copy(&mut input.take(length.saturating_sub(KEPT)), &mut io::sink())?;
            Ok((kept.len() as u64 + rest, kept))
        }
        Length::Chunked => {
            let mut total = 0;
            let mut line = String::new();
            loop {
                line.clear();
                input.read_line(&mut line)?;
                let size = u64::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
                let rest = size.saturating_sub(KEPT.saturating_sub(kept.len() as u64));
                input.take(size - rest).read_to_end(&mut kept)?;
                io::copy(&mut input.take(rest), &mut io::sink())?;
                input.read_line(&mut line)?;
                if size == 0 {
                    return Ok((total, kept));
                }
                total += size;
            }
        }
    }
}

fn write_head(output: &mut impl Write, status: u16, length: usize) -> io::Result<()> {
    write!(output, "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n")
}

fn number(query: &str, name: &str) -> Option<u64> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
}

/// `[{"id":"item-0",…},…]` of at least that many bytes.
fn document(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 512);
    let mut separator = '[';
    for number in 0.. {
        let price = number % 1000;
        let _ = write!(
            text,
            r#"{separator}{{"id":"item-{number}","name":"object number {number}","price":{price}.25,"tags":["alpha","beta"]}}"#
        );
        separator = ',';
        if text.len() + 1 >= bytes {
            break;
        }
    }
    text.push(']');
    text
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
