//! Which module may import which: the picture of the program, held by a test.

use std::collections::BTreeSet;

use super::rust_file::{RustFile, source_files};

/// The rows of the picture, from the top. A module imports modules of lower rows, or those to its right that
/// [`ARROWS`] names.
const ROWS: &[(&str, &[&str])] = &[
    ("shell", &["main", "cli"]),
    ("facade", &["session"]),
    ("outcome", &["transcript", "report", "tutorial", "replay", "record"]),
    ("execution", &["runner", "client", "journal"]),
    ("planning", &["render", "plan", "check"]),
    ("language", &["playbook", "expression"]),
    (
        "vocabulary",
        &[
            "event",
            "wire",
            "secret",
            "arrow",
            "json_schema",
            "jsonpath",
            "limits",
            "diagnostic",
            "value",
            "source",
            "graph",
            "id",
        ],
    ),
];

/// Imports within a row.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("transcript", &["record"]),
    ("report", &["record"]),
    ("tutorial", &["record"]),
    ("replay", &["record"]),
    ("render", &["plan", "check"]),
    ("plan", &["check"]),
    ("playbook", &["expression"]),
    ("event", &["wire", "value", "id"]),
    ("secret", &["value"]),
    ("json_schema", &["jsonpath", "value", "id"]),
    ("arrow", &["jsonpath", "value"]),
    ("jsonpath", &["diagnostic", "value"]),
    ("limits", &["diagnostic"]),
    ("diagnostic", &["source"]),
];

/// Imports that the rows would allow and that are not wanted all the same.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("main", &["*"], "`main` only calls `cli`"),
    ("transcript", &["runner", "client", "plan", "check", "render", "playbook"], "a view reads only the record"),
    ("report", &["runner", "client", "plan", "check", "render", "playbook"], "a view reads only the record"),
    ("record", &["runner", "client", "plan", "check", "render", "playbook"], "the record is made of events only"),
    ("journal", &["plan", "check", "render", "playbook", "expression"], "the journal stores events only"),
    ("client", &["plan", "check", "render", "playbook", "expression"], "the client knows HTTP only"),
];

/// The simulator meets the program only over HTTP; only the shell and the facade may start it.
const APART: &str = "simulator";
const STARTERS: &[&str] = &["cli", "session"];

#[test]
fn modules_import_only_what_the_picture_allows() {
    let files = source_files();
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.module() != "lib") {
        for (line, to) in edges_of(file) {
            if let Some(reason) = refusal(file.module(), &to) {
                wrong.push(format!("{}:{line}: `{}` imports `{to}`: {reason}", file.path, file.module()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} imports are not in the picture:\n{}\nmove what both sides share into a module below them, or pass it in as \
         a value or a trait; to allow the import is a design decision: change the picture in {}",
        wrong.len(),
        wrong.join("\n"),
        file!(),
    );
}

#[test]
fn every_module_has_its_place_in_the_picture() {
    let placed: BTreeSet<&str> = ROWS.iter().flat_map(|(_, modules)| *modules).copied().chain([APART, "lib"]).collect();
    let files = source_files();
    let missing: BTreeSet<&str> = files.iter().map(RustFile::module).filter(|name| !placed.contains(name)).collect();
    assert!(missing.is_empty(), "these modules are in no row of {}: {missing:?}", file!());
}

#[test]
fn arrows_lead_to_the_right_and_so_make_no_circle() {
    for (from, targets) in ARROWS {
        let (row, column) = place(from).unwrap_or_else(|| panic!("`{from}` has no place"));
        for to in *targets {
            let (other_row, other_column) = place(to).unwrap_or_else(|| panic!("`{to}` has no place"));
            assert!(
                row == other_row && column < other_column,
                "the arrow `{from}` → `{to}` does not lead to the right"
            );
        }
    }
}

/// The modules a file imports, and where.
fn edges_of(file: &RustFile) -> Vec<(usize, String)> {
    // The binary reaches the library by its name.
    let root = if file.module() == "main" { "callsheet" } else { "crate" };
    let mut edges: Vec<(usize, String)> =
        file.imports(root).into_iter().map(|import| (import.line, import.name)).collect();
    // As many `super` as the file is deep lead out of its module.
    let inner = file.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let out = vec!["super"; inner.split('/').count()].join("::");
    edges.extend(file.imports(&out).into_iter().map(|import| (import.line, import.name)));
    edges.retain(|(_, to)| to != file.module());
    edges
}

fn place(module: &str) -> Option<(usize, usize)> {
    ROWS.iter().enumerate().find_map(|(row, (_, modules))| {
        let column = modules.iter().position(|name| *name == module)?;
        Some((row, column))
    })
}

/// Why a module may not import another.
fn refusal(from: &str, to: &str) -> Option<String> {
    if from == APART {
        return Some("the simulator imports nothing of ours".to_owned());
    }
    if to == APART {
        let reason = "only the shell and the facade start the simulator, the rest meets it over HTTP";
        return (!STARTERS.contains(&from)).then(|| reason.to_owned());
    }
    let arrow = ARROWS.iter().any(|(name, targets)| *name == from && targets.contains(&to));
    if arrow {
        return None;
    }
    let forbidden =
        FORBIDDEN.iter().find(|(name, targets, _)| *name == from && (targets.contains(&to) || *targets == ["*"]));
    if let Some((.., reason)) = forbidden {
        return Some((*reason).to_owned());
    }
    let ((row, _), (other, _)) = (place(from)?, place(to)?);
    let names = |row: usize| ROWS[row].0;
    match row.cmp(&other) {
        std::cmp::Ordering::Less => None,
        std::cmp::Ordering::Equal => Some(format!("no arrow leads there within the row `{}`", names(row))),
        std::cmp::Ordering::Greater => Some(format!("the row `{}` lies above the row `{}`", names(other), names(row))),
    }
}
