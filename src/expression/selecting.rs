//! What a JSONPath selects, within `jsonpath_fuel`.

use super::EvalError;
use crate::jsonpath::{OutOfFuel, Path};
use crate::limits::{Limit, Limits};
use crate::source::Span;
use crate::value::Value;

/// The nodes that a path selects, in order; the error says that it looks at too many.
pub fn select<'a>(path: &Path, root: &'a Value, limits: &Limits, span: Span) -> Result<Vec<&'a Value>, EvalError> {
    path.select_within(root, limits.get(Limit::JsonpathFuel)).map_err(|error| out_of_fuel(path, error, span))
}

fn out_of_fuel(path: &Path, OutOfFuel { limit }: OutOfFuel, span: Span) -> EvalError {
    let name = Limit::JsonpathFuel.name();
    let message = format!("`{}` looks at more than {limit} values of the document: `{name}` is {limit}", path.text());
    EvalError::other(span, message).with_help(format!(
        "name the members that lead there instead of `..`, keep a filter from looking through the whole document for \
         each item, or {}",
        Limit::JsonpathFuel.remedy()
    ))
}
