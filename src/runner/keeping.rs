//! What is kept of an answer: the whole where it is there, its length and digest where it is not.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::{Body, MediaType, Received};
use super::arrow_body::masked;
use super::length::millis;
use crate::event::{AnswerRecord, BodyRecord, CallId, Leaves, Store};
use crate::secret::{PLACEHOLDER, Redactor};
use crate::value::Value;
use crate::wire::{Headers, sha256};

/// Bodies up to this many bytes stand in the journal itself.
const INLINE: usize = 8 * 1024;

/// Header fields of answers that carry credentials.
const SECRET_FIELDS: &[&str] = &["set-cookie", "authorization", "www-authenticate", "proxy-authenticate"];

/// Makes the record of an answer; a body that is too large for the journal is put beside it. Without a store, only the
/// body's length and digest are kept.
pub(super) fn keep(
    call: CallId,
    received: &Received,
    redactor: &Redactor,
    mut store: Option<&mut (dyn Store + '_)>,
) -> io::Result<AnswerRecord> {
    let stderr = match &received.program {
        Some(end) => keep_body(&format!("{}.stderr", call.0), end.stderr.as_bytes(), redactor, store.as_deref_mut())?,
        None => BodyRecord::Empty,
    };
    let field = |(name, value): (&str, &str)| {
        let secret = SECRET_FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field));
        (name.to_owned(), if secret { PLACEHOLDER.to_owned() } else { value.to_owned() })
    };
    Ok(AnswerRecord {
        status: received.status,
        headers: Headers(received.headers.iter().map(field).collect()),
        body: match &received.body {
            Body::Whole(body) => {
                let name = format!("{}.body", call.0);
                match masked(&MediaType::of(&received.headers), body, redactor) {
                    Some(records) => keep_body(&name, records.to_string().as_bytes(), redactor, store)?,
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
    let redacted;
    let body = if redactor.finds_bytes(body) {
        // A masked number would break the JSON around it, so that JSON is masked as values.
        redacted = match Value::read(body) {
            Ok(json) => redactor.redact_value(&json).to_string().into_bytes(),
            Err(_) => redactor.redact_bytes(body),
        };
        &redacted
    } else {
        body
    };
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

/// Masks secrets in what comes from outside.
pub(super) struct Masking<'a>(pub(super) &'a Redactor);

impl Leaves for Masking<'_> {
    fn text(&mut self, text: &mut String) {
        if self.0.finds(text) {
            *text = self.0.redact(text);
        }
    }

    fn value(&mut self, value: &mut Value) {
        *value = self.0.redact_value(value);
    }
}
