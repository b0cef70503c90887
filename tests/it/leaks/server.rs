//! A server that gives back all that it gets, in every encoding, and secrets of its own.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use super::encodings::mirrored;
use super::planted as secret;

/// Serves until the test is over.
pub struct Server {
    /// `127.0.0.1:PORT`
    pub address: String,
    /// Every request, as it came.
    pub seen: Arc<Mutex<String>>,
    /// Tells of each request that gets no answer.
    pub held: Receiver<()>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::new(String::new()));
        let (holds, held) = channel();
        let noted = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, holds) = (Arc::clone(&noted), holds.clone());
                std::thread::spawn(move || serve(stream, &noted, &holds));
            }
        });
        Server { address, seen, held }
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<String>, holds: &Sender<()>) {
    let Some(request) = read(&mut stream) else { return };
    *seen.lock().expect("no holder panics") += &request;
    let path = request.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default().to_owned();
    if path == "/slow" {
        // The test may be over.
        let _ = holds.send(());
        let _ = stream.read(&mut [0; 1]);
        return;
    }
    let (status, fields, body) = answer(&path, &request);
    let head = format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A program that was interrupted reads no answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

fn answer(path: &str, request: &str) -> (&'static str, String, String) {
    let json = "Content-Type: application/json\r\n".to_owned();
    let body = match path {
        "/token" => format!(
            r#"{{"access_token":"{}","refresh_token":"{}","expires_in":300,"token_type":"Bearer"}}"#,
            secret::TOKEN,
            secret::REFRESH
        ),
        "/given" => {
            let fields = format!("{json}X-Given: {}\r\nX-Trace: t-{}\r\n", secret::HEADER, secret::HEADER);
            let body = serde_json::json!({ "secret": secret::CAPTURE, "nested": { "list": [secret::CAPTURE, 1] } });
            return ("200 OK", fields, body.to_string());
        }
        "/cookie" => {
            let fields = format!("Content-Type: text/html\r\nSet-Cookie: session={}; Path=/\r\n", secret::COOKIE);
            return ("200 OK", fields, format!("<a title=\"{}\">welcome</a>", secret::COOKIE));
        }
        "/hidden" => serde_json::json!({ "hidden": secret::REDACTED, "pin": 17, "open": "yes" }).to_string(),
        "/oauth" => format!(r#"{{"id_token" : "{}", "open": "yes"}}"#, secret::OAUTH),
        "/jwt" => format!(r#"{{"anything":"{}"}}"#, secret::JWT),
        "/wrong" => return ("500 Internal Server Error", json, everything(request)),
        _ => everything(request),
    };
    ("200 OK", json, body)
}

/// The request in every encoding, as JSON.
fn everything(request: &str) -> String {
    let forms = mirrored(request).into_iter().map(|(name, form)| (name, form.into()));
    let mut members: serde_json::Map<String, serde_json::Value> = forms.collect();
    // Also each line alone: what is cut shows its end.
    members.insert("lines".to_owned(), request.lines().map(str::to_owned).collect());
    serde_json::Value::Object(members).to_string()
}
