//! What tells one request from another, on the wire and in the journal.

use std::fmt;

use callsheet::event::RequestRecord;
use callsheet::wire::{Headers, Request};

/// The step that a request names, its method and its URL: no two of one key are under way at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What the request calls itself: the address of its step. A token's says nothing.
    pub step: String,
    pub line: String,
}

impl Key {
    pub fn of_request(request: &Request) -> Self {
        Key::new(&request.headers, &request.method, request.url.as_str())
    }

    pub fn of_record(request: &RequestRecord) -> Self {
        Key::new(&request.headers, &request.method, &request.url)
    }

    fn new(headers: &Headers, method: &str, url: &str) -> Self {
        let step = headers.get("X-Step").unwrap_or_default().to_owned();
        Key { step, line: format!("{method} {url}") }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.step, self.line)
    }
}
