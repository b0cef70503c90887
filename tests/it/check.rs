//! What `check` says: every case is a playbook in `tests/fixtures/check`.
//!
//! `err_*.yaml` holds one mistake, or a few of one theme, and what is said about them is a snapshot; `ok_*.yaml` is
//! tricky but right, and nothing is said.

use std::fs;
use std::path::{Path, PathBuf};

use callsheet::diagnostic::{Palette, human};
use callsheet::session::{Problems, Session};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check")
}

/// What is said about a playbook, as if it were checked from its own folder.
fn problems(path: &Path) -> Problems {
    let text = String::from_utf8(fs::read(path).expect("a case can be read")).expect("a case is UTF-8");
    let name = path.file_name().and_then(|name| name.to_str()).expect("a case has a name");
    match Session::new().parse(name, &text, &folder()) {
        Ok(playbook) => playbook.warnings(),
        Err(problems) => problems,
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    insta::glob!("../fixtures/check", "err_*.yaml", |path| {
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
