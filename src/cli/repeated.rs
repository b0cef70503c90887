//! A playbook that is named twice in one call: both runs would have one snapshot and one name in every report.

use std::path::{Path, PathBuf};

/// What is wrong with the playbooks of a call, and what to do: two that are the same file.
pub(super) fn repeated(playbooks: &[PathBuf]) -> Option<String> {
    // A file that is not there is told when it is read.
    let places: Vec<PathBuf> =
        playbooks.iter().map(|path| path.canonicalize().unwrap_or_else(|_| path.clone())).collect();
    let mut known = std::collections::HashMap::new();
    for (path, place) in playbooks.iter().zip(&places) {
        if let Some(first) = known.insert(place, path) {
            return Some(message(first, path));
        }
    }
    None
}

fn message(first: &Path, again: &Path) -> String {
    let (first, again) = (first.display().to_string(), again.display().to_string());
    let also = if first == again { String::new() } else { format!(", the first time as `{first}`") };
    format!(
        "the playbook `{again}` is named twice{also}\nhelp: name each once, and call `callsheet run` again for each further run\n"
    )
}
