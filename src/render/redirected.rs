//! A request on its way to another URL than its own.

use std::sync::Arc;

use ::url::Url;

use super::request::{Rendered, is_credential};
use crate::event::BodyRecord;
use crate::secret::Redactor;
use crate::wire::{Body, Part, PartContent};

impl Rendered {
    /// Sends it there. A method that is not its own has no body.
    pub fn redirect(&mut self, method: &str, url: &Url) {
        self.request.url = url.clone();
        self.record.url = url.to_string();
        if self.request.method == method {
            return;
        }
        method.clone_into(&mut self.request.method);
        method.clone_into(&mut self.record.method);
        (self.request.body, self.record.body) = (Body::Empty, BodyRecord::Empty);
        // What they say is said of the body (RFC 9110, section 15.4).
        self.drop_headers(|name, _| name.to_ascii_lowercase().starts_with("content-"));
    }

    /// Takes everything out that proves who asks, and `Host`, which is that of another server.
    pub fn leave_origin(&mut self, redactor: &Redactor) {
        self.drop_headers(|name, value| {
            is_credential(name) || name.eq_ignore_ascii_case("host") || redactor.finds(value)
        });
        Arc::make_mut(&mut self.request.connection).anonymous = true;
    }

    /// Whether its body, as far as it is in memory, holds a secret.
    pub fn has_secret_body(&self, redactor: &Redactor) -> bool {
        let secret = |part: &Part| matches!(&part.content, PartContent::Bytes(bytes) if redactor.finds_bytes(bytes));
        match &self.request.body {
            Body::Bytes(bytes) => redactor.finds_bytes(bytes),
            Body::Multipart(parts) => parts.iter().any(secret),
            Body::Empty | Body::File(_) => false,
        }
    }

    /// Drops fields from what is sent and from what is kept, which has the same ones.
    fn drop_headers(&mut self, drop: impl Fn(&str, &str) -> bool) {
        let keep: Vec<bool> = self.request.headers.iter().map(|(name, value)| !drop(name, value)).collect();
        for headers in [&mut self.request.headers, &mut self.record.headers] {
            let mut keep = keep.iter();
            headers.0.retain(|_| keep.next().copied().unwrap_or(true));
        }
    }
}
