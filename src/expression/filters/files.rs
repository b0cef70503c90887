//! `file_sha256`, `read_text`, `read_json`: what stands in the file whose path is piped in.
//!
//! Nothing is read here. The scope has the content, or the evaluation ends with what it needs.

use super::{Filter, FilterCall, filter};
use crate::expression::{EvalError, EvalErrorKind, FileKind, FileNeed};
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("file_sha256", &[], 0, |call| content(&call, FileKind::Sha256)),
    filter("read_text", &[], 0, |call| content(&call, FileKind::Text)),
    filter("read_json", &[], 0, |call| content(&call, FileKind::Json)),
];

fn content(call: &FilterCall, kind: FileKind) -> Result<Value, EvalError> {
    let path = call.operand.as_str().ok_or_else(|| call.takes("the path of a file"))?;
    let need = FileNeed { kind, path: path.to_owned() };
    match call.evaluation.scope.file(&need) {
        Some(Ok(value)) => Ok(value),
        Some(Err(reason)) => Err(call.fails(reason)),
        None => {
            let message = format!("`{}` needs a file that is not read yet", call.filter.name);
            Err(EvalError::new(call.span, EvalErrorKind::NeedsFile(need), message))
        }
    }
}
