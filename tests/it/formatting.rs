//! `callsheet fmt` over whole files: what it gives says the same, keeps every comment, and stays as it is.

use std::fs;
use std::path::{Path, PathBuf};

use callsheet::diagnostic::has_errors;
use callsheet::limits::Limits;
use callsheet::playbook::format::{Unformatted, format};
use callsheet::playbook::tree::{Data, Node, parse};
use callsheet::source::SourceId;
use callsheet::value::Value;
use granit_parser::{Event, Parser, options};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::workflows::workflows;

fn formatted(text: &str) -> Result<String, Unformatted> {
    format(SourceId(0), text, &Limits::default())
}

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check");
    let entries = fs::read_dir(folder).expect("the cases can be listed");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a case has an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    paths
}

/// What a text says: its values with the words they are written in, as text.
fn said(text: &str) -> String {
    fn tell(node: &Node, out: &mut String) {
        match &node.data {
            Data::Scalar(scalar) => *out += &format!("{:?}={:?} ", scalar.text.text, scalar.value),
            Data::Sequence(items) => {
                out.push('[');
                items.iter().for_each(|item| tell(item, out));
                out.push(']');
            }
            Data::Mapping(mapping) => {
                out.push('{');
                for entry in mapping {
                    *out += &format!("{:?}: ", entry.key.text);
                    tell(&entry.value, out);
                }
                out.push('}');
            }
        }
    }
    let mut out = String::new();
    parse(SourceId(0), text).root.iter().for_each(|root| tell(root, &mut out));
    out
}

/// The comments as the YAML parser finds them.
fn comments(text: &str) -> Vec<String> {
    let options = options! { strict_indentation: false, emit_comments: true };
    let events = Parser::new_from_str_with_options(text, options);
    let mut found: Vec<(usize, String)> = Vec::new();
    for (event, place) in events.map_while(Result::ok) {
        if let Event::Comment(text, _) = event {
            found.push((place.byte_range().unwrap_or_default().start, text.trim_end().to_owned()));
        }
    }
    found.sort();
    found.into_iter().map(|(_, text)| text).collect()
}

/// What is wrong with what a text is made into; nothing where it cannot be read.
fn complaint(text: &str) -> Option<String> {
    let is_valid = !has_errors(&parse(SourceId(0), text).diagnostics);
    let made = match formatted(text) {
        Ok(made) => made,
        Err(Unformatted::Changed) => return Some("it cannot be formatted".to_owned()),
        Err(Unformatted::Invalid(_)) if is_valid => return Some("it is refused, but it is valid".to_owned()),
        Err(Unformatted::Invalid(_)) => return None,
    };
    if said(text) != said(&made) {
        return Some(format!("it says something else:\n{made}"));
    }
    // Where quotes are put in, what looked like a comment may be a part of the text.
    if is_valid && comments(text) != comments(&made) {
        return Some(format!("a comment is lost or moved:\n{made}"));
    }
    match formatted(&made) {
        Ok(again) if again == made => layout_complaint(&made),
        Ok(again) => Some(format!("it is not the same the second time:\n{made}\n---\n{again}")),
        Err(_) => Some(format!("it cannot be formatted a second time:\n{made}")),
    }
}

/// What no formatted text has, outside of texts that have it by themselves.
fn layout_complaint(made: &str) -> Option<String> {
    let plain = !made.contains(['|', '>', '"', '\'']);
    if plain && (made.contains("\n\n\n") || made.contains(" \n") || !made.ends_with('\n') || made.starts_with('\n')) {
        return Some(format!("blank lines or blanks are left:\n{made:?}"));
    }
    None
}

#[track_caller]
fn holds(name: &str, text: &str) {
    if let Some(complaint) = complaint(text) {
        panic!("{name}: {complaint}\nof\n{text}");
    }
}

