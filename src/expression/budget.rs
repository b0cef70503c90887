//! How much one evaluation may do: an expression is a few comparisons, and a hostile one ends in an error.

use std::cell::Cell;

use super::EvalError;
use crate::source::Span;

/// Nodes evaluated and items visited in one evaluation.
const STEPS: usize = 20_000_000;

/// Bytes of new text and lists in one evaluation.
const BYTES: usize = 256 << 20;

/// What a list's slot costs.
const SLOT: usize = size_of::<crate::value::Value>();

/// What is left of an evaluation's work and memory.
#[derive(Debug)]
pub(super) struct Budget {
    steps: Cell<usize>,
    bytes: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: Cell::new(STEPS), bytes: Cell::new(BYTES) }
    }
}

impl Budget {
    /// Pays for visiting `count` nodes or items.
    pub(super) fn work(&self, count: usize, span: Span) -> Result<(), EvalError> {
        pay(&self.steps, count, span, "the expression does too much work")
    }

    /// Pays for `count` bytes of new text, before they are made.
    pub(super) fn text(&self, count: usize, span: Span) -> Result<(), EvalError> {
        pay(&self.bytes, count, span, "the expression makes too much text")
    }

    /// Pays for a list of `count` items, before it is made.
    pub(super) fn list(&self, count: usize, span: Span) -> Result<(), EvalError> {
        pay(&self.bytes, count.saturating_mul(SLOT), span, "the expression makes too long a list")
    }
}

fn pay(left: &Cell<usize>, cost: usize, span: Span, message: &str) -> Result<(), EvalError> {
    match left.get().checked_sub(cost) {
        Some(rest) => {
            left.set(rest);
            Ok(())
        }
        None => Err(EvalError::other(span, message)),
    }
}
