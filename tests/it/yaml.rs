//! The YAML test suite against the playbook's reader, where the reference data is at hand.

use std::collections::BTreeMap;

use callsheet::diagnostic::has_errors;
use callsheet::playbook::tree::{Tree, parse};
use callsheet::source::SourceId;
use callsheet::value::Value;

/// What the reader refuses by intent: valid YAML that no playbook needs.
const REFUSALS: &[&str] = &["duplicate-key", "complex-key", "unknown-tag", "several-documents", "empty-document"];

/// Cases whose outcome differs from the suite's, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

struct Case {
    id: String,
    yaml: String,
    error: bool,
    documents: Option<Vec<Value>>,
}

fn cases() -> Option<Vec<Case>> {
    let Some(root) = std::env::var_os("CALLSHEET_REFERENCE") else {
        println!("skipped: no reference data");
        return None;
    };
    let path = std::path::Path::new(&root).join("conformance/yaml/yaml-test-suite.ndjson");
    let text = std::fs::read_to_string(&path).expect("the reference data has the YAML suite");
    let case = |line: &str| {
        let value = Value::read(line.as_bytes()).expect("each line is a JSON value");
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Case {
            id: text("id"),
            yaml: text("yaml"),
            error: value.get("error").and_then(Value::as_bool).unwrap_or(false),
            documents: value.get("json").and_then(Value::as_array).map(<[Value]>::to_vec),
        }
    };
    Some(text.lines().map(case).collect())
}

/// What is wrong with the outcome of a case, if anything.
fn complaint(case: &Case) -> Option<String> {
    let Tree { root, diagnostics, .. } = parse(SourceId(0), &case.yaml);
    let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.rule.name).collect();
    if case.error {
        return diagnostics.is_empty().then(|| "an invalid document passed without a word".to_owned());
    }
    if codes.iter().any(|code| REFUSALS.contains(code)) {
        return None;
    }
    if has_errors(&diagnostics) {
        return Some(format!("a valid document is refused: {codes:?} {:?}", diagnostics[0].message));
    }
    let expected = case.documents.as_ref()?;
    let found = root.map(|root| root.to_value());
    (expected.len() != 1 || found.as_ref() != expected.first())
        .then(|| format!("found {}, expected {}", found.unwrap_or_default(), Value::array(expected.clone())))
}

fn refusals(cases: &[Case]) -> String {
    let mut counts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for case in cases.iter().filter(|case| !case.error) {
        let diagnostics = parse(SourceId(0), &case.yaml).diagnostics;
        if let Some(one) = diagnostics.iter().find(|one| REFUSALS.contains(&one.rule.name)) {
            counts.entry(one.rule.name).or_default().push(&case.id);
        }
    }
    counts.iter().map(|(code, ids)| format!("{code} {}: {}\n", ids.len(), ids.join(" "))).collect()
}

#[test]
fn the_suite_is_read_as_it_says_or_refused_by_intent() {
    let Some(cases) = cases() else { return };
    println!("refused by intent:\n{}", refusals(&cases));
    let exceptions: BTreeMap<&str, &str> = EXCEPTIONS.iter().copied().collect();
    let wrong: BTreeMap<&str, String> = cases.iter().filter_map(|case| Some((&*case.id, complaint(case)?))).collect();
    let unexpected: Vec<String> = wrong
        .iter()
        .filter(|(id, _)| !exceptions.contains_key(*id))
        .map(|(id, complaint)| format!("{id}: {complaint}"))
        .collect();
    assert!(unexpected.is_empty(), "{} of {}:\n{}", unexpected.len(), cases.len(), unexpected.join("\n"));
    let settled: Vec<&&str> = exceptions.keys().filter(|id| !wrong.contains_key(*id)).collect();
    assert!(settled.is_empty(), "no longer exceptions: {settled:?}");
}

#[test]
fn no_beginning_of_a_document_makes_the_reader_panic() {
    let Some(cases) = cases() else { return };
    for case in &cases {
        for (end, _) in case.yaml.char_indices() {
            let _ = parse(SourceId(0), &case.yaml[..end]);
        }
    }
}
