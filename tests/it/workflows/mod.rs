//! The playbooks in `workflows/`: each is checked, planned and run against the simulator.

#[cfg(feature = "simulator")]
mod platform;
#[cfg(feature = "simulator")]
mod readme;
#[cfg(feature = "simulator")]
mod runs;

use std::fs;
use std::path::{Path, PathBuf};

use callsheet::session::{Playbook, Session};

/// The folder of the shipped playbooks.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows")
}

/// Every shipped playbook.
pub fn workflows() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("`workflows` can be listed");
    let paths = entries.map(|entry| entry.expect("its entries can be read").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    paths.sort();
    assert!(paths.len() >= 3, "only {} playbooks are there", paths.len());
    paths
}

#[track_caller]
fn loaded(path: &Path) -> Playbook {
    Session::new().load(path).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn every_workflow_is_without_a_mistake_and_without_a_warning() {
    for path in workflows() {
        let warnings = loaded(&path).warnings();
        assert!(warnings.diagnostics.is_empty(), "{warnings}");
    }
}

#[test]
fn every_workflow_names_the_schema_and_describes_itself_and_its_inputs() {
    for path in workflows() {
        let text = fs::read_to_string(&path).expect("a playbook can be read");
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(first, "# yaml-language-server: $schema=../schemas/playbook.schema.json", "{}", path.display());
        let loaded = loaded(&path);
        let playbook = &loaded.checked().playbook;
        assert_eq!(Some(&*playbook.id.text), path.file_stem().and_then(|stem| stem.to_str()));
        assert!(playbook.title.is_some() && playbook.prose.description.is_some(), "{}", path.display());
        let silent = playbook.inputs.iter().filter(|input| input.description.is_none());
        let silent: Vec<&str> = silent.map(|input| &*input.name.text).collect();
        assert!(silent.is_empty(), "{}: these inputs say nothing about themselves: {silent:?}", path.display());
    }
}
