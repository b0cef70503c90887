//! Why an assay cannot be run.

use std::fmt;

/// An assay that cannot be run, or not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) enum AssayError {
    /// The baseline covers no inference that has the number asked for.
    EmptyBaseline,
    /// The definition contradicts itself.
    Contradiction(String),
    /// The platform could, the simulator cannot.
    NotSimulated(&'static str),
}

impl fmt::Display for AssayError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyBaseline => {
                formatter.write_str("the baseline covers no logged inference with the iopath's value")
            }
            Self::Contradiction(reason) => formatter.write_str(reason),
            Self::NotSimulated(what) => write!(formatter, "{what} is not simulated"),
        }
    }
}
