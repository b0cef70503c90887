//! Every fuzzing target for a moment: what was found before, and what a fixed seed makes of the seeds.
//!
//! What is found by chance is found by long runs: `cargo bench --bench fuzz`.

use std::path::Path;
use std::time::Duration;

use crate::fuzz::campaign::{Options, attempt, cases, run};
use crate::fuzz::targets::TARGETS;

/// The inputs of every run of the tests are the same.
const SEED: u64 = 7;

#[track_caller]
fn holds(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of that name");
    for case in cases(name) {
        if let Err(message) = attempt(target, &case) {
            panic!("{message}\nfor the case\n{}", String::from_utf8_lossy(&case));
        }
    }
    let findings = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
    let patience = Duration::from_secs(60);
    let inputs = target.short;
    let options = Options { seed: SEED, inputs, time: Duration::MAX, patience, findings, careful: false };
    let report = run(target, options);
    println!(
        "{name}: {} inputs in {:?}, {} kept, slowest {:?}",
        report.inputs, report.elapsed, report.kept, report.slowest
    );
    if let Some(finding) = report.findings.first() {
        let input = String::from_utf8_lossy(&finding.input);
        panic!(
            "seed {SEED} finds an input: {}\n{input}\nit is in {path}; try it again with\n  cargo bench --bench fuzz -- --target {name} --input {path}",
            finding.message,
            path = finding.path.display(),
        );
    }
}

#[test]
fn playbooks_are_read_checked_and_planned_whatever_they_are() {
    holds("yaml");
}

#[test]
fn json_is_read_the_same_in_whole_and_in_part() {
    holds("json");
}

#[test]
fn paths_select_what_they_locate_or_are_refused_with_a_place() {
    holds("jsonpath");
}

#[test]
fn templates_have_one_value_or_one_error_with_a_place() {
    holds("template");
}

#[test]
fn journals_are_read_or_their_damage_is_named() {
    holds("journal");
}

#[test]
fn no_form_of_a_secret_comes_through() {
    holds("redactor");
}
