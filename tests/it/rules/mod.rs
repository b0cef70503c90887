//! The catalogue of rules: each is explained, its examples show what they say, and something reports it.

mod example;
#[cfg(feature = "cli")]
mod explaining;
mod mending;
mod messages;
mod sarif;
mod shown;

use std::fs;
use std::path::Path;

use callsheet::diagnostic::{Rule, rule};

use callsheet::session::Session;

use crate::run::scenario::Files;
use example::examples;

/// Rules whose examples would be too long to show. Each is broken by a test of its own.
const WITHOUT_EXAMPLE: &[&Rule] = &[rule::FILE_TOO_LARGE, rule::CALL_DEPTH];

#[test]
#[ignore = "takes a gigabyte of memory"]
fn a_file_that_is_too_large_is_not_read() {
    let text = "#".repeat(256 << 20) + "\na: 1";
    let found = Session::new().parse("large.yaml", &text, Path::new("")).expect_err("it is too large").diagnostics;
    assert_eq!(found.iter().map(|one| one.rule).collect::<Vec<_>>(), [rule::FILE_TOO_LARGE]);
}

#[test]
fn a_chain_of_calls_ends_somewhere() {
    let calling = |level: usize| {
        let next = level + 1;
        (format!("{level}.yaml"), format!("playbook: p{level}\nsteps: {{ go: {{ call: {next}.yaml }} }}\n"))
    };
    let last = ("17.yaml".to_owned(), "playbook: last\nsteps: { go: { set: { a: 1 } } }\n".to_owned());
    let session = Session::with_loader(Files::new((0..17).map(calling).chain([last])));
    let found = session.load("0.yaml").expect_err("the chain is too long").diagnostics;
    assert_eq!(found.iter().map(|one| one.rule).collect::<Vec<_>>(), [rule::CALL_DEPTH]);
    assert!(session.load("1.yaml").is_ok());
}

#[test]
fn every_example_that_fails_breaks_its_rule_and_every_other_breaks_none() {
    let mut wrong = Vec::new();
    for rule in rule::ALL {
        for (number, example) in examples(rule.explanation).iter().enumerate().filter(|(_, one)| one.is_shown_here()) {
            let found: Vec<&str> = example.diagnostics().iter().map(|one| one.rule.code).collect();
            let expected: &[&str] = if example.fails { &[rule.code] } else { &[] };
            if !(found.iter().all(|code| expected.contains(code)) && found.is_empty() == expected.is_empty()) {
                let problems = example.problems();
                wrong.push(format!("{rule:?}, example {}: {found:?}\n{problems}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples are not as they say:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_rule_is_explained_by_a_sentence_and_an_example() {
    for rule in rule::ALL {
        let title = rule.explanation.lines().next().unwrap_or_default();
        assert!(title.len() > 15 && title.ends_with('.'), "{rule:?} is not explained by a sentence: {title:?}");
        let examples = examples(rule.explanation);
        let long = WITHOUT_EXAMPLE.contains(rule);
        assert_eq!(examples.iter().any(|one| one.fails), !long, "{rule:?} shows how it is broken");
        let shows_what_to_do = examples.iter().any(|one| !one.fails) || rule.explanation.contains("```console");
        assert!(shows_what_to_do, "{rule:?} shows what to do instead");
        assert!(rule.explanation.lines().all(|line| line.chars().count() <= 120), "{rule:?} has a long line");
    }
}

#[test]
fn every_rule_is_reported_somewhere_and_every_explanation_has_its_rule() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    read_all(&package.join("src"), &mut code);
    for rule in rule::ALL {
        let constant = rule.name.to_uppercase().replace('-', "_");
        let reported = code.match_indices(&constant).any(|(at, _)| {
            !code[at + constant.len()..].starts_with(|next: char| next.is_ascii_uppercase() || next == '_')
                && (code[..at].ends_with("rule::") || code[..at].ends_with("::rule::"))
        });
        assert!(reported, "nothing reports {rule:?}");
    }
    let entries = fs::read_dir(package.join("src/diagnostic/rule/explained")).expect("the explanations can be listed");
    for entry in entries {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        let known = name.strip_suffix(".md").and_then(Rule::named);
        assert!(known.is_some(), "{name} explains no rule");
    }
}

/// The Rust code of a folder, without the rules themselves.
fn read_all(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder of sources can be listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("diagnostic/rule") {
            read_all(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *code += &fs::read_to_string(&path).expect("a source can be read");
        }
    }
}
