//! A playbook with the files that it includes: where they are, and what keeps them from being read.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, rule};
use crate::limits::Limits;
use crate::playbook::{Included, Playbook, read_with};
use crate::source::{Loader, Sources, Text, normal, unreadable};

/// Reads a playbook and what it includes; every file becomes one of the sources.
pub(super) fn read_playbook(
    loader: &dyn Loader,
    sources: &mut Sources,
    name: &str,
    text: &Arc<str>,
    directory: &Path,
    limits: Limits,
) -> (Option<Playbook>, Vec<Diagnostic>) {
    let source = sources.add(name, Arc::clone(text));
    let playbook = normal(Path::new(name));
    let mut read_all = |written: &[Text], found: &mut Vec<Diagnostic>| {
        let mut places = vec![playbook.clone()];
        // Every file is looked at, so that all that is wrong is told at once.
        let files: Vec<Option<Included>> = written
            .iter()
            .map(|path| {
                let place = check_path(path, directory, &mut places, found)?;
                let text = load(loader, path, &directory.join(&*path.text), &place, found)?;
                let source = sources.add_part(place.display().to_string(), Arc::clone(&text));
                Included::read(source, &text, path, limits, found)
            })
            .collect();
        files.into_iter().collect()
    };
    read_with(source, text, directory, limits, &mut read_all)
}

/// The file's place without detours; nothing where it cannot be meant. `places` are those there are already, the
/// playbook first.
fn check_path(
    path: &Text,
    directory: &Path,
    places: &mut Vec<PathBuf>,
    found: &mut Vec<Diagnostic>,
) -> Option<PathBuf> {
    let written = &path.text;
    let bad = |message: String, help: &str| Diagnostic::new(rule::BAD_INCLUDE, path.span, message).help(help);
    if written.contains("{{") {
        let message = format!("the path of an included file is written out, and `{written}` is an expression");
        found.push(bad(message, "write a path such as `shared.yaml`; nothing else is known when it is read"));
        return None;
    }
    let place = normal(&directory.join(&**written));
    match places.iter().position(|known| *known == place) {
        Some(0) => {
            found.push(bad("the playbook includes itself".to_owned(), "name the file that it shares with others"))
        }
        Some(_) => found.push(bad(format!("`{written}` is included twice"), "name each file once")),
        None => {
            places.push(place.clone());
            return Some(place);
        }
    }
    None
}

fn load(loader: &dyn Loader, path: &Text, file: &Path, place: &Path, found: &mut Vec<Diagnostic>) -> Option<Arc<str>> {
    match loader.read(file) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            let message = format!("cannot include `{}`: {}", path.text, unreadable(&error));
            let help = format!("looked for `{}`: a path is relative to its playbook", place.display());
            let rule = match error.kind() {
                io::ErrorKind::NotFound => rule::MISSING_FILE,
                _ => rule::UNREADABLE_FILE,
            };
            found.push(Diagnostic::new(rule, path.span, message).help(help));
            None
        }
    }
}
