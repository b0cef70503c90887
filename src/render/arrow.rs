//! Records as a body in Arrow's IPC format. What is kept is the records, for people and for the masking of secrets.

use bytes::Bytes;

use super::body::{RenderedBody, kept_as};
use crate::arrow::{self, Field, Unwritable};
use crate::expression::{EvalError, EvalErrorKind, Scope};
use crate::playbook::JsonTemplate;
use crate::source::Span;
use crate::value::Value;
use crate::wire;

/// Makes the file.
pub(super) fn render(
    records: &JsonTemplate,
    schema: Option<&JsonTemplate>,
    scope: &dyn Scope,
) -> Result<RenderedBody, EvalError> {
    let fields = schema.map(|schema| fields(&schema.render(scope)?, schema.span)).transpose()?;
    let value = records.render(scope)?;
    let file = arrow::file(&value, fields.as_deref()).map_err(|Unwritable { message, help }| {
        EvalError::new(records.span, EvalErrorKind::Type, message).with_help(help)
    })?;
    let record = kept_as(&value.to_string(), &file);
    Ok(RenderedBody { body: wire::Body::Bytes(Bytes::from(file)), content_type: Some(arrow::FILE), record })
}

fn fields(schema: &Value, span: Span) -> Result<Vec<Field>, EvalError> {
    let wrong = |message: &str| EvalError::new(span, EvalErrorKind::Type, format!("`schema`: {message}"));
    let fields = Field::read_all(schema).ok_or_else(|| wrong(arrow::SCHEMA_IS))?;
    fields.map_err(|problem| match problem.help {
        Some(help) => wrong(problem.message).with_help(help),
        None => wrong(problem.message),
    })
}
