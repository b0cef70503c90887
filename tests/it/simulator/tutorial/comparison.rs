//! Compares answers with the tutorial's: everything but the places listed here has to be equal.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

/// Times, UUIDs, tokens and pods: another value of the same type. `*` is any member or index.
///
/// A text that differs is learned: from then on the tutorial's text stands for ours, in requests and in answers.
const DIFFERS_BY_NATURE: &[&str] = &[
    // Tokens: the key, the session, the moment, and where the client runs.
    "token_*.header.kid",
    "token_*.claims.exp",
    "token_*.claims.iat",
    "token_*.claims.jti",
    "token_*.claims.sid",
    "token_*.claims.session_state",
    "token_client_credentials.claims.clientHost",
    "token_client_credentials.claims.clientAddress",
    // The person who was invited.
    "workspaces_list_users.users.1.user_id",
    "users_query_with_workspace_id.users.*.createdTimestamp",
    // What was made during the tutorial.
    "workspaces_list_after.workspaces.3.created_at",
    "models_list.models.*.created_at",
    "models_list.models.*.updated_at",
    "models_get_by_id.created_at",
    "models_get_by_id.updated_at",
    "models_list_versions.0.model_version",
    "models_get.created_at",
    "models_get.updated_at",
    "pipelines_create_*.pipeline_variant_version",
    "status_get_deployment.engine*.0.ip",
    "status_get_deployment.engine*.0.name",
    "infer_pandas_records.0.time",
    "infer_pandas_records.0.metadata.elapsed.*",
    "assays_list.0.next_run",
    "assays_list.0.updated_at",
    "assays_run_interactive_baseline.analyzed_at",
    "assays_run_interactive.0.analyzed_at",
    "assays_run_interactive.0.elapsed_millis",
    // The rebuilt history does not know what the rows' profiles were.
    "assays_get_baseline.*.metadata.profile",
    // The tutorial prints the answer of an older run, of assay 1, beside a request for assay 5.
    "assays_run_interactive.0.assay_id",
];

/// Figures that agree to this relative precision only, and why.
const CLOSE: &[(&str, f64)] = &[
    // Another runtime computes the model; the last bits of a 32-bit float differ.
    ("infer_pandas_records.0.out.dense_1.0", 2e-5),
    // A fifth of the rebuilt history's outputs differ from the lost ones in their last bits.
    ("assays_run_interactive_baseline.*.mean", 2e-9),
    ("assays_run_interactive_baseline.*.std", 3e-8),
    ("assays_run_interactive.0.baseline_summary.mean", 2e-9),
    ("assays_run_interactive.0.*.std", 3e-8),
];

/// Lists of which the tutorial prints the beginning.
const BEGINNINGS: &[&str] = &["assays_get_baseline", "assays_run_interactive"];

/// What the tutorial leaves out, though the platform's published description has it.
const NOT_PRINTED: &[&str] = &["status_get_deployment.helm", "status_get_deployment.engine*.0.info"];

/// What was learned, and which entries of the lists were needed.
#[derive(Default)]
pub struct Comparison {
    learned: HashMap<String, String>,
    needed: BTreeSet<&'static str>,
}

impl Comparison {
    /// A value of the tutorial with its texts replaced by ours.
    pub fn translate(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.translated(text).into(),
            Value::Array(items) => items.iter().map(|item| self.translate(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (self.translated(name).to_owned(), self.translate(member)))
                .collect::<Map<_, _>>()
                .into(),
            _ => value.clone(),
        }
    }

    fn translated<'a>(&'a self, text: &'a str) -> &'a str {
        self.learned.get(text).map_or(text, String::as_str)
    }

    /// Compares an answer with the tutorial's, and learns.
    pub fn compare(&mut self, expected: &Value, found: &Value, place: &str) {
        if self.is_listed(DIFFERS_BY_NATURE, place) {
            let same_type = std::mem::discriminant(expected) == std::mem::discriminant(found);
            assert!(same_type, "{place}: expected something like {expected}, found {found}");
            if let (Some(expected), Some(found)) = (expected.as_str(), found.as_str()) {
                self.learned.insert(expected.to_owned(), found.to_owned());
            }
            return;
        }
        match (expected, found) {
            (Value::Object(expected), Value::Object(found)) => self.compare_objects(expected, found, place),
            (Value::Array(expected), Value::Array(found)) => {
                if !self.is_listed(BEGINNINGS, place) {
                    assert_eq!(expected.len(), found.len(), "{place}: {found:?}");
                }
                for (index, expected) in expected.iter().enumerate() {
                    let place = format!("{place}.{index}");
                    let found = found.get(index).unwrap_or_else(|| panic!("{place} is missing"));
                    self.compare(expected, found, &place);
                }
            }
            (Value::Number(_), Value::Number(_)) if expected != found => self.compare_close(expected, found, place),
            _ => assert_eq!(&self.translate(expected), found, "{place}"),
        }
    }

    fn compare_objects(&mut self, expected: &Map<String, Value>, found: &Map<String, Value>, place: &str) {
        let mut more: BTreeSet<&str> = found.keys().map(String::as_str).collect();
        for (name, value) in expected {
            let place = format!("{place}.{name}");
            let name = self.translated(name).to_owned();
            more.remove(name.as_str());
            let Some(found) = found.get(&name) else {
                assert!(self.is_listed(DIFFERS_BY_NATURE, &place), "{place} is missing");
                continue;
            };
            self.compare(value, found, &place);
        }
        for name in more {
            let place = format!("{place}.{name}");
            assert!(self.is_listed(NOT_PRINTED, &place), "{place} is not in the tutorial: {}", found[name]);
        }
    }

    fn compare_close(&mut self, expected: &Value, found: &Value, place: &str) {
        let close = CLOSE.iter().find(|(pattern, _)| matches(pattern, place));
        let (pattern, tolerance) = close.unwrap_or_else(|| panic!("{place}: expected {expected}, found {found}"));
        self.needed.insert(pattern);
        let error = found.as_f64().zip(expected.as_f64()).map(|(found, expected)| (found / expected - 1.0).abs());
        assert!(error < Some(*tolerance), "{place}: expected {expected}, found {found}");
    }

    fn is_listed(&mut self, list: &[&'static str], place: &str) -> bool {
        let entry = list.iter().find(|pattern| matches(pattern, place));
        self.needed.extend(entry);
        entry.is_some()
    }

    /// Fails where a list has an entry that was not needed.
    pub fn finish(self) {
        let close = CLOSE.iter().map(|(pattern, _)| pattern);
        let all = DIFFERS_BY_NATURE.iter().chain(BEGINNINGS).chain(NOT_PRINTED).chain(close);
        let stale: Vec<&&str> = all.filter(|pattern| !self.needed.contains(**pattern)).collect();
        assert!(stale.is_empty(), "these places do not differ: {stale:?}");
    }
}

/// Whether a place is meant by a pattern. A `*` stands for any text within one step; the keys of log rows, which have
/// dots, are two steps.
fn matches(pattern: &str, place: &str) -> bool {
    let (pattern, place): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), place.split('.').collect());
    pattern.len() == place.len()
        && pattern.iter().zip(&place).all(|(pattern, step)| match pattern.split_once('*') {
            Some((start, end)) => step.starts_with(start) && step[start.len()..].ends_with(end),
            None => pattern == step,
        })
}
