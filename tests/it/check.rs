//! What `check` says: every case is a playbook in `tests/fixtures/check`.
//!
//! `err_*.yaml` holds one mistake, or a few of one theme, and what is said about them is a snapshot; `ok_*.yaml` is
//! tricky but right, and nothing is said.

use std::fs;
use std::path::{Path, PathBuf};

use callsheet::diagnostic::{Palette, Severity, github, has_errors, human, json, sarif};
use callsheet::session::{Problems, Session};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::workflows::workflows;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check")
}

/// What is said about a playbook, as if it were checked from its own folder.
fn problems(path: &Path) -> Problems {
    let text = String::from_utf8(fs::read(path).expect("a case can be read")).expect("a case is UTF-8");
    let name = path.file_name().and_then(|name| name.to_str()).expect("a case has a name");
    // As seen from the package, so that no message names a place on one machine.
    match Session::new().parse(name, &text, Path::new("tests/fixtures/check")) {
        Ok(playbook) => playbook.warnings(),
        Err(problems) => problems,
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    insta::glob!("../fixtures/check", "err_*.yaml", |path| {
        if !cfg!(feature = "json-schema") && path.ends_with("err_schemas.yaml") {
            return;
        }
        let Problems { diagnostics, sources } = problems(path);
        let told = human(&diagnostics, &sources, Palette::Plain);
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("check", told.trim_end()) });
    });
}

#[test]
fn nothing_is_said_about_what_is_right() {
    insta::glob!("../fixtures/check", "ok_*.yaml", |path| {
        let problems = problems(path);
        assert!(problems.diagnostics.is_empty(), "{problems}");
    });
}

/// The mistakes in the cases, with the name of their file.
pub fn mistakes() -> Vec<(String, Problems)> {
    let entries = fs::read_dir(folder()).expect("the cases can be listed");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a case has an entry").path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    paths.retain(|path| name(path).starts_with("err_"));
    paths.iter().map(|path| (name(path), problems(path))).collect()
}

#[test]
fn every_error_has_a_place_and_says_what_to_write() {
    for (name, Problems { diagnostics, .. }) in mistakes() {
        assert!(has_errors(&diagnostics), "{name} has no error");
        for error in diagnostics.iter().filter(|one| one.severity() == Severity::Error) {
            let label = error.primary.as_ref().unwrap_or_else(|| panic!("{name}: `{}` has no place", error.message));
            let says = !error.help.is_empty() || !label.text.is_empty() || error.fix.is_some();
            assert!(says, "{name}: nothing says what to write instead of `{}`", error.message);
        }
    }
}

#[test]
fn seven_mistakes_give_seven_diagnostics_and_a_syntax_error_gives_one() {
    for (case, count) in [("err_seven.yaml", 7), ("err_syntax.yaml", 1), ("err_json_comma.yaml", 1)] {
        assert_eq!(problems(&folder().join(case)).diagnostics.len(), count, "{case}");
    }
}

#[test]
fn programs_get_the_same_as_json_lines_and_as_workflow_commands() {
    let Problems { diagnostics, sources } = problems(&folder().join("err_seven.yaml"));
    insta::assert_snapshot!("err_seven_json", json(&diagnostics, &sources));
    insta::assert_snapshot!("err_seven_github", github(&diagnostics, &sources));
}

/// A change of one place of a text.
#[derive(Clone, Debug)]
pub enum Change {
    Delete(usize),
    Duplicate(usize),
    Swap(usize, usize),
    Indent(usize, usize),
    Put(usize, char),
}

pub fn change() -> impl Strategy<Value = Change> {
    let at = 0..10_000usize;
    prop_oneof![
        at.clone().prop_map(Change::Delete),
        at.clone().prop_map(Change::Duplicate),
        (at.clone(), at.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        (at.clone(), 0..6usize).prop_map(|(a, b)| Change::Indent(a, b)),
        (at, prop::sample::select("{}[]\"':,#|>&*!%@`-_aé\t\r\n =$.~0".chars().collect::<Vec<_>>()))
            .prop_map(|(a, b)| Change::Put(a, b)),
    ]
}

pub fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        let count = lines.len().max(1);
        match *change {
            Change::Delete(at) if count > 1 => drop(lines.remove(at % count)),
            Change::Delete(_) => {}
            Change::Duplicate(at) => lines.insert(at % count, lines[at % count].clone()),
            Change::Swap(a, b) => lines.swap(a % count, b % count),
            Change::Indent(at, by) => {
                let line = &mut lines[at % count];
                *line = format!("{}{}", " ".repeat(by), line.trim_start());
            }
            Change::Put(at, new) => {
                let line = &mut lines[at % count];
                let mut characters: Vec<char> = line.chars().collect();
                let place = at / 7 % (characters.len() + 1);
                if at % 2 == 0 && place < characters.len() {
                    characters[place] = new;
                } else {
                    characters.insert(place, new);
                }
                *line = characters.into_iter().collect();
            }
        }
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_workflow_makes_check_panic_or_point_outside(
        which in 0..100usize, changes in prop::collection::vec(change(), 1..8)
    ) {
        let paths = workflows();
        let path = &paths[which % paths.len()];
        let text = changed(&fs::read_to_string(path).expect("a workflow can be read"), &changes);
        let folder = path.parent().expect("a workflow lies in a folder");
        let Err(Problems { diagnostics, sources }) = Session::new().parse("changed.yaml", &text, folder) else {
            return Ok(());
        };
        prop_assert!(has_errors(&diagnostics));
        for one in &diagnostics {
            let labels = one.primary.iter().chain(&one.secondary).map(|label| label.span);
            for span in labels.chain(one.fix.as_ref().map(|fix| fix.span)) {
                let inside = text.get(span.start as usize..span.end as usize).is_some();
                prop_assert!(inside, "{one:?} points outside of\n{text}");
            }
        }
        prop_assert!(!human(&diagnostics, &sources, Palette::Plain).is_empty());
        prop_assert_eq!(json(&diagnostics, &sources).lines().count(), diagnostics.len());
        prop_assert!(sarif([(&diagnostics[..], &*sources)]).len() > diagnostics.len());
        prop_assert_eq!(github(&diagnostics, &sources).lines().count(), diagnostics.len());
    }
}

#[cfg(all(unix, feature = "cli"))]
#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let called = std::process::Command::new(env!("CARGO_BIN_EXE_callsheet"))
        .args(["check", "/dev/zero"])
        .output()
        .expect("the program can be started");
    let said = String::from_utf8_lossy(&called.stderr);
    assert!(said.contains("it is a pipe or a device, not a file"), "{said}");
    assert_eq!(called.status.code(), Some(2));
}
