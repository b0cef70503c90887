//! A table of all messages, to be read aloud: every text that is said about the cases of `check` and the examples of
//! the explanations.

use std::collections::BTreeSet;
use std::fmt::Write;

use callsheet::diagnostic::{Diagnostic, rule};

use super::example::examples;
use crate::check::{doubts, mistakes};

#[test]
fn all_messages_are_read_as_prose() {
    let explained = rule::ALL.iter().flat_map(|rule| examples(rule.explanation));
    let explained = explained.filter(|example| example.is_shown_here()).flat_map(|example| example.diagnostics());
    let cases = mistakes().into_iter().chain(doubts()).flat_map(|(_, problems)| problems.diagnostics);
    let told: Vec<Diagnostic> = explained.chain(cases).collect();
    let mut table = String::new();
    for rule in rule::ALL {
        let _ = writeln!(table, "\n{} {}: {}", rule.code, rule.name, rule.summary);
        let said: BTreeSet<String> = told.iter().filter(|one| one.is(rule)).map(said).collect();
        table.extend(said);
    }
    insta::assert_snapshot!("messages", table.trim_start());
}

fn said(diagnostic: &Diagnostic) -> String {
    let label = diagnostic.primary.iter().map(|label| &label.text).filter(|text| !text.is_empty());
    let others = diagnostic.secondary.iter().map(|label| &label.text);
    let fix = diagnostic.fix.iter().map(|fix| format!("write ({}) {}", fix.applicability.as_str(), fix.replacement));
    let below: String = label
        .chain(others)
        .map(|text| format!("      ^ {text}\n"))
        .chain(diagnostic.help.iter().cloned().chain(fix).map(|help| format!("      = {help}\n")))
        .collect();
    format!("  {}\n{below}", diagnostic.message)
}
