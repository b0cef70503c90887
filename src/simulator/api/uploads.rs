//! `models/upload…`: takes in files. They are hashed as they arrive; up to a limit their bytes are kept to be run.

use std::sync::Arc;

use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use axum::{Json, Router};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::simulator::digest::Sha256;
use crate::simulator::error::PlatformError;
use crate::simulator::request_log::{Note, redacted};
use crate::simulator::shared::Shared;
use crate::simulator::state::Upload;

/// Files up to this length are kept and can be run.
const KEPT_FILE_LIMIT: u64 = 64 * 1024 * 1024;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/models/upload_and_convert", post(upload_and_convert))
        .route("/models/upload_stream", post(upload_stream))
        .route("/models/upload", post(upload))
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
    workspace_id: i64,
    visibility: Option<String>,
    conversion: Option<Value>,
}

async fn upload_and_convert(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), PlatformError> {
    let form = Form::read(request, ContentTypes::Demanded).await?;
    let metadata = form
        .fields
        .get("metadata")
        .and_then(Value::as_str)
        .ok_or_else(|| PlatformError::bad_request("missing part `metadata`"))?;
    let metadata: Metadata =
        serde_json::from_str(metadata).map_err(|error| PlatformError::bad_request(&error.to_string()))?;
    let file = form.file?;
    let answer = store(&shared, metadata, file)?;
    Ok((StatusCode::ACCEPTED, answer))
}

/// Metadata as query parameters or form fields, where everything is text.
#[derive(Debug, Deserialize)]
struct TextMetadata {
    name: String,
    workspace_id: String,
    visibility: Option<String>,
    filename: Option<String>,
}

impl TextMetadata {
    fn from_fields(fields: Map<String, Value>) -> Result<Self, PlatformError> {
        Self::deserialize(Value::Object(fields)).map_err(|error| PlatformError::bad_request(&error.to_string()))
    }

    fn into_metadata(self) -> Result<Metadata, PlatformError> {
        let workspace_id = self
            .workspace_id
            .trim()
            .parse()
            .map_err(|_| PlatformError::bad_request(&format!("`{}` is not a workspace id", self.workspace_id)))?;
        Ok(Metadata { name: self.name, workspace_id, visibility: self.visibility, conversion: None })
    }
}

async fn upload(State(shared): State<Arc<Shared>>, request: Request) -> Result<Json<Value>, PlatformError> {
    let form = Form::read(request, ContentTypes::Ignored).await?;
    let file = form.file?;
    store(&shared, TextMetadata::from_fields(form.fields)?.into_metadata()?, file)
}

/// Takes both forms: metadata in the query with the bare file as body, and the tutorial's multipart form.
async fn upload_stream(State(shared): State<Arc<Shared>>, request: Request) -> Result<Json<Value>, PlatformError> {
    if is_multipart(&request) {
        return upload(State(shared), request).await;
    }
    let Query(fields) = Query::<Map<String, Value>>::try_from_uri(request.uri())
        .map_err(|error| PlatformError::bad_request(&error.to_string()))?;
    let note = note_of(&request);
    let mut file = ArrivingFile::new();
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| PlatformError::bad_request(&error.to_string()))?;
        if let Ok(piece) = frame.into_data() {
            file.update(&piece);
        }
    }
    let mut file = file.finish(String::new());
    note.summary(json!({ "query": fields, "bytes": file.size, "sha256": file.sha }));
    let metadata = TextMetadata::from_fields(fields)?;
    file.name = metadata.filename.clone().unwrap_or_else(|| metadata.name.clone());
    store(&shared, metadata.into_metadata()?, file)
}

fn is_multipart(request: &Request) -> bool {
    request.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"))
}

fn note_of(request: &Request) -> Note {
    request.extensions().get::<Note>().cloned().unwrap_or_default()
}

fn store(shared: &Shared, metadata: Metadata, file: ArrivedFile) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let upload = Upload {
        name: metadata.name,
        workspace_id: metadata.workspace_id,
        visibility: metadata.visibility.unwrap_or_else(|| "private".to_owned()),
        conversion: metadata.conversion.unwrap_or(Value::Null),
        file_name: file.name,
        sha: file.sha,
        size: file.size,
        content: file.content,
    };
    let id = shared.platform().upload_model(upload, now)?;
    Ok(Json(json!({ "insert_models": { "returning": [{ "models": [{ "id": id }] }] } })))
}

