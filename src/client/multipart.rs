//! Frames `multipart/form-data` (RFC 7578) as browsers do: names and file names as UTF-8 text, with quotes and line
//! breaks percent-encoded. reqwest's own form writes `name*=utf-8''…` for a name with a space, which servers do not read.

use bytes::Bytes;
use reqwest::header::HeaderValue;
use ring::rand::{SecureRandom, SystemRandom};

use crate::wire::Part;

/// The text between the parts of one body.
pub(super) struct Boundary(String);

impl Boundary {
    /// One that no content holds, by chance.
    pub(super) fn random() -> Self {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
        Self(format!("callsheet-{:032x}", u128::from_be_bytes(bytes)))
    }

    /// The `Content-Type` of the body.
    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.0)
    }

    /// What stands before a part's content. The error is one clause for a person.
    pub(super) fn before(&self, part: &Part) -> Result<Bytes, String> {
        let mut head = format!("--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.0, quoted(&part.name));
        if let Some(filename) = &part.filename {
            head.push_str(&format!("; filename=\"{}\"", quoted(filename)));
        }
        if let Some(content_type) = &part.content_type {
            if HeaderValue::from_str(content_type).is_err() {
                return Err(format!("the part {:?} has a content type that cannot be sent", part.name));
            }
            head.push_str(&format!("\r\nContent-Type: {content_type}"));
        }
        head.push_str("\r\n\r\n");
        Ok(Bytes::from(head))
    }

    /// What stands behind each part's content.
    pub(super) fn after(&self) -> Bytes {
        Bytes::from_static(b"\r\n")
    }

    /// What ends the body.
    pub(super) fn end(&self) -> Bytes {
        Bytes::from(format!("--{}--\r\n", self.0))
    }
}

/// <https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data>
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
