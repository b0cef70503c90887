//! A request with all its values in place.

use std::sync::Arc;

use super::body;
use super::marks::marks;
use super::stream::Streaming;
use super::url;
use super::view::View;
use crate::event::RequestRecord;
use crate::expression::{EvalError, EvalErrorKind, Template};
use crate::plan::Call;
use crate::playbook::bad_save;
use crate::secret::{PLACEHOLDER, Secret, is_credential};
use crate::value::Wanted;
use crate::wire::{Headers, Request};

/// What a request accepts whose answer is taken as a stream of events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

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
    /// How the answer's body is taken.
    pub intake: Intake,
}

/// How the body of an answer is taken.
#[derive(Clone, Debug)]
pub struct Intake {
    /// Up to how many bytes it is kept whole; what the run says where it is not said here.
    pub keep: Option<usize>,
    /// What is built of a larger one.
    pub wanted: Arc<Wanted>,
    /// Whether its text is taken as well, whatever it is.
    pub text: bool,
    /// The name of the file that it goes to, below `saved/` in the run's folder.
    pub save: Option<String>,
    /// Where it ends, if it is taken as a stream of events.
    pub stream: Option<Box<Streaming>>,
}

impl Default for Intake {
    fn default() -> Self {
        Intake { keep: None, wanted: Arc::new(Wanted::everything()), text: false, save: None, stream: None }
    }
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

impl Rendered {
    /// Sets the cookies; they are masked in what is kept.
    pub fn set_cookies(&mut self, cookies: String) {
        for (headers, value) in [(&mut self.request.headers, &*cookies), (&mut self.record.headers, PLACEHOLDER)] {
            headers.0.retain(|(name, _)| !name.eq_ignore_ascii_case("cookie"));
            headers.push("Cookie", value);
        }
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
    if written.stream.is_some() && headers.get("accept").is_none() {
        headers.push("Accept", EVENT_STREAM);
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
    let save = written.save.as_ref().map(|save| save_name(save, view)).transpose()?;
    let stream = written.stream.as_ref().map(|stream| Streaming::of(stream, view)).transpose()?.map(Box::new);
    let intake = Intake { keep: call.keep, wanted: Arc::clone(&call.wanted), text: written.reads_text(), save, stream };
    let method = written.method.to_owned();
    let connection = Arc::clone(&view.plan().connection);
    let request = Request { method, url, headers, body: body.body, timeout: call.timeout, connection };
    Ok(Rendered { request, record, intake })
}

fn save_name(written: &Template, view: &View<'_>) -> Result<String, EvalError> {
    let name = written.render_text(view)?;
    match bad_save(&name) {
        None => Ok(name),
        Some((message, help)) => {
            Err(EvalError { span: written.span(), kind: EvalErrorKind::Other, message, help: Some(help.to_owned()) })
        }
    }
}

/// Header fields whose values are credentials by their nature are never kept.
fn masked(headers: &Headers) -> Headers {
    let field = |(name, value): (&str, &str)| {
        let value = if is_credential(name) { PLACEHOLDER } else { value };
        (name.to_owned(), value.to_owned())
    };
    Headers(headers.iter().map(field).collect())
}
