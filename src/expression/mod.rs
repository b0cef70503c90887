//! Expressions and templates: what stands between `{{` and `}}`, and the conditions of a playbook.
//!
//! minijinja parses (only `syntax` knows its syntax tree); the tree is turned into one of our own, every node with
//! its place in the user's file, and *we* evaluate it over [`Value`](crate::value::Value), so that comparisons are
//! JSON's, a false condition can show both its sides, and the references of an expression are exact. minijinja's own
//! filters are applied through minijinja (only `standard` and `view` know its values), which sees our values in place.
//!
//! What an evaluation can see comes through [`Scope`]. Nothing here reads a file, a clock or the environment: a file
//! that is needed and not there yet is an [`EvalErrorKind::NeedsFile`], time and randomness come from [`Facts`].
//!
//! # Semantics
//!
//! * Strict: a name, member or index that is not there is an error of kind [`EvalErrorKind::Undefined`]. Only
//!   `is defined`, `is undefined` and `| default(..)` catch it, for everything in their operand.
//! * `and`, `or`, `not`, the condition of `a if b else c` and a whole condition take booleans and nothing else.
//! * `null` in text is an error; numbers and booleans print as JSON; arrays and objects in text need `| tojson`.
//! * Work and memory of one evaluation are bounded (`budget`); so is the nesting of an expression (`limits`).
//! * An error message names types and keys, never a value: a secret that was cut could no longer be redacted.

#![expect(clippy::result_large_err, reason = "diagnostics are made once per mistake, on the way out")]

mod access;
mod budget;
mod catalog;
mod described;
mod differences;
mod error;
mod evaluate;
mod explain;
mod expr;
mod filters;
mod functions;
#[cfg(test)]
mod hostile;
mod kind;
#[cfg(test)]
mod language;
mod limits;
mod operate;
mod reference;
mod remedy;
mod scan;
mod scope;
mod selecting;
mod settled;
mod standard;
mod syntax;
mod template;
mod text;
mod tree;
#[cfg(test)]
mod trial;
mod verify;
mod view;

pub use catalog::{RESERVED, function_names};
pub use described::{Described, filters, functions, operators, tests};
pub use differences::Difference;
pub use error::{EvalError, EvalErrorKind};
pub use explain::Finding;
pub use expr::Expr;
pub use filters::parse_duration;
pub use kind::Kind;
pub use reference::{PathPart, Reference, Target};
pub use scope::{Facts, FileKind, FileNeed, Lookup, Scope};
pub use selecting::select;
pub use settled::{Settled, never_together};
pub use template::{Piece, Template};
pub use text::to_text;
