//! A whole answer, turned into values.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::arrow_body;
use crate::arrow;
use crate::render::{AnswerValues, Part, ProgramEnd};
use crate::value::{Object, Value};
use crate::wire::Headers;

/// An answer whose body has come to its end.
#[derive(Clone, Debug)]
pub struct Received {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Body,
    /// From sending to the last byte.
    pub elapsed: Duration,
    /// Where it is the end of a program: its exit code, and what it has written besides the body.
    pub program: Option<Arc<ProgramEnd>>,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub enum Body {
    /// All of it.
    Whole(Bytes),
    /// What is wanted of one that is not kept whole.
    Large(Box<LargeBody>),
}

/// What is known of a body that is not kept whole.
#[derive(Clone, Debug)]
pub struct LargeBody {
    /// What is wanted of it.
    pub(super) value: Value,
    /// Why it is not JSON.
    pub(super) not_json: Option<String>,
    /// Its text, where that is taken as well.
    pub(super) text: Option<Arc<str>>,
    /// Its SHA-256, hexadecimal.
    pub(super) sha256: String,
    /// Its length and its beginning.
    pub(super) part: Arc<Part>,
    /// The name of the file it was saved in, below the run's folder.
    pub(super) saved: Option<String>,
}

/// What a body is announced as.
#[derive(Clone, Debug)]
pub(super) struct MediaType(String);

impl MediaType {
    pub(super) fn of(headers: &Headers) -> Self {
        MediaType(headers.get("content-type").unwrap_or_default().to_owned())
    }

    /// JSON, whatever was announced.
    pub(super) fn json() -> Self {
        MediaType("application/json".to_owned())
    }

    /// Whether that is JSON (RFC 8259, RFC 6839: `+json`).
    pub(super) fn is_json(&self) -> bool {
        let essence = self.0.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence.ends_with("/json") || essence.ends_with("+json")
    }

    /// Whether that is Arrow's IPC format.
    pub(super) fn is_arrow(&self) -> bool {
        arrow::is_arrow(&self.0)
    }

    /// Why a body is not JSON; with the problem of one that was read as such.
    pub(super) fn not_json(&self, problem: Option<&str>) -> String {
        match problem {
            Some(problem) if self.is_json() => format!("the body is announced as JSON and is not: {problem}"),
            _ if self.0.is_empty() => "the body is not JSON (no media type)".to_owned(),
            _ => format!("the body is not JSON ({})", self.0),
        }
    }
}

/// Whether a body that is not announced as JSON begins like an object or an array.
pub(super) fn looks_like_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

impl Received {
    /// The answer as expressions see it.
    pub(super) fn values(&self, attempt: u32) -> AnswerValues {
        let (body, not_json) = match &self.body {
            Body::Whole(bytes) if self.program.is_some() => (text(bytes), None),
            Body::Whole(bytes) => self.read(bytes),
            Body::Large(large) => (large.value.clone(), large.not_json.clone()),
        };
        AnswerValues {
            saved: self.saved(),
            program: self.program.clone(),
            part: match &self.body {
                Body::Whole(_) => None,
                Body::Large(large) => Some(Arc::clone(&large.part)),
            },
            status: self.status,
            headers: self.header_values(),
            body,
            not_json,
            duration: self.elapsed.as_secs_f64(),
            attempt,
        }
    }

    /// The body's text, whatever it is; of a large body it is there where the request takes it.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match &self.body {
            Body::Whole(bytes) => String::from_utf8_lossy(bytes),
            Body::Large(large) => large.text.as_deref().unwrap_or_default().into(),
        }
    }

    /// Records where they are announced, JSON where it is announced, or where it looks like an object or an array; else text.
    fn read(&self, body: &Bytes) -> (Value, Option<String>) {
        let trimmed = body.trim_ascii();
        if trimmed.is_empty() {
            return (Value::Null, None);
        }
        let media = MediaType::of(&self.headers);
        if media.is_arrow() {
            return arrow_body::read(body);
        }
        let mut problem = None;
        if media.is_json() || looks_like_json(trimmed) {
            match Value::read(trimmed) {
                Ok(value) => return (value, None),
                Err(error) => problem = Some(error.to_string()),
            }
        }
        (text(body), Some(media.not_json(problem.as_deref())))
    }

    /// What expressions see of the file that the body was saved in.
    fn saved(&self) -> Option<Value> {
        let Body::Large(large) = &self.body else { return None };
        let facts = [
            ("file", Value::from(large.saved.clone()?)),
            ("bytes", Value::from(large.part.bytes)),
            ("sha256", Value::from(large.sha256.clone())),
        ];
        Some(Value::object(facts.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()))
    }

    fn header_values(&self) -> Value {
        header_values(&self.headers)
    }
}

/// The header fields as expressions see them.
pub(super) fn header_values(headers: &Headers) -> Value {
    let mut fields: Object = Object::default();
    for (name, value) in headers.iter() {
        let name: Arc<str> = name.to_ascii_lowercase().into();
        let joined = match fields.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.to_owned(),
        };
        fields.insert(name, Value::from(joined));
    }
    Value::object(fields)
}

fn text(body: &[u8]) -> Value {
    Value::from(String::from_utf8_lossy(body).into_owned())
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
        Received {
            status: 200,
            headers,
            body: Body::Whole(Bytes::copy_from_slice(body.as_bytes())),
            elapsed: Duration::ZERO,
            program: None,
        }
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
