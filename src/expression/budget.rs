//! How much one evaluation may do: an expression is a few comparisons, and a hostile one ends in an error.
//!
//! `template_fuel` bounds the nodes evaluated and the items visited, `template_memory` the new text and lists.

use std::cell::Cell;

use super::EvalError;
use crate::limits::{Limit, Limits};
use crate::source::Span;

/// What a list's slot costs.
const SLOT: usize = size_of::<crate::value::Value>();

/// What minijinja makes for a unit of its fuel, in bytes.
const UNIT: u64 = 64;

/// What is left of an evaluation's work and memory.
#[derive(Debug)]
pub(super) struct Budget {
    steps: Cell<usize>,
    bytes: Cell<usize>,
    limits: Limits,
}

impl Budget {
    /// All that the limits allow.
    pub(super) fn of(limits: Limits) -> Self {
        let (steps, bytes) = (limits.size(Limit::TemplateFuel), limits.size(Limit::TemplateMemory));
        Budget { steps: Cell::new(steps), bytes: Cell::new(bytes), limits }
    }

    /// The limits it was made of.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What one filter of minijinja may use, in its own units.
    pub(super) fn foreign_fuel(&self) -> u64 {
        (self.limits.get(Limit::TemplateMemory) / UNIT).max(1)
    }

    /// Pays for visiting `count` nodes or items.
    pub(super) fn work(&self, count: usize, span: Span) -> Result<(), EvalError> {
        pay(&self.steps, count).map_err(|()| self.exhausted(Limit::TemplateFuel, "does too much work", span))
    }

    /// Pays for `count` bytes of new text, before they are made.
    pub(super) fn text(&self, count: usize, span: Span) -> Result<(), EvalError> {
        pay(&self.bytes, count).map_err(|()| self.exhausted(Limit::TemplateMemory, "makes too much text", span))
    }

    /// Pays for a list of `count` items, before it is made.
    pub(super) fn list(&self, count: usize, span: Span) -> Result<(), EvalError> {
        let cost = count.saturating_mul(SLOT);
        pay(&self.bytes, cost).map_err(|()| self.exhausted(Limit::TemplateMemory, "makes too long a list", span))
    }

    fn exhausted(&self, limit: Limit, what: &str, span: Span) -> EvalError {
        let (name, most) = (limit.name(), limit.show(self.limits.get(limit)));
        EvalError::other(span, format!("the expression {what}: `{name}` is {most}")).with_help(limit.remedy())
    }
}

fn pay(left: &Cell<usize>, cost: usize) -> Result<(), ()> {
    left.set(left.get().checked_sub(cost).ok_or(())?);
    Ok(())
}
