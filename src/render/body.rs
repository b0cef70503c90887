//! Bodies: what is sent, and how it is kept.

use bytes::Bytes;

use super::arrow;
use super::url::pairs;
use crate::event::{BodyRecord, PartRecord};
use crate::expression::{EvalError, Scope, Template};
use crate::playbook::{Body, Part};
use crate::wire;
use std::path::{Path, PathBuf};

/// A body ready to be sent: its media type where it has one of its own, and how it is kept.
pub(super) struct RenderedBody {
    pub(super) body: wire::Body,
    pub(super) content_type: Option<&'static str>,
    pub(super) record: BodyRecord,
}

/// Makes a body. Paths are relative to `directory`.
pub(super) fn render(body: &Body, directory: &Path, scope: &dyn Scope) -> Result<RenderedBody, EvalError> {
    Ok(match body {
        Body::None => RenderedBody { body: wire::Body::Empty, content_type: None, record: BodyRecord::Empty },
        Body::Json(json) => text(json.render(scope)?.to_string(), "application/json"),
        Body::Text(template) => text(template.render_text(scope)?, "text/plain; charset=utf-8"),
        Body::Form(fields) => {
            let form =
                ::url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs(fields, scope)?).finish();
            text(form, "application/x-www-form-urlencoded")
        }
        Body::File(path) => {
            let (whole, shown) = file(path, directory, scope)?;
            let record = BodyRecord::File { path: shown };
            RenderedBody { body: wire::Body::File(whole), content_type: Some("application/octet-stream"), record }
        }
        Body::Arrow { records, schema } => arrow::render(records, schema.as_ref(), scope)?,
        Body::Multipart(parts) => {
            let mut sent = Vec::with_capacity(parts.len());
            let mut kept = Vec::with_capacity(parts.len());
            for written in parts {
                let (part, record) = part(written, directory, scope)?;
                sent.push(part);
                kept.push(record);
            }
            RenderedBody { body: wire::Body::Multipart(sent), content_type: None, record: BodyRecord::Multipart(kept) }
        }
    })
}

fn text(text: String, content_type: &'static str) -> RenderedBody {
    let record = kept(&text);
    RenderedBody { body: wire::Body::Bytes(Bytes::from(text)), content_type: Some(content_type), record }
}

/// Requests are kept whole up to this many bytes, as answers are where nothing else is said.
const KEPT: usize = 256 * 1024;

/// How a text is kept that is sent as it is.
pub(super) fn kept(text: &str) -> BodyRecord {
    kept_as(text, text.as_bytes())
}

/// How a body is kept that is sent as other bytes than those that people read.
pub(super) fn kept_as(text: &str, sent: &[u8]) -> BodyRecord {
    if text.len() <= KEPT {
        return BodyRecord::Text(text.to_owned());
    }
    BodyRecord::Projected { bytes: sent.len() as u64, sha256: wire::sha256(sent) }
}

fn file(path: &Template, directory: &Path, scope: &dyn Scope) -> Result<(PathBuf, String), EvalError> {
    let shown = path.render_text(scope)?;
    Ok((directory.join(&shown), shown))
}

fn part(part: &Part, directory: &Path, scope: &dyn Scope) -> Result<(wire::Part, PartRecord), EvalError> {
    let optional = |template: &Option<Template>| template.as_ref().map(|text| text.render_text(scope)).transpose();
    let rendered = render(&part.content, directory, scope)?;
    let name = part.name.render_text(scope)?;
    let mut filename = optional(&part.filename)?;
    let content = match rendered.body {
        wire::Body::File(path) => {
            // As browsers and curl do, a file part has a file name.
            let own = path.file_name().map(|name| name.to_string_lossy().into_owned());
            filename = filename.or(own);
            wire::PartContent::File(path)
        }
        wire::Body::Bytes(bytes) => wire::PartContent::Bytes(bytes),
        wire::Body::Empty | wire::Body::Multipart(_) => wire::PartContent::Bytes(Bytes::new()),
    };
    let content_type = optional(&part.content_type)?.or(rendered.content_type.map(str::to_owned));
    let record = PartRecord {
        name: name.clone(),
        filename: filename.clone(),
        content_type: content_type.clone(),
        body: rendered.record,
    };
    Ok((wire::Part { name, filename, content_type, content }, record))
}
