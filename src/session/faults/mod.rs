//! Reads a plan of faults for the simulator: the same YAML and the same diagnostics as a playbook's.
//!
//! The simulator takes a plan as a value and knows neither files nor YAML nor diagnostics; so the facade reads it.

mod rule;

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::rule::EMPTY_DOCUMENT;
use crate::diagnostic::{Diagnostic, has_errors};
use crate::playbook::fields::FAULT_PLAN;
use crate::playbook::shape::Shape;
use crate::playbook::{conform, tree};
use crate::simulator::FaultPlan;
use crate::source::Sources;

use super::{Problems, Session};

impl Session {
    /// Reads a plan of faults for the simulator. The error holds every mistake, each with its place and a remedy.
    pub fn faults(&self, path: impl AsRef<Path>) -> Result<FaultPlan, Problems> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let text = self.loader.read(path).map_err(|error| {
            let mut problems = Problems::unreadable(&shown, &error);
            // It names playbooks.
            let help = "a plan of faults is a YAML file with a list of rules under `faults:`";
            problems.diagnostics.iter_mut().for_each(|one| one.help = vec![help.to_owned()]);
            problems
        })?;
        self.parse_faults(&shown, &text)
    }

    /// Reads a plan of faults from its text.
    ///
    /// ```
    /// # use callsheet::session::Session;
    /// let text = "faults: [{ path: /v1/api/*/list, probability: 0.2, status: 503, retry_after: 1s }]";
    /// let plan = Session::new().parse_faults("faults.yaml", text)?;
    /// assert_eq!(plan.rules.len(), 1);
    ///
    /// let problems = Session::new().parse_faults("faults.yaml", "faults: [{ statsu: 503 }]").unwrap_err();
    /// assert!(problems.to_string().contains("did you mean `status`?"));
    /// # Ok::<(), callsheet::session::Problems>(())
    /// ```
    pub fn parse_faults(&self, name: &str, text: &str) -> Result<FaultPlan, Problems> {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        let tree::Tree { root, diagnostics: mut found, .. } = tree::parse(source, text);
        for empty in found.iter_mut().filter(|one| one.is(EMPTY_DOCUMENT)) {
            empty.help = vec!["a plan of faults is a list of rules under `faults:`".to_owned()];
        }
        let plan = root.map(|root| {
            conform(&root, &Shape::Object(&FAULT_PLAN), "plan of faults", &mut found);
            plan(&root, &mut found)
        });
        found.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span));
        found.dedup();
        match plan {
            Some(plan) if !has_errors(&found) => Ok(plan),
            _ => Err(Problems::new(found, Arc::new(sources))),
        }
    }
}

/// The plan in a tree whose shape has been checked: what does not fit is left out without another word.
fn plan(root: &tree::Node, found: &mut Vec<Diagnostic>) -> FaultPlan {
    let value = |key: &str| root.as_mapping().and_then(|root| Some(&root.get(key)?.value));
    let seed = value("seed").and_then(|seed| seed.as_scalar()?.value.as_i64());
    let rules = value("faults").and_then(tree::Node::as_sequence).unwrap_or_default();
    let rules = rules.iter().enumerate().filter_map(|(index, node)| rule::read(index, node, found));
    FaultPlan { seed: seed.and_then(|seed| seed.try_into().ok()), rules: rules.collect() }
}
