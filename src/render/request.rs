//! A request with all its values in place.

use super::body;
use super::marks::marks;
use super::url;
use super::view::View;
use crate::event::RequestRecord;
use crate::expression::EvalError;
use crate::plan::Call;
use crate::secret::{PLACEHOLDER, Secret};
use crate::wire::{Headers, Request};

/// A header field that proves who asks.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The field's name.
    pub header: String,
    /// The scheme before the secret part: `Bearer `, `Basic `, or nothing.
    pub scheme: &'static str,
    /// The secret part.
    pub value: Secret,
}

/// A request ready to be sent, and how it is kept.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// What is sent.
    pub request: Request,
    /// What is kept: credentials masked.
    pub record: RequestRecord,
}

impl Rendered {
    /// `https://host:port` of the request.
    pub fn origin(&self) -> String {
        url::origin(&self.request.url)
    }

    /// Adds a credential; it is masked in what is kept.
    pub fn authorize(&mut self, credential: &Credential) {
        let value = format!("{}{}", credential.scheme, credential.value.expose());
        self.request.headers.push(&credential.header, value);
        self.record.headers.push(&credential.header, format!("{}{PLACEHOLDER}", credential.scheme));
    }
}

/// Makes the request of a call.
pub fn request(call: &Call, view: &View<'_>) -> Result<Rendered, EvalError> {
    let playbook = view.plan().playbook();
    let written = &call.request;
    let url = url::url(&written.url, playbook.defaults.base_url.as_ref(), &written.query, view)?;
    let mut headers = Headers::default();
    let own = |name: &str| written.headers.iter().any(|(field, _)| field.text.eq_ignore_ascii_case(name));
    for (name, value) in playbook.defaults.headers.iter().filter(|(name, _)| !own(&name.text)) {
        headers.push(&*name.text, value.render_text(view)?);
    }
    for (name, value) in &written.headers {
        headers.push(&*name.text, value.render_text(view)?);
    }
    let body = body::render(&written.body, &playbook.directory, view)?;
    if let Some(content_type) = body.content_type.filter(|_| headers.get("content-type").is_none()) {
        headers.push("Content-Type", content_type);
    }
    let record = RequestRecord {
        method: written.method.to_owned(),
        url: url.to_string(),
        headers: masked(&headers),
        body: body.record,
        marks: marks(call, view),
    };
    let method = written.method.to_owned();
    Ok(Rendered { request: Request { method, url, headers, body: body.body, timeout: call.timeout }, record })
}

/// Header fields whose values are credentials by their nature are never kept.
fn masked(headers: &Headers) -> Headers {
    let secret = ["authorization", "proxy-authorization", "cookie", "x-api-key"];
    let field = |(name, value): (&str, &str)| {
        let value = if secret.contains(&name.to_ascii_lowercase().as_str()) { PLACEHOLDER } else { value };
        (name.to_owned(), value.to_owned())
    };
    Headers(headers.iter().map(field).collect())
}
