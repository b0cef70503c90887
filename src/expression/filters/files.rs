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

#[cfg(test)]
mod tests {
    use super::super::super::trial::Trial;
    use super::*;

    #[test]
    fn a_file_that_is_not_read_yet_is_asked_for_and_then_used() {
        let mut scope = Trial::of(r#"{"model_file": "data/fraud.onnx"}"#);
        let need = FileNeed { kind: FileKind::Sha256, path: "data/fraud.onnx".to_owned() };
        let error = scope.fails("model_file | file_sha256 == 'x'");
        assert_eq!(error.kind, EvalErrorKind::NeedsFile(need.clone()));
        assert_eq!(scope.fails("(model_file | file_sha256) | default('')").kind, error.kind);

        scope.files.insert(need.clone(), Ok("abc".into()));
        assert_eq!(scope.evaluate("model_file | file_sha256 == 'abc'"), Ok(true.into()));
        scope.files.insert(need, Err("there is no file `data/fraud.onnx`".to_owned()));
        let message = scope.fails("model_file | file_sha256").message;
        assert_eq!(message, "`file_sha256`: there is no file `data/fraud.onnx`");
    }

    #[test]
    fn text_and_json_of_a_file_are_needs_of_their_own() {
        let scope = Trial::of("{}");
        for (filter, kind) in [("read_text", FileKind::Text), ("read_json", FileKind::Json)] {
            let need = FileNeed { kind, path: "a.json".to_owned() };
            assert_eq!(scope.fails(&format!("'a.json' | {filter}")).kind, EvalErrorKind::NeedsFile(need));
        }
    }
}
