//! Habits that every file keeps.

use std::fs;
use std::path::{Path, PathBuf};

use super::rust_file::{RustFile, relative, root, source_files};

/// Lines from which on a file has to be named below, with the reason why it stays one.
const LONG: usize = 420;

/// The long files.
const NAMED: &[(&str, &str)] = &[("src/playbook/model.rs", "type after type, without logic")];

/// What only the shell may do, and what to do elsewhere instead.
const SHELL_ONLY: &[(&str, &str)] = &[
    ("println!", "hand out an event or a value, the command line prints it"),
    ("eprintln!", "hand out an event or a diagnostic, the command line prints it"),
    ("print!", "hand out an event or a value, the command line prints it"),
    ("eprint!", "hand out an event or a diagnostic, the command line prints it"),
    ("dbg!", "take it out"),
];

#[test]
fn only_the_shell_prints_and_knows_its_process() {
    let mut wrong = Vec::new();
    for file in source_files().iter().filter(|file| !matches!(file.module(), "main" | "cli")) {
        for (word, instead) in SHELL_ONLY {
            let lines = file.lines_with(word).into_iter();
            wrong.extend(lines.map(|line| format!("{}:{line}: `{word}`: {instead}", file.path)));
        }
        // Running programs is its work; of its own process it knows nothing.
        let runs_programs = file.path == "src/runner/programs.rs";
        let barred = |name: &str| name == "env" || name == "process" && !runs_programs;
        let imports = file.imports("std").into_iter().filter(|import| barred(&import.name));
        wrong
            .extend(imports.map(|import| {
                format!("{}:{}: `std::{}`: take it as an argument", file.path, import.line, import.name)
            }));
    }
    assert!(wrong.is_empty(), "only `src/main.rs` and `src/cli` may do this:\n{}", wrong.join("\n"));
}

#[test]
fn every_source_file_begins_by_saying_what_it_is() {
    let silent = |file: &&RustFile| !file.text.starts_with("//! ");
    let files = source_files();
    let silent: Vec<&str> = files.iter().filter(silent).map(|file| &*file.path).collect();
    assert!(silent.is_empty(), "begin these files with a `//!` line that says what they do: {silent:#?}");
}

#[test]
fn long_files_are_named_with_a_reason() {
    let files = source_files();
    let lines = |file: &RustFile| file.text.lines().count();
    let named = |path: &str| NAMED.iter().any(|(name, _)| *name == path);
    let long = files.iter().filter(|file| lines(file) > LONG && !named(&file.path));
    let long: Vec<String> = long.map(|file| format!("{}: {} lines", file.path, lines(file))).collect();
    assert!(
        long.is_empty(),
        "files of more than {LONG} lines:\n{}\nlook for the second idea in them, or name them in {} with the reason",
        long.join("\n"),
        file!(),
    );
    let is_short = |path: &str| !files.iter().any(|file| file.path == path && lines(file) > LONG);
    let stale: Vec<&str> = NAMED.iter().map(|(path, _)| *path).filter(|path| is_short(path)).collect();
    assert!(stale.is_empty(), "no longer long, take them out of the list in {}: {stale:?}", file!());
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let here = root().display().to_string();
    // In two halves each, so that this file does not name them.
    let starts =
        [("/ho", "me/"), ("/ro", "ot/"), ("/Us", "ers/"), ("C:\\Us", "ers"), ("/wo", "rk/"), ("/tm", "p/bash")];
    let starts = starts.map(|(one, other)| format!("{one}{other}"));
    let mut files = Vec::new();
    collect(&root(), &mut files);
    let mut wrong = Vec::new();
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (index, line) in text.lines().enumerate() {
            let found = starts.iter().find(|start| is_path(line, start)).or(line.contains(&here).then_some(&here));
            wrong.extend(found.map(|found| format!("{}:{}: `{found}`", relative(&path), index + 1)));
        }
    }
    assert!(wrong.is_empty(), "these places exist on one machine only:\n{}", wrong.join("\n"));
}

/// Whether a path begins there; a URL or a longer path may have such a part in its middle.
fn is_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || "._-}/*".contains(letter))
    })
}

/// Every file but those that are built, downloaded or made by a run.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    const MADE: &[&str] = &["target", ".git", ".callsheet", ".idea", ".vscode", "node_modules", ".venv"];
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder's entries can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if MADE.contains(&name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}
