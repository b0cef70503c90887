//! Everything that is wrong with a playbook or its inputs, with the files it points into.

use std::fmt;
use std::io;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Palette, Severity, human, rule};
use crate::plan::Plan;
use crate::source::{Sources, unreadable};

/// Diagnostics and the sources their places are in. Prints as a person would want to read it.
#[derive(Clone, Debug)]
pub struct Problems {
    /// Every diagnostic, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// The files.
    pub sources: Arc<Sources>,
}

/// What a run of the plan would be refused for that may run no programs: the steps that do. `None` where there are none.
pub fn refused_programs(plan: &Plan) -> Option<Problems> {
    let diagnostics = plan.programs();
    (!diagnostics.is_empty()).then(|| Problems::new(diagnostics, Arc::clone(&plan.sources)))
}

impl Problems {
    pub(super) fn new(diagnostics: Vec<Diagnostic>, sources: Arc<Sources>) -> Self {
        Problems { diagnostics, sources }
    }

    /// What a person should see who did not ask what there is to know.
    #[must_use]
    pub fn without_hints(mut self) -> Self {
        self.diagnostics.retain(|diagnostic| diagnostic.severity() != Severity::Hint);
        self
    }

    pub(super) fn unreadable(path: &str, error: &io::Error) -> Self {
        let diagnostic =
            Diagnostic::unplaced(rule::UNREADABLE_FILE, format!("cannot read `{path}`: {}", unreadable(error)));
        let diagnostic = match error.kind() {
            io::ErrorKind::NotFound => diagnostic.help("name a playbook, such as `workflows/deploy-and-infer.yaml`"),
            io::ErrorKind::IsADirectory => diagnostic.help("name a file in it; `callsheet check` takes folders"),
            _ => diagnostic,
        };
        Problems::new(vec![diagnostic], Arc::default())
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(human(&self.diagnostics, &self.sources, Palette::Plain).trim_end())
    }
}

impl std::error::Error for Problems {}