/// Whether the parts of a form must say what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ContentTypes {
    Demanded,
    Ignored,
}

/// A multipart form: its text fields and its file.
struct Form {
    fields: Map<String, Value>,
    file: Result<ArrivedFile, PlatformError>,
}

impl Form {
    /// Reads a form to its end, also when it is refused: a client that is still sending would miss the refusal.
    async fn read(request: Request, content_types: ContentTypes) -> Result<Self, PlatformError> {
        let note = note_of(&request);
        let content_type = request.headers().get(CONTENT_TYPE).cloned();
        let mut multipart = Multipart::from_request(request, &()).await.map_err(|_| {
            let found = content_type.as_ref().and_then(|value| value.to_str().ok());
            PlatformError::unsupported_content_type(found.unwrap_or_default())
        })?;
        let mut form = Self { fields: Map::new(), file: Err(PlatformError::bad_request("missing part `file`")) };
        let mut parts = Vec::new();
        let mut refusal = None;
        while let Some(mut part) = multipart.next_field().await.map_err(unreadable)? {
            let name = part.name().unwrap_or_default().to_owned();
            let content_type = part.content_type().unwrap_or_default().to_owned();
            let file_name = part.file_name().map(str::to_owned);
            let mut arriving = ArrivingFile::new();
            while let Some(piece) = part.chunk().await.map_err(unreadable)? {
                arriving.update(&piece);
            }
            let demanded = if name == "metadata" { "application/json" } else { "" };
            if content_types == ContentTypes::Demanded
                && (content_type.is_empty() || !content_type.starts_with(demanded))
            {
                refusal.get_or_insert_with(|| PlatformError::unsupported_content_type(&content_type));
            }
            let arrived = arriving.finish(file_name.clone().unwrap_or_default());
            parts.push(arrived.summary(&name, file_name.as_deref(), &content_type));
            if name == "file" {
                form.file = Ok(arrived);
            } else {
                form.fields.insert(name, arrived.text().into());
            }
        }
        note.summary(json!({ "parts": parts }));
        refusal.map_or(Ok(form), Err)
    }
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> PlatformError {
    PlatformError::bad_request(&error.body_text())
}

/// A file while it arrives.
struct ArrivingFile {
    digest: Sha256,
    size: u64,
    content: Option<BytesMut>,
}

impl ArrivingFile {
    fn new() -> Self {
        Self { digest: Sha256::new(), size: 0, content: Some(BytesMut::new()) }
    }

    fn update(&mut self, piece: &[u8]) {
        self.digest.update(piece);
        self.size += piece.len() as u64;
        if self.size > KEPT_FILE_LIMIT {
            self.content = None;
        }
        if let Some(content) = &mut self.content {
            content.extend_from_slice(piece);
        }
    }

    fn finish(self, name: String) -> ArrivedFile {
        ArrivedFile {
            name,
            sha: self.digest.finish_hex(),
            size: self.size,
            content: self.content.map(BytesMut::freeze),
        }
    }
}

/// A file that arrived. Its content is missing if it is too long to keep.
struct ArrivedFile {
    name: String,
    sha: String,
    size: u64,
    content: Option<Bytes>,
}

impl ArrivedFile {
    fn text(&self) -> String {
        String::from_utf8_lossy(self.content.as_deref().unwrap_or_default()).into_owned()
    }

    /// What the log tells of a part.
    fn summary(&self, name: &str, file_name: Option<&str>, content_type: &str) -> Value {
        let mut summary = json!({ "name": name });
        if let Some(file_name) = file_name {
            summary["filename"] = file_name.into();
        }
        if !content_type.is_empty() {
            summary["content_type"] = content_type.into();
        }
        summary["bytes"] = self.size.into();
        summary["sha256"] = self.sha.clone().into();
        if content_type.starts_with("application/json")
            && let Ok(json) = serde_json::from_str::<Value>(&self.text())
        {
            summary["json"] = redacted(&json);
        }
        summary
    }
}
