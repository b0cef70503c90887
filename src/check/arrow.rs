//! Bodies in Arrow's IPC format, as far as the playbook alone shows them: whether this build makes them at all, and
//! what is wrong with a schema or with records in which there is no expression.

use crate::arrow::{self, Field, Unwritable};
use crate::diagnostic::{Diagnostic, rule};
use crate::playbook::{JsonData, JsonTemplate};
use crate::source::Span;
use crate::value::Value;

/// Checks the body of the request at `span`.
pub(super) fn check_arrow(
    records: &JsonTemplate,
    schema: Option<&JsonTemplate>,
    span: Span,
    found: &mut Vec<Diagnostic>,
) {
    if !arrow::AVAILABLE {
        let help =
            "build callsheet with the feature `arrow`, which is on by default, or send an Arrow file with `file:`";
        found.push(Diagnostic::new(rule::NO_ARROW, span, arrow::ABSENT).help(help));
        return;
    }
    let fields = match schema.map(|schema| (literal(schema), schema.span)) {
        Some((Some(schema), span)) => match fields(schema, span) {
            Ok(fields) => Some(fields),
            Err(diagnostic) => return found.push(*diagnostic),
        },
        Some((None, _)) => return,
        None => None,
    };
    if let Some(value) = literal(records)
        && let Err(Unwritable { message, help }) = arrow::file(value, fields.as_deref())
    {
        found.push(Diagnostic::new(rule::BAD_RECORDS, records.span, message).help(help));
    }
}

fn fields(schema: &Value, span: Span) -> Result<Vec<Field>, Box<Diagnostic>> {
    let wrong = |message: &str| Diagnostic::new(rule::BAD_SCHEMA, span, format!("`schema`: {message}"));
    let fields = Field::read_all(schema).ok_or_else(|| Box::new(wrong(arrow::SCHEMA_IS)))?;
    fields.map_err(|problem| {
        let diagnostic = wrong(problem.message);
        Box::new(match problem.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        })
    })
}

/// The value, where no expression is in it.
fn literal(template: &JsonTemplate) -> Option<&Value> {
    match &template.data {
        JsonData::Value(value) => Some(value),
        _ => None,
    }
}
