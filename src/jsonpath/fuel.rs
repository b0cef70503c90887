//! How much one evaluation may look at, so that a quadratic path over a large document ends in an error and not in
//! minutes in which nothing else is done.

use std::cell::Cell;
use std::fmt;
use std::ops::ControlFlow;

use crate::value::Value;

/// What is left of an evaluation's work, in values looked at.
pub(super) struct Fuel(Cell<u64>);

impl Fuel {
    pub(super) fn of(units: u64) -> Self {
        Fuel(Cell::new(units.saturating_add(1)))
    }

    /// As much as there is to do.
    pub(super) fn endless() -> Self {
        Fuel::of(u64::MAX)
    }

    /// Pays for some work; `Break` where there is nothing left, and from then on.
    pub(super) fn burn(&self, units: u64) -> ControlFlow<()> {
        let left = self.0.get().saturating_sub(units);
        self.0.set(left);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Whether nothing is left: whatever was found since is not all there is.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Pays for reading a text, of which many bytes take as long as one value.
    pub(super) fn read(&self, text: &str) {
        let _ = self.burn(1 + text.len() as u64 / 16);
    }

    /// Whether two values are equal, paid for by their parts. Nothing left is as good as different.
    pub(super) fn equal(&self, left: &Value, right: &Value) -> bool {
        match (left, right) {
            (Value::Array(left), Value::Array(right)) => {
                left.len() == right.len() && left.iter().zip(&**right).all(|(left, right)| self.equal_part(left, right))
            }
            (Value::Object(left), Value::Object(right)) => {
                let same = |(name, left)| right.get(name).is_some_and(|right| self.equal_part(left, right));
                left.len() == right.len() && left.iter().all(same)
            }
            (Value::String(text), _) => {
                self.read(text);
                left == right
            }
            _ => left == right,
        }
    }

    fn equal_part(&self, left: &Value, right: &Value) -> bool {
        self.burn(1).is_continue() && self.equal(left, right)
    }
}

/// A path looked at more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfFuel {
    /// How many values it may look at.
    pub limit: u64,
}

impl fmt::Display for OutOfFuel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "it looks at more than {} values", self.limit)
    }
}

impl std::error::Error for OutOfFuel {}
