//! The playbooks in `workflows/`: each is checked, planned and run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use callsheet::check::{Checked, check};
use callsheet::diagnostic::{Diagnostic, Palette, human};
use callsheet::playbook::read;
use callsheet::source::{Loader, Sources};

/// The real file system.
pub struct Files;

impl Loader for Files {
    fn read(&self, path: &Path) -> io::Result<String> {
        fs::read_to_string(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.is_file()
    }
}

/// Every shipped playbook.
pub fn workflows() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let entries = fs::read_dir(folder).expect("`workflows` can be listed");
    let paths = entries.map(|entry| entry.expect("its entries can be read").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    paths.sort();
    assert!(paths.len() >= 3, "only {} playbooks are there", paths.len());
    paths
}

#[track_caller]
fn checked(path: &Path) -> Checked {
    let text = fs::read_to_string(path).expect("a playbook can be read");
    let mut sources = Sources::default();
    let source = sources.add(path.display().to_string(), text.as_str());
    let (playbook, mut found) = read(source, &text, path.parent().expect("a playbook lies in a folder"));
    let checked = playbook.and_then(|playbook| {
        let (checked, more) = check(playbook, &Files);
        found.extend(more);
        checked
    });
    assert!(found.is_empty(), "{}", shown(&found, &sources));
    checked.expect("a playbook without diagnostics is usable")
}

fn shown(found: &[Diagnostic], sources: &Sources) -> String {
    human(found, sources, Palette::Plain)
}

#[test]
fn every_workflow_is_without_a_mistake() {
    for path in workflows() {
        checked(&path);
    }
}

#[test]
fn every_workflow_names_the_schema_and_describes_itself_and_its_inputs() {
    for path in workflows() {
        let text = fs::read_to_string(&path).expect("a playbook can be read");
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(first, "# yaml-language-server: $schema=../schemas/playbook.schema.json", "{}", path.display());
        let checked = checked(&path);
        let playbook = &checked.playbook;
        assert_eq!(Some(&*playbook.id.text), path.file_stem().and_then(|stem| stem.to_str()));
        assert!(playbook.title.is_some() && playbook.prose.description.is_some(), "{}", path.display());
        let silent = playbook.inputs.iter().filter(|input| input.description.is_none());
        let silent: Vec<&str> = silent.map(|input| &*input.name.text).collect();
        assert!(silent.is_empty(), "{}: these inputs say nothing about themselves: {silent:?}", path.display());
    }
}
