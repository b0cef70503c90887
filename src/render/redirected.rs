//! A request on its way to another URL than its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::url::Url;

use super::request::Rendered;
use crate::event::BodyRecord;
use crate::secret::{Redactor, is_credential};
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

    /// What keeps its body from another origin.
    pub fn withheld(&self, redactor: &Redactor) -> Option<Withheld> {
        let file = |path: &Path| Withheld::File(path.to_owned());
        match &self.request.body {
            Body::Empty => None,
            Body::Bytes(bytes) => redactor.finds_bytes(bytes).then_some(Withheld::Secret),
            Body::File(path) => Some(file(path)),
            Body::Multipart(parts) if parts.iter().any(|part| holds_secret(part, redactor)) => Some(Withheld::Secret),
            Body::Multipart(parts) => parts.iter().find_map(|part| match &part.content {
                PartContent::Bytes(_) => None,
                PartContent::File(path) => Some(file(path)),
            }),
        }
    }

    /// Drops fields from what is sent and from what is kept. They are told apart by their names, so that a field goes
    /// with all of its values.
    fn drop_headers(&mut self, drop: impl Fn(&str, &str) -> bool) {
        let fields = self.request.headers.iter().filter(|(name, value)| drop(name, value));
        let dropped: Vec<String> = fields.map(|(name, _)| name.to_owned()).collect();
        for headers in [&mut self.request.headers, &mut self.record.headers] {
            headers.0.retain(|(name, _)| !dropped.iter().any(|dropped| dropped.eq_ignore_ascii_case(name)));
        }
    }
}

/// What keeps a body from going to another origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// It holds a secret.
    Secret,
    /// It holds this file, in which nobody has looked for secrets.
    File(PathBuf),
}

fn holds_secret(part: &Part, redactor: &Redactor) -> bool {
    let texts = [Some(&part.name), part.filename.as_ref(), part.content_type.as_ref()];
    let content = match &part.content {
        PartContent::Bytes(bytes) => redactor.finds_bytes(bytes),
        PartContent::File(_) => false,
    };
    content || texts.into_iter().flatten().any(|text| redactor.finds(text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::event::RequestRecord;
    use crate::render::Intake;
    use crate::wire::{Headers, Request};

    fn rendered(sent: &[(&str, &str)], kept: &[(&str, &str)], body: Body) -> Rendered {
        let headers = |fields: &[(&str, &str)]| {
            Headers(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        let url = Url::parse("http://api.example.com/a").expect("a URL");
        let record = RequestRecord {
            method: "PUT".to_owned(),
            url: url.to_string(),
            headers: headers(kept),
            body: BodyRecord::Empty,
            marks: Vec::new(),
        };
        let (timeout, connection) = (Duration::from_secs(1), Arc::default());
        let request = Request { method: "PUT".to_owned(), url, headers: headers(sent), body, timeout, connection };
        Rendered { request, record, intake: Intake::default() }
    }

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.learn("s3cret-key");
        redactor
    }

    #[test]
    fn fields_are_dropped_by_their_names_wherever_they_stand() {
        let sent = [("X-Token", "s3cret-key"), ("X-Plain", "plain"), ("Cookie", "a=b"), ("x-token", "other")];
        let kept = [("cookie", "***"), ("X-Plain", "plain"), ("X-Token", "***")];
        let mut rendered = rendered(&sent, &kept, Body::Empty);
        rendered.leave_origin(&redactor());
        let plain = Headers(vec![("X-Plain".to_owned(), "plain".to_owned())]);
        assert_eq!((&rendered.request.headers, &rendered.record.headers), (&plain, &plain));
    }

    #[test]
    fn a_secret_is_found_in_every_part_of_a_multipart_body_and_no_file_is_looked_into() {
        let plain = || Part {
            name: "a".to_owned(),
            filename: None,
            content_type: None,
            content: PartContent::Bytes("a".into()),
        };
        let secret = || "x-s3cret-key".to_owned();
        let file = || PartContent::File("data.bin".into());
        let withheld = |part: Part| rendered(&[], &[], Body::Multipart(vec![plain(), part])).withheld(&redactor());
        assert_eq!(withheld(plain()), None);
        assert_eq!(withheld(Part { name: secret(), content: file(), ..plain() }), Some(Withheld::Secret));
        assert_eq!(withheld(Part { filename: Some(secret()), ..plain() }), Some(Withheld::Secret));
        assert_eq!(withheld(Part { content_type: Some(secret()), ..plain() }), Some(Withheld::Secret));
        assert_eq!(withheld(Part { content: PartContent::Bytes(secret().into()), ..plain() }), Some(Withheld::Secret));
        assert_eq!(withheld(Part { content: file(), ..plain() }), Some(Withheld::File("data.bin".into())));
    }
}
