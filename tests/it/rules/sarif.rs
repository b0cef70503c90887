//! `check --format sarif`: one log that holds to the standard's own schema.

use std::path::PathBuf;

use callsheet::diagnostic::{rule, sarif};
use callsheet::session::Problems;
use serde_json::Value;

use super::example::examples;
use crate::check::{doubts, mistakes};

fn log() -> Value {
    let explained = rule::ALL.iter().flat_map(|rule| examples(rule.explanation));
    let explained = explained.filter(|example| example.is_shown_here()).map(|example| example.problems());
    let all: Vec<Problems> =
        mistakes().into_iter().chain(doubts()).map(|(_, problems)| problems).chain(explained).collect();
    let log = sarif(all.iter().map(|one| (&one.diagnostics[..], &*one.sources)));
    serde_json::from_str(&log).expect("a log is JSON")
}

#[test]
fn results_have_their_rule_their_place_and_their_repair() {
    let log = log();
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in run["results"].as_array().expect("results") {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(rules[index]["defaultConfiguration"]["level"], result["level"]);
    }
    let misspelt = run["results"].as_array().expect("results").iter().find(|one| one["ruleId"] == "E0201");
    let misspelt = misspelt.expect("a misspelt key");
    let change = &misspelt["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"], misspelt["locations"][0]["physicalLocation"]["artifactLocation"]);
    assert!(change["replacements"][0]["insertedContent"]["text"].is_string(), "{misspelt:#}");
}

#[test]
fn a_log_of_everything_that_can_be_wrong_is_valid() {
    let Some(folder) = std::env::var_os("CALLSHEET_REFERENCE") else {
        println!("skipped: no reference data");
        return;
    };
    let path = PathBuf::from(folder).join("conformance/schemas/sarif-2.1.0.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).expect("the schema can be read")).expect("JSON");
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource("file:///sarif.json", schema).expect("the schema can be added");
    let index = compiler.compile("file:///sarif.json", &mut schemas).expect("the schema compiles");
    if let Err(error) = schemas.validate(&log(), index) {
        panic!("{error:#}");
    }
}

#[cfg(feature = "cli")]
#[test]
fn several_playbooks_are_one_log() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_callsheet"))
        .args([
            "check",
            "--format",
            "sarif",
            "tests/fixtures/check/err_types.yaml",
            "tests/fixtures/check/err_words.yaml",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program can be started");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(2), 0));
    let log: Value = serde_json::from_slice(&output.stdout).expect("stdout is one log");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let file = |result: &Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!(file(&results[0]), "tests/fixtures/check/err_types.yaml");
    assert_eq!(results.last().map(file), Some("tests/fixtures/check/err_words.yaml".into()));
}
