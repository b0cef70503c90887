//! The JSONPath compliance test suite, where `CALLSHEET_REFERENCE` says where it lies.

use std::path::PathBuf;

use callsheet::jsonpath::Path;
use callsheet::value::{Limits, Projector, Value, Wanted};

#[test]
fn every_case_of_the_compliance_suite_passes() {
    let Some(reference) = std::env::var_os("CALLSHEET_REFERENCE") else {
        println!("skipped: no reference data");
        return;
    };
    let file = PathBuf::from(reference).join("conformance/jsonpath/cts.json");
    let text = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let suite = Value::read(&text).expect("the suite is JSON");
    let cases = suite.get("tests").and_then(Value::as_array).expect("the suite has tests");
    assert_eq!(cases.len(), 703);
    let failures: Vec<String> = cases.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{} of {} cases fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The part of a document that a path reads.
fn part(path: &Path, document: &Value) -> Value {
    let mut wanted = Wanted::default();
    path.add_to(&mut wanted);
    let closed = wanted.closed();
    let mut projector = Projector::new(&closed, Limits::default());
    for piece in document.to_string().as_bytes().chunks(3) {
        projector.feed(piece).expect("a document of the suite is JSON");
    }
    projector.finish().expect("a document of the suite is JSON")
}

/// What is wrong in one case of the suite.
fn failure(case: &Value) -> Option<String> {
    let selector = case.get("selector").and_then(Value::as_str).expect("a case has a selector");
    let invalid = case.get("invalid_selector").is_some();
    let path = match (Path::parse(selector), invalid) {
        (Ok(_), true) => return Some(format!("{selector}: taken although invalid")),
        (Err(error), true) => {
            let inside = error.range.start <= error.range.end && selector.get(error.range).is_some();
            return (!inside).then(|| format!("{selector}: the range is outside"));
        }
        (Err(error), false) => return Some(format!("{selector}: {error}")),
        (Ok(path), false) => path,
    };
    let document = case.get("document").expect("a valid case has a document");
    let selected = Value::array(path.select(document).into_iter().cloned().collect());
    let part = part(&path, document);
    let of_part = Value::array(path.select(&part).into_iter().cloned().collect());
    if of_part.to_string() != selected.to_string() {
        return Some(format!("{selector}: of the part that it reads it selects {of_part} instead of {selected}"));
    }
    let (paths, values): (Vec<_>, Vec<_>) =
        path.locate(document).into_iter().map(|(path, node)| (Value::from(path), node.clone())).unzip();
    let (paths, located) = (Value::array(paths), Value::array(values));
    let wanted = |one, many| match case.get(one) {
        Some(value) => vec![value.clone()],
        None => case.get(many).and_then(Value::as_array).expect("a valid case has results").to_vec(),
    };
    let results = wanted("result", "results");
    let place = results.iter().zip(wanted("result_paths", "results_paths")).find(|(result, _)| **result == selected);
    match place {
        Some((_, wanted)) if wanted == paths && located == selected => None,
        Some((_, wanted)) => Some(format!("{selector}: wanted {wanted}, found {paths} with {located}")),
        None => Some(format!("{selector}: wanted {}, found {selected}", results[0])),
    }
}
