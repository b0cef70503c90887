//! The filters and tests that are ours, one file an area.
//!
//! A filter is an entry of a `FILTERS` table: its name, its parameters, and a function of a [`FilterCall`]. What is
//! wrong with an operand is an [`EvalError`] that names the filter and the types, never the value.

pub(super) mod codings;
pub(super) mod collections;
mod duration;
pub(super) mod files;
pub(super) mod json;
pub(super) mod schemas;
pub(super) mod search;
pub(super) mod selections;
pub(super) mod tests;
pub(super) mod times;

use super::catalog::{Filter, Signature};
use super::evaluate::FilterCall;
use super::text::with_article;
use super::{EvalError, verify};
use crate::value::Value;

pub use duration::parse_duration;

/// A filter whose parameters may all be given by position.
const fn filter(
    name: &'static str,
    parameters: &'static [&'static str],
    required: usize,
    apply: fn(FilterCall) -> Result<Value, EvalError>,
) -> Filter {
    Filter { name, signature: Signature { parameters, required, named: &[], rest: false }, apply, verify: None }
}

impl Filter {
    const fn named(mut self, named: &'static [&'static str]) -> Self {
        self.signature.named = named;
        self
    }

    const fn rest(mut self) -> Self {
        self.signature.rest = true;
        self
    }

    const fn verified(mut self, verify: verify::Check) -> Self {
        self.verify = Some(verify);
        self
    }
}

impl FilterCall<'_> {
    /// The operand, which must be a string.
    fn text(&self) -> Result<&str, EvalError> {
        self.operand.as_str().ok_or_else(|| self.takes("a string"))
    }

    /// The operand, which must be an array.
    fn items(&self) -> Result<&[Value], EvalError> {
        self.operand.as_array().ok_or_else(|| self.takes("an array"))
    }

    /// An argument in the order of the signature.
    fn argument(&self, index: usize) -> Option<&Value> {
        self.arguments.get(index)?.as_ref()
    }

    /// An argument that must be a string.
    fn text_argument(&self, index: usize) -> Result<Option<&str>, EvalError> {
        let Some(value) = self.argument(index) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.argument_takes(index, "a string", value))
    }

    /// An argument that must be a number.
    fn number_argument(&self, index: usize) -> Result<Option<f64>, EvalError> {
        let Some(value) = self.argument(index) else { return Ok(None) };
        value.as_f64().map(Some).ok_or_else(|| self.argument_takes(index, "a number", value))
    }

    /// An argument that must be a boolean, `false` by default.
    fn flag(&self, index: usize) -> Result<bool, EvalError> {
        let Some(value) = self.argument(index) else { return Ok(false) };
        value.as_bool().ok_or_else(|| self.argument_takes(index, "`true` or `false`", value))
    }

    /// That the operand has the wrong type.
    fn takes(&self, expected: &str) -> EvalError {
        let message = format!("`{}` takes {expected}, not {}", self.filter.name, with_article(&self.operand));
        EvalError::wrong_type(self.span, message)
    }

    fn argument_takes(&self, index: usize, expected: &str, value: &Value) -> EvalError {
        let signature = &self.filter.signature;
        let parameter = signature.parameters.iter().chain(signature.named).nth(index).unwrap_or(&"argument");
        let message = format!("`{parameter}` of `{}` is {expected}, not {}", self.filter.name, with_article(value));
        EvalError::wrong_type(self.span, message)
    }

    /// Another failure.
    fn fails(&self, reason: impl std::fmt::Display) -> EvalError {
        EvalError::other(self.span, format!("`{}`: {reason}", self.filter.name))
    }
}
