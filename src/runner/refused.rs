//! Why a run is refused before it begins: the steps that may not be done, with their places.

use std::fmt;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Palette, human};
use crate::source::Sources;

/// Steps that run programs where nobody has allowed it: the source of a [`RunError`](super::RunError)'s own. Prints as
/// a person would want to read it.
#[derive(Clone, Debug)]
pub struct Refused {
    /// One for each step.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that they point into.
    pub sources: Arc<Sources>,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = human(&self.diagnostics, &self.sources, Palette::Plain);
        write!(
            formatter,
            "nobody has allowed it (`--allow-exec`; in the library `Run::allow_exec`)\n{}",
            told.trim_end()
        )
    }
}

impl std::error::Error for Refused {}
