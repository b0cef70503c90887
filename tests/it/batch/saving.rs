//! Answers that are saved in the folders of their runs.

use std::path::{Path, PathBuf};

use super::{Case, Server};

/// The files of all runs that were saved or begun, by their paths below `saved/`.
fn saved(folder: &Path) -> Vec<(String, PathBuf)> {
    let runs = std::fs::read_dir(folder.join(".callsheet/runs")).expect("runs were made");
    let mut pending: Vec<PathBuf> = runs.map(|run| run.expect("a run").path().join("saved")).collect();
    let roots = pending.clone();
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => pending.extend(entries.map(|entry| entry.expect("an entry").path())),
            Err(_) if path.is_file() => {
                let below = roots.iter().find_map(|root| path.strip_prefix(root).ok()).expect("below a root");
                files.push((
                    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"),
                    path,
                ));
            }
            // A run that saves nothing has no such folder.
            Err(_) => {}
        }
    }
    files.sort();
    files
}

#[test]
fn a_saved_answer_is_a_private_file_of_its_run_and_an_answer_that_is_no_success_leaves_nothing() {
    let steps = "  one: { get: /ok/one, save: models/fraud.json, expect: [\"saved.bytes > 0\"] }\n  \
                 two: { get: /gone, save: models/gone.json, continue_on_error: true }";
    let case = Case::new(Server::new()).playbook("a", steps).playbook("b", steps);
    let called = case.run(&["--keep-going"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    let files = saved(case.folder());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["models/fraud.json", "models/fraud.json"]);
    for (_, path) in &files {
        let text = std::fs::read_to_string(path).expect("it can be read");
        assert!(text.starts_with("{\"path\":\"/ok/one\","), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777, 0o600);
        }
    }
}
