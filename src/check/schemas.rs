//! The JSON Schemas that answers are expected to fit: each file is there, is a schema, and refers to files that are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::saves::each_request;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::Template;
use crate::json_schema::JsonSchema;
use crate::playbook::Playbook;
use crate::source::{Loader, unreadable};

/// Looks at every `schema` whose path is written out; what inputs name is read when the step runs.
pub(super) fn check_schemas(playbook: &Playbook, loader: &dyn Loader, found: &mut Vec<Diagnostic>) {
    let mut known: HashMap<PathBuf, Result<(), String>> = HashMap::new();
    for step in playbook.steps.iter().chain(&playbook.finally) {
        each_request(step, &mut |request| {
            let Some(written) = &request.expect.schema else { return };
            if !JsonSchema::AVAILABLE {
                found.push(
                    Diagnostic::new(rule::NO_JSON_SCHEMA, written.span(), "this build knows no JSON Schemas")
                        .help("build it with the feature `json-schema`, or leave `schema` out"),
                );
                return;
            }
            let Some(literal) = written.as_literal() else { return };
            let path = playbook.directory.join(literal);
            if !loader.exists(&path) {
                found.push(missing(written, literal, &path));
                return;
            }
            let read = |path: &Path| loader.read(path).map_err(|error| unreadable(&error));
            let compiled = known.entry(path.clone()).or_insert_with(|| JsonSchema::read(&path, &read).map(drop));
            if let Err(reason) = compiled {
                found.push(Diagnostic::new(rule::BAD_SCHEMA, written.span(), format!("`{literal}` {reason}")).help(
                    "mend that file: a schema is JSON, or YAML in a `.yaml` file, and refers to files relative to it",
                ));
            }
        });
    }
}

fn missing(written: &Template, literal: &str, path: &Path) -> Diagnostic {
    Diagnostic::new(rule::MISSING_FILE, written.span(), format!("there is no file `{literal}`"))
        .help(format!("looked for `{}`; paths are relative to the playbook", path.display()))
}
