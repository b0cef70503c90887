//! A whole answer: read to its end under a limit, and turned into values.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::render::AnswerValues;
use crate::value::{Object, Value};
use crate::wire::{Answer, Headers, TransportError, TransportErrorKind};

/// Answers larger than this are refused: they would not fit the memory of a small machine.
const LARGEST: usize = 512 * 1024 * 1024;

/// An answer with its whole body.
#[derive(Clone, Debug)]
pub struct Received {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    /// From sending to the last byte.
    pub elapsed: Duration,
}

/// Reads the body of an answer to its end.
pub(super) async fn read_body(answer: &mut Answer, origin: &str) -> Result<Bytes, TransportError> {
    let Some(first) = answer.body.chunk().await? else { return Ok(Bytes::new()) };
    let Some(second) = answer.body.chunk().await? else { return Ok(first) };
    let mut whole = BytesMut::with_capacity(first.len() + second.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&second);
    while let Some(chunk) = answer.body.chunk().await? {
        whole.extend_from_slice(&chunk);
        if whole.len() > LARGEST {
            let message = format!("{origin} answered with more than {} MiB", LARGEST / 1024 / 1024);
            return Err(TransportError { kind: TransportErrorKind::TooLarge, message });
        }
    }
    Ok(whole.freeze())
}

impl Received {
    /// The answer as expressions see it.
    pub(super) fn values(&self, attempt: u32) -> AnswerValues {
        let (body, not_json) = self.read();
        AnswerValues {
            status: self.status,
            headers: self.header_values(),
            body,
            not_json,
            duration: self.elapsed.as_secs_f64(),
            attempt,
        }
    }

    /// Whether the body is announced as JSON (RFC 8259, RFC 6839: `+json`).
    fn announces_json(&self) -> bool {
        let media_type = self.headers.get("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence.ends_with("/json") || essence.ends_with("+json")
    }

    /// JSON where it is announced, or where it looks like an object or an array; else text.
    fn read(&self) -> (Value, Option<String>) {
        let trimmed = self.body.trim_ascii();
        if trimmed.is_empty() {
            return (Value::Null, None);
        }
        let announced = self.announces_json();
        if announced || matches!(trimmed[0], b'{' | b'[') {
            match Value::read(trimmed) {
                Ok(value) => return (value, None),
                Err(error) if announced => {
                    return (self.text(), Some(format!("the body is announced as JSON and is not: {error}")));
                }
                Err(_) => {}
            }
        }
        let media_type = self.headers.get("content-type").unwrap_or("no media type");
        (self.text(), Some(format!("the body is not JSON ({media_type})")))
    }

    fn text(&self) -> Value {
        Value::from(String::from_utf8_lossy(&self.body).into_owned())
    }

    fn header_values(&self) -> Value {
        let mut fields: Object = Object::default();
        for (name, value) in self.headers.iter() {
            let name: Arc<str> = name.to_ascii_lowercase().into();
            let joined = match fields.get(&name).and_then(Value::as_str) {
                Some(before) => format!("{before}, {value}"),
                None => value.to_owned(),
            };
            fields.insert(name, Value::from(joined));
        }
        Value::object(fields)
    }
}

/// What `Retry-After` asks for: seconds, or the time of a date (RFC 9110, section 10.2.3). A date that has passed
/// asks for nothing.
pub(super) fn retry_after(headers: &Headers, now: jiff::Timestamp) -> Option<Duration> {
    let text = headers.get("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let seconds = date.duration_since(now).as_secs_f64();
    (seconds > 0.0).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(content_type: &str, body: &str) -> Received {
        let headers = Headers(vec![("content-type".into(), content_type.into()), ("x".into(), "1".into())]);
        Received { status: 200, headers, body: Bytes::copy_from_slice(body.as_bytes()), elapsed: Duration::ZERO }
    }

    #[test]
    fn json_is_read_where_it_is_announced_or_looks_like_it() {
        assert_eq!(received("application/problem+json; charset=utf-8", "1").values(1).body, Value::from(1u32));
        assert_eq!(received("text/plain", "1").values(1).body, Value::from("1"));
        assert_eq!(received("text/plain", "[1]").values(1).body.to_string(), "[1]");
        let broken = received("application/json", "{oops").values(1);
        assert!(broken.not_json.is_some_and(|reason| reason.contains("announced as JSON")));
        assert_eq!(received("text/html", "").values(1).body, Value::Null);
    }

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let now: jiff::Timestamp = "2026-11-24T08:00:00Z".parse().expect("a time");
        let asked = |text: &str| retry_after(&Headers(vec![("retry-after".into(), text.into())]), now);
        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("Tue, 24 Nov 2026 08:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(asked("Tue, 24 Nov 2026 07:00:00 GMT"), None);
        assert_eq!(asked("soon"), None);
    }
}
