//! What an evaluation can fail with.

use std::fmt;

use super::FileNeed;
use crate::source::Span;

/// An evaluation that has no value: where, of which kind, and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// The part of the expression that has no value, in the user's file.
    pub span: Span,
    /// What callers match on.
    pub kind: EvalErrorKind,
    /// What is wrong; names types and keys, never a value.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// The kinds of [`EvalError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvalErrorKind {
    /// A name or a path that is not there.
    Undefined,
    /// A file's content is needed; fetch it and evaluate again.
    NeedsFile(FileNeed),
    /// The value exists in the playbook but has no value in this run: its step was skipped or failed.
    Unavailable,
    /// A value of the wrong type.
    Type,
    /// Everything else: an overflow, an exhausted budget, a text that cannot be read.
    Other,
}

impl EvalError {
    /// An error of that kind at that place.
    pub fn new(span: Span, kind: EvalErrorKind, message: impl Into<String>) -> Self {
        EvalError { span, kind, message: message.into(), help: None }
    }

    /// Adds advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn wrong_type(span: Span, message: impl Into<String>) -> Self {
        EvalError::new(span, EvalErrorKind::Type, message)
    }

    pub(super) fn other(span: Span, message: impl Into<String>) -> Self {
        EvalError::new(span, EvalErrorKind::Other, message)
    }

    pub(super) fn undefined(span: Span, message: impl Into<String>) -> Self {
        EvalError::new(span, EvalErrorKind::Undefined, message)
    }

    /// Whether `is defined` and `| default(..)` catch it.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self.kind, EvalErrorKind::Undefined | EvalErrorKind::Unavailable)
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for EvalError {}
