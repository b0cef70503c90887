//! The log of requests that `GET /_simulator/log` shows: tests read from it what really happened.
//!
//! It keeps no password, secret or token.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::faults::Hit;

/// Bodies beyond this many bytes are logged as their length and digest.
const LOGGED_BODY_LIMIT: usize = 64 * 1024;

/// What stands in the place of a secret.
const REDACTED: &str = "***";

/// Members whose values are never logged.
const SECRET_MEMBERS: [&str; 7] =
    ["password", "client_secret", "secret", "token", "access_token", "refresh_token", "client_assertion"];

/// All requests so far, in the order of their execution.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    entries: Vec<Entry>,
}

impl RequestLog {
    /// Adds a request and gives it the next number.
    pub(super) fn add(&mut self, mut entry: Entry) {
        entry.n = self.entries.len() as u64 + 1;
        self.entries.push(entry);
    }

    /// All entries.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// One request.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    pub(super) n: u64,
    pub(super) method: String,
    pub(super) path: String,
    /// What the platform answered; absent where it did not execute the request. A fault may have let the caller see
    /// another one, or none.
    pub(super) status: Option<u16>,
    pub(super) executed: bool,
    pub(super) faults: Vec<Hit>,
    pub(super) started_ms: u64,
    pub(super) finished_ms: u64,
    pub(super) user: Option<String>,
    pub(super) request: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) grant: Option<String>,
}

/// What the parts of the server that read a request find out about it for the log.
#[derive(Debug, Clone, Default)]
pub(super) struct Note(Arc<Mutex<Noted>>);

/// The content of a [`Note`].
#[derive(Debug, Clone, Default)]
pub(super) struct Noted {
    pub(super) user: Option<String>,
    pub(super) request: Value,
    pub(super) grant: Option<String>,
}

impl Note {
    /// Writes down who asks.
    pub(super) fn user(&self, name: &str) {
        self.change(|noted| noted.user = Some(name.to_owned()));
    }

    /// Writes down the grant of a token call.
    pub(super) fn grant(&self, grant: &str) {
        self.change(|noted| noted.grant = Some(grant.to_owned()));
    }

    /// Writes down a JSON body that came as these bytes.
    pub(super) fn json(&self, body: &Value, bytes: &[u8]) {
        let logged = if bytes.len() > LOGGED_BODY_LIMIT {
            json!({ "bytes": bytes.len(), "sha256": super::digest::sha256_hex(bytes) })
        } else {
            redacted(body)
        };
        self.summary(logged);
    }

    /// Writes down what is told of a body instead of the body.
    pub(super) fn summary(&self, summary: Value) {
        self.change(|noted| noted.request = summary);
    }

    /// What was written down.
    pub(super) fn content(&self) -> Noted {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Noted)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A copy without the secrets.
pub(super) fn redacted(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(members.iter().map(redacted_member).collect::<Map<_, _>>()),
        Value::Array(items) => Value::Array(items.iter().map(redacted).collect()),
        _ => value.clone(),
    }
}

fn redacted_member((name, value): (&String, &Value)) -> (String, Value) {
    let secret = SECRET_MEMBERS.contains(&name.to_ascii_lowercase().as_str()) && !value.is_null();
    let value = if secret { REDACTED.into() } else { redacted(value) };
    (name.clone(), value)
}
