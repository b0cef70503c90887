//! What is kept of an answer: the whole where it is there, its length and digest where it is not.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::{Body, MediaType, Received};
use super::arrow_body::masked;
use super::blanking::without_blanks;
use super::length::millis;
use crate::event::{AnswerRecord, BodyRecord, CallId, Event, Leaves, RunFinished, Store};
use crate::jsonpath::Path;
use crate::secret::{PLACEHOLDER, Redactor, is_credential};
use crate::value::Value;
use crate::wire::{Headers, sha256};

/// Bodies up to this many bytes stand in the journal itself.
const INLINE: usize = 8 * 1024;

/// Header fields of answers that say how to prove who asks: what is in them may be good for one time.
const CHALLENGES: &[&str] = &["www-authenticate", "proxy-authenticate", "authentication-info"];

/// Makes the record of an answer, with these parts of its body blanked out; a body that is too large for the journal is put beside it. Without a store, only the
/// body's length and digest are kept.
pub(super) fn keep(
    call: CallId,
    received: &Received,
    blank: &[Path],
    redactor: &Redactor,
    mut store: Option<&mut (dyn Store + '_)>,
) -> io::Result<AnswerRecord> {
    let stderr = match &received.program {
        Some(end) => keep_body(&format!("{}.stderr", call.0), end.stderr.as_bytes(), redactor, store.as_deref_mut())?,
        None => BodyRecord::Empty,
    };
    let field = |(name, value): (&str, &str)| {
        let secret = is_credential(name) || CHALLENGES.iter().any(|field| name.eq_ignore_ascii_case(field));
        (name.to_owned(), if secret { PLACEHOLDER.to_owned() } else { value.to_owned() })
    };
    Ok(AnswerRecord {
        status: received.status,
        headers: Headers(received.headers.iter().map(field).collect()),
        body: match &received.body {
            Body::Whole(body) => {
                let name = format!("{}.body", call.0);
                let media = MediaType::of(&received.headers);
                match without_blanks(&media, body, blank).or_else(|| masked(&media, body, redactor)) {
                    Some(value) => keep_body(&name, value.to_string().as_bytes(), redactor, store)?,
                    None => keep_body(&name, body, redactor, store)?,
                }
            }
            Body::Large(large) => {
                let (bytes, sha256) = (large.part.bytes, large.sha256.clone());
                match &large.saved {
                    _ if large.part.unread.is_some() => BodyRecord::Unread { bytes },
                    Some(name) => BodyRecord::Saved { path: name.clone(), bytes, sha256 },
                    None => BodyRecord::Projected { bytes, sha256 },
                }
            }
        },
        stderr,
        elapsed: millis(received.elapsed),
        marks: Vec::new(),
    })
}

fn keep_body(
    name: &str,
    body: &[u8],
    redactor: &Redactor,
    store: Option<&mut (dyn Store + '_)>,
) -> io::Result<BodyRecord> {
    let bytes = body.len() as u64;
    if body.is_empty() {
        return Ok(BodyRecord::Empty);
    }
    let Some(store) = store else {
        return Ok(BodyRecord::Projected { bytes, sha256: sha256(body) });
    };
    let redacted = redactor.redacted_bytes(body).map(|redacted| {
        // A masked number would break the JSON around it, so that JSON is masked as values.
        let json = Value::read(body).ok().map(|json| redactor.redact_value(&json).to_string().into_bytes());
        // A secret may stand across values.
        json.filter(|json| redactor.redacted_bytes(json).is_none()).unwrap_or(redacted)
    });
    let body = redacted.as_deref().unwrap_or(body);
    let text = std::str::from_utf8(body).ok();
    match text {
        Some(text) if body.len() <= INLINE => Ok(BodyRecord::Text(text.to_owned())),
        None if body.len() <= INLINE => Ok(BodyRecord::Base64(STANDARD.encode(body))),
        _ => {
            store.put_body(name, body)?;
            Ok(BodyRecord::Stored { name: name.to_owned(), bytes })
        }
    }
}

/// The end of a run without secrets, for those who get it instead of the events.
pub(super) fn masked_end(finished: Box<RunFinished>, redactor: &Redactor) -> Box<RunFinished> {
    let mut event = Event::RunFinished(finished);
    event.each_leaf(&mut Masking(redactor));
    match event {
        Event::RunFinished(finished) => finished,
        _ => unreachable!("masking changes texts only"),
    }
}

#[cfg(test)]
thread_local! {
    /// A mistake for tests: masking overlooks URLs.
    pub(super) static BLIND: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Masks secrets in what comes from outside.
pub(super) struct Masking<'a>(pub(super) &'a Redactor);

impl Leaves for Masking<'_> {
    fn text(&mut self, text: &mut String) {
        #[cfg(test)]
        if BLIND.get() && text.starts_with("http") {
            return;
        }
        if let Some(redacted) = self.0.redacted(text) {
            *text = redacted;
        }
    }

    fn value(&mut self, value: &mut Value) {
        if let Some(redacted) = self.0.redacted_value(value) {
            *value = redacted;
        }
    }
}