#[test]
fn the_workflows_are_formatted() {
    let mut paths = workflows();
    paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/shared/platform.yaml"));
    for path in paths {
        let text = fs::read_to_string(&path).expect("a workflow can be read");
        let made = formatted(&text).unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        assert_eq!(made, text, "{}: `callsheet fmt workflows` mends it", path.display());
        holds(&path.display().to_string(), &text);
    }
}

#[test]
fn every_case_of_check_that_can_be_read_says_the_same_afterwards() {
    let mut read = 0;
    for path in fixtures() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        holds(&path.display().to_string(), &text);
        read += usize::from(formatted(&text).is_ok());
    }
    assert!(read > 50, "only {read} cases could be read");
}

#[test]
fn the_documents_of_the_yaml_suite_say_the_same_afterwards() {
    let Some(root) = std::env::var_os("CALLSHEET_REFERENCE") else {
        println!("skipped: no reference data");
        return;
    };
    let path = Path::new(&root).join("conformance/yaml/yaml-test-suite.ndjson");
    let text = fs::read_to_string(path).expect("the reference data has the YAML suite");
    let mut wrong = Vec::new();
    let mut made = 0;
    for line in text.lines() {
        let case = Value::read(line.as_bytes()).expect("each line is a JSON value");
        let text = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        made += usize::from(formatted(&text("yaml")).is_ok());
        wrong.extend(
            complaint(&text("yaml")).map(|complaint| format!("{}: {complaint}\nof\n{}", text("id"), text("yaml"))),
        );
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(made > 200, "only {made} documents could be read");
}

/// A change of one line that leaves most documents what they are.
#[derive(Clone, Debug)]
enum Change {
    Comment(usize, usize),
    Remark(usize, usize),
    Blank(usize, usize),
    Deeper(usize, usize, usize),
    Widen(usize, usize),
    Trail(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..10_000usize;
    prop_oneof![
        (at.clone(), 0..14usize).prop_map(|(a, b)| Change::Comment(a, b)),
        (at.clone(), 1..5usize).prop_map(|(a, b)| Change::Remark(a, b)),
        (at.clone(), 1..4usize).prop_map(|(a, b)| Change::Blank(a, b)),
        (at.clone(), 1..12usize, 1..5usize).prop_map(|(a, b, c)| Change::Deeper(a, b, c)),
        (at.clone(), 0..40usize).prop_map(|(a, b)| Change::Widen(a, b)),
        at.prop_map(Change::Trail),
    ]
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (number, change) in changes.iter().enumerate() {
        let count = lines.len();
        match *change {
            Change::Comment(at, by) => lines.insert(at % count, format!("{}# comment {number}", " ".repeat(by))),
            Change::Remark(at, by) => lines[at % count] += &format!("{}# remark {number}", " ".repeat(by)),
            Change::Blank(at, lines_put) => (0..lines_put).for_each(|_| lines.insert(at % count, String::new())),
            Change::Deeper(at, span, by) => {
                for line in lines.iter_mut().skip(at % count).take(span).filter(|line| !line.is_empty()) {
                    line.insert_str(0, &" ".repeat(by));
                }
            }
            Change::Widen(at, which) => {
                let line = &mut lines[at % count];
                let blanks: Vec<usize> =
                    line.match_indices([' ', ',', ':', '{', '}', '[', ']']).map(|(at, _)| at).collect();
                if let Some(place) = blanks.get(which % blanks.len().max(1)) {
                    line.insert(*place, ' ');
                }
            }
            Change::Trail(at) => lines[at % count] += "  ",
        }
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_white_space_the_text_says_the_same_afterwards(
        which in 0..1000usize, changes in prop::collection::vec(change(), 1..12)
    ) {
        let paths: Vec<PathBuf> = workflows().into_iter().chain(fixtures()).collect();
        let Ok(text) = fs::read_to_string(&paths[which % paths.len()]) else { return Ok(()) };
        if text.is_empty() {
            return Ok(());
        }
        let text = changed(&text, &changes);
        let complaint = complaint(&text);
        prop_assert!(complaint.is_none(), "{}\nof\n{text}", complaint.unwrap_or_default());
    }
}
